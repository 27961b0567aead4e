/**
 * @file conv2d with few channels in a group, depthwise above all, or with few taps, and its gradients: sums of shifted
 * rows, without a matrix product, whose tiles such a group would not fill.
 */
import { type ConvGeometry, chunkCountOf, forType, pad, paddedBytes, runUnits, unpad } from "./conv2d-geometry.ts";
import type { KernelContext } from "./kernel-context.ts";
import { chunkOf } from "./parallel/partition.ts";

/** Bytes of padded images that one call of a kernel works on: what the first-level cache holds beside other things. */
const BLOCK_BYTES = 32768;
/** Images whose calls fit into a job. */
const TURN = 512;

/** Into how many blocks to cut the groups of an image: small ones, but no fewer than there are threads for `images`. */
function blocksOf(context: KernelContext, g: ConvGeometry, images: number): number {
  const fitting = Math.ceil((g.groups * g.inputs * g.paddedPlane) / BLOCK_BYTES);
  return Math.min(g.groups, Math.max(fitting, Math.ceil(chunkCountOf(context, g) / images)));
}

/** out [N,O,oh,ow] from images, kernels and, unless its address is 0, a bias. */
export function convDirect(
  context: KernelContext,
  g: ConvGeometry,
  images: number,
  kernels: number,
  bias: number,
  out: number,
): void {
  const { size, groups, inputs, outputs, depth, plane, places } = g;
  const blocks = blocksOf(context, g, g.batch);
  const bytes = paddedBytes(g, Math.ceil(groups / blocks) * inputs);
  runUnits(context, g.batch * blocks, chunkCountOf(context, g), 2, bytes, ({ vector }, unit, own) => {
    const { first, count } = chunkOf(unit % blocks, blocks, groups, 1);
    const at = Math.floor(unit / blocks) * groups + first;
    const x = pad(vector, g, own, images + size * at * inputs * plane, count * inputs);
    const convolve = forType(g, vector.convolvePlanes_f32, vector.convolvePlanes_f64);
    const to = out + size * at * outputs * places;
    const weights = kernels + size * first * outputs * depth;
    const start = bias === 0 ? 0 : bias + size * first * outputs;
    const next = inputs * g.paddedPlane;
    convolve(to, x, next, count, outputs, g.taps, depth, weights, g.down, g.across, g.starts, start);
  });
}

/** out [N,C,H,W], for windows in steps of any size. */
export function convDirectInputGrad(
  context: KernelContext,
  g: ConvGeometry,
  grads: number,
  kernels: number,
  out: number,
): void {
  const { size, groups, inputs, outputs, depth, plane, places } = g;
  const blocks = blocksOf(context, g, g.batch);
  const bytes = paddedBytes(g, Math.ceil(groups / blocks) * inputs);
  const next = inputs * g.paddedPlane;
  runUnits(context, g.batch * blocks, chunkCountOf(context, g), 3, bytes, ({ vector }, unit, own) => {
    const { first, count } = chunkOf(unit % blocks, blocks, groups, 1);
    const at = Math.floor(unit / blocks) * groups + first;
    vector.zeros(own, count * next);
    const spread = forType(g, vector.spreadPlanes_f32, vector.spreadPlanes_f64);
    const from = grads + size * at * outputs * places;
    const weights = kernels + size * first * outputs * depth;
    spread(own, next, count, outputs, from, g.taps, depth, weights, g.down, g.across, g.starts);
    unpad(vector, g, out + size * at * inputs * plane, own, count * inputs);
  });
}

/** out [O,C/groups,kh,kw]. Every group is one thread's, so that sums run over the images in order. */
export function convDirectWeightGrad(
  context: KernelContext,
  g: ConvGeometry,
  images: number,
  grads: number,
  out: number,
): void {
  const { size, batch, groups, inputs, outputs, depth, plane, places } = g;
  const blocks = blocksOf(context, g, 1);
  const bytes = paddedBytes(g, Math.ceil(groups / blocks) * inputs);
  const next = inputs * g.paddedPlane;
  // Images in turns that fit into a job, should there be very many.
  for (let start = 0; start < batch; start += TURN) {
    const end = Math.min(batch, start + TURN);
    const calls = 1 + 2 * (end - start);
    runUnits(context, blocks, chunkCountOf(context, g), calls, bytes, ({ vector }, block, own) => {
      const { first, count } = chunkOf(block, blocks, groups, 1);
      const to = out + size * first * outputs * depth;
      if (start === 0) vector.zeros(to, size * count * outputs * depth);
      const correlate = forType(g, vector.correlatePlanes_f32, vector.correlatePlanes_f64);
      for (let n = start; n < end; n++) {
        const at = n * groups + first;
        const x = pad(vector, g, own, images + size * at * inputs * plane, count * inputs);
        const from = grads + size * at * outputs * places;
        correlate(to, from, x, next, count, outputs, g.taps, depth, g.down, g.across, g.starts);
      }
    });
  }
}
