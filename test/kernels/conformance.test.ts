/** @file Every backend does what the contract says: one suite of cases, run against each of them. */
import { describe, expect, it } from "vitest";
import { candidates } from "./conformance/backends.ts";
import { suite } from "./conformance/cases/index.ts";
import { faults } from "./conformance/check.ts";
import { shareOf } from "./conformance/shares.ts";

/** Whether a GPU runs every case, which takes software half an hour. */
const runsAll = process.env.TAPEGRAD_ALL_CASES === "1";

/** Milliseconds for one group on a machine that has much else to do. */
const TIMEOUT_MS = runsAll ? 1_200_000 : 120_000;

/** A broken kernel fails in most of its cases: the first ones tell enough. */
const SHOWN = 8;

for (const { name, open, isRequired } of candidates) {
  const found = await open();
  if ("missing" in found) {
    it(name, ({ skip }) => {
      if (isRequired === true) expect.fail(found.missing);
      skip(found.missing);
    });
    continue;
  }
  describe(name, () => {
    for (const [method, groups] of Object.entries(suite)) {
      describe(method, () => {
        it.each(groups)("$name", { timeout: TIMEOUT_MS }, async ({ name: group, cases }) => {
          const problems: string[] = [];
          const chosen = found.backend.device === "gpu" && !runsAll ? shareOf(method, cases) : cases;
          for (const test of chosen) problems.push(...(await faults(found, test, group)));
          expect.soft(problems.length, "number of faults").toBe(0);
          expect(problems.slice(0, SHOWN)).toEqual([]);
        });
      });
    }
  });
}
