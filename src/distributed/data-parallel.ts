/** @file DistributedDataParallel: a module that trains on all ranks at once. */
import { isGradEnabled } from "../autograd/grad-mode.ts";
import { ScopedValue } from "../autograd/scoped-value.ts";
import { keyword, optional, required, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { aBoolean, aFunction, anInteger, integers, type Kind, kind, nullable } from "../core/kinds.ts";
import { Module } from "../nn/module.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { agree } from "./agreement.ts";
import type { Transport } from "./collective.ts";
import { checkOnHost, copyInto, elementsOf, isDense, stagingBuffer } from "./host-memory.ts";
import { defaultGroup } from "./process-group.ts";
import { Reducer } from "./reducer.ts";

/** Options of {@link DistributedDataParallel}. */
export interface DistributedDataParallelOptions {
  /** Send the buffers of rank 0, such as running means, to all ranks before every forward pass. Default true. */
  readonly broadcastBuffers?: boolean | undefined;
  /** Size of a bucket of gradients in MiB. Default 25. */
  readonly bucketCapMb?: number | undefined;
  /**
   * Look through the graph of the output for parameters that it does not depend on, which get no gradient. Without it
   * such a parameter is an error in the next forward pass. Default false.
   */
  readonly findUnusedParameters?: boolean | undefined;
  /** Accepted for programs written for PyTorch: the module stays where it is. */
  readonly deviceIds?: readonly number[] | null | undefined;
  /** Accepted for programs written for PyTorch: the output stays where it is. */
  readonly outputDevice?: number | null | undefined;
  /** Accepted for programs written for PyTorch: gradients have memory of their own. */
  readonly gradientAsBucketView?: boolean | undefined;
  /** Accepted for programs written for PyTorch: the graph may change from pass to pass. */
  readonly staticGraph?: boolean | undefined;
  /** Start to reduce gradients while the backward pass runs. False: all at its end, to compare. Default true. */
  readonly overlap?: boolean | undefined;
}

const ARGUMENTS = signature("DistributedDataParallel", {
  module: required(kind<Module<unknown>>("a Module", (value) => value instanceof Module)),
  broadcastBuffers: optional(aBoolean, true),
  bucketCapMb: optional(
    kind<number>("a positive number", (value) => typeof value === "number" && value > 0),
    25,
  ),
  findUnusedParameters: optional(aBoolean, false),
  overlap: optional(aBoolean, true),
  deviceIds: keyword(nullable(integers), null),
  outputDevice: keyword(nullable(anInteger), null),
  gradientAsBucketView: keyword(aBoolean, false),
  staticGraph: keyword(aBoolean, false),
});
const NO_SYNC = signature("noSync", { fn: required(aFunction as Kind<() => unknown>) });

/**
 * Data parallelism over all ranks. Every rank computes with its own part of a batch; the backward pass leaves the average
 * of all ranks' gradients in `.grad`, so equal optimizers keep the parameters equal. Parameters and buffers begin as those of rank
 * 0. Forward and backward must be called by all ranks, equally often.
 *
 * Names in state dictionaries begin with `module.`, as in PyTorch: `model.module.stateDict()` has the plain ones.
 *
 * @example
 * ```ts no-run
 * await initProcessGroup({ backend: "mpi" });
 * const model = new DistributedDataParallel(new nn.Linear(8, 1));
 * const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
 * model.forward(randn(4, 8)).sum().backward();
 * optimizer.step();
 * ```
 */
export class DistributedDataParallel<Out = Tensor> extends Module<Out> {
  /** The module underneath. */
  readonly module: Module<Out>;
  private readonly group: Transport;
  private readonly reducer: Reducer;
  private readonly syncs = new ScopedValue(true);
  private readonly broadcastBuffers: boolean;
  /** Whether the last forward pass was one that synchronizes. */
  private isForwardSynced = true;

  constructor(module: Module<Out>, options: DistributedDataParallelOptions = {}) {
    super();
    const given = ARGUMENTS.read([module, options]);
    this.module = module;
    this.group = defaultGroup("DistributedDataParallel");
    this.broadcastBuffers = given.broadcastBuffers;
    const trained = module.namedParameters().filter(([, parameter]) => parameter.requiresGrad);
    if (trained.length === 0) {
      throw new ValueError(
        "[DistributedDataParallel] DistributedDataParallel is not needed when a module doesn't have any parameters that require a gradient.",
      );
    }
    const state = [...module.namedParameters(), ...module.namedBuffers()];
    for (const [name, t] of state) {
      checkOnHost("DistributedDataParallel", t);
      const trains = t.requiresGrad ? "requires grad" : "no grad";
      agree(this.group, {
        name: "DistributedDataParallel",
        dtype: t.dtype,
        shape: t.shape,
        detail: `${name}, ${trains}`,
      });
    }
    agree(this.group, { name: "DistributedDataParallel", detail: `${state.length} parameters and buffers` });
    for (const [, t] of state) sendFromFirst(this.group, t);
    this.reducer = new Reducer(this.group, trained, given);
  }

  /** The forward pass of the module. With gradients enabled, the next backward pass averages them over all ranks. */
  override forward(...inputs: unknown[]): Out {
    if (this.isForwardSynced && this.broadcastBuffers) {
      for (const buffer of this.module.buffers()) sendFromFirst(this.group, buffer);
    }
    const output = this.module.forward(...inputs);
    this.isForwardSynced = isGradEnabled() && this.syncs.current;
    if (this.isForwardSynced) this.reducer.prepare(output);
    return output;
  }

  /**
   * Runs `fn` without averaging: gradients of forward and backward passes in it accumulate on each rank, and the first backward
   * pass after it averages their sum. Sync and async functions alike.
   *
   * @example
   * ```ts no-run
   * model.noSync(() => lossFn.forward(model.forward(first), y).backward());
   * lossFn.forward(model.forward(second), z).backward();
   * ```
   */
  noSync<T>(fn: () => T): T {
    NO_SYNC.read([fn]);
    return this.syncs.run(false, fn);
  }
}

/** Overwrites a tensor by that of rank 0. Nothing is compared: it is known that shapes agree. */
function sendFromFirst(group: Transport, t: Tensor): void {
  if (group.size === 1 || t.numel() === 0) return;
  if (isDense(t)) {
    group.run({ name: "broadcast", data: elementsOf(t), root: 0 });
    if (group.rank !== 0) t.storage.version++;
    return;
  }
  const dense = stagingBuffer(t.dtype, t.numel());
  dense.set(elementsOf(t.detach().contiguous()));
  group.run({ name: "broadcast", data: dense, root: 0 });
  copyInto(t, dense);
}
