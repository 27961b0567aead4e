/** @file For a page: the GPU goes away in the middle of a program. */
import { deviceInfo, gpuAvailable, ones, type Tensor } from "../../../src/entry/index.ts";
import { KERNEL_CALLS, LARGE_CALLS, scattered } from "../kernel-calls.ts";

/** What a program hears of it. */
export interface Loss {
  readonly before: unknown;
  readonly reading: string;
  readonly computing: string;
  /** What calls beyond the limits said before, by their names. */
  readonly large: Readonly<Record<string, string>>;
  /** What reading results of every family of kernels says afterwards, and calling it again. */
  readonly results: Readonly<Record<string, string>>;
  readonly calls: Readonly<Record<string, string>>;
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

/** What the calls say, one after the other. */
async function messagesOf(
  calls: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<Readonly<Record<string, string>>> {
  const messages: Record<string, string> = {};
  for (const [name, call] of Object.entries(calls)) messages[name] = await messageOf(call);
  return messages;
}

function mapped<T, U>(all: Readonly<Record<string, T>>, f: (x: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(all).map(([name, x]) => [name, f(x)]));
}

export default async function run(): Promise<Loss> {
  listen();
  await gpuAvailable();
  const x = ones([2], { device: "gpu" }).add(ones([2], { device: "gpu" }));
  const large = await messagesOf(mapped(LARGE_CALLS, (call) => () => call().data()));
  const input = scattered(200).to("gpu");
  // Those of WebGPU are lost in Node, without waiting for a page.
  const families = deviceInfo().gpu?.mode === "webgl2" ? KERNEL_CALLS : {};
  const made: Readonly<Record<string, Tensor>> = mapped(families, (call) => call(input));
  const y = x.exp();
  const before = await x.toArray();
  for (const lose of losers) lose();
  const reading = await messageOf(() => y.toArray());
  const computing = await messageOf(() => y.mul(y).toArray());
  const results = await messagesOf(mapped(made, (result) => () => result.data()));
  const calls = await messagesOf(mapped(families, (call) => async () => call(input)));
  return { before, reading, computing, large, results, calls };
}
