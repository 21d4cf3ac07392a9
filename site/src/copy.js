/** Addresses and iframes of what is on screen, and their way to the clipboard. */

/** The iframe that shows a page, as HTML for a host. */
export function iframe(url, { width, height, title }) {
  const attribute = (text) => String(text).replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
  return (
    `<iframe src="${attribute(url)}" title="${attribute(title)}" width="${width}" height="${height}" loading="lazy" ` +
    'style="border:0;max-width:100%" data-trackio></iframe>'
  );
}

/** An address with a query string instead of its own. */
export function withQuery(url, query) {
  const plain = url.replace(/[?#].*$/, "");
  return query ? `${plain}?${query}` : plain;
}

/** Copies, and says so on the button. Frames and files may forbid the clipboard: then the text is there to be copied. */
export async function copy(text, button) {
  let isDone = false;
  try {
    await navigator.clipboard.writeText(text);
    isDone = true;
  } catch {
    isDone = copyOldWay(text);
  }
  if (!isDone) {
    window.prompt?.("Copy this:", text);
    return;
  }
  const label = (button.dataset.label ??= button.textContent);
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = label), 1500);
}

function copyOldWay(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  area.setAttribute("aria-hidden", "true");
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    area.remove();
    focused?.focus?.();
  }
}
