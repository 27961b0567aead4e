/** @file From the capture of one call to its program. */
import type { Backend, Device, NDArray, Storage } from "../../kernels/backend.ts";
import { findBackend } from "../../kernels/backend.ts";
import { sameShape } from "../../kernels/layout.ts";
import type { Slot } from "../../kernels/program/call.ts";
import { grad } from "../autograd/grad.ts";
import { gradState, requiresGrad, viewBaseOf } from "../autograd/tape-state.ts";
import { stridedViewOf } from "../autograd/view-tracking.ts";
import { backendFor } from "../core/device.ts";
import { GraphError } from "../core/errors.ts";
import { Parameter } from "../nn/parameter.ts";
import { onesLike } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Capture } from "./capture.ts";
import {
  type ArgumentTensor,
  type BackwardPart,
  CompiledProgram,
  type LeafGrad,
  type Output,
} from "./compiled-program.ts";
import { type Tree, treeOf } from "./tree.ts";

/** What was known of an argument before the call. */
export interface ArgumentBefore {
  readonly slot: Slot;
  readonly needsGrad: boolean;
  readonly isLeaf: boolean;
}

/** One captured call. */
export interface CapturedCall {
  readonly name: string;
  readonly capture: Capture;
  readonly gradMode: boolean;
  readonly argTree: Tree;
  readonly tensors: readonly Tensor[];
  readonly before: readonly ArgumentBefore[];
  readonly result: unknown;
}

/** The program of a captured call; null if there can be none, or not yet. */
export function programOf(call: CapturedCall): CompiledProgram | null {
  const { name, capture, gradMode, argTree, tensors, result } = call;
  const { recording } = capture;
  const found: Tensor[] = [];
  const resultTree = treeOf(result, found);
  refuseObjects(resultTree, capture);
  const forward = recording.calls.length;
  const leafGrads = [...capture.grads].flatMap(([leaf, { grad: before }]) => leafGradOf(call, leaf, before) ?? []);
  const given = found.map((t) => passedOn(call, t, found));
  const open = found.filter((t, i) => given[i] === null && requiresGrad(t));
  const backward = open.length === 0 ? [] : backwardParts(call, open);
  const why = typeof backward === "string" ? backward : null;
  const outputs = found.map((t, i): Output => given[i] ?? computedOf(call, t, why));
  const guards = capture.end();
  if (capture.interruption !== null || capture.unsettled !== null) return null;
  const args = tensors.map((t, i) => argumentOf(call, t, i));
  const backends = new Map<Device, Backend>([["cpu", backendFor("cpu")]]);
  const gpu = findBackend("gpu");
  if (gpu !== undefined) backends.set("gpu", gpu);
  const made = recording.made();
  const program = new CompiledProgram({
    name,
    gradMode,
    argTree,
    args,
    guards,
    leafGrads,
    resultTree,
    outputs,
    calls: recording.calls.slice(0, forward),
    slots: recording.slots,
    backward: typeof backward === "string" ? [] : backward,
    backends,
    like: found[0] ?? tensors[0] ?? [...capture.seen.keys()][0] ?? null,
    eagerCalls: recording.calls.length,
    owners: capture.owners,
  });
  // The history of a result may need anything that the call has made.
  if (backward.length === 0) freeUnreturned(made, found, capture);
  return program;
}

/** Frees what a call made and did not return: a later call would not make it again. */
function freeUnreturned(made: readonly Storage[], found: readonly Tensor[], { grads }: Capture): void {
  const kept = new Set(found.map(({ storage }) => storage));
  for (const leaf of grads.keys()) {
    const { grad } = gradState(leaf);
    if (grad !== null) kept.add(grad.storage);
  }
  for (const storage of made) if (!kept.has(storage)) backendFor(storage.device).free(storage);
}

/** An object in the result would be the same in every call. */
function refuseObjects(tree: Tree, capture: Capture): void {
  if (tree.kind === "array" || tree.kind === "object") for (const item of tree.items) refuseObjects(item, capture);
  if (tree.kind !== "value") return;
  const { value } = tree;
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return;
  const what = typeof value === "function" ? "a function" : `an object of ${value.constructor?.name ?? "no class"}`;
  capture.interrupt(`the result holds ${what}; return tensors, in arrays and plain objects`);
}

function argumentOf({ tensors, before, capture }: CapturedCall, t: Tensor, index: number): ArgumentTensor {
  const { slot, needsGrad, isLeaf } = before[index] as ArgumentBefore;
  const { shape, strides, offset, dtype } = t;
  const isOutside = [...capture.seen.keys()].some(({ storage }) => storage === t.storage);
  const alias = tensors.findIndex(({ storage }) => storage === t.storage);
  // A parameter is likely to be a module's or an optimizer's too, under which name it cannot be told from the argument.
  const only = t instanceof Parameter ? t : isOutside ? t.storage : null;
  const device = t.storage.device;
  return { slot, shape, strides, offset, dtype, device, needsGrad, isLeaf, alias, same: tensors.indexOf(t), only };
}

