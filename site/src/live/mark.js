/** The mark in a page's head that says how fresh it is, and what goes with it: how often to look. */
import { node } from "../draw.js";

const WORDS = { live: "live", paused: "paused", away: "not connected", gone: "not there any more" };

/**
 * @param {import("../page.js").Page} page
 * @returns {(state: "live" | "paused" | "away" | "gone", detail?: number | Error) => void} the time of the newest point in
 *   milliseconds where there is one, or what is wrong
 */
export function mark(page) {
  const box = document.querySelector(".tk-pulse");
  const words = box?.querySelector("[role=status]");
  const time = box?.querySelector("time");
  let state;
  tell(time, page.model.updated_ms);
  const showRefresh = refresh(page, document.getElementById("tk-refresh"));
  return (now, detail) => {
    if (now === "live" && detail) tell(time, detail);
    if (words && state !== now) words.textContent = WORDS[now];
    state = document.documentElement.dataset.pulse = now;
    showRefresh();
    // Where there is no mark, and where the server has words of its own, a sentence stands on the page.
    const isSaid = (now === "away" || now === "gone") && (!words || detail.status);
    page.say(isSaid ? `${detail.message} What is shown is as of the last answer.` : null);
  };
}

function tell(time, milliseconds) {
  if (!time || !milliseconds) return;
  const text = new Date(milliseconds).toISOString();
  if (time.dateTime === text) return;
  time.dateTime = text;
  const isToday = text.slice(0, 10) === new Date().toISOString().slice(0, 10);
  const day = new Date(milliseconds).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  time.textContent = isToday ? `${text.slice(11, 19)} UTC` : `${day}, ${text.slice(11, 16)} UTC`;
}

/** How often to look, as a parameter of the address; gives what brings the choice to the page's view. */
function refresh(page, select) {
  if (!select) return () => {};
  const usual = String(page.model.live.refresh);
  select.addEventListener("change", () => page.set({ refresh: select.value === usual ? null : select.value }));
  return () => {
    const value = String(page.view.refresh ?? usual);
    if (![...select.options].some((option) => option.value === value)) select.append(node("option", { value }, `every ${value} s`));
    if (select.value !== value) select.value = value;
  };
}
