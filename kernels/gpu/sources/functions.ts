/** @file The primitives that are no operators of gpu.js's dialect, as statements: `x` and `y` come in, a value is returned. */
import type { Expr, Math1, Math2 } from "../../ir/expression.ts";
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
// 1 − e would round where e is small, and take digits from what is left to 1.
const t = 1 - 2 * e / (1 + e);
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
 * A result of each pair of bits of two integers, a and b, in two's complement, from the highest down: bit k is
 * ⌊x/2ᵏ⌋ − 2·⌊x/2ᵏ⁺¹⌋, also of a negative x, and the numbers are exact throughout, as multiplying by a power of two is.
 * The first one is 2⁻²⁵.
 */
const bits = (result: string): string => `
let unit = 0.000000029802322387695312;
let xHigh = Math.floor(x * unit);
let yHigh = Math.floor(y * unit);
let a = -xHigh;
let b = -yHigh;
let r = -(${result});
for (let k = 0; k < 25; k++) {
  unit *= 2;
  const xNext = Math.floor(x * unit);
  const yNext = Math.floor(y * unit);
  a = xNext - 2 * xHigh;
  b = yNext - 2 * yHigh;
  r = 2 * r + ${result};
  xHigh = xNext;
  yHigh = yNext;
}
return r;`;

/**
 * Long division in base two, every step of which is exact: the largest multiple of the divisor by a power of two is taken
 * off, then its half and so on. GLSL's `mod` rounds the quotient, and then nothing of a large one's remainder is right.
 */
const FMOD = `
if (y === 0) { return nan; }
const size = Math.abs(y);
if (Math.abs(x) > ${LARGEST} || ${isNaNOf("x")} || ${isNaNOf("y")}) { return nan; }
if (size > ${LARGEST}) { return x; }
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
return x < 0 ? -r : r;`;

/** Neither language has a word for these, so functions that give them get them as arguments. */
export const CONSTANTS: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity };

/** The {@link CONSTANTS} that a function uses. */
export function constantsIn(statements: string): string[] {
  return Object.keys(CONSTANTS).filter((name) => new RegExp(`\\b${name}\\b`).test(statements));
}

/** erfc of a size ≥ 1 by the continued fraction, elsewhere 1 − erf. */
const ERFC = `
const size = Math.abs(x);
let sum = 1;
for (let k = 0; k < 22; k++) { sum = 1 + 2 * x * x * sum / (45 - 2 * k); }
let fraction = size;
for (let j = 0; j < 40; j++) { fraction = size + (40 - j) / 2 / fraction; }
const tail = Math.exp(-x * x) / (fraction * 1.772453850905516);
if (size < 1) { return 1 - 1.1283791670955126 * x * sum * Math.exp(-x * x); }
return x > 0 ? tail : 2 - tail;`;

/** Giles's polynomials in −log(1 − x²) (2012), for single precision. */
const ERFINV = `
if (Math.abs(x) > 1) { return nan; }
if (x === 1) { return inf; }
if (x === -1) { return -inf; }
const w = -Math.log((1 - x) * (1 + x));
if (w < 5) {
  const u = w - 2.5;
  return x * (1.50140941 + u * (0.246640727 + u * (-0.00417768164 + u * (-0.00125372503 + u * (0.000218580870 + u * (-0.00000439150654 + u * (-0.00000352338770 + u * (0.000000343273939 + u * 0.0000000281022636))))))));
}
const u = Math.sqrt(w) - 3;
return x * (2.83297682 + u * (1.00167406 + u * (0.00943887047 + u * (-0.0076224613 + u * (0.00573950773 + u * (-0.00367342844 + u * (0.00134934322 + u * (0.000100950558 - u * 0.000200214257))))))));`;

/** Sine and cosine of an angle in ±π/2. */
const SIN_COS = `
const u = angle * angle;
const sin = angle * (1 - u / 6 * (1 - u / 20 * (1 - u / 42 * (1 - u / 72 * (1 - u / 110 * (1 - u / 156))))));
const cos = 1 - u / 2 * (1 - u / 12 * (1 - u / 30 * (1 - u / 56 * (1 - u / 90 * (1 - u / 132)))));`;

/** Coefficients of log Γ(2 + t): 1 − γ, then ±(ζ(k) − 1) / k. */
const LOG_GAMMA_AT_2 = [
  0.4227843350984671, 0.3224670334241132, -0.0673523010531981, 0.02058080842778455, -0.00738555102867398,
  0.00289051033074152, -0.00119275391170326, 0.000509669524743042, -0.000223154758453579, 0.0000994575127818,
  -0.0000449262367381, 0.0000205072127757,
].reduceRight((rest, factor) => (rest === "" ? `${factor}` : `${factor} + t * (${rest})`), "");

