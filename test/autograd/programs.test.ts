/** @file Random programs of views, in-place changes and arithmetic: gradients, tape nodes and errors as in PyTorch. */
import { describe, expect, test } from "vitest";
import { autograd, type Tensor } from "../../src/entry/index.ts";
import { decode, type Encoded } from "../golden/calls.ts";
import { type Program, readPrograms, runSteps, weightedSum } from "../golden/programs.ts";

const programs = readPrograms(process.env.TAPEGRAD_PROGRAMS);

function expectNumbers(actual: Tensor | null, expected: readonly Encoded[] | null): void {
  if (actual === null || expected === null) {
    // PyTorch tells "no gradient" from a zero one in cases where we do not.
    for (const value of actual?.detach().dataSync() ?? expected ?? []) expect(value).toBeCloseTo(0);
    return;
  }
  const data = actual.detach().dataSync();
  expect(data.length).toBe(expected.length);
  for (const [i, value] of data.entries()) {
    const want = decode(expected[i] as Encoded);
    if (!(Math.abs(value - want) <= 1e-9 * (1 + Math.abs(want)))) expect(Array.from(data)).toEqual(expected);
  }
}

function differentiate(program: Program, tensors: readonly Tensor[], leaves: readonly Tensor[]): void {
  const { roots = [], retained = [], first = [] } = program;
  const kept = retained.map((i) => tensors[i] as Tensor);
  for (const t of kept) t.retainGrad();
  const total = roots.map((i, k) => weightedSum(tensors[i] as Tensor, k)).reduce((a, b) => a.add(b));
  if (program.second !== true) {
    total.backward();
  } else {
    const wanted = [...leaves.filter((t) => t.requiresGrad), ...kept];
    const grads = autograd.grad(total, wanted, { createGraph: true, allowUnused: true });
    for (const [i, g] of grads.entries()) expectNumbers(g, first[i] ?? null);
    if (program.grads === undefined && program.fails === undefined) return;
    const squares = grads.filter((g) => g !== null).map((g) => g.mul(g).sum());
    squares.reduce((a, b) => a.add(b)).backward();
  }
  const { grads = [], retainedGrads = [] } = program;
  for (const [i, g] of grads.entries()) expectNumbers((leaves[i] as Tensor).grad, g);
  for (const [i, g] of retainedGrads.entries()) expectNumbers((kept[i] as Tensor).grad, g);
}

function check(program: Program): void {
  if (program.roots === undefined) {
    expect(() => runSteps(program)).toThrow(program.fails);
    return;
  }
  const { leaves, tensors } = runSteps(program);
  for (const [i, [sum, node]] of (program.tensors ?? []).entries()) {
    const t = tensors[i] as Tensor;
    expect(weightedSum(t.detach(), 0).itemSync()).toBeCloseTo(sum, 9);
    expect([i, t.gradFn?.name ?? t.requiresGrad]).toEqual([i, node]);
  }
  if (program.fails === undefined) differentiate(program, tensors, leaves);
  else expect(() => differentiate(program, tensors, leaves)).toThrow(program.fails);
}

describe("programs", () => {
  test.each(programs.map((program, i) => [i, program] as const))("%i", (_, program) => check(program));
});
