/** @file One side of a comparison: a process that lives long and answers a line of JSON with a line of JSON. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What a side answers: its figures, or the reason why it has none. */
export type Reply<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly error: string };

/** A program with its arguments, and what its environment has beside ours. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A process that answers one request at a time. One that does not answer in time is ended, and started anew when asked again. */
export class Side {
  readonly name: string;
  readonly #command: Command;
  #child: ChildProcessWithoutNullStreams | null = null;
  #answer: ((line: string | null) => void) | null = null;

  constructor(name: string, command: Command) {
    this.name = name;
    this.#command = command;
  }

  /** Whether a process runs. It does not before the first request, and after one that failed it. */
  get isRunning(): boolean {
    return this.#child !== null;
  }

  /** Sends a request and waits for the answer, at most `timeoutMs`. */
  async ask<T = object>(request: object, timeoutMs = 60_000): Promise<Reply<T>> {
    const child = this.#child ?? this.#start();
    let timer: NodeJS.Timeout | undefined;
    const line = await new Promise<string | null>((resolve) => {
      this.#answer = resolve;
      timer = setTimeout(() => resolve(null), timeoutMs);
      child.stdin.write(`${JSON.stringify(request)}\n`);
    });
    clearTimeout(timer);
    this.#answer = null;
    if (line !== null) return JSON.parse(line) as Reply<T>;
    const ended = this.#child === null;
    this.close();
    return { ok: false, error: ended ? "the process ended" : `no answer in ${timeoutMs} ms` };
  }

  close(): void {
    this.#child?.kill("SIGKILL");
    this.#child = null;
  }

  #start(): ChildProcessWithoutNullStreams {
    const { program, args, env } = this.#command;
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    const gone = () => {
      if (this.#child !== child) return;
      this.#child = null;
      this.#answer?.(null);
    };
    child.stderr.on("data", (text) => {
      if (process.env.BENCH_DEBUG !== undefined) process.stderr.write(text);
    });
    child.stdin.on("error", gone);
    child.on("error", gone);
    child.on("exit", gone);
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (this.#child === child) this.#answer?.(line);
    });
    this.#child = child;
    return child;
  }
}
