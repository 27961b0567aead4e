/** @file Samples of the losses of single elements. */

import type { NDArray } from "../../../kernels/backend.ts";
import { apply } from "../../../src/autograd/apply.ts";
import type { Op } from "../../../src/autograd/op.ts";
import { ops } from "../../../src/tensor/ops/index.ts";
import { drawn, fixed, large, type Sample, sample, spread, type Table, unit, x } from "./build.ts";

type LossOp = Op<[NDArray, NDArray], readonly number[]>;

/** Targets beyond all inputs on one side, and between them: no difference is where a derivative jumps. */
const target = (...shape: number[]) => drawn(shape, spread(2.2, 3.1));

function ofLoss(
  op: LossOp,
  scalars: readonly number[] = [],
  make: typeof target = target,
  input: typeof x = x,
): readonly Sample[] {
  const call = (a: Parameters<typeof apply>[1][number], t: typeof a) => apply(op, [a, t] as never, scalars);
  return [
    sample(call, input(2, 3), make(2, 3)),
    sample(call, input(2, 3), fixed(make(3))),
    sample(call, input(), make()),
    large(call, input(19, 37), make(19, 37)),
  ];
}

export const losses = {
  squaredError: ofLoss(ops.squaredError),
  absoluteError: ofLoss(ops.absoluteError),
  smoothL1: [...ofLoss(ops.smoothL1, [0.15]), ...ofLoss(ops.smoothL1, [9])],
  huber: [...ofLoss(ops.huber, [0.15]), ...ofLoss(ops.huber, [9])],
  logitCrossEntropy: ofLoss(ops.logitCrossEntropy, [], unit),
  probabilityCrossEntropy: ofLoss(ops.probabilityCrossEntropy, [], unit, unit),
} satisfies Table;
