/** What whoever has the write token may do to runs: each button opens its dialog, which asks the server and says what is wrong. */
import { chosen } from "./choice.js";
import { address } from "./furniture.js";
import { asked, fetchJson } from "./source.js";

/** So many names stand in a dialog. */
const NAMED = 8;

/** @param {import("../page.js").Page} page */
export function actions(page) {
  const show = () => {
    for (const edits of document.querySelectorAll("[data-edits]")) edits.hidden = false;
  };
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-edit]");
    if (button) open(page, button);
  });
  document.addEventListener("submit", (event) => {
    const dialog = event.target.closest("[data-dialog]");
    if (!dialog || event.submitter?.value === "cancel") return;
    event.preventDefault();
    save(page, dialog);
  });
  document.addEventListener("trackio:morphed", show);
  show();
}

async function open(page, button) {
  const kind = button.dataset.edit;
  const dialog = document.querySelector(`[data-dialog="${kind}"]`);
  const runs = chosen(page);
  if (!dialog || !runs.length || dialog.open) return;
  const form = dialog.querySelector("form");
  form.reset();
  tell(dialog, "");
  const { api, project } = button.closest("[data-edits]").dataset;
  dialog.work = { runs, api, project, before: [] };
  dialog.querySelector("[data-chosen]").textContent = sentence(runs);
  const force = dialog.querySelector("[data-force]");
  if (force) force.hidden = !runs.some((run) => run.isRunning);
  busy(dialog, false);
  dialog.showModal();
  if (kind === "delete" || kind === "move") return;
  const field = form.elements[kind];
  const { work } = dialog;
  busy(dialog, true);
  // Nothing that is typed is written over by what comes later.
  field.disabled = true;
  try {
    const before = await Promise.all(runs.map((run) => fetchJson(place(work, run, "/resume"))));
    if (dialog.work !== work || !dialog.open) return;
    work.before = before;
    fill(kind, field, before);
    busy(dialog, false);
  } catch (error) {
    tell(dialog, error.message);
  } finally {
    field.disabled = false;
  }
  // Notes are long: typing shall go on with them, not replace them.
  if (kind === "notes") field.focus();
  else field.select();
}

/** What the runs have now: of several what all of them share. */
function fill(kind, field, before) {
  const [first, ...rest] = before;
  if (kind === "tags") field.value = common(before).join(", ");
  else field.value = rest.every((one) => one[kind] === first[kind]) ? (first[kind] ?? "") : "";
}

function common(before) {
  return before[0].tags.filter((tag) => before.every((one) => one.tags.includes(tag)));
}

async function save(page, dialog) {
  const kind = dialog.dataset.dialog;
  const { elements } = dialog.querySelector("form");
  const { work } = dialog;
  busy(dialog, true);
  tell(dialog, "");
  const done = [];
  try {
    for (const [k, run] of work.runs.entries()) {
      if (kind === "delete") await asked(place(work, run, "", elements.force?.checked ? { force: "1" } : {}), { method: "DELETE" });
      else if (kind === "move") await send(place(work, run, "/move"), "POST", { project: elements.project.value });
      else await send(place(work, run), "PATCH", changes(kind, elements, work.before, k));
      done.push(run);
    }
  } catch (error) {
    const part = done.length ? `${done.length} of ${work.runs.length} done; then: ` : "";
    tell(dialog, part + words(dialog, kind, error));
    // What is done is done: trying again goes on from there.
    work.runs = work.runs.slice(done.length);
    work.before = work.before.slice(done.length);
    busy(dialog, false);
    document.dispatchEvent(new CustomEvent("trackio:look"));
    return;
  }
  dialog.close();
  const { run } = page.model.live;
  if (run && kind === "delete") location.assign(address(page.model, {}));
  else if (run && kind === "move") location.assign(address(page.model, { project: elements.project.value, run }));
  else if (run && kind === "name") location.replace(address(page.model, { run }));
  else document.dispatchEvent(new CustomEvent("trackio:look"));
}

/** What is wrong, in words of the dialog: a run may have gone on since it was opened. */
function words(dialog, kind, error) {
  if (kind !== "delete" || error.status !== 409) return error.message;
  dialog.querySelector("[data-force]").hidden = false;
  return "What is chosen is still running. Stop it first, or check the box to delete it all the same.";
}

function changes(kind, elements, before, k) {
  const value = elements[kind].value.trim();
  if (kind === "tags") return { tags: tags(value, before, k) };
  return { [kind]: kind === "name" ? value : value || null };
}

/** What is written down replaces what all runs had in common; what only some have stays with those. */
function tags(text, before, k) {
  const written = text.split(",").map((tag) => tag.trim()).filter(Boolean);
  const shared = new Set(common(before));
  return [...new Set([...before[k].tags.filter((tag) => !shared.has(tag)), ...written])];
}

function send(url, method, body) {
  return asked(url, { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
}

function place({ api, project }, { id }, rest = "", parameters = {}) {
  return `${api}/${encodeURIComponent(id)}${rest}?${new URLSearchParams({ project, ...parameters })}`;
}

function sentence(runs) {
  const names = runs.slice(0, NAMED).map((run) => run.name);
  const more = runs.length - names.length;
  return names.join(", ") + (more ? ` and ${more} more` : "");
}

/** Nothing is sent twice. */
function busy(dialog, isBusy) {
  dialog.querySelector("[value=save]").disabled = isBusy;
  dialog.setAttribute("aria-busy", isBusy);
}

function tell(dialog, text) {
  const note = dialog.querySelector("[role=alert]");
  note.textContent = text;
  note.hidden = !text;
}
