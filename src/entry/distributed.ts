/** @file Entry point `tapegrad/distributed`: process groups on MPI, collectives, data-parallel training. */
export { ReduceOp } from "../distributed/collective.ts";
export {
  type AsyncOptions,
  allGather,
  allReduce,
  type BarrierOptions,
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
export * as multiprocessing from "../distributed/multiprocessing.ts";
export { allGatherObject, broadcastObjectList } from "../distributed/objects.ts";
export {
  destroyProcessGroup,
  getBackend,
  getRank,
  getWorldSize,
  isAvailable,
  isGlooAvailable,
  isInitialized,
  isMpiAvailable,
  isNcclAvailable,
  type ProcessGroupOptions,
} from "../distributed/process-group.ts";
