/**
 * @file The program of a worker thread, and how one is started in Node and in browsers.
 *
 * The program is a text because it must run wherever the library runs: from its sources, from one bundled file, and
 * in a browser as a Blob. So it imports nothing, and gets the compiled kernels with its first message.
 */
import { GEMM_FUNCTIONS } from "./blas/library.ts";
import { type LifelineThreads, makeLifeline, type Port } from "./lifeline.ts";
import type { WasmModules } from "./wasm.ts";
import type { WasmMemory } from "./webassembly.ts";

/**
 * What a worker is doing: the one word of shared memory through which a job goes back and forth. The worker changes
 * it where it says so, and the main thread everywhere else.
 */
export const State = {
  /** The thread is being made. The worker ends this state. */
  starting: 0,
  /** Spinning for a job. */
  idle: 1,
  /** Told to sleep instead of spinning. The worker ends this state. */
  resting: 2,
  /** Sleeping: whoever changes the state has to wake it. The worker begins this state. */
  asleep: 3,
  /** A job is there and may still be taken back. */
  offered: 4,
  /** The job runs. The worker begins and ends this state. */
  taken: 5,
  /** The job runs, and the main thread sleeps until it is done. The worker ends this state. */
  awaited: 6,
  /** A kernel threw; its message lies where the job was. The worker begins this state. */
  failed: 7,
  /** The thread is to end. */
  stop: 8,
  /** The thread ends because it had nothing to do for long. The worker begins this state. */
  retired: 9,
  /** The thread has ended. The worker begins this state. */
  dead: 10,
} as const;

/** Bytes between the state and the job, so that they share no cache line. */
export const JOB_START = 128;

/** float64 in a job: some thousand calls. What is never written takes no memory. */
export const JOB_LENGTH = 65536;

/** Where the code of new kernels lies in the block, behind the job, and how many bytes there are for it. */
export const CODE_START = JOB_START + 8 * JOB_LENGTH;
export const CODE_BYTES = 2 ** 18;

/** A module and one of its functions. */
export type KernelName = readonly [module: Exclude<keyof WasmModules, "math"> | "native", name: string];

/** What the worker gets to start with. */
export interface WorkerData {
  readonly modules: WasmModules;
  readonly memory: WasmMemory;
  /** Kernels in the order of their numbers. */
  readonly kernels: readonly KernelName[];
  /** Modules of the kernels that were made at run time, whose numbers follow. */
  readonly codes: readonly Uint8Array[];
  /** Path of koffi, and the name of the BLAS that it is to load; null for none. */
  readonly native: { readonly koffi: string; readonly name: string } | null;
  /**
   * Three int32: state, number of calls left, and 1 if the BLAS is open, 2 if that failed. At {@link JOB_START} the job,
   * a list of float64: number of calls, then for each of them kernel, number of arguments, arguments. At {@link CODE_START}
   * kernels that are new: their number, set back by the worker, and for each of them its length in bytes and its code.
   */
  readonly block: SharedArrayBuffer;
  /** Milliseconds that the worker spins for the next job before it sleeps. */
  readonly awakeMs: number;
  /** The same while its processor is contended. */
  readonly contendedSpinMs: number;
  /** Milliseconds that the worker sleeps before it ends. */
  readonly retireMs: number;
}

/** Milliseconds between two polls that show that the worker was preempted: polls take some 10 µs. */
const PREEMPTED_MS = 0.5;
/**
 * Milliseconds for which a processor counts as contended after that. Spinning on a contended processor uses up the
 * worker's time slice, and then it is preempted in the middle of a job, for which the main thread has to wait.
 */
const CONTENDED_MS = 500;

/**
 * The worker takes a job by changing the state, runs the calls in their order, and changes the state again. Functions with many parameters are called by `apply`, on one
 * array that is used again: the list has no more allocations than that.
 */
