/**
 * From data files to series and lines that can be drawn. Files load once, as scripts, so that pages opened from disk work;
 * columns are decoded once a chart.
 */
import { found, listed as unpackedList } from "./charts.js";
import { decode } from "./columns.js";
import { spent } from "./energy.js";
import { placed, unpacked } from "./flags.js";
import { COLORS, KWH, groupValue, grouping, lines, selected } from "./lines.js";

const NONE = [];
const TIMES = new Set(["step", "time", "relative"]);
/** Lines up to which each can be followed on its own, and is drawn finer. */
const FEW = 6;
/** Points that the widest plot can tell apart: two for each of its pixels. */
const SCREEN_POINTS = 1600;
/** Points that are drawn in a blip, over all lines of a figure. */
const MOST_POINTS = 60_000;

/** Everything the charts of one project are made of. */
export class Source {
  /** @param {{base: string, runs?: object[], groups?: string[], charts: object[]}} model */
  constructor(model) {
    this.model = model;
    this.base = model.base ?? "";
    /** @type {Map<string, object>} runs by id */
    this.runs = new Map();
    this.groups = model.groups ?? NONE;
    this.metrics = model.charts.map(({ metric, slug }) => ({ metric, slug }));
    /** Where the names of all charts lie; null where the page knows all of them. */
    this.index = model.more?.index ?? null;
    this.series = new Map();
    this.partial = new Set();
    /** Where the energy of the runs lies; null where none was measured. */
    this.energy = model.energy ?? null;
    /** Where the alerts of the runs lie; null where there are none. */
    this.raised = model.alerts ?? null;
    /** The alerts with their places, by those x-axes that every chart has. */
    this.placed = new Map();
    this.opening = undefined;
  }

  /** Loads what is known of runs and metrics. */
  open() {
    return (this.opening ??= (async () => {
      let known = this.model;
      if (!known.runs) {
        // Of several projects the one that came last would be kept.
        const kept = known.isOneOfMany ? undefined : window.trackioData.kept.project;
        known = kept ?? (await window.trackioData.load(`${this.base}data/project.js`));
        this.metrics = known.metrics;
        this.groups = known.groups ?? NONE;
        this.index ??= known.index ? this.base + known.index : null;
        this.energy ??= known.energy ? this.base + known.energy : null;
        this.raised ??= known.alerts ? this.base + known.alerts : null;
      }
      for (const run of known.runs) this.runs.set(run.id, run);
    })());
  }

  /** The chart of a metric: the page's own, or one that only the project knows. */
  chart(metric) {
    const own = this.model.charts.find((chart) => chart.metric === metric);
    const known = own ?? this.metrics.find((one) => one.metric === metric);
    return own?.data || !known ? own : this.#placed(known);
  }

  /** The charts that a view names, of all that there are: `found` of `charts.js`. */
  async find(view) {
    const own = new Map(this.model.charts.map((chart) => [chart.metric, chart]));
    const all = (await this.listed()).map((chart) => own.get(chart.metric) ?? chart);
    const known = new Set(all.map(({ metric }) => metric));
    const { charts, ...rest } = found([...all, ...this.model.charts.filter(({ metric }) => !known.has(metric))], view);
    return { charts: charts.map((chart) => (chart.data ? chart : this.#placed(chart))), ...rest };
  }

  /** All charts of the project, or of the run that the page is of, as far as they have files of their own. */
  async listed() {
    await this.open();
    if (!this.index) return this.metrics;
    this.listing ??= this.#list().catch((error) => {
      this.listing = undefined;
      throw error;
    });
    return this.listing;
  }

  async #list() {
    const { own } = this.model.more ?? {};
    const [index, run] = await Promise.all([window.trackioData.load(this.index), own && window.trackioData.load(own)]);
    return unpackedList(index, run ? [...decode(run.metrics)] : undefined);
  }

