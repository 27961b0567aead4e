/**
 * @file The part of the WebAssembly interface that the kernels use.
 *
 * The types usually come with the DOM library, which a package for Node and browsers alike does not want to depend on.
 */

/** Compiled code without state. Workers receive it by `postMessage`. */
export interface WasmModule {
  readonly [Symbol.toStringTag]?: string;
}

/** A memory of 64 KiB pages, shared by every instance and thread that is given it. */
export interface WasmMemory {
  /** All present bytes. Growing replaces this object; earlier ones stay valid but keep their length. */
  readonly buffer: SharedArrayBuffer;
  /** Adds pages and returns how many there were. Throws a RangeError when the engine has no more. */
  grow(pages: number): number;
}

export interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: { readonly env: { readonly memory: WasmMemory }; readonly math?: object },
  ) => { readonly exports: object };
  readonly Memory: new (descriptor: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => WasmMemory;
  validate(bytes: Uint8Array): boolean;
}

/** The engine's WebAssembly, or undefined where there is none. */
export const webAssembly = (globalThis as { readonly WebAssembly?: WebAssemblyInterface }).WebAssembly;
