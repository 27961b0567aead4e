/**
 * @file Draws the programs that `compile` makes in a program of yours: `npm run graph -- examples/mnist.ts`.
 *
 * The file runs as it would by itself until its first programs are there.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { instance, type RenderOptions } from "@viz-js/viz";
import { onProgramMade } from "../src/compile/programs-made.ts";

const USAGE = `npm run graph -- [options] FILE [arguments of FILE]

Runs FILE until compile has made programs in it, draws each into an SVG file, and ends.
A program of examples/ is run with --compile and a fixed seed.

  --count N    programs to draw (1); a first step is often another program than those after it
  --out DIR    folder of the files (graphs)
  --dot        write the text for Graphviz beside each picture
  --list       print the programs too
  --help       show this`;

function fail(reason: string): never {
  console.error(`graph: ${reason}`);
  process.exit(2);
}

/** The options before the file, the file, and what the file itself is given. */
function readArguments(given: readonly string[]) {
  const takesValue = new Set(["--count", "--out"]);
  const at = given.findIndex((text, i) => !text.startsWith("-") && !takesValue.has(given[i - 1] ?? ""));
  const own = at < 0 ? given : given.slice(0, at);
  try {
    const { values } = parseArgs({
      args: [...own],
      options: {
        count: { type: "string", default: "1" },
        out: { type: "string", default: "graphs" },
        dot: { type: "boolean", default: false },
        list: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return { values, file: at < 0 ? undefined : given[at], rest: at < 0 ? [] : given.slice(at + 1) };
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

/** Graphviz puts calls in layers, which takes minutes for many: first with straight lines and less care, then without layers. */
function layoutOf(calls: number): RenderOptions {
  if (calls <= 100) return { engine: "dot" };
  const quick = { nslimit: 0.1, nslimit1: 0.1, mclimit: 0.01, searchsize: 5, splines: "line" };
  if (calls <= 400) return { engine: "dot", graphAttributes: quick };
  return { engine: "sfdp", graphAttributes: { overlap: "scale", splines: "line" } };
}

const { values, file, rest } = readArguments(process.argv.slice(2));
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
if (file === undefined) fail("expected a file that calls compile; --help shows how");
const count = Number(values.count);
if (!Number.isSafeInteger(count) || count < 1) fail(`--count ${values.count}: expected a whole number of at least 1`);

const path = resolve(file);
if (!existsSync(path)) fail(`there is no file ${file}`);
const viz = await instance();
const stem = basename(file).replace(/\.[cm]?[jt]s$/, "");
let drawn = 0;
onProgramMade((name, program) => {
  drawn++;
  const picture = join(values.out, [stem, name, String(drawn)].filter((part) => part !== "").join("-"));
  const dot = program.toDot();
  const { calls, eagerCalls } = program.stats;
  mkdirSync(values.out, { recursive: true });
  writeFileSync(`${picture}.svg`, viz.renderString(dot, { format: "svg", ...layoutOf(calls) }));
  if (values.dot) writeFileSync(`${picture}.dot`, dot);
  if (values.list) console.log(String(program));
  console.log(`${picture}.svg: ${calls} calls of kernels, where the function itself makes ${eagerCalls}`);
  if (drawn === count) process.exit(0);
});

const isExample = !relative(resolve(import.meta.dirname, "../examples"), path).startsWith("..");
const args = isExample && rest.length === 0 ? ["--compile", "--seed", "0"] : rest;
process.argv = [process.argv[0] ?? "node", path, ...args];
await import(pathToFileURL(path).href);
if (drawn === 0) fail(`${file} has ended, and compile made no program in it`);
