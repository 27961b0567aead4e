/** @file Deterministic algorithms: there are no others here. */
import { keyword, required, signature } from "./arguments.ts";
import { aBoolean } from "./kinds.ts";

const USE = signature("useDeterministicAlgorithms", { mode: required(aBoolean), warnOnly: keyword(aBoolean, false) });

/**
 * Accepted for compatibility with PyTorch, and without effect: every operation is deterministic here. The same program
 * with the same seed, number of threads and BLAS gives the same numbers.
 *
 * @example useDeterministicAlgorithms(true);
 */
export function useDeterministicAlgorithms(mode: boolean, options?: { readonly warnOnly?: boolean | undefined }): void {
  USE.read([mode, options]);
}

/**
 * Whether only deterministic algorithms are used: always true.
 *
 * @example areDeterministicAlgorithmsEnabled(); // true
 */
export function areDeterministicAlgorithmsEnabled(): boolean {
  return true;
}
