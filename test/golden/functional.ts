/** @file Reader of functional.json: calls of PyTorch's nn.functional with results and gradients. */
import { readFileSync } from "node:fs";
import type { DType } from "../../kernels/backend.ts";
import type { Argument, Encoded, InputSpec } from "./calls.ts";

export interface FunctionalCase {
  readonly op: string;
  readonly args: readonly Argument[];
  readonly options?: Readonly<Record<string, Argument>>;
  readonly inputs: readonly InputSpec[];
  /** PyTorch's message, if it refuses the call. */
  readonly error?: string;
  readonly outputs?: readonly {
    readonly shape: readonly number[];
    readonly dtype: DType;
    readonly values: readonly Encoded[];
    readonly gradFn: string | null;
  }[];
  /** For each input, from the upstream gradients that both sides know; null where there is none. */
  readonly grads?: readonly (readonly Encoded[] | null)[];
  /** Whether differences can tell the gradients. */
  readonly check?: boolean;
}

const golden: { readonly cases: readonly FunctionalCase[] } = JSON.parse(
  readFileSync(new URL("data/functional.json", import.meta.url), "utf8"),
);

export const functionalCases = golden.cases;
