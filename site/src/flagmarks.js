/** The marks of alerts as nodes: dots on the x-axis and the same in words, the twin of `trackio/flagmarks.py`; and what a mark tells when it is pointed at. */
import { node, visible } from "./draw.js";
import { GRID, gravity, told, words } from "./flags.js";
import { percent } from "./geometry.js";
import { thousands, timeLabel } from "./scales.js";

const COLORS = ["var(--muted)", "var(--warn)", "var(--error)"];
const RADII = ["2.5", "3", "4"];
/** So many alerts of one mark are told at once. */
const MOST = 3;
/** How near to a mark a mouse and a finger have to be, in pixels. */
const NEAR_PIXELS = { mouse: 7, touch: 16 };
const AXIS_PIXELS = { mouse: 9, touch: 20 };

/** @param {import("./flags.js").Flag[]} flags @returns {object[]} what `sync` makes of them */
export function dots(flags) {
  return flags.map(({ place, level }) => ({
    tag: "circle",
    attributes: { cx: percent(place / GRID), r: RADII[gravity(level)], fill: COLORS[gravity(level)] },
  }));
}

/** The list for screen readers, or null. */
export function spoken(flags) {
  if (!flags.length) return null;
  const [shown, left] = told(flags);
  const items = shown.map(({ alerts }) => {
    const several = alerts.length > 1 ? `${thousands(alerts.length)} alerts, ` : "";
    return node("li", {}, several + words(alerts[0]), bdi(alerts[0].name), ": ", bdi(alerts[0].title));
  });
  if (left) items.push(node("li", {}, `and ${thousands(left)} more`));
  return node("ul", { class: "tk-alerts visually-hidden", "aria-label": "Alerts" }, ...items);
}

/**
 * The mark under the pointer; null where there is none.
 * @param {number} x pixels from the left of the plot @param {number} below pixels under the axis, above it negative
 */
export function flagAt(flags, x, below, width, type) {
  const kind = type === "mouse" ? "mouse" : "touch";
  if (Math.abs(below) > AXIS_PIXELS[kind]) return null;
  let best = null;
  const far = (flag) => Math.abs((flag.place / GRID) * width - x);
  for (const flag of flags) if (far(flag) <= NEAR_PIXELS[kind] && (!best || far(flag) < far(best))) best = flag;
  return best;
}

/** What a mark says: how many alerts it stands for, and the gravest of them. */
export function telling({ alerts }) {
  const several = alerts.length > 1 ? [node("p", {}, `${thousands(alerts.length)} alerts`)] : [];
  return [...several, ...alerts.slice(0, MOST).map(alert), ...(alerts.length > MOST ? [node("p", {}, "…")] : [])];
}

function alert({ level, title, text, name, step, time }) {
  const grade = node("strong", {}, `${level} `);
  grade.style.color = COLORS[gravity(level)];
  const facts = [visible(name), ...(step === null ? [] : [`step ${thousands(step)}`]), `${timeLabel(time)} UTC`];
  const told = node("div", { dir: "auto" }, grade, bdi(title));
  // Lines of a text would stretch the tip over the whole plot.
  const said = text ? [node("p", { dir: "auto" }, visible(text))] : [];
  for (const one of [told, ...said]) Object.assign(one.style, { maxWidth: "44ch", overflowWrap: "anywhere" });
  const entry = node("div", {}, told, ...said, node("p", {}, ...facts.flatMap((fact, k) => [k ? " · " : "", node("bdi", {}, fact)])));
  entry.style.marginBottom = "4px";
  return entry;
}

function bdi(text) {
  return node("bdi", {}, visible(text));
}
