/**
 * Lines and a view to everything of the picture that depends on data; the twin of `trackio/geometry.py` and of the words in `trackio/picture.py`, so that the live
 * view writes what the static picture already shows.
 *
 * @typedef {import("./lines.js").Line} Line
 * @typedef {import("./scales.js").Axis} Axis
 * @typedef {{kind: "band"|"raw"|"line"|"dot", color: number, key: string, d: string}} Mark
 * @typedef {{x: Axis, y: Axis, marks: Mark[], ends: {place: number, line: Line}[], yWidth: number, endsWidth: number,
 *   titleBelow: boolean, isClipped: boolean, flags: import("./flags.js").Flag[]}} Geometry
 */
import { GRID, count as countFlags, flags } from "./flags.js";
import { GREY, lastValue } from "./lines.js";
import { numberLabel, place, thousands, xAxis, xLabel, yAxis } from "./scales.js";

export const WIDTH = GRID;
export const HEIGHT = 1000;
export const LEGEND_ENTRIES = 12;
const TICK_STEP = 0.1;
const USUAL_WIDTH = 480;
export const TITLE_SHIFT = 20;
const DIRECT_LINES = 6;
const DIRECT_LETTERS = 22;
const LETTER = 7.2;
const LABEL_STEP = 0.07;

/** @param {Line[]} lines @returns {Geometry} axes, paths and label places; alerts have their places, as `placed` gives them */
export function geometry(lines, view, { axis, title = "", alerts = [] } = {}) {
  const x = xAxis(lines, view, { axis });
  const y = yAxis(lines, view, { title });
  const ends = view.legend === "auto" ? endLabels(lines, y) : [];
  const titleBelow = x.title.length > 6;
  const names = Math.max(0, ...ends.map(({ line }) => width(line.label)));
  const room = titleBelow ? 0 : TITLE_SHIFT + width(x.title);
  return {
    x,
    y,
    marks: marks(lines, x, y),
    ends,
    yWidth: Math.max(0, ...y.labels.map(width)) + 8,
    endsWidth: Math.max(ends.length ? names + 8 : 0, room),
    titleBelow,
    isClipped: [view.xmin, view.xmax, view.ymin, view.ymax].some((limit) => limit !== null),
    flags: flags(alerts, lines, x, view),
  };
}

/** What is shown, in words; a run's own page need not name the run. */
export function summary(lines, view, isNamed = true) {
  const members = new Set(lines.flatMap((line) => line.members));
  const grouped = lines.filter((line) => line.key.startsWith("group:"));
  const parts = [];
  if (grouped.length) {
    parts.push(`mean of ${count(grouped.length, "group")} (${count(members.size, "run")})`);
    if (grouped.some((line) => line.lo)) {
      parts.push({ minmax: "min-max band", std: "band ±1 standard deviation" }[view.band] ?? "95% band");
    }
  } else if (members.size === 1 && (lines.length === 1 || !isNamed)) parts.push(...(isNamed ? [lines[0].label] : []));
  else if (members.size) parts.push(count(members.size, "run"));
  if (lines.length && view.smoothing) parts.push(`smoothing ${String(view.smoothing)}`);
  const logs = ["x", "y"].filter((name) => view[`${name}scale`] === "log");
  if (lines.length && logs.length) parts.push(`log ${logs.join(" and ")}`);
  return parts.join(", ");
}

/** `400 of 5,100 points` where lines were reduced, and what a log axis has no place for. */
export function points(lines) {
  const sum = (of) => lines.reduce((total, line) => total + of(line), 0);
  const drawn = sum((line) => line.last - line.first);
  const total = sum((line) => line.count);
  const dropped = sum((line) => line.dropped);
  // No point of a mean is one that was logged.
  const isLogged = lines.every((line) => line.members.length <= 1);
  const text = isLogged && drawn < total ? `${thousands(drawn)} of ${thousands(total)} points` : count(total, "point");
  return dropped ? `${text}, ${thousands(dropped)} not above 0 left out` : text;
}

