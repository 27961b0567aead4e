/** @file Layer, group, batch and RMS normalization on vectors: which kernel, and what each thread gets. */
import type { Backend, ChannelStatistics, FusedOps, NDArray } from "../backend.ts";
import { BYTES, emptyArray } from "../layout.ts";
import {
  copyOut,
  isLargeArray,
  type KernelContext,
  operandAddress,
  type StridedView,
  targetOf,
} from "./kernel-context.ts";
import { CACHE_LINE, chunkOf, GRAIN_SIZE } from "./parallel/partition.ts";
import { foldColumns } from "./reduce.ts";
import type { VectorExports } from "./wasm.ts";

const kindOf = ({ dtype }: NDArray): "f32" | "f64" => (dtype === "float64" ? "f64" : "f32");

type Normalizations = Pick<
  FusedOps,
  "groupNorm" | "groupNormGrad" | "batchNorm" | "batchNormGrad" | "rmsNorm" | "rmsNormGrad"
>;

/**
 * Elements of a layer normalization's gradient whose sums over the rows are formed apart: how many there are of these
 * pieces must not depend on the number of threads.
 */
const PIECE = 32768;
const MOST_PIECES = 16;

/** The kernels for large arrays, and `loops` for everything else. */
export function normalizationKernels(backend: Backend, context: KernelContext, loops: Normalizations): Normalizations {
  const { heap } = context;
  const like = (x: NDArray, ...shape: readonly number[]): NDArray => emptyArray(backend, x.dtype, shape);
  const addressOf = (x: NDArray | null): number => (x === null ? 0 : operandAddress(heap, x));

  /** Calls `run` with the places of fresh arrays. */
  function writing(arrays: readonly NDArray[], run: (...addresses: number[]) => void): void {
    const targets = arrays.map((x): StridedView => targetOf(heap, x));
    run(...targets.map(({ address }) => address));
    for (const [i, target] of targets.entries()) copyOut(heap, arrays[i]!, target);
  }

  /** Calls `run` for ranges of `count` items of `size` elements each, in multiples of `unit`. */
  function over(
    count: number,
    size: number,
    unit: number,
    run: (vector: VectorExports, first: number, count: number, part: number) => void,
  ): void {
    const parts = Math.min(Math.ceil(count / unit), context.threads.parts(count * size, GRAIN_SIZE.heavy));
    context.threads.run(parts, ({ vector }, part) => {
      const range = chunkOf(part, parts, count, unit);
      if (range.count > 0) run(vector, range.first, range.count, part);
    });
  }

  /** Room for every part of a normalization of columns. */
  const room = (inner: number): { bytes: number; at: number } => {
    if (inner !== 1) return { bytes: 0, at: 0 };
    const bytes = context.vector.columnsScratch();
    return { bytes, at: heap.scratch(bytes * context.threads.size) };
  };

  return {
    groupNorm(x, weight, bias, groups, eps) {
      if (!isLargeArray(x)) return loops.groupNorm(x, weight, bias, groups, eps);
      const [samples, channels, inner] = x.shape as [number, number, number];
      const rows = samples * groups;
      const n = (channels / groups) * inner;
      const size = BYTES[x.dtype];
      const [y, mean, rstd] = [like(x, ...x.shape), like(x, rows), like(x, rows)];
      const [from, w, b] = [addressOf(x), addressOf(weight), addressOf(bias)];
      writing([y, mean, rstd], (to, means, rstds) => {
        over(rows, n, 1, (vector, first, count) => {
          if (groups === 1 && inner === 1) {
            const [start, line] = [size * first * n, size * first];
            vector[`layerNormRows_${kindOf(x)}`](
              to + start,
              means + line,
              rstds + line,
              from + start,
              w,
              b,
              count,
              n,
              eps,
            );
          } else {
            const per = channels / groups;
            vector[`groupNormRows_${kindOf(x)}`](to, means, rstds, from, w, b, first, count, groups, per, inner, eps);
          }
        });
      });
      return { y, mean, rstd };
    },

    groupNormGrad(grad, x, mean, rstd, weight, groups) {
      if (!isLargeArray(x)) return loops.groupNormGrad(grad, x, mean, rstd, weight, groups);
      const [samples, channels, inner] = x.shape as [number, number, number];
      const result = { input: like(x, ...x.shape), weight: like(x, channels), bias: like(x, channels) };
      const [g, from, means, rstds, w] = [grad, x, mean, rstd, weight].map(addressOf) as [
        number,
        number,
        number,
        number,
        number,
      ];
      const { vector: all } = context;
      const size = BYTES[x.dtype];
      const line = size * channels;
      writing([result.input, result.weight, result.bias], (to, dw, db) => {
        const summed = (terms: number, apart: number, rows: number, step: number): void => {
          const block = { outer: 1, n: rows, inner: channels };
          foldColumns(context, "sum", x.dtype, dw, terms, block, step);
          foldColumns(context, "sum", x.dtype, db, terms + apart, block, step);
        };
        if (groups === 1 && inner === 1) {
          const pieces = Math.max(1, Math.min(MOST_PIECES, samples, Math.floor((samples * channels) / PIECE)));
          const bytes = all.layerNormGradScratch(channels);
          const sums = heap.scratch(pieces * 2 * line);
          const scratch = heap.scratch(pieces * bytes);
          over(pieces, (samples * channels) / pieces, 1, (vector, first, count) => {
            for (let piece = first; piece < first + count; piece++) {
              const range = chunkOf(piece, pieces, samples, 1);
              const [start, row] = [range.first * line, size * range.first];
              vector[`layerNormGradRows_${kindOf(x)}`](
                to + start,
                sums + piece * 2 * line,
                g + start,
                from + start,
                means + row,
                rstds + row,
                w,
                range.count,
                channels,
                scratch + piece * bytes,
              );
            }
          });
          summed(sums, line, pieces, 2 * line);
        } else {
          const rows = samples * groups;
          const per = channels / groups;
          const terms = heap.scratch(2 * samples * line);
          const apart = samples * line;
          over(rows, per * inner, 1, (vector, first, count) => {
            const biases = terms + apart;
            vector[`groupNormGradRows_${kindOf(x)}`](
              to,
              terms,
              biases,
              g,
              from,
              means,
              rstds,
              w,
              first,
              count,
              groups,
              per,
              inner,
            );
          });
          summed(terms, apart, samples, line);
        }
      });
      return result;
    },

    batchNorm(x, weight, bias, given, eps) {
      if (!isLargeArray(x)) return loops.batchNorm(x, weight, bias, given, eps);
      const [samples, channels, inner] = x.shape as [number, number, number];
      const y = like(x, ...x.shape);
      const statistics: ChannelStatistics = given ?? { mean: like(x, channels), variance: like(x, channels) };
      const [from, w, b] = [addressOf(x), addressOf(weight), addressOf(bias)];
      const { bytes, at } = room(inner);
      const run = (to: number, means: number, variances: number): void =>
        over(channels, samples * inner, inner === 1 ? CACHE_LINE : 1, (vector, first, count, part) => {
          const how = given === null ? 0 : 1;
          vector[`batchNormChannels_${kindOf(x)}`](
            to,
            means,
            variances,
            from,
            w,
            b,
            samples,
            channels,
            inner,
            first,
            count,
            eps,
            how,
            at + bytes * part,
          );
        });
      if (given === null) writing([y, statistics.mean, statistics.variance], run);
      else writing([y], (to) => run(to!, addressOf(given.mean), addressOf(given.variance)));
      return { y, statistics };
    },

    batchNormGrad(grad, x, statistics, weight, eps, given) {
      if (!isLargeArray(x)) return loops.batchNormGrad(grad, x, statistics, weight, eps, given);
      const [samples, channels, inner] = x.shape as [number, number, number];
      const result = { input: like(x, ...x.shape), weight: like(x, channels), bias: like(x, channels) };
      const [g, from, w] = [addressOf(grad), addressOf(x), addressOf(weight)];
      const [means, variances] = [addressOf(statistics.mean), addressOf(statistics.variance)];
      const { bytes, at } = room(inner);
      writing([result.input, result.weight, result.bias], (to, dw, db) => {
        over(channels, samples * inner, inner === 1 ? CACHE_LINE : 1, (vector, first, count, part) => {
          vector[`batchNormGradChannels_${kindOf(x)}`](
            ...([to, dw, db, g, from, means, variances, w] as const),
            ...([samples, channels, inner, first, count, eps, Number(given), at + bytes * part] as const),
          );
        });
      });
      return result;
    },

    rmsNorm(x, weight, eps) {
      if (!isLargeArray(x)) return loops.rmsNorm(x, weight, eps);
      const [rows, n] = x.shape as [number, number];
      const size = BYTES[x.dtype];
      const [y, rstd] = [like(x, rows, n), like(x, rows)];
      const [from, w] = [addressOf(x), addressOf(weight)];
      writing([y, rstd], (to, rstds) => {
        over(rows, n, 1, (vector, first, count) => {
          const [start, line] = [size * first * n, size * first];
          vector[`rmsNormRows_${kindOf(x)}`](to + start, rstds + line, from + start, w, count, n, eps);
        });
      });
      return { y, rstd };
    },

    rmsNormGrad(grad, x, rstd, weight) {
      if (!isLargeArray(x)) return loops.rmsNormGrad(grad, x, rstd, weight);
      const [rows, n] = x.shape as [number, number];
      const size = BYTES[x.dtype];
      const line = size * n;
      const result = { input: like(x, rows, n), weight: like(x, n) };
      const [g, from, rstds, w] = [grad, x, rstd, weight].map(addressOf) as [number, number, number, number];
      writing([result.input, result.weight], (to, dw) => {
        const pieces = Math.max(1, Math.min(MOST_PIECES, rows, Math.floor((rows * n) / PIECE)));
        const sums = heap.scratch(pieces * line);
        over(pieces, (rows * n) / pieces, 1, (vector, first, count) => {
          for (let piece = first; piece < first + count; piece++) {
            const range = chunkOf(piece, pieces, rows, 1);
            const [start, row] = [range.first * line, size * range.first];
            const arrays = [to + start, sums + piece * line, g + start, from + start, rstds + row, w] as const;
            vector[`rmsNormGradRows_${kindOf(x)}`](...arrays, range.count, n);
          }
        });
        foldColumns(context, "sum", x.dtype, dw, sums, { outer: 1, n: pieces, inner: n }, line);
      });
      return result;
    },
  };
}
