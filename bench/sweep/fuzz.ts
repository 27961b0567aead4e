/** @file A fuzzer of speed: random calls beside PyTorch, those that take too long in order. `npm run bench:fuzz -- --help`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { closeSides, openSides, takeTurns } from "../turns/turns.ts";
import { Draws, GROUP_NAMES, randomWork } from "./random-works.ts";
import { describe } from "./rows.ts";
import type { Work } from "./work.ts";

const USAGE = `npm run bench:fuzz -- [options]

Random operations, layers, losses and optimizers in random shapes, layouts and dtypes, one thread beside PyTorch's one, by
processor time. Prints those that take more than so many times PyTorch's time.

  --seed N          where the draws begin (1); a run is the same with the same seed
  --minutes N       how long it draws (5)
  --groups G[,G]    ${GROUP_NAMES.join(", ")} (all)
  --above R         least ratio that is told (3)
  --least US        least microseconds of a call of ours (20)
  --out FILE        a file of JSON lines for all calls (bench/results/fuzz.jsonl)
  --help            show this`;

const TIMEOUT_MS = 120_000;
/** Milliseconds that a side has in a turn, and turns. */
const TURN_MS = 15;
const TURNS = 2;
/** Calls that seem too slow are measured again for longer before they are told. */
const AGAIN = 3;

interface Found {
  readonly ratio: number;
  readonly ours: number;
  readonly pytorch: number;
  readonly words: string;
}

function wordsOf(group: string, work: Work): string {
  const layouts = work.inputs.slice(0, 4).map(({ shape, layout, dtype }) => `${dtype}[${shape}] ${layout}`);
  const more = work.inputs.length > 4 ? ` and ${work.inputs.length - 4} more` : "";
  const call = work.inputs.length > 4 ? "" : ` ${describe(work)}`;
  return `${group} ${work.name}${call} ${work.dtype} ${work.pass} | ${layouts.join(", ")}${more}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      minutes: { type: "string", default: "5" },
      groups: { type: "string", default: GROUP_NAMES.join(",") },
      above: { type: "string", default: "3" },
      least: { type: "string", default: "20" },
      out: { type: "string", default: "bench/results/fuzz.jsonl" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const groups = values.groups.split(",");
  const odd = groups.find((group) => !GROUP_NAMES.includes(group));
  if (odd !== undefined) throw new Error(`--groups ${JSON.stringify(odd)}: expected ${GROUP_NAMES.join(", ")}`);
  process.env.TAPEGRAD_NUM_THREADS = "1";
  const script = (name: string) => join(import.meta.dirname, name);
  const sides = openSides("on", script("ours.ts"), script("sweep.py"));
  const all = [...sides.ours.map(({ side }) => side), sides.pytorch];
  const turns = { threads: [1], timeoutMs: TIMEOUT_MS, processor: true } as const;
  const draws = new Draws(Number(values.seed));
  const found: Found[] = [];
  const lines: string[] = [];
  const skipped = new Map<string, number>();
  const end = performance.now() + 60_000 * Number(values.minutes);
  while (performance.now() < end) {
    const { group, work } = randomWork(draws, groups);
    const replies = await Promise.all(all.map((side) => side.ask({ command: "ready", work }, TIMEOUT_MS)));
    const bad = replies.findIndex((reply) => !reply.ok);
    if (bad >= 0) {
      const reply = replies[bad];
      const who = bad === all.length - 1 ? "PyTorch" : "ours";
      const words = `${who}: ${work.name}: ${reply?.ok === false ? reply.error.slice(0, 160) : ""}`;
      skipped.set(words, (skipped.get(words) ?? 0) + 1);
      continue;
    }
    let best = await takeTurns(all, { ...turns, count: TURNS, ms: TURN_MS * all.length * TURNS });
    const isSlow = (times: readonly number[]): boolean =>
      (times[0] as number) * 1000 >= Number(values.least) &&
      (times[0] as number) > Number(values.above) * (times.at(-1) as number);
    if (typeof best !== "string" && isSlow(best)) {
      best = await takeTurns(all, { ...turns, count: AGAIN * TURNS, ms: AGAIN * TURN_MS * all.length * TURNS });
    }
    if (typeof best === "string") continue;
    const [ours, pytorch] = [best[0] as number, best.at(-1) as number];
    const one: Found = { ratio: ours / pytorch, ours, pytorch, words: wordsOf(group, work) };
    lines.push(JSON.stringify({ ...one, work }));
    if (!isSlow(best)) continue;
    found.push(one);
    console.error(textOf(one));
  }
  closeSides(sides);
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, `${lines.join("\n")}\n`);
  console.log(`${lines.length} calls, ${found.length} above ${values.above}:`);
  for (const one of found.sort((a, b) => b.ratio - a.ratio)) console.log(textOf(one));
  console.log("Not measured:");
  for (const [words, count] of skipped) console.log(`${count} × ${words}`);
}

function textOf({ ratio, ours, words }: Found): string {
  return `${ratio.toFixed(1)} (${(ours * 1000).toFixed(0)} µs) ${words}`;
}

try {
  await main();
} catch (error) {
  console.error(`bench:fuzz: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
