/**
 * @file vmap of every operation of the sample table against the operation sample by sample: results, gradients from
 * outside, gradients inside, and backward passes for a batch of gradients.
 */
import { beforeAll, describe, expect, test, vi } from "vitest";
import * as tapegrad from "../../src/entry/index.ts";
import { func, GraphError, type Tensor } from "../../src/entry/index.ts";
import type { ops } from "../../src/tensor/ops/index.ts";
import type { Sample, SampleInput } from "../tensor/samples/build.ts";
import { leafFor } from "../tensor/samples/layouts.ts";
import { samples } from "../tensor/samples.ts";

const BATCH = 3;

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

/** Sample `b` of an input: its elements turned by b places. */
function turned(input: SampleInput, b: number): Tensor {
  const { values } = input;
  const list = values.map((_, i) => values[(i + b) % values.length] as number);
  return leafFor({ ...input, values: list }, { dtype: "float64", grad: false });
}

interface Case {
  readonly fn: (...inputs: Tensor[]) => Tensor[];
  /** For each input, its samples. */
  readonly batches: readonly (readonly Tensor[])[];
  readonly inDims: readonly (0 | null)[];
  /** Positions of the inputs with gradients. */
  readonly learned: readonly number[];
}

/** All inputs batched, and each of them alone. */
function casesOf(sample: Sample): Case[] {
  const count = sample.inputs.length;
  const fn = (...inputs: Tensor[]): Tensor[] => {
    const out = sample.call(...inputs);
    return (Array.isArray(out) ? out : [out]) as Tensor[];
  };
  const choices: (0 | null)[][] = [new Array<0>(count).fill(0)];
  for (let i = 0; count > 1 && i < count; i++) choices.push(sample.inputs.map((_, j) => (j === i ? 0 : null)));
  return choices.map((inDims) => ({
    fn,
    inDims,
    batches: sample.inputs.map((input, i) =>
      Array.from({ length: BATCH }, (_, b) => turned(input, inDims[i] === null ? 0 : b)),
    ),
    learned: sample.inputs.flatMap((input, i) => (input.dtype === undefined && input.grad !== false ? [i] : [])),
  }));
}

const argumentsOf = ({ batches, inDims }: Case): Tensor[] =>
  batches.map((list, i) => (inDims[i] === null ? (list[0] as Tensor) : tapegrad.stack([...list])));

const sampleOf = ({ batches }: Case, b: number): Tensor[] => batches.map((list) => list[b] as Tensor);

function weightsOf(like: Tensor, k: number): Tensor {
  const data = Float64Array.from({ length: like.numel() }, (_, i) => (((i * 7 + k * 3) % 11) - 4) / 4);
  return tapegrad.tensor(data, { dtype: "float64" }).reshape(like.shape);
}

function expectAlike(actual: Tensor, expected: Tensor): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.dtype).toBe(expected.dtype);
  const [a, b] = [actual.detach().dataSync(), expected.detach().dataSync()];
  const scale = Math.max(1, ...b.filter(Number.isFinite).map(Math.abs));
  for (let i = 0; i < b.length; i++) {
    const [got, want] = [a[i] as number, b[i] as number];
    if (Object.is(got, want) || Math.abs(got - want) <= 1e-10 * scale) continue;
    expect.fail(`element ${i} of ${b.length}: got ${got}, sample by sample it is ${want}`);
  }
}

/** The samples of the outputs times the weights of one, so that the sum of all has the gradients of each. */
function weighted(
  mapped: (...inputs: Tensor[]) => Tensor[],
  fn: (...inputs: Tensor[]) => Tensor[],
  first: readonly Tensor[],
): (...inputs: Tensor[]) => Tensor[] {
  const weights = fn(...first)
    .filter((out) => out.isFloatingPoint())
    .map((out, k) => weightsOf(out, k));
  return (...inputs) =>
    mapped(...inputs)
      .filter((out) => out.isFloatingPoint())
      .map((out, k) => out.mul(weights[k] as Tensor).sum());
}

/** Gradients of weighted outputs for the learned inputs, which may be mapped. */
function gradients({ fn, learned }: Case, inputs: readonly Tensor[], weigh = weightsOf): Tensor[] {
  const chosen = learned.map((i) => inputs[i] as Tensor);
  const [outputs, vjpFn] = func.vjp(
    (...leaves: Tensor[]) => {
      const call = [...inputs];
      for (const [j, i] of learned.entries()) call[i] = leaves[j] as Tensor;
      return fn(...call).filter((out) => out.isFloatingPoint());
    },
    ...chosen,
  );
  const grads: unknown = vjpFn(outputs.map((out, k) => weigh(out, k)));
  return (Array.isArray(grads) ? grads : [grads]) as Tensor[];
}

