/** @file Arguments that make little sense, drawn with a seed: for calls that must end in a value or in a typed error. */
import { Generator, type Tensor, tensor } from "../../src/entry/index.ts";

/** A stream of random choices that is the same in every run. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to n − 1: mulberry32. */
  below(n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

function cyclic(): unknown[] {
  const array: unknown[] = [];
  array.push(array);
  return array;
}

class Instance {
  dim = 0;
}

/** Tensors of many shapes and dtypes, made anew each time, so that a call that fails can be held against the next. */
export const tensors: readonly (() => Tensor)[] = [
  () => tensor(1.5),
  () => tensor(2, { dtype: "int32" }),
  () => tensor([]),
  () => tensor([1, -2, 3]),
  () => tensor([0, 1, 1], { dtype: "int32" }),
  () => tensor([true, false, true]),
  () => tensor([1, 2], { dtype: "uint8" }),
  () => tensor([[1, 2, 3], [4, Number.NaN, 6]]), // biome-ignore format: a matrix
  () => tensor([[1, 2], [3, 4]], { dtype: "float64", requiresGrad: true }), // biome-ignore format: a matrix
  () => tensor([1, 2, 3], { requiresGrad: true }),
  () => tensor([1, 2, 3], { requiresGrad: true }).mul(2),
  () => tensor([[[1, 2], [3, 4]]]).transpose(0, 2), // biome-ignore format: a cube
];

/** Everything else that may stand where an argument should. None of the numbers asks for much memory and gets it. */
const others: readonly (() => unknown)[] = [
  ...[undefined, null, true, false, 0, 1, 2, 3, -1, -4, 0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY, -0].map(
    (v) => () => v,
  ),
  ...[2 ** 33, 1e15, 2 ** 53, 2 ** 60, -(2 ** 40), 1e300].map((v) => () => v),
  ...["", "a", "float32", "int64", "int32", "bool", "cpu", "cuda", "ij", "constant", "floor", "ij->ji", "i,i->"].map(
    (v) => () => v,
  ),
  () => 3n,
  () => Symbol("s"),
  () => () => tensor(1),
  () => (x: unknown) => x,
  () => [],
  () => [1, 2],
  () => [0],
  () => [-1, 1],
  () => [2 ** 33],
  () => [null],
  () => ["a"],
  () => [[1, 2], [3]],
  () => new Array(3),
  cyclic,
  () => [tensor(1), tensor(2)],
  () => [tensor([1]), 2],
  () => new Float32Array([1, 2]),
  () => new Int32Array([0, 1]),
  () => new BigInt64Array([1n, 2n ** 62n]),
  () => new DataView(new ArrayBuffer(4)),
  () => new Date(0),
  () => new Map([["dim", 0]]),
  () => new Instance(),
  () => Promise.resolve(tensor(1)),
  () => new Generator(),
  () => /x/,
  () => ({}),
  () => Object.create(null) as unknown,
  () => ({ dim: 0 }),
  () => ({ dim: "a" }),
  () => ({ dim: [0, 0] }),
  () => ({ keepdim: 1 }),
  () => ({ keepdim: true }),
  () => ({ dtype: "int64" }),
  () => ({ dtype: "int32" }),
  () => ({ device: "cuda" }),
  () => ({ out: tensor(1) }),
  () => ({ requires_grad: true }),
  () => ({ input: tensor([1, 2]) }),
  () => ({ other: 2 }),
  () => ({ alpha: 1e30 }),
  () => ({ decimals: 400 }),
  () => ({ constructor: 1, __proto__: null }),
];

/** One argument. */
export function argument(draw: Draw): unknown {
  const make = draw.below(3) === 0 ? draw.of(tensors) : draw.of(others);
  return make();
}
