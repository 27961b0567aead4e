/** @file The backend of device "gpu": every operation as kernels that are issued without waiting for them. */
import type {
  Backend,
  BinaryOp,
  Block,
  ConvWindows,
  DType,
  MatmulOptions,
  NDArray,
  PoolWindows,
  ReduceOp,
  Storage,
  TypedArray,
  UnaryOp,
} from "../backend.ts";
import { PREDICATES_1, PREDICATES_2 } from "../backend.ts";
import { convolve, convolveGradInput, convolveGradWeight } from "../convolve.ts";
import { type Collector, findCollector } from "../cpu/collector.ts";
import { broadcastStrides, sizeOf } from "../layout.ts";
import type { OptimizerName, OptimizerOptions, OptimizerState } from "../optimizer-steps.ts";
import { gatherBytes } from "../reference/indexing.ts";
import { isIntegral } from "../reference/storage.ts";
import { compute, deliver, gathered, place } from "./elements.ts";
import { crossEntropy, crossEntropyGrad, optimizerStep } from "./fused.ts";
import { checkDivisor } from "./guard.ts";
import { gather, scatter } from "./indexing.ts";
import { argReduce, cumsum, reduce, softmax, softmaxGrad, sort } from "./lines.ts";
import { checked, GpuMachine, isWhole, storageOf } from "./machine.ts";
import { maxPool, maxPoolGrad, maxPoolIndices } from "./pool.ts";
import { matmul } from "./product.ts";
import { type GpuArray, GpuError, type GpuRuntime } from "./runtime.ts";
import type { ElementFunction } from "./sources/elementwise.ts";
import { BINARY, CASTS, CLAMP, CONSTANTS, constantsIn, UNARY } from "./sources/functions.ts";
import { LARGEST_WHOLE, rangeOf, toHost } from "./storage.ts";

function functions<K extends string>(table: Record<K, string>, inputs: readonly string[]): Map<K, ElementFunction> {
  return new Map(
    (Object.entries(table) as [K, string][]).map(([name, statements]) => [
      name,
      { name, inputs, statements, floats: constantsIn(statements) },
    ]),
  );
}

const UNARIES = functions(UNARY, ["x"]);
const BINARIES = functions(BINARY, ["x", "y"]);
const CASTINGS = functions(CASTS, ["x"]);
const CLAMPING: ElementFunction = { name: "clamp", inputs: ["x"], floats: ["low", "high"], statements: CLAMP };
const WHERE: ElementFunction = {
  name: "where",
  inputs: ["c", "x", "y"],
  statements: "return c === 0 ? y : x;",
};

const ROUNDING: ElementFunction = { name: "pow", inputs: ["x"], statements: "return Math.floor(x + 0.5);" };

/** Functions that leave whole numbers as they are. */
const KEEPS_INTEGERS: ReadonlySet<UnaryOp> = new Set<UnaryOp>(["floor", "ceil", "round", "trunc"]);

function known<K, V>(table: ReadonlyMap<K, V>, key: K): V {
  const value = table.get(key);
  if (value === undefined) throw new GpuError(`${String(key)} has no kernel for the GPU. Use device "cpu".`);
  return value;
}

function checkDType(dtype: DType): void {
  if (dtype === "float64") {
    throw new GpuError(
      'float64 does not exist on the GPU. Convert the tensor first, with .float(), or use device "cpu".',
    );
  }
}

/** An array read as one of a larger shape. */
function broadcast(x: NDArray, shape: readonly number[]): NDArray {
  return { ...x, shape, strides: broadcastStrides(x.shape, x.strides, shape) };
}

export class GpuBackend implements Backend {
  readonly device = "gpu";
  readonly runtime: GpuRuntime;
  readonly #machine: GpuMachine;

  constructor(runtime: GpuRuntime, collector: Collector | null = findCollector()) {
    this.runtime = runtime;
    this.#machine = new GpuMachine(runtime, collector);
  }

  alloc(dtype: DType, length: number): Storage {
    checkDType(dtype);
    return this.#machine.store(dtype, length, 0);
  }

  /** @throws RangeError for whole numbers that floats cannot hold. */
  upload(dtype: DType, data: TypedArray): Storage {
    checkDType(dtype);
    const range = dtype === "float32" ? null : rangeOf(data);
    if (range !== null && (range.low < -LARGEST_WHOLE || range.high > LARGEST_WHOLE)) {
      throw new RangeError(
        `the GPU keeps whole numbers as floats, exact to ±${LARGEST_WHOLE}; got ${range.low < -LARGEST_WHOLE ? range.low : range.high}`,
      );
    }
    if (data.length === 1) return this.#machine.store(dtype, 1, data[0] as number, range);
    const floats = data instanceof Float32Array ? data : Float32Array.from(data);
    return this.#machine.store(dtype, data.length, this.runtime.upload("upload", floats), range);
  }

