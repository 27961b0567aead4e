/** @file Products beyond `matmul`: outer, inner, Kronecker and cross products, contractions, chains, addmm and its kind. */
import { sizeOf } from "../../../kernels/layout.ts";
import { type Args, keyword, optional, required, rest, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import {
  aBoolean,
  anInteger,
  aScalar,
  aSize,
  aTensor,
  either,
  integers,
  listOfKind,
  tensors as tensorList,
} from "../../core/kinds.ts";
import { bracketed, broadcastShapes, normalizeDim } from "../../core/shape.ts";
import { checkCount } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { resultTypeOf } from "../type-promotion.ts";
import { type OtherArgs, tensorPair } from "./arguments.ts";
import { scaleOf } from "./arithmetic.ts";
import { cast } from "./convert.ts";
import { asNonView, withGradFnName } from "./grad-fn-name.ts";
import { bmm, dot, matmul, mm } from "./matmul.ts";
import { atLeast } from "./movement.ts";
import { cat } from "./shape.ts";

export type OuterArgs = Args<[vec2: Tensor], [], { readonly vec2: Tensor }>;

const OUTER = tensorPair("outer", "vec2");

/**
 * Outer product of two vectors: [n] and [m] → [n, m].
 *
 * @throws ShapeError unless both are 1-d.
 * @example outer(tensor([1, 2]), tensor([3, 4])); // tensor([[3., 4.], [6., 8.]])
 */
export function outer(x: Tensor, ...args: OuterArgs): Tensor {
  const { input: a, vec2: b } = OUTER.read([x, ...args]);
  if (a.ndim !== 1 || b.ndim !== 1) {
    throw new ShapeError(
      `[outer] expected 1-D tensors, but got shapes ${bracketed(a.shape)} and ${bracketed(b.shape)}`,
    );
  }
  return a.unsqueeze(1).mul(b);
}

/** Options of `addmm` and its kind. */
export interface AddmmOptions {
  /** Multiplier of the input. Default 1; with 0 the input is ignored. */
  readonly beta?: number | undefined;
  /** Multiplier of the product. Default 1. */
  readonly alpha?: number | undefined;
}

export type AddmmArgs = Args<
  [mat1: Tensor, mat2: Tensor],
  [],
  { readonly mat1: Tensor; readonly mat2: Tensor } & AddmmOptions
>;

/** The signature of `beta·input + alpha·product`, with PyTorch's names for the factors of the product. */
function addedSignature<First extends string, Second extends string>(op: string, first: First, second: Second) {
  return signature(op, {
    input: required(aTensor),
    [first]: required(aTensor),
    [second]: required(aTensor),
    beta: keyword(aScalar, 1),
    alpha: keyword(aScalar, 1),
  } as Record<"input" | First | Second, ReturnType<typeof required<Tensor>>> &
    Record<"beta" | "alpha", ReturnType<typeof keyword<number | boolean, 1>>>);
}

const ADDMM = addedSignature("addmm", "mat1", "mat2");
const ADDMV = addedSignature("addmv", "mat", "vec");
const ADDR = addedSignature("addr", "vec1", "vec2");
const ADDBMM = addedSignature("addbmm", "batch1", "batch2");
const BADDBMM = addedSignature("baddbmm", "batch1", "batch2");

interface Factors {
  readonly beta: number | boolean;
  readonly alpha: number | boolean;
}

/** beta·x + alpha·product, for an x that broadcasts to the product. */
function addProduct(op: string, x: Tensor, product: Tensor, factors: Factors): Tensor {
  // For integers the multipliers are truncated, as in PyTorch.
  const round = isFloat(product.dtype) ? Number : (v: number | boolean): number => Math.trunc(Number(v));
  const [beta, alpha] = [round(factors.beta), round(factors.alpha)];
  if (x.dtype !== product.dtype) {
    throw new DTypeError(`[${op}] expected tensors of one dtype, but got ${x.dtype} and ${product.dtype}`);
  }
  const shape = broadcastShapes(op, x.shape, product.shape);
  if (shape.length !== product.ndim || shape.some((size, d) => size !== product.shape[d])) {
    throw new ShapeError(
      `[${op}] an input of shape ${bracketed(x.shape)} cannot be expanded to ${bracketed(product.shape)}`,
    );
  }
  const scaled = alpha === 1 ? product : product.mul(alpha);
  // With beta 0 the input is ignored, but it still gets a zero gradient.
  const added = beta === 0 ? x.maskedFill(x.detach().eq(x.detach()), 0).maskedFill(x.detach().isnan(), 0) : x;
  return (beta === 1 || beta === 0 ? added : added.mul(beta)).add(scaled);
}

/**
 * Matrix product added to a tensor, beta·input + alpha·mat1·mat2, for [n, k] and [k, m] and an input that broadcasts to
 * [n, m]. With beta 0 the input is ignored, even its NaNs.
 *
 * @throws ShapeError for sizes that do not match; DTypeError for tensors of different dtypes.
 * @example addmm(tensor([1, 1]), tensor([[1, 2]]), tensor([[1, 0], [0, 1]])); // tensor([[2., 3.]])
 */
export function addmm(x: Tensor, ...args: AddmmArgs): Tensor {
  const { input, mat1, mat2, ...factors } = ADDMM.read([x, ...args]);
  return withGradFnName("AddmmBackward0", addProduct("addmm", input, mm(mat1, mat2), factors));
}

export type AddmvArgs = Args<
  [mat: Tensor, vec: Tensor],
  [],
  { readonly mat: Tensor; readonly vec: Tensor } & AddmmOptions
>;

/**
 * Product of a matrix and a vector added to a tensor, beta·input + alpha·mat·vec, for [n, m] and [m] and an input that
 * broadcasts to [n].
 *
 * @throws ShapeError for sizes that do not match; DTypeError for tensors of different dtypes.
 * @example addmv(tensor([1, 1]), tensor([[1, 2], [3, 4]]), tensor([1, 1])); // tensor([4., 8.])
 */
export function addmv(x: Tensor, ...args: AddmvArgs): Tensor {
  const { input, mat, vec, ...factors } = ADDMV.read([x, ...args]);
  return withGradFnName("AddmvBackward0", addProduct("addmv", input, matrixVector("addmv", mat, vec), factors));
}

export type AddrArgs = Args<
  [vec1: Tensor, vec2: Tensor],
  [],
  { readonly vec1: Tensor; readonly vec2: Tensor } & AddmmOptions
>;

/**
 * Outer product added to a matrix, beta·input + alpha·vec1⊗vec2, with type promotion, for [n] and [m] and an input that
 * broadcasts to [n, m].
 *
 * @throws ShapeError for sizes that do not match; ValueError for fractional factors of integers.
 * @example addr(zeros(2, 2), tensor([1, 2]), tensor([3, 4])); // tensor([[3., 4.], [6., 8.]])
 */
export function addr(x: Tensor, ...args: AddrArgs): Tensor {
  const { input, vec1, vec2, ...factors } = ADDR.read([x, ...args]);
  if (vec1.ndim !== 1 || vec2.ndim !== 1) {
    throw new ShapeError(
      `[addr] Expected 1-D argument vec1 and vec2, but got ${vec1.ndim}-D and ${vec2.ndim}-D: shapes ${bracketed(vec1.shape)} and ${bracketed(vec2.shape)}`,
    );
  }
  const dtype = resultTypeOf([input, vec1, vec2]);
  if (dtype === "bool") {
    const [beta, alpha] = [Boolean(factors.beta), Boolean(factors.alpha)];
    const product = vec1.unsqueeze(1).logicalAnd(vec2).logicalAnd(alpha);
    return beta
      ? product.logicalOr(input)
      : addProduct("addr", input.logicalAnd(false), product, { beta: 1, alpha: 1 });
  }
  if (!isFloat(dtype)) for (const one of [factors.beta, factors.alpha]) scaleOf("addr", Number(one), dtype);
  const product = cast(vec1, dtype).unsqueeze(1).mul(cast(vec2, dtype));
  return withGradFnName("AddrBackward0", addProduct("addr", cast(input, dtype), product, factors));
}

export type BatchProductArgs = Args<
  [batch1: Tensor, batch2: Tensor],
  [],
  { readonly batch1: Tensor; readonly batch2: Tensor } & AddmmOptions
>;

/**
 * Sum of a batch of matrix products added to a matrix, beta·input + alpha·Σᵢ batch1ᵢ·batch2ᵢ, for [b, n, k] and [b, k, m]
 * and an input that broadcasts to [n, m].
 *
 * @throws ShapeError for sizes that do not match; DTypeError for tensors of different dtypes.
 * @example addbmm(zeros(1, 1), ones(3, 1, 2), ones(3, 2, 1)); // tensor([[6.]])
 */
export function addbmm(x: Tensor, ...args: BatchProductArgs): Tensor {
  const { input, batch1, batch2, ...factors } = ADDBMM.read([x, ...args]);
  checkBatches("addbmm", batch1, batch2);
  const [b, n, k] = batch1.shape as [number, number, number];
  // Side by side and one below the other, the matrices of a batch are two matrices.
  const left = batch1.transpose(0, 1).reshape(n, b * k);
  const product = mm(left, batch2.reshape(b * k, batch2.size(2)));
  return withGradFnName("AddbmmBackward0", addProduct("addbmm", input, product, factors));
}

/**
 * Batched matrix product added to a tensor, beta·input + alpha·batch1·batch2, for [b, n, k] and [b, k, m] and an input
 * that broadcasts to [b, n, m].
 *
 * @throws ShapeError for sizes that do not match; DTypeError for tensors of different dtypes.
 * @example baddbmm(ones(3, 1, 1), ones(3, 1, 2), ones(3, 2, 1)).shape; // [3, 1, 1]
 */
export function baddbmm(x: Tensor, ...args: BatchProductArgs): Tensor {
  const { input, batch1, batch2, ...factors } = BADDBMM.read([x, ...args]);
  checkBatches("baddbmm", batch1, batch2);
  return withGradFnName("BaddbmmBackward0", addProduct("baddbmm", input, bmm(batch1, batch2), factors));
}

function checkBatches(op: string, a: Tensor, b: Tensor): void {
  const fits = a.ndim === 3 && b.ndim === 3 && a.size(0) === b.size(0) && a.size(2) === b.size(1);
  if (fits) return;
  throw new ShapeError(
    `[${op}] expected batches of matrices [b, n, k] and [b, k, m], but got shapes ${bracketed(a.shape)} and ${bracketed(b.shape)}`,
  );
}

const MV = tensorPair("mv", "vec");

export type MvArgs = Args<[vec: Tensor], [], { readonly vec: Tensor }>;

/**
 * Product of a matrix and a vector: [n, m] and [m] → [n].
 *
 * @throws ShapeError for sizes that do not match; DTypeError for operands of different dtypes and for bools.
 * @example mv(tensor([[1, 2], [3, 4]]), tensor([1, 1])); // tensor([3., 7.])
 */
export function mv(x: Tensor, ...args: MvArgs): Tensor {
  const { input, vec } = MV.read([x, ...args]);
  return matrixVector("mv", input, vec);
}

function matrixVector(op: string, matrix: Tensor, vector: Tensor): Tensor {
  if (matrix.ndim !== 2 || vector.ndim !== 1) {
    throw new ShapeError(
      `[${op}] expected a matrix and a vector, but got shapes ${bracketed(matrix.shape)} and ${bracketed(vector.shape)}`,
    );
  }
  return matmul(matrix, vector);
}

const INNER = tensorPair("inner", "other");

/**
 * Inner products along the last dimensions: of two vectors the dot product, of [*, k] and [+, k] → [*, +]; of a 0-d tensor
 * and another one the product of each element.
 *
 * @throws ShapeError if the last sizes differ.
 * @example inner(tensor([[1, 2], [3, 4]]), tensor([1, 1])); // tensor([3., 7.])
 */
export function inner(x: Tensor, ...args: OtherArgs): Tensor {
  const { input: a, other: b } = INNER.read([x, ...args]);
  if (a.ndim === 0 || b.ndim === 0) return a.mul(b);
  if (a.size(-1) !== b.size(-1)) {
    throw new ShapeError(
      `[inner] the last dimension must match on both input tensors but got shapes ${bracketed(a.shape)} and ${bracketed(b.shape)}`,
    );
  }
  return contract("inner", a, b, [a.ndim - 1], [b.ndim - 1]);
}

const VDOT = tensorPair("vdot", "other");

/**
 * Dot product of two vectors; the conjugate of the first one has no meaning for real numbers, so this is {@link dot}.
 *
 * @throws ShapeError unless both are 1-d and of one size.
 * @example vdot(tensor([1, 2]), tensor([3, 4])); // tensor(11.)
 */
export function vdot(x: Tensor, ...args: OtherArgs): Tensor {
  const { input, other } = VDOT.read([x, ...args]);
  return withGradFnName("VdotBackward0", dot(input, other));
}

const KRON = tensorPair("kron", "other");

/**
 * Kronecker product: every element of the input times the whole of `other`, with sizes that multiply in each dimension. The
 * tensor with fewer dimensions gets leading ones.
 *
 * @example kron(tensor([1, 10]), tensor([1, 2])); // tensor([ 1.,  2., 10., 20.])
 */
export function kron(x: Tensor, ...args: OtherArgs): Tensor {
  const { input, other } = KRON.read([x, ...args]);
  const rank = Math.max(input.ndim, other.ndim);
  const [a, b] = [atLeast(input, rank), atLeast(other, rank)];
  const shape = a.shape.map((size, d) => size * b.size(d));
  checkCount("kron", shape, input.dtype);
  const spaced = a.reshape(a.shape.flatMap((size) => [size, 1])).mul(b.reshape(b.shape.flatMap((size) => [1, size])));
  return asNonView("UnsafeViewBackward0", spaced.reshape(shape));
}

/** The arguments of {@link tensordot} by name. */
export interface TensordotOptions {
  /** The second tensor. */
  readonly other?: Tensor | undefined;
  /**
   * How many dimensions are contracted, the last ones of the first tensor with the first ones of the second, or which ones
   * of each. Default 2.
   */
  readonly dims?: number | readonly [readonly number[], readonly number[]] | undefined;
}

export type TensordotArgs =
  | Args<[other: Tensor], [dims: number | readonly [readonly number[], readonly number[]]], TensordotOptions>
  | readonly [options: TensordotOptions & { readonly other: Tensor }];

const TENSORDOT = signature("tensordot", {
  input: required(aTensor),
  other: required(aTensor),
  dims: optional(
    either(aSize, listOfKind(integers, "two lists of integers"), "an integer or two lists of integers"),
    2,
  ),
});

/**
 * Contracts dimensions of two tensors: the sum of products over pairs of dimensions. A dimension of size 1 beside a larger
 * one is repeated.
 *
 * @throws ShapeError for sizes that do not match, or more dimensions than there are.
 * @example tensordot(tensor([[1, 2], [3, 4]]), tensor([1, 10]), 1); // tensor([21., 43.])
 */
export function tensordot(x: Tensor, ...args: TensordotArgs): Tensor {
  const { input: a, other: b, dims } = TENSORDOT.read([x, ...args]);
  if (typeof dims === "number") {
    if (dims > Math.min(a.ndim, b.ndim)) {
      throw new ShapeError(
        `[tensordot] expects dims <= ndim_a and ndim_b, but got dims=${dims} for shapes ${bracketed(a.shape)} and ${bracketed(b.shape)}`,
      );
    }
    const count = Array.from({ length: dims }, (_, i) => i);
    return contract(
      "tensordot",
      a,
      b,
      count.map((i) => a.ndim - dims + i),
      count,
    );
  }
  const [first, second] = dims;
  if (dims.length !== 2 || first === undefined || second === undefined || first.length !== second.length) {
    throw new ShapeError("[tensordot] both dimension lists should have same length");
  }
  const dimsOf = (list: readonly number[], t: Tensor) => list.map((d) => normalizeDim("tensordot", d, t.ndim));
  return contract("tensordot", a, b, dimsOf(first, a), dimsOf(second, b));
}

/** The sum of products over pairs of dimensions, as one matrix product. */
function contract(op: string, a: Tensor, b: Tensor, left: readonly number[], right: readonly number[]): Tensor {
  let [x, y] = [a, b];
  left.forEach((d, i) => {
    const e = right[i] as number;
    const [p, q] = [x.size(d), y.size(e)];
    if (p === q) return;
    // The sum over a repeated dimension is that of the other one.
    if (p === 1) y = y.sum(e, true);
    else if (q === 1) x = x.sum(d, true);
    else {
      throw new ShapeError(
        `[${op}] contracted dimensions need to match, but first has size ${p} in dim ${d} and second has size ${q} in dim ${e}`,
      );
    }
  });
  const free = (t: Tensor, taken: readonly number[]) => [...t.shape.keys()].filter((d) => !taken.includes(d));
  const [keptLeft, keptRight] = [free(x, left), free(y, right)];
  const shape = [...keptLeft.map((d) => x.size(d)), ...keptRight.map((d) => y.size(d))];
  const inside = sizeOf(left.map((d) => x.size(d)));
  const rows = x.permute([...keptLeft, ...left]).reshape(sizeOf(keptLeft.map((d) => x.size(d))), inside);
  const columns = y.permute([...right, ...keptRight]).reshape(inside, sizeOf(keptRight.map((d) => y.size(d))));
  return asNonView("ReshapeAliasBackward0", mm(rows, columns).view(shape));
}

const CHAIN_MATMUL = signature("chainMatmul", { matrices: rest(tensorList) });

/**
 * Product of several matrices, in the order of multiplications that takes the fewest operations (the matrix chain problem).
 *
 * @throws ShapeError for tensors that are not matrices, or sizes that do not match; ValueError for an empty list.
 * @example chainMatmul(ones(2, 3), ones(3, 4), ones(4, 1)); // tensor([[12.], [12.]])
 */
export function chainMatmul(...args: readonly Tensor[] | readonly [matrices: readonly Tensor[]]): Tensor {
  const { matrices } = CHAIN_MATMUL.read(args);
  const [first] = matrices;
  if (first === undefined) throw new ValueError("[chainMatmul] expected one or more matrices");
  matrices.forEach((matrix, i) => {
    if (matrix.ndim !== 2) {
      throw new ShapeError(`[chainMatmul] Tensor ${i} has ${matrix.ndim} dimensions, but a matrix is expected`);
    }
  });
  const sizes = [first.size(0), ...matrices.map((matrix) => matrix.size(1))];
  const order = cheapestOrder(sizes);
  const product = (from: number, to: number): Tensor => {
    if (from === to) return matrices[from] as Tensor;
    const cut = order[from]?.[to] ?? from;
    return mm(product(from, cut), product(cut + 1, to));
  };
  return product(0, matrices.length - 1);
}

/** For matrices i … j of a chain, behind which of them to cut first: [i][j]. */
function cheapestOrder(sizes: readonly number[]): number[][] {
  const n = sizes.length - 1;
  const table = (): number[][] => Array.from({ length: n }, () => new Array<number>(n).fill(0));
  const [costs, cuts] = [table(), table()];
  const at = (list: readonly number[][], i: number, j: number): number => list[i]?.[j] ?? 0;
  for (let length = 1; length < n; length++) {
    for (let i = 0; i + length < n; i++) {
      const j = i + length;
      let best = Number.POSITIVE_INFINITY;
      for (let cut = i; cut < j; cut++) {
        const own = (sizes[i] ?? 0) * (sizes[cut + 1] ?? 0) * (sizes[j + 1] ?? 0);
        const cost = at(costs, i, cut) + at(costs, cut + 1, j) + own;
        if (cost >= best) continue;
        best = cost;
        (costs[i] as number[])[j] = cost;
        (cuts[i] as number[])[j] = cut;
      }
    }
  }
  return cuts;
}

/** The arguments of {@link vander} by name. */
export interface VanderOptions {
  /** Number of columns. Default: the size of the vector. */
  readonly N?: number | null | undefined;
  /** If true, the powers rise from left to right. Default false. */
  readonly increasing?: boolean | undefined;
}

export type VanderArgs = Args<[], [N: number | null, increasing: boolean], VanderOptions>;

const VANDER = signature("vander", {
  x: required(aTensor),
  N: optional(aSize, null),
  increasing: optional(aBoolean, false),
});

/**
 * Vandermonde matrix of a vector: its columns are the powers x^(N−1) … x⁰, or x⁰ … x^(N−1) with `increasing`.
 *
 * @throws ShapeError for a tensor that is not a vector.
 * @example vander(tensor([1, 2, 3])); // tensor([[1., 1., 1.], [4., 2., 1.], [9., 3., 1.]])
 */
export function vander(input: Tensor, ...args: VanderArgs): Tensor {
  const { x, N, increasing } = VANDER.read([input, ...args]);
  if (x.ndim !== 1) throw new ShapeError(`[vander] x must be a one-dimensional tensor, but got ${bracketed(x.shape)}`);
  const n = N ?? x.numel();
  checkCount("vander", [x.numel(), n], x.dtype);
  const base = isFloat(x.dtype) ? x : cast(x, "int32");
  const first = base.newOnes([x.numel(), 1]);
  if (n <= 1) return n === 0 ? first.narrow(1, 0, 0) : first;
  const powers = cat(
    [
      first,
      base
        .unsqueeze(1)
        .expand(x.numel(), n - 1)
        .cumprod(1),
    ],
    1,
  );
  return increasing ? powers : powers.flip(1);
}

export type CrossArgs = Args<
  [other: Tensor],
  [dim: number | null],
  { readonly other: Tensor; readonly dim?: number | null | undefined }
>;

const CROSS = signature("cross", {
  input: required(aTensor),
  other: required(aTensor),
  dim: optional(anInteger, null),
});

/**
 * Cross product of 3-vectors along a dimension of size 3, by default the first one. The other dimensions broadcast.
 *
 * @throws ShapeError if the dimension does not have size 3 in both.
 * @example cross(tensor([1, 0, 0]), tensor([0, 1, 0])); // tensor([0., 0., 1.])
 */
export function cross(x: Tensor, ...args: CrossArgs): Tensor {
  const { input: a, other: b, dim } = CROSS.read([x, ...args]);
  if (a.ndim !== b.ndim) {
    throw new ShapeError(
      `[cross] inputs must have the same number of dimensions, but got ${bracketed(a.shape)} and ${bracketed(b.shape)}`,
    );
  }
  const d = dim === null ? a.shape.indexOf(3) : normalizeDim("cross", dim, a.ndim);
  if (a.shape[d] !== 3 || b.shape[d] !== 3) {
    throw new ShapeError(
      dim === null
        ? `[cross] no dimension of size 3 in input: got shape ${bracketed(a.shape)}`
        : `[cross] inputs dimension ${dim} must have length 3. Got ${a.shape[d]} and ${b.shape[d]}`,
    );
  }
  broadcastShapes("cross", a.shape, b.shape);
  const [a1, a2, b1, b2] = [a.roll(-1, d), a.roll(-2, d), b.roll(-1, d), b.roll(-2, d)];
  return withGradFnName("LinalgCrossBackward0", a1.mul(b2).sub(a2.mul(b1)));
}
