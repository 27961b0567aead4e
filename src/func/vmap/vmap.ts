/** @file vmap: a function of one sample, made one of a batch. */
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { describeValue } from "../../core/describe.ts";
import { GraphError, ShapeError, ValueError } from "../../core/errors.ts";
import { aFunction, anInteger, type Kind, kind, nullable, oneOf } from "../../core/kinds.ts";
import { isRecord, isThenable } from "../../core/realm.ts";
import { bracketed } from "../../core/shape.ts";
import { cat } from "../../tensor/functional.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { leavesOf, mapTree } from "../pytree.ts";
import { Level, type Randomness } from "./level.ts";

/**
 * A dimension for all tensors of an argument (null: it is shared by all samples), or arrays and objects of such in the
 * structure of the argument.
 */
export type BatchDims = number | null | readonly BatchDims[] | { readonly [key: string]: BatchDims };

/** The options of {@link vmap}. */
export interface VmapOptions {
  /** The batched dimension of each argument; null for an argument that is not batched. Default: 0 for all of them. */
  readonly inDims?: BatchDims | undefined;
  /** Where the results have their batch dimension; null for a result that is the same for all samples. Default: 0. */
  readonly outDims?: BatchDims | undefined;
  /** What random operations do inside: throw, give all samples the same numbers, or each its own. Default: "error". */
  readonly randomness?: Randomness | undefined;
  /** Number of samples that are computed at a time, to limit the memory. Default: all of them. */
  readonly chunkSize?: number | null | undefined;
}

const someDims: Kind<BatchDims> = kind(
  "an integer, null, or arrays and objects of them",
  (value) => value === null || typeof value === "number" || Array.isArray(value),
);

const namedDims: Kind<BatchDims> = kind(
  someDims.description,
  (value) => value === null || typeof value === "number" || Array.isArray(value) || isRecord(value),
);

const VMAP = signature("vmap", {
  func: required(aFunction),
  inDims: optional(someDims, 0),
  outDims: optional(someDims, 0),
  randomness: optional(oneOf("error", "same", "different"), "error"),
  chunkSize: keyword(nullable(anInteger), null),
});

/** Arguments of {@link vmap} after the function. */
export type VmapArgs = Args<[], [inDims: BatchDims, outDims: BatchDims, randomness: Randomness], VmapOptions>;

/**
 * Makes a function of samples one of batches: the result maps `func` over a dimension of its arguments, and stacks what
 * it returns. Operations run once for the whole batch, not once for each sample. Arguments and results are tensors, or
 * arrays and objects of them; `func` may be differentiated inside ({@link grad}) and outside.
 *
 * Inside, a tensor has the shape of one sample. Numbers cannot be read from it (`itemSync()`, `if`), and an operation
 * whose result has a shape that depends on values (`nonzero`, `at` with a mask) throws.
 *
 * @param inDims - The batched dimension of each argument; null for one that all samples share.
 * @param outDims - Where the results have their batch dimension.
 * @param randomness - What random operations do inside: "error", "same" numbers for all samples, or "different" ones.
 * @throws ShapeError for arguments of different batch sizes; GraphError for reads of numbers inside.
 * @example
 * const dot = (a: Tensor, b: Tensor) => a.mul(b).sum();
 * func.vmap(dot)(tensor([[1, 2], [3, 4]]), tensor([[1, 1], [2, 2]])); // tensor([ 3., 14.])
 * func.vmap(dot, [0, null])(tensor([[1, 2], [3, 4]]), tensor([1, 1])); // tensor([3., 7.])
 */
