/** A logged table: sorting, a filter and pages, by pointer and keys; its rows come in a script when it is near. */
import { node, visible } from "../draw.js";
import { compare, rank, sortable } from "../tables.js";
import { fragment, sorry } from "./dom.js";

const PAGE = 25;

export async function sheet(box, wire) {
  const table = box.querySelector("table");
  if (!box.dataset.script) {
    sortable(table);
    return;
  }
  let data;
  try {
    data = await window.trackioData.load(box.dataset.script);
  } catch {
    box.append(sorry("The other rows of this table did not load."));
    return;
  }
  new Sheet(box, table, data, wire).show();
}

class Sheet {
  constructor(box, table, { columns, rows }, wire) {
    Object.assign(this, { box, table, rows, wire });
    this.total = Number(box.dataset.rows);
    this.texts = rows.map((row) => row.map(text).join("\t").toLowerCase());
    this.page = 0;
    this.sorted = null;
    this.found = rows.map((_, k) => k);
    this.#heads(columns);
    this.#controls();
  }

  show() {
    const pages = Math.max(1, Math.ceil(this.found.length / PAGE));
    this.page = Math.max(0, Math.min(this.page, pages - 1));
    const first = this.page * PAGE;
    const shown = this.found.slice(first, first + PAGE);
    const body = this.table.tBodies[0];
    body.replaceChildren(...shown.map((k) => node("tr", {}, ...this.rows[k].map(cell))));
    this.wire(body);
    const of = this.found.length < this.rows.length ? `${count(this.found.length)} found of ${count(this.total)}` : count(this.total);
    this.said.textContent = shown.length ? `${count(first + 1)}–${count(first + shown.length)} of ${of}` : `0 of ${count(this.total)}`;
    if (this.rows.length < this.total) this.said.textContent += ` (the first ${count(this.rows.length)} are here; the CSV has all)`;
    this.before.disabled = this.page === 0;
    this.after.disabled = this.page >= pages - 1;
  }

  #heads(columns) {
    [...this.table.tHead.rows[0].cells].forEach((head, column) => {
      const button = node("button", { type: "button" });
      button.append(...head.childNodes);
      head.append(button);
      button.title = `Sort by ${visible(columns[column])}`;
      button.addEventListener("click", () => {
        const isDescending = head.getAttribute("aria-sort") === "ascending";
        for (const other of this.table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
        this.sorted = { column, direction: isDescending ? -1 : 1 };
        this.#find();
      });
    });
  }

  #controls() {
    this.filter = node("input", { type: "search", placeholder: "filter rows", "aria-label": "Filter rows", autocomplete: "off" });
    this.filter.addEventListener("input", () => this.#find());
    this.before = node("button", { type: "button", class: "tk-button", "aria-label": "Previous rows" }, "‹");
    this.after = node("button", { type: "button", class: "tk-button", "aria-label": "Next rows" }, "›");
    this.before.addEventListener("click", () => this.#turn(-1));
    this.after.addEventListener("click", () => this.#turn(1));
    const pager = this.box.querySelector(".tk-pager");
    this.said = pager.querySelector(".tk-value");
    this.said.setAttribute("role", "status");
    pager.prepend(this.before, this.after, " ");
    this.box.prepend(node("div", { class: "tk-controls" }, node("label", { class: "tk-control" }, this.filter)));
  }

  #turn(pages) {
    this.page += pages;
    this.show();
  }

  #find() {
    const wanted = this.filter.value.trim().toLowerCase();
    this.found = [];
    this.texts.forEach((one, k) => one.includes(wanted) && this.found.push(k));
    if (this.sorted) {
      const { column, direction } = this.sorted;
      const keys = this.rows.map((row) => rank(row[column]?.h === undefined ? row[column] : ""));
      this.found.sort((a, b) => compare(keys[a], keys[b], direction) || a - b);
    }
    this.page = 0;
    this.show();
  }
}

function cell(value) {
  if (typeof value === "number") return node("td", { class: "tk-num" }, String(value));
  if (value?.h !== undefined) {
    const made = node("td");
    made.append(fragment(value.h));
    return made;
  }
  return node("td", {}, node("bdi", {}, visible(value)));
}

function text(value) {
  return value?.h === undefined ? String(value) : "";
}

function count(number) {
  return number.toLocaleString("en");
}
