/** Where a live page has its lines from: the server, which reads, smooths and reduces what the browser never sees whole. */
import { decode } from "../columns.js";
import { placed, unpacked } from "../flags.js";
import { DEFAULTS, query } from "../grammar.js";
import { Grown } from "./lines.js";

/** What a view asks of the data; the rest is dress. */
const DATA = "runs run_names group smoothing xmin xmax x xscale yscale groupby band".split(" ");

/** Figures of one request. */
const MOST_FIGURES = 100;

const NONE = [];

export class LiveSource {
  /** @param {{live: {lines: string, runs: string, run: string | null, refresh: number}, project: string, charts: object[]}} model */
  constructor(model) {
    this.model = model;
    this.live = model.live;
    this.isLive = true;
    /** Whether the page waits for each answer, as the browser is about to print it. */
    this.isUrgent = false;
    /** @type {Map<string, object>} runs by id */
    this.runs = new Map();
    this.groups = [];
    this.metrics = model.charts.map(({ metric, slug }) => ({ metric, slug }));
    this.opening = undefined;
    /** @type {Map<string, {asked: string, since: number, grown: Grown}>} by figure */
    this.known = new Map();
    this.waiting = [];
    this.pending = false;
    /** What the server said of its alerts: another text when some came or went. */
    this.alertsVersion = "";
    /** @type {Map<string, {version: string, found: Promise<object[]>}>} the alerts, by x-axis */
    this.raised = new Map();
  }

  /** Loads what is known of runs and metrics. */
  open() {
    return this.opening ?? this.reopen();
  }

