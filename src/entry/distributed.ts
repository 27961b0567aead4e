/** @file Entry point `tapegrad/distributed`: process groups on MPI, collectives, data-parallel training. */
export { ReduceOp } from "../distributed/collective.ts";
export {
  type AsyncOptions,
  allGather,
  allReduce,
  barrier,
  broadcast,
  type GatherOptions,
  gather,
  type ReductionOptions,
  reduce,
  reduceScatter,
  type ScatterOptions,
  scatter,
  type Work,
} from "../distributed/collectives.ts";
export { DistributedDataParallel, type DistributedDataParallelOptions } from "../distributed/data-parallel.ts";
export { DistributedSampler, type DistributedSamplerOptions } from "../distributed/distributed-sampler.ts";
export { DistributedError } from "../distributed/errors.ts";
export { initProcessGroup } from "../distributed/init-process-group.ts";
export {
  destroyProcessGroup,
  getRank,
  getWorldSize,
  isAvailable,
  isInitialized,
  type ProcessGroupOptions,
} from "../distributed/process-group.ts";
