/**
 * @file Thread pool on the shared memory, with synchronous jobs.
 *
 * A job is divided into chunks by the number of threads that was asked for, whatever threads there are. Chunks for which
 * no worker is ready are run by the main thread. So results do not depend on when a worker starts, is late or dies, and
 * nothing ever waits for one that has not begun.
 */

import { ADDRESSES_OF_WORKER, freeAddresses } from "./addresses.ts";
import type { BlasLibrary } from "./blas/library.ts";
import { type Kernels, listKernels, Recorder } from "./recorder.ts";
import type { WasmKernels } from "./wasm.ts";
import { State, startWorker } from "./worker.ts";
import { canWait, WorkerHandle } from "./worker-handle.ts";

export interface ThreadOptions {
  /** Milliseconds that an idle worker spins for the next job before it sleeps. */
  readonly awakeMs?: number | undefined;
  /** The same for a worker that was preempted not long ago. */
  readonly contendedSpinMs?: number | undefined;
  /** Milliseconds that one kernel call may take before its worker counts as dead, where the host cannot tell. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds that a worker sleeps before its thread ends. */
  readonly retireMs?: number | undefined;
  /** Milliseconds that the main thread, done with its own chunk, waits for a worker to begin. Default 0. */
  readonly startWaitMs?: number | undefined;
  /** Upper limit of the grain size, the smallest chunk: 1 divides whatever can be divided. No limit by default. */
  readonly grain?: number | undefined;
}

/** Covers what happens between two large operations of a training step. */
const SPIN_BEFORE_SLEEP_MS = 1;
/** Covers jobs that follow each other directly; with 0.2 ms a training step took up to twice as long on a busy machine. */
const CONTENDED_SPIN_MS = 0.05;
/** Far beyond the longest call of a kernel: 4 GiB of memory are read and written in 3 s. */
const TIMEOUT_MS = 60_000;
/** Starting a worker again takes 40 ms, in which the main thread does its work. */
const RETIRE_MS = 2_000;
/**
 * Milliseconds that the main thread spins for a worker before it sleeps too. A worker that is so much later has most
 * likely lost its processor, and can go on with that of the main thread.
 */
const MAIN_SPIN_MS = 0.2;
/** Milliseconds that the main thread waits for a worker to begin opening the library. */
const OPEN_MS = 1;
/** Milliseconds of sleep after which the main thread checks whether the worker still lives. */
const WAIT_SLICE_MS = 100;
const ENDED_AT_WORK = "a worker thread ended in the middle of its work: what it worked on is undefined";
const NO_ANSWER = "a worker thread does not answer any more: what it worked on is undefined";
/** Workers that may die or fail to start before the pool starts no more. */
const MAX_DEATHS = 3;

/** One chunk of a job: calls only kernels, through the object it is given. */
export type Chunk = (kernels: Kernels, part: number) => void;

/** The threads that work on one memory: the calling one and up to `size − 1` workers, which start when needed. */
export class ThreadPool {
  readonly #wasm: WasmKernels;
  #kernels: Kernels;
  #library: BlasLibrary | null = null;
  readonly #list: ReturnType<typeof listKernels>;
  /** Kernels that were made at run time: their code, and the functions of this thread. */
  readonly #codes: Uint8Array[] = [];
  readonly #functions: ((...values: number[]) => unknown)[] = [];
  readonly #awakeMs: number;
  readonly #contendedSpinMs: number;
  readonly #timeoutMs: number;
  readonly #retireMs: number;
  readonly #startWaitMs: number;
  readonly #grain: number;
  readonly #workers: WorkerHandle[] = [];
  #size: number;
  #deaths = 0;
  #problem: string | null = null;

