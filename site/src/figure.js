/** One figure of a page: which lines it shows, drawn when it comes into view, and how it answers to a reader. */
import { adopt, draw } from "./draw.js";
import { drawn } from "./data.js";
import { geometry } from "./geometry.js";
import { parse } from "./grammar.js";
import { axisOf, notes, selected } from "./lines.js";
import { pointer } from "./pointer.js";

/** What a view can ask of the data; the rest is dress. */
const DATA = "runs run_names group smoothing xmin xmax ymin ymax x xscale yscale groupby band".split(" ");

const NONE = [];

export class Figure {
  /**
   * @param {HTMLElement} node
   * @param {object} chart its entry in the page's model
   * @param {import("./page.js").Page} page
   */
  constructor(node, chart, page) {
    this.node = node;
    this.chart = chart;
    this.page = page;
    this.source = page.sourceOf(chart);
    /** What a reader zoomed in on, where figures do not zoom together. */
    this.zoomed = {};
    this.defaults = { ...page.defaults, ...chart.defaults };
    this.plot = node.querySelector(".tk-plot");
    /** @type {import("./lines.js").Line[]} */
    this.lines = [];
    /** @type {import("./flags.js").Alert[]} with their places on the x-axis */
    this.alerts = NONE;
    /** What of it did not load, in words. */
    this.lack = NONE;
    this.shape = null;
    this.view = this.defaults;
    this.notes = [];
    this.isStale = true;
    this.isVisible = false;
    this.isOpen = false;
    this.turn = 0;
    this.#listen();
  }

  get slug() {
    return this.chart.slug;
  }

  /** What the page's query and the reader ask of it. */
  get asked() {
    return { ...parse(this.page.query, this.defaults).view, ...this.zoomed };
  }

  /** The lines that are not switched off. */
  get shown() {
    return this.lines.filter((line) => !this.page.isOff(line));
  }

  /** Draws what the page's query asks for; of calls that overtake each other the last one holds. */
  async update() {
    const turn = ++this.turn;
    this.isStale = false;
    const view = this.asked;
    const charts = await this.#charts(view);
    const isOwn = charts === this.chart.parts || (charts.length === 1 && charts[0].slug === this.slug);
    const isFirst = !this.shape && this.page.query === "";
    const isPlain = isOwn && DATA.every((field) => String(view[field]) === String(this.defaults[field]));
    const { isLive } = this.source;
    let lines = isPlain && !isLive ? await this.source.reduced(this.chart) : null;
    let found = [];
    let axis = view.x;
    let alerts;
    if (isLive) {
      ({ lines, axis, notes: found } = await this.source.lines(this, charts, view));
      alerts = await this.#raised(view, charts, axis, null);
      if (turn !== this.turn) return;
      const isSame = this.shape && lines === this.lines && alerts === this.alerts && this.page.query === this.drawnQuery;
      // Nobody's drag is pulled away under the hand; the next look finds the figure stale.
      this.isStale = !isSame && this.hint.isDragging();
      if (isSame || this.isStale) {
        this.node.classList.remove("is-stale");
        return;
      }
      this.drawnQuery = this.page.query;
    } else if (!lines) {
      await this.source.open();
      const series = await this.source.withAxis(charts, view.x);
      if (turn !== this.turn) return;
      lines = drawn(series, view, this.source.groups, { isSmall: this.page.isSmall, isPlain });
      found = notes(series, view);
      axis = axisOf(selected(series, view), view);
      alerts = await this.#raised(view, charts, axis, series);
    }
    alerts ??= await this.#raised(view, charts, axis, null);
    if (turn !== this.turn) return;
    const metric = charts.length > 1 ? "value" : (charts[0]?.metric ?? this.chart.metric);
    this.metric = metric;
    this.axis = axis;
    this.view = view;
    this.lines = lines;
    this.alerts = alerts;
    this.notes = [...found, ...this.lack];
    this.title = this.chart.parts ? this.chart.title : charts.length > 1 ? charts.map((one) => one.metric).join(", ") : isOwn ? (this.chart.title ?? metric) : metric;
    // The file's lines are finer than a small picture, which need not change for that.
    if (isFirst && isPlain && this.page.isSmall && (lines.isReduced || this.source.isPartial(this.chart))) this.#adopt();
    else this.#draw();
    this.page.drew(this);
  }

  /** Draws the lines at hand again, as after a change in the legend. */
  redraw() {
    if (this.shape) this.#draw();
  }

  /** What `trackio.charts()` says of this figure. */
  report() {
    return {
      metric: this.chart.metric,
      slug: this.slug,
      xDomain: this.shape ? [...this.shape.x.domain] : null,
      yDomain: this.shape ? [...this.shape.y.domain] : null,
      series: this.shown.map((line) => ({
        run: line.label,
        metric: line.metric,
        points: line.count,
        drawn: line.last - line.first,
        members: [...line.members],
      })),
    };
  }

  /** The drawn rows. */
  rows() {
    const rows = [];
    for (const line of this.shown) {
      for (let k = line.first; k < line.last; k++) {
        const raw = line.raw ? line.raw[k] : line.y[k];
        rows.push({ run: line.label, metric: line.metric, x: line.x[k], y: line.y[k], raw });
      }
    }
    return rows;
  }

