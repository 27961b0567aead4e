/** @file Creates the GPU backend, or gives the reason why there is none. */
import { openGpu } from "./adapter.ts";
import { GpuBackend } from "./backend.ts";

export async function openGpuBackend(): Promise<GpuBackend | { readonly reason: string }> {
  const found = await openGpu();
  return "reason" in found ? found : new GpuBackend(found.runtime);
}
