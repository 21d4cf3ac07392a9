/** Paper has no scrolling: all figures are drawn before the page is printed. */

/** @param {import("../page.js").Page} page */
export function print(page) {
  addEventListener("keydown", async (event) => {
    const isPrint = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "p";
    if (!isPrint || !page.figures.some((figure) => figure.isStale)) return;
    event.preventDefault();
    await page.renew(true).catch(() => {});
    window.print();
  });
}
