/** @file Names of losses, metrics, optimizers, activations and initializers: looked up, or refused with what is known. */
import { describeValue } from "../core/describe.ts";
import { ValueError } from "../core/errors.ts";

/** `RMSprop`, `rms_prop` and `rmsprop` in one form. */
function simplified(name: string): string {
  return name.replaceAll(/[_\-\s]/g, "").toLowerCase();
}

/**
 * The entry of a table under a name.
 *
 * @param what - What is looked for, as "loss function".
 * @throws ValueError that lists the known names, and the similar one first.
 */
export function lookUp<T>(op: string, what: string, table: Readonly<Record<string, T>>, name: unknown): T {
  if (typeof name === "string" && Object.hasOwn(table, name)) return table[name] as T;
  const names = Object.keys(table);
  const given = typeof name === "string" ? `'${name}'` : describeValue(name);
  const similar =
    typeof name === "string" ? names.find((known) => isSimilar(simplified(known), simplified(name))) : undefined;
  const hint = similar === undefined ? "" : ` Did you mean '${similar}'?`;
  throw new ValueError(`[${op}] Unknown ${what}: ${given}.${hint} Expected one of ${names.join(", ")}.`);
}

/** Whether two names are the same up to one letter that is missing, added, changed or swapped. */
function isSimilar(a: string, b: string): boolean {
  if (a === b) return true;
  if (Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 3) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - start - end <= (a.length === b.length ? 2 : 1);
}
