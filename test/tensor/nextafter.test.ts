/** @file Neighbouring floats, by their bits: those of a sign are in the order of their sizes. */
import { describe, expect, test } from "vitest";
import { tensor } from "../../src/entry/index.ts";

type Floats = Float32Array | Float64Array;

/** The neighbour by a step of the bits as an integer. */
function neighbour(from: number, to: number, isSingle: boolean): number {
  if (from === to) return to;
  if (!(from < to || from > to)) return Number.NaN;
  const view = new DataView(new ArrayBuffer(8));
  const least = isSingle ? 2 ** -149 : Number.MIN_VALUE;
  if (from === 0) return to > 0 ? least : -least;
  const step = from < to === from > 0 ? 1 : -1;
  if (isSingle) {
    view.setFloat32(0, from);
    view.setInt32(0, view.getInt32(0) + step);
    return view.getFloat32(0);
  }
  view.setFloat64(0, from);
  view.setBigInt64(0, view.getBigInt64(0) + BigInt(step));
  return view.getFloat64(0);
}

/** Powers of two and their neighbours, of all exponents. */
function floats(isSingle: boolean): number[] {
  const [low, high] = isSingle ? [-149, 127] : [-1074, 1023];
  const sizes = [0, Number.POSITIVE_INFINITY, 1.5, 3];
  for (let e = low; e <= high; e++) {
    const power = 2 ** e;
    sizes.push(power, neighbour(power, 0, isSingle), neighbour(power, Number.POSITIVE_INFINITY, isSingle));
  }
  return sizes.flatMap((size) => [size, -size]);
}

const DTYPES = [
  ["float32", true],
  ["float64", false],
] as const;

describe.each(DTYPES)("%s", (dtype, isSingle) => {
  const array = (values: readonly number[]): Floats =>
    isSingle ? Float32Array.from(values) : Float64Array.from(values);

  test.each([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1])("towards %d", (to) => {
    const from = floats(isSingle);
    const want = from.map((x) => neighbour(x, to, isSingle));
    const many = tensor(array(from), { dtype }).nextafter(tensor([to], { dtype }));
    expect([...many.dataSync()]).toEqual(want);
    // Few elements are computed without vectors.
    const few = from.slice(0, 12).map((x) =>
      tensor([x], { dtype })
        .nextafter(tensor([to], { dtype }))
        .itemSync(),
    );
    expect(few).toEqual(want.slice(0, 12));
  });

  test("NaN", () => {
    const nan = tensor([Number.NaN, 1], { dtype });
    const other = tensor([1, Number.NaN], { dtype });
    expect([...nan.nextafter(other).dataSync()]).toEqual([Number.NaN, Number.NaN]);
  });
});
