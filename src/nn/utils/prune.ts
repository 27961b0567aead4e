/** @file The namespace `nn.utils.prune`: parameters multiplied by masks of zeros and ones. */
import { optional, required, signature } from "../../core/arguments.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { aNumber, anInteger, aString, aTensor, type Kind, kind, nullable } from "../../core/kinds.ts";
import { normalizeDim } from "../../core/shape.ts";
import { cat } from "../../tensor/functions/shape.ts";
import { rand, randLike } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { AnyModule } from "../module.ts";
import {
  parameterOf,
  putBack,
  type Replacement,
  replace,
  replacementsOf,
  takeOut,
  tensorOf,
} from "./replaced-parameter.ts";
import { aModule } from "./weight-norm.ts";

/** What a method prunes: single elements, whole slices, or elements of several parameters together. */
export type PruningType = "unstructured" | "structured" | "global";

/**
 * Base of the pruning methods. A method of your own defines {@link computeMask}.
 *
 * @example
 * class EveryOther extends nn.utils.prune.BasePruningMethod {
 *   readonly pruningType = "unstructured";
 *   computeMask(_t: Tensor, mask: Tensor): Tensor {
 *     return mask.mul(arange(mask.numel()).remainder(2).view(mask.shape));
 *   }
 * }
 * new EveryOther().prune(tensor([1, 2, 3, 4])); // tensor([0., 2., 0., 4.])
 */
export abstract class BasePruningMethod {
  /** What the method prunes. */
  abstract readonly pruningType: PruningType;

  /**
   * The mask of a tensor: zeros for what is pruned, and ones.
   *
   * @param t - The importance of the elements.
   * @param defaultMask - The mask of earlier prunings, all ones if there are none. What it prunes stays pruned.
   */
  abstract computeMask(t: Tensor, defaultMask: Tensor): Tensor;

  /** A pruned copy of a tensor, whose importance may be that of another one. */
  prune(t: Tensor, defaultMask: Tensor | null = null, importanceScores: Tensor | null = null): Tensor {
    return t.mul(this.computeMask(importanceScores ?? t, defaultMask ?? onesLike(t)));
  }

  /**
   * Prunes a parameter of a module: it becomes `weight_orig`, with the buffer `weight_mask`. The product of both takes its
   * place before every forward pass. A parameter that was pruned before loses more elements.
   */
  apply(module: AnyModule, name: string, importanceScores: Tensor | null = null): this {
    const op = this.constructor.name;
    const found = pruningOf(module, name);
    const original = found === null ? parameterOf(op, module, name) : tensorOf(module, `${name}_orig`);
    const scores = importanceScores ?? original.detach();
    if (importanceScores !== null) checkShape(op, importanceScores, original, "importance_scores");
    const before = found === null ? onesLike(original) : tensorOf(module, `${name}_mask`);
    // Methods after the first see only what is left.
    const mask = found === null ? this.computeMask(scores, before) : combinedMask(this, scores, before);
    checkShape(op, mask, original, "mask");
    if (found !== null) {
      Reflect.set(module, `${name}_mask`, mask);
      Reflect.set(module, name, found.compute(module));
      return this;
    }
    const parameter = parameterOf(op, module, name);
    takeOut(module, name);
    module.registerParameter(`${name}_orig`, parameter);
    module.registerBuffer(`${name}_mask`, mask);
    replace(module, new Pruned(name));
    return this;
  }
}

/** The product of a parameter and its mask. */
class Pruned implements Replacement {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
  compute(module: AnyModule): Tensor {
    return tensorOf(module, `${this.name}_orig`).mul(tensorOf(module, `${this.name}_mask`));
  }
}

function pruningOf(module: AnyModule, name: string): Pruned | null {
  for (const [each] of replacementsOf(module)) if (each instanceof Pruned && each.name === name) return each;
  return null;
}

function onesLike(t: Tensor): Tensor {
  return t.detach().newOnes(t.shape);
}

/** The mask after one more method, which sees only what the mask has left: elements, or slices with any left. */
function combinedMask(method: BasePruningMethod, scores: Tensor, mask: Tensor): Tensor {
  if (method.pruningType === "structured") return structuredRest(method, scores, mask);
  const left = mask.reshape(-1).nonzero().reshape(-1);
  const part = method.computeMask(scores.reshape(-1).indexSelect(0, left), mask.newOnes([left.numel()]));
  return mask.newZeros([mask.numel()]).scatter(0, left, part).view(mask.shape);
}

