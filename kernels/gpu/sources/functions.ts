/** @file The element-wise functions, as statements in gpu.js's dialect: `x` and `y` come in, a value is returned. */
import type { BinaryOp, UnaryOp } from "../../backend.ts";
import { TAKE_QUARTER_TURNS } from "./quarter-turns.ts";
import * as inverses from "./trigonometric.ts";

/** Largest finite float32. Nothing compares with NaN, so NaN is neither below nor above it. */
const LARGEST = "3.4028234663852886e38";

/** True for NaN alone. `x !== x` would not do: compilers for the GPU may take it for false. */
export function isNaNOf(x: string): string {
  return `(!(${x} <= ${LARGEST}) && !(${x} > ${LARGEST}))`;
}

/** Nearest integer; halves go to the even one. */
const ROUND = `
let r = Math.floor(x + 0.5);
if (r - x === 0.5 && r - 2 * Math.floor(r / 2) > 0.5) { r -= 1; }
if (Math.abs(x) >= 8388608) { r = x; }
return r;`;

/** Near 0 a series, elsewhere the exponential: eˣ − 1 would lose all digits of a small x. */
const EXPM1 = `
if (Math.abs(x) < 0.35) {
  return x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6 * (1 + x / 7 * (1 + x / 8)))))));
}
return Math.exp(x) - 1;`;

/** log(1 + x) = 2·artanh(x / (2 + x)) near 0, by its series. */
const LOG1P = `
if (Math.abs(x) < 0.35) {
  const t = x / (2 + x);
  const u = t * t;
  return 2 * t * (1 + u * (1 / 3 + u * (1 / 5 + u * (1 / 7 + u * (1 / 9 + u / 11)))));
}
return x > ${LARGEST} ? x : Math.log(1 + x);`;

/** Infinity is its own logarithm, which not every GPU knows. */
const LOG = `
if (x < 0) { return nan; }
if (x === 0) { return -inf; }
return x > ${LARGEST} ? x : Math.log(x);`;

/**
 * sin(x + shift·π/2). The sines of GPUs may be off by 2⁻¹¹, so x is brought to ±π/4 by taking off quarter turns, and the
 * rest is a series.
 */
function sine(shift: 0 | 1): string {
  return `
if (Math.abs(x) > ${LARGEST}) { return nan; }
${TAKE_QUARTER_TURNS}
const quadrant = (turns + ${shift}) - 4 * Math.floor((turns + ${shift}) / 4);
const u = r * r;
const sin = r * (1 - u / 6 * (1 - u / 20 * (1 - u / 42 * (1 - u / 72))));
const cos = 1 - u / 2 * (1 - u / 12 * (1 - u / 30 * (1 - u / 56 * (1 - u / 90))));
const size = quadrant === 1 || quadrant === 3 ? cos : sin;
return quadrant >= 2 ? -size : size;`;
}

/** tanh of a small number by its series; of a large one without an overflowing exponential. */
const TANH = `
const size = Math.abs(x);
if (size < 0.3) {
  const u = x * x;
  return x * (1 - u * (1 / 3 - u * (2 / 15 - u * (17 / 315 - u * (62 / 2835 - u * 1382 / 155925)))));
}
if (size > 10) { return x > 0 ? 1 : -1; }
const e = Math.exp(-2 * size);
const t = (1 - e) / (1 + e);
return x < 0 ? -t : t;`;

/**
 * The series 2/√π · e^(−x²) · Σ 2ᵏ x^(2k+1) / (2k+1)!! for small x, else one minus the continued fraction of erfc
 * (Abramowitz and Stegun 7.1.6 and 7.1.14).
 */
const ERF = `
const size = Math.abs(x);
if (size > 4) { return x > 0 ? 1 : -1; }
if (size < 1.75) {
  let sum = 1;
  for (let k = 0; k < 22; k++) { sum = 1 + 2 * x * x * sum / (45 - 2 * k); }
  return 1.1283791670955126 * x * sum * Math.exp(-x * x);
}
let fraction = size;
for (let j = 0; j < 40; j++) { fraction = size + (40 - j) / 2 / fraction; }
const tail = Math.exp(-x * x) / (fraction * 1.772453850905516);
return x > 0 ? 1 - tail : tail - 1;`;

