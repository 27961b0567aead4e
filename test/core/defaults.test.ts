/** @file Defaults of new tensors, limits of dtypes, and the switches of a program. */
import { afterEach, describe, expect, test } from "vitest";
import {
  arange,
  areDeterministicAlgorithmsEnabled,
  autograd,
  DoubleTensor,
  data,
  eye,
  finfo,
  full,
  getDefaultDevice,
  getDefaultDtype,
  getFloat32MatmulPrecision,
  iinfo,
  inf,
  isGradEnabled,
  isTensor,
  linspace,
  nan,
  nn,
  noGrad,
  ones,
  pi,
  rand,
  randn,
  setDefaultDevice,
  setDefaultDtype,
  setDefaultTensorType,
  setFloat32MatmulPrecision,
  setGradEnabled,
  tensor,
  useDeterministicAlgorithms,
  where,
  zeros,
} from "../../src/entry/index.ts";

afterEach(() => {
  setDefaultDtype("float32");
  setDefaultDevice("cpu");
  setGradEnabled(true);
});

describe("setDefaultDtype", () => {
  test("is what new floating tensors and parameters get, and integers in a division", () => {
    expect(getDefaultDtype()).toBe("float32");
    setDefaultDtype("float64");
    expect(getDefaultDtype()).toBe("float64");
    const made = [zeros(2), ones(2), rand(2), randn(2), eye(2), linspace(0, 1, 3), arange(0, 1, 0.5), full([2], 1)];
    const computed = [
      tensor([1.5]),
      arange(3).div(2),
      arange(3).add(0.5),
      arange(3).sqrt(),
      arange(3).float().double(),
    ];
    const parameters = new nn.Sequential(
      new nn.Linear(2, 2),
      new nn.Conv2d(1, 1, 1),
      new nn.BatchNorm1d(2),
    ).parameters();
    for (const t of [...made, ...computed, ...parameters]) expect(t.dtype).toBe("float64");
    expect(where(tensor([true]), 1, 0).dtype).toBe("float64");
    for (const t of [arange(3), tensor([1]).int()]) expect(t.dtype).toBe("int32");
    expect(zeros(1, { dtype: "float32" }).dtype).toBe("float32");
    expect(String(tensor([1.5]))).toBe("tensor([1.5000])");
    expect(String(tensor([1.5]).float())).toBe("tensor([1.5000], dtype=torch.float32)");
  });

  test("refuses integers", () => {
    expect(() => setDefaultDtype("int32")).toThrow("only floating-point types are supported as the default type");
    expect(() => setDefaultDtype("half" as never)).toThrow("[setDefaultDtype]");
  });
});

describe("setDefaultDevice", () => {
  test("is where new tensors and parameters are made", () => {
    expect(getDefaultDevice()).toBe("cpu");
    setDefaultDevice("gpu");
    expect(() => zeros(2)).toThrow('device "gpu" is not available');
    expect(() => tensor([1])).toThrow('device "gpu" is not available');
    expect(() => rand(2)).toThrow('device "gpu" is not available');
    expect(() => new nn.Linear(2, 2)).toThrow('device "gpu" is not available');
    expect(zeros(2, { device: "cpu" }).device).toBe("cpu");
    setDefaultDevice("auto");
    expect(zeros(2).device).toBe("cpu");
    expect(() => setDefaultDevice("cuda" as never)).toThrow("[setDefaultDevice]");
  });
});

test("finfo and iinfo", () => {
  expect(finfo("float32")).toMatchObject({ bits: 32, eps: 1.1920928955078125e-7, max: 3.4028234663852886e38 });
  expect(finfo("float32")).toMatchObject({
    min: -3.4028234663852886e38,
    tiny: 1.1754943508222875e-38,
    resolution: 1e-6,
  });
  expect(finfo("float64")).toMatchObject({ bits: 64, eps: 2.220446049250313e-16, tiny: 2.2250738585072014e-308 });
  expect(finfo().dtype).toBe("float32");
  expect(iinfo("int32")).toEqual({ bits: 32, max: 2147483647, min: -2147483648, dtype: "int32" });
  expect(iinfo("uint8")).toEqual({ bits: 8, max: 255, min: 0, dtype: "uint8" });
  expect(() => finfo("int32")).toThrow("requires a floating point input type");
  expect(() => iinfo("bool")).toThrow("requires an integer input type");
  const dtype = "float32";
  expect(zeros(1, { dtype }).fill_(finfo(dtype).min).itemSync()).toBe(finfo(dtype).min);
});

