/** @file Softmax and losses on all threads. */
import type { ThreadPool } from "../threads.ts";
import type { VectorExports } from "../wasm.ts";
import { GRAIN_SIZE, overRows } from "./partition.ts";

type RowWise = Pick<
  VectorExports,
  | "softmaxRows"
  | "logSoftmaxRows"
  | "softmaxGradRows"
  | "logSoftmaxGradRows"
  | "maskedSoftmaxRows"
  | "crossEntropyRows"
  | "crossEntropyGradRows"
>;

/** Kernels of the same names, which use the pool's threads where that pays: rows stay whole. */
export function parallelRows(pool: ThreadPool): RowWise {
  const mapped =
    (name: "softmaxRows" | "logSoftmaxRows"): VectorExports["softmaxRows"] =>
    (out, x, rows, cols) => {
      overRows(pool, GRAIN_SIZE.heavy, rows, cols, (kernels, { first, count }) => {
        kernels[name](out + 4 * first * cols, x + 4 * first * cols, count, cols);
      });
    };
  return {
    softmaxRows: mapped("softmaxRows"),
    logSoftmaxRows: mapped("logSoftmaxRows"),
    softmaxGradRows(out, g, y, rows, cols, scale) {
      overRows(pool, GRAIN_SIZE.heavy, rows, cols, (kernels, { first, count }) => {
        const start = 4 * first * cols;
        kernels.softmaxGradRows(out + start, g + start, y + start, count, cols, scale);
      });
    },
    logSoftmaxGradRows(out, g, y, rows, cols) {
      overRows(pool, GRAIN_SIZE.heavy, rows, cols, (kernels, { first, count }) => {
        const start = 4 * first * cols;
        kernels.logSoftmaxGradRows(out + start, g + start, y + start, count, cols);
      });
    },
    maskedSoftmaxRows(out, x, mask, kind, maskBlock, maskStep, start, rows, queries, cols, scale, causal) {
      overRows(pool, GRAIN_SIZE.heavy, rows, cols, (kernels, { first, count }) => {
        kernels.maskedSoftmaxRows(
          ...([out, x, mask, kind, maskBlock, maskStep, start + first, count, queries, cols, scale, causal] as const),
        );
      });
    },
    crossEntropyRows(losses, probs, logits, targets, rows, classes, ignore) {
      overRows(pool, GRAIN_SIZE.heavy, rows, classes, (kernels, { first, count }) => {
        const start = 4 * first * classes;
        const [to, numbers] = [losses + 4 * first, targets + 4 * first];
        kernels.crossEntropyRows(to, probs + start, logits + start, numbers, count, classes, ignore);
      });
    },
    crossEntropyGradRows(out, g, gStep, probs, targets, rows, classes, ignore) {
      overRows(pool, GRAIN_SIZE.heavy, rows, classes, (kernels, { first, count }) => {
        const start = 4 * first * classes;
        const [from, numbers] = [g + first * gStep, targets + 4 * first];
        kernels.crossEntropyGradRows(out + start, from, gStep, probs + start, numbers, count, classes, ignore);
      });
    },
  };
}
