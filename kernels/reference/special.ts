/** @file Scalar functions that JavaScript's Math lacks or defines differently from C. */

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/**
 * Error function, to a few units of the last place of a double.
 *
 * Below 1.5 the series erf x = 2/√π · e^(−x²) · Σ 2ᵏ x^(2k+1) / (2k+1)!!, whose terms are all positive. Above, one
 * minus the continued fraction of erfc (Abramowitz and Stegun 7.1.6 and 7.1.14).
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size < 0.75) {
    // Taylor's series, Σ (−1)ᵏ x^(2k+1) / (k!·(2k + 1)), from the smallest term on.
    let sum = 0;
    for (let k = 16; k >= 1; k--) sum = ((x * x) / k) * (1 / (2 * k + 1) - sum);
    return TWO_OVER_SQRT_PI * x * (1 - sum);
  }
  if (size < 1.5) {
    // From the smallest term on, so that rounding errors shrink. The 30th is below 2⁻⁵³ of the sum.
    let sum = 1;
    for (let k = 61; k >= 3; k -= 2) sum = 1 + (2 * x * x * sum) / k;
    return TWO_OVER_SQRT_PI * x * sum * expOfMinusSquare(x);
  }
  if (size > 6) return Math.sign(x);
  if (Number.isNaN(x)) return x;
  return Math.sign(x) * (1 - erfcOfLarge(size));
}

/** 1 − erf x, without cancellation where erf x is near 1. */
export function erfc(x: number): number {
  if (x > 28) return 0;
  if (x < -7) return 2;
  return x > 0.75 ? erfcOfLarge(x) : x < -1.5 ? 2 - erfcOfLarge(-x) : 1 - erf(x);
}

/** The continued fraction of erfc, for x ≥ ¾. */
function erfcOfLarge(x: number): number {
  let fraction = x;
  for (let k = Math.ceil(200 / (x * x)) + 10; k >= 1; k--) fraction = x + k / 2 / fraction;
  return expOfMinusSquare(x) / (fraction * Math.sqrt(Math.PI));
}

/**
 * The inverse of erf, by Newton's method. It starts from Winitzki's approximation (2008); near ±1 it inverts erfc, which
 * has more digits there.
 */
export function erfinv(y: number): number {
  const size = Math.abs(y);
  if (!(size < 1)) return size === 1 ? y * Infinity : Number.NaN;
  if (y === 0) return y;
  const log = Math.log1p(-y * y);
  const half = 2 / (Math.PI * 0.147) + log / 2;
  let x = Math.sqrt(Math.sqrt(half * half - log / 0.147) - half);
  for (let step = 0; step < 4; step++) {
    const error = size > 0.5 ? 1 - size - erfc(x) : erf(x) - size;
    const change = error / (TWO_OVER_SQRT_PI * Math.exp(-x * x));
    // Halley's method: the second derivative of erf is −2x times the first.
    x -= change / (1 + x * change);
  }
  return Math.sign(y) * x;
}

/** Bernoulli numbers over 2k(2k − 1), the coefficients of Stirling's series for log Γ. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];

/** From here on Stirling's series has a double's precision. */
const MIN_STIRLING = 10;

/** Taylor coefficients of log Γ(2 + d), lowest power first: 1 − γ, then (−1)ᵏ·(ζ(k) − 1) / k. For |d| ≤ ½ to 3e-17. */
const LOG_GAMMA_AT_2 = [
  0.42278433509846713, 0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673985,
  0.0028905103307415234, -0.001192753911703261, 0.0005096695247430425, -0.00022315475845357939, 9.945751278180853e-5,
  -4.492623673813314e-5, 2.050721277567069e-5, -9.439488275268397e-6, 4.374866789907488e-6, -2.039215753801366e-6,
  9.55141213040742e-7, -4.492469198764566e-7, 2.1207184805554667e-7, -1.00432248239681e-7, 4.7698101693639804e-8,
  -2.2711094608943164e-8, 1.0838659214896955e-8, -5.183475041970047e-9, 2.4836745438024785e-9, -1.1921401405860912e-9,
];

