/**
 * @file The contract between tensors and devices: what a device must provide, and the registry of devices.
 *
 * Everything below this line works on numbers only. A kernel sees buffers, shapes and strides; it never sees a
 * Tensor and never a gradient. Two conventions hold for every method:
 *
 * - Arguments are checked by the caller. Shapes fit, dtypes agree, devices are the same.
 * - A result is a fresh, contiguous array that the caller owns, unless an `out` was passed.
 */
import type { ElementwiseName } from "./ir/elementwise.ts";
import type { Mt19937 } from "./mt19937.ts";
import type { OptimizerName, OptimizerOptions, OptimizerState } from "./optimizer-steps.ts";
import type { Allocator, Call } from "./program/call.ts";
import type { Fuser } from "./program/fuse.ts";
import type { TapeMaker } from "./program/tape.ts";

/** Element types. PyTorch's int64 is `"int32"` here. `"bool"` holds 0 or 1 in one byte. */
export type DType = "float32" | "float64" | "int32" | "uint8" | "bool";

/** Where numbers live. */
export type Device = "cpu" | "gpu";

/** The host array that holds one element type. `"bool"` uses a `Uint8Array`. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** A device buffer. Views share one; in-place changes raise `version`. */
export interface Storage {
  readonly device: Device;
  readonly dtype: DType;
  /** Number of elements, not bytes. */
  readonly length: number;
  /** How many times the contents were changed in place. The engine counts; kernels do not. */
  version: number;
  /** How many tensors were made on it. The engine counts; kernels do not. */
  handles: number;
}

/** The use of a storage that was freed. */
export class FreedStorageError extends Error {
  override readonly name = "FreedStorageError";

  constructor(storage?: Pick<Storage, "dtype" | "length">) {
    const what = storage === undefined ? "" : ` (${storage.dtype}, ${storage.length} elements)`;
    super(
      `use of a freed storage${what}: ` +
        "its tensor was disposed, or made in a tidy() or a compiled function that has ended and did not return it",
    );
  }
}

/** A strided view of a storage. Strides and offset count elements; strides may be 0 or negative. */
export interface NDArray {
  readonly storage: Storage;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly dtype: DType;
}

/** Reductions that keep the dtype. `max` and `min` return NaN if there is one. `any` and `all` take and give bool. */
export type ReduceOp = "sum" | "prod" | "max" | "min" | "any" | "all";

/** How {@link Backend.scatter} writes. "max" and "min" give NaN if one of the two is. */
export type ScatterMode = "set" | "add" | "mul" | "max" | "min";

/**
 * Running reductions along a dimension. They keep the dtype; floats accumulate in double precision. "logcumsumexp" is log Σ eˣ,
 * of floats, of which no exponential overflows.
 */
export type ScanOp = "cumsum" | "cumprod" | "logcumsumexp";

/** Running extremes along a dimension: of equal elements the last counts, and a NaN is larger and smaller than all. */
export type ArgScanOp = "cummax" | "cummin";

/**
 * A contiguous array read as a three-dimensional block: `outer` × `n` × `inner`, where `n` is the dimension (or the
 * run of neighbouring dimensions) that an operation works along.
 */
export interface Block {
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
}

/** The sliding windows of a pooling over planes [H,W]. Pairs are [vertical, horizontal]. */
export interface PoolWindows {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Implicit padding on both sides; pooling ignores it. */
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** The output size: windows down and across. */
  readonly counts: readonly [number, number];
}

/** Windows that cover planes [H,W] of any size: window i of n covers ⌊i · length/n⌋ up to ⌈(i + 1) · length/n⌉. */
export interface AdaptiveWindows {
  /** The output size: windows down and across. */
  readonly counts: readonly [number, number];
}

/** The windows of a pooling, at least one in each direction. Every one of them holds an element of the plane. */
export type PlaneWindows = PoolWindows | AdaptiveWindows;