/** What a sighted reader sees at a glance, in a sentence or two. */
export function sentence(lines, shape, metric) {
  const found = countFlags(shape.flags);
  return lineSentence(lines, shape, metric) + (found ? ` ${count(found, "alert")} on the axis.` : "");
}

function lineSentence(lines, shape, metric) {
  if (!lines.length) return `Line chart of ${metric}: no points to show.`;
  const [low, high] = shape.x.domain.map((end) => xLabel(shape.x, end));
  const text = `Line chart of ${metric} over ${shape.x.title} from ${low} to ${high}`;
  const last = lines.map((line) => [lastValue(line), line]).filter(([value]) => !Number.isNaN(value));
  last.sort(([a], [b]) => a - b);
  if (!last.length) return `${text}: no finite values.`;
  if (last.length === 1) return `${text}: ${last[0][1].label} ends at ${numberLabel(last[0][0])}.`;
  const [least, most] = [last[0], last.at(-1)].map(([value, line]) => `${numberLabel(value)} (${line.label})`);
  return `${text}: ${lines.length} lines end between ${least} and ${most}.`;
}

/** The lines that a legend names while it is folded, highest last value first. */
export function named(lines) {
  const shown = lines.length > LEGEND_ENTRIES ? lines.filter((line) => line.color !== GREY) : [...lines];
  return byLast(shown);
}

/** A copy by last value, highest first, those without one last. */
export function byLast(lines) {
  const at = new Map(lines.map((line) => [line, lastValue(line)]));
  const rank = (line) => (Number.isNaN(at.get(line)) ? Infinity : -at.get(line));
  return [...lines].sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
}

/** Ticks as shares of the axis, with their labels; of two that are too near to each other the first stays. */
export function yTicks(axis) {
  const kept = [];
  for (const tick of placed(axis)) if (!kept.length || tick.place - kept.at(-1).place >= TICK_STEP) kept.push(tick);
  return kept;
}

/** Likewise, without labels that would run into the one before in a plot of usual width. */
export function xTicks(axis) {
  const kept = [];
  let end = -Infinity;
  for (const tick of placed(axis)) {
    const size = width(tick.label);
    const lean = anchor(tick.place, tick.label);
    const start = tick.place * USUAL_WIDTH - (lean === "at-start" ? 0 : lean ? size : size / 2);
    if (start < end + LETTER) continue;
    kept.push(tick);
    end = start + size;
  }
  return kept;
}

function placed(axis) {
  return axis.ticks.map((tick, k) => ({ place: place(axis, tick), label: axis.labels[k] }));
}

/** The lines through these grid points, and the points that stand alone; NaN is a gap. Moves are relative. */
export function path(x, y) {
  let strokes = "";
  let dots = "";
  const n = x.length;
  for (let start = 0; start < n; ) {
    if (Number.isNaN(x[start]) || Number.isNaN(y[start])) {
      start++;
      continue;
    }
    let stop = start + 1;
    while (stop < n && !Number.isNaN(x[stop]) && !Number.isNaN(y[stop])) stop++;
    if (stop - start === 1) dots += `M${x[start]} ${y[start]}h0`;
    else strokes += `M${x[start]} ${y[start]}${moves(x.subarray(start, stop), y.subarray(start, stop)) || "h0"}`;
    start = stop;
  }
  return [strokes, dots];
}

/** The closed shape between two curves on the grid, one for each stretch without a gap. */
export function area(x, low, high) {
  let shape = "";
  const n = x.length;
  const known = (k) => !(Number.isNaN(x[k]) || Number.isNaN(low[k]) || Number.isNaN(high[k]));
  for (let start = 0; start < n; start++) {
    if (!known(start)) continue;
    let stop = start + 1;
    while (stop < n && known(stop)) stop++;
    const m = stop - start;
    if (m > 1) {
      const xs = new Float64Array(2 * m);
      const ys = new Float64Array(2 * m);
      for (let k = 0; k < m; k++) {
        xs[k] = xs[2 * m - 1 - k] = x[start + k];
        ys[k] = high[start + k];
        ys[2 * m - 1 - k] = low[start + k];
      }
      shape += `M${xs[0]} ${ys[0]}${moves(xs, ys)}z`;
    }
    start = stop;
  }
  return shape;
}

