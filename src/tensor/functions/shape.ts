/** @file Shapes as PyTorch names them: what can be a view is one. */
import { sizeOf } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { markPartsOf } from "../../autograd/slices.ts";
import { promoteTypes } from "../dtype.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { ops } from "../ops/index.ts";
import { readArguments } from "../options.ts";
import { checkTensor } from "../promote.ts";
import { bracketed, checkSizes, inferSizes, normalizeDim, viewStrides } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type DimOption, dimOf } from "./arguments.ts";
import { fresh, named } from "./named.ts";

export function reshape(x: Tensor, sizes: readonly number[]): Tensor {
  const shape = inferSizes("reshape", sizes, x.numel());
  if (viewStrides(x.shape, x.strides, shape) !== null) {
    return named("ReshapeAliasBackward0", apply(ops.view, [x], shape));
  }
  return fresh("UnsafeViewBackward0", apply(ops.view, [x.clone()], shape));
}

export function flatten(x: Tensor, startDim: number, endDim: number): Tensor {
  const start = normalizeDim("flatten", startDim, x.ndim);
  const end = normalizeDim("flatten", endDim, x.ndim);
  if (start > end) throw new ShapeError("[flatten] flatten() has invalid args: start_dim cannot come after end_dim");
  if (x.ndim === 0) return reshape(x, [1]);
  if (start === end) return x;
  return reshape(x, [...x.shape.slice(0, start), sizeOf(x.shape.slice(start, end + 1)), ...x.shape.slice(end + 1)]);
}

export function unflatten(x: Tensor, dim: number, sizes: readonly number[]): Tensor {
  const d = normalizeDim("unflatten", dim, x.ndim);
  const inner = inferSizes("unflatten", sizes, x.shape[d] as number);
  return x.view([...x.shape.slice(0, d), ...inner, ...x.shape.slice(d + 1)]);
}

export function squeeze(x: Tensor, dim?: number): Tensor {
  if (dim === undefined) return apply(ops.squeeze, [x], [...x.shape.keys()]);
  return apply(ops.squeezeDim, [x], [normalizeDim("squeeze", dim, x.ndim)]);
}

export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  const a = normalizeDim("transpose", dim0, x.ndim);
  const b = normalizeDim("transpose", dim1, x.ndim);
  const order = [...x.shape.keys()];
  if (x.ndim > 0) {
    order[a] = b;
    order[b] = a;
  }
  return apply(ops.transpose, [x], order);
}

export function t(x: Tensor): Tensor {
  if (x.ndim > 2) throw new ShapeError(`[t] t() expects a tensor with <= 2 dimensions, but self is ${x.ndim}D`);
  return apply(ops.t, [x], x.ndim === 2 ? [1, 0] : [...x.shape.keys()]);
}

export function permute(x: Tensor, dims: readonly number[]): Tensor {
  const order = dims.map((d) => normalizeDim("permute", d, x.ndim));
  if (order.length !== x.ndim || new Set(order).size !== order.length) {
    throw new ShapeError(
      `[permute] permute(dims): expected each of the ${x.ndim} dimensions of ${bracketed(x.shape)} once, got ${bracketed(dims)}`,
    );
  }
  return apply(ops.permute, [x], order);
}

export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  if (x.ndim === 0) throw new ShapeError("[narrow] narrow() cannot be applied to a 0-dim tensor.");
  const d = normalizeDim("narrow", dim, x.ndim);
  const size = x.shape[d] as number;
  // PyTorch takes −1 for 0 where there is nothing.
  const from = start < 0 ? start + Math.max(size, 1) : start;
  if (!Number.isInteger(from) || !Number.isInteger(length) || from < 0 || length < 0 || from + length > size) {
    throw new ShapeError(
      `[narrow] start (${start}) + length (${length}) exceeds dimension size (${size}) of dimension ${d}`,
    );
  }
  return apply(ops.slice, [x], { dim: d, start: from, end: from + length, step: 1 });
}

/** `op` is who asks, for errors. */
export function select(x: Tensor, dim: number, index: number, op = "select"): Tensor {
  if (x.ndim === 0) throw new ShapeError(`[${op}] select() cannot be applied to a 0-dim tensor.`);
  const d = normalizeDim(op, dim, x.ndim);
  const size = x.shape[d] as number;
  if (!Number.isInteger(index) || index < -size || index >= size) {
    throw new ShapeError(`[${op}] index ${index} is out of bounds for dimension ${d} with size ${size}`);
  }
  return apply(ops.select, [x], { dim: d, index: index < 0 ? index + size : index });
}

