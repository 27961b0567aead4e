/** @file What layers.json holds: PyTorch's layers, what they start with and what they compute. */
import { readFileSync } from "node:fs";
import type { PythonValue } from "../../src/tensor/python-repr.ts";
import type { Argument, Encoded, InputSpec } from "./calls.ts";
import type { Encoding } from "./nn.ts";

export interface LayerRun {
  readonly mode: "train" | "eval";
  readonly args: readonly Argument[];
  readonly options?: Readonly<Record<string, Argument>>;
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly (Encoding & { readonly gradFn: string | null })[];
  /** For each input; null where there is none. */
  readonly grads: readonly (readonly Encoded[] | null)[];
  readonly parameterGrads: readonly (readonly [name: string, grad: readonly Encoded[] | null])[];
  /** After the run. */
  readonly buffers?: readonly (readonly [name: string, value: Encoding])[];
}

export interface LayerCase {
  readonly layer: string;
  readonly seed: number;
  readonly args: readonly PythonValue[];
  /** Under PyTorch's names. */
  readonly kwargs: Readonly<Record<string, PythonValue>>;
  /** After the layer was made, and the next number of `rand`, which tells how many were drawn. */
  readonly state: readonly (readonly [name: string, value: Encoding])[];
  readonly next: number;
  /** Whether parameter i then gets the numbers ((5·k + 3·i) mod 7 − 2.5) / 4. */
  readonly change?: boolean;
  readonly runs: readonly LayerRun[];
}

const golden: { readonly cases: readonly LayerCase[] } = JSON.parse(
  readFileSync(new URL("layers.json", import.meta.url), "utf8"),
);

export const layerCases = golden.cases;
