/** @file The arguments of operations: their types, and what several of them have in common. */

import type { DType } from "../../../kernels/backend.ts";
import { type Args, optional, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { aBoolean, anInteger, anOperand, aTensor, dims } from "../../core/kinds.ts";
import { ops } from "../ops/index.ts";
import type { Generator } from "../random/generator.ts";
import type { Tensor } from "../tensor.ts";
import { arithmetic, type Operand } from "../type-promotion.ts";

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

/** `(dim)` along which something is computed, and the dtype in which. */
export type DimArgs = Args<[dim: number], [], DimOption>;

/** Options of random sampling. */
export interface DrawOptions {
  /** The random number generator. Default: the one that `manualSeed` seeds. */
  readonly generator?: Generator | null | undefined;
}

/** A function of one tensor and nothing else. */
export type UnaryFunction = (input: Tensor) => Tensor;

/** Gives a function the name that stack traces and messages show. */
export function withName<F extends object>(name: string, operation: F): F {
  return Object.defineProperty(operation, "name", { value: name });
}

/** `x[op]()`: the function of one tensor that `compute` is, with its argument checked. */
export function unary(op: string, compute: UnaryFunction): UnaryFunction {
  const SIGNATURE = signature(op, { input: required(aTensor) });
  const operation = (input: Tensor, ...more: readonly unknown[]) =>
    compute(more.length === 0 && isTensor(input) ? input : SIGNATURE.read([input, ...more]).input);
  return withName(op, operation);
}

/** `(other)` of arithmetic. */
export type OperandArgs = Args<[other: Operand], [], { other: Operand }>;

/** `(other)` of what takes tensors only. */
export type OtherArgs = Args<[other: Tensor], [], { other: Tensor }>;

/** An element-wise function of two operands, of which at least one is a tensor. */
export type BinaryFunction = (input: Operand, ...args: OperandArgs) => Tensor;

/** Whether a call of arithmetic is the usual one: a tensor, and a tensor or a number beside it. */
export function isTensorAndOperand(
  input: unknown,
  args: readonly unknown[],
): args is readonly [other: Tensor | number] {
  return args.length === 1 && isTensor(input) && (typeof args[0] === "number" || isTensor(args[0]));
}

/** Whether a call is the usual one: a tensor, and so many integers. */
export function isTensorAndIntegers<T extends readonly number[]>(
  input: unknown,
  args: readonly unknown[],
  count: T["length"],
): args is T {
  if (args.length !== count || !isTensor(input)) return false;
  for (let i = 0; i < count; i++) if (!Number.isSafeInteger(args[i])) return false;
  return true;
}

/** The operation of two operands that `compute` is, with its arguments checked. */
export function binary(op: string, compute: (input: Operand, other: Operand) => Tensor): BinaryFunction {
  const SIGNATURE = signature(op, { input: required(anOperand), other: required(anOperand) });
  const operation: BinaryFunction = (input, ...args) => {
    if (isTensorAndOperand(input, args)) return compute(input, args[0]);
    const given = SIGNATURE.read([input, ...args]);
    return compute(given.input, given.other);
  };
  return withName(op, operation);
}

/** `(other)` of operations on two tensors under the name that PyTorch has for the second. */
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

/** The parameters of what takes a diagonal, counted upwards from the main one. */
export const DIAGONAL_NUMBER = { input: required(aTensor), diagonal: optional(anInteger, 0) } as const;

/** The diagonal of a triangular operation. */
export interface DiagonalNumberOption {
  /** The diagonal: 0 is the main one (default), positive ones lie above it. */
  readonly diagonal?: number | undefined;
}

export type DiagonalNumberArgs = Args<[], [diagonal: number], DiagonalNumberOption>;

/** Sizes that were given as numbers or as one array, and nothing else; undefined for what a signature has to read. */
export function plainSizes(given: readonly unknown[]): readonly number[] | undefined {
  const list: unknown = given.length === 1 && Array.isArray(given[0]) ? given[0] : given;
  for (const size of list as readonly unknown[]) if (typeof size !== "number") return undefined;
  return list as readonly number[];
}

/** The second operand of a sum or difference, multiplied by `alpha`. */
export function scaleByAlpha(op: string, self: Operand, other: Operand, alpha: number): Operand {
  if (alpha === 1) return other;
  const integral = [self, other].every((x) =>
    typeof x === "object" ? !isFloat(x.dtype) : Number.isInteger(Number(x)),
  );
  if (integral && !Number.isInteger(alpha)) {
    throw new ValueError(`[${op}] For integral input tensors, argument alpha must not be a floating point number.`);
  }
  return typeof other === "object" ? arithmetic(ops.mul, other, alpha) : Number(other) * alpha;
}

/** Refuses every argument, for methods that have none beside their tensor. */
export function refuseArguments(op: string, given: readonly unknown[]): void {
  if (given.length > 0) signature(op, {}).read(given);
}
