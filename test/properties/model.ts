/** @file Arrays as functions from an index to an element: slow, and obviously right. */
import { type Tensor, tensor } from "../../src/entry/index.ts";

export type Shape = readonly number[];

export interface Model {
  readonly shape: Shape;
  at(index: readonly number[]): number;
}

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/** All indices of a shape, row-major. */
export function indicesOf(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

export function flatten(index: readonly number[], shape: Shape): number {
  return index.reduce((flat, i, d) => flat * (shape[d] as number) + i, 0);
}

export function unflatten(flat: number, shape: Shape): number[] {
  const index: number[] = [];
  let rest = flat;
  for (const size of shape.toReversed()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}

export function fromValues(shape: Shape, values: ArrayLike<number>): Model {
  return { shape, at: (index) => values[flatten(index, shape)] as number };
}

export const valuesOf = (x: Model): number[] => indicesOf(x.shape).map((index) => x.at(index));

/** A model with the same elements that is not computed anew at every look. */
export const frozen = (x: Model): Model => fromValues(x.shape, valuesOf(x));

export const permute = (x: Model, dims: readonly number[]): Model => ({
  shape: dims.map((d) => x.shape[d] as number),
  at: (index) => x.at(x.shape.map((_, d) => index[dims.indexOf(d)] as number)),
});

export const reshape = (x: Model, shape: Shape): Model => ({
  shape,
  at: (index) => x.at(unflatten(flatten(index, shape), x.shape)),
});

/** Positions start, start + step, … of a dimension, `count` of them. */
export const pickEvery = (x: Model, dim: number, start: number, count: number, step: number): Model => ({
  shape: x.shape.with(dim, count),
  at: (index) => x.at(index.with(dim, start + step * (index[dim] as number))),
});

export const select = (x: Model, dim: number, position: number): Model => ({
  shape: x.shape.toSpliced(dim, 1),
  at: (index) => x.at(index.toSpliced(dim, 0, position)),
});

export const unsqueeze = (x: Model, dim: number): Model => ({
  shape: x.shape.toSpliced(dim, 0, 1),
  at: (index) => x.at(index.toSpliced(dim, 1)),
});

export const unfold = (x: Model, dim: number, size: number, step: number): Model => ({
  shape: [...x.shape.with(dim, Math.floor(((x.shape[dim] as number) - size) / step) + 1), size],
  at: (index) => {
    const window = index.at(-1) as number;
    return x.at(index.slice(0, -1).with(dim, step * (index[dim] as number) + window));
  },
});

/** To a shape that `x` broadcasts to. */
export const expand = (x: Model, shape: Shape): Model => ({
  shape,
  at: (index) => x.at(index.slice(shape.length - x.shape.length).map((i, d) => (x.shape[d] === 1 ? 0 : i))),
});

export const map = (x: Model, fn: (value: number, index: readonly number[]) => number): Model => ({
  shape: x.shape,
  at: (index) => fn(x.at(index), index),
});

/** Row by row from the end: NumPy's rule. Null if the shapes do not fit. */
export function broadcast(a: Shape, b: Shape): number[] | null {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 1; i <= rank; i++) {
    const [x, y] = [a.at(-i) ?? 1, b.at(-i) ?? 1];
    if (i > a.length) out.unshift(y);
    else if (i > b.length || x === y || y === 1) out.unshift(x);
    else if (x === 1) out.unshift(y);
    else return null;
  }
  return out;
}

/** Reduces the dimensions in `dims`, starting from `initial`. */
export function reduce(
  x: Model,
  dims: readonly number[],
  keepdim: boolean,
  initial: number,
  fn: (a: number, b: number) => number,
): Model {
  const kept = x.shape.map((size, d) => (dims.includes(d) ? 1 : size));
  const totals = new Map<string, number>();
  for (const index of indicesOf(x.shape)) {
    const place = index.map((i, d) => (dims.includes(d) ? 0 : i)).join();
    totals.set(place, fn(totals.get(place) ?? initial, x.at(index)));
  }
  const whole: Model = { shape: kept, at: (index) => totals.get(index.join()) ?? initial };
  return keepdim
    ? whole
    : reshape(
        whole,
        x.shape.filter((_, d) => !dims.includes(d)),
      );
}

/** A float64 tensor with the elements of a model. */
export function tensorOf(x: Model, requiresGrad = false): Tensor {
  const t = tensor(Float64Array.from(valuesOf(x)))
    .reshape(x.shape)
    .detach();
  return requiresGrad ? t.requiresGrad_() : t;
}

/** The elements of a tensor, for comparison with {@link valuesOf}. A zero has no sign. */
export const numbersOf = (t: Tensor): number[] => Array.from(t.detach().dataSync(), (value) => value + 0);
