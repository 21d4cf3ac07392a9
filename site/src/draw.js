/** Writes lines and their geometry into the figure's nodes: the very nodes of the static picture, changed in place. */
import {
  HEIGHT,
  TITLE_SHIFT,
  WIDTH,
  anchor,
  byLast,
  named,
  percent,
  points,
  sentence,
  seriesClass,
  summary,
  xTicks,
  yTicks,
} from "./geometry.js";
import { dots, spoken } from "./flagmarks.js";
import { lastValue } from "./lines.js";
import { numberLabel } from "./scales.js";
import { dataTable } from "./table.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {Element} figure
 * @param {import("./lines.js").Line[]} lines
 * @param {import("./geometry.js").Geometry} shape
 * @param {{view: object, metric: string, title: string, isNamed: boolean, isOpen: boolean, off: (line) => boolean}} options
 */
export function draw(figure, lines, shape, { view, metric, title, isNamed, isOpen, off }) {
  const name = view.title ?? title;
  caption(figure, name, summary(lines, view, isNamed));
  figure.dataset.legend = shape.ends.length ? "ends" : view.legend === "auto" ? "bottom" : view.legend;
  const plot = figure.querySelector(".tk-plot");
  const hasYTitle = name !== metric;
  plot.classList.toggle("has-y-title", hasYTitle);
  plot.setAttribute("aria-label", visible(sentence(lines, shape, metric)));
  yLabels(plot.querySelector(".tk-y"), shape, hasYTitle);
  marks(plot.querySelector(".tk-area"), shape, new Set(lines.filter(off).map((line) => line.key)));
  xLabels(plot.querySelector(".tk-x"), shape);
  ends(plot.querySelector(".tk-ends"), shape, off);
  let none = plot.querySelector(".tk-none");
  if (shape.marks.some((mark) => mark.d)) none?.remove();
  else {
    if (!none) plot.append((none = node("p", { class: "tk-none" })));
    write(none, lines.some((line) => line.count) ? "Only NaN and infinities" : "No points to show");
  }
  legend(figure.querySelector(".tk-legend"), lines, { isOpen, off });
  const count = figure.querySelector(".tk-points");
  if (count) count.textContent = points(lines);
  const old = figure.querySelector(".tk-table")?.parentElement;
  const table = dataTable(lines, shape);
  if (old && table) old.replaceWith(table);
  else if (old) old.remove();
  else if (table) figure.querySelector(".tk-note").after(table);
  figure.querySelector(".tk-alerts")?.remove();
  const said = spoken(shape.flags);
  if (said) (table ?? figure.querySelector(".tk-note")).after(said);
}

/** Ties the static legend to its lines, where the picture itself is right as it stands. */
export function adopt(figure, lines) {
  const shown = named(lines);
  figure.querySelectorAll(".tk-key").forEach((button, k) => (button.line = shown[k]));
}

