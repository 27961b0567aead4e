/** @file Worker threads: same results with any of them missing, late or dead, and no trace of them at the end. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { NDArray, TypedArray } from "../../kernels/backend.ts";
import { CpuBackend } from "../../kernels/cpu/backend.ts";
import { defaultThreads } from "../../kernels/cpu/env.ts";
import { type ThreadOptions, ThreadPool } from "../../kernels/cpu/threads.ts";
import { loadWasm, type WasmKernels } from "../../kernels/cpu/wasm.ts";
import { State, type WorkerData } from "../../kernels/cpu/worker.ts";
import { dense, emptyArray } from "../../kernels/layout.ts";
import { evaluate, runModule, source } from "./child.ts";
import { mulberry } from "./random.ts";

const threads = process.getBuiltinModule("node:worker_threads");
const NodeWorker = threads.Worker;
type NodeWorker = InstanceType<typeof NodeWorker>;

/** Workers that were started since the last test, and the state of each. */
const started: { readonly worker: NodeWorker; readonly state: Int32Array }[] = [];

/** What workers run before their own program. */
let prelude = "";

interface WorkerOptions {
  readonly workerData: WorkerData & { readonly lifeline: unknown };
  readonly eval: true;
  readonly transferList: [];
}

class WatchedWorker extends NodeWorker {
  constructor(text: string, options: WorkerOptions) {
    super(prelude + text, options);
    started.push({ worker: this, state: new Int32Array(options.workerData.block, 0, 1) });
  }
}

threads.Worker = WatchedWorker as typeof NodeWorker;

/** Kernels whose memory has `pages` more pages, from address `heapStart` on. */
function loadKernels(pages = 16): WasmKernels {
  const kernels = loadWasm();
  if (!kernels) throw new Error("this engine has no SIMD or no shared memory");
  kernels.memory.grow(pages);
  return kernels;
}

/**
 * A pool that gives a worker all the time it needs to begin, so that chunks are not done by the main thread, and to wait
 * for the others on a busy machine.
 */
function makePool(kernels: WasmKernels, size: number, options: ThreadOptions = {}): ThreadPool {
  return new ThreadPool(kernels, size, { startWaitMs: 10_000, retireMs: 60_000, ...options });
}

function stateOf(index: number): number {
  return Atomics.load(started[index]?.state ?? new Int32Array(1), 0);
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 20_000; !condition(); await sleep(2)) {
    if (performance.now() > end) throw new Error("it did not happen");
  }
}

/** Fills chunk `part` with its number + 1, 16 floats each, and gives who did it. */
function fill(pool: ThreadPool, kernels: WasmKernels, parts: number): string {
  const here: number[] = [];
  pool.run(parts, (k, part) => {
    if (k.gemm === kernels.gemm) here.push(part);
    k.vector.fillRows(kernels.heapStart + 64 * part, part + 1, 1, 16, 0);
  });
  const numbers = new Float32Array(kernels.memory.buffer, kernels.heapStart, 16 * parts);
  numbers.forEach((x, i) => {
    expect(x).toBe(Math.floor(i / 16) + 1);
  });
  numbers.fill(0);
  return here.join();
}

/** Waits until workers are there, which they are some time after the first job for them. */
async function startAll(pool: ThreadPool, kernels: WasmKernels): Promise<void> {
  fill(pool, kernels, pool.size);
  await until(() => pool.workers === pool.size - 1);
}

afterEach(async () => {
  prelude = "";
  for (const { worker } of started.splice(0)) await worker.terminate();
});

