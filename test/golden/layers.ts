/** @file Reader of the goldens of layers: PyTorch's layers, their initial parameters and their results. */
import { readdirSync, readFileSync } from "node:fs";
import type { PythonValue } from "../../src/core/python-repr.ts";
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
  /** The printed form. */
  readonly text?: string;
  /** After the layer was made, and the next number of `rand`, which tells how many were drawn. */
  readonly state: readonly (readonly [name: string, value: Encoding])[];
  readonly next: number;
  /** Whether parameter i then gets the numbers ((5·k + 3·i) mod 7 − 2.5) / 4. */
  readonly change?: boolean;
  /** Each after seeding anew. */
  readonly runs: readonly LayerRun[];
}

const folder = new URL("data/", import.meta.url);

/** The cases of every file of this folder that has layers. */
export const layerCases: readonly LayerCase[] = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .sort()
  .flatMap((name) => {
    const { cases = [] } = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as { cases?: readonly LayerCase[] };
    return Array.isArray(cases) && cases[0]?.layer !== undefined ? cases : [];
  });

/**
 * Whether differences are taken for a case: of its first run, if that has few numbers and a result that is
 * differentiable. Random layers are seeded before every call. A padding row has no gradient by intent, whatever
 * differences say.
 */
export function isChecked({ state, kwargs, runs: [first] }: LayerCase): boolean {
  if ("padding_idx" in kwargs) return false;
  if (first === undefined || !first.outputs.some((out) => out.gradFn !== null)) return false;
  const count = (parts: readonly { readonly values: readonly unknown[] }[]) =>
    parts.reduce((total, { values }) => total + values.length, 0);
  return count(first.inputs) + count(state.map(([, value]) => value)) <= 100;
}
