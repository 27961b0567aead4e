/** @file Hooks on modules: users' functions that run before and after `forward`, and when its gradients are known. */
import { CustomFunction } from "../autograd/function.ts";
import { isGradEnabled } from "../autograd/grad-mode.ts";
import { ValueError } from "../core/errors.ts";
import { isThenable } from "../core/realm.ts";
import { Tensor } from "../tensor/tensor.ts";

/** What registering a hook returns. */
export interface RemovableHandle {
  /** Takes the hook away. */
  remove(): void;
}

type Grads = readonly (Tensor | null)[];

/** Gets the arguments of `forward`; an array that it returns replaces them, anything else replaces the first. */
export type ForwardPreHook<M> = (module: M, inputs: readonly unknown[]) => unknown;
/** Gets the arguments and the result of `forward`; what it returns, unless undefined, replaces the result. */
export type ForwardHook<M, Out> = (module: M, inputs: readonly unknown[], output: Out) => unknown;
/**
 * Gets the gradients for the arguments and for the results of `forward`, null where there is none; gradients that it
 * returns replace those for the arguments.
 */
export type BackwardHook<M> = (module: M, gradInputs: Grads, gradOutputs: Grads) => unknown;

type Forward = (...inputs: readonly unknown[]) => unknown;

/** The hooks of one module. While it has any, its `forward` is one that runs them. */
export class ModuleHooks {
  readonly #module: object;
  readonly #own: PropertyDescriptor | undefined;
  readonly #pre: ForwardPreHook<never>[] = [];
  readonly #post: ForwardHook<never, never>[] = [];
  readonly #backward: BackwardHook<never>[] = [];

  constructor(module: object) {
    this.#module = module;
    this.#own = Object.getOwnPropertyDescriptor(module, "forward");
  }

  addPre(hook: ForwardPreHook<never>): RemovableHandle {
    return this.#add(this.#pre, hook);
  }
  addPost(hook: ForwardHook<never, never>): RemovableHandle {
    return this.#add(this.#post, hook);
  }
  addBackward(hook: BackwardHook<never>): RemovableHandle {
    return this.#add(this.#backward, hook);
  }

