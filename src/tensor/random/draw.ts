/** @file Arrays of random numbers on a device, drawn in row-major order. Arguments are checked as the `fill` functions do. */
import type { Backend, DType, NDArray } from "../../../kernels/backend.ts";
import { dense, sizeOf } from "../../../kernels/layout.ts";
import { madeAnew } from "../../../kernels/program/host-source.ts";
import { NORMAL_BLOCK } from "../../../kernels/reference/random.ts";
import { unheard } from "../../autograd/capture-hook.ts";
import { newTypedArray } from "../../core/dtype.ts";
import type { Generator } from "./generator.ts";
import { checkLength, fillRandint, rangeOf, TWO_32 } from "./integers.ts";
import { checkStd, fillNormalSerial } from "./normal.ts";
import { checkBounds, checkProbability } from "./uniform.ts";

/** Where numbers go: a fresh array of this dtype and shape. */
export interface Target {
  readonly backend: Backend;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** As `fillUniform`. */
export function uniformArray(
  { backend, dtype, shape }: Target,
  from: number,
  to: number,
  generator: Generator,
): NDArray {
  checkBounds(dtype, from, to);
  return backend.random(dtype, shape, { name: "uniform", from, to }, generator.kernelEngine);
}

/** As `fillNormal`; `serial` asks for numbers one by one, as `fillNormalSerial`. */
export function normalArray(
  { backend, dtype, shape }: Target,
  mean: number,
  std: number,
  generator: Generator,
  serial = false,
): NDArray {
  checkStd(std);
  if (!serial && sizeOf(shape) >= NORMAL_BLOCK) {
    return backend.random(dtype, shape, { name: "normal", mean, std }, generator.kernelEngine);
  }
  const host = madeAnew(() => {
    const numbers = newTypedArray(dtype, sizeOf(shape)) as Float32Array | Float64Array;
    unheard(() => fillNormalSerial(numbers, mean, std, generator));
    return numbers;
  });
  return dense(backend.upload(dtype, host), shape);
}

/** As `fillBernoulli` with one probability, with `one` in place of 1. */
export function bernoulliArray(
  { backend, dtype, shape }: Target,
  p: number,
  one: number,
  generator: Generator,
): NDArray {
  checkProbability(p);
  return backend.random(dtype, shape, { name: "bernoulli", p, one }, generator.kernelEngine);
}

/** As `fillRandint`. */
export function randintArray(
  { backend, dtype, shape }: Target,
  low: number,
  high: number,
  generator: Generator,
): NDArray {
  const { from, range } = rangeOf(dtype, low, high);
  if (range < TWO_32) {
    const integers = { name: "integers", from: Number(from), range: Number(range) } as const;
    return backend.random(dtype, shape, integers, generator.kernelEngine);
  }
  const host = madeAnew(() => {
    const numbers = newTypedArray(dtype, sizeOf(shape));
    unheard(() => fillRandint(numbers, low, high, generator));
    return numbers;
  });
  return dense(backend.upload(dtype, host), shape);
}

/** As `randperm`. */
export function permutationArray(backend: Backend, n: number, generator: Generator): NDArray {
  checkLength(n);
  return backend.random("int32", [n], { name: "permutation" }, generator.kernelEngine);
}

/**
 * Checks a probability for each element.
 *
 * @param p - Contiguous, floating dtype.
 * @throws RangeError for the first one outside [0, 1].
 */
export function checkProbabilities(backend: Backend, p: NDArray): void {
  const n = sizeOf(p.shape);
  if (n === 0) return;
  const bounds = (["min", "max"] as const).map((op) => backend.reduce(op, p, { outer: 1, n, inner: 1 }));
  const inside = bounds.every(({ storage }) => {
    const [bound = 0] = backend.readSync(storage, 0, 1);
    backend.free(storage);
    return bound >= 0 && bound <= 1;
  });
  if (!inside) for (const value of backend.readSync(p.storage, p.offset, n)) checkProbability(value);
}
