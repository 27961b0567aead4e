/** @file apply: runs an operation, in place or not, with its checks and its recording. */
import type { Backend, NDArray, Storage } from "../../kernels/backend.ts";
import { isContiguous, sameShape } from "../../kernels/layout.ts";
import { backendFor } from "../core/device.ts";
import { DeviceError, DTypeError, GraphError, ShapeError } from "../core/errors.ts";
import { refuseForeign } from "../core/foreign.ts";
import { COPY, TENSOR } from "../core/identity.ts";
import { errorIn } from "../core/wrap-errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { batchingHook } from "./batching.ts";
import { isGradEnabled } from "./grad-mode.ts";
import { type GraphNode, OpNode } from "./node.ts";
import type { Gradients, Op } from "./op.ts";
import { type ProfilerHook, profilerHook, unhooked } from "./profiler-hook.ts";
import { gradEdge, markViewOf, requiresGrad, setGradFn, viewBaseOf, viewOwnerOf } from "./tape-state.ts";
import { wrapLike } from "./tensor-base.ts";
import { copySlicesNode, stridedViewOf, viewNode } from "./view-tracking.ts";

/** An operation whose input and argument types have been checked at the call. */
type AnyOp<P> = Op<readonly NDArray[], P>;

/** Storages of at most this many elements are not tracked: the garbage collector handles them cheaply. */
export const SMALL_STORAGE = 16;

let onAllocate: ((storage: Storage) => void) | null = null;

/** While `fn` runs, `listener` hears of every storage that an operation made. Null stops an outer listener. */
export function withAllocationListener<T>(listener: ((storage: Storage) => void) | null, fn: () => T): T {
  const before = onAllocate;
  onAllocate = listener;
  try {
    return fn();
  } finally {
    onAllocate = before;
  }
}

function backendOf(op: string, inputs: readonly Tensor[]): Backend {
  for (let i = 0; i < inputs.length; i++) if (inputs[i]![TENSOR] !== COPY) refuseForeign(op, "a tensor", inputs[i]);
  const { device } = inputs[0]!.storage;
  for (let i = 1; i < inputs.length; i++) {
    const other = inputs[i]!.storage.device;
    if (other !== device) {
      throw new DeviceError(
        `[${op}] Expected all tensors to be on the same device, but found at least two devices, ${device} and ${other}! ` +
          `Move one of them with .to("${device}").`,
      );
    }
  }
  return backendFor(device);
}

function anyNeedsGrad(inputs: readonly Tensor[]): boolean {
  for (let i = 0; i < inputs.length; i++) if (requiresGrad(inputs[i]!)) return true;
  return false;
}

function shapesOf(inputs: readonly Tensor[]): (readonly number[])[] {
  const shapes = new Array<readonly number[]>(inputs.length);
  for (let i = 0; i < inputs.length; i++) shapes[i] = inputs[i]!.shape;
  return shapes;
}

function edgesOf(inputs: readonly Tensor[]): (GraphNode | null)[] {
  const edges = new Array<GraphNode | null>(inputs.length);
  for (let i = 0; i < inputs.length; i++) edges[i] = gradEdge(inputs[i]!);
  return edges;
}

function wrapAll(like: Tensor, arrays: readonly NDArray[]): readonly Tensor[] {
  return arrays.length === 0 ? NOTHING : arrays.map((array) => wrapLike(like, array));
}

const NOTHING: readonly Tensor[] = [];

/** Runs an operation on tensors of one device, and records it if a gradient may be asked for. */
export function apply<In extends readonly NDArray[], P>(
  definition: Op<In, P>,
  inputs: readonly Tensor[] & In,
  params: P,
): Tensor {
  if (profilerHook !== null) return profiled(profilerHook, definition, inputs, params);
  const op: AnyOp<P> = definition;
  if (batchingHook !== null) return batchingHook.apply(op, inputs, params);
  const k = backendOf(op.name, inputs);
  const savedIntermediates: NDArray[] = [];
  let array: NDArray;
  try {
    array = op.forward(k, inputs, params, savedIntermediates);
  } catch (error) {
    throw errorIn(op.name, error);
  }
  const out = wrapLike(inputs[0]!, array);
  if (op.view === true) {
    markViewOf(out, inputs[0]!);
  } else if (onAllocate !== null && out.storage.length > SMALL_STORAGE) {
    onAllocate(out.storage);
  }
  if (op.backward !== undefined && isGradEnabled() && anyNeedsGrad(inputs)) {
    const node = new OpNode(op, shapesOf(inputs), params, wrapAll(out, savedIntermediates), edgesOf(inputs), k);
    node.save(inputs, out);
    setGradFn(out, node);
  } else {
    for (const intermediate of savedIntermediates) k.free(intermediate.storage);
  }
  return out;
}

/**
 * Gradients that kernels compute together, for a formula in a pass that is not recorded itself. `grad` is what they are
 * computed from.
 */
export function computeGrads(
  name: string,
  grad: Tensor,
  compute: (k: Backend) => readonly (NDArray | null)[],
): Gradients {
  let arrays: readonly (NDArray | null)[];
  try {
    arrays = compute(backendFor(grad.storage.device));
  } catch (error) {
    throw errorIn(name, error);
  }
  return arrays.map((array) => {
    if (array === null) return null;
    const out = wrapLike(grad, array);
    if (onAllocate !== null && out.storage.length > SMALL_STORAGE) onAllocate(out.storage);
    return out;
  });
}

/** {@link apply} under a profiler. Apart, since a closure in `apply` would cost every call the context that it captures. */
function profiled<In extends readonly NDArray[], P>(
  hook: ProfilerHook,
  definition: Op<In, P>,
  inputs: readonly Tensor[] & In,
  params: P,
): Tensor {
  return hook("operation", definition.name, inputs, () => unhooked(() => apply(definition, inputs, params)));
}

