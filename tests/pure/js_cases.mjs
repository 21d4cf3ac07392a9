// The twin of shared.py: answers the cases of tests/cases with the site's own modules. In node,
// `node js_cases.mjs < cases.json` prints the answers; in a page, import() this file and call outcomes(cases).

import { decode } from "../../site/src/columns.js";
import { spent } from "../../site/src/energy.js";
import * as flags from "../../site/src/flags.js";
import { DEFAULTS, chosen, numberText, parse, query, unmatched } from "../../site/src/grammar.js";
import { axisOf, colours, lines, notes, selected } from "../../site/src/lines.js";
import * as scales from "../../site/src/scales.js";
import * as series from "../../site/src/series.js";

const floats = (values) => Float64Array.from(values);

function runSeries(given) {
  const y = floats(given.y);
  const row = floats(given.row ?? y.map((_, k) => k));
  const step = floats(given.step ?? row);
  return {
    run_id: given.run_id,
    run_name: given.run_name ?? given.run_id,
    group: given.group ?? null,
    order: given.order ?? 0,
    created_ms: given.created_ms ?? 0,
    config: given.config ?? {},
    metric: given.metric ?? "loss",
    row,
    step,
    time: floats(given.time ?? step.map((s) => s * 1000)),
    y,
    axis: given.axis
      ? { row: floats(given.axis.row), time: floats(given.axis.time ?? given.axis.row.map((r) => r * 1000)), y: floats(given.axis.y) }
      : null,
  };
}

const alert = ({ since, created = 0, step = null, ...given }) => ({ name: given.run, level: "warn", ...given, step, created, time: created + since });

const changes = (view) =>
  Object.fromEntries(Object.entries(view).filter(([k, v]) => JSON.stringify(v) !== JSON.stringify(DEFAULTS[k])));

const CALLS = {
  parse(text, defaults = {}) {
    const { view, notes: said } = parse(text, { ...DEFAULTS, ...defaults });
    return { view: changes(view), notes: said, query: query(view) };
  },
  query: (view, defaults) => query({ ...DEFAULTS, ...view }, { ...DEFAULTS, ...defaults }),
  chosen,
  unmatched,
  numberText,
  smooth: (values, smoothing) => series.smooth(floats(values), smoothing),
  aggregate: (curves, band) =>
    series.aggregate(
      curves.map(([x, y]) => ({ x: floats(x), y: floats(y) })),
      band,
    ),
  reduce: (curves, budget, offset) => series.reduce(curves.map(floats), budget, offset),
  bucketSize: series.bucketSize,
  carried: (rows, at, values) => series.carried(floats(rows), floats(at), floats(values)),
  studentT: series.studentT,
  lines: (given, text, budget, groups) => lines(given.map(runSeries), parse(text).view, budget, groups),
  along(given, columns) {
    const { row, y, axis } = spent(runSeries(given), columns);
    return { row, y, x: axis.y };
  },
  notes: (given, text) => notes(given.map(runSeries), parse(text).view),
  colours,
  axes(given, text) {
    const { view } = parse(text);
    const shown = given.map(runSeries);
    const found = lines(shown, view);
    const axis = axisOf(selected(shown, view), view);
    return { x: scales.xAxis(found, view, { axis }), y: scales.yAxis(found, view) };
  },
  flags(raised, given, text) {
    const { view } = parse(text);
    const shown = given.map(runSeries);
    const found = lines(shown, view);
    const axis = axisOf(selected(shown, view), view);
    const alerts = flags.placed(raised.map(alert), shown, axis);
    return flags.flags(alerts, found, scales.xAxis(found, view, { axis }), view).map((flag) => ({
      place: flag.place,
      level: flag.level,
      alerts: flag.alerts.map((one) => one.title),
      words: flags.words(flag.alerts[0]),
    }));
  },
  told(raised, given) {
    const found = lines(given.map(runSeries), DEFAULTS);
    const alerts = flags.placed(raised.map(alert), [], "step");
    const [shown, left] = flags.told(flags.flags(alerts, found, scales.xAxis(found, DEFAULTS), DEFAULTS));
    return [shown.map((flag) => flag.place), left];
  },
  domain: (low, high, scale) => scales.domain(low, high, { scale }),
  ticks: scales.ticks,
  tickLabels: (...span) => scales.tickLabels(scales.ticks(...span)),
  logTicks: scales.logTicks,
  logLabels: (...span) => scales.logLabels(scales.logTicks(...span)),
  timeTicks: scales.timeTicks,
  timeLabels: (...span) => scales.timeLabels(scales.timeTicks(...span)),
  timeLabel: scales.timeLabel,
  durationTicks: scales.durationTicks,
  durationLabel: scales.durationLabel,
  energyTicks: scales.energyTicks,
  energyLabels: (low, high, count) => scales.energyLabels(scales.energyTicks(low, high, count), [low, high]),
  energyLabel: scales.energyLabel,
  numberLabel: scales.numberLabel,
  fixed: (value, digits) => scales.fixed(value, digits),
  decode,
};

/** The answers to cases, as JSON holds them; an error is its text. */
export function outcomes(cases) {
  return cases.map(({ call, args }) => {
    try {
      return plain(CALLS[call](...args.map(revived)));
    } catch (error) {
      return String(error.stack ?? error);
    }
  });
}

function plain(value) {
  if (ArrayBuffer.isView(value) || Array.isArray(value)) return Array.from(value, plain);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
}

function revived(value) {
  if (Array.isArray(value)) return value.map(revived);
  if (value !== null && typeof value === "object") {
    if (!("mod" in value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, revived(v)]));
    const made = Array.from({ length: value.n }, (_, k) => ((k * value.by) % value.mod) / value.mod);
    for (const [place, other] of Object.entries(value.but ?? {})) made[Number(place)] = revived(other);
    return made;
  }
  return ["NaN", "Infinity", "-Infinity"].includes(value) ? Number(value) : value;
}

if (typeof process !== "undefined" && process.argv[1]?.endsWith("js_cases.mjs")) {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
  process.stdout.write(JSON.stringify(outcomes(JSON.parse(text))));
}
