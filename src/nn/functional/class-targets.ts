/** @file Class indices as targets: their checks, and inputs brought into one row of scores for each of them. */
import { sameShape } from "../../../kernels/layout.ts";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { SCALAR_TYPES } from "./check.ts";

/** The dimension of an input that its classes run along: 1, or 0 without a batch. */
export function classDim(input: Tensor): number {
  return input.ndim === 1 ? 0 : 1;
}

/** Throws unless `weight` is missing or has one number of the input's dtype for each class. */
export function checkWeight(op: string, input: Tensor, weight: Tensor | null): void {
  if (weight === null) return;
  const classes = input.size(classDim(input));
  if (weight.ndim !== 1 || weight.numel() !== classes) {
    throw new ShapeError(
      `[${op}] weight tensor should be defined either for all ${classes} classes or no classes but got weight tensor of shape: ${bracketed(weight.shape)}`,
    );
  }
  if (weight.dtype !== input.dtype) {
    throw new DTypeError(
      `[${op}] expected scalar type ${SCALAR_TYPES[input.dtype]} but found ${SCALAR_TYPES[weight.dtype]}: the weight must have the input's dtype. Convert it with .to("${input.dtype}").`,
    );
  }
}

/** Throws unless `target` holds class indices, one for each place of the input: [N] for [N,C], [N,d…] for [N,C,d…]. */
export function checkClassTarget(op: string, input: Tensor, target: Tensor): void {
  const expected = input.shape.filter((_, dim) => dim !== classDim(input));
  if (input.ndim > 1 && input.shape[0] !== target.shape[0]) {
    throw new ShapeError(
      `[${op}] Expected input batch_size (${input.shape[0]}) to match target batch_size (${target.shape[0] ?? 0}).`,
    );
  }
  const hint = target.isFloatingPoint()
    ? ` Class probabilities must have the shape of the input, ${bracketed(input.shape)}.`
    : "";
  if (!sameShape(target.shape, expected)) {
    if (input.ndim > 2) {
      throw new ShapeError(
        `[${op}] Expected target size ${bracketed(expected)}, got ${bracketed(target.shape)}.${hint}`,
      );
    }
    if (target.ndim > 1) {
      throw new ShapeError(
        `[${op}] 0D or 1D target tensor expected, multi-target not supported: got ${bracketed(target.shape)}, expected ${bracketed(expected)}.${hint}`,
      );
    }
    throw new ShapeError(
      `[${op}] size mismatch (got input: ${bracketed(input.shape)}, target: ${bracketed(target.shape)})`,
    );
  }
  if (target.dtype !== "int32" && target.dtype !== "uint8") {
    throw new DTypeError(
      `[${op}] expected scalar type Long but found ${SCALAR_TYPES[target.dtype]}: class indices must be int32. Convert them with .int().${hint}`,
    );
  }
}

/** The scores of each target in a row of their own: [C] → [1,C], [N,C,d…] → [N·d…,C]. */
export function rowsOf(input: Tensor): Tensor {
  if (input.ndim === 2) return input;
  if (input.ndim === 1) return input.unsqueeze(0);
  const order = [0, ...Array.from({ length: input.ndim - 2 }, (_, i) => i + 2), 1];
  return input.permute(order).reshape(-1, input.size(1));
}

/**
 * Runs `fn`, in which a kernel looks up class indices.
 *
 * @throws ValueError in PyTorch's words, where the kernel throws its own error for an index that is no class.
 */
export function withTargetErrors<T>(op: string, target: Tensor, classes: number, ignoreIndex: number, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (!(error instanceof ValueError && error.cause instanceof RangeError)) throw error;
    if (target.device !== "cpu") throw error;
    const bad = target.dataSync().find((t) => t !== ignoreIndex && (t < 0 || t >= classes));
    if (bad === undefined) throw error;
    throw new ValueError(
      `[${op}] Target ${bad} is out of bounds. Expected class indices from 0 to ${classes - 1}, or ${ignoreIndex} for what is ignored.`,
      { cause: error },
    );
  }
}
