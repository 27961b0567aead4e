/** @file The system's BLAS: right wherever it is used, and never in the way where it is missing or broken. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { DType, MatmulOptions, NDArray } from "../../kernels/backend.ts";
import { CpuBackend } from "../../kernels/cpu/backend.ts";
import { SystemBlas, systemLibrary } from "../../kernels/cpu/blas/blas.ts";
import { GEMM_TYPES } from "../../kernels/cpu/gemm.ts";
import { ThreadPool } from "../../kernels/cpu/threads.ts";
import { loadWasm, type WasmKernels } from "../../kernels/cpu/wasm.ts";
import { dense, emptyArray } from "../../kernels/layout.ts";
import { ReferenceBackend } from "../../kernels/reference/backend.ts";
import { evaluate, source } from "./child.ts";

function loadKernels(): WasmKernels {
  const kernels = loadWasm();
  if (!kernels) throw new Error("this engine has no SIMD or no shared memory");
  return kernels;
}

const backend = new CpuBackend(loadKernels(), { threads: 2, eager: true });
const { search } = backend.blas;
const missing = "reason" in search ? search.reason : null;
const reference = new ReferenceBackend();

/** Small integers, whose products and sums are exact in any order. */
function wholeNumbers(length: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 24) - 128;
  });
}

interface Matrices {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batches?: number;
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** Extra elements between the lines of both. */
  readonly gap?: number;
  readonly options?: Omit<MatmulOptions, "bias" | "out"> & { readonly bias?: boolean; readonly out?: boolean };
}

/** The product as a backend computes it. */
function product(k: CpuBackend | ReferenceBackend, dtype: DType, matrices: Matrices): number[] {
  const { m, n, k: depth, batches, transA = false, transB = false, gap = 0, options = {} } = matrices;
  const upload = (length: number, seed: number) => {
    const values = wholeNumbers(length, seed);
    return k.upload(dtype, dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values));
  };
  const matrix = (rows: number, cols: number, transposed: boolean, seed: number): NDArray => {
    const [lines, width] = transposed ? [cols, rows + gap] : [rows, cols + gap];
    const strides = transposed ? [1, width] : [width, 1];
    const size = lines * width;
    const storage = upload(size * (batches ?? 1) + 3, seed);
    if (batches === undefined) return { storage, shape: [rows, cols], strides, offset: 3, dtype };
    return { storage, shape: [batches, rows, cols], strides: [size, ...strides], offset: 3, dtype };
  };
  const a = matrix(m, depth, transA, 1);
  const b = matrix(depth, n, transB, 2);
  const shape = [...(batches === undefined ? [] : [batches]), m, n];
  const out = options.out ? dense(upload(m * n * (batches ?? 1), 3), shape) : undefined;
  const bias = options.bias ? dense(upload(n, 4), [n]) : undefined;
  const { storage } = k.matmul(a, b, { relu: options.relu, accumulate: options.accumulate, bias, out });
  return Array.from(k.readSync(storage, 0, storage.length));
}

