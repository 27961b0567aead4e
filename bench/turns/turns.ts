/** @file The sides of a comparison, and measuring what they have prepared in turns. */
import { findPython } from "../python.ts";
import { Side } from "./side.ts";

/** Which kernels our side uses for products: the system's BLAS, if there is one, or its own. */
export type Way = "BLAS" | "built-in";

export const WAYS: readonly Way[] = ["BLAS", "built-in"];

export interface Sides {
  readonly ours: readonly { readonly way: Way; readonly side: Side }[];
  readonly pytorch: Side;
}

/** Processes of a script of ours, one for each way, and of one in Python. Throws an Error without PyTorch. */
export function openSides(blas: "on" | "off" | "both", script: string, pythonScript: string): Sides {
  const python = findPython();
  if (python === null) throw new Error("python3 has no PyTorch; PYTHON names another one");
  const ways = WAYS.filter((way) => blas === "both" || (way === "BLAS") === (blas === "on"));
  const args = ["--conditions=tapegrad-source", script];
  const ours = ways.map((way) => {
    const env = { TAPEGRAD_BLAS: way === "BLAS" ? "auto" : "off" };
    return { way, side: new Side(way, { program: process.execPath, args, env }) };
  });
  return { ours, pytorch: new Side("PyTorch", { program: python, args: [pythonScript] }) };
}

export function closeSides({ ours, pytorch }: Sides): void {
  for (const { side } of ours) side.close();
  pytorch.close();
}

export interface Turns {
  /** How often each side has its turn. */
  readonly count: number;
  /** Milliseconds that all turns take together. */
  readonly ms: number;
  /** PyTorch's numbers of threads, one a turn; ours is the machine's. */
  readonly threads: readonly number[];
  readonly timeoutMs: number;
  /** Whether processor time counts, as where other programs run beside; else the clock on the wall. */
  readonly processor?: boolean;
}

/** Least milliseconds of a call by what each side has prepared, ours first; or why there are none. */
export async function takeTurns(sides: readonly Side[], turns: Turns): Promise<number[] | string> {
  const ms = turns.ms / sides.length / turns.count;
  const processor = turns.processor === true;
  const best = sides.map(() => Number.POSITIVE_INFINITY);
  for (let turn = 0; turn < turns.count; turn++) {
    const threads = turns.threads[turn % turns.threads.length] ?? 1;
    for (const [i, side] of sides.entries()) {
      const reply = await side.ask<{ best: number }>({ command: "round", ms, threads, processor }, turns.timeoutMs);
      if (!reply.ok) return `${side.name}: ${reply.error}`;
      best[i] = Math.min(best[i] ?? Number.POSITIVE_INFINITY, reply.best);
    }
  }
  return best;
}
