/** @file Geometry of a convolution: padded images, where the elements of windows lie in them, and units of work. */
import type { ConvWindows, DType } from "../backend.ts";
import { BYTES } from "../layout.ts";
import type { KernelContext } from "./kernel-context.ts";
import { chunkOf } from "./parallel/partition.ts";
import type { Kernels } from "./recorder.ts";
import type { VectorExports } from "./wasm.ts";

/** Fewest multiply-accumulates of a chunk. */
const GRAIN_MACS = 200_000;
/** Most calls of kernels in a chunk, so that they fit into a job. */
const MAX_CALLS_PER_JOB = 2048;
/** Bytes that kernels read or write behind a padded image or a matrix. */
const SLACK = 256;

/** Sizes that a convolution and its gradients have in common. */
export interface ConvGeometry {
  readonly dtype: DType;
  /** Bytes of an element. */
  readonly size: number;
  readonly batch: number;
  readonly groups: number;
  /** Channels of a group, in the images and in the result. */
  readonly inputs: number;
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
  /** Elements of a window in one channel, and in all channels of a group. */
  readonly window: number;
  readonly depth: number;
  /** Elements of a plane of an image. */
  readonly plane: number;
  /** Rows of windows, windows in each, and all of an image. */
  readonly down: number;
  readonly across: number;
  readonly places: number;
  /** Whether a window is one element, and the windows are the image, which then is one row: nothing has to be laid out. */
  readonly isPointwise: boolean;
  /** Zeros above and before the image. */
  readonly above: number;
  readonly before: number;
  /** A padded plane: lines, phases in each, and elements of a phase (see assembly/vector/conv.ts). */
  readonly lines: number;
  readonly step: number;
  readonly phase: number;
  /** Bytes of a padded plane, and from one row of windows to the next. */
  readonly paddedPlane: number;
  readonly rowStep: number;
  /** Address of the table of taps of a group's channels, one channel after the other. */
  readonly taps: number;
}

/** @param outputs Channels of the result, of all groups. */
export function geometryOf({ heap }: KernelContext, dtype: DType, w: ConvWindows, outputs: number): ConvGeometry {
  const [batch, channels, height, width] = w.shape;
  const { kernel, counts, stride, padding, dilation, groups } = w;
  const size = BYTES[dtype];
  const [inputs, window] = [channels / groups, kernel[0] * kernel[1]];
  const isPointwise =
    window === 1 &&
    stride[0] * stride[1] === 1 &&
    padding[0] + padding[1] === 0 &&
    counts[0] === height &&
    counts[1] === width;
  // Planes without anything around them are one row.
  const [down, across] = isPointwise ? [1, height * width] : counts;
  const lines = (down - 1) * stride[0] + (kernel[0] - 1) * dilation[0] + 1;
  const step = stride[1];
  const phase = Math.ceil(((across - 1) * step + (kernel[1] - 1) * dilation[1] + 1) / step);
  const line = step * phase;
  const depth = inputs * window;
  const taps = heap.scratch(4 * depth);
  const table = new Int32Array(heap.bytes.buffer, taps, depth);
  let at = 0;
  for (let c = 0; c < inputs; c++) {
    for (let i = 0; i < kernel[0]; i++) {
      const row = (c * lines + i * dilation[0]) * line;
      for (let j = 0; j < kernel[1]; j++) {
        const column = j * dilation[1];
        table[at++] = size * (row + (column % step) * phase + Math.floor(column / step));
      }
    }
  }
  return {
    dtype,
    size,
    batch,
    groups,
    inputs,
    outputs: outputs / groups,
    height,
    width,
    window,
    depth,
    plane: height * width,
    down,
    across,
    places: down * across,
    isPointwise,
    above: padding[0],
    before: padding[1],
    lines,
    step,
    phase,
    paddedPlane: size * lines * line,
    rowStep: size * stride[0] * line,
    taps,
  };
}

/** How many more windows than the convolution its mirror image may have. */
const MOST_WINDOWS = 1.3;

/**
 * The windows of the convolution that gives the gradient for images, if the steps are 1, the zeros allow it, and it does
 * not take many more products.
 */
export function mirrored(w: ConvWindows, outputs: number): ConvWindows | null {
  const padding = [0, 1].map((d) => w.dilation[d]! * (w.kernel[d]! - 1) - w.padding[d]!) as [number, number];
  if (w.stride[0] * w.stride[1] !== 1 || padding[0] < 0 || padding[1] < 0) return null;
  const [batch, , height, width] = w.shape;
  if (height * width > MOST_WINDOWS * w.counts[0] * w.counts[1]) return null;
  return { ...w, shape: [batch, outputs, ...w.counts], padding, counts: [height, width] };
}

/** Bytes of so many padded planes, and of what is read or written behind them. */
export function paddedBytes({ isPointwise, paddedPlane }: ConvGeometry, channels: number): number {
  return isPointwise ? 0 : roundUp(channels * paddedPlane + SLACK);
}

/** Bytes of a matrix of elements, and of what is read or written behind it. */
export function matrixBytes({ size }: ConvGeometry, elements: number): number {
  return roundUp(size * elements + SLACK);
}

/** Writes channels of an image at `from` with the zeros around them, unless they are used as they are; gives where. */
export function pad(vector: VectorExports, g: ConvGeometry, to: number, from: number, channels: number): number {
  if (g.isPointwise) return from;
  const kernel = forType(g, vector.padImage_f32, vector.padImage_f64);
  kernel(to, from, channels, g.height, g.width, g.above, g.before, g.lines, g.phase, g.step);
  return to;
}

/** Writes channels of the image in a padded one. */
export function unpad(vector: VectorExports, g: ConvGeometry, to: number, from: number, channels: number): void {
  const kernel = forType(g, vector.unpadImage_f32, vector.unpadImage_f64);
  kernel(to, from, channels, g.height, g.width, g.above, g.before, g.lines, g.phase, g.step);
}

/** The kernel of the convolution's dtype. */
export function forType<K>({ dtype }: Pick<ConvGeometry, "dtype">, single: K, double: K): K {
  return dtype === "float64" ? double : single;
}

/** Into how many chunks to cut a convolution at most. */
export function chunkCountOf({ threads }: KernelContext, g: ConvGeometry): number {
  return threads.parts(g.batch * g.places * g.groups * g.outputs * g.depth, GRAIN_MACS);
}

/** A unit of work: which one, and the bytes that belong to its chunk. */
type Work = (kernels: Kernels, unit: number, own: number) => void;

/** Runs units of so many calls side by side, in rounds that fit into a job. Each of `parts` chunks has `bytes` of its own. */
export function runUnits(
  { heap, threads }: KernelContext,
  units: number,
  parts: number,
  calls: number,
  bytes: number,
  work: Work,
): void {
  const chunks = Math.min(parts, units);
  const own = bytes === 0 ? 0 : heap.scratch(bytes * chunks);
  const round = chunks * Math.max(1, Math.floor(MAX_CALLS_PER_JOB / calls));
  for (let start = 0; start < units; start += round) {
    const now = Math.min(round, units - start);
    const used = Math.min(chunks, now);
    threads.run(used, (kernels, part) => {
      const { first, count } = chunkOf(part, used, now, 1);
      for (let i = 0; i < count; i++) work(kernels, start + first + i, own + part * bytes);
    });
  }
}

/** The next multiple of a cache line. */
export function roundUp(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}
