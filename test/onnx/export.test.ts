/**
 * @file Exported modules give the same numbers in ONNX Runtime, for other sizes too, pass ONNX's checker, and come back as
 * they were.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type nn, noGrad } from "tapegrad";
import * as onnx from "tapegrad/onnx";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectClose } from "./close.ts";
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

/** The names in the state dictionary, without the count that only training reads. */
function statesOf(module: nn.Module<unknown>): string[] {
  const names = Object.keys(module.stateDict());
  return names.filter((name) => !name.endsWith("num_batches_tracked")).sort();
}

function parametersOf(module: nn.Module<unknown>): string[] {
  return module
    .namedParameters()
    .map(([name]) => name)
    .sort();
}

describe("models", () => {
  test.each(MODELS)("$name", async (model) => {
    const { module, inputs, others } = seeded(model);
    const bytes = await onnx.toBytes(module, inputs, { dynamicAxes: model.dynamicAxes });
    writeFileSync(join(folder, `${model.name.replaceAll(" ", "-")}.onnx`), bytes);
    const runtime = await RuntimeModel.from(bytes);
    const loaded = await onnx.load<unknown>(bytes);
    const tolerance = model.tolerance ?? 1e-5;
    for (const given of others === null ? [inputs] : [inputs, others]) {
      const wanted = noGrad(() => tensorsIn(module.forward(...given.map((t) => t.clone()))));
      expectClose(await runtime.run(given), wanted, tolerance);
      expectClose(
        noGrad(() => tensorsIn(loaded.forward(...given))),
        wanted,
        tolerance,
      );
    }
    await runtime.close();
    expect(Object.keys(loaded.stateDict()).sort()).toEqual(statesOf(module));
    expect(parametersOf(loaded)).toEqual(parametersOf(module));
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
