/** @file The default process group: its beginning, its end, and what happens when a rank fails. */
import { keyword, optional, signature } from "../core/arguments.ts";
import { getNumThreads, setNumThreads } from "../core/device-info.ts";
import { aNumber, aSize, aString, nullable, only } from "../core/kinds.ts";
import { codeOf, fs, hostProcess, os } from "../platform/builtin.ts";
import { type Request, SingleRank, type Transport } from "./collective.ts";
import { DistributedError } from "./errors.ts";
import { findLauncher, findMpi, type Launcher } from "./library.ts";
import { MpiTransport } from "./mpi.ts";

/** Options of {@link initProcessGroup}. */
export interface ProcessGroupOptions {
  /** What carries the collectives. Default and only choice: MPI. */
  readonly backend?: "mpi" | undefined;
  /** How ranks find each other. Accepted for programs written for PyTorch: the launcher of MPI sees to it. */
  readonly initMethod?: string | null | undefined;
  /** Number of ranks, which must be that of the launcher. Default: that of the launcher. */
  readonly worldSize?: number | undefined;
  /** Rank of this process, which must be the one that the launcher gave it. Default: that one. */
  readonly rank?: number | undefined;
  /** Accepted for programs written for PyTorch: MPI waits without a limit. */
  readonly timeout?: number | null | undefined;
}

const INIT = signature("initProcessGroup", {
  backend: optional(only("mpi", "Backends other than MPI are not there."), "mpi"),
  initMethod: optional(nullable(aString), null),
  timeout: keyword(nullable(aNumber), null),
  worldSize: keyword(aSize),
  rank: keyword(aSize),
});

let group: Transport | null = null;
/** MPI can be initialized once in the life of a process. */
let isOver = false;
/** Asynchronous collectives that have not been waited for. */
const pending = new Set<Request>();

/**
 * Whether an MPI can be loaded on this machine.
 *
 * @example
 * ```ts no-run
 * if (!isAvailable()) console.log("install Open MPI or MPICH");
 * ```
 */
export function isAvailable(): boolean {
  return "found" in findMpi();
}

/**
 * Whether the process group has been initialized.
 *
 * @example isInitialized(); // false
 */
export function isInitialized(): boolean {
  return group !== null;
}

/** Opens the process group: see `initProcessGroup`. */
export async function openProcessGroup(given: readonly unknown[] = []): Promise<void> {
  const { worldSize, rank } = INIT.read(given);
  if (group !== null) {
    throw new DistributedError("[initProcessGroup] trying to initialize the default process group twice!");
  }
  const launcher = findLauncher();
  if (launcher === null && hostProcess?.env.TAPEGRAD_MPI === undefined) {
    const single = new SingleRank();
    checkWishes(single, worldSize, rank);
    group = single;
    return;
  }
  if (isOver) throw new DistributedError("[initProcessGroup] MPI cannot be initialized again after its end");
  const search = findMpi();
  if ("reason" in search) throw new DistributedError(`[initProcessGroup] MPI cannot be used: ${search.reason}`);
  const transport = new MpiTransport(search.found);
  if (launcher?.size != null && launcher.size !== transport.size) {
    throw new DistributedError(
      `[initProcessGroup] ${launcher.name} started ${launcher.size} ranks, but ${search.found.name} ` +
        `(${search.found.version}) sees ${transport.size}. Set TAPEGRAD_MPI to the path of the launcher's own library.`,
    );
  }
  group = transport;
  shareProcessors(launcher);
  // From here on an error ends all ranks.
  watch(transport);
  checkWishes(transport, worldSize, rank);
}

/** @throws DistributedError if a program counts on other ranks than there are. */
function checkWishes(transport: Transport, worldSize: number | undefined, rank: number | undefined): void {
  if (worldSize !== undefined && worldSize !== transport.size) {
    throw new DistributedError(
      `[initProcessGroup] worldSize is ${worldSize}, but the launcher started ${transport.size}. Start the program with mpirun -n ${worldSize}, or let multiprocessing.spawn do it.`,
    );
  }
  if (rank !== undefined && rank !== transport.rank) {
    throw new DistributedError(
      `[initProcessGroup] rank is ${rank}, but the launcher made this process rank ${transport.rank}. Leave it out, or take the one that multiprocessing.spawn gives.`,
    );
  }
}

/** Without a wish of the user, the ranks of one machine share its processors: those that wait for each other also compute. */
function shareProcessors(launcher: Launcher | null): void {
  const total = os?.cpus().length ?? 0;
  if (launcher?.localSize == null || total === 0 || hostProcess?.env.TAPEGRAD_NUM_THREADS !== undefined) return;
  // Where the launcher has bound the rank to some processors, the threads that it has by default are no more than those.
  setNumThreads(Math.max(1, Math.min(getNumThreads(), Math.floor(total / launcher.localSize))));
}

