/** @file Tiling of conv2d: how large the tiles are, how threads divide them, and how they are multiplied. */
import type { ConvWindows } from "../backend.ts";
import { ACCUMULATE, GEMM_TYPES, gemmOnThread, scratchBytes } from "./gemm.ts";
import type { KernelContext } from "./kernel-context.ts";
import { chunkOf } from "./parallel/partition.ts";
import type { Kernels } from "./recorder.ts";

/** Fewest multiply-accumulates of a chunk. */
const GRAIN_MACS = 200_000;
/** Floats of the matrix of a tile, which a second-level cache still holds. */
const TILE_FLOATS = 262144;
/** Most calls of kernels in a chunk, so that they fit into a job. */
const MAX_CALLS_PER_JOB = 2048;

/** Sizes of the planes and windows, in the order in which the kernels take them. */
type Geometry = readonly [
  height: number,
  width: number,
  kernelHeight: number,
  kernelWidth: number,
  stepDown: number,
  stepAcross: number,
  above: number,
  before: number,
  dilationDown: number,
  dilationAcross: number,
];

/** Sizes that a convolution and its gradients have in common. */
export interface Conv2dTiling {
  readonly batch: number;
  readonly groups: number;
  /** Channels of a group, in the images and in the result. */
  readonly inputs: number;
  readonly outputs: number;
  readonly geometry: Geometry;
  /** Elements of a window in one channel, and in all channels of a group. */
  readonly window: number;
  readonly depth: number;
  /** Elements of a plane of an image. */
  readonly plane: number;
  /** Windows of an image, and those of a row of windows. */
  readonly places: number;
  readonly across: number;
  /** Whether a window is one element, and the windows are the image: nothing has to be laid out. */
  readonly direct: boolean;
  /** Rows of windows of an image, and those of a tile: an image has so many tiles. */
  readonly down: number;
  readonly rows: number;
  readonly tiles: number;
  /** Windows of a tile, and of the last one. */
  readonly widths: readonly [number, number];
  /** Elements from row to row of a tile's matrix. */
  readonly leading: number;
}

/** @param channels Of the result. */
export function tilingOf({ threads }: KernelContext, w: ConvWindows, channels: number): Conv2dTiling {
  const [batch, all, height, width] = w.shape;
  const { kernel, counts, stride, padding, dilation, groups } = w;
  const [down, across] = counts;
  const [inputs, window, plane] = [all / groups, kernel[0] * kernel[1], height * width];
  const depth = inputs * window;
  const direct =
    window === 1 && stride[0] * stride[1] === 1 && padding[0] + padding[1] === 0 && down === height && across === width;
  const most = Math.floor(TILE_FLOATS / (depth * across));
  const rows = Math.max(1, Math.min(most, Math.ceil(down / Math.ceil(threads.size / batch))));
  const tiles = Math.ceil(down / rows);
  return {
    batch,
    groups,
    inputs,
    outputs: channels / groups,
    geometry: [height, width, ...kernel, ...stride, ...padding, ...dilation],
    window,
    depth,
    plane,
    places: down * across,
    across,
    direct,
    down,
    rows,
    tiles,
    widths: [rows * across, (down - (tiles - 1) * rows) * across],
    leading: direct ? plane : rows * across,
  };
}

/** Bytes of the matrix of a tile for so many channels, and of what is written behind it. */
export function matrixBytes({ direct, leading, window }: Conv2dTiling, channels: number): number {
  return direct ? 0 : roundUp(4 * channels * window * leading + 16);
}

/** A tile of an image: which image, its first row of windows, and how many rows. */
export function tileOf(
  { tiles, rows, down }: Conv2dTiling,
  unit: number,
): { readonly image: number; readonly row: number; readonly count: number } {
  const row = (unit % tiles) * rows;
  return { image: Math.floor(unit / tiles), row, count: Math.min(rows, down - row) };
}

/** Into how many chunks to cut a convolution of so many units. */
export function chunkCountOf({ threads }: KernelContext, p: Conv2dTiling, units: number): number {
  return Math.min(units, threads.parts(p.batch * p.places * p.groups * p.outputs * p.depth, GRAIN_MACS));
}

/** Multiplies matrices of fixed strides, or parts of them. */
export interface Gemm {
  /** Bytes that each thread needs besides. */
  readonly scratch: number;
  /** About how many calls of kernels it takes. */
  readonly calls: number;
  /** C[m,n] = A[m,k]·B[k,n] at byte addresses, or C += A·B with `add`. */
  run(
    kernels: Kernels,
    m: number,
    n: number,
    k: number,
    a: number,
    b: number,
    c: number,
    add: boolean,
    scratch: number,
  ): void;
}

type Strides = readonly [row: number, col: number];

/** Rows and columns of a product, and the length of its sums. */
type Size = readonly [m: number, n: number, k: number];

/**
 * By a BLAS if it lets threads work side by side, else by the kernels here. Rows of C are `ldc` elements apart.
 *
 * @param sizes Of all products that will be asked for, the largest first. A smaller one can need more scratch bytes.
 */
export function gemmOf({ blas }: KernelContext, sizes: readonly Size[], a: Strides, b: Strides, ldc: number): Gemm {
  const [m, n, k] = sizes[0]!;
  const found = m * n * k >= blas.minMacs ? blas.product(GEMM_TYPES.float32, m, n, k, a, b) : null;
  if (found?.shared) {
    return {
      scratch: 0,
      calls: 1,
      run: (kernels, rows, cols, depth, x, y, z, add) => found.run(kernels, rows, cols, depth, x, y, z, ldc, add),
    };
  }
  return {
    scratch: roundUp(Math.max(...sizes.map((size) => scratchBytes(GEMM_TYPES.float32, ...size)))),
    calls: 3 * Math.ceil(m / 48) * Math.ceil(n / 64) * Math.ceil(k / 512),
    run({ gemm }, rows, cols, depth, x, y, z, add, scratch) {
      const flags = add ? ACCUMULATE : 0;
      gemmOnThread(
        gemm,
        GEMM_TYPES.float32,
        rows,
        cols,
        depth,
        x,
        a[0],
        a[1],
        y,
        b[0],
        b[1],
        z,
        ldc,
        0,
        flags,
        scratch,
      );
    },
  };
}

/** A unit of work: which one, the bytes that belong to its chunk, the chunk, and whether it is that chunk's first. */
type Work = (kernels: Kernels, unit: number, own: number, part: number, isFirst: boolean) => void;

/** Runs `parts` chunks of the units side by side, in rounds that fit into a job. Chunks have `bytes` of their own. */
export function runChunks(
  { heap, threads }: KernelContext,
  units: number,
  parts: number,
  calls: number,
  bytes: number,
  work: Work,
): void {
  const own = heap.scratch(bytes * parts);
  const round = parts * Math.max(1, Math.floor(MAX_CALLS_PER_JOB / calls));
  for (let start = 0; start < units; start += round) {
    const now = Math.min(round, units - start);
    threads.run(parts, (kernels, part) => {
      const { first, count } = chunkOf(part, parts, now, 1);
      for (let i = 0; i < count; i++) work(kernels, start + first + i, own + part * bytes, part, start + i === 0);
    });
  }
}

/** The next multiple of a cache line. */
export function roundUp(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}
