/** @file Recurrent layers above each other, over a whole sequence. */
import { sizeOf } from "../../kernels/layout.ts";
import { apply } from "../autograd/apply.ts";
import { cat, stack } from "../tensor/functional.ts";
import { fresh } from "../tensor/functions/named.ts";
import { ops } from "../tensor/ops/index.ts";
import type { CellKind, Parts, Recurrence } from "../tensor/ops/recurrence-shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { dropout } from "./functional/dropout.ts";
import type { Parameter } from "./parameter.ts";

/**
 * What one direction of one layer learns. G is the number of gates, stacked in rows: 1 in an RNN, 4 in an LSTM (input,
 * forget, cell, output), 3 in a GRU (reset, update, new). Assign to share or replace a parameter.
 */
export interface RecurrentWeights {
  /** [G·hiddenSize, inputs]: the inputs of the first layer, the results of the one below of the others. */
  weightIh: Parameter;
  /** [G·hiddenSize, hiddenSize], or [G·hiddenSize, projSize]. */
  weightHh: Parameter;
  /** [G·hiddenSize], or null. */
  biasIh: Parameter | null;
  /** [G·hiddenSize], or null. */
  biasHh: Parameter | null;
  /** [projSize, hiddenSize], or null. */
  weightHr: Parameter | null;
}

/** Results [T,B,P] and the last states h and c, of one direction [B,…] or of all of them [layers·directions,B,…]. */
interface Sequence {
  readonly output: Tensor;
  readonly h: Tensor;
  /** As the initial one: null where there is none. */
  readonly c: Tensor | null;
}

/** One direction of one layer. */
function run(params: Recurrence, x: Tensor, h0: Tensor, c0: Tensor | null, weights: RecurrentWeights): Sequence {
  const { weightIh, weightHh, biasIh, biasHh, weightHr } = weights;
  const nothing = x.newZeros([0]);
  const parts: Parts<Tensor> = [
    x,
    h0,
    c0 ?? nothing,
    weightIh,
    weightHh,
    biasIh ?? nothing,
    biasHh ?? nothing,
    weightHr ?? nothing,
  ];
  const row = apply(ops.recurrence, parts, params);
  const shape = [x.size(0), x.size(1), weightHh.size(1)];
  const count = sizeOf(shape);
  const output = fresh("StackBackward0", row.narrow(0, 0, count).view(shape));
  const h = output.select(0, params.reverse ? 0 : x.size(0) - 1);
  const c = c0 && row.narrow(0, count, row.numel() - count).view(c0.shape);
  return { output, h, c };
}

/** How the layers of a {@link runStack} are built. */
export interface Stacking {
  readonly cell: CellKind;
  /** By layer and direction. */
  readonly weights: readonly (readonly RecurrentWeights[])[];
  /** Probability of an element between two layers to be zeroed. */
  readonly dropout: number;
  readonly training: boolean;
}

/**
 * Layers above each other, each of one or two directions, from x [T,B,I] and initial states [layers·directions,B,…].
 * Between layers there is dropout, with PyTorch's random numbers.
 */
export function runStack(stacking: Stacking, x: Tensor, h0: Tensor, c0: Tensor | null): Sequence {
  const { cell, weights, training } = stacking;
  const [hs, cs]: [Tensor[], Tensor[]] = [[], []];
  let output = x;
  for (const [layer, directions] of weights.entries()) {
    if (layer > 0) output = dropout(output, stacking.dropout, training);
    const below = output;
    const outputs = directions.map((each, d) => {
      const place = layer * directions.length + d;
      const sequence = run({ cell, reverse: d === 1 }, below, h0.select(0, place), c0?.select(0, place) ?? null, each);
      hs.push(sequence.h);
      if (sequence.c !== null) cs.push(sequence.c);
      return sequence.output;
    });
    const [only] = outputs;
    output = outputs.length === 1 && only !== undefined ? only : cat(outputs, 2);
  }
  return { output, h: stack(hs), c: c0 && stack(cs) };
}