/** log |Γ(x)|; infinite at 0 and the negative integers. */
export function lgamma(x: number): number {
  if (x < 0.5) {
    if (x === Math.floor(x)) return Infinity;
    // Γ(x)·Γ(1 − x) = π / sin(πx)
    return Math.log(Math.PI / Math.abs(sinPi(x))) - lgamma(1 - x);
  }
  if (x < MIN_STIRLING) {
    // Γ(x) = Γ(2 + d)·product, or Γ(2 + d) / x.
    let product = 1;
    let y = x;
    while (y >= 2.5) product *= --y;
    const d = y < 1.5 ? y - 1 : y - 2;
    const near = LOG_GAMMA_AT_2.reduceRight((sum, c) => sum * d + c, 0) * d;
    return y < 1.5 ? near - Math.log1p(d) : near + Math.log(product);
  }
  if (x === Infinity || Number.isNaN(x)) return x;
  const square = 1 / (x * x);
  const series = STIRLING.reduceRight((sum, c) => sum * square + c, 0) / x;
  return (x - 0.5) * (Math.log(x) - 1) + (Math.log(2 * Math.PI) - 1) / 2 + series;
}

/** sin(πx), exact at integers. */
function sinPi(x: number): number {
  const whole = Math.round(x);
  return Math.sin(Math.PI * (x - whole)) * (whole % 2 === 0 ? 1 : -1);
}

/** The derivative of log Γ(x); as in PyTorch −∞ at 0 (∞ at −0) and NaN at the negative integers. */
export function digamma(x: number): number {
  if (x === 0) return Object.is(x, -0) ? Infinity : -Infinity;
  if (x < 0) {
    if (x === Math.floor(x)) return Number.NaN;
    const part = x - Math.round(x);
    return digamma(1 - x) - Math.PI / Math.tan(Math.PI * part);
  }
  let shift = 0;
  let y = x;
  for (; y < MIN_STIRLING; y++) shift += 1 / y;
  const square = 1 / (y * y);
  // The derivative of Stirling's series.
  const series = STIRLING.reduceRight((sum, c, k) => sum * square + c * (2 * k + 1), 0) * square;
  return Math.log(y) - 1 / (2 * y) - series - shift;
}

/** e^(−x²) without the rounding error of x²: the square of the float32 next to x is exact. */
function expOfMinusSquare(x: number): number {
  const near = Math.fround(x);
  return Math.exp(-near * near) * Math.exp((near - x) * (near + x));
}

/** Nearest integer; halves go to the even one. */
export function roundHalfEven(x: number): number {
  return Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x);
}

/** 1 / (1 + e⁻ˣ), without overflow of the exponential. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** C's pow: unlike JavaScript's, 1 to any power is 1, and so is −1 to an infinite one. */
export function pow(x: number, y: number): number {
  if (x === 1) return 1;
  if (x === -1 && (y === Infinity || y === -Infinity)) return 1;
  return x ** y;
}

/** Power modulo 2³². A negative exponent gives 0, except that the bases 1 and −1 have integer inverses. */
export function powInteger(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? 1 - 2 * (y & 1) : 0;
  let result = 1;
  for (let square = x, left = y; left > 0; left >>>= 1) {
    if (left & 1) result = Math.imul(result, square);
    square = Math.imul(square, square);
  }
  return result;
}

/** Rest of the division with the sign of the divisor. */
export function remainder(x: number, y: number): number {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}

/** The quotient rounded down, from the exact rest, so that a rounded quotient cannot end one too high. */
export function floorDivide(x: number, y: number): number {
  if (y === 0) return x / y;
  const rest = x % y;
  const quotient = (x - rest) / y;
  const down = rest !== 0 && rest < 0 !== y < 0 ? quotient - 1 : quotient;
  if (down === 0) return x / y < 0 || Object.is(x / y, -0) ? -0 : 0;
  return down - Math.floor(down) > 0.5 ? Math.floor(down) + 1 : Math.floor(down);
}
