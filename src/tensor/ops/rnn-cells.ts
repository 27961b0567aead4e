/** @file One step of an RNN, GRU or LSTM cell on arrays, forward and backward. */

import type { Backend, NDArray } from "../../../kernels/backend.ts";
import type { ElementwiseName } from "../../../kernels/ir/elementwise.ts";
import { emptyArray } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { ShapeError } from "../../core/errors.ts";
import { bracketed } from "../../core/shape.ts";
import type { Tensor } from "../tensor.ts";
import { cat } from "./movement.ts";

/** The kind of cell. */
export type CellKind = "tanh" | "relu" | "lstm" | "gru";

/** One direction of one layer. */
export interface Recurrence {
  readonly cell: CellKind;
  /** If true, from the last step to the first. */
  readonly reverse: boolean;
}

/** Number of gates, which are stacked in the rows of the weights. */
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

/** Tests whether an optional part is present. */
export function isPresent(part: Shaped): boolean {
  return part.shape.length > 1 || part.shape[0] !== 0;
}

/** The sizes of a recurrence. @throws ShapeError for parts whose shapes do not match. */
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
    ["weight_hh", weightHh, [gates, isPresent(weightHr) ? out : hidden]],
    ...(cell === "lstm" ? [["c_0", c0, [batch, hidden]] as const] : []),
    ...(isPresent(biasIh) ? [["bias_ih", biasIh, [gates]] as const] : []),
    ...(isPresent(biasHh) ? [["bias_hh", biasHh, [gates]] as const] : []),
    ...(isPresent(weightHr) ? [["weight_hr", weightHr, [out, hidden]] as const] : []),
  ];
  for (const [name, part, shape] of wanted) {
    const fits = part.shape.length === shape.length && part.shape.every((size, d) => size === shape[d]);
    if (!fits) {
      throw new ShapeError(`[recurrence] expected ${name} of shape ${bracketed(shape)}, got ${bracketed(part.shape)}`);
    }
  }
  return { steps, batch, inputs, hidden, out, gates, order };
}

/** The view at index t of the first dimension. */
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
export function transposed(x: NDArray): NDArray {
  return { ...x, shape: [...x.shape].reverse(), strides: [...x.strides].reverse() };
}

/** z = a∘b for equal shapes, written to `out`. */
export function combine(k: Backend, op: ElementwiseName, a: NDArray, b: NDArray, out: NDArray): void {
  k.map(op, [a, b], out.shape, [], out);
}

/** h' [B,H] of an Elman step, from the projected input and state. */
export function plainStep(activation: "tanh" | "relu", fromInput: Tensor, fromState: Tensor): Tensor {
  const sum = fromState.add(fromInput);
  return activation === "tanh" ? sum.tanh() : sum.relu();
}

/** The states h' (before a projection) and c' of an LSTM step, from the projected input and state [B,4H], and c. */
export function lstmStep(fromInput: Tensor, fromState: Tensor, c: Tensor): { readonly h: Tensor; readonly c: Tensor } {
  const [i, f, g, o] = fromState.add(fromInput).chunk(4, 1) as [Tensor, Tensor, Tensor, Tensor];
  const next = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
  return { h: o.sigmoid().mul(next.tanh()), c: next };
}

/** h' of a GRU step, from the projected input and state [B,3H], and h. */
export function gruStep(fromInput: Tensor, fromState: Tensor, h: Tensor): Tensor {
  const [xr, xz, xn] = fromInput.chunk(3, 1) as [Tensor, Tensor, Tensor];
  const [hr, hz, hn] = fromState.chunk(3, 1) as [Tensor, Tensor, Tensor];
  const r = hr.add(xr).sigmoid();
  const z = hz.add(xz).sigmoid();
  const n = xn.add(hn.mul(r)).tanh();
  return h.sub(n).mul(z).add(n);
}

function product(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  const rows = x.mm(weight.t());
  return isPresent(bias) ? rows.add(bias) : rows;
}

