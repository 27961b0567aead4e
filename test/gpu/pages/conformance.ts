/** @file For a page: the suite of cases that every backend has to pass, on the GPU of the browser. */
import { suite } from "../../kernels/conformance/cases/index.ts";
import { faults } from "../../kernels/conformance/check.ts";
import { openGpuSubject } from "../../kernels/conformance/gpu.ts";

export interface Conformance {
  /** How many cases there are. */
  readonly cases: number;
  readonly problems: readonly string[];
}

/**
 * Of groups with very many cases, which differ in what is the same text in every kernel, one in so many tells enough here.
 * WebGPU in Node runs them all.
 */
const SHARES: Readonly<Record<string, number>> = { map: 8, topk: 24, selectRank: 8, argsort: 6, nonzero: 6 };

export default async function run(): Promise<Conformance> {
  const subject = await openGpuSubject();
  if ("missing" in subject) throw new Error(subject.missing);
  const problems: string[] = [];
  let cases = 0;
  for (const [method, groups] of Object.entries(suite)) {
    for (const group of groups) {
      const tests = group.cases.filter((_, i) => i % (SHARES[method] ?? 1) === 0);
      cases += tests.length;
      for (const test of tests) problems.push(...(await faults(subject, test, group.name)));
    }
  }
  return { cases, problems };
}
