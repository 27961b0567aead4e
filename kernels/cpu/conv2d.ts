/**
 * @file conv2d and its gradients on the heap.
 *
 * A thread takes an image, adds the zeros around it, and packs windows as an operand of a matrix product right from
 * there, so many at a time that they stay in the cache. No matrix of all windows is ever written. Where an image has few
 * windows, one product is made of those of several. Volumes are images with more rows of windows.
 */
import type { ConvWindows, NDArray } from "../backend.ts";
import type { BlasProduct, Strides } from "./blas/blas.ts";
import { convDirect, convDirectInputGrad, convDirectWeightGrad } from "./conv-direct.ts";
import {
  type ConvGeometry,
  chunkCountOf,
  forType,
  geometryOf,
  join,
  matrixBytes,
  mirrored,
  pad,
  paddedBytes,
  roundUp,
  runUnits,
  split,
  unpad,
} from "./conv2d-geometry.ts";
import { ACCUMULATE, type GemmType, K_BLOCK_EXACT } from "./gemm.ts";
import { copyOut, type KernelContext, operandAddress, targetOf } from "./kernel-context.ts";
import { chunkOf, GRAIN_SIZE } from "./parallel/partition.ts";
import type { Kernels } from "./recorder.ts";

/** Most rows of a packed block of the first operand. */
const MAX_ROWS = 408;
/** Bytes of packed windows, which a second-level cache holds beside the other operand. */
const WINDOW_BYTES = 131072;
/** Most windows that are packed at a time. */
const MAX_WINDOWS = 512;
/** Windows that are summed over in one go, where the gradient of kernels is computed. */
const MAX_STRIP = 400;
/** Bytes of the matrix whose rows are added to padded images. */
const COLUMN_BYTES = 262144;
/** The same, where the library multiplies it, which packs both operands every time. */
const BLAS_COLUMN_BYTES = 524288;
/** Most calls of kernels in a chunk, so that they fit into a job. */
const MAX_CALLS = 2048;
/** Bytes of a tile on its way to the result. */
const TILE_BYTES = 256;

/** A range of what is summed over. */
interface Block {
  readonly start: number;
  readonly depth: number;
}

/** The longest sums in one go are those of products; what is more than one and less than two of them is halved. */
function blocksOf(depth: number): Block[] {
  const blocks: Block[] = [];
  for (let start = 0; start < depth; start += blocks.at(-1)!.depth) {
    const rest = depth - start;
    blocks.push({
      start,
      depth: rest <= K_BLOCK_EXACT ? rest : rest >= 2 * K_BLOCK_EXACT ? K_BLOCK_EXACT : Math.ceil(rest / 2),
    });
  }
  return blocks;
}

/** Ranges of at most `limit`. */
function ranges(count: number, limit: number): { readonly first: number; readonly count: number }[] {
  const parts = Math.ceil(count / limit);
  return Array.from({ length: parts }, (_, part) => chunkOf(part, parts, count, 6));
}

/** Images that a product takes together, of which there are `together`, and fewer in the last round. */
function roundsOf({ batch, together }: ConvGeometry): number {
  return Math.ceil(batch / together);
}

function imagesOf(
  { batch, together }: ConvGeometry,
  round: number,
): { readonly first: number; readonly count: number } {
  const first = round * together;
  return { first, count: Math.min(together, batch - first) };
}

/** The system's library for a product of these sizes, if threads may call it side by side. */
function sharedBlas(
  { blas }: KernelContext,
  g: ConvGeometry,
  m: number,
  n: number,
  k: number,
  a: Strides,
  b: Strides,
): BlasProduct | null {
  if (m * n * k < blas.minMacs) return null;
  const product = blas.product(g.type, m, n, k, a, b);
  return product?.shared ? product : null;
}

/** C[m,n] (+)= A[m,k]·B[k,n] of packed operands. */
function multiply(
  { gemm }: Kernels,
  type: GemmType,
  m: number,
  n: number,
  k: number,
  a: number,
  b: number,
  c: number,
  rowBytes: number,
  add: boolean,
  tile: number,
): void {
  if (m === 1) throw new Error("one row is for direct sums");
  gemm.macro(type.code, m, n, k, a, 0, b, 0, 0, c, rowBytes, 0, add ? ACCUMULATE : 0, tile);
}