function structuredRest(method: BasePruningMethod, scores: Tensor, mask: Tensor): Tensor {
  const dim = normalizeDim("prune", method instanceof Structured ? method.dim : -1, scores.ndim);
  const others = mask.shape.map((_, d) => d).filter((d) => d !== dim);
  const left = others.length === 0 ? mask : mask.sum(others);
  const kept = left.nonzero().reshape(-1);
  const part = method.computeMask(scores.indexSelect(dim, kept), mask.indexSelect(dim, kept));
  return mask.newZeros(mask.shape).indexAdd(dim, kept, part);
}

function checkShape(op: string, given: Tensor, wanted: Tensor, what: string): void {
  if (String(given.shape) === String(wanted.shape)) return;
  throw new ShapeError(
    `[${op}] ${what} should have the shape of the parameter, [${wanted.shape.join(", ")}], but got [${given.shape.join(", ")}]`,
  );
}

/** A number of elements, or a fraction of them. */
const anAmount = kind<number>("a fraction between 0 and 1 or an integer of at least 0", (value) => {
  return typeof value === "number" && value >= 0 && (value <= 1 || Number.isInteger(value));
});

/**
 * Number of units to prune. JavaScript does not tell 1 from 1.0: an amount of 1 is one unit, as an integer is in PyTorch.
 */
function countOf(op: string, amount: number, size: number): number {
  const count = Number.isInteger(amount) ? amount : roundToEven(amount * size);
  if (count <= size) return count;
  throw new ValueError(`[${op}] amount=${amount} should be smaller than the number of parameters to prune=${size}`);
}

/** Python's `round`: halves go to the even number. */
function roundToEven(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}

/** `mask` with zeros at some places. */
function withZeros(mask: Tensor, places: Tensor): Tensor {
  return mask.reshape(-1).scatter(0, places, 0).view(mask.shape);
}

/** Base of the methods with an amount. */
abstract class Amount extends BasePruningMethod {
  /** Number of units to prune, or a fraction of them. */
  readonly amount: number;

  constructor(amount: number) {
    super();
    this.amount = signature(new.target.name, { amount: required(anAmount) }).read([amount]).amount;
  }
}

/**
 * Prunes nothing, and makes the mask.
 *
 * @example
 * new nn.utils.prune.Identity().prune(tensor([1, 2])); // tensor([1., 2.])
 */
export class Identity extends BasePruningMethod {
  readonly pruningType: PruningType = "unstructured";

  override computeMask(_t: Tensor, defaultMask: Tensor): Tensor {
    return defaultMask;
  }
}

/**
 * Prunes elements at random, with PyTorch's random numbers.
 *
 * @example
 * new nn.utils.prune.RandomUnstructured(0.5).prune(ones(4)).sum(); // tensor(2.)
 */
export class RandomUnstructured extends Amount {
  readonly pruningType: PruningType = "unstructured";

  override computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    const count = countOf("RandomUnstructured", this.amount, t.numel());
    if (count === 0) return defaultMask;
    return withZeros(defaultMask, randLike(t).reshape(-1).topk(count).indices);
  }
}

/**
 * Prunes the elements with the smallest absolute values.
 *
 * @example
 * new nn.utils.prune.L1Unstructured(1).prune(tensor([3, -1, 2])); // tensor([3., -0., 2.])
 */
export class L1Unstructured extends Amount {
  readonly pruningType: PruningType = "unstructured";

  override computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    const count = countOf("L1Unstructured", this.amount, t.numel());
    if (count === 0) return defaultMask;
    return withZeros(defaultMask, t.abs().reshape(-1).topk(count, { largest: false }).indices);
  }
}

/** Base of the methods that prune slices along a dimension. */
abstract class Structured extends Amount {
  readonly pruningType: PruningType = "structured";
  /** Dimension whose slices are pruned. */
  readonly dim: number;

  constructor(amount: number, dim: number) {
    super(amount);
    this.dim = dim;
  }
  /** The mask with only some slices left. */
  protected keep(t: Tensor, defaultMask: Tensor, kept: Tensor): Tensor {
    const dim = normalizeDim(this.constructor.name, this.dim, t.ndim);
    const shape = t.shape.map((size, d) => (d === dim ? size : 1));
    return kept.to(defaultMask.dtype).view(shape).mul(defaultMask);
  }
}

/**
 * Prunes slices along a dimension at random, with PyTorch's random numbers.
 *
 * @example
 * new nn.utils.prune.RandomStructured(1, 0).prune(ones(3, 2)).sum(); // tensor(4.)
 */