/** NaN goes through functions that would otherwise compare it away. */
function keepingNaN(statements: string): string {
  return `if (${isNaNOf("x")}) { return x; }\n${statements}`;
}

/** Of one argument. */
export const UNARY: Record<UnaryOp, string> = {
  neg: "return -x;",
  abs: "return Math.abs(x);",
  sign: "return x > 0 ? 1 : (x < 0 ? -1 : 0);",
  exp: keepingNaN("return Math.exp(x);"),
  log: keepingNaN(LOG),
  log1p: keepingNaN(`if (x < -1) { return nan; }\nif (x === -1) { return -inf; }\n${LOG1P}`),
  expm1: keepingNaN(EXPM1),
  sqrt: keepingNaN("return x < 0 ? nan : Math.sqrt(x);"),
  rsqrt: keepingNaN("return x < 0 ? nan : 1 / Math.sqrt(x);"),
  reciprocal: "return 1 / x;",
  sin: keepingNaN(sine(0)),
  cos: keepingNaN(sine(1)),
  tanh: keepingNaN(TANH),
  sigmoid: keepingNaN("const e = Math.exp(-Math.abs(x));\nreturn x >= 0 ? 1 / (1 + e) : e / (1 + e);"),
  relu: keepingNaN("return x < 0 ? 0 : x;"),
  erf: keepingNaN(ERF),
  tan: keepingNaN(inverses.TAN),
  asin: keepingNaN(inverses.ASIN),
  acos: keepingNaN(inverses.ACOS),
  atan: keepingNaN(inverses.ATAN),
  sinh: keepingNaN(inverses.SINH),
  cosh: keepingNaN(inverses.COSH),
  asinh: keepingNaN(inverses.ASINH),
  acosh: keepingNaN(inverses.ACOSH),
  atanh: keepingNaN(inverses.ATANH),
  exp2: keepingNaN("return Math.exp(x * 0.6931471805599453);"),
  log2: keepingNaN(
    "if (x < 0) { return nan; }\nif (x === 0) { return -inf; }\nif (x > LARGEST) { return x; }\nreturn Math.log(x) * 1.4426950408889634;".replace(
      "LARGEST",
      LARGEST,
    ),
  ),
  log10: keepingNaN(
    "if (x < 0) { return nan; }\nif (x === 0) { return -inf; }\nif (x > LARGEST) { return x; }\nreturn Math.log(x) * 0.4342944819032518;".replace(
      "LARGEST",
      LARGEST,
    ),
  ),
  floor: "return Math.floor(x);",
  ceil: "return Math.ceil(x);",
  round: keepingNaN(ROUND),
  trunc: keepingNaN("return x < 0 ? Math.ceil(x) : Math.floor(x);"),
  isnan: `return ${isNaNOf("x")} ? 1 : 0;`,
  isfinite: `return Math.abs(x) <= ${LARGEST} ? 1 : 0;`,
  logicalNot: "return x === 0 ? 1 : 0;",
};

/** The power of WGSL and GLSL is for positive bases. */
const POW = `
if (y === 0 || x === 1) { return 1; }
if (${isNaNOf("x")}) { return x; }
if (${isNaNOf("y")}) { return y; }
if (y === 1) { return x; }
if (y === 2) { return x * x; }
const size = Math.abs(x);
const odd = Math.floor(y) === y && Math.abs(y) < 16777216 && y - 2 * Math.floor(y / 2) > 0.5;
let power = 0;
if (size === 1) { power = 1; }
else if (size === 0) { power = y > 0 ? size : 1 / size; }
else if (Math.abs(y) > ${LARGEST}) { power = (size > 1) === (y > 0) ? Math.abs(y) : 0; }
else if (size > ${LARGEST}) { power = y > 0 ? size : 0; }
else { power = Math.pow(size, y); }
if (x < 0 && Math.floor(y) !== y && Math.abs(y) < 16777216 && size <= ${LARGEST}) { return nan; }
return odd && (x < 0 || (x === 0 && 1 / x < 0)) ? -power : power;`;

