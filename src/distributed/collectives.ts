/** @file The collectives on tensors, blocking and asynchronous. */
import type { TypedArray } from "../../kernels/backend.ts";
import { checkInPlace } from "../autograd/apply.ts";
import { keyword, optional, required, signature } from "../core/arguments.ts";
import { isFloat } from "../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../core/errors.ts";
import { aBoolean, aSize, aTensor, integers, type Kind, kind, nullable, tensors } from "../core/kinds.ts";
import { bracketed } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { agree, LEAVE } from "./agreement.ts";
import { type Collective, type PlainReduceOp, ReduceOp, type Request, type Transport } from "./collective.ts";
import { checkOnHost, copyFrom, copyInto, elementsOf, isDense, stagingBuffer } from "./host-memory.ts";
import { beforeLeaving, defaultGroup, forgetPending, notePending } from "./process-group.ts";

/** Options of every collective. */
export interface AsyncOptions {
  /** Return at once with a {@link Work} to wait for. Until then the tensors must not be used. Default false. */
  readonly asyncOp?: boolean | undefined;
}

/** Options of {@link barrier}. */
export interface BarrierOptions extends AsyncOptions {
  /** Accepted for programs written for PyTorch: ranks have no devices of their own. */
  readonly deviceIds?: readonly number[] | null | undefined;
}

/** Options of the collectives that reduce. */
export interface ReductionOptions extends AsyncOptions {
  /** The reduction. Default: the sum. */
  readonly op?: ReduceOp | undefined;
}

/** Options of {@link gather}. */
export interface GatherOptions extends AsyncOptions {
  /** Rank that receives. Default 0. */
  readonly dst?: number | undefined;
}

/** Options of {@link scatter}. */
export interface ScatterOptions extends AsyncOptions {
  /** Rank that sends. Default 0. */
  readonly src?: number | undefined;
}

/** An asynchronous collective. The result is in the tensors once it has been waited for. */
export interface Work {
  /** Whether the collective is complete on this rank. Asking makes progress. */
  isCompleted(): boolean;
  /** Waits for the result, and lets the event loop run meanwhile. */
  wait(): Promise<void>;
  /** Waits for the result, and blocks. */
  waitSync(): void;
}

const aReduceOp: Kind<ReduceOp> = kind(`a ReduceOp: ${Object.keys(ReduceOp).join(", ")}`, (value) =>
  Object.values<unknown>(ReduceOp).includes(value),
);
/** `null` or nothing on the ranks that take no part in it. */
const tensorsOrNull: Kind<readonly Tensor[] | null> = {
  description: "a list of Tensors, or null",
  read: (value) => (value === null ? null : tensors.read(value)),
};

const OP = optional(aReduceOp, ReduceOp.SUM);
const ASYNC = keyword(aBoolean, false);
const SIGNATURES = {
  allReduce: signature("allReduce", { tensor: required(aTensor), op: OP, asyncOp: ASYNC }),
  reduce: signature("reduce", { tensor: required(aTensor), dst: required(aSize), op: OP, asyncOp: ASYNC }),
  broadcast: signature("broadcast", { tensor: required(aTensor), src: required(aSize), asyncOp: ASYNC }),
  allGather: signature("allGather", { tensorList: required(tensors), tensor: required(aTensor), asyncOp: ASYNC }),
  gather: signature("gather", {
    tensor: required(aTensor),
    gatherList: optional(tensorsOrNull, null),
    dst: keyword(aSize, 0),
    asyncOp: ASYNC,
  }),
  scatter: signature("scatter", {
    tensor: required(aTensor),
    scatterList: optional(tensorsOrNull, null),
    src: keyword(aSize, 0),
    asyncOp: ASYNC,
  }),
  reduceScatter: signature("reduceScatter", {
    output: required(aTensor),
    inputList: required(tensors),
    op: OP,
    asyncOp: ASYNC,
  }),
  barrier: signature("barrier", { asyncOp: ASYNC, deviceIds: keyword(nullable(integers), null) }),
};

