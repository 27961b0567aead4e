/** @file Arguments as users give them: in PyTorch's order, or by name in a trailing object. */
import { ValueError } from "../core/errors.ts";
import type { Tensor } from "./tensor.ts";

type TensorNames = { readonly [Name in Exclude<keyof Tensor, "toString">]?: never };

/** An object with none of a tensor's names. An interface, as the compiler prints its name and not its 170 members. */
interface NoTensor extends TensorNames {}

/**
 * A tensor, null, or options by name in its place. In a plain union the compiler would take every name that tensors have,
 * such as `dtype`, for one of the options.
 */
export type TensorOr<O extends object> = Tensor | null | (O & Omit<NoTensor, keyof O>);

/**
 * The values of `given`, and those of `defaults` for what it leaves out or undefined.
 *
 * @throws ValueError for a name that `defaults` lacks: a misspelt one, or one of PyTorch's that does not exist here.
 */
export function withDefaults<D extends object>(op: string, defaults: D, given: object): D {
  if (!isNamed(given)) {
    throw new ValueError(
      `[${op}] expected options by name, as { ${Object.keys(defaults)[0]}: … }, but got ${String(given)}`,
    );
  }
  const merged = { ...defaults } as Record<string, unknown>;
  const values = given as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    if (!(name in merged)) throw unknownOption(op, name, Object.keys(defaults));
    if (values[name] !== undefined) merged[name] = values[name];
  }
  return merged as D;
}

/**
 * Arguments in the order of the keys of `defaults`, any of them by name in an object that comes last.
 *
 * @throws ValueError for a name that `defaults` lacks.
 */
export function readArguments<D extends object>(
  op: string,
  defaults: Readonly<D>,
  given: readonly unknown[],
): Readonly<D> {
  let count = given.length;
  while (count > 0 && given[count - 1] === undefined) count--;
  // Layers come by here in every step, mostly with nothing: no copy for them.
  if (count === 0) return defaults;
  const last = given[count - 1];
  const named = isNamed(last);
  const positions = named ? count - 1 : count;
  if (positions === 0) return withDefaults(op, defaults, last as object);
  const names = Object.keys(defaults);
  const all: Record<string, unknown> = {};
  for (let i = 0; i < positions; i++) all[names[i] ?? String(i)] = given[i];
  return withDefaults(op, defaults, named ? Object.assign(all, last) : all);
}

/** Whether a value is an object of options rather than an argument: a tensor, a module or a list. */
function isNamed(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !("storage" in value || "forward" in value);
}

function unknownOption(op: string, name: string, known: readonly string[]): ValueError {
  const camelCase = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const hint = known.includes(camelCase) ? `It is called "${camelCase}" here.` : `Expected ${known.join(", ")}.`;
  return new ValueError(`[${op}] unknown option "${name}". ${hint}`);
}
