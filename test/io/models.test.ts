/** @file A trained network with buffers goes from PyTorch to here and back, and computes the same. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findPython } from "../../bench/python.ts";
import { manualSeed } from "../../src/entry/index.ts";
import { fileBytes } from "../golden/io.ts";
import { convolutional, images, loaded, modelsGolden, trained, writeModels } from "../golden/models.ts";

const folder = mkdtempSync(join(tmpdir(), "tapegrad-models-"));
afterAll(() => rmSync(folder, { recursive: true }));

function expectOutputs(outputs: ArrayLike<number>): void {
  expect(outputs.length).toBe(modelsGolden.outputs.values.length);
  for (const [i, want] of modelsGolden.outputs.values.entries()) {
    expect(Math.abs((outputs[i] as number) - Number(want))).toBeLessThan(1e-5);
  }
}

test.each(["safetensors", "npz"] as const)("PyTorch's %s file gives PyTorch's outputs", async (format) => {
  const file = join(folder, `pytorch.${format}`);
  writeFileSync(file, fileBytes(modelsGolden[format]));
  const model = await loaded(file);
  expect(Object.keys(model.stateDict())).toEqual(modelsGolden.names);
  expectOutputs(model.forward(images()).detach().dataSync());
});

test("the same seed and the same steps lead to the same network without a file", () => {
  manualSeed(3);
  expectOutputs(trained(convolutional()).forward(images()).detach().dataSync());
});

test.each(["safetensors", "npz"])(
  "what is saved as %s here gives the same outputs when it is loaded",
  async (format) => {
    manualSeed(4);
    await writeModels(folder);
    const model = await loaded(join(folder, `model.${format}`));
    manualSeed(4);
    const again = trained(convolutional());
    expect(model.forward(images()).equal(again.forward(images()))).toBe(true);
  },
);

const python = findPython();

test.skipIf(python === null)(
  "PyTorch loads what is saved here and computes the same",
  { timeout: 60_000 },
  async () => {
    manualSeed(5);
    await writeModels(folder);
    const script = new URL("../golden/scripts/make_models.py", import.meta.url).pathname;
    const report = execFileSync(python ?? "python3", [script, "check", folder], { encoding: "utf8" });
    expect(report).toMatch(/^safetensors: 25 tensors, 4 batches/);
    expect(report).toMatch(/\nnpz: 25 tensors, 4 batches/);
  },
);
