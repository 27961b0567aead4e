/** @file The start of a process group, which layers with the statistics of all ranks learn of. */
import { openProcessGroup, type ProcessGroupOptions } from "./process-group.ts";
import { joinLayers } from "./rank-sums.ts";

/**
 * Initializes the process group: the ranks that a launcher such as `mpirun` started, connected by MPI. A program that was
 * started without a launcher is a world of one rank, and needs no MPI.
 *
 * The ranks of one machine share its processors between their threads, unless TAPEGRAD_NUM_THREADS is set. From then on a
 * rank that ends with an exception, or with another exit code than 0, ends all of them.
 *
 * @throws DistributedError if MPI cannot be loaded, or is not the one of the launcher, or if there are not as many
 * ranks as `worldSize` says.
 *
 * @example
 * ```ts no-run
 * await initProcessGroup({ backend: "mpi" });
 * console.log(`rank ${getRank()} of ${getWorldSize()}`);
 * ```
 */
export async function initProcessGroup(options?: ProcessGroupOptions): Promise<void>;
export async function initProcessGroup(backend: "mpi", options?: Omit<ProcessGroupOptions, "backend">): Promise<void>;
export async function initProcessGroup(...given: readonly unknown[]): Promise<void> {
  await openProcessGroup(given);
  joinLayers();
}