describe("a pool", () => {
  it("does everything itself until its workers are there, then shares the work", async () => {
    const kernels = loadKernels();
    const pool = makePool(kernels, 3);
    expect(started).toHaveLength(0);
    expect(fill(pool, kernels, 3)).toBe("0,1,2");
    expect(started).toHaveLength(2);
    await until(() => pool.workers === 2);
    expect(fill(pool, kernels, 3)).toBe("0");
    expect(fill(pool, kernels, 2)).toBe("0");
    expect(fill(pool, kernels, 5)).toBe("0,3,4");
  });

  it("takes a chunk back that no worker begins", async () => {
    const kernels = loadKernels();
    const pool = makePool(kernels, 2, { startWaitMs: 0 });
    await startAll(pool, kernels);
    await started[0]?.worker.terminate();
    for (let i = 0; i < 5; i++) expect(fill(pool, kernels, 2)).toBe("0,1");
  });

  it("runs long jobs, and such as do not fit into the shared block on the main thread", async () => {
    const kernels = loadKernels();
    const pool = makePool(kernels, 2);
    await startAll(pool, kernels);
    for (const [calls, share] of [
      [5000, "1"],
      [20000, "2"],
    ] as const) {
      const here: string[] = [];
      pool.run(2, (k, part) => {
        if (k.gemm === kernels.gemm) here.push(String(part));
        const at = kernels.heapStart + 131072 * part;
        for (let i = 0; i < calls; i++) k.vector.fillRows(at + 4 * i, i, 1, 1, 0);
      });
      expect(here.length).toBe(Number(share));
      const numbers = new Float32Array(kernels.memory.buffer, kernels.heapStart + 131072, calls);
      expect(numbers.every((x, i) => x === i)).toBe(true);
    }
  });

  it("sees memory that was added after its workers started", async () => {
    const kernels = loadKernels();
    const pool = makePool(kernels, 2);
    await startAll(pool, kernels);
    for (let i = 0; i < 20; i++) {
      const at = kernels.memory.grow(8) * 65536;
      // A bulk copy checks its addresses in another way than a store.
      pool.run(2, ({ vector }, part) => {
        const end = at + 65536 * (part + 1) * 4;
        vector.fillRows(end - 4096, i, 1, 1024, 0);
        vector.copyRows(end - 8192, end - 4096, 1, 1024, 0, 0);
      });
      const numbers = new Float32Array(kernels.memory.buffer);
      for (const part of [0, 1]) expect(numbers[at / 4 + 65536 * (part + 1) - 2048]).toBe(i);
    }
  });

  /**
   * Starts workers that receive their data slowly: a worker makes the shared buffer of the memory first and the memory
   * itself, which hears of growth from then on, after everything that lies before it in the message. What `meanwhile`
   * does happens in between.
   */
  function receiveSlowly(meanwhile: () => void): void {
    threads.Worker = class extends WatchedWorker {
      constructor(text: string, options: WorkerOptions) {
        const gate = new Int32Array(new SharedArrayBuffer(4));
        const { port1, port2 } = new threads.MessageChannel();
        const { lifeline, ...others } = options.workerData;
        const before = Array.from({ length: 300_000 }, (_, i) => ({ i }));
        port1.postMessage({ before, ...others });
        port1.unref();
        const receive = `{
          const threads = process.getBuiltinModule("node:worker_threads");
          const { port, gate } = threads.workerData;
          Atomics.store(gate, 0, 1);
          Atomics.notify(gate, 0);
          threads.workerData = { ...threads.workerData, ...threads.receiveMessageOnPort(port).message };
        }`;
        super(receive + text, {
          ...options,
          workerData: { port: port2, gate, lifeline, block: others.block } as unknown as WorkerOptions["workerData"],
          transferList: [...options.transferList, port2] as unknown as [],
        });
        while (Atomics.load(gate, 0) === 0) Atomics.wait(gate, 0, 0, 10);
        // Long enough to have begun, and by far not long enough to be through.
        Atomics.wait(gate, 0, 1, 10);
        meanwhile();
      }
    } as unknown as typeof NodeWorker;
  }

  it("sees memory that was added while its workers received it", { timeout: 60_000 }, async () => {
    const kernels = loadKernels();
    const pool = makePool(kernels, 3);
    try {
      receiveSlowly(() => kernels.memory.grow(8));
      fill(pool, kernels, 3);
    } finally {
      threads.Worker = WatchedWorker as typeof NodeWorker;
    }
    await until(() => pool.workers === 2);
    const end = kernels.memory.buffer.byteLength;
    let here = 0;
    pool.run(3, (k, part) => {
      if (k.gemm === kernels.gemm) here++;
      const at = end - 8192 * (part + 1);
      k.vector.fillRows(at + 4096, part + 1, 1, 1024, 0);
      // A bulk copy checks its addresses in another way than a store.
      k.vector.copyRows(at, at + 4096, 1, 1024, 0, 0);
    });
    expect(here).toBe(1);
    const numbers = new Float32Array(kernels.memory.buffer);
    for (const part of [0, 1, 2]) expect(numbers[end / 4 - 2048 * (part + 1)]).toBe(part + 1);
  });

  it("sees memory that grows at any time while its workers start", { timeout: 3_600_000 }, async () => {
    // Five seconds of it; a longer search is asked for by the environment, in seconds.
    const seconds = Number(process.env.TAPEGRAD_STRESS_SECONDS ?? 5);
    const random = mulberry(9);
    for (const end = performance.now() + 1000 * seconds; performance.now() < end; ) {
      const kernels = loadKernels();
      const pool = makePool(kernels, 4);
      fill(pool, kernels, 4);
      while (pool.workers < 3) {
        kernels.memory.grow(1 + Math.floor(3 * random()));
        const pause = 4 * random();
        if (random() < 0.5) await sleep(pause);
        else for (const till = performance.now() + pause; performance.now() < till; );
      }
      const top = kernels.memory.buffer.byteLength;
      pool.run(4, ({ vector }, part) => {
        const at = top - 8192 * (part + 1);
        vector.fillRows(at + 4096, part + 1, 1, 1024, 0);
        vector.copyRows(at, at + 4096, 1, 1024, 0, 0);
      });
      const numbers = new Float32Array(kernels.memory.buffer);
      expect([1, 2, 3, 4].map((part) => numbers[top / 4 - 2048 * part])).toEqual([1, 2, 3, 4]);
      for (const { worker } of started.splice(0)) await worker.terminate();
    }
  });

  it("lets its workers sleep, and wakes them", async () => {
    const kernels = loadKernels();
    const pool = makePool(kernels, 2, { awakeMs: 1 });
    await startAll(pool, kernels);
    for (let i = 0; i < 3; i++) {
      await until(() => stateOf(0) === State.asleep);
      expect(fill(pool, kernels, 2)).toBe("0");
    }
    await sleep(1000);
    expect(fill(pool, kernels, 2)).toBe("0");
  });

  it("sends its workers to sleep when told to", async () => {
    const kernels = loadKernels();
    const pool = makePool(kernels, 3, { awakeMs: 60_000, contendedSpinMs: 60_000 });
    await startAll(pool, kernels);
    expect(stateOf(0)).toBe(State.idle);
    pool.rest();
    await until(() => stateOf(0) === State.asleep && stateOf(1) === State.asleep);
    expect(fill(pool, kernels, 3)).toBe("0");
    expect(stateOf(0)).toBe(State.idle);
  });

  it("lets a worker that has lost its processor sleep sooner", async () => {
    // From its second look at the clock on, it is 5 ms later: somebody else had the processor in between.
    prelude = `{
      const { performance } = globalThis, now = performance.now.bind(performance);
      let looks = 0;
      performance.now = () => now() + (++looks > 1 ? 5 : 0);
    }`;
    const kernels = loadKernels();
    const pool = makePool(kernels, 2, { awakeMs: 60_000, contendedSpinMs: 1 });
    await startAll(pool, kernels);
    await until(() => stateOf(0) === State.asleep);
    expect(fill(pool, kernels, 2)).toBe("0");
  });

  it("ends threads that have had nothing to do for long, and starts new ones", async () => {
    const kernels = loadKernels();
    const pool = makePool(kernels, 3, { retireMs: 20 });
    fill(pool, kernels, 3);
    // No deaths, however often: those would end the hiring of workers.
    for (let i = 0; i < 5; i++) {
      await until(() => started.length === 2 * (i + 1) && started.every(({ worker }) => worker.threadId === -1));
      expect(pool.workers).toBe(0);
      expect(pool.problem).toBe(null);
      expect(fill(pool, kernels, 3)).toBe("0,1,2");
    }
  });

  it("grows and shrinks, and its threads end", async () => {
    const kernels = loadKernels();
    const pool = makePool(kernels, 4);
    await startAll(pool, kernels);
    let ended = 0;
    for (const { worker } of started) worker.on("exit", () => ended++);
    pool.resize(2);
    await until(() => ended === 2);
    expect(pool.workers).toBe(1);
    expect(pool.problem).toBe(null);
    expect(fill(pool, kernels, 2)).toBe("0");
    pool.resize(1);
    await until(() => ended === 3);
    expect(fill(pool, kernels, 2)).toBe("0,1");
    pool.resize(3);
    await startAll(pool, kernels);
    expect(fill(pool, kernels, 3)).toBe("0");
    // Workers that have not started yet end too.
    pool.resize(6);
    fill(pool, kernels, 6);
    pool.resize(1);
    await until(() => started.every(({ worker }) => worker.threadId === -1));
    expect(pool.problem).toBe(null);
  });

  it("cuts work by the number of threads alone", () => {
    const pool = new ThreadPool(loadKernels(), 4);
    expect([0, 1, 19, 20, 39, 40, 1000].map((units) => pool.parts(units, 10))).toEqual([1, 1, 1, 2, 3, 4, 4]);
    pool.resize(1);
    expect(pool.parts(1e9, 10)).toBe(1);
  });
});