describe("setGradEnabled", () => {
  test("switches until it is switched again", () => {
    setGradEnabled(false);
    expect(isGradEnabled()).toBe(false);
    setGradEnabled(true);
    expect(isGradEnabled()).toBe(true);
  });

  test("with a function it holds while that runs", async () => {
    expect(setGradEnabled(false, () => isGradEnabled())).toBe(false);
    expect(isGradEnabled()).toBe(true);
    await setGradEnabled(false, async () => expect(isGradEnabled()).toBe(false));
    expect(isGradEnabled()).toBe(true);
  });

  test("inside noGrad it holds until that ends, as in PyTorch", () => {
    noGrad(() => {
      setGradEnabled(true);
      expect(isGradEnabled()).toBe(true);
    });
    expect(isGradEnabled()).toBe(true);
    noGrad(() => setGradEnabled(false));
    expect(isGradEnabled()).toBe(true);
    expect(() => setGradEnabled(1 as never)).toThrow('[setGradEnabled] argument "mode" must be a boolean');
  });
});

describe("autograd.backward", () => {
  test("is one pass from several tensors", () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const y = x.mul(x);
    autograd.backward([y.sum(), y.mul(2)], [null, tensor([1, 10])]);
    expect(x.grad?.toArraySync()).toEqual([2 + 4, 4 + 80]);
    autograd.backward(x.sum());
    expect(x.grad?.toArraySync()).toEqual([7, 85]);
    autograd.backward(x.mul(2), tensor([1, 1]));
    expect(x.grad?.toArraySync()).toEqual([9, 87]);
  });

  test("names mistakes", () => {
    const x = tensor([1, 2], { requiresGrad: true });
    expect(() => autograd.backward([x.sum()], [null, null])).toThrow("[backward] got 1 tensors and 2 gradients");
    expect(() => autograd.backward([x.mul(2)])).toThrow("grad can be implicitly created only for scalar outputs");
    expect(() => autograd.backward([ones(1)])).toThrow("does not require grad");
  });
});

test("what is always so here", () => {
  useDeterministicAlgorithms(true);
  useDeterministicAlgorithms(false, { warnOnly: true });
  expect(areDeterministicAlgorithmsEnabled()).toBe(true);
  expect(data.getWorkerInfo()).toBeNull();
  expect([isTensor(ones(1)), isTensor([1]), isTensor(null), isTensor({ shape: [1] })]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

describe("names of PyTorch's programs", () => {
  test("setDefaultTensorType takes a type or its name", () => {
    setDefaultTensorType("torch.DoubleTensor");
    expect(zeros(1).dtype).toBe("float64");
    setDefaultTensorType("torch.FloatTensor");
    expect(zeros(1).dtype).toBe("float32");
    setDefaultTensorType(DoubleTensor);
    expect(getDefaultDtype()).toBe("float64");
    expect(() => setDefaultTensorType("torch.IntTensor" as "torch.FloatTensor")).toThrow(
      '[setDefaultTensorType] argument "t" must be "torch.FloatTensor" or "torch.DoubleTensor", or the type itself',
    );
  });

  test("the precision of products is kept, and no other word", () => {
    expect(getFloat32MatmulPrecision()).toBe("highest");
    setFloat32MatmulPrecision("high");
    expect(getFloat32MatmulPrecision()).toBe("high");
    setFloat32MatmulPrecision("highest");
    expect(() => setFloat32MatmulPrecision("low" as "high")).toThrow("[setFloat32MatmulPrecision]");
  });

  test("constants", () => expect([pi, inf, nan]).toEqual([Math.PI, Number.POSITIVE_INFINITY, Number.NaN]));

  test("nn.init and clipGradNorm without an underscore are those with one", () => {
    expect(nn.init.xavierUniform).toBe(nn.init.xavierUniform_);
    expect(nn.utils.clipGradNorm).toBe(nn.utils.clipGradNorm_);
  });

  test("a module takes device and dtype in their places", () => {
    expect(new nn.Linear(1, 1).to("cpu", "float64").weight.dtype).toBe("float64");
  });
});
