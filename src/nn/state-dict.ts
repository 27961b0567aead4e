/** @file State dictionaries of modules, loaded completely or not at all. */
import { sameShape } from "../../kernels/layout.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { ValueError } from "../core/errors.ts";
import { refuseForeign } from "../core/foreign.ts";
import { bracketed } from "../core/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { isUninitialized } from "./parameter.ts";

/** State dictionary: tensors under their names, such as `fc1.weight`. */
export type StateDict = Record<string, Tensor>;

/** The names in which a state dictionary and a module differ. */
export interface IncompatibleKeys {
  /** Names of the module that the dictionary lacks. */
  readonly missingKeys: string[];
  /** Names of the dictionary that the module lacks. */
  readonly unexpectedKeys: string[];
}

/**
 * Copies the tensors of `state` into those of `members` with the same names.
 *
 * @throws ValueError in PyTorch's wording, with a line for every mismatch; nothing has been copied then.
 */
export function loadInto(
  className: string,
  members: readonly (readonly [name: string, member: Tensor])[],
  state: StateDict,
  strict: boolean,
): IncompatibleKeys {
  if (typeof state !== "object" || state === null || Array.isArray(state) || state instanceof Tensor) {
    throw new ValueError(
      `[loadStateDict] Expected state_dict to be dict-like, got ${Array.isArray(state) ? "an array" : typeof state}. Pass an object of tensors.`,
    );
  }
  for (const [name, value] of Object.entries(state)) refuseForeign("loadStateDict", `'${name}'`, value);
  const names = new Set(members.map(([name]) => name));
  const missingKeys = [...names].filter((name) => !Object.hasOwn(state, name));
  const unexpectedKeys = Object.keys(state).filter((name) => !names.has(name));
  const problems: string[] = [];
  if (strict && missingKeys.length > 0) problems.push(`Missing key(s) in state_dict: ${quoted(missingKeys)}. `);
  if (strict && unexpectedKeys.length > 0)
    problems.push(`Unexpected key(s) in state_dict: ${quoted(unexpectedKeys)}. `);
  for (const [name, member] of members) {
    const value: unknown = state[name];
    if (value === undefined && !Object.hasOwn(state, name)) continue;
    const problem = misfit(name, member, value);
    if (problem !== null) problems.push(problem);
  }
  if (problems.length > 0) {
    throw new ValueError(
      `[loadStateDict] Error(s) in loading state_dict for ${className}:\n\t${problems.join("\n\t")}`,
    );
  }
  noGrad(() => {
    const pairs = members.flatMap(([name, member]) => {
      const value = state[name];
      if (value === undefined || isUninitialized(value)) return [];
      return [[member, value.to({ device: member.device, dtype: member.dtype })] as const];
    });
    for (const [member, value] of pairs) {
      if (isUninitialized(member)) member.materialize(value.shape);
      member.copy_(value);
    }
  });
  return { missingKeys, unexpectedKeys };
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

function misfit(name: string, member: Tensor, value: unknown): string | null {
  if (!(value instanceof Tensor)) {
    return `While copying the parameter named "${name}", expected a Tensor from checkpoint but received ${value === null ? "null" : typeof value}`;
  }
  if (isUninitialized(member)) return null;
  if (sameShape(value.shape, member.shape)) return null;
  return (
    `size mismatch for ${name}: copying a param with shape torch.Size(${bracketed(value.shape)}) from checkpoint, ` +
    `the shape in current model is torch.Size(${bracketed(member.shape)}).`
  );
}
