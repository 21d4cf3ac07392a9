// Smoothing, aggregation and reduction of curves: pure functions on Float64Arrays, the twin of trackio/series.py.
// Values that are not finite are never spread: they stay where they were logged and every mean leaves them out.

/** @typedef {{x: Float64Array, y: Float64Array}} Curve */
/** @typedef {{x: Float64Array, mean: Float64Array, low: Float64Array|null, high: Float64Array|null}} Aggregate */

/** Runs times positions that a mean is computed for, at most; beyond it every second (fourth, ...) is left out. */
const UNION_LIMIT = 1 << 26;

// Two-sided 95 % quantiles of Student's t with 1 to 9 degrees of freedom; from 10 on a series does.
const T95 = [
  12.7062047364, 4.3026527297, 3.1824463053, 2.7764451052, 2.5705818366, 2.4469118511, 2.3646242516, 2.3060041352,
  2.2621571628,
];

/**
 * Smooth as the URL grammar says: 0 is the identity, below 1 an `ema`, from 1 on a `movingAverage`.
 * @param {Float64Array} values
 * @param {number} smoothing
 */
export function smooth(values, smoothing) {
  if (!(smoothing > 0) || !values.length) return values;
  return smoothing < 1 ? ema(values, smoothing) : movingAverage(values, Math.floor(smoothing));
}

/**
 * Centred window of `W = max(3, min(window, n))`: `W // 2` points either side, cut at the ends.
 * @param {Float64Array} values
 * @param {number} window
 */
export function movingAverage(values, window) {
  const n = values.length;
  const half = Math.floor(Math.max(3, Math.min(window, n)) / 2);
  const width = 2 * half + 1;
  // A window is the tail of one block of `width` and the head of the next: running sums that restart at every block
  // give it in linear time, and a spike costs its neighbours no digit.
  const size = Math.ceil((n + 2 * half) / width) * width;
  const heads = new Float64Array(size);
  const tails = new Float64Array(size);
  const before = new Int32Array(size + 1);
  for (let k = 0; k < size; k++) {
    const value = k >= half && k < half + n ? values[k - half] : 0;
    heads[k] = tails[k] = Number.isFinite(value) ? value : 0;
    before[k + 1] = before[k] + (k >= half && k < half + n && Number.isFinite(value) ? 1 : 0);
  }
  for (let k = 1; k < size; k++) if (k % width) heads[k] += heads[k - 1];
  for (let k = size - 2; k >= 0; k--) if ((k + 1) % width) tails[k] += tails[k + 1];
  const result = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const sum = k % width ? tails[k] + heads[k + width - 1] : heads[k + width - 1];
    result[k] = Number.isFinite(values[k]) ? sum / (before[k + width] - before[k]) : values[k];
  }
  return result;
}

/**
 * Exponential moving average with bias correction: `s = w*s + (1-w)*y`, divided by `1 - w**k`.
 * @param {Float64Array} values
 * @param {number} weight
 */
export function ema(values, weight) {
  const result = new Float64Array(values.length);
  const gain = 1 - weight;
  let average = 0;
  let power = 1;
  for (let k = 0; k < values.length; k++) {
    const value = values[k];
    if (Number.isFinite(value)) {
      average = weight * average + gain * value;
      power *= weight;
      result[k] = average / (1 - power);
    } else {
      result[k] = value;
    }
  }
  return result;
}

/**
 * The mean of several curves over the union of their x, and a band: `minmax`, `std`, `ci95` or `none`.
 * A curve takes part from its first to its last finite point, interpolated linearly between and never beyond.
 * @param {Curve[]} curves
 * @param {string} [band]
 * @returns {Aggregate}
 */
export function aggregate(curves, band = "minmax") {
  const parts = curves.map(merged).filter((curve) => curve.x.length);
  if (!parts.length) return { x: new Float64Array(0), mean: new Float64Array(0), low: null, high: null };
  let grid = union(parts.map((curve) => curve.x));
  while (grid.length * parts.length > UNION_LIMIT) grid = grid.filter((_, k) => k % 2 === 0);
  const n = grid.length;
  const counts = new Int32Array(n);
  const mean = new Float64Array(n);
  const squares = new Float64Array(n);
  const low = new Float64Array(n).fill(Infinity);
  const high = new Float64Array(n).fill(-Infinity);
  for (const { x, y } of parts) {
    const last = x.length - 1;
    let j = 0;
    for (let k = lowerBound(grid, x[0]); k < n && grid[k] <= x[last]; k++) {
      while (j < last && x[j + 1] <= grid[k]) j++;
      const value = x[j] === grid[k] ? y[j] : y[j] + ((y[j + 1] - y[j]) / (x[j + 1] - x[j])) * (grid[k] - x[j]);
      // Welford's update: stable where the mean is large and the spread is small.
      const delta = value - mean[k];
      mean[k] += delta / ++counts[k];
      squares[k] += delta * (value - mean[k]);
      if (value < low[k]) low[k] = value;
      if (value > high[k]) high[k] = value;
    }
  }
  // Between two curves that do not overlap there may be a thinned position that none of them reaches.
  const reached = (array) => (counts.includes(0) ? array.filter((_, k) => counts[k]) : array);
  const x = reached(grid);
  const middle = reached(mean);
  if (band === "none") return { x, mean: middle, low: null, high: null };
  if (band === "minmax") return { x, mean: middle, low: reached(low), high: reached(high) };
  const quantiles = parts.map((_, k) => studentT(k));
  const spread = reached(
    squares.map((square, k) => {
      const deviation = Math.sqrt(square / Math.max(counts[k] - 1, 1));
      return band === "ci95" ? (deviation * quantiles[counts[k] - 1]) / Math.sqrt(counts[k]) : deviation;
    }),
  );
  return { x, mean: middle, low: middle.map((m, k) => m - spread[k]), high: middle.map((m, k) => m + spread[k]) };
}

