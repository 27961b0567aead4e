/** @file Attributes of a tensor, conversions, sharing and copying of memory. */
import { describe, expect, test } from "vitest";
import * as tapegrad from "../../src/entry/index.ts";
import { arange, DeviceError, ones, ShapeError, Tensor, tensor, zeros } from "../../src/entry/index.ts";

const matrix = (): Tensor => arange(6).float().reshape(2, 3);

describe("properties", () => {
  test("shape, size, strides, number of elements and dimensions", () => {
    const t = zeros(2, 3, 4);
    expect([t.shape, t.size(), t.stride(), t.numel(), t.ndim]).toEqual([[2, 3, 4], [2, 3, 4], [12, 4, 1], 24, 3]); // biome-ignore format: five results
    expect([t.size(0), t.size(-1)]).toEqual([2, 4]);
    expect(() => t.size(3)).toThrow(
      new ShapeError("[size] Dimension out of range (expected to be in range of [-3, 2], but got 3)"),
    );
    expect([tensor(1).shape, tensor(1).numel(), zeros(0, 3).numel(), zeros(0, 3).stride()]).toEqual([[], 1, 0, [3, 1]]);
    expect([t.dtype, t.device, t.isFloatingPoint(), t.int().isFloatingPoint()]).toEqual([
      "float32",
      "cpu",
      true,
      false,
    ]);
  });

  test("what lies row-major", () => {
    const t = matrix();
    expect([t, t.t(), t.at(0), t.t().at(0), t.narrow(1, 0, 2)].map((x) => x.isContiguous())).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
    expect(
      [t.narrow(0, 1, 1), t.slice(1, 0, 1).t(), zeros(0, 2).t(), ones(1).expand(3)].map((x) => x.isContiguous()),
    ).toEqual([true, false, true, false]);
  });
});

describe("the same tensor", () => {
  const t = matrix();

  test.each([
    ["contiguous of what is", () => t.contiguous()],
    ["to the same dtype", () => t.to("float32")],
    ["to the same device", () => t.to("cpu")],
    ["to both", () => t.to({ dtype: "float32", device: "cpu" })],
    ["to nothing", () => t.to({})],
    ["float of float32", () => t.float()],
    ["flatten of one dimension", () => t.flatten(1, 1)],
  ])("%s", (_, same) => expect(same()).toBe(t));

  test("cpu of what is there", async () => expect(await t.cpu()).toBe(t));
});

describe("views share memory", () => {
  const views: [string, (t: Tensor) => Tensor][] = [
    ["view", (t) => t.view(6)],
    ["reshape", (t) => t.reshape(3, 2)],
    ["flatten", (t) => t.flatten()],
    ["squeeze", (t) => t.squeeze()],
    ["unsqueeze", (t) => t.unsqueeze(0)],
    ["transpose", (t) => t.transpose(0, 1)],
    ["t", (t) => t.t()],
    ["permute", (t) => t.permute(1, 0)],
    ["expand", (t) => t.expand(4, 2, 3)],
    ["narrow", (t) => t.narrow(1, 0, 2)],
    ["select", (t) => t.select(0, 0)],
    ["slice", (t) => t.slice(1, 0, null, 2)],
    ["unfold", (t) => t.unfold(1, 2, 1)],
    ["split", (t) => t.split(1)[0] as Tensor],
    ["chunk", (t) => t.chunk(2, 1)[0] as Tensor],
    ["unbind", (t) => t.unbind(1)[0] as Tensor],
    ["detach", (t) => t.detach()],
    ["viewAs", (t) => t.viewAs(zeros(3, 2))],
    ["unflatten", (t) => t.unflatten(1, [3, 1])],
    ["at with integers and slices", (t) => t.at([0, 2], 0)],
  ];

  test.each(views)("%s", (_, make) => {
    const t = matrix();
    const view = make(t);
    expect(view.storage).toBe(t.storage);
    t.fill_(7);
    expect(Array.from(view.dataSync()).every((v) => v === 7)).toBe(true);
  });
});

describe("copies do not", () => {
  const copies: [string, (t: Tensor) => Tensor][] = [
    ["clone", (t) => t.clone()],
    ["contiguous of what is not", (t) => t.t().contiguous()],
    ["reshape of what cannot be viewed", (t) => t.t().reshape(6)],
    ["repeat", (t) => t.repeat(1, 1)],
    ["flip", (t) => t.flip(0)],
    ["roll", (t) => t.roll(1)],
    ["pad by nothing", (t) => t.pad([0, 0])],
    ["tril", (t) => t.tril()],
    ["cat of one", (t) => tapegrad.cat([t])],
    ["stack of one", (t) => tapegrad.stack([t])],
    ["to another dtype", (t) => t.double()],
    ["at with an index tensor", (t) => t.at(tensor([0, 1], { dtype: "int32" }))],
    ["tensor", (t) => tensor(t)],
    ["sum over nothing new", (t) => t.unsqueeze(0).sum(0)],
    ["max along a dimension of size 1", (t) => t.unsqueeze(0).max(0).values],
  ];

  test.each(copies)("%s", (_, make) => {
    const t = matrix();
    const copy = make(t);
    const before = Array.from(copy.dataSync());
    t.fill_(7);
    expect(Array.from(copy.dataSync())).toEqual(before);
    expect(copy.storage).not.toBe(t.storage);
  });
});

describe("functions beside methods", () => {
  /** Methods that PyTorch has as methods only, or whose work other functions do. */
  const METHODS_ONLY = new Set([
    ...["dim", "ndimension", "nelement", "isSigned", "isSameSize", "type", "tolist", "numpy"],
    ...["elementSize", "newEmpty", "newFull", "newTensor", "typeAs", "reshapeAs"],
    ...["storageOffset", "dataPtr", "getDevice"],
    ...["constructor", "size", "stride", "isContiguous", "toString", "item", "toArray", "data"],
    ...[
      "itemSync",
      "toArraySync",
      "dataSync",
      "toNdarray",
      "toJSON",
      "to",
      "float",
      "double",
      "long",
      "short",
      "byte",
      "int",
      "bool",
      "cpu",
      "view",
    ],
    ...[
      "viewAs",
      "expand",
      "expandAs",
      "sumToSize",
      "contiguous",
      "slice",
      "backward",
      "retainGrad",
      "registerHook",
      "newZeros",
      "newOnes",
      "dispose",
    ],
  ]);
  test("every operation is there in both forms", () => {
    const missing = Object.entries(Object.getOwnPropertyDescriptors(Tensor.prototype))
      .filter(([name, { value }]) => typeof value === "function" && !name.endsWith("_"))
      .map(([name]) => name)
      .filter((name) => !(name in tapegrad) && !METHODS_ONLY.has(name));
    expect(missing).toEqual([]);
  });
});

describe("devices", () => {
  test("one that is not there says so", () => {
    expect(() => matrix().to("gpu")).toThrow(DeviceError);
    expect(() => matrix().to({ device: "gpu", dtype: "float64" })).toThrow(
      `[device] device "gpu" is not available: it has not been looked for`,
    );
  });
});
