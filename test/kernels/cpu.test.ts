/** @file The CPU backend under stress: random programs on a heap that holds next to nothing, step by step beside the reference. */
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Backend, Block, NDArray, Storage } from "../../kernels/backend.ts";
import { CpuBackend, createCpuBackend, heapStats } from "../../kernels/cpu/backend.ts";
import type { HeapOptions } from "../../kernels/cpu/heap.ts";
import { loadWasm } from "../../kernels/cpu/wasm.ts";
import { BYTES, dense, sizeOf } from "../../kernels/layout.ts";
import { ReferenceBackend } from "../../kernels/reference/backend.ts";
import { createArray } from "../../kernels/reference/storage.ts";
import { mulberry } from "./random.ts";

function openCpu(options: HeapOptions = {}): CpuBackend {
  const wasm = loadWasm();
  if (!wasm) throw new Error("this engine has no SIMD");
  return new CpuBackend(wasm, options);
}

/** One array in both backends. */
interface Pair {
  readonly cpu: NDArray;
  readonly reference: NDArray;
}

const AXES = [1, 2, 3, 5, 8, 17, 40, 65];

/** A random program: what it holds, and one step of it at a time. All numbers are small integers, so every result is exact. */
class Program {
  readonly cpu: CpuBackend;
  readonly reference: Backend = new ReferenceBackend();
  readonly held: Pair[] = [];
  readonly freed: Storage[] = [];
  readonly #random: () => number;

  constructor(cpu: CpuBackend, seed: number) {
    this.cpu = cpu;
    this.#random = mulberry(seed);
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  #oneOf<T>(list: readonly T[]): T {
    const found = list[this.#below(list.length)];
    if (found === undefined) throw new Error("nothing to choose from");
    return found;
  }

  #upload(shape: readonly number[]): Pair {
    const data = Float32Array.from({ length: sizeOf(shape) }, () => this.#below(17) - 8);
    const make = (backend: Backend): NDArray => dense(backend.upload("float32", data), shape);
    return { cpu: make(this.cpu), reference: make(this.reference) };
  }

  /** The same calculation in both backends. */
  #both(pairs: readonly Pair[], run: (backend: Backend, arrays: readonly NDArray[]) => NDArray): Pair {
    return {
      cpu: run(
        this.cpu,
        pairs.map((pair) => pair.cpu),
      ),
      reference: run(
        this.reference,
        pairs.map((pair) => pair.reference),
      ),
    };
  }

