/**
 * The page's pulse: looks for news every second or so while somebody can see the page, tells the rest of it, and brings
 * the figures in sight up to date.
 */
import { mark } from "./mark.js";
import { fetchJson } from "./source.js";

/** After a failure the next look comes later and later, up to this. */
const LONGEST_SECONDS = 30;
/** Nobody sees more than this. */
const SHORTEST_SECONDS = 0.25;
/** What a timer can wait for. */
const MOST_SECONDS = 1_000_000;

/** @param {import("../page.js").Page} page @returns {() => void} to be called when the page's view changed */
export function follow(page) {
  const { live } = page.model;
  const say = mark(page);
  let revision = live.revision;
  let failures = 0;
  let isAway = false;
  let timer;
  let isLooking = false;
  let isWanted = false;

  /** Seconds between two looks; null when there are to be none. */
  const pause = () => {
    const wanted = page.view.refresh ?? live.refresh ?? 1;
    return wanted > 0 ? Math.min(Math.max(wanted, SHORTEST_SECONDS), MOST_SECONDS) : null;
  };
  const isOff = () => pause() === null || document.hidden;
  const plan = () => {
    clearTimeout(timer);
    if (isOff()) {
      say("paused");
      return;
    }
    if (!isAway) say("live");
    // The first try again comes soon: most of what fails is over by then.
    const later = failures > 1 ? Math.max(pause(), Math.min(LONGEST_SECONDS, 2 ** failures)) : Math.min(pause(), failures ? 1 : Infinity);
    if (!isLooking) timer = setTimeout(() => look(), 1000 * later);
  };

  async function look(isForced = false) {
    if (isLooking) isWanted ||= isForced;
    if (isLooking || (isOff() && !isForced)) return;
    isLooking = true;
    clearTimeout(timer);
    try {
      const url = new URL(live.page, location.href);
      url.searchParams.set("since", revision);
      const news = await fetchJson(url.href);
      const before = revision;
      if (news.revision !== revision) {
        await tell(page, news);
        revision = news.revision;
      }
      if (news.revision !== before || page.source.pending) {
        page.source.pending = false;
        for (const figure of page.figures) figure.isStale = true;
      }
      await page.renew();
      failures = 0;
      isAway = false;
      say("live", news.updated_ms);
    } catch (error) {
      failures += 1;
      // One answer that fails is no news to anybody.
      isAway ||= failures > 1 || !error.isPassing;
      if (isAway) say(error.status === 404 ? "gone" : "away", error);
      if (!("isPassing" in error)) console.error(error);
    } finally {
      isLooking = false;
      const isAgain = isWanted;
      isWanted = false;
      if (isAgain) look(true);
      else plan();
    }
  }

  document.addEventListener("visibilitychange", () => (isOff() ? plan() : look()));
  addEventListener("online", () => look());
  // Whoever changed something here wants to see it at once, however seldom the page looks by itself.
  document.addEventListener("trackio:look", () => look(true));
  plan();
  return plan;
}

/** Whoever listens may have to load something first: what a page has of new runs, for one. */
async function tell(page, news) {
  const work = [];
  document.dispatchEvent(new CustomEvent("trackio:news", { detail: { ...news, page, wait: (one) => work.push(one) } }));
  await Promise.all(work);
}