/** All steps: the results [T,B,P] and the last c of an LSTM, concatenated in one vector. */
export function recurrenceBySteps({ cell, reverse }: Recurrence, parts: Parts<Tensor>): Tensor {
  const [x, h0, c0, weightIh, weightHh, biasIh, biasHh, weightHr] = parts;
  let [h, c] = [h0, c0];
  const results: Tensor[] = [];
  const inputs = x.unbind(0);
  for (const step of reverse ? inputs.toReversed() : inputs) {
    const fromInput = product(step, weightIh, biasIh);
    const fromState = product(h, weightHh, biasHh);
    if (cell === "lstm") {
      const next = lstmStep(fromInput, fromState, c);
      h = isPresent(weightHr) ? next.h.mm(weightHr.t()) : next.h;
      c = next.c;
    } else {
      h = cell === "gru" ? gruStep(fromInput, fromState, h) : plainStep(cell, fromInput, fromState);
    }
    results.push(h.reshape(-1));
  }
  if (reverse) results.reverse();
  if (cell === "lstm") results.push(c.reshape(-1));
  return apply(cat, results, 0);
}

/** Arrays by step that the forward pass saves for the backward pass. */
export interface Traces {
  /** The activated gates [T,B,G·H]. */
  readonly gates: NDArray;
  /** The states h [T,B,P]. May be the gates. */
  readonly states: NDArray;
  /** Further arrays of the kind of cell, [T,B,…] each. */
  readonly more: readonly NDArray[];
}

/** The arrays that the backward pass writes. */
export interface GradTargets {
  /** Gradients of the gates before activation, [T,B,G·H]. */
  readonly gates: NDArray;
  /** Gradients of the projected state h, where they differ from those of the gates: [T,B,G·H]. */
  readonly fromState: NDArray;
  /** Gradients of the projected result, if there is a projection: [T,B,P]. */
  readonly states: NDArray;
  readonly h0: NDArray;
  readonly c0: NDArray;
}

interface Cell {
  /** `gates` [T,B,G·H] hold the projected inputs; they are activated in place. */
  forward(k: Backend, e: Extent, parts: Parts<NDArray>, gates: NDArray): Traces;
  /** From the gradients of all results [T,B,P] and, for LSTM, of the last state c [B,H]. */
  backward(
    k: Backend,
    e: Extent,
    parts: Parts<NDArray>,
    traces: Traces,
    grads: { readonly states: NDArray; readonly c: NDArray },
    out: GradTargets,
  ): void;
}

const biasOf = (part: NDArray): { bias?: NDArray } => (isPresent(part) ? { bias: part } : {});

/** Adds the gradient of a step's result to `dh`, in place. At the last step it is the only term. */
function addOutputGrad(k: Backend, dh: NDArray, outside: NDArray, isLast: boolean): void {
  if (isLast) k.copy(dh, outside);
  else combine(k, "add", dh, outside, dh);
}

/** h' = f(x + h·Wᵀ + b) */
function plainCell(activation: "tanh" | "relu"): Cell {
  const slope = activation === "tanh" ? "tanhGrad" : "reluGrad";
  return {
    forward(k, { batch, hidden, order }, [, h0, , , weightHh, , biasHh], gates) {
      const weight = transposed(weightHh);
      let h = h0;
      const fromState = emptyArray(k, gates.dtype, [batch, hidden]);
      for (const t of order) {
        const next = at(gates, t);
        k.matmul(h, weight, { ...biasOf(biasHh), out: fromState });
        combine(k, "add", fromState, next, next);
        k.map(activation, [next], next.shape, [], next);
        h = next;
      }
      k.free(fromState.storage);
      return { gates, states: gates, more: [] };
    },
    backward(k, e, [, , , , weightHh], { states }, grads, out) {
      const dh = out.h0;
      for (const [i, t] of e.order.toReversed().entries()) {
        addOutputGrad(k, dh, at(grads.states, t), i === 0);
        const pre = at(out.gates, t);
        combine(k, slope, dh, at(states, t), pre);
        k.matmul(pre, weightHh, { out: dh });
      }
    },
  };
}

