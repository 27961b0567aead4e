/** @file How every kind of step is written. Operations that are missing have no counterpart. */
import type { Rule } from "../emitter.ts";
import { elementwise } from "./elementwise.ts";
import { composites, layers } from "./layers.ts";
import { means, reductions } from "./reductions.ts";
import { rnn } from "./rnn.ts";
import { shapes, writeThrough } from "./shapes.ts";

export const RULES: Readonly<Record<string, Rule<never>>> = {
  ...elementwise,
  ...shapes,
  ...writeThrough,
  ...reductions,
  ...layers,
  ...composites,
  ...means,
  rnn,
};
