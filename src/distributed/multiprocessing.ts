/** @file The namespace `multiprocessing`: ranks that a program starts itself. */
import { environment } from "../../kernels/cpu/env.ts";
import { keyword, optional, required, signature } from "../core/arguments.ts";
import { aBoolean, aFunction, type Kind, kind, oneOf, only } from "../core/kinds.ts";
import { childProcess, hostProcess } from "../platform/builtin.ts";
import { DistributedError } from "./errors.ts";
import { findLauncher, rankOfLauncher } from "./library.ts";

/** Options of {@link spawn}. */
export interface SpawnOptions {
  /** Further arguments of the function. Default: none. */
  readonly args?: readonly unknown[] | undefined;
  /** Number of processes. Default 1. */
  readonly nprocs?: number | undefined;
  /** Wait for all of them, which is always so. */
  readonly join?: true | undefined;
  /** Accepted for programs written for PyTorch: the processes end with this one. */
  readonly daemon?: boolean | undefined;
  /** Accepted for programs written for PyTorch: processes start from the beginning. */
  readonly startMethod?: "spawn" | undefined;
}

const SPAWN = signature("spawn", {
  fn: required(aFunction as Kind<(rank: number, ...args: readonly unknown[]) => unknown>),
  args: optional(
    kind<readonly unknown[]>("a list of arguments", (value) => Array.isArray(value)),
    [],
  ),
  nprocs: optional(
    kind<number>("a positive integer", (value) => Number.isInteger(value) && (value as number) > 0),
    1,
  ),
  join: keyword(only(true, "Processes are always waited for."), true),
  daemon: keyword(aBoolean, false),
  startMethod: keyword(oneOf("spawn"), "spawn"),
});

/** Tells a process which call of {@link spawn} it was started by, counted from 1. */
const CALL = "TAPEGRAD_SPAWN";

/** Number of calls so far. */
let calls = 0;

/**
 * Calls `fn(rank, ...args)` in `nprocs` processes, which MPI's launcher starts and connects: {@link initProcessGroup} in the
 * function makes them a process group.
 *
 * Functions cannot be sent to other processes. Each process runs this program again from its beginning up to this call, calls
 * the function, and ends; what stands before the call is therefore done in every process, and what stands behind it only
 * in the first program. A single process is this one. In a program that was itself started with `mpirun -n N`, the ranks are
 * there already: `nprocs` has to be N.
 *
 * @throws DistributedError if the launcher `mpirun` is not there, or if one of the processes fails.
 * @example
 * ```ts no-run
 * import { initProcessGroup, multiprocessing } from "tapegrad/distributed";
 *
 * async function train(rank: number, worldSize: number) {
 *   await initProcessGroup("mpi", { rank, worldSize });
 * }
 * await multiprocessing.spawn(train, [4], 4);
 * ```
 */
export async function spawn<A extends readonly unknown[]>(
  fn: (rank: number, ...args: A) => unknown,
  options?: SpawnOptions & { readonly args?: A | undefined },
): Promise<void>;
export async function spawn<A extends readonly unknown[]>(
  fn: (rank: number, ...args: A) => unknown,
  args: A,
  nprocs: number,
  options?: Omit<SpawnOptions, "args" | "nprocs">,
): Promise<void>;
export async function spawn<A extends readonly unknown[]>(
  fn: (rank: number, ...args: A) => unknown,
  args: A,
  options?: Omit<SpawnOptions, "args">,
): Promise<void>;
export async function spawn(...given: readonly unknown[]): Promise<void> {
  const { fn, args, nprocs } = SPAWN.read(given);
  const call = ++calls;
  const startedBy = environment(CALL);
  if (startedBy !== undefined) {
    // Earlier calls have had processes of their own.
    if (Number(startedBy) !== call) return;
    await fn(rankOfLauncher() ?? 0, ...args);
    hostProcess?.exit(0);
    return;
  }
  const launcher = findLauncher();
  if (launcher !== null) {
    if (launcher.size !== nprocs) {
      throw new DistributedError(
        `[spawn] nprocs is ${nprocs}, but ${launcher.name} started ${launcher.size ?? "another number of"} ranks. Start the program without a launcher, or with -n ${nprocs}.`,
      );
    }
    await fn(rankOfLauncher() ?? 0, ...args);
    return;
  }
  if (nprocs === 1) {
    await fn(0, ...args);
    return;
  }
  await launch(nprocs, call);
}

/** Runs this program again in several processes, and waits for their end. */
function launch(nprocs: number, call: number): Promise<void> {
  const host = hostProcess;
  if (host === undefined || childProcess === undefined) {
    throw new DistributedError("[spawn] processes cannot be started here: node:child_process is not available");
  }
  const launcher = environment("TAPEGRAD_MPIRUN") ?? "mpirun";
  const program = [host.execPath, ...host.execArgv, ...host.argv.slice(1)];
  const env = {
    ...host.env,
    // More ranks than processors are allowed, as processes are.
    OMPI_MCA_rmaps_base_oversubscribe: "1",
    PRTE_MCA_rmaps_default_mapping_policy: ":oversubscribe",
    [CALL]: String(call),
  };
  const child = childProcess.spawn(launcher, ["-n", String(nprocs), ...program], { env, stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", (error) => {
      const reason = `[spawn] the launcher ${launcher} cannot be started: ${error.message}. Install Open MPI or MPICH, or set TAPEGRAD_MPIRUN to its path.`;
      reject(new DistributedError(reason, { cause: error }));
    });
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new DistributedError(`[spawn] the processes ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}
