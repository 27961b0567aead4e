/** @file Element-wise kernels in vectors: lengths and places that are no multiples of four, broadcasts, and fused ones. */
import { expect, test } from "vitest";
import { arange, compile, deviceInfo, type Tensor, tensor } from "../../src/entry/index.ts";
import { expectNear } from "./close.ts";
import { describeGpu } from "./device.ts";

/** Numbers of both signs that look random. */
function numbers(count: number): Tensor {
  return tensor(Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7) * 3));
}

type Function2 = (x: Tensor, y: Tensor) => Tensor;

/** Calls that are seen with the arguments on both devices. */
async function expectSame(f: Function2, x: Tensor, y: Tensor): Promise<void> {
  await expectNear(f(x.to("gpu"), y.to("gpu")), f(x, y).contiguous().dataSync());
}

/** As {@link expectSame} for a compiled function, in its first run, the run that is noted, and one from the tape. */
async function expectCompiledSame(f: (x: Tensor, y: Tensor) => Tensor[], x: Tensor, y: Tensor): Promise<void> {
  const run = compile(f);
  const [onX, onY] = [x.to("gpu"), y.to("gpu")];
  const expected = f(x, y);
  for (let turn = 0; turn < 3; turn++) {
    for (const [i, result] of run(onX, onY).entries()) {
      await expectNear(result, (expected[i] as Tensor).contiguous().dataSync());
    }
  }
}

describeGpu("element-wise operations on the GPU", () => {
  test.each([1, 2, 3, 4, 5, 7, 8, 9, 255, 256, 257, 511, 512, 513, 2051])("%i elements", async (n) => {
    const [x, y] = [numbers(n), numbers(n + 5).narrow(0, 5, n)];
    await expectSame((a, b) => a.add(b), x, y);
    await expectSame((a, b) => a.mul(b).tanh(), x, y);
    await expectSame((a, b) => a.abs().pow(b), x, y);
  });

  test.each([0, 1, 2, 3, 4, 8])("elements from place %i on", async (at) => {
    const x = numbers(700);
    await expectSame((a, b) => a.narrow(0, at, 601).sub(b.narrow(0, 4, 601)), x, x);
    await expectSame((a, b) => a.narrow(0, at, 600).sub(b.at(7)), x, x);
  });

  test.each([
    [
      [6, 8],
      [1, 8],
    ],
    [
      [6, 8],
      [6, 1],
    ],
    [
      [6, 7],
      [1, 7],
    ],
    [
      [6, 7],
      [6, 1],
    ],
    [
      [3, 1, 4, 1, 8],
      [1, 5, 1, 3, 8],
    ],
    [
      [3, 1, 4, 1, 5],
      [1, 5, 1, 3, 1],
    ],
  ])("shapes %j and %j", async (first, second) => {
    const of = (shape: readonly number[]) => numbers(shape.reduce((a, b) => a * b, 1)).reshape(shape);
    await expectSame((a, b) => a.mul(b), of(first), of(second));
    await expectSame((a, b) => a.gt(b).float(), of(first), of(second));
    await expectSame((a, b) => a.transpose(0, 1).add(b.transpose(0, 1)), of(first), of(second));
  });

  test("rows that begin at no multiple of four, backwards and with steps", async () => {
    const x = numbers(30 * 33).reshape([30, 33]);
    const f: Function2 = (a, b) =>
      a
        .narrow(1, 1, 32)
        .exp()
        .add(b.t().narrow(0, 0, 32).t());
    await expectSame(f, x, x);
    await expectSame((a, b) => a.at(":", "::2").add(b.at(":", "1::2").narrow(1, 0, 1)), x, x);
    await expectSame((a, b) => a.flip(1).mul(b), x, x);
  });

  test("what is no number, and infinity", async () => {
    const x = tensor([Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 3e38, 1e-40]);
    const all: Function2[] = [
      (a) => a.relu(),
      (a, b) => a.maximum(b.neg()),
      (a) => a.exp(),
      (a) => a.clamp(-1, 1),
      (a) => a.where(a.gt(0), -1),
      (a) => a.isnan().float(),
    ];
    for (const f of all) await expectSame(f, x, x);
  });

  test("more elements than an array can have", () => {
    const { maxElements = 0 } = deviceInfo().gpu?.limits ?? {};
    const side = Math.ceil(Math.sqrt(maxElements)) + 1;
    const x = numbers(side).to("gpu");
    const add = (a: Tensor, b: Tensor): Tensor => a.add(b).relu();
    const message = new RegExp(`add needs ${side * side} elements in one array, but this GPU has room for`);
    expect(() => add(x.reshape([side, 1]), x)).toThrow(message);
    expect(() => compile(add)(x.reshape([side, 1]), x)).toThrow(message);
  });

  test("integers and bytes", async () => {
    const x = arange(-40, 61, 1, { dtype: "int32" });
    await expectSame((a, b) => a.mul(b).add(3), x, x);
    await expectSame((a, b) => a.abs().to("uint8").add(b.abs().to("uint8").mul(5)), x, x);
    await expectSame((a, b) => a.bitwiseAnd(b.add(7)), x, x);
  });
});

describeGpu("fused kernels on the GPU", () => {
  test("a chain", async () => {
    const x = numbers(1003);
    await expectCompiledSame(
      (a, b) => {
        for (let i = 0; i < 5; i++) a = a.mul(b).add(0.5).relu().sub(b).mul(0.9);
        return [a];
      },
      x,
      numbers(1003),
    );
  });

  test("several results, of several dtypes, with broadcasts", async () => {
    const f = (a: Tensor, b: Tensor) => {
      const product = a.mul(b);
      const high = product.gt(0.1);
      return [product, high, product.tanh().add(high.float()), product.floor().to("int32"), high.logicalNot()];
    };
    for (const width of [8, 7]) {
      await expectCompiledSame(f, numbers(6 * width).reshape([6, width]), numbers(width));
    }
  });

  test("more arrays than a kernel can have", async () => {
    const x = numbers(16 * 40).reshape([16, 40]);
    await expectCompiledSame(
      (a, b) => {
        const rows = Array.from({ length: 16 }, (_, i) => a.at(i));
        const sum = rows.reduce((total, row) => total.add(row.mul(b)));
        return [sum, ...rows.slice(0, 2).map((row) => row.mul(b).add(sum))];
      },
      x,
      numbers(40),
    );
  });

  test("a tensor that changes in place", async () => {
    const [here, there] = [numbers(100), numbers(100).to("gpu")];
    const change = (x: Tensor): Tensor => {
      x.mul_(0.5).add_(1);
      return x.mul(2).sub(1);
    };
    const run = compile(change);
    for (let turn = 0; turn < 4; turn++) await expectNear(run(there), change(here).dataSync());
    await expectNear(there, here.dataSync());
  });
});

describeGpu("deviceInfo", () => {
  test("shows limits and memory of the GPU", () => {
    const { gpu } = deviceInfo();
    expect(gpu?.limits.maxElements).toBeGreaterThanOrEqual(2 ** 22);
    expect(gpu?.memory.liveBytes).toBeGreaterThanOrEqual(0);
  });
});
