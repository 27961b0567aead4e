/** @file Environment of the process: variables, built-in modules of Node, number of processors; without an import that fails in a browser. */

interface Process {
  readonly platform: string;
  readonly execPath: string;
  readonly versions?: { readonly v8?: string };
  readonly env: Readonly<Record<string, string | undefined>>;
  cwd(): string;
  getBuiltinModule?(id: string): unknown;
}

/**
 * Node's process (Bun's and Deno's too); undefined in browsers. Taken apart, because bundlers that see `globalThis.process`
 * put a copy of Node's into programs for pages (Parcel).
 */
export const { process: hostProcess } = globalThis as unknown as { readonly process?: Process };

/** A built-in module of Node, or undefined. `T` is as much of it as is used. */
export function builtin<T>(id: `node:${string}`): T | undefined {
  return hostProcess?.getBuiltinModule?.(id) as T | undefined;
}

/** An environment variable; undefined also where it is empty, where there is no environment, or where it may not be read. */
export function environment(name: string): string | undefined {
  return ifAllowed(() => hostProcess?.env?.[name])?.trim() || undefined;
}

/** What the host says, or undefined if it refuses: Deno asks for a permission for each variable, file and fact of the system. */
export function ifAllowed<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/**
 * Number of threads to begin with: TAPEGRAD_NUM_THREADS, or else as many as this process may run at once.
 *
 * @throws RangeError if the variable is no positive integer.
 */
export function defaultThreads(): number {
  const wish = environment("TAPEGRAD_NUM_THREADS");
  if (wish !== undefined) {
    if (/^[1-9]\d{0,3}$/.test(wish)) return Number(wish);
    throw new RangeError(`TAPEGRAD_NUM_THREADS must be a positive integer, not ${JSON.stringify(wish)}`);
  }
  const { navigator } = globalThis as { readonly navigator?: { readonly hardwareConcurrency?: number } };
  return (
    ifAllowed(() => builtin<{ availableParallelism(): number }>("node:os")?.availableParallelism()) ??
    navigator?.hardwareConcurrency ??
    1
  );
}
