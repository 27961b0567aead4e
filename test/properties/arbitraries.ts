/**
 * @file Arbitraries of the property tests, and the number of runs. The seed is fixed: every run checks the same. To look
 * further, set TAPEGRAD_SEED, or TAPEGRAD_RUNS to a multiple of the usual number.
 */
import * as fc from "fast-check";
import { fromValues, type Model, type Shape, sizeOf } from "./model.ts";

const FACTOR = Number(process.env.TAPEGRAD_RUNS ?? 1);

export const SETTINGS = { seed: Number(process.env.TAPEGRAD_SEED ?? 20_200_131), numRuns: 150 * FACTOR };

/** Checks a property that draws as it goes along. */
export function forAll(body: (draw: Draw) => void, runs = 150): void {
  fc.assert(
    fc.property(fc.gen(), (gen) => body(new Draw(gen))),
    { ...SETTINGS, numRuns: runs * FACTOR },
  );
}

/** As {@link forAll}, for what has to be waited for. */
export async function forAllAsync(body: (draw: Draw) => Promise<void>, runs = 150): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.gen(), (gen) => body(new Draw(gen))),
    { ...SETTINGS, numRuns: runs * FACTOR },
  );
}

/** Values by need. */
export class Draw {
  readonly #gen: fc.GeneratorValue;

  constructor(gen: fc.GeneratorValue) {
    this.#gen = gen;
  }

  of<T>(arbitrary: fc.Arbitrary<T>): T {
    return this.#gen(() => arbitrary);
  }
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return this.#gen(fc.integer, { min: low, max: high });
  }
  bool(): boolean {
    return this.#gen(fc.boolean);
  }
  one<T>(...choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)] as T;
  }
  list<T>(count: number, item: () => T): T[] {
    return Array.from({ length: count }, item);
  }
  /** Up to four dimensions of 0 to 4, seldom 0. */
  shape(maxRank = 4, minSize = 0): number[] {
    const size = () => (minSize === 0 && this.int(0, 19) === 0 ? 0 : this.int(1, 4));
    return this.list(this.int(0, maxRank), size);
  }
  /** An array of that shape with small whole numbers, so that sums are exact. */
  array(shape: Shape = this.shape()): Model {
    return fromValues(
      shape,
      this.list(sizeOf(shape), () => this.int(-9, 9)),
    );
  }
  /** A shape that broadcasts to `shape`. */
  narrower(shape: Shape): number[] {
    const tail = shape.slice(this.int(0, shape.length));
    return tail.map((size) => (this.int(0, 2) === 0 ? 1 : size));
  }
  permutation(count: number): number[] {
    const rest = Array.from({ length: count }, (_, i) => i);
    return this.list(count, () => rest.splice(this.int(0, rest.length - 1), 1)[0] as number);
  }
  /** A dimension as itself or counted from the end. */
  dim(dim: number, rank: number): number {
    return this.bool() ? dim : dim - rank;
  }
}
