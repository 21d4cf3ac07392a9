// The URL grammar: a query string becomes a view and a view becomes the shortest query string that gives it back.
// The twin of trackio/grammar.py; tests/cases/grammar.json runs through both. Nothing here throws.

/**
 * @typedef {object} View what a page shows; one field per parameter of the grammar
 * @property {string|null} project
 * @property {string[]} metrics names, exact or with `*`; empty with empty metric_names means all
 * @property {string[]} metric_names names taken verbatim: the repeated `metric=`
 * @property {string[]} runs
 * @property {string[]} run_names
 * @property {string|null} group show the runs of this group only
 * @property {number} smoothing
 * @property {number|null} xmin
 * @property {number|null} xmax
 * @property {number|null} ymin
 * @property {number|null} ymax
 * @property {string} x `step`, `time` (ms since the epoch), `relative` (seconds since the run began) or a metric's name
 * @property {string} xscale
 * @property {string} yscale
 * @property {string|null} groupby null leaves it to the page, `none` is off
 * @property {string} band
 * @property {string} sidebar
 * @property {boolean} footer
 * @property {string} accordion
 * @property {string} legend
 * @property {string} alerts
 * @property {string|null} title
 * @property {string} theme
 * @property {number|null} height
 * @property {number|null} refresh
 */

/** The grammar's own defaults. @type {Readonly<View>} */
export const DEFAULTS = Object.freeze({
  project: null,
  metrics: [],
  metric_names: [],
  runs: [],
  run_names: [],
  group: null,
  smoothing: 0,
  xmin: null,
  xmax: null,
  ymin: null,
  ymax: null,
  x: "step",
  xscale: "linear",
  yscale: "linear",
  groupby: null,
  band: "minmax",
  sidebar: "shown",
  footer: true,
  accordion: "shown",
  legend: "auto",
  alerts: "shown",
  title: null,
  theme: "auto",
  height: null,
  refresh: null,
});

/** Parameters with a fixed set of values. @type {Record<string, string[]>} */
export const CHOICES = {
  xscale: ["linear", "log"],
  yscale: ["linear", "log"],
  band: ["minmax", "std", "ci95", "none"],
  sidebar: ["shown", "hidden", "collapsed"],
  accordion: ["shown", "hidden"],
  legend: ["auto", "bottom", "right", "none"],
  alerts: ["shown", "hidden"],
  theme: ["light", "dark", "auto"],
};

/** The heights, in pixels, that a chart can take. */
export const LIMITS = [80, 10000];

/** Every parameter, in the order of a canonical query. */
export const NAMES =
  "project metrics metric runs run group smoothing xmin xmax ymin ymax x xscale yscale groupby band sidebar footer accordion legend alerts title theme height refresh".split(
    " ",
  );

const ALIASES = new Map([
  ["x_axis", "x"],
  ["__theme", "theme"],
]);
const LISTS = { metrics: "metrics", metric: "metric_names", runs: "runs", run: "run_names" };
const PAIRS = [
  ["metrics", "metric"],
  ["runs", "run"],
];
const FALSE = ["false", "0", "no", "off", "hidden"];
const TRUE = ["true", "1", "yes", "on", "shown"];
const LARGEST = 1e300;
const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?Z?$/;
// What mail and social sites hang onto any address, and what a static Space adds for itself: no reader asked for these.
const QUIET = /^(?:utm_.*|__.*|fbclid|gclid|mc_cid|mc_eid|ref)$/s;

/**
 * The view that a query string asks for, over the page's defaults, and a note for each thing that was ignored.
 * An empty value (`xmin=`) sets a parameter back to the grammar's own default. Of one given twice the last holds.
 * @param {string} query
 * @param {View} [defaults]
 * @returns {{view: View, notes: string[]}}
 */
export function parse(query, defaults = DEFAULTS) {
  const notes = [];
  const given = new Map();
  for (const [rawName, value] of new URLSearchParams(query)) {
    const name = ALIASES.get(rawName) ?? rawName;
    if (NAMES.includes(name)) given.set(name, [...(given.get(name) ?? []), value]);
    else if (!QUIET.test(rawName)) note(notes, `There is no parameter ${short(rawName)}; it was ignored.`);
  }
  const view = { ...defaults };
  for (const pair of PAIRS) if (pair.some((name) => given.has(name))) for (const name of pair) view[LISTS[name]] = [];
  const axis = strip(given.get("x")?.at(-1) ?? defaults.x);
  for (const [name, values] of given) {
    if (name in LISTS) {
      view[LISTS[name]] = listed(values, name.endsWith("s"));
      continue;
    }
    if (new Set(values).size > 1) note(notes, `${name} was given more than once; the last one holds.`);
    const text = strip(values.at(-1));
    if (!text) {
      view[name] = DEFAULTS[name];
      continue;
    }
    const isTime = (name === "xmin" || name === "xmax") && axis === "time";
    const value = (isTime ? time : READERS[name])(name, text, notes);
    if (value !== null) view[name] = value;
  }
  return { view: consistent(view, notes), notes };
}

