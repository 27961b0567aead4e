/**
 * @file What each element-wise operation computes, in double precision and by other formulas than the kernels have: an
 * operation without an entry does not compile.
 */
import type { ElementwiseName } from "../../../../kernels/ir/elementwise.ts";
import type { Tolerance } from "../check.ts";

type Range = readonly [low: number, high: number];

/** Of the inputs, then the scalars. Values that need care are covered by PyTorch's numbers. */
type Formula = (a: number, b: number, c: number, d: number, e: number) => number;

export interface Spec {
  readonly f: Formula;
  /** For integers and bool, where that is another formula. */
  readonly whole?: Formula;
  /** For bool alone. */
  readonly logical?: Formula;
  /** Of the random inputs, for each of them; the last one holds for all that follow. */
  readonly ranges?: readonly Range[];
  /** Lists of numbers that calls get besides. */
  readonly scalars?: readonly (readonly number[])[];
  /** How far float32 results may be from those of the reference; doubles must be as many times nearer as they are finer. */
  readonly tolerance?: Tolerance;
  /** How far the formula itself may be off. */
  readonly error?: number;
}

const bit = (condition: boolean): number => Number(condition);
const sigmoid = (x: number): number => 0.5 + 0.5 * Math.tanh(x / 2);

/** x brought to at most `limit` on both sides of 0. */
const within = (x: number, limit: number): number => Math.min(Math.max(x, -limit), limit);
/** The integral of {@link within} from 0. */
const rounded = (x: number, limit: number): number => within(x, limit) * x - within(x, limit) ** 2 / 2;

/** Boole's rule with 800 intervals. */
function integral(f: (x: number) => number, from: number, to: number): number {
  const n = 800;
  const h = (to - from) / n;
  let sum = 7 * (f(to) - f(from));
  for (let i = 0; i < n; i += 4) {
    const x = from + i * h;
    sum += 14 * f(x) + 32 * (f(x + h) + f(x + 3 * h)) + 12 * f(x + 2 * h);
  }
  return (2 * h * sum) / 45;
}

const density = (t: number): number => (2 / Math.sqrt(Math.PI)) * Math.exp(-t * t);
const erf = (x: number): number => integral(density, 0, x);
const erfc = (x: number): number => (x < 0 ? 2 - erfc(-x) : integral(density, x, x + 6));

function erfinv(y: number): number {
  let x = 0;
  for (let step = 0; step < 20; step++) {
    const change = (erf(x) - y) / density(x);
    x -= Math.max(-0.5, Math.min(0.5, change));
    if (Math.abs(change) < 1e-14) break;
  }
  return x;
}

/** Lanczos's approximation with g = 7 and nine terms, for x > 0. */
function lgamma(x: number): number {
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
    -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  const sum = terms.reduce((total, term, i) => total + term / (x + i), 0.9999999999998099);
  const t = x + 6.5;
  return Math.log(2 * Math.PI) / 2 + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Σ 1/(x + k)², of 2,000 terms, and the rest by the Euler-Maclaurin formula. */
function trigamma(x: number): number {
  const n = 2_000;
  let sum = 1 / (x + n) + 1 / (2 * (x + n) ** 2) + 1 / (6 * (x + n) ** 3);
  for (let k = n - 1; k >= 0; k--) sum += 1 / (x + k) ** 2;
  return sum;
}

/** The derivative of a smooth function, from five points. */
function slope(f: (x: number) => number, x: number): number {
  const h = 2 ** -9;
  return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h);
}

const gelu = (x: number): number => (x / 2) * erfc(-x * Math.SQRT1_2);
const geluTanh = (x: number): number => x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));
const silu = (x: number): number => x / (1 + Math.exp(-x));
const mish = (x: number): number => (x * ((1 + Math.exp(x)) ** 2 - 1)) / ((1 + Math.exp(x)) ** 2 + 1);
const tanhOf = (x: number): number => -Math.expm1(-2 * x) / (1 + Math.exp(-2 * x));
const hardsigmoid = (x: number): number => Math.min(Math.max(x / 6 + 0.5, 0), 1);
const leaky = (x: number, s: number): number => Math.max(x, 0) + s * Math.min(x, 0);
const between = (x: number, low: number, high: number): number => [low, x, high].sort((p, q) => p - q)[1] ?? 0;

