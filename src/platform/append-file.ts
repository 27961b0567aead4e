/** @file Files that grow: appended to synchronously, so that what was written is there even if the process ends. */
import { fs, hostProcess, os, path } from "./builtin.ts";

/** A file that is open for appending. */
export interface AppendFile {
  readonly path: string;
  append(bytes: Uint8Array): void;
  close(): void;
}

/** Makes a file and the folders above it. @throws Error where there is no file system. */
export function openForAppend(folder: string, name: string): AppendFile {
  if (fs === undefined || path === undefined) throw new Error("there is no file system here to write to");
  const { writeSync, closeSync } = fs;
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, name);
  const descriptor = fs.openSync(file, "a");
  return {
    path: file,
    append(bytes) {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    },
    close: () => closeSync(descriptor),
  };
}

const atExit = new Set<() => void>();
let isListening = false;

/** Calls a function when the process ends by itself. Returns what takes that back. */
export function onExit(fn: () => void): () => void {
  if (!isListening) hostProcess?.once("exit", () => atExit.forEach((each) => void each()));
  isListening = true;
  atExit.add(fn);
  return () => {
    atExit.delete(fn);
  };
}

/** The name of the machine and the number of the process, for names of files. */
export function hostAndProcess(): { readonly host: string; readonly pid: number } {
  let host = "localhost";
  try {
    host = os?.hostname() ?? host;
  } catch {
    // Deno gives it only with a permission.
  }
  return { host, pid: hostProcess?.pid ?? 0 };
}

/** Calls a function later, unless the process ends before. */
export function later(fn: () => void, milliseconds: number): { cancel(): void } {
  const timer: unknown = setTimeout(fn, milliseconds);
  // A timer of Node keeps the process alive unless it is told not to.
  if (typeof timer === "object" && timer !== null && "unref" in timer) (timer as { unref(): void }).unref();
  return { cancel: () => clearTimeout(timer as Parameters<typeof clearTimeout>[0]) };
}