/** What the sums of windows are divided by: the product of the divisors of their row and of their column. */
export interface PoolDivisors {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** The windows of a convolution over volumes, along the direction that planes lie behind each other. */
export interface DepthWindows {
  /** Planes of a channel. */
  readonly length: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  /** The output size. */
  readonly count: number;
}

/**
 * The sliding windows of a convolution over images [N,C,H,W], which are padded with zeros; with a depth over volumes
 * [N,C,D,H,W].
 */
export interface ConvWindows extends PoolWindows {
  /** Shape of the images, or of the planes of the volumes. */
  readonly shape: readonly [number, number, number, number];
  readonly depth?: DepthWindows | undefined;
  /** Number of groups of channels that are convolved separately. */
  readonly groups: number;
}

export interface MatmulOptions {
  /** Added to every row: shape [N]. */
  readonly bias?: NDArray | undefined;
  /** Apply max(0, ·) to the finished result: after the bias and, with `accumulate`, after the sum. */
  readonly relu?: boolean | undefined;
  /** Contiguous target of the result's shape. Without it a fresh array is made. */
  readonly out?: NDArray | undefined;
  /** Add to `out` instead of overwriting it. Needs `out`. */
  readonly accumulate?: boolean | undefined;
}

/** The gradients of a normalization: for its input, and for its weight and bias [C]. */
export interface NormGrads {
  readonly input: NDArray;
  readonly weight: NDArray;
  readonly bias: NDArray;
}

/** A sparse matrix by rows: row i has the entries `starts[i]` … `starts[i + 1]` − 1, each a column and a weight. */
export interface SparseRows {
  /** int32, one more than there are rows. */
  readonly starts: NDArray;
  /** int32. */
  readonly columns: NDArray;
  readonly weights: NDArray;
}

/** What alignments are of: targets [N,W] of classes with blanks around them, and their lengths without the blanks; int32. */
export interface CtcTargets {
  readonly labels: NDArray;
  readonly inputLengths: NDArray;
  readonly targetLengths: NDArray;
}

/** Mean and biased variance of every channel, [C] each. */
export interface ChannelStatistics {
  readonly mean: NDArray;
  readonly variance: NDArray;
}

/**
 * Operations that one pass over memory does where several others would take several: one row each, which the backends'
 * tables of this type implement (`fused.ts` of each).
 */
export interface FusedOps {
  /**
   * Cross-entropy of contiguous logits [N,C] against class indices [N] (int32): `losses` [N], which are 0 where the
   * target is `ignoreIndex`, and the softmax `probs` [N,C]. Throws a RangeError "Target 10 is out of bounds."
   */
  crossEntropy(logits: NDArray, target: NDArray, ignoreIndex: number): { losses: NDArray; probs: NDArray };
  /** Gradient for the logits from that of the losses (shape [N], any stride): g[i]·(p − onehot), 0 where ignored. */
  crossEntropyGrad(grad: NDArray, probs: NDArray, target: NDArray, ignoreIndex: number): NDArray;
  /**
   * −weight·x at the classes [N,S] (int32) of log-probabilities [N,C,S], 0 where a class is `ignoreIndex`; without weights
   * [C] they are 1. The result is [N,S] or, reduced, []. All arrays are contiguous. Throws as {@link crossEntropy}. Missing
   * where the loss is composed of other operations.
   */
  nllLoss?(logProbs: NDArray, target: NDArray, weight: NDArray | null, options: NllOptions): NDArray;
  /** Gradient of {@link nllLoss} for the log-probabilities of so many classes, from that of the result: [N,C,S]. */
  nllLossGrad?(grad: NDArray, target: NDArray, weight: NDArray | null, classes: number, options: NllOptions): NDArray;
  /**
   * Distances of the rows of x [B,P,M] from those of y [B,R,M]: [B,P,R]. They are sums of differences for p = 1, Euclidean
   * for 2. All arrays are contiguous, of one floating dtype. Missing where they are composed of other operations.
   */
  cdist?(x: NDArray, y: NDArray, p: 1 | 2): NDArray;
  /** Gradient of {@link cdist} for x, from that of the distances; 0 where a distance is. */
  cdistGrad?(grad: NDArray, x: NDArray, y: NDArray, distances: NDArray, p: 1 | 2): NDArray;
  /**
   * Rows of a byte table as floats: `out[i] = source[indices[i]·rowLength …] / divisor`, float32
   * [indices.length, rowLength]. Indices are in range.
   */
  gatherBytes(source: Uint8Array, rowLength: number, indices: Int32Array, divisor: number): NDArray;
  /**
   * Softmax along the last dimension of contiguous x·scale + mask [B,L,S], as attention needs it. The mask [B or 1,L or
   * 1,S] is of x's dtype, or of bools that are true where a query sees a key; its last dimension has stride 1. With
   * `causal`, query i sees keys 0 … i.
   */
  maskedSoftmax(x: NDArray, mask: NDArray | null, scale: number, causal: boolean): NDArray;
  /** Gradient of {@link maskedSoftmax} for x, from that of its result y, both contiguous: scale·y·(g − Σ g·y). */
  maskedSoftmaxGrad(grad: NDArray, y: NDArray, scale: number): NDArray;
  /**
   * (x − mean)·rstd·weight + bias of x [N,C,S], where each of `groups` groups of channels has a mean and a
   * rstd = 1/√(variance + eps) of its own in every sample: [N·groups]. With as many groups as channels this is instance
   * normalization, with one group and S = 1 layer normalization. Weight and bias are [C], or null for 1 and 0. All arrays
   * are contiguous and of one floating dtype, as in the next three.
   */
  groupNorm(
    x: NDArray,
    weight: NDArray | null,
    bias: NDArray | null,
    groups: number,
    eps: number,
  ): { y: NDArray; mean: NDArray; rstd: NDArray };
  /** Gradients of {@link groupNorm} from that of y and its other results. */
  groupNormGrad(
    grad: NDArray,
    x: NDArray,
    mean: NDArray,
    rstd: NDArray,
    weight: NDArray | null,
    groups: number,
  ): NormGrads;
  /**
   * (x − mean)/√(variance + eps)·weight + bias of x [N,C,S], by given statistics or, without them, by those of each channel
   * over N and S, which are a result.
   */
  batchNorm(
    x: NDArray,
    weight: NDArray | null,
    bias: NDArray | null,
    given: ChannelStatistics | null,
    eps: number,
  ): { y: NDArray; statistics: ChannelStatistics };
  /** Gradients of {@link batchNorm} from that of y; `given` tells that the statistics do not depend on x. */
  batchNormGrad(
    grad: NDArray,
    x: NDArray,
    statistics: ChannelStatistics,
    weight: NDArray | null,
    eps: number,
    given: boolean,
  ): NormGrads;
  /** x/√(mean of x² + eps)·weight of the rows of x [N,C], and the inverse roots: contiguous arrays of one floating dtype. */
  rmsNorm(x: NDArray, weight: NDArray | null, eps: number): { y: NDArray; rstd: NDArray };
  /** Gradients of {@link rmsNorm} from that of y: for x, and for the weight [C]. */
  rmsNormGrad(
    grad: NDArray,
    x: NDArray,
    rstd: NDArray,
    weight: NDArray | null,
  ): { readonly input: NDArray; readonly weight: NDArray };
  /**
   * The product of a sparse matrix and the dimension n of a block: [outer, rows, inner]. All arrays of this and of the next
   * three are contiguous, and of one floating dtype where they are not int32.
   */
  weightedRows(x: NDArray, block: Block, matrix: SparseRows): NDArray;
  /** `out[b][c][p] = Σ weights[b][k][p]·x[b][c][index[b][k][p]]` over k; a negative index adds nothing. */
  gatherSum(x: NDArray, index: NDArray, weights: NDArray): NDArray;
  /** Gradient of {@link gatherSum} for x, which has `size` elements in each channel. */
  scatterSum(grad: NDArray, index: NDArray, weights: NDArray, size: number): NDArray;
  /** Gradient of {@link gatherSum} for the weights. */
  gatherDot(grad: NDArray, x: NDArray, index: NDArray): NDArray;
  /**
   * −log of the probabilities of targets, summed over all alignments, from contiguous log-probabilities [T,N,C]: `losses`
   * [N], and `alphas` [N,T,W] for the gradient: the logarithms of the probabilities of what leads to a label at a step.
   * Of what does not belong to a sample they have any numbers. Missing where losses are composed of other operations.
   */
  ctcLoss?(logProbs: NDArray, targets: CtcTargets): { losses: NDArray; alphas: NDArray };
  /** Gradient of {@link ctcLoss} for the log-probabilities, from that of the losses; 0 where a loss is infinite. */
  ctcLossGrad?(
    grad: NDArray,
    logProbs: NDArray,
    targets: CtcTargets,
    results: { readonly losses: NDArray; readonly alphas: NDArray },
  ): NDArray;
}

/** Which targets have no loss, and what becomes of the losses: all of them, their sum, or the mean by weights. */
export interface NllOptions {
  readonly ignoreIndex: number;
  readonly reduction: "none" | "mean" | "sum";
}

/** What {@link Backend.random} draws. The numbers of words that a number takes are PyTorch's. */
export type Distribution =
  /** Floats of [from, to), whose bounds and range are finite: one word each for float32, two for float64. */
  | { readonly name: "uniform"; readonly from: number; readonly to: number }
  /** At least 16 floats, in blocks of 16: one word each for float32, two for float64. */
  | { readonly name: "normal"; readonly mean: number; readonly std: number }
  /**
   * `one` with probability `p`, else 0; floats. One probability takes two words each. If there is one for each element,
   * contiguous and of the result's dtype, it is as many as a uniform number of that dtype, and `one` is 1.
   */
  | { readonly name: "bernoulli"; readonly p: number | NDArray; readonly one: number }
  /** from … from + range − 1 of any dtype, which it can hold; 0 < range < 2³². One word each. */
  | { readonly name: "integers"; readonly from: number; readonly range: number }
  /** The int32 numbers 0 … n − 1 in random order, shape [n]: n − 1 words. */
  | { readonly name: "permutation" };

/** An operation that is computed on the host: gives its result, and adds what its gradient will need to `saved`. */
export type WholeRun = (k: Backend, inputs: readonly NDArray[], saved: NDArray[]) => NDArray;

/** What a device must provide. "Contiguous" means row-major, without gaps, at any offset. */
export interface Backend {
  readonly device: Device;

