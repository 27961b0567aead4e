/** @file Arguments of the wrong kind: every export of data says what is wrong, and with which argument. */
import { describe, expect, test } from "vitest";
import { TapegradError } from "../../src/core/errors.ts";
import * as data from "../../src/entry/data.ts";
import { ones, type Tensor } from "../../src/entry/index.ts";

type Callable = new (...given: readonly unknown[]) => unknown;

const WRONG: readonly unknown[] = [
  undefined, null, 3, -1, Number.NaN, "a", "", true, [], [1], {}, { foo: 1 }, () => 1, 7n, Symbol("s"), new Map(),
  ones(2, 3), new Float32Array(2), Promise.resolve(1),
]; // biome-ignore format: a list

const ABSTRACT = ["Dataset", "IterableDataset", "Sampler"];
const all = [data, data.transforms, data.datasets].flatMap((namespace) => Object.entries(namespace));
const functions = all.filter(([name, value]) => typeof value === "function" && !ABSTRACT.includes(name));
const isClass = (value: unknown): boolean => /^class\b/.test(Function.prototype.toString.call(value));

/** What a user does with what a call gave: walk it, ask for its length and elements, transform an image. */
async function use(value: unknown): Promise<void> {
  const made = await value;
  if (typeof made !== "object" || made === null || "itemSync" in made || made instanceof Map) return;
  const { forward, get } = made as { forward?: (image: Tensor) => unknown; get?: (index: number) => unknown };
  for (const image of [ones(1, 4, 4), ones(2), undefined, null, 3]) attempt(() => forward?.call(made, image as Tensor));
  for (const index of [0, undefined, "a", null, 1.5]) attempt(() => get?.call(made, index as number));
  attempt(() => Reflect.get(made, "length"));
  if (Symbol.iterator in made) attempt(() => void [...(made as Iterable<unknown>)].slice(0, 3));
}

function attempt(fn: () => unknown): void {
  try {
    fn();
  } catch (error) {
    if (!(error instanceof TapegradError)) throw error;
  }
}

describe("every call with values of all kinds gives a result or one of our errors", () => {
  // Some calls read all of MNIST.
  test.each(functions)("%s", { timeout: 60_000 }, async (_, value) => {
    const call = (given: readonly unknown[]): unknown =>
      isClass(value)
        ? new (value as Callable)(...given)
        : (value as (...given: readonly unknown[]) => unknown)(...given);
    const wrongs = WRONG.flatMap((first) => [[first], ...WRONG.map((second) => [first, second])]);
    for (const given of [[], ...wrongs]) {
      try {
        await use(call(given));
      } catch (error) {
        expect(error).toBeInstanceOf(TapegradError);
        expect(String(error)).toMatch(/^\w+Error: \[[\w.]+\] /);
      }
    }
  });
});

test("sizes that no array has give an error, where they would end the process", () => {
  const huge = { length: 2 ** 31 - 1, get: (i: number) => i } as data.Dataset<number>;
  expect(() => data.randomSplit(huge, [0.5, 0.5])).toThrow(
    "[randomSplit] the indices of the parts would be 2147483647",
  );
  const image = ones(1, 4, 4);
  const { Pad, Resize } = data.transforms;
  expect(() => new Resize(2 ** 30).forward(image)).toThrow("[Resize] the weights of the rows would be 4294967296");
  expect(() => new Resize([2 ** 20, 2 ** 20]).forward(image)).toThrow("[Resize] the result would be");
  expect(() => new Pad(2 ** 30, { paddingMode: "edge" }).forward(image)).toThrow("[Pad] a row or column");
});
