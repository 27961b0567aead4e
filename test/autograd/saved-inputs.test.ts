/** @file Gradients read only what their node saved, whichever inputs need a gradient. */
import { describe, expect, test } from "vitest";
import type { NDArray } from "../../kernels/backend.ts";
import { apply } from "../../src/autograd/apply.ts";
import { defineOp } from "../../src/autograd/op.ts";
import { autograd, nn, ones, type Tensor, Tensor as TensorClass, tensor } from "../../src/entry/index.ts";
import { type InputSpec, leafOf, makeCall, outputsOf, resolve, upstream, walk } from "../golden/calls.ts";
import { type FunctionalCase, functionalCases } from "../golden/functional.ts";
import { type OpCase, opsGolden } from "../golden/ops.ts";

const { grad } = autograd;

/** Derivatives up to the third of a call for one leaf, from upstream gradients that need or do not need one. */
function derive(inputs: readonly InputSpec[], call: (leaves: Tensor[]) => unknown): void {
  for (const [i, input] of inputs.entries()) {
    if (input.grad !== true) continue;
    for (const upstreamNeeds of [false, true]) {
      const leaves = inputs.map((spec, j) => leafOf({ ...spec, grad: i === j }));
      const outputs = outputsOf(call(leaves)).filter((out) => out instanceof TensorClass && out.requiresGrad);
      if (outputs.length === 0) continue;
      const given = outputs.map((out, k) => upstream(out, k).requiresGrad_(upstreamNeeds));
      let roots: readonly Tensor[] = outputs;
      let gradOutputs: readonly Tensor[] | undefined = given;
      for (let order = 0; order < 3 && roots.length > 0; order++) {
        const targets = [leaves[i] as Tensor, ...(upstreamNeeds ? given : [])];
        const grads = grad(roots, targets, {
          ...(gradOutputs && { gradOutputs }),
          createGraph: true,
          allowUnused: true,
        });
        roots = grads.flatMap((g) => (g?.requiresGrad === true ? [g.sum()] : []));
        gradOutputs = undefined;
      }
    }
  }
}

const title = ({ op, inputs }: { op: string; inputs: readonly InputSpec[] }, i: number): string =>
  `${i} ${op} ${inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`).join(" ")}`;

describe("no gradient of the goldens reads what was not saved", () => {
  const cases = opsGolden.cases.filter(({ outputs, op }) => outputs !== undefined && !op.endsWith("_"));
  test.each(cases.map((spec, i): [string, OpCase] => [title(spec, i), spec]))("%s", (_, spec) => {
    derive(spec.inputs, (leaves) =>
      makeCall(
        spec,
        leaves.map((leaf, i) => walk(leaf, spec.inputs[i]?.via)),
      ),
    );
  });

  const functions = functionalCases.filter(({ outputs }) => outputs !== undefined);
  test.each(functions.map((spec, i): [string, FunctionalCase] => [title(spec, i), spec]))("%s", (_, spec) => {
    derive(spec.inputs, (leaves) => {
      const given = leaves.map((leaf, i) => walk(leaf, spec.inputs[i]?.via));
      const options = Object.entries(spec.options ?? {}).map(([name, arg]) => [name, resolve(arg, given)]);
      const args = spec.args.map((arg) => resolve(arg, given));
      const f = nn.functional[spec.op as keyof typeof nn.functional] as (...all: unknown[]) => unknown;
      return f(...args, ...(options.length > 0 ? [Object.fromEntries(options)] : []));
    });
  });
});

describe("max pooling", () => {
  const image = (): Tensor => tensor([[[[1, 5, 2, 0], [3, 4, 8, 7], [0, 1, 2, 3], [9, 6, 5, 4]]]]); // biome-ignore format: a picture

  test("the gradient of its gradient for the images is zero, and asking for it is no error", () => {
    const x = image().requiresGrad_();
    const [g] = grad(nn.functional.maxPool2d(x, 2).mul(2).sum(), x, { createGraph: true });
    expect(g?.requiresGrad).toBe(true);
    const [second] = grad((g as Tensor).sum(), x);
    expect([...(second as Tensor).dataSync()]).toEqual(new Array<number>(16).fill(0));
  });
});

describe("an operation whose saved list lacks what its gradient reads", () => {
  const double = (reads: "input" | "output") =>
    defineOp<[NDArray]>({
      name: "double",
      gradName: "DoubleBackward0",
      forward: (k, [x]) => k.map("add", [x, x], x.shape),
      backward: (g, ctx) => [g.mul(reads === "input" ? ctx.input(0) : ctx.output())],
    });

  test.each([
    ["input", "[double] its gradient reads input 0, which its `saved` does not list"],
    ["output", "[double] its gradient reads the output, which its `saved` does not list"],
  ] as const)("says so: %s", (reads, message) => {
    const x = ones(2).requiresGrad_();
    expect(() => apply(double(reads), [x], null).sum().backward()).toThrow(message);
  });
});
