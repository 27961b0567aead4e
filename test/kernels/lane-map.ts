/** @file Applies a function of the math module to arrays: a module that imports it, as generated kernels do, in a loop. */
import type { MathExports, WasmKernels } from "../../kernels/cpu/wasm.ts";

interface Host {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object, imports: object) => { readonly exports: { readonly map: LaneMap } };
  };
}

/** Reads vectors from `x` (and from `y`, if the function has two arguments), and writes results from `out` to `end`. */
export type LaneMap = (x: number, y: number, out: number, end: number) => void;

const V128 = 0x7b;
const I32 = 0x7f;

/** A section or a body: its length, then what is in it. All lengths here are below 128. */
function sized(content: readonly number[]): number[] {
  return [content.length, ...content];
}

function text(name: string): number[] {
  return sized([...name].map((character) => character.charCodeAt(0)));
}

/** local.get, v128.load at a multiple of 16. */
function load(local: number): number[] {
  return [0x20, local, 0xfd, 0x00, 4, 0];
}

/** local += 16 */
function advance(local: number): number[] {
  return [0x20, local, 0x41, 16, 0x6a, 0x21, local];
}

/** The module of a function with one or two arguments. */
function bytesOf(parameters: 1 | 2): Uint8Array {
  const operands = [0, 1].slice(0, parameters);
  const types = [2, 0x60, ...sized(operands.map(() => V128)), 1, V128, 0x60, 4, I32, I32, I32, I32, 0];
  // A shared memory of 1 to 65536 pages, and a function of type 0.
  const memory = [...text("env"), ...text("memory"), 2, 3, 1, 0x80, 0x80, 4];
  const imports = [2, ...memory, ...text("math"), ...text("f"), 0, 0];
  const loop = [
    ...[0x03, 0x40, 0x20, 2, ...operands.flatMap(load), 0x10, 0, 0xfd, 0x0b, 4, 0],
    ...[0, 1, 2].flatMap(advance),
    // while out < end
    ...[0x20, 2, 0x20, 3, 0x49, 0x0d, 0, 0x0b],
  ];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, ...sized(types)],
    ...[2, ...sized(imports)],
    ...[3, ...sized([1, 1])],
    ...[7, ...sized([1, ...text("map"), 0, 1])],
    ...[10, ...sized([1, ...sized([0, ...loop, 0x0b])])],
  ]);
}

/** The function `name` in a loop over arrays in the memory of `kernels`. */
export function laneMap({ memory, math }: WasmKernels, name: keyof MathExports): LaneMap {
  const { Module, Instance } = (globalThis as unknown as Host).WebAssembly;
  const parameters = math[name].length === 2 ? 2 : 1;
  const imports = { env: { memory }, math: { f: math[name] } };
  return new Instance(new Module(bytesOf(parameters)), imports).exports.map;
}
