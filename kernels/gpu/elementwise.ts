/** @file Element-wise operations on any layout, and strided writes. */
import type { DType, NDArray } from "../backend.ts";
import { broadcastStrides, isContiguous, sizeOf } from "../layout.ts";
import { coalesceDims } from "../nd-iterator.ts";
import { coversStorage, type GpuContext, storageOf } from "./gpu-context.ts";
import { type GpuArray, GpuError } from "./runtime.ts";
import { stepsByTexels } from "./sources/element-texels.ts";
import { type ElementFunction, elementKernel } from "./sources/elementwise.ts";
import { RANKS } from "./sources/index-math.ts";
import { placementKernel } from "./sources/strided-copy.ts";
import { type VectorLayout, type VectorMap, vectorKernel, type Way, WIDTH } from "./sources/vectors.ts";

/** The smallest rank that there are kernels for; the sizes and strides of missing dimensions come before the others. */
export function rankFor(op: string, dimensions: number): number {
  const rank = RANKS.find((r) => r >= dimensions);
  if (rank === undefined) {
    throw new GpuError(
      `${op} of an array that has ${dimensions} dimensions that cannot be coalesced; the GPU has kernels for ${RANKS.at(-1)}. Make it contiguous, or use device "cpu".`,
    );
  }
  return rank;
}

/** Numbers for missing dimensions, then the others. */
export function padRank(numbers: readonly number[], rank: number, filler: number): number[] {
  return [...new Array<number>(rank - numbers.length).fill(filler), ...numbers];
}

/** The function of the elements of arrays that broadcast to `shape`. At least one element. */
export function compute(
  context: GpuContext,
  f: ElementFunction,
  inputs: readonly NDArray[],
  shape: readonly number[],
  floats: readonly number[] = [],
): GpuArray {
  if (context.runtime.maxArrays !== undefined) {
    return computeVectors(context, vectorMapOf(f), inputs, shape, floats)[0] as GpuArray;
  }
  const length = sizeOf(shape);
  const constants = inputs.map((x) => context.constant(x));
  const isNumber = constants.map((value) => value !== null);
  const arrays = inputs.filter((_, i) => !isNumber[i]);
  const numbers = [...constants.filter((value) => value !== null), ...floats];
  const sources = arrays.map((x) => context.array(x));
  const steps = arrays.map((x) => stepOf(x, shape, length));
  if (steps.every((step) => step !== null)) {
    const places = arrays.map((x, i) => ({ at: x.offset, step: steps[i] as number }));
    const layout = context.runtime.mode === "webgl2" && stepsByTexels(places) ? "texels" : "flat";
    const ints = places.flatMap(({ at, step }) => [at, step]);
    return context.run(elementKernel(f, isNumber, layout), length, sources, [...ints, ...numbers]);
  }
  const strides = arrays.map((x) => broadcastStrides(x.shape, x.strides, shape));
  const coalesced = coalesceDims(shape, strides);
  const rank = rankFor(f.name, coalesced.shape.length);
  const ints = [
    ...padRank(coalesced.shape, rank, 1),
    ...arrays.flatMap((x, i) => [x.offset, ...padRank(coalesced.strides[i] ?? [], rank, 0)]),
  ];
  return context.run(elementKernel(f, isNumber, rank), length, sources, [...ints, ...numbers]);
}

/** For each function, itself as a part of kernels in vectors. */
const vectorMaps = new WeakMap<ElementFunction, VectorMap>();

function vectorMapOf(f: ElementFunction): VectorMap {
  let map = vectorMaps.get(f);
  if (map === undefined) {
    map = { name: f.name, f: { ...f, name: "element", floats: f.floats ?? [] } };
    vectorMaps.set(f, map);
  }
  return map;
}

/** As {@link compute}, in vectors of four, with as many results as the function has. */
export function computeVectors(
  context: GpuContext,
  map: VectorMap,
  inputs: readonly NDArray[],
  shape: readonly number[],
  floats: readonly number[],
): readonly GpuArray[] {
  const length = sizeOf(shape);
  const ways: Way[] = [];
  const arrays: NDArray[] = [];
  const sources: GpuArray[] = [];
  const numbers: number[] = [];
  /** Places for kernels that need no strides. */
  const places: number[] = [];
  let isFlat = true;
  for (let i = 0; i < inputs.length; i++) {
    const x = inputs[i] as NDArray;
    const constant = context.constant(x);
    if (constant !== null) {
      ways.push("n");
      numbers.push(constant);
      continue;
    }
    arrays.push(x);
    sources.push(context.array(x));
    const step: 0 | 1 | null = isFlat ? stepOf(x, shape, length) : null;
    isFlat = step !== null;
    const way = step === 0 ? "r" : x.offset % WIDTH === 0 ? "v" : "s";
    ways.push(way);
    places.push(way === "v" ? x.offset / WIDTH : x.offset);
  }
  for (let i = 0; i < floats.length; i++) numbers.push(floats[i] as number);
  if (isFlat) {
    for (let i = 0; i < numbers.length; i++) places.push(numbers[i] as number);
    return context.runAll(vectorKernel(map, ways, "flat"), length, sources, places);
  }
  let next = 0;
  const take = (found: readonly Way[]): readonly Way[] =>
    ways.map((way) => (way === "n" ? way : (found[next++] as Way)));
  const coalesced = coalesceDims(
    shape,
    arrays.map((x) => broadcastStrides(x.shape, x.strides, shape)),
  );
  const rank = rankFor(map.name, coalesced.shape.length);
  const isInRows = (coalesced.shape.at(-1) ?? 1) % WIDTH === 0;
  const found = arrays.map(({ offset }, i): Way => {
    const strides = coalesced.strides[i] ?? [];
    if (!isInRows) return "s";
    if (strides.at(-1) === 0) return "r";
    const isAligned = strides.at(-1) === 1 && [offset, ...strides.slice(0, -1)].every((step) => step % WIDTH === 0);
    return isAligned ? "v" : "s";
  });
  const ints = [
    ...padRank(coalesced.shape, rank, 1),
    ...arrays.flatMap((x, i) => [x.offset, ...padRank(coalesced.strides[i] ?? [], rank, 0)]),
  ];
  const layout: VectorLayout = `${isInRows ? "rows" : "each"}${rank}`;
  return context.runAll(vectorKernel(map, take(found), layout), length, sources, [...ints, ...numbers]);
}

