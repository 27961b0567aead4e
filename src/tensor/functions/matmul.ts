/** @file Matrix products of vectors, matrices and batches of matrices. */
import { sizeOf } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { batchingHook, composite } from "../../autograd/batching.ts";
import type { Args } from "../../core/arguments.ts";
import { conversionHint } from "../../core/dtype.ts";
import { DTypeError, ShapeError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { bracketed, broadcastShapes, times } from "../../core/shape.ts";
import { ops } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import { checkTensor } from "../type-promotion.ts";
import { type OtherArgs, tensorPair } from "./arguments.ts";
import { asNonView } from "./grad-fn-name.ts";

function checkPair(op: string, a: Tensor, b: Tensor, first = "first tensor", second = "second tensor"): void {
  if (a.dtype !== b.dtype) {
    throw new DTypeError(
      `[${op}] expected both tensors to have the same dtype, but got ${a.dtype} and ${b.dtype}. ${conversionHint(first, a.dtype, second, b.dtype)}`,
    );
  }
  if (a.dtype === "bool")
    throw new DTypeError(`[${op}] not implemented for bool tensors. Convert with .float() first.`);
}

export type Mat2Args = Args<[mat2: Tensor], [], { readonly mat2: Tensor }>;

const MM = tensorPair("mm", "mat2");
const BMM = tensorPair("bmm", "mat2");
const DOT = tensorPair("dot", "other");
const MATMUL = tensorPair("matmul", "other");

/** Tests for the common call: two tensors. It skips the signature. */
function isPair(x: unknown, args: readonly unknown[]): args is readonly [Tensor] {
  return args.length === 1 && isTensor(x) && isTensor(args[0]);
}

/**
 * Matrix product of [n, k] and [k, m] → [n, m], without broadcasting.
 *
 * @throws ShapeError if the inner sizes differ; DTypeError for operands of different dtypes and for bools.
 * @example mm(tensor([[1, 2]]), tensor([[3], [4]])); // tensor([[11.]])
 */
export function mm(x: Tensor, ...args: Mat2Args): Tensor {
  const { input, mat2 } = isPair(x, args) ? { input: x, mat2: args[0] } : MM.read([x, ...args]);
  checkPair("mm", input, mat2);
  return apply(ops.mm, [input, mat2], null);
}

/**
 * Batched matrix product of [b, n, k] and [b, k, m] → [b, n, m], without broadcasting.
 *
 * @throws ShapeError for sizes that do not match; DTypeError for operands of different dtypes and for bools.
 * @example bmm(ones(10, 3, 4), ones(10, 4, 5)).shape; // [10, 3, 5]
 */
export function bmm(x: Tensor, ...args: Mat2Args): Tensor {
  const { input, mat2 } = isPair(x, args) ? { input: x, mat2: args[0] } : BMM.read([x, ...args]);
  checkPair("bmm", input, mat2);
  return apply(ops.bmm, [input, mat2], null);
}

/**
 * Dot product of two vectors of one length: a 0-d tensor.
 *
 * @throws ShapeError unless both are 1-d and of one size.
 * @example dot(tensor([1, 2]), tensor([3, 4])); // tensor(11.)
 */
export function dot(x: Tensor, ...args: OtherArgs): Tensor {
  const { input: a, other: b } = DOT.read([x, ...args]);
  checkPair("dot", a, b);
  if (a.ndim !== 1 || b.ndim !== 1) {
    throw new ShapeError(`[dot] 1D tensors expected, but got ${a.ndim}D and ${b.ndim}D tensors`);
  }
  if (a.size(0) !== b.size(0)) {
    throw new ShapeError(
      `[dot] inconsistent tensor size, expected tensor ${bracketed(a.shape)} and src ${bracketed(b.shape)} to have the same number of elements, but got ${a.size(0)} and ${b.size(0)} elements respectively`,
    );
  }
  return asNonView("DotBackward0", a.unsqueeze(0).mm(b.unsqueeze(1)).view([]));
}

/**
 * Matrix product by NumPy's rules: of two vectors the dot product, of a matrix and a vector the matrix-vector product;
 * leading dimensions are batch dimensions, which broadcast.
 *
 * @throws ShapeError if the inner sizes differ or an operand is 0-d; DTypeError for operands of different dtypes and
 * for bools.
 * @example
 * ```ts
 * matmul(tensor([[1, 2], [3, 4]]), tensor([1, 1])); // tensor([3., 7.])
 * matmul(ones(10, 3, 4), ones(4, 5)).shape; // [10, 3, 5]
 * ```
 */
export function matmul(x: Tensor, ...args: OtherArgs): Tensor {
  const { input: a, other: b } = isPair(x, args) ? { input: x, other: args[0] } : MATMUL.read([x, ...args]);
  checkPair("matmul", a, b);
  if (a.ndim === 0 || b.ndim === 0) {
    throw new ShapeError(
      `[matmul] both arguments to matmul need to be at least 1D, but they are ${a.ndim}D and ${b.ndim}D. Use mul for numbers.`,
    );
  }
  if (a.ndim === 1 && b.ndim === 1) return dot(a, b);
  if (a.ndim === 1) {
    if (a.size(0) !== b.size(-2)) throw mismatch(a, b);
    const name = b.ndim === 2 ? "SqueezeBackward3" : "UnsafeViewBackward0";
    return asNonView(name, matmul(a.unsqueeze(0), b).squeeze(-2));
  }
  if (b.ndim === 1) {
    if (a.size(-1) !== b.size(0)) throw mismatch(a, b);
    const product = matmul(a, b.unsqueeze(1)).squeeze(-1);
    return asNonView(a.ndim === 2 ? "MvBackward0" : "UnsafeViewBackward0", product);
  }
  if (a.size(-1) !== b.size(-2)) throw mismatch(a, b);
  if (a.ndim === 2 && b.ndim === 2) return mm(a, b);
  if (batchingHook !== null) return composite("matmul", [a, b], {}, () => batchedMatmul(a, b));
  return batchedMatmul(a, b);
}

function mismatch(a: Tensor, b: Tensor): ShapeError {
  if (a.ndim === 2 && b.ndim <= 2) {
    return new ShapeError(
      `[matmul] mat1 and mat2 shapes cannot be multiplied (${times(a.shape)} and ${times(b.shape)})`,
    );
  }
  return new ShapeError(
    `[matmul] Expected size for the last dimension of the first argument to match the last but one of the second, but got shapes ${bracketed(a.shape)} and ${bracketed(b.shape)}`,
  );
}

function batchedMatmul(a: Tensor, b: Tensor): Tensor {
  const [m, k, n] = [a.size(-2), a.size(-1), b.size(-1)];
  if (b.ndim === 2) {
    const flat = mm(a.reshape(sizeOf(a.shape.slice(0, -1)), k), b);
    return asNonView("UnsafeViewBackward0", flat.view([...a.shape.slice(0, -1), n]));
  }
  const lead = broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
  const count = sizeOf(lead);
  const left = a.expand([...lead, m, k]).reshape(count, m, k);
  const right = b.expand([...lead, k, n]).reshape(count, k, n);
  const name = a.ndim === 2 ? "CloneBackward0" : "UnsafeViewBackward0";
  return asNonView(name, bmm(left, right).view([...lead, m, n]));
}

/**
 * Affine map x·Wᵀ + b for x [*, in], weight [out, in] and bias [out].
 *
 * @throws ShapeError for sizes that do not match; DTypeError for operands of different dtypes.
 * @example nn.functional.linear(tensor([[1, 2]]), tensor([[1, 1]]), tensor([10])); // tensor([[13.]])
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  checkTensor("linear", x);
  checkTensor("linear", weight);
  checkPair("linear", x, weight, "input", "weight");
  if (x.ndim === 0 || weight.ndim !== 2 || x.size(-1) !== weight.size(1)) {
    const rows = x.ndim <= 2 ? x.shape : [sizeOf(x.shape.slice(0, -1)), x.size(-1)];
    throw new ShapeError(
      `[linear] mat1 and mat2 shapes cannot be multiplied (${times(rows)} and ${times([...weight.shape].reverse())})`,
    );
  }
  if (bias != null) {
    checkTensor("linear", bias);
    checkPair("linear", x, bias, "input", "bias");
  }
  if (x.ndim === 2) return bias == null ? mm(x, weight.t()) : apply(ops.linear, [x, weight, bias], null);
  if (batchingHook === null) return linearOfRows(x, weight, bias ?? null);
  return composite("linearOfRows", [x, weight, bias ?? null], {}, () => linearOfRows(x, weight, bias ?? null));
}

/** {@link linear} for x of other than two dimensions. */
function linearOfRows(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const rows = x.reshape(-1, x.size(-1));
  const shape = [...x.shape.slice(0, -1), weight.size(0)];
  if (bias === null) return asNonView("UnsafeViewBackward0", mm(rows, weight.t()).view(shape));
  const product = apply(ops.linear, [rows, weight, bias], null);
  return x.ndim === 1 ? asNonView("AddBackward0", product.view(shape)) : product.view(shape);
}
