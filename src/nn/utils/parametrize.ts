/** @file The namespace `nn.utils.parametrize`: tensors of a module that are computed from others by modules. */
import { noGrad } from "../../autograd/grad-mode.ts";
import { optional, required, signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import { aBoolean, aFunction, aString, type Kind, nullable } from "../../core/kinds.ts";
import { isThenable } from "../../core/realm.ts";
import { bracketed } from "../../core/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { ModuleDict, ModuleList } from "../container.ts";
import type { AnyModule } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { takeOut } from "./replaced-parameter.ts";
import { aModule } from "./weight-norm.ts";

/** A module that computes a tensor from another one, or from several. */
export interface Parametrization extends AnyModule {
  /** The tensor from what it is stored as. */
  forward(...originals: Tensor[]): Tensor;
  /** What a tensor that is assigned is stored as: the tensor, or several. */
  rightInverse?(value: Tensor): Tensor | readonly Tensor[];
}

const OPTIONS = { unsafe: optional(aBoolean, false) };
const SIGNATURES = {
  registerParametrization: signature("registerParametrization", {
    module: required(aModule),
    tensorName: required(aString),
    parametrization: required(aModule as Kind<Parametrization>),
    ...OPTIONS,
  }),
  removeParametrizations: signature("removeParametrizations", {
    module: required(aModule),
    tensorName: required(aString),
    leaveParametrized: optional(aBoolean, true),
  }),
  isParametrized: signature("isParametrized", {
    module: required(aModule),
    tensorName: optional(nullable(aString), null),
  }),
  cached: signature("cached", { fn: required(aFunction as Kind<() => unknown>) }),
};

/** Computed tensors while {@link cached} runs, by list of parametrizations. */
const cache = new Map<ParametrizationList, Tensor>();
let cachedDepth = 0;

/**
 * The parametrizations of one tensor, and what it is stored as: the parameter `original`, or several, `original0`,
 * `original1` and so on. Made by {@link registerParametrization}.
 *
 * @example
 * const list = new nn.utils.parametrize.ParametrizationList([new nn.ReLU()], new nn.Parameter(tensor([-1, 2])));
 * list.value().detach(); // tensor([0., 2.])
 */
export class ParametrizationList extends ModuleList<Parametrization> {
  private readonly unsafe: boolean;
  /** Names of what the tensor is stored as. */
  private readonly originals: string[] = [];

  constructor(modules: readonly Parametrization[], original: Tensor, unsafe = false) {
    super(modules);
    this.unsafe = unsafe;
    const stored = this.storedForm(original);
    const list = stored instanceof Tensor ? [stored] : stored;
    for (const [i, t] of list.entries()) {
      const name = stored instanceof Tensor ? "original" : `original${i}`;
      this.originals.push(name);
      if (original instanceof Parameter) {
        // One that is stored as it is stays the same object, which optimizers hold.
        if (stored instanceof Tensor && t === original) this.registerParameter(name, original);
        else if (stored instanceof Tensor) {
          noGrad(() => original.moveTo(t.detach().clone()));
          this.registerParameter(name, original);
        } else this.registerParameter(name, new Parameter(t.detach(), original.requiresGrad));
      } else this.registerBuffer(name, t);
    }
    if (!unsafe) this.check(original);
  }

  /** What a tensor is stored as. */
  private storedForm(value: Tensor): Tensor | readonly Tensor[] {
    return noGrad(() => {
      let stored: Tensor | readonly Tensor[] = value;
      for (const module of [...this].reverse()) {
        if (module.rightInverse === undefined) continue;
        if (!(stored instanceof Tensor)) {
          throw new ValueError("[registerParametrization] only the first parametrization may store several tensors");
        }
        stored = module.rightInverse(stored);
      }
      return stored;
    });
  }

  private check(original: Tensor): void {
    const computed = this.value();
    for (const [what, got, wanted] of [
      ["dtype", computed.dtype, original.dtype],
      ["shape", bracketed(computed.shape), bracketed(original.shape)],
    ] as const) {
      if (got === wanted) continue;
      throw new ValueError(
        `[registerParametrization] Registering a parametrization may not change the ${what} of the tensor, unless \`unsafe\` flag is enabled: it is ${wanted}, but the parametrized one ${got}`,
      );
    }
  }

  /** What the tensor is stored as. */
  stored(): Tensor[] {
    return this.originals.map((name) => Reflect.get(this, name) as Tensor);
  }
  /** The tensor, computed by all parametrizations in turn; kept while {@link cached} runs. */
  value(): Tensor {
    const kept = cachedDepth > 0 ? cache.get(this) : undefined;
    if (kept !== undefined) return kept;
    let [result, ...more] = this.stored() as [Tensor, ...Tensor[]];
    for (const [i, module] of [...this].entries()) {
      result = i === 0 ? module.forward(result, ...more) : module.forward(result);
    }
    if (cachedDepth > 0) cache.set(this, result);
    return result;
  }
  /** The tensor. */
  override forward(): Tensor {
    return this.value();
  }
  /**
   * Stores a tensor, through the inverses of the parametrizations.
   *
   * @throws ValueError for a parametrization without `rightInverse`.
   */
  store(value: Tensor): void {
    for (const module of this) {
      if (module.rightInverse !== undefined) continue;
      throw new ValueError(
        `[parametrize] ${module.constructor.name} does not implement rightInverse, which an assignment needs`,
      );
    }
    const stored = this.storedForm(value);
    const list = stored instanceof Tensor ? [stored] : stored;
    noGrad(() => {
      for (const [i, t] of list.entries()) (this.stored()[i] as Tensor).copy_(t);
    });
  }
  /** Adds a parametrization, whose inverse the stored tensor goes through. */
  add(module: Parametrization): void {
    const before = noGrad(() => this.value().detach().clone());
    const [original] = this.stored();
    if (module.rightInverse !== undefined && original !== undefined) {
      const inverse = noGrad(() => module.rightInverse?.(before));
      if (!(inverse instanceof Tensor)) {
        throw new ValueError("[registerParametrization] only the first parametrization may store several tensors");
      }
      if (this.originals.length === 1 && [...this].every((each) => each.rightInverse !== undefined))
        this.store(inverse);
    }
    this.append(module);
    if (!this.unsafe) this.check(before);
  }
}

/** Dynamic classes of parametrized modules, by the class that the module had. */
interface Parametrized {
  readonly parametrizations: ModuleDict<ParametrizationList>;
}

/** The parametrizations of a module by the name of the tensor, or null. */
function parametrizationsOf(module: AnyModule): ModuleDict<ParametrizationList> | null {
  if (!Object.hasOwn(module, "parametrizations")) return null;
  const found: unknown = (module as unknown as Parametrized).parametrizations;
  return found instanceof ModuleDict ? (found as ModuleDict<ParametrizationList>) : null;
}

/** Gives the module a class of its own, on which properties can stand, with the name that PyTorch gives it. */
function injectClass(module: AnyModule): void {
  const before = Object.getPrototypeOf(module) as object;
  const Before = module.constructor as abstract new () => object;
  const named = { [`Parametrized${Before.name}`]: class extends Before {} };
  const [Class] = Object.values(named) as [new () => object];
  const own = Object.create(before) as object;
  Object.defineProperty(own, "constructor", { value: Class, configurable: true });
  Object.setPrototypeOf(module, own);
}

/** Makes a property of the module's own class compute and store the tensor. */
function injectProperty(module: AnyModule, name: string): void {
  const own = Object.getPrototypeOf(module) as object;
  Object.defineProperty(own, name, {
    configurable: true,
    get(this: AnyModule): Tensor | undefined {
      return parametrizationsOf(this)?.get(name).value();
    },
    set(this: AnyModule, value: Tensor) {
      parametrizationsOf(this)?.get(name).store(value);
    },
  });
}

/**
 * Computes a tensor of a module by another module whenever it is read: `layer.weight` is `parametrization.forward(original)`.
 * Further parametrizations are applied to the result. With `rightInverse`, it can be assigned. State dictionaries have
 * `parametrizations.weight.original`.
 *
 * @param tensorName - Name of a parameter or buffer.
 * @param options.unsafe - If true, dtype and shape may change. Default false.
 * @returns the module.
 * @throws ValueError for a name that is no parameter or buffer, or a parametrization that changes dtype or shape.
 * @example
 * class Symmetric extends nn.Module {
 *   forward(x: Tensor): Tensor {
 *     return x.triu().add(x.triu(1).t());
 *   }
 * }
 * const layer = nn.utils.parametrize.registerParametrization(new nn.Linear(3, 3), "weight", new Symmetric());
 * layer.weight.equal(layer.weight.t()); // true
 * Object.keys(layer.stateDict()); // [ 'bias', 'parametrizations.weight.original' ]
 */
export function registerParametrization<M extends AnyModule>(
  module: M,
  tensorName: string,
  parametrization: AnyModule,
  options?: { readonly unsafe?: boolean | undefined },
): M;
export function registerParametrization(...given: readonly unknown[]): AnyModule {
  const op = "registerParametrization";
  const { module, tensorName, parametrization, unsafe } = SIGNATURES.registerParametrization.read(given);
  parametrization.train(module.training);
  const known = parametrizationsOf(module);
  if (known?.has(tensorName) === true) {
    known.get(tensorName).add(parametrization);
    return module;
  }
  const original = [...module.namedParameters({ recurse: false }), ...module.namedBuffers({ recurse: false })].find(
    ([, t]) => t === Reflect.get(module, tensorName),
  );
  if (original === undefined) {
    throw new ValueError(
      `[${op}] Module '${module.constructor.name}' does not have a parameter, a buffer, nor a parametrized element with name '${tensorName}'`,
    );
  }
  const list = new ParametrizationList([parametrization], original[1], unsafe);
  list.train(module.training);
  takeOut(module, tensorName);
  if (known === null) {
    injectClass(module);
    module.addModule("parametrizations", new ModuleDict<ParametrizationList>({ [tensorName]: list }));
  } else known.set(tensorName, list);
  injectProperty(module, tensorName);
  return module;
}

/**
 * Takes the parametrizations of a tensor away.
 *
 * @param leaveParametrized - If true, the tensor keeps its computed value, else what it was stored as. Default true.
 * @returns the module.
 * @throws ValueError for a tensor without parametrizations, or one that is stored as several and would not keep its
 * value.
 * @example
 * const layer = nn.utils.parametrize.registerParametrization(new nn.Linear(2, 2), "weight", new nn.ReLU());
 * nn.utils.parametrize.removeParametrizations(layer, "weight");
 * Object.keys(layer.stateDict()); // [ 'bias', 'weight' ]
 */
export function removeParametrizations<M extends AnyModule>(
  module: M,
  tensorName: string,
  leaveParametrized?: boolean,
): M;
export function removeParametrizations<M extends AnyModule>(
  module: M,
  tensorName: string,
  options?: { readonly leaveParametrized?: boolean | undefined },
): M;
export function removeParametrizations(...given: readonly unknown[]): AnyModule {
  const op = "removeParametrizations";
  const { module, tensorName, leaveParametrized } = SIGNATURES.removeParametrizations.read(given);
  const all = parametrizationsOf(module);
  if (all === null || !all.has(tensorName)) {
    throw new ValueError(`[${op}] Module ${module.constructor.name} does not have a parametrization on ${tensorName}`);
  }
  const list = all.get(tensorName);
  const [original, ...others] = list.stored() as [Tensor, ...Tensor[]];
  if (others.length > 0 && !leaveParametrized) {
    throw new ValueError(
      `[${op}] Cannot leave unparametrized (leave_parametrized=False) a tensor that is parametrized in terms of a sequence of tensors.`,
    );
  }
  const value = leaveParametrized ? noGrad(() => list.value().detach().clone()) : null;
  all.pop(tensorName);
  Reflect.deleteProperty(Object.getPrototypeOf(module) as object, tensorName);
  if (all.length === 0) {
    takeOut(module, "parametrizations");
    Object.setPrototypeOf(module, Object.getPrototypeOf(Object.getPrototypeOf(module)) as object);
  }
  if (original instanceof Parameter) {
    const kept = others.length === 0 && (value === null || String(value.shape) === String(original.shape));
    if (kept && value !== null) original.moveTo(value);
    module.registerParameter(tensorName, kept ? original : new Parameter(value ?? original, original.requiresGrad));
  } else module.registerBuffer(tensorName, value ?? original);
  return module;
}

/**
 * Whether a module has parametrizations, or those of one tensor.
 *
 * @example
 * nn.utils.parametrize.isParametrized(new nn.Linear(2, 3)); // false
 */
export function isParametrized(module: AnyModule, tensorName?: string | null): boolean;
export function isParametrized(...given: readonly unknown[]): boolean {
  const { module, tensorName } = SIGNATURES.isParametrized.read(given);
  const all = parametrizationsOf(module);
  if (all === null) return false;
  return tensorName === null ? all.length > 0 : all.has(tensorName);
}

/**
 * Runs `fn`, sync or async, with parametrized tensors computed once, when they are first read: PyTorch's
 * `with parametrize.cached()`.
 *
 * @returns the result of `fn`.
 * @example
 * const layer = nn.utils.parametrize.registerParametrization(new nn.Linear(2, 2), "weight", new nn.ReLU());
 * nn.utils.parametrize.cached(() => layer.weight === layer.weight); // true
 */
export function cached<T>(fn: () => T): T;
export function cached(...given: readonly unknown[]): unknown {
  const { fn } = SIGNATURES.cached.read(given);
  const leave = (): void => {
    cachedDepth--;
    if (cachedDepth === 0) cache.clear();
  };
  cachedDepth++;
  let result: unknown;
  try {
    result = fn();
  } catch (error) {
    leave();
    throw error;
  }
  if (!isThenable(result)) {
    leave();
    return result;
  }
  return Promise.resolve(result).finally(leave);
}
