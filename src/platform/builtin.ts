/** @file Node's built-in modules, without import statements, which browsers and bundlers cannot resolve. */

type Builtins = Pick<NodeJS.Process, "getBuiltinModule">["getBuiltinModule"];

/**
 * Node's process (Bun's and Deno's too); undefined in browsers. Taken apart, because bundlers that see `globalThis.process`
 * put a copy of Node's into programs for pages (Parcel).
 */
export const { process: hostProcess }: { readonly process?: NodeJS.Process } = globalThis;

/** The module table of Node ≥ 20.16, Bun and Deno; undefined in browsers. */
const lookUp: Builtins | undefined = hostProcess?.getBuiltinModule?.bind(hostProcess);

export const fs = lookUp?.("node:fs");
export const path = lookUp?.("node:path");
export const url = lookUp?.("node:url");
export const zlib = lookUp?.("node:zlib");
/** Not called `module`: bundlers that wrap files as CommonJS (Parcel) have an argument of that name. */
export const nodeModule = lookUp?.("node:module");
export const os = lookUp?.("node:os");
export const nodeCrypto = lookUp?.("node:crypto");
export const v8 = lookUp?.("node:v8");
export const childProcess = lookUp?.("node:child_process");

/** A Buffer is a Uint8Array with other habits (its `slice` is a view), so users get a plain one on the same bytes. */
export function plainBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** The code of a system error. Its class tells nothing: in a vm context, as Jest's, Node's own errors are of another realm. */
export function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

/** What an error of any realm says. */
export function reasonOf(error: unknown): string {
  const said: unknown = typeof error === "object" && error !== null && "message" in error ? error.message : undefined;
  return typeof said === "string" && said !== "" ? said : String(error);
}