  /** A window on a pair: a part of one dimension, two dimensions swapped, or the whole. */
  #window(pair: Pair): Pair {
    const { shape, strides, offset } = pair.cpu;
    const kind = this.#below(4);
    const d = this.#below(shape.length);
    let change = { shape, strides, offset };
    if (kind === 1 && shape.length > 0) {
      const from = this.#below(shape[d]!);
      const step = 1 + this.#below(2);
      const size = Math.ceil((shape[d]! - from) / step);
      change = {
        shape: shape.with(d, size),
        strides: strides.with(d, strides[d]! * step),
        offset: offset + from * strides[d]!,
      };
    } else if (kind === 2 && shape.length > 1) {
      change = { shape: [...shape].reverse(), strides: [...strides].reverse(), offset };
    }
    return { cpu: { ...pair.cpu, ...change }, reference: { ...pair.reference, ...change } };
  }

  /** An argument that broadcasts to the shape of x: a held window that fits, or a fresh array. */
  #argument(x: Pair): Pair {
    const { shape } = x.cpu;
    const fits = this.held.map((pair) => this.#window(pair)).filter((pair) => String(pair.cpu.shape) === String(shape));
    if (fits.length > 0 && this.#random() < 0.7) return this.#oneOf(fits);
    return this.#upload(this.#random() < 0.5 ? shape : shape.map((size) => (this.#random() < 0.5 ? 1 : size)));
  }

  /** As {@link #argument}, but x itself or nothing of its storage: what happens otherwise depends on the order. */
  #source(x: Pair): Pair {
    const y = this.#argument(x);
    return y.cpu.storage === x.cpu.storage ? x : y;
  }

  /** Keeps the numbers small. */
  #keep(pair: Pair): void {
    this.held.push(this.#both([pair], (backend, [x]) => backend.map("clamp", [x!], x!.shape, [-100, 100])));
  }

  step(): void {
    if (this.held.length < 4) {
      this.held.push(this.#upload([this.#oneOf(AXES), this.#oneOf(AXES)]));
      return;
    }
    const x = this.#window(this.#oneOf(this.held));
    const { shape } = x.cpu;
    switch (this.#below(12)) {
      case 0:
        this.held.push(this.#upload(Array.from({ length: 1 + this.#below(2) }, () => this.#oneOf(AXES))));
        this.held.push(this.#upload(Array.from({ length: 3 }, () => this.#oneOf(AXES.slice(0, 6)))));
        break;
      case 1: {
        const op = this.#oneOf(["add", "sub", "mul", "maximum", "minimum", "reluGrad"] as const);
        this.#keep(this.#both([x, this.#argument(x)], (k, [a, b]) => k.map(op, [a!, b!], shape)));
        break;
      }
      case 2: {
        const op = this.#oneOf(["add", "sub", "maximum", "minimum"] as const);
        const y = this.#source(x);
        this.#both([x, y], (k, [a, b]) => k.map("clamp", [k.map(op, [a!, b!], shape, [], a!)], shape, [-100, 100], a!));
        break;
      }
      case 3: {
        const op = this.#oneOf(["neg", "abs", "relu", "sign", "floor"] as const);
        this.held.push(this.#both([x], (k, [a]) => k.map(op, [a!], shape)));
        break;
      }
      case 4:
        this.#both([x, this.#source(x)], (k, [a, b]) => {
          k.copy(a!, b!);
          return a!;
        });
        break;
      case 5: {
        const value = this.#below(9);
        this.#both([x], (k, [a]) => {
          k.fill(a!, value);
          return a!;
        });
        break;
      }
      case 6: {
        const op = this.#oneOf(["sum", "max", "min"] as const);
        this.#keep(this.#both([x], (k, [a]) => k.reduce(op, k.cast(a!, "float32"), this.#block(shape))));
        break;
      }
      case 7: {
        const y = this.#upload([shape.at(-1)!, this.#oneOf(AXES)]);
        if (shape.length === 2) this.#keep(this.#both([x, y], (k, [a, b]) => k.matmul(a!, b!)));
        break;
      }
      case 8: {
        const [y, z] = [this.#argument(x), this.#argument(x)];
        const choose = (k: Backend, [a, b, c]: readonly NDArray[]): NDArray =>
          k.map("where", [k.map("gt", [a!, b!], shape), b!, c!], shape);
        this.held.push(this.#both([x, y, z], choose));
        break;
      }
      case 9:
        this.#both([x, this.#upload(shape)], (k, [a, b]) => {
          k.addInto(a!, b!);
          return k.map("clamp", [a!], shape, [-100, 100], a!);
        });
        break;
      default:
        this.#forget();
    }
  }

  /** The shape with one dimension in the middle. The random choice is made once for both backends. */
  #block(shape: readonly number[]): Block {
    const d = shape.length - 1;
    return { outer: sizeOf(shape.slice(0, d)), n: shape[d]!, inner: 1 };
  }

  /** Lets go of an array, with or without a word. */
  #forget(): void {
    if (this.held.length < 12) return;
    const [pair] = this.held.splice(this.#below(this.held.length), 1);
    if (pair === undefined || this.#random() < 0.5) return;
    const { storage } = pair.cpu;
    if (this.held.some((other) => other.cpu.storage === storage)) return;
    this.cpu.free(storage);
    this.freed.push(storage);
  }

  /** Everything that is held, element by element. */
  check(): void {
    for (const { cpu, reference } of this.held) {
      const length = cpu.storage.length;
      const [found, wanted] = [
        this.cpu.readSync(cpu.storage, 0, length),
        this.reference.readSync(reference.storage, 0, length),
      ];
      // Zeros of both signs count as equal.
      expect(found.findIndex((x, i) => x !== wanted[i])).toBe(-1);
    }
  }
}

