/** @file Matrix products by the system's BLAS, float32 on the heap and float64 anywhere. */
import { GEMM_TYPES, type GemmType } from "../gemm.ts";
import type { Kernels } from "../recorder.ts";
import type { ThreadPool } from "../threads.ts";
import type { WasmMemory } from "../webassembly.ts";
import { type BlasLibrary, type BlasSearch, PLAIN, ROW_MAJOR, searchBlas, TRANSPOSED } from "./library.ts";

/** Multiply-accumulates from which a BLAS is faster than the kernels here, in spite of its call and a pass for the epilogue. */
const MIN_BLAS_MACS = 16_000;

/** How BLAS reads a matrix of any strides: as it lies, or transposed, with `leading` elements from row to row. */
interface Reading {
  readonly trans: number;
  readonly leading: number;
}

/** Elements from row to row and from column to column. */
export type Strides = readonly [row: number, col: number];

/** Multiplies matrices by the library. */
export interface BlasProduct {
  /** Whether threads may work on parts of the product. */
  readonly shared: boolean;
  /** Multiplies parts of the matrices, which begin at the given byte addresses: C = A·B, or C += A·B with `add`. */
  run(
    kernels: Kernels,
    m: number,
    n: number,
    k: number,
    a: number,
    b: number,
    c: number,
    ldc: number,
    add: boolean,
  ): void;
}

/** Null if neither rows nor columns are contiguous, or they overlap. Strides of dimensions of size 1 do not matter. */
function readingOf(rows: number, cols: number, [rowStride, colStride]: Strides): Reading | null {
  if (cols === 1 || colStride === 1) {
    if (rows === 1) return { trans: PLAIN, leading: cols };
    if (rowStride >= cols) return { trans: PLAIN, leading: rowStride };
  }
  if (rows === 1 || rowStride === 1) {
    if (cols === 1) return { trans: TRANSPOSED, leading: rows };
    if (colStride >= rows) return { trans: TRANSPOSED, leading: colStride };
  }
  return null;
}

let search: BlasSearch | undefined;

/** The BLAS of this machine. One search serves the whole process, for a library is loaded once. */
export function systemLibrary(): BlasSearch {
  search ??= searchBlas();
  return search;
}

/** Matrix products by a library that is searched for when it is first needed. */
export class SystemBlas {
  readonly #memory: WasmMemory;
  readonly #pool: ThreadPool;
  readonly #find: () => BlasSearch;
  #base: number | undefined;
  /** Fewest multiply-accumulates of a product for which a call pays. */
  readonly minMacs: number;

  /** @param find Gives the library, or the reason why there is none; called again and again. */
  constructor(memory: WasmMemory, pool: ThreadPool, find: () => BlasSearch, minMacs = MIN_BLAS_MACS) {
    this.#memory = memory;
    this.#pool = pool;
    this.#find = find;
    this.minMacs = minMacs;
  }

  /** The library in use, or why there is none. */
  get search(): BlasSearch {
    return this.#find();
  }

  /**
   * How to multiply matrices in the memory, C[m,n] = A[m,k]·B[k,n], or parts of them.
   *
   * @returns Null if there is no library, or none for this dtype, or it cannot read these strides.
   */
  product(type: GemmType, m: number, n: number, k: number, a: Strides, b: Strides): BlasProduct | null {
    // A single sum is as fast as memory is read, which a product of matrices is not.
    if (type === GEMM_TYPES.int32 || (m === 1 && n === 1)) return null;
    const library = this.#library();
    const left = readingOf(m, k, a);
    const right = readingOf(k, n, b);
    if (library === null || left === null || right === null) return null;
    this.#pool.adopt(library);
    // What knows nothing of threads is left alone, and has the processors to itself.
    if (library.setThreads) library.setThreads(1);
    else this.#pool.rest();
    this.#base ??= library.address(new Uint8Array(this.#memory.buffer));
    const base = this.#base;
    const [transA, transB, lda, ldb] = [left.trans, right.trans, left.leading, right.leading];
    const name = type === GEMM_TYPES.float64 ? "dgemm" : "sgemm";
    return {
      shared: library.setThreads !== null,
      run({ native }, rows, cols, depth, x, y, z, ldc, add) {
        const beta = add ? 1 : 0;
        const [p, q, r] = [base + x, base + y, base + z];
        native[name](ROW_MAJOR, transA, transB, rows, cols, depth, 1, p, lda, q, ldb, beta, r, ldc);
      },
    };
  }

  #library(): BlasLibrary | null {
    const found = this.search;
    return "library" in found ? found.library : null;
  }
}
