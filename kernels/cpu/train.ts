/** @file What a training step does in one pass: cross-entropy, batches of bytes, and updates of parameters. */
import type { AdamOptions, NDArray, RmspropOptions, SgdOptions } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { commit, type Machine, operandAddress, targetOf } from "./machine.ts";

/** Copies class numbers to where a kernel can read them. */
function place({ heap }: Machine, numbers: ArrayLike<number>, start: number, step: number, count: number): number {
  const address = heap.scratch(4 * count);
  const target = new Int32Array(heap.floats.buffer, address, count);
  for (let i = 0, at = start; i < count; i++, at += step) target[i] = numbers[at]!;
  return address;
}

/** Fills `losses` [N] and `probs` [N, C] from contiguous logits; `classes` holds the elements of target's storage. */
export function crossEntropyFloats(
  machine: Machine,
  logits: NDArray,
  target: NDArray,
  classes: ArrayLike<number>,
  ignoreIndex: number,
  losses: NDArray,
  probs: NDArray,
): void {
  const { heap, vector } = machine;
  const [rows, width] = logits.shape as [number, number];
  const numbers = place(machine, classes, target.offset, target.strides[0]!, rows);
  const from = operandAddress(heap, logits);
  const [loss, prob] = [targetOf(heap, losses), targetOf(heap, probs)];
  vector.crossEntropyRows(loss.address, prob.address, from, numbers, rows, width, ignoreIndex);
  commit(heap, losses, loss);
  commit(heap, probs, prob);
}

/** Fills `out` [N, C] with the gradient for the logits. */
export function crossEntropyGradFloats(
  machine: Machine,
  grad: NDArray,
  probs: NDArray,
  target: NDArray,
  classes: ArrayLike<number>,
  ignoreIndex: number,
  out: NDArray,
): void {
  const { heap, vector } = machine;
  const [rows, width] = probs.shape as [number, number];
  const numbers = place(machine, classes, target.offset, target.strides[0]!, rows);
  const [g, from] = [operandAddress(heap, grad), operandAddress(heap, probs)];
  const to = targetOf(heap, out);
  const step = 4 * grad.strides[0]!;
  vector.crossEntropyGradRows(to.address, g, step, from, numbers, rows, width, ignoreIndex);
  commit(heap, out, to);
}

/** Rows of a byte table, divided, to contiguous floats. Neighbouring rows are copied together. */
export function gatherByteRows(
  { heap, vector }: Machine,
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
  commit(heap, out, target);
}

/** The address of an array that is too large to be worked on as a copy; 0 for none. */
function placeOf(machine: Machine, x: NDArray | null): number {
  return x === null ? 0 : operandAddress(machine.heap, x);
}

export function sgdFloats(
  machine: Machine,
  param: NDArray,
  grad: NDArray,
  momentumBuffer: NDArray | null,
  { lr, momentum, dampening, weightDecay, nesterov, maximize, first }: SgdOptions,
): void {
  const [p, g, b] = [param, grad, momentumBuffer].map((x) => placeOf(machine, x)) as [number, number, number];
  const n = sizeOf(param.shape);
  const sign = maximize ? -1 : 1;
  const blend = 1 - dampening;
  machine.vector.sgdUpdate(p, g, b, n, lr, momentum, blend, weightDecay, sign, Number(nesterov), Number(first));
}

export function rmspropFloats(
  machine: Machine,
  param: NDArray,
  grad: NDArray,
  squareAvg: NDArray,
  momentumBuffer: NDArray | null,
  gradAvg: NDArray | null,
  { lr, alpha, eps, weightDecay, momentum, maximize }: RmspropOptions,
): void {
  const [p, g, s] = [param, grad, squareAvg].map((x) => placeOf(machine, x)) as [number, number, number];
  const [b, a] = [placeOf(machine, momentumBuffer), placeOf(machine, gradAvg)];
  const n = sizeOf(param.shape);
  const sign = maximize ? -1 : 1;
  machine.vector.rmspropUpdate(p, g, s, b, a, n, lr, alpha, 1 - alpha, eps, weightDecay, momentum, sign);
}

export function adamFloats(
  machine: Machine,
  param: NDArray,
  grad: NDArray,
  expAvg: NDArray,
  expAvgSq: NDArray,
  maxExpAvgSq: NDArray | null,
  { lr, beta1, beta2, eps, weightDecay, decoupled, step, maximize }: AdamOptions,
): void {
  const [p, g, m, v] = [param, grad, expAvg, expAvgSq].map((x) => placeOf(machine, x)) as [
    number,
    number,
    number,
    number,
  ];
  const max = placeOf(machine, maxExpAvgSq);
  const n = sizeOf(param.shape);
  const stepSize = lr / (1 - beta1 ** step);
  const correction = Math.sqrt(1 - beta2 ** step);
  const decay = decoupled ? 0 : weightDecay;
  const shrink = decoupled ? 1 - lr * weightDecay : 1;
  const sign = maximize ? -1 : 1;
  const rest1 = 1 - beta1;
  const rest2 = 1 - beta2;
  const { vector } = machine;
  vector.adamUpdate(p, g, m, v, max, n, stepSize, beta1, rest1, beta2, rest2, correction, eps, decay, shrink, sign);
}
