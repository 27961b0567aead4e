/** @file What the library runs on: number of threads, and which kernels there are. */
import { type BlasSearch, CpuBackend, type HeapStats, PlainCpuBackend } from "../../kernels/cpu/backend.ts";
import type { GpuMemory, GpuMode } from "../../kernels/gpu/runtime.ts";
import { required, signature } from "../core/arguments.ts";
import { anInteger } from "../core/kinds.ts";
import { backendFor } from "./device.ts";
import { ValueError } from "./errors.ts";
import { gpuState } from "./gpu.ts";

/** What {@link deviceInfo} tells. */
export interface DeviceInfo {
  readonly device: "cpu";
  /**
   * float32 kernels: `"relaxed"` with fused multiply-adds, `"plain"` without, and `"none"` for plain loops, where the
   * JavaScript engine has no WebAssembly SIMD or no shared memory, or where a content security policy forbids it.
   */
  readonly simd: "relaxed" | "plain" | "none";
  /** Why it is `"none"`, if so. */
  readonly simdReason?: string;
  /** As {@link getNumThreads} gives it. */
  readonly threads: number;
  /** Why there are fewer threads than that, if so. */
  readonly threadsReason?: string;
  /** The system's library for large matrix products; null if it is not used. */
  readonly blas: { readonly library: string; readonly version?: string } | null;
  /** Why it is not used. */
  readonly blasReason?: string;
  /** Memory of float32 tensors, in bytes; null without SIMD kernels. */
  readonly heap: HeapStats | null;
  /** Device "gpu"; null if there is none, or `gpuAvailable` has not been called. */
  readonly gpu: GpuInfo | null;
  /** Why there is none, if it was looked for. */
  readonly gpuReason?: string;
}

/** The GPU, as its driver names it, and the memory that tensors have there. */
export interface GpuInfo {
  readonly name: string;
  readonly mode: GpuMode;
  readonly memory: GpuMemory;
}

function cpu(): CpuBackend | null {
  const backend = backendFor("cpu");
  return backend instanceof CpuBackend ? backend : null;
}

const SET_NUM_THREADS = signature("setNumThreads", { n: required(anInteger) });

/** More threads than any machine runs at once: each takes memory before it has any work. */
const MOST_THREADS = 1024;

/**
 * Sets how many threads large operations on the CPU may use, the calling one included. Threads start when they are
 * first needed and never keep the process alive. Results depend on their number only by rounding, and for one number
 * they are the same in every run, unless a system BLAS computes them.
 *
 * Without shared memory, as on web pages without isolation headers, everything runs on one thread and this does nothing.
 *
 * @throws ValueError if n is no positive integer up to 1024.
 *
 * @example
 * ```ts
 * setNumThreads(1);
 * ```
 */
export function setNumThreads(...args: readonly [n: number]): void {
  const { n } = SET_NUM_THREADS.read(args);
  if (n < 1 || n > MOST_THREADS) {
    throw new ValueError(`[setNumThreads] expects a positive integer up to ${MOST_THREADS}, but got ${n}`);
  }
  const backend = cpu();
  if (backend !== null) backend.threadCount = n;
}

/**
 * How many threads large operations on the CPU may use. At first these are as many as the machine runs at once, or
 * what the environment variable `TAPEGRAD_NUM_THREADS` says.
 */
export function getNumThreads(): number {
  return cpu()?.threadCount ?? 1;
}

/**
 * What the devices run on. The first call looks for a system BLAS, if no matrix product has done so before.
 *
 * @example
 * ```ts
 * console.log(deviceInfo());
 * // { device: "cpu", simd: "relaxed", threads: 8, blas: { library: "libopenblas.so.0", … }, heap: { … }, gpu: null }
 * ```
 */
export function deviceInfo(): DeviceInfo {
  const backend = backendFor("cpu");
  if (!(backend instanceof CpuBackend)) {
    const reason = backend instanceof PlainCpuBackend ? backend.reason : "another backend was registered";
    const without = {
      simd: "none",
      simdReason: reason,
      threads: 1,
      threadsReason: reason,
      blasReason: reason,
    } as const;
    return { device: "cpu", ...without, blas: null, heap: null, ...describeGpu() };
  }
  const { threadCount, threadProblem, relaxed, blasSearch } = backend;
  return {
    device: "cpu",
    simd: relaxed ? "relaxed" : "plain",
    threads: threadCount,
    ...(threadProblem === null ? {} : { threadsReason: threadProblem }),
    ...describe(blasSearch),
    heap: backend.heapStats(),
    ...describeGpu(),
  };
}

function describeGpu(): Pick<DeviceInfo, "gpu" | "gpuReason"> {
  const { backend, reason } = gpuState();
  if (backend === null) return reason === undefined ? { gpu: null } : { gpu: null, gpuReason: reason };
  const { name, mode, memory } = backend.runtime;
  return { gpu: { name, mode, memory } };
}

function describe(search: BlasSearch): Pick<DeviceInfo, "blas" | "blasReason"> {
  if ("reason" in search) return { blas: null, blasReason: search.reason };
  const { name, version } = search.library;
  return { blas: { library: name, ...(version === undefined ? {} : { version }) } };
}
