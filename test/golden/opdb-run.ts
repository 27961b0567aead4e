/**
 * @file Holds a file of make_opdb.py against the library and lists what differs, by operation and kind.
 *
 * Run: node --conditions=tapegrad-source test/golden/opdb-run.ts FILE [SHOWN PER KIND [OPERATION]]
 * Or: … --names [TO], for the names that make_opdb.py asks for; … --keep FROM TO, for the calls that tests can run.
 */
import { createReadStream, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { formsOf, judge, knownNames, type OpdbCase, type Verdict } from "./opdb.ts";

/** A call that takes more characters is left to the large file. */
const LONGEST_KEPT = 700;

function describe({ op, args, options, inputs }: OpdbCase, form: string): string {
  const list = inputs.map((i) => {
    const values = i.values.length < 9 ? ` {${i.values}}` : "";
    return `${i.dtype}[${i.shape}]${i.strided === true ? " strided" : ""}${values}`;
  });
  return `${op} as ${form} (${list.join("; ")}) ${JSON.stringify(args)} ${JSON.stringify(options ?? {})}`.slice(0, 600);
}

function bump(map: Map<string, number>, key: string): number {
  const count = (map.get(key) ?? 0) + 1;
  map.set(key, count);
  return count;
}

async function list(file: string, shown: number, only: string | undefined): Promise<void> {
  const counts = new Map<string, number>();
  const seen = new Map<string, number>();
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const spec = JSON.parse(line) as OpdbCase;
    if (only !== undefined && spec.op !== only) continue;
    for (const form of formsOf(spec)) {
      const verdict: Verdict = judge(spec, form);
      bump(counts, verdict.kind);
      if (verdict.kind === "same") continue;
      const count = bump(seen, `${verdict.kind}\t${spec.op}`);
      if (count <= shown) console.log(`[${verdict.kind}] ${describe(spec, form)}\n    ${verdict.text.slice(0, 400)}`);
    }
  }
  console.log("\nby operation:");
  for (const [key, count] of [...seen].sort()) console.log(`${String(count).padStart(6)}  ${key}`);
  console.log("\ntotal:");
  for (const [kind, count] of counts) console.log(`${String(count).padStart(6)}  ${kind}`);
  const deviations = ["result", "gradient", "second", "raw"].reduce((sum, kind) => sum + (counts.get(kind) ?? 0), 0);
  console.log(`${deviations} deviations`);
}

/** Copies the calls that are neither refused nor known to differ. */
function keep(from: string, to: string): void {
  const lines = readFileSync(from, "utf8").trimEnd().split("\n");
  const kept = lines.filter((line) => {
    const spec = JSON.parse(line) as OpdbCase;
    const kinds = formsOf(spec).map((form) => judge(spec, form).kind);
    return line.length <= LONGEST_KEPT && kinds.every((kind) => kind === "same" || kind === "zero sign");
  });
  writeFileSync(to, `${kept.join("\n")}\n`);
  console.log(`${kept.length} of ${lines.length} calls kept`);
}

const [first = "test/golden/data/opdb.jsonl", second, third] = process.argv.slice(2);
if (first === "--names") {
  if (second === undefined) console.log(JSON.stringify(knownNames()));
  else writeFileSync(second, JSON.stringify(knownNames()));
} else if (first === "--keep" && second !== undefined && third !== undefined) keep(second, third);
else await list(first, Number(second ?? 2), third);
