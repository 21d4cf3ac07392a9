/**
 * Pointer and keys over one plot: a rule with the values of all lines at that x, drag to zoom, double click to reset.
 * Left and right move the rule, down and up go to the marks of alerts and back, + and - zoom, Escape resets.
 */
import { node, visible } from "./draw.js";
import { flagAt, telling } from "./flagmarks.js";
import { GRID } from "./flags.js";
import { byLast, seriesClass } from "./geometry.js";
import { numberLabel, place, valueAt, xLabel } from "./scales.js";

const ROWS = 12;
const NEAR_PIXELS = 24;
const DRAG_PIXELS = 6;

/**
 * @param {HTMLElement} plot
 * @param {{lines: () => object[], shape: () => object, flags: () => import("./flags.js").Flag[], light: (line: object | null) => void,
 *   zoom: (low: number, high: number) => void, reset: () => void, isZoomed: () => boolean}} figure
 */
export function pointer(plot, figure) {
  const over = node("div", { class: "tk-over" });
  const rule = node("div", { class: "tk-rule", hidden: "" });
  const brush = node("div", { class: "tk-brush", hidden: "" });
  const tip = node("div", { class: "tk-tip", hidden: "" });
  const says = node("p", { class: "visually-hidden", "aria-live": "polite" });
  const spots = node("div", {});
  // Marks of alerts lie half under the axis.
  const under = node("div", {});
  Object.assign(under.style, { height: "9px", left: "0", position: "absolute", right: "0", top: "100%" });
  over.append(brush, rule, spots, under);
  const reset = node("button", { type: "button", class: "tk-reset", "data-action": "reset", tabindex: "-1" }, "Reset zoom");
  plot.append(over, tip, reset);
  // Outside of the plot, whose role hides what is inside from screen readers.
  plot.after(says);
  let drag = null;
  let at = null;
  /** The mark that is told of, by its place. @type {number | null} */
  let marked = null;
  /** Where the pointer was seen last, as shares of the plot. */
  let seen = null;

  const share = (event) => {
    const box = over.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  const hide = () => {
    at = marked = null;
    for (const element of [rule, tip, brush]) element.hidden = true;
    spots.replaceChildren();
    figure.light(null);
  };

  /** @param {number} x @param {number | null} y shares of the plot @param {string} [type] of pointer */
  function show(x, y, type) {
    const shape = figure.shape();
    const flag = type && flagAt(figure.flags(), x * over.clientWidth, (y - 1) * over.clientHeight, over.clientWidth, type);
    if (flag) return mark(flag, [x, y, type]);
    marked = null;
    const found = valuesAt(figure.lines(), shape, x);
    if (!found) return hide();
    seen = [x, y, type];
    at = found.x;
    const left = place(shape.x, at);
    rule.hidden = false;
    rule.style.left = `${left * 100}%`;
    const nearest = y === null ? null : near(found.values, shape, y, over.clientHeight);
    figure.light(nearest?.line ?? null);
    const rows = few(found.values, shape, y);
    spots.replaceChildren(
      ...rows.map(({ line, value }) => {
        const spot = node("div", { class: `tk-spot ${seriesClass(line.color)}` });
        spot.style.left = `${left * 100}%`;
        spot.style.top = `${(1 - place(shape.y, value)) * 100}%`;
        return spot;
      }),
    );
    tell(left, content(shape, at, rows, found.values.length - rows.length, nearest?.line));
  }

  /** Tells of the alerts that a mark stands for. */
  function mark(flag, from) {
    hide();
    seen = from;
    marked = flag.place;
    rule.hidden = false;
    rule.style.left = `${(flag.place / GRID) * 100}%`;
    tell(flag.place / GRID, telling(flag));
  }

  function tell(left, words) {
    tip.replaceChildren(...words);
    tip.hidden = false;
    const origin = over.offsetLeft + left * over.clientWidth;
    const isRight = origin + 12 + tip.offsetWidth <= plot.clientWidth;
    tip.style.left = `${isRight ? origin + 12 : Math.max(0, origin - 12 - tip.offsetWidth)}px`;
  }

  over.addEventListener("pointermove", (event) => {
    const [x, y] = share(event);
    if (!drag) return show(x, y, event.pointerType);
    const [low, high] = [Math.min(drag.x, x), Math.max(drag.x, x)].map((end) => Math.min(Math.max(end, 0), 1));
    drag.isMoved ||= Math.abs(event.clientX - drag.start) > DRAG_PIXELS;
    brush.hidden = !drag.isMoved;
    brush.style.left = `${low * 100}%`;
    brush.style.width = `${(high - low) * 100}%`;
    drag.range = [low, high];
  });
  over.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const [x, y] = share(event);
    drag = { x, start: event.clientX, isMoved: false, range: null };
    over.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") show(x, y, "touch");
  });
  over.addEventListener("pointerup", () => {
    const done = drag;
    drag = null;
    if (!done?.isMoved) return;
    hide();
    const [low, high] = done.range.map((end) => valueAt(figure.shape().x, end));
    figure.zoom(low, high);
  });
  over.addEventListener("pointercancel", () => {
    drag = null;
    hide();
  });
  over.addEventListener("pointerleave", (event) => {
    if (!drag && event.pointerType !== "touch") hide();
  });
  over.addEventListener("dblclick", () => figure.reset());

  plot.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target !== plot) return;
    const shape = figure.shape();
    const flag = nextFlag(figure.flags(), marked, event.key, at === null ? null : place(shape.x, at) * GRID);
    if (flag) {
      mark(flag, null);
      says.textContent = tip.innerText;
      event.preventDefault();
      return;
    }
    if (marked !== null && event.key === "ArrowUp") {
      show(marked / GRID, null);
      says.textContent = tip.innerText;
      event.preventDefault();
      return;
    }
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (move) {
      const x = stepped(figure.lines(), shape, at, event.shiftKey ? 10 * move : move);
      if (x !== null) {
        show(place(shape.x, x), null);
        says.textContent = tip.innerText;
      }
    } else if (["+", "=", "-"].includes(event.key)) {
      const middle = at === null ? 0.5 : place(shape.x, at);
      const half = event.key === "-" ? 1 : 0.25;
      const ends = [middle - half, middle + half];
      figure.zoom(...(event.key === "-" ? ends : inside(ends)).map((end) => valueAt(shape.x, end)), event.key === "-");
    } else if (event.key === "Escape" || event.key === "0") {
      if (at === null && marked === null) figure.reset();
      else hide();
    } else return;
    event.preventDefault();
  });
  plot.addEventListener("blur", hide);
  return {
    hide,
    /** Shows the values under a pointer that has not moved, after the lines did. */
    again: () => {
      const flag = marked !== null && figure.flags().find((one) => one.place === marked);
      if (flag) mark(flag, seen);
      else if (at === null) hide();
      else show(...seen);
    },
    isDragging: () => drag !== null,
  };
}

