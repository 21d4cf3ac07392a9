/**
 * The media of a run's page: sliders over steps, switches of classes, tables, heat maps and point clouds.
 *
 * The page shows the last medium of each name without any script. The others come as HTML from the same templates, in
 * scripts that load when their panel is near; what is in them is wired here.
 */
import { node } from "./draw.js";
import { cloud } from "./media/cloud.js";
import { heat } from "./media/heat.js";
import { overlay } from "./media/overlay.js";
import { sheet } from "./media/sheet.js";
import { Steps, linked } from "./media/steps.js";

/** Calls back once for each element when it is near the window. */
function whenNear(call) {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        call(target);
      }
    },
    { rootMargin: "240px" },
  );
  return (node) => observer.observe(node);
}

const near = whenNear((found) => {
  if (found.matches("video,audio")) found.preload = "metadata";
  else if (found.matches(".tk-sheet")) sheet(found, wire);
  else if (found.matches(".tk-heat")) heat(found);
  else if (found.dataset.frame) frame(found);
  else cloud(found);
});

/** A figure that its own script draws, in a frame. */
function frame(box) {
  const made = node("iframe", { class: "tk-frame", title: box.dataset.title, referrerpolicy: "no-referrer" });
  // On a disk every file is an origin of its own, and a sandbox would keep the frame from its scripts.
  if (location.protocol !== "file:") made.setAttribute("sandbox", "allow-scripts");
  made.src = box.dataset.frame;
  box.replaceWith(made);
}

/** Brings to life what stands in a node. */
function wire(root) {
  overlay(root);
  for (const found of root.querySelectorAll("video,audio,.tk-sheet,.tk-heat,[data-cloud],[data-frame]")) near(found);
}

/** Panels that are alive, with their sliders where they have one. @type {WeakMap<HTMLElement, Steps | null>} */
const alive = new WeakMap();
/** The sliders of each part of a page, and what ties another one to them. */
const ties = new WeakMap();

function start() {
  for (const figure of document.querySelectorAll(".tk-media")) {
    if (alive.has(figure)) continue;
    wire(figure);
    alive.set(figure, slider(figure));
  }
}

function slider(figure) {
  if (!figure.dataset.steps) return null;
  const made = new Steps(figure, wire);
  const all = figure.closest(".tk-media-all");
  const tie = ties.get(all) ?? { sliders: [], join: null };
  ties.set(all, tie);
  tie.sliders.push(made);
  if (tie.join) tie.join(made);
  else if (tie.sliders.length > 1) tie.join = linked(all, tie.sliders);
  return made;
}

/** A page that follows its run has more of a panel than before. */
function grow({ target: figure, detail: fresh }) {
  const steps = alive.get(figure);
  if (steps) steps.grow(fresh);
  else if (figure.dataset.steps !== fresh.dataset.steps || words(figure) !== words(fresh)) {
    Object.assign(figure.dataset, fresh.dataset);
    figure.replaceChildren(...fresh.childNodes);
    alive.delete(figure);
    start();
  }
}

function words(figure) {
  return figure.querySelector(".tk-subtitle").textContent;
}

document.addEventListener("trackio:media", grow);
document.addEventListener("trackio:morphed", start);
if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
else start();
