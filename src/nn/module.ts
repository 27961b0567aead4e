/** @file Module: what holds parameters and other modules, and computes with them. */
import { dropGrad, peekGrad } from "../autograd/tape-state.ts";
import { optional, required, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { foreignKind, MODULE, refuseForeign } from "../core/foreign.ts";
import { COPY } from "../core/identity.ts";
import { aBoolean, aFunction, aString, type Kind, kind, worded } from "../core/kinds.ts";
import { companionsOf } from "../tensor/companions.ts";
import type { Target } from "../tensor/functions/convert.ts";
import { Tensor } from "../tensor/tensor.ts";
import { converter } from "./convert.ts";
import { Copier, duplicate } from "./deep-copy.ts";
import { formatModule } from "./format.ts";
import {
  type BackwardHook,
  type ForwardHook,
  type ForwardPreHook,
  ModuleHooks,
  type RemovableHandle,
} from "./hooks.ts";
import { Parameter } from "./parameter.ts";
import { type IncompatibleKeys, loadInto, type StateDict } from "./state-dict.ts";

/** Any module, whatever its `forward` returns. */
export type AnyModule = Module<unknown>;

const MEMBERS_OF = { prefix: optional(aString, ""), recurse: optional(aBoolean, true) };

const SIGNATURES = {
  namedModules: signature("namedModules", { prefix: MEMBERS_OF.prefix }),
  registerBuffer: signature("registerBuffer", {
    name: required(aString),
    // What it must be depends on the name, which the message has.
    tensor: required(kind<Tensor | null>("a Tensor or null", () => true)),
    persistent: optional(aBoolean, true),
  }),
  train: signature("train", {
    mode: optional(
      worded(aBoolean, () => "training mode is expected to be boolean"),
      true,
    ),
  }),
  requiresGrad_: signature("requiresGrad_", { requiresGrad: optional(aBoolean, true) }),
  zeroGrad: signature("zeroGrad", { setToNone: optional(aBoolean, true) }),
  apply: signature("apply", { fn: required(aFunction as Kind<(module: AnyModule) => void>) }),
  loadStateDict: signature("loadStateDict", { strict: optional(aBoolean, true) }),
};

/** What one module itself holds, under PyTorch's names, in order of declaration. */
interface Own {
  readonly parameters: (readonly [key: string, value: Parameter])[];
  readonly buffers: (readonly [key: string, value: Tensor, field: string])[];
  readonly children: (readonly [key: string, value: AnyModule | null])[];
}

// Symbols, as they work through a Proxy too, which private names do not.
const BUFFERS = Symbol("buffers");
const MEMBERS = Symbol("members");
const HOOKS = Symbol("hooks");
const OWN = Symbol("own");
const NAMED = Symbol("named");
const CHECK_FIELD = Symbol("checkField");
const CHECK_NAME = Symbol("checkName");
const STATE = Symbol("state");
const REPLACE = Symbol("replace");

const join = (prefix: string, key: string): string => (prefix === "" ? key : `${prefix}.${key}`);

/**
 * Base of all layers and networks. Fields that hold a {@link Parameter} or another module belong to it, in the order
 * they are declared in; they are looked at whenever somebody asks, so they may also be set, replaced or shared later.
 * JavaScript's private fields (`#name`) cannot be seen from here: use TypeScript's `private` for parts that learn.
 *
 * `Out` is what `forward` returns, which may take any arguments.
 *
 * @example
 * class Net extends nn.Module {
 *   fc1 = new nn.Linear(2, 3);
 *   fc2 = new nn.Linear(3, 1);
 *   forward(x: Tensor): Tensor {
 *     return this.fc2.forward(this.fc1.forward(x).relu());
 *   }
 * }
 */
export abstract class Module<Out = Tensor> {
  /** Whether layers that behave differently in training, such as dropout, do so. Set by {@link train}, {@link eval}. */
  training = true;
  /** Fields that hold buffers, and whether state dictionaries contain them. */
  private readonly [BUFFERS] = new Map<string, boolean>();
  /** Fields that were seen to hold a parameter or a child. They must go on to do so, or be null. */
  private readonly [MEMBERS] = new Map<string, "parameter" | "child">();
  private [HOOKS]: ModuleHooks | null = null;

  static {
    Object.defineProperty(Module.prototype, MODULE, { value: COPY });
    // Anything but "Object": libraries that wrap plain objects in a Proxy, as Vue does, leave modules alone.
    Object.defineProperty(Module.prototype, Symbol.toStringTag, { value: "Module" });
  }

  /** Computes the result. Every module has its own. */
  abstract forward(...inputs: unknown[]): Out;

  // --- What it holds ----------------------------------------------------------------------------------------------

  /** All parameters, each once. `recurse` false: only the module's own. */
  parameters(recurse?: boolean | Omit<MemberOptions, "prefix">): Parameter[] {
    return this[NAMED]("parameters", (own) => own.parameters, "", recurse).map(([, parameter]) => parameter);
  }
  /** All parameters with their names, as `fc1.weight`, each once. */
  namedParameters(prefix?: string | MemberOptions, recurse?: boolean): [name: string, parameter: Parameter][] {
    return this[NAMED]("namedParameters", (own) => own.parameters, prefix, recurse);
  }
  /** All buffers, each once. */
  buffers(recurse?: boolean | Omit<MemberOptions, "prefix">): Tensor[] {
    return this[NAMED]("buffers", (own) => own.buffers, "", recurse).map(([, buffer]) => buffer);
  }
  /** All buffers with their names, each once. */
  namedBuffers(prefix?: string | MemberOptions, recurse?: boolean): [name: string, buffer: Tensor][] {
    return this[NAMED]("namedBuffers", (own) => own.buffers, prefix, recurse);
  }
  /** The modules directly in this one, each once. */
  children(): AnyModule[] {
    return this.namedChildren().map(([, child]) => child);
  }
  /** The modules directly in this one with their names, each once. */
  namedChildren(): [name: string, child: AnyModule][] {
    const seen = new Map<AnyModule, string>();
    for (const [key, child] of this[OWN]().children) if (child !== null && !seen.has(child)) seen.set(child, key);
    return Array.from(seen, ([child, key]) => [key, child]);
  }
  /** This module and all below it, each once, parents before children. */
  modules(): AnyModule[] {
    return this.namedModules().map(([, module]) => module);
  }
  /** {@link modules} with their names; that of this module is the prefix. */
  namedModules(prefix?: string): [name: string, module: AnyModule][];
  namedModules(...given: readonly unknown[]): [name: string, module: AnyModule][] {
    const { prefix } = SIGNATURES.namedModules.read(given);
    const seen = new Map<AnyModule, string>();
    const visit = (module: AnyModule, name: string): void => {
      if (seen.has(module)) return;
      seen.set(module, name);
      for (const [key, child] of module[OWN]().children) if (child !== null) visit(child, join(name, key));
    };
    visit(this, prefix);
    return Array.from(seen, ([module, name]) => [name, module]);
  }

  /** Fields and their values in order of declaration. Containers, which keep their modules elsewhere, add those. */
  protected fields(): Iterable<readonly [field: string, value: unknown]> {
    return Object.entries(this);
  }
  /** PyTorch's name of a field. Layers override it for what is one camelCase word here and has underscores there. */
  protected keyOf(field: string): string {
    return field;
  }

  private [OWN](): Own {
    const own: Own = { parameters: [], buffers: [], children: [] };
    const members = this[MEMBERS];
    const gone = new Set(members.keys());
    for (const [field, value] of this.fields()) {
      gone.delete(field);
      const key = this.keyOf(field);
      const known = members.get(field);
      if (value instanceof Parameter) {
        if (known !== "parameter") members.set(field, "parameter");
        this[BUFFERS].delete(field);
        own.parameters.push([key, value]);
      } else if (value instanceof Module && known !== "parameter") {
        if (known !== "child") members.set(field, "child");
        this[BUFFERS].delete(field);
        own.children.push([key, value]);
      } else if (known === "child" && value === null) {
        own.children.push([key, value]);
      } else if (value instanceof Tensor && this[BUFFERS].has(field)) {
        own.buffers.push([key, value, field]);
      } else {
        this[CHECK_FIELD](field, value);
      }
    }
    // A field that was deleted is free for anything.
    for (const field of gone) members.delete(field);
    return own;
  }

  /**
   * Notes which fields hold members from now on: the `parameters`, which may be null, and what is found. Constructors
   * of layers do so; for other modules the first listing does.
   */
  protected noteMembers(...parameters: readonly string[]): void {
    for (const field of parameters) this[MEMBERS].set(field, "parameter");
    this[OWN]();
  }
  /**
   * Throws a ValueError if a field no longer holds the parameter, child or buffer that belongs there, as after
   * `layer.weight = plainTensor`. Every listing of members does so; layers also call it in `forward`.
   */
  protected checkMembers(): void {
    for (const [field, kind] of this[MEMBERS]) {
      const value: unknown = Reflect.get(this, field);
      if (value === undefined || value === null) continue;
      if (!(value instanceof (kind === "parameter" ? Parameter : Module))) this[CHECK_FIELD](field, value);
    }
    for (const [field] of this[BUFFERS]) {
      const value: unknown = Reflect.get(this, field);
      if (value !== undefined && value !== null && !(value instanceof Tensor)) this[CHECK_FIELD](field, value);
    }
  }
  /** Throws if a field's value, which is no member of the module, stands where a member was. */
  private [CHECK_FIELD](field: string, value: unknown): void {
    if (value === undefined || value === null) return;
    const kind = this[MEMBERS].get(field) ?? (this[BUFFERS].has(field) ? "buffer" : undefined);
    const foreign = foreignKind(value);
    // A tensor that is neither parameter nor buffer is the class's own business.
    if (foreign === "Module" || foreign === "Parameter" || (foreign !== null && kind !== undefined)) {
      refuseForeign(this.constructor.name, `field '${field}'`, value);
    }
    if (kind === "parameter" || kind === "child" || kind === "buffer") throw misfit(this, field, kind, value);
  }

  private [NAMED]<T extends Tensor>(
    what: string,
    membersOf: (own: Own) => readonly (readonly [key: string, value: T, field?: string])[],
    ...given: readonly unknown[]
  ): [name: string, member: T][] {
    const { prefix, recurse } = signature(what, MEMBERS_OF).read(given);
    const seen = new Map<T, string>();
    for (const [name, module] of recurse ? this.namedModules(prefix) : [[prefix, this] as const]) {
      for (const [key, member] of membersOf(module[OWN]())) if (!seen.has(member)) seen.set(member, join(name, key));
    }
    return Array.from(seen, ([member, name]) => [name, member]);
  }

  /**
   * Makes a field a buffer: a tensor that belongs to the module's state but is not learned. It may be replaced by
   * assigning to the field.
   *
   * @param persistent - Whether state dictionaries contain it. Default true.
   * @returns the tensor, so that a field can be declared as `mean = this.registerBuffer("mean", zeros(3))`.
   * @throws ValueError for a name that is taken or cannot be part of a state dictionary's keys.
   */
  registerBuffer<T extends Tensor | null>(name: string, tensor: T, persistent?: boolean): T;
  registerBuffer<T extends Tensor | null>(
    name: string,
    tensor: T,
    options?: { readonly persistent?: boolean | undefined },
  ): T;
  registerBuffer(...given: readonly unknown[]): Tensor | null {
    const { name, tensor, persistent } = SIGNATURES.registerBuffer.read(given);
    this[CHECK_NAME]("buffer", name, this[BUFFERS].has(name));
    if (tensor !== null && !(tensor instanceof Tensor)) {
      refuseForeign("registerBuffer", `buffer '${name}'`, tensor);
      throw new ValueError(
        `[registerBuffer] cannot assign '${typeof tensor}' object to buffer '${name}' (Tensor or null required)`,
      );
    }
    this[BUFFERS].set(name, persistent);
    Reflect.set(this, name, tensor);
    return tensor;
  }

  /**
   * Sets a field to a module, for names that are only known at run time. A null child appears in the printed form.
   *
   * @throws ValueError for a name that is taken or cannot be part of a state dictionary's keys.
   */
  addModule(name: string, module: AnyModule | null): void {
    this[CHECK_NAME]("module", name, this[MEMBERS].get(name) === "child");
    checkModule("addModule", module);
    this[MEMBERS].set(name, "child");
    Reflect.set(this, name, module);
  }

  /**
   * Sets a field to a parameter, for names that are only known at run time. A null parameter has its place kept: only a
   * parameter may be assigned to the field later.
   *
   * @throws ValueError for a name that is taken or cannot be part of a state dictionary's keys.
   */
  registerParameter(name: string, parameter: Parameter | null): void {
    this[CHECK_NAME]("parameter", name, this[MEMBERS].get(name) === "parameter");
    if (parameter !== null && !(parameter instanceof Parameter)) throw misfit(this, name, "parameter", parameter);
    this[MEMBERS].set(name, "parameter");
    Reflect.set(this, name, parameter);
  }

  private [CHECK_NAME](what: string, name: string, known: boolean): void {
    if (name === "") throw new ValueError(`[Module] ${what} name can't be empty string ""`);
    if (name.includes(".")) throw new ValueError(`[Module] ${what} name can't contain ".", got: ${name}`);
    if (!known && Reflect.get(this, name) !== undefined) {
      throw new ValueError(`[Module] attribute '${name}' already exists`);
    }
  }

  // --- Modes and gradients ----------------------------------------------------------------------------------------

  /** Sets {@link training} here and in all modules below. */
  train(mode?: boolean): this;
  train(...given: readonly unknown[]): this {
    const { mode } = SIGNATURES.train.read(given);
    for (const module of this.modules()) module.training = mode;
    return this;
  }
  /** The same as `train(false)`. */
  eval(): this {
    return this.train(false);
  }
  /** Sets `requiresGrad` of all parameters: false freezes them. */
  requiresGrad_(requiresGrad?: boolean): this;
  requiresGrad_(...given: readonly unknown[]): this {
    const { requiresGrad } = SIGNATURES.requiresGrad_.read(given);
    for (const parameter of this.parameters()) parameter.requiresGrad_(requiresGrad);
    return this;
  }
  /** Forgets the gradients of all parameters; with `setToNone` false they become zeros. */
  zeroGrad(setToNone?: boolean): void;
  zeroGrad(options?: { readonly setToNone?: boolean | undefined }): void;
  zeroGrad(...given: readonly unknown[]): void {
    const options = SIGNATURES.zeroGrad.read(given);
    for (const parameter of this.parameters()) {
      if (options.setToNone) dropGrad(parameter);
      else parameter.grad = peekGrad(parameter)?.detach().zero_() ?? null;
    }
  }
  /** Calls `fn` with every module below this one, then with this one: children before parents. */
  apply(fn: (module: AnyModule) => void): this;
  apply(...given: readonly unknown[]): this {
    const { fn } = SIGNATURES.apply.read(given);
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  // --- Hooks ------------------------------------------------------------------------------------------------------

  /** Calls `hook` before every `forward`. What it returns replaces the arguments: an array all, else the first. */
  registerForwardPreHook(hook: ForwardPreHook<this>): RemovableHandle {
    this[HOOKS] ??= new ModuleHooks(this);
    return this[HOOKS].addPre(hook);
  }
  /** Calls `hook` after every `forward`. What it returns, unless undefined, replaces the result. */
  registerForwardHook(hook: ForwardHook<this, Out>): RemovableHandle {
    this[HOOKS] ??= new ModuleHooks(this);
    return this[HOOKS].addPost(hook);
  }
  /**
   * Calls `hook` in backward, when the gradients for the tensors among the arguments of `forward` are known. Gradients
   * that it returns replace them.
   */
  registerFullBackwardHook(hook: BackwardHook<this>): RemovableHandle {
    this[HOOKS] ??= new ModuleHooks(this);
    return this[HOOKS].addBackward(hook);
  }

  // --- State ------------------------------------------------------------------------------------------------------

  /**
   * Parameters and persistent buffers under their names, as `fc1.weight`; a shared one under each of its names. The
   * tensors share memory with the module: clone them to keep a state.
   */
  stateDict(): StateDict {
    return Object.fromEntries(this[STATE]("").map(([name, member]) => [name, member.detach()]));
  }
  /**
   * Copies the values of a state dictionary into the parameters and buffers.
   *
   * @param strict - Whether the names must be exactly those of this module. Default true.
   * @returns the names that were missing, and those that nothing here has.
   * @throws ValueError that lists everything that does not fit; nothing has changed then.
   */
  loadStateDict(state: StateDict, strict?: boolean): IncompatibleKeys;
  loadStateDict(state: StateDict, options?: { readonly strict?: boolean | undefined }): IncompatibleKeys;
  loadStateDict(state: StateDict, ...given: readonly unknown[]): IncompatibleKeys {
    const options = SIGNATURES.loadStateDict.read(given);
    return loadInto(this.constructor.name, this[STATE](""), state, options.strict);
  }
  private [STATE](prefix: string): [name: string, member: Tensor][] {
    const { parameters, buffers, children } = this[OWN]();
    const persistent = buffers.filter(([, , field]) => this[BUFFERS].get(field));
    return [
      ...[...parameters, ...persistent].map(([key, member]): [string, Tensor] => [join(prefix, key), member]),
      ...children.flatMap(([key, child]) => (child === null ? [] : child[STATE](join(prefix, key)))),
    ];
  }

  /**
   * Moves parameters, their gradients and buffers to a device, or into a floating dtype (integer buffers keep theirs).
   * Parameters stay the same objects; what optimizers remember of them follows in the next step.
   *
   * @throws DTypeError for a dtype that is not a floating one; DeviceError for a device that is not there.
   */
  to(target: Target): this {
    return this[REPLACE](converter(target));
  }
  /**
   * Moves everything to the CPU, as `to("cpu")` does, also from a device that has to be waited for. What optimizers
   * remember of the parameters comes along.
   *
   * @example await model.cpu();
   */
  async cpu(): Promise<this> {
    const parameters = this.parameters();
    const states = parameters.flatMap((parameter) => companionsOf(parameter));
    const members = [...parameters, ...this.buffers(), ...states.flatMap((state) => Object.values(state).flat())];
    const tensors = members.flatMap((t) => (t instanceof Tensor ? [t, peekGrad(t)] : [])).filter((t) => t !== null);
    const copies = new Map<unknown, Tensor>();
    for (const t of tensors) if (t.device !== "cpu") copies.set(t, await t.detach().cpu());
    this[REPLACE]((t) => (t.device === "cpu" ? t : (copies.get(t) ?? t.to("cpu"))));
    const moved = (value: unknown): unknown => copies.get(value) ?? value;
    for (const state of states) {
      for (const [name, value] of Object.entries(state)) {
        Reflect.set(state, name, Array.isArray(value) ? value.map(moved) : moved(value));
      }
    }
    return this;
  }
  private [REPLACE](moved: (t: Tensor) => Tensor): this {
    // Everything is converted before anything is changed, so that an error leaves the module as it was.
    const changes: (() => void)[] = [];
    for (const parameter of this.parameters()) {
      const value = moved(parameter);
      if (value === parameter) continue;
      const old = peekGrad(parameter);
      const grad = old && moved(old);
      changes.push(() => {
        dropGrad(parameter);
        parameter.moveTo(value);
        parameter.grad = grad;
      });
    }
    for (const module of this.modules()) {
      for (const [, buffer, field] of module[OWN]().buffers) {
        const value = moved(buffer);
        changes.push(() => Reflect.set(module, field, value));
      }
    }
    for (const change of changes) change();
    return this;
  }
  /** The same as `to("float32")`. */
  float(): this {
    return this.to("float32");
  }
  /** The same as `to("float64")`. */
  double(): this {
    return this.to("float64");
  }

  // --- Copies -----------------------------------------------------------------------------------------------------

  /**
   * An independent copy with the same numbers, as Python's `copy.deepcopy` makes one: of this module, all below it, and
   * the arrays, maps and plain objects in their fields. What two places share here, they share there. Hooks come along;
   * gradients of parameters do not. No constructor runs, and no random numbers are drawn.
   *
   * A class of your own with JavaScript's private fields (`#name`), which nobody else can copy, overrides this.
   *
   * @throws GraphError for a field with a tensor that a recorded operation made.
   */
  clone(): this {
    return new Copier().copy(this);
  }
  /** A module of this class with nothing in it but what the class that knows {@link blank} last sets up. */
  protected blank(): this {
    return Reflect.construct(Module, [], this.constructor) as this;
  }
  /** Makes the twin. For the copier. */
  [duplicate](copier: Copier): this {
    const twin = this.blank();
    copier.note(this, twin);
    for (const [name, persistent] of this[BUFFERS]) twin[BUFFERS].set(name, persistent);
    for (const [name, kind] of this[MEMBERS]) twin[MEMBERS].set(name, kind);
    for (const [field, value] of Object.entries(this)) {
      Object.defineProperty(twin, field, {
        value: copier.copy(value),
        configurable: true,
        enumerable: true,
        writable: true,
      });
    }
    twin[HOOKS] = this[HOOKS]?.copyFor(twin) ?? null;
    return twin;
  }

  // --- Printing ---------------------------------------------------------------------------------------------------

  /** What stands in the brackets of the printed form, as `in_features=2, out_features=3, bias=True`. */
  extraRepr(): string {
    return "";
  }
  /** PyTorch's text: the class, its arguments and its children. */
  toString(): string {
    const children = this[OWN]().children.map(
      ([key, child]) => [key, child === null ? "None" : String(child)] as const,
    );
    return formatModule(this.constructor.name, this.extraRepr(), children);
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
  /** For `JSON.stringify`: the {@link stateDict}, whose tensors become nested arrays. */
  toJSON(): StateDict {
    return this.stateDict();
  }
}

/** PyTorch's words for a module that cannot compute. */
export function missingForward(module: AnyModule): ValueError {
  const { name } = module.constructor;
  return new ValueError(`[${name}] Module [${name}] is missing the required "forward" function`);
}

// What JavaScript finds in a class without a `forward`; TypeScript does not let one pass.
Object.defineProperty(Module.prototype, "forward", {
  configurable: true,
  writable: true,
  value(this: AnyModule): never {
    throw missingForward(this);
  },
});

const ADVICE = {
  parameter: ["Parameter", "Assign new nn.Parameter(…), or change its numbers in place: noGrad(() => p.copy_(…))."],
  child: ["Module", "Assign a module, or null to take it out."],
  buffer: ["Tensor", "Wrap data with tensor(…)."],
} as const;

/** PyTorch's words for a field that holds what does not belong there. */
function misfit(module: AnyModule, field: string, kind: keyof typeof ADVICE, value: unknown): ValueError {
  const what = value instanceof Tensor ? "Tensor" : value instanceof Module ? value.constructor.name : typeof value;
  const place = kind === "child" ? "child module" : kind;
  const [expected, advice] = ADVICE[kind];
  return new ValueError(
    `[${module.constructor.name}] cannot assign '${what}' as ${place} '${field}' (${expected} or null expected). ${advice}`,
  );
}

/** Which members to list: under which prefix, and whether those of the modules below too (default). */
export interface MemberOptions {
  readonly prefix?: string | undefined;
  readonly recurse?: boolean | undefined;
}

/** Throws unless `value` is a module or null. */
export function checkModule(op: string, value: unknown): void {
  if (value === null || value instanceof Module) return;
  refuseForeign(op, "a module", value);
  const what = typeof value === "function" && value.name !== "" ? value.name : typeof value;
  throw new ValueError(`[${op}] ${what} is not a Module subclass. Pass an object, as new nn.ReLU().`);
}
