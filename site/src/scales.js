// Axes: domains, ticks and their labels; the twin of trackio/scales.py. Linear ticks are d3's; time is UTC.

import { KWH } from "./lines.js";

/**
 * @typedef {object} Axis one axis of a chart: what it spans and where its ticks and labels stand
 * @property {"linear"|"log"|"time"|"relative"|"kwh"} scale time (ms since the epoch), relative (seconds) and kwh are drawn linearly
 * @property {[number, number]} domain
 * @property {number[]} ticks
 * @property {string[]} labels
 * @property {string} title
 */

/** @typedef {import("./lines.js").Line} Line */
/** @typedef {import("./grammar.js").View} View */

/** The share of the range that stays free above and below the lines. */
export const PADDING = 0.04;
export const MINUS = "\u2212";

/** Units of energy: names, their kWh, and from how many kWh on each is used. @type {[string, number, number][]} */
const UNITS = [["MWh", 1000, 10_000], ["kWh", 1, 0.9995], ["Wh", 1e-3, 0.0009995]];

const [MINUTE, HOUR, DAY] = [60, 3600, 86400];
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800]
  .concat([1, 2, 3, 6, 12].map((k) => k * HOUR))
  .concat([1, 2, 7].map((k) => k * DAY));
const MONTHS = [1, 3, 6];
const PREFIXES = ["", "k", "M", "G", "T", "P"];
const MONTH_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
// A quarter of what a number can hold leaves the difference of both ends within it.
const LARGEST = 4e307;
// Steps of less have no power of ten to divide by.
const SMALLEST = 1e-300;
// JavaScript's dates and Python's both reach this far, in milliseconds.
const [FIRST_TIME, LAST_TIME] = [-62135596800000, 253402300799999];

/**
 * The x-axis of these lines with about `count` ticks; `axis` is what `axisOf` found, if not the view's.
 * @param {Line[]} lines
 * @param {View} view
 * @param {{count?: number, axis?: string}} [options]
 * @returns {Axis}
 */
export function xAxis(lines, view, { count = 6, axis = view.x } = {}) {
  const [low, high] = extent(lines.map((line) => line.x.subarray(line.first, line.last)));
  const kind = view.xscale === "log" ? "log" : ["time", "relative", KWH].includes(axis) ? axis : "linear";
  const span = limited(low, high, view.xmin, view.xmax, kind, 0);
  const unit = kind === KWH ? energyUnit(span)[0] : "kWh";
  const titles = { time: "time (UTC)", relative: "time since start", [KWH]: `energy (${unit})` };
  return made(kind, span, count, Object.hasOwn(titles, axis) ? titles[axis] : axis);
}

/**
 * The y-axis: room for every line, band and raw curve inside the window, and a little more.
 * @param {Line[]} lines
 * @param {View} view
 * @param {{count?: number, title?: string}} [options]
 * @returns {Axis}
 */
export function yAxis(lines, view, { count = 5, title = "" } = {}) {
  const arrays = lines.flatMap((line) =>
    [line.y, line.lo, line.hi, line.raw].filter((a) => a).map((a) => a.subarray(line.first, line.last)),
  );
  const [low, high] = extent(arrays);
  const kind = view.yscale === "log" ? "log" : "linear";
  return made(kind, limited(low, high, view.ymin, view.ymax, kind, PADDING), count, title);
}

/** Where a value lies from 0, the start of the domain, to 1, its end. @param {Axis} axis @param {number} value */
export function place(axis, value) {
  const [low, high] = axis.domain;
  if (axis.scale !== "log") return (value - low) / (high - low);
  return (Math.log10(value) - Math.log10(low)) / (Math.log10(high) - Math.log10(low));
}

/** The value at a place: the inverse of `place`. @param {Axis} axis @param {number} share */
export function valueAt(axis, share) {
  const [low, high] = axis.domain;
  if (axis.scale !== "log") return low + share * (high - low);
  const [start, stop] = [Math.log10(low), Math.log10(high)];
  return 10 ** (start + share * (stop - start));
}

/**
 * A domain with room around `low` to `high`; never empty, and not below zero for values that never are.
 * NaN for both means that there is nothing to show.
 * @returns {[number, number]}
 */
