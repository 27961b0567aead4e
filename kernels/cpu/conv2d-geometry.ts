/** @file Geometry of a convolution: padded images, where the elements of windows lie in them, and units of work. */
import type { ConvWindows, DepthWindows, DType } from "../backend.ts";
import { BYTES } from "../layout.ts";
import { GEMM_TYPES, type GemmType } from "./gemm.ts";
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
/** Windows up to which small images share a product, whose tiles one alone would not fill, and its calls. */
const SHARED_PLACES = 256;
/** Most bytes of the padded images, and of the windows, of such a product. */
const SHARED_BYTES = 262144;

type FloatDType = "float32" | "float64";

/** Sizes that a convolution and its gradients have in common. */
export interface ConvGeometry {
  readonly dtype: FloatDType;
  /** What products of the dtype need to know. */
  readonly type: GemmType;
  /** Bytes of an element. */
  readonly size: number;
  readonly batch: number;
  readonly groups: number;
  /** Channels of a group, in the images and in the result. */
  readonly inputs: number;
  readonly outputs: number;
  readonly planes: number;
  readonly height: number;
  readonly width: number;
  /** Elements of a window in one channel, and in all channels of a group. */
  readonly window: number;
  readonly depth: number;
  /** Elements of a channel of an image. */
  readonly plane: number;
  /** Rows of windows, windows in each, and all of an image. */
  readonly down: number;
  readonly across: number;
  readonly places: number;
  /** Whether a window is one element, and the windows are the image, which then is one row: nothing has to be laid out. */
  readonly isPointwise: boolean;
  /** Whether windows are read from the image as it is, because they reach nothing around it. */
  readonly isInPlace: boolean;
  /** Whether sums of shifted rows are the best way to so many channels of a result. */
  readonly isDirect: boolean;
  /** Zeros in front of, above and before the image. */
  readonly front: number;
  readonly above: number;
  readonly before: number;
  /** A padded channel: planes, lines in each, phases in each, and elements of a phase (see assembly/vector/conv.ts). */
  readonly deep: number;
  readonly lines: number;
  readonly step: number;
  readonly phase: number;
  /** Bytes of a padded channel. */
  readonly paddedPlane: number;
  /** How many images a product takes together; the same with any number of threads. */
  readonly together: number;
  /** Bytes from one image to the next of those that a product takes together. */
  readonly imageStep: number;
  /** Address of the table of taps of a group's channels, one channel after the other. */
  readonly taps: number;
  /** Address of the table of where the rows of windows begin, in all images that a product takes together. */
  readonly starts: number;
}

/** Most channels of a group's result, and most taps, for which sums of shifted rows are faster than a product. */
const FEW_OUTPUTS = 4;
const FEW_TAPS = 9;

/** The depth of images. */
const FLAT: DepthWindows = { length: 1, kernel: 1, stride: 1, padding: 0, dilation: 1, count: 1 };

/** Elements from the first of the first window to the last of the last. */
function lastOf({ kernel, stride, dilation }: DepthWindows, count: number): number {
  return (count - 1) * stride + (kernel - 1) * dilation + 1;
}

/** Whether all windows lie within their images, and neighbouring ones are neighbours there. */
function isAmidImages({ shape, kernel, stride, padding, dilation, counts }: ConvWindows, depth: DepthWindows): boolean {
  const fits = (d: 0 | 1): boolean =>
    padding[d] === 0 && (counts[d] - 1) * stride[d] + (kernel[d] - 1) * dilation[d] < shape[2 + d]!;
  return stride[1] === 1 && depth.padding === 0 && lastOf(depth, depth.count) <= depth.length && fits(0) && fits(1);
}

/**
 * @param given A floating dtype.
 * @param outputs Channels of the result, of all groups.
 * @param use Whether windows are only read, or padded images are written too.
 */