  /** A chart with the addresses of its files. */
  #placed(chart) {
    const file = `${this.base}data/${chart.slug}`;
    const page = `${this.base}charts/${chart.slug}.html`;
    return { defaults: {}, page, ...chart, data: `${file}.js`, full: chart.complete ? null : `${file}.full.js` };
  }

  /** The lines of the default view, where a file holds these alone; else null. */
  async reduced(chart) {
    const data = await file(chart);
    if (data.complete || !data.lines) return null;
    const found = data.lines.map((line) => {
      const x = decode(line.x);
      const [y, lo, hi, raw] = [line.y, line.lo, line.hi, line.raw].map((column) => (column ? decode(column) : null));
      return { metric: data.metric, first: 0, last: x.length, dropped: 0, ...line, x, y, lo, hi, raw };
    });
    return Object.assign(found, { isReduced: true });
  }

  /** Whether no file of the page has every point of a chart: a run's page holds very long series reduced. */
  isPartial(chart) {
    return this.partial.has(place(chart));
  }

  /** Every run's series of a chart, whole. */
  all(chart) {
    const key = place(chart);
    if (!this.series.has(key)) this.series.set(key, this.#read(chart));
    return this.series.get(key);
  }

  /** The series of several charts with the metric that is the x-axis beside each, as `lines` takes them. */
  async withAxis(charts, axis) {
    const found = await Promise.all(charts.map((chart) => this.all(chart)));
    const series = found.flat();
    if (TIMES.has(axis)) return series;
    const chart = this.chart(axis) ?? (this.index ? (await this.find({ metrics: NONE, metric_names: [axis] })).charts[0] : undefined);
    if (!chart && axis === KWH && this.energy) {
      const { energy } = await window.trackioData.load(this.energy);
      return series.map((one) => spent(one, energy[one.run_id]));
    }
    const rows = new Map();
    if (chart) for (const one of await this.all(chart)) rows.set(one.run_id, one);
    return series.map((one) => ({ ...one, axis: rows.get(one.run_id) ?? null }));
  }

  /**
   * The alerts of the runs, with their places on an x-axis; of runs that are not on the chart too.
   * @param {object[]} charts @param {string} axis @param {object[] | null} series null where only reduced lines were read
   * @returns {Promise<import("./flags.js").Alert[]>}
   */
  async alerts(charts, axis, series) {
    if (!this.raised) return NONE;
    this.unpacked ??= window.trackioData.load(this.raised).then(({ alerts }) => alerts.map(unpacked));
    const known = await this.unpacked.catch((error) => {
      this.unpacked = undefined;
      throw error;
    });
    if (TIMES.has(axis)) {
      if (!this.placed.has(axis)) this.placed.set(axis, placed(known.flat(), NONE, axis));
      return this.placed.get(axis);
    }
    const places = series ? undefined : (await file(charts[0])).alerts;
    const found = known.map((own) => {
      const xs = places?.[own[0].run];
      const column = xs && decode(xs);
      return column ? own.map((one, k) => ({ ...one, x: column[k] })) : own;
    });
    return placed(found.flat(), series ?? NONE, axis);
  }

  async #read(chart) {
    await this.open();
    let data = await file(chart);
    if (!data.series) data = await window.trackioData.load(chart.full);
    if (data.complete === false) this.partial.add(place(chart));
    const found = [];
    for (const columns of data.series) {
      const run = this.runs.get(columns.run);
      if (!run) continue;
      const [row, step, time, y] = [columns.row, columns.step, columns.time, columns.y].map(decode);
      found.push({
        run_id: run.id,
        run_name: run.name,
        group: run.group,
        order: run.order,
        config: run.config ?? {},
        metric: columns.metric ?? data.metric,
        created_ms: run.created_ms,
        row,
        step,
        time,
        y,
        axis: null,
      });
    }
    return found;
  }
}

/**
 * The lines of a view. The page's own view has as many points a line as the static picture, so that nothing moves when
 * the runtime takes over; any other has as many as a screen can show, within what can be drawn at once.
 */
export function drawn(series, view, groups, { isSmall = false, isPlain = false } = {}) {
  const shown = selected(series, view);
  const by = grouping(shown, view);
  const keys = new Set(shown.map((one) => (by === null ? one.run_id : (groupValue(one, by) ?? one.run_id))));
  return lines(series, view, isPlain ? plainBudget(keys.size, isSmall) : liveBudget(keys.size, by !== null, view, isSmall), groups);
}

/** As `trackio.report.figures` has it. */
function plainBudget(count, isSmall) {
  const budget = count <= FEW ? 800 : count <= COLORS ? 400 : count <= 40 ? 200 : 100;
  return isSmall ? budget / 2 : budget;
}

function liveBudget(count, isGrouped, view, isSmall) {
  const curves = 1 + (view.smoothing > 0 ? 1 : 0) + (isGrouped ? 2 : 0);
  const each = Math.min(SCREEN_POINTS, MOST_POINTS / Math.max(1, count * curves));
  return Math.max(50, Math.floor(isSmall ? each / 2 : each)) * curves;
}

/** Where the data of a chart lie: charts of one metric may share it, and others bear the name of a metric. */
function place(chart) {
  return chart.key ? `${chart.data} ${chart.slug}` : chart.data;
}

async function file(chart) {
  const data = await window.trackioData.load(chart.data);
  if (!data) throw new Error(`The data of ${chart.metric} is not there.`);
  return chart.key ? data.charts[chart.slug] : data;
}
