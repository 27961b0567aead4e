/** @file Reader of functional.json and functional-layers.json: calls of PyTorch's nn.functional with results and gradients. */
import { readFileSync } from "node:fs";
import type { DType } from "../../kernels/backend.ts";
import type { Argument, Encoded, InputSpec } from "./calls.ts";

export interface FunctionalCase {
  readonly op: string;
  readonly args: readonly Argument[];
  readonly options?: Readonly<Record<string, Argument>>;
  readonly inputs: readonly InputSpec[];
  /** Of the random numbers that the function draws. */
  readonly seed?: number;
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

export const functionalCases: readonly FunctionalCase[] = ["functional", "functional-layers"].flatMap((name) => {
  const text = readFileSync(new URL(`data/${name}.json`, import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly cases: readonly FunctionalCase[] }).cases;
});