/**
 * Reduces the tensors of all ranks, so that all of them get the result in place.
 *
 * @throws DistributedError on all ranks if shapes, dtypes or reductions differ between them.
 *
 * @example
 * ```ts no-run
 * const t = tensor([getRank() + 1]);
 * allReduce(t); // with two ranks: tensor([3.])
 * const work = allReduce(t, { op: ReduceOp.MAX, asyncOp: true });
 * await work.wait();
 * ```
 */
export function allReduce(tensor: Tensor, options: ReductionOptions & { readonly asyncOp: true }): Work;
export function allReduce(tensor: Tensor, options?: ReductionOptions): void;
export function allReduce(tensor: Tensor, op: ReduceOp, options: { readonly asyncOp: true }): Work;
export function allReduce(tensor: Tensor, op: ReduceOp, options?: AsyncOptions): void;
export function allReduce(...given: readonly unknown[]): Work | undefined {
  const { tensor, op, asyncOp } = SIGNATURES.allReduce.read(given);
  const group = defaultGroup("allReduce");
  checkTarget("allReduce", tensor);
  const plain = plainOp("allReduce", tensor, op);
  agree(group, { name: "allReduce", dtype: tensor.dtype, shape: tensor.shape, detail: op });
  const bool = tensor.dtype === "bool";
  return inPlace(
    group,
    tensor,
    asyncOp,
    true,
    (data) => ({ name: "allReduce", data, op: plain, bool }),
    () => {
      if (op === "avg") tensor.detach().div_(group.size);
    },
  );
}

/**
 * Reduces the tensors of all ranks to that of rank `dst`, in place. Those of the other ranks stay as they are.
 *
 * @throws DistributedError on all ranks if shapes, dtypes, reductions or `dst` differ between them.
 *
 * @example
 * ```ts no-run
 * const loss = tensor([1]);
 * reduce(loss, 0, { op: ReduceOp.AVG });
 * ```
 */
export function reduce(tensor: Tensor, dst: number, options: ReductionOptions & { readonly asyncOp: true }): Work;
export function reduce(tensor: Tensor, dst: number, options?: ReductionOptions): void;
export function reduce(tensor: Tensor, dst: number, op: ReduceOp, options: { readonly asyncOp: true }): Work;
export function reduce(tensor: Tensor, dst: number, op: ReduceOp, options?: AsyncOptions): void;
export function reduce(...given: readonly unknown[]): Work | undefined {
  const { tensor, dst, op, asyncOp } = SIGNATURES.reduce.read(given);
  const group = defaultGroup("reduce");
  const root = checkRank("reduce", "dst", group, dst);
  const isRoot = group.rank === root;
  checkTarget("reduce", tensor);
  const plain = plainOp("reduce", tensor, op);
  agree(group, { name: "reduce", dtype: tensor.dtype, shape: tensor.shape, detail: `${op}, to rank ${dst}` });
  const bool = tensor.dtype === "bool";
  return inPlace(
    group,
    tensor,
    asyncOp,
    isRoot,
    (data) => ({ name: "reduce", data, scratch: data.slice(), op: plain, bool, root }),
    () => {
      if (isRoot && op === "avg") tensor.detach().div_(group.size);
    },
  );
}

/**
 * Sends the tensor of rank `src` to all ranks, in place.
 *
 * @throws DistributedError on all ranks if shapes, dtypes or `src` differ between them.
 *
 * @example
 * ```ts no-run
 * const t = getRank() === 0 ? tensor([1, 2]) : zeros(2);
 * broadcast(t, 0); // tensor([1., 2.]) on every rank
 * ```
 */
export function broadcast(tensor: Tensor, src: number, options: { readonly asyncOp: true }): Work;
export function broadcast(tensor: Tensor, src: number, options?: AsyncOptions): void;
export function broadcast(...given: readonly unknown[]): Work | undefined {
  const { tensor, src, asyncOp } = SIGNATURES.broadcast.read(given);
  const group = defaultGroup("broadcast");
  const root = checkRank("broadcast", "src", group, src);
  checkTarget("broadcast", tensor);
  agree(group, { name: "broadcast", dtype: tensor.dtype, shape: tensor.shape, detail: `from rank ${src}` });
  return inPlace(group, tensor, asyncOp, group.rank !== root, (data) => ({ name: "broadcast", data, root }));
}