  // Memory
  /**
   * What gives storages in place of new ones, and takes them back, while a program is recorded or runs. Missing where the
   * results of kernels are always new.
   */
  allocator?: Allocator | null;
  /** As {@link alloc}, where a program keeps a buffer for all of its runs; missing where that makes no difference. */
  reserve?(dtype: DType, length: number): Storage;
  /** Another storage on the memory of one from {@link reserve}, which has as many bytes and lives longer. */
  alias?(reserved: Storage, dtype: DType, length: number): Storage;
  /**
   * A call of a program as a function, which is given the argument that is new in each run; null, or missing, where the
   * method is as good.
   */
  lower?(call: Call): ((fresh: unknown) => void) | null;
  /** Runs an operation as one, whatever it does inside; only where calls are recorded. */
  whole?(inputs: readonly NDArray[], saved: NDArray[], run: WholeRun): NDArray;
  /** What runs several element-wise operations as one kernel; missing where that is not possible. */
  readonly fuser?: Fuser;
  /** What replays the calls of a program as one piece; missing where they are made one by one. */
  readonly tapeOf?: TapeMaker;
  /** A buffer with undefined contents. */
  alloc(dtype: DType, length: number): Storage;
  /** A buffer with a copy of `data`, whose element type must be that of `dtype`. */
  upload(dtype: DType, data: TypedArray): Storage;
  /** A copy of `length` elements from `offset`. */
  read(storage: Storage, offset: number, length: number): Promise<TypedArray>;
  /** As {@link read}, where the device can be read synchronously; elsewhere it throws. */
  readSync(storage: Storage, offset: number, length: number): TypedArray;
  /** The elements themselves, until the next call of the backend; missing where they are not in the host's memory. */
  view?(storage: Storage): TypedArray;
  /** Returns the buffer's memory at once. Nobody may use it afterwards; a second call does nothing. */
  free(storage: Storage): void;

