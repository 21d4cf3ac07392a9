/** Runs chosen in the table by their boxes: how many they are, and what can be done with so many. */
import { node } from "../draw.js";

/** The boxes of runs that can be chosen, those hidden by the filter aside. */
function boxes() {
  return [...document.querySelectorAll(".tk-runs tr[data-run]:not([hidden]) input[name=run]")];
}

/** The runs that are chosen on a page: the page's own, or those of the table. @returns {{id: string, name: string, isRunning: boolean}[]} */
export function chosen(page) {
  const { run } = page.model.live;
  if (run) {
    const name = document.querySelector(".tk-head h1 bdi").textContent;
    return [{ id: run, name, isRunning: document.querySelector(".tk-head .is-running") !== null }];
  }
  return boxes()
    .filter((box) => box.checked)
    .map((box) => box.closest("tr"))
    .map((row) => ({ id: row.dataset.run, name: row.querySelector("th bdi").textContent, isRunning: row.querySelector(".is-running") !== null }));
}

/** @param {import("../page.js").Page} page */
export function choice(page) {
  if (page.model.live.run) return;
  const show = () => {
    const form = document.querySelector(".tk-runs .tk-choice");
    if (!form) return;
    const all = head(form);
    const found = boxes();
    const count = found.filter((box) => box.checked).length;
    all.checked = count > 0 && count === found.length;
    all.indeterminate = count > 0 && !all.checked;
    const words = form.querySelector(".tk-tools [role=status]") ?? form.querySelector(".tk-tools").appendChild(node("span", { role: "status", "data-own": "" }));
    const text = count ? `${count} chosen` : "";
    if (words.textContent !== text) words.textContent = text;
    for (const button of form.querySelectorAll(".tk-tools button")) {
      const { edit } = button.dataset;
      // A name belongs to one run, and so do notes; to compare takes two.
      const isFit = edit === undefined ? count > 1 : edit === "name" || edit === "notes" ? count === 1 : count > 0;
      button.disabled = !isFit;
    }
  };
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-own=all]")) for (const box of boxes()) box.checked = target.checked;
    if (target.matches("[data-own=all], .tk-runs input[name=run]")) show();
  });
  document.addEventListener("input", ({ target }) => target.id === "tk-runs-filter" && show());
  // What the filter hides is not chosen, whatever its box says.
  document.addEventListener("submit", ({ target }) => {
    if (target.matches(".tk-runs .tk-choice")) for (const box of target.querySelectorAll("tr[hidden] input")) box.checked = false;
  });
  document.addEventListener("trackio:morphed", show);
  show();
}

/** The box that chooses all that the filter shows. */
function head(form) {
  const cell = form.querySelector("thead .tk-pick");
  return cell.querySelector("input") ?? cell.appendChild(node("input", { type: "checkbox", "data-own": "all", "aria-label": "Choose all shown" }));
}
