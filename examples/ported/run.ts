/** @file `npm run ported NAME` runs a program of this folder; without a name, it lists them. */
import { readdirSync } from "node:fs";

const names = readdirSync(new URL(".", import.meta.url))
  .flatMap((file) => /^(?!run\.)(.+)\.ts$/.exec(file)?.[1] ?? [])
  .sort();
const [name = ""] = process.argv.slice(2);

if (names.includes(name)) {
  await import(`./${name}.ts`);
} else {
  console.error(`usage: npm run ported NAME, where NAME is one of ${names.join(", ")}`);
  process.exitCode = 1;
}
