/** @file Functions of `nn.functional` against PyTorch's: values, tape names, gradients, second derivatives, errors. */
import { describe, expect, test, vi } from "vitest";
import { autograd, manualSeed, type Tensor } from "../../../src/entry/index.ts";
import * as F from "../../../src/nn/functional/index.ts";
import { leafOf, outputsOf, resolve, upstream, walk } from "../../golden/calls.ts";
import { type FunctionalCase, functionalCases } from "../../golden/functional.ts";
import { expectClose, expectTensor } from "../close.ts";

type AnyFunction = (...args: readonly unknown[]) => Tensor | readonly Tensor[];

function call({ op, args, options, inputs, seed }: FunctionalCase, leaves: readonly Tensor[]): Tensor[] {
  if (seed !== undefined) manualSeed(seed);
  const tensors = leaves.map((leaf, i) => walk(leaf, inputs[i]?.via));
  const given = args.map((a) => resolve(a, tensors));
  const named = Object.entries(options ?? {}).map(([name, value]) => [name, resolve(value, tensors)] as const);
  if (named.length > 0) given.push(Object.fromEntries(named));
  const found = (F as unknown as Record<string, AnyFunction>)[op];
  if (found === undefined) throw new Error(`nn.functional has no ${op}`);
  return outputsOf(found(...given));
}

const titled = (cases: readonly FunctionalCase[]): (readonly [string, FunctionalCase])[] =>
  cases.map((c, i) => {
    const shapes = c.inputs.map(({ shape, dtype }) => `${dtype} [${shape}]`).join(", ");
    return [`${i} ${c.op}: ${shapes}; ${JSON.stringify(c.args)} ${JSON.stringify(c.options ?? {})}`, c];
  });

vi.spyOn(console, "warn").mockImplementation(() => {});

describe("values and gradients", () => {
  test.each(titled(functionalCases.filter((c) => c.error === undefined)))("%s", (_, golden) => {
    const leaves = golden.inputs.map(leafOf);
    const outputs = call(golden, leaves);
    for (const [i, want] of (golden.outputs ?? []).entries()) {
      const got = outputs[i] as Tensor;
      expectTensor(got, want);
      expect(got.gradFn?.name ?? null).toBe(want.gradFn);
    }
    for (const [k, out] of outputs.entries())
      if (out.requiresGrad) out.backward(upstream(out, k), { retainGraph: true });
    for (const [i, want] of (golden.grads ?? []).entries()) {
      const grad = (leaves[i] as Tensor).grad;
      if (want === null) expect(grad).toBeNull();
      else expectClose(grad as Tensor, want);
    }
  });
});

describe("first and second derivatives against differences", () => {
  test.each(titled(functionalCases.filter((c) => c.check)))("%s", (_, golden) => {
    const wide = golden.inputs.map((input) =>
      input.dtype === "float32" ? { ...input, dtype: "float64" as const } : input,
    );
    const leaves = wide.map(leafOf);
    const run = (...inputs: Tensor[]) => call(golden, inputs);
    expect(autograd.gradcheck(run, leaves)).toBe(true);
    expect(autograd.gradgradcheck(run, leaves)).toBe(true);
  });
});

describe("refuses what PyTorch refuses", () => {
  /** Where PyTorch speaks of its own kernels and types. */
  const OWN_WORDS: readonly (readonly [RegExp, string])[] = [
    [/not implemented for 'Long'/, "expected a floating dtype, but got int32. Convert with .float()."],
    [/\| bicubic \| trilinear/, "can only be set with the interpolating modes: linear | bilinear"],
  ];

  test.each(titled(functionalCases.filter((c) => c.error !== undefined)))("%s", (_, golden) => {
    const error = golden.error as string;
    const words = OWN_WORDS.find(([pattern]) => pattern.test(error))?.[1] ?? error;
    expect(() => call(golden, golden.inputs.map(leafOf))).toThrow(words);
    expect(() => call(golden, golden.inputs.map(leafOf))).toThrow(/^\[\w+\] /);
  });
});
