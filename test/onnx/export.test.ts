/** @file Exported modules give the same numbers in ONNX Runtime, for other sizes too, and pass ONNX's checker. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noGrad, type Tensor } from "tapegrad";
import * as onnx from "tapegrad/onnx";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MODELS, seeded, tensorsIn } from "./models.ts";
import { RuntimeModel } from "./runtime.ts";

/** Python with ONNX's checker, if there is one. */
const PYTHON = ["/usr/bin/python3", "python3"].find(
  (python) => spawnSync(python, ["-c", "import onnx.checker"]).status === 0,
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tapegrad-onnx-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function expectClose(got: readonly Tensor[], wanted: readonly Tensor[], tolerance: number): void {
  expect(got.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
    wanted.map(({ shape, dtype }) => ({ shape, dtype })),
  );
  for (const [i, t] of got.entries()) {
    const other = wanted[i] as Tensor;
    const isClose = t.double().allclose(other.double(), { rtol: tolerance, atol: tolerance, equalNan: true });
    if (!isClose) expect(String(t), `output ${i}`).toBe(String(other));
  }
}

describe("models", () => {
  test.each(MODELS)("$name", async (model) => {
    const { module, inputs, others } = seeded(model);
    const bytes = await onnx.toBytes(module, inputs, { dynamicAxes: model.dynamicAxes });
    writeFileSync(join(folder, `${model.name.replaceAll(" ", "-")}.onnx`), bytes);
    const runtime = await RuntimeModel.from(bytes);
    for (const given of others === null ? [inputs] : [inputs, others]) {
      const wanted = noGrad(() => tensorsIn(module.forward(...given.map((t) => t.clone()))));
      expectClose(await runtime.run(given), wanted, model.tolerance ?? 1e-5);
    }
    await runtime.close();
  });

  test.skipIf(PYTHON === undefined)("pass ONNX's checker, with inference of shapes", () => {
    const script = `
import sys, glob, onnx
for path in sorted(glob.glob(sys.argv[1] + "/*.onnx")):
    try:
        onnx.checker.check_model(onnx.load(path), full_check=True)
        print("ok")
    except Exception as error:
        print(path, error)
`;
    const { stdout, stderr } = spawnSync(PYTHON as string, ["-c", script, folder], { encoding: "utf8" });
    const files = readdirSync(folder);
    expect(stdout.trim().split("\n"), stderr).toEqual(files.map(() => "ok"));
  });
});