  /** The same hooks for another module. */
  copyFor(module: object): ModuleHooks {
    const copy = new ModuleHooks(module);
    for (const hook of this.#pre) copy.addPre(hook);
    for (const hook of this.#post) copy.addPost(hook);
    for (const hook of this.#backward) copy.addBackward(hook);
    return copy;
  }

  #add<H extends Forward | ((...args: never[]) => unknown)>(list: H[], hook: H): RemovableHandle {
    if (typeof hook !== "function") throw new ValueError(`[Module] a hook must be a function, but got ${typeof hook}`);
    if (this.#isEmpty()) this.#attach();
    // Each registration is a function of its own, so that one registered twice can be removed once.
    const entry = ((...args: never[]) => hook(...args)) as H;
    list.push(entry);
    return {
      remove: () => {
        const at = list.indexOf(entry);
        if (at < 0) return;
        list.splice(at, 1);
        if (this.#isEmpty()) this.#detach();
      },
    };
  }
  #isEmpty(): boolean {
    return this.#pre.length + this.#post.length + this.#backward.length === 0;
  }
  #attach(): void {
    const plain = Reflect.get(this.#module, "forward") as Forward;
    Object.defineProperty(this.#module, "forward", {
      configurable: true,
      writable: true,
      enumerable: false,
      value: (...inputs: readonly unknown[]) => this.#run((...given) => plain.apply(this.#module, [...given]), inputs),
    });
  }
  #detach(): void {
    Reflect.deleteProperty(this.#module, "forward");
    if (this.#own !== undefined) Object.defineProperty(this.#module, "forward", this.#own);
  }

  #run(forward: Forward, given: readonly unknown[]): unknown {
    const module = this.#module as never;
    let inputs = given;
    for (const hook of [...this.#pre]) {
      const changed = answerOf(hook(module, inputs));
      if (changed !== undefined) inputs = Array.isArray(changed) ? changed : [changed];
    }
    const watch = this.#backward.length > 0 && isGradEnabled() ? new BackwardWatch(module, [...this.#backward]) : null;
    const watched = watch === null ? inputs : watch.inputs(inputs);
    let output = forward(...watched);
    for (const hook of [...this.#post]) {
      const changed = hook(module, watched, output as never);
      // A forward that is async has a promise as its result, and a hook may give another.
      output = (isThenable(output) ? changed : answerOf(changed)) ?? output;
    }
    return watch === null ? output : watch.outputs(output);
  }
}

/** Puts nodes on the tape before and after one call of `forward`, which catch the gradients. */
class BackwardWatch {
  readonly #module: never;
  readonly #hooks: readonly BackwardHook<never>[];
  #count = 0;
  #inputPlaces: readonly number[] = [];
  #gradOutputs: Grads = [];

  constructor(module: never, hooks: readonly BackwardHook<never>[]) {
    this.#module = module;
    this.#hooks = hooks;
  }

  inputs(list: readonly unknown[]): readonly unknown[] {
    this.#count = list.length;
    this.#inputPlaces = placesOf(list);
    return passed(list, this.#inputPlaces, (grads) => {
      const all = spread(grads, this.#inputPlaces, this.#count);
      const changed = this.#call(all);
      return this.#inputPlaces.map((i) => changed[i] ?? null);
    });
  }

  outputs(output: unknown): unknown {
    const list: readonly unknown[] = Array.isArray(output) ? output : [output];
    const places = placesOf(list);
    const result = passed(list, places, (grads) => {
      this.#gradOutputs = spread(grads, places, list.length);
      if (this.#inputPlaces.length === 0) this.#call(new Array<null>(this.#count).fill(null));
      return grads;
    });
    return Array.isArray(output) ? result : result[0];
  }

  #call(gradInputs: Grads): Grads {
    let current = gradInputs;
    for (const hook of this.#hooks) {
      const changed = answerOf(hook(this.#module, current, this.#gradOutputs));
      const list: unknown = changed instanceof Tensor ? [changed] : changed;
      if (!Array.isArray(list)) continue;
      if (list.length !== current.length) {
        throw new ValueError(
          `[Module] Backward hook returned an invalid number of grad_input, got ${list.length}, but expected ${current.length}`,
        );
      }
      current = list as Grads;
    }
    return current;
  }
}

/** What a hook returned. Nobody waits for it, and a promise is no result. */
function answerOf(returned: unknown): unknown {
  if (!isThenable(returned)) return returned;
  throw new ValueError(
    "[Module] a hook returned a promise, but hooks are not awaited. Use a function that is not async.",
  );
}

/** Where the tensors are that a gradient flows through. */
function placesOf(list: readonly unknown[]): number[] {
  return list.flatMap((value, i) => (value instanceof Tensor && value.requiresGrad ? [i] : []));
}

function spread(grads: Grads, places: readonly number[], count: number): (Tensor | null)[] {
  const all = new Array<Tensor | null>(count).fill(null);
  for (const [k, i] of places.entries()) all[i] = grads[k] ?? null;
  return all;
}

/** The list with the tensors at `places` passed through one node, whose gradients `onGrads` sees all at once. */
function passed(list: readonly unknown[], places: readonly number[], onGrads: (grads: Grads) => Grads): unknown[] {
  const result = [...list];
  if (places.length === 0) return result;
  class BackwardHookFunction extends CustomFunction {
    static forward(_ctx: unknown, ...tensors: Tensor[]): Tensor[] {
      return tensors;
    }
    static backward(_ctx: unknown, ...grads: Tensor[]): (Tensor | null)[] {
      return [...onGrads(grads)];
    }
  }
  const through = BackwardHookFunction.apply(...places.map((i) => list[i] as Tensor));
  for (const [k, i] of places.entries()) result[i] = through[k];
  return result;
}
