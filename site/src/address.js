/**
 * What is on screen as an address: its canonical query, a figure's own page, and what an iframe of that needs.
 */
import { withQuery } from "./copy.js";
import { DEFAULTS, beginnings, chosen, query } from "./grammar.js";

const root = document.documentElement;
/** Longer addresses are cut off by servers and mail. */
const LONGEST = 6000;
/** A chart page's own margins, in pixels. */
const MARGIN = 20;

/** The canonical query of a view of the page, over some defaults. */
export function queryOf(page, view, defaults) {
  const found = query(view, defaults);
  if (!page.isAxisGiven || view.x !== defaults.x || defaults !== page.defaults) return found;
  return `${found}${found && "&"}x=${view.x}`;
}

/** That of what is on screen, without the runs that the legend switched off; `page.isCut` tells where that is too long to say. */
export function address(page, defaults, changes = {}) {
  const view = { ...page.view, ...changes };
  if (page.off.size && page.source.runs.size) Object.assign(view, { runs: [], run_names: names(page) });
  const found = queryOf(page, view, defaults);
  page.isCut = false;
  if (found.length <= LONGEST) return found;
  const short = shortened(page).map((runs) => queryOf(page, { ...view, ...runs }, defaults));
  short.sort((a, b) => a.length - b.length);
  if (short[0].length <= LONGEST) return short[0];
  page.isCut = true;
  return queryOf(page, { ...view, runs: [], run_names: [] }, defaults);
}

/** The address and title of a figure's own page, with what is on screen; `at` is the snapshot that it is to lie in. */
export function target(page, figure, at = "") {
  const own = ownPage(page.model, at);
  const isOwn = figure && !page.isChart && figure.chart.page;
  if (!isOwn) return { url: withQuery(own, address(page, page.defaults)), title: figure?.title ?? document.title };
  const { parts, height, pageDefaults } = figure.chart;
  const metrics = parts?.length > 1 ? parts.map((part) => part.metric) : [];
  const changes = { ...figure.asked, metrics: [], metric_names: metrics, sidebar: "shown", accordion: "shown", project: null, refresh: null };
  // A figure of notes is a view of a chart that is a page of its own, with other defaults.
  if (parts) Object.assign(changes, { alerts: "shown", height: changes.height ?? height, title: figure.chart.name ?? changes.title });
  const found = address(page, { ...DEFAULTS, ...(pageDefaults ?? figure.chart.defaults) }, changes);
  return { url: withQuery(new URL(figure.chart.page, own).href, found), title: figure.title };
}

/** What an iframe needs to show a figure, or the page, whole. */
export function size(page, figure) {
  const { width = 600, height = 400 } = page.model;
  const own = page.view.height;
  // What a plot of fixed height has around it here, it has on its own page.
  if (figure && !page.isChart) return { width, height: own === null ? height : Math.ceil(figure.node.offsetHeight) + MARGIN };
  const isFramed = parent !== window;
  const needed = Math.ceil(root.getBoundingClientRect().height);
  if (page.isChart) return { width: isFramed ? innerWidth : width, height: isFramed || own !== null ? needed : height };
  return { width: "100%", height: Math.min(needed, 2000) };
}

/** The page's address: where it will be published, else where it is; a page of a snapshot says which that is. */
function ownPage({ url, root: up = "" }, at) {
  const folder = at || (url && document.querySelector(".tk-kept")?.dataset.at);
  const own = new URL(url ?? location.href);
  if (folder) {
    const parts = own.pathname.split("/");
    parts.splice(-up.split("../").length, 0, folder.slice(0, -1));
    own.pathname = parts.join("/");
  }
  return own.href;
}

/** The runs that are neither filtered away nor switched off. */
function left(page) {
  const all = [...page.source.runs.values()];
  const { runs, run_names } = page.view;
  const wanted = new Set(chosen(all.flatMap((run) => [run.id, run.name]), runs, run_names));
  return all.filter((run) => !page.off.has(run.id) && (wanted.has(run.id) || wanted.has(run.name)));
}

/** Their names, or ids where several bear one name. */
function names(page) {
  const count = new Map();
  for (const { name } of page.source.runs.values()) count.set(name, (count.get(name) ?? 0) + 1);
  return left(page).map((run) => (count.get(run.name) === 1 ? run.name : run.id));
}

/** Ways to say by beginnings of names, or of ids, which runs are left. */
function shortened(page) {
  const kept = new Set(left(page));
  const others = [...page.source.runs.values()].filter((run) => !kept.has(run)).flatMap((run) => [run.id, run.name]);
  const ids = [...kept].map((run) => run.id);
  return [beginnings(ids, others), beginnings(names(page), others)];
}