export function vmap<A extends readonly unknown[], R>(func: (...args: A) => R, ...given: VmapArgs): (...args: A) => R {
  const { inDims, outDims, randomness, chunkSize } = readOptions(func, given);
  if (chunkSize !== null && chunkSize < 1) {
    throw new ValueError(`[vmap] chunkSize should be null or greater than 0, but got ${chunkSize}`);
  }
  return (...args) => {
    const dims = dimsOf(inDims, args);
    const batchSize = batchSizeOf(dims);
    const size = Math.min(chunkSize ?? batchSize, batchSize);
    if (size === batchSize) return mapOver(func, dims, args, batchSize, outDims, randomness);
    const parts = Array.from({ length: Math.ceil(batchSize / size) }, (_, i) => {
      const count = Math.min(size, batchSize - i * size);
      const slices = dims.map(({ tensor, dim }) => ({
        tensor: dim === null ? tensor : narrowed(tensor, dim, i * size, count),
        dim,
      }));
      return mapOver(func, slices, args, count, outDims, randomness);
    });
    return joined(parts, outDims) as R;
  };
}

function readOptions(func: unknown, given: readonly unknown[]) {
  const last = given.at(-1);
  // By name, the dimensions may be an object too, which as a position would be taken for the options.
  const { inDims, outDims, ...others } = isRecord(last) ? (last as VmapOptions) : {};
  const positions = isRecord(last) ? [...given.slice(0, -1), others] : given;
  const read = VMAP.read([func, ...positions]);
  const named = (name: string, value: unknown, otherwise: BatchDims): BatchDims => {
    if (value === undefined) return otherwise;
    if (namedDims.read(value) === value) return value as BatchDims;
    throw new ValueError(`[vmap] argument "${name}" must be ${namedDims.description}, but got ${describeValue(value)}`);
  };
  return { ...read, inDims: named("inDims", inDims, read.inDims), outDims: named("outDims", outDims, read.outDims) };
}

/** A tensor, number or anything else in the arguments, and its batched dimension. */
interface Leaf {
  readonly tensor: unknown;
  readonly dim: number | null;
}

function dimsOf(inDims: BatchDims, args: readonly unknown[]): Leaf[] {
  if (args.length === 0) {
    throw new ValueError(
      "[vmap] got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a function with no inputs. The latter is unsupported.",
    );
  }
  const leaves: Leaf[] = [];
  const visit = (dims: BatchDims, tree: unknown): void => {
    if (dims === null || typeof dims === "number") {
      for (const leaf of leavesOf(tree))
        leaves.push({ tensor: leaf, dim: dims === null ? null : checkedDim(leaf, dims) });
    } else if (Array.isArray(dims) && Array.isArray(tree) && dims.length === tree.length) {
      for (const [i, item] of tree.entries()) visit(dims[i] as BatchDims, item);
    } else if (isRecord(dims) && isRecord(tree)) {
      for (const [key, item] of Object.entries(tree)) {
        const dim = (dims as Readonly<Record<string, BatchDims>>)[key];
        if (dim === undefined) throw mismatch();
        visit(dim, item);
      }
    } else {
      throw mismatch();
    }
  };
  const mismatch = (): ValueError =>
    new ValueError(
      `[vmap] in_dims is not compatible with the structure of inputs: inDims is ${JSON.stringify(inDims)}, and there are ${args.length} arguments. ` +
        "It may be a number, null, or an array with an entry for each argument, each of the argument's structure.",
    );
  visit(inDims, args);
  return leaves;
}

function checkedDim(leaf: unknown, dim: number): number {
  if (!(leaf instanceof Tensor)) {
    throw new ValueError(
      `[vmap] Got in_dim=${dim} for an input but the input is ${describeValue(leaf)}. We cannot vmap over non-Tensor arguments, please use null as the respective in_dim`,
    );
  }
  const rank = leaf.ndim;
  if (!Number.isInteger(dim) || dim < -rank || dim >= rank) {
    throw new ShapeError(
      `[vmap] Got in_dim=${dim} for some input, but that input is a Tensor of dimensionality ${rank} so expected in_dim to satisfy -${rank} <= in_dim < ${rank}.`,
    );
  }
  return dim < 0 ? dim + rank : dim;
}

