/** @file PyTorch's numbers, made by make_goldens.py. */
import { readFileSync } from "node:fs";
import type { BinaryOp, DType, UnaryOp } from "../../../kernels/backend.ts";

interface OptimizerGolden {
  readonly name: "SGD" | "RMSprop" | "Adam" | "AdamW";
  readonly options: Readonly<Record<string, number | boolean | readonly number[] | null>>;
  readonly param: readonly number[];
  readonly steps: readonly {
    readonly grad: readonly number[];
    readonly param: readonly number[];
    readonly state: Readonly<Record<string, readonly number[]>>;
  }[];
}

interface Goldens {
  readonly unary: readonly {
    readonly dtype: DType;
    readonly x: readonly number[];
    readonly results: Readonly<Partial<Record<UnaryOp, readonly number[]>>>;
  }[];
  readonly binary: readonly {
    readonly dtype: DType;
    readonly x: readonly number[];
    readonly results: Readonly<Partial<Record<BinaryOp, readonly (readonly number[])[]>>>;
  }[];
  readonly lines: Readonly<
    Record<"x" | "cumsum" | "up" | "upIndices" | "down" | "downIndices" | "softmax" | "logSoftmax", number[][]> &
      Record<"sum" | "prod" | "max" | "min" | "argmax" | "argmin", number[]>
  >;
  readonly gradients: Readonly<
    Record<"x" | "g" | "softmax" | "softmaxGrad" | "logSoftmax" | "logSoftmaxGrad", number[][][]>
  >;
  readonly crossEntropy: Readonly<
    Record<"logits" | "probs" | "grad", number[][]> & Record<"target" | "g" | "losses", number[]>
  >;
  readonly optimizers: readonly OptimizerGolden[];
}

/** JSON has no NaN, no infinities and no −0 worth relying on: they are written as strings. */
const WRITTEN: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["-0", -0],
]);

const text = readFileSync(new URL("goldens.json", import.meta.url), "utf8");

export const goldens = JSON.parse(text, (_, value: unknown) => WRITTEN.get(value) ?? value) as Goldens;
