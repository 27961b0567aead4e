/** @file Every operation against PyTorch: results, dtypes, views, tape nodes, gradients, printed forms. */
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/entry/index.ts";
import { decode, elements, isFunction, leafOf, makeCall, outputsOf, upstream, walk } from "../golden/calls.ts";
import { expectClose } from "../golden/close.ts";
import { type OpCase, opsGolden } from "../golden/ops.ts";

/** Functions that take their arguments in another order than the method. */
const OTHER_ORDER = new Set(["polygamma", "where"]);

function title({ inputs, args, options }: OpCase): string {
  const list = inputs.map((i) => `${i.dtype}[${i.shape}]${i.via === undefined ? "" : ` ${JSON.stringify(i.via)}`}`);
  return `${list.join(" ")} ${JSON.stringify(args)}${options === undefined ? "" : JSON.stringify(options)}`;
}

function check(spec: OpCase, asFunction?: boolean): void {
  const leaves = spec.inputs.map(leafOf);
  const inputs = leaves.map((leaf, i) => walk(leaf, spec.inputs[i]?.via));
  const result = makeCall(spec, inputs, asFunction);
  if (spec.outputs === undefined) {
    expect(result).toBe(spec.result);
    return;
  }
  const outputs = outputsOf(result);
  expect(outputs).toHaveLength(spec.outputs.length);
  for (const [k, want] of spec.outputs.entries()) {
    const out = outputs[k] as Tensor;
    expect(out.shape).toEqual(want.shape);
    expect(out.dtype).toBe(want.dtype);
    expectClose(out, elements(want.dtype, want.values));
    if (want.gradFn !== "any") expect(out.gradFn?.name).toBe(want.gradFn);
    expect(out.requiresGrad).toBe(
      want.gradFn !== undefined ||
        (inputs.includes(out) && out.isLeaf && leaves.includes(out) && spec.inputs[0]?.grad === true),
    );
    if (want.view !== undefined) {
      expect(out.storage).toBe(inputs[0]?.storage);
      expect([strides(out), out.offset]).toEqual([strides({ shape: want.shape, strides: want.view[0] }), want.view[1]]);
    }
  }
  if (spec.text !== undefined) expect(String(outputs[0])).toBe(spec.text);
  if (spec.grads === undefined) return;
  for (const [k, out] of outputs.entries()) {
    if (out.requiresGrad) out.backward(upstream(out, k), { retainGraph: true });
  }
  // An in-place operation computes in the dtype of what it writes to; PyTorch computes in the wider one.
  const writesFloat32 = spec.op.endsWith("_") && inputs[0]?.dtype === "float32";
  for (const [i, want] of spec.grads.entries()) {
    const { grad, dtype, shape } = leaves[i] as Tensor;
    if (grad === null) {
      expect(want).toBeNull();
    } else {
      expect(grad.shape).toEqual(shape);
      // PyTorch tells "no gradient" from a zero one in cases where we do not.
      const values = want ?? new Array<number>(grad.numel()).fill(0);
      expectClose(grad, elements(dtype, values), 4, writesFloat32 ? "float32" : dtype);
    }
  }
}

/** Strides of dimensions of size 1 mean nothing. */
function strides({ shape, strides }: Pick<Tensor, "shape" | "strides">): (number | null)[] {
  return strides.map((s, d) => (shape[d] === 1 ? null : s));
}

const byOp = new Map<string, OpCase[]>();
for (const spec of opsGolden.cases) byOp.set(spec.op, [...(byOp.get(spec.op) ?? []), spec]);

describe.each([...byOp.keys()])("%s", (op) => {
  for (const [i, spec] of (byOp.get(op) ?? []).entries()) {
    test(`${i}: ${title(spec)}`, () => {
      check(spec);
      if (spec.function !== true && isFunction(op) && !OTHER_ORDER.has(op)) check(spec, true);
    });
  }
});

test("numbers are decoded", () =>
  expect(["nan", "inf", "-inf"].map((v) => decode(v as "nan"))).toEqual([NaN, 1 / 0, -1 / 0]));