/** They write one value everywhere, or nothing, so it does not matter that some places are the same. */
const OVERLAP_IS_FINE: ReadonlySet<string> = new Set(["fill_", "zero_", "unsqueeze_", "squeeze_", "t_", "transpose_"]);

/** Throws if PyTorch's rules forbid changing `self` in place now. */
export function checkInPlace(name: string, self: Tensor, othersNeedGrad = false): void {
  if (isGradEnabled()) checkHistory(name, self, othersNeedGrad);
  if (OVERLAP_IS_FINE.has(name)) return;
  if (self.strides.some((stride, i) => stride === 0 && (self.shape[i] as number) > 1) && self.numel() > 1) {
    throw new GraphError(
      `[${name}] unsupported operation: more than one element of the written-to tensor refers to a single memory location. ` +
        "Please clone() the tensor before performing the operation.",
    );
  }
}

function checkHistory(name: string, self: Tensor, othersNeedGrad: boolean): void {
  const viewOwner = viewOwnerOf(self);
  if (viewOwner !== null && (othersNeedGrad || self.requiresGrad)) {
    throw viewOwner.changedView("is being modified inplace");
  }
  if (self.requiresGrad && self.isLeaf) {
    throw new GraphError(
      `[${name}] a leaf Variable that requires grad is being used in an in-place operation. Wrap the change in noGrad(() => …).`,
    );
  }
  const base = viewBaseOf(self);
  if (base === null || !base.requiresGrad) return;
  if (base.isLeaf) {
    throw new GraphError(
      `[${name}] a view of a leaf Variable that requires grad is being used in an in-place operation. Wrap the change in noGrad(() => …).`,
    );
  }
  if (!self.requiresGrad) {
    throw new GraphError(
      `[${name}] A view was created in no_grad mode and is being modified inplace with grad mode enabled. ` +
        "Make the view outside noGrad, or change it inside.",
    );
  }
}

/**
 * Runs an element-wise operation on `self` and `others` and writes the result into `self`.
 * Everything is checked before the first write.
 */
export function applyInPlace<In extends readonly NDArray[], P>(
  definition: Op<In, P>,
  name: string,
  self: Tensor,
  operands: readonly Tensor[],
  params: P,
): Tensor {
  if (profilerHook !== null) return profiledInPlace(profilerHook, definition, name, self, operands, params);
  const op: AnyOp<P> = definition;
  if (batchingHook !== null) return batchingHook.applyInPlace(op, name, self, operands, params);
  const others = operands.map((other) => (disturbs(self, other) ? other.clone() : other));
  const inputs = [self, ...others];
  const k = backendOf(name, inputs);
  const othersNeedGrad = anyNeedsGrad(others);
  checkInPlace(name, self, othersNeedGrad);
  const record = op.backward !== undefined && isGradEnabled() && (self.requiresGrad || othersNeedGrad);
  if (record && self.dtype !== "float32" && self.dtype !== "float64") {
    throw new DTypeError(`[${name}] cannot write a result that requires grad into a ${self.dtype} tensor`);
  }
  const savedIntermediates: NDArray[] = [];
  const node = record ? new OpNode(op, shapesOf(inputs), params, [], edgesOf(inputs), k) : null;
  if (node !== null) {
    const before = node.savesInput(0) ? [self.clone(), ...others] : inputs;
    node.save(before, self, self.storage.version + 1);
  }
  try {
    op.forward(k, inputs, params, savedIntermediates, self);
  } catch (error) {
    throw errorIn(name, error);
  }
  self.storage.version++;
  if (node !== null) recordInPlace(self, node);
  return self;
}

/** {@link applyInPlace} under a profiler. */
function profiledInPlace<In extends readonly NDArray[], P>(
  hook: ProfilerHook,
  definition: Op<In, P>,
  name: string,
  self: Tensor,
  operands: readonly Tensor[],
  params: P,
): Tensor {
  const run = (): Tensor => unhooked(() => applyInPlace(definition, name, self, operands, params));
  return hook("operation", name, [self, ...operands], run);
}

/** Whether writing into `self` may change elements of `other` that are yet to be read. */
function disturbs(self: Tensor, other: Tensor): boolean {
  if (self.storage !== other.storage) return false;
  const same =
    self.offset === other.offset && sameShape(self.shape, other.shape) && sameShape(self.strides, other.strides);
  return !same;
}

/** Makes `node`, whose result has been written into `self`, the history of `self`, and of its base if it is a view. */
export function recordInPlace(self: Tensor, node: GraphNode): void {
  const base = viewBaseOf(self);
  if (base === null) {
    setGradFn(self, node);
    return;
  }
  const view = stridedViewOf(self, base);
  const backend = backendFor(base.storage.device);
  setGradFn(base, copySlicesNode(base, gradEdge(base), node, view, backend));
  setGradFn(self, viewNode(base, gradEdge(base), view, backend));
}

/** Throws a ShapeError unless an in-place result of `shape` fits `self`. */
export function checkInPlaceShape(name: string, self: NDArray, shape: readonly number[]): void {
  if (!sameShape(self.shape, shape)) {
    throw new ShapeError(
      `[${name}] output with shape [${self.shape.join(", ")}] doesn't match the broadcast shape [${shape.join(", ")}]`,
    );
  }
}

/** Whether nothing but this tensor lies in its storage, row-major. */
export function fillsStorage(t: NDArray): boolean {
  return t.offset === 0 && isContiguous(t.shape, t.strides) && t.storage.length === t.shape.reduce((a, b) => a * b, 1);
}
