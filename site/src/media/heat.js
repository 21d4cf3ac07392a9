/** What a heat map counts at a place, under the pointer or by arrow keys. */
import { decode } from "../columns.js";
import { node } from "../draw.js";
import { numberLabel } from "../scales.js";

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

export function heat(plot) {
  const over = node("div", { class: "tk-over" });
  const rule = node("div", { class: "tk-rule", hidden: "" });
  const tip = node("div", { class: "tk-tip", role: "status", hidden: "" });
  over.append(rule, tip);
  plot.append(over);
  const { source } = plot.closest(".tk-media").dataset;
  if (!source) return;
  let at = null;
  let opening;
  const open = () => (opening ??= window.trackioData.load(`${source}0.js`).then((data) => new Counts(data)));
  let isAsked = false;
  const hide = () => {
    isAsked = false;
    rule.hidden = tip.hidden = true;
  };

  async function show(change) {
    isAsked = true;
    let counts;
    try {
      counts = await open();
    } catch {
      opening = undefined;
      return;
    }
    // The pointer may have left while the counts came.
    if (!isAsked) return;
    at = change(counts, at);
    const { columns, rows } = counts;
    const place = (at.column + 0.5) / columns;
    rule.style.left = `${place * 100}%`;
    tip.replaceChildren(...counts.words(at).map((text) => node("p", {}, text)));
    rule.hidden = tip.hidden = false;
    tip.style.top = `${Math.min((1 - (at.row + 0.5) / rows) * over.offsetHeight, over.offsetHeight - tip.offsetHeight)}px`;
    const left = place * over.offsetWidth;
    tip.style.left = `${left + 12 + tip.offsetWidth > over.offsetWidth ? left - 12 - tip.offsetWidth : left + 12}px`;
  }

  over.addEventListener("pointermove", (event) => {
    const box = over.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width;
    const y = 1 - (event.clientY - box.top) / box.height;
    show((counts) => counts.near(x * counts.columns, y * counts.rows));
  });
  over.addEventListener("pointerleave", hide);
  plot.addEventListener("blur", hide);
  plot.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
    const move = KEYS[event.key];
    if (!move) return;
    event.preventDefault();
    show((counts, from) => (from ? counts.near(from.column + move[0], from.row + move[1]) : counts.near(counts.columns - 1, counts.rows / 2)));
  });
}

class Counts {
  constructor({ columns, x, y, counts }) {
    this.columns = columns;
    this.counts = decode(counts);
    this.rows = Math.round(this.counts.length / columns);
    this.x = x;
    this.y = y;
  }

  near(column, row) {
    const inside = (value, count) => Math.max(0, Math.min(Math.floor(value), count - 1));
    return { column: inside(column, this.columns), row: inside(row, this.rows) };
  }

  words({ column, row }) {
    const [start, stop] = this.x;
    const [low, high] = this.y;
    const step = Math.round(start + ((stop - start) * column) / this.columns);
    const edge = (k) => numberLabel(low + ((high - low) * k) / this.rows);
    return [`step ${step.toLocaleString("en")}`, `${edge(row)} to ${edge(row + 1)}`, `count ${numberLabel(this.counts[row * this.columns + column])}`];
  }
}
