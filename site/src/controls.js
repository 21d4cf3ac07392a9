/** The controls of a page: each shows the view and changes it. What a page does not have is not wired. */
import { chosen } from "./grammar.js";

/** The stops of the smoothing slider. */
const WINDOWS = [0, 3, 5, 10, 20, 50, 100, 200, 500, 1000];
const PAUSE_MS = 150;

/** @param {import("./page.js").Page} page @returns {() => void} brings the controls to the page's view */
export function controls(page) {
  const show = [filter(page), sidebar(page), smoothing(page), axis(page), ...scales(page), alerts(page), ...choices(page), groupby(page), runs(page), runsFilter()];
  const parts = show.filter(Boolean);
  const refresh = () => parts.forEach((part) => part());
  refresh();
  return refresh;
}

function filter(page) {
  const input = document.getElementById("tk-filter");
  if (!input) return null;
  input.addEventListener(
    "input",
    pausing(() => page.set({ metrics: patterns(input.value), metric: null })),
  );
  return () => {
    if (document.activeElement === input) return;
    const { metrics, metric_names: names } = page.view;
    const bare = metrics.length === 1 && !names.length ? /^\*([^*]*)\*$/.exec(metrics[0]) : null;
    input.value = bare ? bare[1] : [...metrics, ...names].join(", ");
  };
}

/** Words are looked for anywhere in a name; who writes a star means the whole of it. */
function patterns(text) {
  const parts = text.split(",").map((part) => part.trim()).filter(Boolean);
  return parts.length ? parts.map((part) => (part.includes("*") ? part : `*${part}*`)).join(",") : null;
}

/** Where the page has no room for two columns; as in `runs.css`. */
export const narrow = matchMedia("(max-width: 799px)");

/** Says of the button over the list of runs whether that is open. */
function sidebar(page) {
  const button = document.querySelector(".tk-sidebar > button");
  if (!button) return null;
  const show = () => {
    const isOpen = narrow.matches ? "runs" in document.documentElement.dataset : page.view.sidebar === "shown";
    button.setAttribute("aria-expanded", isOpen);
  };
  narrow.addEventListener("change", show);
  return show;
}

function smoothing(page) {
  const slider = document.getElementById("tk-smoothing");
  const exact = document.getElementById("tk-smoothing-value");
  const change = pausing((value) => page.set({ smoothing: value }));
  slider?.addEventListener("input", () => {
    const value = WINDOWS[slider.value] ?? 0;
    if (exact) exact.value = String(value);
    slider.setAttribute("aria-valuetext", String(value));
    change(value);
  });
  exact?.addEventListener("change", () => page.set({ smoothing: exact.value || null }));
  return () => {
    const value = page.view.smoothing;
    const stop = WINDOWS.findLastIndex((size) => size <= value);
    if (slider && document.activeElement !== slider) slider.value = String(value > 0 && value < 1 ? 1 : stop);
    slider?.setAttribute("aria-valuetext", String(value));
    if (exact && document.activeElement !== exact) exact.value = String(value);
  };
}

function axis(page) {
  const select = document.getElementById("tk-x");
  if (!select) return null;
  if (page.hasOwnAxes) select.add(new Option("each chart’s own", ""), 0);
  const isOwn = () => page.hasOwnAxes && !page.isAxisGiven && page.view.x === page.defaults.x;
  const show = chooser(page, "x", () => (isOwn() ? "" : page.view.x));
  return () => {
    offer(select, page.figures.map((figure) => figure.chart.metric));
    show();
  };
}

/** Adds what a select does not offer yet. */
function offer(select, values) {
  const known = new Set([...select.options].map((option) => option.value));
  for (const value of values) if (!known.has(value)) select.add(new Option(value, value));
}

function alerts(page) {
  const box = document.getElementById("tk-alerts");
  box?.addEventListener("change", () => page.set({ alerts: box.checked ? null : "hidden" }));
  return box && (() => (box.checked = page.view.alerts === "shown"));
}

function scales(page) {
  return ["xscale", "yscale"].map((name) => {
    const box = document.getElementById(`tk-${name}`);
    box?.addEventListener("change", () => page.set({ [name]: box.checked ? "log" : "linear" }));
    return box && (() => (box.checked = page.view[name] === "log"));
  });
}

function choices(page) {
  return ["band", "group", "theme"].map((name) => chooser(page, name, () => page.view[name] ?? ""));
}

/** Config keys that differ are known when the project's file is there. */
function groupby(page) {
  const select = document.getElementById("tk-groupby");
  if (!select) return null;
  const usual = select.value;
  const show = chooser(page, "groupby", () => page.view.groupby ?? usual);
  let known;
  const refresh = () => {
    if (known !== page.source.runs && page.source.runs.size) {
      known = page.source.runs;
      offer(select, differing([...known.values()]));
    }
    show();
  };
  page.source.open().then(refresh, () => {});
  return refresh;
}

