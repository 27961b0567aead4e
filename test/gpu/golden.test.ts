/** @file Every operation on the GPU against PyTorch: results, dtypes and gradients of the cases that need no doubles. */
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/entry/index.ts";
import { elements, leafOf, makeCall, outputsOf, upstream, walk } from "../golden/calls.ts";
import { type OpCase, opsGolden } from "../golden/ops.ts";
import { expectNear } from "./close.ts";
import { describeGpu } from "./device.ts";

/** Why a case is for the CPU alone, or null. */
function reasonToSkip(spec: OpCase): string | null {
  const dtypes = [...spec.inputs.map((i) => i.dtype), ...(spec.outputs ?? []).map((o) => o.dtype)];
  if (dtypes.includes("float64") || JSON.stringify(spec).includes('"float64"')) return "there are no doubles";
  if (spec.outputs === undefined) return "its result is no tensor, so it has to read elements at once";
  const isIndexed = ["at", "setAt", "indexPut", "indexPut_"].includes(spec.op);
  const isMasked = isIndexed && spec.inputs.slice(1).some((i) => i.dtype === "bool" || i.dtype === "uint8");
  const countsClasses = spec.op === "oneHot" && spec.args.length === 0;
  const readsArgument = ["quantile", "repeatInterleave", "tensorSplit"].includes(spec.op) && spec.inputs.length > 1;
  if (spec.op === "isclose" && spec.inputs[0]?.dtype === "int32") return "whole numbers are compared as doubles";
  if (ON_HOST.has(spec.op.replace(/_$/, ""))) return "it is computed on the host";
  if (readsArgument) return "it reads an argument at once";
  if (isMasked || countsClasses || READS_ELEMENTS.has(spec.op)) return "its shape depends on elements";
  if (spec.inputs.some((i) => i.dtype === "int32" && i.values.some((v) => Math.abs(Number(v)) > 2 ** 24))) {
    return "whole numbers end at 2²⁴";
  }
  return null;
}

/** Operations of which each step waits for the one before: those of a GPU's tensors ask to move them first. */
const ON_HOST: ReadonlySet<string> = new Set([
  ...["bucketize", "cummax", "cummin", "gcd", "histogram", "i0", "lcm", "logcumsumexp", "mode", "nanmedian"],
  ...["nanquantile", "searchsorted"],
]);

/** Operations whose shape, or whose errors, depend on elements. */
const READS_ELEMENTS: ReadonlySet<string> = new Set([
  ...["argwhere", "maskedScatter", "maskedScatter_", "uniqueConsecutive"],
  "allclose",
  "bincount",
  "equal",
  "histc",
  "maskedSelect",
  "nonzero",
  "unique",
]);

async function check(spec: OpCase): Promise<void> {
  const leaves = spec.inputs.map((input) => {
    const leaf = leafOf(input).detach().to("gpu");
    return input.grad === true ? leaf.requiresGrad_() : leaf;
  });
  const inputs = leaves.map((leaf, i) => walk(leaf, spec.inputs[i]?.via));
  const outputs = outputsOf(makeCall(spec, inputs));
  for (const [k, want] of (spec.outputs ?? []).entries()) {
    const out = outputs[k] as Tensor;
    expect(out.shape).toEqual(want.shape);
    expect(out.dtype).toBe(want.dtype);
    await expectNear(out, elements(want.dtype, want.values));
  }
  if (spec.grads === undefined) return;
  for (const [k, out] of outputs.entries()) {
    if (out.requiresGrad) out.backward(upstream(out, k).to("gpu"), { retainGraph: true });
  }
  for (const [i, want] of spec.grads.entries()) {
    const { grad } = leaves[i] as Tensor;
    if (grad !== null && want !== null) await expectNear(grad, elements("float32", want), 4);
  }
}

const byOp = new Map<string, OpCase[]>();
for (const spec of opsGolden.cases) {
  if (reasonToSkip(spec) === null) byOp.set(spec.op, [...(byOp.get(spec.op) ?? []), spec]);
}

describeGpu("PyTorch's numbers on the GPU", () => {
  describe.each([...byOp])("%s", (_, cases) => {
    test.each(cases.map((spec, i) => [i, spec] as const))("case %i", { timeout: 60_000 }, (_, spec) => check(spec));
  });
});
