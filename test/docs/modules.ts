/** @file What examples and pages may import, and what examples use without an import. */
import * as tapegrad from "tapegrad";
import * as data from "tapegrad/data";
import * as distributed from "tapegrad/distributed";
import * as io from "tapegrad/io";
import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };

const names = Object.keys(manifest.exports).filter((name) => !name.endsWith(".json"));
const entryPoints = await Promise.all(
  names.map(async (name) => [name.replace("./", ""), (await import(name.replace(".", "tapegrad"))) as object] as const),
);

/** The modules by the names that they are imported by, and the scope of an example: `keras` is `tapegrad/keras`. */
export const modules = {
  ...Object.fromEntries(entryPoints.map(([name, module]) => [name === "." ? "tapegrad" : `tapegrad/${name}`, module])),
  vitest: { expect, test },
  scope: { ...Object.fromEntries(entryPoints), ...io, ...data, ...distributed, ...tapegrad, expect },
};