  // Element-wise: any strides
  /**
   * An operation of `ir/elementwise.ts`. The inputs have the dtypes that it says, and broadcast to `shape`; `out` may be
   * one of them. `scalars` are the numbers that it takes besides.
   *
   * @throws RangeError for a division of integers by zero.
   */
  map(
    name: ElementwiseName,
    inputs: readonly NDArray[],
    shape: readonly number[],
    scalars?: readonly number[],
    out?: NDArray,
  ): NDArray;
  /** A contiguous copy in another dtype. Floats become integers by truncation, anything non-zero becomes true. */
  cast(x: NDArray, dtype: DType): NDArray;
  /** Writes `src`, broadcast to the shape of `dst` and of the same dtype, into `dst`. */
  copy(dst: NDArray, src: NDArray): void;
  /** `dst[i] += src[i]` in index order, so that a `dst` whose elements overlap sums up. Shapes are equal. */
  addInto(dst: NDArray, src: NDArray): void;
  fill(dst: NDArray, value: number): void;

  // Along a dimension: contiguous x, read as a block
  /** The result has `outer` × `inner` elements, shape [outer, inner]. Of nothing: sum 0, prod 1, any false, all true. */
  reduce(op: ReduceOp, x: NDArray, block: Block): NDArray;
  /** int32 position of the first maximum or minimum (of the first NaN if there is one), shape [outer, inner]. n ≥ 1. */
  argReduce(op: "argmax" | "argmin", x: NDArray, block: Block): NDArray;
  /** Running sums or products; of bools "or" and "and". */
  scan(op: ScanOp, x: NDArray, block: Block): NDArray;
  /** int32 positions of the extremes so far, of the shape of x. */
  argScan(op: ArgScanOp, x: NDArray, block: Block): NDArray;
  /**
   * int32 positions of values [..., M] in ascending sequences, before equal elements or, with `right`, behind them; NaN is
   * the largest. The sequences are one vector, or rows that fit those of the values. Both are contiguous.
   */
  searchSorted(sequences: NDArray, values: NDArray, right: boolean): NDArray;
  /** int32 position at which the longest run of equal elements ends, of the first such run: [outer, inner]. n ≥ 1. */
  longestRun(x: NDArray, block: Block): NDArray;
  /** The indices that sort a dimension, int32 of the shape of x. Stable; NaN counts as the largest. */
  argsort(x: NDArray, block: Block, descending: boolean): NDArray;
  /** The first k indices of {@link argsort}, in descending order if `largest`: int32 of shape [outer, k, inner]. 0 ≤ k ≤ n. */
  topk(x: NDArray, block: Block, k: number, largest: boolean): NDArray;
  /** The index at position `rank` of {@link argsort} in ascending order: int32 of shape [outer, inner]. 0 ≤ rank < n. */
  selectRank(x: NDArray, block: Block, rank: number): NDArray;
  /** Softmax, or its logarithm, along n; floating dtypes. */
  softmax(x: NDArray, block: Block, log: boolean): NDArray;
  /** Gradient of {@link softmax} from the incoming gradient and the result, both contiguous. */
  softmaxGrad(grad: NDArray, y: NDArray, block: Block, log: boolean): NDArray;

