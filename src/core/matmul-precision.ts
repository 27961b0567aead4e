/** @file The precision of matrix products, of which there is one. */
import { required, signature } from "./arguments.ts";
import { oneOf } from "./kinds.ts";

/** How precise products of float32 have to be. */
export type MatmulPrecision = "highest" | "high" | "medium";

const SET = signature("setFloat32MatmulPrecision", { precision: required(oneOf("highest", "high", "medium")) });

let current: MatmulPrecision = "highest";

/**
 * Accepted for programs written for PyTorch, and without effect: products of float32 are computed in float32, as with
 * "highest".
 *
 * @example setFloat32MatmulPrecision("high");
 */
export function setFloat32MatmulPrecision(precision: MatmulPrecision): void {
  current = SET.read([precision]).precision;
}

/**
 * What {@link setFloat32MatmulPrecision} was called with: "highest" at first.
 *
 * @example
 * ```ts
 * setFloat32MatmulPrecision("highest");
 * getFloat32MatmulPrecision(); // highest
 * ```
 */
export function getFloat32MatmulPrecision(): MatmulPrecision {
  return current;
}