describe("errors", () => {
  /** An address far beyond the memory. */
  const NOWHERE = 0xfffff000;

  it.each([0, 1, 2])("in chunk %i of a job reach the caller", async (broken) => {
    const kernels = loadKernels();
    const pool = makePool(kernels, 3);
    const job = () =>
      pool.run(3, ({ vector }, part) => {
        vector.fillRows(part === broken ? NOWHERE : kernels.heapStart + 64 * part, 7, 1, 16, 0);
      });
    for (const start of [() => {}, () => until(() => pool.workers === 2)]) {
      await start();
      expect(job).toThrow("memory access out of bounds");
      const numbers = new Float32Array(kernels.memory.buffer, kernels.heapStart, 48);
      numbers.forEach((x, i) => {
        expect(x).toBe(Math.floor(i / 16) === broken ? 0 : 7);
      });
      numbers.fill(0);
    }
    expect(fill(pool, kernels, 3)).toBe("0");
  });

  it("of several chunks give the first", async () => {
    const kernels = loadKernels();
    const pool = makePool(kernels, 3);
    await startAll(pool, kernels);
    const job = () =>
      pool.run(3, (k, part) => {
        if (k.gemm === kernels.gemm) throw new RangeError(`chunk ${part}`);
        k.vector.fillRows(NOWHERE, 0, 1, 16, 0);
      });
    expect(job).toThrow(new RangeError("chunk 0"));
    expect(fill(pool, kernels, 3)).toBe("0");
  });

  it("of a death between jobs are none: the others go on, and a new worker comes", async () => {
    const kernels = loadKernels();
    const pool = makePool(kernels, 3, { startWaitMs: 500 });
    await startAll(pool, kernels);
    await started[0]?.worker.terminate();
    await until(() => pool.workers === 1);
    expect(pool.problem).toBe("a worker thread was lost: it ended");
    expect(fill(pool, kernels, 3)).toBe("0,2");
    await until(() => pool.workers === 2);
    expect(fill(pool, kernels, 3)).toBe("0");
  });

  /** Runs a job whose second chunk takes long, and does something as soon as a worker has begun with it. */
  function interrupt(pool: ThreadPool, kernels: WasmKernels, act: () => void): void {
    const at = kernels.heapStart;
    pool.run(2, (k, part) => {
      if (part === 1) k.gemm.peak(0, 1e8, 512, at, at + 12288, at + 28672);
      else {
        while (stateOf(0) !== State.taken);
        act();
      }
    });
  }

  it("of a worker that is killed at work end the wait for it", async () => {
    const kernels = loadKernels();
    const pool = makePool(kernels, 2);
    await startAll(pool, kernels);
    const job = () => interrupt(pool, kernels, () => void started[0]?.worker.terminate());
    expect(job).toThrow("a worker thread ended in the middle of its work");
    expect(pool.problem).toBe("a worker thread was lost: it ended");
    await startAll(pool, kernels);
    expect(fill(pool, kernels, 2)).toBe("0");
  });

  /** Makes kernel `fillRows` of the next workers do something else, given as the statements of a function. */
  function replaceFill(statements: string): void {
    prelude = `{
      const { Instance } = WebAssembly;
      WebAssembly.Instance = function (module, imports) {
        const { exports } = new Instance(module, imports);
        return { exports: "fillRows" in exports ? { ...exports, fillRows() { ${statements} } } : exports };
      };
    }`;
  }

  it("of a worker that runs out of memory at work end the wait for it", async () => {
    replaceFill("const all = []; for (;;) all.push(new Array(1000).fill(Math.random()));");
    const kernels = loadKernels();
    const pool = makePool(kernels, 2);
    fill(pool, kernels, 2);
    await until(() => pool.workers === 1);
    prelude = "";
    expect(() => fill(pool, kernels, 2)).toThrow("a worker thread ended in the middle of its work");
    expect(pool.problem).toBe("a worker thread was lost: it ended");
    await startAll(pool, kernels);
    expect(fill(pool, kernels, 2)).toBe("0");
  });

  it("are none while a worker lives, however long a call takes", async () => {
    replaceFill("for (const end = performance.now() + 1000; performance.now() < end; );");
    const kernels = loadKernels();
    const pool = makePool(kernels, 2, { timeoutMs: 50 });
    fill(pool, kernels, 2);
    await until(() => pool.workers === 1);
    const here: number[] = [];
    pool.run(2, (k, part) => {
      if (k.gemm === kernels.gemm) here.push(part);
      k.vector.fillRows(kernels.heapStart, 0, 1, 16, 0);
    });
    expect(here).toEqual([0]);
    expect(pool.problem).toBe(null);
  });

  describe("where the host does not tell whether a thread lives", () => {
    const { moveMessagePortToContext } = threads;

    beforeEach(() => {
      Reflect.set(threads, "moveMessagePortToContext", undefined);
    });

    afterEach(() => {
      Reflect.set(threads, "moveMessagePortToContext", moveMessagePortToContext);
    });

    it("end the wait when one call takes too long", async () => {
      const kernels = loadKernels();
      const pool = makePool(kernels, 2, { timeoutMs: 300 });
      await startAll(pool, kernels);
      const job = () => interrupt(pool, kernels, () => void started[0]?.worker.terminate());
      expect(job).toThrow("a worker thread does not answer any more");
      expect(pool.problem).toBe("a worker thread was lost: it does not answer");
      await startAll(pool, kernels);
      expect(fill(pool, kernels, 2)).toBe("0");
    });

    it("are none for a product of the system's library, however long it takes", async () => {
      const folder = mkdtempSync(join(tmpdir(), "library-"));
      const koffi = join(folder, "koffi.cjs");
      writeFileSync(
        koffi,
        `exports.load = () => ({ func: () => (...values) => {
          for (const end = performance.now() + 1000; performance.now() < end; );
        } });`,
      );
      const sgemm = () => {};
      const kernels = loadKernels();
      const pool = makePool(kernels, 2, { timeoutMs: 50 });
      pool.adopt({ name: "slow", koffi, version: undefined, sgemm, dgemm: sgemm, setThreads: null, address: () => 0 });
      await startAll(pool, kernels);
      const here: number[] = [];
      pool.run(2, (k, part) => {
        if (k.gemm === kernels.gemm) here.push(part);
        k.native.sgemm(101, 111, 111, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 1);
      });
      rmSync(folder, { recursive: true });
      expect(here).toEqual([0]);
      expect(pool.problem).toBe(null);
    });
  });

  it("of a worker that ends at work are seen at once", async () => {
    const kernels = loadKernels();
    const pool = makePool(kernels, 2);
    await startAll(pool, kernels);
    // What the worker's own handler does when its thread ends in an orderly way.
    const job = () =>
      interrupt(pool, kernels, () => {
        const { state } = started[0] ?? { state: new Int32Array(1) };
        Atomics.store(state, 0, State.dead);
      });
    expect(job).toThrow("a worker thread ended in the middle of its work");
    await startAll(pool, kernels);
    expect(fill(pool, kernels, 2)).toBe("0");
  });

  it("at the start of workers leave one thread, and a reason", () => {
    const kernels = loadKernels();
    const pool = new ThreadPool(kernels, 3);
    let attempts = 0;
    threads.Worker = class {
      constructor() {
        attempts++;
        throw new Error("not allowed here");
      }
    } as unknown as typeof NodeWorker;
    try {
      for (let i = 0; i < 3; i++) expect(fill(pool, kernels, 3)).toBe("0,1,2");
    } finally {
      threads.Worker = WatchedWorker as typeof NodeWorker;
    }
    expect(attempts).toBe(1);
    expect(pool.problem).toBe("Error: not allowed here");
  });
});

