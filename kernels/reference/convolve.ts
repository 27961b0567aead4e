/** @file Convolution and its gradients: one loop over everything that is multiplied. */
import type { ConvWindows, TypedArray } from "../backend.ts";

/** Elements of a contiguous array. */
export interface Span {
  readonly data: TypedArray;
  readonly offset: number;
}

/** Calls `visit` with the positions of every element of an image, a kernel and the result that belong together. */
function forEachProduct(
  { shape, kernel, stride, padding, dilation, counts, groups }: ConvWindows,
  outputs: number,
  visit: (image: number, weight: number, result: number) => void,
): void {
  const [batch, channels, height, width] = shape;
  const depth = channels / groups;
  const [down, across] = counts;
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      const first = Math.floor((o * groups) / outputs) * depth;
      for (let c = 0; c < depth; c++) {
        const plane = (n * channels + first + c) * height;
        for (let i = 0; i < kernel[0]; i++) {
          for (let j = 0; j < kernel[1]; j++) {
            const weight = ((o * depth + c) * kernel[0] + i) * kernel[1] + j;
            for (let row = 0; row < down; row++) {
              const y = row * stride[0] + i * dilation[0] - padding[0];
              if (y < 0 || y >= height) continue;
              for (let column = 0; column < across; column++) {
                const x = column * stride[1] + j * dilation[1] - padding[1];
                if (x < 0 || x >= width) continue;
                visit((plane + y) * width + x, weight, ((n * outputs + o) * down + row) * across + column);
              }
            }
          }
        }
      }
    }
  }
}

/** Sums are double precision, and rounded when they are complete. */
export function convolve(out: TypedArray, x: Span, weight: Span, bias: Span | null, w: ConvWindows, outputs: number) {
  const sums = new Float64Array(out.length);
  const places = w.counts[0] * w.counts[1];
  if (bias)
    for (let i = 0; i < sums.length; i++) sums[i] = bias.data[bias.offset + (Math.floor(i / places) % outputs)]!;
  forEachProduct(w, outputs, (i, k, r) => {
    sums[r]! += x.data[x.offset + i]! * weight.data[weight.offset + k]!;
  });
  out.set(sums);
}

export function convolveGradInput(out: TypedArray, grad: Span, weight: Span, w: ConvWindows, outputs: number) {
  const sums = new Float64Array(out.length);
  forEachProduct(w, outputs, (i, k, r) => {
    sums[i]! += grad.data[grad.offset + r]! * weight.data[weight.offset + k]!;
  });
  out.set(sums);
}

export function convolveGradWeight(out: TypedArray, x: Span, grad: Span, w: ConvWindows, outputs: number) {
  const sums = new Float64Array(out.length);
  forEachProduct(w, outputs, (i, k, r) => {
    sums[k]! += x.data[x.offset + i]! * grad.data[grad.offset + r]!;
  });
  out.set(sums);
}
