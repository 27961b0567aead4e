/** @file Types and signatures of arguments that several operations share. */

import type { DType } from "../../../kernels/backend.ts";
import { type Args, optional, required, signature } from "../../core/arguments.ts";
import { isTensor } from "../../core/identity.ts";
import { aBoolean, anInteger, anOperand, aTensor, dims } from "../../core/kinds.ts";
import type { Generator } from "../random/generator.ts";
import type { Tensor } from "../tensor.ts";
import type { Operand } from "../type-promotion.ts";

export type Dims = number | readonly number[];

/** Sizes one by one, in one list, or as `{ size: [2, 3] }`. */
export type Sizes<Name extends string = "size"> =
  | readonly (number | ArrayLike<number>)[]
  | readonly [options: { readonly [N in Name]: ArrayLike<number> }];

/** The dtype in which a reduction computes. */
export interface DTypeOption {
  /** The input is converted to it first. Default: its own dtype. */
  readonly dtype?: DType | null | undefined;
}

/** The dimension of an operation along one, and the dtype in which it computes. */
export interface DimOption extends DTypeOption {
  /** The dimension; negative ones count from the end. */
  readonly dim: number;
}

/** Options of reductions. */
export interface ReduceOptions<D = Dims> {
  /** The dimension or dimensions to reduce. Default: all. */
  readonly dim?: D | null | undefined;
  /** If true, reduced dimensions are kept with size 1. Default false. */
  readonly keepdim?: boolean | undefined;
}

/** `(dim, keepdim)` of a reduction, by position or by name. */
export type ReduceArgs<D = Dims, More extends object = object> = Args<
  [],
  [dim: D | null, keepdim: boolean],
  ReduceOptions<D> & More
>;

/** `(dim)` of an operation along one dimension, and the dtype in which it computes. */
export type DimArgs = Args<[dim: number], [], DimOption>;

/** Options of random sampling. */
export interface DrawOptions {
  /** The random number generator. Default: the one that `manualSeed` seeds. */
  readonly generator?: Generator | null | undefined;
}

/** A function of one tensor. */
export type UnaryFunction = (input: Tensor) => Tensor;

/** Sets the name of a function that stack traces show. */
export function withName<F extends object>(name: string, operation: F): F {
  return Object.defineProperty(operation, "name", { value: name });
}

/** Wraps `compute` as the operation `op` of one tensor, with its argument checked. */
export function unary(op: string, compute: UnaryFunction): UnaryFunction {
  const SIGNATURE = signature(op, { input: required(aTensor) });
  const operation = (input: Tensor, ...more: readonly unknown[]) =>
    compute(more.length === 0 && isTensor(input) ? input : SIGNATURE.read([input, ...more]).input);
  return withName(op, operation);
}

/** `(other)` of arithmetic: a tensor or a number. */
export type OperandArgs = Args<[other: Operand], [], { other: Operand }>;

/** `(other)` of operations on two tensors. */
export type OtherArgs = Args<[other: Tensor], [], { other: Tensor }>;

/** An element-wise function of two operands, of which at least one is a tensor. */
export type BinaryFunction = (input: Operand, ...args: OperandArgs) => Tensor;

/** Tests for the common call of arithmetic: a tensor, and a tensor or a number. It skips the signature. */
export function isTensorAndOperand(
  input: unknown,
  args: readonly unknown[],
): args is readonly [other: Tensor | number] {
  return args.length === 1 && isTensor(input) && (typeof args[0] === "number" || isTensor(args[0]));
}

/** Tests for the common call: a tensor and `count` integers. It skips the signature. */
export function isTensorAndIntegers<T extends readonly number[]>(
  input: unknown,
  args: readonly unknown[],
  count: T["length"],
): args is T {
  if (args.length !== count || !isTensor(input)) return false;
  for (let i = 0; i < count; i++) if (!Number.isSafeInteger(args[i])) return false;
  return true;
}

/** Wraps `compute` as the operation `op` of two operands, with its arguments checked. */
export function binary(op: string, compute: (input: Operand, other: Operand) => Tensor): BinaryFunction {
  const SIGNATURE = signature(op, { input: required(anOperand), other: required(anOperand) });
  const operation: BinaryFunction = (input, ...args) => {
    if (isTensorAndOperand(input, args)) return compute(input, args[0]);
    const given = SIGNATURE.read([input, ...args]);
    return compute(given.input, given.other);
  };
  return withName(op, operation);
}

/** The signature of an operation on two tensors, with PyTorch's name for the second. */
export function tensorPair<Name extends string>(op: string, second: Name) {
  return signature(op, { input: required(aTensor), [second]: required(aTensor) } as {
    input: ReturnType<typeof required<Tensor>>;
  } & { [N in Name]: ReturnType<typeof required<Tensor>> });
}

/** The parameters `(input, dim, keepdim)` of reductions over any dimensions. */
export const REDUCE = {
  input: required(aTensor),
  dim: optional(dims, null),
  keepdim: optional(aBoolean, false),
} as const;

/** The parameters `(input, dim, keepdim)` of reductions along one dimension. */
export const REDUCE_ONE = {
  input: required(aTensor),
  dim: optional(anInteger, null),
  keepdim: optional(aBoolean, false),
} as const;

/** The parameters `(input, diagonal)`. */
export const DIAGONAL_NUMBER = { input: required(aTensor), diagonal: optional(anInteger, 0) } as const;

/** The diagonal of a triangular operation. */
export interface DiagonalNumberOption {
  /** The diagonal: 0 is the main one (default), positive ones lie above it. */
  readonly diagonal?: number | undefined;
}

export type DiagonalNumberArgs = Args<[], [diagonal: number], DiagonalNumberOption>;

/** Sizes given as numbers or as one array of numbers; undefined for any other call, which the signature reads. */
export function plainSizes(given: readonly unknown[]): readonly number[] | undefined {
  const list: unknown = given.length === 1 && Array.isArray(given[0]) ? given[0] : given;
  for (const size of list as readonly unknown[]) if (typeof size !== "number") return undefined;
  return list as readonly number[];
}

/** Throws for any argument of a method that has none. */
export function refuseArguments(op: string, given: readonly unknown[]): void {
  if (given.length > 0) signature(op, {}).read(given);
}
