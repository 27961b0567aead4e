/** @file Fused operations: cross-entropy, its gradient, batches of bytes, and optimizer steps. */
import type { Block, FusedOps, NDArray } from "../backend.ts";
import { broadcastStrides, sizeOf } from "../layout.ts";
import {
  OPTIMIZER_STEPS,
  type OptimizerName,
  type OptimizerOptions,
  type OptimizerState,
  type OptimizerStep,
  type StateName,
} from "../optimizer-steps.ts";
import { gatherBytes } from "../reference/indexing.ts";
import { softmax, softmaxGrad, withMaxAndExpSum } from "./axis-ops.ts";
import { checkIndices } from "./device-assert.ts";
import { writeResult } from "./elementwise.ts";
import { type GpuContext, storageOf } from "./gpu-context.ts";
import { normalizations } from "./normalization.ts";
import { sampling } from "./sampling.ts";
import { SOFTMAX } from "./sources/axis-ops.ts";
import { LOSSES, LOSSES_GRAD, type MaskKind, maskedKernel, SCALED } from "./sources/fused.ts";
import { OPTIMIZER_PASSES, type OptimizerKernel, optimizerKernel } from "./sources/optimizers.ts";

/** The table of the GPU. */
export function fusedKernels(context: GpuContext): FusedOps {
  return {
    ...normalizations(context),
    ...sampling(context),
    maskedSoftmax: (x, mask, scale, causal) => maskedSoftmax(context, x, mask, scale, causal),
    maskedSoftmaxGrad(grad, y, scale) {
      const length = sizeOf(y.shape);
      if (length === 0) return context.result(y.dtype, y.shape, 0);
      const plain = softmaxGrad(context, grad, y, lastOf(y), false);
      const scaled = context.run(SCALED, length, [context.array(plain)], [scale]);
      context.free(storageOf(plain));
      return context.result(y.dtype, y.shape, scaled);
    },
    crossEntropy: (logits, target, ignoreIndex) => crossEntropy(context, logits, target, ignoreIndex),
    crossEntropyGrad: (grad, probs, target, ignoreIndex) => crossEntropyGrad(context, grad, probs, target, ignoreIndex),
    gatherBytes(source, rowLength, indices, divisor) {
      const rows = new Float32Array(indices.length * rowLength);
      gatherBytes(rows, source, rowLength, indices, divisor);
      const contents = rows.length === 0 ? 0 : context.runtime.upload("gatherBytes", rows);
      return context.result("float32", [indices.length, rowLength], contents);
    },
  };
}

/** The last of three dimensions. */
function lastOf({ shape }: NDArray): Block {
  const [blocks, queries, keys] = shape as [number, number, number];
  return { outer: blocks * queries, n: keys, inner: 1 };
}

function maskedSoftmax(context: GpuContext, x: NDArray, mask: NDArray | null, scale: number, causal: boolean): NDArray {
  const length = sizeOf(x.shape);
  if (length === 0) return context.result(x.dtype, x.shape, 0);
  const [, queries, keys] = x.shape as [number, number, number];
  const arrays = [context.array(x)];
  const numbers = [x.offset, queries, keys];
  let kind: MaskKind = "none";
  if (mask !== null) {
    kind = mask.dtype === "bool" ? "bool" : "added";
    const [block, row] = broadcastStrides(mask.shape, mask.strides, x.shape) as [number, number, number];
    arrays.push(context.array(mask));
    numbers.push(mask.offset, block, row);
  }
  const kernel = maskedKernel(`${kind}${causal ? " causal" : ""}`);
  const scores = context.run(kernel, length, arrays, [...numbers, scale, Number.NEGATIVE_INFINITY]);
  const masked = context.result(x.dtype, x.shape, scores);
  const y = softmax(context, masked, lastOf(x), false);
  context.free(storageOf(masked));
  return y;
}

