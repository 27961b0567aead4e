/** @file Models from PyTorch's exporter give PyTorch's numbers, and what is read is a module as others. */
import { readFileSync } from "node:fs";
import {
  compile,
  DataError,
  type DType,
  DTypeError,
  nn,
  noGrad,
  ones,
  optim,
  randn,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
} from "tapegrad";
import * as onnx from "tapegrad/onnx";
import { describe, expect, test } from "vitest";
import { type ModelCodec, type ModelInit, modelCodec } from "../../src/onnx/messages.ts";
import { expectClose } from "./close.ts";
import { tensorsIn } from "./models.ts";

const FOLDER = new URL("../golden/data/onnx/", import.meta.url);

interface Listing {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Case {
  readonly inputs: readonly Listing[];
  readonly outputs: readonly Listing[];
}

const cases = JSON.parse(readFileSync(new URL("../golden/data/onnx.json", import.meta.url), "utf8")) as Readonly<
  Record<string, readonly Case[]>
>;

const tensorOf = ({ dtype, shape, data }: Listing): Tensor => tensor([...data], { dtype }).view([...shape]);

describe("PyTorch's files", () => {
  test.each(Object.entries(cases))("%s", async (name, list) => {
    const module = await onnx.load<unknown>(new URL(`${name}.onnx`, FOLDER));
    for (const { inputs, outputs } of list) {
      const results = noGrad(() => tensorsIn(module.forward(...inputs.map(tensorOf))));
      expectClose(results, outputs.map(tensorOf), 1e-5);
    }
  });

  test("there are ten", () => {
    expect(Object.keys(cases)).toHaveLength(10);
  });
});

describe("an imported module", () => {
  const make = (): nn.Sequential =>
    new nn.Sequential(new nn.Linear(4, 8), new nn.BatchNorm1d(8), new nn.ReLU(), new nn.Linear(8, 2));
  const options = { dynamicAxes: { input: { 0: "batch" } } };

  test("has parameters and buffers under the names of the state dictionary", async () => {
    const module = make();
    const loaded = await onnx.load(await onnx.toBytes(module, randn(2, 4), options));
    expect(loaded.training).toBe(false);
    expect([loaded.inputNames, loaded.outputNames, loaded.opsetVersion]).toEqual([["input"], ["output"], 17]);
    expect(loaded.getParameter("0.weight").shape).toEqual([8, 4]);
    expect(loaded.getBuffer("1.running_var").shape).toEqual([8]);
    const other = make();
    loaded.loadStateDict(other.stateDict(), { strict: false });
    const x = randn(3, 4);
    expect(String(loaded.forward(x).detach())).toBe(String(other.eval().forward(x).detach()));
    expect(String(loaded)).toContain("inputs=(input), outputs=(output)");
  });

  test("is trained further as the original, also compiled", async () => {
    const module = make();
    const [x, y] = [randn(6, 4), randn(6, 2)];
    const steps = (each: nn.Module, isCompiled: boolean): number[] => {
      each.train();
      const sgd = new optim.SGD(each.parameters(), { lr: 0.1 });
      const step = (): Tensor => {
        const loss = nn.functional.mseLoss(each.forward(x), y);
        loss.backward();
        sgd.step();
        sgd.zeroGrad();
        return loss;
      };
      const run = isCompiled ? compile(step, { fullgraph: true }) : step;
      return Array.from({ length: 4 }, () => run().itemSync());
    };
    const bytes = await onnx.toBytes(module, x, options);
    const wanted = steps(module, false);
    const close = (losses: readonly number[]): void => {
      for (const [i, loss] of losses.entries()) expect(loss).toBeCloseTo(wanted[i] as number, 5);
    };
    close(steps(await onnx.load(bytes), false));
    close(steps(await onnx.load(bytes), true));
  });

  test("is copied, and the copy has tensors of its own", async () => {
    const loaded = await onnx.load(await onnx.toBytes(make(), randn(2, 4), options));
    const copy = new optim.swaUtils.AveragedModel(loaded);
    copy.updateParameters(loaded);
    const x = randn(3, 4);
    const before = String(loaded.forward(x).detach());
    expect(String((copy.forward(x) as Tensor).detach())).toBe(before);
    noGrad(() => loaded.getParameter("3.weight").fill_(0));
    expect(String((copy.forward(x) as Tensor).detach())).toBe(before);
    expect(String(loaded.forward(x).detach())).not.toBe(before);
  });

  test("is exported again", async () => {
    const module = make().eval();
    const bytes = await onnx.toBytes(module, randn(2, 4), options);
    const again = await onnx.load(await onnx.toBytes(await onnx.load(bytes), randn(2, 4), options));
    const x = randn(5, 4);
    expect(String(again.forward(x).detach())).toBe(String(module.forward(x).detach()));
  });

  test("refuses inputs that the file does not allow", async () => {
    const loaded = await onnx.load(await onnx.toBytes(make(), randn(2, 4)));
    expect(() => loaded.forward()).toThrow(ValueError);
    expect(() => loaded.forward(randn(2, 4).double())).toThrow(DTypeError);
    expect(() => loaded.forward(randn(3, 4))).toThrow(ShapeError);
    expect(() => loaded.forward(randn(3, 4))).toThrow('the input "input" must have the shape [2, 4], but got [3, 4]');
  });
});

describe("files that cannot be read", () => {
  const codec = (): Promise<ModelCodec> => modelCodec("test");
  const text = (word: string): Uint8Array => new TextEncoder().encode(word);
  const info = (name: string) => ({ name, type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 2n }] } } } });

  /** A file with these nodes from x to y. */
  async function fileOf(node: ModelInit["graph"]["node"], more: Partial<ModelInit["graph"]> = {}): Promise<Uint8Array> {
    return (await codec()).encode({
      irVersion: 8n,
      producerName: "test",
      opsetImport: [{ domain: "", version: 17n }],
      metadataProps: [],
      graph: { name: "g", node, initializer: [], input: [info("x")], output: [info("y")], ...more },
    });
  }
  const node = (opType: string, input: string[], output: string[]) => ({
    opType,
    name: `/${opType}`,
    input,
    output,
    attribute: [],
  });

  test("unknown operators are listed together", async () => {
    const nodes = [
      node("Loop", ["x"], ["a"]),
      node("Relu", ["a"], ["b"]),
      { ...node("Gelu", ["b"], ["y"]), domain: "com.microsoft" },
    ];
    const loading = onnx.load(await fileOf(nodes));
    await expect(loading).rejects.toThrow(DataError);
    await expect(loading).rejects.toThrow(
      "[onnx.load] the model uses operators that tapegrad does not read: Loop, com.microsoft.Gelu",
    );
  });

  test("bytes that are no model, and missing files", async () => {
    await expect(onnx.load(text("no model at all"))).rejects.toThrow(
      /\[onnx\.load\] the given bytes: this is no ONNX model/,
    );
    await expect(onnx.load(new Uint8Array())).rejects.toThrow(/no ONNX model/);
    await expect(onnx.load("/nowhere/model.onnx")).rejects.toThrow(/there is no such file/);
    const whole = await onnx.toBytes(new nn.Linear(2, 2), ones(1, 2));
    for (const length of [20, 60, whole.length - 3]) {
      await expect(onnx.load(whole.slice(0, length)), String(length)).rejects.toThrow(DataError);
    }
  });

  test("tensors that do not fit their shapes, or lie elsewhere", async () => {
    const weight = { name: "w", dataType: 1, dims: [2n], rawData: new Uint8Array(4) };
    const add = [node("Add", ["x", "w"], ["y"])];
    await expect(onnx.load(await fileOf(add, { initializer: [weight] }))).rejects.toThrow(
      'the tensor "w" has 4 bytes, but 2 elements of 4 bytes',
    );
    await expect(onnx.load(await fileOf(add, { initializer: [{ ...weight, dataLocation: 1 }] }))).rejects.toThrow(
      /lies in a file of its own/,
    );
    await expect(onnx.load(await fileOf(add, { initializer: [{ ...weight, dataType: 14 }] }))).rejects.toThrow(
      /element type \(number 14\)/,
    );
  });

  test("what nothing makes, and what an operator cannot do, when it runs", async () => {
    const missing = await onnx.load(await fileOf([node("Add", ["x", "w"], ["y"])]));
    expect(() => missing.forward(ones(2))).toThrow('the node Add (/Add) takes "w", which nothing makes');
    const wrong = await onnx.load(await fileOf([node("MatMul", ["x", "x"], ["z"]), node("Conv", ["z", "z"], ["y"])]));
    expect(() => wrong.forward(ones(2))).toThrow(/\[onnx\.load\] the node Conv \(\/Conv\)/);
  });

  test("numbers in typed lists, and half precision", async () => {
    const initializer = [
      { name: "a", dataType: 1, dims: [2n], floatData: [1, 2] },
      { name: "b", dataType: 10, dims: [2n], int32Data: [0x3c00, 0xc000] },
    ];
    const loaded = await onnx.load(
      await fileOf([node("Add", ["x", "a"], ["z"]), node("Mul", ["z", "b"], ["y"])], { initializer }),
    );
    expect(String(loaded.forward(ones(2)).detach())).toBe("tensor([ 2., -6.])");
  });
});
