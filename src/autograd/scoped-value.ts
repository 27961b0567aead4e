/** @file A setting that holds for the length of a call. */

/** A value, and functions that run with another one. */
export class ScopedValue<T> {
  /** What holds now. */
  current: T;
  readonly #outside: T;
  /** The calls in progress, innermost last. Those of async functions may end in any order. */
  readonly #scopes: { readonly value: T }[] = [];

  constructor(value: T) {
    this.current = value;
    this.#outside = value;
  }

  /**
   * Runs `fn` with another value, and restores the old state afterwards, also when it throws. With an async function the
   * value holds until its promise settles; other code that runs in the meantime sees it too.
   */
  run<R>(value: T, fn: () => R): R {
    const scope = { value };
    const leave = (): void => {
      this.#scopes.splice(this.#scopes.lastIndexOf(scope), 1);
      const inner = this.#scopes.at(-1);
      this.current = inner === undefined ? this.#outside : inner.value;
    };
    this.#scopes.push(scope);
    this.current = value;
    let result: R;
    try {
      result = fn();
    } catch (error) {
      leave();
      throw error;
    }
    if (result instanceof Promise) return result.finally(leave) as R;
    leave();
    return result;
  }
}
