/** A page brought to what the server has now: nodes stay the very nodes they are, with what a reader did to them. */
import { Idiomorph } from "idiomorph";
import { fragment } from "../media/dom.js";
import { sort } from "../tables.js";

/** What readers and scripts of ours set on what was there before; no news takes it back. */
const KEPT = new Set("open hidden checked selected value style disabled aria-sort aria-valuetext aria-expanded".split(" "));

/**
 * Brings one node to what it is in newer HTML.
 *
 * @param {Element} old
 * @param {Element} fresh
 * @param {Element[]} figures those that the runtime draws; their lines are its own
 */
export function morph(old, fresh, figures) {
  named(old);
  // By itself it does not say where it will stand, which its name has in it.
  if (old.id) fresh.id ||= old.id;
  prepare(old, fresh);
  Idiomorph.morph(old, fresh, { morphStyle: "outerHTML", callbacks: callbacks(old, figures) });
}

/** Brings everything in one node to what is in a newer one. */
export function morphInside(old, fresh, figures) {
  prepare(old, fresh);
  Idiomorph.morph(old, [...fresh.childNodes], { morphStyle: "innerHTML", callbacks: callbacks(old, figures) });
}

function prepare(old, fresh) {
  for (const root of [old, fresh]) {
    named(root);
    dense(root);
  }
  sorted(old, fresh);
}

/** Where blanks between elements show nowhere. */
const BLOCKS = "body,main,aside,header,section,form,details,ul,ol,dl,table,thead,tbody,tr,.tk-layout,.tk-grid,.tk-scroll,.tk-tools";

/** Takes such blanks out: each would be matched with the next one, over whatever stands between. */
function dense(root) {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const blank = [];
  while (texts.nextNode()) {
    const { data, parentElement: parent } = texts.currentNode;
    if (!data.trim() && (!parent || parent.matches(BLOCKS))) blank.push(texts.currentNode);
  }
  for (const text of blank) text.remove();
}

/** The first element of some HTML. */
export function element(html) {
  return fragment(html).firstElementChild;
}

/** Rows of a table, by the run that they are of. */
export function rows(html) {
  const body = fragment(`<table><tbody>${html}</tbody></table>`);
  return new Map([...body.querySelectorAll("tr[data-run]")].map((row) => [row.dataset.run, row]));
}

function callbacks(root, figures) {
  const there = new WeakSet([root, ...root.querySelectorAll("*")]);
  const drawn = new Set(figures);
  return {
    beforeAttributeUpdated: (name, node) => !(KEPT.has(name) && there.has(node)),
    beforeNodeMorphed: (old, fresh) => !(old.nodeType === 1 && there.has(old) && isOwn(old, fresh, drawn)),
    beforeNodeRemoved: (node) => !(node.nodeType === 1 && isMade(node)),
  };
}

/** Whether a node takes in what is new by itself. */
function isOwn(old, fresh, drawn) {
  if (drawn.has(old)) foot(old, fresh);
  else if (old.matches("select")) offer(old, fresh);
  else if (old.matches(".tk-media")) old.dispatchEvent(new CustomEvent("trackio:media", { detail: fresh, bubbles: true }));
  else return old.matches(".tk-note[role], .tk-pulse, dialog[open], [data-own]");
  return true;
}

/** Whether only a script of ours knows of a node. */
function isMade(node) {
  return node.matches("#tk-note, [data-own], .tk-media-all > .tk-controls");
}

/** What stands under a figure, but for the number of points, which its lines know better. */
function foot(old, fresh) {
  const [own, other] = [old, fresh].map((figure) => figure.querySelector(".tk-source"));
  const points = own?.querySelector(".tk-points");
  if (!other) return;
  if (points) other.querySelector(".tk-points")?.replaceWith(points.cloneNode(true));
  if (own.innerHTML !== other.innerHTML) own.replaceChildren(...other.childNodes);
}

/** Choices that are new; what a script added or a reader chose stays. */
function offer(old, fresh) {
  const known = new Set([...old.options].map((option) => option.value));
  for (const option of [...fresh.options]) if (!known.has(option.value)) old.add(document.importNode(option, true));
}

/** What the charts or media without a prefix are called: by what else there is. */
const LONE = new Set(["charts", "all", "other"]);

/** Gives ids to what tells by other marks which it is, so that it is found again at another place. */
function named(root) {
  const all = (selector) => [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];
  for (const row of all("tr[data-run]:not([id])")) row.id = `row ${label(row.closest("section, figure"))} ${row.dataset.run}`;
  for (const box of all(".tk-runlist input[data-run]")) box.closest("li").id ||= `item ${box.dataset.run}`;
  for (const group of all(".tk-rungroup > summary > bdi")) group.closest("li").id ||= `group ${group.textContent}`;
  for (const card of all(".tk-card[data-project]")) card.parentElement.id ||= `card ${card.dataset.project}`;
  for (const section of all(".tk-section:not([id])")) {
    const { prefix } = section.dataset;
    section.id = `section ${label(section.closest("section"))} ${LONE.has(prefix) ? "" : prefix}`;
  }
  for (const section of all("section[aria-labelledby]:not([id])")) section.id = `part ${label(section)}`;
}

function label(node) {
  return node?.getAttribute("aria-labelledby") ?? node?.getAttribute("aria-label") ?? "";
}

/** Brings newer tables into the order that a reader chose. */
function sorted(old, fresh) {
  const tables = [...(fresh.querySelectorAll?.("table.tk-sortable") ?? [])];
  for (const table of old.querySelectorAll("table.tk-sortable:has([aria-sort])")) {
    const other = tables.find((one) => label(one.parentElement) === label(table.parentElement));
    const head = table.querySelector("[aria-sort]");
    const own = [...(other?.tHead.rows[0].cells ?? [])].find((cell) => cell.textContent.trim() === head.textContent.trim());
    if (!own) {
      head.removeAttribute("aria-sort");
      continue;
    }
    own.setAttribute("aria-sort", head.getAttribute("aria-sort"));
    sort(other);
  }
}
