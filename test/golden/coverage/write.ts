/** @file Writes test/golden/COVERAGE.md, and fails where a public name has neither goldens nor a reason. */
import { writeFileSync } from "node:fs";
import { coverage } from "./table.ts";

const { markdown, problems } = coverage();
writeFileSync(new URL("../COVERAGE.md", import.meta.url), markdown);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
