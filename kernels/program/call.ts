/** @file What a program is made of: numbered buffers, arrays on them, and calls of kernels. */

import type { Backend, Device, DType, FusedOps, NDArray, Storage, TypedArray } from "../backend.ts";
import { INTEGER_DIVISIONS } from "../ir/elementwise.ts";

/** The methods of a backend that compute, and so are recorded; those of {@link FusedOps} go by their own names. */
export type RecordedMethod = Exclude<
  keyof Backend,
  | "device"
  | "alloc"
  | "read"
  | "readSync"
  | "view"
  | "free"
  | "fused"
  | "nonzero"
  | "allocator"
  | "fuser"
  | "reserve"
  | "alias"
  | "whole"
  | "lower"
  | "tapeOf"
>;
export type CallName = RecordedMethod | keyof FusedOps;

/** Where the elements of a buffer come from when a run begins. */
export type Origin =
  /** A storage that lives outside of the program and is always the same: a parameter, the state of an optimizer. */
  | "outside"
  /** A storage that each run gets. */
  | "input"
  /** Numbers that never change, put there when the program is made. */
  | "constant"
  /** The program itself. */
  | "inside";

/** A numbered buffer. */
export interface Slot {
  readonly id: number;
  readonly device: Device;
  readonly dtype: DType;
  readonly length: number;
  origin: Origin;
  /** The storage: fixed for what lies outside, otherwise that of the present run. */
  storage: Storage | null;
  /** The elements of a constant, or the one that all of them are. */
  constant: TypedArray | number | null;
  /** Whether it outlives the run, as a result or for the backward pass: then each run makes a storage of its own. */
  escapes: boolean;
  /** The arrays on it. */
  readonly arrays: SlotArray[];
}

/** An array on a buffer. Its storage is that of the buffer, and changes with it. */
export interface SlotArray extends NDArray {
  slot: Slot;
  storage: Storage;
  offset: number;
  /** Position of the first element behind that of the run's input, for an input; else the offset itself. */
  readonly start: number;
}

/** One call of a kernel, or of what has to happen beside kernels. */
export interface Call {
  readonly name: CallName | "host" | "fused" | "operation";
  /** The operation that made the call, for errors and listings. */
  readonly label: string;
  /** Arguments, with {@link SlotArray}s for arrays. */
  readonly args: readonly unknown[];
  /** The buffers that the call makes, in their order; some may be temporary. */
  readonly made: readonly Slot[];
  /** The arrays of its result, wherever they stand in it. */
  readonly results: readonly SlotArray[];
  /** The arrays that it reads or changes. */
  readonly arrays: readonly SlotArray[];
  /** Those of {@link arrays} that it changes. */
  readonly written: readonly SlotArray[];
  /** What stands for an argument that each run finds out anew. */
  readonly fresh: { readonly index: number; readonly value: () => unknown } | null;
  /** Of "host": what is done. A "fused" call has a kernel, its inputs, a shape and its results as arguments, an "operation" its function and inputs. */
  readonly action: (() => void) | null;
  /** Whether leaving it out would change more than its results: it draws random numbers, checks, or acts on the host. */
  readonly hasEffects: boolean;
}

/** The storages of a running program: what a backend takes in place of new ones. */
export interface Allocator {
  alloc(dtype: DType, length: number, make: () => Storage): Storage;
  free(storage: Storage, give: () => void): void;
}

type Writes<F> = F extends (...args: infer A) => unknown
  ? (...args: A) => readonly (NDArray | null | undefined)[]
  : never;

const none = (): readonly NDArray[] => [];

/** For each method the arguments that it changes. */
const METHOD_WRITES: { readonly [M in RecordedMethod]: Writes<Backend[M]> } = {
  upload: none,
  map: (_name, _inputs, _shape, _scalars, out) => [out],
  cast: none,
  copy: (dst) => [dst],
  addInto: (dst) => [dst],
  fill: (dst) => [dst],
  reduce: none,
  argReduce: none,
  scan: none,
  argScan: none,
  searchSorted: none,
  longestRun: none,
  argsort: none,
  topk: none,
  selectRank: none,
  softmax: none,
  softmaxGrad: none,
  gather: none,
  scatter: (_mode, dst) => [dst],
  indexSelect: none,
  indexAdd: (dst) => [dst],
  indexCopy: (dst) => [dst],
  flatIndex: none,
  random: none,
  matmul: (_a, _b, options) => [options?.out],
  conv2d: none,
  conv2dInputGrad: none,
  conv2dWeightGrad: none,
  maxPool: none,
  maxPoolIndices: none,
  maxPoolGrad: none,
  avgPool: none,
  avgPoolGrad: none,
  optimizerStep: (_name, param, _grad, state) => [param, ...(Object.values(state) as (NDArray | null)[])],
};

/** Fused operations change nothing. */
const FUSED_WRITES: { readonly [M in keyof FusedOps]-?: Writes<Required<FusedOps>[M]> } = {
  crossEntropy: none,
  crossEntropyGrad: none,
  gatherBytes: none,
  maskedSoftmax: none,
  maskedSoftmaxGrad: none,
  groupNorm: none,
  groupNormGrad: none,
  batchNorm: none,
  batchNormGrad: none,
  rmsNorm: none,
  rmsNormGrad: none,
  weightedRows: none,
  gatherSum: none,
  scatterSum: none,
  gatherDot: none,
  ctcLoss: none,
  ctcLossGrad: none,
  nllLoss: none,
  nllLossGrad: none,
  cdist: none,
  cdistGrad: none,
};

/** Calls that throw for some numbers in their arguments, so that they stay even where nobody reads their result. */
const CHECKING: ReadonlySet<CallName> = new Set([
  "gather",
  "scatter",
  "indexSelect",
  "indexAdd",
  "indexCopy",
  "flatIndex",
  "crossEntropy",
  "nllLoss",
  "random",
] as const);

/** Whether a call may not be left out. */
export function isNeeded(name: CallName, args: readonly unknown[]): boolean {
  if (name !== "map") return CHECKING.has(name);
  // A division of integers by zero is an error.
  const [op, inputs] = args as Parameters<Backend["map"]>;
  const divisor = inputs.at(-1)?.dtype;
  return INTEGER_DIVISIONS.has(op) && divisor !== "float32" && divisor !== "float64";
}

export function isFused(name: CallName): name is keyof FusedOps {
  return Object.hasOwn(FUSED_WRITES, name);
}

/** Whether a property of a backend is a method that is recorded. */
export function isRecorded(name: PropertyKey): name is RecordedMethod {
  return Object.hasOwn(METHOD_WRITES, name);
}

/** The arrays among the arguments that a call changes. */
export function writtenBy(name: CallName, args: readonly unknown[]): ReadonlySet<NDArray> {
  const writes = (isFused(name) ? FUSED_WRITES[name] : METHOD_WRITES[name]) as Writes<(...a: unknown[]) => unknown>;
  return new Set(writes(...args).filter((array) => array != null));
}