describe.skipIf(missing !== null)(`products by BLAS${missing === null ? "" : ` (${missing})`}`, () => {
  const SIZES: readonly Matrices[] = [
    { m: 3, n: 5, k: 4 },
    { m: 1, n: 7, k: 9 },
    { m: 7, n: 1, k: 9 },
    { m: 7, n: 9, k: 1 },
    { m: 1, n: 1, k: 33 },
    { m: 64, n: 48, k: 80 },
    { m: 130, n: 70, k: 90 },
    { m: 5, n: 6, k: 7, batches: 3 },
  ];
  const LAYOUTS: readonly Partial<Matrices>[] = [
    {},
    { transA: true },
    { transB: true },
    { transA: true, transB: true, gap: 2 },
    { gap: 5 },
  ];
  const EPILOGUES: readonly Partial<Matrices>[] = [
    {},
    { options: { bias: true } },
    { options: { relu: true } },
    { options: { bias: true, relu: true } },
    { options: { out: true } },
    { options: { out: true, accumulate: true } },
    { options: { out: true, accumulate: true, bias: true, relu: true } },
  ];

  for (const dtype of ["float32", "float64"] as const) {
    it.each(SIZES)(`are exact: ${dtype} $m×$n×$k`, (size) => {
      const used = vi.spyOn(SystemBlas.prototype, "product");
      for (const layout of LAYOUTS) {
        for (const epilogue of EPILOGUES) {
          const matrices = { ...size, ...layout, ...epilogue };
          expect(product(backend, dtype, matrices), JSON.stringify(matrices)).toEqual(
            product(reference, dtype, matrices),
          );
        }
      }
      expect(used).toHaveBeenCalledTimes(LAYOUTS.length * EPILOGUES.length);
      // A single sum is no product of matrices.
      const isOneSum = size.m === 1 && size.n === 1;
      expect(used.mock.results.every(({ value }) => (value === null) === isOneSum)).toBe(true);
      used.mockRestore();
    });
  }

  it("leave to others what BLAS cannot read: repeated, reversed and spread elements", () => {
    const storage = backend.upload("float32", Float32Array.from(wholeNumbers(1000, 1)));
    const twin = reference.upload("float32", Float32Array.from(wholeNumbers(1000, 1)));
    const b = dense(backend.upload("float32", Float32Array.from(wholeNumbers(63, 2))), [9, 7]);
    const bTwin = dense(reference.upload("float32", Float32Array.from(wholeNumbers(63, 2))), [9, 7]);
    for (const [strides, offset] of [
      [[0, 1], 0],
      [[1, 0], 0],
      [[-9, 1], 200],
      [[9, -1], 200],
      [[20, 2], 0],
      [[3, 1], 0],
      [[1, 4], 0],
    ] as const) {
      const a = { shape: [8, 9], strides, offset, dtype: "float32" } as const;
      const got = backend.matmul({ ...a, storage }, b);
      const want = reference.matmul({ ...a, storage: twin }, bTwin);
      expect(backend.readSync(got.storage, 0, 56)).toEqual(reference.readSync(want.storage, 0, 56));
    }
  });

  it("may write where they read", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const values = wholeNumbers(64, 5);
      const results = [backend, reference].map((k) => {
        const x = dense(
          k.upload(dtype, dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values)),
          [8, 8],
        );
        k.matmul(x, x, { out: x });
        return Array.from(k.readSync(x.storage, 0, 64));
      });
      expect(results[0]).toEqual(results[1]);
    }
  });

  it("run on the library's own threads", async () => {
    const kernels = loadKernels();
    kernels.memory.grow(8);
    const at = kernels.heapStart;
    const floats = new Float32Array(kernels.memory.buffer, at, 3 * 4096);
    const pool = new ThreadPool(kernels, 2, { startWaitMs: 10_000 });
    const blas = new SystemBlas(kernels.memory, pool, systemLibrary);
    const product = blas.product(GEMM_TYPES.float32, 64, 64, 64, [64, 1], [64, 1]);
    if (!product?.shared) return;
    const parts: number[] = [];
    const multiply = () => {
      floats.fill(0.5);
      pool.run(2, (k, part) => {
        if (k.gemm === kernels.gemm) parts.push(part);
        const half = 4 * 2048 * part;
        product.run(k, 32, 64, 64, at + half, at + 16384, at + 32768 + half, 64, false);
      });
      expect(floats.subarray(8192).every((x) => x === 16)).toBe(true);
      return parts.splice(0);
    };
    expect(multiply()).toEqual([0, 1]);
    for (const end = performance.now() + 20_000; pool.workers < 1 && performance.now() < end; ) await sleep(2);
    expect(multiply()).toEqual([0]);
    expect(multiply()).toEqual([0]);
    pool.resize(1);
  });

  it("are right on memory that has grown, and on several memories", () => {
    const others = [1, 2].map(() => new CpuBackend(loadKernels(), { threads: 1, eager: true }));
    for (let i = 0; i < 4; i++) {
      for (const k of [backend, ...others]) {
        const hold = emptyArray(k, "float32", [2 ** 20 * (i + 1)]);
        const x = dense(k.upload("float32", new Float32Array(10_000).fill(i + 1)), [100, 100]);
        const y = k.matmul(x, x);
        expect(k.readSync(y.storage, 0, 10_000).every((v) => v === 100 * (i + 1) ** 2)).toBe(true);
        for (const { storage } of [hold, x, y]) k.free(storage);
      }
    }
  });
});