  constructor(wasm: WasmKernels, size: number, options: ThreadOptions = {}) {
    this.#wasm = wasm;
    this.#list = listKernels(wasm);
    const { gemm, vector } = wasm;
    const made: Kernels["made"] = (number, values) => Number(this.#functions[number]?.(...values));
    const native = { sgemm: withoutLibrary, dgemm: withoutLibrary, open: withoutLibrary };
    this.#kernels = { gemm, vector, native, made };
    this.#size = size;
    this.#awakeMs = options.awakeMs ?? SPIN_BEFORE_SLEEP_MS;
    this.#contendedSpinMs = Math.min(options.contendedSpinMs ?? CONTENDED_SPIN_MS, this.#awakeMs);
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#retireMs = options.retireMs ?? RETIRE_MS;
    this.#startWaitMs = options.startWaitMs ?? 0;
    this.#grain = options.grain ?? Infinity;
  }

  /** Number of threads that work is divided between. */
  get size(): number {
    return this.#size;
  }

  /** Workers that have started and not ended. */
  get workers(): number {
    return this.#workers.filter(({ now }) => now !== State.starting && now !== State.retired).length;
  }

  /** Why there are fewer workers than there should be; null if all is well. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Workers beyond the new size end; further ones start when they are needed. */
  resize(size: number): void {
    this.#size = size;
    for (const worker of this.#workers.splice(size - 1)) worker.stop();
    this.#deaths = 0;
    this.#problem = null;
  }

  /**
   * Lets chunks call a kernel that was made at run time: `code` is its module, `run` its function in this thread. Gives the
   * number to call it by.
   */
  define(code: Uint8Array, run: (...values: number[]) => unknown): number {
    this.#codes.push(code);
    return this.#functions.push(run) - 1;
  }

  /** Lets chunks call a BLAS library. Workers started without it are replaced. */
  adopt(library: BlasLibrary): void {
    if (library === this.#library) return;
    this.#library = library;
    this.#kernels = { ...this.#kernels, native: { sgemm: library.sgemm, dgemm: library.dgemm, open: () => {} } };
    for (const worker of this.#workers.splice(0)) worker.stop();
  }

  /** Number of chunks for work of so many units, with at least `grainSize` of them in each (as in at::parallel_for). */
  parts(units: number, grainSize: number): number {
    const grain = grainSize < this.#grain ? grainSize : this.#grain;
    if (this.#size === 1 || units < 2 * grain) return 1;
    return Math.min(this.#size, Math.floor(units / grain));
  }

  /**
   * Runs chunks 0 … parts − 1 side by side and returns when all are done.
   *
   * @throws Error if a kernel failed in any of them, or a worker died at its chunk.
   */
  run(parts: number, chunk: Chunk): void {
    if (parts === 1) chunk(this.#kernels, 0);
    else this.#run(parts, chunk);
  }

  /** Sends all workers to sleep, so that they leave the processors to other threads. */
  rest(): void {
    for (const worker of this.#workers) worker.change(State.idle, State.resting);
  }

  #run(parts: number, chunk: Chunk): void {
    this.#hire(parts - 1);
    // A worker can leave the list while its chunk runs.
    const helpers = this.#workers.slice(0, parts - 1);
    if (this.#library) this.#openLibrary(helpers);
    const offered = helpers.map((worker, i) => this.#hand(worker, chunk, i + 1));
    let failure: Error | null = null;
    const runHere = (part: number): void => {
      try {
        chunk(this.#kernels, part);
      } catch (error) {
        failure ??= error instanceof Error ? error : new Error(String(error));
      }
    };
    runHere(0);
    for (let part = 1; part < parts; part++) if (offered[part - 1] !== true) runHere(part);
    for (const [i, worker] of helpers.entries()) {
      if (offered[i] !== true) continue;
      const part = i + 1;
      if (this.#startWaitMs > 0) worker.awaitStart(this.#startWaitMs);
      if (worker.change(State.offered, State.idle)) {
        runHere(part);
        continue;
      }
      const problem = this.#finish(worker);
      if (problem !== null) failure ??= new Error(problem);
    }
    if (failure) throw failure;
  }

  #hand(worker: WorkerHandle, chunk: Chunk, part: number): boolean {
    const { recorder } = worker;
    recorder.begin();
    chunk(recorder.kernels, part);
    return recorder.end() && this.#sendCodes(worker) && worker.offer();
  }

  /** Sends the worker, which has no job, the kernels that it does not know. One with too many of them is replaced. */
  #sendCodes(worker: WorkerHandle): boolean {
    if (!worker.isReady) return false;
    if (worker.recorder.send(this.#codes)) return true;
    this.#workers.splice(this.#workers.indexOf(worker), 1);
    worker.stop();
    return false;
  }

  /** Lets workers open the library that have not tried, as jobs, so that the main thread waits for them. */
  #openLibrary(workers: readonly WorkerHandle[]): void {
    const closed = workers.filter((worker) => worker.native === "untried");
    const opening = closed.filter((worker) => this.#hand(worker, ({ native }) => native.open(), 0));
    for (const worker of opening) {
      worker.awaitStart(Math.max(OPEN_MS, this.#startWaitMs));
      // Without success the worker gets no job that needs the library.
      if (!worker.change(State.offered, State.idle)) this.#finish(worker);
    }
  }

  /** Waits until a worker has done what it took; gives what went wrong. */
  #finish(worker: WorkerHandle): string | null {
    const { state } = worker;
    const start = performance.now();
    const lossAt = this.#watch(worker, start);
    for (let turn = 1; ; turn++) {
      const now = worker.now;
      if (now === State.failed) {
        const { failure } = worker.recorder;
        worker.change(now, State.idle);
        return failure;
      }
      if (now === State.dead) {
        this.#bury(worker, "it ended");
        return ENDED_AT_WORK;
      }
      if (now !== State.taken && now !== State.awaited) return null;
      if (now === State.taken && turn % 128 !== 0) continue;
      const time = performance.now();
      const loss = lossAt(time);
      // What was finished before the thread ended is finished.
      if (loss !== null && worker.now === now) {
        this.#bury(worker, loss === ENDED_AT_WORK ? "it ended" : "it does not answer");
        return loss;
      }
      if (now === State.awaited) Atomics.wait(state, 0, now, WAIT_SLICE_MS);
      else if (time > start + MAIN_SPIN_MS && canWait()) worker.change(now, State.awaited);
    }
  }

  /** Tells, whenever it is asked, whether a worker at work is lost: in words, or null if it is not. */
  #watch(worker: WorkerHandle, start: number): (time: number) => string | null {
    const isAlive = worker.thread?.isAlive;
    if (isAlive) {
      let asked = start;
      return (time) => {
        if (time < asked + WAIT_SLICE_MS / 2) return null;
        asked = time;
        return isAlive() ? null : ENDED_AT_WORK;
      };
    }
    // A product of the system's library is one call, and may take as long as it likes.
    if (worker.recorder.isNative) return () => null;
    let last = start;
    let waited = 0;
    let left = -1;
    return (time) => {
      const calls = Atomics.load(worker.state, 1);
      // If the whole machine was suspended, only two slices of it count.
      waited = calls === left ? waited + Math.min(time - last, 2 * WAIT_SLICE_MS) : 0;
      left = calls;
      last = time;
      return waited > this.#timeoutMs ? NO_ANSWER : null;
    };
  }

  /** Starts workers up to a number of them, also in place of those that retired. They join when they are ready. */
  #hire(count: number): void {
    for (let i = this.#workers.length - 1; i >= 0; i--) {
      if (this.#workers[i]?.now === State.retired) this.#workers.splice(i, 1);
    }
    while (this.#workers.length < count && this.#deaths < MAX_DEATHS) {
      const starting = this.#workers.filter(({ now }) => now === State.starting).length;
      const room = freeAddresses() - ADDRESSES_OF_WORKER;
      // What those take that are starting is not known yet.
      if (starting > 0 && room < starting * ADDRESSES_OF_WORKER) return;
      try {
        if (room < 0) throw new Error("a worker does not fit into the addresses that the process may have (ulimit -v)");
        this.#workers.push(this.#start());
      } catch (error) {
        this.#deaths = MAX_DEATHS;
        this.#problem = String(error);
      }
    }
  }

  #start(): WorkerHandle {
    const reason = whyNoThreads();
    if (reason !== null) throw new Error(reason);
    const worker = new WorkerHandle(new Recorder(this.#list, this.#codes.length));
    const { modules, memory } = this.#wasm;
    const codes = [...this.#codes];
    const { block } = worker.recorder;
    const native = this.#library && { koffi: this.#library.koffi, name: this.#library.name };
    const [awakeMs, contendedSpinMs, retireMs] = [this.#awakeMs, this.#contendedSpinMs, this.#retireMs];
    const data = { modules, memory, kernels: this.#list, codes, native, block, awakeMs, contendedSpinMs, retireMs };
    worker.thread = startWorker(data, (reason) => this.#bury(worker, reason));
    return worker;
  }

  /** Forgets a worker that ended, and takes note of it unless it retired. */
  #bury(worker: WorkerHandle, reason: string): void {
    const at = this.#workers.indexOf(worker);
    if (at < 0) return;
    this.#workers.splice(at, 1);
    if (worker.now === State.retired) return;
    worker.thread?.kill();
    this.#deaths++;
    this.#problem = `a worker thread was lost: ${reason}`;
  }
}

/** Why this host has one thread only; null if it can have more. */
export function whyNoThreads(): string | null {
  return typeof SharedArrayBuffer === "undefined"
    ? "no shared memory: a web page needs the headers of cross-origin isolation for it"
    : null;
}

function withoutLibrary(): never {
  throw new Error("no library was given to this pool");
}
