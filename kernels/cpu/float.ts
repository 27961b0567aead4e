/** @file float32 with SIMD kernels on the heap. Other dtypes, and what has no kernel, use the reference loops. */
import {
  type AdamOptions,
  type BinaryOp,
  type Block,
  type ConvWindows,
  type DType,
  type MatmulOptions,
  type NDArray,
  type PoolWindows,
  PREDICATES_1,
  type ReduceOp,
  type RmspropOptions,
  type SgdOptions,
  type Storage,
  type TypedArray,
  type UnaryOp,
} from "../backend.ts";
import { dense, emptyArray, sameShape, sizeOf } from "../layout.ts";
import { ReferenceBackend } from "../reference/backend.ts";
import { checkTargets } from "../reference/loss.ts";
import { ArrayStorage } from "../reference/storage.ts";
import { multiplyDoubles } from "./blas/double.ts";
import { compareFloats, whereFloats } from "./compare.ts";
import { convolveFloats, convolveGradInputFloats, convolveGradWeightFloats } from "./convolve.ts";
import { copyFloats, fillFloats, floatsFromBytes } from "./copy.ts";
import { combineFloats, mapFloats, powerOf, type UnaryKernel } from "./elementwise.ts";
import type { Heap } from "./heap.ts";
import { isDense, isInjective, type Machine } from "./machine.ts";
import { isSquares, maxSquaresFloats, maxSquaresGradFloats } from "./pool-squares.ts";
import { multiplyFloats } from "./product.ts";
import { argReduceFloats, reduceFloats, softmaxFloats, softmaxGradFloats } from "./reduce.ts";
import { combineSmall, copySmall, fillSmall, mapSmall, sumSmall } from "./small.ts";
import { FloatStorage } from "./storage.ts";
import { BINARY, COMPARE, UNARY } from "./tables.ts";
import {
  adamFloats,
  crossEntropyFloats,
  crossEntropyGradFloats,
  gatherByteRows,
  rmspropFloats,
  sgdFloats,
} from "./train.ts";

/** Up to this many elements the reference loops are done before a kernel is called. */
const FEW = 16;

/** Whether an array is for the kernels. */
function isLarge(x: NDArray): boolean {
  return x.dtype === "float32" && sizeOf(x.shape) > FEW;
}

/** Whether one of these has no elements. */
function isEmpty(...arrays: readonly NDArray[]): boolean {
  return arrays.some((x) => sizeOf(x.shape) === 0);
}

/** Whether an optimizer's kernel can work on all of these in place. */
function onHeap(...arrays: readonly (NDArray | null)[]): boolean {
  return arrays.every((x) => x === null || (x.storage instanceof FloatStorage && x.storage.array === null));
}

/**
 * The kernels behind {@link CpuBackend}, which alone may call the public methods: it begins an operation of the heap
 * with each of them, and within one operation no storage moves.
 */
export class FloatBackend extends ReferenceBackend {
  readonly #heap: Heap;
  readonly #machine: Machine;

  constructor(machine: Machine) {
    super("cpu");
    this.#heap = machine.heap;
    this.#machine = machine;
  }

  override alloc(dtype: DType, length: number): Storage {
    return dtype === "float32" ? this.#heap.alloc(length) : super.alloc(dtype, length);
  }

  override readSync(storage: Storage, offset: number, length: number): TypedArray {
    if (storage instanceof FloatStorage) return this.#heap.read(storage, offset, length);
    return super.readSync(storage, offset, length);
  }

  override free(storage: Storage): void {
    if (storage instanceof FloatStorage) this.#heap.free(storage);
    else super.free(storage);
  }

  protected override view(storage: Storage): TypedArray {
    return storage instanceof FloatStorage ? this.#heap.view(storage) : super.view(storage);
  }

