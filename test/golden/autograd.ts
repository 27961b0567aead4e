/** @file Reader of autograd.json: users' own functions and derivatives of functions, as PyTorch computes them. */
import { readFileSync } from "node:fs";
import type { Encoded } from "./calls.ts";

export interface Numbers {
  readonly shape: readonly number[];
  readonly values: readonly Encoded[];
}

/** Results nested as PyTorch nests its tuples. */
export type Nested = Numbers | readonly Nested[];

/** A program with a function of the user's, in float64. */
export interface FunctionProgram {
  readonly name: string;
  /** Elements of the one-dimensional leaves. */
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (Numbers & { readonly gradFn: string | null })[];
  /** The first output, printed. */
  readonly text: string;
  /** Gradients of the leaves from the weighted sum of the outputs. */
  readonly grads: readonly (readonly Encoded[] | null)[];
  /** Gradients of the leaves from the squares of those gradients. */
  readonly second?: readonly (readonly Encoded[] | null)[];
}

export interface DerivativeCase {
  readonly kind: "jacobian" | "hessian" | "vjp" | "jvp" | "vhp" | "hvp";
  readonly function: string;
  readonly inputs: readonly Numbers[];
  /** Whether the inputs are passed as an array. */
  readonly several: boolean;
  readonly v?: readonly Numbers[];
  readonly options?: { readonly createGraph?: boolean; readonly strict?: boolean };
  readonly result?: Nested;
  /** Gradients of the inputs from the weighted sum of the results, with createGraph. */
  readonly grads?: readonly (readonly Encoded[] | null)[];
  readonly fails?: string;
}

export const autogradGolden = JSON.parse(readFileSync(new URL("data/autograd.json", import.meta.url), "utf8")) as {
  readonly programs: readonly FunctionProgram[];
  readonly derivatives: readonly DerivativeCase[];
};
