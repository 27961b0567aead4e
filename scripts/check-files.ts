/**
 * @file Rules for source files that neither linter nor compiler knows: a header in each, no suppressed type errors,
 * no notes for later. Files that have grown long are listed, as a hint that they have two purposes.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const LONG = 300;

/** What no file may contain, and why. */
const FORBIDDEN: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/@ts-(?:ignore|nocheck)\b/, "suppresses the type checker"],
  [/@ts-expect-error\b(?![^\n]*\S)/, "expects a type error without saying which"],
  [/\bbiome-ignore-all\b/, "switches rules off for a whole file"],
  [/\b(?:TODO|FIXME|XXX)\b/, "leaves work for later: finish it, or open an issue"],
];

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts", "*.mjs"], {
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => existsSync(file) && file !== "scripts/check-files.ts");

const problems: string[] = [];
const long: string[] = [];
for (const file of files) {
  const text = readFileSync(file, "utf8");
  if (!/^(?:#![^\n]*\n)?\/\*\*(?: |\n \* )@file \S/.test(text)) {
    problems.push(`${file}: does not begin with /** @file what it is for */`);
  }
  for (const [pattern, why] of FORBIDDEN) {
    const found = text.match(pattern);
    if (found) problems.push(`${file}:${lineOf(text, found.index ?? 0)}: ${found[0]} ${why}`);
  }
  const lines = text.split("\n").length - 1;
  if (lines > LONG) long.push(`${file}: ${lines} lines`);
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

if (long.length > 0) console.log(`longer than ${LONG} lines:\n  ${long.join("\n  ")}`);
if (problems.length > 0) console.error(`${problems.length} problems:\n  ${problems.join("\n  ")}`);
console.log(`${files.length} files checked`);
process.exitCode = problems.length > 0 ? 1 : 0;