export function domain(low, high, { scale = "linear", padding = PADDING } = {}) {
  if (Number.isNaN(low) || Number.isNaN(high)) return scale === "log" ? [1, 10] : [0, 1];
  if (scale === "log") {
    const [start, stop] = [Math.log10(low), Math.log10(high)];
    if (stop - start < 1e-9) return [10 ** Math.max(start - 0.5, -323), 10 ** Math.min(stop + 0.5, 308)];
    const room = (stop - start) * padding;
    return room ? [10 ** Math.max(start - room, -323), 10 ** Math.min(stop + room, 308)] : [low, high];
  }
  const span = high - low;
  const size = Math.max(Math.abs(low), Math.abs(high));
  // Means of equal values differ in their last digits; such a curve is constant.
  if (span <= size * 1e-12) {
    const room = size * 0.1 || 1;
    return [low - room, high + room];
  }
  const room = span * padding;
  return [low >= 0 && low < room ? 0 : low - room, high <= 0 && high > -room ? 0 : high + room];
}

/** About `count` round values from start to stop: 1, 2 or 5 times powers of ten, as in d3-array. */
export function ticks(start, stop, count) {
  if (!(stop - start > SMALLEST) || count < 1) return start === stop ? [start] : [];
  const [first, last, step] = tickSpec(start, stop, count);
  return range(first, last).map((k) => (step < 0 ? k / -step : k * step));
}

/** Powers of ten, every second, third, ... of many; of less than two decades 1, 2, 5 or 1, 3, else linear. */
export function logTicks(start, stop, count) {
  const [low, high] = [Math.log10(start), Math.log10(stop)];
  const [first, last] = [Math.ceil(low - 1e-9), Math.floor(high + 1e-9)];
  const powers = last - first + 1;
  if (powers >= 3) {
    const every = Math.ceil(powers / Math.max(count, 1));
    return range(Math.ceil(first / every), Math.floor(last / every)).map((k) => power(1, k * every));
  }
  for (const digits of [
    [1, 2, 5],
    [1, 3],
  ]) {
    const found = range(Math.floor(low), last)
      .flatMap((k) => digits.map((digit) => power(digit, k)))
      .filter((value) => start <= value && value <= stop);
    if (found.length >= 3 && found.length <= count) return found;
  }
  return powers === 2 ? range(first, last).map((k) => power(1, k)) : ticks(start, stop, count);
}

/** About `count` round durations, in seconds, from start to stop. */
export function durationTicks(start, stop, count) {
  const step = (stop - start) / Math.max(count, 1);
  if (step < 1) return ticks(start, stop, count);
  if (step > 7 * DAY) return ticks(start / DAY, stop / DAY, count).map((value) => value * DAY);
  const size = nearest(step, STEPS);
  return range(Math.ceil(start / size), Math.floor(stop / size)).map((k) => k * size);
}

/** About `count` round times (UTC), in milliseconds since the epoch, from start to stop. */
export function timeTicks(start, stop, count) {
  const step = (stop - start) / Math.max(count, 1) / 1000;
  if (step < 1 || start < FIRST_TIME || stop > LAST_TIME) return ticks(start, stop, count);
  let found;
  const [from, to] = [new Date(Math.floor(start)), new Date(Math.floor(stop))];
  if (step > 300 * DAY) {
    found = ticks(from.getUTCFullYear(), to.getUTCFullYear() + 1, count)
      .filter((year) => Number.isInteger(year) && year >= 1 && year <= 9999)
      .map((year) => month(year, 0));
  } else if (step > 15 * DAY) {
    const every = nearest(step / (30 * DAY), MONTHS);
    found = [];
    for (let k = from.getUTCFullYear() * 12; k < to.getUTCFullYear() * 12 + 12; k += every) {
      found.push(month(Math.floor(k / 12), k % 12));
    }
  } else {
    const size = nearest(step, STEPS) * 1000;
    // Weeks begin on Monday, and the epoch was a Thursday.
    const shift = size === 7 * DAY * 1000 ? 4 * DAY * 1000 : 0;
    found = range(Math.ceil((start - shift) / size), Math.floor((stop - shift) / size)).map((k) => k * size + shift);
  }
  return found.filter((value) => start <= value && value <= stop);
}

/** Labels for linear ticks: the digits that tell them apart, `k` to `P` from 1000 on, else powers of ten. */
export function tickLabels(values) {
  const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (size === 0) return values.map(() => "0");
  const step = smallestStep(values, 0) || size;
  if (size >= 1e18 || size < 1e-3) {
    const exponent = Math.floor(Math.log10(size) + 1e-12);
    const digits = decimals(step / power(1, exponent));
    return values.map((value) => (value ? `${fixed(value / power(1, exponent), digits)}e${exponent}` : "0"));
  }
  return values.map((value) => prefixed(value, step));
}

