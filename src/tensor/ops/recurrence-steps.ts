/** @file The steps of recurrences written with tensors' methods: what single cells compute, and what can be differentiated again. */
import { apply } from "../../autograd/apply.ts";
import type { Tensor } from "../tensor.ts";
import { cat } from "./assemble.ts";
import { isThere, type Parts, type Recurrence } from "./recurrence-shape.ts";

/** h' of a simple step: what the input and the state contribute → [B,H]. */
export function plainStep(activation: "tanh" | "relu", fromInput: Tensor, fromState: Tensor): Tensor {
  const sum = fromState.add(fromInput);
  return activation === "tanh" ? sum.tanh() : sum.relu();
}

/** The states h' (before a projection) and c' of an LSTM: what input and state contribute [B,4H], and c. */
export function lstmStep(fromInput: Tensor, fromState: Tensor, c: Tensor): { readonly h: Tensor; readonly c: Tensor } {
  const [i, f, g, o] = fromState.add(fromInput).chunk(4, 1) as [Tensor, Tensor, Tensor, Tensor];
  const next = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
  return { h: o.sigmoid().mul(next.tanh()), c: next };
}

/** h' of a GRU: what input and state contribute [B,3H], and h. */
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
  return isThere(bias) ? rows.add(bias) : rows;
}

/** All steps: the results [T,B,P], and after them the last c of an LSTM, in one row of numbers. */
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
      h = isThere(weightHr) ? next.h.mm(weightHr.t()) : next.h;
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
