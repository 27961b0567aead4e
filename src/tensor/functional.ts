/** @file The methods of a tensor as functions: `add(a, b)` beside `a.add(b)`. */
import { type AlphaOption, type ReduceOptions, type RoundingOption, scaled } from "./functions/arguments.ts";
import type { Tolerances } from "./functions/arithmetic.ts";
import { div as divide, remainder as divisionRest, pow as power, sub as subtract } from "./functions/arithmetic.ts";
import type { Index } from "./functions/at.ts";
import type { VarianceArguments } from "./functions/reduction.ts";
import { ops } from "./ops/index.ts";
import { arithmetic, type Operand } from "./promote.ts";
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

export const add = (a: Operand, b: Operand, options?: AlphaOption): Tensor =>
  arithmetic(ops.add, a, scaled("add", a, b, options));
export const sub = (a: Operand, b: Operand, options?: AlphaOption): Tensor => subtract(a, scaled("sub", a, b, options));
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
export const div = (a: Operand, b: Operand, options?: RoundingOption): Tensor => divide(a, b, options);
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
export const clamp = (x: Tensor, ...given: Parameters<Tensor["clamp"]>): Tensor => x.clamp(...given);
export const maskedFill = (x: Tensor, mask: Tensor, value: number | Tensor): Tensor => x.maskedFill(mask, value);
export const allclose = (a: Tensor, b: Tensor, ...tolerances: Tolerances): boolean => a.allclose(b, ...tolerances);
export const equal = (a: Tensor, b: Tensor): boolean => a.equal(b);

export const sum = (x: Tensor, ...given: Parameters<Tensor["sum"]>): Tensor => x.sum(...given);
export const mean = (x: Tensor, ...given: Parameters<Tensor["mean"]>): Tensor => x.mean(...given);
export const amax = (x: Tensor, ...given: Parameters<Tensor["amax"]>): Tensor => x.amax(...given);
export const amin = (x: Tensor, ...given: Parameters<Tensor["amin"]>): Tensor => x.amin(...given);
export const prod = (x: Tensor, ...given: Parameters<Tensor["prod"]>): Tensor => x.prod(...given);
export const argmax = (x: Tensor, ...given: Parameters<Tensor["argmax"]>): Tensor => x.argmax(...given);
export const argmin = (x: Tensor, ...given: Parameters<Tensor["argmin"]>): Tensor => x.argmin(...given);
export const all = (x: Tensor, ...given: Parameters<Tensor["all"]>): Tensor => x.all(...given);
export const any = (x: Tensor, ...given: Parameters<Tensor["any"]>): Tensor => x.any(...given);

/** Of all elements, along a dimension, or element-wise with another tensor. */
export function max(x: Tensor): Tensor;
export function max(x: Tensor, other: Tensor): Tensor;
export function max(
  x: Tensor,
  dim: number | ReduceOptions<number>,
  keepdim?: boolean | ReduceOptions<number>,
): ValuesAndIndices;
export function max(
  x: Tensor,
  dim?: number | Tensor | ReduceOptions<number>,
  keepdim?: boolean | ReduceOptions<number>,
): Tensor | ValuesAndIndices {
  if (dim === undefined) return x.max();
  return typeof dim === "object" && "storage" in dim ? x.max(dim) : x.max(dim, keepdim);
}

/** Of all elements, along a dimension, or element-wise with another tensor. */
export function min(x: Tensor): Tensor;
export function min(x: Tensor, other: Tensor): Tensor;
export function min(
  x: Tensor,
  dim: number | ReduceOptions<number>,
  keepdim?: boolean | ReduceOptions<number>,
): ValuesAndIndices;
export function min(
  x: Tensor,
  dim?: number | Tensor | ReduceOptions<number>,
  keepdim?: boolean | ReduceOptions<number>,
): Tensor | ValuesAndIndices {
  if (dim === undefined) return x.min();
  return typeof dim === "object" && "storage" in dim ? x.min(dim) : x.min(dim, keepdim);
}

const variance = (x: Tensor, ...given: VarianceArguments): Tensor => x.var(...given);

export { variance as var };
export const std = (x: Tensor, ...given: Parameters<Tensor["std"]>): Tensor => x.std(...given);
export const norm = (x: Tensor, p?: number, dim?: Dims, keepdim?: boolean): Tensor => x.norm(p, dim, keepdim);
export const logsumexp = (x: Tensor, ...given: Parameters<Tensor["logsumexp"]>): Tensor => x.logsumexp(...given);
export const softmax = (x: Tensor, ...given: Parameters<Tensor["softmax"]>): Tensor => x.softmax(...given);
export const logSoftmax = (x: Tensor, ...given: Parameters<Tensor["logSoftmax"]>): Tensor => x.logSoftmax(...given);
export const cumsum = (x: Tensor, ...given: Parameters<Tensor["cumsum"]>): Tensor => x.cumsum(...given);

export const cumprod = (x: Tensor, ...given: Parameters<Tensor["cumprod"]>): Tensor => x.cumprod(...given);
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
export const flatten = (x: Tensor, ...given: Parameters<Tensor["flatten"]>): Tensor => x.flatten(...given);
export const unflatten = (x: Tensor, dim: number, sizes: readonly number[]): Tensor => x.unflatten(dim, sizes);
export const squeeze = (x: Tensor, dim?: number): Tensor => x.squeeze(dim);
export const unsqueeze = (x: Tensor, dim: number): Tensor => x.unsqueeze(dim);
export const transpose = (x: Tensor, dim0: number, dim1: number): Tensor => x.transpose(dim0, dim1);
export const t = (x: Tensor): Tensor => x.t();
export const permute = (x: Tensor, ...dims: Sizes): Tensor => x.permute(...dims);
export const narrow = (x: Tensor, dim: number, start: number, length: number): Tensor => x.narrow(dim, start, length);
export const select = (x: Tensor, dim: number, index: number): Tensor => x.select(dim, index);
export const unfold = (x: Tensor, dim: number, size: number, step: number): Tensor => x.unfold(dim, size, step);
export const split = (x: Tensor, ...given: Parameters<Tensor["split"]>): Tensor[] => x.split(...given);
export const chunk = (x: Tensor, ...given: Parameters<Tensor["chunk"]>): Tensor[] => x.chunk(...given);
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
export const pad = (x: Tensor, ...given: Parameters<Tensor["pad"]>): Tensor => x.pad(...given);
export const tril = (x: Tensor, ...given: Parameters<Tensor["tril"]>): Tensor => x.tril(...given);
export const triu = (x: Tensor, ...given: Parameters<Tensor["triu"]>): Tensor => x.triu(...given);
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
export const topk = (x: Tensor, ...given: Parameters<Tensor["topk"]>): ValuesAndIndices => x.topk(...given);
export const sort = (x: Tensor, ...given: Parameters<Tensor["sort"]>): ValuesAndIndices => x.sort(...given);
export const argsort = (x: Tensor, ...given: Parameters<Tensor["argsort"]>): Tensor => x.argsort(...given);
