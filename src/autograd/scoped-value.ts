/** @file ScopedValue: a setting for the length of a call, sync or async. */
import { isThenable } from "../core/realm.ts";

type Step = (...args: never[]) => unknown;

/** A value that {@link run} replaces for the length of a call. */
export class ScopedValue<T> {
  /** The current value. */
  current: T;
  #outside: T;
  /** The calls in progress, innermost last. Those of async functions may end in any order. */
  readonly #scopes: { value: T }[] = [];

  constructor(value: T) {
    this.current = value;
    this.#outside = value;
  }

  /** Replaces the value from now on: inside a call of {@link run} until it ends, else for good. */
  set(value: T): void {
    const inner = this.#scopes.at(-1);
    if (inner === undefined) this.#outside = value;
    else inner.value = value;
    this.current = value;
  }

  /**
   * Runs `fn` with another value, and restores the old state afterwards, also when it throws. With an async function the
   * value holds until its promise settles; other code that runs in the meantime sees it too. With a generator function,
   * sync or async, it holds while the generator runs, and not between its values.
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
    if (typeof result !== "object" || result === null) {
      leave();
      return result;
    }
    if (isThenable(result)) return Promise.resolve(result).finally(leave) as R;
    leave();
    return isGenerator(result) ? this.#generator(value, result) : result;
  }

  /** The same generator, each of whose steps runs with the value. */
  #generator<G extends object>(value: T, generator: G): G {
    const twin: G = Object.create(Object.getPrototypeOf(generator) as object);
    for (const name of ["next", "return", "throw"]) {
      const step = Reflect.get(generator, name) as Step;
      const run = (...args: never[]): unknown => this.run(value, () => step.apply(generator, args));
      Object.defineProperty(twin, name, { value: run, configurable: true, writable: true });
    }
    return twin;
  }
}

/** Whether a value is what a generator function returns. */
function isGenerator(value: object): boolean {
  const kind = Object.prototype.toString.call(value);
  return kind === "[object Generator]" || kind === "[object AsyncGenerator]";
}
