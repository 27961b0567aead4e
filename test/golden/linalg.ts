/** @file Reader of linalg.json: linear algebra as PyTorch computes it. */
import { readFileSync } from "node:fs";
import type { Numbers } from "./autograd.ts";
import type { Encoded } from "./calls.ts";

/** Functions of float64 matrices, by the names that the test has for them. */
export interface MatrixCase {
  readonly name: string;
  readonly inputs: readonly Numbers[];
  readonly outputs: readonly Numbers[];
  /** Gradients of the inputs from the weighted sum of the outputs. */
  readonly grads?: readonly (readonly Encoded[])[];
  /** Gradients of the inputs from the squares of those gradients. */
  readonly second?: readonly (readonly Encoded[] | null)[];
}

export interface LinalgGolden {
  readonly cases: readonly MatrixCase[];
  readonly plain: readonly MatrixCase[];
  readonly errors: readonly { readonly name: string; readonly message: string }[];
}

export const linalgGolden = JSON.parse(
  readFileSync(new URL("./data/linalg.json", import.meta.url), "utf8"),
) as LinalgGolden;
