/** @file Programs that run in a process of their own. */
import { spawnSync } from "node:child_process";

export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly output: string;
  readonly errors: string;
}

/** Address of a source file, for the import statements of a program. */
export function source(path: string): string {
  return new URL(`../../${path}`, import.meta.url).href;
}

/** Runs a module until its process ends by itself; after 30 seconds it is killed, and there is no status. */
export function runModule(
  text: string,
  environment: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Ended {
  const args = [...flags, "--input-type=module-typescript", "--eval", text];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "", ...environment },
    timeout: 30_000,
  });
  return { status, signal, output: stdout, errors: stderr };
}

/** What a module prints as JSON. */
export function evaluate<T>(
  text: string,
  environment: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): T {
  const { status, signal, output, errors } = runModule(text, environment, flags);
  if (status !== 0) throw new Error(`the program ended with ${signal ?? status}: ${errors}`);
  return JSON.parse(output) as T;
}
