/** @file The numbers that PyTorch has by name. */

/**
 * The ratio of a circle's circumference to its diameter.
 *
 * @example pi.toFixed(5); // 3.14159
 */
export const pi = Math.PI;

/**
 * The base of the natural logarithm.
 *
 * @example e.toFixed(5); // 2.71828
 */
export const e = Math.E;

/**
 * Infinity.
 *
 * @example zeros(2).fill_(-inf); // tensor([-inf, -inf])
 */
export const inf = Number.POSITIVE_INFINITY;

/**
 * Not a number.
 *
 * @example full([2], nan).isnan(); // tensor([True, True])
 */
export const nan = Number.NaN;
