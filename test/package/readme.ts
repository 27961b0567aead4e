/** @file The programs in README.md, so that what is tested is what newcomers read. */
import { readFileSync } from "node:fs";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** The TypeScript of the block that follows `<!-- first snippet -->`, and the lines its comments say it prints. */
export function firstSnippet(): { readonly code: string; readonly printed: readonly string[] } {
  const code = readme.match(/<!-- first snippet -->\n```ts\n(.*?)```/s)?.[1];
  if (code === undefined) throw new Error("README.md has no ```ts block after <!-- first snippet -->");
  const printed = [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1] ?? "");
  return { code, printed };
}

/** Every TypeScript block of the README that is a program, with its imports. */
export function programs(): readonly string[] {
  const blocks = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1] ?? "");
  return blocks.filter((code) => /^import /m.test(code));
}
