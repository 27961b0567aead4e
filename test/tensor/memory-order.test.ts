/** @file Random numbers in tensors that do not lie row-major: drawn in the order of memory, as PyTorch draws them. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { manualSeed, nn, ones, randLike, randn, randnLike, type Tensor, zeros } from "../../src/entry/index.ts";
import { memoryOrder } from "../../src/tensor/ops/memory-order.ts";
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
  const orderOf = (x: Tensor) => memoryOrder(x.shape, [x.strides]);
  expect(orderOf(zeros(3, 1).expand(3, 2).t())).toEqual([0, 1]);
  expect(orderOf(zeros(4, 3, 2).permute(2, 0, 1))).toEqual([1, 2, 0]);
});

interface StrideCase {
  readonly op: "add" | "lt" | "maximum" | "exp" | "double" | "relu";
  readonly inputs: readonly { readonly shape: readonly number[]; readonly steps: readonly Step[] }[];
  readonly strides: readonly number[];
}

const strideCases = JSON.parse(
  readFileSync(new URL("../golden/data/memory-order-strides.json", import.meta.url), "utf8"),
) as readonly StrideCase[];

test.each(strideCases)("the result of $op lies as PyTorch's: $inputs", ({ op, inputs, strides }) => {
  const operands = inputs.map(({ shape, steps }) => {
    const memory = randn(shape);
    return { laid: walk(memory, steps), rowMajor: walk(memory, steps).contiguous() };
  });
  const run = (list: readonly Tensor[]): Tensor => {
    const [x, ...others] = list as [Tensor, ...Tensor[]];
    return (x[op] as (this: Tensor, ...more: readonly Tensor[]) => Tensor).call(x, ...others);
  };
  const result = run(operands.map(({ laid }) => laid));
  expect(result.stride()).toEqual(strides);
  expect(result.dataSync()).toEqual(run(operands.map(({ rowMajor }) => rowMajor)).dataSync());
});

test("what is written in place keeps its place", () => {
  const memory = randn(3, 4);
  const x = memory.t();
  const want = x.add(randn(4, 3).mul(0)).add(1).dataSync();
  x.add_(ones(4, 3));
  expect(x.stride()).toEqual([1, 4]);
  expect(x.dataSync()).toEqual(want);
  expect(memory.t().dataSync()).toEqual(want);
});