  async read(storage: Storage, offset: number, length: number): Promise<TypedArray> {
    const { dtype, cell } = checked(storage);
    const { contents } = cell;
    if (typeof contents === "number") return toHost(dtype, new Float32Array(length).fill(contents));
    contents.retain();
    try {
      return toHost(dtype, await this.runtime.read(contents, offset, length));
    } finally {
      contents.release();
    }
  }

  readSync(storage: Storage, offset: number, length: number): TypedArray {
    const { dtype, cell } = checked(storage);
    const { contents } = cell;
    if (typeof contents === "number") return toHost(dtype, new Float32Array(length).fill(contents));
    return toHost(dtype, this.runtime.readSync(contents, offset, length));
  }

  free(storage: Storage): void {
    this.#machine.free(checked(storage));
  }

  unary(op: UnaryOp, x: NDArray, out?: NDArray): NDArray {
    if (isIntegral(x.dtype) && KEEPS_INTEGERS.has(op)) return this.#deliverCopy(x, out);
    const dtype = PREDICATES_1.has(op) ? "bool" : x.dtype;
    return this.#element(known(UNARIES, op), dtype, [x], x.shape, out);
  }

  binary(op: BinaryOp, a: NDArray, b: NDArray, shape: readonly number[], out?: NDArray): NDArray {
    const dtype = PREDICATES_2.has(op) ? "bool" : a.dtype;
    if (op === "remainder" && isIntegral(a.dtype) && sizeOf(shape) > 0) checkDivisor(this.#machine, b);
    const bools: Partial<Record<BinaryOp, BinaryOp>> = { add: "logicalOr", mul: "logicalAnd" };
    const chosen = a.dtype === "bool" ? (bools[op] ?? op) : op;
    return this.#element(known(BINARIES, chosen), dtype, [a, b], shape, out);
  }

  clamp(x: NDArray, low: number, high: number, out?: NDArray): NDArray {
    return this.#element(CLAMPING, x.dtype, [x], x.shape, out, [low, high]);
  }

  where(cond: NDArray, a: NDArray, b: NDArray, shape: readonly number[]): NDArray {
    return this.#element(WHERE, a.dtype, [cond, a, b], shape);
  }

  /** The result of an element-wise function. */
  #element(
    f: ElementFunction,
    dtype: DType,
    inputs: readonly NDArray[],
    shape: readonly number[],
    out?: NDArray,
    floats = (f.floats ?? []).map((name) => CONSTANTS[name] as number),
  ): NDArray {
    if (sizeOf(shape) === 0) return out ?? this.#machine.result(dtype, shape, 0);
    let array = compute(this.#machine, f, inputs, shape, floats);
    const whole =
      dtype === "uint8" ? CASTINGS.get("uint8") : dtype === "int32" && f.name === "pow" ? ROUNDING : undefined;
    if (whole !== undefined && !PREDICATES_2.has(f.name as BinaryOp)) {
      const raw = this.#machine.result(dtype, shape, array);
      array = compute(this.#machine, whole, [raw], shape);
      this.free(raw.storage);
    }
    return deliver(this.#machine, dtype, shape, array, out);
  }

  #deliverCopy(x: NDArray, out: NDArray | undefined): NDArray {
    return deliver(this.#machine, x.dtype, x.shape, gathered(this.#machine, x), out);
  }

  cast(x: NDArray, dtype: DType): NDArray {
    checkDType(dtype);
    const widens =
      dtype === "float32" || dtype === x.dtype || x.dtype === "bool" || (x.dtype === "uint8" && dtype === "int32");
    if (sizeOf(x.shape) === 0) return this.#machine.result(dtype, x.shape, 0);
    const constant = this.#machine.constant(x);
    if (widens && constant !== null) return this.#machine.result(dtype, x.shape, constant, storageOf(x).range);
    if (widens) return this.#machine.result(dtype, x.shape, gathered(this.#machine, x), storageOf(x).range);
    return this.#element(known(CASTINGS, dtype as keyof typeof CASTS), dtype, [x], x.shape);
  }

  copy(dst: NDArray, src: NDArray): void {
    if (sizeOf(dst.shape) === 0) return;
    const target = storageOf(dst);
    if (!isWhole(dst)) {
      place(this.#machine, "set", dst, broadcast(src, dst.shape));
      return;
    }
    target.cell.contents = this.#machine.constant(src) ?? gathered(this.#machine, src, dst.shape);
    target.range = storageOf(src).range;
  }

  addInto(dst: NDArray, src: NDArray): void {
    place(this.#machine, "add", dst, src);
    this.#wrap(dst);
  }

  /** Brings sums in a storage of bytes back to what a byte, or a truth value, holds. */
  #wrap({ dtype, storage }: NDArray): void {
    if (dtype !== "bool" && dtype !== "uint8") return;
    const all: NDArray = { storage, dtype, shape: [storage.length], strides: [1], offset: 0 };
    storageOf(all).cell.contents = compute(this.#machine, known(CASTINGS, dtype), [all], all.shape);
  }

  fill(dst: NDArray, value: number): void {
    if (sizeOf(dst.shape) === 0) return;
    const { dtype } = dst;
    const stored = dtype === "bool" ? Number(value !== 0) : isIntegral(dtype) ? Math.trunc(value) : Math.fround(value);
    const storage = storageOf(dst);
    if (isWhole(dst)) {
      storage.cell.contents = stored;
      storage.range = { low: stored, high: stored };
      return;
    }
    const number = this.#machine.result(dtype, [], stored);
    place(this.#machine, "set", dst, broadcast(number, dst.shape));
    this.free(number.storage);
  }

  reduce(op: ReduceOp, x: NDArray, block: Block): NDArray {
    return reduce(this.#machine, op, x, block);
  }

  argReduce(op: "argmax" | "argmin", x: NDArray, block: Block): NDArray {
    return argReduce(this.#machine, op, x, block);
  }

  cumsum(x: NDArray, block: Block): NDArray {
    return cumsum(this.#machine, x, block);
  }

  sort(x: NDArray, block: Block, descending: boolean): { values: NDArray; indices: NDArray } {
    return sort(this.#machine, x, block, descending);
  }

  softmax(x: NDArray, block: Block, log: boolean): NDArray {
    return softmax(this.#machine, x, block, log);
  }

  softmaxGrad(grad: NDArray, y: NDArray, block: Block, log: boolean): NDArray {
    return softmaxGrad(this.#machine, grad, y, block, log);
  }

  gather(x: NDArray, dim: number, index: NDArray): NDArray {
    return gather(this.#machine, x, dim, index);
  }

  scatter(mode: "set" | "add", dst: NDArray, dim: number, index: NDArray, src: NDArray): void {
    scatter(this.#machine, mode, dst, dim, index, src);
    if (mode === "add") this.#wrap(dst);
  }

  matmul(a: NDArray, b: NDArray, options: MatmulOptions = {}): NDArray {
    return matmul(this.#machine, a, b, options);
  }

  convolve(x: NDArray, weight: NDArray, bias: NDArray | null, windows: ConvWindows): NDArray {
    return convolve(this, x, weight, bias, windows);
  }

  convolveGradInput(grad: NDArray, weight: NDArray, windows: ConvWindows): NDArray {
    return convolveGradInput(this, grad, weight, windows);
  }

  convolveGradWeight(x: NDArray, grad: NDArray, windows: ConvWindows): NDArray {
    return convolveGradWeight(this, x, grad, windows);
  }

  maxPool(x: NDArray, windows: PoolWindows): NDArray {
    return maxPool(this.#machine, x, windows);
  }

  maxPoolIndices(x: NDArray, windows: PoolWindows): NDArray {
    return maxPoolIndices(this.#machine, x, windows);
  }

  maxPoolGrad(grad: NDArray, x: NDArray, windows: PoolWindows): NDArray {
    return maxPoolGrad(this.#machine, grad, x, windows);
  }

  crossEntropy(logits: NDArray, target: NDArray, ignoreIndex: number): { losses: NDArray; probs: NDArray } {
    return crossEntropy(this.#machine, logits, target, ignoreIndex);
  }

  crossEntropyGrad(grad: NDArray, probs: NDArray, target: NDArray, ignoreIndex: number): NDArray {
    return crossEntropyGrad(this.#machine, grad, probs, target, ignoreIndex);
  }

  gatherBytes(source: Uint8Array, rowLength: number, indices: Int32Array, divisor: number): NDArray {
    const rows = new Float32Array(indices.length * rowLength);
    gatherBytes(rows, source, rowLength, indices, divisor);
    const contents: GpuArray | number = rows.length === 0 ? 0 : this.runtime.upload("gatherBytes", rows);
    return this.#machine.result("float32", [indices.length, rowLength], contents);
  }

  optimizerStep<K extends OptimizerName>(
    name: K,
    param: NDArray,
    grad: NDArray,
    state: OptimizerState<K>,
    options: OptimizerOptions<K>,
  ): void {
    optimizerStep(this.#machine, name, param, grad, state, options);
  }
}
