/** Tables that sort by a click on a column's head: numbers before text, what is empty last, either way round. */

export function sortable(table) {
  for (const [column, head] of [...table.tHead.rows[0].cells].entries()) {
    if (head.dataset.sort === "none") continue;
    let button = head.querySelector("button");
    if (!button) {
      button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
    }
    button.addEventListener("click", () => {
      const isDescending = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      sort(table.tBodies[0], column, isDescending ? -1 : 1);
    });
  }
}

function sort(body, column, direction) {
  const rows = [...body.rows].map((row) => [rank(row.cells[column]?.dataset.value ?? row.cells[column]?.textContent), row]);
  rows.sort(([a], [b]) => compare(a, b, direction));
  body.append(...rows.map(([, row]) => row));
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
