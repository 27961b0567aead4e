/** @file The sweep: `npm run bench:sweep -- --help`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Side } from "../turns/side.ts";
import { closeSides, openSides, type Sides, takeTurns, WAYS } from "../turns/turns.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { figure, markdown, type Row, ratioOf } from "./report.ts";
import { describe, ownDType, type Variation, workOf } from "./rows.ts";
import { chosenSamples, namesWithoutSamples, readSamples, type Sample } from "./samples.ts";
import { growthOf, type Recipe, recipesFor, type Scaled, scale, sizeFor } from "./scale.ts";
import type { Work } from "./work.ts";

/** Each side takes this many turns. */
const TURNS = 4;
/** A call that takes longer is measured once. */
const SLOW_MS = 2000;
/** A side that does not answer for so long is given up. */
const TIMEOUT_MS = 60_000;
/** Pairs of sizes at which a sample shows how it scales: a layer with many features does not below some thousand. */
const PROBES = [
  [256, 1024],
  [16_384, 65_536],
] as const;

interface Ready {
  readonly ms: number;
  readonly elements: number;
}

interface Saved {
  readonly saved: readonly object[];
}

/** How a sample grows: the recipe that the library accepts, and what it makes of a size. */
interface Plan {
  readonly recipe: Recipe;
  readonly known: { readonly n: number; readonly elements: number };
  readonly growth: number;
}

async function planFor(sample: Sample, side: Side): Promise<Plan | string> {
  let reason = "no recipe";
  const variation: Variation = { dtype: ownDType(sample), layout: "contiguous", pass: "forward" };
  const elementsAt = async (n: number, recipe: Recipe): Promise<number | null> => {
    const work = workOf(sample, scale(sample, n, recipe), variation, 0);
    if (work === null) return null;
    const reply = await side.ask<Ready>({ command: "ready", work }, TIMEOUT_MS);
    if (!reply.ok) reason = reply.error;
    return reply.ok ? reply.elements : null;
  };
  for (const recipe of recipesFor(sample)) {
    for (const [small, large] of PROBES) {
      const elements = await elementsAt(large, recipe);
      if (elements === null) break;
      const known = { n: large, elements };
      if (recipe.grows === "nothing") return { recipe, known, growth: 0 };
      const fewer = await elementsAt(small, recipe);
      if (fewer === null) break;
      if (elements > fewer) return { recipe, known, growth: growthOf({ n: small, elements: fewer }, known) };
    }
  }
  return reason;
}

class Sweep {
  readonly rows: Row[] = [];
  readonly #options: Options;
  readonly #sides: Sides;
  readonly #folder = mkdtempSync(join(tmpdir(), "tapegrad-sweep-"));
  readonly #seen = new Set<string>();
  #progress = "";

  constructor(options: Options, sides: Sides) {
    this.#options = options;
    this.#sides = sides;
  }

  close(): void {
    closeSides(this.#sides);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async run(samples: readonly Sample[]): Promise<void> {
    for (const [i, sample] of samples.entries()) {
      this.#progress = `${i + 1}/${samples.length}`;
      await this.#sweepSample(sample);
    }
  }

  async #sweepSample(sample: Sample): Promise<void> {
    const { sizes, dtypes, layouts, passes } = this.#options;
    const [first] = this.#sides.ours;
    if (first === undefined) return;
    const plan = await planFor(sample, first.side);
    if (typeof plan === "string") {
      const scaled: Scaled = { ...sample, inputs: sample.inputs.map((input) => ({ ...input, index: false })) };
      const own: Variation = { dtype: ownDType(sample), layout: "contiguous", pass: "forward" };
      this.#add({ ...this.#named(sample, scaled, own, 0), failed: plan });
      return;
    }
    for (const size of sizes) {
      const n = plan.recipe.grows === "nothing" ? size : sizeFor(size, plan.known, plan.growth);
      const scaled = scale(sample, n, plan.recipe);
      for (const dtype of dtypes) {
        for (const layout of layouts) {
          for (const pass of passes) await this.#sweepRow(sample, scaled, { dtype, layout, pass }, size);
        }
      }
    }
  }