/** Config keys with at least two values and fewer values than runs. */
function differing(runs) {
  const values = new Map();
  for (const { config } of runs) {
    for (const [key, value] of Object.entries(config ?? {})) {
      if (value !== null && typeof value === "object") continue;
      if (!values.has(key)) values.set(key, new Set());
      values.get(key).add(value);
    }
  }
  return [...values].filter(([, found]) => found.size > 1 && found.size < runs.length).map(([key]) => key);
}

/** The select of a parameter, which may come later. */
function chooser(page, name, value) {
  const found = () => document.getElementById(`tk-${name}`);
  document.addEventListener("change", ({ target }) => {
    if (target === found()) page.set({ [name]: target.value || null });
  });
  return () => {
    const select = found();
    if (!select) return;
    const wanted = value();
    offer(select, [wanted]);
    select.value = wanted;
  };
}

/** Checkboxes of runs, in the sidebar or the table; `data-run="*"` is all of them. */
function runs(page) {
  const boxes = () => [...document.querySelectorAll("input[data-run]")];
  const isEach = (box) => box.dataset.run !== "*";
  /** Whether all were unchecked since the last choice: what is checked then is meant by name. */
  let isAnew = false;
  const change = pausing(async () => {
    await page.source.open();
    const each = boxes().filter(isEach);
    const ids = new Set(each.filter((box) => box.checked).map((box) => box.dataset.run));
    const isAll = ids.size === new Set(each.map((box) => box.dataset.run)).size;
    page.choose(isAll ? null : ids, isAnew);
    isAnew = false;
  });
  document.addEventListener("change", ({ target: box }) => {
    if (!box.matches("input[data-run]")) return;
    for (const other of boxes()) {
      if (isEach(other) && (!isEach(box) || other.dataset.run === box.dataset.run)) other.checked = box.checked;
    }
    isAnew = isEach(box) ? isAnew : !box.checked;
    change();
  });
  return () => {
    const found = boxes();
    const each = found.filter(isEach);
    if (!each.length) return;
    const { runs: names, run_names: verbatim, group } = page.view;
    const isAll = !names.length && !verbatim.length && group === null && !page.off.size;
    if (!page.source.runs.size) {
      page.source.open().then(() => page.source.runs.size && page.refresh(), () => {});
      return;
    }
    const known = [...page.source.runs.values()];
    const wanted = new Set(chosen(known.flatMap((run) => [run.id, run.name]), names, verbatim));
    const isShown = (run) =>
      (wanted.has(run.id) || wanted.has(run.name)) && (group === null || run.group === group) && !page.off.has(run.id);
    const shown = new Set(known.filter(isShown).map((run) => run.id));
    for (const box of each) box.checked = isAll || shown.has(box.dataset.run);
    for (const box of found.filter((one) => !isEach(one))) {
      box.checked = each.every((other) => other.checked);
      box.indeterminate = !box.checked && each.some((other) => other.checked);
    }
  };
}

/** Hides rows of the run table and of the run list; it chooses nothing. */
function runsFilter() {
  const input = document.getElementById("tk-runs-filter");
  if (!input) return null;
  let isUsed = false;
  const show = () => {
    const wishes = wanted(input.value);
    if (!wishes.length && !isUsed) return;
    isUsed = wishes.length > 0;
    for (const row of document.querySelectorAll("tr[data-run], .tk-runlist li")) {
      const text = `${row.textContent} ${row.closest("details")?.querySelector("summary")?.textContent ?? ""}`.toLowerCase();
      const tags = row.dataset.tags?.toLowerCase().split("\n") ?? [];
      row.hidden = !wishes.every((isMet) => isMet(text, tags));
    }
    for (const group of document.querySelectorAll(".tk-rungroup")) group.hidden = !group.querySelector("li:not([hidden])");
  };
  document.addEventListener("click", ({ target }) => {
    const tag = target.closest?.("[data-action=find-tag]");
    if (!tag) return;
    const text = tag.textContent;
    input.value = /["\n]/.test(text) ? text : `tag:"${text}"`;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  input.addEventListener("input", () => {
    show();
    if (isUsed) for (const group of document.querySelectorAll(".tk-rungroup:not([hidden])")) group.open = true;
  });
  return show;
}

/**
 * What each word of a filter asks of a run's text and tags: `tag:x` a tag with that in it, `tag:"x y"` the whole of one,
 * or its beginning until the second mark is there; any other word a place in either.
 */
function wanted(text) {
  return [...text.toLowerCase().matchAll(/tag:(?:"([^"]*)("?)|(\S*))|\S+/g)].map(([word, whole, end, part]) => {
    if (whole !== undefined) return (_, tags) => tags.some((tag) => (end ? tag === whole : tag.startsWith(whole)));
    if (part !== undefined) return (_, tags) => tags.some((tag) => tag.includes(part));
    return (found, tags) => found.includes(word) || tags.some((tag) => tag.includes(word));
  });
}

/** Waits until a reader pauses, so that a slider draws once. */
function pausing(act) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...values), PAUSE_MS);
  };
}
