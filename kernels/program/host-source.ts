/**
 * @file Values that the host computes anew in every run of a program: random numbers that are drawn one by one, the options
 * of an optimizer's step. Who makes such a value says here how; a recording asks.
 */

let sources: WeakMap<object, () => unknown> | null = null;

/** Keeps sources while `fn` runs. */
export function withSources<T>(fn: () => T): T {
  const before = sources;
  sources = new WeakMap();
  try {
    return fn();
  } finally {
    sources = before;
  }
}

/** The value of `make`, of which a recording knows that it has to be made again. */
export function madeAnew<T extends object>(make: () => T): T {
  const value = make();
  sources?.set(value, make);
  return value;
}

/** How a value is made anew; undefined if it is always the same. */
export function sourceOf(value: object): (() => unknown) | undefined {
  return sources?.get(value);
}
