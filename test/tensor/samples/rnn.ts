/** @file Samples of recurrent layers: every kind of cell, both directions, with and without what may be left out. */
import { apply } from "../../../src/autograd/apply.ts";
import type { Tensor } from "../../../src/entry/index.ts";
import { ops } from "../../../src/tensor/ops/index.ts";
import type { Parts, Recurrence } from "../../../src/tensor/ops/rnn-cells.ts";
import { drawn, large, type Sample, type SampleInput, sample, spread, type Table, unit, x } from "./build.ts";

/** Weights as they are in practice: large ones would multiply rounding errors from step to step. */
const weight = (...shape: number[]): SampleInput => drawn(shape, spread(-0.4, 0.4));

/** The parts that there are, in the order of {@link Parts}; nothing in the places of the others. */
function parts(given: readonly Tensor[], places: readonly number[]): Parts<Tensor> {
  const nothing = (given[0] as Tensor).newZeros([0]);
  return Array.from({ length: 8 }, (_, i) => given[places.indexOf(i)] ?? nothing) as Parts<Tensor>;
}

interface Sizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly gates: number;
  /** Of the projection. */
  readonly out?: number;
  readonly bias?: boolean;
}

function recurrence(params: Recurrence, sizes: Sizes, make: typeof sample = sample): Sample {
  const { steps, batch, inputs, hidden, gates, out = hidden, bias = true } = sizes;
  const rows = gates * hidden;
  const all: readonly (SampleInput | null)[] = [
    x(steps, batch, inputs),
    x(batch, out),
    params.cell === "lstm" ? x(batch, hidden) : null,
    weight(rows, inputs),
    weight(rows, out),
    bias ? x(rows) : null,
    bias ? x(rows) : null,
    sizes.out === undefined ? null : weight(out, hidden),
  ];
  const places = all.flatMap((input, i) => (input === null ? [] : [i]));
  const there = all.filter((input) => input !== null);
  return make((...given) => apply(ops.recurrence, parts(given, places), params), ...there);
}

const small = { steps: 3, batch: 2, inputs: 2, hidden: 2 };
const tiny = { steps: 2, batch: 1, inputs: 1, hidden: 2 };
const wide = { steps: 3, batch: 19, inputs: 11, hidden: 13 };

export const rnn = {
  recurrence: [
    recurrence({ cell: "tanh", reverse: false }, { ...small, gates: 1 }),
    recurrence({ cell: "relu", reverse: true }, { ...small, gates: 1, bias: false }),
    recurrence({ cell: "lstm", reverse: false }, { ...tiny, gates: 4, batch: 2, bias: false }),
    recurrence({ cell: "lstm", reverse: true }, { ...tiny, gates: 4, out: 1 }),
    recurrence({ cell: "gru", reverse: false }, { ...small, gates: 3, steps: 1, bias: false }),
    recurrence({ cell: "gru", reverse: true }, { ...tiny, gates: 3 }),
    recurrence({ cell: "tanh", reverse: true }, { ...wide, gates: 1 }, large),
    recurrence({ cell: "lstm", reverse: false }, { ...wide, gates: 4, out: 7 }, large),
    recurrence({ cell: "gru", reverse: false }, { ...wide, gates: 3 }, large),
  ],
  recurrenceGrad: [
    sample(
      (grad, sequence, h0, weightIh, weightHh, results) =>
        apply(
          ops.recurrenceGrad,
          [grad.contiguous(), ...parts([sequence, h0, weightIh, weightHh], [0, 1, 3, 4]), results.contiguous()],
          { cell: "tanh", reverse: false },
        ),
      x(12),
      x(3, 2, 2),
      x(2, 2),
      x(2, 2),
      x(2, 2),
      unit(3, 2, 2),
    ),
  ],
} satisfies Table;
