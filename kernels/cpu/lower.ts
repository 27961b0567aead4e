/**
 * @file Small calls of a program, with everything decided ahead that does not change from run to run: on a few elements an
 * operation costs more in finding its kernel than in computing.
 *
 * Each does what the backend's method does, by the same loops and kernels, so results are the same to the bit.
 */
import type { Block, MatmulOptions, ReduceOp, TypedArray } from "../backend.ts";
import { type ElementwiseName, INTEGER_DIVISIONS } from "../ir/elementwise.ts";
import { BYTES, sizeOf } from "../layout.ts";
import { OPTIMIZER_STEPS, type OptimizerName, type Span } from "../optimizer-steps.ts";
import type { Call, SlotArray } from "../program/call.ts";
import { scalarOf } from "../reference/elementwise.ts";
import { isIntegral } from "../reference/storage.ts";
import { ACCUMULATE, GEMM_TYPES, gemmOnThread, RELU } from "./gemm.ts";
import type { Heap } from "./heap.ts";
import { isDense, isLargeArray, type KernelContext, SCRATCH_BYTES } from "./kernel-context.ts";
import { GRAIN_SIZE } from "./parallel/partition.ts";
import { FOLDS, foldOf } from "./reduce.ts";
import { elementsOf, smallKernel, startOf, stepAlong, sumSmall } from "./scalar-path.ts";
import type { HeapStorage } from "./storage.ts";
import type { GemmExports } from "./wasm.ts";

/** A call as a function; it is given what is new in each run. */
export type LoweredCall = (fresh: unknown) => void;

/** The most elements of a buffer in a call that is lowered. */
const MOST = 4096;
/** Bytes in the staging area for each array that is not on the heap. */
const STAGED = 2048;

/** A call as a function; null for one that is left to its method. */
export function lowerCall(context: KernelContext, call: Call): LoweredCall | null {
  if (call.arrays.some(({ slot }) => slot.length > MOST) || call.results.some(({ slot }) => slot.length > MOST)) {
    return null;
  }
  switch (call.name) {
    case "map":
      return lowerMap(context.heap, call);
    case "matmul":
      return lowerMatmul(context, call);
    case "reduce":
      return lowerReduce(context, call);
    case "optimizerStep":
      return lowerOptimizer(context, call);
    default:
      return null;
  }
}

const storageOf = (x: SlotArray): HeapStorage => x.storage as HeapStorage;

function lowerMap(heap: Heap, { args, results }: Call): LoweredCall | null {
  const [name, inputs, shape, scalars = [], out] = args as [
    ElementwiseName,
    SlotArray[],
    number[],
    number[]?,
    SlotArray?,
  ];
  const z = out ?? results[0];
  const [a, b, c] = inputs as [SlotArray, SlotArray?, SlotArray?];
  const last = inputs[inputs.length - 1] as SlotArray;
  if (z === undefined || (isIntegral(last.dtype) && INTEGER_DIVISIONS.has(name)) || !isDense(z)) return null;
  const n = sizeOf(shape);
  const { loop, most } = smallKernel(name, last.dtype);
  const shifted = inputs.some((x) => x.slot === z.slot && x.start !== z.start);
  const steps = inputs.map((x) => stepAlong(x, z.shape));
  if (n > most || shifted || steps.some((step) => step < 0)) return null;
  const [s0 = 0, s1 = 0, s2 = 0] = scalars.map((scalar) => scalarOf(a.dtype, scalar));
  const [as = 0, bs = 0] = steps;
  if (b === undefined) {
    return () => {
      const ai = startOf(heap, a);
      const zi = startOf(heap, z);
      const x = elementsOf(heap, a);
      loop(n, s0, s1, s2, elementsOf(heap, z), zi, 1, x, ai, as, x, 0, 0, x, 0, 0);
    };
  }
  const third = c ?? b;
  const cs = steps[2] ?? bs;
  return () => {
    const ai = startOf(heap, a);
    const bi = startOf(heap, b);
    const ci = startOf(heap, third);
    const zi = startOf(heap, z);
    loop(
      n,
      s0,
      s1,
      s2,
      elementsOf(heap, z),
      zi,
      1,
      elementsOf(heap, a),
      ai,
      as,
      elementsOf(heap, b),
      bi,
      bs,
      elementsOf(heap, third),
      ci,
      cs,
    );
  };
}

