/** @file Fused multiply-add: a·b + c with a single rounding, as in compiled PyTorch. */

/** `a·b + c` of float32 numbers, rounded once to float32. */
export function fma32(a: number, b: number, c: number): number {
  const product = a * b; // exact: 48 bits at most
  const sum = product + c;
  const rounded = Math.fround(sum);
  // Rounding twice goes wrong only where the double lies halfway between two floats: then `rounded` mirrored at it
  // is the other float.
  const mirrored = 2 * sum - rounded;
  if (mirrored === rounded || Math.fround(mirrored) !== mirrored) return rounded;
  const part = sum - product;
  const lost = product - (sum - part) + (c - part);
  if (lost === 0 || Math.abs(rounded) === Infinity) return rounded;
  return lost > 0 ? Math.max(rounded, mirrored) : Math.min(rounded, mirrored);
}

/** Splits a double into two halves of 26 bits (Veltkamp): 2²⁷ + 1. */
const SPLITTER = 134217729;

/**
 * `a·b + c` rounded once to float64, by Dekker's exact product and Knuth's exact sum. Where the halves overflow
 * (factors above 2⁹⁹⁶) or what the product loses underflows (products below 2⁻⁹⁶⁹), it is the plain expression.
 */
export function fma64(a: number, b: number, c: number): number {
  const product = a * b;
  const aBig = SPLITTER * a;
  const aHigh = aBig - (aBig - a);
  const aLow = a - aHigh;
  const bBig = SPLITTER * b;
  const bHigh = bBig - (bBig - b);
  const bLow = b - bHigh;
  const productLost = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  const sum = product + c;
  const part = sum - product;
  const sumLost = product - (sum - part) + (c - part);
  const result = sum + (sumLost + productLost);
  return Number.isFinite(result) ? result : product + c;
}
