/** A point cloud that turns: by dragging, by arrow keys; + and - come nearer and go away. */
import { decode } from "../columns.js";
import { node } from "../draw.js";
import { sorry } from "./dom.js";

const SIZE = 4095;
const HEIGHT = 320;
const TURN = Math.PI / 24;
/** The corners of a box that its edges join, in the order in which lidar tools give corners. */
const EDGES = [[0, 1], [1, 2], [2, 3], [3, 0], [4, 5], [5, 6], [6, 7], [7, 4], [0, 4], [1, 5], [2, 6], [3, 7]];

export async function cloud(box) {
  let data;
  try {
    data = await window.trackioData.load(box.dataset.cloud);
  } catch {
    box.append(sorry("The points did not load."));
    return;
  }
  if (!data.x.n && !data.boxes.length) {
    box.append(sorry("This file holds no points that can be drawn."));
    return;
  }
  const drawn = data.x.n < data.total ? `${data.x.n.toLocaleString("en")} of ${data.total.toLocaleString("en")} points` : `${data.total.toLocaleString("en")} points`;
  const canvas = node("canvas", { class: "tk-cloud", tabindex: "0", role: "img", "aria-label": `Point cloud of ${drawn}; drag or use the arrow keys to turn it` });
  box.prepend(canvas);
  box.append(node("span", { class: "tk-value" }, ` ${drawn}`));
  new Cloud(canvas, data);
}

class Cloud {
  constructor(canvas, { x, y, z, color, boxes }) {
    this.canvas = canvas;
    this.points = [x, y, z].map(decode);
    this.boxes = boxes;
    this.kinds = color?.category ? decode(color.category) : null;
    this.rgb = color?.rgb ? decode(color.rgb) : null;
    this.yaw = 0.6;
    this.pitch = 0.5;
    this.zoom = 1;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.from = [event.clientX, event.clientY];
    });
    canvas.addEventListener("pointermove", (event) => this.#drag(event));
    canvas.addEventListener("pointerup", () => (this.from = null));
    canvas.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#soon()).observe(canvas);
    new MutationObserver(() => this.#soon()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#soon());
  }

  #drag({ clientX, clientY }) {
    if (!this.from) return;
    this.#turn((clientX - this.from[0]) / 120, (clientY - this.from[1]) / 120);
    this.from = [clientX, clientY];
  }

  #key(event) {
    const turns = { ArrowLeft: [-TURN, 0], ArrowRight: [TURN, 0], ArrowUp: [0, -TURN], ArrowDown: [0, TURN] };
    if (turns[event.key]) this.#turn(...turns[event.key]);
    else if (event.key === "+" || event.key === "=") this.zoom = Math.min(this.zoom * 1.25, 20);
    else if (event.key === "-") this.zoom = Math.max(this.zoom / 1.25, 0.2);
    else return;
    event.preventDefault();
    this.#soon();
  }

  #turn(yaw, pitch) {
    this.yaw += yaw;
    this.pitch = Math.max(-Math.PI / 2, Math.min(this.pitch + pitch, Math.PI / 2));
    this.#soon();
  }

  #soon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.#draw();
    });
  }

  #draw() {
    const { canvas, points, kinds, rgb } = this;
    const dots = Math.min(devicePixelRatio || 1, 2);
    const width = Math.round(canvas.clientWidth * dots);
    const height = Math.round((canvas.clientHeight || HEIGHT) * dots);
    if (!width || !height) return;
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    const [series, accent] = colors();
    const image = context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const depths = new Float32Array(width * height).fill(-Infinity);
    const size = points[0].length > 8000 ? dots : 2 * dots;
    for (let k = 0; k < points[0].length; k++) {
      const [x, y, depth] = this.#project(points[0][k], points[1][k], points[2][k], width, height);
      const color = rgb ? shade(rgb[k] >> 16, (rgb[k] >> 8) & 255, rgb[k] & 255) : kinds ? series[kinds[k]] : accent;
      for (let dy = 0; dy < size; dy++) {
        for (let dx = 0; dx < size; dx++) {
          const [px, py] = [Math.round(x) + dx, Math.round(y) + dy];
          if (px < 0 || py < 0 || px >= width || py >= height) continue;
          const at = py * width + px;
          if (depth < depths[at]) continue;
          depths[at] = depth;
          pixels[at] = color;
        }
      }
    }
    context.putImageData(image, 0, 0);
    context.strokeStyle = getComputedStyle(canvas).color;
    context.lineWidth = dots;
    for (const box of this.boxes) {
      const corners = Array.from({ length: 8 }, (_, k) => this.#project(box[3 * k], box[3 * k + 1], box[3 * k + 2], width, height));
      context.beginPath();
      for (const [a, b] of EDGES) {
        context.moveTo(corners[a][0], corners[a][1]);
        context.lineTo(corners[b][0], corners[b][1]);
      }
      context.stroke();
    }
  }

  /** z is up. */
  #project(x, y, z, width, height) {
    const [a, b, c] = [x / SIZE - 0.5, y / SIZE - 0.5, z / SIZE - 0.5];
    const scale = Math.min(width, height) * 0.62 * this.zoom;
    const across = a * Math.cos(this.yaw) - b * Math.sin(this.yaw);
    const away = a * Math.sin(this.yaw) + b * Math.cos(this.yaw);
    const up = c * Math.cos(this.pitch) + away * Math.sin(this.pitch);
    const depth = c * Math.sin(this.pitch) - away * Math.cos(this.pitch);
    return [width / 2 + across * scale, height / 2 - up * scale, depth];
  }
}

/** The theme's series and accent as pixels. */
function colors() {
  const style = getComputedStyle(document.documentElement);
  const pixel = (name) => {
    const value = parseInt(style.getPropertyValue(name).trim().slice(1), 16);
    return shade(value >> 16, (value >> 8) & 255, value & 255);
  };
  return [Array.from({ length: 10 }, (_, k) => pixel(`--series-${k + 1}`)), pixel("--accent")];
}

function shade(red, green, blue) {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
