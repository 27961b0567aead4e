/**
 * @file The steps of recurrences on kernels: forward over all of them, and back through them. Each works in buffers
 * made once for the whole sequence, so that a step is a matrix product and a few passes over its gates.
 */
import type { Backend, NDArray } from "../../../kernels/backend.ts";
import { emptyArray } from "../../../kernels/layout.ts";
import { at, type CellKind, combine, type Extent, gate, isThere, type Parts, turned } from "./recurrence-shape.ts";

/** Arrays by step that forward leaves for backward. */
export interface Traces {
  /** The activated gates [T,B,G·H]. */
  readonly gates: NDArray;
  /** The states h [T,B,P]. May be the gates. */
  readonly states: NDArray;
  /** What the kind of cell needs besides, [T,B,…] each. */
  readonly more: readonly NDArray[];
}

/** Where backward writes. */
export interface GradTargets {
  /** For the gates before activation, [T,B,G·H]. */
  readonly gates: NDArray;
  /** For what the state h contributed to them, where that is something else: [T,B,G·H]. */
  readonly fromState: NDArray;
  /** For what the projection gave, if there is one: [T,B,P]. */
  readonly states: NDArray;
  readonly h0: NDArray;
  readonly c0: NDArray;
}

interface Cell {
  /** `gates` [T,B,G·H] hold what the inputs contribute; they are activated in place. */
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

const biasOf = (part: NDArray): { bias?: NDArray } => (isThere(part) ? { bias: part } : {});

/** `dh` plus what flows into the result of a step from outside, in `dh` itself. The last step has nothing else. */
function arrive(k: Backend, dh: NDArray, outside: NDArray, isLast: boolean): void {
  if (isLast) k.copy(dh, outside);
  else combine(k, "add", dh, outside, dh);
}

/** h' = f(x + h·Wᵀ + b) */
function plainCell(activation: "tanh" | "relu"): Cell {
  const slope = activation === "tanh" ? "tanhGrad" : "reluGrad";
  return {
    forward(k, { batch, hidden, order }, [, h0, , , weightHh, , biasHh], gates) {
      const weight = turned(weightHh);
      let h = h0;
      const fromState = emptyArray(k, gates.dtype, [batch, hidden]);
      for (const t of order) {
        const next = at(gates, t);
        k.matmul(h, weight, { ...biasOf(biasHh), out: fromState });
        combine(k, "add", fromState, next, next);
        k.unary(activation, next, next);
        h = next;
      }
      k.free(fromState.storage);
      return { gates, states: gates, more: [] };
    },
    backward(k, e, [, , , , weightHh], { states }, grads, out) {
      const dh = out.h0;
      for (const [i, t] of e.order.toReversed().entries()) {
        arrive(k, dh, at(grads.states, t), i === 0);
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
    const [weight, projection] = [turned(weightHh), turned(weightHr)];
    const projects = isThere(weightHr);
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
      k.unary("sigmoid", both, both);
      k.unary("tanh", g, g);
      k.unary("sigmoid", o, o);
      const next = at(cells, t);
      combine(k, "mul", f, c, next);
      combine(k, "mul", i, g, fresh);
      combine(k, "add", next, fresh, next);
      const tanh = at(squashed, t);
      k.unary("tanh", next, tanh);
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
    const projects = isThere(weightHr);
    const [dhNext, dc] = [out.h0, out.c0];
    const dh = projects ? emptyArray(k, gates.dtype, dc.shape) : dhNext;
    const slope = emptyArray(k, gates.dtype, dc.shape);
    k.copy(dc, grads.c);
    for (const [n, t] of order.toReversed().entries()) {
      const [all, pre] = [at(gates, t), at(out.gates, t)];
      const [i, f, g, o] = [0, 1, 2, 3].map((m) => gate(all, m, hidden)) as [NDArray, NDArray, NDArray, NDArray];
      const [di, df, dg, dO] = [0, 1, 2, 3].map((m) => gate(pre, m, hidden)) as [NDArray, NDArray, NDArray, NDArray];
      arrive(k, dhNext, at(grads.states, t), n === 0);
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
    const weight = turned(weightHh);
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
      k.unary("sigmoid", both, both);
      combine(k, "mul", r, gate(given, 2, hidden), reset);
      combine(k, "add", n, reset, n);
      k.unary("tanh", n, n);
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
      arrive(k, dh, at(grads.states, t), i === 0);
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