  // Indexing: any strides. An index out of range throws a RangeError "index 7 is out of bounds for dimension 0 with size 5".
  /** `out[i][j] = x[index[i][j]][j]` for dim 0, and so on; the result has the shape of `index` (int32, no negatives). */
  gather(x: NDArray, dim: number, index: NDArray): NDArray;
  /** `dst[index[i][j]][j] = src[i][j]` for dim 0 ("add": `+=`, and so on), in place. */
  scatter(mode: ScatterMode, dst: NDArray, dim: number, index: NDArray, src: NDArray): void;
  /** Slices of a dimension at the indices of a vector: `out[i][j] = x[index[i]][j]` for dim 0. */
  indexSelect(x: NDArray, dim: number, index: NDArray): NDArray;
  /** `dst[index[i]][j] += src[i][j]` for dim 0, in the order of i, in place. */
  indexAdd(dst: NDArray, dim: number, index: NDArray, src: NDArray): void;
  /** `dst[index[i]][j] = src[i][j]` for dim 0, in the order of i, in place. */
  indexCopy(dst: NDArray, dim: number, index: NDArray, src: NDArray): void;
  /**
   * Row-major positions in an array of sizes `sizes` from one index array (int32) for each of them, broadcast to `shape`:
   * int32 of that shape. Negative indices count from the end; `dims` are the dimensions' numbers for the error.
   */
  flatIndex(
    indices: readonly NDArray[],
    shape: readonly number[],
    sizes: readonly number[],
    dims: readonly number[],
  ): NDArray;
  /** Coordinates of the elements that are not 0, in row-major order: int32 [count, rank of x]. Reads synchronously. */
  nonzero(x: NDArray): NDArray;

