/**
 * @file Numbers that are drawn until one is accepted: gamma, Poisson and binomial, in the ways of PyTorch's CPU kernels, in
 * double precision.
 */
import { lgamma } from "../../../kernels/reference/special.ts";
import { defaultGenerator, type Generator } from "./generator.ts";
import { nextNormal } from "./normal.ts";
import { nextUniform } from "./uniform.ts";

const f32 = Math.fround;

/** Constants that PyTorch has as floats. */
const THIRD = f32(1 / 3);
const SQUEEZE = f32(0.0331);

/**
 * A gamma-distributed number of scale 1, by the method of Marsaglia and Tsang (2000), doi:10.1145/358407.358414.
 *
 * @param alpha - Concentration, at least 0.
 * @param round - Rounds what PyTorch computes in the precision of the concentration: `Math.fround` for float32.
 */
export function nextGamma(
  alpha: number,
  round: (x: number) => number,
  generator: Generator = defaultGenerator,
): number {
  if (alpha === 0) return 0;
  let scale = 1;
  let shape = alpha;
  if (shape < 1) {
    scale = (1 - nextUniform(generator)) ** round(1 / shape);
    shape = round(shape + 1);
  }
  const d = round(shape - THIRD);
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    let x: number;
    let y: number;
    do {
      x = nextNormal(generator);
      y = 1 + c * x;
    } while (y <= 0);
    const v = y * y * y;
    const u = 1 - nextUniform(generator);
    const xx = x * x;
    if (u < 1 - SQUEEZE * xx * xx) return scale * d * v;
    if (Math.log(u) < 0.5 * xx + d * (1 - v + Math.log(v))) return scale * d * v;
  }
}

/**
 * Shares of a Dirichlet distribution: gamma samples over their sum.
 *
 * @param least - the smallest positive number of the dtype they are for
 * @param eps - the distance from 1 to the next number of that dtype
 */
export function nextDirichlet(concentration: ArrayLike<number>, least: number, eps: number): Float64Array {
  const gammas = Float64Array.from(concentration, (alpha) =>
    Math.max(
      2 ** -1022,
      nextGamma(alpha, (x) => x),
    ),
  );
  const total = gammas.reduce((sum, gamma) => sum + gamma, 0);
  // The largest number below 1.
  return gammas.map((gamma) => Math.min(1 - eps / 2, Math.max(least, gamma / total)));
}

/**
 * A Poisson-distributed number: by products of uniform numbers, and from a rate of 10 on by transformed rejection
 * (Hörmann, 1993).
 *
 * @param rate - At least 0.
 */
export function nextPoisson(rate: number, generator: Generator = defaultGenerator): number {
  if (rate === 0) return 0;
  if (rate < 10) {
    const limit = Math.exp(-rate);
    let product = nextUniform(generator);
    let count = 0;
    while (product > limit) {
      count++;
      product *= nextUniform(generator);
    }
    return count;
  }
  const logRate = Math.log(rate);
  const b = 0.931 + 2.53 * Math.sqrt(rate);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const certain = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = nextUniform(generator) - 0.5;
    const v = nextUniform(generator);
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= certain) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const ratio = Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (us * us) + b);
    if (ratio <= -rate + k * logRate - lgamma(k + 1)) return k;
  }
}

/** How often an event of probability `p` happens in `count` trials. */
export function nextBinomial(count: number, p: number, generator: Generator = defaultGenerator): number {
  if (count <= 0 || p <= 0) return 0;
  if (p >= 1) return count;
  if (Number.isNaN(p)) return Number.NaN;
  if (p > 0.5) return count - nextRare(count, 1 - p, generator);
  return nextRare(count, p, generator);
}

/** As {@link nextBinomial} for a probability of at most one half. */
function nextRare(count: number, p: number, generator: Generator): number {
  return count * p >= 10 ? transformedRejection(count, p, generator) : byWaitingTimes(count, p, generator);
}

/** The number of geometric waiting times that fit into the trials. */
function byWaitingTimes(count: number, p: number, generator: Generator): number {
  const logMiss = Math.log1p(-p);
  let trials = 0;
  for (let hits = 0; ; hits++) {
    trials += Math.ceil(Math.log(nextUniform(generator)) / logMiss);
    if (!(trials <= count)) return hits;
  }
}

/** ln k! − Stirling's formula for it, for k = 0 … 9. */
const STIRLING_TAILS = [
  0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
  0.0138761288230707, 0.0118967099458917, 0.010411265261972, 0.00925546218271273, 0.00833056343336287,
];

function stirlingTail(k: number): number {
  const known = STIRLING_TAILS[k];
  if (known !== undefined) return known;
  const square = (k + 1) * (k + 1);
  return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1);
}

/** Hörmann's algorithm BTRS (1993), doi:10.1080/00949659308811496. */
function transformedRejection(count: number, p: number, generator: Generator): number {
  const std = Math.sqrt(count * p * (1 - p));
  const b = 1.15 + 2.53 * std;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const c = count * p + 0.5;
  const certain = 0.92 - 4.2 / b;
  const odds = p / (1 - p);
  const alpha = (2.83 + 5.1 / b) * std;
  const m = Math.floor((count + 1) * p);
  for (;;) {
    const u = nextUniform(generator) - 0.5;
    const v = nextUniform(generator);
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + c);
    if (k < 0 || k > count) continue;
    if (us >= 0.07 && v <= certain) return k;
    const ratio = Math.log((v * alpha) / (a / (us * us) + b));
    const bound =
      (m + 0.5) * Math.log((m + 1) / (odds * (count - m + 1))) +
      (count + 1) * Math.log((count - m + 1) / (count - k + 1)) +
      (k + 0.5) * Math.log((odds * (count - k + 1)) / (k + 1)) +
      (stirlingTail(m) + stirlingTail(count - m) - stirlingTail(k) - stirlingTail(count - k));
    if (ratio <= bound) return k;
  }
}
