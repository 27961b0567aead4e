/** @file Who computes decompositions in this process: the system's LAPACK where there is one, else JavaScript. */
import type { Decompositions } from "./decompositions.ts";
import { javascript } from "./javascript.ts";
import { searchLapack } from "./lapack.ts";

let found: Decompositions | undefined;

/** The decompositions in use. The first call looks for a LAPACK. */
export function systemDecompositions(): Decompositions {
  found ??= searchLapack() ?? javascript;
  return found;
}