/** 1 if the elements follow each other, 0 if there is one that repeats, null if it is neither. */
function stepOf(x: NDArray, shape: readonly number[], length: number): 0 | 1 | null {
  const size = sizeOf(x.shape);
  if (size === 1) return 0;
  return size === length && x.shape.length <= shape.length && isContiguous(x.shape, x.strides) ? 1 : null;
}

const COPY: ElementFunction = { name: "copy", inputs: ["x"], statements: "return x;" };

/** The elements of x, read as the larger `shape`, row by row; in an array of their own or one that is shared. */
export function contiguousCopy(context: GpuContext, x: NDArray, shape: readonly number[] = x.shape): GpuArray {
  const isShared = coversStorage(x) && x.storage.length === sizeOf(shape);
  return isShared ? context.array(x).retain() : compute(context, COPY, [x], shape);
}

/** Puts a computed array, row by row, where `out` is; without `out` into a storage of its own. The array is used up. */
export function writeResult(
  context: GpuContext,
  dtype: DType,
  shape: readonly number[],
  array: GpuArray,
  out: NDArray | undefined,
): NDArray {
  if (out === undefined) return context.result(dtype, shape, array);
  const storage = storageOf(out);
  storage.range = null;
  if (coversStorage(out)) {
    storage.cell.contents = array;
    return out;
  }
  const source = context.result(dtype, shape, array);
  stridedWrite(context, "set", out, source);
  context.free(storageOf(source));
  return out;
}

/** Writes `src`, which has the shape of `dst`, into it or adds it to it, where elements of `dst` may overlap if added. */
export function stridedWrite(context: GpuContext, mode: "set" | "add", dst: NDArray, src: NDArray): void {
  if (sizeOf(dst.shape) === 0) return;
  const storage = storageOf(dst);
  const [old, added] = [context.constant({ ...dst, shape: [] }), context.constant(src)];
  const { at, sourceAt, shape, strides, sourceStrides } = ordered(dst, src);
  const rank = rankFor(mode === "set" ? "copy" : "add", shape.length);
  const sizes = padRank(shape, rank, 1);
  // A dimension of one element that reaches over the whole storage.
  const steps = padRank(strides, rank, 2 ** 24);
  const reach = sizes.map((_, d) =>
    sizes.slice(d + 1).reduce((sum, size, i) => sum + (size - 1) * (steps[d + 1 + i] as number), 0),
  );
  const kernel = placementKernel(mode, old === null, added === null, rank);
  const arrays = [...(old === null ? [context.array(dst)] : []), ...(added === null ? [context.array(src)] : [])];
  const from = added === null ? [sourceAt, ...padRank(sourceStrides, rank, 0)] : [];
  const ints = [at, ...sizes, ...steps, ...reach, ...from];
  const floats = [...(old === null ? [] : [old]), ...(added === null ? [] : [added])];
  storage.range = null;
  storage.cell.contents = context.run(kernel, storage.length, arrays, [...ints, ...floats]);
}

/** Dimensions in the order that the placing kernels go through: repeated ones first, then by falling stride. */
function ordered(dst: NDArray, src: NDArray) {
  let at = dst.offset;
  let sourceAt = src.offset;
  const dims = dst.shape.flatMap((size, d) => {
    let step = dst.strides[d] as number;
    let from = src.strides[d] as number;
    if (size === 1) return [];
    if (step < 0) {
      at += (size - 1) * step;
      sourceAt += (size - 1) * from;
      step = -step;
      from = -from;
    }
    return [{ size, step, from }];
  });
  const rank = (step: number) => (step === 0 ? Infinity : step);
  dims.sort((a, b) => rank(b.step) - rank(a.step) || 0);
  const coalesced = coalesceDims(
    dims.map(({ size }) => size),
    [dims.map(({ step }) => step), dims.map(({ from }) => from)],
  );
  const [strides = [], sourceStrides = []] = coalesced.strides;
  return { at, sourceAt, shape: coalesced.shape, strides, sourceStrides };
}
