/** @file A GPU kernel: its source and its parameters, independent of the runtime. */
import type { DType } from "../backend.ts";

/**
 * A kernel computes one array of floats, element by element. Its body is JavaScript in the dialect of gpu.js, which makes
 * WGSL or GLSL of it; `this.thread.x` is the index of the element that it returns.
 *
 * gpu.js keeps integers as floats once they are in a variable, so positions are exact up to 2²⁴. Expressions of
 * `this.thread.x`, loop counters and `ints` alone stay integers.
 */
export interface GpuKernel {
  /** Errors show it. Kernels of one operation that differ only in how their arrays lie have the same. */
  readonly name: string;
  /** Arrays of floats that are read. */
  readonly arrays: readonly string[];
  /** Integers. */
  readonly ints: readonly string[];
  /** Other numbers. */
  readonly floats: readonly string[];
  /** Statements that end with `return`. */
  readonly body: string;
  /** A version for WebGPU alone, where it can do what gpu.js has no words for: memory that a workgroup shares. */
  readonly wgsl?: WgslVersion;
  /** A version for WebGL 2 alone, that computes four elements at once. */
  readonly texels?: TexelVersion;
}

/**
 * WGSL that is put below declarations of `params` (with the kernel's numbers by name), of the arrays by name, and of the
 * array `result`.
 */
export interface WgslVersion {
  readonly code: string;
  /** A function that it calls with vectors of four, which gpu.js translates. */
  readonly f?: WgslFunction;
  /** The arrays that are of vectors of four. What lies behind their end is in their buffer, and of no account. */
  readonly vectors?: readonly string[];
  /** How many arrays it computes: `result`, `result1` … One unless said otherwise. */
  readonly results?: number;
  /** Workgroups for a result of `length` elements, from the integers in the order of `ints`. */
  groups(length: number, ints: readonly number[]): readonly [number, number, number];
}

/** Elements of a texel. */
export const TEXEL = 4;

/** A kernel whose threads compute a texel each: four elements of the result, which lie there together (`gl/texels.ts`). */
export interface TexelVersion {
  /** Statements in the dialect of gpu.js that come first. */
  readonly statements?: string;
  /** An array of four, in the same dialect. */
  readonly texel: string;
  /** Functions in GLSL that it calls, by name, each an array of four. Arrays are `user_x` there, of `user_xSize` texels, numbers `user_n`, and `index` is the texel's. */
  readonly native: Readonly<Record<string, string>>;
  /** A function of numbers that it calls, by `element`: its arguments, and its statements in the dialect of gpu.js. */
  readonly f?: { readonly inputs: readonly string[]; readonly statements: string };
  /** How many arrays it computes: functions in GLSL leave those after the first in `further1` … One unless said otherwise. */
  readonly results?: number;
}

/** A function of numbers. */
export interface WgslFunction {
  readonly name: string;
  readonly inputs: readonly string[];
  /** Numbers of the kernel that it uses. */
  readonly floats: readonly string[];
  /** In the dialect of gpu.js. They end with `return`, or leave some values in `out0`, `out1` … and go on to the end, which gives an array in WGSL. */
  readonly statements: string;
  /** How many values are left. */
  readonly outputs?: number;
}

/** The name of the kernel of an operation, which says the dtype unless it is float32. */
export function kernelName(operation: string, dtype: DType): string {
  return dtype === "float32" ? operation : `${operation} ${dtype}`;
}

/** Makes each kernel once: `make` is called for keys that have not been asked for before. */
export function kernelTable<K extends string>(make: (key: K) => GpuKernel): (key: K) => GpuKernel {
  const made = new Map<K, GpuKernel>();
  return (key) => {
    let kernel = made.get(key);
    if (kernel === undefined) {
      kernel = make(key);
      made.set(key, kernel);
    }
    return kernel;
  };
}