/**
 * The canonical query string, without `?`: only what differs from the defaults, in the order of the grammar.
 * @param {View} view
 * @param {View} [defaults]
 */
export function query(view, defaults = DEFAULTS) {
  const parts = [];
  for (const name of NAMES) {
    if (name in LISTS) {
      const [several, one] = PAIRS.find((pair) => pair.includes(name));
      const [patterns, verbatim] = [view[LISTS[several]], view[LISTS[one]]];
      if (same(patterns, defaults[LISTS[several]]) && same(verbatim, defaults[LISTS[one]])) continue;
      if (name === one) for (const each of verbatim) parts.push(`${one}=${quoted(each)}`);
      // A star stands for any text, so it may stand in for the comma that a list cannot hold.
      else if (patterns.length) parts.push(`${several}=${patterns.map((p) => quoted(p.replaceAll(",", "*"))).join(",")}`);
      else if (!verbatim.length) parts.push(`${several}=`);
    } else if (view[name] !== defaults[name]) {
      parts.push(`${name}=${view[name] === null ? "" : quoted(String(view[name]))}`);
    }
  }
  return parts.join("&");
}

/**
 * Those of `names` that are asked for, each once, in the order asked; all of them when nothing is asked.
 * A pattern that is a name itself means that name alone; otherwise its `*` stand for any text.
 * @param {string[]} names
 * @param {string[]} [patterns]
 * @param {string[]} [verbatim]
 */
export function chosen(names, patterns = [], verbatim = []) {
  const known = new Set(names);
  if (!patterns.length && !verbatim.length) return [...known];
  const found = new Set();
  for (const pattern of patterns) for (const name of matches(known, pattern)) found.add(name);
  for (const name of verbatim) if (known.has(name)) found.add(name);
  return [...found];
}

/**
 * What was asked for and is no name among `names`.
 * @param {string[]} names
 * @param {string[]} [patterns]
 * @param {string[]} [verbatim]
 */
export function unmatched(names, patterns = [], verbatim = []) {
  const known = new Set(names);
  const missing = patterns.filter((p) => !matches(known, p).length).concat(verbatim.filter((n) => !known.has(n)));
  return [...new Set(missing)];
}

/**
 * The shortest beginnings that say `names` and none of `others`, as patterns; verbatim where a beginning cannot say it.
 * @param {string[]} names
 * @param {string[]} others
 * @returns {{runs: string[], run_names: string[]}}
 */
export function beginnings(names, others) {
  const [runs, run_names] = [[], []];
  let last = null;
  for (const name of [...names].sort()) {
    if (last !== null && name.startsWith(last)) continue;
    let length = 1;
    for (const other of others) {
      while (length <= name.length && other.startsWith(name.slice(0, length))) length++;
    }
    const beginning = name.slice(0, length);
    const isSayable = length <= name.length && !/[,*\ud800-\udfff]|^\s/.test(beginning);
    last = isSayable ? beginning : null;
    if (isSayable) runs.push(`${beginning}*`);
    else run_names.push(name);
  }
  return { runs, run_names };
}

/** A finite number as text: the shortest digits that read back. @param {number} value */
export function numberText(value) {
  return String(value === 0 ? 0 : value);
}

function listed(values, isList) {
  const names = isList ? values.flatMap((value) => value.split(",").map(strip)) : values;
  return [...new Set(names.filter((name) => name))];
}

function matches(known, pattern) {
  if (known.has(pattern)) return [pattern];
  if (!pattern.includes("*")) return [];
  const inner = pattern.split(/\*+/);
  const first = inner.shift();
  const last = inner.pop();
  return [...known].filter((name) => has(name, first, inner, last));
}