/** Text as a page may show it; what HTML forbids becomes a visible mark, as in the static picture. */
export function visible(text) {
  return String(text).replace(/[\t\n\r]/g, " ").replace(/[\0-\x1f\x7f-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
}

/** An HTML element with attributes and text. */
export function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function caption(figure, name, words) {
  const box = figure.querySelector("figcaption");
  let title = box.querySelector(".tk-title");
  if (!title) box.prepend((title = node("h2", { class: "tk-title", dir: "auto" })));
  title.hidden = name === "none";
  write(title.querySelector("a") ?? title, visible(name));
  write(box.querySelector(".tk-subtitle"), visible(words));
}

function yLabels(svg, shape, hasTitle) {
  attribute(svg, "width", shape.yWidth);
  const texts = yTicks(shape.y).map(({ place, label }) => ({
    tag: "text",
    attributes: { x: "100%", dx: "-8", y: percent(1 - place), dy: ".32em" },
    text: label,
  }));
  if (hasTitle) texts.push({ tag: "text", attributes: { class: "tk-axis-title", x: "0", y: "-10" }, text: visible(shape.y.title) });
  sync(svg, texts);
}

function xLabels(svg, shape) {
  attribute(svg, "height", shape.titleBelow ? 36 : 20);
  const texts = xTicks(shape.x).map(({ place, label }) => ({
    tag: "text",
    attributes: { x: percent(place), y: "15", class: anchor(place, label) },
    text: label,
  }));
  const title = shape.titleBelow
    ? { class: "tk-axis-title is-below", x: "100%", y: "32" }
    : { class: "tk-axis-title", x: "100%", dx: String(TITLE_SHIFT), y: "15" };
  sync(svg, [...texts, { tag: "text", attributes: title, text: visible(shape.x.title) }, ...dots(shape.flags)]);
}

function ends(svg, shape, off) {
  attribute(svg, "width", shape.endsWidth);
  sync(
    svg,
    shape.ends.map(({ place, line }) => ({
      tag: "text",
      attributes: { class: seriesClass(line.color) + (off(line) ? " is-off" : ""), x: "6", y: percent(place), dy: ".32em" },
      text: visible(line.label),
    })),
  );
}

function marks(svg, shape, off) {
  svg.classList.toggle("is-clipped", shape.isClipped);
  const rules = yTicks(shape.y).map(({ place }) => `M0 ${Math.floor((1 - place) * HEIGHT + 0.5)}H${WIDTH}`);
  sync(svg, [
    { tag: "path", attributes: { class: "tk-grid", d: rules.join("") } },
    { tag: "path", attributes: { class: "tk-base", d: `M0 ${HEIGHT}H${WIDTH}` } },
    ...shape.marks.map((mark) => ({
      tag: "path",
      attributes: {
        class: `tk-${mark.kind} ${seriesClass(mark.color)}${off.has(mark.key) ? " is-off" : ""}`,
        "data-key": mark.kind === "line" ? visible(mark.key) : undefined,
        d: mark.d,
      },
    })),
  ]);
}

/** Many lines show their coloured ones; the last entry unfolds the rest. Entries stay the same nodes, and keep focus. */
function legend(list, lines, { isOpen, off }) {
  const shown = isOpen ? byLast(lines) : named(lines);
  const hasMore = named(lines).length < lines.length;
  const count = shown.length + Number(hasMore);
  while (list.children.length > count) list.lastElementChild.remove();
  while (list.children.length < count) list.append(node("li"));
  shown.forEach((line, k) => {
    const button = entry(list.children[k], "tk-key");
    button.className = `tk-key ${seriesClass(line.color)}`;
    attribute(button, "data-key", visible(line.key));
    attribute(button, "aria-pressed", !off(line));
    write(button.querySelector(".tk-name"), visible(line.label));
    write(button.querySelector(".tk-value"), numberLabel(lastValue(line)));
    button.line = line;
  });
  if (hasMore) {
    const button = entry(list.lastElementChild, "tk-more");
    attribute(button, "aria-expanded", isOpen);
    write(button, isOpen ? "fewer" : `${lines.length - shown.length} more`);
  }
  list.classList.toggle("is-open", isOpen);
}

function entry(item, kind) {
  const found = item.firstElementChild;
  if (found?.classList.contains(kind)) return found;
  const parts = kind === "tk-key" ? [node("bdi", { class: "tk-name" }), " ", node("span", { class: "tk-value" })] : [];
  const button = node("button", { type: "button", class: kind }, ...parts);
  item.replaceChildren(button);
  return button;
}

/** Makes the children of an SVG element what is wanted, reusing those that are there. */
function sync(parent, wanted) {
  wanted.forEach(({ tag, attributes, text }, k) => {
    let child = parent.children[k];
    if (child?.tagName !== tag) {
      const made = document.createElementNS(SVG, tag);
      if (child) child.replaceWith(made);
      else parent.append(made);
      child = made;
    }
    for (const { name } of [...child.attributes]) if (attributes[name] === undefined) child.removeAttribute(name);
    for (const [name, value] of Object.entries(attributes)) if (value !== undefined) attribute(child, name, value);
    if (text !== undefined) write(child, text);
  });
  while (parent.children.length > wanted.length) parent.lastElementChild.remove();
}

function attribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
