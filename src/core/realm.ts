/**
 * @file Type tests for values of any realm. Frames, workers' structured clones into vm contexts, and the test
 * environments of Jest and Vitest have classes of their own, of which `instanceof` knows nothing.
 */

/** The getter behind `Symbol.toStringTag` of typed arrays: it looks at the array itself, not at its class. */
const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.get;

/** `"Float32Array"` for such an array of any realm (a Buffer is a `"Uint8Array"`), undefined for what is no typed array. */
export function typedArrayName(value: unknown): string | undefined {
  return tagOf?.call(value) as string | undefined;
}

/** Whether a value is a `Map` of any realm. */
export function isMap(value: unknown): value is ReadonlyMap<unknown, unknown> {
  return tagged(value, "Map");
}

/** Whether a value is a `Set` of any realm. */
export function isSet(value: unknown): value is ReadonlySet<unknown> {
  return tagged(value, "Set");
}

/** Whether a value is an object literal, of any realm, or an object without a prototype: no list, no instance of a class. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether a value can be waited for: a promise of any realm, or what behaves like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "then") === "function";
}

function tagged(value: unknown, name: string): boolean {
  return Object.prototype.toString.call(value) === `[object ${name}]`;
}
