/** @file Trigonometric and hyperbolic functions and their inverses, which GPUs compute too coarsely or not at all. */

import { TAKE_QUARTER_TURNS } from "./quarter-turns.ts";

const LARGEST = "3.4028234663852886e38";

/** sin / cos of the rest after quarter turns were taken off. */
export const TAN = `
if (Math.abs(x) > ${LARGEST}) { return nan; }
${TAKE_QUARTER_TURNS}
const u = r * r;
const sin = r * (1 - u / 6 * (1 - u / 20 * (1 - u / 42 * (1 - u / 72))));
const cos = 1 - u / 2 * (1 - u / 12 * (1 - u / 30 * (1 - u / 56 * (1 - u / 90))));
return turns - 2 * Math.floor(turns / 2) > 0.5 ? -cos / sin : sin / cos;`;

/** The angle of a slope ≥ 0: beyond tan(π/8) and tan(3π/8) by the difference to π/4 and π/2, the rest by its series. */
function angle(slope: string): string {
  return `
const steep = ${slope};
let base = 0;
let t = steep;
if (steep > 2.414213562373095) { base = 1.5707963267948966; t = -1 / steep; }
else if (steep > 0.4142135623730951) { base = 0.7853981633974483; t = (steep - 1) / (steep + 1); }
const u = t * t;
const series = 1 / 3 - u * (1 / 5 - u * (1 / 7 - u * (1 / 9 - u * (1 / 11 - u * (1 / 13 - u * (1 / 15 - u / 17))))));
const a = base + (t - t * u * series);`;
}

export const ATAN = `${angle("Math.abs(x)")}
return x < 0 ? -a : a;`;

export const ATAN2 = `
const size = Math.abs(y);
const height = Math.abs(x);
if (x === 0 && y === 0) { return 1 / y < 0 ? (1 / x < 0 ? -3.141592653589793 : 3.141592653589793) : x; }
const bothEndless = size > ${LARGEST} && height > ${LARGEST};
${angle("bothEndless ? 1 : height / size")}
const turned = y < 0 ? 3.141592653589793 - a : a;
return x < 0 || (x === 0 && 1 / x < 0) ? -turned : turned;`;

/** By the angle of a right triangle; both factors of the root are exact near ±1. */
export const ASIN = `
if (Math.abs(x) > 1) { return nan; }
${angle("Math.abs(x) / Math.sqrt((1 - x) * (1 + x))")}
return x < 0 ? -a : a;`;

export const ACOS = `
if (Math.abs(x) > 1) { return nan; }
${angle("Math.sqrt((1 - x) * (1 + x)) / Math.abs(x)")}
return x < 0 ? 3.141592653589793 - a : a;`;

export const SINH = `
const size = Math.abs(x);
if (size < 1) {
  const u = x * x;
  return x * (1 + u / 6 * (1 + u / 20 * (1 + u / 42 * (1 + u / 72))));
}
const half = Math.exp(size / 2);
const result = half / 2 * half - 0.5 / half / half;
return x < 0 ? -result : result;`;

export const COSH = `
const half = Math.exp(Math.abs(x) / 2);
return half / 2 * half + 0.5 / half / half;`;

/** log(1 + v), v ≥ 0 or above −1, as 2·artanh(v / (2 + v)) near 0. */
function logOfOnePlus(v: string): string {
  return `
const v = ${v};
let grown = Math.log(1 + v);
if (Math.abs(v) < 0.35) {
  const t = v / (2 + v);
  const u = t * t;
  grown = 2 * t * (1 + u * (1 / 3 + u * (1 / 5 + u * (1 / 7 + u * (1 / 9 + u / 11)))));
}`;
}

export const ASINH = `
const size = Math.abs(x);
if (size > ${LARGEST}) { return x; }
${logOfOnePlus("size > 1e9 ? 0 : size + size * size / (1 + Math.sqrt(1 + size * size))")}
const result = size > 1e9 ? Math.log(size) + 0.6931471805599453 : grown;
return x < 0 ? -result : result;`;

export const ACOSH = `
if (x < 1) { return nan; }
if (x > ${LARGEST}) { return x; }
${logOfOnePlus("x > 1e9 ? 0 : x - 1 + Math.sqrt((x - 1) * (x + 1))")}
return x > 1e9 ? Math.log(x) + 0.6931471805599453 : grown;`;

export const ATANH = `
const size = Math.abs(x);
if (size > 1) { return nan; }
if (size === 1) { return x > 0 ? inf : -inf; }
${logOfOnePlus("2 * size / (1 - size)")}
return x < 0 ? -grown / 2 : grown / 2;`;
