/** @file Parameters that are replaced by what is computed of others before every forward pass. */
import { ValueError } from "../../core/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { ForwardPreHook } from "../hooks.ts";
import { type AnyModule, forwardPreHooks } from "../module.ts";
import { Parameter } from "../parameter.ts";

/** What computes a tensor of a module, before every forward pass of it. */
export interface Replacement {
  /** The field of the module. */
  readonly name: string;
  /** The tensor for the next forward pass. */
  compute(module: AnyModule): Tensor;
}

/** Under this name a hook has its {@link Replacement}. */
const REPLACEMENT = Symbol("replacement");

type Hook = ForwardPreHook<AnyModule> & { readonly [REPLACEMENT]?: Replacement };

/** The parameter in a field. @throws ValueError if there is none. */
export function parameterOf(op: string, module: AnyModule, name: string): Parameter {
  const found: unknown = Reflect.get(module, name);
  if (found instanceof Parameter && Object.hasOwn(module, name)) return found;
  throw new ValueError(`[${op}] ${module.constructor.name} has no parameter '${name}'`);
}

/** The tensor in a field, which a {@link Replacement} has put there. */
export function tensorOf(module: AnyModule, name: string): Tensor {
  return Reflect.get(module, name) as Tensor;
}

/** Takes the parameter out of its field, which may hold anything from now on. */
export function takeOut(module: AnyModule, name: string): void {
  Reflect.deleteProperty(module, name);
  // A listing forgets members whose field is gone.
  module.parameters(false);
}

/** Puts a parameter into a field that held something else. */
export function putBack(module: AnyModule, name: string, value: Tensor, requiresGrad: boolean): void {
  Reflect.deleteProperty(module, name);
  module.registerParameter(name, new Parameter(value.detach(), requiresGrad));
}

/** Computes the tensor before every forward pass; until then it is `initial`, or computed now. */
export function replace(module: AnyModule, replacement: Replacement, initial?: Tensor): void {
  Reflect.set(module, replacement.name, initial ?? replacement.compute(module));
  const hook: Hook = (each) => {
    Reflect.set(each, replacement.name, replacement.compute(each));
  };
  module.registerForwardPreHook(Object.assign(hook, { [REPLACEMENT]: replacement }));
}

/** The replacements of a module, each with a function that ends it. */
export function replacementsOf(module: AnyModule): (readonly [replacement: Replacement, end: () => void])[] {
  return forwardPreHooks(module).flatMap(([hook, handle]) => {
    const found = (hook as Hook)[REPLACEMENT];
    return found === undefined ? [] : [[found, () => handle.remove()] as const];
  });
}
