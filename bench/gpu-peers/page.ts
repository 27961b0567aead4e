/** @file For a page: one row of `npm run bench:gpu`, measured in turns. What to do is in `/task.js`, the peers in `/peers.js`. */
import type { Jax } from "../peers/jax-model.ts";
import type { Tf } from "../peers/tensorflow.ts";
import { measureCeilings } from "./ceilings.ts";
import * as jax from "./jax.ts";
import type { Work } from "./problems.ts";
import type { Answer, Ceilings, Outcome, SideName, Task, Workload } from "./rows.ts";
import * as tapegrad from "./tapegrad.ts";
import * as tensorflow from "./tensorflow.ts";

/** What the bundle of the peers exports. */
interface Peers {
  readonly tf: Tf;
  readonly jax: Jax;
}

type Maker = (work: Workload) => Work | null;

async function load(side: SideName, mode: Task["mode"]): Promise<Maker> {
  if (side === "tapegrad") return tapegrad.load(mode, false);
  if (side === "tapegrad, compiled") return tapegrad.load(mode, true);
  const place = "/peers.js";
  const peers = (await import(place)) as Peers;
  return side === "jax-js" ? jax.load(peers.jax, mode) : tensorflow.load(peers.tf, mode);
}

const reasonOf = (error: unknown): { readonly reason: string } => ({ reason: String(error).split("\n", 1)[0] ?? "" });

/** The least milliseconds of some calls, which take `least` milliseconds together, or of one. */
async function leastOf(run: () => Promise<unknown>, least: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + least;
  do {
    const start = performance.now();
    await run();
    best = Math.min(best, performance.now() - start);
  } while (performance.now() < end);
  return best;
}

async function measure({ sides, mode, turns, turnMs }: Task, workload: Workload): Promise<Answer> {
  const answer: Answer = {};
  const taking: { side: SideName; work: Work; values: readonly number[]; ms: number }[] = [];
  for (const side of sides) {
    try {
      const work = (await load(side, mode))(workload);
      if (work === null) continue;
      const values = await work.values();
      await leastOf(work.run, turnMs / 2);
      taking.push({ side, work, values, ms: Number.POSITIVE_INFINITY });
    } catch (error) {
      answer[side] = reasonOf(error);
    }
  }
  for (let turn = 0; turn < turns; turn++) {
    for (const entry of taking) entry.ms = Math.min(entry.ms, await leastOf(entry.work.run, turnMs));
  }
  for (const { side, values, ms } of taking) answer[side] = { values, ms };
  return answer;
}

/** The first training step of the page, from the network's first operation to its loss. The library has been loaded. */
async function first({ sides, mode }: Task): Promise<Answer> {
  const answer: Answer = {};
  for (const side of sides) {
    try {
      const make = await load(side, mode);
      const start = performance.now();
      const work = make("mnist");
      const value = Number(await work?.run());
      const outcome: Outcome = { ms: performance.now() - start, values: [value] };
      answer[side] = outcome;
    } catch (error) {
      answer[side] = reasonOf(error);
    }
  }
  return answer;
}

export default async function run(): Promise<Answer | Ceilings> {
  const place = "/task.js";
  const { default: task } = (await import(place)) as { readonly default: Task };
  if (task.work === "ceilings") return measureCeilings(task.turns);
  return task.work === "first" ? first(task) : measure(task, task.work);
}