/** c' = f∘c + i∘g, h' = o∘tanh(c'), projected if there is a projection; the gates lie as i, f, g, o. */
const lstm: Cell = {
  forward(k, { steps, batch, hidden, out, order }, [, h0, c0, , weightHh, , biasHh, weightHr], gates) {
    const { dtype } = gates;
    const [weight, projection] = [transposed(weightHh), transposed(weightHr)];
    const projects = isPresent(weightHr);
    const states = emptyArray(k, dtype, [steps, batch, out]);
    const cells = emptyArray(k, dtype, [steps, batch, hidden]);
    const squashed = emptyArray(k, dtype, [steps, batch, hidden]);
    const shown = projects ? emptyArray(k, dtype, [steps, batch, hidden]) : states;
    const fresh = emptyArray(k, dtype, [batch, hidden]);
    const fromState = emptyArray(k, dtype, [batch, 4 * hidden]);
    let [h, c] = [h0, c0];
    for (const t of order) {
      const all = at(gates, t);
      const [i, f, g, o] = [0, 1, 2, 3].map((n) => gate(all, n, hidden)) as [NDArray, NDArray, NDArray, NDArray];
      const both = gate(all, 0, hidden, 2);
      k.matmul(h, weight, { ...biasOf(biasHh), out: fromState });
      combine(k, "add", fromState, all, all);
      k.map("sigmoid", [both], both.shape, [], both);
      k.map("tanh", [g], g.shape, [], g);
      k.map("sigmoid", [o], o.shape, [], o);
      const next = at(cells, t);
      combine(k, "mul", f, c, next);
      combine(k, "mul", i, g, fresh);
      combine(k, "add", next, fresh, next);
      const tanh = at(squashed, t);
      k.map("tanh", [next], next.shape, [], tanh);
      combine(k, "mul", o, tanh, at(shown, t));
      if (projects) k.matmul(at(shown, t), projection, { out: at(states, t) });
      [h, c] = [at(states, t), next];
    }
    k.free(fresh.storage);
    k.free(fromState.storage);
    return { gates, states, more: projects ? [cells, squashed, shown] : [cells, squashed] };
  },

  backward(k, e, [, , c0, , weightHh, , , weightHr], { gates, more }, grads, out) {
    const { hidden, order } = e;
    const [cells, squashed] = more as [NDArray, NDArray];
    const projects = isPresent(weightHr);
    const [dhNext, dc] = [out.h0, out.c0];
    const dh = projects ? emptyArray(k, gates.dtype, dc.shape) : dhNext;
    const slope = emptyArray(k, gates.dtype, dc.shape);
    k.copy(dc, grads.c);
    for (const [n, t] of order.toReversed().entries()) {
      const [all, pre] = [at(gates, t), at(out.gates, t)];
      const [i, f, g, o] = [0, 1, 2, 3].map((m) => gate(all, m, hidden)) as [NDArray, NDArray, NDArray, NDArray];
      const [di, df, dg, dO] = [0, 1, 2, 3].map((m) => gate(pre, m, hidden)) as [NDArray, NDArray, NDArray, NDArray];
      addOutputGrad(k, dhNext, at(grads.states, t), n === 0);
      if (projects) {
        k.copy(at(out.states, t), dhNext);
        k.matmul(dhNext, weightHr, { out: dh });
      }
      const tanh = at(squashed, t);
      combine(k, "mul", dh, o, slope);
      combine(k, "tanhGrad", slope, tanh, slope);
      combine(k, "add", dc, slope, dc);
      gradThrough(k, "sigmoidGrad", dh, tanh, o, dO);
      gradThrough(k, "sigmoidGrad", dc, g, i, di);
      const before = order[order.length - n - 2];
      gradThrough(k, "sigmoidGrad", dc, before === undefined ? c0 : at(cells, before), f, df);
      gradThrough(k, "tanhGrad", dc, i, g, dg);
      combine(k, "mul", dc, f, dc);
      k.matmul(pre, weightHh, { out: dhNext });
    }
    k.free(slope.storage);
    if (projects) k.free(dh.storage);
  },
};

