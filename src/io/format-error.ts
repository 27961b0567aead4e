/** @file Format errors, to which the name of the file is added later. */
import { DataError } from "../core/errors.ts";

/** The message completes "file: …". */
export class FormatError extends Error {}

/** A name from a file, which may be long. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

/** Runs a reader; what it finds wrong is thrown as a DataError of `op`, with the file it is about if there is one. */
export function readingAs<T>(op: string, file: string | null, read: () => T): T {
  const explain = (error: unknown): unknown =>
    error instanceof FormatError
      ? new DataError(`[${op}] ${file === null ? "" : `${file}: `}${error.message}`, { cause: error })
      : error;
  try {
    const result = read();
    if (!(result instanceof Promise)) return result;
    return result.catch((error: unknown) => {
      throw explain(error);
    }) as T;
  } catch (error) {
    throw explain(error);
  }
}
