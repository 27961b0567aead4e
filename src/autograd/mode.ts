/** @file Whether operations are recorded: a flag, and functions that set it for the length of a call. */

let enabled = true;

/** Whether operations on tensors that need a gradient are being recorded. */
export function isGradEnabled(): boolean {
  return enabled;
}

/**
 * Runs `fn` with recording on or off, and restores the old state afterwards, also when it throws. With an async
 * function the state holds until its promise settles; other code that runs in the meantime sees it too.
 */
export function withGradMode<T>(mode: boolean, fn: () => T): T {
  const before = enabled;
  enabled = mode;
  let result: T;
  try {
    result = fn();
  } catch (error) {
    enabled = before;
    throw error;
  }
  if (result instanceof Promise) {
    return result.finally(() => {
      enabled = before;
    }) as T;
  }
  enabled = before;
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
