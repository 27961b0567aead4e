/** @file A worker as the main thread sees it. */
import type { Recorder } from "./recorder.ts";
import { type RunningWorker, State } from "./worker.ts";

/** A worker, and the state through which jobs go to it and back. */
export class WorkerHandle {
  readonly recorder: Recorder;
  readonly state: Int32Array;
  /** The thread; null until it was started. */
  thread: RunningWorker | null = null;

  constructor(recorder: Recorder) {
    this.recorder = recorder;
    this.state = new Int32Array(recorder.block, 0, 3);
  }

  get now(): number {
    return Atomics.load(this.state, 0);
  }

  /** Whether the worker has opened the system's library. */
  get native(): "untried" | "open" | "failed" {
    const mark = Atomics.load(this.state, 2);
    return mark === 0 ? "untried" : mark === 1 ? "open" : "failed";
  }

  /** Changes the state if it is as expected; wakes the worker. */
  change(from: number, to: number): boolean {
    if (Atomics.compareExchange(this.state, 0, from, to) !== from) return false;
    if (from === State.asleep) Atomics.notify(this.state, 0);
    return true;
  }

  /** Whether the worker waits for a job. */
  get isReady(): boolean {
    const { now } = this;
    return now === State.idle || now === State.resting || now === State.asleep;
  }

  /** Offers the recorded job; false if the worker is not ready for it. */
  offer(): boolean {
    if (this.recorder.isNative && this.native !== "open") return false;
    for (const ready of [State.idle, State.resting, State.asleep]) if (this.change(ready, State.offered)) return true;
    // Between two looks it may have gone to sleep.
    return this.change(State.asleep, State.offered);
  }

  /** Ends the thread, now or when it has started. */
  stop(): void {
    while (!this.change(this.now, State.stop));
  }

  /** Gives the worker some time to begin with what it was offered. */
  awaitStart(ms: number): void {
    for (const end = performance.now() + ms; this.now === State.offered && performance.now() < end; );
  }
}

let mayWait: boolean | undefined;

/** Whether this thread may sleep; that of a browser's page may not. */
export function canWait(): boolean {
  if (mayWait === undefined) {
    try {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
      mayWait = true;
    } catch {
      mayWait = false;
    }
  }
  return mayWait;
}
