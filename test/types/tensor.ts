/** @file Types of tensors and their creation. The compiler checks this file; nothing runs it. */
import ndarray from "ndarray";
import { expectTypeOf } from "vitest";
import {
  arange,
  type Device,
  type DType,
  empty,
  emptyLike,
  eye,
  full,
  fullLike,
  Generator,
  linspace,
  load,
  loadCheckpoint,
  max,
  newaxis,
  ones,
  onesLike,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
  save,
  saveCheckpoint,
  type Tensor,
  tensor,
  type ValuesAndIndices,
  zeros,
  zerosLike,
} from "../../src/entry/index.ts";
import { decodeNpy, decodeSafetensors, encodeNpy, encodeNpz, encodeSafetensors } from "../../src/entry/io.ts";

const x = ones(2, 3);

// --- Creation ----------------------------------------------------------------------------------------------------------

expectTypeOf<DType>().toEqualTypeOf<"float32" | "float64" | "int32" | "uint8" | "bool">();
expectTypeOf<Device>().toEqualTypeOf<"cpu" | "gpu">();
expectTypeOf(tensor([[1, 2], [3, 4]])).toEqualTypeOf<Tensor>(); // biome-ignore format: a matrix
tensor(1);
tensor(true, { dtype: "bool" });
tensor(new Float64Array(3), { dtype: "float64", device: "cpu", requiresGrad: true });
tensor(ndarray(new Float32Array(4), [2, 2]));
tensor(x, { dtype: undefined });
// @ts-expect-error misspelt
tensor([1], { requireGrad: true });
// @ts-expect-error PyTorch's name
tensor([1], { requires_grad: true });
// @ts-expect-error not a flag
tensor([1], { requiresGrad: 1 });
// @ts-expect-error not a dtype
tensor([1], { dtype: "float16" });
// @ts-expect-error not a device
tensor([1], { device: "cuda" });
// @ts-expect-error text is no data
tensor("1");
// @ts-expect-error nor is text in an array
tensor([1, "2"]);
tensor(new BigInt64Array(2));
// @ts-expect-error options are an object
tensor([1], "float64");

zeros();
zeros(2, 3);
zeros([2, 3], { dtype: "int32" });
zeros(2, 3, { dtype: "int32" });
// @ts-expect-error misspelt
zeros(2, 3, { dtyp: "int32" });
// @ts-expect-error text is no size
zeros("2");
// @ts-expect-error not a dtype
ones([2], { dtype: "double" });
// @ts-expect-error a generator is for random numbers
ones([2], { generator: new Generator() });
// @ts-expect-error misspelt
empty(2, { devise: "cpu" });
full([2], 1, { requiresGrad: true });
// @ts-expect-error the value is missing
full([2]);
// @ts-expect-error misspelt
full([2], 1, { requiresgrad: true });
eye(2);
// @ts-expect-error misspelt
eye(2, { dType: "float64" });
arange(0, 10, 2, { dtype: "float32" });
// @ts-expect-error misspelt
arange(10, { step: 2 });
linspace(0, 1, 5, { dtype: "float64" });
// @ts-expect-error misspelt
linspace(0, 1, 5, { dtypes: "float64" });
// @ts-expect-error the number of steps is missing
linspace(0, 1);
rand(2, { generator: new Generator() });
// @ts-expect-error misspelt
rand(2, { generater: new Generator() });
// @ts-expect-error a seed is no generator
randn(2, { generator: 0 });
randint(10, [2]);
randint(1, 10, [2], { dtype: "uint8" });
// @ts-expect-error the shape is an array
randint(10, 2);
// @ts-expect-error misspelt
randint(10, [2], { seed: 0 });
randperm(3, { generator: new Generator() });
// @ts-expect-error misspelt
randperm(3, { generators: new Generator() });
zerosLike(x, { dtype: "bool" });
// @ts-expect-error misspelt
zerosLike(x, { type: "bool" });
// @ts-expect-error misspelt
onesLike(x, { requires_grad: true });
// @ts-expect-error misspelt
emptyLike(x, { dim: 1 });
// @ts-expect-error misspelt
fullLike(x, 1, { values: 1 });
// @ts-expect-error misspelt
randLike(x, { low: 1 });
// @ts-expect-error misspelt
randnLike(x, { std: 1 });

// --- Methods -----------------------------------------------------------------------------------------------------------

