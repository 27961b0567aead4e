/** @file Softmax along a dimension, of scores with a mask, and in the cross-entropy, with their gradients, on all threads. */
import type { Block, NDArray } from "../backend.ts";
import { BYTES, broadcastStrides } from "../layout.ts";
import { copyView } from "./copy.ts";
import { copyOut, type KernelContext, operandAddress, targetOf, temporary } from "./kernel-context.ts";
import { GRAIN_SIZE, overRows } from "./parallel/partition.ts";
import { asRows, turned } from "./reduce.ts";
import type { VectorExports } from "./wasm.ts";

const kindOf = ({ dtype }: NDArray): "f32" | "f64" => (dtype === "float64" ? "f64" : "f32");

/** Of addresses of rows, each part's: the result, the sources, how many rows there are. */
type RowKernel = (vector: VectorExports, out: number, sources: readonly number[], rows: number) => void;

/** out = kernel of the sources, row by row along the middle of the block; all are contiguous. */
function alongBlock(
  context: KernelContext,
  kernel: RowKernel,
  sources: readonly NDArray[],
  block: Block,
  out: NDArray,
): void {
  const { heap } = context;
  const { outer, n, inner } = block;
  const from = sources.map((x) => asRows(context, x, block));
  const target = targetOf(heap, out);
  const turn = inner === 1 ? null : temporary(heap, [outer, inner, n], out.dtype);
  const to = turn?.address ?? target.address;
  overRows(context.threads, GRAIN_SIZE.heavy, outer * inner, n, (vector, { first, count }) => {
    const start = BYTES[out.dtype] * first * n;
    kernel(
      vector,
      to + start,
      from.map((address) => address + start),
      count,
    );
  });
  if (turn !== null) copyView(context, turned(out.dtype, target.address, block), turn);
  copyOut(heap, out, target);
}

export function softmaxArray(context: KernelContext, x: NDArray, block: Block, log: boolean, out: NDArray): void {
  const name = `${log ? "logSoftmaxRows" : "softmaxRows"}_${kindOf(x)}` as const;
  alongBlock(context, (vector, to, [from], rows) => vector[name](to, from!, rows, block.n), [x], block, out);
}

/** The gradient, for softmax times `scale`. */
export function softmaxGradArray(
  context: KernelContext,
  grad: NDArray,
  y: NDArray,
  block: Block,
  log: boolean,
  out: NDArray,
  scale = 1,
): void {
  const kind = kindOf(y);
  const kernel: RowKernel = log
    ? (vector, to, [g, from], rows) => vector[`logSoftmaxGradRows_${kind}`](to, g!, from!, rows, block.n)
    : (vector, to, [g, from], rows) => vector[`softmaxGradRows_${kind}`](to, g!, from!, rows, block.n, scale);
  alongBlock(context, kernel, [grad, y], block, out);
}

/** What the kernel of scores is told about the mask. */
const MASK_KINDS = { none: 0, added: 1, bool: 2 } as const;

/** Softmax of scores [B,L,S] in `out`. */
export function maskedSoftmaxArray(
  context: KernelContext,
  x: NDArray,
  mask: NDArray | null,
  scale: number,
  causal: boolean,
  out: NDArray,
): void {
  const { heap } = context;
  const [blocks, queries, keys] = x.shape as [number, number, number];
  const from = operandAddress(heap, x);
  const masks = mask === null ? 0 : operandAddress(heap, mask);
  const [block = 0, row = 0] = mask ? broadcastStrides(mask.shape, mask.strides, x.shape) : [];
  const size = mask === null ? 0 : BYTES[mask.dtype];
  const kind = MASK_KINDS[mask === null ? "none" : mask.dtype === "bool" ? "bool" : "added"];
  const { address: to, ...target } = targetOf(heap, out);
  overRows(context.threads, GRAIN_SIZE.heavy, blocks * queries, keys, (vector, { first, count }) => {
    vector[`maskedSoftmaxRows_${kindOf(x)}`](
      ...([to, from, masks, kind, size * block, size * row, first, count, queries, keys] as const),
      ...([scale, Number(causal)] as const),
    );
  });
  copyOut(heap, out, { address: to, ...target });
}

/** Fills `losses` [N] and `probs` [N, C] from contiguous logits and int32 targets of any stride. */
export function crossEntropyArray(
  context: KernelContext,
  logits: NDArray,
  target: NDArray,
  ignoreIndex: number,
  losses: NDArray,
  probs: NDArray,
): void {
  const { heap } = context;
  const [rows, classes] = logits.shape as [number, number];
  const [from, numbers] = [operandAddress(heap, logits), operandAddress(heap, target)];
  const [loss, prob] = [targetOf(heap, losses), targetOf(heap, probs)];
  const [size, step] = [BYTES[logits.dtype], 4 * target.strides[0]!];
  overRows(context.threads, GRAIN_SIZE.heavy, rows, classes, (vector, { first, count }) => {
    const start = size * first * classes;
    vector[`crossEntropyRows_${kindOf(logits)}`](
      ...([loss.address + size * first, prob.address + start, from + start, numbers + step * first] as const),
      ...([step, count, classes, ignoreIndex] as const),
    );
  });
  copyOut(heap, losses, loss);
  copyOut(heap, probs, prob);
}

/** Fills `out` [N, C] with the gradient for the logits. */
export function crossEntropyGradArray(
  context: KernelContext,
  grad: NDArray,
  probs: NDArray,
  target: NDArray,
  ignoreIndex: number,
  out: NDArray,
): void {
  const { heap } = context;
  const [rows, classes] = probs.shape as [number, number];
  const [g, from, numbers] = [operandAddress(heap, grad), operandAddress(heap, probs), operandAddress(heap, target)];
  const to = targetOf(heap, out);
  const size = BYTES[probs.dtype];
  const [gStep, step] = [size * grad.strides[0]!, 4 * target.strides[0]!];
  overRows(context.threads, GRAIN_SIZE.heavy, rows, classes, (vector, { first, count }) => {
    const start = size * first * classes;
    vector[`crossEntropyGradRows_${kindOf(probs)}`](
      ...([to.address + start, g + gStep * first, gStep, from + start, numbers + step * first] as const),
      ...([step, count, classes, ignoreIndex] as const),
    );
  });
  copyOut(heap, out, to);
}