/**
 * Gathers the tensors of all ranks in `tensorList`, which has one tensor for each rank.
 *
 * @throws DistributedError on all ranks if shapes or dtypes differ between them.
 *
 * @example
 * ```ts no-run
 * const all = Array.from({ length: getWorldSize() }, () => zeros(1));
 * allGather(all, tensor([getRank()])); // with two ranks: tensor([0.]), tensor([1.])
 * ```
 */
export function allGather(tensorList: readonly Tensor[], tensor: Tensor, options: { readonly asyncOp: true }): Work;
export function allGather(tensorList: readonly Tensor[], tensor: Tensor, options?: AsyncOptions): void;
export function allGather(...given: readonly unknown[]): Work | undefined {
  const { tensorList, tensor, asyncOp } = SIGNATURES.allGather.read(given);
  const group = defaultGroup("allGather");
  checkOnHost("allGather", tensor);
  checkList("allGather", "tensorList", group, tensorList, tensor);
  for (const target of tensorList) checkTarget("allGather", target);
  agree(group, { name: "allGather", dtype: tensor.dtype, shape: tensor.shape });
  const send = staged(tensor);
  const receive = stagingBuffer(tensor.dtype, send.length * group.size);
  return carry(group, { name: "allGather", send, receive }, asyncOp, () => distribute(receive, tensorList));
}

/**
 * Gathers the tensors of all ranks in `gatherList` of rank `dst`, which has one tensor for each rank; the other ranks give
 * none.
 *
 * @throws DistributedError on all ranks if shapes, dtypes or `dst` differ between them.
 *
 * @example
 * ```ts no-run
 * const parts = getRank() === 0 ? [zeros(1), zeros(1)] : null;
 * gather(tensor([getRank()]), parts);
 * ```
 */
export function gather(
  tensor: Tensor,
  gatherList: readonly Tensor[] | null | undefined,
  options: GatherOptions & { readonly asyncOp: true },
): Work;
export function gather(tensor: Tensor, gatherList?: readonly Tensor[] | null, options?: GatherOptions): void;
export function gather(...given: readonly unknown[]): Work | undefined {
  const { tensor, gatherList, dst, asyncOp } = SIGNATURES.gather.read(given);
  const group = defaultGroup("gather");
  const root = checkRank("gather", "dst", group, dst);
  checkOnHost("gather", tensor);
  const targets = listOfRoot("gather", "gatherList", group, root, gatherList, tensor);
  for (const target of targets) checkTarget("gather", target);
  agree(group, { name: "gather", dtype: tensor.dtype, shape: tensor.shape, detail: `to rank ${dst}` });
  const send = staged(tensor);
  const receive = stagingBuffer(tensor.dtype, send.length * targets.length);
  return carry(group, { name: "gather", send, receive, root }, asyncOp, () => distribute(receive, targets));
}

/**
 * Sends the tensors in `scatterList` of rank `src`, one to each rank, where `tensor` receives it; the other ranks give no
 * list.
 *
 * @throws DistributedError on all ranks if shapes, dtypes or `src` differ between them.
 *
 * @example
 * ```ts no-run
 * const part = zeros(1);
 * scatter(part, getRank() === 0 ? [tensor([5]), tensor([6])] : null);
 * ```
 */