function leafGradOf({ capture, tensors }: CapturedCall, leaf: Tensor, before: Tensor | null): LeafGrad | null {
  const { recording } = capture;
  const { grad: now, isPrivate } = gradState(leaf);
  const index = tensors.indexOf(leaf);
  const who = index < 0 ? leaf : { argument: index };
  const slot = before === null ? null : recording.slotOf(before.storage);
  const given =
    before === null || slot === null ? null : { slot, like: before, only: slot.origin === "outside" ? before : null };
  const isSame = now === before || (now !== null && before !== null && isSamePlace(now, before));
  if (isSame) return { leaf: who, before: given, after: "same" };
  if (now === null) return { leaf: who, before: given, after: "none" };
  if (recording.known(now.storage)?.origin !== "inside") {
    capture.interrupt("a gradient was set to a tensor from outside");
    return null;
  }
  return { leaf: who, before: given, after: { array: recording.arrayOf(now), isPrivate } };
}

/** A tensor of the result that is there before the call, or a view that each call makes anew; null for another. */
function passedOn({ capture, tensors }: CapturedCall, t: Tensor, found: readonly Tensor[]): Output | null {
  const index = tensors.indexOf(t);
  if (index >= 0) return { kind: "argument", index };
  if (!capture.hasMade(t)) return { kind: "outside", tensor: t };
  const base = viewBaseOf(t);
  if (base === null || !requiresGrad(t)) return null;
  const of = (source: Tensor): boolean => source === base || viewBaseOf(source) === base;
  const argument = tensors.findIndex(of);
  const source = tensors[argument] ?? [...capture.seen.keys()].find(of) ?? base;
  // Where elements of the source share memory, a place in it does not tell which element was viewed.
  if (overlaps(source)) return null;
  const view = stridedViewOf(t, source);
  if (argument >= 0) return { kind: "view", base: { argument }, view };
  if (!capture.hasMade(source)) return { kind: "view", base: source, view };
  const output = found.indexOf(base);
  return output < 0 ? null : { kind: "view", base: { output }, view };
}

/** Whether two arrays are the same elements of one storage, in the same order. */
function isSamePlace(a: NDArray, b: NDArray): boolean {
  return (
    a.storage === b.storage && a.offset === b.offset && sameShape(a.shape, b.shape) && sameShape(a.strides, b.strides)
  );
}

/** Whether two elements of an array may lie in one place. */
function overlaps({ shape, strides }: NDArray): boolean {
  const dims = shape.flatMap((size, d) => (size > 1 ? [{ size, stride: strides[d] as number }] : []));
  let last = 0;
  for (const { size, stride } of dims.sort((a, b) => a.stride - b.stride)) {
    if (stride <= last) return true;
    last += stride * (size - 1);
  }
  return false;
}

/** A tensor of the result that the program computes. `why`: its history cannot be gone through. */
function computedOf({ capture }: CapturedCall, t: Tensor, why: string | null): Output {
  const array = capture.recording.arrayOf(t);
  if (!requiresGrad(t)) return { kind: "computed", array, history: "none" };
  return { kind: "computed", array, history: why === null ? "open" : { name: t.gradFn?.name ?? "", why } };
}

/** Records the gradients of the open results; or says why there are none: backward has been through them already. */
function backwardParts(call: CapturedCall, open: readonly Tensor[]): BackwardPart[] | string {
  const { recording } = call.capture;
  const start = recording.calls.length;
  try {
    const whole = backwardPart(call, open, false);
    return open.every(({ shape }) => shape.some((size) => size > 1))
      ? [whole, backwardPart(call, open, true)]
      : [whole];
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    recording.calls.splice(start);
    return error.message.replace(/^\[grad\]/, "[backward]");
  }
}

function backwardPart(call: CapturedCall, open: readonly Tensor[], isExpanded: boolean): BackwardPart {
  const { capture, tensors } = call;
  const { recording } = capture;
  const start = recording.calls.length;
  const args = call.before.flatMap(({ needsGrad }, i) =>
    needsGrad && tensors.indexOf(tensors[i] as Tensor) === i ? [i] : [],
  );
  const outside = [...capture.seen].flatMap(([t, { needsGrad }]) => (needsGrad ? [t] : []));
  // Of a sum one element comes in, which its node repeats.
  const roots = isExpanded ? capture.outside(() => open.map((t) => t.sum())) : open;
  const incoming = capture.outside(() => roots.map((t) => onesLike(t)));
  const gradSlots = incoming.map(({ storage }) => recording.input(storage));
  const wanted = [...args.map((i) => tensors[i] as Tensor), ...outside];
  const grads = capture.run(() => grad(roots, wanted, { gradOutputs: incoming, retainGraph: true, allowUnused: true }));
  return {
    isExpanded,
    calls: recording.calls.splice(start),
    gradSlots,
    inputs: [...args, ...outside],
    grads: grads.map((g) => (g === null ? null : recording.arrayOf(g))),
  };
}