/** Labels for ticks on a log axis, each with the digits that it needs itself. */
export function logLabels(values) {
  const areRound = values.every((value) => value === Number(value.toExponential(0)));
  return areRound ? values.map((value) => tickLabels([value])[0]) : tickLabels(values);
}

/** The number with so many decimals, halves away from zero, behind a real minus sign; `trim` drops idle zeros. */
export function fixed(value, digits, { trim = false } = {}) {
  const whole = Math.abs(value).toFixed(digits);
  const text = trim ? trimmed(whole) : whole;
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

/** One number for a tooltip or a table: five significant digits, far from one with a power of ten. */
export function numberLabel(value) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : "";
  if (size && (size >= 1e15 || size < 1e-4)) {
    const [mantissa, exponent] = size.toExponential(4).split("e");
    return `${sign}${trimmed(mantissa)}e${Number(exponent)}`;
  }
  if (size >= 1e5) return sign + grouped(Math.floor(size + 0.5));
  const digits = size === 0 ? 4 : Math.max(0, 4 - Math.floor(Math.log10(size)));
  return fixed(value, Math.min(digits, 15), { trim: true });
}

/** A duration in at most two units: 90 seconds are `1m 30s`. */
export function durationLabel(seconds) {
  const sign = seconds < 0 ? MINUS : "";
  const rest = Math.abs(seconds);
  if (rest < MINUTE) return rest ? `${sign}${fixed(rest, 3, { trim: true })}s` : "0";
  const whole = Math.floor(rest + 0.5);
  const units = [
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "m"],
    [1, "s"],
  ];
  const k = units.findIndex(([size]) => whole >= size);
  const [size, name] = units[k];
  let text = `${grouped(Math.floor(whole / size))}${name}`;
  if (k + 1 < units.length) {
    const part = Math.floor((whole % size) / units[k + 1][0]);
    if (part) text += ` ${part}${units[k + 1][1]}`;
  }
  return sign + text;
}

/** Labels for ticks in time (UTC): the day where it begins, else the hour, and seconds where they matter. */
export function timeLabels(values) {
  if (values.some((value) => !(value >= FIRST_TIME && value <= LAST_TIME))) return tickLabels(values);
  const step = smallestStep(values, DAY * 1000);
  let day = null;
  return values.map((value) => {
    const when = new Date(Math.floor(value));
    const iso = when.toISOString();
    const name = `${MONTH_NAMES[when.getUTCMonth()]} ${when.getUTCDate()}`;
    let label;
    if (step >= 28 * DAY * 1000) {
      label = when.getUTCMonth() === 0 ? String(when.getUTCFullYear()) : MONTH_NAMES[when.getUTCMonth()];
      if (day === null && when.getUTCMonth() > 0) label += ` ${when.getUTCFullYear()}`;
    } else if (value % (DAY * 1000) === 0) {
      label = name;
    } else {
      label = iso.slice(11, step < 1000 ? 23 : step < MINUTE * 1000 ? 19 : 16);
      // The first label says the day, and so does the first of each day.
      if (day !== name) label = `${name} ${label}`;
    }
    day = name;
    return label;
  });
}

/** About `count` amounts from start to stop, in kWh, that are round in the unit which fits. */
export function energyTicks(start, stop, count) {
  const [, unit] = energyUnit([start, stop]);
  return ticks(start / unit, stop / unit, count).map((value) => value * unit);
}

/** The unit that fits the largest of these amounts in kWh, and how many kWh it is. @returns {[string, number]} */
export function energyUnit(values) {
  const size = Math.max(0, ...values.map(Math.abs));
  const [name, unit] = UNITS.find(([, , least]) => size >= least) ?? ["mWh", 1e-6];
  return [name, unit];
}

/** Labels for ticks in kWh, in the unit which fits `span`; the axis names it. */
export function energyLabels(values, span) {
  const [, unit] = energyUnit(span);
  return tickLabels(values.map((value) => value / unit));
}

/** One amount for a tooltip, such as `312.4 Wh`. */
export function energyLabel(kwh) {
  const [name, unit] = energyUnit([kwh]);
  return kwh ? `${numberLabel(kwh / unit)} ${name}` : "0";
}

