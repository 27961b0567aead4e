/** @file What the parts of a recurrence have in common: its sizes, and windows on the steps of a sequence. */
import type { Backend, NDArray } from "../../../kernels/backend.ts";
import { ShapeError } from "../errors.ts";
import { bracketed } from "../shape.ts";

/** What a step computes. */
export type CellKind = "tanh" | "relu" | "lstm" | "gru";

/** One direction of one layer. */
export interface Recurrence {
  readonly cell: CellKind;
  /** From the last step to the first. */
  readonly reverse: boolean;
}

/** How many vectors of the hidden size a step makes of its input, stacked in the rows of the weights. */
export const GATES: Readonly<Record<CellKind, number>> = { tanh: 1, relu: 1, lstm: 4, gru: 3 };

/**
 * x [T,B,I], h0 [B,P], c0 [B,H], weightIh [G·H,I], weightHh [G·H,P], biasIh and biasHh [G·H], weightHr [P,H]. What a
 * recurrence has not (a state c, biases, a projection) has no elements, shape [0]. Without a projection, P is H.
 */
export type Parts<A> = [x: A, h0: A, c0: A, weightIh: A, weightHh: A, biasIh: A, biasHh: A, weightHr: A];

/** The sizes of {@link Parts}, and the steps in the order they are taken in. */
export interface Extent {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  /** H, the size of a gate and of the state c. */
  readonly hidden: number;
  /** P, the size of the state h and of the result of a step. */
  readonly out: number;
  /** G·H */
  readonly gates: number;
  readonly order: readonly number[];
}

type Shaped = { readonly shape: readonly number[] };

/** Whether a recurrence has a part. */
export function isThere(part: Shaped): boolean {
  return part.shape.length > 1 || part.shape[0] !== 0;
}

/** The sizes of a recurrence. @throws ShapeError for parts that do not fit each other. */
export function extentOf({ cell, reverse }: Recurrence, parts: Parts<Shaped>): Extent {
  const [x, h0, c0, weightIh, weightHh, biasIh, biasHh, weightHr] = parts;
  const [steps = 0, batch = 0, inputs = 0] = x.shape;
  const [gates = 0, out = 0] = weightHh.shape;
  const hidden = gates / GATES[cell];
  const order = Array.from({ length: steps }, (_, t) => (reverse ? steps - 1 - t : t));
  if (steps === 0) throw new ShapeError("[recurrence] Expected sequence length to be larger than 0 in RNN");
  const wanted: readonly (readonly [name: string, part: Shaped, shape: readonly number[]])[] = [
    ["input", x, [steps, batch, inputs]],
    ["h_0", h0, [batch, out]],
    ["weight_ih", weightIh, [gates, inputs]],
    ["weight_hh", weightHh, [gates, isThere(weightHr) ? out : hidden]],
    ...(cell === "lstm" ? [["c_0", c0, [batch, hidden]] as const] : []),
    ...(isThere(biasIh) ? [["bias_ih", biasIh, [gates]] as const] : []),
    ...(isThere(biasHh) ? [["bias_hh", biasHh, [gates]] as const] : []),
    ...(isThere(weightHr) ? [["weight_hr", weightHr, [out, hidden]] as const] : []),
  ];
  for (const [name, part, shape] of wanted) {
    const fits = part.shape.length === shape.length && part.shape.every((size, d) => size === shape[d]);
    if (!fits) {
      throw new ShapeError(`[recurrence] expected ${name} of shape ${bracketed(shape)}, got ${bracketed(part.shape)}`);
    }
  }
  return { steps, batch, inputs, hidden, out, gates, order };
}

/** What lies at index t of the first dimension. */
export function at(x: NDArray, t: number): NDArray {
  const { shape, strides, offset } = x;
  return { ...x, shape: shape.slice(1), strides: strides.slice(1), offset: offset + t * (strides[0] as number) };
}

/** Gate i of a matrix [B, G·H]: [B,H]; `count` neighbours together. */
export function gate(x: NDArray, i: number, hidden: number, count = 1): NDArray {
  const [rows = 0] = x.shape;
  return { ...x, shape: [rows, count * hidden], offset: x.offset + i * hidden * (x.strides[1] as number) };
}

/** A matrix, transposed. */
export function turned(x: NDArray): NDArray {
  return { ...x, shape: [...x.shape].reverse(), strides: [...x.strides].reverse() };
}

/** z = a∘b for equal shapes, written to `out`. */
export function combine(k: Backend, op: Parameters<Backend["binary"]>[0], a: NDArray, b: NDArray, out: NDArray): void {
  k.binary(op, a, b, out.shape, out);
}
