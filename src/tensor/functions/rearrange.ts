/** @file Other arrangements of the same elements: turned, moved, stacked, tiled, on grids. */
import { ShapeError, ValueError } from "../errors.ts";
import { withDefaults } from "../options.ts";
import { checkTensor } from "../promote.ts";
import { bracketed, broadcastShapes, normalizeDim } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { named } from "./named.ts";
import { cat, permute, repeat, transpose } from "./shape.ts";

/** Dimensions moved to other places, the rest in their order. */
export function movedim(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  const list = (dims: number | readonly number[]) =>
    (typeof dims === "number" ? [dims] : dims).map((d) => normalizeDim("movedim", d, x.ndim));
  const [from, to] = [list(source), list(destination)];
  if (from.length !== to.length) {
    throw new ShapeError(
      `[movedim] Invalid source or destination dims: source (${bracketed(from)} dims) should contain the same number of dims as destination (${bracketed(to)} dims)`,
    );
  }
  if (new Set(from).size !== from.length || new Set(to).size !== to.length) {
    throw new ShapeError(`[movedim] repeated dim in ${bracketed(from)} or ${bracketed(to)}`);
  }
  if (x.ndim === 0) return permute(x, []);
  const rest = [...x.shape.keys()].filter((d) => !from.includes(d));
  const order = [...x.shape.keys()].map((d) => {
    const moved = to.indexOf(d);
    return moved >= 0 ? (from[moved] as number) : (rest.shift() as number);
  });
  return permute(x, order);
}

/** A quarter turn, `k` times, in the plane of two dimensions, from the first towards the second. */
export function rot90(x: Tensor, k: number, dims: readonly number[]): Tensor {
  if (dims.length !== 2) {
    throw new ShapeError(`[rot90] expected total rotation dims == 2, but got dims = ${dims.length}`);
  }
  if (x.ndim < 2) throw new ShapeError(`[rot90] expected total dims >= 2, but got total dims = ${x.ndim}`);
  const [a, b] = dims.map((d) => normalizeDim("rot90", d, x.ndim)) as [number, number];
  if (a === b) throw new ShapeError(`[rot90] expected rotation dims to be different, but got ${bracketed(dims)}`);
  if (!Number.isInteger(k)) throw new ValueError(`[rot90] expected a whole number of turns, but got ${k}`);
  const turned = [
    () => x.clone(),
    () => transpose(x.flip(b), a, b).clone(),
    () => x.flip(a, b),
    () => transpose(x.flip(a), a, b).clone(),
  ][((k % 4) + 4) % 4] as () => Tensor;
  return named("Rot90Backward0", turned());
}

/** Reversed along one of the first dimensions, which must be there. */
export function mirrored(op: string, x: Tensor, dim: number): Tensor {
  if (x.ndim <= dim) throw new ShapeError(`[${op}] Input must be >= ${dim + 1}-d, but got shape ${bracketed(x.shape)}`);
  return x.flip(dim);
}

/** As `repeat`, but missing counts in front are 1. */
export function tile(x: Tensor, counts: readonly number[]): Tensor {
  return repeat(x, [...new Array<number>(Math.max(x.ndim - counts.length, 0)).fill(1), ...counts]);
}

function atLeast(x: Tensor, rank: number): Tensor {
  checkTensor("stack", x);
  return x.ndim >= rank ? x : x.reshape([...new Array<number>(rank - x.ndim).fill(1), ...x.shape]);
}

/** Joins side by side: along dimension 1, vectors along 0. */
export function hstack(tensors: readonly Tensor[]): Tensor {
  const wide = tensors.map((x) => atLeast(x, 1));
  return cat(wide, wide[0]?.ndim === 1 ? 0 : 1);
}

/** Joins one below the other: vectors as rows. */
export function vstack(tensors: readonly Tensor[]): Tensor {
  return cat(
    tensors.map((x) => atLeast(x, 2)),
    0,
  );
}

/** The tensors as views of one shape. */
export function broadcastTensors(...tensors: readonly Tensor[]): Tensor[] {
  const shape = tensors.map((x) => x.shape).reduce((a, b) => broadcastShapes("broadcastTensors", a, b), []);
  return tensors.map((x) => x.expand(shape));
}

export interface MeshgridOptions {
  /** "ij": the first vector runs down, as in matrices (default); "xy": to the right, as in pictures. */
  readonly indexing?: "ij" | "xy" | undefined;
}

/** The coordinates of a grid from those along its axes: one view of the grid's shape for each vector. */
export function meshgrid(tensors: readonly Tensor[], options: MeshgridOptions = {}): Tensor[] {
  const { indexing } = withDefaults("meshgrid", { indexing: "ij" as "ij" | "xy" }, options);
  if (indexing !== "ij" && indexing !== "xy") {
    throw new ValueError(`[meshgrid] indexing must be one of "xy" or "ij", but received: ${JSON.stringify(indexing)}`);
  }
  if (tensors.length === 0) throw new ValueError("[meshgrid] expects a non-empty array of Tensors");
  for (const x of tensors) {
    checkTensor("meshgrid", x);
    if (x.ndim > 1) {
      throw new ShapeError(`[meshgrid] Expected 0D or 1D tensor in the tensor list but got: ${bracketed(x.shape)}`);
    }
    if (x.dtype !== tensors[0]?.dtype) throw new ValueError("[meshgrid] expects all tensors to have the same dtype");
  }
  const swap = indexing === "xy" && tensors.length >= 2;
  const axes = swap ? [tensors[1] as Tensor, tensors[0] as Tensor, ...tensors.slice(2)] : tensors;
  const shape = axes.map((x) => x.numel());
  const grids = axes.map((x, i) => x.view(shape.map((_, d) => (d === i ? -1 : 1))).expand(shape));
  const [first, second, ...rest] = grids;
  return swap ? [second as Tensor, first as Tensor, ...rest] : grids;
}