const PROGRAM = `"use strict";
(() => {
  const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
  const pause = typeof Atomics.pause === "function" ? () => Atomics.pause() : () => {};

  function serve({ modules, memory, kernels, codes, native, block, awakeMs, contendedSpinMs, retireMs }) {
    const state = new Int32Array(block, 0, 3);
    const job = new Float64Array(block, ${JOB_START}, ${JOB_LENGTH});
    const code = new Int32Array(block, ${CODE_START});
    globalThis.process?.on?.("exit", () => {
      if (Atomics.load(state, 0) < ${State.stop}) Atomics.store(state, 0, ${State.dead});
      Atomics.notify(state, 0);
    });
    // Memory that grew while this thread received it may have kept its old length here; growing by nothing puts that right.
    memory.grow(0);
    const imports = { env: { memory } };
    const exports = {};
    for (const name of Object.keys(modules)) exports[name] = new WebAssembly.Instance(modules[name], imports).exports;
    // A process that ends while koffi is loading would crash. It cannot end while it waits for a job.
    const gemm = {};
    exports.native = {
      open() {
        state[2] = 2;
        const load = process.getBuiltinModule("node:module").createRequire(native.koffi);
        const library = load(native.koffi).load(native.name);
        for (const [name, { symbol, parameters }] of Object.entries(${JSON.stringify(GEMM_FUNCTIONS)})) {
          gemm[name] = library.func(symbol, "void", parameters);
        }
        state[2] = 1;
      },
      sgemm: (...values) => gemm.sgemm(...values),
      dgemm: (...values) => gemm.dgemm(...values),
    };
    const functions = kernels.map(([module, name]) => exports[module][name]);
    const lists = Array.from({ length: 32 }, (_, n) => new Array(n).fill(0));
    const make = (bytes) =>
      functions.push(new WebAssembly.Instance(new WebAssembly.Module(bytes), { ...imports, math: exports.math }).exports.run);
    codes.forEach(make);

    function makeNew() {
      let at = ${CODE_START} + 4;
      for (let left = code[0]; left > 0; left--) {
        const length = code[(at - ${CODE_START}) / 4];
        // A module is not compiled from shared memory.
        make(new Uint8Array(block, at + 4, length).slice());
        at += 4 + 4 * Math.ceil(length / 4);
      }
      code[0] = 0;
    }

    function run() {
      if (code[0] > 0) makeNew();
      let at = 1;
      for (let calls = job[0]; calls > 0; calls--) {
        Atomics.store(state, 1, calls);
        const list = lists[job[at + 1]];
        for (let i = 0; i < list.length; i++) list[i] = job[at + 2 + i];
        functions[job[at]].apply(undefined, list);
        at += 2 + list.length;
      }
    }

    function explain(error) {
      const text = String(error).slice(0, 500);
      job[0] = text.length;
      for (let i = 0; i < text.length; i++) job[1 + i] = text.charCodeAt(i);
    }

    function work() {
      let outcome = ${State.idle};
      try {
        run();
      } catch (error) {
        outcome = ${State.failed};
        explain(error);
      }
      if (Atomics.exchange(state, 0, outcome) === ${State.awaited}) Atomics.notify(state, 0);
    }

    function sleep(from) {
      if (Atomics.compareExchange(state, 0, from, ${State.asleep}) !== from) return;
      for (const end = performance.now() + retireMs; Atomics.load(state, 0) === ${State.asleep}; ) {
        const rest = end - performance.now();
        if (rest > 0) Atomics.wait(state, 0, ${State.asleep}, rest);
        else Atomics.compareExchange(state, 0, ${State.asleep}, ${State.retired});
      }
    }

    let begun = performance.now();
    let seen = begun;
    let contendedUntil = 0;

    function shouldSleep() {
      const time = performance.now();
      if (time - seen > ${PREEMPTED_MS}) contendedUntil = time + ${CONTENDED_MS};
      seen = time;
      return time > begun + (time < contendedUntil ? contendedSpinMs : awakeMs);
    }

    Atomics.compareExchange(state, 0, ${State.starting}, ${State.idle});
    for (let turn = 1; ; turn++) {
      const now = Atomics.load(state, 0);
      if (now === ${State.offered}) {
        if (Atomics.compareExchange(state, 0, now, ${State.taken}) !== now) continue;
        work();
      } else if (now === ${State.resting} || (now === ${State.idle} && turn % 128 === 0 && shouldSleep())) {
        sleep(now);
      } else if (now >= ${State.stop}) {
        break;
      } else {
        pause();
        continue;
      }
      // Neither work nor sleep is a loss.
      begun = seen = performance.now();
    }
    if (!threads) globalThis.close();
  }

  if (threads) serve(threads.workerData);
  else globalThis.onmessage = (event) => serve(event.data);
})();
`;

