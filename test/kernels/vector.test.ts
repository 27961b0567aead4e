/** @file The vector kernels by themselves: accuracy to the last bits, and no step beyond their arrays. */
import { describe, expect, it } from "vitest";
import { arrayOn } from "../../kernels/cpu/storage.ts";
import { loadWasm, type VectorExports, type WasmKernels } from "../../kernels/cpu/wasm.ts";
import { BYTES } from "../../kernels/layout.ts";
import { createArray } from "../../kernels/reference/storage.ts";
import { mulberry } from "./random.ts";

const COUNT = 1 << 16;

/** A build, and floats in its memory: COUNT arguments, then as many results. */
function open(relaxed: boolean): { vector: VectorExports; memory: WasmKernels["memory"]; start: number } {
  const wasm = loadWasm({ relaxed });
  if (!wasm) throw new Error("this engine has no such SIMD");
  wasm.memory.grow(16);
  return { vector: wasm.vector, memory: wasm.memory, start: wasm.heapStart };
}

/** Distance of a result from the true value in units of the last place of a float32. */
function ulps(found: number, truth: number): number {
  const rounded = Math.fround(truth);
  if (Object.is(found, rounded) || (Number.isNaN(found) && Number.isNaN(rounded))) return 0;
  if (!Number.isFinite(found) || !Number.isFinite(rounded)) return Infinity;
  const unit = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(truth))), -126) - 23);
  return Math.abs(found - truth) / unit;
}

