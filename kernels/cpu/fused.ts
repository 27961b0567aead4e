/** @file Fused operations, one pass over memory each: cross-entropy, attention, batches of bytes, optimizer steps. */
import type { Backend, FusedOps, NDArray, Storage, TypedArray } from "../backend.ts";
import { BYTES, broadcastStrides, emptyArray, sizeOf } from "../layout.ts";
import {
  OPTIMIZER_STEPS,
  type OptimizerName,
  type OptimizerOptions,
  type OptimizerState,
  type OptimizerStep,
} from "../optimizer-steps.ts";
import { checkTargets } from "../reference/fused.ts";
import {
  copyOut,
  isLargeFloat32,
  isOnHeap,
  type KernelContext,
  MIN_SIMD_ELEMENTS,
  operandAddress,
  targetOf,
} from "./kernel-context.ts";
import { normalizationKernels } from "./normalization.ts";
import { CACHE_LINE, chunkOf, GRAIN_SIZE } from "./parallel/partition.ts";
import { softmaxGradFloats } from "./reduce.ts";

/** The table of the CPU: kernels for what is float32 and large enough, and `loops` for everything else. */
export function fusedFloats(backend: Backend, context: KernelContext, view: View, loops: FusedOps): FusedOps {
  return {
    ...normalizationKernels(backend, context, loops),
    maskedSoftmax(x, mask, scale, causal) {
      if (!isLargeFloat32(x)) return loops.maskedSoftmax(x, mask, scale, causal);
      const y = emptyArray(backend, "float32", x.shape);
      maskedSoftmaxFloats(context, x, mask, scale, causal, y);
      return y;
    },
    maskedSoftmaxGrad(grad, y, scale) {
      if (!isLargeFloat32(y)) return loops.maskedSoftmaxGrad(grad, y, scale);
      const z = emptyArray(backend, "float32", y.shape);
      const [blocks, queries, keys] = y.shape as [number, number, number];
      softmaxGradFloats(context, grad, y, { outer: blocks * queries, n: keys, inner: 1 }, false, z, scale);
      return z;
    },
    crossEntropy(logits, target, ignoreIndex) {
      if (!isLargeFloat32(logits)) return loops.crossEntropy(logits, target, ignoreIndex);
      checkTargets({ ...target, data: view(target.storage) }, logits.shape[1]!, ignoreIndex);
      const losses = emptyArray(backend, "float32", target.shape);
      const probs = emptyArray(backend, "float32", logits.shape);
      crossEntropyFloats(context, view, logits, target, ignoreIndex, losses, probs);
      return { losses, probs };
    },
    crossEntropyGrad(grad, probs, target, ignoreIndex) {
      if (!isLargeFloat32(probs)) return loops.crossEntropyGrad(grad, probs, target, ignoreIndex);
      const z = emptyArray(backend, "float32", probs.shape);
      crossEntropyGradFloats(context, view, grad, probs, target, ignoreIndex, z);
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

/** Address of class indices as contiguous int32: where they are, or of a copy. */
function targetAddress(
  { heap }: KernelContext,
  view: View,
  { storage, dtype, shape, strides, offset }: NDArray,
): number {
  const [count = 0] = shape;
  const [step = 1] = strides;
  if (dtype === "int32" && (step === 1 || count === 1))
    return operandAddress(heap, { storage, dtype, shape, strides, offset });
  const address = heap.scratch(4 * count);
  const numbers = view(storage);
  const { ints } = heap;
  for (let i = 0, at = offset, to = address >>> 2; i < count; i++, at += step) ints[to + i] = numbers[at]!;
  return address;
}

/** Fills `losses` [N] and `probs` [N, C] from contiguous logits. */
function crossEntropyFloats(
  context: KernelContext,
  view: View,
  logits: NDArray,
  target: NDArray,
  ignoreIndex: number,
  losses: NDArray,
  probs: NDArray,
): void {
  const { heap, vector } = context;
  const [rows, width] = logits.shape as [number, number];
  const numbers = targetAddress(context, view, target);
  const from = operandAddress(heap, logits);
  const [loss, prob] = [targetOf(heap, losses), targetOf(heap, probs)];
  vector.crossEntropyRows(loss.address, prob.address, from, numbers, rows, width, ignoreIndex);
  copyOut(heap, losses, loss);
  copyOut(heap, probs, prob);
}

/** Fills `out` [N, C] with the gradient for the logits. */
function crossEntropyGradFloats(
  context: KernelContext,
  view: View,
  grad: NDArray,
  probs: NDArray,
  target: NDArray,
  ignoreIndex: number,
  out: NDArray,
): void {
  const { heap, vector } = context;
  const [rows, width] = probs.shape as [number, number];
  const numbers = targetAddress(context, view, target);
  const [g, from] = [operandAddress(heap, grad), operandAddress(heap, probs)];
  const to = targetOf(heap, out);
  const step = 4 * grad.strides[0]!;
  vector.crossEntropyGradRows(to.address, g, step, from, numbers, rows, width, ignoreIndex);
  copyOut(heap, out, to);
}

/** Softmax of scores [B,L,S] in `out`. */
function maskedSoftmaxFloats(
  { heap, vector }: KernelContext,
  x: NDArray,
  mask: NDArray | null,
  scale: number,
  causal: boolean,
  out: NDArray,
): void {
  const [blocks, queries, keys] = x.shape as [number, number, number];
  const from = operandAddress(heap, x);
  const masks = mask === null ? 0 : operandAddress(heap, mask);
  const [block = 0, row = 0] = mask ? broadcastStrides(mask.shape, mask.strides, x.shape) : [];
  const size = mask === null ? 0 : BYTES[mask.dtype];
  const kind = mask === null ? 0 : mask.dtype === "bool" ? 2 : 1;
  const target = targetOf(heap, out);
  vector.maskedSoftmaxRows(
    ...([target.address, from, masks, kind, size * block, size * row] as const),
    ...([0, blocks * queries, queries, keys, scale, Number(causal)] as const),
  );
  copyOut(heap, out, target);
}

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

/** The fused step `name` on arrays that are on the heap; false, and nothing done, if some state is not. */
export function optimizerStepFloats<K extends OptimizerName>(
  context: KernelContext,
  name: K,
  param: NDArray,
  grad: NDArray,
  state: OptimizerState<K>,
  options: OptimizerOptions<K>,
): boolean {
  const { heap } = context;
  const step: OptimizerStep<K> = OPTIMIZER_STEPS[name];
  const numbers = [0, 0];
  for (const key of step.state) {
    const array = state[key] as NDArray | null;
    if (array !== null && !isOnHeap(array)) return false;
    numbers.push(array === null ? 0 : operandAddress(heap, array));
  }
  numbers[0] = operandAddress(heap, param);
  numbers[1] = operandAddress(heap, grad);
  numbers.push(sizeOf(param.shape));
  const scalars: Readonly<Record<string, number>> = step.scalars(options);
  for (const key in scalars) numbers.push(scalars[key]!);
  const kind = param.dtype === "float64" ? "f64" : "f32";
  runOnChunks(context, `${name}Step_${kind}`, BYTES[param.dtype], step.state.length + 2, numbers);
  return true;
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
