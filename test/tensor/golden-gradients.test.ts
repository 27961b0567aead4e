/** @file First and second derivatives of every golden call that differences can tell, in float64. */
import { describe, expect, test } from "vitest";
import { autograd, type Tensor } from "../../src/entry/index.ts";
import { leafOf, makeCall, outputsOf, walk } from "../golden/calls.ts";
import { type OpCase, opsGolden } from "../golden/ops.ts";

const checked = opsGolden.cases.filter((spec) => spec.check === true);

describe.each([...new Set(checked.map(({ op }) => op))])("%s", (op) => {
  const titled = checked
    .filter((spec) => spec.op === op)
    .map((spec, i): [string, OpCase] => [
      `${i}: ${spec.inputs.map(({ shape }) => `[${shape}]`).join(" ")} ${JSON.stringify(spec.args)}`,
      spec,
    ]);
  test.each(titled)("%s", (_, spec) => {
    const wide = spec.inputs.map((i) => (i.dtype === "float32" ? { ...i, dtype: "float64" as const } : i));
    const call = (...leaves: Tensor[]) =>
      outputsOf(
        makeCall(
          spec,
          leaves.map((leaf, i) => walk(leaf, spec.inputs[i]?.via)),
        ),
      );
    expect(autograd.gradcheck(call, wide.map(leafOf))).toBe(true);
    expect(autograd.gradgradcheck(call, wide.map(leafOf))).toBe(true);
  });
});
