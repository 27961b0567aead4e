/** @file The order in which PyTorch fills a tensor with random numbers: as its elements lie in memory. */

import type { NDArray } from "../../../kernels/backend.ts";
import { isContiguous } from "../../../kernels/layout.ts";
import { drawTensor } from "../../autograd/batching.ts";
import { wrapLike } from "../../autograd/tensor-base.ts";
import { backendFor } from "../../core/device.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError } from "../../core/errors.ts";
import { memoryOrder } from "../ops/memory-order.ts";
import type { Tensor } from "../tensor.ts";
import type { Target } from "./draw.ts";

/** Draws an array; `serial` asks for numbers one by one, as PyTorch draws them for what is not contiguous. */
export type Draw = (target: Target, serial: boolean) => NDArray;

/**
 * A tensor of x's shape, dtype and device, drawn in the order in which x lies in memory.
 *
 * @throws DTypeError for integers and bools, unless `dtypes` allows any.
 */
export function drawLike(op: string, x: Tensor, draw: Draw, dtypes: "floats" | "any" = "floats"): Tensor {
  if (dtypes === "floats" && !isFloat(x.dtype))
    throw new DTypeError(`[${op}] expected a floating point tensor, but this one is ${x.dtype}`);
  const shape = memoryOrder(x.shape, [x.strides]).map((d) => x.shape[d] as number);
  const backend = backendFor(x.device);
  const serial = !isContiguous(x.shape, x.strides);
  return arrange(
    x,
    drawTensor(op, shape, (whole) => wrapLike(x, draw({ backend, dtype: x.dtype, shape: whole }, serial))),
  );
}

/** Numbers in memory order, of x's number of elements, as a tensor of x's shape. */
export function arrange(x: Tensor, numbers: Tensor): Tensor {
  const order = memoryOrder(x.shape, [x.strides]);
  const sizes = order.map((d) => x.shape[d] as number);
  if (order.every((d, i) => d === i)) return numbers.view(sizes);
  const inverse = order.map((_, d) => order.indexOf(d));
  return numbers.view(sizes).permute(inverse);
}
