/** @file Runs tests of the sources on the built package: those that see nothing of it but its entry points. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** The bundle of an entry point, given its source; undefined for any other file. */
export function bundleOf(source: string): string | undefined {
  const entry = relative(".", source).match(/^src[\\/]entry[\\/](\w+)\.ts$/)?.[1];
  return entry === undefined ? undefined : resolve("dist", `${entry}.js`);
}

/** The files a module loads by relative imports, of both forms. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const names = text.matchAll(/^(?:import|export)\b(?!\s+type\b)[^;]*?\bfrom "(\.[^"]+\.ts)"/gm);
  const later = text.matchAll(/\bimport\("(\.[^"]+\.ts)"\)/g);
  return [...names, ...later].map(([, name = ""]) => join(dirname(file), name));
}

/** Whether a test, and what it imports, uses the package as its users do. */
function seesEntryPointsOnly(file: string): boolean {
  return importsOf(file).every((other) =>
    /^(?:src|kernels)\b/.test(other) ? bundleOf(other) !== undefined : seesEntryPointsOnly(other),
  );
}

/** The tests that can run on the built package. Pages are bundled from the sources. */
export function testsForBundle(): string[] {
  return globSync("test/**/*.test.ts", { exclude: ["test/package/**", "test/project/**", "test/gpu/browser.test.ts"] })
    .sort()
    .filter(seesEntryPointsOnly);
}

/** Of these, what a run takes: all of them once a night, every third otherwise, since each has passed on the sources. */
export function shareForBundle(): string[] {
  const every = process.env.TAPEGRAD_ALL_BUNDLE_TESTS === "1" ? 1 : 3;
  return testsForBundle().filter((_, i) => i % every === 0);
}