/** The process group. @throws DistributedError if there is none. */
export function defaultGroup(op: string): Transport {
  if (group !== null) return group;
  throw new DistributedError(
    `[${op}] Default process group has not been initialized, please make sure to call await initProcessGroup().`,
  );
}

/**
 * Rank of this process in the process group: 0 … world size − 1.
 *
 * @throws DistributedError before {@link initProcessGroup}.
 *
 * @example
 * ```ts no-run
 * if (getRank() === 0) await save(model.stateDict(), "model.safetensors");
 * ```
 */
export function getRank(): number {
  return defaultGroup("getRank").rank;
}

/**
 * Number of processes in the process group.
 *
 * @throws DistributedError before {@link initProcessGroup}.
 *
 * @example
 * ```ts no-run
 * const batchSize = 128 / getWorldSize();
 * ```
 */
export function getWorldSize(): number {
  return defaultGroup("getWorldSize").size;
}

/**
 * What carries the collectives: "mpi", also for a world of one rank.
 *
 * @throws DistributedError before {@link initProcessGroup}.
 *
 * @example
 * ```ts no-run
 * getBackend(); // mpi
 * ```
 */
export function getBackend(): "mpi" {
  defaultGroup("getBackend");
  return "mpi";
}

/**
 * Whether an MPI can be loaded on this machine: {@link isAvailable}.
 *
 * @example
 * ```ts no-run
 * if (!isMpiAvailable()) console.log("install Open MPI or MPICH");
 * ```
 */
export function isMpiAvailable(): boolean {
  return isAvailable();
}

/**
 * Whether collectives can go through NCCL: never.
 *
 * @example isNcclAvailable(); // false
 */
export function isNcclAvailable(): boolean {
  return false;
}

/**
 * Whether collectives can go through Gloo: never.
 *
 * @example isGlooAvailable(); // false
 */
export function isGlooAvailable(): boolean {
  return false;
}

/** Notes a request until it is complete, so that the group does not end before. */
export function notePending(request: Request): void {
  pending.add(request);
}

export function forgetPending(request: Request): void {
  pending.delete(request);
}

/**
 * Ends the process group, when all ranks have come to it. A program that ends normally does so by itself.
 *
 * @example
 * ```ts no-run
 * destroyProcessGroup();
 * ```
 */
export function destroyProcessGroup(): void {
  const transport = defaultGroup("destroyProcessGroup");
  for (const request of pending) request.wait();
  pending.clear();
  if (transport instanceof MpiTransport) {
    meet(transport);
    unwatch();
    transport.finalize();
    isOver = true;
  }
  group = null;
}

/** Set by collectives.ts, which compares what the ranks call. */
let meet: (transport: Transport) => void = () => {};

/** Sets what ranks do before they leave: it has to fail if some of them call a collective instead. */
export function beforeLeaving(check: (transport: Transport) => void): void {
  meet = check;
}

// --- Failure -------------------------------------------------------------------------------------------------------

/** Launchers end the other ranks, and close the pipes to all of them, as soon as they hear of an abort: first they shall read. */
const READING_MS = 500;

let unwatch: () => void = () => {};

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Says on standard error why this rank fails, and ends all ranks. */
function abort(transport: Transport, reason: string, code: number): void {
  const bytes = new TextEncoder().encode(`[rank ${transport.rank} of ${transport.size}] ${reason}\n`);
  try {
    for (let written = 0; written < bytes.length; ) {
      try {
        written += fs?.writeSync(2, bytes, written) ?? bytes.length;
      } catch (error) {
        // A pipe that is full.
        if (codeOf(error) !== "EAGAIN") throw error;
        pause(1);
      }
    }
    pause(READING_MS);
  } catch {
    // Nobody reads it.
  }
  transport.abort(code);
}

/**
 * Ends the whole job when this rank fails: the others would wait for it for ever. At a normal end without
 * {@link destroyProcessGroup} the group is ended.
 */
function watch(transport: Transport): void {
  const host = hostProcess;
  if (host === undefined) return;
  const onException = (error: unknown): void => {
    // The program may have a listener of its own, and go on.
    if (host.listenerCount("uncaughtException") > 0) return;
    const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
    abort(transport, text, 1);
  };
  const onExit = (code: number): void => {
    if (code !== 0) {
      abort(transport, `ended with exit code ${code}`, code);
      return;
    }
    try {
      destroyProcessGroup();
    } catch (error) {
      onException(error);
    }
  };
  host.on("uncaughtExceptionMonitor", onException);
  host.on("exit", onExit);
  unwatch = () => {
    host.off("uncaughtExceptionMonitor", onException);
    host.off("exit", onExit);
  };
}
