/** @file The checks of `npm run structure` find what they are for. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tapegrad-structure-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** What a check complains about. */
function complaints(script: string, args: readonly string[], cwd: string): string {
  const { status, stderr } = spawnSync(process.execPath, [resolve("scripts", script), ...args], {
    cwd,
    encoding: "utf8",
  });
  expect(status).toBe(stderr === "" ? 0 : 1);
  return stderr;
}

describe("check-docs", () => {
  test("wants TSDoc on exported names and members, and examples on functions, classes and methods of Tensor", () => {
    write(
      "tensor.ts",
      `/** Elements. @example new Tensor() */
      export class Tensor {
        sum = 0;
        private hidden = 0;
        /** Number of dimensions. */
        get ndim(): number {
          return this.hidden;
        }
        /** Negates. */
        neg(): Tensor {
          return this;
        }
      }
      /** Negates. */
      export const neg = (x: Tensor): Tensor => x.neg();
      /** Adds one. @example increment(1) */
      export function increment(x: number): number {
        return x + 1;
      }
      /** A base class. */
      export class Module {
        /** Computes. */
        forward(): void {}
      }
      export interface Options {
        eps: number;
        /** Relative tolerance. */
        rtol: number;
      }
      /** Kinds. */
      export type Kind = "a" | "b";`,
    );
    const entry = write("entry.ts", `export { Tensor } from "./tensor.ts";\nexport * as nn from "./tensor.ts";`);
    const found = complaints("check-docs.ts", [entry], ".");
    expect(found).toContain("6 problems");
    for (const name of ["Tensor.sum", "nn.Options", "nn.Options.eps"]) {
      expect(found).toContain(`: ${name} has no TSDoc`);
    }
    for (const name of ["Tensor.neg", "nn.neg", "nn.Module"]) expect(found).toContain(`: ${name} has no @example`);
  });
});

describe("check-files", () => {
  test("wants a header, no suppressed errors, and PyTorch's names for the files of nn", () => {
    write("src/a.ts", "export {};\n");
    write("src/b.ts", `/** @file B. */\n// @ts-${"ignore"}\n`);
    for (const name of ["loss", "functional/pooling", "pair-loss", "functional/robust"]) {
      write(`src/nn/${name}.ts`, "/** @file A file of nn. */\n");
    }
    execFileSync("git", ["init", "--quiet"], { cwd: folder });
    const found = complaints("check-files.ts", [], folder);
    expect(found).toContain("src/a.ts: does not begin with");
    expect(found).toContain(`src/b.ts:2: @ts-${"ignore"} suppresses the type checker`);
    expect(found).toContain("src/nn/pair-loss.ts: PyTorch has no file of this name");
    expect(found).toContain("src/nn/functional/robust.ts: PyTorch has no file of this name");
    expect(found).not.toMatch(/nn\/loss|nn\/functional\/pooling/);
  });
});
