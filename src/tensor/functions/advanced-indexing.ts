/** @file Basic and advanced indexing: `x.at(…)`. */

import { apply } from "../../autograd/apply.ts";
import { batchOf } from "../../autograd/batching.ts";
import { readArgument } from "../../core/arguments.ts";
import { describeValue } from "../../core/describe.ts";
import { DeviceError, ShapeError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { aTensor } from "../../core/kinds.ts";
import { bracketed, broadcastShapes } from "../../core/shape.ts";
import { newFrom } from "../like.ts";
import { ops } from "../ops/index.ts";
import { checkCount } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { indexTensor } from "./gather-scatter.ts";
import { asNonView } from "./grad-fn-name.ts";
import { selectAt, sliceAt } from "./shape.ts";

/** A slice `[start, end, step]`; null or a missing entry stands for Python's omitted one. */
export type SliceIndex = readonly [start?: number | null, end?: number | null, step?: number | null];

/** One entry of an index: an integer, a slice, null for the whole dimension, or an index or mask tensor. */
export type Index = number | null | SliceIndex | Tensor;

function isSlice(index: unknown): index is SliceIndex {
  return (
    Array.isArray(index) &&
    index.length <= 3 &&
    index.every((place: unknown) => place == null || typeof place === "number")
  );
}

/** Number of dimensions that an entry consumes. */
function dimsConsumedBy(index: Index): number {
  return isTensor(index) && index.dtype === "bool" ? index.ndim : 1;
}

/**
 * Basic and advanced indexing, as `x[…]` in Python: integers, slices `[start, end, step]`, null for a whole dimension,
 * and index or mask tensors. Basic indices give a view, tensors a copy.
 *
 * @throws ShapeError for too many indices, one out of bounds, or a mask of another shape; ValueError for anything else.
 * @example
 * ```ts
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * at(x, 0); // tensor([1., 2., 3.])
 * at(x, null, [1, 3]); // tensor([[2., 3.], [5., 6.]])
 * at(x, x.gt(4)); // tensor([5., 6.])
 * ```
 */
export function at(x: Tensor, ...indices: readonly Index[]): Tensor {
  if (!isTensor(x)) readArgument("at", "input", aTensor, x);
  const used = indices.reduce<number>((n, index) => n + dimsConsumedBy(index), 0);
  if (used > x.ndim) {
    throw new ShapeError(
      `[at] too many indices for tensor of dimension ${x.ndim}: got ${used} for shape ${bracketed(x.shape)}`,
    );
  }
  let view = x;
  let dim = 0;
  const picks: { dim: number; index: Tensor }[] = [];
  for (const index of indices) {
    if (typeof index === "number") {
      view = selectAt("at", view, dim, index);
    } else if (index === null) {
      dim++;
    } else if (isTensor(index) && index.ndim === 0 && index.dtype === "int32" && isReadable(index)) {
      view = selectAt("at", view, dim, index.itemSync());
    } else if (isTensor(index) && index.dtype === "bool") {
      if (index.ndim === 0) continue;
      checkMask(index, view, dim);
      view = mergeDims(view, dim, index);
      picks.push({ dim: dim++, index: positionsOfTrue(index) });
    } else if (isTensor(index)) {
      picks.push({ dim: dim++, index: indexTensor("at", index) });
    } else if (isSlice(index)) {
      view = sliceAt("at", view, dim++, index[0], index[1], index[2]);
    } else {
      throw new ValueError(
        `[at] expected an integer, null, a slice [start, end, step] or an index tensor, but got ${describeValue(index)}`,
      );
    }
  }
  if (picks.length > 0) return asNonView("IndexBackward0", indexByTensors(view, picks));
  return view === x && x.ndim > 0 ? view.slice(0) : view;
}

/** Whether the position can be read, and the result be a view. */
function isReadable(index: Tensor): boolean {
  return index.device === "cpu" && batchOf(index) === null;
}

function checkMask(mask: Tensor, x: Tensor, dim: number): void {
  mask.shape.forEach((size, d) => {
    if (size !== x.shape[dim + d]) {
      throw new ShapeError(
        `[at] The shape of the mask ${bracketed(mask.shape)} at index ${d} does not match the shape of the indexed tensor ${bracketed(x.shape)} at index ${dim + d}`,
      );
    }
  });
}

/** The dimensions that a mask covers as one. */
function mergeDims(x: Tensor, dim: number, mask: Tensor): Tensor {
  if (mask.ndim === 1) return x;
  return x.reshape([...x.shape.slice(0, dim), mask.numel(), ...x.shape.slice(dim + mask.ndim)]);
}

/** The flat indices of a mask's true elements. @throws DeviceError on a device that cannot be read synchronously. */
function positionsOfTrue(mask: Tensor): Tensor {
  try {
    return apply(ops.nonzero, [mask.reshape(-1)], null).view(-1);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    throw new DeviceError(
      `[at] the shape of the result depends on the mask, which is on device "${mask.device}". Move the mask first, \`await mask.cpu()\`, or use where or maskedFill.`,
      { cause: error },
    );
  }
}

/**
 * Index tensors at several dimensions: those dimensions go to the front and become one, rows of it are selected by
 * the flat position, and the broadcast index shape takes the place of the first of them if they are neighbours.
 */
function indexByTensors(x: Tensor, picks: readonly { dim: number; index: Tensor }[]): Tensor {
  const dims = picks.map((p) => p.dim);
  const shape = picks.map((p) => p.index.shape).reduce((a, b) => broadcastShapes("at", a, b));
  const rest = [...x.shape.keys()].filter((d) => !dims.includes(d));
  checkCount("at", shape, "int32");
  const flat = flatPositions(x, picks, shape);
  const rows = x
    .permute([...dims, ...rest])
    .reshape([dims.reduce((n, d) => n * x.size(d), 1), ...rest.map((d) => x.size(d))]);
  const out = rows.indexSelect(0, flat).view([...shape, ...rest.map((d) => x.size(d))]);
  const first = dims[0] as number;
  const neighbours = dims.every((d, i) => d === first + i);
  if (!neighbours || first === 0) return out;
  const front = shape.length;
  const before = rest.filter((d) => d < first).length;
  const order = [
    ...Array.from({ length: before }, (_, i) => front + i),
    ...Array.from({ length: front }, (_, i) => i),
    ...Array.from({ length: rest.length - before }, (_, i) => front + before + i),
  ];
  return out.permute(order);
}

/** Row-major positions within the indexed dimensions; negative indices count from the end. */
function flatPositions(x: Tensor, picks: readonly { dim: number; index: Tensor }[], shape: readonly number[]): Tensor {
  if (picks.some(({ index }) => index.device !== "cpu" || batchOf(index) !== null))
    return flatPositionsOnDevice(x, picks, shape);
  let flat: Int32Array | null = null;
  for (const { dim, index } of picks) {
    const size = x.size(dim);
    const positions = index.expand(shape).dataSync();
    const next = new Int32Array(positions.length);
    for (let i = 0; i < next.length; i++) {
      const p = positions[i] as number;
      if (p < -size || p >= size) {
        throw new ShapeError(`[at] index ${p} is out of bounds for dimension ${dim} with size ${size}`);
      }
      next[i] = (flat === null ? 0 : (flat[i] as number) * size) + (p < 0 ? p + size : p);
    }
    flat = next;
  }
  const positions = flat ?? new Int32Array(0);
  return newFrom(x, "int32", positions, [positions.length]);
}

/** {@link flatPositions} on the device of x, without reading elements: its kernels check the bounds. */
function flatPositionsOnDevice(
  x: Tensor,
  picks: readonly { dim: number; index: Tensor }[],
  shape: readonly number[],
): Tensor {
  let flat: Tensor | null = null;
  for (const { dim, index } of picks) {
    const size = x.size(dim);
    const there = index.to(x.device).expand(shape).reshape(-1);
    const all = newFrom(
      x,
      "int32",
      Int32Array.from({ length: size }, (_, i) => i),
      [size],
    );
    const positions = all.indexSelect(0, there.add(size).where(there.lt(0), there));
    flat = flat === null ? positions : flat.mul(size).add(positions);
  }
  return flat ?? newFrom(x, "int32", new Int32Array(0), [0]);
}