/** The mark that a key leads to: down to the nearest one, then left and right between them; null where it leads to none. */
function nextFlag(flags, marked, key, from) {
  if (!flags.length) return null;
  if (marked === null) {
    if (key !== "ArrowDown") return null;
    const far = (flag) => Math.abs(flag.place - (from ?? 0));
    return flags.reduce((best, flag) => (far(flag) < far(best) ? flag : best));
  }
  const k = flags.findIndex((flag) => flag.place >= marked);
  const place = { ArrowLeft: k - 1, ArrowRight: k + 1, ArrowDown: k, Home: 0, End: flags.length - 1 }[key];
  return place === undefined ? null : flags[Math.min(Math.max(place, 0), flags.length - 1)];
}

/** The drawn x nearest to a share of the axis, and each line's value there. */
export function valuesAt(lines, shape, share) {
  const x = valueAt(shape.x, Math.min(Math.max(share, 0), 1));
  let best = null;
  for (const line of lines) {
    const k = nearestIndex(line, x);
    if (k !== null && (best === null || Math.abs(line.x[k] - x) < Math.abs(best - x))) best = line.x[k];
  }
  if (best === null) return null;
  const values = [];
  for (const line of lines) {
    if (best < line.x[line.first] || best > line.x[line.last - 1]) continue;
    const k = nearestIndex(line, best);
    if (k === null) continue;
    const [raw, lo, hi] = [line.raw, line.lo, line.hi].map((array) => (array ? array[k] : null));
    values.push({ line, value: line.y[k], raw, lo, hi });
  }
  values.sort((a, b) => b.value - a.value);
  return { x: best, values };
}

