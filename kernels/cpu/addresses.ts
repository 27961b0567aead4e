/**
 * @file Address space that the process may still reserve. Limits (`ulimit -v`) are common on shared machines, and a
 * thread that gets none for its heap ends the whole process, so what is reserved must leave room, and threads ask first.
 */
import { builtin, hostProcess } from "./env.ts";

const GIBIBYTE = 2 ** 30;

/** Bytes that a worker thread reserves at its start: 0.6 GB were measured with Node 20, 22 and 24. */
export const ADDRESSES_OF_WORKER = GIBIBYTE;

/** Bytes that the kernels' memory leaves to a first worker, to the system's BLAS and to the engine's own heap. */
export const ADDRESSES_FOR_OTHERS = 2 * GIBIBYTE;

interface Files {
  readFileSync(file: string, encoding: "latin1"): string;
}

/** Infinity where there is no limit, or none is known. */
export function freeAddresses(): number {
  const files = hostProcess?.platform === "linux" ? builtin<Files>("node:fs") : undefined;
  if (files === undefined) return Infinity;
  try {
    const limit = /^Max address space\s+(\d+)/m.exec(files.readFileSync("/proc/self/limits", "latin1"))?.[1];
    if (limit === undefined) return Infinity;
    const used = /^VmSize:\s+(\d+) kB/m.exec(files.readFileSync("/proc/self/status", "latin1"))?.[1];
    return used === undefined ? Infinity : Math.max(0, Number(limit) - 1024 * Number(used));
  } catch {
    // No such files, or they may not be read.
    return Infinity;
  }
}