/** `op` is who asks, for errors. */
export function slice(
  x: Tensor,
  dim: number,
  start?: number | null,
  end?: number | null,
  step = 1,
  op = "slice",
): Tensor {
  if (x.ndim === 0) throw new ShapeError(`[${op}] slice() cannot be applied to a 0-dim tensor.`);
  if (!Number.isInteger(step) || step < 1) throw new ValueError(`[${op}] slice step must be positive, but got ${step}`);
  const d = normalizeDim(op, dim, x.ndim);
  const size = x.shape[d] as number;
  const clip = (position: number) => Math.min(Math.max(position < 0 ? position + size : position, 0), size);
  const from = clip(start ?? 0);
  const upTo = Math.max(clip(end ?? size), from);
  if (!Number.isInteger(from) || !Number.isInteger(upTo)) {
    throw new ValueError(`[${op}] start and end must be whole numbers, but got ${start} and ${end}`);
  }
  return apply(ops.slice, [x], { dim: d, start: from, end: upTo, step });
}

export function unfold(x: Tensor, dim: number, size: number, step: number): Tensor {
  const d = normalizeDim("unfold", dim, x.ndim);
  const length = x.shape[d] ?? 1;
  if (!Number.isInteger(size) || size < 0 || size > length) {
    throw new ShapeError(`[unfold] maximum size for tensor at dimension ${d} is ${length} but size is ${size}`);
  }
  if (!Number.isInteger(step) || step < 1) throw new ValueError(`[unfold] step is ${step} but must be > 0`);
  return apply(ops.unfold, [x], { dim: d, size, step });
}

function checkWhole(op: string, what: string, list: readonly number[]): void {
  if (list.every(Number.isInteger)) return;
  throw new ValueError(`[${op}] expected whole numbers as ${what}, but got ${bracketed(list)}`);
}

/** The upper or lower triangle of the last two dimensions. */
export function triangle(which: "tril" | "triu", x: Tensor, diagonal: number): Tensor {
  checkWhole(which, "the diagonal", [diagonal]);
  return apply(ops[which], [x], diagonal);
}

function checkList(op: string, tensors: readonly Tensor[]): asserts tensors is readonly [Tensor, ...Tensor[]] {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ValueError(`[${op}] expected a non-empty array of Tensors`);
  }
  for (const x of tensors) checkTensor(op, x);
}

/** Joins along an existing dimension; dtypes are promoted. */
export function cat(tensors: readonly Tensor[], dim?: number | DimOption): Tensor {
  checkList("cat", tensors);
  const dtype = tensors.map((x) => x.dtype).reduce(promoteTypes);
  const rank = Math.max(...tensors.map((x) => x.ndim));
  if (tensors.some((x) => x.ndim === 0)) {
    throw new ShapeError("[cat] zero-dimensional tensor cannot be concatenated. Use stack.");
  }
  const d = normalizeDim("cat", dimOf("cat", dim, 0), rank);
  return apply(
    ops.cat,
    tensors.map((x) => x.to(dtype)),
    d,
  );
}

/** Joins along a new dimension. */
export function stack(tensors: readonly Tensor[], dim?: number | DimOption): Tensor {
  checkList("stack", tensors);
  const [first] = tensors;
  const d = normalizeDim("stack", dimOf("stack", dim, 0), first.ndim + 1);
  tensors.forEach((x, i) => {
    if (x.ndim !== first.ndim || x.shape.some((s, j) => s !== first.shape[j])) {
      throw new ShapeError(
        `[stack] stack expects each tensor to be equal size, but got ${bracketed(first.shape)} at entry 0 and ${bracketed(x.shape)} at entry ${i}`,
      );
    }
  });
  return named(
    "StackBackward0",
    cat(
      tensors.map((x) => x.unsqueeze(d)),
      d,
    ),
  );
}

/** Pieces of one size (the last may be smaller) or of given sizes. */
export function split(x: Tensor, sizes: number | readonly number[], dim = 0): Tensor[] {
  const d = normalizeDim("split", dim, x.ndim);
  const total = x.size(d);
  const given = typeof sizes === "number" ? evenSizes(total, sizes) : sizes;
  checkSizes("split", given);
  if (given.reduce((a, b) => a + b, 0) !== total) {
    throw new ShapeError(
      `[split] split_with_sizes expects split_sizes to sum exactly to ${total} (input tensor's size at dimension ${d}), but got split_sizes=${bracketed(given)}`,
    );
  }
  const name = typeof sizes === "number" ? "SplitBackward0" : "SplitWithSizesBackward0";
  let start = 0;
  const pieces = given.map((size) => {
    const piece = named(name, narrow(x, d, start, size));
    start += size;
    return piece;
  });
  return markPartsOf("split", name, pieces);
}

