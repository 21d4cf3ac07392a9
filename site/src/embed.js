/**
 * The host's half: fits every `<iframe data-trackio>` to its chart and loads those with `data-src` when they come near.
 *
 * `<script src="https://…/assets/embed.js" async></script>` once a page; iframes may come later.
 */
const NEAR = "600px";
const LIMITS = [40, 20000];

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      target.src = target.dataset.src;
    }
  },
  { rootMargin: NEAR },
);

function adopt() {
  for (const frame of document.querySelectorAll("iframe[data-trackio]:not([data-trackio='seen'])")) {
    frame.dataset.trackio = "seen";
    if (frame.dataset.src && !frame.getAttribute("src")) near.observe(frame);
    // One that is there already told its size before anyone listened.
    else frame.contentWindow?.postMessage({ type: "trackio:size?" }, "*");
  }
}

addEventListener("message", ({ data, source }) => {
  if (data?.type !== "trackio:size" || !(data.height >= LIMITS[0] && data.height <= LIMITS[1])) return;
  for (const frame of document.querySelectorAll("iframe[data-trackio]")) {
    if (frame.contentWindow === source) frame.style.height = `${Math.ceil(data.height)}px`;
  }
});

adopt();
addEventListener("DOMContentLoaded", adopt);
new MutationObserver(adopt).observe(document.documentElement, { childList: true, subtree: true });