  #named(sample: Sample, scaled: Scaled, variation: Variation, size: number): Row {
    const { kind, name } = sample;
    const call = describe(scaled);
    return { kind, name, call, ...variation, size, elements: 0, ownSize: false, ours: {} };
  }

  #add(row: Row): void {
    this.rows.push(row);
    const ratios = WAYS.flatMap((way) => (row.ours[way] === undefined ? [] : [`${way} ${figure(ratioOf(row, way))}`]));
    const outcome = row.failed ?? (row.missing === undefined ? ratios.join(", ") : "not in PyTorch");
    const differs = row.differs === undefined ? "" : ` differs: ${row.differs}`;
    const words = `${row.name} ${row.dtype} ${row.layout} ${row.pass} ${row.elements}`;
    console.error(`[${this.#progress}] ${words}: ${outcome}${differs}`);
  }

  async #sweepRow(sample: Sample, scaled: Scaled, variation: Variation, size: number): Promise<void> {
    const { ours, pytorch } = this.#sides;
    const row = this.#named(sample, scaled, variation, size);
    // Not every input has a gradient in PyTorch: a target may have none.
    for (const grads of variation.pass === "both" ? [9, 1] : [0]) {
      const work = workOf(sample, scaled, variation, grads);
      if (work === null) return;
      const key = JSON.stringify(work);
      if (this.#seen.has(key)) return;
      this.#seen.add(key);
      const replies = await Promise.all(
        ours.map(({ side }) => side.ask<Ready>({ command: "ready", work }, TIMEOUT_MS)),
      );
      const bad = replies.find((reply) => !reply.ok);
      if (bad !== undefined && !bad.ok) {
        if (!isRefusal(bad.error)) this.#add({ ...row, failed: bad.error });
        return;
      }
      const elements = replies[0]?.ok === true ? replies[0].elements : 0;
      const known = { ...row, elements, ownSize: elements < size / 8 || elements > size * 8 };
      const theirs = await pytorch.ask<Ready>({ command: "ready", work }, TIMEOUT_MS);
      if (!theirs.ok && variation.pass === "both" && grads > 1) continue;
      if (!theirs.ok) {
        this.#add({ ...known, missing: theirs.error });
        return;
      }
      const slow = [...replies, theirs].some((reply) => reply.ok && reply.ms > SLOW_MS);
      this.#add({ ...known, ...(await this.#measure(slow)), ...(await this.#differs(work)) });
      return;
    }
  }

  /** Least times, from turns of all sides. */
  async #measure(slow: boolean): Promise<Pick<Row, "ours" | "pytorch" | "failed">> {
    const { ours, pytorch } = this.#sides;
    const { timePerRow: ms, threads } = this.#options;
    const sides = [...ours.map(({ side }) => side), pytorch];
    const best = await takeTurns(sides, { count: slow ? 1 : TURNS, ms, threads, timeoutMs: TIMEOUT_MS });
    if (typeof best === "string") return { ours: {}, failed: best };
    const figures = ours.map(({ way }, i) => [way, best[i]] as const);
    return { ours: Object.fromEntries(figures), pytorch: best.at(-1) ?? Number.NaN };
  }

  async #differs(work: Work): Promise<Pick<Row, "differs">> {
    const { ours, pytorch } = this.#sides;
    const path = join(this.#folder, "results");
    const saved = await pytorch.ask<Saved>({ command: "save", work, path }, TIMEOUT_MS);
    if (!saved.ok) return { differs: `PyTorch, again: ${saved.error}` };
    for (const { side } of ours) {
      const request = { command: "compare", work, path, saved: saved.saved };
      let reply = await side.ask<{ difference: string | null }>({ ...request, wide: null }, TIMEOUT_MS);
      if (reply.ok && reply.difference !== null && work.dtype === "float32") {
        const wide = await pytorch.ask<{ wide: readonly object[] }>({ command: "wide", work, path }, TIMEOUT_MS);
        if (wide.ok) reply = await side.ask({ ...request, wide: wide.wide }, TIMEOUT_MS);
      }
      if (!reply.ok) return { differs: reply.error };
      if (reply.difference !== null) return { differs: reply.difference };
    }
    return {};
  }
}

/** Whether a message is one of the library's that says what a call does not take. */
function isRefusal(error: string): boolean {
  return /no output has a gradient|\[\w+\] /.test(error);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const all = readSamples();
  const names = [...new Set(all.map(({ name }) => name))];
  const odd = options.only.find((name) => !names.includes(name));
  if (odd !== undefined) throw new Error(`--only ${JSON.stringify(odd)}: no golden calls it`);
  const { part, of } = options.shard;
  const inShard = new Set(names.filter((_, i) => i % of === part - 1));
  const wanted = all.filter(
    ({ kind, name }) =>
      options.kinds.includes(kind) && (options.only.length > 0 ? options.only.includes(name) : inShard.has(name)),
  );
  const [ours, theirs] = [join(import.meta.dirname, "ours.ts"), join(import.meta.dirname, "sweep.py")];
  const sweep = new Sweep(options, openSides(options.blas, ours, theirs));
  const write = () => {
    mkdirSync(dirname(options.out), { recursive: true });
    const { rows } = sweep;
    writeFileSync(`${options.out}.md`, markdown(rows, namesWithoutSamples(all), "Sweep"));
    writeFileSync(`${options.out}.json`, `${JSON.stringify({ options, rows }, null, 1)}\n`);
    console.error(`${options.out}.md, ${options.out}.json`);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      write();
      sweep.close();
      process.exit(130);
    });
  }
  try {
    await sweep.run(chosenSamples(wanted, options.samples));
  } finally {
    sweep.close();
  }
  write();
}

try {
  await main();
} catch (error) {
  console.error(`bench:sweep: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
