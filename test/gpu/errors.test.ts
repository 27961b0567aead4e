/** @file Errors of the GPU: thrown at once where they can be known, else by the next read. */
import { expect, test } from "vitest";
import { backendFor } from "../../src/core/device.ts";
import { DeviceError, deviceInfo, nn, ones, tensor, ValueError, zeros } from "../../src/entry/index.ts";
import { describeGpu } from "./device.ts";
import { LARGE_CALLS, TOO_MANY } from "./kernel-calls.ts";

describeGpu("errors of the GPU", () => {
  test("reading at once names the form that waits", () => {
    const t = ones(2, { device: "gpu" }).mul(tensor([1, 2]).to("gpu"));
    expect(() => t.sum().itemSync()).toThrow(/itemSync.*await tensor\.item\(\)/);
    expect(() => t.dataSync()).toThrow(/await tensor\.data\(\)/);
    expect(() => t.toArraySync()).toThrow(/await tensor\.toArray\(\)/);
    expect(() => t.to("cpu")).toThrow(/await tensor\.cpu\(\)/);
    expect(() => t.dataSync()).toThrow(DeviceError);
  });

  test("printing leaves out what would have to be waited for", () => {
    expect(String(tensor([1, 2]).to("gpu").add(1))).toBe("tensor(..., device='gpu', size=(2))");
  });

  test("doubles are refused, and so are whole numbers that floats cannot hold", () => {
    expect(() => zeros(2, { dtype: "float64", device: "gpu" })).toThrow(/float64 is not available on the GPU/);
    expect(() => tensor(Int32Array.of(2 ** 30, 1)).to("gpu")).toThrow(ValueError);
  });

  test("tensors of two devices do not mix", () => {
    expect(() => ones(2).add(ones(2, { device: "gpu" }))).toThrow(/Expected all tensors to be on the same device/);
  });

  test("a wrong class is refused at once where it came from the host", () => {
    const logits = zeros(2, 3, { device: "gpu" });
    const target = tensor(Int32Array.of(0, 7)).to("gpu");
    expect(() => nn.functional.crossEntropy(logits, target)).toThrow(/Target 7 is out of bounds/);
  });

  test("a wrong index that was computed on the GPU rejects the next read, once", async () => {
    const x = tensor([[1], [2], [3]]).to("gpu");
    const index = tensor(Int32Array.of(1, 2)).to("gpu").mul(2);
    const picked = x.indexSelect(0, index);
    await expect(picked.data()).rejects.toThrow(/gather: index 4 is out of bounds for dimension 0 with size 3/);
    expect(await x.toArray()).toEqual([[1], [2], [3]]);
  });

  test.each(Object.entries(LARGE_CALLS))("more elements than an array has room for: %s", (_, call) => {
    const message = new RegExp(`^\\[\\w+\\] .* needs ${TOO_MANY} elements in one array, but this GPU has room for`);
    for (let i = 0; i < 2; i++) expect(call).toThrow(message);
  });

  test("deviceInfo tells what runs", () => {
    const { gpu } = deviceInfo();
    expect(gpu?.mode).toBe("webgpu");
    expect(gpu?.memory.liveBuffers).toBeGreaterThanOrEqual(0);
    expect(backendFor("auto").device).toBe("gpu");
    expect(ones(1, { device: "auto" }).device).toBe("gpu");
  });
});
