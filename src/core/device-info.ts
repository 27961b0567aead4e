/** @file Device information: number of threads, kernels, BLAS, memory, GPU. */
import { type BlasSearch, CpuBackend, type HeapStats, PlainCpuBackend } from "../../kernels/cpu/backend.ts";
import type { GpuMemory, GpuMode } from "../../kernels/gpu/runtime.ts";
import { required, signature } from "../core/arguments.ts";
import { anInteger } from "../core/kinds.ts";
import { backendFor } from "./device.ts";
import { ValueError } from "./errors.ts";
import { gpuState } from "./gpu.ts";

/** The result of {@link deviceInfo}. */
export interface DeviceInfo {
  /** The device that the fields below describe; `gpu` is about the other one. */
  readonly device: "cpu";
  /**
   * WebAssembly kernels for float32: `"relaxed"` SIMD with fused multiply-adds, `"plain"` SIMD without, or `"none"` for
   * JavaScript loops, where the engine has no SIMD or no shared memory, or a content security policy forbids them.
   */
  readonly simd: "relaxed" | "plain" | "none";
  /** Reason for `"none"`. */
  readonly simdReason?: string;
  /** Number of threads: see {@link getNumThreads}. */
  readonly threads: number;
  /** Reason why fewer threads run than that. */
  readonly threadsReason?: string;
  /** System BLAS for large matrix products; null if none is used. */
  readonly blas: { readonly library: string; readonly version?: string } | null;
  /** Reason why no BLAS is used. */
  readonly blasReason?: string;
  /** Memory of float32 tensors in the WebAssembly heap; null without SIMD kernels. */
  readonly heap: HeapStats | null;
  /** The GPU; null if there is none, or if `gpuAvailable` has not been called. */
  readonly gpu: GpuInfo | null;
  /** Reason why there is no GPU, after `gpuAvailable` has looked for one. */
  readonly gpuReason?: string;
}

/** The GPU in {@link DeviceInfo}. */
export interface GpuInfo {
  /** Name of the GPU, as its driver reports it. */
  readonly name: string;
  /** The interface that reaches it: WebGPU, WebGL 2 or headless-gl. */
  readonly mode: GpuMode;
  /** What it can hold and read at once. */
  readonly limits: GpuLimits;
  /** Buffers and bytes of the tensors on the GPU. */
  readonly memory: GpuMemory;
}

/** Limits in {@link GpuInfo}. */
export interface GpuLimits {
  /** Most elements of a tensor. */
  readonly maxElements: number;
  /** Most tensors, results with them, that one kernel of a compiled function can have; missing with WebGL. */
  readonly maxTensorsPerKernel?: number;
}

function cpu(): CpuBackend | null {
  const backend = backendFor("cpu");
  return backend instanceof CpuBackend ? backend : null;
}

const SET_NUM_THREADS = signature("setNumThreads", { n: required(anInteger) });

/** An upper limit beyond the core count of any machine: each thread takes memory before it has any work. */
const MOST_THREADS = 1024;

/**
 * Sets the number of threads for large operations on the CPU, the calling thread included. Threads start when they are
 * first needed and never keep the process alive. Results depend on the number only by rounding; with the same number
 * they are the same in every run, unless a system BLAS computes them.
 *
 * Without shared memory, as on web pages that are not cross-origin isolated, everything runs on one thread and this has
 * no effect.
 *
 * @throws ValueError unless n is an integer from 1 to 1024.
 *
 * @example
 * setNumThreads(2);
 * getNumThreads(); // 2
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
 * The number of threads for large operations on the CPU. Default: the number of cores, or the environment variable
 * `TAPEGRAD_NUM_THREADS`; 1 without shared memory.
 *
 * @example
 * setNumThreads(1);
 * getNumThreads(); // 1
 */
export function getNumThreads(): number {
  return cpu()?.threadCount ?? 1;
}

/**
 * Describes the devices: kernels, threads, BLAS, memory, GPU. The first call looks for a system BLAS, unless a matrix
 * product has done so before.
 *
 * @example
 * ```ts no-run
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
  const { name, mode, memory, maxLength, maxArrays } = backend.runtime;
  const limits = { maxElements: maxLength, ...(maxArrays === undefined ? {} : { maxTensorsPerKernel: maxArrays }) };
  return { gpu: { name, mode, limits, memory } };
}

function describe(search: BlasSearch): Pick<DeviceInfo, "blas" | "blasReason"> {
  if ("reason" in search) return { blas: null, blasReason: search.reason };
  const { name, version } = search.library;
  return { blas: { library: name, ...(version === undefined ? {} : { version }) } };
}