/** Packs the kernels [O, C/groups·kh·kw] of all groups, block by block; gives the address. */
function packKernels(context: KernelContext, g: ConvGeometry, kernels: number): number {
  const { heap, threads } = context;
  const { size, groups, outputs, depth } = g;
  const packed = heap.scratch(size * groups * outputs * depth + TILE_BYTES);
  const blocks = blocksOf(depth);
  const units = groups * blocks.length;
  const parts = threads.parts(groups * outputs * depth, GRAIN_SIZE.light);
  const rows = ranges(outputs, MAX_ROWS);
  runUnits(context, units, parts, rows.length, 0, ({ gemm }, unit) => {
    const start = Math.floor(unit / blocks.length) * outputs * depth;
    const block = blocks[unit % blocks.length]!;
    for (const { first, count } of rows) {
      const from = kernels + size * (start + first * depth + block.start);
      const to = packed + size * (start + block.start * outputs + first * block.depth);
      gemm.packA(g.type.code, to, from, size * depth, size, count, block.depth);
    }
  });
  return packed;
}

/** out [N,O,oh,ow] by the library: windows are laid out as the columns of a matrix, some rows of them at a time. */
function convolveByBlas(
  context: KernelContext,
  g: ConvGeometry,
  images: number,
  kernels: number,
  bias: number,
  out: number,
): boolean {
  const { size, groups, inputs, outputs, depth, plane, places, across, together } = g;
  const parts = chunkCountOf(context, g);
  const rounds = roundsOf(g);
  const inPlace = g.isPointwise && together === 1;
  const cuts = together > 1 ? 1 : Math.min(inPlace ? places : g.down, Math.ceil(parts / (rounds * groups)));
  const limit = inPlace ? Math.ceil(places / cuts) : Math.floor(BLAS_COLUMN_BYTES / (size * depth));
  const strips = stripsOf(g, together, Math.max(1, Math.min(limit, Math.ceil((together * places) / cuts))));
  const widest = Math.max(...strips.map((strip) => strip.rows * strip.columns));
  const next = inPlace ? plane : widest;
  const product = sharedBlas(context, g, outputs, widest, depth, [depth, 1], [next, 1]);
  if (product === null) return false;
  const image = paddedBytes(g, inputs);
  const columns = inPlace ? 0 : matrixBytes(g, depth * widest);
  const results = together === 1 ? 0 : matrixBytes(g, outputs * together * places);
  // A thread takes whole images, unless there are too few for all threads.
  const units = cuts === 1 ? rounds * groups : rounds * groups * strips.length;
  const own = cuts === 1 ? strips.length : 1;
  runUnits(context, units, parts, 2 + 3 * own, image + columns + results, (modules, unit, at) => {
    const { vector } = modules;
    const which = Math.floor((unit * own) / strips.length);
    const group = which % groups;
    const { first, count: several } = imagesOf(g, Math.floor(which / groups));
    const channel = first * groups + group;
    const x = pad(vector, g, at, images + size * channel * inputs * plane, inputs, several);
    const start = (unit * own) % strips.length;
    const summands = bias === 0 ? 0 : bias + size * group * outputs;
    const weights = kernels + size * group * outputs * depth;
    const to = out + size * channel * outputs * places;
    if (together > 1) {
      const matrix = at + image + columns;
      const lay = forType(g, vector.windowColumns_f32, vector.windowColumns_f64);
      lay(at + image, size * next, x, g.taps, depth, several * g.down, across, g.starts);
      const n = several * places;
      product.run(modules, outputs, n, depth, weights, at + image, matrix, together * places, false);
      split(vector, g, to, matrix, together * places, several, summands);
      return;
    }
    for (const { row, rows, column, columns: count } of strips.slice(start, start + own)) {
      const n = rows * count;
      const lay = forType(g, vector.windowColumns_f32, vector.windowColumns_f64);
      const b = inPlace ? x + size * column : at + image;
      if (!inPlace) lay(b, size * next, x + size * column, g.taps, depth, rows, count, g.starts + 4 * row);
      const c = to + size * (row * across + column);
      product.run(modules, outputs, n, depth, weights, b, c, places, false);
      const addBias = forType(g, vector.addToPlanes_f32, vector.addToPlanes_f64);
      if (summands !== 0) addBias(c, size * places, outputs, n, summands);
    }
  });
  return true;
}

