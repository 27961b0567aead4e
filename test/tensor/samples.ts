/**
 * @file The sample table: how to call every operation and with what. It drives the tests of gradients and of agreement
 * between backends; an operation without samples does not compile.
 */
import type { ops } from "../../src/tensor/ops/index.ts";
import { type Sample, withValues } from "./samples/build.ts";
import { contractions } from "./samples/contractions.ts";
import { convPool } from "./samples/conv-pool.ts";
import { elementwise } from "./samples/elementwise.ts";
import { linearAlgebra } from "./samples/linalg.ts";
import { losses } from "./samples/losses.ts";
import { normalizations } from "./samples/normalization.ts";
import { rnn } from "./samples/rnn.ts";
import { sampling } from "./samples/sampling.ts";
import { shape } from "./samples/shape.ts";

export const samples: { readonly [K in keyof typeof ops]: readonly Sample[] } = withValues({
  ...elementwise,
  ...contractions,
  ...shape,
  ...convPool,
  ...linearAlgebra,
  ...losses,
  ...normalizations,
  ...rnn,
  ...sampling,
});