/** As much of Node's `Worker` as is used. */
interface NodeWorker {
  unref(): void;
  on(event: "error", listener: (error: unknown) => void): void;
  on(event: "exit", listener: () => void): void;
  terminate(): Promise<number>;
}

interface NodeThreads extends LifelineThreads {
  readonly Worker: new (
    text: string,
    options: {
      readonly eval: true;
      readonly workerData: WorkerData & { readonly lifeline: Port | null };
      readonly transferList: readonly Port[];
      readonly name: string;
      readonly execArgv: readonly string[];
      readonly resourceLimits: { readonly maxYoungGenerationSizeMb: number; readonly maxOldGenerationSizeMb: number };
    },
  ) => NodeWorker;
}

interface BrowserWorker {
  onerror: ((event: { readonly message?: string; preventDefault?(): void }) => void) | null;
  postMessage(message: WorkerData): void;
  terminate(): void;
}

interface Host {
  readonly process?: { getBuiltinModule?(id: string): unknown };
  readonly Worker?: new (url: string, options: { readonly name: string }) => BrowserWorker;
  readonly Blob?: new (parts: readonly string[], options: { readonly type: string }) => object;
  readonly URL?: { createObjectURL(blob: object): string };
}

/** A thread that was started. */
export interface RunningWorker {
  kill(): void;
  /** Whether the thread still lives; null where the host does not tell before the event loop turns. */
  readonly isAlive: (() => boolean) | null;
}

const host = globalThis as unknown as Host;
const NAME = "tapegrad";

/** Address of the program in a browser, made once and kept. */
let programUrl: string | undefined;

/**
 * Starts a worker thread, which reports for work through its state. It does not keep the process alive.
 *
 * @param onEnd Called when the thread ended or could not start, in a later turn of the event loop.
 * @throws Whatever the host throws where it has no workers or does not allow them.
 */
export function startWorker(data: WorkerData, onEnd: (reason: string) => void): RunningWorker {
  const threads = host.process?.getBuiltinModule?.("node:worker_threads") as NodeThreads | undefined;
  if (threads?.Worker) return startNodeWorker(threads, data, onEnd);
  const { Worker, Blob, URL } = host;
  if (!Worker || !Blob || !URL) throw new Error("this JavaScript engine has no workers");
  programUrl ??= URL.createObjectURL(new Blob([PROGRAM], { type: "text/javascript" }));
  const worker = new Worker(programUrl, { name: NAME });
  worker.onerror = (event) => {
    event.preventDefault?.();
    onEnd(event.message ?? "it could not be loaded");
  };
  try {
    worker.postMessage(data);
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return { kill: () => worker.terminate(), isAlive: null };
}

function startNodeWorker(threads: NodeThreads, data: WorkerData, onEnd: (reason: string) => void): RunningWorker {
  const lifeline = makeLifeline(threads);
  const worker = new threads.Worker(PROGRAM, {
    eval: true,
    workerData: { ...data, lifeline: lifeline?.farEnd ?? null },
    transferList: lifeline === null ? [] : [lifeline.farEnd],
    name: NAME,
    // What a program preloads is not meant for this thread, and its heap holds next to nothing.
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
  });
  worker.unref();
  worker.on("error", (error) => onEnd(String(error)));
  worker.on("exit", () => onEnd("it ended"));
  return { kill: () => void worker.terminate(), isAlive: lifeline?.isOpen ?? null };
}
