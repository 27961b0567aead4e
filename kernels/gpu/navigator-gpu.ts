/** @file Polyfill of `navigator.gpu` for Node, from the package `webgpu`. */
import { builtin, hostProcess } from "../cpu/env.ts";

export const NO_ADAPTER = "WebGPU finds no graphics adapter";

/** As much of the package as is used. */
interface WebGpuPackage {
  readonly create: (options: readonly string[]) => GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

/**
 * Defines `navigator.gpu`, which gpu.js looks for.
 *
 * @throws Error that says why there is none.
 */
export async function provideWebGpu(): Promise<void> {
  if (globalThis.navigator?.gpu !== undefined) return;
  if (hostProcess === undefined) throw new Error("this browser has no navigator.gpu");
  if (hasNoDeviceFile() && (await findsNoAdapter())) throw new Error(NO_ADAPTER);
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

interface Files {
  readdirSync(folder: string): readonly string[];
}

/** Whether this is a Linux in whose folder of devices no GPU is to be seen. It may have one in software. */
function hasNoDeviceFile(): boolean {
  if (hostProcess?.platform !== "linux") return false;
  try {
    return !builtin<Files>("node:fs")
      ?.readdirSync("/dev")
      .some((name) => /^(?:dri|nvidia\d+|nvidiactl|dxg|kgsl-3d0|mali\d+)$/.test(name));
  } catch {
    return false;
  }
}

interface Child {
  on(event: "error", listener: () => void): void;
  on(event: "exit", listener: (status: number | null) => void): void;
}

interface ChildProcesses {
  spawn(file: string, args: readonly string[], options: { readonly stdio: "ignore"; readonly cwd: string }): Child;
}

/** Status of a process that has found no adapter. */
const NO_ADAPTER_STATUS = 43;

const SEARCH = `
import(process.argv[1])
  .then(({ create }) => create([]).requestAdapter())
  .then((adapter) => process.exit(adapter ? 0 : ${NO_ADAPTER_STATUS}));
`;

/**
 * Whether a process of its own finds no adapter. Where there is none, the drivers that are tried write their complaints
 * on the console, past everything that could hold them back in this process.
 */
async function findsNoAdapter(): Promise<boolean> {
  const { spawn } = builtin<ChildProcesses>("node:child_process") ?? {};
  if (!spawn || !hostProcess) return false;
  const { execPath } = hostProcess;
  try {
    const modules = builtin<{ createRequire(from: string): NodeJS.Require }>("node:module");
    const location = modules?.createRequire(import.meta.url).resolve("webgpu") ?? "";
    const child = spawn(execPath, ["-e", SEARCH, location], { stdio: "ignore", cwd: hostProcess.cwd() });
    return await new Promise((resolve) => {
      child.on("error", () => resolve(false));
      child.on("exit", (status) => resolve(status === NO_ADAPTER_STATUS));
    });
  } catch {
    // Not installed, which the import says better, or no processes allowed.
    return false;
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
