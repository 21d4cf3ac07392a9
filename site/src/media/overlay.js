/** Switches classes of boxes and masks on and off. */
const SVG = "http://www.w3.org/2000/svg";
/** Screens may shift a shade by one. */
const SHIFT = 1;

let filters = 0;

/** Wires the legends in a node; what was switched off in its figure stays so from step to step. */
export function overlay(root) {
  for (const legend of root.querySelectorAll(".tk-classes:not(.is-wired)")) {
    legend.classList.add("is-wired");
    const scope = legend.closest("td,.tk-medium") ?? root;
    const figure = legend.closest(".tk-media");
    const off = (figure.off ??= new Set());
    const buttons = [...legend.querySelectorAll("[data-class]")];
    const apply = () => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(!off.has(button.dataset.class)));
      for (const box of scope.querySelectorAll(".tk-boxes [data-key]")) box.classList.toggle("is-off", off.has(box.dataset.key));
      const reds = new Map(buttons.map((button) => [button.dataset.class, Number(button.dataset.red)]));
      for (const mask of scope.querySelectorAll(".tk-mask[data-keys]")) filter(mask, reds, off);
    };
    for (const button of buttons) {
      button.addEventListener("click", () => {
        const key = button.dataset.class;
        if (!off.delete(key)) off.add(key);
        apply();
      });
    }
    if (off.size) apply();
  }
}

/** Clears the pixels of classes that are off: each class has a red of its own. */
function filter(mask, reds, off) {
  const keys = mask.dataset.keys.split(" ");
  if (!keys.some((key) => off.has(key))) {
    mask.style.filter = "";
    return;
  }
  const table = new Array(256).fill(1);
  for (const key of keys) {
    if (!off.has(key)) continue;
    const red = reds.get(key);
    for (let near = red - SHIFT; near <= red + SHIFT; near++) if (near >= 0 && near < 256) table[near] = 0;
  }
  for (const key of keys) if (!off.has(key)) table[reds.get(key)] = 1;
  const id = `tk-mask-${++filters}`;
  const filter = svg("filter", { id, "color-interpolation-filters": "sRGB", x: "0", y: "0", width: "1", height: "1" }, [
    svg("feColorMatrix", { values: "0 0 0 0 0  0 0 0 0 0  0 0 0 0 0  1 0 0 0 0" }),
    svg("feComponentTransfer", { result: "shown" }, [svg("feFuncA", { type: "discrete", tableValues: table.join(" ") })]),
    svg("feComposite", { in: "SourceGraphic", in2: "shown", operator: "in" }),
  ]);
  mask.filterNode?.remove();
  mask.filterNode = svg("svg", { class: "tk-filters", width: "0", height: "0", "aria-hidden": "true" }, [filter]);
  mask.parentElement.append(mask.filterNode);
  mask.style.filter = `url(#${id})`;
}

function svg(name, attributes, children = []) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
