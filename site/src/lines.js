// From the series of runs to the lines of a chart: the twin of trackio/lines.py.
// Choose runs, find x, smooth each run whole, take means over groups, cut the window, reduce, in that order.

import { chosen, numberText, unmatched } from "./grammar.js";
import { aggregate, carried, lowerBound, reduce, smooth, upperBound } from "./series.js";

/**
 * @typedef {object} RunSeries a run's identity beside one of its series
 * @property {string} run_id
 * @property {string} run_name
 * @property {string|null} group
 * @property {number} order 0 for the first run of the project, then 1, 2, ...
 * @property {number} created_ms
 * @property {Record<string, unknown>} config
 * @property {string} metric
 * @property {Float64Array} row the log() call of each point, ascending
 * @property {Float64Array} step
 * @property {Float64Array} time milliseconds since created_ms
 * @property {Float64Array} y
 * @property {{row: Float64Array, y: Float64Array}|null} [axis] the metric chosen as x-axis, when one is
 */

/**
 * @typedef {object} Line one line of a chart; its arrays have one length and ascending x, gaps are NaN in y
 * @property {string} key the run's id, or `group:` and the group
 * @property {string} label
 * @property {number} color 0 to 9, or -1 for grey
 * @property {Float64Array} x
 * @property {Float64Array} y
 * @property {Float64Array|null} lo
 * @property {Float64Array|null} hi
 * @property {Float64Array|null} raw the unsmoothed values; null when there is no smoothing
 * @property {number} count points logged in the window
 * @property {string[]} members the ids of the runs
 * @property {string} metric
 * @property {number} first `[first, last)` are the points inside the window
 * @property {number} last
 * @property {number} dropped points that a log axis has no place for
 */

/** How many colours there are; more lines than that on a chart leave some grey. */
export const COLORS = 10;
export const GREY = -1;
/** The x-axis of energy used since the run began, in kWh, unless a run logged a metric of this name. */
export const KWH = "kwh";

const TIMES = ["step", "time", "relative"];

/**
 * The lines of one chart, by the order of their runs, each of about `budget` points at most.
 * @param {RunSeries[]} series of one metric, or of several
 * @param {import("./grammar.js").View} view
 * @param {number} [budget]
 * @param {string[]} [groups] all groups of the project as `groupsOf` gives them: so a group has one colour on all charts
 * @returns {Line[]}
 */
export function lines(series, view, budget = 400, groups = []) {
  const shown = selected(series, view);
  const by = grouping(shown, view);
  const axis = axisOf(shown, view);
  const bundles = new Map();
  for (const one of shown) {
    const value = by === null ? null : groupValue(one, by);
    const key = value === null ? one.run_id : `group:${value}`;
    const place = JSON.stringify([key, one.metric]);
    if (!bundles.has(place)) bundles.set(place, { key, metric: one.metric, bundle: [] });
    bundles.get(place).bundle.push(one);
  }
  const drafts = [...bundles.values()];
  const firsts = drafts.map(({ bundle }) => bundle[0]);
  const names = [...new Set([...groups, ...(by === null ? [] : groupsOf(shown, by))])];
  // Colours and labels are dealt before the window is cut: a line keeps its own when others leave the picture.
  const colors = colours(firsts.map((one) => wish(one, by, names)));
  const labels = labelled(firsts, by);
  const several = new Set(firsts.map((one) => one.metric)).size > 1;
  return drafts
    .map(({ key, metric, bundle }, k) => ({
      key: several ? `${key}/${metric}` : key,
      label: labels[k],
      color: colors[k],
      ...line(bundle, view, axis, budget),
    }))
    .filter((one) => one.x.length || one.dropped);
}

/** The last finite value inside the window; NaN when there is none. @param {Line} one */
export function lastValue(one) {
  for (let k = one.last - 1; k >= one.first; k--) if (Number.isFinite(one.y[k])) return one.y[k];
  return NaN;
}

/** The series of the runs that the view asks for, by the order of the runs. */
export function selected(series, view) {
  let shown = [...series].sort((a, b) => a.order - b.order);
  if (view.runs.length || view.run_names.length) {
    const names = shown.flatMap((one) => [one.run_id, one.run_name]);
    const wanted = new Set(chosen(names, view.runs, view.run_names));
    shown = shown.filter((one) => wanted.has(one.run_id) || wanted.has(one.run_name));
  }
  return view.group === null ? shown : shown.filter((one) => one.group === view.group);
}

/**
 * A short sentence for each wish of the view that this data cannot meet; `lines` leaves the wish out.
 * @returns {string[]}
 */