describe("large operations", { timeout: 60_000 }, () => {
  /** Reproducible numbers. */
  function numbers(length: number, seed: number): Float32Array {
    let state = seed;
    return Float32Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    });
  }

  function array(backend: CpuBackend, shape: readonly number[], seed: number): NDArray {
    const length = shape.reduce((x, y) => x * y, 1);
    return dense(backend.upload("float32", numbers(length, seed)), shape);
  }

  type Results = Readonly<Record<string, TypedArray>>;

  function bytes(values: TypedArray = new Uint8Array(0)): Uint8Array {
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }

  /** Results of operations that are large enough to be shared. */
  function results(backend: CpuBackend): Results {
    const x = array(backend, [600, 700], 1);
    const y = array(backend, [600, 700], 2);
    const row = array(backend, [700], 3);
    const read = ({ storage }: NDArray) => backend.readSync(storage, 0, storage.length);
    const weights = array(backend, [700, 512], 4);
    const state = array(backend, [600, 700], 5);
    backend.fill(state, 0.25);
    const param = array(backend, [600, 700], 6);
    const adam = {
      lr: 0.1,
      beta1: 0.9,
      beta2: 0.99,
      eps: 1e-8,
      weightDecay: 0.1,
      decoupled: true,
      step: 3,
      maximize: false,
    };
    backend.optimizerStep("adam", param, y, { expAvg: state, expAvgSq: state, maxExpAvgSq: null }, adam);
    const bias = array(backend, [512], 7);
    const turned = { ...x, shape: [700, 600], strides: [1, 700] };
    const copy = emptyArray(backend, "float32", [700, 600]);
    backend.copy(copy, turned);
    const block = { outer: 1, n: 420_000, inner: 1 };
    const target = dense(
      backend.upload(
        "int32",
        Int32Array.from({ length: 600 }, (_, i) => i),
      ),
      [600],
    );
    const { losses, probs } = backend.fused.crossEntropy(x, target, -100);
    return {
      add: read(backend.map("add", [x, y], [600, 700])),
      "add a row": read(backend.map("add", [x, row], [600, 700])),
      greater: read(backend.map("gt", [x, y], [600, 700])),
      exp: read(backend.map("exp", [x], [600, 700])),
      clamp: read(backend.map("clamp", [x], [600, 700], [-0.5, 0.5])),
      copy: read(copy),
      sum: read(backend.reduce("sum", x, block)),
      max: read(backend.reduce("max", x, block)),
      "sum of rows": read(backend.reduce("sum", x, { outer: 600, n: 700, inner: 1 })),
      "sum of columns": read(backend.reduce("sum", x, { outer: 1, n: 600, inner: 700 })),
      argmax: read(backend.argReduce("argmax", x, { outer: 600, n: 700, inner: 1 })),
      softmax: read(backend.softmax(x, { outer: 600, n: 700, inner: 1 }, false)),
      losses: read(losses),
      probs: read(probs),
      adam: read(param),
      product: read(backend.matmul(x, weights, { bias, relu: true })),
      "transposed product": read(backend.matmul(turned, y)),
      "batched product": read(backend.matmul(array(backend, [9, 100, 70], 8), array(backend, [9, 70, 110], 9))),
    };
  }

  function open(size: number): CpuBackend {
    return new CpuBackend(loadKernels(0), { threads: size, blas: false });
  }

  it.each([2, 4])("give on %i threads what they give on one", (size) => {
    const one = results(open(1));
    const all = results(open(size));
    // Sums in another order differ in the last bit; everything else is the same work.
    const allowed = (name: string): number => (name.includes("product") ? 4e-5 : name.includes("sum") ? 2e-6 : 0);
    for (const [name, values] of Object.entries(all)) {
      const want = one[name] ?? [];
      const worst = Array.from(values).reduce((most, v, i) => {
        const w = want[i] ?? Number.NaN;
        return Math.max(most, Math.abs(v - w) / Math.max(1, Math.abs(w)));
      }, 0);
      expect(worst, name).toBeLessThanOrEqual(allowed(name));
    }
  });

  it("are the same to the last bit whoever does the chunks", async () => {
    const backend = open(3);
    // The first round may run without workers.
    const first = results(backend);
    const changed = (again: Results): string[] =>
      Object.keys(first).filter((name) => Buffer.compare(bytes(first[name]), bytes(again[name])) !== 0);
    expect(changed(results(backend))).toEqual([]);
    await until(() => backend.threads.workers === 2);
    for (let i = 0; i < 3; i++) expect(changed(results(backend))).toEqual([]);
    await until(() => stateOf(0) === State.asleep && stateOf(1) === State.asleep);
    expect(changed(results(backend))).toEqual([]);
    expect(changed(results(open(3)))).toEqual([]);
  });
});