/** Whether a name begins and ends so, with the rest between in this order; a regular expression could take for ever. */
function has(name, first, inner, last) {
  const end = name.length - last.length;
  let at = first.length;
  if (end < at || !name.startsWith(first) || !name.endsWith(last)) return false;
  for (const part of inner) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

function consistent(view, notes) {
  for (const axis of ["x", "y"]) {
    const [least, most] = [`${axis}min`, `${axis}max`];
    if (view[`${axis}scale`] === "log") {
      for (const name of [least, most]) {
        if (view[name] !== null && view[name] <= 0) {
          note(notes, `${name} must be above 0 on a log axis; it was ignored.`);
          view[name] = null;
        }
      }
    }
    if (view[least] !== null && view[most] !== null && view[least] >= view[most]) {
      note(notes, `${least} is not below ${most}; both were ignored.`);
      view[least] = view[most] = null;
    }
  }
  return view;
}

function number(text) {
  // A plus sign in an address reads as a space, so `1e+5` arrives as `1e 5`.
  text = text.replace(/([eE]) /g, "$1+");
  const value = NUMBER.test(text) ? Number(text) : NaN;
  // Beyond this the span between two limits could be more than a number holds.
  return Math.abs(value) <= LARGEST ? value + 0 : null;
}

function edge(name, text, notes) {
  const value = number(text);
  if (value === null) note(notes, `${name}=${short(text)} is no number; it was ignored.`);
  return value;
}

function time(name, text, notes) {
  const value = number(text);
  if (value !== null) return value;
  const parts = DATE.exec(text)?.slice(1).map((part) => Number(part ?? 0));
  if (parts) {
    const [year, month, day, hour, minute, second] = parts;
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    date.setUTCHours(hour, minute, second);
    const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year > 0;
    if (isReal && hour < 24 && minute < 60 && second < 60) return date.getTime();
  }
  note(notes, `${name}=${short(text)} is no date or number; it was ignored.`);
  return null;
}

function smoothing(name, text, notes) {
  const value = number(text);
  if (value === null) {
    note(notes, `${name}=${short(text)} is no number; it was ignored.`);
  } else if (value < 0) {
    note(notes, `${name}=${short(text)} is below 0; it was ignored.`);
    return null;
  } else if (value > 1 && value % 1) {
    note(notes, `${name}=${short(text)} is no whole number of points; it was rounded down.`);
    return Math.floor(value);
  }
  return value;
}

function height(name, text, notes) {
  const value = number(text.replace(/px$/, ""));
  if (value === null) {
    note(notes, `${name}=${short(text)} is no number; it was ignored.`);
    return null;
  }
  const [least, most] = LIMITS;
  if (value < least || value > most) {
    note(notes, `${name}=${short(text)} is outside ${least} to ${most}; the nearest was taken.`);
  }
  return Math.floor(Math.min(Math.max(value, least), most));
}

function refresh(name, text, notes) {
  const value = number(text);
  if (value !== null && value >= 0) return value;
  note(notes, `${name}=${short(text)} is no number of seconds; it was ignored.`);
  return null;
}

function choice(name, text, notes) {
  if (CHOICES[name].includes(text.toLowerCase())) return text.toLowerCase();
  note(notes, `${name}=${short(text)} is none of ${CHOICES[name].join(", ")}; it was ignored.`);
  return null;
}

function toggle(name, text, notes) {
  const word = text.toLowerCase();
  if (FALSE.includes(word) || TRUE.includes(word)) return TRUE.includes(word);
  note(notes, `${name}=${short(text)} is neither true nor false; it was ignored.`);
  return null;
}

const READERS = { smoothing, footer: toggle, height, refresh };
for (const name of ["project", "group", "x", "groupby", "title"]) READERS[name] = (_, text) => text;
for (const name of ["xmin", "xmax", "ymin", "ymax"]) READERS[name] = edge;
for (const name of Object.keys(CHOICES)) READERS[name] = choice;

function note(notes, text) {
  if (!notes.includes(text)) notes.push(text);
}

function short(text) {
  // By code points, as Python counts.
  const letters = Array.from(text.replace(/[\x00-\x1f\x7f]/g, " "));
  return letters.length > 40 ? `"${letters.slice(0, 39).join("")}…"` : `"${letters.join("")}"`;
}

function strip(text) {
  return text.replace(/^[ \t\n\r\f\v]+|[ \t\n\r\f\v]+$/g, "");
}

function same(a, b) {
  return a.length === b.length && a.every((value, k) => value === b[k]);
}

function quoted(text) {
  // Markdown and HTML take these as their own; commas, slashes and colons may stand as they are.
  const whole = text.replace(/[\ud800-\udfff]/gu, "\ufffd");
  return encodeURIComponent(whole)
    .replace(/[!'()]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%2[CF]|%3A/g, decodeURIComponent);
}
