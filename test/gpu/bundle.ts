/** @file Makes a script for a page of a program, as its users' bundlers do. */
import { build } from "tsdown";

/** The script and its chunks by name, in JavaScript. `entry` becomes `script.js`. */
export async function bundleForPage(entry: string): Promise<ReadonlyMap<string, string>> {
  const bundles = await build({
    config: false,
    entry: { script: entry },
    platform: "browser",
    format: "es",
    write: false,
    // It would empty the folder that the package is built into.
    clean: false,
    dts: false,
    deps: { alwaysBundle: [/./] },
    // What package.json says of side effects holds for the built files: among the sources, some register themselves.
    treeshake: false,
    inputOptions: { resolve: { conditionNames: ["tapegrad-source", "import", "browser", "default"] } },
    failOnWarn: true,
    logLevel: "warn",
  });
  return new Map(
    bundles.flatMap(({ chunks }) =>
      chunks.flatMap((chunk) => (chunk.type === "chunk" ? [[chunk.fileName, chunk.code] as const] : [])),
    ),
  );
}