export function scatter(
  tensor: Tensor,
  scatterList: readonly Tensor[] | null | undefined,
  options: ScatterOptions & { readonly asyncOp: true },
): Work;
export function scatter(tensor: Tensor, scatterList?: readonly Tensor[] | null, options?: ScatterOptions): void;
export function scatter(...given: readonly unknown[]): Work | undefined {
  const { tensor, scatterList, src, asyncOp } = SIGNATURES.scatter.read(given);
  const group = defaultGroup("scatter");
  const root = checkRank("scatter", "src", group, src);
  checkTarget("scatter", tensor);
  const sources = listOfRoot("scatter", "scatterList", group, root, scatterList, tensor);
  agree(group, { name: "scatter", dtype: tensor.dtype, shape: tensor.shape, detail: `from rank ${src}` });
  const send = concatenate(tensor, sources);
  const receive = stagingBuffer(tensor.dtype, tensor.numel());
  return carry(group, { name: "scatter", send, receive, root }, asyncOp, () => copyInto(tensor, receive));
}

/**
 * Reduces the lists of all ranks, which have one tensor for each rank, and gives every rank the reduction of its own.
 *
 * @throws DistributedError on all ranks if shapes, dtypes or reductions differ between them.
 *
 * @example
 * ```ts no-run
 * const sum = zeros(1);
 * reduceScatter(sum, [tensor([1]), tensor([2])]); // with two ranks: 2 on the first, 4 on the second
 * ```
 */
export function reduceScatter(
  output: Tensor,
  inputList: readonly Tensor[],
  options: ReductionOptions & { readonly asyncOp: true },
): Work;
export function reduceScatter(output: Tensor, inputList: readonly Tensor[], options?: ReductionOptions): void;
export function reduceScatter(...given: readonly unknown[]): Work | undefined {
  const { output, inputList, op, asyncOp } = SIGNATURES.reduceScatter.read(given);
  const group = defaultGroup("reduceScatter");
  checkTarget("reduceScatter", output);
  checkList("reduceScatter", "inputList", group, inputList, output);
  const plain = plainOp("reduceScatter", output, op);
  agree(group, { name: "reduceScatter", dtype: output.dtype, shape: output.shape, detail: op });
  const send = concatenate(output, inputList);
  const receive = stagingBuffer(output.dtype, output.numel());
  const bool = output.dtype === "bool";
  return carry(group, { name: "reduceScatter", send, receive, op: plain, bool }, asyncOp, () => {
    copyInto(output, receive);
    if (op === "avg") output.detach().div_(group.size);
  });
}

/**
 * Waits until all ranks have come here.
 *
 * @example
 * ```ts no-run
 * barrier();
 * ```
 */
export function barrier(options: BarrierOptions & { readonly asyncOp: true }): Work;
export function barrier(options?: BarrierOptions): void;
export function barrier(...given: readonly unknown[]): Work | undefined {
  const { asyncOp } = SIGNATURES.barrier.read(given);
  const group = defaultGroup("barrier");
  // A barrier of its own would do no more than the comparison of what the ranks call. An asynchronous one has to return.
  if (asyncOp) return carry(group, { name: "barrier" }, true, () => {});
  agree(group, { name: "barrier" });
  return undefined;
}

// --- Carrying out --------------------------------------------------------------------------------------------------

/**
 * A collective on one tensor. Blocking, it works on the tensor's memory itself; asynchronously, the heap may move that
 * memory meanwhile, so it works on a copy.
 */
function inPlace(
  group: Transport,
  tensor: Tensor,
  asyncOp: boolean,
  receives: boolean,
  collective: (data: TypedArray) => Collective,
  after: () => void = () => {},
): Work | undefined {
  if (!asyncOp && isDense(tensor)) {
    group.run(collective(elementsOf(tensor)));
    if (receives) tensor.storage.version++;
    after();
    return undefined;
  }
  const data = staged(tensor);
  return carry(group, collective(data), asyncOp, () => {
    if (receives) copyInto(tensor, data);
    after();
  });
}

function carry(group: Transport, collective: Collective, asyncOp: boolean, finish: () => void): Work | undefined {
  if (asyncOp) return new PendingWork(group.start(collective), finish);
  group.run(collective);
  finish();
  return undefined;
}

class PendingWork implements Work {
  readonly #request: Request;
  readonly #finish: () => void;
  #isDone = false;

  constructor(request: Request, finish: () => void) {
    this.#request = request;
    this.#finish = finish;
    notePending(request);
  }

