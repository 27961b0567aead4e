/** @file For a page: the GPU goes away in the middle of a program. */
import { gpuAvailable, ones } from "../../../src/entry/index.ts";

/** What a program hears of it. */
export interface Loss {
  readonly before: unknown;
  readonly reading: string;
  readonly computing: string;
}

interface Losing {
  readonly OffscreenCanvas: { readonly prototype: { getContext(...args: unknown[]): WebGl } };
  readonly GPUAdapter: { readonly prototype: Pick<GPUAdapter, "requestDevice"> };
}

interface WebGl {
  getExtension(name: "WEBGL_lose_context"): { loseContext(): void };
}

/** Calls that make what has been opened from now on vanish. */
const losers: (() => void)[] = [];

function listen(): void {
  const { OffscreenCanvas, GPUAdapter } = globalThis as unknown as Partial<Losing>;
  if (OffscreenCanvas !== undefined) {
    const { getContext } = OffscreenCanvas.prototype;
    OffscreenCanvas.prototype.getContext = function (...args) {
      const context = getContext.apply(this, args);
      losers.push(() => context.getExtension("WEBGL_lose_context").loseContext());
      return context;
    };
  }
  if (GPUAdapter !== undefined) {
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (...args) {
      const device = await requestDevice.apply(this, args);
      losers.push(() => device.destroy());
      return device;
    };
  }
}

async function messageOf(work: () => Promise<unknown>): Promise<string> {
  try {
    return `gave ${JSON.stringify(await work())}`;
  } catch (error) {
    return String(error);
  }
}

export default async function run(): Promise<Loss> {
  listen();
  await gpuAvailable();
  const x = ones([2], { device: "gpu" }).add(ones([2], { device: "gpu" }));
  const y = x.exp();
  const before = await x.toArray();
  for (const lose of losers) lose();
  const reading = await messageOf(() => y.toArray());
  const computing = await messageOf(() => y.mul(y).toArray());
  return { before, reading, computing };
}