/** Stirling's series beyond 8; smaller x are brought to 2 ± ½, where Taylor's cancels nothing; for x < ½ the reflection. */
const LGAMMA = `
if (Math.abs(x) > ${LARGEST}) { return inf; }
if (x <= 0 && x === Math.floor(x)) { return inf; }
let y = x < 0.5 ? 1 - x : x;
const v = 1 / (y * y);
const series = (0.08333333333333333 - v * (0.002777777777777778 - v * 0.0007936507936507937)) / y;
let big = (y - 0.5) * Math.log(y) - y + 0.9189385332046727 + series;
if (y < 8) {
  let product = 1;
  for (let k = 0; k < 6; k++) { if (y > 2.5) { y = y - 1; product = product * y; } }
  if (y < 1.5) { product = 1 / y; y = y + 1; }
  const t = y - 2;
  big = Math.log(product) + t * (${LOG_GAMMA_AT_2});
}
const angle = 3.141592653589793 * (x - Math.floor(x + 0.5));
${SIN_COS}
return x < 0.5 ? Math.log(3.141592653589793 / Math.abs(sin)) - big : big;`;

/** The derivative of Stirling's series beyond 8, which smaller x are brought to; for x < 0 the reflection. */
const DIGAMMA = `
if (x === 0) { return 1 / x < 0 ? inf : -inf; }
if (x < 0 && x === Math.floor(x)) { return nan; }
let y = x < 0 ? 1 - x : x;
let shift = 0;
for (let k = 0; k < 8; k++) { if (y < 8) { shift = shift + 1 / y; y = y + 1; } }
const v = 1 / (y * y);
const big = Math.log(y) - 0.5 / y - v * (0.08333333333333333 - v * (0.008333333333333333 - v * 0.003968253968253968)) - shift;
const angle = 3.141592653589793 * (x - Math.floor(x + 0.5));
${SIN_COS}
return x < 0 ? big - 3.141592653589793 * cos / sin : big;`;

/** Infinity is its own logarithm, which not every GPU knows. */
function logarithm(factor: string): string {
  return `if (x < 0) { return nan; }\nif (x === 0) { return -inf; }\nif (x > ${LARGEST}) { return x; }\nreturn Math.log(x) * ${factor};`;
}

/** NaN goes through functions of two arguments that would otherwise compare it away. */
function keepingBoth(statements: string): string {
  return `if (${isNaNOf("x")}) { return x; }\nif (${isNaNOf("y")}) { return y; }\n${statements}`;
}

/** Primitives that take several statements. */
type Primitive = Math1 | Math2 | "nearest" | "sqrt" | "max" | "min" | "bitAnd" | "bitOr" | "bitXor" | "intPow";

export const FUNCTIONS: Readonly<Record<Primitive, string>> = {
  exp: keepingNaN("return Math.exp(x);"),
  log: keepingNaN(LOG),
  log1p: keepingNaN(`if (x < -1) { return nan; }\nif (x === -1) { return -inf; }\n${LOG1P}`),
  expm1: keepingNaN(EXPM1),
  sqrt: keepingNaN("return x < 0 ? nan : Math.sqrt(x);"),
  sin: keepingNaN(sine(0)),
  cos: keepingNaN(sine(1)),
  tanh: keepingNaN(TANH),
  sigmoid: keepingNaN("const e = Math.exp(-Math.abs(x));\nreturn x >= 0 ? 1 / (1 + e) : e / (1 + e);"),
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
  log2: keepingNaN(logarithm("1.4426950408889634")),
  log10: keepingNaN(logarithm("0.4342944819032518")),
  nearest: keepingNaN(ROUND),
  erfc: keepingNaN(ERFC),
  erfinv: keepingNaN(ERFINV),
  lgamma: keepingNaN(LGAMMA),
  digamma: keepingNaN(DIGAMMA),
  pow: POW,
  atan2: keepingBoth(inverses.ATAN2),
  fmod: FMOD,
  bitAnd: bits("a * b"),
  bitOr: bits("(a + b - a * b)"),
  bitXor: bits("(a + b - 2 * a * b)"),
  max: keepingBoth("return x > y ? x : y;"),
  min: keepingBoth("return x < y ? x : y;"),
  // Powers are not exact.
  intPow: POW.replace(/return ([^;]*);/g, "return Math.floor(($1) + 0.5);"),
};

export function isFunction(op: Expr["op"]): op is keyof typeof FUNCTIONS {
  return op in FUNCTIONS;
}