  isCompleted(): boolean {
    if (!this.#isDone && this.#request.test()) this.#complete();
    return this.#isDone;
  }

  async wait(): Promise<void> {
    while (!this.isCompleted()) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  waitSync(): void {
    if (this.#isDone) return;
    this.#request.wait();
    this.#complete();
  }

  #complete(): void {
    this.#isDone = true;
    forgetPending(this.#request);
    this.#finish();
  }
}

// --- Checks and copies ---------------------------------------------------------------------------------------------

/** A tensor that the collective writes to. */
function checkTarget(op: string, t: Tensor): void {
  checkOnHost(op, t);
  // Leaves that require gradients, such as parameters, may be written to: nothing is recorded, as in PyTorch.
  if (!t.isLeaf || !t.requiresGrad) checkInPlace(op, t);
}

/** A rank of the group. @throws ValueError for one that is too large. */
export function checkRank(op: string, name: string, { size }: Transport, rank: number): number {
  if (rank < size) return rank;
  throw new ValueError(`[${op}] ${name} must be a rank from 0 to ${size - 1}, but got ${rank}`);
}

/** The reduction that the transport does; the division of an average follows. */
function plainOp(op: string, { dtype }: Tensor, reduction: ReduceOp): PlainReduceOp {
  if (reduction === "avg") {
    if (!isFloat(dtype)) throw new DTypeError(`[${op}] ReduceOp.AVG needs a floating point dtype, but got ${dtype}`);
    return "sum";
  }
  if (/^(band|bor|bxor)$/.test(reduction) && isFloat(dtype)) {
    const name = reduction.toUpperCase();
    throw new DTypeError(`[${op}] ReduceOp.${name} needs an integer or bool dtype, but got ${dtype}`);
  }
  return reduction;
}

/** Checks that a list has one tensor for each rank, and that they are like `tensor`. */
function checkList(op: string, name: string, { size }: Transport, list: readonly Tensor[], tensor: Tensor): void {
  if (list.length !== size) {
    throw new ValueError(`[${op}] ${name} must have one tensor for each of ${size} ranks, but has ${list.length}`);
  }
  for (const [i, { shape, dtype }] of list.entries()) {
    checkOnHost(op, list[i] as Tensor);
    if (dtype !== tensor.dtype) {
      throw new DTypeError(`[${op}] ${name}[${i}] is ${dtype}, but the tensor is ${tensor.dtype}`);
    }
    if (bracketed(shape) !== bracketed(tensor.shape)) {
      throw new ShapeError(
        `[${op}] ${name}[${i}] has shape ${bracketed(shape)}, but the tensor has ${bracketed(tensor.shape)}`,
      );
    }
  }
}

/** The list that the root, and no other rank, gives. */
function listOfRoot(
  op: string,
  name: string,
  group: Transport,
  root: number,
  list: readonly Tensor[] | null,
  tensor: Tensor,
): readonly Tensor[] {
  if (group.rank !== root) {
    if (list === null || list.length === 0) return [];
    throw new ValueError(`[${op}] ${name} must be given on rank ${root} only`);
  }
  if (list === null) throw new ValueError(`[${op}] ${name} must be given on rank ${root}`);
  checkList(op, name, group, list, tensor);
  return list;
}

/** A copy of the elements that never moves. */
function staged(t: Tensor): TypedArray {
  const copy = stagingBuffer(t.dtype, t.numel());
  copyFrom(t, copy);
  return copy;
}

function concatenate(like: Tensor, list: readonly Tensor[]): TypedArray {
  const n = like.numel();
  const all = stagingBuffer(like.dtype, n * list.length);
  for (const [i, t] of list.entries()) copyFrom(t, all.subarray(i * n, (i + 1) * n));
  return all;
}

function distribute(all: TypedArray, list: readonly Tensor[]): void {
  const n = all.length / Math.max(1, list.length);
  for (const [i, t] of list.entries()) copyInto(t, all.subarray(i * n, (i + 1) * n));
}

beforeLeaving((transport) => agree(transport, LEAVE));
