/** @file Picking and placing by index tensors, one-hot rows, sorting. */

import { apply } from "../../autograd/apply.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { DTypeError, ShapeError, ValueError } from "../errors.ts";
import { newFrom } from "../like.ts";
import { ops } from "../ops/index.ts";
import { readArguments } from "../options.ts";
import { checkTensor, scalarLike } from "../promote.ts";
import { bracketed, normalizeDim } from "../shape.ts";
import type { Tensor, ValuesAndIndices } from "../tensor.ts";
import type { OneHotOptions } from "./arguments.ts";
import { fresh, named } from "./named.ts";

/** An integer tensor as int32. Throws for floats and bools. */
export function indexTensor(op: string, index: Tensor): Tensor {
  checkTensor(op, index);
  if (index.dtype === "int32") return index;
  if (index.dtype === "uint8") return index.to("int32");
  throw new DTypeError(`[${op}] expected an index of dtype int32, but got ${index.dtype}. Convert it with .int().`);
}

export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  const d = normalizeDim("gather", dim, x.ndim);
  const positions = indexTensor("gather", index);
  if (x.ndim === 0) {
    return fresh("GatherBackward0", gather(x.view(1), 0, positions.reshape(-1)).view(positions.shape));
  }
  if (positions.ndim !== x.ndim) {
    throw new ShapeError(
      `[gather] Index tensor must have the same number of dimensions as input tensor, but got ${bracketed(positions.shape)} and ${bracketed(x.shape)}`,
    );
  }
  return apply(ops.gather, [x, positions], d);
}

function placed(op: "scatter" | "scatterAdd", x: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  const d = normalizeDim(op, dim, x.ndim);
  const positions = indexTensor(op, index);
  if (src.dtype !== x.dtype) {
    throw new DTypeError(`[${op}] Expected self.dtype to be equal to src.dtype, but got ${x.dtype} and ${src.dtype}`);
  }
  if (x.ndim === 0) {
    const placedOne = placed(op, x.view(1), 0, positions.reshape(-1), src.reshape(-1));
    return fresh(ops[op].gradName, placedOne.view([]));
  }
  if (positions.ndim !== x.ndim || src.ndim !== x.ndim) {
    throw new ShapeError(
      `[${op}] Index tensor must have the same number of dimensions as self tensor, but got index ${bracketed(positions.shape)}, src ${bracketed(src.shape)} and self ${bracketed(x.shape)}`,
    );
  }
  return apply(ops[op], [x, positions, src], d);
}

export function scatter(x: Tensor, dim: number, index: Tensor, src: Tensor | number): Tensor {
  if (typeof src !== "number") return placed("scatter", x, dim, index, src);
  const value = scalarLike(src, x.dtype, x).expand(index.shape);
  return named("ScatterBackward1", placed("scatter", x, dim, index, value));
}

export function scatterAdd(x: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  return placed("scatterAdd", x, dim, index, src);
}

export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
  return apply(ops.indexSelect, [x, indexTensor("indexSelect", index)], normalizeDim("indexSelect", dim, x.ndim));
}

/** Rows of zeros with a one at each class index; −1 takes the largest class + 1. */
export function oneHot(x: Tensor, classCount?: number | OneHotOptions): Tensor {
  const { numClasses } = readArguments("oneHot", { numClasses: -1 }, [classCount]);
  const classes = indexTensor("oneHot", x);
  let count = numClasses;
  if (count === -1) {
    if (classes.numel() === 0)
      throw new ValueError("[oneHot] Can not infer total number of classes from empty tensor.");
    if (classes.device !== "cpu") {
      throw new ValueError(
        `[oneHot] the number of classes has to be given, as the largest one is on device "${classes.device}" and would have to be waited for`,
      );
    }
    count = 1 + noGrad(() => classes.max().itemSync());
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new ValueError(`[oneHot] numClasses must be a positive whole number or -1, but got ${numClasses}`);
  }
  const rows = newFrom(classes, "int32", new Int32Array(classes.numel() * count), [...classes.shape, count]);
  const ones = scalarLike(1, "int32", classes).expand([...classes.shape, 1]);
  try {
    return rows.scatter(-1, classes.unsqueeze(-1), ones);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new ValueError(
      `[oneHot] Class values must be non-negative and smaller than num_classes, which is ${count}: ${error.message}`,
      { cause: error },
    );
  }
}

/** Sorted values and where they came from. Stable; NaN is the largest. */
export function sort(x: Tensor, dim: number, descending: boolean): ValuesAndIndices {
  const d = normalizeDim("sort", dim, x.ndim);
  const indices = apply(ops.argsort, [x], { dim: d, descending });
  return { values: named("SortBackward0", x.ndim === 0 ? x.clone() : gather(x, d, indices)), indices };
}

/** The k largest (or smallest) values along a dimension, the best first. */
export function topk(x: Tensor, k: number, dim: number, largest: boolean): ValuesAndIndices {
  const d = normalizeDim("topk", dim, x.ndim);
  if (x.dtype === "bool") throw new DTypeError("[topk] not implemented for bool tensors. Convert with .int() first.");
  const size = x.ndim === 0 ? 1 : x.size(d);
  if (!Number.isInteger(k) || k < 0 || k > size) {
    throw new ShapeError(`[topk] selected index k out of range: k is ${k}, dimension ${d} has size ${size}`);
  }
  const order = apply(ops.argsort, [x], { dim: d, descending: largest });
  if (x.ndim === 0) return { values: named("TopkBackward0", x.clone()), indices: order };
  const indices = order.narrow(d, 0, k).contiguous();
  return { values: named("TopkBackward0", gather(x, d, indices)), indices };
}
