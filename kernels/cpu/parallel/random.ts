/** @file Random numbers from words that are drawn already, on all threads. */
import type { ThreadPool } from "../threads.ts";
import type { VectorExports } from "../wasm.ts";
import { CACHE_LINE, type Chunk, chunkOf, GRAIN_SIZE } from "./partition.ts";

/** Words of a block of normal numbers. */
const BLOCK = 16;

/** Kernels of the same names, which use the pool's threads where that pays. */
export function parallelRandom(pool: ThreadPool): Partial<VectorExports> {
  const cut = (n: number, grain: number, unit: number, run: (kernels: VectorExports, chunk: Chunk) => void): void => {
    const parts = pool.parts(n, grain);
    pool.run(parts, (kernels, part) => {
      const chunk = chunkOf(part, parts, n, unit);
      if (chunk.count > 0) run(kernels.vector, chunk);
    });
  };
  const integers =
    (name: "integers_f32" | "integers_f64" | "integers_i32" | "integers_u8", bytes: number) =>
    (out: number, words: number, n: number, range: number, from: number): void => {
      cut(n, GRAIN_SIZE.heavy, 4 * CACHE_LINE, (kernels, { first, count }) => {
        kernels[name](out + bytes * first, words + 4 * first, count, range, from);
      });
    };
  return {
    uniform_f32(out, words, n, low, range) {
      cut(n, GRAIN_SIZE.light, CACHE_LINE, (kernels, { first, count }) => {
        kernels.uniform_f32(out + 4 * first, words + 4 * first, count, low, range);
      });
    },
    uniform_f64(out, words, n, low, range) {
      cut(n, GRAIN_SIZE.light, CACHE_LINE, (kernels, { first, count }) => {
        kernels.uniform_f64(out + 8 * first, words + 8 * first, count, low, range);
      });
    },
    normal_f32(out, words, blocks, mean, std) {
      cut(blocks, GRAIN_SIZE.heavy / BLOCK, 1, (kernels, { first, count }) => {
        kernels.normal_f32(out + 4 * BLOCK * first, words + 4 * BLOCK * first, count, mean, std);
      });
    },
    normal_f64(out, words, blocks, mean, std) {
      cut(blocks, GRAIN_SIZE.heavy / BLOCK, 1, (kernels, { first, count }) => {
        kernels.normal_f64(out + 8 * BLOCK * first, words + 8 * BLOCK * first, count, mean, std);
      });
    },
    bernoulli_f32(out, words, n, limit, one) {
      cut(n, GRAIN_SIZE.light, CACHE_LINE, (kernels, { first, count }) => {
        kernels.bernoulli_f32(out + 4 * first, words + 8 * first, count, limit, one);
      });
    },
    bernoulli_f64(out, words, n, limit, one) {
      cut(n, GRAIN_SIZE.light, CACHE_LINE, (kernels, { first, count }) => {
        kernels.bernoulli_f64(out + 8 * first, words + 8 * first, count, limit, one);
      });
    },
    bernoulliOf_f32(out, words, p, n) {
      cut(n, GRAIN_SIZE.light, CACHE_LINE, (kernels, { first, count }) => {
        kernels.bernoulliOf_f32(out + 4 * first, words + 4 * first, p + 4 * first, count);
      });
    },
    bernoulliOf_f64(out, words, p, n) {
      cut(n, GRAIN_SIZE.light, CACHE_LINE, (kernels, { first, count }) => {
        kernels.bernoulliOf_f64(out + 8 * first, words + 8 * first, p + 8 * first, count);
      });
    },
    integers_f32: integers("integers_f32", 4),
    integers_f64: integers("integers_f64", 8),
    integers_i32: integers("integers_i32", 4),
    integers_u8: integers("integers_u8", 1),
  };
}
