/** @file PyTorch's numbers, for kernels, made by test/golden/scripts/make_kernels.py. */
import type { DType } from "../../../kernels/backend.ts";
import type { ElementwiseName } from "../../../kernels/ir/elementwise.ts";
import written from "../../golden/data/kernels.json" with { type: "json" };

interface OptimizerGolden {
  readonly name: "SGD" | "RMSprop" | "Adam" | "AdamW" | "Adagrad" | "Adadelta" | "Adamax" | "NAdam" | "RAdam";
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
    readonly results: Readonly<Partial<Record<ElementwiseName, readonly number[]>>>;
  }[];
  readonly binary: readonly {
    readonly dtype: DType;
    readonly x: readonly number[];
    readonly results: Readonly<Partial<Record<ElementwiseName, readonly (readonly number[])[]>>>;
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

function revived(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revived);
  if (typeof value !== "object" || value === null) return WRITTEN.get(value) ?? value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revived(inner)]));
}

/** Imported, not read from a file, so that the suite also runs in a page. */
export const goldens = revived(written) as Goldens;