expectTypeOf(x.shape).toEqualTypeOf<readonly number[]>();
expectTypeOf(x.size()).toEqualTypeOf<readonly number[]>();
expectTypeOf(x.size(0)).toEqualTypeOf<number>();
expectTypeOf(x.dtype).toEqualTypeOf<DType>();
expectTypeOf(x.grad).toEqualTypeOf<Tensor | null>();
expectTypeOf(x.item()).resolves.toEqualTypeOf<number>();
expectTypeOf(x.item<boolean>()).resolves.toEqualTypeOf<boolean>();
expectTypeOf(x.toArraySync<number[][]>()).toEqualTypeOf<number[][]>();
expectTypeOf(x.max()).toEqualTypeOf<Tensor>();
expectTypeOf(x.max(1)).toEqualTypeOf<ValuesAndIndices>();
expectTypeOf(x.max(1, true).indices).toEqualTypeOf<Tensor>();
expectTypeOf(max(x, x)).toEqualTypeOf<Tensor>();
expectTypeOf(max(x, 1)).toEqualTypeOf<ValuesAndIndices>();
expectTypeOf(x.split(2)).toEqualTypeOf<Tensor[]>();
expectTypeOf(x.add_(1)).toEqualTypeOf<Tensor>();
expectTypeOf(x.allclose(x)).toEqualTypeOf<boolean>();
x.at(0, null, [1, 3], [null, null, 2], x.gt(0));
x.at("...", "1:3", newaxis, true);
x.setAt([0, ":"], [1, 2]).setAt("...", 0);
// @ts-expect-error an object is no index
x.at({});
// @ts-expect-error the shape cannot be changed
x.shape.push(1);
// @ts-expect-error nor replaced
x.shape = [6];
// @ts-expect-error text is no operand
x.add("1");
// @ts-expect-error an array is no operand
x.mul([1, 2]);
// @ts-expect-error not a dtype
x.to("half");
x.to({ device: "cpu", dtype: "float64" });
// @ts-expect-error misspelt
x.to({ devices: "cpu" });
x.allclose(x, { rtol: 1e-3, atol: 0, equalNan: true });
// @ts-expect-error misspelt
x.allclose(x, { tol: 1e-3 });
// @ts-expect-error not a number
x.allclose(x, { rtol: "1e-3" });
x.var(0, { correction: 0, keepdim: true });
// @ts-expect-error misspelt
x.var(0, { keepDim: true });
// @ts-expect-error not a flag
x.std(0, { unbiased: 0 });
x.pad([1, 1], { value: 2 });
// @ts-expect-error misspelt
x.pad([1, 1], { fill: 2 });
// @ts-expect-error not a mode there is
x.pad([1, 1], { mode: "mirror" });
// @ts-expect-error a dimension is missing
x.softmax();
x.backward(null, { retainGraph: true, createGraph: undefined });
// @ts-expect-error misspelt
x.backward(null, { retain_graph: true });
// @ts-expect-error not a flag
x.backward(null, { createGraph: "yes" });
// @ts-expect-error a number is no gradient
x.backward(1);

// --- Files -------------------------------------------------------------------------------------------------------------

export async function files(): Promise<void> {
  await save({ x }, "x.safetensors", { metadata: { by: "me" }, int64: true, compress: false });
  // @ts-expect-error a number alone cannot be saved
  await save(1, "x.safetensors");
  // @ts-expect-error misspelt
  await save({ x }, "x.safetensors", { meta: {} });
  // @ts-expect-error metadata are text
  await save({ x }, "x.safetensors", { metadata: { epoch: 1 } });
  // @ts-expect-error not a flag
  await save({ x }, "x.npz", { compress: 9 });
  expectTypeOf(await load("x.safetensors")).toEqualTypeOf<Record<string, Tensor>>();
  expectTypeOf(await load<Tensor>("x.npy", { device: "cpu" })).toEqualTypeOf<Tensor>();
  expectTypeOf(await load("x.npy", "cpu", { weightsOnly: true })).toEqualTypeOf<Record<string, Tensor>>();
  // @ts-expect-error misspelt
  await load("x.npy", { maplocation: "cpu" });
  // @ts-expect-error not a device
  await load("x.npy", { device: "cuda:0" });
  await saveCheckpoint({ epoch: 1 }, "run.safetensors");
  // @ts-expect-error an array has no names
  await saveCheckpoint("run.safetensors", { epoch: 1 });
  expectTypeOf(await loadCheckpoint({}, "run.safetensors", { random: false })).toEqualTypeOf<Record<string, unknown>>();
  expectTypeOf(await loadCheckpoint<{ epoch: number }>({}, "run.safetensors")).toEqualTypeOf<{ epoch: number }>();
  // @ts-expect-error misspelt
  await loadCheckpoint({}, "run.safetensors", { rng: false });
  // @ts-expect-error not a flag
  await loadCheckpoint({}, "run.safetensors", { random: 0 });
  const bytes = await encodeSafetensors({ x }, { int64: true });
  expectTypeOf(bytes).toExtend<Uint8Array>();
  // @ts-expect-error misspelt
  await encodeSafetensors({ x }, { compress: true });
  // @ts-expect-error numbers are no tensors
  await encodeSafetensors({ x: 1 });
  // @ts-expect-error misspelt
  decodeSafetensors(bytes, { devices: "cpu" });
  // @ts-expect-error misspelt
  await encodeNpy(x, { int32: true });
  // @ts-expect-error misspelt
  await encodeNpz({ x }, { level: 9 });
  // @ts-expect-error text is no file
  decodeNpy("x.npy");
}
