/** @file Keyword arguments: every one of PyTorch's by name in an object that comes last, as well as by position. */
import { describe, expect, test } from "vitest";
import * as tapegrad from "../../src/entry/index.ts";
import { Generator, Tensor, tensor, ValueError, zeros } from "../../src/entry/index.ts";

const x = tensor([
  [3, -1, 2],
  [0.5, 4, -2],
]);
const y = tensor([[1, 2, 3], [4, 5, 6]]); // biome-ignore format: a matrix

/** Tensors as numbers, also those among values and indices and in lists. */
function plain(result: unknown): unknown {
  if (result instanceof Tensor) return [result.shape, Array.from(result.dataSync())];
  if (Array.isArray(result)) return result.map(plain);
  return typeof result === "object" ? Object.values(result as object).map(plain) : result;
}

describe("the same by name and by position", () => {
  test.each<[string, unknown, unknown]>([
    ["sum", x.sum({ dim: 1, keepdim: true }), x.sum(1, true)],
    ["sum, half by name", x.sum([0, 1], { keepdim: true }), x.sum([0, 1], true)],
    ["mean", x.mean({ dim: 0 }), x.mean(0)],
    ["amax", x.amax({ dim: [0, 1] }), x.amax([0, 1])],
    ["amin", x.amin({ dim: 1 }), x.amin(1)],
    ["prod", x.prod({ dim: 1 }), x.prod(1)],
    ["argmax", x.argmax({ dim: 1, keepdim: true }), x.argmax(1, true)],
    ["argmin", x.argmin({ dim: 1 }), x.argmin(1)],
    ["all", x.gt(0).all({ dim: 1 }), x.gt(0).all(1)],
    ["any", x.gt(0).any({ dim: 0 }), x.gt(0).any(0)],
    ["max", x.max({ dim: 1 }), x.max(1)],
    ["min", tapegrad.min(x, { dim: 0, keepdim: true }), x.min(0, true)],
    ["logsumexp", x.logsumexp({ dim: 1 }), x.logsumexp(1)],
    ["softmax", x.softmax({ dim: 1 }), x.softmax(1)],
    ["logSoftmax", x.logSoftmax({ dim: 0 }), x.logSoftmax(0)],
    ["cumsum", x.cumsum({ dim: 1 }), x.cumsum(1)],
    ["cumprod", x.cumprod({ dim: 1 }), x.cumprod(1)],
    ["topk", x.topk(2, { dim: 1, largest: false }), x.topk(2, 1, false)],
    ["sort", x.sort({ descending: true }), x.sort(-1, true)],
    ["argsort", x.argsort(0, { descending: true }), x.argsort(0, true)],
    ["var", x.var({ dim: 1, unbiased: false }), x.var(1, false)],
    ["var of all", x.var(false), x.var({ correction: 0 })],
    ["std", x.std(1, true, true), x.std(1, { keepdim: true })],
    ["std with the second by name", x.std(undefined, { unbiased: false }), x.std(null, false)],
    ["clamp", x.clamp({ min: 0 }), x.clamp(0)],
    ["clamp above", x.clamp({ max: 1 }), x.clamp(null, 1)],
    ["flatten", x.flatten({ startDim: 1 }), x.flatten(1)],
    ["tril", x.tril({ diagonal: 1 }), x.tril(1)],
    ["triu", x.triu({ diagonal: -1 }), x.triu(-1)],
    ["split", x.split(1, { dim: 1 }), x.split(1, 1)],
    ["chunk", x.chunk(2, { dim: 1 }), x.chunk(2, 1)],
    ["cat", tapegrad.cat([x, y], { dim: 1 }), tapegrad.cat([x, y], 1)],
    ["stack", tapegrad.stack([x, y], { dim: 2 }), tapegrad.stack([x, y], 2)],
    ["pad", x.pad([1, 0], { value: 7 }), x.pad([1, 0], "constant", 7)],
    ["oneHot", x.ge(0).int().oneHot({ numClasses: 3 }), x.ge(0).int().oneHot(3)],
    ["quantile", x.quantile(0.5, { dim: 1 }), x.quantile(0.5, 1)],
    ["allclose", x.allclose(x.add(0.1), { atol: 0.2 }), x.allclose(x.add(0.1), 0, 0.2)],
    ["isclose", x.isclose(y, { rtol: 0.5 }), x.isclose(y, 0.5)],
  ])("%s", (_, named, positional) => expect(plain(named)).toEqual(plain(positional)));

  test.each<[string, () => unknown, unknown]>([
    ["div_ with a rounding mode", () => tensor([7, -7]).div_(2, { roundingMode: "floor" }), [3, -4]],
    ["round to decimals", () => tensor([0.25, 1.36]).round({ decimals: 1 }), [0.2, 1.4]],
    ["round to tens", () => tensor([15, 26]).round({ decimals: -1 }), [20, 30]],
    [
      "scatter that adds",
      () => zeros(3).scatter(0, tensor([0, 0, 2], { dtype: "int32" }), tensor([1, 2, 3]), { reduce: "add" }),
      [3, 0, 3],
    ],
    ["unique along a dimension", () => tensor([[2, 1], [1, 1], [2, 1]]).unique({ dim: 0 }).output, [1, 1, 2, 1]], // biome-ignore format: a matrix
    ["softmax in float64", () => tensor([0, 0], { dtype: "int32" }).softmax(0, { dtype: "float64" }), [0.5, 0.5]],
    ["cumsum in a dtype", () => tensor([1, 2]).cumsum(0, { dtype: "int32" }), [1, 3]],
    ["sum in a dtype", () => tensor([1.5, 2.5]).sum({ dtype: "int32" }), [3]],
    ["mean of integers in a dtype", () => tensor([1, 2], { dtype: "int32" }).mean({ dtype: "float32" }), [1.5]],
    ["trilIndices with an offset", () => tapegrad.trilIndices(2, 2, { offset: 1 }), [0, 0, 1, 1, 0, 1, 0, 1]],
    ["median by name", () => tensor([1, 3, 2]).median(0, { keepdim: false }).values, [2]],
    ["diagonal by name", () => y.diagonal({ offset: 1 }), [2, 6]],
    ["flip by name", () => tensor([1, 2]).flip({ dims: [0] }), [2, 1]],
    ["gather by name", () => y.gather({ dim: 1, index: tensor([[0], [2]], { dtype: "int32" }) }), [1, 6]],
    ["add by name", () => tensor([1]).add({ other: 2, alpha: 3 }), [7]],
    ["where, where a condition holds", () => tapegrad.where(tensor([false, true]))[0], [1]],
    ["repeat by name", () => tensor([1, 2]).repeat({ repeats: [2] }), [1, 2, 1, 2]],
    ["fill_ with a tensor", () => zeros(2).fill_(tensor(3)), [3, 3]],
    ["diff with what stands before", () => tensor([1, 4]).diff({ prepend: tensor([0]) }), [1, 3]],
  ])("%s", (_, call, values) => {
    const result = call() as Tensor;
    expect(Array.from(result.dataSync(), (v) => Math.round(v * 1e6) / 1e6)).toEqual(values);
  });

  test("device and dtype in one call, and positions one for each dimension", () => {
    expect(x.to("cpu", "float64").dtype).toBe("float64");
    expect(x.to(tensor(1, { dtype: "int32" })).dtype).toBe("int32");
    expect(x.to("float32", { copy: true })).not.toBe(x);
    const [rows, columns] = tensor([[0, 1], [2, 0]]).nonzero({ asTuple: true }); // biome-ignore format: a matrix
    expect([rows?.toArraySync(), columns?.toArraySync()]).toEqual([[0, 1], [1, 0]]); // biome-ignore format: two results
  });

  test("what draws numbers", () => {
    const generator = () => new Generator().manualSeed(3);
    const draw = () => zeros(4);
    expect(plain(draw().uniform_({ from: 1, to: 2, generator: generator() }))).toEqual(
      plain(draw().uniform_(1, 2, generator())),
    );
    expect(plain(draw().normal_(0, { std: 2, generator: generator() }))).toEqual(
      plain(draw().normal_(0, 2, generator())),
    );
    expect(plain(draw().bernoulli_({ p: 0.3, generator: generator() }))).toEqual(
      plain(draw().bernoulli_(0.3, generator())),
    );
  });
});

