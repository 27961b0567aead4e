/** @file Fused operations, one pass over memory each: cross-entropy, attention, batches of bytes, optimizer steps. */
import type { Backend, FusedOps, NDArray, Storage, TypedArray } from "../backend.ts";
import { BYTES, emptyArray, sizeOf } from "../layout.ts";
import {
  OPTIMIZER_STEPS,
  type OptimizerName,
  type OptimizerOptions,
  type OptimizerState,
  type OptimizerStep,
} from "../optimizer-steps.ts";
import { distanceLoops } from "../reference/distances.ts";
import { checkTargets } from "../reference/fused.ts";
import { nllLoops } from "../reference/nll-loss.ts";
import { ctcKernels } from "./ctc.ts";
import { distanceKernels } from "./distances.ts";
import {
  copyOut,
  isLargeArray,
  type KernelContext,
  MIN_SIMD_ELEMENTS,
  operandAddress,
  targetOf,
} from "./kernel-context.ts";
import { normalizationKernels } from "./normalization.ts";
import { CACHE_LINE, chunkOf, GRAIN_SIZE } from "./parallel/partition.ts";
import { samplingKernels } from "./sampling.ts";
import { crossEntropyArray, crossEntropyGradArray, maskedSoftmaxArray, softmaxGradArray } from "./softmax.ts";

/** The table of the CPU: kernels for what is large enough, and `loops` for everything else. */
export function fusedFloats(backend: Backend, context: KernelContext, view: View, loops: FusedOps): FusedOps {
  return {
    ...normalizationKernels(backend, context, loops),
    ...samplingKernels(backend, context, loops),
    ...ctcKernels(backend, context),
    ...nllLoops(backend, view),
    ...distanceKernels(backend, context, distanceLoops(backend, view)),
    maskedSoftmax(x, mask, scale, causal) {
      if (!isLargeArray(x)) return loops.maskedSoftmax(x, mask, scale, causal);
      const y = emptyArray(backend, x.dtype, x.shape);
      maskedSoftmaxArray(context, x, mask, scale, causal, y);
      return y;
    },
    maskedSoftmaxGrad(grad, y, scale) {
      if (!isLargeArray(y)) return loops.maskedSoftmaxGrad(grad, y, scale);
      const z = emptyArray(backend, y.dtype, y.shape);
      const [blocks, queries, keys] = y.shape as [number, number, number];
      softmaxGradArray(context, grad, y, { outer: blocks * queries, n: keys, inner: 1 }, false, z, scale);
      return z;
    },
    crossEntropy(logits, target, ignoreIndex) {
      if (!isLargeArray(logits)) return loops.crossEntropy(logits, target, ignoreIndex);
      checkTargets({ ...target, data: view(target.storage) }, logits.shape[1]!, ignoreIndex);
      const losses = emptyArray(backend, logits.dtype, target.shape);
      const probs = emptyArray(backend, logits.dtype, logits.shape);
      crossEntropyArray(context, logits, target, ignoreIndex, losses, probs);
      return { losses, probs };
    },
    crossEntropyGrad(grad, probs, target, ignoreIndex) {
      if (!isLargeArray(probs)) return loops.crossEntropyGrad(grad, probs, target, ignoreIndex);
      const z = emptyArray(backend, probs.dtype, probs.shape);
      crossEntropyGradArray(context, grad, probs, target, ignoreIndex, z);
      return z;
    },
    gatherBytes(source, rowLength, indices, divisor) {
      if (indices.length * rowLength < MIN_SIMD_ELEMENTS) {
        return loops.gatherBytes(source, rowLength, indices, divisor);
      }
      const z = emptyArray(backend, "float32", [indices.length, rowLength]);
      gatherByteRows(context, source, rowLength, indices, divisor, z);
      return z;
    },
  };
}

/** Gives the elements of a storage, until the next allocation. */
type View = (storage: Storage) => TypedArray;

/** Rows of a byte table, divided, to contiguous floats. Neighbouring rows are copied together. */
function gatherByteRows(
  { heap, vector }: KernelContext,
  source: Uint8Array,
  rowLength: number,
  indices: Int32Array,
  divisor: number,
  out: NDArray,
): void {
  const n = indices.length * rowLength;
  const bytes = heap.scratch(n);
  for (let i = 0; i < indices.length; ) {
    const first = indices[i]!;
    let count = 1;
    while (i + count < indices.length && indices[i + count] === first + count) count++;
    heap.bytes.set(source.subarray(first * rowLength, (first + count) * rowLength), bytes + i * rowLength);
    i += count;
  }
  const target = targetOf(heap, out);
  vector.divideBytes(target.address, bytes, n, divisor);
  copyOut(heap, out, target);
}

/** The fused step `name`, by kernels. */
export function optimizerStepFloats<K extends OptimizerName>(
  context: KernelContext,
  name: K,
  param: NDArray,
  grad: NDArray,
  state: OptimizerState<K>,
  options: OptimizerOptions<K>,
): void {
  const { heap } = context;
  const step: OptimizerStep<K> = OPTIMIZER_STEPS[name];
  const changed = [param, ...step.state.flatMap((key) => (state[key] as NDArray | null) ?? [])];
  const targets = changed.map((array) => targetOf(heap, array, true));
  let next = 1;
  const numbers = [targets[0]!.address, operandAddress(heap, grad)];
  for (const key of step.state) numbers.push(state[key] === null ? 0 : targets[next++]!.address);
  numbers.push(sizeOf(param.shape));
  const scalars: Readonly<Record<string, number>> = step.scalars(options);
  for (const key in scalars) numbers.push(scalars[key]!);
  const kind = param.dtype === "float64" ? "f64" : "f32";
  runOnChunks(context, `${name}Step_${kind}`, BYTES[param.dtype], step.state.length + 2, numbers);
  for (const [i, array] of changed.entries()) copyOut(heap, array, targets[i]!);
}

/** Calls a kernel of `addresses` arrays, their length and scalars on all threads, where that pays. */
function runOnChunks(
  { threads, vector }: KernelContext,
  name: `${OptimizerName}Step_${"f32" | "f64"}`,
  size: number,
  addresses: number,
  numbers: readonly number[],
): void {
  const n = numbers[addresses]!;
  const parts = threads.parts(n, GRAIN_SIZE.heavy);
  const single: (...numbers: number[]) => void = vector[name];
  if (parts === 1) {
    single(...numbers);
    return;
  }
  threads.run(parts, (kernels, part) => {
    const { first, count } = chunkOf(part, parts, n, CACHE_LINE);
    const kernel: (...numbers: number[]) => void = kernels.vector[name];
    const own = numbers.slice();
    // An address of 0 stands for a state that is null, and stays 0.
    for (let i = 0; i < addresses; i++) if (own[i] !== 0) own[i]! += size * first;
    own[addresses] = count;
    kernel(...own);
  });
}
