/** @file For a page: the suite of cases that every backend has to pass, on the GPU of the browser. */
import { suite } from "../../kernels/conformance/cases/index.ts";
import { faults } from "../../kernels/conformance/check.ts";
import { openGpuSubject } from "../../kernels/conformance/gpu.ts";
import { shareOf } from "../../kernels/conformance/shares.ts";

export interface Conformance {
  /** How many cases there are. */
  readonly cases: number;
  readonly problems: readonly string[];
}

export default async function run(runsAll: boolean): Promise<Conformance> {
  const subject = await openGpuSubject();
  if ("missing" in subject) throw new Error(subject.missing);
  const problems: string[] = [];
  let cases = 0;
  for (const [method, groups] of Object.entries(suite)) {
    for (const group of groups) {
      const tests = runsAll ? group.cases : shareOf(method, group.cases);
      cases += tests.length;
      for (const test of tests) problems.push(...(await faults(subject, test, group.name)));
    }
  }
  return { cases, problems };
}
