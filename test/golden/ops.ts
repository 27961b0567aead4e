/** @file Reader of ops.json: results, tape nodes, gradients and dtypes of operations as PyTorch gives them. */
import { readFileSync } from "node:fs";
import type { DType } from "../../kernels/backend.ts";
import type { CallSpec, Encoded } from "./calls.ts";

export interface OutputSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: readonly Encoded[];
  /** Name of the tape node, where there is one; "any" if it does not matter. */
  readonly gradFn?: string;
  /** Strides and offset of a view of the first input. */
  readonly view?: readonly [strides: readonly number[], offset: number];
}

export interface OpCase extends CallSpec {
  /** Result of a function that gives no tensor. */
  readonly result?: boolean | number;
  readonly outputs?: readonly OutputSpec[];
  /** Printed form of the first output. */
  readonly text?: string;
  /** `.grad` of every input after a backward with the gradients of `upstream`. */
  readonly grads?: readonly (readonly Encoded[] | null)[];
  /** Whether differences can tell the gradients. */
  readonly check?: boolean;
}

/** A dtype, or "" where PyTorch refuses. */
type Result = DType | "";

interface OpsGolden {
  readonly torch: string;
  readonly cases: readonly OpCase[];
  readonly dtypes: {
    /** The dtypes that the tables below run over. */
    readonly order: readonly DType[];
    /** [left][right] → [both with dimensions, right is 0-d, left is 0-d, both are 0-d] */
    readonly pairs: Readonly<Record<string, readonly (readonly (readonly Result[])[])[]>>;
    /** [left] → beside the numbers [1, 1.5, true] */
    readonly withNumber: Readonly<Record<string, readonly (readonly Result[])[]>>;
    /** [left][right] */
    readonly inPlace: Readonly<Record<string, readonly (readonly Result[])[]>>;
    readonly unary: Readonly<Record<string, readonly Result[]>>;
  };
}

/** The file of this folder, or another one made with the same script. */
export const opsGolden: OpsGolden = JSON.parse(
  readFileSync(process.env.TAPEGRAD_OPS ?? new URL("data/ops.json", import.meta.url), "utf8"),
);
