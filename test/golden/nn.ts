/** @file Reader of nn.json: PyTorch's losses, initial values, layers and state dictionaries. */
import { readFileSync } from "node:fs";
import type { DType } from "../../kernels/backend.ts";
import { type Tensor, tensor } from "../../src/entry/index.ts";
import { decode } from "./print.ts";

type Encoded = Parameters<typeof decode>[0];

/** A tensor: its elements in row-major order. */
export interface Encoding {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: readonly Encoded[];
}

/** One call of a loss. Tensors are named in {@link NNGolden.tensors}, also those among the options. */
export interface LossCase {
  readonly function: "crossEntropy" | "nllLoss" | "mseLoss" | "l1Loss" | "binaryCrossEntropyWithLogits";
  readonly input: string;
  readonly target: string;
  readonly options: Readonly<Record<string, string | number>>;
  /** PyTorch's message, if it refuses the call. */
  readonly error?: string;
  readonly gradFn?: string;
  readonly output?: Encoding;
  /** Gradients of Σ output·linspace(0.5, 1.5), for the input and for a target of floats. */
  readonly grad?: readonly Encoded[];
  readonly targetGrad?: readonly Encoded[];
}

/** Random results are followed by the next number of `rand`, which tells how many were drawn. */
interface NNGolden {
  readonly names: Readonly<
    Record<
      "parameters" | "prefixed" | "buffers" | "modules" | "children" | "blockChildren" | "state" | "applied",
      readonly string[]
    >
  >;
  readonly tensors: readonly (readonly [name: string, tensor: Encoding])[];
  readonly losses: readonly LossCase[];
  readonly init: readonly {
    readonly name: string;
    readonly seed: number;
    readonly args: readonly (number | string)[];
    readonly result: Encoding;
    readonly next: number;
  }[];
  readonly gains: readonly (readonly [nonlinearity: string, param: number | null, gain: number])[];
  readonly linear: readonly {
    readonly seed: number;
    readonly args: readonly [inFeatures: number, outFeatures: number, bias?: boolean];
    readonly dtype: DType;
    readonly weight: Encoding;
    readonly bias?: Encoding;
    readonly input: Encoding;
    readonly output: Encoding;
    readonly next: number;
  }[];
  readonly dropout: readonly {
    readonly seed: number;
    readonly p: number;
    readonly input: Encoding;
    readonly output: Encoding;
    readonly grad: readonly Encoded[];
    readonly next: number;
  }[];
  readonly loading: readonly {
    /** New shapes in the state dictionary; null takes the key away. */
    readonly changes: Readonly<Record<string, readonly number[] | null>>;
    readonly error: string | null;
  }[];
}

export const nnGolden: NNGolden = JSON.parse(readFileSync(new URL("data/nn.json", import.meta.url), "utf8"));

const shared = new Map(nnGolden.tensors);

/** A fresh tensor with the elements of an encoding. */
export function decodeTensor({ dtype, shape, values }: Encoding): Tensor {
  return tensor(values.map(decode), { dtype }).reshape(shape);
}

/** A fresh copy of a tensor that cases name. */
export function goldenTensor(name: string): Tensor {
  const encoding = shared.get(name);
  if (encoding === undefined) throw new Error(`nn.json has no tensor "${name}"`);
  return decodeTensor(encoding);
}

/** Options with tensors in place of their names. */
export function goldenOptions(options: LossCase["options"]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [
      key,
      typeof value === "string" && shared.has(value) ? goldenTensor(value) : value,
    ]),
  );
}