export function geometryOf(
  { heap }: KernelContext,
  given: DType,
  w: ConvWindows,
  outputs: number,
  use: "read" | "write",
): ConvGeometry {
  const dtype = given === "float64" ? "float64" : "float32";
  const [batch, channels, height, width] = w.shape;
  const { kernel, counts, stride, padding, dilation, groups } = w;
  const depthwards = w.depth ?? FLAT;
  const planes = depthwards.length;
  const size = BYTES[dtype];
  const [inputs, window] = [channels / groups, depthwards.kernel * kernel[0] * kernel[1]];
  const isPointwise =
    window === 1 &&
    depthwards.stride * stride[0] * stride[1] === 1 &&
    depthwards.padding + padding[0] + padding[1] === 0 &&
    depthwards.count === planes &&
    counts[0] === height &&
    counts[1] === width;
  const isDirect = outputs / groups <= FEW_OUTPUTS || inputs * window <= FEW_TAPS;
  // Sums of shifted rows read further behind an image than there is room for.
  const isInPlace = isPointwise || (use === "read" && !isDirect && isAmidImages(w, depthwards));
  // Channels without anything around them are one row.
  const [slices, rows, across] = isPointwise ? [1, 1, planes * height * width] : [depthwards.count, ...counts];
  const reach = (d: 0 | 1, count: number): number => (count - 1) * stride[d] + (kernel[d] - 1) * dilation[d] + 1;
  const isImage = isInPlace && !isPointwise;
  const deep = isImage ? planes : lastOf(depthwards, slices);
  const lines = isImage ? height : reach(0, rows);
  const step = stride[1];
  const phase = isImage ? width : Math.ceil(reach(1, across) / step);
  const line = step * phase;
  const depth = inputs * window;
  const taps = heap.scratch(4 * depth);
  const table = new Int32Array(heap.bytes.buffer, taps, depth);
  let at = 0;
  for (let c = 0; c < inputs; c++) {
    for (let d = 0; d < depthwards.kernel; d++) {
      for (let i = 0; i < kernel[0]; i++) {
        const row = ((c * deep + d * depthwards.dilation) * lines + i * dilation[0]) * line;
        for (let j = 0; j < kernel[1]; j++) {
          const column = j * dilation[1];
          table[at++] = size * (row + (column % step) * phase + Math.floor(column / step));
        }
      }
    }
  }
  const plane = planes * height * width;
  const places = slices * rows * across;
  const paddedPlane = size * deep * lines * line;
  const imageStep = isInPlace ? size * channels * plane : inputs * paddedPlane;
  const largest = Math.max(inputs * paddedPlane, size * depth * places);
  const fitting = Math.min(Math.floor(SHARED_PLACES / places), Math.floor(SHARED_BYTES / largest));
  const together = Math.max(1, Math.min(batch, fitting));
  const down = slices * rows;
  const starts = heap.scratch(4 * together * down);
  const firsts = new Int32Array(heap.bytes.buffer, starts, together * down);
  at = 0;
  for (let image = 0; image < together; image++) {
    for (let slice = 0; slice < slices; slice++) {
      const start = image * imageStep + size * slice * depthwards.stride * lines * line;
      for (let row = 0; row < rows; row++) firsts[at++] = start + size * row * stride[0] * line;
    }
  }
  return {
    dtype,
    type: GEMM_TYPES[dtype],
    size,
    batch,
    groups,
    inputs,
    outputs: outputs / groups,
    planes,
    height,
    width,
    window,
    depth,
    plane,
    down,
    across,
    places,
    isPointwise,
    isInPlace,
    isDirect,
    front: depthwards.padding,
    above: padding[0],
    before: padding[1],
    deep,
    lines,
    step,
    phase,
    paddedPlane,
    together,
    imageStep,
    taps,
    starts,
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
  const [batch, , height, width] = w.shape;
  const { depth = FLAT } = w;
  const front = depth.dilation * (depth.kernel - 1) - depth.padding;
  if (depth.stride * w.stride[0] * w.stride[1] !== 1 || Math.min(front, ...padding) < 0) return null;
  const windows = depth.count * w.counts[0] * w.counts[1];
  if (depth.length * height * width > MOST_WINDOWS * windows) return null;
  return {
    ...w,
    shape: [batch, outputs, ...w.counts],
    padding,
    counts: [height, width],
    depth: w.depth && { ...depth, length: depth.count, padding: front, count: depth.length },
  };
}

/** Bytes of so many padded channels of the images that a product takes together, and of what is read or written behind. */
export function paddedBytes({ isInPlace, paddedPlane, together, imageStep }: ConvGeometry, channels: number): number {
  return isInPlace ? 0 : roundUp((together - 1) * imageStep + channels * paddedPlane + SLACK);
}

/** Bytes of a matrix of elements, and of what is read or written behind it. */
export function matrixBytes({ size }: ConvGeometry, elements: number): number {
  return roundUp(size * elements + SLACK);
}

/** Arguments of the kernels that add zeros or take them away. */
function bordersOf(g: ConvGeometry) {
  return [g.planes, g.front, g.deep, g.height, g.width, g.above, g.before, g.lines, g.phase, g.step] as const;
}

/** Bytes from one image to the next, of so many channels in each. */
function imageBytes(g: ConvGeometry, channels: number): number {
  return g.size * g.groups * channels;
}

/**
 * Writes channels of images, of which the first is at `from`, with the zeros around them, unless they are used as they are;
 * gives where.
 */
export function pad(
  vector: VectorExports,
  g: ConvGeometry,
  to: number,
  from: number,
  channels: number,
  images = 1,
): number {
  if (g.isInPlace) return from;
  const kernel = forType(g, vector.padImages_f32, vector.padImages_f64);
  kernel(to, g.imageStep, from, imageBytes(g, g.inputs * g.plane), images, channels, ...bordersOf(g));
  return to;
}

/** Writes channels of the images in padded ones. */
export function unpad(
  vector: VectorExports,
  g: ConvGeometry,
  to: number,
  from: number,
  channels: number,
  images = 1,
): void {
  const kernel = forType(g, vector.unpadImages_f32, vector.unpadImages_f64);
  kernel(to, imageBytes(g, g.inputs * g.plane), from, g.imageStep, images, channels, ...bordersOf(g));
}

/** Writes the rows of a matrix, `pitch` elements apart, as channels of results side by side, plus a bias if there is one. */
export function split(
  vector: VectorExports,
  g: ConvGeometry,
  to: number,
  matrix: number,
  pitch: number,
  images: number,
  bias: number,
): void {
  const kernel = forType(g, vector.splitImages_f32, vector.splitImages_f64);
  kernel(to, imageBytes(g, g.outputs * g.places), matrix, g.size * pitch, images, g.outputs, g.places, bias);
}

/** Writes channels of results side by side as the rows of a matrix, `pitch` elements apart. */
export function join(
  vector: VectorExports,
  g: ConvGeometry,
  matrix: number,
  pitch: number,
  from: number,
  images: number,
  channels: number,
): void {
  const kernel = forType(g, vector.joinImages_f32, vector.joinImages_f64);
  kernel(matrix, g.size * pitch, from, imageBytes(g, g.outputs * g.places), images, channels, g.places);
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
