/** @file Mixed precision as PyTorch 1.13 has it where there is no CUDA: switched off, with its warnings. */
import { afterEach, expect, test, vi } from "vitest";
import { amp, autocast, DTypeError, isAutocastEnabled, optim, tensor, ValueError } from "../../src/entry/index.ts";

afterEach(() => vi.restoreAllMocks());
const warnings = () => vi.spyOn(console, "warn").mockImplementation(() => {});

test("autocast runs what it is given, without a word where it is not enabled", async () => {
  const warn = warnings();
  expect(autocast("cpu", () => 3, { enabled: false })).toBe(3);
  expect(await amp.autocast("cuda", async () => isAutocastEnabled(), { enabled: false })).toBe(false);
  expect(warn).not.toHaveBeenCalled();
});

test("autocast warns where PyTorch disables it", () => {
  const warn = warnings();
  autocast("cuda", () => 1);
  autocast("cpu", () => 1, { dtype: "float16" });
  expect(warn.mock.calls.flat()).toEqual([
    "[autocast] User provided device_type of 'cuda', but CUDA is not available. Disabling",
    "[autocast] In CPU autocast, but the target dtype is not supported. Disabling autocast. CPU Autocast only supports dtype of bfloat16 currently.",
  ]);
});

test("autocast refuses half precision that PyTorch would have", () => {
  expect(() => autocast("cpu", () => 1)).toThrow(DTypeError);
  expect(() => autocast("gpu", () => 1)).toThrow("there is no float16");
  expect(() => autocast("tpu" as never, () => 1)).toThrow(ValueError);
});

test("GradScaler leaves losses and steps as they are", async () => {
  const warn = warnings();
  const weight = tensor([1], { requiresGrad: true });
  const optimizer = new optim.SGD([weight], 0.5);
  const scaler = new amp.GradScaler("cuda", { initScale: 1024 });
  expect(warn).toHaveBeenCalledOnce();
  const loss = weight.sum();
  expect(scaler.scale(loss)).toBe(loss);
  loss.backward();
  scaler.unscale_(optimizer);
  scaler.step(optimizer);
  scaler.update();
  expect(String(weight.detach())).toBe("tensor([0.5000])");
  expect(await scaler.step(new optim.LBFGS([weight]), async () => weight.sum())).toBeDefined();
  expect([scaler.getScale(), scaler.isEnabled(), scaler.stateDict()]).toEqual([1, false, {}]);
  scaler.loadStateDict({});
});

test("GradScaler refuses what is no tensor and no optimizer", () => {
  const scaler = new amp.GradScaler({ enabled: false });
  expect(() => scaler.scale(3 as never)).toThrow("[GradScaler.scale]");
  expect(() => scaler.step({} as never)).toThrow("[GradScaler.step]");
  expect(() => scaler.loadStateDict(null as never)).toThrow("[GradScaler.loadStateDict]");
});
