/** A slider over the steps of one panel, and all of a page at one step. */
import { node } from "../draw.js";
import { fragment, sorry } from "./dom.js";

/** Images that are waited for before a new step takes the old one's place: it does not flicker then. */
const AWAITED = 12;

export class Steps {
  /** @param {HTMLElement} figure @param {(root: HTMLElement) => void} wire brings new nodes to life */
  constructor(figure, wire) {
    this.figure = figure;
    this.wire = wire;
    this.steps = parse(figure.dataset.steps);
    this.body = figure.querySelector(".tk-medium");
    this.place = this.steps.length - 1;
    this.shown = this.place;
    this.isNear = false;
    /** What goes behind the addresses of scripts, which are others when there is more in them. */
    this.version = "";
    this.onchange = () => {};
    this.#controls();
    new IntersectionObserver(
      ([entry]) => {
        this.isNear = entry.isIntersecting;
        if (this.isNear) this.#show();
      },
      { rootMargin: "240px" },
    ).observe(figure);
  }

  get step() {
    return this.steps[this.place];
  }

  /** Goes to the last medium at or before a step, or to the first one. */
  follow(step) {
    let place = this.steps.findLastIndex((own) => own <= step);
    if (place < 0) place = 0;
    if (this.steps[this.place] !== this.steps[place]) this.go(place);
  }

  go(place) {
    this.place = Math.max(0, Math.min(place, this.steps.length - 1));
    const step = this.step.toLocaleString("en");
    this.range.value = String(this.place);
    this.range.setAttribute("aria-valuetext", `step ${step}`);
    this.label.textContent = `step ${step}`;
    this.before.disabled = this.place === 0;
    this.after.disabled = this.place === this.steps.length - 1;
    if (this.isNear) this.#show();
  }

  /** Takes in what a newer page has of this panel; whoever looks at the last step goes on to the new one. */
  grow(fresh) {
    const { figure, step } = this;
    if (fresh.dataset.steps === figure.dataset.steps) return;
    const isLast = this.place === this.steps.length - 1;
    Object.assign(figure.dataset, fresh.dataset);
    this.steps = parse(figure.dataset.steps);
    this.version = `?${this.steps.length}`;
    this.range.max = String(this.steps.length - 1);
    const [words, newer] = [figure, fresh].map((one) => one.querySelector(".tk-subtitle").firstChild);
    words.data = newer.data;
    this.shown = isLast ? this.steps.length - 1 : this.steps.lastIndexOf(step);
    this.go(this.shown);
    if (!isLast) return;
    const found = document.createDocumentFragment();
    found.append(...fresh.querySelector(".tk-medium").childNodes);
    this.#put(found, this.shown);
  }

  #controls() {
    const { figure, steps } = this;
    figure.querySelector(".tk-others")?.remove();
    this.label = figure.querySelector(".tk-step");
    this.label.setAttribute("role", "status");
    const name = figure.querySelector(".tk-title").textContent;
    this.range = node("input", { type: "range", min: "0", max: String(steps.length - 1), step: "1", "aria-label": `Step of ${name}` });
    this.before = node("button", { type: "button", class: "tk-button", "aria-label": "Previous step", title: "Previous step" }, "‹");
    this.after = node("button", { type: "button", class: "tk-button", "aria-label": "Next step", title: "Next step" }, "›");
    const change = (place) => {
      this.go(place);
      this.onchange(this.step);
    };
    this.range.addEventListener("input", () => change(Number(this.range.value)));
    this.before.addEventListener("click", () => change(this.place - 1));
    this.after.addEventListener("click", () => change(this.place + 1));
    this.body.before(node("div", { class: "tk-steps", role: "group", "aria-label": `Steps of ${name}` }, this.before, this.range, this.after));
    this.go(this.place);
  }

  async #show() {
    const wanted = this.place;
    if (wanted === this.shown) return;
    this.shown = wanted;
    const { source, part } = this.figure.dataset;
    const size = Number(part);
    let found;
    try {
      const media = await window.trackioData.load(`${source}${Math.floor(wanted / size)}.js${this.version}`);
      found = fragment(media[wanted % size]);
    } catch {
      found = sorry("This step did not load.");
    }
    // The slider may have gone on meanwhile.
    if (this.shown === wanted) await this.#put(found, wanted);
  }

  async #put(found, wanted) {
    await pictures(found);
    if (this.shown !== wanted) return;
    // What is below must not jump while new pictures come.
    this.body.style.minHeight = `${this.body.offsetHeight}px`;
    this.body.replaceChildren(found);
    this.wire(this.figure);
    this.body.style.minHeight = "";
  }
}

/** A box that ties the sliders of a page together; the address keeps the step: `#step=120`. Gives what ties another one. */
export function linked(all, sliders) {
  const box = node("input", { type: "checkbox" });
  const label = node("label", { class: "tk-control" }, box, " ", node("span", {}, "Link steps"));
  all.querySelector("h2,h3").after(node("div", { class: "tk-controls" }, label));
  const follow = (step) => {
    for (const slider of sliders) slider.follow(step);
    remember(box.checked ? step : null);
  };
  let last = sliders[0];
  const join = (slider) => {
    slider.onchange = (step) => box.checked && follow(step);
    slider.figure.addEventListener("input", () => (last = slider));
  };
  sliders.forEach(join);
  box.addEventListener("change", () => (box.checked ? follow(last.step) : remember(null)));
  const given = /^#step=(-?\d+)$/.exec(location.hash);
  if (given) {
    box.checked = true;
    follow(Number(given[1]));
  }
  return join;
}

function remember(step) {
  const address = new URL(location.href);
  if (step === null && !address.hash.startsWith("#step=")) return;
  address.hash = step === null ? "" : `step=${step}`;
  try {
    history.replaceState(history.state, "", address);
  } catch {
    // Frames in a sandbox have no history.
  }
}

/** Resolves when the first pictures of a fragment can be painted at once. */
function pictures(found) {
  const images = [...found.querySelectorAll("img:not(.tk-dark)")].slice(0, AWAITED);
  const waiting = images.map((image) => {
    image.loading = "eager";
    return image.decode().catch(() => {});
  });
  return Promise.race([Promise.all(waiting), new Promise((done) => setTimeout(done, 1500))]);
}

function parse(text) {
  if (!text.includes(":")) return text.split(",").map(Number);
  const [first, gap, last] = text.split(":").map(Number);
  return Array.from({ length: Math.round((last - first) / gap) + 1 }, (_, k) => first + k * gap);
}