export function notes(series, view) {
  const known = series.flatMap((one) => [one.run_id, one.run_name]);
  const said = unmatched(known, view.runs, view.run_names).map((name) => `There is no run "${name}" here.`);
  if (view.group !== null && series.every((one) => one.group !== view.group)) {
    said.push(`There is no group "${view.group}" here.`);
  }
  const shown = selected(series, view);
  if (!shown.length) return said;
  if (view.groupby !== null && view.groupby !== "none" && grouping(shown, view) === null) {
    said.push(`No run here has "${view.groupby}" to group by.`);
  }
  if (view.x !== axisOf(shown, view)) {
    const lack = view.x === KWH ? "has measured its energy" : `has logged "${view.x}"`;
    said.push(`No run here ${lack}; the x-axis shows steps.`);
  } else {
    const without = shown.filter((one) => !isOn(one, view.x)).length;
    const lack = view.x === KWH ? "measured energy" : `"${view.x}"`;
    if (without) said.push(`${without} of ${shown.length} curves have no ${lack} and are left out.`);
  }
  return said;
}

/** What lines are grouped by, or null. The default: by group, when that makes fewer lines of more than ten. */
export function grouping(shown, view) {
  if (view.groupby === "none") return null;
  if (view.groupby !== null) return shown.some((one) => groupValue(one, view.groupby) !== null) ? view.groupby : null;
  const runs = new Map(shown.map((one) => [one.run_id, one.group]));
  const named = [...runs.values()].filter((group) => group !== null);
  return runs.size > COLORS && new Set(named).size < named.length ? "group" : null;
}

/** The x-axis that can be drawn: the view's, or `step` when it is a metric that no run has logged. */
export function axisOf(shown, view) {
  return TIMES.includes(view.x) || shown.some((one) => isOn(one, view.x)) ? view.x : "step";
}

/** The groups of these runs, in the order in which they first appeared. */
export function groupsOf(runs, by = "group") {
  const values = [...runs].sort((a, b) => a.order - b.order).map((run) => groupValue(run, by));
  return [...new Set(values.filter((value) => value !== null))];
}

/** The text of the run's group, or of the config value at `by` (`optim/lr`, `optim.lr`); null when it has none. */
export function groupValue(run, by) {
  if (by === "group") return run.group ?? null;
  const value = configValue(run.config, by);
  return value === null || value === undefined ? null : valueText(value);
}

/**
 * A colour for each line, from the running number that it wishes to be coloured by. Up to ten lines all get one, the
 * next free one where two wish for the same; of more than ten the first to wish for a colour has it, the rest are grey.
 */
export function colours(wishes) {
  const taken = new Set();
  return wishes.map((wished) => {
    let color = wished % COLORS;
    if (taken.has(color)) {
      if (wishes.length > COLORS) return GREY;
      while (taken.has(color)) color = (color + 1) % COLORS;
    }
    taken.add(color);
    return color;
  });
}

/** Whether a series has points on an axis: all have their times, and those with the metric that is the axis. */
function isOn(one, axis) {
  return TIMES.includes(axis) || Boolean(one.axis?.y.length);
}

function line(bundle, view, axis, budget) {
  const logged = bundle.map((one) => points(one, axis));
  const [scaled, dropped] = onScales(curve(logged, view), view);
  let { curve: cut, first, last, offset } = window_(scaled, view);
  // A mean has fewer points than its runs logged.
  const count = logged.length === 1 ? last - first : logged.reduce((sum, { x }) => sum + inside(x, view), 0);
  if (cut.x.length) {
    const kept = reduce(
      [cut.y, cut.lo, cut.hi, cut.raw].filter((column) => column),
      budget,
      offset,
    );
    first = lowerBound(kept, first);
    last = lowerBound(kept, last);
    cut = mapped(cut, (column) => Float64Array.from(kept, (k) => column[k]));
  }
  const members = [...new Set(bundle.filter((one) => isOn(one, axis)).map((one) => one.run_id))];
  return { ...cut, count, members, metric: bundle[0].metric, first, last, dropped };
}

/** How many of these ascending places lie in the window. */
function inside(x, view) {
  let start = view.xmin === null ? 0 : lowerBound(x, view.xmin);
  const stop = view.xmax === null ? x.length : upperBound(x, view.xmax);
  if (view.xscale === "log") start = Math.max(start, upperBound(x, 0));
  return Math.max(0, stop - start);
}

/** The whole curve of a run or a group, smoothed. */
function curve(raw, view) {
  const smoothed = raw.map(({ x, y }) => ({ x, y: smooth(y, view.smoothing) }));
  const hasRaw = view.smoothing > 0;
  if (smoothed.length === 1) return { ...smoothed[0], lo: null, hi: null, raw: hasRaw ? raw[0].y : null };
  const { x, mean, low, high } = aggregate(smoothed, view.band);
  return { x, y: mean, lo: low, hi: high, raw: hasRaw ? aggregate(raw, "none").mean : null };
}