  /** Looks again for runs and metrics. */
  reopen() {
    const opening = this.#open().catch((error) => {
      // The next one tries anew.
      if (this.opening === opening) this.opening = undefined;
      throw error;
    });
    this.opening = opening;
    return opening;
  }

  /** Lets go of what a figure had. */
  forget(slug) {
    this.known.delete(slug);
  }

  /** The chart of a metric: the page's own, or one that only the project knows. */
  chart(metric) {
    const own = this.model.charts.find((chart) => chart.metric === metric);
    return own ?? { defaults: {}, kind: "metric", ...this.metrics.find((one) => one.metric === metric) };
  }

  /** The charts that a view names, of all that there are: `found` of `charts.js`. */
  async find({ metrics, metric_names: names }) {
    const url = new URL(this.live.charts, location.href);
    if (metrics.length) url.searchParams.set("metrics", metrics.map((one) => one.replaceAll(",", "*")).join(","));
    for (const name of names) url.searchParams.append("metric", name);
    const answer = await fetchJson(url.href);
    const own = new Map(this.model.charts.map((chart) => [chart.metric, chart]));
    return { ...answer, charts: answer.charts.map((chart) => own.get(chart.metric) ?? chart) };
  }

  /** Nothing is reduced here that the reader could have whole. */
  isPartial() {
    return false;
  }

  /**
   * The lines of a figure for a view: the same array as long as nothing changed.
   *
   * @returns {Promise<{lines: object[], axis: string, notes: string[]}>}
   */
  async lines(figure, charts, view) {
    const metrics = charts.map((chart) => chart.metric);
    const kind = charts[0].kind ?? "metric";
    const own = charts[0].defaults?.x ?? "step";
    // Only what the data hang on: a change of theme or height asks for nothing.
    const wanted = query({ ...DEFAULTS, ...Object.fromEntries(DATA.map((name) => [name, view[name]])) }, { ...DEFAULTS, x: own });
    const asked = JSON.stringify([wanted, metrics, kind]);
    let known = this.known.get(figure.slug);
    if (known?.asked !== asked) {
      known = { asked, since: -1, grown: new Grown() };
      this.known.set(figure.slug, known);
    }
    for (let tries = 0; ; tries++) {
      const answer = await this.#ask({ slug: figure.slug, metrics, kind, x: own, wanted, known });
      if (known.grown.take(answer.figure)) {
        known.since = answer.revision;
        break;
      }
      if (tries) throw new Error("The server's answer does not fit what it sent before.");
      known.since = -1;
      known.grown = new Grown();
    }
    const { lines, axis, notes } = known.grown;
    return { lines, axis, notes };
  }

  /** The alerts for the marks of a figure: the same array as long as none came or went. */
  async alerts(charts, axis) {
    if (!this.alertsVersion) return NONE;
    const version = this.alertsVersion;
    let known = this.raised.get(axis);
    if (known?.version !== version) {
      known = { version, found: this.#alerts(axis) };
      this.raised.set(axis, known);
      known.found.catch(() => this.raised.delete(axis));
    }
    return known.found;
  }

  async #alerts(axis) {
    // Beside the lines of the same project, and of the same run.
    const url = new URL("alerts", new URL(this.live.lines, location.href));
    url.searchParams.set("project", this.model.project);
    url.searchParams.set("x", axis);
    if (this.live.run) url.searchParams.set("run", this.live.run);
    const { alerts } = await this.#fetch(url.href);
    const found = alerts.flatMap(({ x, ...columns }) => {
      const own = unpacked(columns);
      const column = x && decode(x);
      return column ? own.map((one, k) => ({ ...one, x: column[k] })) : own;
    });
    return placed(found, NONE, axis);
  }

  async #open() {
    // The page of all projects has no runs of its own.
    if (!this.model.project) return;
    const found = await fetchJson(this.live.runs);
    this.groups = found.groups ?? [];
    this.metrics = found.metrics;
    // Another map each time: who made something of it sees that it changed.
    this.runs = new Map(found.runs.map((run) => [run.id, run]));
  }

  /** Figures that ask in the same moment share a request. */
  #ask(question) {
    return new Promise((done, fail) => {
      this.waiting.push({ question, done, fail });
      if (this.waiting.length === 1) queueMicrotask(() => this.#send());
    });
  }

  async #send() {
    const waiting = this.waiting;
    this.waiting = [];
    const groups = new Map();
    for (const one of waiting) {
      const key = JSON.stringify([one.question.wanted, one.question.known.since]);
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(one);
    }
    const requests = [];
    for (const group of groups.values()) while (group.length) requests.push(this.#sendGroup(group.splice(0, MOST_FIGURES)));
    await Promise.all(requests);
  }

  async #sendGroup(group) {
    const { wanted, known } = group[0].question;
    const body = {
      project: this.model.project,
      run: this.live.run ?? null,
      query: wanted,
      small: this.model.page !== "chart",
      since: known.since,
      figures: group.map(({ question: { slug, metrics, kind, x, known: own } }) => ({
        slug,
        metrics,
        kind,
        x,
        signature: own.grown.signature,
        versions: own.grown.versions((id) => this.isRunning(id)),
      })),
    };
    try {
      const answer = await this.#fetch(this.live.lines, body);
      this.pending ||= answer.pending;
      this.alertsVersion = answer.alerts;
      for (const [id, status] of Object.entries(answer.statuses)) if (this.runs.has(id)) this.runs.get(id).status = status;
      for (const { question, done } of group) done({ revision: answer.revision, figure: answer.figures[question.slug] });
    } catch (error) {
      for (const { fail } of group) fail(error);
    }
  }

  #fetch(url, body) {
    return this.isUrgent ? waited(url, body) : fetchJson(url, body);
  }

  /** Whether a run goes on; one that is not known yet may. */
  isRunning(id) {
    return (this.runs.get(id)?.status ?? "running") === "running";
  }
}

/** How long an answer is waited for. */
const PATIENCE_MS = 30_000;

/**
 * JSON from the server; an error has the server's own words. One that is `isPassing` may be over at the next try; the
 * `status` is missing where there was no answer.
 */
export async function fetchJson(url, body) {
  const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const response = await asked(url, options);
  try {
    return await response.json();
  } catch {
    throw failure("The server's answer broke off.", true);
  }
}

/** JSON from the server, for which the page stands still: a promise that is kept before anything else happens. */
async function waited(url, body) {
  const request = new XMLHttpRequest();
  request.open(body === undefined ? "GET" : "POST", url, false);
  request.setRequestHeader("Content-Type", "application/json");
  try {
    request.send(body === undefined ? null : JSON.stringify(body));
  } catch {
    throw failure("The server does not answer.", true);
  }
  if (request.status !== 200) throw failure(`The server answered ${request.status}.`, true, request.status);
  return JSON.parse(request.responseText);
}

/** The server's answer; an error that has its own words where it refuses. */
export async function asked(url, options = {}) {
  let response;
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    response = await fetch(url, { signal, credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    throw failure("The server does not answer.", true);
  }
  if (response.ok) return response;
  const said = await response.json().then((found) => found.error, () => null);
  const { status } = response;
  throw failure(said ?? `The server answered ${status}.`, status >= 500 || status === 429 || status === 408, status);
}

function failure(message, isPassing, status) {
  return Object.assign(new Error(message), { isPassing, status });
}
