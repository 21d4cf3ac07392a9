/** Lines that grow: what the server says of a figure put to what the page has of it (pure). */
import { decode } from "../columns.js";

const COLUMNS = ["x", "y", "lo", "hi", "raw"];

/** What a page has of one figure. */
export class Grown {
  constructor() {
    this.signature = "";
    /** Names and colours, in order. */
    this.head = [];
    /** @type {Map<string, object>} the points of each line, by key */
    this.points = new Map();
    /** @type {import("../lines.js").Line[]} */
    this.lines = [];
    this.axis = "step";
    this.notes = [];
  }

  /** The versions of lines that may have grown, by key: those of runs in progress. */
  versions(isRunning) {
    const found = {};
    for (const { key, members } of this.head) {
      const own = this.points.get(key);
      if (own && members.some(isRunning)) found[key] = own.version;
    }
    return found;
  }

  /** Takes an answer in; false when it speaks of a line that is not here, and the whole has to be asked for. */
  take(answer) {
    const { head, parts, signature, axis, notes } = answer;
    if (head) this.head = head;
    for (const [key, part] of Object.entries(parts)) {
      const before = this.points.get(key);
      if (part.keep && !(before?.x.length >= part.keep)) return false;
      this.points.set(key, joined(before, part));
    }
    if (this.head.some(({ key }) => !this.points.has(key))) return false;
    const isSame = !head && !Object.keys(parts).length && axis === this.axis && notes.join() === this.notes.join();
    this.signature = signature;
    this.axis = axis;
    this.notes = notes;
    if (isSame) return true;
    const shown = new Set(this.head.map(({ key }) => key));
    for (const key of this.points.keys()) if (!shown.has(key)) this.points.delete(key);
    // Lines of other runs stay the very objects they are, with the paths that were made of them.
    this.lines = this.head.map((one) => ({ ...one, ...this.points.get(one.key) }));
    return true;
  }
}

function joined(before, { keep, first, last, count, dropped, version, ...columns }) {
  const made = { first, last, count, dropped, version };
  for (const name of COLUMNS) made[name] = columns[name] ? grown(before?.[name], keep, decode(columns[name])) : null;
  return made;
}

function grown(before, keep, tail) {
  if (!keep) return tail;
  const whole = new Float64Array(keep + tail.length);
  whole.set(before.subarray(0, keep));
  whole.set(tail, keep);
  return whole;
}
