/**
 * @file Records what the example programs print, for their pages: `npm --prefix site run outputs -- mnist cnn`.
 *
 * The built-in kernels and a seed make the output the same from run to run.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { examples } from "../examples/examples.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const wanted = process.argv.slice(2);

for (const { name, options } of examples) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--conditions=tapegrad-source", `examples/${name}.ts`, ...options],
    { cwd: root, encoding: "utf8", env: { ...process.env, NO_COLOR: "1", TAPEGRAD_BLAS: "off" } },
  );
  if (status !== 0) throw new Error(`examples/${name}.ts ended with ${status}: ${stderr}`);
  writeFileSync(new URL(`../examples/output/${name}.txt`, import.meta.url), stdout);
  console.log(`examples/output/${name}.txt`);
}
