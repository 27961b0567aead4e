/** @file What layers.json and attention.json hold: PyTorch's layers, what they start with and what they compute. */
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

/** A layer of PyTorch's and what it is made with, which may be layers. */
export interface LayerPart {
  readonly layer: string;
  readonly args: readonly (PythonValue | LayerPart)[];
  /** Under PyTorch's names. */
  readonly kwargs: Readonly<Record<string, PythonValue | LayerPart>>;
}

export interface LayerCase extends LayerPart {
  readonly seed: number;
  /** After the layer was made, and the next number of `rand`, which tells how many were drawn. */
  readonly state: readonly (readonly [name: string, value: Encoding])[];
  readonly next: number;
  /** Whether parameter i then gets the numbers ((5·k + 3·i) mod 7 − 2.5) / 4. */
  readonly change?: boolean;
  /** Each after seeding anew. */
  readonly runs: readonly LayerRun[];
}

function read(name: string): readonly LayerCase[] {
  const golden: { readonly cases: readonly LayerCase[] } = JSON.parse(
    readFileSync(new URL(name, import.meta.url), "utf8"),
  );
  return golden.cases;
}

export const layerCases = [...read("layers.json"), ...read("attention.json")];
