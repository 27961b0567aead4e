/** @file Whether operations are recorded: a flag, and functions that set it for the length of a call. */

let enabled = true;

/** The calls in progress, innermost last. Those of async functions may end in any order. */
const scopes: { readonly mode: boolean }[] = [];

/** Whether operations on tensors that need a gradient are being recorded. */
export function isGradEnabled(): boolean {
  return enabled;
}

/**
 * Runs `fn` with recording on or off, and restores the old state afterwards, also when it throws. With an async
 * function the state holds until its promise settles; other code that runs in the meantime sees it too.
 */
export function withGradMode<T>(mode: boolean, fn: () => T): T {
  const scope = { mode };
  const leave = (): void => {
    scopes.splice(scopes.lastIndexOf(scope), 1);
    enabled = scopes.at(-1)?.mode ?? true;
  };
  scopes.push(scope);
  enabled = mode;
  let result: T;
  try {
    result = fn();
  } catch (error) {
    leave();
    throw error;
  }
  if (result instanceof Promise) return result.finally(leave) as T;
  leave();
  return result;
}

/** Runs `fn` without recording: no operation in it can be differentiated. Sync and async functions alike. */
export function noGrad<T>(fn: () => T): T {
  return withGradMode(false, fn);
}

/** Runs `fn` with recording, also inside {@link noGrad}. */
export function enableGrad<T>(fn: () => T): T {
  return withGradMode(true, fn);
}
