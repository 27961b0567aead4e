/** @file Where `navigator.gpu` comes from: browsers have it, and in Node the package `webgpu` brings it. */
import { hostProcess } from "../cpu/host.ts";

/** As much of the package as is used. */
interface WebGpuPackage {
  readonly create: (options: readonly string[]) => GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

/**
 * Sees to it that `navigator.gpu` exists, which is where gpu.js looks.
 *
 * @throws Error that says why there is none.
 */
export async function provideWebGpu(): Promise<void> {
  if (globalThis.navigator?.gpu !== undefined) return;
  if (hostProcess === undefined) throw new Error("this browser has no navigator.gpu");
  let provider: WebGpuPackage;
  try {
    provider = await load<WebGpuPackage>("webgpu");
  } catch (error) {
    throw new Error(describe(error));
  }
  for (const [name, value] of Object.entries(provider.globals)) {
    if (!(name in globalThis)) Reflect.set(globalThis, name, value);
  }
  const gpu = provider.create([]);
  // Node 20 has no navigator, and that of later versions takes no assignment.
  if (globalThis.navigator === undefined) {
    Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true, writable: true });
  } else {
    Object.defineProperty(globalThis.navigator, "gpu", { value: gpu, configurable: true });
  }
}

/** An import that bundlers let be, as they cannot see of what: a program for browsers has no use for Node's GPU. */
function load<T>(specifier: string): Promise<T> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ specifier) as Promise<T>;
}

function describe(error: unknown): string {
  // Not `instanceof Error`: what Node throws in a context of its own, as Jest's, comes from another realm.
  const { code, message = String(error) } = (error ?? {}) as { readonly code?: string; readonly message?: string };
  if (code === "ERR_MODULE_NOT_FOUND" && message.includes("'webgpu'")) {
    return "the package webgpu is not installed (npm install webgpu@0.6)";
  }
  return `the package webgpu does not load (${message.split("\n", 1)[0]})`;
}