/** out [N,O,oh,ow] as products of packed kernels and packed windows. */
function convolve(
  context: KernelContext,
  g: ConvGeometry,
  images: number,
  kernels: number,
  bias: number,
  out: number,
): void {
  if (convolveByBlas(context, g, images, kernels, bias, out)) return;
  const { size, groups, inputs, outputs, depth, plane, places, together } = g;
  const packed = packKernels(context, g, kernels);
  const blocks = blocksOf(depth);
  const rows = ranges(outputs, MAX_ROWS);
  const panel = 32 / size;
  const longest = Math.max(...blocks.map((block) => block.depth));
  const fitting = Math.floor(WINDOW_BYTES / (size * longest * panel)) * panel;
  const width = Math.max(panel, Math.min(MAX_WINDOWS, fitting));
  const parts = chunkCountOf(context, g);
  // A thread takes whole images, unless there are too few for all threads.
  const rounds = roundsOf(g);
  const cuts = together > 1 ? 1 : Math.ceil(parts / (rounds * groups));
  const tiles = Math.ceil((together * places) / cuts / width) + 1;
  const image = paddedBytes(g, inputs);
  const windows = roundUp(size * longest * width + TILE_BYTES);
  const results = together === 1 ? 0 : matrixBytes(g, outputs * together * places);
  const calls = 3 + tiles * blocks.length * (1 + rows.length);
  const bytes = image + windows + TILE_BYTES + results;
  runUnits(context, rounds * groups * cuts, parts, calls, bytes, (modules, unit, own) => {
    const { vector } = modules;
    const which = Math.floor(unit / cuts);
    const group = which % groups;
    const { first: start, count: several } = imagesOf(g, Math.floor(which / groups));
    const channel = start * groups + group;
    const range = chunkOf(unit % cuts, cuts, several * places, panel);
    const pack = forType(g, vector.packWindows_f32, vector.packWindows_f64);
    const x = pad(vector, g, own, images + size * channel * inputs * plane, inputs, several);
    const [b, tile] = [own + image, own + image + windows];
    const target = out + size * channel * outputs * places;
    const [to, pitch] = together === 1 ? [target, places] : [tile + TILE_BYTES, together * places];
    for (let at = range.first; at < range.first + range.count; at += width) {
      const n = Math.min(width, range.first + range.count - at);
      for (const block of blocks) {
        pack(b, x, g.taps + 4 * block.start, block.depth, at, n, g.across, g.starts);
        for (const { first, count } of rows) {
          const a = packed + size * (group * outputs * depth + block.start * outputs + first * block.depth);
          const c = to + size * (first * pitch + at);
          multiply(modules, g.type, count, n, block.depth, a, b, c, size * pitch, block.start > 0, tile);
        }
      }
    }
    const summands = bias === 0 ? 0 : bias + size * group * outputs;
    if (together > 1) split(vector, g, target, to, pitch, several, summands);
    if (together > 1 || summands === 0 || range.count === 0) return;
    const add = forType(g, vector.addToPlanes_f32, vector.addToPlanes_f64);
    add(to + size * range.first, size * places, outputs, range.count, summands);
  });
}

