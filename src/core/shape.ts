/** @file Shape rules: broadcasting, negative dimensions, inferred sizes (−1), strides of views. */
import { sizeOf } from "../../kernels/layout.ts";
import { describeValue } from "./describe.ts";
import { ShapeError, ValueError } from "./errors.ts";

/** `2x3` as in PyTorch's matmul errors. */
export function times(shape: readonly number[]): string {
  return shape.join("x");
}

/** `[2, 3]` as in PyTorch's shape errors. */
export function bracketed(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** Broadcasts two shapes, by the rules of NumPy. Throws a ShapeError with PyTorch's message. */
export function broadcastShapes(op: string, a: readonly number[], b: readonly number[]): readonly number[] {
  if (a === b || b.length === 0) return a;
  if (a.length === 0) return b;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `[${op}] The size of tensor a (${x}) must match the size of tensor b (${y}) at non-singleton dimension ${i}. ` +
          `Got shapes ${bracketed(a)} and ${bracketed(b)}.`,
      );
    }
    out[i] = x === 1 ? y : x;
  }
  return out;
}

/** Normalizes a dimension, which may be negative, to 0 … rank−1. A 0-d tensor takes 0 and −1. */
export function normalizeDim(op: string, dim: number, rank: number): number {
  const range = Math.max(rank, 1);
  if (!Number.isInteger(dim) || dim < -range || dim >= range) {
    throw new ShapeError(
      `[${op}] Dimension out of range (expected to be in range of [${-range}, ${range - 1}], but got ${dim})`,
    );
  }
  return dim < 0 ? dim + range : dim;
}

/** Normalizes several dimensions: without repeats, in ascending order. `undefined` means all of them. */
export function normalizeDims(op: string, dims: number | readonly number[] | undefined, rank: number): number[] {
  if (dims === undefined) return Array.from({ length: rank }, (_, i) => i);
  const given = typeof dims === "number" ? [dims] : dims;
  if (!Array.isArray(given)) {
    throw new ShapeError(`[${op}] expected a dimension or an array of dimensions, but got ${describeValue(dims)}`);
  }
  const list = given.map((d: number) => normalizeDim(op, d, rank));
  const unique = [...new Set(list)].sort((x, y) => x - y);
  if (unique.length !== list.length) {
    throw new ShapeError(`[${op}] a dimension appears more than once in the list of dims ${bracketed(list)}`);
  }
  return rank === 0 ? [] : unique;
}

/** Throws unless every size is an integer of at least 0. */
export function checkSizes(op: string, shape: readonly number[]): void {
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new ShapeError(`[${op}] sizes must be integers of at least 0, but got ${bracketed(shape)}`);
    }
  }
}

/** Sizes given as `f(2, 3)` or `f([2, 3])`. */
export function sizesOf(args: readonly (number | readonly number[])[]): number[] {
  const [first] = args;
  if (args.length === 1 && Array.isArray(first)) return [...(first as readonly number[])];
  return args.map((a) => {
    if (typeof a !== "number") {
      throw new ValueError(
        `[shape] sizes must be numbers or one array of numbers, but got ${args.map(describeValue).join(", ")}`,
      );
    }
    return a;
  });
}

/** Infers the −1 among `sizes` from the number of elements. */
export function inferSizes(op: string, sizes: readonly number[], count: number): number[] {
  const bad = () => new ShapeError(`[${op}] shape '${bracketed(sizes)}' is invalid for input of size ${count}`);
  let known = 1;
  let unknown = -1;
  sizes.forEach((size, i) => {
    if (size === -1) {
      if (unknown >= 0) throw new ShapeError(`[${op}] only one dimension can be inferred`);
      unknown = i;
    } else if (!Number.isSafeInteger(size) || size < 0) {
      throw new ShapeError(`[${op}] invalid shape dimension ${size} in ${bracketed(sizes)}`);
    } else {
      known *= size;
    }
  });
  const out = [...sizes];
  if (unknown >= 0) {
    if (known === 0) {
      if (count !== 0) throw bad();
      throw new ShapeError(
        `[${op}] cannot reshape tensor of 0 elements into shape ${bracketed(sizes)} because the unspecified dimension size -1 can be any value and is ambiguous`,
      );
    }
    if (count % known !== 0) throw bad();
    out[unknown] = count / known;
  } else if (known !== count) {
    throw bad();
  }
  return out;
}

/**
 * Strides with which the same memory is read in `target` shape, or null if that takes a copy.
 * Runs of old dimensions that lie without gaps are matched with runs of new ones.
 */
export function viewStrides(
  shape: readonly number[],
  strides: readonly number[],
  target: readonly number[],
): number[] | null {
  if (sizeOf(shape) === 0) {
    const out = new Array<number>(target.length);
    let step = 1;
    for (let i = target.length - 1; i >= 0; i--) {
      out[i] = step;
      step *= Math.max(target[i] as number, 1);
    }
    return out;
  }
  const out = new Array<number>(target.length);
  let t = target.length - 1;
  let runStride = strides.length > 0 ? (strides[strides.length - 1] as number) : 1;
  let runSize = 1;
  let viewSize = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    runSize *= shape[i] as number;
    const ends = i === 0 || (shape[i - 1] !== 1 && strides[i - 1] !== runSize * runStride);
    if (!ends) continue;
    while (t >= 0 && (viewSize < runSize || target[t] === 1)) {
      out[t] = viewSize * runStride;
      viewSize *= target[t] as number;
      t--;
    }
    if (viewSize !== runSize) return null;
    if (i > 0) {
      runStride = strides[i - 1] as number;
      runSize = 1;
      viewSize = 1;
    }
  }
  for (; t >= 0; t--) out[t] = runStride;
  return out;
}