function batchSizeOf(leaves: readonly Leaf[]): number {
  const sizes = leaves.flatMap(({ tensor, dim }) => (dim === null ? [] : [(tensor as Tensor).size(dim)]));
  const [size] = sizes;
  if (size === undefined) {
    throw new ValueError("[vmap] at least one input must be batched: inDims is null for all of them");
  }
  if (sizes.some((other) => other !== size)) {
    throw new ShapeError(
      `[vmap] Expected all tensors to have the same size in the mapped dimension, got sizes ${bracketed(sizes)} for the mapped dimension`,
    );
  }
  return size;
}

function narrowed(tensor: unknown, dim: number, start: number, count: number): Tensor {
  return (tensor as Tensor).narrow(dim, start, count);
}

function mapOver<A extends readonly unknown[], R>(
  func: (...args: A) => R,
  leaves: readonly Leaf[],
  args: A,
  batchSize: number,
  outDims: BatchDims,
  randomness: Randomness,
): R {
  const level = new Level(batchSize, randomness);
  let next = 0;
  const batched = mapTree(args, () => {
    const { tensor, dim } = leaves[next++] as Leaf;
    return dim === null ? tensor : level.wrap((tensor as Tensor).movedim(dim, 0));
  }) as A;
  const result = level.run(() => func(...batched));
  if (isThenable(result)) throw new ValueError("[vmap] the function returned a promise: it must be synchronous");
  return eachOut(result, outDims, (leaf, dim) => {
    if (!(leaf instanceof Tensor)) {
      throw new ValueError(
        `[vmap] the function must only return Tensors, got ${describeValue(leaf)} as a return. Return it as a tensor, or keep it outside.`,
      );
    }
    if (dim === null) {
      if (!level.holds(leaf)) return leaf;
      throw new GraphError(
        "[vmap] the function can not return a BatchedTensor when out_dim is null: its samples may differ. Give the batch a dimension.",
      );
    }
    const value = level.samplesOf(leaf);
    if (dim < -value.ndim || dim >= value.ndim) {
      throw new ShapeError(
        `[vmap] Dimension out of range (expected outDims to be in range of [${-value.ndim}, ${value.ndim - 1}], but got ${dim})`,
      );
    }
    return value.movedim(0, dim);
  }) as R;
}

/** The same arrays and objects as a result, with `f` of what is in them and of its batch dimension. */
function eachOut(tree: unknown, dims: BatchDims, f: (leaf: unknown, dim: number | null) => unknown): unknown {
  if (dims === null || typeof dims === "number") return mapTree(tree, (leaf) => f(leaf, dims));
  if (Array.isArray(dims) && Array.isArray(tree) && dims.length === tree.length) {
    return tree.map((item, i) => eachOut(item, dims[i] as BatchDims, f));
  }
  // One result, and the dimensions of a list of one.
  if (Array.isArray(dims) && dims.length === 1 && tree instanceof Tensor) return eachOut(tree, dims[0] as BatchDims, f);
  if (isRecord(dims) && isRecord(tree)) {
    const entries = Object.entries(tree).map(([key, item]) => {
      const dim = (dims as Readonly<Record<string, BatchDims>>)[key];
      if (dim === undefined) throw outMismatch(dims);
      return [key, eachOut(item, dim, f)];
    });
    return Object.fromEntries(entries);
  }
  throw outMismatch(dims);
}

function outMismatch(dims: BatchDims): ValueError {
  return new ValueError(
    `[vmap] outDims is not compatible with the structure of the outputs: outDims is ${JSON.stringify(dims)}`,
  );
}

/** The results of all chunks, joined along their batch dimensions. */
function joined(parts: readonly unknown[], outDims: BatchDims): unknown {
  const lists = parts.map(leavesOf);
  let next = 0;
  return eachOut(parts[0], outDims, (leaf, dim) => {
    const i = next++;
    return dim === null
      ? leaf
      : cat(
          lists.map((list) => list[i] as Tensor),
          dim,
        );
  });
}
