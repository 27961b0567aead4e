/** @file The GPU of the packed package: its libraries are optional, in Node and in the bundle for a page. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { FLAGS, findChromium, runInChromium } from "../gpu/chromium.ts";
import { expectSameLosses, type Training } from "../gpu/training.ts";
import { runIn } from "./run.ts";

const project = inject("project");
const nodes = inject("nodes");
const folder = mkdtempSync(join(tmpdir(), "tapegrad-gpu-"));
const chromium = findChromium();

/** Projects by what they have installed beside the package. */
const projects = {
  neither: join(folder, "neither"),
  library: join(folder, "library"),
  broken: join(folder, "broken"),
  both: join(folder, "both"),
};

/** A copy of the user's project with packages of the development's own. */
function makeProject(place: string, packages: readonly string[]): void {
  cpSync(project, place, { recursive: true });
  cpSync("test/package/programs", place, { recursive: true });
  for (const name of packages) symlinkSync(resolve("node_modules", name), join(place, "node_modules", name));
}

/** As where a native library is too old. */
function breakWebGpu(place: string): void {
  const stub = join(place, "node_modules/webgpu");
  mkdirSync(stub);
  writeFileSync(join(stub, "package.json"), JSON.stringify({ name: "webgpu", version: "0.6.2", main: "index.js" }));
  writeFileSync(join(stub, "index.js"), 'throw new Error("libstdc++.so.6: version not found\\n  and more");');
}

/** What train.js found in a project. It must have ended by itself. */
async function train(place: string, node: string): Promise<Training> {
  const { stdout } = await runIn(place, node, "train-in-node.js");
  return JSON.parse(stdout) as Training;
}

beforeAll(() => {
  makeProject(projects.neither, []);
  makeProject(projects.library, ["gpu.js"]);
  makeProject(projects.broken, ["gpu.js"]);
  makeProject(projects.both, ["gpu.js", "webgpu"]);
  breakWebGpu(projects.broken);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(Object.entries(nodes))("on Node %s", (_, node) => {
  test.each([
    ["gpu.js and webgpu", "neither", /gpu\.js .*npm install gpu\.js/],
    ["webgpu", "library", /webgpu is not installed \(npm install webgpu/],
    ["a webgpu that loads", "broken", /webgpu does not load \(libstdc\+\+\.so\.6: version not found\)/],
  ] as const)("without %s there is a reason, and the CPU", async (_, name, expected) => {
    const { gpu, onCpu, onGpu } = await train(projects[name], node);
    expect(gpu).toEqual({ available: false, reason: expect.stringMatching(expected) });
    expect(gpu).not.toMatchObject({ reason: expect.stringContaining("\n") });
    expect(onCpu[2]).toBeLessThan(onCpu[0] as number);
    expect(onGpu).toEqual([]);
  });

  test("with both it trains, and the process ends", async ({ skip }) => {
    const found = await train(projects.both, node);
    if (!found.gpu.available && process.env.TAPEGRAD_REQUIRE_GPU !== "1") skip(found.gpu.reason);
    expectSameLosses(found, "webgpu");
  });
});

describe("the bundle for a page", () => {
  async function bundle(place: string): Promise<ReadonlyMap<string, string>> {
    const tsdown = resolve("node_modules/tsdown/dist/run.mjs");
    await runIn(place, nodes["24"] ?? "", tsdown, "--config", "tsdown.train.config.js");
    const out = join(place, "train-bundle");
    return new Map(readdirSync(out).map((file) => [file, readFileSync(join(out, file), "utf8")]));
  }

  test("is made without gpu.js, and with it holds it; Node's webgpu is never in it", async () => {
    const [without, withLibrary] = [await bundle(projects.neither), await bundle(projects.both)];
    const size = (files: ReadonlyMap<string, string>) => [...files.values()].join("").length;
    expect(size(withLibrary) - size(without)).toBeGreaterThan(500_000);
    for (const code of [...without.values(), ...withLibrary.values()]) expect(code).not.toContain("dawn.node");
  });

  /** What a bundle's program finds in Chromium. Without Chromium there is a skip, or where it must be a failure. */
  async function inChromium(
    place: string,
    mode: keyof typeof FLAGS,
    skip: (reason: string) => void,
  ): Promise<Training> {
    const reason = "there is no Chromium; TAPEGRAD_CHROMIUM can say where it is";
    if (chromium === undefined && process.env.TAPEGRAD_REQUIRE_GPU !== "1") skip(reason);
    if (chromium === undefined) throw new Error(reason);
    return (await runInChromium(chromium, await bundle(place), FLAGS[mode])) as Training;
  }

  test.for(["webgpu", "webgl2"] as const)("trains in Chromium through %s", async (mode, { skip }) => {
    expectSameLosses(await inChromium(projects.both, mode, skip), mode);
  });

  test("trains in Chromium on the CPU without gpu.js", async ({ skip }) => {
    const { gpu, onCpu } = await inChromium(projects.neither, "webgpu", skip);
    expect(gpu).toMatchObject({ available: false, reason: expect.stringContaining("gpu.js") });
    expect(onCpu.at(-1)).toBeLessThan(onCpu[0] as number);
  });
});
