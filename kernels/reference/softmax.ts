/** @file Softmax, its logarithm and its gradient along the middle of a block. Sums are formed in double precision. */
import type { Block, TypedArray } from "../backend.ts";
import type { Strided } from "./strided.ts";

/** y[o, :, j] = softmax of x[o, :, j]. The maximum is subtracted first, so that no exponential overflows. */
export function softmax(y: TypedArray, x: TypedArray, offset: number, { outer, n, inner }: Block, log: boolean): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      const start = o * n * inner + j;
      const end = start + n * inner;
      let max = -Infinity;
      for (let i = start; i < end; i += inner) max = Math.max(max, x[offset + i]!);
      let sum = 0;
      for (let i = start; i < end; i += inner) sum += Math.exp(x[offset + i]! - max);
      if (log) {
        const logSum = Math.log(sum);
        for (let i = start; i < end; i += inner) y[i] = x[offset + i]! - max - logSum;
      } else {
        for (let i = start; i < end; i += inner) y[i] = Math.exp(x[offset + i]! - max) / sum;
      }
    }
  }
}

/**
 * Gradient of {@link softmax} from the incoming gradient g and the result y: y·(g − Σ g·y) for softmax, and
 * g − eʸ·Σ g for its logarithm.
 */
export function softmaxGrad(
  out: TypedArray,
  g: TypedArray,
  gOffset: number,
  y: TypedArray,
  yOffset: number,
  { outer, n, inner }: Block,
  log: boolean,
): void {
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      const start = o * n * inner + j;
      const end = start + n * inner;
      let sum = 0;
      for (let i = start; i < end; i += inner) sum += log ? g[gOffset + i]! : g[gOffset + i]! * y[yOffset + i]!;
      for (let i = start; i < end; i += inner) {
        const gi = g[gOffset + i]!;
        const yi = y[yOffset + i]!;
        out[i] = log ? gi - Math.exp(yi) * sum : yi * (gi - sum);
      }
    }
  }
}

/** out = x·scale + mask for x [B,L,S] and a mask with the strides of that shape, −∞ where nothing is to be seen. */
export function maskScores(
  out: TypedArray,
  x: TypedArray,
  offset: number,
  [blocks, queries, keys]: readonly [number, number, number],
  mask: (Strided & { readonly isBool: boolean }) | null,
  scale: number,
  causal: boolean,
): void {
  let at = 0;
  for (let b = 0; b < blocks; b++) {
    for (let q = 0; q < queries; q++) {
      for (let k = 0; k < keys; k++, at++) {
        let score = x[offset + at]! * scale;
        if (mask !== null) {
          const [ofBlock, ofQuery, ofKey] = mask.strides as [number, number, number];
          const m = mask.data[mask.offset + b * ofBlock + q * ofQuery + k * ofKey]!;
          if (!mask.isBool) score += m;
          else if (m === 0) score = -Infinity;
        }
        out[at] = causal && k > q ? -Infinity : score;
      }
    }
  }
}
