/**
 * The runtime's main room: the page's view and how it changes, `window.trackio`, the address bar, the host.
 *
 * The query string is the state. It is always canonical and relative to the page's defaults; every figure reads it anew.
 */
import { address, queryOf, size, target } from "./address.js";
import { controls, narrow } from "./controls.js";
import { copy, iframe, withQuery } from "./copy.js";
import { Found } from "./charts.js";
import { Source } from "./data.js";
import { node, visible } from "./draw.js";
import { Figure } from "./figure.js";
import { DEFAULTS, chosen, parse, unmatched } from "./grammar.js";
import { print } from "./print.js";
import { sortable } from "./tables.js";

const root = document.documentElement;
export class Page {
  constructor(model) {
    this.model = model;
    this.defaults = { ...DEFAULTS, ...model.defaults };
    this.isChart = model.page === "chart";
    /** Pages of many figures draw half as many points a line. */
    this.isSmall = !this.isChart;
    // A page that follows a project has its lines from a server.
    this.source = model.live && window.trackioLive ? new window.trackioLive.Source(model) : new Source(model);
    /** Those of other projects, by where these lie. @type {Map<string, Source>} */
    this.sources = new Map();
    /** Runs that the legend switched off: their lines hide, and nothing is computed anew. @type {Set<string>} */
    this.off = new Set();
    /** Runs that a reader unchecked one by one, who means these alone: what begins later is shown. Null where the choice names runs. */
    this.unchecked = null;
    this.notes = [];
    this.unknown = "";
    /** What a live page has to say of its server. */
    this.trouble = "";
    this.query = "";
    const nodes = new Map([...document.querySelectorAll(".tk-chart")].map((found) => [found.dataset.slug, found]));
    this.figures = model.charts
      .filter((chart) => nodes.has(chart.slug))
      .map((chart) => new Figure(nodes.get(chart.slug), chart, this));
    /** Whether a chart has a metric as its x-axis unless asked otherwise. */
    this.hasOwnAxes = model.charts.some((chart) => !["step", "time", "relative", undefined].includes(chart.defaults?.x));
    this.isAxisGiven = false;
    /** Sections that the view was held to. */
    this.sections = new WeakSet();
    /** Figures of charts that the page was not written with, as a reader asked for them by name. */
    this.found = new Found(this);
    /** Names that a chart page was asked for in vain. @type {string[]} */
    this.missing = [];
    this.watch = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: "240px" });
  }

  get view() {
    return parse(this.query, this.defaults).view;
  }

  /** Reads the address and draws what is visible. */
  async start() {
    if (this.model.page === "missing") forget();
    if (this.#elsewhere()) return;
    this.#read(location.search.slice(1));
    for (const { node: each } of this.figures) this.watch.observe(each);
    this.refresh = controls(this);
    sortable();
    document.addEventListener("click", (event) => this.#act(event.target.closest?.("[data-action]")));
    addEventListener("popstate", () => {
      this.#read(location.search.slice(1));
      this.#show();
    });
    print(this);
    // Lines come ready from a server: what is known of the runs is for the controls alone.
    if (this.source.isLive) this.source.open().then(() => this.refresh(), () => {});
    await this.#show();
    if (this.source.isLive) this.pulse = window.trackioLive.follow(this);
  }

  /** Changes parameters; null or undefined goes back to the page's default. Unknown names and bad values are noted. */
  async set(changes) {
    const parameters = new URLSearchParams(this.query);
    for (const [key, value] of Object.entries(changes)) {
      const names = PAIRS[key] ?? [key];
      names.forEach((name) => parameters.delete(name));
      if (value === null || value === undefined) continue;
      if (!Array.isArray(value)) parameters.set(names[0], String(value));
      else if (!value.length) parameters.set(names[0], "");
      // A list cannot hold names with commas, and would read a star as any text.
      else if (names[0] === names[1] || value.some((one) => /[,*]|^\s|\s$/.test(one))) {
        for (const one of value) parameters.append(names[1] ?? key, one);
      } else parameters.set(names[0], value.join(","));
    }
    if ("runs" in changes || "run" in changes || "group" in changes) {
      this.off.clear();
      this.unchecked = null;
    }
    this.#read(parameters.toString());
    this.#address();
    await this.#show();
  }

  /**
   * Shows the runs of these ids; null is all. No run at all hides the lines and leaves the address as it is. Runs that begin
   * later are shown too when some were unchecked of all, but not when these were checked `anew`, of none.
   */
  choose(ids, isAnew = false) {
    const { runs } = this.source;
    const { view } = this;
    const wereAll = !isAnew && this.off.size < runs.size && !view.runs.length && !view.run_names.length && view.group === null;
    if (ids?.size === 0) {
      for (const id of runs.keys()) this.off.add(id);
      this.unchecked = null;
      this.figures.forEach((figure) => figure.redraw());
      return null;
    }
    this.off.clear();
    if (ids === null) return this.set({ runs: null, group: null });
    const unchecked = wereAll || (this.unchecked && !isAnew) ? new Set([...runs.keys()].filter((id) => !ids.has(id))) : null;
    const shared = (name) => [...runs.values()].filter((run) => run.name === name || run.id === name).length > 1;
    const chosen = this.set({ runs: null, run: [...ids].map((id) => (shared(runs.get(id).name) ? id : runs.get(id).name)), group: null });
    this.unchecked = unchecked;
    return chosen;
  }

  reset() {
    this.set(ZOOM);
  }

  /** Draws one figure again, whose reader asked something of it alone. */
  redo(figure) {
    return this.#update(figure);
  }

  /** Whether the legend switched this line off. */
  isOff(line) {
    return this.off.size > 0 && line.members.every((member) => this.off.has(member));
  }

  /** Switches one line of a figure on or off, on all figures. */
  toggle(line, lines) {
    const isOff = this.isOff(line);
    for (const member of line.members) {
      if (isOff) this.off.delete(member);
      else this.off.add(member);
    }
    // Of several metrics of the same run each goes by itself only in the chart page's `metrics`; runs go together.
    if (lines.every((one) => this.isOff(one))) for (const member of line.members) this.off.delete(member);
    this.figures.forEach((figure) => figure.redraw());
    this.refresh?.();
    this.#address();
  }

  /** Where the data of a figure is: on a page about several projects each has its own. */
  sourceOf({ base }) {
    if (base === undefined) return this.source;
    if (!this.sources.has(base)) this.sources.set(base, new Source({ base, charts: [], isOneOfMany: true }));
    return this.sources.get(base);
  }

  /** Draws what is stale and in sight, the rest when it is scrolled to or `all`; raises what may be over at the next try. */
  async renew(all = false) {
    const stale = this.figures.filter((figure) => (figure.isVisible || (all && figure.node.offsetParent)) && figure.isStale && !figure.node.hidden);
    const errors = await Promise.all(stale.map((figure) => this.#update(figure)));
    for (const error of errors) if (error?.isPassing) throw error;
  }

  /** Takes in a figure that came later. */
  adopt(chart, node) {
    this.model.charts.push(chart);
    const figure = new Figure(node, chart, this);
    this.figures.push(figure);
    // A page that had no figure has none to wait for.
    this.hasLooked = true;
    this.watch.observe(node);
    return figure;
  }

  /** Lets go of figures that are not on the page any more. */
  dismiss(gone) {
    for (const { node: each, slug } of gone) {
      this.watch.unobserve(each);
      this.source.forget?.(slug);
    }
    this.figures = this.figures.filter((figure) => !gone.includes(figure));
    this.model.charts = this.figures.map((figure) => figure.chart);
  }

  /** Holds what came later to the page's view; figures that stay are left as they are. */
  arrange() {
    const place = new Map([...document.querySelectorAll(".tk-chart")].map((found, k) => [found, k]));
    this.figures.sort((a, b) => place.get(a.node) - place.get(b.node));
    this.#choose(this.view, true);
    this.refresh?.();
    this.#note();
    return this.#find(true);
  }

  /** One sentence in the line of notes, until it is taken back with null. */
  say(text) {
    this.trouble = text ?? "";
    this.#note();
  }

  /** Called by a figure when it has drawn. */
  drew() {
    this.#note();
  }

  #read(text) {
    const { view, notes } = parse(text, this.defaults);
    const given = new URLSearchParams(text);
    // Charts may have an axis of their own: who names the page's own one means it for them too.
    this.isAxisGiven = this.hasOwnAxes && (given.has("x") || given.has("x_axis"));
    this.query = queryOf(this, view, this.defaults);
    this.notes = notes;
  }

  #address() {
    const found = address(this, this.defaults);
    try {
      history.replaceState(history.state, "", withQuery(location.href, found));
    } catch {
      // Frames in a sandbox have no history; the page works on without.
    }
    tellSpace(found);
    this.#note();
  }

  /** Brings page and figures to the view; resolves when what is visible is drawn. */
  async #show() {
    const { view } = this;
    if (view.theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = view.theme;
    root.dataset.sidebar = view.sidebar;
    root.dataset.accordion = view.accordion;
    root.dataset.footer = String(view.footer);
    document.body.classList.toggle("has-height", view.height !== null);
    this.#choose(view);
    for (const figure of this.figures) {
      figure.isStale = true;
      // What is out of sight stays as it is, unseen, until it is scrolled to; what lines from a server have to be awaited
      // for is better seen as it was.
      if (!(this.source.isLive && figure.isVisible && figure.shape)) figure.node.classList.add("is-stale");
    }
    this.refresh?.();
    this.pulse?.();
    this.#note();
    await this.#find();
    await this.#visibility();
    await Promise.all(this.figures.filter((figure) => figure.isVisible).map((figure) => this.#update(figure)));
  }

  /** On dashboards `metrics` says which figures are shown; sections without any hide. What a reader closed stays so. */
  #choose(view, isLater = false) {
    if (this.isChart) return;
    const names = this.figures.map((figure) => figure.chart.metric);
    const wanted = new Set(chosen(names, view.metrics, view.metric_names));
    for (const { node: each, chart } of this.figures) each.hidden = !wanted.has(chart.metric);
    for (const section of document.querySelectorAll(".tk-section")) {
      const shown = section.querySelectorAll(".tk-chart:not([hidden])").length;
      section.hidden = !shown && (section === this.found.place || section.querySelector(".tk-chart") !== null);
      const isAsked = view.metrics.length || view.metric_names.length;
      if (!(isLater && this.sections.has(section)) && (view.accordion === "hidden" || (isAsked && shown))) section.open = true;
      this.sections.add(section);
    }
    const empty = document.getElementById("tk-empty");
    if (empty) empty.hidden = this.figures.length === 0 || wanted.size > 0 || !this.found.isReady;
  }

  /** Figures that only come when they are asked for. */
  async #find(isLater = false) {
    if (!this.found.place) return;
    await this.found.show(this.view);
    this.#choose(this.view, isLater);
    this.#note();
  }

  /** What is in view now; an observer would tell a frame later. */
  async #visibility() {
    this.#seen(this.watch.takeRecords(), false);
    // An observer of nothing never tells.
    if (this.hasLooked || !this.figures.length) return;
    await new Promise((done) => {
      this.looked = done;
    });
  }

  #seen(entries, isNews = true) {
    for (const { target, isIntersecting } of entries) {
      const figure = this.figures.find((each) => each.node === target);
      if (!figure) continue;
      figure.isVisible = isIntersecting;
      if (isNews && isIntersecting && figure.isStale && this.hasLooked) this.#update(figure);
    }
    if (isNews) {
      this.hasLooked = true;
      this.looked?.();
    }
  }

  async #update(figure) {
    try {
      await figure.update();
      figure.failed = false;
    } catch (error) {
      // The picture that is there stays; what is missing is said in words.
      figure.isStale = Boolean(error.isPassing);
      figure.node.classList.remove("is-stale");
      figure.notes = [this.source.isLive ? error.message : `${error.message} The picture shows the default view.`];
      figure.failed = true;
      this.#note();
      if (!error.isPassing) console.error(error);
      return error;
    }
  }

  /** Ignored parameters and unmet wishes, once, in one visible line. */
  #note() {
    const said = new Set([this.trouble, this.unknown, ...this.notes].filter(Boolean));
    if (this.isCut) said.add("So many runs are chosen that an address cannot name them: links show all.");
    const { metrics, metric_names } = this.view;
    for (const one of this.found.notes) said.add(one);
    if (!this.found.place && (metrics.length || metric_names.length)) {
      const names = this.figures.map((each) => each.chart.metric);
      for (const name of this.isChart ? this.missing : unmatched(names, metrics, metric_names)) said.add(`There is no metric "${name}" here.`);
    }
    for (const figure of this.figures) if (!figure.isStale) for (const one of figure.notes) said.add(one);
    let place = this.isChart ? this.figures[0]?.node.querySelector(".tk-note") : document.getElementById("tk-note");
    if (!place) {
      if (!said.size) return;
      place = node("p", { class: "tk-note", id: "tk-note", role: "status" });
      (document.querySelector("main") ?? document.body).prepend(place);
    }
    const text = visible([...said].slice(0, 4).join(" "));
    if (place.textContent !== text) place.textContent = text;
    place.hidden = !said.size;
  }

  #act(button) {
    if (!button) return;
    const figure = this.figures.find((each) => each.node.contains(button)) ?? (this.isChart ? this.figures[0] : null);
    const { action } = button.dataset;
    if (action === "reset" && button.closest(".tk-chart")) figure?.reset();
    else if (action === "reset") this.set(Object.fromEntries(Object.keys(DEFAULTS).map((key) => [key, null])));
    else if (action === "toggle-sidebar") this.#toggleSidebar();
    else if (action === "copy-link") copy(target(this, figure).url, button);
    else if (action === "copy-cite") copy(button.closest(".tk-cite").querySelector("pre").textContent, button);
    else if (action === "copy-embed") {
      const { url, title } = target(this, figure, button.dataset.at);
      copy(iframe(url, { ...size(this, figure), title }), button);
    }
    if (figure && !action.startsWith("copy-")) button.closest("details")?.removeAttribute("open");
  }

  /** On a phone the list of runs is a line until it is opened, and an address says nothing of that. */
  #toggleSidebar() {
    if (!narrow.matches) this.set({ sidebar: this.view.sidebar === "shown" ? "collapsed" : null });
    else root.toggleAttribute("data-runs");
    this.refresh?.();
  }

  /** The root page sends a reader who names a project there. */
  #elsewhere() {
    const { projects } = this.model;
    if (!projects) return false;
    const parameters = new URLSearchParams(location.search);
    const name = parameters.get("project");
    const isDashboard = name === null && projects.length === 1 && [...parameters.keys()].some((key) => key in DEFAULTS && key !== "theme");
    const found = isDashboard ? projects[0] : projects.find((project) => project.name === name);
    if (!found) {
      if (name) this.unknown = `There is no project "${name}" here.`;
      return false;
    }
    parameters.delete("project");
    location.replace(withQuery(new URL(found.path, location.href).href, parameters.toString()));
    return true;
  }
}