export function percent(share) {
  return `${String(Math.floor(share * 10000 + 0.5) / 100)}%`;
}

/** Long labels at the ends of the axis lean inwards. */
export function anchor(at, label) {
  if (width(label) <= 40 || (at > 0.06 && at < 0.94)) return undefined;
  return at > 0.5 ? "at-end" : "at-start";
}

export function seriesClass(color) {
  return color === GREY ? "sx" : `s${color}`;
}

function count(number, noun) {
  return `${thousands(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** @returns {Mark[]} bands at the bottom, then raw curves, then lines, grey before coloured, then lone points */
function marks(lines, x, y) {
  const order = [...lines.filter((line) => line.color === GREY), ...lines.filter((line) => line.color !== GREY)];
  const at = new Map(order.map((line) => [line, grid(line.x, x, WIDTH, false)]));
  const up = (values) => grid(values, y, HEIGHT, true);
  const coloured = order.filter((line) => line.color !== GREY);
  const mark = (kind, line, d) => ({ kind, color: line.color, key: line.key, d });
  const bands = coloured.filter((line) => line.lo && line.hi);
  const raws = coloured.filter((line) => line.raw);
  const paths = order.map((line) => [line, ...path(at.get(line), up(line.y))]);
  return [
    ...bands.map((line) => mark("band", line, area(at.get(line), up(line.lo), up(line.hi)))),
    ...raws.map((line) => mark("raw", line, path(at.get(line), up(line.raw))[0])),
    ...paths.map(([line, strokes]) => mark("line", line, strokes)),
    ...paths.filter(([, , dots]) => dots).map(([line, , dots]) => mark("dot", line, dots)),
  ];
}

/** Whole grid coordinates, halves up, NaN where there is none; far outside is as good as further outside. */
function grid(values, axis, size, isDown) {
  const result = new Float64Array(values.length);
  for (let k = 0; k < values.length; k++) {
    let share = place(axis, values[k]);
    if (isDown) share = 1 - share;
    const near = Math.min(Math.max(share, -100), 100);
    result[k] = Number.isFinite(share) ? Math.floor(near * size + 0.5) : NaN;
  }
  return result;
}

function moves(x, y) {
  const parts = [];
  for (let k = 1; k < x.length; k++) {
    const dx = x[k] - x[k - 1];
    const dy = y[k] - y[k - 1];
    if (dx || dy) parts.push(dy < 0 ? `${dx}${dy}` : `${dx} ${dy}`);
  }
  return parts.length ? `l${parts.join(" ").replaceAll(" -", "-")}` : "";
}

/** Where the labels of few lines stand: at their last values, pushed apart where they would cover each other. */
function endLabels(lines, y) {
  if (lines.length < 2 || lines.length > DIRECT_LINES) return [];
  if (lines.some((line) => Number.isNaN(lastValue(line)) || letters(line.label) > DIRECT_LETTERS)) return [];
  const ends = lines.map((line) => ({ place: 1 - place(y, lastValue(line)), line }));
  ends.sort((a, b) => a.place - b.place);
  for (const end of ends) end.place = Math.min(Math.max(end.place, 0), 1);
  for (let k = 1; k < ends.length; k++) ends[k].place = Math.max(ends[k].place, ends[k - 1].place + LABEL_STEP);
  ends.at(-1).place = Math.min(ends.at(-1).place, 1 - LABEL_STEP / 2);
  for (let k = ends.length - 2; k >= 0; k--) ends[k].place = Math.min(ends[k].place, ends[k + 1].place - LABEL_STEP);
  return ends;
}

function letters(text) {
  let sum = 0;
  // Scripts from here on are drawn twice as wide.
  for (const letter of text) sum += letter.codePointAt(0) >= 0x2e80 ? 2 : 1;
  return sum;
}

function width(text) {
  return Math.ceil(letters(text) * LETTER);
}