/** One time (UTC) for a tooltip, to the second. */
export function timeLabel(milliseconds) {
  if (!(milliseconds >= FIRST_TIME && milliseconds <= LAST_TIME)) return numberLabel(milliseconds);
  return new Date(Math.floor(milliseconds)).toISOString().slice(0, 19).replace("T", " ");
}

/** A whole number with commas: `1,234`. */
export function thousands(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** One x for a tooltip. @param {Axis} axis @param {number} value */
export function xLabel(axis, value) {
  if (axis.scale === "time") return timeLabel(value);
  if (axis.scale === KWH) return energyLabel(value);
  return axis.scale === "relative" ? durationLabel(value) : numberLabel(value);
}

/** The axis of a domain. @returns {Axis} */
function made(scale, span, count, title) {
  const [marks, names] = {
    log: [logTicks, logLabels],
    time: [timeTicks, timeLabels],
    relative: [durationTicks, (values) => values.map(durationLabel)],
    kwh: [energyTicks, (values) => energyLabels(values, span)],
    linear: [ticks, tickLabels],
  }[scale];
  const values = marks(...span, count);
  return { scale, domain: span, ticks: values, labels: names(values), title };
}

function extent(arrays) {
  let low = Infinity;
  let high = -Infinity;
  for (const array of arrays) {
    for (const value of array) {
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high].map((end) => Math.min(Math.max(end, -LARGEST), LARGEST)) : [NaN, NaN];
}

/** The domain of the data, with the ends that the reader set in place of its own. */
function limited(low, high, least, most, kind, padding) {
  low = least ?? low;
  high = most ?? high;
  if (Number.isNaN(low)) low = high;
  if (Number.isNaN(high)) high = low;
  // When the reader's one limit lies beyond all data, the other end follows it.
  if (low > high) [low, high] = least !== null ? [low, low] : [high, high];
  const [start, stop] = domain(low, high, { scale: kind === "log" ? "log" : "linear", padding });
  return [least ?? start, most ?? stop];
}

/** The first and last multiple and the step; a negative step is the inverse of one, which divides more exactly. */
function tickSpec(start, stop, count) {
  const step = (stop - start) / Math.max(0, count);
  const exponent = Math.floor(Math.log10(step));
  const error = step / 10 ** exponent;
  const factor = error >= Math.sqrt(50) ? 10 : error >= Math.sqrt(10) ? 5 : error >= Math.sqrt(2) ? 2 : 1;
  let first;
  let last;
  let increment;
  if (exponent < 0) {
    increment = 10 ** -exponent / factor;
    first = Math.round(start * increment);
    last = Math.round(stop * increment);
    if (first / increment < start) first++;
    if (last / increment > stop) last--;
    increment = -increment;
  } else {
    increment = 10 ** exponent * factor;
    first = Math.round(start / increment);
    last = Math.round(stop / increment);
    if (first * increment < start) first++;
    if (last * increment > stop) last--;
  }
  return last < first && count >= 0.5 && count < 2 ? tickSpec(start, stop, count * 2) : [first, last, increment];
}

/** The size whose ratio to the value is nearest to one. */
function nearest(value, sizes) {
  let k = sizes.findIndex((size) => size >= value);
  if (k < 0) k = sizes.length - 1;
  return k && value / sizes[k - 1] < sizes[k] / value ? sizes[k - 1] : sizes[k];
}

/** Read from text: a product would be off in the last digit. */
function power(digit, exponent) {
  return Number(`${digit}e${exponent}`);
}

function decimals(step) {
  return Math.min(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)), 15);
}

function prefixed(value, step) {
  if (!value) return "0";
  const k = Math.max(0, Math.min(5, Math.floor((Math.log10(Math.abs(value)) + 1e-12) / 3)));
  const unit = 1000 ** k;
  return fixed(value / unit, decimals(step / unit), { trim: k > 0 }) + PREFIXES[k];
}

function smallestStep(values, otherwise) {
  let step = Infinity;
  for (let k = 1; k < values.length; k++) step = Math.min(step, values[k] - values[k - 1]);
  return step < Infinity ? step : otherwise;
}

function trimmed(text) {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function grouped(whole) {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
}

function month(year, index) {
  const date = new Date(0);
  date.setUTCFullYear(year, index, 1);
  return date.getTime();
}

function range(first, last) {
  // Counted, as beyond 2**53 adding one changes nothing; adding zero turns -0 into 0.
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => first + k + 0);
}