test("a name that is not known is an error, and not ignored", () => {
  const wrong = (options: object) => options as never;
  expect(() => x.sum(wrong({ dims: 1 }))).toThrow(ValueError);
  expect(() => x.topk(1, wrong({ smallest: true }))).toThrow('[topk] unknown option "smallest"');
  expect(() => x.add(y, wrong({ beta: 1 }))).toThrow('[add] unknown option "beta"');
  expect(() => x.div(y, wrong({ rounding_mode: "floor" }))).toThrow('It is called "roundingMode" here');
  expect(() => x.div(y, { roundingMode: wrong("up" as unknown as object) })).toThrow('"floor" but found "up"');
  expect(() => (x.sqrt as (options: object) => Tensor)({ out: y })).toThrow('[sqrt] unknown option "out"');
  expect(() => (x.t as (dim: number) => Tensor)(1)).toThrow("[t] expected at most 1 arguments by position, but got 2");
  expect(() => x.median(0, wrong({ keepDim: true }))).toThrow('It is called "keepdim" here');
  expect(() => zeros(2, wrong({ requires_grad: true }))).toThrow('It is called "requiresGrad" here');
  expect(() => zeros(2, wrong({ dType: "int32" }))).toThrow(
    '[zeros] unknown option "dType". It is called "dtype" here',
  );
  expect(() => tapegrad.multinomial(y, 5, wrong({ replacement: 1 }))).toThrow('"replacement" must be a boolean');
  expect(() => x.softmax(wrong({}))).toThrow('[softmax] missing required argument "dim"');
  expect(() => x.int().add(1, { alpha: 0.5 })).toThrow("argument alpha must not be a floating point number");
});
