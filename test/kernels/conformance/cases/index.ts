/** @file The whole suite: a method of Backend, or a fused operation, that has no cases does not compile. */
import type { Backend, FusedOps } from "../../../../kernels/backend.ts";
import type { Group } from "../check.ts";
import { alongAxis } from "./axis-ops.ts";
import { convolutions } from "./conv2d.ts";
import { copyCast } from "./copy-cast.ts";
import { alignments } from "./ctc.ts";
import { distancesOfRows } from "./distances.ts";
import { indexing } from "./indexing.ts";
import { crossEntropies } from "./losses.ts";
import { map } from "./map.ts";
import { matmul } from "./matmul.ts";
import { memory } from "./memory.ts";
import { normalizations } from "./normalization.ts";
import { optimizers } from "./optimizers.ts";
import { pooling } from "./pooling.ts";
import { randomNumbers } from "./random.ts";
import { sampling } from "./sampling.ts";
import { soft } from "./softmax.ts";

/** `device` is a name and nothing to compute; every result is checked for it. `fused` is a table: its rows have cases. */
export const suite: {
  readonly [K in
    | Exclude<
        keyof Backend,
        "device" | "fused" | "allocator" | "fuser" | "reserve" | "alias" | "whole" | "lower" | "tapeOf"
      >
    | keyof FusedOps]: readonly Group[];
} = {
  ...memory,
  ...copyCast,
  ...alongAxis,
  ...soft,
  ...indexing,
  ...randomNumbers,
  ...crossEntropies,
  ...normalizations,
  ...optimizers,
  ...convolutions,
  ...pooling,
  ...sampling,
  ...alignments,
  ...distancesOfRows,
  map,
  matmul,
};
