/** @file A device that is lost: everything says so, with the operations that ran last, and nothing hangs. */
import { expect, test } from "vitest";
import { compile, type Tensor, tensor } from "../../src/entry/index.ts";
import { KERNEL_CALLS, scattered } from "./kernel-calls.ts";
import { openedDevice } from "./opened-device.ts";

test("a lost device rejects the next read, and refuses what comes after", { timeout: 60_000 }, async ({ skip }) => {
  const { device, reason } = await openedDevice();
  if (device === undefined) {
    if (process.env.TAPEGRAD_REQUIRE_GPU === "1") expect.fail(reason);
    return skip(reason);
  }
  const x = tensor([1, 2, 3]).to("gpu");
  expect(await x.exp().mul(2).data()).toHaveLength(3);
  const input = scattered(200).to("gpu");
  const calls = Object.values(KERNEL_CALLS);
  const issued = calls.map((call) => call(input));
  const program = compile((a: Tensor) => a.mul(2).add(1).relu().sum());
  for (let i = 0; i < 3; i++) await program(x).data();
  const y = x.exp().sum();
  device.destroy();
  await device.lost;
  await expect(y.item()).rejects.toThrow(/^\[item\] the GPU failed in .*exp.*, sum: .*lost/);
  expect(() => x.add(1)).toThrow(/the GPU failed in .*: .*lost/);
  expect(() => program(x)).toThrow(/the GPU failed in .*: .*lost/);
  for (const result of issued) await expect(result.data()).rejects.toThrow(/the GPU failed in .*: .*lost/);
  for (const call of calls) expect(() => call(input)).toThrow(/the GPU failed in .*: .*lost/);
});