describe.each([
  ["relaxed SIMD", true],
  ["plain SIMD", false],
])("vector kernels, %s", (_name, relaxed) => {
  const { vector, memory, start } = open(relaxed);
  const inputs = new Float32Array(memory.buffer, start, COUNT);
  const results = new Float32Array(memory.buffer, start + 4 * COUNT, COUNT);
  it("writes no element beyond its rows", () => {
    const random = mulberry(2);
    const [a, out] = [start, start + 4 * 8192];
    const all = new Float32Array(memory.buffer, start, 3 * 4096);
    const from = 8192;
    for (const [rows, cols, gap] of [
      [1, 1, 0],
      [3, 5, 2],
      [4, 16, 1],
      [7, 18, 3],
      [2, 67, 4],
      [33, 21, 0],
    ] as const) {
      const step = 4 * (cols + gap);
      const kernels: readonly (() => void)[] = [
        () => vector.copyRows(out, a, rows, cols, step, 4 * cols),
        () => vector.fillRows(out, 3, rows, cols, step),
        () => vector.transposeRows(out, a, rows, cols, step, 4 * rows),
      ];
      for (const run of kernels) {
        for (let i = 0; i < from; i++) all[i] = random();
        all.fill(-7, from);
        run();
        for (let i = from; i < all.length; i++) {
          const at = i - from;
          const inside = at < rows * (cols + gap) && at % (cols + gap) < cols;
          if (!inside && all[i] !== -7) throw new Error(`${run}: ${rows}×${cols}+${gap} wrote at ${at}`);
          if (inside && all[i] === -7) throw new Error(`${run}: ${rows}×${cols}+${gap} left out ${at}`);
        }
      }
    }
  });

  it.each([
    ["one byte", "copyRows_u8", "copyStrided_u8", "transposeRows_u8", 1],
    ["four bytes", "copyRows", "copyStrided", "transposeRows", 4],
    ["eight bytes", null, "copyStrided_u64", "transposeRows_u64", 8],
  ] as const)(
    "moves elements of %s to their places and writes nothing else",
    (_size, rowWise, strided, turned, size) => {
      const random = mulberry(4);
      const [x, out, bytes] = [start, start + 65536, 65536];
      const from = new Uint8Array(memory.buffer, x, bytes);
      const to = new Uint8Array(memory.buffer, out, bytes);
      for (let i = 0; i < bytes; i++) from[i] = Math.floor(random() * 200);
      for (const [rows, cols, gap] of [
        [1, 1, 0],
        [3, 5, 2],
        [8, 8, 0],
        [9, 17, 1],
        [66, 70, 3],
        [67, 19, 0],
        [2, 300, 5],
      ] as const) {
        const step = size * (cols + gap);
        /** Runs a kernel, and holds every byte against that of element (r, c) at `place` bytes. */
        const check = (run: () => void, place: (r: number, c: number) => number): void => {
          const wanted = new Uint8Array(bytes).fill(255);
          for (let r = 0; r < rows; r++) {
            for (let c = 0; c < cols; c++) {
              for (let b = 0; b < size; b++) wanted[r * step + size * c + b] = from[place(r, c) + b]!;
            }
          }
          to.fill(255);
          run();
          expect(to.findIndex((byte, i) => byte !== wanted[i])).toBe(-1);
        };
        check(
          () => vector[turned](out, x, rows, cols, step, size * (rows + gap)),
          (r, c) => size * (c * (rows + gap) + r),
        );
        check(
          () => vector[strided](out, x, rows, cols, step, size, size, size * rows),
          (r, c) => size * (c * rows + r),
        );
        if (rowWise === null) continue;
        check(
          () => vector[rowWise](out, x, rows, cols, step, size * cols),
          (r, c) => size * (r * cols + c),
        );
      }
    },
  );

  it.each([
    ["fillRows", "float32", -0.1],
    ["fillRows_f64", "float64", -0.1],
    ["fillRows_i32", "int32", -7],
    ["fillRows_i32", "int32", 2 ** 32 + 5],
    ["fillRows_u8", "uint8", 300],
  ] as const)("%s sets what its rows have, and nothing else (%s, %d)", (kernel, dtype, value) => {
    for (const [rows, cols, gap] of [
      [1, 1, 0],
      [3, 5, 2],
      [4, 16, 1],
      [2, 67, 4],
      [33, 131, 1],
    ] as const) {
      const all = arrayOn(dtype, memory.buffer, start, 8192).fill(1);
      const wanted = createArray(dtype, 8192).fill(1);
      for (let r = 0; r < rows; r++) wanted.fill(value, r * (cols + gap), r * (cols + gap) + cols);
      vector[kernel](start, value, rows, cols, BYTES[dtype] * (cols + gap));
      expect(all.findIndex((x, i) => x !== wanted[i])).toBe(-1);
    }
  });

  it("sums a million numbers to the last bit but one, along rows and down columns", () => {
    const n = 1 << 20;
    memory.grow(80);
    const x = new Float32Array(memory.buffer, start, n);
    const random = mulberry(3);
    for (let i = 0; i < n; i++) x[i] = random();
    const truth = x.reduce((sum, value) => sum + value, 0);
    const [out, scratch] = [start + 4 * n, start + 4 * n + 64];
    vector.foldPieces_f32(0, out, start, n, n, 0, 1);
    expect(Math.abs(new Float64Array(memory.buffer, out, 1)[0]! / truth - 1)).toBeLessThan(2 ** -24);
    const result = new Float32Array(memory.buffer, out, 2);
    for (const cols of [1, 2]) {
      vector.foldColumns_f32(0, out, start, 1, n / cols, cols, 4 * cols, scratch);
      for (let c = 0; c < cols; c++) {
        let column = 0;
        for (let i = c; i < n; i += cols) column += x[i]!;
        expect(ulps(result[c]!, column)).toBeLessThanOrEqual(1);
      }
    }
  });

  it("takes a softmax of large and infinite logits as PyTorch does", () => {
    const cases: readonly (readonly [logits: number[], wanted: number[]])[] = [
      [
        [1e30, 1e30],
        [0.5, 0.5],
      ],
      [
        [0, -200],
        [1, 0],
      ],
      [
        [-Infinity, 0, -Infinity, 0, 0],
        [0, 1 / 3, 0, 1 / 3, 1 / 3],
      ],
      [
        [-Infinity, -Infinity],
        [NaN, NaN],
      ],
      [
        [1, NaN, 2],
        [NaN, NaN, NaN],
      ],
      [
        [Infinity, 0],
        [NaN, NaN],
      ],
    ];
    for (const [logits, wanted] of cases) {
      inputs.set(logits);
      vector.softmaxRows_f32(start + 4 * COUNT, start, 1, logits.length);
      expect([...results.subarray(0, logits.length)]).toEqual(wanted.map(Math.fround));
    }
  });
});
