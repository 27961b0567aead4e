/** @file Loads the WebAssembly kernels: one shared memory, and the modules instantiated on it. */
import { inflateSync } from "fflate";
import { ADDRESSES_FOR_OTHERS, freeAddresses } from "./addresses.ts";
import { builtin, hostProcess } from "./env.ts";
import { type GemmExports, plain as gemmPlain, relaxed as gemmRelaxed } from "./generated/gemm.ts";
import { type MathExports, plain as mathPlain, relaxed as mathRelaxed } from "./generated/math.ts";
import { type VectorExports, plain as vectorPlain, relaxed as vectorRelaxed } from "./generated/vector.ts";
import { type WasmMemory, type WasmModule, webAssembly } from "./webassembly.ts";

export type { GemmExports, MathExports, VectorExports };

/** Bytes of a WebAssembly page. */
export const PAGE_BYTES = 65536;

/** First byte that belongs to nobody: the pages below hold the modules' constants. */
const HEAP_START = 3 * PAGE_BYTES;

/**
 * Most pages the memory may ever have, largest first. 65536 pages are the 4 GiB of a 32-bit address. An engine
 * reserves the addresses at once, and refuses where a process may not have that many.
 */
const MAXIMUM_PAGES: readonly number[] = [65536, 32768, 16384, 8192, 4096];

/** Compiled code of the kernels. It has no state: any number of threads may instantiate it on one memory. */
export interface WasmModules {
  readonly gemm: WasmModule;
  readonly vector: WasmModule;
  readonly math: WasmModule;
}

/** Names of the vector kernels that have the type `F`. */
export type VectorKernelOf<F> = {
  [N in keyof VectorExports]: VectorExports[N] extends F ? (F extends VectorExports[N] ? N : never) : never;
}[keyof VectorExports];

export interface WasmInstances {
  readonly gemm: GemmExports;
  readonly vector: VectorExports;
  /** Functions of vectors, which other instances import. */
  readonly math: MathExports;
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

/** Kernels without a memory. */
export interface WasmBuild {
  readonly relaxed: boolean;
  readonly modules: WasmModules;
}

/** Why there is none of what was asked for. */
export interface Missing {
  readonly reason: string;
}

/** Compiles the kernels, or says why that cannot be done. */
export function compileWasm({ relaxed }: LoadWasmOptions = {}): WasmBuild | Missing {
  if (!webAssembly) return { reason: "the JavaScript engine has no WebAssembly" };
  const { validate, Module } = webAssembly;
  const compile = ({ gemm, vector, math }: Code): WasmModules => ({
    gemm: new Module(gemm),
    vector: new Module(vector),
    math: new Module(math),
  });
  const isValid = (code: Code): boolean => Object.values(code).every((bytes) => validate(bytes));
  try {
    if (relaxed !== false) {
      const fused = decode(gemmRelaxed, vectorRelaxed, mathRelaxed);
      if (isValid(fused) || (allowRelaxedSimd() && isValid(fused))) return { relaxed: true, modules: compile(fused) };
      if (relaxed === true) return { reason: "the JavaScript engine has no relaxed WebAssembly SIMD" };
    }
    const plain = decode(gemmPlain, vectorPlain, mathPlain);
    if (!isValid(plain)) return { reason: "the JavaScript engine has no WebAssembly SIMD" };
    return { relaxed: false, modules: compile(plain) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      reason:
        `WebAssembly may not be compiled here (${message.split("\n", 1)[0]}). ` +
        "A content security policy allows it with 'wasm-unsafe-eval'",
    };
  }
}

/** Gives compiled kernels a memory; one that is large where the process may have as many addresses. */
export function openWasm({ relaxed, modules }: WasmBuild): WasmKernels | Missing {
  const made = makeMemory();
  if ("reason" in made) return made;
  return { ...made, ...instantiateWasm(modules, made.memory), relaxed, heapStart: HEAP_START, modules };
}

/** Compiles the kernels and makes their memory; null if the engine has no SIMD or no shared memory. */
export function loadWasm(options: LoadWasmOptions = {}): WasmKernels | null {
  const build = compileWasm(options);
  if ("reason" in build) return null;
  const kernels = openWasm(build);
  return "reason" in kernels ? null : kernels;
}

/**
 * Whether {@link openWasm} is sure to succeed later: not in browsers, which may have no shared memory or little room,
 * nor under a limit of addresses.
 */
export function canOpenLater(): boolean {
  return builtin("node:fs") !== undefined && freeAddresses() === Infinity;
}

/** Instances of compiled kernels on a memory that already exists: what a worker thread does. */
export function instantiateWasm(modules: WasmModules, memory: WasmMemory): WasmInstances {
  if (!webAssembly) throw new Error("this JavaScript engine has no WebAssembly");
  const imports = { env: { memory } };
  return {
    gemm: new webAssembly.Instance(modules.gemm, imports).exports as GemmExports,
    vector: new webAssembly.Instance(modules.vector, imports).exports as VectorExports,
    math: new webAssembly.Instance(modules.math, imports).exports as MathExports,
  };
}

/** Bytes of the modules. */
type Code = Readonly<Record<keyof WasmModules, Uint8Array>>;

function decode(gemm: string, vector: string, math: string): Code {
  return { gemm: bytesOf(gemm), vector: bytesOf(vector), math: bytesOf(math) };
}

function bytesOf(base64: string): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return inflateSync(bytes);
}

/**
 * Node 20 has relaxed SIMD behind a flag of V8, which may be set as long as nothing that needs it was compiled. From
 * V8 11.4 on there is no such flag any more, and an unknown one is complained about on the console.
 */
function allowRelaxedSimd(): boolean {
  const [major = Infinity, minor = 0] = hostProcess?.versions?.v8?.split(".").map(Number) ?? [];
  if (major > 11 || (major === 11 && minor >= 4)) return false;
  try {
    builtin<{ setFlagsFromString(flag: string): void }>("node:v8")?.setFlagsFromString(
      "--experimental-wasm-relaxed-simd",
    );
    return true;
  } catch {
    // Hosts that resemble Node but do not run on V8 may refuse.
    return false;
  }
}

function makeMemory(): { memory: WasmMemory; maximumPages: number } | Missing {
  if (!webAssembly) return { reason: "the JavaScript engine has no WebAssembly" };
  const room = freeAddresses() - ADDRESSES_FOR_OTHERS;
  for (const maximum of MAXIMUM_PAGES) {
    if (maximum * PAGE_BYTES > room && maximum !== MAXIMUM_PAGES.at(-1)) continue;
    try {
      const memory = new webAssembly.Memory({ initial: HEAP_START / PAGE_BYTES, maximum, shared: true });
      return { memory, maximumPages: maximum };
    } catch {
      // Too many addresses for this process: try fewer.
    }
  }
  return {
    reason: "the JavaScript engine has no shared WebAssembly memory, or the process may not have the addresses",
  };
}