  /** On a chart page `metrics` says which curves share the chart; elsewhere it chooses figures. */
  async #charts(view) {
    if (this.chart.parts) return this.chart.parts;
    if (!this.page.isChart || !(view.metrics.length || view.metric_names.length)) return [this.chart];
    const found = await this.source.find(view);
    this.page.missing = found.missing;
    return found.charts.length ? found.charts : [this.chart];
  }

  /** The alerts that the source knows of; a chart stands without them too. */
  async #raised(view, charts, axis, series) {
    this.lack = NONE;
    if (view.alerts === "hidden" || !this.source.alerts) return NONE;
    try {
      return await this.source.alerts(charts, axis, series, this);
    } catch (error) {
      console.error(error);
      this.lack = ["The alerts did not load, so none are marked."];
      return NONE;
    }
  }

  /** Alerts of runs that are switched off hide with their lines. */
  #geometry() {
    const shown = new Set(this.shown.flatMap((line) => line.members));
    const alerts = this.alerts.filter((one) => shown.has(one.run));
    return geometry(this.lines, this.view, { axis: this.axis, title: this.metric, alerts });
  }

  #adopt() {
    this.shape = this.#geometry();
    adopt(this.node, this.lines);
    this.node.classList.remove("is-stale");
  }

  #draw() {
    const { view, metric, title } = this;
    this.shape = this.#geometry();
    draw(this.node, this.lines, this.shape, {
      view,
      metric,
      title,
      isNamed: this.page.model.page !== "run",
      isOpen: this.isOpen,
      off: (line) => this.page.isOff(line),
    });
    const isZoomed = ["xmin", "xmax", "ymin", "ymax"].some((edge) => view[edge] !== this.defaults[edge]);
    this.node.classList.toggle("is-zoomed", isZoomed);
    this.node.classList.toggle("has-height", view.height !== null);
    this.plot.style.height = view.height === null ? "" : `${view.height}px`;
    this.node.classList.remove("is-stale");
    if (this.source.isLive) this.hint?.again();
    else this.hint?.hide();
  }

  /** Lifts one line out of the others; `isAlone` dims these. */
  #light(line, isAlone = false) {
    const area = this.plot.querySelector(".tk-area");
    if (this.lit === line && this.isAlone === isAlone) return;
    this.lit = line;
    this.isAlone = isAlone;
    area.classList.toggle("is-dimmed", Boolean(line) && isAlone);
    this.shape?.marks.forEach((mark, k) => {
      // The grid and the base line come first.
      area.children[k + 2]?.classList.toggle("is-lit", Boolean(line) && mark.key === line.key);
    });
  }

  #listen() {
    this.hint = pointer(this.plot, {
      lines: () => this.shown,
      shape: () => this.shape,
      flags: () => this.shape?.flags ?? NONE,
      light: (line) => this.#light(line),
      zoom: (low, high, isWider) => this.#zoom(low, high, isWider),
      reset: () => this.reset(),
    });
    const legend = this.node.querySelector(".tk-legend");
    const of = (event) => event.target.closest(".tk-key")?.line ?? null;
    legend.addEventListener("click", (event) => {
      const line = of(event);
      if (line) this.page.toggle(line, this.lines);
      else if (event.target.closest(".tk-more")) {
        this.isOpen = !this.isOpen;
        this.redraw();
      }
    });
    for (const type of ["pointerover", "focusin"]) legend.addEventListener(type, (event) => this.#light(of(event), true));
    for (const type of ["pointerleave", "focusout"]) legend.addEventListener(type, () => this.#light(null));
    const ends = this.plot.querySelector(".tk-ends");
    const end = (event) => this.shape?.ends[[...ends.children].indexOf(event.target)]?.line ?? null;
    ends.addEventListener("pointerover", (event) => this.#light(end(event), true));
    ends.addEventListener("pointerleave", () => this.#light(null));
  }

  /** Takes back what a reader zoomed in on. */
  reset() {
    if (this.chart.parts) this.#window({});
    else this.page.reset();
  }

  /** Figures of notes speak of different things: each zooms by itself, and the page's address knows nothing of it. */
  #window(ends) {
    if (!this.chart.parts) {
      this.page.set(ends);
      return;
    }
    this.zoomed = ends;
    this.page.redo(this);
  }

  #zoom(low, high, isWider = false) {
    const { domain, scale } = this.shape.x;
    if (isWider && this.view.xmin === null && this.view.xmax === null) return;
    const isLog = scale === "log";
    // As many digits as a screen can tell apart.
    const unit = 10 ** Math.floor(Math.log10(Math.abs(high - low) / 500));
    const digits = (value) => (isLog || !Number.isFinite(unit) ? Number(value.toPrecision(4)) : Number((Math.round(value / unit) * unit).toPrecision(12)));
    const ends = [digits(low), digits(high)];
    if (!(ends[0] < ends[1]) || !(ends[1] - ends[0] > Math.abs(domain[1]) * 1e-12)) return;
    this.#window({ xmin: ends[0], xmax: ends[1] });
  }
}