/** The point inside the window, with a finite value, that is nearest to x. */
function nearestIndex(line, x) {
  let low = line.first;
  let high = line.last;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (line.x[middle] < x) low = middle + 1;
    else high = middle;
  }
  let before = low - 1;
  let after = low;
  while (before >= line.first && !Number.isFinite(line.y[before])) before--;
  while (after < line.last && !Number.isFinite(line.y[after])) after++;
  const hasBefore = before >= line.first;
  if (after >= line.last) return hasBefore ? before : null;
  return hasBefore && x - line.x[before] < line.x[after] - x ? before : after;
}

/** The next drawn x from where the rule is; the middle when there is none. */
function stepped(lines, shape, at, move) {
  const [low, high] = shape.x.domain;
  const all = new Set();
  for (const line of lines) {
    for (let k = line.first; k < line.last; k++) {
      if (Number.isFinite(line.y[k]) && line.x[k] >= low && line.x[k] <= high) all.add(line.x[k]);
    }
  }
  const xs = [...all].sort((a, b) => a - b);
  if (!xs.length) return null;
  if (at === null && Number.isFinite(move)) return xs[xs.length >> 1];
  const now = at === null ? 0 : xs.findIndex((x) => x >= at);
  return xs[Math.min(Math.max((now < 0 ? xs.length - 1 : now) + move, 0), xs.length - 1)];
}

function inside([low, high]) {
  const shift = low < 0 ? -low : high > 1 ? 1 - high : 0;
  return [low + shift, high + shift];
}

/** Of many lines those nearest to the pointer, in the order of their values. */
function few(values, shape, y) {
  if (values.length <= ROWS) return values;
  const ranked = y === null ? byLast(values.map(({ line }) => line)).map((line) => values.find((v) => v.line === line)) : [...values];
  if (y !== null) ranked.sort((a, b) => distance(a, shape, y) - distance(b, shape, y));
  const kept = new Set(ranked.slice(0, ROWS));
  return values.filter((value) => kept.has(value));
}

function near(values, shape, y, height) {
  let best = null;
  for (const value of values) if (!best || distance(value, shape, y) < distance(best, shape, y)) best = value;
  return best && distance(best, shape, y) * height <= NEAR_PIXELS ? best : null;
}

function distance({ value }, shape, y) {
  return Math.abs(1 - place(shape.y, value) - y);
}

function content(shape, x, rows, more, lit) {
  // The label names the unit itself, but for a log axis.
  const unit = shape.x.scale === "kwh" ? / \(\w+\)$/ : / \(UTC\)$/;
  const title = `${shape.x.title.replace(unit, "")} ${xLabel(shape.x, x)}`;
  const table = node(
    "table",
    {},
    node("caption", {}, visible(title)),
    node("tbody", {}, ...rows.map((row) => line(row, row.line === lit))),
  );
  return more > 0 ? [table, node("p", {}, `and ${more} more`)] : [table];
}

function line({ line, value, raw, lo, hi }, isLit) {
  const cells = [
    node("th", { scope: "row", class: seriesClass(line.color), dir: "auto" }, visible(line.label)),
    node("td", {}, numberLabel(value)),
  ];
  if (lo !== null && hi !== null) cells.push(node("td", {}, `${numberLabel(lo)} to ${numberLabel(hi)}`));
  else if (raw !== null) cells.push(node("td", {}, numberLabel(raw)));
  return node("tr", isLit ? { class: "is-lit" } : {}, ...cells);
}
