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
  if (size < 1.5) {
    // From the smallest term on, so that rounding errors shrink. The 30th is below 2⁻⁵³ of the sum.
    let sum = 1;
    for (let k = 61; k >= 3; k -= 2) sum = 1 + (2 * x * x * sum) / k;
    return TWO_OVER_SQRT_PI * x * sum * expOfMinusSquare(x);
  }
  if (size > 6) return Math.sign(x);
  if (Number.isNaN(x)) return x;
  let fraction = size;
  for (let k = Math.ceil(200 / (x * x)); k >= 1; k--) fraction = size + k / 2 / fraction;
  return Math.sign(x) * (1 - expOfMinusSquare(x) / (fraction * Math.sqrt(Math.PI)));
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
