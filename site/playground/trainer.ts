/** @file The page's side of a run: a worker of its own for each, so that a reset leaves nothing behind. */
import type { Answers, FromWorker, Question, Start, ToWorker } from "./protocol.ts";

/** Called with what a run says. */
export type Listener = (message: FromWorker) => void;

/** Starts and ends runs, one at a time. */
export class Trainer {
  readonly #listener: Listener;
  readonly #questions = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #worker: Worker | undefined;
  #lastId = 0;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  start(start: Omit<Start, "type">): void {
    this.stop();
    const worker = new Worker(new URL("./trainer-worker.ts", import.meta.url), { type: "module", name: "trainer" });
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (worker === this.#worker) this.#hear(data);
    };
    worker.onerror = ({ message }) => {
      if (worker === this.#worker) this.#listener({ type: "error", message, needsFiles: false });
    };
    this.#worker = worker;
    this.#tell({ type: "start", ...start });
  }

  pause(): void {
    this.#tell({ type: "pause" });
  }

  resume(): void {
    this.#tell({ type: "resume" });
  }

  /** Ends the run, whatever it does. */
  stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject } of this.#questions.values()) reject(new Error("the run was ended"));
    this.#questions.clear();
  }

  ask<Q extends Question>(question: Q): Promise<Answers[Q["what"]]> {
    if (this.#worker === undefined) return Promise.reject(new Error("nothing runs"));
    const id = ++this.#lastId;
    return new Promise<unknown>((resolve, reject) => {
      this.#questions.set(id, { resolve, reject });
      this.#tell({ type: "ask", id, question });
    }) as Promise<Answers[Q["what"]]>;
  }

  #tell(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #hear(message: FromWorker): void {
    if (message.type !== "answer") {
      this.#listener(message);
      return;
    }
    const waiting = this.#questions.get(message.id);
    this.#questions.delete(message.id);
    if (message.error === undefined) waiting?.resolve(message.value);
    else waiting?.reject(new Error(message.error));
  }
}
