/** @file Declared arguments: by position, by name, and what is refused. */
import { runInNewContext } from "node:vm";
import { DTypeError, tensor, ValueError } from "tapegrad";
import { describe, expect, test } from "vitest";
import { keyword, optional, required, rest, signature } from "../../src/core/arguments.ts";
import { aBoolean, aDType, anInteger, aTensor, dims, integers, nullable, oneOf } from "../../src/core/kinds.ts";

const SUM = signature("sum", {
  input: required(aTensor),
  dim: optional(dims, null),
  keepdim: optional(aBoolean, false),
  dtype: keyword(aDType),
});
const VIEW = signature("view", { input: required(aTensor), size: rest(integers) });
const x = tensor([1, 2]);

describe("a signature reads", () => {
  test("positions in their order, and defaults for what is left out", () => {
    expect(SUM.read([x])).toEqual({ input: x, dim: null, keepdim: false, dtype: undefined });
    expect(SUM.read([x, 1, true])).toEqual({ input: x, dim: 1, keepdim: true, dtype: undefined });
    expect(SUM.read([x, undefined, true])).toMatchObject({ dim: null, keepdim: true });
    expect(SUM.read([x, null])).toMatchObject({ dim: null });
  });

  test("names in an object that comes last, after any number of positions", () => {
    expect(SUM.read([x, { dim: [0, 1], keepdim: true }])).toMatchObject({ dim: [0, 1], keepdim: true });
    expect(SUM.read([x, 1, { keepdim: true, dtype: "float64" }])).toMatchObject({
      dim: 1,
      keepdim: true,
      dtype: "float64",
    });
    expect(SUM.read([{ input: x }])).toMatchObject({ input: x });
    expect(SUM.read([x, { dim: undefined }])).toMatchObject({ dim: null });
    expect(SUM.read([x, Object.create(null)])).toMatchObject({ dim: null });
  });

  test("typed arrays as lists of numbers, and objects of another realm as options", () => {
    expect(SUM.read([x, new Int32Array([0, 1])])).toMatchObject({ dim: [0, 1] });
    expect(SUM.read([x, runInNewContext("({ dim: new Int32Array([0]) })")])).toMatchObject({ dim: [0] });
  });

  test("further positions one by one, as one list, or by name", () => {
    expect(VIEW.read([x, 2, 1]).size).toEqual([2, 1]);
    expect(VIEW.read([x, [2, 1]]).size).toEqual([2, 1]);
    expect(VIEW.read([x, { size: [2, 1] }]).size).toEqual([2, 1]);
    expect(VIEW.read([x]).size).toEqual([]);
  });

  test("the item alone when an array's map calls", () => {
    const seen = [x, x].map((...given) => SUM.read(given).dim);
    expect(seen).toEqual([null, null]);
  });
});

describe("a signature refuses, with operation, argument, what came and what was expected,", () => {
  test.each([
    [[2], '[sum] argument "input" must be a Tensor, but got 2. Wrap data with tensor(…).'],
    [[[1, 2]], '[sum] argument "input" must be a Tensor, but got [1, 2]. Wrap data with tensor(…).'],
    [[Promise.resolve(x)], '[sum] argument "input" must be a Tensor, but got a Promise. Await it first.'],
    [[null], '[sum] argument "input" must be a Tensor, but got null.'],
    [[x, "a"], '[sum] argument "dim" must be an integer or a list of integers, but got "a".'],
    [[x, 0.5], '[sum] argument "dim" must be an integer or a list of integers, but got 0.5.'],
    [
      [x, [0, null]],
      '[sum] argument "dim" must be an integer or a list of integers, but got [0, null]. Element 1 is null.',
    ],
    [[x, 0, 1], '[sum] argument "keepdim" must be a boolean, but got 1.'],
    [[x, 0, new Date(0)], '[sum] argument "keepdim" must be a boolean, but got a Date.'],
    [
      [x, { dim: 0 }, true],
      '[sum] argument "dim" must be an integer or a list of integers, but got an object with the key dim. Options by name come last, in one object.',
    ],
    [
      [],
      '[sum] missing required argument "input", which must be a Tensor. Usage: sum(input, dim?, keepdim?, { dtype? })',
    ],
    [
      [x, 0, true, "float32"],
      '[sum] expected at most 3 arguments by position, but got 4: "float32" is one too many. Usage: sum(input, dim?, keepdim?, { dtype? })',
    ],
    [[x, 0, { dim: 1 }], '[sum] got multiple values for argument "dim": by position and by name'],
    [[x, { keep_dim: true }], '[sum] unknown option "keep_dim". It is called "keepdim" here.'],
    [[x, { axes: 1 }], '[sum] unknown option "axes". Expected input, dim, keepdim, dtype.'],
    [[x, { constructor: 1 }], '[sum] unknown option "constructor". Expected input, dim, keepdim, dtype.'],
  ])("%j", (given, message) => {
    expect(() => SUM.read(given)).toThrow(new ValueError(message));
  });

  test("an unknown dtype, and points from int64 to int32", () => {
    expect(() => SUM.read([x, { dtype: "int64" }])).toThrow(
      new DTypeError(
        '[sum] argument "dtype" must be a dtype: "float32", "float64", "int32", "uint8" or "bool", but got "int64". PyTorch\'s int64 is int32 here.',
      ),
    );
  });

  test("one of some strings", () => {
    const MODE = signature("div", { roundingMode: keyword(nullable(oneOf("trunc", "floor")), null) });
    expect(MODE.read([{ roundingMode: "floor" }])).toEqual({ roundingMode: "floor" });
    expect(() => MODE.read([{ rounding_mode: "floor" }])).toThrow('It is called "roundingMode" here.');
    expect(() => MODE.read([{ roundingMode: "up" }])).toThrow(
      '[div] argument "roundingMode" must be "trunc" or "floor" or null, but got "up".',
    );
  });

  test("an integer that is none", () => {
    const EYE = signature("eye", { n: required(anInteger) });
    for (const n of [1.5, Number.NaN, "2", 2n, 2 ** 60, null, {}, []]) {
      expect(() => EYE.read([n]), String(n)).toThrow(/^\[eye\] (argument "n" must be an integer|missing|unknown)/);
    }
  });
});

test("NumPy's names stand for those of PyTorch where a function has no others", () => {
  const NAMED = signature("sum", { dim: optional(anInteger, null), keepdim: optional(aBoolean, false) });
  expect(NAMED.read([{ axis: 1, keepdims: true }])).toEqual({ dim: 1, keepdim: true });
  expect(() => NAMED.read([2, { axis: 1 }])).toThrow('got multiple values for argument "dim"');
  const NORM = signature("norm", { axis: keyword(anInteger) });
  expect(NORM.read([{ axis: 1 }])).toEqual({ axis: 1 });
  expect(() => signature("relu", { input: optional(anInteger) }).read([{ axis: 1 }])).toThrow('unknown option "axis"');
});
