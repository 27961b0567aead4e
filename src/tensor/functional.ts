/** @file The methods of a tensor as functions: `add(a, b)` beside `a.add(b)`. */
import type { AllcloseOptions } from "./functions/arithmetic.ts";
import { remainder as divisionRest, pow as power, sub as subtract } from "./functions/arithmetic.ts";
import type { Index } from "./functions/at.ts";
import type { VarianceOptions } from "./functions/reduction.ts";
import type { PadOptions } from "./functions/shape.ts";
import { ops } from "./ops/index.ts";
import { arithmetic, floatArithmetic, type Operand } from "./promote.ts";
import type { Tensor, ValuesAndIndices } from "./tensor.ts";

export { where } from "./functions/arithmetic.ts";
export { einsum } from "./functions/einsum.ts";
export {
  addcdiv,
  addcmul,
  atan2,
  floorDivide,
  isclose,
  isinf,
  lerp,
  logaddexp,
  logicalXor,
  nanToNum,
} from "./functions/elementwise.ts";
export { oneHot } from "./functions/indexing.ts";
export { bmm, dot, matmul, mm } from "./functions/matmul.ts";
export {
  bincount,
  countNonzero,
  indexAdd,
  maskedSelect,
  nonzero,
  take,
  takeAlongDim,
  unique,
} from "./functions/picking.ts";
export { addmm, cross, outer } from "./functions/products.ts";
export { broadcastTensors, hstack, meshgrid, movedim, vstack } from "./functions/rearrange.ts";
export { cat, stack } from "./functions/shape.ts";
export { quantile } from "./functions/statistics.ts";

type Dims = number | readonly number[] | null;
type Sizes = readonly (number | readonly number[])[];

export const add = (a: Operand, b: Operand): Tensor => arithmetic(ops.add, a, b);
export const sub = (a: Operand, b: Operand): Tensor => subtract(a, b);
export const mul = (a: Operand, b: Operand): Tensor => arithmetic(ops.mul, a, b);
export const remainder = (a: Operand, b: Operand): Tensor => divisionRest(a, b);
export const maximum = (a: Operand, b: Operand): Tensor => arithmetic(ops.maximum, a, b);
export const minimum = (a: Operand, b: Operand): Tensor => arithmetic(ops.minimum, a, b);
export const eq = (a: Operand, b: Operand): Tensor => arithmetic(ops.eq, a, b);
export const ne = (a: Operand, b: Operand): Tensor => arithmetic(ops.ne, a, b);
export const lt = (a: Operand, b: Operand): Tensor => arithmetic(ops.lt, a, b);
export const le = (a: Operand, b: Operand): Tensor => arithmetic(ops.le, a, b);
export const gt = (a: Operand, b: Operand): Tensor => arithmetic(ops.gt, a, b);
export const ge = (a: Operand, b: Operand): Tensor => arithmetic(ops.ge, a, b);
export const logicalAnd = (a: Operand, b: Operand): Tensor => arithmetic(ops.logicalAnd, a, b);
export const logicalOr = (a: Operand, b: Operand): Tensor => arithmetic(ops.logicalOr, a, b);
/** True division: integers give float32. */
export const div = (a: Operand, b: Operand): Tensor => floatArithmetic(ops.div, a, b);
export const pow = (base: Operand, exponent: Operand): Tensor => power(base, exponent);

export const neg = (x: Tensor): Tensor => x.neg();
export const abs = (x: Tensor): Tensor => x.abs();
export const square = (x: Tensor): Tensor => x.square();
export const tan = (x: Tensor): Tensor => x.tan();
export const asin = (x: Tensor): Tensor => x.asin();
export const acos = (x: Tensor): Tensor => x.acos();
export const atan = (x: Tensor): Tensor => x.atan();
export const sinh = (x: Tensor): Tensor => x.sinh();
export const cosh = (x: Tensor): Tensor => x.cosh();
export const asinh = (x: Tensor): Tensor => x.asinh();
export const acosh = (x: Tensor): Tensor => x.acosh();
export const atanh = (x: Tensor): Tensor => x.atanh();
export const exp2 = (x: Tensor): Tensor => x.exp2();
export const log2 = (x: Tensor): Tensor => x.log2();
export const log10 = (x: Tensor): Tensor => x.log10();
export const sign = (x: Tensor): Tensor => x.sign();
export const exp = (x: Tensor): Tensor => x.exp();
export const expm1 = (x: Tensor): Tensor => x.expm1();
export const log = (x: Tensor): Tensor => x.log();
export const log1p = (x: Tensor): Tensor => x.log1p();
export const sqrt = (x: Tensor): Tensor => x.sqrt();
export const rsqrt = (x: Tensor): Tensor => x.rsqrt();
export const reciprocal = (x: Tensor): Tensor => x.reciprocal();
export const sin = (x: Tensor): Tensor => x.sin();
export const cos = (x: Tensor): Tensor => x.cos();
export const tanh = (x: Tensor): Tensor => x.tanh();
export const sigmoid = (x: Tensor): Tensor => x.sigmoid();
export const erf = (x: Tensor): Tensor => x.erf();
export const relu = (x: Tensor): Tensor => x.relu();
export const floor = (x: Tensor): Tensor => x.floor();
export const ceil = (x: Tensor): Tensor => x.ceil();
export const round = (x: Tensor): Tensor => x.round();
export const trunc = (x: Tensor): Tensor => x.trunc();
export const isnan = (x: Tensor): Tensor => x.isnan();
export const isfinite = (x: Tensor): Tensor => x.isfinite();
export const logicalNot = (x: Tensor): Tensor => x.logicalNot();
export const clamp = (x: Tensor, min?: number | null, max?: number | null): Tensor => x.clamp(min, max);
export const maskedFill = (x: Tensor, mask: Tensor, value: number | Tensor): Tensor => x.maskedFill(mask, value);
export const allclose = (a: Tensor, b: Tensor, options?: AllcloseOptions): boolean => a.allclose(b, options);
export const equal = (a: Tensor, b: Tensor): boolean => a.equal(b);