function evenSizes(total: number, size: number): number[] {
  if (!Number.isInteger(size) || size < 1) {
    throw new ValueError(`[split] split_size must be a positive whole number, but got ${size}`);
  }
  const count = Math.max(Math.ceil(total / size), 1);
  return Array.from({ length: count }, (_, i) => Math.min(size, total - i * size));
}

export function chunk(x: Tensor, chunks: number, dim = 0): Tensor[] {
  if (!Number.isInteger(chunks) || chunks < 1) {
    throw new ValueError(`[chunk] chunk expects \`chunks\` to be greater than 0, got: ${chunks}`);
  }
  const size = x.size(dim);
  if (size === 0) return split(x, new Array<number>(chunks).fill(0), dim);
  return split(x, Math.max(Math.ceil(size / chunks), 1), dim);
}

export function unbind(x: Tensor, dim: number): Tensor[] {
  const d = normalizeDim("unbind", dim, x.ndim);
  const name = "UnbindBackward0";
  return markPartsOf(
    "unbind",
    name,
    Array.from({ length: x.size(d) }, (_, i) => named(name, select(x, d, i))),
  );
}

export function repeat(x: Tensor, counts: readonly number[]): Tensor {
  const lead = counts.length - x.ndim;
  if (lead < 0) {
    throw new ShapeError(
      "[repeat] Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
    );
  }
  checkSizes("repeat", counts);
  const shape = [...new Array<number>(lead).fill(1), ...x.shape];
  const spaced = x.reshape(shape.flatMap((s) => [1, s])).expand(shape.flatMap((s, d) => [counts[d] as number, s]));
  return fresh("RepeatBackward0", spaced.clone().view(shape.map((s, d) => s * (counts[d] as number))));
}

export function roll(x: Tensor, shifts: number | readonly number[], dims?: number | readonly number[]): Tensor {
  const by = typeof shifts === "number" ? [shifts] : shifts;
  checkWhole("roll", "shifts", by);
  if (dims === undefined) {
    if (by.length !== 1) throw new ValueError(`[roll] shifts and dimensions must align. shifts: ${by.length}, dims:0`);
    return fresh("RollBackward0", roll(x.reshape(-1), by, [0]).view(x.shape));
  }
  const along = typeof dims === "number" ? [dims] : dims;
  if (along.length !== by.length) {
    throw new ValueError(`[roll] shifts and dimensions must align. shifts: ${by.length}, dims:${along.length}`);
  }
  return by.reduce((y, shift, i) => {
    const dim = normalizeDim("roll", along[i] as number, x.ndim);
    const size = Math.max(x.size(dim), 1);
    return apply(ops.roll, [y], { dim, shift: ((shift % size) + size) % size });
  }, x);
}

export interface PadOptions {
  readonly mode?: "constant";
  readonly value?: number;
}

const PAD_DEFAULTS = { mode: "constant" as string, value: 0 };

/** Padding in PyTorch's order: pairs from the last dimension backwards. */
export function pad(
  x: Tensor,
  padding: readonly number[],
  mode?: "constant" | PadOptions,
  value?: number | PadOptions,
): Tensor {
  const given = readArguments("pad", PAD_DEFAULTS, [mode, value]);
  if (given.mode !== "constant") {
    throw new ValueError(`[pad] only mode "constant" is supported, got ${JSON.stringify(given.mode)}`);
  }
  checkWhole("pad", "paddings", padding);
  if (padding.length % 2 !== 0) throw new ValueError("[pad] Padding length must be divisible by 2");
  if (padding.length / 2 > x.ndim) throw new ShapeError("[pad] Padding length too large");
  const before = x.shape.map(() => 0);
  const after = x.shape.map(() => 0);
  for (let i = 0; i < padding.length / 2; i++) {
    before[x.ndim - 1 - i] = padding[2 * i] as number;
    after[x.ndim - 1 - i] = padding[2 * i + 1] as number;
  }
  return apply(ops.pad, [x], { before, after, value: given.value });
}