describe("a process", { timeout: 60_000 }, () => {
  const PROGRAM = `
    import { deviceInfo, ones, full } from "${source("src/entry/index.ts")}";
    const { blas, blasReason } = deviceInfo();
    const x = full([200, 200], 0.5);
    const sum = x.matmul(x).sum().itemSync();
    const double = x.double();
    console.log(JSON.stringify({ used: blas !== null, blasReason, sum, double: double.matmul(double).sum().itemSync() }));
  `;
  const SUMS = { sum: 2_000_000, double: 2_000_000 };
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tapegrad-blas-"));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the program finds if TAPEGRAD_BLAS is so. */
  function found(wish: string, flags: readonly string[] = []): unknown {
    return evaluate(PROGRAM, { TAPEGRAD_BLAS: wish, TAPEGRAD_NUM_THREADS: "2" }, flags);
  }

  /** A shared library with the given C code; null where there is no compiler. */
  function compile(name: string, code: string): string | null {
    const file = join(folder, name);
    writeFileSync(`${file}.c`, code);
    try {
      execFileSync("cc", ["-shared", "-fPIC", "-o", `${file}.so`, `${file}.c`], { stdio: "ignore" });
    } catch {
      return null;
    }
    return `${file}.so`;
  }

  it("uses what is there, or says why not", () => {
    const expected = missing === null ? { used: true } : { used: false, blasReason: missing };
    for (const wish of ["auto", "AUTO", ""]) expect(found(wish)).toEqual({ ...expected, ...SUMS });
  });

  it("does without where it is switched off", () => {
    expect(found("off")).toEqual({ used: false, blasReason: "switched off by TAPEGRAD_BLAS=off", ...SUMS });
  });

  it("does without where koffi is not installed", () => {
    const preload = `data:text/javascript,
      import modules from "node:module";
      const resolve = modules._resolveFilename;
      modules._resolveFilename = function (id, ...rest) {
        if (id === "koffi") throw Object.assign(new Error("Cannot find module 'koffi'"), { code: "MODULE_NOT_FOUND" });
        return resolve.call(this, id, ...rest);
      };`;
    const reason = "the optional package koffi is not installed";
    expect(found("auto", ["--import", preload])).toEqual({ used: false, blasReason: reason, ...SUMS });
  });

  it("does without where native code is forbidden", () => {
    const result = found("auto", ["--permission", "--allow-fs-read=*"]);
    expect(result).toEqual({ used: false, blasReason: expect.any(String), ...SUMS });
  });

  const hasKoffi = missing?.includes("koffi") !== true;

  it.skipIf(!hasKoffi)("survives files that are no libraries, and says so", () => {
    const text = join(folder, "notes.txt");
    writeFileSync(text, "This is no library.\n");
    for (const path of [text, join(folder, "nowhere.so"), folder]) {
      const blasReason = expect.stringContaining(`TAPEGRAD_BLAS=${path}: cannot be loaded (`);
      expect(found(path)).toEqual({ used: false, blasReason, ...SUMS });
    }
  });

  it.skipIf(!hasKoffi || process.platform !== "linux")("survives a library of another kind", () => {
    const blasReason = expect.stringContaining("is no usable BLAS (Cannot find function 'cblas_sgemm'");
    expect(found("libc.so.6")).toEqual({ used: false, blasReason, ...SUMS });
  });

  const functions = (body: string): string => `void cblas_sgemm(void) {${body}} void cblas_dgemm(void) {${body}}`;

  it.skipIf(!hasKoffi).each([
    ["computes nothing", functions(""), "computes wrong products"],
    ["crashes", `#include <stdlib.h>\n${functions("abort();")}`, "ends a process that uses it (SIGABRT)"],
    [
      "ends the process when it is loaded",
      `#include <stdlib.h>\n__attribute__((constructor)) static void start(void) { exit(3); }\n${functions("")}`,
      "ends a process that uses it (status 3)",
    ],
  ])("survives a library that %s", (name, code, reason) => {
    const path = compile(name.replaceAll(" ", "-"), code);
    if (path === null) return;
    expect(found(path)).toEqual({ used: false, blasReason: `TAPEGRAD_BLAS=${path}: ${reason}`, ...SUMS });
  });

  it.skipIf(missing !== null)("uses the library that is named", () => {
    const name = "library" in search ? search.library.name : "";
    expect(found(name)).toEqual({ used: true, ...SUMS });
  });
});
