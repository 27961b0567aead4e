/** @file Exports of odd modules, and the errors of those that no file can hold. */
import {
  arange,
  autograd,
  cdist,
  compile,
  DataError,
  GraphError,
  manualSeed,
  nn,
  noGrad,
  ones,
  rand,
  randn,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from "tapegrad";
import { vmap } from "tapegrad/func";
import * as onnx from "tapegrad/onnx";
import { describe, expect, test } from "vitest";
import { expectClose } from "./close.ts";
import { Fn, tensorsIn } from "./models.ts";
import { RuntimeModel } from "./runtime.ts";

const F = nn.functional;

/** What ONNX Runtime computes with a module. */
async function run(
  module: nn.Module<unknown>,
  inputs: readonly Tensor[],
  options?: onnx.ExportOptions,
): Promise<Tensor[]> {
  const runtime = await RuntimeModel.from(await onnx.toBytes(module, [...inputs], options));
  const results = await runtime.run(inputs);
  await runtime.close();
  return results;
}

async function expectSame(module: nn.Module<unknown>, inputs: readonly Tensor[]): Promise<void> {
  const wanted = noGrad(() => tensorsIn(module.forward(...inputs.map((t) => t.clone()))));
  const got = await run(module, inputs);
  expect(got.map(String)).toEqual(wanted.map((t) => String(t.detach())));
}

describe("odd modules", () => {
  test("an input, a parameter and a constant are outputs, also twice", async () => {
    class Odd extends nn.Module<Tensor[]> {
      weight = new nn.Parameter(tensor([3, 4]));
      forward(x: Tensor): Tensor[] {
        const y = x.add(1);
        return [x, this.weight, tensor([1, 2]), y, y, x];
      }
    }
    await expectSame(new Odd(), [tensor([1, 2])]);
  });

  test("a module without operations, and inputs that nobody uses", async () => {
    await expectSame(new nn.Identity(), [ones(2)]);
    await expectSame(new Fn((x) => x.mul(2)), [ones(2), zeros(3)]);
    await expectSame(new Fn(() => ones(2)), [zeros(1)]);
  });

  test("0-d, empty, bool and uint8 tensors, and views with strides", async () => {
    await expectSame(new Fn((x) => x.mul(2)), [tensor(3)]);
    await expectSame(new Fn((x) => [x.add(1), x.sum()]), [zeros(0, 3)]);
    await expectSame(new Fn((x) => [x.logicalNot(), x.float()]), [tensor([true, false])]);
    await expectSame(new Fn((x) => x.float().div(255)), [tensor([0, 255], { dtype: "uint8" })]);
    await expectSame(new Fn((x) => x.add(x.t())), [arange(9).float().view(3, 3).t()]);
  });

  test("bags of embeddings, of any number and length", async () => {
    const ints = (...list: number[]) => tensor(list, { dtype: "int32" });
    const rows = [ints(2, 0, 3, 1, 1, 3).view(2, 3), ints(1, 2, 0, 3).view(4, 1)].map((indices) => [indices]);
    const starts = [
      [ints(2, 0, 3, 1, 1), ints(0, 2, 2)],
      [ints(3, 1), ints(0)],
      [ints(1, 2, 0), ints(0, 0, 1, 3, 3)],
    ];
    const kinds = [
      { mode: "sum" },
      { mode: "mean", paddingIdx: 1 },
      { mode: "mean", maxNorm: 3, includeLastOffset: true },
      { mode: "max", paddingIdx: 1 },
    ] as const;
    for (const options of kinds) {
      const bags = new nn.EmbeddingBag(4, 2, options);
      noGrad(() => bags.weight.copy_(arange(8).float().view(4, 2).add(1)));
      for (const examples of [rows, starts]) {
        const isRows = examples === rows;
        const inputNames = isRows ? ["indices"] : ["indices", "offsets"];
        const dynamicAxes = { indices: isRows ? [0, 1] : [0], ...(!isRows && { offsets: [0] }) };
        const bytes = await onnx.toBytes(bags, examples[0] as Tensor[], { inputNames, dynamicAxes });
        const runtime = await RuntimeModel.from(bytes);
        for (const [input, offsets] of examples as [Tensor, Tensor?][]) {
          const wanted = noGrad(() => bags.forward(input, offsets ?? null));
          const [got] = await runtime.run(offsets === undefined ? [input] : [input, offsets]);
          expect(String(got)).toBe(String(wanted));
        }
        await runtime.close();
      }
    }
    const weighted = new Fn((indices, offsets, perSampleWeights) =>
      F.embeddingBag(indices as Tensor, arange(8).float().view(4, 2), offsets as Tensor, {
        mode: "sum",
        perSampleWeights: perSampleWeights as Tensor,
      }),
    );
    await expectSame(weighted, [ints(2, 0, 3), ints(0, 1), tensor([1, 2, 3])]);
  });

  test("distances and losses", async () => {
    const [a, b] = [
      tensor([
        [0, 0],
        [3, 4],
      ]),
      tensor([
        [0, 1],
        [3, 0],
        [6, 8],
      ]),
    ];
    for (const p of [1, 2]) await expectSame(new Fn((x, y) => cdist(x as Tensor, y as Tensor, p)), [a, b]);
    const target = tensor([1, 2], { dtype: "int32" });
    const logits = tensor([
      [1, 2, 3],
      [3, 1, 0],
    ]);
    const weight = tensor([1, 2, 3]);
    for (const reduction of ["mean", "sum", "none"] as const) {
      for (const options of [{ reduction }, { reduction, weight, ignoreIndex: 2 }]) {
        // A class that is ignored is −0 there, and 0 here.
        await expectSame(new Fn((x, y) => F.nllLoss(x as Tensor, y as Tensor, options).add(0)), [logits, target]);
      }
    }
  });

  test("losses, angles, samples and places of maxima, there and read back", async () => {
    manualSeed(0);
    const [x, y] = [randn(3, 4), rand(3, 4)];
    const target = tensor([1, 3, 2], { dtype: "int32" });
    const grid = rand(2, 3, 3, 2).mul(2.4).sub(1.2);
    const volumes = randn(2, 2, 5, 6, 5);
    const losses = (a: Tensor, b: Tensor) => [
      ...[F.smoothL1Loss(a, b, { beta: 0.5 }), F.smoothL1Loss(a, b, { beta: 0 }), F.huberLoss(a, b, { delta: 0.7 })],
      ...[F.binaryCrossEntropyWithLogits(a, b), F.binaryCrossEntropy(b, b.flip(0)), F.pdist(a), F.pdist(a, 1)],
      ...[a.atan2(b), b.atan2(a), a.mul(0).atan2(b.mul(0)), b.logit(), a.logit(0.1)],
    ];
    const classes = (a: Tensor, t: Tensor) => [
      F.crossEntropy(a, t),
      F.crossEntropy(a, t, { ignoreIndex: 3, reduction: "none" }),
      F.crossEntropy(a, t, { weight: tensor([1, 2, 3, 4]), reduction: "sum" }),
    ];
    const samples = (a: Tensor, at: Tensor) =>
      (["bilinear", "nearest", "bicubic"] as const).map((mode) => F.gridSample(a, at, { mode, alignCorners: false }));
    const maxima = (a: Tensor) => [
      ...F.maxPool3d(a, 2, { returnIndices: true }),
      ...F.maxPool2d(a.select(2, 0), 3, { stride: 2, padding: 1, ceilMode: true, returnIndices: true }),
      ...F.maxPool1d(a.select(2, 0).select(2, 0), 2, { returnIndices: true }),
    ];
    const cases: [fn: (...inputs: Tensor[]) => Tensor[], inputs: Tensor[]][] = [
      [losses as (...inputs: Tensor[]) => Tensor[], [x, y]],
      [classes as (...inputs: Tensor[]) => Tensor[], [x, target]],
      [samples as (...inputs: Tensor[]) => Tensor[], [randn(2, 2, 4, 5), grid]],
      [maxima as (...inputs: Tensor[]) => Tensor[], [volumes]],
    ];
    for (const [fn, inputs] of cases) {
      const wanted = fn(...inputs);
      const bytes = await onnx.toBytes(new Fn(fn), inputs);
      const runtime = await RuntimeModel.from(bytes);
      expectClose(await runtime.run(inputs), wanted, 1e-5);
      await runtime.close();
      const loaded = await onnx.load(bytes);
      expectClose(tensorsIn(loaded.forward(...inputs)), wanted, 1e-5);
    }
  });

  test("arguments that are nested, and that are no tensors", async () => {
    class Scaled extends nn.Module {
      forward(pair: unknown, factor: unknown): Tensor {
        const [a, { b }] = pair as [Tensor, { b: Tensor }];
        return a.add(b).mul(factor as number);
      }
    }
    const [a, b] = [ones(2), tensor([1, 2])];
    const bytes = await onnx.toBytes(new Scaled(), [[a, { b }], 3], { inputNames: ["a", "b"], outputNames: ["sum"] });
    const runtime = await RuntimeModel.from(bytes);
    expect(runtime.inputNames).toEqual(["a", "b"]);
    expect(runtime.outputNames).toEqual(["sum"]);
    expect((await runtime.run([a, b])).map(String)).toEqual(["tensor([6., 9.])"]);
    await runtime.close();
  });

  test("shared weights are in the file once, and module and inputs stay as they were", async () => {
    class Shared extends nn.Module {
      a = new nn.Linear(64, 64);
      b = this.a;
      norm = new nn.BatchNorm1d(64);
      drop = new nn.Dropout(0.5);
      forward(x: Tensor): Tensor {
        return this.drop.forward(this.norm.forward(this.b.forward(this.a.forward(x).relu_()))).mul_(2);
      }
    }
    const module = new Shared();
    module.drop.eval();
    const before = JSON.stringify(module.stateDict());
    const x = ones(4, 64);
    const bytes = await onnx.toBytes(module, x);
    expect(bytes.length).toBeLessThan(64 * 64 * 4 * 1.5);
    expect(JSON.stringify(module.stateDict())).toBe(before);
    expect([module.training, module.norm.training, module.drop.training]).toEqual([true, true, false]);
    expect(x.sum().itemSync()).toBe(256);
  });

  test("a module that counts its calls is left as it was", async () => {
    class Counter extends nn.Module<Tensor[]> {
      constructor() {
        super();
        this.registerBuffer("count", zeros(1));
      }
      forward(x: Tensor): Tensor[] {
        const count = this.getBuffer("count").add_(1);
        return [x.mul(count), count];
      }
    }
    const module = new Counter();
    expect((await run(module, [ones(2)])).map(String)).toEqual(["tensor([1., 1.])", "tensor([1.])"]);
    expect(String(module.getBuffer("count"))).toBe("tensor([0.])");
  });

  test("compiled modules, vmap, custom functions and hooks are seen through", async () => {
    class Square extends autograd.Function {
      static forward(_ctx: unknown, x: Tensor): Tensor {
        return x.mul(x);
      }
      static backward(_ctx: unknown, grad: Tensor): Tensor {
        return grad;
      }
    }
    const linear = new nn.Linear(3, 3);
    const compiled = compile(new nn.Sequential(linear, new nn.ReLU()));
    compiled.forward(ones(2, 3));
    compiled.forward(ones(2, 3));
    linear.registerForwardHook((_module, _inputs, y) => y.mul(2));
    await expectSame(new Fn((x) => compiled.forward(x)), [ones(2, 3)]);
    await expectSame(new Fn((x) => vmap((row: Tensor) => row.mul(2).sum())(x)), [ones(2, 3)]);
    await expectSame(new Fn((x) => Square.apply(x)), [ones(2, 3).mul(3)]);
  });

  test("weights that are made of others", async () => {
    manualSeed(0);
    const module = nn.utils.weightNorm(new nn.Linear(3, 2));
    const [got] = await run(module, [ones(1, 3)]);
    expect(String(got)).toBe(String(noGrad(() => module.forward(ones(1, 3)))));
  });

  test("older opsets", async () => {
    const module = new nn.Sequential(new nn.LayerNorm([6]), new nn.Linear(6, 2), new nn.Softmax(1));
    const x = randn(2, 6);
    for (const opsetVersion of [13, 15]) {
      const [got] = await run(module, [x], { opsetVersion });
      expect(
        (got as Tensor).allclose(
          noGrad(() => module.forward(x)),
          { atol: 1e-6 },
        ),
      ).toBe(true);
    }
  });

  test("sizes that follow an axis: reshapes, zeros, ranges, masks, halves", async () => {
    const module = new Fn((x) => {
      const [n, l] = x.shape as [number, number];
      const mask = ones(l, l).tril().bool();
      return [
        ...[x.reshape(n * l), x.reshape(l, n), x.sum().div(n), zeros(n, 2), arange(l), mask, arange(l - 1).float()],
        ...[x.narrow(1, 1, l - 1), x.select(1, l - 1), x.var(1), x.reshape(n, 1, 1, l).expand(n, 2, 3, l)],
        ...[x.argsort(1), F.pad(x, [0, 1]), x.roll(1, 1), x.unsqueeze(0).repeat(2, 1, 1), x.mean(), x.t().flip(0)],
      ];
    });
    const options = { dynamicAxes: { input: { 0: "n", 1: "l" } } };
    const runtime = await RuntimeModel.from(await onnx.toBytes(module, randn(1, 4), options));
    for (const x of [randn(1, 4), randn(5, 3), randn(2, 7)]) {
      const wanted = tensorsIn(module.forward(x));
      const got = await runtime.run([x]);
      for (const [i, t] of got.entries())
        expect(t.double().allclose((wanted[i] as Tensor).double(), { atol: 1e-6 })).toBe(true);
      expect(got.map(({ shape }) => shape)).toEqual(wanted.map(({ shape }) => shape));
    }
    await runtime.close();
  });
});

describe("what no file can hold", () => {
  const refused = (module: nn.Module<unknown>, inputs: Tensor | readonly unknown[], options?: onnx.ExportOptions) =>
    expect(onnx.toBytes(module, inputs, options)).rejects;

  test("operations without a counterpart, with the module that ran them", async () => {
    class Inner extends nn.Module {
      forward(x: Tensor): Tensor {
        return x.lgamma();
      }
    }
    const module = new nn.Sequential(new nn.Linear(2, 2), new nn.Sequential(new Inner()));
    await refused(module, ones(1, 2)).toThrow(GraphError);
    await refused(module, ones(1, 2)).toThrow(
      /^\[onnx\.toBytes\] the operation 'lgamma' in module 1\.0 has no counterpart in ONNX opset 17/,
    );
    await refused(new nn.LSTM(2, 3, { projSize: 2 }), ones(2, 1, 2)).toThrow(/recurrence.*no counterpart/);
    const onDiagonal = new Fn((x) => {
      x.diagonal().fill_(1);
      return x;
    });
    await refused(onDiagonal, ones(3, 3)).toThrow(/'diagonal' has no counterpart/);
  });

  test("random numbers, gradients and numbers of the input", async () => {
    await refused(new Fn((x) => F.dropout(x, 0.5, true)), ones(3)).toThrow(/dropout draws random numbers/);
    await refused(new Fn((x) => x.mul(rand(3))), ones(3)).toThrow(/rand draws random numbers/);
    await refused(new Fn((x) => (x.sum().itemSync() > 0 ? x : x.neg())), ones(3)).toThrow(/itemSync reads numbers/);
    await refused(new Fn((x) => x.add(tensor(x.toArraySync() as number[]))), ones(3)).toThrow(
      /toArraySync reads numbers/,
    );
    await refused(new Fn((x) => autograd.grad(x.mul(x).sum(), [x])[0]), ones(3)).toThrow(
      /autograd.grad inside of forward/,
    );
    await refused(new Fn((x) => x.clone().squeeze_()), ones(3, 1)).toThrow(/squeeze_ inside of forward/);
    let calls = 0;
    await refused(new Fn((x) => x.mul(tensor(calls++))), ones(3)).toThrow(
      /numbers of a tensor .* differ from input to input/,
    );
    await refused(new Fn((x) => (calls++ % 2 ? x : x.neg())), ones(3)).toThrow(
      /does other operations for other inputs/,
    );
  });

  test("sizes that follow an axis in a way that has no formula", async () => {
    const options = { dynamicAxes: { input: { 0: "batch" } } };
    const odd = new Fn((x) => x.add(tensor(Array.from({ length: x.size(0) }, (_, i) => i * i))));
    await refused(odd, ones(3), options).toThrow(
      /tensor of shape \[3\] that forward makes follows the size of a dynamic axis/,
    );
    await refused(new Fn((x) => F.adaptiveAvgPool2d(x, [3, 2])), ones(1, 1, 7, 7), {
      dynamicAxes: { input: [2] },
    }).toThrow(/'adaptiveAvgPool2d' follows the size of a dynamic axis/);
    await refused(new Fn((x) => x.norm(x.size(0), 1)), ones(3, 2), options).toThrow(
      /its arguments of the operation 'norm' follow/,
    );
  });

  test("wrong arguments", async () => {
    const linear = new nn.Linear(2, 2);
    await refused(linear, ones(1, 2), { opsetVersion: 9 }).toThrow(
      /opsetVersion must be an integer from 13 to 17, but got 9/,
    );
    await refused(linear, ones(1, 2), { inputNames: ["a", "b"] }).toThrow(ValueError);
    await refused(linear, ones(1, 2), { inputNames: ["a"], outputNames: ["a"] }).toThrow(
      /"a" is that of an input and of an output/,
    );
    await refused(linear, ones(1, 2), { dynamicAxes: { input: [2] } }).toThrow(ShapeError);
    await refused(linear, ones(1, 2), { dynamicAxes: { nobody: [0] } }).toThrow(
      /"nobody" is the name of no input and no output/,
    );
    await refused(new Fn(() => 3), ones(1)).toThrow(/forward must return tensors/);
    await refused(new Fn(() => Promise.resolve(ones(1))), ones(1)).toThrow(/forward must be synchronous/);
    await expect(onnx.toBytes(3 as never, ones(1))).rejects.toThrow(/argument "module" must be a Module/);
    await expect(onnx.save(linear, ones(1, 2), "/nowhere/at/all/model.onnx")).rejects.toThrow(DataError);
  });

  test("errors of forward itself, after which everything is as before", async () => {
    const module = new nn.Sequential(new nn.Linear(2, 2));
    await refused(module, ones(1, 3)).toThrow(/mat1 and mat2 shapes/);
    expect(module.training).toBe(true);
    expect(module.forward(ones(1, 2)).requiresGrad).toBe(true);
    await expect(onnx.toBytes(module, ones(1, 2))).resolves.toBeInstanceOf(Uint8Array);
  });
});
