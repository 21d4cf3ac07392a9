/**
 * Alerts as marks on the x-axis of a chart; the twin of `trackio/flags.py`.
 *
 * @typedef {object} Alert
 * @property {string} run the id of its run
 * @property {string} name that run's name
 * @property {string} level `info`, `warn` or `error`
 * @property {string} title
 * @property {string} [text]
 * @property {number|null} step
 * @property {number} time milliseconds since 1970
 * @property {number} [created] when its run began, likewise; without it the alert has no place over the run's time
 * @property {number} [x] where it stands on the x-axis, NaN where that is unknown; `placed` finds it where it is left out
 *
 * @typedef {{place: number, level: string, alerts: Alert[]}} Flag a mark: from 0 to `GRID`, the gravest alert first
 */
import { decode } from "./columns.js";
import { place as placeOf, thousands } from "./scales.js";
import { upperBound } from "./series.js";

export const LEVELS = ["info", "warn", "error"];
/** The width of the plot in the units that marks are rounded to. */
export const GRID = 2000;
/** So many units from its first alert a mark takes in the next ones. */
const NEAR = 48;
/** So many marks are told to those who do not see them. */
const LISTED = 10;

/**
 * The alerts of one run from columns, as `trackio/report/alertdata.py` writes them.
 * @returns {Alert[]}
 */
export function unpacked({ run, name, created_ms: created, titles, texts, ...columns }) {
  const [since, step, level, title, text] = ["since", "step", "level", "title", "text"].map((key) => decode(columns[key]));
  return Array.from(since, (ms, k) => ({
    run,
    name,
    level: LEVELS[level[k]],
    title: titles[title[k]],
    text: texts[text[k]],
    step: Number.isNaN(step[k]) ? null : step[k],
    time: created + ms,
    created,
  }));
}

/**
 * The alerts with their places on an x-axis; for a metric the series tell it, for those that have it beside them.
 * @param {Alert[]} alerts
 * @param {import("./lines.js").RunSeries[]} series
 * @param {string} axis
 */
export function placed(alerts, series, axis) {
  const along = new Map();
  if (!["step", "time", "relative"].includes(axis)) {
    for (const one of series) if (one.axis?.y.length && !along.has(one.run_id)) along.set(one.run_id, values(one.axis));
  }
  const at = (one) => {
    if (axis === "step") return one.step ?? NaN;
    if (axis === "time") return one.time;
    return axis === "relative" ? since(one) / 1000 : carried(since(one), along.get(one.run));
  };
  return alerts.map((one) => (one.x === undefined ? { ...one, x: at(one) } : one));
}

/**
 * The marks of those alerts whose runs are on the chart, from left to right. What was raised before the first point or after the
 * last one stands at the edge, unless a limit cuts it off there.
 * @returns {Flag[]}
 */
export function flags(alerts, lines, axis, view) {
  if (!alerts.length || view.alerts === "hidden") return [];
  const members = new Set(lines.flatMap((line) => line.members));
  const found = [];
  for (const one of alerts) {
    const share = members.has(one.run) ? placeOf(axis, one.x) : NaN;
    const isCut = (share < 0 && view.xmin !== null) || (share > 1 && view.xmax !== null);
    if (Number.isFinite(share) && !isCut) found.push([Math.floor(Math.min(Math.max(share, 0), 1) * GRID + 0.5), one]);
  }
  found.sort(([a], [b]) => a - b);
  const bundles = [];
  for (const [place, one] of found) {
    if (bundles.length && place - bundles.at(-1).place < NEAR) bundles.at(-1).alerts.push(one);
    else bundles.push({ place, alerts: [one] });
  }
  for (const bundle of bundles) {
    bundle.alerts.sort((a, b) => gravity(b.level) - gravity(a.level) || a.time - b.time);
    bundle.level = LEVELS[gravity(bundle.alerts[0].level)];
  }
  return bundles;
}

/** 0 for the mildest level, and for words that are none. */
export function gravity(level) {
  return Math.max(0, LEVELS.indexOf(level));
}

/** How many alerts have a mark. */
export function count(found) {
  return found.reduce((sum, flag) => sum + flag.alerts.length, 0);
}

/** The marks that are put into words, the gravest first, and how many alerts the others stand for. */
export function told(found) {
  const order = [...found].sort((a, b) => gravity(b.level) - gravity(a.level));
  return [order.slice(0, LISTED), count(order.slice(LISTED))];
}

/** What stands before the name of its run: `error, step 1,200, `. */
export function words(one) {
  const step = one.step === null ? "" : `step ${thousands(one.step)}, `;
  return `${LEVELS[gravity(one.level)]}, ${step}`;
}

/** Whole milliseconds since the run began. */
function since(one) {
  return Math.round(one.time - one.created);
}

/** When the metric on the x-axis was logged, ascending, and its finite values. */
function values({ time, y }) {
  const order = [...y.keys()].filter((k) => Number.isFinite(y[k])).sort((a, b) => time[a] - time[b] || a - b);
  return { time: order.map((k) => time[k]), y: order.map((k) => y[k]) };
}

/** The last value that had been logged at a moment. */
function carried(moment, along) {
  return along?.y[upperBound(along.time, moment) - 1] ?? NaN;
}
