/**
 * @file The same work on the GPU in tapegrad, TensorFlow.js and jax-js, in one Chromium page on the same adapter:
 * `npm run bench:gpu`, or `npm run bench:gpu -- --rows chain,softmax` for some rows. Every row has a page of its own, in
 * which the libraries take turns; the least time of each counts. Losses and results have to agree.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { bundleForPage } from "../../test/gpu/bundle.ts";
import { FLAGS, findChromium, runInChromium } from "../../test/gpu/chromium.ts";
import { installPeers } from "../peers/install.ts";
import { type Answer, type Ceilings, type Outcome, ROWS, type Row, SIDES, type SideName, type Task } from "./rows.ts";

const USAGE = [
  "npm run bench:gpu -- [options]",
  "",
  "Measures the same work on the GPU in tapegrad, TensorFlow.js and jax-js, in Chromium, and prints a table.",
  "",
  "Rows:",
  ...Object.entries(ROWS).map(([name, what]) => `  ${name.padEnd(16)}${what}`),
  "",
  "Options:",
  "  --rows a,b         only these rows",
  "  --turns n          how often each library takes its turn (4)",
  "  --turn-ms n        how long a turn lasts at least (300)",
  "  --swiftshader      on SwiftShader, also where there is a graphics adapter",
  "  --installed        the peers are installed already",
  "  --help             show this",
  "",
  "Without a graphics adapter it measures on SwiftShader, which computes on the CPU.",
].join("\n");

function fail(reason: string): never {
  console.error(`bench: ${reason}`);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        rows: { type: "string" },
        turns: { type: "string", default: "4" },
        "turn-ms": { type: "string", default: "300" },
        swiftshader: { type: "boolean", default: false },
        installed: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    return fail((error instanceof Error ? error.message : String(error)).replaceAll("\n", " "));
  }
}

const options = readOptions();
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
const all = Object.keys(ROWS) as Row[];
const names = options.rows?.split(",") ?? all;
const odd = names.find((name) => !all.some((row) => row === name));
if (odd !== undefined) fail(`there is no row ${JSON.stringify(odd)}: expected ${all.join(", ")}`);
const rows = all.filter((row) => names.includes(row));
const [turns, turnMs] = [options.turns, options["turn-ms"]].map(Number) as [number, number];
if (!(turns >= 1) || !(turnMs >= 0)) fail("--turns and --turn-ms must be numbers");
const chromium = findChromium() ?? fail("there is no Chromium; TAPEGRAD_CHROMIUM can say where it is");

const note = (text: string) => process.stderr.write(`${text}\n`);
const here = import.meta.dirname;

/**
 * The page's script and the peers' own builds for browsers: TensorFlow.js, of which every part adds to one global, and the
 * modules of jax-js.
 */
async function bundle(): Promise<ReadonlyMap<string, string>> {
  const modules = `${here}/../peers/node_modules`;
  const files = new Map(await bundleForPage(`${here}/page.ts`));
  const parts = ["core", "backend-cpu", "backend-webgl", "backend-webgpu", "layers"].map((name) => `tf-${name}.min.js`);
  for (const part of parts) {
    files.set(part, readFileSync(`${modules}/@tensorflow/tfjs-${part.slice(3, -7)}/dist/${part}`, "utf8"));
  }
  const jax = `${modules}/@jax-js/jax/dist`;
  for (const name of readdirSync(jax)) {
    if (name.endsWith(".js")) files.set(`jax/${name}`, readFileSync(`${jax}/${name}`, "utf8"));
  }
  const imports = parts.map((part) => `import "/${part}";`);
  files.set(
    "peers.js",
    [...imports, 'export * as jax from "/jax/index.js";', "export const { tf } = globalThis;"].join("\n"),
  );
  return files;
}

if (!options.installed) {
  note("installing the peers …");
  installPeers();
}
const files = await bundle();

/** The machine's own adapter, if Chromium finds one. */
const REAL = ["--enable-unsafe-webgpu", "--enable-features=Vulkan"];

async function inPage<T>(task: Task, flags: readonly string[]): Promise<T> {
  const script = `export default ${JSON.stringify(task)};`;
  return (await runInChromium(chromium, new Map([...files, ["task.js", script]]), flags)) as T;
}

/** Whether Chromium may find an adapter. Without one it waits for ever where it may use no other. */
const isReal =
  !options.swiftshader &&
  (process.platform !== "linux" ||
    readdirSync("/dev").some((name) => /^(?:dri|nvidia\d+|dxg|kgsl-3d0|mali\d+)$/.test(name)));
const flags = isReal ? REAL : FLAGS.webgpu;
const ceilings = await inPage<Ceilings>({ mode: "webgpu", sides: [], work: "ceilings", turns, turnMs }, flags);

