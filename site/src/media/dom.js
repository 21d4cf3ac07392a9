/** Nodes from our own HTML and from names; the HTML was written and escaped by the report's templates. */
export function fragment(html) {
  const found = document.createDocumentFragment();
  found.append(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  return found;
}

/** A sentence where a medium should be. */
export function sorry(text) {
  const note = document.createElement("p");
  note.className = "tk-note";
  note.textContent = text;
  return note;
}