  // Random numbers
  /** A fresh array of numbers that are drawn from `engine`, whose state moves on. Those in it are row-major. */
  random(dtype: DType, shape: readonly number[], from: Distribution, engine: Mt19937): NDArray;

  // Linear algebra
  /** [M,K]·[K,N] or [B,M,K]·[B,K,N], any strides (a batch stride may be 0). All dtypes but bool. */
  matmul(a: NDArray, b: NDArray, options?: MatmulOptions): NDArray;

  // Images
  /**
   * Correlation of contiguous images [N,C,H,W] with contiguous kernels [O,C/groups,kh,kw], plus a contiguous bias [O] if
   * there is one: [N,O,rows of windows,columns of windows]. With a depth all of them have one dimension more, before the
   * rows. Floating dtypes, as for the other methods here.
   */
  conv2d(x: NDArray, weight: NDArray, bias: NDArray | null, windows: ConvWindows): NDArray;
  /** Gradient of {@link conv2d} for the images, from that of its result: both arguments contiguous. */
  conv2dInputGrad(grad: NDArray, weight: NDArray, windows: ConvWindows): NDArray;
  /** Gradient of {@link conv2d} for the kernels: both arguments contiguous. Of no images it is 0. */
  conv2dWeightGrad(x: NDArray, grad: NDArray, windows: ConvWindows): NDArray;
  /**
   * The largest element of every window of contiguous planes [..., H, W]: [..., rows of windows, columns of windows].
   * A NaN is larger than all.
   */
  maxPool(x: NDArray, windows: PlaneWindows): NDArray;
  /** Where in its plane the largest element of every window lies, int32. Of equal elements the first counts, of NaNs the last. */
  maxPoolIndices(x: NDArray, windows: PlaneWindows): NDArray;
  /** Gradient of {@link maxPool}: adds each element of the contiguous `grad` where {@link maxPoolIndices} says. */
  maxPoolGrad(grad: NDArray, x: NDArray, windows: PlaneWindows): NDArray;
  /** The divided sum of every window of contiguous planes [..., H, W]: [..., rows of windows, columns of windows]. */
  avgPool(x: NDArray, windows: PlaneWindows, divisors: PoolDivisors): NDArray;
  /** Gradient of {@link avgPool} for the planes, of which there are those of the contiguous `grad` with other sizes. */
  avgPoolGrad(grad: NDArray, windows: PlaneWindows, divisors: PoolDivisors, size: readonly [number, number]): NDArray;

  // Fused operations: one pass over memory each
  readonly fused: FusedOps;
  /** A fused step of an optimizer, in place on contiguous arrays of equal shape and floating dtype. */
  optimizerStep<K extends OptimizerName>(
    name: K,
    param: NDArray,
    grad: NDArray,
    state: OptimizerState<K>,
    options: OptimizerOptions<K>,
  ): void;
}

const backends = new Map<Device, Backend>();

/** Makes a device usable. The last one registered for a device counts. */
export function registerBackend(backend: Backend): void {
  backends.set(backend.device, backend);
}

/** The backend of a device, or undefined if the device is not available. */
export function findBackend(device: Device): Backend | undefined {
  return backends.get(device);
}