/** The two-sided 95 % quantile of Student's t; 0 for no degree of freedom. @param {number} freedom */
export function studentT(freedom) {
  if (freedom < 1) return 0;
  if (freedom <= T95.length) return T95[freedom - 1];
  // Abramowitz and Stegun 26.7.5, to the third term.
  const z = 1.959963984540054;
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + g1 / freedom + g2 / freedom ** 2 + g3 / freedom ** 3;
}

/**
 * The smallest power of two that fits `count` points into `buckets` buckets: growing series keep their buckets until
 * the size doubles, and then every two merge.
 */
export function bucketSize(count, buckets) {
  let size = 1;
  while (size * Math.max(buckets, 1) < count) size *= 2;
  return size;
}

/**
 * The indices to draw of curves that share their x: about `budget` of them, ascending, with every extreme kept: of each
 * bucket the first smallest and first largest value of each curve and the first gap of the first curve, and both ends.
 * `offset` is the place of the first point in the whole series, where buckets are cut.
 * @param {Float64Array[]} curves
 * @param {number} budget
 * @param {number} [offset]
 * @returns {Int32Array}
 */
export function reduce(curves, budget, offset = 0) {
  const n = curves[0].length;
  if (n <= budget) return Int32Array.from({ length: n }, (_, k) => k);
  const size = bucketSize(n, Math.max(1, Math.floor(budget / (2 * curves.length))));
  const kept = new Set([0, n - 1]);
  for (let start = -(offset % size); start < n; start += size) {
    const stop = Math.min(start + size, n);
    curves.forEach((curve, place) => {
      let least = -1;
      let most = -1;
      let gap = -1;
      for (let k = Math.max(start, 0); k < stop; k++) {
        const value = curve[k];
        if (!Number.isFinite(value)) {
          if (gap < 0) gap = k;
        } else {
          if (least < 0 || value < curve[least]) least = k;
          if (most < 0 || value > curve[most]) most = k;
        }
      }
      if (least >= 0) kept.add(least).add(most);
      if (place === 0 && gap >= 0) kept.add(gap);
    });
  }
  return Int32Array.from(kept).sort();
}

/**
 * For each row the value another metric had in it, else its last one before; NaN before the first. Rows ascend.
 * @param {Float64Array} rows
 * @param {Float64Array} axisRows
 * @param {Float64Array} axisValues
 */
export function carried(rows, axisRows, axisValues) {
  const result = new Float64Array(rows.length);
  let value = NaN;
  let j = 0;
  for (let k = 0; k < rows.length; k++) {
    for (; j < axisRows.length && axisRows[j] <= rows[k]; j++) if (Number.isFinite(axisValues[j])) value = axisValues[j];
    result[k] = value;
  }
  return result;
}

/** The first place in an ascending array whose value is not below `value`. */
export function lowerBound(array, value) {
  let [low, high] = [0, array.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (array[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first place in an ascending array whose value is above `value`. */
export function upperBound(array, value) {
  let [low, high] = [0, array.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (array[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** All values of ascending arrays, each once, ascending. */
function union(arrays) {
  // Seeds of one code mostly share their steps, which then need no sort.
  const [first, ...others] = arrays;
  if (others.every((array) => array.length === first.length && array.every((value, k) => value === first[k]))) return first;
  const all = new Float64Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let place = 0;
  for (const array of arrays) {
    all.set(array, place);
    place += array.length;
  }
  all.sort();
  return all.filter((value, k) => k === 0 || value !== all[k - 1]);
}

/** The finite points, those at one x as their mean. */
function merged({ x, y }) {
  let isClean = true;
  for (let k = 0; k < x.length && isClean; k++) {
    isClean = Number.isFinite(y[k]) && Number.isFinite(x[k]) && (k === 0 || x[k] > x[k - 1]);
  }
  if (isClean) return { x, y };
  const xs = [];
  const sums = [];
  const counts = [];
  for (let k = 0; k < x.length; k++) {
    if (!Number.isFinite(y[k]) || !Number.isFinite(x[k])) continue;
    if (xs.length && x[k] === xs[xs.length - 1]) {
      sums[sums.length - 1] += y[k];
      counts[counts.length - 1] += 1;
    } else {
      xs.push(x[k]);
      sums.push(y[k]);
      counts.push(1);
    }
  }
  return { x: Float64Array.from(xs), y: Float64Array.from(sums, (sum, k) => sum / counts[k]) };
}
