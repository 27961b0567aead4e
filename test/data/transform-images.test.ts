/** @file Transforms of images against PyTorch's interpolation and draws, and against their definitions. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { transforms } from "../../src/entry/data.ts";
import { arange, tensor, zeros } from "../../src/tensor/create.ts";
import { manualSeed } from "../../src/tensor/random/generator.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

interface Golden {
  readonly image: readonly number[];
  readonly shape: readonly number[];
  readonly resized: readonly {
    readonly size: [number, number];
    readonly mode: "nearest" | "bilinear";
    readonly antialias: boolean;
    readonly values: readonly number[];
  }[];
  readonly crops: readonly { readonly size: [number, number]; readonly place: readonly [number, number] }[];
  readonly flips: readonly boolean[];
  readonly rotated: readonly {
    readonly degrees: readonly [number, number];
    readonly options: transforms.RandomRotationOptions;
    readonly shape: readonly number[];
    readonly values: readonly number[];
  }[];
}

const { Pad, RandomCrop, RandomHorizontalFlip, RandomRotation, Resize } = transforms;
const golden: Golden = JSON.parse(readFileSync(new URL("../golden/data/transforms.json", import.meta.url), "utf8"));
const image = tensor(Float32Array.from(golden.image)).view(golden.shape);
const small = arange(6).view(1, 2, 3);
const asList = (t: Tensor) => t.toArraySync();

describe("Resize", () => {
  test.each(golden.resized)("$size $mode, antialias $antialias", ({ size, mode, antialias, values }) => {
    const result = new Resize(size, { interpolation: mode, antialias }).forward(image);
    expect(result.shape).toEqual([2, ...size]);
    expect(result.allclose(tensor(Float32Array.from(values)).view(result.shape), { rtol: 1e-5, atol: 1e-6 })).toBe(
      true,
    );
  });

  test("one number is the shorter edge", () => {
    const shape = (size: number, options: transforms.ResizeOptions, ...of: number[]) =>
      new Resize(size, options).forward(zeros(...of)).shape;
    expect(shape(10, {}, 3, 20, 30)).toEqual([3, 10, 15]);
    expect(shape(10, {}, 3, 30, 20)).toEqual([3, 15, 10]);
    expect(shape(10, {}, 1, 7, 9)).toEqual([1, 10, 12]);
    expect(shape(10, { maxSize: 12 }, 2, 20, 40)).toEqual([2, 6, 12]);
  });

  test("of a stack is the stack of each; bytes stay bytes; the same size changes nothing", () => {
    const resize = new Resize([4, 3]);
    const stack = resize.forward(image.unsqueeze(0).repeat(3, 1, 1, 1));
    expect(stack.select(0, 1).allclose(resize.forward(image), { atol: 1e-7 })).toBe(true);
    const bytes = tensor(Uint8Array.of(0, 100, 200, 255)).view(1, 2, 2);
    const single = new Resize(1).forward(bytes);
    expect([single.dtype, asList(single)]).toEqual(["uint8", [[[139]]]]);
    expect(new Resize(2).forward(bytes)).toBe(bytes);
  });

  test("a flat image stays flat", () => {
    for (const size of [1, 3, 8, 17]) {
      const flat = new Resize([size, size]).forward(zeros(1, 6, 6).fill_(0.7));
      expect(flat.allclose(zeros(1, size, size).fill_(0.7), { atol: 1e-6 })).toBe(true);
    }
  });
});

describe("Pad", () => {
  test("sides", () => {
    const shape = (padding: transforms.Padding) => new Pad(padding).forward(small).shape;
    expect(shape(1)).toEqual([1, 4, 5]);
    expect(shape([1, 2])).toEqual([1, 6, 5]);
    expect(shape([1, 2, 3, 4])).toEqual([1, 8, 7]);
    expect(asList(new Pad([1, 0, 0, 1], { fill: 9 }).forward(small))).toEqual([
      [
        [9, 0, 1, 2],
        [9, 3, 4, 5],
        [9, 9, 9, 9],
      ],
    ]);
  });

  test("modes", () => {
    const row = (paddingMode: transforms.PaddingMode) =>
      asList(new Pad([2, 0], { paddingMode }).forward(arange(4).view(1, 1, 4)).flatten());
    expect(row("constant")).toEqual([0, 0, 0, 1, 2, 3, 0, 0]);
    expect(row("edge")).toEqual([0, 0, 0, 1, 2, 3, 3, 3]);
    expect(row("reflect")).toEqual([2, 1, 0, 1, 2, 3, 2, 1]);
    expect(row("symmetric")).toEqual([1, 0, 0, 1, 2, 3, 3, 2]);
  });
});

describe("RandomCrop", () => {
  test("draws PyTorch's places", () => {
    manualSeed(5);
    for (const { size, place } of golden.crops) {
      const expected = image.narrow(1, place[0], size[0]).narrow(2, place[1], size[1]);
      expect(new RandomCrop(size).forward(image).equal(expected)).toBe(true);
    }
  });

  test("pads first, and where it is needed", () => {
    const cut = new RandomCrop(8, { padding: [2, 1] }).forward(image);
    expect(cut.shape).toEqual([2, 8, 8]);
    expect(new RandomCrop([9, 4], { padIfNeeded: true }).forward(image).shape).toEqual([2, 9, 4]);
    expect(() => new RandomCrop(6).forward(image)).toThrow(
      "[RandomCrop] Required crop size (6, 6) is larger than input image size (7, 5)",
    );
  });
});

describe("RandomHorizontalFlip", () => {
  test("draws PyTorch's decisions", () => {
    manualSeed(6);
    const flip = new RandomHorizontalFlip(0.3);
    for (const flipped of golden.flips) {
      expect(flip.forward(image).equal(flipped ? image.flip(2) : image)).toBe(true);
    }
  });

  test("always and never", () => {
    expect(asList(new RandomHorizontalFlip(1).forward(small))).toEqual([
      [
        [2, 1, 0],
        [5, 4, 3],
      ],
    ]);
    expect(new RandomHorizontalFlip(0).forward(small)).toBe(small);
  });
});

describe("RandomRotation", () => {
  test("turns by PyTorch's angles, to PyTorch's pixels", () => {
    manualSeed(9);
    for (const { degrees, options, shape, values } of golden.rotated) {
      const result = new RandomRotation(degrees, options).forward(image);
      expect(result.shape).toEqual(shape);
      const expected = tensor(Float32Array.from(values)).view(shape);
      expect(result.allclose(expected, { atol: 2e-5 }), JSON.stringify([degrees, options])).toBe(true);
    }
  });

  test("quarter turns move pixels, counter-clockwise", () => {
    const oblong = arange(8).view(1, 2, 4);
    const turned = (degrees: number) => new RandomRotation([degrees, degrees], { expand: true }).forward(oblong);
    expect(asList(turned(90))).toEqual([
      [
        [3, 7],
        [2, 6],
        [1, 5],
        [0, 4],
      ],
    ]);
    expect(asList(turned(180))).toEqual([
      [
        [7, 6, 5, 4],
        [3, 2, 1, 0],
      ],
    ]);
    expect(turned(90).dtype).toBe(oblong.dtype);
  });
});

test("arguments by position and by name", () => {
  expect(asList(new Pad([1, 0], 7).forward(small).select(0, 0).select(0, 0))).toEqual([7, 0, 1, 2, 7]);
  expect(String(new Resize(5, "nearest"))).toContain("interpolation=nearest");
  expect(String(new Resize({ size: [5] }))).toContain("size=5,");
  expect(String(new RandomCrop({ size: 5, padding: 4 }))).toBe(String(new RandomCrop(5, 4)));
  expect(new RandomHorizontalFlip({ p: 1 }).p).toBe(1);
  expect(new RandomRotation({ degrees: 10, fill: [1, 2] }).fill).toEqual([1, 2]);
  expect(() => new Resize(4, "lanczos").forward(small)).toThrow('[Resize] "lanczos" is for images of bytes');
});

test("RandomCrop.getParams draws a place", () => {
  manualSeed(3);
  const [top, left, height, width] = RandomCrop.getParams(image, [4, 2]);
  manualSeed(3);
  const expected = image.narrow(1, top, height).narrow(2, left, width);
  expect(new RandomCrop([4, 2]).forward(image).equal(expected)).toBe(true);
});

test("printed as torchvision prints them", () => {
  expect(String(new Pad([1, 2], { fill: 3 }))).toBe("Pad(padding=(1, 2), fill=3, padding_mode=constant)");
  expect(String(new Resize(5))).toBe("Resize(size=5, interpolation=bilinear, max_size=None, antialias=True)");
  expect(String(new RandomCrop(5, { padding: 4 }))).toBe("RandomCrop(size=(5, 5), padding=4)");
  expect(String(new RandomHorizontalFlip())).toBe("RandomHorizontalFlip(p=0.5)");
});

test.each<[string, () => unknown]>([
  ['[Pad] argument "fill" must be a number, but got "0"', () => new Pad(1, "0" as never)],
  [
    '[RandomCrop] unknown option "pad_if_needed". It is called "padIfNeeded" here.',
    () => new RandomCrop(2, { pad_if_needed: true } as never),
  ],
  ["[Pad] Padding must be an integer or a list of 2 or 4", () => new Pad([1, 2, 3] as never)],
  ["[Pad] Padding mode should be either", () => new Pad(1, { paddingMode: "wrap" as never })],
  ["[Pad] a border of 3 cannot mirror an image of 2", () => new Pad(3, { paddingMode: "symmetric" }).forward(small)],
  ["[Pad] img should be a Tensor image or an ndarray", () => new Pad(1).forward(3 as never)],
  ["[Resize] size should be a positive integer value", () => new Resize(0)],
  ["[Resize] max_size should only be passed", () => new Resize([2, 2], { maxSize: 4 })],
  ["[Resize] max_size = 2 must be strictly greater", () => new Resize(2, { maxSize: 2 })],
  [
    "[Resize] interpolation should be bilinear, bicubic, nearest, lanczos, hamming, box, but got cubic",
    () => new Resize(2, { interpolation: "cubic" as never }),
  ],
  ["[Resize] Expected a tensor image of shape", () => new Resize(2).forward(arange(3))],
  ["[RandomRotation] If degrees is a single number", () => new RandomRotation(-3)],
  ["[RandomRotation] degrees should be two rising numbers", () => new RandomRotation([3, 1])],
  ["[RandomRotation] expand turns around the middle", () => new RandomRotation(3, { expand: true, center: [0, 0] })],
  ["needs a float tensor", () => new RandomRotation(3, { interpolation: "bilinear" }).forward(small)],
  ["[RandomHorizontalFlip] p should be in 0 … 1, but got 2", () => new RandomHorizontalFlip(2)],
  ["[RandomCrop] Padding mode should be", () => new RandomCrop(2, { paddingMode: "wrap" as never })],
])("%s", (message, make) => {
  expect(make).toThrow(message.replace("[RandomCrop] Padding", "Padding"));
});
