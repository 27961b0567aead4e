/** @file Random numbers in tensors that do not lie row-major: drawn in the order of memory, as PyTorch draws them. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { manualSeed, nn, randLike, randnLike, type Tensor, zeros } from "../../src/entry/index.ts";
import { memoryOrder } from "../../src/tensor/random/memory-order.ts";
import { type Encoded, elements, type Step, walk } from "../golden/calls.ts";
import { expectClose } from "../golden/close.ts";

interface Case {
  readonly layout: string;
  readonly shape: readonly number[];
  readonly steps: readonly Step[];
  readonly dtype: "float32" | "float64";
  readonly fill: keyof typeof FILLS;
  readonly args: readonly number[];
  readonly values: readonly Encoded[];
}

const FILLS = {
  uniform_: (x: Tensor) => x.uniform_(),
  normal_: (x: Tensor) => x.normal_(),
  bernoulli_: (x: Tensor, p: number) => x.bernoulli_(p),
  randLike: (x: Tensor) => randLike(x),
  randnLike: (x: Tensor) => randnLike(x),
  "init.truncNormal_": (x: Tensor) => nn.init.truncNormal_(x),
  "init.orthogonal_": (x: Tensor) => nn.init.orthogonal_(x),
  "init.sparse_": (x: Tensor, sparsity: number) => nn.init.sparse_(x, sparsity),
};

const cases = JSON.parse(
  readFileSync(new URL("../golden/data/memory-order.json", import.meta.url), "utf8"),
) as readonly Case[];

test.each(cases.map((c): [string, Case] => [`${c.fill} of a ${c.dtype} tensor: ${c.layout}`, c]))("%s", (_, golden) => {
  const x = walk(zeros(golden.shape, { dtype: golden.dtype }), golden.steps);
  manualSeed(7);
  const drawn = FILLS[golden.fill](x, golden.args[0] as number);
  expect(drawn.shape).toEqual(x.shape);
  // The inverse of the error function and the orthonormal columns come from other algorithms.
  const factor = golden.fill.startsWith("init.") ? 100 : 4;
  expectClose(drawn, elements(golden.dtype, golden.values), factor);
});

test("a dimension that repeats stays where it is", () => {
  expect(memoryOrder(zeros(3, 1).expand(3, 2).t())).toEqual([0, 1]);
  expect(memoryOrder(zeros(4, 3, 2).permute(2, 0, 1))).toEqual([1, 2, 0]);
});
