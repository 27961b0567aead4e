/** @file Module, the base class of layers and networks. */
import type { DType } from "../../kernels/backend.ts";
import { dropGrad, peekGrad } from "../autograd/tape-state.ts";
import { optional, required, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ValueError } from "../core/errors.ts";
import { foreignKind, MODULE, refuseForeign } from "../core/foreign.ts";
import { COPY } from "../core/identity.ts";
import { aBoolean, aDeviceChoice, aFunction, aString, type Kind, kind, worded } from "../core/kinds.ts";
import { companionsOf } from "../tensor/companions.ts";
import { empty, emptyLike } from "../tensor/create.ts";
import type { Target } from "../tensor/functions/convert.ts";
import { Tensor } from "../tensor/tensor.ts";
import { noteCall, noteClass } from "./called-modules.ts";
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
import { isUninitialized, Parameter, UninitializedBuffer, UninitializedParameter } from "./parameter.ts";
import { type IncompatibleKeys, loadInto, type StateDict } from "./state-dict.ts";

/** A module with any result of `forward`. */
export type AnyModule = Module<unknown>;

const LISTING = { prefix: optional(aString, ""), recurse: optional(aBoolean, true) };

/** The arguments of the methods. */
const SIGNATURES = {
  namedModules: signature("namedModules", { prefix: LISTING.prefix }),
  getSubmodule: signature("getSubmodule", { target: required(aString) }),
  getParameter: signature("getParameter", { target: required(aString) }),
  getBuffer: signature("getBuffer", { target: required(aString) }),
  toEmpty: signature("toEmpty", { device: required(aDeviceChoice) }),
  registerBuffer: signature("registerBuffer", {
    name: required(aString),
    // Checked in the method, whose message has the buffer's name.
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

/** A module's own members, under PyTorch's names, in order of declaration. */
interface OwnMembers {
  readonly parameters: (readonly [key: string, value: Parameter, field: string])[];
  readonly buffers: (readonly [key: string, value: Tensor, field: string])[];
  readonly children: (readonly [key: string, value: AnyModule | null])[];
}

// Symbols, as they work through a Proxy too, which private names do not.
const BUFFERS = Symbol("buffers");
const MEMBERS = Symbol("members");
const HOOKS = Symbol("hooks");
const LIST_HOOKS = Symbol("listHooks");
const OWN = Symbol("own");
const NAMED = Symbol("named");
const CHECK_FIELD = Symbol("checkField");
const CHECK_NAME = Symbol("checkName");
const STATE = Symbol("state");
const REPLACE = Symbol("replace");
const SLOTS = Symbol("slots");

const join = (prefix: string, key: string): string => (prefix === "" ? key : `${prefix}.${key}`);

/**
 * Base class of all layers and networks. Fields that hold a {@link Parameter} or a module are registered as its
 * members, in order of declaration; they are read on every listing, so they may be set, replaced or shared at any time.
 * JavaScript's private fields (`#name`) cannot be read from outside: use TypeScript's `private` for parameters and
 * modules.
 *
 * `Out` is the result of `forward`, which may take any arguments.
 *
 * @example
 * class Net extends nn.Module {
 *   fc1 = new nn.Linear(2, 3);
 *   fc2 = new nn.Linear(3, 1);
 *   forward(x: Tensor): Tensor {
 *     return this.fc2.forward(this.fc1.forward(x).relu());
 *   }
 * }
 * const net = new Net();
 * net.forward(ones(4, 2)).shape; // [4, 1]
 * net.namedParameters().map(([name]) => name).join(); // fc1.weight,fc1.bias,fc2.weight,fc2.bias
 */
export abstract class Module<Out = Tensor> {
  /**
   * Whether the module is in training mode, which affects layers such as dropout and batch normalization. Set by
   * {@link train} and {@link eval}.
   */
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

  constructor() {
    noteClass(new.target.prototype);
  }

  /** The forward pass, defined by every subclass. */
  abstract forward(...inputs: unknown[]): Out;

  // --- Members ------------------------------------------------------------------------------------------------------

  /**
   * All parameters, each once; with `recurse` false only those of this module itself.
   *
   * @example
   * const net = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU());
   * net.parameters().length; // 2
   */
  parameters(recurse?: boolean | Omit<MemberOptions, "prefix">): Parameter[] {
    return this[NAMED]("parameters", (own) => own.parameters, "", recurse).map(([, parameter]) => parameter);
  }
  /**
   * All parameters with their names, such as `fc1.weight`, each once.
   *
   * @example
   * const net = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU());
   * net.namedParameters().map(([name]) => name); // [ '0.weight', '0.bias' ]
   */
  namedParameters(prefix?: string | MemberOptions, recurse?: boolean): [name: string, parameter: Parameter][] {
    return this[NAMED]("namedParameters", (own) => own.parameters, prefix, recurse);
  }
  /**
   * All buffers, each once; with `recurse` false only those of this module itself.
   *
   * @example
   * new nn.BatchNorm1d(3).buffers().length; // 3
   */
  buffers(recurse?: boolean | Omit<MemberOptions, "prefix">): Tensor[] {
    return this[NAMED]("buffers", (own) => own.buffers, "", recurse).map(([, buffer]) => buffer);
  }
  /**
   * All buffers with their names, each once.
   *
   * @example
   * new nn.BatchNorm1d(3).namedBuffers().map(([name]) => name).join(); // running_mean,running_var,num_batches_tracked
   */
  namedBuffers(prefix?: string | MemberOptions, recurse?: boolean): [name: string, buffer: Tensor][] {
    return this[NAMED]("namedBuffers", (own) => own.buffers, prefix, recurse);
  }
  /**
   * The immediate children, each once.
   *
   * @example
   * const net = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU());
   * net.children().length; // 2
   */
  children(): AnyModule[] {
    return this.namedChildren().map(([, child]) => child);
  }
  /**
   * The immediate children with their names, each once.
   *
   * @example
   * const net = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU());
   * net.namedChildren().map(([name]) => name); // [ '0', '1' ]
   */
  namedChildren(): [name: string, child: AnyModule][] {
    const seen = new Map<AnyModule, string>();
    for (const [key, child] of this[OWN]().children) if (child !== null && !seen.has(child)) seen.set(child, key);
    return Array.from(seen, ([child, key]) => [key, child]);
  }
  /**
   * All modules of the network, each once: this one and its descendants, parents before children.
   *
   * @example
   * const net = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU());
   * net.modules().length; // 3
   */
  modules(): AnyModule[] {
    return this.namedModules().map(([, module]) => module);
  }
  /**
   * All modules of the network with their names, each once; the name of this one is the prefix.
   *
   * @example
   * const net = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU());
   * net.namedModules().map(([name]) => name); // [ '', '0', '1' ]
   */
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

  /**
   * The descendant of a name such as `"layers.0.attention"`; this module itself for an empty one.
   *
   * @throws ValueError for a name that no module has.
   *
   * @example
   * const net = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU());
   * String(net.getSubmodule("1")); // ReLU()
   */
  getSubmodule(target: string): AnyModule;
  getSubmodule(...given: readonly unknown[]): AnyModule {
    const { target } = SIGNATURES.getSubmodule.read(given);
    let found: AnyModule = this;
    for (const name of target === "" ? [] : target.split(".")) {
      const child = found[OWN]().children.find(([key]) => key === name);
      if (child === undefined) throw absent("getSubmodule", found, name, "an nn.Module");
      if (child[1] === null) throw new ValueError(`[getSubmodule] \`${name}\` is not an nn.Module`);
      found = child[1];
    }
    return found;
  }
  /**
   * The parameter of a name such as `"layers.0.weight"`.
   *
   * @throws ValueError for a name that no parameter has.
   *
   * @example
   * const net = new nn.Sequential(new nn.Linear(2, 3));
   * net.getParameter("0.weight").shape; // [3, 2]
   */
  getParameter(target: string): Parameter;
  getParameter(...given: readonly unknown[]): Parameter {
    const { target } = SIGNATURES.getParameter.read(given);
    const [path, name] = splitPath(target);
    const module = this.getSubmodule(path);
    const found = module[OWN]().parameters.find(([key]) => key === name);
    if (found === undefined) throw absent("getParameter", module, name, "an nn.Parameter");
    return found[1];
  }
  /**
   * The buffer of a name such as `"norm.running_mean"`.
   *
   * @throws ValueError for a name that no buffer has.
   *
   * @example
   * new nn.BatchNorm1d(3).getBuffer("running_mean"); // tensor([0., 0., 0.])
   */
  getBuffer(target: string): Tensor;
  getBuffer(...given: readonly unknown[]): Tensor {
    const { target } = SIGNATURES.getBuffer.read(given);
    const [path, name] = splitPath(target);
    const module = this.getSubmodule(path);
    const found = module[OWN]().buffers.find(([key]) => key === name);
    if (found === undefined) throw absent("getBuffer", module, name, "a buffer");
    return found[1];
  }

  /** Fields and their values in order of declaration. Containers add their items. */
  protected fields(): Iterable<readonly [field: string, value: unknown]> {
    noteCall(this);
    return Object.entries(this);
  }
  /** PyTorch's name of a field, for layers whose camelCase fields have underscores there. */
  protected keyOf(field: string): string {
    return field;
  }

  /** Puts another tensor in place of a parameter or buffer of {@link fields}. */
  protected assignField(field: string, value: Tensor): void {
    Reflect.set(this, field, value);
  }
  /** The parameters and buffers of this module itself, and how to put other tensors in their place. */
  private [SLOTS](prefix: string): MemberSlot[] {
    const { parameters, buffers } = this[OWN]();
    return [...parameters, ...buffers].map(([key, tensor, field]) => ({
      name: join(prefix, key),
      tensor,
      replace: (value) => this.assignField(field, value),
    }));
  }

  private [OWN](): OwnMembers {
    const own: OwnMembers = { parameters: [], buffers: [], children: [] };
    const members = this[MEMBERS];
    const removed = new Set(members.keys());
    for (const [field, value] of this.fields()) {
      removed.delete(field);
      const key = this.keyOf(field);
      const known = members.get(field);
      if (value instanceof Parameter) {
        if (known !== "parameter") members.set(field, "parameter");
        this[BUFFERS].delete(field);
        own.parameters.push([key, value, field]);
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
    // A deleted field may hold anything from now on.
    for (const field of removed) members.delete(field);
    return own;
  }

  /**
   * Registers fields as members: the given `parameters`, which may be null, and those found. Constructors of layers
   * call it; for other modules the first listing does so.
   */
  protected noteMembers(...parameters: readonly string[]): void {
    for (const field of parameters) this[MEMBERS].set(field, "parameter");
    this[OWN]();
  }
  /**
   * Throws a ValueError if a member's field holds something else, as after `layer.weight = plainTensor`. Every listing
   * of members does so; layers also call it in `forward`.
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
  /** Throws if a field that held a member now holds something else. */
  private [CHECK_FIELD](field: string, value: unknown): void {
    if (value === undefined || value === null) return;
    const kind = this[MEMBERS].get(field) ?? (this[BUFFERS].has(field) ? "buffer" : undefined);
    const foreign = foreignKind(value);
    // Other tensors are ordinary fields of the class.
    if (foreign === "Module" || foreign === "Parameter" || (foreign !== null && kind !== undefined)) {
      refuseForeign(this.constructor.name, `field '${field}'`, value);
    }
    if (kind === "parameter" || kind === "child" || kind === "buffer") throw misfit(this, field, kind, value);
  }

  private [NAMED]<T extends Tensor>(
    what: string,
    membersOf: (own: OwnMembers) => readonly (readonly [key: string, value: T, field?: string])[],
    ...given: readonly unknown[]
  ): [name: string, member: T][] {
    const { prefix, recurse } = signature(what, LISTING).read(given);
    const seen = new Map<T, string>();
    for (const [name, module] of recurse ? this.namedModules(prefix) : [[prefix, this] as const]) {
      for (const [key, member] of membersOf(module[OWN]())) if (!seen.has(member)) seen.set(member, join(name, key));
    }
    return Array.from(seen, ([member, name]) => [name, member]);
  }

  /**
   * Registers a field as a buffer: a tensor of the module's state that is not a parameter, such as a running mean. It
   * may be replaced by assigning to the field.
   *
   * @param persistent - Whether the buffer is part of state dictionaries. Default true.
   * @returns the tensor, so that the field can be declared with it.
   * @throws ValueError for a name that is taken, empty or contains a dot.
   *
   * @example
   * class Center extends nn.Module {
   *   mean = this.registerBuffer("mean", tensor([1, 2]));
   *   forward(x: Tensor): Tensor {
   *     return x.sub(this.mean);
   *   }
   * }
   * Object.keys(new Center().stateDict()); // [ 'mean' ]
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
   * Adds a child module under a name that is known only at run time. A null child appears in the printed form.
   *
   * @throws ValueError for a name that is taken, empty or contains a dot.
   *
   * @example
   * const net = new nn.Sequential();
   * net.addModule("extra", new nn.ReLU());
   * net.namedChildren().map(([name]) => name); // [ 'extra' ]
   */
  addModule(name: string, module: AnyModule | null): void {
    this[CHECK_NAME]("module", name, this[MEMBERS].get(name) === "child");
    checkModule("addModule", module);
    this[MEMBERS].set(name, "child");
    Reflect.set(this, name, module);
  }

  /** The same as {@link addModule}. */
  registerModule(name: string, module: AnyModule | null): void {
    this.addModule(name, module);
  }

  /**
   * Adds a parameter under a name that is known only at run time. A null parameter reserves the name: only a parameter
   * may be assigned to the field later.
   *
   * @throws ValueError for a name that is taken, empty or contains a dot.
   *
   * @example
   * const net = new nn.Sequential();
   * net.registerParameter("scale", new nn.Parameter(ones(1)));
   * net.parameters().length; // 1
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

  /**
   * Sets training mode, in this module and all its descendants.
   *
   * @example
   * new nn.Dropout().train(false).training; // false
   */
  train(mode?: boolean): this;
  train(...given: readonly unknown[]): this {
    const { mode } = SIGNATURES.train.read(given);
    for (const module of this.modules()) module.training = mode;
    return this;
  }
  /**
   * Sets evaluation mode: the same as `train(false)`.
   *
   * @example
   * new nn.Dropout(0.9).eval().forward(tensor([1, 2])); // tensor([1., 2.])
   */
  eval(): this {
    return this.train(false);
  }
  /**
   * Sets `requiresGrad` of all parameters; false freezes them.
   *
   * @example
   * new nn.Linear(2, 3).requiresGrad_(false).weight.requiresGrad; // false
   */
  requiresGrad_(requiresGrad?: boolean): this;
  requiresGrad_(...given: readonly unknown[]): this {
    const { requiresGrad } = SIGNATURES.requiresGrad_.read(given);
    for (const parameter of this.parameters()) parameter.requiresGrad_(requiresGrad);
    return this;
  }
  /**
   * Resets the gradients of all parameters to null, or to zeros with `setToNone: false`.
   *
   * @example
   * const layer = new nn.Linear(2, 3);
   * layer.forward(ones(2)).sum().backward();
   * layer.zeroGrad();
   * layer.weight.grad; // null
   */
  zeroGrad(setToNone?: boolean): void;
  zeroGrad(options?: { readonly setToNone?: boolean | undefined }): void;
  zeroGrad(...given: readonly unknown[]): void {
    const options = SIGNATURES.zeroGrad.read(given);
    for (const parameter of this.parameters()) {
      if (options.setToNone) dropGrad(parameter);
      else parameter.grad = peekGrad(parameter)?.detach().zero_() ?? null;
    }
  }
  /**
   * Calls `fn` with every descendant and this module, children before parents. Typically initializes parameters.
   *
   * @example
   * const net = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU());
   * net.apply((module) => {
   *   if (module instanceof nn.Linear) nn.init.ones_(module.weight);
   * });
   * net.parameters()[0]?.sum().itemSync(); // 6
   */
  apply(fn: (module: AnyModule) => void): this;
  apply(...given: readonly unknown[]): this {
    const { fn } = SIGNATURES.apply.read(given);
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  // --- Hooks ------------------------------------------------------------------------------------------------------

  /**
   * Registers a hook that is called before every `forward`. What it returns replaces the arguments: an array all of
   * them, anything else but undefined the first.
   *
   * @returns a handle that removes the hook.
   *
   * @example
   * const layer = new nn.Identity();
   * layer.registerForwardPreHook((_, [x]) => (x as Tensor).mul(2));
   * layer.forward(tensor([1, 2])); // tensor([2., 4.])
   */
  registerForwardPreHook(hook: ForwardPreHook<this>): RemovableHandle {
    this[HOOKS] ??= new ModuleHooks(this);
    return this[HOOKS].addPre(hook);
  }
  /**
   * Registers a hook that is called after every `forward`. What it returns, unless undefined, replaces the output.
   *
   * @returns a handle that removes the hook.
   *
   * @example
   * const layer = new nn.ReLU();
   * const handle = layer.registerForwardHook((_module, _inputs, output) => output.neg());
   * layer.forward(tensor([-1, 2])); // tensor([-0., -2.])
   * handle.remove();
   * layer.forward(tensor([-1, 2])); // tensor([0., 2.])
   */
  registerForwardHook(hook: ForwardHook<this, Out>): RemovableHandle {
    this[HOOKS] ??= new ModuleHooks(this);
    return this[HOOKS].addPost(hook);
  }
  /**
   * Registers a hook that is called in the backward pass, when the gradients with respect to the inputs of `forward`
   * are known. Gradients that it returns replace them.
   *
   * @returns a handle that removes the hook.
   *
   * @example
   * const layer = new nn.ReLU();
   * layer.registerFullBackwardHook((_, [gradInput]) => [gradInput?.mul(10) ?? null]);
   * const x = tensor([1, 2], { requiresGrad: true });
   * layer.forward(x).sum().backward();
   * x.grad; // tensor([10., 10.])
   */
  registerFullBackwardHook(hook: BackwardHook<this>): RemovableHandle {
    this[HOOKS] ??= new ModuleHooks(this);
    return this[HOOKS].addBackward(hook);
  }

  /** The same as {@link registerFullBackwardHook}: PyTorch's older name, whose gradients were those of the last operation. */
  registerBackwardHook(hook: BackwardHook<this>): RemovableHandle {
    return this.registerFullBackwardHook(hook);
  }

  /** The hooks before `forward`, for {@link forwardPreHooks}. */
  [LIST_HOOKS](): (readonly [hook: ForwardPreHook<never>, handle: RemovableHandle])[] {
    return this[HOOKS]?.listPre() ?? [];
  }

  // --- State ------------------------------------------------------------------------------------------------------

  /**
   * State dictionary: parameters and persistent buffers under their names, such as `fc1.weight`, a shared one under
   * each of its names. The tensors share memory with the module: clone them to keep a state.
   *
   * @example
   * Object.keys(new nn.Linear(2, 3).stateDict()); // [ 'weight', 'bias' ]
   */
  stateDict(): StateDict {
    const shared = (member: Tensor): Tensor => (isUninitialized(member) ? member : member.detach());
    return Object.fromEntries(this[STATE]("").map(([name, member]) => [name, shared(member)]));
  }
  /**
   * Copies parameters and buffers from a state dictionary.
   *
   * @param strict - Whether the names must match exactly. Default true.
   * @returns the missing and the unexpected names.
   * @throws ValueError that lists every mismatch; nothing has changed then.
   *
   * @example
   * const [a, b] = [new nn.Linear(2, 3), new nn.Linear(2, 3)];
   * a.loadStateDict(b.stateDict());
   * a.weight.equal(b.weight); // true
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
   * Moves parameters, their gradients and buffers to a device, or casts those of floating dtypes to another. Parameters
   * stay the same objects; the state of optimizers follows at their next step. Both at once: `to("cpu", "float64")`.
   *
   * @throws DTypeError for a dtype that is not a floating one; DeviceError for a device that is not available.
   *
   * @example
   * new nn.Linear(2, 3).to("float64").weight.dtype; // float64
   */
  to(target: Target): this;
  to(device: DeviceChoice, dtype: DType): this;
  to(target: Target, dtype?: DType): this {
    return this[REPLACE](converter(dtype === undefined ? target : { device: target as DeviceChoice, dtype }));
  }
  /**
   * Moves everything to the CPU, also from a device that must be awaited, with the state that optimizers keep for the
   * parameters.
   *
   * @example
   * const layer = new nn.Linear(2, 3);
   * (await layer.cpu()).weight.device; // cpu
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
  private [REPLACE](convert: (t: Tensor) => Tensor): this {
    // Everything is converted before anything is changed, so that an error leaves the module unchanged.
    const changes: (() => void)[] = [];
    for (const parameter of this.parameters()) {
      const value = parameter instanceof UninitializedParameter ? convert(withoutShape(parameter)) : convert(parameter);
      if (value === parameter) continue;
      const old = peekGrad(parameter);
      const grad = old && convert(old);
      changes.push(() => {
        dropGrad(parameter);
        parameter.moveTo(value);
        parameter.grad = grad;
      });
    }
    for (const module of this.modules()) {
      for (const [, buffer, field] of module[OWN]().buffers) {
        const value = buffer instanceof UninitializedBuffer ? movedBuffer(buffer, convert) : convert(buffer);
        changes.push(() => Reflect.set(module, field, value));
      }
    }
    for (const change of changes) change();
    return this;
  }
  /**
   * Moves parameters and buffers to a device without copying their numbers, which are undefined afterwards.
   *
   * @throws DeviceError for a device that is not available.
   *
   * @example
   * new nn.Linear(2, 3).toEmpty({ device: "cpu" }).weight.shape; // [3, 2]
   */
  toEmpty(device: DeviceChoice): this;
  toEmpty(options: { readonly device: DeviceChoice }): this;
  toEmpty(...given: readonly unknown[]): this {
    const { device } = SIGNATURES.toEmpty.read(given);
    return this[REPLACE]((t) => emptyLike(t, { device }));
  }
  /** Casts to float32: the same as `to("float32")`. */
  float(): this {
    return this.to("float32");
  }
  /** Casts to float64: the same as `to("float64")`. */
  double(): this {
    return this.to("float64");
  }

  // --- Copies -----------------------------------------------------------------------------------------------------

  /**
   * Deep copy, as Python's `copy.deepcopy`: of this module, its descendants, and the arrays, maps and plain objects in
   * their fields. What is shared stays shared within the copy. Hooks are copied, gradients of parameters are not. No
   * constructor runs, and no random numbers are drawn.
   *
   * A class with JavaScript's private fields (`#name`), which cannot be copied from outside, overrides this.
   *
   * @throws GraphError for a field with a tensor that a recorded operation made.
   *
   * @example
   * const layer = new nn.Linear(2, 3);
   * const copy = layer.clone();
   * copy.weight.equal(layer.weight); // true
   * copy.weight === layer.weight; // false
   */
  clone(): this {
    return new Copier().copy(this);
  }
  /** An instance of this class without a constructor call, initialized only by the base class that implements it. */
  protected blank(): this {
    return Reflect.construct(Module, [], this.constructor) as this;
  }
  /** Makes the copy of {@link clone}. */
  [duplicate](copier: Copier): this {
    const copy = this.blank();
    copier.note(this, copy);
    for (const [name, persistent] of this[BUFFERS]) copy[BUFFERS].set(name, persistent);
    for (const [name, kind] of this[MEMBERS]) copy[MEMBERS].set(name, kind);
    for (const [field, value] of Object.entries(this)) {
      Object.defineProperty(copy, field, {
        value: copier.copy(value),
        configurable: true,
        enumerable: true,
        writable: true,
      });
    }
    copy[HOOKS] = this[HOOKS]?.copyFor(copy) ?? null;
    return copy;
  }

  // --- Printing ---------------------------------------------------------------------------------------------------

  /** The arguments in the printed form, such as `in_features=2, out_features=3, bias=True`. */
  extraRepr(): string {
    return "";
  }
  /**
   * PyTorch's printed form: the class, its arguments and its children.
   *
   * @example
   * String(new nn.Linear(2, 3)); // Linear(in_features=2, out_features=3, bias=True)
   */
  toString(): string {
    const children = this[OWN]().children.map(
      ([key, child]) => [key, child === null ? "None" : String(child)] as const,
    );
    return formatModule(this.constructor.name, this.extraRepr(), children);
  }
  /** The printed form, for Node's `console.log`. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
  /** The {@link stateDict}, whose tensors become nested arrays, for `JSON.stringify`. */
  toJSON(): StateDict {
    return this.stateDict();
  }
}

/** A tensor without elements in place of one without a shape. */
function withoutShape(t: Tensor): Tensor {
  return empty(0, { device: t.device, dtype: t.dtype });
}

function movedBuffer(buffer: UninitializedBuffer, convert: (t: Tensor) => Tensor): UninitializedBuffer {
  const { device, dtype } = convert(withoutShape(buffer));
  return new UninitializedBuffer({ device, dtype });
}

/** The name of a module, and that of one of its members. */
function splitPath(target: string): [path: string, name: string] {
  const end = target.lastIndexOf(".");
  return [target.slice(0, Math.max(end, 0)), target.slice(end + 1)];
}

/** The error for a name that no member of a module has, in PyTorch's wording. */
function absent(op: string, module: AnyModule, name: string, what: string): ValueError {
  if (Reflect.has(module, name)) return new ValueError(`[${op}] \`${name}\` is not ${what}`);
  return new ValueError(`[${op}] ${module.constructor.name} has no attribute \`${name}\``);
}

/** A number that changes whenever a hook of a module is added or removed. */
export function hooksVersion(module: AnyModule): number {
  return module[HOOKS]?.version ?? 0;
}

/** The error of a module without a `forward`. */
export function missingForward(module: AnyModule): ValueError {
  const { name } = module.constructor;
  return new ValueError(`[${name}] Module [${name}] is missing the required "forward" function`);
}

// For JavaScript: TypeScript requires every class to have a `forward`.
Object.defineProperty(Module.prototype, "forward", {
  configurable: true,
  writable: true,
  value(this: AnyModule): never {
    throw missingForward(this);
  },
});

/** For each kind of member, the class expected and a hint. */
const ADVICE = {
  parameter: ["Parameter", "Assign new nn.Parameter(…), or change its numbers in place: noGrad(() => p.copy_(…))."],
  child: ["Module", "Assign a module, or null to take it out."],
  buffer: ["Tensor", "Wrap data with tensor(…)."],
} as const;

/** The error for a value of the wrong kind in a member's field, in PyTorch's wording. */
function misfit(module: AnyModule, field: string, kind: keyof typeof ADVICE, value: unknown): ValueError {
  const what = value instanceof Tensor ? "Tensor" : value instanceof Module ? value.constructor.name : typeof value;
  const place = kind === "child" ? "child module" : kind;
  const [expected, advice] = ADVICE[kind];
  return new ValueError(
    `[${module.constructor.name}] cannot assign '${what}' as ${place} '${field}' (${expected} or null expected). ${advice}`,
  );
}

/** The hooks that {@link Module.registerForwardPreHook} registered, each with its handle. */
export function forwardPreHooks(
  module: AnyModule,
): (readonly [hook: ForwardPreHook<never>, handle: RemovableHandle])[] {
  return module[LIST_HOOKS]();
}

/** Options of {@link Module.namedParameters} and {@link Module.namedBuffers}. */
export interface MemberOptions {
  /** Prefix of all names. Default "". */
  readonly prefix?: string | undefined;
  /** Whether to include the members of descendants. Default true. */
  readonly recurse?: boolean | undefined;
}

/** Throws a ValueError unless `value` is a module or null. */
/** A place of a parameter or buffer in a module. */
export interface MemberSlot {
  /** Name from the root: `fc1.weight`. */
  readonly name: string;
  readonly tensor: Tensor;
  replace(value: Tensor): void;
}

/** The places of all parameters and buffers of a module and its descendants; a shared one has several. */
export function memberSlots(module: AnyModule): MemberSlot[] {
  return module.namedModules().flatMap(([name, each]) => each[SLOTS](name));
}

export function checkModule(op: string, value: unknown): void {
  if (value === null || value instanceof Module) return;
  refuseForeign(op, "a module", value);
  const what = typeof value === "function" && value.name !== "" ? value.name : typeof value;
  throw new ValueError(`[${op}] ${what} is not a Module subclass. Pass an object, as new nn.ReLU().`);
}
