/** @file Element-wise loops on the host: common divisors and multiples, whose steps no vector has. */
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
  // As unsigned integers of 32 bits, whose remainder is an instruction.
  let x = a >>> 0;
  let y = b >>> 0;
  while (y !== 0) {
    const rest = (x % y) >>> 0;
    x = y;
    y = rest;
  }
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
