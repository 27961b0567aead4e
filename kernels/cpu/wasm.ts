/** @file Loads the WebAssembly kernels: one shared memory, and both modules instantiated on it. */
import { type GemmExports, plain as gemmPlain, relaxed as gemmRelaxed } from "./generated/gemm.ts";
import { type VectorExports, plain as vectorPlain, relaxed as vectorRelaxed } from "./generated/vector.ts";
import { builtin } from "./host.ts";
import { type WasmMemory, type WasmModule, webAssembly } from "./webassembly.ts";

export type { GemmExports, VectorExports };

/** Bytes of a WebAssembly page. */
export const PAGE_BYTES = 65536;

/** First byte that belongs to nobody: the pages below hold the modules' constants. */
const HEAP_START = 2 * PAGE_BYTES;

/**
 * Most pages the memory may ever have, largest first. 65536 pages are the 4 GiB of a 32-bit address. An engine
 * reserves the addresses at once, and refuses where a process may not have that many.
 */
const MAXIMUM_PAGES: readonly number[] = [65536, 32768, 16384, 8192, 4096];

/** Compiled code of the kernels. It has no state: any number of threads may instantiate it on one memory. */
export interface WasmModules {
  readonly gemm: WasmModule;
  readonly vector: WasmModule;
}

export interface WasmInstances {
  readonly gemm: GemmExports;
  readonly vector: VectorExports;
}

export interface WasmKernels extends WasmInstances {
  readonly memory: WasmMemory;
  /** Whether multiply-adds are fused (one rounding instead of two, and twice the speed). */
  readonly relaxed: boolean;
  /** Byte address from which on the memory is free for use; a multiple of the page size. */
  readonly heapStart: number;
  /** The most pages `memory` can grow to. */
  readonly maximumPages: number;
  /** For {@link instantiateWasm} in a worker, together with `memory`. */
  readonly modules: WasmModules;
}

export interface LoadWasmOptions {
  /** Which build: `true` or `false` for that one only, by default the better one that the engine takes. */
  readonly relaxed?: boolean | undefined;
}

/** Compiles the kernels and makes their memory; null if the engine has no SIMD or no shared memory. */
export function loadWasm(options: LoadWasmOptions = {}): WasmKernels | null {
  const build = chooseBuild(options.relaxed);
  const made = build && makeMemory();
  if (!made) return null;
  const { relaxed, modules } = build;
  return { ...made, ...instantiateWasm(modules, made.memory), relaxed, heapStart: HEAP_START, modules };
}

/** Instances of compiled kernels on a memory that already exists: what a worker thread does. */
export function instantiateWasm(modules: WasmModules, memory: WasmMemory): WasmInstances {
  if (!webAssembly) throw new Error("this JavaScript engine has no WebAssembly");
  const imports = { env: { memory } };
  return {
    gemm: new webAssembly.Instance(modules.gemm, imports).exports as GemmExports,
    vector: new webAssembly.Instance(modules.vector, imports).exports as VectorExports,
  };
}

function chooseBuild(relaxed: boolean | undefined): { relaxed: boolean; modules: WasmModules } | null {
  if (relaxed !== false) {
    const modules =
      compileIfValid(gemmRelaxed, vectorRelaxed) ?? withRelaxedSimd(() => compileIfValid(gemmRelaxed, vectorRelaxed));
    if (modules) return { relaxed: true, modules };
  }
  const modules = relaxed === true ? null : compileIfValid(gemmPlain, vectorPlain);
  return modules && { relaxed: false, modules };
}

function compileIfValid(gemm: string, vector: string): WasmModules | null {
  if (!webAssembly) return null;
  const code = { gemm: decode(gemm), vector: decode(vector) };
  if (!webAssembly.validate(code.gemm) || !webAssembly.validate(code.vector)) return null;
  return { gemm: new webAssembly.Module(code.gemm), vector: new webAssembly.Module(code.vector) };
}

function decode(base64: string): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Node 20 has relaxed SIMD behind a flag of V8, which may be set as long as nothing that needs it was compiled. */
function withRelaxedSimd<T>(use: () => T): T | null {
  const v8 = builtin<{ setFlagsFromString?(flag: string): void }>("node:v8");
  if (!v8) return null;
  try {
    v8.setFlagsFromString?.("--experimental-wasm-relaxed-simd");
  } catch {
    // Hosts that resemble Node but do not run on V8 may refuse.
  }
  return use();
}

function makeMemory(): { memory: WasmMemory; maximumPages: number } | null {
  if (!webAssembly) return null;
  for (const maximum of MAXIMUM_PAGES) {
    try {
      const memory = new webAssembly.Memory({ initial: HEAP_START / PAGE_BYTES, maximum, shared: true });
      return { memory, maximumPages: maximum };
    } catch {
      // Too many addresses for this process: try fewer.
    }
  }
  return null;
}