/**
 * Long division in base two, every step of which is exact: the largest multiple of the divisor by a power of two is taken
 * off, then its half and so on. GLSL's `mod` rounds the quotient, and then nothing of a large one's remainder is right.
 */
const REMAINDER = `
if (y === 0) { return nan; }
const size = Math.abs(y);
if (Math.abs(x) > ${LARGEST} || ${isNaNOf("x")} || ${isNaNOf("y")}) { return nan; }
if (size > ${LARGEST}) { return x === 0 || (x < 0) === (y < 0) ? x : y; }
let r = Math.abs(x);
let part = size;
for (let k = 0; k < 280; k++) {
  if (part > r / 2) { break; }
  part *= 2;
}
for (let j = 0; j < 281; j++) {
  if (part < size) { break; }
  if (r >= part) { r -= part; }
  part /= 2;
}
if (x < 0) { r = -r; }
if (r !== 0 && (r < 0) !== (y < 0)) { r += y; }
return r;`;

function extreme(sign: "<" | ">"): string {
  return `if (${isNaNOf("x")}) { return x; }\nif (${isNaNOf("y")}) { return y; }\nreturn x ${sign} y ? x : y;`;
}

/** Of two arguments. */
export const BINARY: Record<BinaryOp, string> = {
  add: "return x + y;",
  sub: "return x - y;",
  mul: "return x * y;",
  div: "return x / y;",
  pow: POW,
  maximum: extreme(">"),
  minimum: extreme("<"),
  remainder: REMAINDER,
  floorDivide: `if (${isNaNOf("x")}) { return x; }\nif (${isNaNOf("y")}) { return y; }\n${inverses.FLOOR_DIVIDE}`,
  atan2: `if (${isNaNOf("x")}) { return x; }\nif (${isNaNOf("y")}) { return y; }\n${inverses.ATAN2}`,
  eq: "return x === y ? 1 : 0;",
  ne: "return x === y ? 0 : 1;",
  lt: "return x < y ? 1 : 0;",
  le: "return x <= y ? 1 : 0;",
  gt: "return x > y ? 1 : 0;",
  ge: "return x >= y ? 1 : 0;",
  logicalAnd: "return x === 0 || y === 0 ? 0 : 1;",
  logicalOr: "return x === 0 && y === 0 ? 0 : 1;",
  // Written so that the gradient passes where the result is NaN, as in PyTorch.
  reluGrad: "return y <= 0 ? 0 : x;",
  sigmoidGrad: "return x * y * (1 - y);",
  tanhGrad: "return x * (1 - y * y);",
};

/** Neither language has a word for these, so functions that give them get them as arguments. */
export const CONSTANTS: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity };

/** The {@link CONSTANTS} that a function uses. */
export function constantsIn(statements: string): string[] {
  return Object.keys(CONSTANTS).filter((name) => new RegExp(`\\b${name}\\b`).test(statements));
}

/** min(max(x, low), high); NaN stays NaN, and a bound that is NaN gives NaN. */
export const CLAMP = `
if (${isNaNOf("x")}) { return x; }
if (${isNaNOf("low")}) { return low; }
if (${isNaNOf("high")}) { return high; }
const raised = x < low ? low : x;
return raised > high ? high : raised;`;

/** To integers of 8 bits, of 32, and to booleans. */
export const CASTS = {
  int32: "return x < 0 ? Math.ceil(x) : Math.floor(x);",
  uint8: "const whole = x < 0 ? Math.ceil(x) : Math.floor(x);\nreturn whole - 256 * Math.floor(whole / 256);",
  bool: "return x === 0 ? 0 : 1;",
} as const;
