/** @file Which cases a GPU runs in the usual tests, where software takes its place and every call is slow. */
import type { Case } from "./check.ts";

/**
 * Of methods with very many cases, which differ in what is the same text in every kernel, one in so many tells enough. The
 * nightly checks run them all.
 */
const SHARES: Readonly<Record<string, number>> = {
  map: 16,
  copy: 4,
  cast: 4,
  fill: 4,
  matmul: 2,
  optimizerStep: 2,
  random: 2,
  scan: 2,
  argScan: 4,
  longestRun: 4,
  topk: 48,
  selectRank: 16,
  argsort: 12,
  nonzero: 12,
  scatter: 3,
};

/** The cases of a method that a GPU runs. */
export function shareOf(method: string, cases: readonly Case[]): readonly Case[] {
  const every = SHARES[method] ?? 1;
  return cases.filter((_, i) => i % every === 0);
}