export class RandomStructured extends Structured {
  constructor(amount: number, dim = -1) {
    super(amount, dim);
  }
  override computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    const slices = t.size(this.dim);
    const count = countOf("RandomStructured", this.amount, slices);
    if (count === 0) return defaultMask;
    const chances = rand(slices);
    return this.keep(t, defaultMask, chances.gt(chances.kthvalue(count).values).to(t.device));
  }
}

/**
 * Prunes the slices along a dimension with the smallest norms.
 *
 * @example
 * new nn.utils.prune.LnStructured(1, 2, 0).prune(tensor([[1, 1], [2, 2]])); // tensor([[0., 0.], [2., 2.]])
 */
export class LnStructured extends Structured {
  /** Order of the norm. */
  readonly n: number;

  constructor(amount: number, n: number, dim = -1) {
    super(amount, dim);
    this.n = n;
  }
  override computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    const slices = t.size(this.dim);
    const count = countOf("LnStructured", this.amount, slices);
    if (count === 0) return defaultMask;
    const dim = normalizeDim("LnStructured", this.dim, t.ndim);
    const others = t.shape.map((_, d) => d).filter((d) => d !== dim);
    const norms = others.length === 0 ? t.abs() : t.norm(this.n, others);
    const kept = norms.topk(slices - count).indices;
    return this.keep(t, defaultMask, norms.newZeros([slices]).scatter(0, kept, 1));
  }
}

/**
 * Prunes by a mask that is given.
 *
 * @example
 * new nn.utils.prune.CustomFromMask(tensor([1, 0])).prune(tensor([5, 6])); // tensor([5., 0.])
 */
export class CustomFromMask extends BasePruningMethod {
  readonly pruningType: PruningType = "global";
  /** Zeros for what is pruned, and ones. */
  readonly mask: Tensor;

  constructor(mask: Tensor) {
    super();
    this.mask = mask;
  }
  override computeMask(_t: Tensor, defaultMask: Tensor): Tensor {
    return defaultMask.mul(this.mask.to(defaultMask.dtype));
  }
  override apply(module: AnyModule, name: string): this {
    const found = pruningOf(module, name);
    if (found === null) return super.apply(module, name);
    Reflect.set(module, `${name}_mask`, this.computeMask(this.mask, tensorOf(module, `${name}_mask`)));
    Reflect.set(module, name, found.compute(module));
    return this;
  }
}

const PLACE = { module: required(aModule), name: required(aString) };
const AMOUNT = { amount: required(anAmount) };
const SCORES = { importanceScores: optional(nullable(aTensor), null) };

const somePlaces: Kind<readonly ParameterPlace[]> = kind(
  "pairs [module, name]",
  (value) => Array.isArray(value) && value.length > 0 && value.every((place) => Array.isArray(place)),
);

const SIGNATURES = {
  identity: signature("identity", PLACE),
  randomUnstructured: signature("randomUnstructured", { ...PLACE, ...AMOUNT }),
  l1Unstructured: signature("l1Unstructured", { ...PLACE, ...AMOUNT, ...SCORES }),
  randomStructured: signature("randomStructured", { ...PLACE, ...AMOUNT, dim: required(anInteger) }),
  lnStructured: signature("lnStructured", {
    ...PLACE,
    ...AMOUNT,
    n: required(aNumber),
    dim: required(anInteger),
    ...SCORES,
  }),
  globalUnstructured: signature("globalUnstructured", {
    parameters: required(somePlaces),
    pruningMethod: required(kind<UnstructuredMethod>("a pruning method", (value) => typeof value === "function")),
    ...AMOUNT,
    importanceScores: optional(
      nullable(kind<ReadonlyMap<ParameterPlace, Tensor>>("a Map", (value) => value instanceof Map)),
      null,
    ),
  }),
  customFromMask: signature("customFromMask", { ...PLACE, mask: required(aTensor) }),
  remove: signature("remove", PLACE),
  isPruned: signature("isPruned", { module: required(aModule) }),
};

/**
 * Gives a parameter a mask of ones, without pruning.
 *
 * @returns the module.
 * @example
 * const layer = nn.utils.prune.identity(new nn.Linear(2, 3), "weight");
 * Object.keys(layer.stateDict()); // [ 'bias', 'weight_orig', 'weight_mask' ]
 */
export function identity<M extends AnyModule>(module: M, name: string): M;
export function identity(...given: readonly unknown[]): AnyModule {
  const { module, name } = SIGNATURES.identity.read(given);
  new Identity().apply(module, name);
  return module;
}

/** Options of the pruning functions. */
export interface PruneOptions {
  /** Importance of the elements, in place of their own values. Default null. */
  readonly importanceScores?: Tensor | null | undefined;
}

