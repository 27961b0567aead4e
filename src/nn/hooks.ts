/** @file Hooks of modules: before and after `forward`, and in the backward pass. */
import { CustomFunction } from "../autograd/function.ts";
import { isGradEnabled } from "../autograd/grad-mode.ts";
import { ValueError } from "../core/errors.ts";
import { isThenable } from "../core/realm.ts";
import { Tensor } from "../tensor/tensor.ts";
import { noteCall } from "./called-modules.ts";

/** The handle of a registered hook. */
export interface RemovableHandle {
  /** Removes the hook. */
  remove(): void;
}

type Grads = readonly (Tensor | null)[];

/**
 * Called with the module and the arguments of `forward`. An array that it returns replaces them, anything else but
 * undefined the first.
 */
export type ForwardPreHook<M> = (module: M, inputs: readonly unknown[]) => unknown;
/**
 * Called with the module, the arguments and the output of `forward`. What it returns, unless undefined, replaces the
 * output.
 */
export type ForwardHook<M, Out> = (module: M, inputs: readonly unknown[], output: Out) => unknown;
/**
 * Called with the module and the gradients with respect to the inputs and the outputs of `forward`, null where there is
 * none. Gradients that it returns replace those of the inputs.
 */
export type BackwardHook<M> = (module: M, gradInputs: Grads, gradOutputs: Grads) => unknown;

type Forward = (...inputs: readonly unknown[]) => unknown;

/** One registration of a hook, so that one registered twice can be removed once. */
interface Registration<H> {
  readonly hook: H;
}

/** The hooks of one module. While it has any, its `forward` is replaced by one that calls them. */
export class ModuleHooks {
  readonly #module: object;
  readonly #own: PropertyDescriptor | undefined;
  readonly #pre: Registration<ForwardPreHook<never>>[] = [];
  readonly #post: Registration<ForwardHook<never, never>>[] = [];
  readonly #backward: Registration<BackwardHook<never>>[] = [];
  /** Changes with every hook that is added or removed. */
  version = 0;

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
    for (const { hook } of this.#pre) copy.addPre(hook);
    for (const { hook } of this.#post) copy.addPost(hook);
    for (const { hook } of this.#backward) copy.addBackward(hook);
    return copy;
  }

  /** The hooks before `forward`, each with its handle. */
  listPre(): (readonly [hook: ForwardPreHook<never>, handle: RemovableHandle])[] {
    return this.#pre.map((entry) => [entry.hook, this.#handle(this.#pre, entry)]);
  }

  #add<H>(list: Registration<H>[], hook: H): RemovableHandle {
    if (typeof hook !== "function") throw new ValueError(`[Module] a hook must be a function, but got ${typeof hook}`);
    if (this.#isEmpty()) this.#attach();
    const entry = { hook };
    list.push(entry);
    this.version++;
    return this.#handle(list, entry);
  }
  #handle<H>(list: Registration<H>[], entry: Registration<H>): RemovableHandle {
    return {
      remove: () => {
        const index = list.indexOf(entry);
        if (index < 0) return;
        list.splice(index, 1);
        this.version++;
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
    noteCall(this.#module);
    const module = this.#module as never;
    let inputs = given;
    for (const { hook } of [...this.#pre]) {
      const changed = checkNotPromise(hook(module, inputs));
      if (changed !== undefined) inputs = Array.isArray(changed) ? changed : [changed];
    }
    const backward =
      this.#backward.length > 0 && isGradEnabled() ? new BackwardHookPass(module, hooksIn(this.#backward)) : null;
    const passed = backward === null ? inputs : backward.inputs(inputs);
    let output = forward(...passed);
    for (const { hook } of [...this.#post]) {
      const changed = hook(module, passed, output as never);
      // A forward that is async has a promise as its result, and a hook may give another.
      output = (isThenable(output) ? changed : checkNotPromise(changed)) ?? output;
    }
    return backward === null ? output : backward.outputs(output);
  }
}

function hooksIn<H>(list: readonly Registration<H>[]): H[] {
  return list.map(({ hook }) => hook);
}

/** Records a node before and one after a call of `forward`, whose backward calls the hooks. */
class BackwardHookPass {
  readonly #module: never;
  readonly #hooks: readonly BackwardHook<never>[];
  #count = 0;
  #inputIndices: readonly number[] = [];
  #gradOutputs: Grads = [];

  constructor(module: never, hooks: readonly BackwardHook<never>[]) {
    this.#module = module;
    this.#hooks = hooks;
  }

  inputs(list: readonly unknown[]): readonly unknown[] {
    this.#count = list.length;
    this.#inputIndices = indicesOfTensors(list);
    return passThroughNode(list, this.#inputIndices, (grads) => {
      const all = scatterGrads(grads, this.#inputIndices, this.#count);
      const changed = this.#call(all);
      return this.#inputIndices.map((i) => changed[i] ?? null);
    });
  }

  outputs(output: unknown): unknown {
    const list: readonly unknown[] = Array.isArray(output) ? output : [output];
    const indices = indicesOfTensors(list);
    const result = passThroughNode(list, indices, (grads) => {
      this.#gradOutputs = scatterGrads(grads, indices, list.length);
      if (this.#inputIndices.length === 0) this.#call(new Array<null>(this.#count).fill(null));
      return grads;
    });
    return Array.isArray(output) ? result : result[0];
  }

  #call(gradInputs: Grads): Grads {
    let current = gradInputs;
    for (const hook of this.#hooks) {
      const changed = checkNotPromise(hook(this.#module, current, this.#gradOutputs));
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

/** The result of a hook, which must not be a promise: hooks are not awaited. */
function checkNotPromise(returned: unknown): unknown {
  if (!isThenable(returned)) return returned;
  throw new ValueError(
    "[Module] a hook returned a promise, but hooks are not awaited. Use a function that is not async.",
  );
}

/** Indices of the tensors that require gradients. */
function indicesOfTensors(list: readonly unknown[]): number[] {
  return list.flatMap((value, i) => (value instanceof Tensor && value.requiresGrad ? [i] : []));
}

/** A list of `count` gradients with those given at `indices`, and null elsewhere. */
function scatterGrads(grads: Grads, indices: readonly number[], count: number): (Tensor | null)[] {
  const all = new Array<Tensor | null>(count).fill(null);
  for (const [k, i] of indices.entries()) all[i] = grads[k] ?? null;
  return all;
}

/** The list with the tensors at `indices` passed through one tape node, whose gradients `onGrads` sees all at once. */
function passThroughNode(
  list: readonly unknown[],
  indices: readonly number[],
  onGrads: (grads: Grads) => Grads,
): unknown[] {
  const result = [...list];
  if (indices.length === 0) return result;
  class BackwardHookFunction extends CustomFunction {
    static forward(_ctx: unknown, ...tensors: Tensor[]): Tensor[] {
      return tensors;
    }
    static backward(_ctx: unknown, ...grads: Tensor[]): (Tensor | null)[] {
      return [...onGrads(grads)];
    }
  }
  const through = BackwardHookFunction.apply(...indices.map((i) => list[i] as Tensor));
  for (const [k, i] of indices.entries()) result[i] = through[k];
  return result;
}
