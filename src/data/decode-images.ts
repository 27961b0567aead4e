/** @file Conversion of stored images to float tensors in one pass. */
import { dense } from "../../kernels/layout.ts";
import { backendFor } from "../core/device.ts";
import { Tensor } from "../tensor/tensor.ts";

/**
 * Rows of a byte table, divided by 255, as one float32 tensor [indices.length, ...rowShape].
 *
 * @param indices which rows; in range
 */
export function gatherImages(bytes: Uint8Array, rowShape: readonly number[], indices: Int32Array): Tensor {
  const rowLength = rowShape.reduce((a, b) => a * b, 1);
  const { storage } = backendFor("cpu").fused.gatherBytes(bytes, rowLength, indices, 255);
  return new Tensor(dense(storage, [indices.length, ...rowShape]));
}
