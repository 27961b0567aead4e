/** @file Transforms of images: torchvision's numbers, draws and texts, for tensors and for images as files have them. */
import { describe, expect, test } from "vitest";
import { manualSeed, rand, Tensor } from "../../src/entry/index.ts";
import { transforms } from "../../src/entry/vision.ts";
import { decoded, type Encoded, goldens, imageOf, type Result } from "../golden/vision.ts";

const { functional } = transforms;

type AnyFunction = (...args: readonly unknown[]) => unknown;
type AnyTransform = new (...args: readonly unknown[]) => { forward(image: unknown): unknown };

/** torchvision 0.14 has no antialiasing for tensors unless it is asked for; here it is the default. */
function optionsOf(options: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Object.keys(options).length === 0 ? [] : [options];
}

const isEncoded = (result: unknown): result is Encoded =>
  typeof result === "object" && result !== null && "values" in result;

function check(actual: unknown, expected: Result, bytesMayDiffer: number): void {
  if (Array.isArray(expected)) {
    expect(Array.isArray(actual)).toBe(true);
    const list = actual as readonly unknown[];
    expect(list.length).toBe(expected.length);
    for (const [i, one] of expected.entries()) {
      if (isEncoded(one)) check(list[i], one, bytesMayDiffer);
      else expect(list[i]).toBe(one);
    }
    return;
  }
  const want = expected as Encoded;
  const got = actual as Tensor | transforms.Image;
  expect(got.shape).toEqual(want.shape);
  const data = got instanceof Tensor ? got.dataSync() : functional.pilToTensor(got).movedim(0, -1).dataSync();
  expect(got.dtype).toBe(want.dtype);
  const tolerance = want.dtype === "uint8" ? bytesMayDiffer : 3e-5;
  const errors = Array.from(data, (value, i) => Math.abs(value - (want.values[i] as number)));
  const worst = errors.reduce((a, b) => Math.max(a, b), 0);
  if (worst > tolerance) expect.fail(`off by ${worst}: got ${Array.from(data)}, expected ${want.values}`);
}

/** Colors, rotations and filters of Pillow's images go through those of tensors. */
describe("functional", () => {
  test.each(
    goldens.functions.map(
      (golden, i) =>
        [`${i}: ${golden.name} ${golden.image} ${JSON.stringify([...golden.args, golden.options])}`, golden] as const,
    ),
  )("%s", (_, { name, image, args, options, result }) => {
    const given = name === "pad" && "paddingMode" in options ? [0, options.paddingMode] : optionsOf(options);
    const run = Reflect.get(functional, name) as AnyFunction;
    // A rounding of float32 decides about .5 before bytes are rounded or cut off.
    check(run(imageOf(image), ...args, ...given), result, image.startsWith("pillow") ? 0 : 1);
  });

  test.each(goldens.conversions)("convertImageDtype from $from to $to", ({ from, to, values, result }) => {
    const converted = functional.convertImageDtype(decoded({ dtype: from, shape: [values.length], values }), to);
    expect(converted.dtype).toBe(to);
    for (const [i, value] of converted.dataSync().entries()) expect(value).toBeCloseTo(result[i] as number, 6);
  });
});

/** JavaScript tells neither lists from tuples nor 1.0 from 1. */
const plain = (text: string): string =>
  text
    .replaceAll("[", "(")
    .replaceAll("]", ")")
    .replaceAll(/(\d)\.0\b/g, "$1");

describe("transforms draw what torchvision draws", () => {
  test.each(goldens.augmentations.map((golden, i) => [`${i}: ${golden.text} ${golden.image}`, golden] as const))(
    "%s",
    (_, { name, image, args, options, seed, text, results, next }) => {
      const made = new (Reflect.get(transforms, name) as AnyTransform)(...args, ...optionsOf(options));
      const source = imageOf(image);
      manualSeed(seed);
      const drawn = results.map(() => made.forward(source));
      expect(rand(1).itemSync()).toBe(next);
      for (const [i, result] of results.entries()) check(drawn[i], result, image.startsWith("pillow") ? 0 : 1);
      if (!text.includes("antialias=None")) expect(plain(String(made))).toBe(plain(text));
    },
  );
});