const isOutcome = (part: Answer[SideName]): part is Outcome => part !== undefined && "ms" in part;

/** The first step takes a page of its own for each library: compiled kernels outlive pages, but not browsers. */
async function measureFirst(): Promise<Answer> {
  const answer: Answer = {};
  for (let turn = 0; turn < Math.min(3, turns); turn++) {
    for (const side of SIDES) {
      const part = (await inPage<Answer>({ mode: "webgpu", sides: [side], work: "first", turns, turnMs }, flags))[side];
      const before = answer[side];
      if (isOutcome(part) && isOutcome(before)) answer[side] = before.ms < part.ms ? before : part;
      else if (part !== undefined && before === undefined) answer[side] = part;
    }
  }
  return answer;
}

function measure(row: Row): Promise<Answer> {
  if (row === "first") return measureFirst();
  if (row === "webgl-mnist" || row === "webgl-matmul512") {
    const work = row === "webgl-mnist" ? "mnist" : "matmul512";
    // WebGL has no tape, so compiled calls are made one by one.
    const sides = SIDES.filter((side) => side !== "tapegrad, compiled");
    return inPage({ mode: "webgl2", sides, work, turns, turnMs }, isReal ? [] : FLAGS.webgl2);
  }
  return inPage({ mode: "webgpu", sides: SIDES, work: row, turns, turnMs }, flags);
}

/** Results that differ from the first library's by more than a thousandth of the largest. */
function disagreements(answer: Answer): string[] {
  const parts = SIDES.flatMap((side) => {
    const part = answer[side];
    return isOutcome(part) ? [{ side, values: part.values }] : [];
  });
  const [reference, ...others] = parts;
  if (reference === undefined) return [];
  const unit = Math.max(...reference.values.map(Math.abs));
  return others.flatMap(({ side, values }) => {
    const at = reference.values.findIndex((value, i) => !(Math.abs(value - (values[i] ?? Number.NaN)) <= 1e-3 * unit));
    return at < 0 ? [] : [`${side} has ${values[at]} where ${reference.side} has ${reference.values[at]}`];
  });
}

const show = (value: number | undefined) =>
  value === undefined ? "–" : value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);

const lines: string[] = [];
function tell(line: string): void {
  lines.push(line);
  console.log(line);
}

const percent = ({ plain, ours }: Ceilings["copy"]) => `${Math.round((100 * ours) / plain)} %`;
tell(`${ceilings.adapter}, least milliseconds of ${turns} turns in one page.`);
tell("");
tell(
  `Copy: ${show(ceilings.copy.ours)} GB/s, ${percent(ceilings.copy)} of plain WGSL. Product: ${ceilings.product.ours.toFixed(3)} TFLOP/s, ${percent(ceilings.product)} of plain WGSL.`,
);
tell("");
tell(`| work | ${SIDES.join(" | ")} | best / TensorFlow.js | best / jax-js |`);
tell("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
const problems: string[] = [];
const raw: Partial<Record<Row, Answer>> = {};
for (const row of rows) {
  let answer: Answer;
  try {
    answer = await measure(row);
  } catch (error) {
    problems.push(`${ROWS[row]}: ${String(error).split("\n", 1)[0]}`);
    continue;
  }
  raw[row] = answer;
  const ms = (side: SideName) => {
    const part = answer[side];
    return isOutcome(part) ? part.ms : undefined;
  };
  const ours = [ms("tapegrad"), ms("tapegrad, compiled")].filter((time) => time !== undefined);
  const ratio = (side: SideName) => {
    const theirs = ms(side);
    return theirs === undefined || ours.length === 0 ? "–" : (Math.min(...ours) / theirs).toFixed(2);
  };
  const times = SIDES.map((side) => show(ms(side))).join(" | ");
  tell(`| ${ROWS[row]} | ${times} | ${ratio("TensorFlow.js")} | ${ratio("jax-js")} |`);
  for (const side of SIDES) {
    const part = answer[side];
    if (part !== undefined && !isOutcome(part)) problems.push(`${ROWS[row]}: ${side}: ${part.reason}`);
  }
  problems.push(...disagreements(answer).map((text) => `${ROWS[row]}: ${text}`));
}
tell("");
tell(
  problems.length === 0 ? "All losses and results agree." : ["Problems:", ...problems.map((p) => `- ${p}`)].join("\n"),
);
const folder = `${here}/../results`;
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/gpu-peers.md`, `${lines.join("\n")}\n`);
writeFileSync(`${folder}/gpu-peers.json`, `${JSON.stringify({ ceilings, rows: raw, problems }, null, 1)}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