/** What vmap refuses, as PyTorch does: a mask's number of elements, and in-place results that one sample has no room for. */
function isRefused(error: unknown, { inDims }: Case): boolean {
  if (!(error instanceof GraphError)) return false;
  return (
    /\[nonzero\] vmap/.test(error.message) || (inDims[0] === null && /vmap: inplace arithmetic/.test(error.message))
  );
}

/** The outputs of a function mapped over a case; null if that is refused. */
function mapped(one: Case): Tensor[] | null {
  try {
    return func.vmap(one.fn, [...one.inDims])(...argumentsOf(one));
  } catch (error) {
    if (isRefused(error, one)) return null;
    throw error;
  }
}

function expectStacked(actual: Tensor, parts: readonly (Tensor | undefined)[]): void {
  expectAlike(actual, tapegrad.stack(parts as Tensor[]));
}

const BATCHES = Array.from({ length: BATCH }, (_, b) => b);

function checkCase(one: Case): void {
  const single = BATCHES.map((b) => one.fn(...sampleOf(one, b)));
  const whole = mapped(one);
  if (whole === null) return;
  for (const [k, out] of whole.entries())
    expectStacked(
      out,
      single.map((outputs) => outputs[k]),
    );
  if (one.learned.length === 0 || !single[0]?.some((out) => out.isFloatingPoint())) return;
  const args = argumentsOf(one);
  const expected = BATCHES.map((b) => gradients(one, sampleOf(one, b)));
  // Gradients inside: those of each sample, also for the inputs that the samples share.
  const inside = func.vmap((...inputs: Tensor[]) => gradients(one, inputs), [...one.inDims])(...args);
  for (const [j, g] of inside.entries())
    expectStacked(
      g,
      expected.map((grads) => grads[j]),
    );
  // From outside: those of shared inputs are sums.
  const sum = weighted(func.vmap(one.fn, [...one.inDims]), one.fn, sampleOf(one, 0));
  const outside = gradients({ ...one, fn: sum }, args, (out) => out.newOnes([]));
  for (const [j, i] of one.learned.entries()) {
    const each = tapegrad.stack(expected.map((grads) => grads[j] as Tensor));
    expectAlike(outside[j] as Tensor, one.inDims[i] === null ? each.sum(0) : each);
  }
}

/** A batch of batches, and a backward pass for a batch of gradients. */
function checkNested(one: Case): void {
  if (mapped(one) === null) return;
  const args = argumentsOf(one);
  const twice = args.map((arg) => tapegrad.stack([arg, arg.flip([0])]));
  const nested = func.vmap(func.vmap(one.fn))(...twice);
  const single = BATCHES.map((b) => one.fn(...sampleOf(one, b)));
  for (const [k, out] of nested.entries()) {
    const parts = single.map((outputs) => outputs[k] as Tensor);
    expectStacked(out.select(0, 0), parts);
    expectStacked(out.select(0, 1), parts.toReversed());
  }
  const first = sampleOf(one, 0);
  const floats = (...inputs: Tensor[]): Tensor[] => one.fn(...inputs).filter((out) => out.isFloatingPoint());
  if (one.learned.length === 0 || floats(...first).length === 0) return;
  const chosen = one.learned.map((i) => first[i] as Tensor);
  const [outputs, vjpFn] = func.vjp(
    (...leaves: Tensor[]) => {
      const call = [...first];
      for (const [j, i] of one.learned.entries()) call[i] = leaves[j] as Tensor;
      return floats(...call);
    },
    ...chosen,
  );
  const asList = (grads: unknown): Tensor[] => (Array.isArray(grads) ? grads : [grads]) as Tensor[];
  const cotangents = BATCHES.map((b) => outputs.map((out, k) => weightsOf(out, k + b)));
  const batch = outputs.map((_, k) => tapegrad.stack(cotangents.map((list) => list[k] as Tensor)));
  const together = func.vmap((...list: Tensor[]) => asList(vjpFn(list)))(...batch);
  const alone = cotangents.map((list) => asList(vjpFn(list)));
  for (const [j, g] of together.entries())
    expectStacked(
      g,
      alone.map((grads) => grads[j]),
    );
}

const table = Object.entries(samples) as [keyof typeof ops, readonly Sample[]][];

describe.each(table)("%s", (_, list) => {
  const small = list.filter(({ large, inputs }) => large !== true && inputs.length > 0);
  test.each(small.map((sample, i) => [i, sample] as const))("sample %i", (_, sample) => {
    const [all, ...others] = casesOf(sample) as [Case, ...Case[]];
    checkCase(all);
    for (const one of others) checkCase(one);
    checkNested(all);
  });
});

test("what is refused is few", () => {
  const refused = table.flatMap(([name, list]) =>
    list
      .filter(({ large, inputs }) => large !== true && inputs.length > 0)
      .flatMap((sample) => {
        const [all] = casesOf(sample) as [Case];
        return mapped(all) === null ? [name] : [];
      }),
  );
  expect(new Set(refused)).toEqual(new Set(["nonzero", "index", "indexPut"]));
});
