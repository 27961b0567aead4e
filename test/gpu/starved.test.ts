/** @file Memory that runs out in every family of kernels: the next read says so, and names the operation. */
import { describe, expect, test } from "vitest";
import { registerBackend } from "../../kernels/backend.ts";
import { openGpu } from "../../kernels/gpu/adapter.ts";
import { GpuBackend } from "../../kernels/gpu/backend.ts";
import { compile, type Tensor } from "../../src/entry/index.ts";
import { KERNEL_CALLS, scattered } from "./kernel-calls.ts";
import { openedDevice } from "./opened-device.ts";

const { device, newest, reason } = await openedDevice();

/** A device that has no room for any buffer while `use` runs. */
async function starve<T>(device: GPUDevice, use: () => Promise<T>): Promise<T> {
  const pop = device.popErrorScope.bind(device);
  device.popErrorScope = async () => {
    await pop();
    return { message: "no room" } as GPUError;
  };
  try {
    return await use();
  } finally {
    device.popErrorScope = pop;
  }
}

/** A backend of its own: what has failed once fails for good. */
async function ownBackend(): Promise<void> {
  const found = await openGpu();
  if (!("runtime" in found)) expect.fail(found.reason);
  registerBackend(new GpuBackend(found.runtime));
}

describe("memory that runs out", () => {
  test.for(Object.entries(KERNEL_CALLS))("%s", { timeout: 60_000 }, async ([, call], { skip }) => {
    if (device === undefined) {
      if (process.env.TAPEGRAD_REQUIRE_GPU === "1") expect.fail(reason);
      return skip(reason);
    }
    await ownBackend();
    const x = scattered(200).to("gpu");
    await x.data();
    await starve(newest() ?? device, async () => {
      await expect((async () => await call(x).data())()).rejects.toThrow(/the GPU failed in .*no room/);
    });
    expect(() => x.softmax(0)).toThrow(/the GPU failed in .*no room/);
  });

  test("a compiled program's own", { timeout: 60_000 }, async ({ skip }) => {
    if (device === undefined) return skip(reason);
    await ownBackend();
    const x = scattered(200).to("gpu");
    const program = compile((a: Tensor) => a.mul(2).add(1).relu().sub(x).sum());
    await program(x).data();
    // The second run takes the memory of all that follow.
    await starve(newest() ?? device, async () => {
      await expect((async () => await program(x).data())()).rejects.toThrow(/the GPU failed in .*no room/);
    });
    expect(() => program(x)).toThrow(/the GPU failed in .*no room/);
  });
});
