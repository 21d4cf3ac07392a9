/** Charts by name, where a page knows some of very many: the index of all, and frames for those that it has no figure of. */
import { decode } from "./columns.js";
import { chosen, unmatched } from "./grammar.js";

/** Charts that are drawn at once, however many a reader's words find. */
export const MOST = 200;

/** What stands for a chart's name and address in the page's empty frame; as in `trackio/report/more.py`. */
const SHELL = "tk-shell";

/**
 * The charts of an index, as `trackio/report/data.py` writes it; `own` are the places of those that are meant.
 * @param {{names: string[], slugs: Record<string, string>, counts: object, axes: Record<string, string>, most: number}} index
 */
export function listed({ names, slugs, counts, axes, most }, own) {
  const points = decode(counts);
  return (own ?? names.map((_, k) => k)).map((k) => ({
    metric: names[k],
    slug: slugs[k] ?? usualSlug(names[k]),
    count: points[k],
    complete: points[k] <= most,
    defaults: axes[k] ? { x: axes[k] } : {},
  }));
}

/** As `trackio/report/data.py` has it. */
function usualSlug(name) {
  return name.toLowerCase().replace(/[^-a-z0-9_]+/g, "-").replace(/^-+|-+$/g, "");
}

/**
 * The charts that a view asks for, the first of them where there are very many.
 * @returns {{charts: object[], count: number, missing: string[]}} `missing` are words that find none
 */
export function found(charts, view) {
  const byName = new Map(charts.map((chart) => [chart.metric, chart]));
  const names = chosen([...byName.keys()], view.metrics, view.metric_names);
  const missing = unmatched([...byName.keys()], view.metrics, view.metric_names);
  return { charts: names.slice(0, MOST).map((name) => byName.get(name)), count: names.length, missing };
}

/** A figure for a chart that the page was not written with. @returns {HTMLElement} */
export function shell(chart) {
  const figure = document.getElementById(SHELL).content.firstElementChild.cloneNode(true);
  for (const each of [figure, ...figure.querySelectorAll("*")]) {
    for (const { name, value } of [...each.attributes]) {
      if (!value.includes(SHELL)) continue;
      if (name === "href" && !chart.page) each.removeAttribute(name);
      else each.setAttribute(name, value.replaceAll(SHELL, name === "data-metric" || name === "aria-label" ? chart.metric : chart.slug));
    }
  }
  const title = figure.querySelector(".tk-title");
  (title.querySelector("a") ?? title).textContent = chart.title ?? chart.metric;
  return figure;
}

/** The room of such figures on a page that has one, held to what its view asks for. */
export class Found {
  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.page = page;
    this.place = document.getElementById("tk-found");
    this.turn = 0;
    /** Whether it shows what was asked for. */
    this.isReady = true;
    /** @type {string[]} what there is to say of it, in words */
    this.notes = [];
  }

  /** Makes and removes figures; of calls that overtake each other the last one holds. */
  async show(view) {
    const { page, place } = this;
    if (!place) return;
    const turn = ++this.turn;
    const isAsked = view.metrics.length > 0 || view.metric_names.length > 0;
    let answer = { charts: [], count: 0, missing: [] };
    this.notes = [];
    this.isReady = !isAsked;
    if (isAsked) {
      try {
        answer = await page.source.find(view);
      } catch (error) {
        this.notes = [`${error.message} Only charts that are drawn from the start can be found.`];
      }
      if (turn !== this.turn) return;
      this.isReady = true;
      const names = page.figures.map(({ chart }) => chart.metric);
      this.notes.push(...unmatched(names, answer.missing).map((name) => `There is no metric "${name}" here.`));
    }
    const before = page.figures.filter(({ node }) => place.contains(node));
    const others = new Set(page.figures.filter((figure) => !before.includes(figure)).map(({ chart }) => chart.metric));
    const matching = isAsked ? chosen([...others], view.metrics, view.metric_names).length : 0;
    const more = answer.charts.filter(({ metric }) => !others.has(metric)).slice(0, Math.max(0, MOST - matching));
    const wanted = new Map(more.map((chart) => [chart.metric, chart]));
    const drawn = matching + wanted.size;
    if (drawn < answer.count) this.notes.push(`${drawn} of ${answer.count.toLocaleString("en")} charts that match are drawn.`);
    const gone = before.filter(({ chart }) => !wanted.has(chart.metric));
    for (const { node } of gone) node.remove();
    page.dismiss(gone);
    const grid = place.querySelector(".tk-grid");
    const there = new Set(before.map(({ chart }) => chart.metric));
    for (const chart of wanted.values()) {
      if (there.has(chart.metric)) continue;
      const node = grid.appendChild(shell(chart));
      page.adopt(chart, node).isFound = true;
    }
    place.querySelector(".tk-count").textContent = wanted.size;
    place.hidden = !wanted.size;
    // An observer would tell of them a frame later.
    for (const figure of page.figures) if (figure.isFound) figure.isVisible = isNear(figure.node);
  }
}

function isNear(node) {
  const { top, bottom } = node.getBoundingClientRect();
  return node.offsetParent !== null && top < innerHeight + 240 && bottom > -240;
}
