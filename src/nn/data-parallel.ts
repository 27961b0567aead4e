/** @file DataParallel, as PyTorch has it where there are no GPUs. */
import { optional, required, signature } from "../core/arguments.ts";
import { anInteger, integers, kind, nullable } from "../core/kinds.ts";
import { type AnyModule, Module } from "./module.ts";

/** Options of {@link DataParallel}, which PyTorch has for several GPUs. */
export interface DataParallelOptions {
  /** GPUs. Not used. */
  readonly deviceIds?: readonly number[] | null | undefined;
  /** GPU of the output. Not used. */
  readonly outputDevice?: number | null | undefined;
  /** Dimension along which a batch would be split. Not used. */
  readonly dim?: number | undefined;
}

const DATA_PARALLEL = signature("DataParallel", {
  module: required(kind<AnyModule>("a Module", (value) => value instanceof Module)),
  deviceIds: optional(nullable(integers), null),
  outputDevice: optional(nullable(anInteger), null),
  dim: optional(anInteger, 0),
});

/**
 * Calls the module it wraps, as PyTorch's does on a machine without GPUs. Names in its state dictionary begin with
 * `module.`, so that files of such models can be loaded. On several cores the kernels work in parallel anyway; on several
 * machines, use `DistributedDataParallel` of `tapegrad/distributed`.
 *
 * @example
 * const net = new nn.DataParallel(new nn.Linear(2, 3));
 * net.forward(ones(4, 2)).shape; // [4, 3]
 * Object.keys(net.stateDict()); // [ 'module.weight', 'module.bias' ]
 */
export class DataParallel<M extends AnyModule = AnyModule> extends Module<ReturnType<M["forward"]>> {
  /** The module underneath. */
  readonly module: M;

  constructor(module: M, deviceIds?: readonly number[] | null, outputDevice?: number | null, dim?: number);
  constructor(options: { readonly module: M } & DataParallelOptions);
  constructor(module: M, options?: DataParallelOptions);
  constructor(...given: readonly unknown[]) {
    super();
    this.module = DATA_PARALLEL.read(given).module as M;
    this.noteMembers();
  }
  /** Arguments and result are those of the module underneath. */
  override forward(...inputs: Parameters<M["forward"]>): ReturnType<M["forward"]> {
    return this.module.forward(...inputs) as ReturnType<M["forward"]>;
  }
}
