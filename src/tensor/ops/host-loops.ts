/** @file Element-wise loops on the host: common divisors and multiples, whose steps no vector has, and neighbouring floats. */
import type { Backend, NDArray, TypedArray } from "../../../kernels/backend.ts";
import { broadcastStrides, sizeOf } from "../../../kernels/layout.ts";
import { defineOp } from "../../autograd/op.ts";
import { newTypedArray } from "../../core/dtype.ts";
import { broadcastShapes } from "../../core/shape.ts";
import { fromElements, withElements } from "./host.ts";

/** The elements of x, broadcast to a shape. */
function broadcastElements(k: Backend, x: NDArray, shape: readonly number[]): TypedArray {
  const wide = { ...x, shape, strides: broadcastStrides(x.shape, x.strides, shape) };
  return withElements(k, wide, (elements) => elements.slice());
}

/** An operation of two inputs of one dtype that is computed on the host, without a gradient. */
function ofPairs(name: string, compute: (a: TypedArray, b: TypedArray, out: TypedArray) => void) {
  return defineOp<[NDArray, NDArray]>({
    name,
    gradName: "NotDifferentiable",
    forward(k, [a, b]) {
      const shape = broadcastShapes(name, a.shape, b.shape);
      const out = newTypedArray(a.dtype, sizeOf(shape));
      compute(broadcastElements(k, a, shape), broadcastElements(k, b, shape), out);
      return fromElements(k, a.dtype, out, shape);
    },
  });
}

/** Euclid's algorithm, of numbers without a sign. */
function commonDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/** The greatest common divisor; that of 0 and b is |b|. */
export const gcd = ofPairs("gcd", (a, b, out) => {
  for (let i = 0; i < out.length; i++) out[i] = commonDivisor(Math.abs(a[i] as number), Math.abs(b[i] as number));
});

/** The least common multiple, 0 where one of the two is 0. */
export const lcm = ofPairs("lcm", (a, b, out) => {
  for (let i = 0; i < out.length; i++) {
    const [x, y] = [Math.abs(a[i] as number), Math.abs(b[i] as number)];
    const divisor = commonDivisor(x, y);
    out[i] = divisor === 0 ? 0 : Math.imul(x / divisor, y);
  }
});

/** The float next to a in the direction of b. */
export const nextafter = ofPairs("nextafter", (a, b, out) => {
  const words = new Int32Array(out.buffer);
  const perElement = out.BYTES_PER_ELEMENT / 4;
  out.set(a);
  for (let i = 0; i < out.length; i++) {
    const [from, to] = [a[i] as number, b[i] as number];
    if (from === to || Number.isNaN(from) || Number.isNaN(to)) {
      out[i] = from === to ? to : Number.NaN;
    } else if (from === 0) {
      words.fill(0, i * perElement, (i + 1) * perElement);
      words[i * perElement] = 1;
      if (to < 0) out[i] = -(out[i] as number);
    } else {
      const step = from < to === from > 0 ? 1 : -1;
      const low = i * perElement;
      words[low] = (words[low] as number) + step;
      // The lower word went over its end.
      const carries = perElement === 2 && words[low] === (step === 1 ? 0 : -1);
      if (carries) words[low + 1] = (words[low + 1] as number) + step;
    }
  }
});

/** Where in each line of sorted elements the last one of the longest run of equal elements stands, of the first such run. */
export const longestRun = defineOp<[NDArray], number>({
  name: "mode",
  gradName: "NotDifferentiable",
  forward(k, [sorted], dim) {
    const n = sorted.shape[dim] as number;
    const outer = sizeOf(sorted.shape.slice(0, dim));
    const inner = sizeOf(sorted.shape.slice(dim + 1));
    const out = new Int32Array(outer * inner);
    withElements(k, sorted, (elements) => {
      for (let line = 0; line < out.length; line++) {
        const first = Math.floor(line / inner) * n * inner + (line % inner);
        let [run, longest] = [0, 0];
        for (let i = 0; i < n; i++) {
          run++;
          const ends = i === n - 1 || elements[first + i * inner] !== elements[first + (i + 1) * inner];
          if (!ends) continue;
          if (run > longest) {
            longest = run;
            out[line] = i;
          }
          run = 0;
        }
      }
    });
    return fromElements(k, "int32", out, sorted.shape.with(dim, 1));
  },
});
