/**
 * The page's pulse: looks for news every second or so while somebody can see the page, tells the rest of it, and brings
 * the figures in sight up to date.
 */
import { fetchJson } from "./source.js";

/** After a failure the next look comes later and later, up to this. */
const LONGEST_SECONDS = 30;

/** @param {import("../page.js").Page} page */
export function follow(page) {
  const { live } = page.model;
  let revision = live.revision;
  let failures = 0;
  let timer;
  let isLooking = false;

  const seconds = () => {
    const wanted = page.view.refresh ?? live.refresh ?? 1;
    return wanted > 0 ? wanted : null;
  };
  const plan = () => {
    clearTimeout(timer);
    const pause = seconds();
    if (pause === null || document.hidden) return;
    timer = setTimeout(look, 1000 * Math.min(LONGEST_SECONDS, pause * 2 ** Math.min(failures, 5)));
  };

  async function look() {
    if (isLooking) return;
    isLooking = true;
    try {
      const url = new URL(live.page, location.href);
      url.searchParams.set("since", revision);
      const news = await fetchJson(url.href);
      const isNew = news.revision !== revision;
      revision = news.revision;
      if (failures) tell(page, null);
      failures = 0;
      if (isNew) {
        // Whoever listens may have to load something first: that a run is no longer running, for one.
        const work = [];
        document.dispatchEvent(new CustomEvent("trackio:news", { detail: { ...news, page, wait: (one) => work.push(one) } }));
        await Promise.all(work);
      }
      if (isNew || page.source.pending) {
        page.source.pending = false;
        await page.renew();
      }
    } catch (error) {
      failures += 1;
      tell(page, `${error.message} What is shown is as of the last answer; the next try comes by itself.`);
    } finally {
      isLooking = false;
      plan();
    }
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : look()));
  plan();
}

/** Says what is wrong in the page's own line of notes; null when it is over. */
function tell(page, text) {
  page.say(text);
}
