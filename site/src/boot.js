/**
 * The head's inline script, the same bytes on every page so that a Content-Security-Policy can name its hash.
 *
 * It takes in data scripts, hides the picture before paint when the address has parameters, loads the runtime when it is
 * needed, and tells the host the page's height. What differs between pages stands in attributes of its script element.
 */
const root = document.documentElement;
const own = document.currentScript;
const query = location.search.slice(1);
/** @type {Record<string, any>} What data scripts have registered, by key. */
const kept = {};
/** @type {Record<string, Promise<any>>} One request for each address. */
const requests = {};
/** @type {Promise<void> | undefined} */
let runtime;

/** @param {string} url @returns {Promise<any>} what the script at this address registers; `#key` is on the page */
function load(url) {
  if (url[0] === "#") return Promise.resolve(kept[url.slice(1)]);
  return (requests[url] ??= new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => done(kept[script.dataset.key]);
    script.onerror = () => {
      delete requests[url];
      fail(new Error(`${url} did not load.`));
    };
    document.head.append(script);
  }));
}

window.trackioData = (key, value) => {
  kept[key] = value;
  if (document.currentScript) document.currentScript.dataset.key = key;
};
Object.assign(window.trackioData, { kept, load });

function start() {
  return (runtime ??= new Promise((done, fail) => {
    const ready = () => window.trackio.ready.then(done, fail);
    const { runtime: url, live } = own.dataset;
    if (url) {
      // The script that has the lines from a server goes first: the runtime asks for it as it begins.
      (live ? load(live) : Promise.resolve()).then(() => load(url)).then(ready, (error) => {
        // The picture of the defaults is better than none, when it is said that it is this.
        root.dataset.trackio = "error";
        fail(error);
        const note = query && document.querySelector(".tk-note");
        if (note) {
          note.textContent = "The script of this page did not load, so its address's parameters were ignored.";
          note.hidden = false;
        }
      });
    } else {
      // A single file: the runtime stands at the end of the body.
      addEventListener("DOMContentLoaded", ready);
    }
  }));
}

// Until the runtime takes its place, touching the page API loads it; each answer is then a promise.
const later = (name) => (...values) => start().then(() => window.trackio[name](...values));
window.trackio = {
  get ready() {
    return start();
  },
  state: later("state"),
  charts: later("charts"),
  rows: later("rows"),
  set: later("set"),
};

root.dataset.js = "";
const theme = /(?:^|&)(?:__)?theme=(light|dark)(?:&|$)/.exec(query);
if (theme) root.dataset.theme = theme[1];
if (own.dataset.live) root.dataset.live = "";
if (query || own.dataset.live) {
  root.dataset.trackio = "loading";
  const begin = () => {
    for (const url of (own.dataset.load || "").split(" ")) if (url) load(url).catch(() => {});
    start().catch(() => {});
  };
  if (parent === window) begin();
  else {
    // A frame far down its host's page costs nothing until it is scrolled to.
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      begin();
    }).observe(root);
  }
} else {
  const live = ".tk-chart,.tk-controls,.tk-sidebar,.tk-sortable,[data-action]";
  for (const type of ["pointerover", "focusin", "touchstart", "click"]) {
    addEventListener(
      type,
      (event) => {
        if (!event.target.closest?.(live)) return;
        // A click that comes before the runtime is done again when it is there.
        if (type === "click" && window.trackioData.click !== null) window.trackioData.click = event.target;
        start().catch(() => {});
      },
      { capture: true, passive: true },
    );
  }
}

// Tell the host how high the page is, so that its iframe can fit.
if (parent !== window) {
  let told = 0;
  const tell = () => {
    const height = Math.ceil(root.getBoundingClientRect().height);
    if (height && height !== told) parent.postMessage({ type: "trackio:size", height: (told = height) }, "*");
  };
  addEventListener("load", () => {
    tell();
    new ResizeObserver(tell).observe(root);
  });
  addEventListener("message", (event) => {
    if (event.source === parent && event.data?.type === "trackio:size?") {
      told = 0;
      tell();
    }
  });
}