export const sum = (x: Tensor, dim?: Dims, keepdim?: boolean): Tensor => x.sum(dim, keepdim);
export const mean = (x: Tensor, dim?: Dims, keepdim?: boolean): Tensor => x.mean(dim, keepdim);
export const amax = (x: Tensor, dim?: Dims, keepdim?: boolean): Tensor => x.amax(dim, keepdim);
export const amin = (x: Tensor, dim?: Dims, keepdim?: boolean): Tensor => x.amin(dim, keepdim);
export const prod = (x: Tensor, dim?: number | null, keepdim?: boolean): Tensor => x.prod(dim, keepdim);
export const argmax = (x: Tensor, dim?: number | null, keepdim?: boolean): Tensor => x.argmax(dim, keepdim);
export const argmin = (x: Tensor, dim?: number | null, keepdim?: boolean): Tensor => x.argmin(dim, keepdim);
export const all = (x: Tensor, dim?: number | null, keepdim?: boolean): Tensor => x.all(dim, keepdim);
export const any = (x: Tensor, dim?: number | null, keepdim?: boolean): Tensor => x.any(dim, keepdim);

/** Of all elements, along a dimension, or element-wise with another tensor. */
export function max(x: Tensor): Tensor;
export function max(x: Tensor, other: Tensor): Tensor;
export function max(x: Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
export function max(x: Tensor, dim?: number | Tensor, keepdim?: boolean): Tensor | ValuesAndIndices {
  if (dim === undefined) return x.max();
  return typeof dim === "number" ? x.max(dim, keepdim) : x.max(dim);
}

/** Of all elements, along a dimension, or element-wise with another tensor. */
export function min(x: Tensor): Tensor;
export function min(x: Tensor, other: Tensor): Tensor;
export function min(x: Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
export function min(x: Tensor, dim?: number | Tensor, keepdim?: boolean): Tensor | ValuesAndIndices {
  if (dim === undefined) return x.min();
  return typeof dim === "number" ? x.min(dim, keepdim) : x.min(dim);
}

const variance = (x: Tensor, dim?: Dims, options?: VarianceOptions): Tensor => x.var(dim, options);

export { variance as var };
export const std = (x: Tensor, dim?: Dims, options?: VarianceOptions): Tensor => x.std(dim, options);
export const norm = (x: Tensor, p?: number, dim?: Dims, keepdim?: boolean): Tensor => x.norm(p, dim, keepdim);
export const logsumexp = (x: Tensor, dim: number | readonly number[], keepdim?: boolean): Tensor =>
  x.logsumexp(dim, keepdim);
export const softmax = (x: Tensor, dim: number): Tensor => x.softmax(dim);
export const logSoftmax = (x: Tensor, dim: number): Tensor => x.logSoftmax(dim);
export const cumsum = (x: Tensor, dim: number): Tensor => x.cumsum(dim);

export const cumprod = (x: Tensor, dim: number): Tensor => x.cumprod(dim);
export const diff = (x: Tensor, n?: number, dim?: number): Tensor => x.diff(n, dim);
export const kthvalue = (x: Tensor, k: number, dim?: number, keepdim?: boolean): ValuesAndIndices =>
  x.kthvalue(k, dim, keepdim);
export const histc = (x: Tensor, bins?: number, min?: number, max?: number): Tensor => x.histc(bins, min, max);

/** The lower median of all elements, or along a dimension. */
export function median(x: Tensor): Tensor;
export function median(x: Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
export function median(x: Tensor, dim?: number, keepdim?: boolean): Tensor | ValuesAndIndices {
  return dim === undefined ? x.median() : x.median(dim, keepdim);
}

export const reshape = (x: Tensor, ...sizes: Sizes): Tensor => x.reshape(...sizes);
export const flatten = (x: Tensor, startDim?: number, endDim?: number): Tensor => x.flatten(startDim, endDim);
export const unflatten = (x: Tensor, dim: number, sizes: readonly number[]): Tensor => x.unflatten(dim, sizes);
export const squeeze = (x: Tensor, dim?: number): Tensor => x.squeeze(dim);
export const unsqueeze = (x: Tensor, dim: number): Tensor => x.unsqueeze(dim);
export const transpose = (x: Tensor, dim0: number, dim1: number): Tensor => x.transpose(dim0, dim1);
export const t = (x: Tensor): Tensor => x.t();
export const permute = (x: Tensor, ...dims: Sizes): Tensor => x.permute(...dims);
export const narrow = (x: Tensor, dim: number, start: number, length: number): Tensor => x.narrow(dim, start, length);
export const select = (x: Tensor, dim: number, index: number): Tensor => x.select(dim, index);
export const unfold = (x: Tensor, dim: number, size: number, step: number): Tensor => x.unfold(dim, size, step);
export const split = (x: Tensor, sizes: number | readonly number[], dim?: number): Tensor[] => x.split(sizes, dim);
export const chunk = (x: Tensor, chunks: number, dim?: number): Tensor[] => x.chunk(chunks, dim);
export const unbind = (x: Tensor, dim?: number): Tensor[] => x.unbind(dim);
export const repeat = (x: Tensor, ...counts: Sizes): Tensor => x.repeat(...counts);
export const tile = (x: Tensor, ...counts: Sizes): Tensor => x.tile(...counts);
export const broadcastTo = (x: Tensor, ...sizes: Sizes): Tensor => x.broadcastTo(...sizes);
export const repeatInterleave = (x: Tensor, repeats: number | Tensor, dim?: number | null): Tensor =>
  x.repeatInterleave(repeats, dim);
export const fliplr = (x: Tensor): Tensor => x.fliplr();
export const flipud = (x: Tensor): Tensor => x.flipud();
export const rot90 = (x: Tensor, k?: number, dims?: readonly number[]): Tensor => x.rot90(k, dims);
export const swapaxes = (x: Tensor, dim0: number, dim1: number): Tensor => x.swapaxes(dim0, dim1);
export const diag = (x: Tensor, diagonal?: number): Tensor => x.diag(diagonal);
export const diagonal = (x: Tensor, offset?: number, dim1?: number, dim2?: number): Tensor =>
  x.diagonal(offset, dim1, dim2);
export const trace = (x: Tensor): Tensor => x.trace();
export const flip = (x: Tensor, ...dims: Sizes): Tensor => x.flip(...dims);
export const roll = (x: Tensor, shifts: number | readonly number[], dims?: number | readonly number[]): Tensor =>
  x.roll(shifts, dims);
export const pad = (x: Tensor, padding: readonly number[], options?: PadOptions): Tensor => x.pad(padding, options);
export const tril = (x: Tensor, diagonal?: number): Tensor => x.tril(diagonal);
export const triu = (x: Tensor, diagonal?: number): Tensor => x.triu(diagonal);
export const clone = (x: Tensor): Tensor => x.clone();
export const detach = (x: Tensor): Tensor => x.detach();
export const numel = (x: Tensor): number => x.numel();
export const isFloatingPoint = (x: Tensor): boolean => x.isFloatingPoint();

export const at = (x: Tensor, ...indices: readonly Index[]): Tensor => x.at(...indices);
export const gather = (x: Tensor, dim: number, index: Tensor): Tensor => x.gather(dim, index);
export const scatter = (x: Tensor, dim: number, index: Tensor, src: Tensor | number): Tensor =>
  x.scatter(dim, index, src);
export const scatterAdd = (x: Tensor, dim: number, index: Tensor, src: Tensor): Tensor => x.scatterAdd(dim, index, src);
export const indexSelect = (x: Tensor, dim: number, index: Tensor): Tensor => x.indexSelect(dim, index);
export const topk = (x: Tensor, k: number, dim?: number, largest?: boolean): ValuesAndIndices =>
  x.topk(k, dim, largest);
export const sort = (x: Tensor, dim?: number, descending?: boolean): ValuesAndIndices => x.sort(dim, descending);
export const argsort = (x: Tensor, dim?: number, descending?: boolean): Tensor => x.argsort(dim, descending);