/** Where kernels find the elements of an array: in the heap, or in their copy in the staging area. */
class Place {
  readonly #heap: Heap;
  readonly #array: SlotArray;
  readonly #at: number;
  address = 0;

  constructor(heap: Heap, array: SlotArray, at: number) {
    this.#heap = heap;
    this.#array = array;
    this.#at = at;
  }

  /** Finds it, with the elements if they are to be read. False if it is another than before. */
  find(reads: boolean): boolean {
    const heap = this.#heap;
    const storage = storageOf(this.#array);
    const { array } = storage;
    const bytes = BYTES[storage.dtype];
    let start: number;
    if (array === null) {
      start = heap.address(storage);
    } else {
      start = heap.stagingAddress() + this.#at;
      if (reads) copy(heap.whole(storage.dtype), start / bytes, array, 0, storage.length);
    }
    const found = start + bytes * this.#array.offset;
    const same = found === this.address;
    this.address = found;
    return same;
  }

  /** Copies what was written back to an array that is not on the heap. */
  leave(): void {
    const storage = storageOf(this.#array);
    const { array } = storage;
    if (array === null) return;
    const start = this.#heap.stagingAddress() + this.#at;
    copy(array, 0, this.#heap.whole(storage.dtype), start / BYTES[storage.dtype], storage.length);
  }
}

function copy(to: TypedArray, first: number, from: TypedArray, start: number, n: number): void {
  for (let i = 0; i < n; i++) to[first + i] = from[start + i]!;
}

type KernelCall = { readonly run: (...numbers: number[]) => unknown; readonly numbers: readonly number[] };

/** The calls of kernels that `use` makes, which it is not told the results of. */
function callsOf(gemm: GemmExports, use: (recorder: GemmExports) => void): KernelCall[] {
  const calls: KernelCall[] = [];
  const recorder = new Proxy(
    { ...gemm },
    {
      get(target, name) {
        const run = Reflect.get(target, name) as (...numbers: number[]) => unknown;
        return (...numbers: number[]) => {
          calls.push({ run, numbers });
        };
      },
    },
  );
  use(recorder);
  return calls;
}

function lowerMatmul(context: KernelContext, { args, results }: Call): LoweredCall | null {
  const [a, b, options = {}] = args as [SlotArray, SlotArray, MatmulOptions?];
  const c = (options.out as SlotArray | undefined) ?? results[0];
  const bias = (options.bias as SlotArray | undefined) ?? null;
  const { dtype } = a;
  if (c === undefined || a.shape.length !== 2 || (dtype !== "float32" && dtype !== "float64")) return null;
  const [m = 0, k = 0] = a.shape;
  const n = b.shape[1] ?? 0;
  const type = GEMM_TYPES[dtype];
  const { bytes } = type;
  const fits = bytes * (k + 4) * (m + n + 32) + 256 <= SCRATCH_BYTES;
  const isSingle = m * n * k < context.blas.minMacs && context.threads.parts(m * n * k, type.grain) === 1;
  const apart = a.slot !== c.slot && b.slot !== c.slot && bias?.slot !== c.slot;
  if (!fits || !isSingle || !apart || m * n * k === 0 || (bias !== null && !isDense(bias))) return null;
  const staged = [a, b, c, ...(bias === null ? [] : [bias])];
  if (staged.some(({ slot }) => slot.length * bytes > STAGED && slot.length <= 256)) return null;
  const { heap } = context;
  const [left, right, target] = [new Place(heap, a, 0), new Place(heap, b, STAGED), new Place(heap, c, 2 * STAGED)];
  const added = bias === null ? null : new Place(heap, bias, 3 * STAGED);
  const flags = (options.accumulate === true ? ACCUMULATE : 0) + (options.relu === true ? RELU : 0);
  const [aRow = 0, aCol = 0] = a.strides;
  const [bRow = 0, bCol = 0] = b.strides;
  let calls: KernelCall[] = [];
  let scratch = -1;
  return () => {
    heap.begin();
    const sameLeft = left.find(true);
    const sameRight = right.find(true);
    const sameTarget = target.find(options.accumulate === true);
    const sameBias = added === null || added.find(true);
    if (!(sameLeft && sameRight && sameTarget && sameBias) || scratch !== context.scratch) {
      scratch = context.scratch;
      const [x, y, z, w] = [left.address, right.address, target.address, added?.address ?? 0];
      calls = callsOf(context.gemm, (gemm) => {
        gemmOnThread(gemm, type, m, n, k, x, aRow, aCol, y, bRow, bCol, z, n, w, flags, scratch);
      });
    }
    for (let i = 0; i < calls.length; i++) {
      const { run, numbers } = calls[i]!;
      run(...numbers);
    }
    target.leave();
  };
}

function lowerReduce(context: KernelContext, { args, results }: Call): LoweredCall | null {
  const [op, x, { outer, n, inner }] = args as [ReduceOp, SlotArray, Block];
  const z = results[0];
  const { heap, vector } = context;
  if (z === undefined || x.dtype !== "float32" || n === 0) return null;
  const fold = foldOf(op, x.dtype);
  if (!isLargeArray(x)) {
    return op === "sum" && outer * inner === 1 ? () => sumSmall(heap, x, z) : null;
  }
  if (fold === null || context.threads.parts(outer * n * inner, GRAIN_SIZE.light) !== 1) return null;
  const code = FOLDS[fold];
  const [from, to] = [new Place(heap, x, 0), new Place(heap, z, STAGED)];
  return () => {
    heap.begin();
    from.find(true);
    to.find(false);
    if (inner === 1) vector.foldRows_f32(code, to.address, from.address, outer, n);
    else vector.foldColumns_f32(code, to.address, from.address, outer, n, inner, 4 * inner, context.scratch);
    to.leave();
  };
}

interface MutableSpan extends Span {
  data: TypedArray;
  offset: number;
}

function lowerOptimizer(context: KernelContext, { args }: Call): LoweredCall | null {
  const { heap } = context;
  const [name, param, grad, state] = args as [OptimizerName, SlotArray, SlotArray, Record<string, SlotArray | null>];
  const step = OPTIMIZER_STEPS[name];
  const states = step.state.map((key): SlotArray | null => state[key] ?? null);
  if (param.dtype !== "float32" || param.slot.length > 256) return null;
  const n = sizeOf(param.shape);
  if (isLargeArray(param)) {
    const changed = [param, ...states].map((array, i) => (array === null ? null : new Place(heap, array, STAGED * i)));
    const read = new Place(heap, grad, STAGED * changed.length);
    const kernel = context.vector[`${name}Step_f32`] as (...numbers: readonly number[]) => void;
    const count = changed.length;
    const numbers: number[] = [];
    return (options) => {
      heap.begin();
      for (let i = 0; i < count; i++) changed[i]?.find(true);
      read.find(true);
      numbers[0] = changed[0]?.address ?? 0;
      numbers[1] = read.address;
      for (let i = 1; i < count; i++) numbers[i + 1] = changed[i]?.address ?? 0;
      numbers[count + 1] = n;
      const scalars = step.scalars(options as never) as Readonly<Record<string, number>>;
      let at = count + 2;
      for (const key in scalars) numbers[at++] = scalars[key]!;
      kernel(...numbers);
      for (let i = 0; i < count; i++) changed[i]?.leave();
    };
  }
  const span = (): MutableSpan => ({ data: new Float32Array(0), offset: 0 });
  const [p, g] = [span(), span()];
  const spans = states.map((array) => (array === null ? null : span()));
  const named = Object.fromEntries(step.state.map((key, i) => [key, spans[i] ?? null]));
  const find = (x: SlotArray, to: MutableSpan): void => {
    to.offset = startOf(heap, x);
    to.data = elementsOf(heap, x);
  };
  return (options) => {
    find(param, p);
    find(grad, g);
    for (let i = 0; i < states.length; i++) {
      const [array, to] = [states[i], spans[i]];
      if (array != null && to != null) find(array, to);
    }
    step.loop(n, p, g, named as never, step.scalars(options as never) as never);
  };
}