describe("CpuBackend", () => {
  const configurations: readonly (readonly [string, HeapOptions])[] = [
    ["as users have it", {}],
    ["everything on the heap, and out of it at once", { budgetBytes: 0, arrayLimit: 0 }],
    ["a heap of 64 KiB, arrays of up to 16 elements", { budgetBytes: 65536, arrayLimit: 16 }],
  ];
  it.each(configurations)("loses no number in random programs: %s", { timeout: 60000 }, async (_name, options) => {
    for (let seed = 1; seed <= 6; seed++) {
      const program = new Program(openCpu(options), seed);
      for (let i = 1; i <= 1500; i++) {
        program.step();
        if (i % 250 !== 0) continue;
        program.check();
        program.cpu.verifyHeap();
        // Now and then the collector and the registry get their turn, and take what nobody holds.
        globalThis.gc?.();
        await setImmediate();
      }
      program.check();
      program.cpu.verifyHeap();
      const { budgetBytes, residentBytes } = program.cpu.heapStats();
      expect(residentBytes).toBeLessThanOrEqual(budgetBytes + 2 ** 20);
      expect(program.cpu.heapStats().memoryBytes).toBeLessThan(24 * 2 ** 20);
      for (const storage of program.freed) {
        expect(() => program.cpu.readSync(storage, 0, 1)).toThrow("use of a freed storage");
      }
    }
  });

  it("takes back what a program has let go of", async () => {
    const program = new Program(openCpu({ arrayLimit: 0 }), 7);
    for (let i = 0; i < 1500; i++) program.step();
    for (let i = 0; i < 4; i++) {
      globalThis.gc?.();
      await setImmediate();
    }
    const live = new Set(program.held.map((pair) => pair.cpu.storage));
    expect(program.cpu.heapStats().residentCount).toBeLessThanOrEqual(live.size + 3);
    program.check();
  });

  const SIDE = 64;
  const index = (cpu: CpuBackend) => dense(cpu.upload("int32", new Int32Array(SIDE * SIDE)), [SIDE, SIDE]);
  /** Operations that write in place, or give something else than float32. */
  const inPlace: readonly (readonly [string, (cpu: CpuBackend, x: NDArray) => unknown])[] = [
    ["neg", (cpu, x) => cpu.map("neg", [x], x.shape, [], x)],
    ["sin", (cpu, x) => cpu.map("sin", [x], x.shape, [], x)],
    ["add", (cpu, x) => cpu.map("add", [x, x], x.shape, [], x)],
    ["atan2", (cpu, x) => cpu.map("atan2", [x, x], x.shape, [], x)],
    ["clamp", (cpu, x) => cpu.map("clamp", [x], x.shape, [0, 1], x)],
    ["copy", (cpu, x) => cpu.copy(x, { ...x, strides: [1, SIDE] })],
    ["addInto", (cpu, x) => cpu.addInto(x, x)],
    ["fill", (cpu, x) => cpu.fill(x, 1)],
    ["scatter", (cpu, x) => cpu.scatter("add", x, 0, index(cpu), x)],
    ["matmul", (cpu, x) => cpu.matmul(x, x, { out: x })],
    ["eq", (cpu, x) => cpu.map("eq", [x, x], x.shape)],
    ["isnan", (cpu, x) => cpu.map("isnan", [x], x.shape)],
    ["where", (cpu, x) => cpu.map("where", [dense(cpu.alloc("bool", SIDE * SIDE), x.shape), x, x], x.shape)],
    ["cast", (cpu, x) => cpu.cast(x, "int32")],
    ["argReduce", (cpu, x) => cpu.argReduce("argmax", x, { outer: SIDE, n: SIDE, inner: 1 })],
    ["readSync", (cpu, x) => cpu.readSync(x.storage, 0, SIDE * SIDE)],
    [
      "optimizerStep",
      (cpu, x) => {
        const options = { lr: 0.1, momentum: 0, dampening: 0, weightDecay: 0 };
        const state = { momentumBuffer: null };
        cpu.optimizerStep("sgd", x, x, state, { ...options, nesterov: false, maximize: false, first: true });
      },
    ],
  ];
  it.each(inPlace)("stays within its budget when %s is all that runs", (_name, run) => {
    const budgetBytes = 8 * 4 * SIDE * SIDE;
    const cpu = openCpu({ budgetBytes });
    const arrays = Array.from({ length: 40 }, () => dense(cpu.alloc("float32", SIDE * SIDE), [SIDE, SIDE]));
    for (const x of arrays) cpu.fill(x, 1);
    for (let turn = 0; turn < 2; turn++) {
      for (const x of arrays) {
        run(cpu, x);
        expect(cpu.heapStats().residentBytes).toBeLessThanOrEqual(2 * budgetBytes);
      }
    }
    cpu.verifyHeap();
  });

  it.each(["float64", "int32", "uint8", "bool"] as const)("keeps %s within the budget, and every number", (dtype) => {
    const budgetBytes = 8 * (BYTES[dtype] * SIDE * SIDE + 1024);
    const cpu = openCpu({ budgetBytes });
    const shape = [SIDE, SIDE];
    const values = createArray(dtype, SIDE * SIDE).map((_, i) => Number(i % 3 === 0));
    const turned = values.map((_, i) => values[(i % SIDE) * SIDE + Math.floor(i / SIDE)]!);
    const arrays = Array.from({ length: 30 }, () => dense(cpu.upload(dtype, values), shape));
    for (const x of arrays) {
      cpu.copy(x, { ...x, strides: [1, SIDE] });
      expect(cpu.heapStats().residentBytes).toBeLessThanOrEqual(2 * budgetBytes);
    }
    expect(cpu.heapStats().spills).toBeGreaterThan(10);
    for (const x of arrays) {
      expect(cpu.readSync(x.storage, 0, SIDE * SIDE)).toEqual(turned);
      cpu.map("add", [x, x], shape, [], x);
      const twice = createArray(dtype, SIDE * SIDE).map((_, i) => (dtype === "bool" ? 1 : 2) * turned[i]!);
      expect(cpu.readSync(x.storage, 0, SIDE * SIDE)).toEqual(twice);
      cpu.fill({ ...x, shape: [SIDE / 2, SIDE] }, 1);
      expect(cpu.heapStats().residentBytes).toBeLessThanOrEqual(2 * budgetBytes);
      expect(cpu.readSync(x.storage, SIDE * (SIDE / 2 - 1), SIDE)).toEqual(createArray(dtype, SIDE).fill(1));
      expect(cpu.readSync(x.storage, SIDE * (SIDE / 2), SIDE)).toEqual(
        twice.slice(SIDE * (SIDE / 2), SIDE * (SIDE / 2 + 1)),
      );
      cpu.free(x.storage);
      expect(() => cpu.fill(x, 1)).toThrow("use of a freed storage");
    }
    cpu.verifyHeap();
  });

  it("copies what it is given and what it gives", () => {
    const cpu = openCpu();
    for (const length of [4, 1000]) {
      const data = new Float32Array(length).fill(1);
      const storage = cpu.upload("float32", data);
      data.fill(2);
      const copy = cpu.readSync(storage, 0, length);
      expect(copy).toEqual(new Float32Array(length).fill(1));
      expect(copy.buffer).toBeInstanceOf(ArrayBuffer);
      copy.fill(3);
      expect(cpu.readSync(storage, 1, 2)).toEqual(new Float32Array(2).fill(1));
    }
  });

  it("gives the value of the moment to a read that is awaited later", async () => {
    const cpu = openCpu();
    const x = dense(cpu.upload("float32", new Float32Array(1000).fill(1)), [1000]);
    const reading = cpu.read(x.storage, 0, 1);
    cpu.fill(x, 2);
    expect([...(await reading)]).toEqual([1]);
  });

  it("serves device cpu", () => {
    const backend = createCpuBackend({ budgetBytes: 12345 });
    expect(backend.device).toBe("cpu");
    expect(heapStats(backend)).toMatchObject({ budgetBytes: 12345, residentCount: 0 });
    expect(heapStats(new ReferenceBackend())).toBeNull();
  });
});
