/** @file All passes over the calls of a program, in their order. */
import type { Backend, Device } from "../backend.ts";
import type { Call, Slot } from "./call.ts";
import { fuseElementwise } from "./fuse.ts";
import { dropDeadCalls, foldRelu, hoistConstants, shareConstants, shareEqualCalls } from "./passes.ts";

/** The calls that do the same in less time. */
export function optimize(
  calls: readonly Call[],
  slots: readonly Slot[],
  backends: ReadonlyMap<Device, Backend>,
): readonly Call[] {
  const needed = dropDeadCalls(hoistConstants(calls, backends));
  shareConstants(slots);
  return fuseElementwise(foldRelu(shareEqualCalls(needed)), backends);
}
