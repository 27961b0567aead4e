/**
 * @file SIMD kernels that are made from expressions when they are first needed, for the calling thread and the workers.
 *
 * Making one takes about a millisecond, most of it the engine's compiler; only what a program uses is made.
 */
import type { DType } from "../backend.ts";
import { castExpression, ELEMENTWISE, type ElementwiseName, expressionOf, KIND_OF } from "../ir/elementwise.ts";
import { type Expr, type Kind, textOf } from "../ir/expression.ts";
import { emitKernel, hasCalls, WIDTH } from "../ir/wasm.ts";
import type { FusedKernel } from "../program/fuse.ts";
import { GRAIN_SIZE } from "./parallel/partition.ts";
import type { ThreadPool } from "./threads.ts";
import type { WasmKernels } from "./wasm.ts";
import { type WasmModule, webAssembly } from "./webassembly.ts";

/** As `emitKernel` describes: addresses, sizes, strides in bytes, scalars. */
export type GeneratedKernel = (...values: number[]) => void;

/** A kernel and its number among those that workers know. */
export interface MadeKernel {
  readonly number: number;
  readonly run: GeneratedKernel;
}

/** The kernels of one operation and dtype. */
export interface KernelFamily {
  /** Bytes of an element of each input, and of each result. */
  readonly widths: readonly number[];
  readonly resultWidths: readonly number[];
  /** Least elements for a thread. */
  readonly grain: number;
  /** The kernel for inputs of which some repeat their first element along rows: bit k is that of input k. */
  kernel(splats: number): MadeKernel;
}

export class GeneratedKernels {
  readonly #wasm: WasmKernels;
  readonly #pool: ThreadPool;
  readonly #families = new Map<ElementwiseName, Partial<Record<DType, KernelFamily>>>();
  readonly #fused = new WeakMap<FusedKernel, KernelFamily>();
  readonly #byText = new Map<string, KernelFamily>();
  readonly #casts = new Map<`${DType}>${DType}`, KernelFamily>();

  constructor(wasm: WasmKernels, pool: ThreadPool) {
    this.#wasm = wasm;
    this.#pool = pool;
  }

  /** The kernels of an operation whose common dtype is `dtype`. */
  elementwise(name: ElementwiseName, dtype: DType): KernelFamily {
    let byDType = this.#families.get(name);
    if (byDType === undefined) {
      byDType = {};
      this.#families.set(name, byDType);
    }
    byDType[dtype] ??= this.#operation(name, dtype);
    return byDType[dtype];
  }

  /** The kernels of a conversion. */
  cast(from: DType, to: DType): KernelFamily {
    const key = `${from}>${to}` as const;
    let family = this.#casts.get(key);
    if (family === undefined) {
      family = this.#family([castExpression(from, to)], [KIND_OF[from]], 0);
      this.#casts.set(key, family);
    }
    return family;
  }

  /** The kernels of expressions that were fused. */
  fused(kernel: FusedKernel): KernelFamily {
    let family = this.#fused.get(kernel);
    if (family === undefined) {
      // The layers of a network, and the steps of a loop, are often the same expressions.
      const key = `${kernel.inputs.join()} ${textOf(kernel.outputs)}`;
      family = this.#byText.get(key) ?? this.#family(kernel.outputs, kernel.inputs, 0);
      this.#byText.set(key, family);
      this.#fused.set(kernel, family);
    }
    return family;
  }

  #operation(name: ElementwiseName, dtype: DType): KernelFamily {
    const f = ELEMENTWISE[name];
    const kinds = f.inputs.map((type) => (type === "T" ? KIND_OF[dtype] : "mask"));
    return this.#family([expressionOf(f, dtype)], kinds, f.scalars);
  }

  #family(expressions: readonly Expr[], kinds: readonly Kind[], scalars: number): KernelFamily {
    const made: MadeKernel[] = [];
    return {
      widths: kinds.map((kind) => WIDTH[kind]),
      resultWidths: expressions.map(({ kind }) => WIDTH[kind]),
      grain: hasCalls(...expressions) ? GRAIN_SIZE.heavy : GRAIN_SIZE.light,
      kernel: (splats) => {
        made[splats] ??= this.#make(
          emitKernel({
            inputs: kinds.map((kind, k) => ({ kind, splat: ((splats >> k) & 1) === 1 })),
            scalars,
            outputs: expressions,
          }),
        );
        return made[splats];
      },
    };
  }

  #make(code: Uint8Array): MadeKernel {
    if (!webAssembly) throw new Error("this JavaScript engine has no WebAssembly");
    const { Module, Instance } = webAssembly;
    const module: WasmModule = new Module(code);
    const { memory, math } = this.#wasm;
    const { run } = new Instance(module, { env: { memory }, math }).exports as { readonly run: GeneratedKernel };
    return { number: this.#pool.define(code, run), run };
  }
}
