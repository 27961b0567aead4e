/** @file Node's built-in modules, without an import statement that a browser or its bundler would trip over. */

type Builtins = Pick<NodeJS.Process, "getBuiltinModule">["getBuiltinModule"];

/** The module table of Node ≥ 20.16, Bun and Deno; undefined in browsers. */
const lookUp: Builtins | undefined = globalThis.process?.getBuiltinModule?.bind(globalThis.process);

export const fs = lookUp?.("node:fs");
export const path = lookUp?.("node:path");
export const url = lookUp?.("node:url");
export const zlib = lookUp?.("node:zlib");
export const module = lookUp?.("node:module");

/** A Buffer is a Uint8Array with other habits (its `slice` is a view), so users get a plain one on the same bytes. */
export function plainBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
