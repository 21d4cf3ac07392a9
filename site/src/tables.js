/** Tables that sort by a click on a column's head: numbers before text, what is empty last, either way round. */

/** Makes the tables of the page sort, those that come later too. */
export function sortable() {
  for (const head of document.querySelectorAll("table.tk-sortable thead th:not([data-sort=none])")) {
    if (head.querySelector("button")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
  }
  document.addEventListener("click", ({ target }) => {
    const head = target.closest?.("table.tk-sortable thead button")?.closest("th");
    if (!head || head.dataset.sort === "none") return;
    const isDescending = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
    sort(head.closest("table"));
  });
}

/** Brings the rows of a table into the order that its head says; rows that stand right are not touched. */
export function sort(table) {
  const head = table.tHead?.querySelector("[aria-sort]");
  if (!head) return;
  const direction = head.getAttribute("aria-sort") === "descending" ? -1 : 1;
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => {
    const cell = row.cells[head.cellIndex];
    return [rank(cell?.dataset.value ?? cell?.textContent), row];
  });
  rows.sort(([a], [b]) => compare(a, b, direction));
  let place = body.firstElementChild;
  for (const [, row] of rows) {
    if (row === place) place = place.nextElementSibling;
    else body.insertBefore(row, place);
  }
}

/** The order of two ranked values; what is empty comes last either way round. */
export function compare(a, b, direction) {
  if (a.rank !== b.rank) return a.rank === 2 || b.rank === 2 ? a.rank - b.rank : direction * (a.rank - b.rank);
  if (a.rank === 0) return direction * (a.value - b.value);
  return a.rank === 1 ? direction * a.value.localeCompare(b.value, undefined, { numeric: true }) : 0;
}

/** Rank 0 is a number, 1 text, 2 nothing. */
export function rank(given) {
  const text = String(given ?? "").trim();
  if (!text || text === "NaN") return { rank: 2, value: 0 };
  const number = Number(text);
  return Number.isNaN(number) ? { rank: 1, value: text } : { rank: 0, value: number };
}