function crossEntropy(
  context: GpuContext,
  logits: NDArray,
  target: NDArray,
  ignoreIndex: number,
): { losses: NDArray; probs: NDArray } {
  const [rows, classes] = logits.shape as [number, number];
  if (rows === 0 || classes === 0) {
    return {
      losses: context.result(logits.dtype, target.shape, 0),
      probs: context.result(logits.dtype, logits.shape, 0),
    };
  }
  checkIndices(context, "crossEntropy", target, {
    size: classes,
    ignored: ignoreIndex,
    message: (value) => `Target ${value} is out of bounds.`,
  });
  const block: Block = { outer: rows, n: classes, inner: 1 };
  return withMaxAndExpSum(context, logits, block, (x, maxima, sums) => {
    const numbers = [logits.offset, classes, target.offset, target.strides[0] as number, ignoreIndex];
    const losses = context.run(LOSSES, rows, [x, maxima, sums, context.array(target)], numbers);
    const probs = context.run(SOFTMAX, rows * classes, [x, maxima, sums], [classes, 1, logits.offset]);
    return {
      losses: context.result(logits.dtype, target.shape, losses),
      probs: context.result(logits.dtype, logits.shape, probs),
    };
  });
}

function crossEntropyGrad(
  context: GpuContext,
  grad: NDArray,
  probs: NDArray,
  target: NDArray,
  ignoreIndex: number,
): NDArray {
  const length = sizeOf(probs.shape);
  if (length === 0) return context.result(probs.dtype, probs.shape, 0);
  const numbers = [
    grad.offset,
    grad.strides[0] as number,
    probs.offset,
    probs.shape[1] as number,
    target.offset,
    target.strides[0] as number,
    ignoreIndex,
  ];
  const arrays = [context.array(grad), context.array(probs), context.array(target)];
  return context.result(probs.dtype, probs.shape, context.run(LOSSES_GRAD, length, arrays, numbers));
}

/** For each step, the kernels by which state arrays there are. */
const compiled = new Map<string, readonly OptimizerKernel[]>();

function kernelsOf<K extends OptimizerName>(name: K, arrays: Arrays, scalars: Scalars): readonly OptimizerKernel[] {
  const { state } = OPTIMIZER_STEPS[name] as OptimizerStep<K>;
  const key = [name, ...state.map((array) => arrays.has(array))].join(" ");
  let kernels = compiled.get(key);
  if (kernels === undefined) {
    const has = Object.fromEntries(state.map((array) => [array, arrays.has(array)]));
    const passes = OPTIMIZER_PASSES[name](has as Record<StateName<K>, boolean>);
    kernels = passes.map((pass) => optimizerKernel(name, pass, [...arrays.keys()], Object.keys(scalars)));
    compiled.set(key, kernels);
  }
  return kernels;
}

type Arrays = ReadonlyMap<string, NDArray>;
type Scalars = Readonly<Record<string, number>>;

/** A fused optimizer step, one pass for each array that changes. */
export function optimizerStep<K extends OptimizerName>(
  context: GpuContext,
  name: K,
  param: NDArray,
  grad: NDArray,
  state: OptimizerState<K>,
  options: OptimizerOptions<K>,
): void {
  const length = sizeOf(param.shape);
  if (length === 0) return;
  const step: OptimizerStep<K> = OPTIMIZER_STEPS[name];
  const scalars: Scalars = step.scalars(options);
  const arrays = new Map([
    ["param", param],
    ["grad", grad],
  ]);
  for (const key of step.state) {
    const array = state[key] as NDArray | null;
    if (array !== null) arrays.set(key, array);
  }
  const arrayOf = (key: string) => arrays.get(key) ?? param;
  for (const pass of kernelsOf(name, arrays, scalars)) {
    const inputs = pass.arrays.map(arrayOf);
    const numbers = [...inputs.map((x) => x.offset), ...pass.scalars.map((scalar) => scalars[scalar] as number)];
    const sources = inputs.map((x) => context.array(x));
    const target = arrayOf(pass.writes);
    writeResult(context, target.dtype, target.shape, context.run(pass.kernel, length, sources, numbers), target);
  }
}
