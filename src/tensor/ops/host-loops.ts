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
    host: true,
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
  out.set(a);
  const words = new Int32Array(out.buffer);
  if (out.BYTES_PER_ELEMENT === 4) stepSingles(a, b, out, words);
  else stepDoubles(a, b, out, words);
});

/** The bits of the negative float32 next to 0. */
const LEAST_NEGATIVE = -(2 ** 31) + 1;

/** One step of each float32: their bits as integers are in the order of their sizes. */
function stepSingles(a: TypedArray, b: TypedArray, out: TypedArray, words: Int32Array): void {
  for (let i = 0; i < out.length; i++) {
    const [from, to] = [a[i] as number, b[i] as number];
    if (from < to) words[i] = from === 0 ? 1 : (words[i] as number) + (from > 0 ? 1 : -1);
    else if (from > to) words[i] = from === 0 ? LEAST_NEGATIVE : (words[i] as number) + (from > 0 ? -1 : 1);
    else out[i] = from === to ? to : Number.NaN;
  }
}

/** One step of each float64, of which every one has two words. */
function stepDoubles(a: TypedArray, b: TypedArray, out: TypedArray, words: Int32Array): void {
  for (let i = 0; i < out.length; i++) {
    const [from, to] = [a[i] as number, b[i] as number];
    if (!(from < to || from > to)) {
      out[i] = from === to ? to : Number.NaN;
    } else if (from === 0) {
      out[i] = to > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE;
    } else {
      const step = from < to === from > 0 ? 1 : -1;
      words[2 * i] = (words[2 * i] as number) + step;
      const carries = words[2 * i] === (step === 1 ? 0 : -1);
      if (carries) words[2 * i + 1] = (words[2 * i + 1] as number) + step;
    }
  }
}

/** Where in each line of sorted elements the last one of the longest run of equal elements stands, of the first such run. */
export const longestRun = defineOp<[NDArray], number>({
  host: true,
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