/**
 * Prunes elements of a parameter at random, with PyTorch's random numbers.
 *
 * @param amount - A number of elements, or a fraction of them; 1 is one element.
 * @returns the module.
 * @throws ValueError for a name that is no parameter, or an amount above the number of elements.
 * @example
 * const layer = nn.utils.prune.randomUnstructured(new nn.Linear(2, 4), "weight", 0.25);
 * layer.getBuffer("weight_mask").sum(); // tensor(6.)
 */
export function randomUnstructured<M extends AnyModule>(module: M, name: string, amount: number): M;
export function randomUnstructured(...given: readonly unknown[]): AnyModule {
  const { module, name, amount } = SIGNATURES.randomUnstructured.read(given);
  new RandomUnstructured(amount).apply(module, name);
  return module;
}

/**
 * Prunes the elements of a parameter with the smallest absolute values.
 *
 * @param amount - A number of elements, or a fraction of them; 1 is one element.
 * @returns the module.
 * @throws ValueError for a name that is no parameter, or an amount above the number of elements.
 * @example
 * const layer = nn.utils.prune.l1Unstructured(new nn.Linear(2, 4), "weight", 0.25);
 * layer.getBuffer("weight_mask").sum(); // tensor(6.)
 */
export function l1Unstructured<M extends AnyModule>(
  module: M,
  name: string,
  amount: number,
  importanceScores?: Tensor | null,
): M;
export function l1Unstructured<M extends AnyModule>(module: M, name: string, amount: number, options?: PruneOptions): M;
export function l1Unstructured(...given: readonly unknown[]): AnyModule {
  const { module, name, amount, importanceScores } = SIGNATURES.l1Unstructured.read(given);
  new L1Unstructured(amount).apply(module, name, importanceScores);
  return module;
}

/**
 * Prunes slices of a parameter along a dimension at random, with PyTorch's random numbers.
 *
 * @param amount - A number of slices, or a fraction of them; 1 is one slice.
 * @returns the module.
 * @example
 * const layer = nn.utils.prune.randomStructured(new nn.Linear(2, 4), "weight", { amount: 0.5, dim: 0 });
 * layer.getBuffer("weight_mask").sum(); // tensor(4.)
 */
export function randomStructured<M extends AnyModule>(module: M, name: string, amount: number, dim: number): M;
export function randomStructured<M extends AnyModule>(
  module: M,
  name: string,
  options: { readonly amount: number; readonly dim: number },
): M;
export function randomStructured(...given: readonly unknown[]): AnyModule {
  const { module, name, amount, dim } = SIGNATURES.randomStructured.read(given);
  new RandomStructured(amount, dim).apply(module, name);
  return module;
}

/**
 * Prunes the slices of a parameter along a dimension that have the smallest norms of order n.
 *
 * @param amount - A number of slices, or a fraction of them; 1 is one slice.
 * @returns the module.
 * @example
 * const layer = nn.utils.prune.lnStructured(new nn.Linear(2, 4), "weight", { amount: 0.5, n: 2, dim: 0 });
 * layer.getBuffer("weight_mask").sum(); // tensor(4.)
 */
export function lnStructured<M extends AnyModule>(
  module: M,
  name: string,
  amount: number,
  n: number,
  dim: number,
  importanceScores?: Tensor | null,
): M;
export function lnStructured<M extends AnyModule>(
  module: M,
  name: string,
  options: PruneOptions & { readonly amount: number; readonly n: number; readonly dim: number },
): M;
export function lnStructured(...given: readonly unknown[]): AnyModule {
  const { module, name, amount, n, dim, importanceScores } = SIGNATURES.lnStructured.read(given);
  new LnStructured(amount, n, dim).apply(module, name, importanceScores);
  return module;
}

/**
 * Prunes a parameter by a mask, on top of earlier prunings.
 *
 * @returns the module.
 * @example
 * const layer = nn.utils.prune.customFromMask(new nn.Linear(2, 1), "bias", tensor([0]));
 * layer.forward(zeros(1, 2)).detach(); // tensor([[0.]])
 */
export function customFromMask<M extends AnyModule>(module: M, name: string, mask: Tensor): M;
export function customFromMask(...given: readonly unknown[]): AnyModule {
  const { module, name, mask } = SIGNATURES.customFromMask.read(given);
  new CustomFromMask(mask).apply(module, name);
  return module;
}

/** A module and the name of one of its parameters. */
export type ParameterPlace = readonly [module: AnyModule, name: string];

