/** The data for screen readers: ten rows over the window at most, then last, lowest and highest values. */
import { LEGEND_ENTRIES } from "./geometry.js";
import { numberLabel, xLabel } from "./scales.js";
import { node, visible } from "./draw.js";

const ROWS = 10;
const LINES = 10;

/** @returns {HTMLElement | null} the same box with a table as `picture.table` writes; a table alone would not shrink */
export function dataTable(lines, shape) {
  const shown = (lines.length > LEGEND_ENTRIES ? lines.filter((line) => line.color >= 0) : lines).slice(0, LINES);
  if (!shown.length) return null;
  const rows = sample(shown, shape.x.domain).map((x) => [xLabel(shape.x, x), ...shown.map((line) => at(line, x))]);
  const bounds = shown.map(extremes);
  ["last", "lowest", "highest"].forEach((name, k) => rows.push([name, ...bounds.map((bound) => bound[k])]));
  const many = shown.length < lines.length ? `${shown.length} of ${lines.length} lines` : "values";
  const head = shown.map((line) => node("th", { scope: "col" }, node("bdi", {}, visible(line.label))));
  const table = node(
    "table",
    { class: "tk-table" },
    node("caption", {}, `${visible(shape.y.title)}, ${many}`),
    node("thead", {}, node("tr", {}, node("th", { scope: "col" }, visible(shape.x.title)), ...head)),
    node(
      "tbody",
      {},
      ...rows.map(([name, ...values]) =>
        node("tr", {}, node("th", { scope: "row" }, name), ...values.map((value) => node("td", {}, value))),
      ),
    ),
  );
  return node("div", { class: "visually-hidden" }, table);
}

function sample(lines, [low, high]) {
  const all = new Set();
  for (const line of lines) {
    for (let k = line.first; k < line.last; k++) if (line.x[k] >= low && line.x[k] <= high) all.add(line.x[k]);
  }
  const xs = [...all].sort((a, b) => a - b);
  if (xs.length <= ROWS) return xs;
  return Array.from({ length: ROWS }, (_, k) => xs[Math.floor(((xs.length - 1) * k) / (ROWS - 1))]);
}

function at(line, x) {
  let low = 0;
  let high = line.x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (line.x[middle] < x) low = middle + 1;
    else high = middle;
  }
  return line.x[low] === x ? numberLabel(line.y[low]) : "";
}

function extremes(line) {
  let last = NaN;
  let low = Infinity;
  let high = -Infinity;
  for (let k = line.first; k < line.last; k++) {
    const value = line.y[k];
    if (!Number.isFinite(value)) continue;
    last = value;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return Number.isNaN(last) ? ["", "", ""] : [last, low, high].map((value) => numberLabel(value));
}