/** The whole series with ascending x; points of equal x stay in order of arrival. */
function points(one, axis) {
  let y = one.y;
  let x;
  if (axis === "step") x = one.step;
  else if (axis === "time") x = one.time.map((t) => one.created_ms + t);
  else if (axis === "relative") x = one.time.map((t) => t / 1000);
  else x = one.axis ? carried(one.row, one.axis.row, one.axis.y) : new Float64Array(y.length).fill(NaN);
  if (x.some(Number.isNaN)) {
    const known = x;
    y = y.filter((_, k) => !Number.isNaN(known[k]));
    x = x.filter((value) => !Number.isNaN(value));
  }
  for (let k = 1; k < x.length; k++) {
    if (x[k] < x[k - 1]) {
      const [xs, ys] = [x, y];
      const order = Int32Array.from({ length: xs.length }, (_, j) => j).sort((a, b) => xs[a] - xs[b] || a - b);
      return { x: Float64Array.from(order, (j) => xs[j]), y: Float64Array.from(order, (j) => ys[j]) };
    }
  }
  return { x, y };
}

/** The curve without what log axes have no place for, and how many points that were. */
function onScales(whole, view) {
  let result = whole;
  let dropped = 0;
  if (view.xscale === "log") {
    dropped = upperBound(whole.x, 0);
    result = mapped(whole, (column) => column.subarray(dropped));
  }
  if (view.yscale === "log") {
    for (const value of result.y) if (value <= 0) dropped++;
    const positive = (column) => column && column.map((value) => (value > 0 ? value : NaN));
    const y = positive(result.y);
    let lo = positive(result.lo);
    let floor = Infinity;
    for (const value of y) if (value < floor) floor = value;
    // A band that reaches below zero is drawn down to the smallest mean.
    if (lo && floor < Infinity) lo = lo.map((value) => (Number.isNaN(value) ? floor : value));
    result = { x: result.x, y, lo, hi: positive(result.hi), raw: positive(result.raw) };
  }
  return [result, dropped];
}

/** The curve in the window with a neighbour either side, where the inside begins and ends, and what lay ahead. */
function window_(whole, view) {
  const n = whole.x.length;
  const start = view.xmin === null ? 0 : lowerBound(whole.x, view.xmin);
  const stop = view.xmax === null ? n : upperBound(whole.x, view.xmax);
  if (start >= stop && (start === 0 || stop === n)) {
    return { curve: mapped(whole, (column) => column.subarray(0, 0)), first: 0, last: 0, offset: 0 };
  }
  const ahead = Math.max(0, start - 1);
  const cut = mapped(whole, (column) => column.subarray(ahead, stop + 1));
  return { curve: cut, first: start - ahead, last: stop - ahead, offset: ahead };
}

function mapped({ x, y, lo, hi, raw }, change) {
  return { x: change(x), y: change(y), lo: lo && change(lo), hi: hi && change(hi), raw: raw && change(raw) };
}

function wish(one, by, names) {
  if (by === null) return one.order;
  const value = groupValue(one, by);
  // Runs without a group come after all groups.
  return value === null ? names.length + one.order : names.indexOf(value);
}

function labelled(firsts, by) {
  const metrics = new Set(firsts.map((one) => one.metric));
  const runs = new Set(firsts.map((one) => one.run_id));
  const ids = new Map();
  for (const one of firsts) ids.set(one.run_name, (ids.get(one.run_name) ?? new Set()).add(one.run_id));
  return firsts.map((one) => {
    const value = by === null ? null : groupValue(one, by);
    let name;
    if (value !== null) name = by === "group" ? value : `${by}=${value}`;
    else if (metrics.size > 1 && runs.size === 1) return one.metric;
    else name = ids.get(one.run_name).size === 1 ? one.run_name : `${one.run_name} (${letters(one.run_id, 8)})`;
    return metrics.size > 1 ? `${name} · ${one.metric}` : name;
  });
}

function letters(text, count) {
  return Array.from(text).slice(0, count).join("");
}

function configValue(config, by) {
  if (Object.hasOwn(config, by)) return config[by];
  for (const mark of ["/", "."]) {
    let value = config;
    for (const part of by.split(mark)) {
      const isMapping = value !== null && typeof value === "object" && !Array.isArray(value);
      value = isMapping && Object.hasOwn(value, part) ? value[part] : null;
    }
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

function valueText(value) {
  if (typeof value === "string") return value;
  return typeof value === "number" && Number.isFinite(value) ? numberText(value) : JSON.stringify(value);
}
