// Columns of numbers out of compact JSON; trackio/report/columns.py writes them and says what each form means.

/**
 * @typedef {{s: number, d: number, n: number} | {i: string, n: number, e?: number}
 *   | {f: string, o: number, n: number} | {g: string, n: number}} Column
 */

/**
 * The numbers of a column.
 * @param {Column} column
 * @returns {Float64Array}
 */
export function decode(column) {
  const values = new Float64Array(column.n);
  if ("s" in column) {
    for (let k = 0; k < column.n; k++) values[k] = column.s + column.d * k;
  } else if ("i" in column) {
    unpack(bytes(column.i), values, 10 ** (column.e ?? 0));
  } else if ("f" in column) {
    const floats = new Float32Array(bytes(column.f).buffer);
    for (let k = 0; k < column.n; k++) values[k] = floats[k] + column.o;
  } else {
    values.set(new Float64Array(bytes(column.g).buffer));
  }
  return values;
}

/** LEB128 varints of zigzag deltas. Products, not shifts: they hold 53 bits where shifts hold 32. */
function unpack(packed, values, divisor) {
  let total = 0;
  let place = 0;
  let number = 0;
  let unit = 1;
  for (let k = 0; k < packed.length; k++) {
    const byte = packed[k];
    number += (byte & 0x7f) * unit;
    if (byte & 0x80) {
      unit *= 128;
      continue;
    }
    total += number % 2 ? -(number + 1) / 2 : number / 2;
    values[place++] = total / divisor;
    number = 0;
    unit = 1;
  }
}

function bytes(text) {
  const letters = atob(text);
  const result = new Uint8Array(letters.length);
  for (let k = 0; k < letters.length; k++) result[k] = letters.charCodeAt(k);
  return result;
}