describe("a process", { timeout: 60_000 }, () => {
  const MAKE = `
    import { CpuBackend } from "${source("kernels/cpu/backend.ts")}";
    import { loadWasm } from "${source("kernels/cpu/wasm.ts")}";
    import { dense } from "${source("kernels/layout.ts")}";
    const backend = new CpuBackend(loadWasm(), { threads: 2, blas: false });
    const x = dense(backend.upload("float32", new Float32Array(90000).fill(0.5)), [300, 300]);
    const run = () => backend.readSync(backend.matmul(x, x).storage, 0, 90000);
  `;

  it("ends by itself, with workers awake or asleep", () => {
    for (const wait of ["", "await new Promise((done) => setTimeout(done, 200));"]) {
      const end = runModule(`${MAKE} run(); while (backend.threads.workers < 1) run(); ${wait} console.log(run()[0]);`);
      expect(end).toMatchObject({ status: 0, output: "75\n", errors: "" });
    }
  });

  it("ends by itself when its workers have only been started", () => {
    expect(runModule(`${MAKE} console.log(run()[0]);`)).toMatchObject({ status: 0, output: "75\n", errors: "" });
  });

  it("gets its workers though it never waits", () => {
    const program = `${MAKE}
      const end = performance.now() + 20000;
      while (backend.threads.workers < 1 && performance.now() < end) run();
      console.log(JSON.stringify(backend.threads.workers));`;
    expect(evaluate(program)).toBe(1);
  });

  const INFO = `
    import { deviceInfo, getNumThreads, ones, setNumThreads } from "${source("src/entry/index.ts")}";
    const sum = () => ones([400, 400]).matmul(ones([400, 400])).sum().itemSync();
    const result = [sum()];
    const first = getNumThreads();
    setNumThreads(3);
    result.push(sum());
    const { simd, simdReason, threads, threadsReason, blas, heap } = deviceInfo();
    console.log(JSON.stringify({ result, first, simd, simdReason, threads, threadsReason, blas, heap: heap !== null }));
  `;
  const RESULT = [64_000_000, 64_000_000];

  it("without shared memory runs on one thread", () => {
    const preload = "data:text/javascript,delete globalThis.SharedArrayBuffer; delete globalThis.WebAssembly";
    expect(evaluate(INFO, {}, ["--import", preload])).toEqual(plainLoops("the JavaScript engine has no WebAssembly"));
  });

  /** What {@link INFO} prints where there are no kernels. */
  const plainLoops = (reason: string) => ({
    result: RESULT,
    first: 1,
    simd: "none",
    simdReason: reason,
    threads: 1,
    threadsReason: reason,
    blas: null,
    heap: false,
  });

  it("that may not compile WebAssembly takes plain loops", () => {
    const preload = `data:text/javascript,WebAssembly.Module = class {
      constructor() { throw new WebAssembly.CompileError("refused by the policy") }
    }`;
    const reason =
      "WebAssembly may not be compiled here (refused by the policy). " +
      "A content security policy allows it with 'wasm-unsafe-eval'";
    expect(evaluate(INFO, {}, ["--import", preload])).toEqual(plainLoops(reason));
  });

  it.each([
    ["no SIMD", "WebAssembly.validate = () => false", "the JavaScript engine has no WebAssembly SIMD"],
    ["no shared memory", "WebAssembly.Memory = class { constructor() { throw new TypeError() } }", "no shared"],
  ])("with %s takes plain loops", (_name, change, reason) => {
    // Without its own file system it is taken for a browser, and the memory is made at once.
    const preload = `data:text/javascript,${change};
      const { getBuiltinModule } = process;
      process.getBuiltinModule = (id) => id === "node:fs" ? undefined : getBuiltinModule.call(process, id);`;
    const found = evaluate<{ simdReason: string }>(INFO, {}, ["--import", preload]);
    expect(found).toMatchObject({ result: RESULT, simd: "none", threads: 1, blas: null, heap: false });
    expect(found.simdReason).toContain(reason);
  });

  it("of an engine without WebAssembly prints nothing about flags", () => {
    const program = `const { ones } = await import("${source("src/entry/index.ts")}"); console.log(ones(400).sum().itemSync());`;
    const end = runModule(program, {}, ["--jitless", "--no-warnings"]);
    expect(end.errors).not.toContain("flag");
  });

  it("with memory that workers cannot get runs on one thread", () => {
    const preload = "data:text/javascript,delete globalThis.SharedArrayBuffer";
    const found = evaluate(INFO, { TAPEGRAD_BLAS: "off" }, ["--import", preload]);
    expect(found).toMatchObject({ result: RESULT, simd: "relaxed", threads: 1, heap: true });
    expect(found).toHaveProperty("threadsReason", expect.stringContaining("no shared memory"));
  });

  it("that may not start workers runs on one thread", () => {
    const found = evaluate<{ result: number[]; threadsReason: string }>(INFO, { TAPEGRAD_BLAS: "off" }, [
      "--permission",
      "--allow-fs-read=*",
    ]);
    expect(found).toMatchObject({ result: RESULT, threads: 3 });
    expect(found.threadsReason).toContain("restricted");
  });

  it("takes the number of threads from its environment", () => {
    expect(evaluate(INFO, { TAPEGRAD_NUM_THREADS: "7" })).toMatchObject({ result: RESULT, first: 7, threads: 3 });
    expect(evaluate(INFO, { TAPEGRAD_NUM_THREADS: "" })).toMatchObject({ first: availableParallelism(), threads: 3 });
  });

  it.each(["0", "-1", "two", "1.5"])("says what is wrong with TAPEGRAD_NUM_THREADS=%s", (wish) => {
    vi.stubEnv("TAPEGRAD_NUM_THREADS", wish);
    expect(defaultThreads).toThrow(`TAPEGRAD_NUM_THREADS must be a positive integer, not "${wish}"`);
    vi.unstubAllEnvs();
  });
});
