/** @file Memory that runs out in every kernel of WGSL: the next read says so, and names the operation. */
import { describe, expect, test } from "vitest";
import { registerBackend } from "../../kernels/backend.ts";
import { openGpu } from "../../kernels/gpu/adapter.ts";
import { GpuBackend } from "../../kernels/gpu/backend.ts";
import { openedDevice } from "./opened-device.ts";
import { KERNEL_CALLS, scattered } from "./wgsl-kernels.ts";

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

describe("memory that runs out", () => {
  test.for(Object.entries(KERNEL_CALLS))("%s", { timeout: 60_000 }, async ([, call], { skip }) => {
    if (device === undefined) {
      if (process.env.TAPEGRAD_REQUIRE_GPU === "1") expect.fail(reason);
      return skip(reason);
    }
    // What has failed once fails for good, so each call has a backend of its own.
    const found = await openGpu();
    if (!("runtime" in found)) return expect.fail(found.reason);
    registerBackend(new GpuBackend(found.runtime));
    const x = scattered(200).to("gpu");
    await x.data();
    await starve(newest() ?? device, async () => {
      await expect((async () => await call(x).data())()).rejects.toThrow(/the GPU failed in .*no room/);
    });
    expect(() => x.softmax(0)).toThrow(/the GPU failed in .*no room/);
  });
});