/** target = the gradient of an activation with result y, which was multiplied by `factor`. */
function gradThrough(
  k: Backend,
  slope: "sigmoidGrad" | "tanhGrad",
  grad: NDArray,
  factor: NDArray,
  y: NDArray,
  target: NDArray,
): void {
  combine(k, "mul", grad, factor, target);
  combine(k, slope, target, y, target);
}

/** n = tanh(xₙ + r∘(h·Wₙᵀ + bₙ)), h' = (h − n)∘z + n; the gates lie as r, z, n. */
const gru: Cell = {
  forward(k, { steps, batch, hidden, order }, [, h0, , , weightHh, , biasHh], gates) {
    const { dtype } = gates;
    const weight = transposed(weightHh);
    const states = emptyArray(k, dtype, [steps, batch, hidden]);
    const fromState = emptyArray(k, dtype, [steps, batch, 3 * hidden]);
    const reset = emptyArray(k, dtype, [batch, hidden]);
    let h = h0;
    for (const t of order) {
      const [all, given] = [at(gates, t), at(fromState, t)];
      const [r, z, n] = [0, 1, 2].map((i) => gate(all, i, hidden)) as [NDArray, NDArray, NDArray];
      const both = gate(all, 0, hidden, 2);
      k.matmul(h, weight, { ...biasOf(biasHh), out: given });
      combine(k, "add", gate(given, 0, hidden, 2), both, both);
      k.map("sigmoid", [both], both.shape, [], both);
      combine(k, "mul", r, gate(given, 2, hidden), reset);
      combine(k, "add", n, reset, n);
      k.map("tanh", [n], n.shape, [], n);
      const next = at(states, t);
      combine(k, "sub", h, n, next);
      combine(k, "mul", next, z, next);
      combine(k, "add", next, n, next);
      h = next;
    }
    k.free(reset.storage);
    return { gates, states, more: [fromState] };
  },

  backward(k, e, [, h0, , , weightHh], { gates, states, more }, grads, out) {
    const { hidden, order } = e;
    const [fromState] = more as [NDArray];
    const dh = out.h0;
    const [kept, open] = [emptyArray(k, gates.dtype, dh.shape), emptyArray(k, gates.dtype, dh.shape)];
    for (const [i, t] of order.toReversed().entries()) {
      const [all, pre, preState] = [at(gates, t), at(out.gates, t), at(out.fromState, t)];
      const [r, z, n] = [0, 1, 2].map((m) => gate(all, m, hidden)) as [NDArray, NDArray, NDArray];
      const [dr, dz, dn] = [0, 1, 2].map((m) => gate(pre, m, hidden)) as [NDArray, NDArray, NDArray];
      const before = order[order.length - i - 2];
      const h = before === undefined ? h0 : at(states, before);
      addOutputGrad(k, dh, at(grads.states, t), i === 0);
      combine(k, "sub", h, n, open);
      gradThrough(k, "sigmoidGrad", dh, open, z, dz);
      combine(k, "mul", dh, z, kept);
      combine(k, "sub", dh, kept, open);
      combine(k, "tanhGrad", open, n, dn);
      gradThrough(k, "sigmoidGrad", dn, gate(at(fromState, t), 2, hidden), r, dr);
      k.copy(gate(preState, 0, hidden, 2), gate(pre, 0, hidden, 2));
      combine(k, "mul", dn, r, gate(preState, 2, hidden));
      k.matmul(preState, weightHh, { out: dh });
      combine(k, "add", dh, kept, dh);
    }
    k.free(kept.storage);
    k.free(open.storage);
  },
};

export const cells: Readonly<Record<CellKind, Cell>> = {
  tanh: plainCell("tanh"),
  relu: plainCell("relu"),
  lstm,
  gru,
};
