/** @file Matrix products of strided operands of any numeric dtype. */
import type { DType, TypedArray } from "../backend.ts";
import { contiguousStrides } from "../layout.ts";
import { copy } from "./copy.ts";
import { isIntegral } from "./storage.ts";
import type { Strided } from "./strided.ts";

/** What happens to the product before it is stored. */
export interface Epilogue {
  /** Added to every row: shape [N]. */
  readonly bias: Strided | null;
  /** Apply max(0, ·), after everything was added. */
  readonly relu: boolean;
  /** Whether the result is added to what stands in `out`. */
  readonly accumulate: boolean;
}

/**
 * out[m, n] = Σ a[m, k]·b[k, n], or the same for every batch, with an {@link Epilogue}. `out` is contiguous.
 * Floats are summed in double precision and rounded once; integers wrap modulo 2³².
 */
export function matmul(dtype: DType, out: Strided, a: Strided, b: Strided, epilogue: Epilogue): void {
  const rank = a.shape.length;
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape[rank - 1]!;
  const batches = rank === 3 ? a.shape[0]! : 1;
  const scratch = isIntegral(dtype) ? Int32Array : Float64Array;
  const left = new scratch(m * k);
  const right = new scratch(k * n);
  const row = new scratch(n);
  const multiplyRow = isIntegral(dtype) ? multiplyRowInt32 : multiplyRowFloat64;
  for (let batch = 0; batch < batches; batch++) {
    copy(matrix(left, m, k), select(a, batch));
    copy(matrix(right, k, n), select(b, batch));
    for (let i = 0; i < m; i++) {
      multiplyRow(row, left, i * k, k, right);
      storeRow(out.data, out.offset + (batch * m + i) * n, row, epilogue);
    }
  }
}

function matrix(data: TypedArray, rows: number, columns: number): Strided {
  const shape = [rows, columns];
  return { data, shape, strides: contiguousStrides(shape), offset: 0 };
}

function select({ data, shape, strides, offset }: Strided, batch: number): Strided {
  if (shape.length === 2) return { data, shape, strides, offset };
  return { data, shape: shape.slice(1), strides: strides.slice(1), offset: offset + batch * strides[0]! };
}

function multiplyRowFloat64(row: TypedArray, left: TypedArray, at: number, k: number, right: TypedArray): void {
  const n = row.length;
  row.fill(0);
  for (let p = 0; p < k; p++) {
    const factor = left[at + p]!;
    const start = p * n;
    for (let j = 0; j < n; j++) row[j]! += factor * right[start + j]!;
  }
}

function multiplyRowInt32(row: TypedArray, left: TypedArray, at: number, k: number, right: TypedArray): void {
  const n = row.length;
  row.fill(0);
  for (let p = 0; p < k; p++) {
    const factor = left[at + p]!;
    const start = p * n;
    for (let j = 0; j < n; j++) row[j] = (row[j]! + Math.imul(factor, right[start + j]!)) | 0;
  }
}

function storeRow(out: TypedArray, at: number, row: TypedArray, { bias, relu, accumulate }: Epilogue): void {
  for (let j = 0; j < row.length; j++) {
    let value = row[j]!;
    if (bias) value += bias.data[bias.offset + j * bias.strides[0]!]!;
    if (accumulate) value += out[at + j]!;
    out[at + j] = relu && value < 0 ? 0 : value;
  }
}