const ZOOM = { xmin: null, xmax: null, ymin: null, ymax: null };
const PAIRS = { metrics: ["metrics", "metric"], runs: ["runs", "run"], metric: ["metric", "metric"], run: ["run", "run"] };

/** A token that was wrong stays in no address; a right one never comes this far. */
function forget() {
  const parameters = new URLSearchParams(location.search);
  for (const name of ["token", "read_token", "write_token"]) parameters.delete(name);
  history.replaceState(history.state, "", withQuery(location.href, parameters.toString()));
}

/** Inside a static Space the Hub's page keeps the query string in its own address. */
function tellSpace(text) {
  if (parent !== window && location.hostname.endsWith(".hf.space")) {
    parent.postMessage({ queryString: text }, "https://huggingface.co");
  }
}

function boot() {
  const page = new Page(JSON.parse(document.getElementById("trackio-model").textContent));
  const clicked = window.trackioData.click;
  window.trackioData.click = null;
  const ready = page.start().then(
    () => {
      performance.mark("trackio:drawn");
      root.dataset.trackio = page.figures.some((figure) => figure.failed) ? "error" : "ready";
      if (clicked?.isConnected) clicked.closest("button,summary")?.matches(".tk-key,.tk-more,[data-action]") && clicked.click();
    },
    (error) => {
      root.dataset.trackio = "error";
      throw error;
    },
  );
  // A page that failed says so by its state; whoever awaits `ready` has the error too.
  ready.catch(() => {});
  window.trackio = {
    ready,
    state: () => ({ ...page.view, ...(page.off.size ? parse(address(page, page.defaults), page.defaults).view : {}) }),
    charts: () => page.figures.filter((figure) => !figure.node.hidden).map((figure) => figure.report()),
    rows: (slug) => (page.figures.find((figure) => figure.slug === slug) ?? (slug === undefined ? page.figures[0] : undefined))?.rows() ?? [],
    set: (changes) => page.set(changes),
  };
}

if (document.readyState === "loading") addEventListener("DOMContentLoaded", boot);
else boot();