function wholePower(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0;
  return Number(BigInt.asIntN(32, BigInt(x) ** BigInt(y)));
}

/** A good single-precision implementation; results below the smallest normal number may be flushed to zero. */
const GOOD: Tolerance = { ulp: 4, abs: 2 ** -126 };
/** Sums of rounded numbers. */
const SUM: Tolerance = { ulp: 4, abs: 2e-6 };
/** The sign of a zero is nobody's business. */
const ANY_ZERO: Tolerance = { anyZero: true };
/** The slope is rounded to float32, and so is the product. */
const SLOPE: Tolerance = { ulp: 2, anyZero: true };
const ANGLE: Tolerance = { ulp: 4, abs: 2e-7 };
const DIVISOR: readonly Range[] = [
  [-9, 9],
  [1, 4],
];
/** Where derivatives from five points are good enough. */
const GRADIENT = { tolerance: SUM, error: 1e-9 } as const;

export const specs: Record<ElementwiseName, Spec> = {
  add: { f: (a, b) => a + b },
  sub: { f: (a, b) => a - b },
  mul: { f: (a, b) => a * b },
  div: { f: (a, b) => a / b },
  addScaled: { f: (a, b, s) => a + b * s, scalars: [[3], [-2], [0]], tolerance: SUM },
  addProduct: { f: (a, b, c, s) => a + b * c * s, scalars: [[2], [-1]], tolerance: { ulp: 4, abs: 1e-5 } },
  addQuotient: {
    f: (a, b, c, s) => a + (b * s) / c,
    scalars: [[0.7], [-2]],
    ranges: [
      [-4, 4],
      [-4, 4],
      [1, 4],
    ],
    tolerance: SUM,
  },
  lerp: {
    f: (a, b, w) => a * (1 - w) + b * w,
    ranges: [
      [-4, 4],
      [-4, 4],
      [-1, 2],
    ],
    tolerance: SUM,
    error: 1e-14,
  },
  pow: { f: (a, b) => a ** b, whole: wholePower, ranges: [[0, 4]], tolerance: { ulp: 8, abs: 2 ** -126 } },
  maximum: { f: Math.max, tolerance: ANY_ZERO },
  minimum: { f: Math.min, tolerance: ANY_ZERO },
  remainder: { f: (a, b) => a - Math.floor(a / b) * b, ranges: DIVISOR, error: 1e-6 },
  fmod: { f: (a, b) => a - Math.trunc(a / b) * b, ranges: DIVISOR, error: 1e-6 },
  floorDivide: { f: (a, b) => Math.floor(a / b), ranges: DIVISOR, tolerance: ANY_ZERO },
  truncDivide: { f: (a, b) => Math.trunc(a / b), ranges: DIVISOR, tolerance: ANY_ZERO },
  atan2: { f: (a, b) => Math.atan(a / b), ranges: [[0.1, 3]], tolerance: { ulp: 4 } },
  hypot: { f: Math.hypot, tolerance: { ulp: 2 } },
  copysign: { f: (a, b) => Math.abs(a) * (b < 0 || Object.is(b, -0) ? -1 : 1) },
  // Which neighbour it is, is tested by bits.
  nextafter: {
    f: (a) => a,
    scalars: [[2 ** -149, 2 ** -24, (2 - 2 ** -23) * 2 ** 127]],
    error: 5e-7,
  },
  xlogy: {
    f: (a, b) => (Math.log2(b) * a) / Math.LOG2E,
    ranges: [
      [-4, 4],
      [0.1, 9],
    ],
    tolerance: SUM,
    error: 1e-14,
  },
  heaviside: { f: (a, b) => (a === 0 ? b : bit(a > 0)) },
  logaddexp: { f: (a, b) => Math.log(Math.exp(a) + Math.exp(b)), tolerance: SUM, error: 1e-14 },
  logaddexp2: { f: (a, b) => Math.log2(2 ** a + 2 ** b), tolerance: SUM, error: 1e-14 },
  neg: { f: (a) => 0 - a },
  abs: { f: (a) => (a < 0 ? -a : a) },
  sign: { f: (a) => bit(a > 0) - bit(a < 0) },
  square: { f: (a) => a * a },
  cube: { f: (a) => a ** 3, tolerance: { ulp: 2 } },
  sqrt: { f: (a) => a ** 0.5, ranges: [[0, 100]] },
  rsqrt: { f: (a) => a ** -0.5, ranges: [[0, 100]], tolerance: { ulp: 2 } },
  reciprocal: { f: (a) => a ** -1 },
  floor: { f: Math.floor },
  ceil: { f: Math.ceil },
  round: { f: (a) => (Math.abs(a) % 1 === 0.5 ? 2 * Math.round(a / 2) : Math.round(a)) },
  trunc: { f: Math.trunc },
  frac: { f: (a) => a % 1, tolerance: ANY_ZERO },
  clamp: {
    f: between,
    scalars: [
      [-1, 2],
      [-Infinity, 1],
      [3, Infinity],
      [-7, 300],
    ],
    tolerance: ANY_ZERO,
  },
  bitwiseAnd: { f: (a, b) => a & b, ranges: [[-(2 ** 31), 2 ** 31]] },
  bitwiseOr: { f: (a, b) => a | b, ranges: [[-(2 ** 31), 2 ** 31]] },
  bitwiseXor: { f: (a, b) => a ^ b, ranges: [[-(2 ** 31), 2 ** 31]] },
  bitwiseNot: { f: (a) => -1 - a, logical: (a) => 1 - a, ranges: [[-(2 ** 31), 2 ** 31]] },
  eq: { f: (a, b) => bit(a === b) },
  ne: { f: (a, b) => bit(a !== b) },
  lt: { f: (a, b) => bit(a < b) },
  le: { f: (a, b) => bit(a <= b) },
  gt: { f: (a, b) => bit(a > b) },
  ge: { f: (a, b) => bit(a >= b) },
  logicalAnd: { f: (a, b) => bit(a !== 0 && b !== 0) },
  logicalOr: { f: (a, b) => bit(a !== 0 || b !== 0) },
  logicalXor: { f: (a, b) => bit((a !== 0) !== (b !== 0)) },
  logicalNot: { f: (a) => bit(a === 0) },
  isnan: { f: () => 0 },
  isfinite: { f: () => 1 },
  isinf: { f: () => 0 },
  isposinf: { f: () => 0 },
  isneginf: { f: () => 0 },
  signbit: { f: (a) => bit(a < 0 || Object.is(a, -0)) },
  where: { f: (c, a, b) => (c === 1 ? a : b) },
  nanToNum: { f: (a) => a, scalars: [[1, 2, 3]] },

  exp: { f: Math.exp, ranges: [[-20, 20]], tolerance: GOOD },
  exp2: { f: (a) => 2 ** Math.floor(a) * 2 ** (a - Math.floor(a)), tolerance: GOOD },
  expm1: { f: Math.expm1, tolerance: GOOD },
  log: { f: Math.log, ranges: [[0, 9]], tolerance: GOOD },
  log1p: { f: Math.log1p, ranges: [[-1, 3]], tolerance: GOOD },
  log2: { f: (a) => Math.log(a) / Math.LN2, ranges: [[0, 9]], tolerance: GOOD, error: 1e-15 },
  log10: { f: (a) => Math.log(a) / Math.LN10, ranges: [[0, 9]], tolerance: GOOD, error: 1e-15 },
  sin: { f: Math.sin, ranges: [[-20, 20]], tolerance: ANGLE },
  cos: { f: Math.cos, ranges: [[-20, 20]], tolerance: ANGLE },
  tan: { f: (a) => Math.sin(a) / Math.cos(a), ranges: [[-20, 20]], tolerance: { ulp: 8, abs: 1e-6 } },
  asin: { f: (a) => Math.atan2(a, Math.sqrt((1 - a) * (1 + a))), ranges: [[-1, 1]], tolerance: GOOD },
  acos: { f: (a) => Math.atan2(Math.sqrt((1 - a) * (1 + a)), a), ranges: [[-1, 1]], tolerance: GOOD },
  atan: { f: (a) => Math.atan2(a, 1), tolerance: GOOD },
  sinh: { f: (a) => (Math.expm1(a) - Math.expm1(-a)) / 2, tolerance: GOOD },
  cosh: { f: (a) => (Math.exp(a) + Math.exp(-a)) / 2, tolerance: GOOD },
  tanh: { f: tanhOf, tolerance: GOOD },
  asinh: { f: (a) => Math.sign(a) * Math.log1p(Math.abs(a) + (a * a) / (1 + Math.hypot(a, 1))), tolerance: GOOD },
  acosh: { f: (a) => Math.log(a + Math.sqrt((a - 1) * (a + 1))), ranges: [[1.1, 30]], tolerance: GOOD },
  atanh: { f: (a) => (Math.log1p(a) - Math.log1p(-a)) / 2, ranges: [[-1, 1]], tolerance: GOOD },
  sigmoid: { f: sigmoid, ranges: [[-9, 9]], tolerance: GOOD, error: 1e-15 },
  logit: {
    f: (a, low, high) => 2 * Math.atanh(2 * between(a, low, high) - 1),
    ranges: [[0.01, 0.99]],
    scalars: [
      [-Infinity, Infinity],
      [0.2, 0.7],
    ],
    tolerance: SUM,
    error: 1e-14,
  },
  erf: { f: erf, tolerance: GOOD, error: 1e-10 },
  // The reference's own is off by 3 units of a double.
  erfc: { f: erfc, tolerance: { ...GOOD, ulp: 7 }, error: 1e-9 },
  erfinv: { f: erfinv, ranges: [[-0.95, 0.95]], tolerance: GOOD, error: 1e-9 },
  lgamma: { f: lgamma, ranges: [[0.1, 9]], tolerance: { ulp: 4, abs: 1e-6 }, error: 1e-13 },
  digamma: { f: (a) => slope(lgamma, a), ranges: [[0.2, 9]], tolerance: { ulp: 4, abs: 1e-6 }, error: 1e-5 },
  sinc: { f: sinc, tolerance: ANGLE, error: 1e-15 },

  relu: { f: (a) => (a + Math.abs(a)) / 2, tolerance: ANY_ZERO },
  leakyRelu: { f: leaky, scalars: [[0.01], [-0.5], [2]], tolerance: SLOPE },
  prelu: { f: leaky, tolerance: ANY_ZERO },
  threshold: {
    f: (a, bound, value) => (a > bound ? a : value),
    scalars: [
      [1, 7],
      [-2, -3],
      [300, 5],
    ],
  },
  elu: {
    f: (a, alpha, scale, inputScale) => (a > 0 ? scale * a : alpha * Math.expm1(a * inputScale)),
    scalars: [
      [1, 1, 1],
      [1.7, 1.05, 0.5],
    ],
    tolerance: SUM,
  },
  gelu: { f: gelu, tolerance: SUM, error: 1e-9 },
  geluTanh: { f: geluTanh, tolerance: SUM, error: 1e-12 },
  silu: { f: silu, tolerance: SUM },
  mish: { f: mish, tolerance: SUM, error: 1e-14 },
  softplus: {
    f: (a, beta, threshold) => (a * beta > threshold ? a : Math.log(1 + Math.exp(a * beta)) / beta),
    scalars: [
      [1, 20],
      [0.5, 1],
    ],
    tolerance: SUM,
    error: 1e-14,
  },
  logSigmoid: { f: (a) => -Math.log(1 + Math.exp(-a)), tolerance: SUM, error: 1e-14 },
  hardsigmoid: { f: hardsigmoid, tolerance: SUM },
  hardswish: { f: (a) => a * hardsigmoid(a), tolerance: { ...SUM, anyZero: true } },
  softsign: { f: (a) => a / (1 + Math.abs(a)), tolerance: GOOD },
  tanhshrink: { f: (a) => a - tanhOf(a), tolerance: SUM, error: 1e-14 },
  hardshrink: { f: (a, lambda) => (Math.abs(a) > lambda ? a : 0), scalars: [[0.5], [2]], tolerance: ANY_ZERO },
  softshrink: {
    f: (a, lambda) => Math.sign(a) * Math.max(Math.abs(a) - lambda, 0),
    scalars: [[0.5], [2]],
    tolerance: ANY_ZERO,
  },

  reluGrad: { f: (g, y) => (y > 0 ? g : 0), tolerance: ANY_ZERO },
  sigmoidGrad: {
    f: (g, y) => g * y * (1 - y),
    ranges: [
      [-4, 4],
      [0, 1],
    ],
    tolerance: { ulp: 4, anyZero: true },
  },
  tanhGrad: {
    f: (g, y) => g * (1 - y * y),
    ranges: [
      [-4, 4],
      [-1, 1],
    ],
    tolerance: { ulp: 4, abs: 1e-6, anyZero: true },
    error: 1e-14,
  },
  sqrtGrad: {
    f: (g, y) => g / (2 * y),
    ranges: [
      [-4, 4],
      [0.1, 4],
    ],
    tolerance: GOOD,
  },
  rsqrtGrad: { f: (g, y) => -0.5 * g * y ** 3, tolerance: { ulp: 8, anyZero: true } },
  reciprocalGrad: { f: (g, y) => -g * y * y, tolerance: { ulp: 4, anyZero: true } },
  expm1Grad: { f: (g, y) => g * (y + 1), tolerance: SUM },
  exp2Grad: { f: (g, y) => g * y * Math.LN2, tolerance: { ulp: 4, anyZero: true } },
  tanGrad: { f: (g, y) => g * (1 + y * y), tolerance: { ulp: 4, anyZero: true } },
  // Beyond 2, where erf is 1 to two digits, the rounding of the square shows.
  erfinvGrad: {
    f: (g, y) => (g * Math.exp(y * y) * Math.sqrt(Math.PI)) / 2,
    ranges: [
      [-4, 4],
      [-1.5, 1.5],
    ],
    tolerance: SUM,
  },
  log1pGrad: {
    f: (g, x) => g / (1 + x),
    ranges: [
      [-4, 4],
      [-0.9, 4],
    ],
    tolerance: SUM,
  },
  log2Grad: {
    f: (g, x) => g / (x * Math.LN2),
    ranges: [
      [-4, 4],
      [0.1, 4],
    ],
    tolerance: GOOD,
  },
  log10Grad: {
    f: (g, x) => g / (x * Math.LN10),
    ranges: [
      [-4, 4],
      [0.1, 4],
    ],
    tolerance: GOOD,
  },
  sinGrad: { f: (g, x) => g * Math.cos(x), tolerance: SUM },
  cosGrad: { f: (g, x) => -g * Math.sin(x), tolerance: { ...SUM, anyZero: true } },
  asinGrad: {
    f: (g, x) => g / Math.sqrt((1 - x) * (1 + x)),
    ranges: [
      [-4, 4],
      [-0.9, 0.9],
    ],
    tolerance: SUM,
  },
  acosGrad: {
    f: (g, x) => -g / Math.sqrt((1 - x) * (1 + x)),
    ranges: [
      [-4, 4],
      [-0.9, 0.9],
    ],
    tolerance: SUM,
  },
  atanGrad: { f: (g, x) => g / (1 + x * x), tolerance: SUM },
  sinhGrad: { f: (g, x) => (g * (Math.exp(x) + Math.exp(-x))) / 2, tolerance: SUM },
  coshGrad: { f: (g, x) => (g * (Math.expm1(x) - Math.expm1(-x))) / 2, tolerance: { ...SUM, anyZero: true } },
  asinhGrad: { f: (g, x) => g / Math.hypot(x, 1), tolerance: SUM },
  acoshGrad: {
    f: (g, x) => g / Math.sqrt((x - 1) * (x + 1)),
    ranges: [
      [-4, 4],
      [1.5, 9],
    ],
    tolerance: SUM,
  },
  atanhGrad: {
    f: (g, x) => g / ((1 - x) * (1 + x)),
    ranges: [
      [-4, 4],
      [-0.9, 0.9],
    ],
    tolerance: SUM,
  },
  erfGrad: { f: (g, x) => g * slope(erf, x), ...GRADIENT },
  erfcGrad: { f: (g, x) => -g * slope(erf, x), ...GRADIENT },
  lgammaGrad: {
    f: (g, x) => g * slope(lgamma, x),
    ranges: [
      [-4, 4],
      [0.5, 9],
    ],
    // digamma loses digits near its zero at 1.46.
    tolerance: { ulp: 16, abs: 1e-5 },
    error: 1e-8,
  },
  digammaGrad: {
    f: (g, x) => g * trigamma(x),
    ranges: [
      [-4, 4],
      [-3.3, 9],
    ],
    tolerance: { ulp: 4, abs: 1e-5 },
    error: 1e-7,
  },
  sincGrad: { f: (g, x) => g * slope(sinc, x), ...GRADIENT },
  logitGrad: {
    f: (g, x, low, high) => (x < low || x > high ? 0 : g / x + g / (1 - x)),
    ranges: [
      [-4, 4],
      [0.1, 0.9],
    ],
    scalars: [
      [-Infinity, Infinity],
      [0.2, 0.7],
    ],
    tolerance: { ...SUM, anyZero: true },
    error: 1e-13,
  },
  nanToNumGrad: { f: (g) => g },
  preluGrad: { f: (g, x, s) => (x > 0 ? g : g * s), tolerance: ANY_ZERO },
  preluSlopeGrad: { f: (g, x) => (x > 0 ? 0 : g * x), tolerance: ANY_ZERO },
  leakyReluGrad: { f: (g, x, s) => (x > 0 ? g : g * s), scalars: [[0.01], [-0.5]], tolerance: SLOPE },
  thresholdGrad: { f: (g, x, bound) => (x > bound ? g : 0), scalars: [[1], [-2], [300]], tolerance: ANY_ZERO },
  clampGrad: {
    f: (g, x, low, high) => (low <= x && x <= high ? g : 0),
    scalars: [
      [-1, 2],
      [-Infinity, 1],
      [-7, 300],
    ],
    tolerance: ANY_ZERO,
  },
  eluGrad: {
    f: (g, x, alpha, scale, inputScale) => g * (x > 0 ? scale : alpha * inputScale * Math.exp(x * inputScale)),
    scalars: [
      [1, 1, 1],
      [1.7, 1.05, 0.5],
    ],
    tolerance: SUM,
  },
  geluGrad: { f: (g, x) => g * slope(gelu, x), ...GRADIENT },
  geluTanhGrad: { f: (g, x) => g * slope(geluTanh, x), ...GRADIENT },
  siluGrad: { f: (g, x) => g * slope(silu, x), ...GRADIENT },
  mishGrad: { f: (g, x) => g * slope(mish, x), ...GRADIENT },
  softplusGrad: {
    f: (g, x, beta, threshold) => (x * beta > threshold ? g : g / (1 + Math.exp(-x * beta))),
    scalars: [
      [1, 20],
      [0.5, 1],
    ],
    tolerance: SUM,
  },
  logSigmoidGrad: { f: (g, x) => g / (1 + Math.exp(x)), tolerance: SUM },
  hardsigmoidGrad: { f: (g, x) => (Math.abs(x) < 3 ? g / 6 : 0), tolerance: { ulp: 2, anyZero: true } },
  hardswishGrad: {
    f: (g, x) => (x < -3 ? 0 : x > 3 ? g : (g * (2 * x + 3)) / 6),
    tolerance: { ...SUM, anyZero: true },
  },
  hardtanhGrad: {
    f: (g, x, low, high) => (low < x && x < high ? g : 0),
    scalars: [
      [-1, 2],
      [0, 6],
    ],
    tolerance: ANY_ZERO,
  },
  shrinkGrad: { f: (g, x, lambda) => (Math.abs(x) > lambda ? g : 0), scalars: [[0.5], [2]], tolerance: ANY_ZERO },
  softsignGrad: { f: (g, x) => g / (1 + Math.abs(x)) ** 2, tolerance: GOOD },
  tanhshrinkGrad: { f: (g, x) => g * tanhOf(x) ** 2, tolerance: SUM, error: 1e-14 },

  fmodGrad: {
    f: (g, x, y) => (g * ((x % y) - x)) / y,
    ranges: [
      [-4, 4],
      [-9, 9],
      [1, 4],
    ],
    tolerance: { ulp: 4, anyZero: true },
    error: 1e-13,
  },
  hypotGrad: {
    f: (g, x, y) => (g * x) / y,
    ranges: [
      [-4, 4],
      [-4, 4],
      [1, 4],
    ],
    tolerance: SUM,
  },
  copysignGrad: {
    f: (g, x, y) => (x === 0 ? 0 : (g * y) / x),
    ranges: [
      [-4, 4],
      [0.5, 4],
    ],
    tolerance: { ...SUM, ulp: 6 },
  },
  xlogyGrad: {
    f: (g, _x, y) => (g * Math.log2(y)) / Math.LOG2E,
    ranges: [
      [-4, 4],
      [-4, 4],
      [0.1, 9],
    ],
    tolerance: SUM,
    error: 1e-14,
  },
  xlogyOtherGrad: {
    f: (g, x, y) => g * (x / y),
    ranges: [
      [-4, 4],
      [-4, 4],
      [0.5, 9],
    ],
    tolerance: SUM,
  },
  logaddexpGrad: {
    f: (g, x, y, base) => g / (1 + Math.exp((y - x) * base)),
    scalars: [[1], [Math.LN2]],
    tolerance: SUM,
    error: 1e-14,
  },
  addQuotientGrad: {
    f: (g, x, y, s) => (-g * s * x) / (y * y),
    ranges: [
      [-4, 4],
      [-4, 4],
      [0.5, 4],
    ],
    scalars: [[1], [-0.5]],
    tolerance: { ulp: 8, anyZero: true },
  },
  lerpStartGrad: { f: (g, w) => g - g * w, tolerance: SUM },
  lerpWeightGrad: { f: (g, x, y) => g * y - g * x, tolerance: { ulp: 4, abs: 1e-5 }, error: 1e-13 },

  squaredError: { f: (x, t) => (x - t) ** 2, tolerance: { ulp: 2 } },
  absoluteError: { f: (x, t) => Math.max(x - t, t - x), tolerance: { ulp: 1 } },
  smoothL1: { f: (x, t, beta) => rounded(x - t, beta) / beta, scalars: [[1], [0.5]], tolerance: SUM },
  huber: { f: (x, t, delta) => rounded(x - t, delta), scalars: [[1], [0.5]], tolerance: SUM },
  logitCrossEntropy: {
    f: (x, t) => -t * Math.log(sigmoid(x)) - (1 - t) * Math.log(1 - sigmoid(x)),
    ranges: [
      [-4, 4],
      [0, 1],
    ],
    tolerance: SUM,
    error: 1e-13,
  },
  probabilityCrossEntropy: {
    f: (x, t) => -t * Math.log(x) - (1 - t) * Math.log(1 - x),
    ranges: [
      [0.02, 0.98],
      [0, 1],
    ],
    tolerance: SUM,
    error: 1e-13,
  },
  squaredErrorGrad: { f: (g, x, t) => 2 * g * x - 2 * g * t, tolerance: { ...SUM, anyZero: true } },
  absoluteErrorGrad: { f: (g, x, t) => g * Math.sign(x - t), tolerance: ANY_ZERO },
  smoothL1Grad: {
    f: (g, x, t, beta) => (g * within(x - t, beta)) / beta,
    scalars: [[1], [0.5]],
    tolerance: { ...SUM, anyZero: true },
  },
  huberGrad: {
    f: (g, x, t, delta) => g * within(x - t, delta),
    scalars: [[1], [0.5]],
    tolerance: { ...SUM, anyZero: true },
  },
  logitCrossEntropyGrad: {
    f: (g, x, t) => g * sigmoid(x) - g * t,
    ranges: [
      [-4, 4],
      [-4, 4],
      [0, 1],
    ],
    tolerance: { ...SUM, anyZero: true },
    error: 1e-13,
  },
  probabilityCrossEntropyGrad: {
    f: (g, x, t) => g / (1 - x) - (g * t) / (x * (1 - x)),
    ranges: [
      [-4, 4],
      [0.02, 0.98],
      [0, 1],
    ],
    tolerance: { ...SUM, anyZero: true },
    error: 1e-13,
  },
};
