/** @file Our end of a {@link Side}: answers requests line by line, and times calls in rounds. */
import { createInterface } from "node:readline";

/** On a busy machine, one call says little. */
const LEAST_CALLS = 5;
/** Milliseconds between two looks at the clock, so that it does not show in the figures. */
const LEAST_MS = 0.1;

const wallClock = (): number => performance.now();

/** Milliseconds that this process has had processors for, of all its threads. */
const processorClock = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Times calls of a function. */
export class Timer {
  readonly #run: () => unknown;
  /** Calls between two looks at the clock. */
  #batch = 1;

  constructor(run: () => unknown) {
    this.#run = run;
  }

  /** Milliseconds of one call. */
  once(): number {
    const start = performance.now();
    this.#run();
    return performance.now() - start;
  }

  /** The least milliseconds of a call in a round of `ms`, of processor time if asked for, else of the clock on the wall. */
  round(ms: number, processor = false): number {
    const now = processor ? processorClock : wallClock;
    const run = this.#run;
    let best = Number.POSITIVE_INFINITY;
    const begin = now();
    for (let calls = 0, passed = 0; passed < ms || (calls < LEAST_CALLS && passed < 4 * ms); calls++) {
      const start = now();
      for (let i = 0; i < this.#batch; i++) run();
      const took = now() - start;
      best = Math.min(best, took / this.#batch);
      if (took < LEAST_MS) this.#batch = Math.min(this.#batch * 4, 1024);
      passed = now() - begin;
    }
    return best;
  }
}

/** Answers each line of the standard input: its `command` names the function that gets the rest. Ends with the input. */
export async function serve(answers: Readonly<Record<string, (request: never) => object>>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as { command: string };
    let reply: object;
    try {
      const answer = answers[request.command];
      if (answer === undefined) throw new Error(`there is no command ${request.command}`);
      reply = { ok: true, ...answer(request as never) };
    } catch (error) {
      reply = { ok: false, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
    }
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
}