/** Rows of windows, or windows of one row, in turn. */
interface Strip {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/** Strips of about `limit` windows at most, and of one row if they are longer; of several images together, one strip. */
function stripsOf({ down, across }: ConvGeometry, images: number, limit: number): Strip[] {
  if (images > 1) return [{ row: 0, rows: images * down, column: 0, columns: across }];
  const strips: Strip[] = [];
  const rows = Math.max(1, Math.floor(limit / across));
  const parts = Math.ceil(across / limit);
  for (let row = 0; row < down; row += rows) {
    if (parts === 1) strips.push({ row, rows: Math.min(rows, down - row), column: 0, columns: across });
    else {
      for (let part = 0; part < parts; part++) {
        const { first, count } = chunkOf(part, parts, across, 8);
        if (count > 0) strips.push({ row, rows: 1, column: first, columns: count });
      }
    }
  }
  return strips;
}

/**
 * out [N,C,H,W] for windows in steps of any size: what each window hands to its elements is a matrix product, whose rows
 * are added to the padded image.
 */
function spread(context: KernelContext, g: ConvGeometry, grads: number, kernels: number, out: number): void {
  const { heap } = context;
  const { size, groups, inputs, outputs, window, depth, plane, places, across, together } = g;
  const blocks = blocksOf(outputs);
  const parts = chunkCountOf(context, g);
  const rounds = roundsOf(g);
  const cuts = Math.min(inputs, Math.ceil(parts / (rounds * groups)));
  const pitch = together * places;
  const some = Math.ceil(inputs / cuts) * window;
  const product = sharedBlas(context, g, some, Math.min(pitch, 64), outputs, [1, depth], [pitch, 1]);
  const packed = heap.scratch(size * groups * outputs * depth + TILE_BYTES);
  const rowsOf = (cut: number) => {
    const { first, count } = chunkOf(cut, cuts, inputs, 1);
    return ranges(count * window, MAX_ROWS).map((range) => ({ ...range, first: first * window + range.first }));
  };
  const cutRows = Array.from({ length: cuts }, (_, cut) => rowsOf(cut));
  const packUnits = groups * blocks.length;
  const packParts = context.threads.parts(groups * outputs * depth, GRAIN_SIZE.light);
  runUnits(context, product === null ? packUnits : 0, packParts, cutRows.flat().length, 0, ({ gemm }, unit) => {
    const start = Math.floor(unit / blocks.length) * outputs * depth;
    const block = blocks[unit % blocks.length]!;
    for (const { first, count } of cutRows.flat()) {
      const from = kernels + size * (start + block.start * depth + first);
      const to = packed + size * (start + block.start * depth + first * block.depth);
      gemm.packA(g.type.code, to, from, size, size * depth, count, block.depth);
    }
  });
  const most = Math.max(...cutRows.map((rows) => rows.reduce((sum, { count }) => sum + count, 0)));
  const columnBytes = product === null ? COLUMN_BYTES : BLAS_COLUMN_BYTES;
  const strips = stripsOf(g, together, Math.max(8, Math.floor(columnBytes / (size * most))));
  const widest = Math.max(...strips.map((strip) => strip.rows * strip.columns));
  const longest = Math.max(...blocks.map((block) => block.depth));
  const image = paddedBytes(g, Math.ceil(inputs / cuts));
  const columns = matrixBytes(g, most * widest);
  const operand = roundUp(size * longest * (widest + 8) + TILE_BYTES);
  const joined = together === 1 ? 0 : matrixBytes(g, outputs * pitch);
  const calls = 3 + strips.length * (1 + blocks.length * (1 + cutRows[0]!.length));
  const bytes = image + columns + operand + TILE_BYTES + joined;
  runUnits(context, rounds * groups * cuts, parts, calls, bytes, (modules, unit, own) => {
    const { vector, gemm } = modules;
    const which = Math.floor(unit / cuts);
    const start = (which % groups) * outputs * depth;
    const { first: firstImage, count: several } = imagesOf(g, Math.floor(which / groups));
    const firstGroup = firstImage * groups + (which % groups);
    const { first, count } = chunkOf(unit % cuts, cuts, inputs, 1);
    const rows = cutRows[unit % cuts]!;
    const matrix = own + image;
    const b = matrix + columns;
    const tile = b + operand;
    const add = forType(g, vector.addColumns_f32, vector.addColumns_f64);
    vector.zeros(own, (several - 1) * g.imageStep + count * g.paddedPlane);
    const given = grads + size * firstGroup * outputs * places;
    const source = together === 1 ? given : tile + TILE_BYTES;
    if (together > 1) join(vector, g, source, pitch, given, several, outputs);
    for (const strip of strips) {
      const rowsHere = Math.min(strip.rows, several * g.down - strip.row);
      const n = rowsHere * strip.columns;
      const from = source + size * (strip.row * across + strip.column);
      if (product !== null) {
        const a = kernels + size * (start + first * window);
        product.run(modules, count * window, n, outputs, a, from, matrix, n, false);
      }
      for (const block of product === null ? blocks : []) {
        gemm.packB(g.type.code, b, from + size * block.start * pitch, size * pitch, size, block.depth, n);
        for (const range of rows) {
          const a = packed + size * (start + block.start * depth + range.first * block.depth);
          const c = matrix + size * (range.first - first * window) * n;
          multiply(modules, g.type, range.count, n, block.depth, a, b, c, size * n, block.start > 0, tile);
        }
      }
      const to = own + size * strip.column;
      add(to, matrix, size * n, g.taps, count * window, rowsHere, strip.columns, g.starts + 4 * strip.row);
    }
    unpad(vector, g, out + size * (firstGroup * inputs + first) * plane, own, count, several);
  });
}

/**
 * out [O,C/groups,kh,kw] as products of gradients and packed windows. Threads divide the elements of the result, so that
 * each is summed up over the images in their order, however many threads there are.
 */
function correlate(context: KernelContext, g: ConvGeometry, images: number, grads: number, out: number): void {
  const { size, groups, inputs, outputs, window, depth, plane, places, across, together } = g;
  const pitch = together * places;
  const parts = chunkCountOf(context, g);
  const byChannel = inputs >= Math.ceil(parts / groups);
  const cuts = Math.min(Math.ceil(parts / groups), byChannel ? inputs : outputs >> 1);
  const strips = stripsOf(g, together, MAX_STRIP);
  const widest = Math.max(...strips.map((strip) => strip.rows * strip.columns));
  const product = sharedBlas(context, g, outputs, depth, widest, [pitch, 1], [1, widest]);
  const panel = 32 / size;
  const tapsAtOnce = Math.max(1, Math.floor(WINDOW_BYTES / (32 * widest))) * panel;
  const channels = byChannel ? Math.ceil(inputs / cuts) : inputs;
  const image = paddedBytes(g, channels);
  const operand = roundUp(size * outputs * widest + TILE_BYTES);
  const atOnce = product === null ? Math.min(tapsAtOnce, channels * window) : channels * window;
  const windows = roundUp(size * widest * (atOnce + panel) + TILE_BYTES);
  const joined = together === 1 ? 0 : matrixBytes(g, outputs * pitch);
  const bytes = image + operand + windows + TILE_BYTES + joined;
  const rounds = roundsOf(g);
  const callsOfRound = 2 + strips.length * (1 + 2 * Math.ceil((channels * window) / tapsAtOnce));
  const turn = Math.max(1, Math.floor(MAX_CALLS / callsOfRound));
  for (let start = 0; start < rounds; start += turn) {
    const end = Math.min(rounds, start + turn);
    runUnits(context, groups * cuts, parts, (end - start) * callsOfRound, bytes, (modules, unit, own) => {
      const { vector, gemm } = modules;
      const group = Math.floor(unit / cuts);
      const some = chunkOf(unit % cuts, cuts, byChannel ? inputs : outputs, 1);
      const [channel, mine] = byChannel ? [some, { first: 0, count: outputs }] : [{ first: 0, count: inputs }, some];
      const [a, b, tile] = [own + image, own + image + operand, own + image + operand + windows];
      const pack = forType(g, vector.packTaps_f32, vector.packTaps_f64);
      const taps = channel.count * window;
      for (let n = start; n < end; n++) {
        const { first, count: several } = imagesOf(g, n);
        const which = first * groups + group;
        const channels = images + size * (which * inputs + channel.first) * plane;
        const x = pad(vector, g, own, channels, channel.count, several);
        const given = grads + size * (which * outputs + mine.first) * places;
        const source = together === 1 ? given : tile + TILE_BYTES;
        if (together > 1) join(vector, g, source, pitch, given, several, mine.count);
        for (const [i, strip] of strips.entries()) {
          const { row, column, columns } = strip;
          const rows = Math.min(strip.rows, several * g.down - row);
          const k = rows * columns;
          const from = source + size * (row * across + column);
          const windows = x + size * column;
          const starts = g.starts + 4 * row;
          const c = out + size * ((group * outputs + mine.first) * depth + channel.first * window);
          if (product !== null) {
            const lay = forType(g, vector.windowColumns_f32, vector.windowColumns_f64);
            lay(b, size * widest, windows, g.taps, taps, rows, columns, starts);
            product.run(modules, mine.count, taps, k, from, b, c, depth, n + i > 0);
            continue;
          }
          gemm.packA(g.type.code, a, from, size * pitch, size, mine.count, k);
          for (let tap = 0; tap < taps; tap += tapsAtOnce) {
            const count = Math.min(tapsAtOnce, taps - tap);
            pack(b, windows, g.taps + 4 * tap, count, rows, columns, starts);
            multiply(modules, g.type, mine.count, count, k, a, b, c + size * tap, size * depth, n + i > 0, tile);
          }
        }
      }
    });
  }
}

/** out [N,O,oh,ow]. Nothing is empty. */
export function conv2dArrays(
  context: KernelContext,
  x: NDArray,
  weight: NDArray,
  bias: NDArray | null,
  w: ConvWindows,
  out: NDArray,
): void {
  const { heap } = context;
  const g = geometryOf(context, x.dtype, w, weight.shape[0]!, "read");
  const [images, kernels] = [operandAddress(heap, x), operandAddress(heap, weight)];
  const summands = bias === null ? 0 : operandAddress(heap, bias);
  const target = targetOf(heap, out);
  const run = g.isDirect ? convDirect : convolve;
  run(context, g, images, kernels, summands, target.address);
  copyOut(heap, out, target);
}

/** out [N,C,H,W]. Nothing is empty. */
export function conv2dInputGradArrays(
  context: KernelContext,
  grad: NDArray,
  weight: NDArray,
  w: ConvWindows,
  out: NDArray,
): void {
  const { heap } = context;
  const g = geometryOf(context, grad.dtype, w, weight.shape[0]!, "write");
  const [grads, kernels] = [operandAddress(heap, grad), operandAddress(heap, weight)];
  const target = targetOf(heap, out);
  const mirror = mirrored(w, weight.shape[0]!);
  if (mirror !== null) {
    const { size, groups, inputs, outputs, window, depth } = g;
    const flipped = heap.scratch(size * groups * outputs * depth);
    const flip = forType(g, context.vector.flipKernels_f32, context.vector.flipKernels_f64);
    for (let group = 0; group < groups; group++) {
      const at = size * group * outputs * depth;
      flip(flipped + at, kernels + at, outputs, inputs, window);
    }
    const other = geometryOf(context, grad.dtype, mirror, inputs * groups, "read");
    const run = other.isDirect ? convDirect : convolve;
    run(context, other, grads, flipped, 0, target.address);
  } else if (g.isDirect) {
    convDirectInputGrad(context, g, grads, kernels, target.address);
  } else {
    spread(context, g, grads, kernels, target.address);
  }
  copyOut(heap, out, target);
}

/** out [O,C/groups,kh,kw]. Nothing is empty. */
export function conv2dWeightGradArrays(
  context: KernelContext,
  x: NDArray,
  grad: NDArray,
  w: ConvWindows,
  out: NDArray,
): void {
  const { heap } = context;
  const g = geometryOf(context, x.dtype, w, grad.shape[1]!, "read");
  const [images, grads] = [operandAddress(heap, x), operandAddress(heap, grad)];
  const target = targetOf(heap, out);
  const run = g.isDirect ? convDirectWeightGrad : correlate;
  run(context, g, images, grads, target.address);
  copyOut(heap, out, target);
}
