/** @file Wrong calls: the kind of error, its operation's name, PyTorch's words, and nothing half-done. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { registerBackend } from "../../kernels/backend.ts";
import { ReferenceBackend } from "../../kernels/reference/backend.ts";
import * as tapegrad from "../../src/entry/index.ts";
import { DeviceError, ones, type Tensor, tensor, ValueError } from "../../src/entry/index.ts";
import { type CallSpec, leafOf, makeCall, walk } from "../golden/calls.ts";

interface ErrorCase extends CallSpec {
  readonly kind: "ShapeError" | "DTypeError" | "ValueError";
  /** First line of PyTorch's message; null where PyTorch does not mind. */
  readonly torch: string | null;
  /** Our words where they differ from PyTorch's. */
  readonly says?: string;
}

const golden = JSON.parse(readFileSync(new URL("../golden/data/errors.json", import.meta.url), "utf8")) as {
  cases: readonly ErrorCase[];
};

function caught(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  return null;
}

describe("PyTorch's errors", () => {
  const titled = golden.cases.map((c) => {
    const inputs = c.inputs.map((i) => `${i.dtype}[${i.shape}]`).join(" ");
    return [`${c.op} ${inputs} ${JSON.stringify(c.args)}`, c] as const;
  });
  test.each(titled)("%s", (_, spec) => {
    const inputs = spec.inputs.map((i) => walk(leafOf(i), i.via));
    const before = inputs.map((t) => [Array.from(t.dataSync()), t.storage.version]);
    const error = caught(() => makeCall(spec, inputs));
    expect(error).toBeInstanceOf(tapegrad[spec.kind]);
    const { message, name } = error as Error;
    expect(name).toBe(spec.kind);
    expect(message).toMatch(new RegExp(`^\\[${spec.op}\\] `));
    expect(message.toLowerCase()).toContain((spec.says ?? spec.torch ?? "").toLowerCase().replace(/\.$/, ""));
    expect(inputs.map((t) => [Array.from(t.dataSync()), t.storage.version])).toEqual(before);
  });
});

