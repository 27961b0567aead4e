/** @file Arguments as users give them: in PyTorch's order, or by name in a trailing object. */
import { ValueError } from "./errors.ts";

/**
 * The values of `given`, and those of `defaults` for what it leaves out or undefined.
 *
 * @throws ValueError for a name that `defaults` lacks: a misspelt one, or one of PyTorch's that does not exist here.
 */
export function withDefaults<D extends object>(op: string, defaults: D, given: object): D {
  if (!isNamed(given)) {
    throw new ValueError(`[${op}] expected options by name, as { ${Object.keys(defaults)[0]}: … }, but got ${given}`);
  }
  const merged = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name)) throw unknownOption(op, name, Object.keys(defaults));
    if (value !== undefined) Object.assign(merged, { [name]: value });
  }
  return merged;
}

/**
 * Arguments in the order of the keys of `defaults`, any of them by name in an object that comes last.
 *
 * @throws ValueError for a name that `defaults` lacks.
 */
export function readArguments<D extends object>(op: string, defaults: D, given: readonly unknown[]): D {
  const count = given.findLastIndex((value) => value !== undefined) + 1;
  const last = given[count - 1];
  const byName = isNamed(last) ? last : {};
  const byPosition = given.slice(0, isNamed(last) ? count - 1 : count);
  const names = Object.keys(defaults);
  return withDefaults(op, defaults, {
    ...Object.fromEntries(byPosition.map((value, i) => [names[i] ?? String(i), value])),
    ...byName,
  });
}

function isNamed(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("storage" in value);
}

function unknownOption(op: string, name: string, known: readonly string[]): ValueError {
  const camelCase = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const hint = known.includes(camelCase) ? `It is called "${camelCase}" here.` : `Expected ${known.join(", ")}.`;
  return new ValueError(`[${op}] unknown option "${name}". ${hint}`);
}
