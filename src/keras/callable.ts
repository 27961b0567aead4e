/** @file Classes that can be called without `new`, as Keras's are in Python. */

/** A class whose instances are made with or without `new`. */
export interface Callable<Args extends readonly unknown[], Instance> {
  (...args: Args): Instance;
  new (...args: Args): Instance;
  /** What instances inherit from. */
  readonly prototype: Instance;
}

/** {@link Callable} for a class. */
export type CallableClass<C extends new (...args: never[]) => unknown> = Callable<
  ConstructorParameters<C>,
  InstanceType<C>
>;

/** Lets a class be called without `new`. It can still be extended, and `instanceof` works. */
export function callable<Args extends readonly unknown[], Instance>(
  Class: new (...args: Args) => Instance,
): Callable<Args, Instance> {
  const apply = (_target: unknown, _self: unknown, args: unknown): Instance => new Class(...(args as Args));
  return new Proxy(Class, { apply }) as unknown as Callable<Args, Instance>;
}
