// The x-axis of energy: how much a run had used when it logged each point; the twin of trackio/report/energy/axis.py.

import { decode } from "./columns.js";
import { lowerBound } from "./series.js";

/** Points that were logged so long before the first reading or after the last one still belong to it, in milliseconds. */
const NEAR_MS = 5000;

/**
 * The points of a series that lie in measured time, with the kWh used until each as their x-axis.
 * @param {import("./lines.js").RunSeries} one
 * @param {{time: object, kwh: object} | undefined} columns the run's curve: milliseconds since its start, linear in between
 */
export function spent(one, columns) {
  if (!columns) return { ...one, axis: null };
  const [time, kwh] = [columns.time, columns.kwh].map(decode);
  const [first, last] = [time[0] - NEAR_MS, time[time.length - 1] + NEAR_MS];
  const kept = [...one.time.keys()].filter((k) => one.time[k] >= first && one.time[k] <= last);
  const cut = (values) => Float64Array.from(kept, (k) => values[k]);
  const row = cut(one.row);
  const y = cut(one.time).map((moment) => at(moment, time, kwh));
  return { ...one, row, step: cut(one.step), time: cut(one.time), y: cut(one.y), axis: { row, y } };
}

/** As numpy's `interp`: flat beyond the ends. */
function at(moment, time, kwh) {
  const k = lowerBound(time, moment);
  if (k === 0) return kwh[0];
  if (k === time.length) return kwh[k - 1];
  const share = (moment - time[k - 1]) / (time[k] - time[k - 1]);
  return kwh[k - 1] + share * (kwh[k] - kwh[k - 1]);
}
