/**
 * @file Holds a file of make_opdb.py against the library and lists what differs, by operation and kind.
 * Run: node --conditions=tapegrad-source test/golden/opdb-run.ts FILE [SHOWN PER KIND [OPERATION]]
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { formsOf, judge, knownNames, type OpdbCase, type Verdict } from "./opdb.ts";

function describe({ op, args, options, inputs }: OpdbCase, form: string): string {
  const list = inputs.map((i) => {
    const values = i.values.length < 9 ? ` {${i.values}}` : "";
    return `${i.dtype}[${i.shape}]${i.strided === true ? " strided" : ""}${values}`;
  });
  return `${op} as ${form} (${list.join("; ")}) ${JSON.stringify(args)} ${JSON.stringify(options ?? {})}`.slice(0, 600);
}

async function main(file: string, shown: number, only: string | undefined): Promise<void> {
  const counts = new Map<string, number>();
  const seen = new Map<string, number>();
  const bump = (map: Map<string, number>, key: string): number => {
    const count = (map.get(key) ?? 0) + 1;
    map.set(key, count);
    return count;
  };
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
  process.exitCode = deviations > 0 ? 1 : 0;
}

if (process.argv.includes("--names")) console.log(JSON.stringify(knownNames()));
else await main(process.argv[2] ?? "opdb.jsonl", Number(process.argv[3] ?? 2), process.argv[4]);
