/**
 * Paper has no scrolling: figures that nobody scrolled to are drawn before the page is printed. By the key there is time
 * to wait for their lines; from the browser's menu there is none, and what a figure lacks by then is said on paper.
 */

/** @param {import("./page.js").Page} page */
export function print(page) {
  const missing = () => page.figures.filter((figure) => figure.isStale && figure.node.offsetParent);
  addEventListener("keydown", async (event) => {
    const isPrint = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "p";
    if (!isPrint || !missing().length) return;
    event.preventDefault();
    await page.renew(true).catch(() => {});
    window.print();
  });
  addEventListener("beforeprint", () => {
    // Lines that are at hand, or that a server gives while the page waits, are drawn before the browser looks again.
    page.source.isUrgent = true;
    document.documentElement.toggleAttribute("data-changed", page.query !== "");
    page.renew(true).catch(() => {});
  });
  addEventListener("afterprint", () => {
    page.source.isUrgent = false;
  });
}
