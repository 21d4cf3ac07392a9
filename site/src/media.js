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

function start() {
  const figures = [...document.querySelectorAll(".tk-media")];
  for (const figure of figures) wire(figure);
  for (const all of document.querySelectorAll(".tk-media-all")) {
    const steps = [...all.querySelectorAll(".tk-media[data-steps]")].map((figure) => new Steps(figure, wire));
    if (steps.length > 1) linked(all, steps);
  }
}

if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
else start();