describe("values of the wrong type", () => {
  const x = ones(2);
  const wrong = (value: unknown) => value as Tensor;

  test.each([
    ["text", "1", 'but got "1".'],
    ["null", null, "but got null."],
    ["an array", [1, 2], "but got [1, 2]. Wrap data with tensor(…)."],
    ["a date", new Date(0), "but got a Date."],
    ["a typed array", new Float32Array(2), "but got a Float32Array. Wrap data with tensor(…)."],
  ])("%s in arithmetic", (_, value, words) => {
    for (const op of ["add", "sub", "mul", "div", "maximum", "eq", "pow", "remainder"] as const) {
      const error = caught(() => x[op](wrong(value)));
      expect(error).toBeInstanceOf(ValueError);
      const name = op === "pow" ? "exponent" : "other";
      expect((error as Error).message).toBe(`[${op}] argument "${name}" must be a Tensor or a number, ${words}`);
    }
    expect(() => x.add_(wrong(value))).toThrow(`[add_] argument "other" must be a Tensor or a number, ${words}`);
    expect(() => tapegrad.add(wrong(value), x)).toThrow(ValueError);
    expect(Array.from(x.dataSync())).toEqual([1, 1]);
  });

  test.each([undefined, {}])("%o for no operand", (value) => {
    expect(() => x.add(wrong(value))).toThrow(
      new ValueError(
        '[add] missing required argument "other", which must be a Tensor or a number. Usage: add(input, other, { alpha? })',
      ),
    );
  });

  test.each(["matmul", "mm", "bmm", "dot"] as const)("numbers in %s", (op) => {
    const name = op === "matmul" || op === "dot" ? "other" : "mat2";
    expect(() => x[op](wrong(3))).toThrow(
      new ValueError(`[${op}] argument "${name}" must be a Tensor, but got 3. Wrap data with tensor(…).`),
    );
  });

  test.each([
    [() => x.copy_(wrong([1, 2])), '[copy_] argument "src" must be a Tensor, but got [1, 2]'],
    [
      () => tapegrad.where(wrong([true, false]), x, x),
      '[where] argument "condition" must be a Tensor, but got [true, false]',
    ],
    [() => x.gather(0, wrong([0])), '[gather] argument "index" must be a Tensor, but got [0]'],
    [() => x.indexSelect(0, wrong([0])), '[indexSelect] argument "index" must be a Tensor, but got [0]'],
    [() => tapegrad.cat([x, wrong(1)]), '[cat] argument "tensors" must be a list of Tensors'],
    [
      () => tapegrad.cat(wrong(x) as unknown as Tensor[]),
      '[cat] argument "tensors" must be a list of Tensors, but got a Tensor',
    ],
    [() => x.at(1.5), "[at] index 1.5"],
    [() => x.at("0"), '[at] cannot read the index "0"'],
    [() => x.at(wrong([0, 1, 1, 1])), "[at] expected an integer, null, a slice"],
    [() => x.sum(0.5), "[sum] Dimension out of range"],
    [() => x.sum(Number.NaN), "[sum] Dimension out of range"],
    [
      () => x.sum("0" as unknown as number),
      '[sum] argument "dim" must be an integer or a list of integers, but got "0"',
    ],
    [() => x.view(1.5), "[view] invalid shape dimension 1.5"],
    [() => x.view(Number.NaN), "[view] invalid shape dimension NaN"],
    [() => x.norm(Number.NaN), '[norm] argument "p" must be a number or null, but got NaN'],
    [() => x.repeat(-1), "[repeat]"],
    [() => x.repeat(1.5), "[repeat]"],
    [() => x.topk(1.5), "[topk] selected index k out of range"],
    [() => x.unfold(0, 1.5, 1), "[unfold]"],
    [() => x.pad([0.5, 1]), "[pad]"],
    [() => x.roll(0.5), "[roll]"],
    [() => x.slice(0, 0.5), '[slice] argument "start" must be an integer, but got 0.5'],
    [() => x.split([1.5, 0.5]), "[split]"],
    [() => x.clamp(wrong("a") as unknown as number), "[clamp]"],
    [() => x.fill_(wrong("a") as unknown as number), "[fill_]"],
    [() => x.pad([1, 1], { mode: "mirror" as "constant" }), '[pad] argument "mode" must be'],
    [() => x.pad([1, 1], "reflect", 2), "doesn't take in value argument"],
    [() => x.uniform_(1, 0), "[uniform_]"],
    [() => x.normal_(0, -1), "[normal_]"],
    [() => x.uniform_(Number.NaN, 1), "[uniform_]"],
  ] as [() => unknown, string][])("%s", (call, words) => {
    expect(call).toThrow(tapegrad.TapegradError);
    expect(call).toThrow(words);
    expect(Array.from(x.dataSync())).toEqual([1, 1]);
  });
});

describe("devices", () => {
  registerBackend(new ReferenceBackend("gpu"));
  const here = ones(2);
  const there = tensor([1, 2], { device: "gpu" });

  test("operands on two devices", () => {
    const words = /Expected all tensors to be on the same device, but found at least two devices, \w+ and \w+!/;
    for (const call of [
      () => here.add(there),
      () => here.dot(there),
      () => here.where(there.gt(0), here),
      () => tapegrad.cat([here, there]),
      () => here.add_(there),
      () => here.copy_(there.view(1, 2).squeeze()),
    ]) {
      expect(call).toThrow(DeviceError);
      expect(call).toThrow(words);
    }
    expect(Array.from(here.dataSync())).toEqual([1, 1]);
  });

  test("results stay where the operands are", () => {
    for (const t of [there.add(1), there.sum(), there.softmax(0), there.at(0), there.gt(1), there.sort().indices]) {
      expect(t.device).toBe("gpu");
    }
  });
});