/** A pruning method of single elements, for {@link globalUnstructured}. */
export type UnstructuredMethod = new (amount: number) => BasePruningMethod;

/** Options of {@link globalUnstructured}. */
export interface GlobalPruneOptions {
  /** Number of elements of all parameters, or a fraction of them. */
  readonly amount: number;
  /** Importance of the elements, for some parameters. Default null: their absolute values. */
  readonly importanceScores?: ReadonlyMap<ParameterPlace, Tensor> | null | undefined;
}

/**
 * Prunes several parameters together, as if they were one: some lose more than others.
 *
 * @param parameters - Pairs of a module and the name of a parameter.
 * @param pruningMethod - `L1Unstructured`, `RandomUnstructured`, or your own.
 * @throws ValueError for a method that prunes slices, or names that are no parameters.
 * @example
 * const [a, b] = [new nn.Linear(2, 4), new nn.Linear(4, 2)];
 * const { globalUnstructured, L1Unstructured } = nn.utils.prune;
 * globalUnstructured([[a, "weight"], [b, "weight"]], L1Unstructured, { amount: 0.5 });
 * a.getBuffer("weight_mask").sum().add(b.getBuffer("weight_mask").sum()); // tensor(8.)
 */
export function globalUnstructured(
  parameters: readonly ParameterPlace[],
  pruningMethod: UnstructuredMethod,
  options: GlobalPruneOptions,
): void;
export function globalUnstructured(
  options: {
    readonly parameters: readonly ParameterPlace[];
    readonly pruningMethod: UnstructuredMethod;
  } & GlobalPruneOptions,
): void;
export function globalUnstructured(...given: readonly unknown[]): void {
  const op = "globalUnstructured";
  const { parameters, pruningMethod, amount, importanceScores } = SIGNATURES.globalUnstructured.read(given);
  const method = new pruningMethod(amount);
  if (method.pruningType !== "unstructured") {
    throw new ValueError(
      `[${op}] Only "unstructured" PRUNING_TYPE is supported for the pruning method, but got "${method.pruningType}"`,
    );
  }
  const all = parameters.map((place) => {
    const [module, name] = place;
    const found = pruningOf(module, name);
    const original = found === null ? parameterOf(op, module, name) : tensorOf(module, `${name}_orig`);
    const scores = importanceScores?.get(place) ?? tensorOf(module, name).detach();
    return {
      module,
      name,
      shape: original.shape,
      scores: scores.reshape(-1),
      mask: (found === null ? onesLike(original) : tensorOf(module, `${name}_mask`)).reshape(-1),
    };
  });
  const mask = combinedMask(method, cat(all.map(({ scores }) => scores)), cat(all.map((each) => each.mask)));
  let start = 0;
  for (const { module, name, shape, scores } of all) {
    new CustomFromMask(mask.narrow(0, start, scores.numel()).reshape(shape)).apply(module, name);
    start += scores.numel();
  }
}

/**
 * Makes a pruning permanent: the parameter has its name again, and zeros where it was pruned.
 *
 * @returns the module.
 * @throws ValueError for a parameter that is not pruned.
 * @example
 * const layer = nn.utils.prune.l1Unstructured(new nn.Linear(2, 4), "weight", 0.25);
 * Object.keys(nn.utils.prune.remove(layer, "weight").stateDict()); // [ 'bias', 'weight' ]
 */
export function remove<M extends AnyModule>(module: M, name: string): M;
export function remove(...given: readonly unknown[]): AnyModule {
  const { module, name } = SIGNATURES.remove.read(given);
  for (const [replacement, end] of replacementsOf(module)) {
    if (!(replacement instanceof Pruned) || replacement.name !== name) continue;
    const original = parameterOf("remove", module, `${name}_orig`);
    const pruned = replacement.compute(module);
    end();
    takeOut(module, `${name}_orig`);
    takeOut(module, `${name}_mask`);
    putBack(module, name, pruned, original.requiresGrad);
    return module;
  }
  throw new ValueError(
    `[remove] Parameter '${name}' of module ${module.constructor.name} has to be pruned before pruning can be removed`,
  );
}

/**
 * Whether any parameter of a module or of those below it is pruned.
 *
 * @example
 * nn.utils.prune.isPruned(new nn.Linear(2, 3)); // false
 */
export function isPruned(module: AnyModule): boolean;
export function isPruned(...given: readonly unknown[]): boolean {
  const { module } = SIGNATURES.isPruned.read(given);
  return module.modules().some((each) => replacementsOf(each).some(([replacement]) => replacement instanceof Pruned));
}
