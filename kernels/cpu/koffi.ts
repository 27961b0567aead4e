/** @file koffi, the optional package that calls native libraries: the system's BLAS, MPI. */
import { builtin, hostProcess, ifAllowed } from "./env.ts";

/** As much of koffi as is used. */
export interface Koffi {
  load(path: string, options?: { readonly global?: boolean }): NativeLibrary;
  /** Where the bytes of a view lie, or what a symbol stands for. */
  address(value: unknown): bigint;
}

/** A native library. */
export interface NativeLibrary {
  func(name: string, result: string, parameters: readonly string[]): (...values: readonly unknown[]) => unknown;
  symbol(name: string): unknown;
}

/** The package and the path of it, or the reason why `what` cannot be called. */
export function loadKoffi(what: string): { koffi: Koffi; path: string } | { reason: string } {
  const modules = builtin<{ createRequire(from: string): NodeJS.Require }>("node:module");
  if (!modules?.createRequire) return { reason: `${what} can only be called in Node` };
  // A bundle may lie apart from the packages it uses.
  const places = [import.meta.url, `${ifAllowed(() => hostProcess?.cwd()) ?? ""}/package.json`];
  let reason = "the optional package koffi is not installed";
  for (const place of places) {
    try {
      const load = modules.createRequire(place);
      return { koffi: load("koffi") as Koffi, path: load.resolve("koffi") };
    } catch (error) {
      const { code, message } = error as { code?: string; message?: string };
      if (code !== "MODULE_NOT_FOUND" && code !== "ERR_INVALID_ARG_VALUE") {
        reason = `the package koffi cannot be loaded: ${firstLine(message ?? String(error))}`;
      }
    }
  }
  return { reason };
}

/** The first line of what koffi or a loader says. */
export function firstLine(text: string): string {
  return (text.split("\n", 1)[0] ?? "").replace(/^Failed to load shared library: /, "");
}
