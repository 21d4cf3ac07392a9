/** Everything of a page but its figures, brought to what the server has now: a part at a time, or the page as a whole. */
import { sort } from "../tables.js";
import { fragment } from "../media/dom.js";
import { element, morph, morphInside, rows } from "./morph.js";
import { asked } from "./source.js";

/** @param {import("../page.js").Page} page */
export function furniture(page) {
  let { structure } = page.model.live;
  document.addEventListener("trackio:news", ({ detail: news }) => {
    const isOther = news.structure !== structure;
    const work = isOther ? whole(page) : parts(page, news);
    news.wait(work.then(() => (structure = news.structure)));
  });
}

function nodes(page) {
  return page.figures.map((figure) => figure.node);
}

/** Where the parts of a page stand that the news bring as they are now. */
const PLACES = [
  { of: (news) => news.alerts, place: ".tk-alerts-panel" },
  { of: (news) => news.amounts, place: ".tk-energy > .tk-amounts" },
  ...["config", "summary", "texts", "facts"].map((name) => ({ of: (news) => news.values?.[name], place: `[data-values="${name}"]` })),
];

/** What changed within a page that still has the same runs, charts and media. */
async function parts(page, news) {
  const figures = nodes(page);
  const changed = Object.entries(news.rows ?? {});
  const fresh = rows(changed.map(([, { row }]) => row).join(""));
  let isRenamed = false;
  for (const [id, { item }] of changed) {
    const name = CSS.escape(id);
    isRenamed ||= page.source.runs.has(id) && page.source.runs.get(id).name !== nameOf(fresh.get(id));
    swap(document.querySelector(`.tk-runs tr[data-run="${name}"]`), fresh.get(id), figures);
    swap(document.querySelector(`.tk-runlist input[data-run="${name}"]`)?.closest("li"), element(item), figures);
  }
  for (const [name, html] of Object.entries(news.cards ?? {})) {
    swap(document.querySelector(`.tk-card[data-project="${CSS.escape(name)}"]`)?.parentElement, element(html), figures);
  }
  for (const { of, place } of PLACES) swap(document.querySelector(place), element(of(news) ?? ""), figures);
  const meta = news.meta && document.querySelector(".tk-head .tk-meta");
  if (meta && page.model.page !== "energy") morphInside(meta, fragment(news.meta), figures);
  for (const table of document.querySelectorAll("table.tk-sortable:has([aria-sort])")) settle(table);
  if (isRenamed) await runs(page);
  if (changed.length) page.refresh();
}

function swap(old, fresh, figures) {
  if (old && fresh) morph(old, fresh, figures);
}

function nameOf(row) {
  return row?.querySelector("th bdi").textContent;
}

const waiting = new WeakSet();

/** Sorts a table again, but not under the hand of its reader. */
function settle(table) {
  if (!table.matches(":hover, :has(tbody :focus)")) sort(table);
  else if (!waiting.has(table)) {
    waiting.add(table);
    table.addEventListener(
      "pointerleave",
      () => {
        waiting.delete(table);
        settle(table);
      },
      { once: true },
    );
  }
}

/** The page as the server would give it now. */
async function whole(page) {
  const { model } = page;
  // First: the address may have to name runs otherwise, and boxes of new runs then say at once whether they are chosen.
  await runs(page);
  let response;
  try {
    response = await asked(location.pathname + location.search, { headers: { Accept: "text/html" } });
  } catch (error) {
    // A run's address has its name in it: the root knows where the page is now.
    if (error.status !== 404 || model.page !== "run") throw error;
    location.replace(address(model, { run: model.live.run }));
    return;
  }
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const newer = JSON.parse(fresh.getElementById("trackio-model").textContent);
  // Nothing is there yet that could get lost; or the server is another one by now, whose pages need its own scripts.
  if ((!page.figures.length && newer.charts.length) || scripts(fresh) !== scripts(document)) {
    location.reload();
    return;
  }
  const known = new Map(page.figures.map((figure) => [figure.slug, figure]));
  // A chart of the same name may have become another one: over its own axis, for one.
  for (const chart of newer.charts) {
    const before = known.get(chart.slug);
    if (before?.isFound || isOther(before?.chart, chart)) before.node.remove();
  }
  head(fresh);
  morphInside(document.body, fresh.body, nodes(page));
  page.dismiss(page.figures.filter((figure) => !figure.node.isConnected));
  const left = new Set(page.figures.map((figure) => figure.slug));
  for (const chart of newer.charts) {
    const node = document.getElementById(`chart-${chart.slug}`);
    if (node && !left.has(chart.slug)) page.adopt(chart, node);
  }
  document.dispatchEvent(new CustomEvent("trackio:morphed"));
  await page.arrange();
}

function isOther(before, now) {
  const essence = ({ metric, kind, title, page, defaults }) => JSON.stringify([metric, kind, title, page, defaults]);
  return before !== undefined && essence(before) !== essence(now);
}

function scripts(page) {
  const { runtime, live } = page.querySelector("script[data-live]").dataset;
  return `${runtime} ${live}`;
}

/** Scripts and styles that only the newer page needs, as that of media. */
function head(fresh) {
  document.title = fresh.title;
  const known = new Set([...document.head.querySelectorAll("link[href], script[src]")].map((one) => one.href || one.src));
  for (const one of fresh.head.querySelectorAll("link[rel=stylesheet], script[src]")) {
    const made = document.createElement(one.localName);
    for (const { name, value } of one.attributes) made.setAttribute(name, value);
    if (!known.has(made.href || made.src)) document.head.append(made);
  }
}

/** The runs as they are now; those that the address chose by names that changed stay chosen. */
async function runs(page) {
  const { source } = page;
  const before = source.runs;
  await source.reopen();
  const chosen = page.view.run_names;
  const renamed = new Map();
  for (const { id, name } of source.runs.values()) if (before.has(id) && before.get(id).name !== name) renamed.set(before.get(id).name, name);
  const isNew = (id) => !before.has(id) && !page.unchecked.has(id);
  if (page.unchecked && [...source.runs.keys()].some(isNew)) {
    await page.choose(new Set([...source.runs.keys()].filter((id) => !page.unchecked.has(id))));
  } else if (chosen.some((name) => renamed.has(name))) {
    const { unchecked } = page;
    await page.set({ run: chosen.map((name) => renamed.get(name) ?? name) });
    page.unchecked = unchecked;
  }
}

/** The root's address for something of this project. */
export function address(model, parameters) {
  return `${model.root}?${new URLSearchParams({ project: model.project, ...parameters })}`;
}