  override unary(op: UnaryOp, x: NDArray, out?: NDArray): NDArray {
    if (x.dtype !== "float32" || PREDICATES_1.has(op)) return super.unary(op, x, out);
    const z = out ?? emptyArray(this, "float32", x.shape);
    if (mapSmall(this.#heap, op, x, z)) return z;
    const kernel = isLarge(x) ? UNARY.get(op) : undefined;
    return kernel ? this.#map(this.#machine.vector[kernel], x, z) : super.unary(op, x, z);
  }

  override binary(op: BinaryOp, a: NDArray, b: NDArray, shape: readonly number[], out?: NDArray): NDArray {
    if (a.dtype !== "float32") return super.binary(op, a, b, shape, out);
    const n = sizeOf(shape);
    const kernel = BINARY.get(op);
    if (kernel !== undefined) {
      const z = out ?? emptyArray(this, "float32", shape);
      if (combineSmall(this.#heap, op, n, a, b, z)) return z;
      if (n > FEW) combineFloats(this.#machine, this.#machine.vector[kernel], a, b, z);
      else super.binary(op, a, b, shape, z);
      return z;
    }
    if (n <= FEW) return super.binary(op, a, b, shape, out);
    const comparison = COMPARE.get(op);
    if (comparison !== undefined && out === undefined) {
      const truths = compareFloats(this.#machine, comparison, a, b, shape);
      return dense(new ArrayStorage(this.device, "bool", truths), shape);
    }
    if (op === "pow" && sizeOf(b.shape) === 1 && sameShape(a.shape, shape)) {
      const power = powerOf(this.#machine, this.view(b.storage)[b.offset]!);
      if (power) return this.#map(power, a, out);
    }
    return super.binary(op, a, b, shape, out);
  }

  override clamp(x: NDArray, low: number, high: number, out?: NDArray): NDArray {
    if (!isLarge(x) || Number.isNaN(low) || Number.isNaN(high)) return super.clamp(x, low, high, out);
    const { clampRows } = this.#machine.vector;
    return this.#map((z, a, rows, cols, zs, as) => clampRows(z, a, rows, cols, zs, as, low, high), x, out);
  }

  #map(kernel: UnaryKernel, x: NDArray, out: NDArray | undefined): NDArray {
    const z = out ?? emptyArray(this, "float32", x.shape);
    mapFloats(this.#machine, kernel, x, z);
    return z;
  }

  override where(cond: NDArray, a: NDArray, b: NDArray, shape: readonly number[]): NDArray {
    if (a.dtype !== "float32" || sizeOf(shape) <= FEW) return super.where(cond, a, b, shape);
    const truths = this.view(cond.storage) as Uint8Array;
    const z = emptyArray(this, "float32", shape);
    if (whereFloats(this.#machine, truths, cond, a, b, z)) return z;
    this.free(z.storage);
    return super.where(cond, a, b, shape);
  }

  override cast(x: NDArray, dtype: DType): NDArray {
    if (dtype !== "float32") return super.cast(x, dtype);
    const n = sizeOf(x.shape);
    const bytes = (x.dtype === "bool" || x.dtype === "uint8") && n > FEW && isDense(x);
    if (x.dtype !== "float32" && !bytes) return super.cast(x, dtype);
    const z = emptyArray(this, dtype, x.shape);
    if (!bytes) this.copy(z, x);
    else floatsFromBytes(this.#machine, (this.view(x.storage) as Uint8Array).subarray(x.offset, x.offset + n), z);
    return z;
  }

  override copy(dst: NDArray, src: NDArray): void {
    if (dst.dtype === "float32" && copySmall(this.#heap, dst, src)) return;
    if (isLarge(dst)) copyFloats(this.#machine, dst, src);
    else super.copy(dst, src);
  }

  override addInto(dst: NDArray, src: NDArray): void {
    if (!isLarge(dst) || !isInjective(dst)) super.addInto(dst, src);
    else combineFloats(this.#machine, this.#machine.vector.addRows, dst, src, dst);
  }

  override fill(dst: NDArray, value: number): void {
    if (dst.dtype === "float32" && fillSmall(this.#heap, dst, value)) return;
    if (!isLarge(dst) || !fillFloats(this.#machine, dst, value)) super.fill(dst, value);
  }

  override reduce(op: ReduceOp, x: NDArray, block: Block): NDArray {
    const known = op === "sum" || op === "max" || op === "min";
    if (!known || x.dtype !== "float32" || block.n === 0) return super.reduce(op, x, block);
    const large = isLarge(x);
    if (!large && (op !== "sum" || block.outer * block.inner !== 1)) return super.reduce(op, x, block);
    const z = emptyArray(this, "float32", [block.outer, block.inner]);
    if (large) reduceFloats(this.#machine, op, x, block, z);
    else sumSmall(this.#heap, x, z);
    return z;
  }

  override argReduce(op: "argmax" | "argmin", x: NDArray, block: Block): NDArray {
    if (!isLarge(x)) return super.argReduce(op, x, block);
    const found = argReduceFloats(this.#machine, op, x, block);
    return dense(new ArrayStorage(this.device, "int32", found), [block.outer, block.inner]);
  }

  override softmax(x: NDArray, block: Block, log: boolean): NDArray {
    if (!isLarge(x)) return super.softmax(x, block, log);
    const y = emptyArray(this, "float32", x.shape);
    softmaxFloats(this.#machine, x, block, log, y);
    return y;
  }

  override softmaxGrad(grad: NDArray, y: NDArray, block: Block, log: boolean): NDArray {
    if (!isLarge(y)) return super.softmaxGrad(grad, y, block, log);
    const z = emptyArray(this, "float32", y.shape);
    softmaxGradFloats(this.#machine, grad, y, block, log, z);
    return z;
  }

  override matmul(a: NDArray, b: NDArray, options: MatmulOptions = {}): NDArray {
    const z = options.out ?? emptyArray(this, a.dtype, [...a.shape.slice(0, -1), b.shape[b.shape.length - 1]!]);
    if (a.dtype === "float32") multiplyFloats(this.#machine, a, b, z, options);
    else if (a.dtype !== "float64" || !this.#multiplyDoubles(a, b, z, options))
      super.matmul(a, b, { ...options, out: z });
    return z;
  }

  #multiplyDoubles(a: NDArray, b: NDArray, out: NDArray, options: MatmulOptions): boolean {
    return multiplyDoubles(this.#machine.blas, (x) => this.view(x.storage), a, b, out, options);
  }

  override convolve(x: NDArray, weight: NDArray, bias: NDArray | null, windows: ConvWindows): NDArray {
    if (x.dtype !== "float32" || isEmpty(x, weight)) return super.convolve(x, weight, bias, windows);
    const z = emptyArray(this, "float32", [windows.shape[0], weight.shape[0]!, ...windows.counts]);
    convolveFloats(this.#machine, x, weight, bias, windows, z);
    return z;
  }

  override convolveGradInput(grad: NDArray, weight: NDArray, windows: ConvWindows): NDArray {
    if (grad.dtype !== "float32" || isEmpty(grad, weight)) return super.convolveGradInput(grad, weight, windows);
    const z = emptyArray(this, "float32", windows.shape);
    convolveGradInputFloats(this.#machine, grad, weight, windows, z);
    return z;
  }

  override convolveGradWeight(x: NDArray, grad: NDArray, windows: ConvWindows): NDArray {
    if (x.dtype !== "float32" || isEmpty(x, grad)) return super.convolveGradWeight(x, grad, windows);
    const [, channels] = windows.shape;
    const z = emptyArray(this, "float32", [grad.shape[1]!, channels / windows.groups, ...windows.kernel]);
    convolveGradWeightFloats(this.#machine, x, grad, windows, z);
    return z;
  }

  override maxPool(x: NDArray, windows: PoolWindows): NDArray {
    if (!isLarge(x) || !isSquares(x, windows)) return super.maxPool(x, windows);
    const z = emptyArray(this, "float32", [...x.shape.slice(0, -2), ...windows.counts]);
    maxSquaresFloats(this.#machine, x, z);
    return z;
  }

  override maxPoolGrad(grad: NDArray, x: NDArray, windows: PoolWindows): NDArray {
    if (!isLarge(x) || !isSquares(x, windows)) return super.maxPoolGrad(grad, x, windows);
    const z = emptyArray(this, "float32", x.shape);
    maxSquaresGradFloats(this.#machine, grad, x, z);
    return z;
  }

  override crossEntropy(logits: NDArray, target: NDArray, ignoreIndex: number): { losses: NDArray; probs: NDArray } {
    if (!isLarge(logits)) return super.crossEntropy(logits, target, ignoreIndex);
    const classes = this.view(target.storage);
    checkTargets({ ...target, data: classes }, logits.shape[1]!, ignoreIndex);
    const losses = emptyArray(this, "float32", target.shape);
    const probs = emptyArray(this, "float32", logits.shape);
    crossEntropyFloats(this.#machine, logits, target, classes, ignoreIndex, losses, probs);
    return { losses, probs };
  }

  override crossEntropyGrad(grad: NDArray, probs: NDArray, target: NDArray, ignoreIndex: number): NDArray {
    if (!isLarge(probs)) return super.crossEntropyGrad(grad, probs, target, ignoreIndex);
    const z = emptyArray(this, "float32", probs.shape);
    crossEntropyGradFloats(this.#machine, grad, probs, target, this.view(target.storage), ignoreIndex, z);
    return z;
  }

  override gatherBytes(source: Uint8Array, rowLength: number, indices: Int32Array, divisor: number): NDArray {
    if (indices.length * rowLength <= FEW) return super.gatherBytes(source, rowLength, indices, divisor);
    const z = emptyArray(this, "float32", [indices.length, rowLength]);
    gatherByteRows(this.#machine, source, rowLength, indices, divisor, z);
    return z;
  }

  override sgd(param: NDArray, grad: NDArray, momentumBuffer: NDArray | null, options: SgdOptions): void {
    if (onHeap(param, momentumBuffer)) sgdFloats(this.#machine, param, grad, momentumBuffer, options);
    else super.sgd(param, grad, momentumBuffer, options);
  }

  override rmsprop(
    param: NDArray,
    grad: NDArray,
    squareAvg: NDArray,
    momentumBuffer: NDArray | null,
    gradAvg: NDArray | null,
    options: RmspropOptions,
  ): void {
    const inPlace = onHeap(param, squareAvg, momentumBuffer, gradAvg);
    if (inPlace) rmspropFloats(this.#machine, param, grad, squareAvg, momentumBuffer, gradAvg, options);
    else super.rmsprop(param, grad, squareAvg, momentumBuffer, gradAvg, options);
  }

  override adam(
    param: NDArray,
    grad: NDArray,
    expAvg: NDArray,
    expAvgSq: NDArray,
    maxExpAvgSq: NDArray | null,
    options: AdamOptions,
  ): void {
    const inPlace = onHeap(param, expAvg, expAvgSq, maxExpAvgSq);
    if (inPlace) adamFloats(this.#machine, param, grad, expAvg, expAvgSq, maxExpAvgSq, options);
    else super.adam(param, grad, expAvg, expAvgSq, maxExpAvgSq, options);
  }
}
