// The x-axis of energy: how much a run had used when it logged each point; the twin of trackio/energy/axis.py.

import { decode } from "./columns.js";
import { upperBound } from "./series.js";

/** Points that were logged so long before the first reading or after the last one still belong to it, in milliseconds. */
const NEAR_MS = 5000;

/**
 * The points of a series that lie in measured time, with the kWh used until each as their x-axis.
 * @param {import("./lines.js").RunSeries} one
 * @param {{time: object, kwh: object, known?: object} | undefined} columns the run's curve, linear in between: milliseconds
 *   since its start; `known` are the first and last moments of the stretches that were measured, all of it when left out
 */
export function spent(one, columns) {
  if (!columns) return { ...one, axis: null };
  const [time, kwh] = [columns.time, columns.kwh].map(decode);
  const known = columns.known ? decode(columns.known) : [time[0], time[time.length - 1]];
  const isMeasured = (moment) => {
    for (let k = 0; k < known.length; k += 2) if (moment >= known[k] - NEAR_MS && moment <= known[k + 1] + NEAR_MS) return true;
    return false;
  };
  const kept = [...one.time.keys()].filter((k) => isMeasured(one.time[k]));
  const cut = (values) => Float64Array.from(kept, (k) => values[k]);
  const [row, when] = [cut(one.row), cut(one.time)];
  const axis = { row, time: when, y: when.map((moment) => at(moment, time, kwh)) };
  return { ...one, row, step: cut(one.step), time: when, y: cut(one.y), axis };
}

/** As numpy's `interp`: flat beyond the ends, and at a step what it came to. */
function at(moment, time, kwh) {
  const k = upperBound(time, moment);
  if (k === 0) return kwh[0];
  if (k === time.length) return kwh[k - 1];
  const share = (moment - time[k - 1]) / (time[k] - time[k - 1]);
  return kwh[k - 1] + share * (kwh[k] - kwh[k - 1]);
}
