/** @file Whole training steps and single operations beside PyTorch: `npm run bench:steps -- --help`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { figure, geometricMean } from "../sweep/report.ts";
import { closeSides, openSides, type Sides, takeTurns, type Way } from "../turns/turns.ts";

const USAGE = `npm run bench:steps -- [options]

Training steps of small models, and operations at sizes that programs have, in turns with PyTorch. Prints least
milliseconds and ratios.

  --only TEXT[,TEXT]    only workloads whose names contain one of these
  --blas on|off|both    products by the system's BLAS, by the built-in kernels, or each (both)
  --threads N[,N]       PyTorch's threads, of which the best counts (2)
  --time-per-row MS     time that the sides of a row share (3000)
  --out FILE            where to write FILE.md and FILE.json
  --help                show this`;

const TURNS = 6;
const TIMEOUT_MS = 300_000;
/** A call that takes longer is measured in one turn. */
const SLOW_MS = 5000;

interface Row {
  readonly name: string;
  readonly ours: Readonly<Partial<Record<Way, number>>>;
  /** Missing where PyTorch has no such workload. */
  readonly pytorch?: number;
}

async function measure(
  name: string,
  sides: Sides,
  known: boolean,
  ms: number,
  threads: readonly number[],
): Promise<Row> {
  const asked = [...sides.ours.map(({ side }) => side), ...(known ? [sides.pytorch] : [])];
  let slow = false;
  for (const side of asked) {
    const reply = await side.ask<{ ms: number }>({ command: "ready", name }, TIMEOUT_MS);
    if (!reply.ok) throw new Error(`${name}, ${side.name}: ${reply.error}`);
    slow ||= reply.ms > SLOW_MS;
  }
  const best = await takeTurns(asked, { count: slow ? 1 : TURNS, ms, threads, timeoutMs: TIMEOUT_MS });
  if (typeof best === "string") throw new Error(`${name}, ${best}`);
  const figures = sides.ours.map(({ way }, i) => [way, best[i]] as const);
  const pytorch = known ? best.at(-1) : undefined;
  return { name, ours: Object.fromEntries(figures), ...(pytorch === undefined ? {} : { pytorch }) };
}

async function namesOf({ ours: [first], pytorch }: Sides): Promise<{ ours: string[]; theirs: Set<string> }> {
  const mine = await first?.side.ask<{ names: string[] }>({ command: "names" });
  const theirs = await pytorch.ask<{ names: string[] }>({ command: "names" });
  if (mine?.ok !== true || !theirs.ok) throw new Error("a side did not start; BENCH_DEBUG=1 shows what it prints");
  return { ours: mine.names, theirs: new Set(theirs.names) };
}

function table(rows: readonly Row[], ways: readonly Way[]): string {
  const head = [
    "workload",
    ...ways.flatMap((way) => [`${way}, ms`]),
    "PyTorch, ms",
    ...ways.map((way) => `${way} / PyTorch`),
  ];
  const ratio = ({ ours, pytorch }: Row, way: Way) => (ours[way] ?? Number.NaN) / (pytorch ?? Number.NaN);
  const lines = rows.map((row) => [
    row.name,
    ...ways.map((way) => figure(row.ours[way])),
    figure(row.pytorch),
    ...ways.map((way) => figure(ratio(row, way))),
  ]);
  const means = ways.map((way) => figure(geometricMean(rows.map((row) => ratio(row, way)))));
  const all = [...lines, ["geometric mean", ...ways.map(() => ""), "", ...means]];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...all.map(line), ""].join("\n");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      blas: { type: "string", default: "both" },
      threads: { type: "string", default: "2" },
      "time-per-row": { type: "string", default: "3000" },
      out: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const { blas, only, out } = values;
  if (blas !== "on" && blas !== "off" && blas !== "both") throw new Error(`--blas ${blas}: expected on, off or both`);
  const ms = Number(values["time-per-row"]);
  const threads = values.threads.split(",").map(Number);
  if (![ms, ...threads].every((value) => Number.isInteger(value) && value > 0)) {
    throw new Error("--time-per-row and --threads take integers of 1 or more");
  }
  const sides = openSides(blas, join(import.meta.dirname, "ours.ts"), join(import.meta.dirname, "steps.py"));
  const rows: Row[] = [];
  const ways = sides.ours.map(({ way }) => way);
  try {
    const names = await namesOf(sides);
    const wanted = names.ours.filter(
      (name) => only === undefined || only.split(",").some((text) => name.includes(text)),
    );
    for (const [i, name] of wanted.entries()) {
      const row = await measure(name, sides, names.theirs.has(name), ms, threads);
      rows.push(row);
      const figures = ways.map((way) => `${way} ${figure(row.ours[way])}`).join(", ");
      console.error(`[${i + 1}/${wanted.length}] ${name}: ${figures}, PyTorch ${figure(row.pytorch)} ms`);
    }
  } finally {
    closeSides(sides);
  }
  const text = table(rows, ways);
  console.log(text);
  if (out === undefined) return;
  const base = out.replace(/\.(md|json)$/, "");
  mkdirSync(dirname(base), { recursive: true });
  writeFileSync(`${base}.md`, text);
  writeFileSync(`${base}.json`, `${JSON.stringify(rows, null, 1)}\n`);
}

try {
  await main();
} catch (error) {
  console.error(`bench:steps: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
