/** @file Runs a module once and notes its operations, for what is written to a file. */
import type { NDArray, Storage } from "../../kernels/backend.ts";
import { sameShape } from "../../kernels/layout.ts";
import { apply, applyInPlace } from "../autograd/apply.ts";
import { type BatchingHook, withBatchingHook } from "../autograd/batching.ts";
import { type FunctionClass, runFunction } from "../autograd/function.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import type { Op } from "../autograd/op.ts";
import { DTypeError, GraphError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import type { AnyModule } from "../nn/module.ts";
import { ops } from "../tensor/ops/index.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What the values of a trace are known by: places in its list. */
export type ValueId = number;

/** A tensor at one time: those that are changed in place are several values. */
export interface Value {
  readonly id: ValueId;
  readonly shape: readonly number[];
  readonly dtype: Tensor["dtype"];
  /** Its numbers: those of the values that the file holds stay as they were. */
  readonly tensor: Tensor;
  readonly origin: "input" | "parameter" | "constant" | "step";
  /** Whether its numbers follow from those of an input. */
  readonly depends: boolean;
  /** Of a parameter or a buffer: its name in the state dictionary. */
  readonly name: string | null;
}

/** An operation, a function of several, or what a change in place through a view does to the tensor under it. */
export interface Step {
  /** A name in the table of operations, that of a composite, or `write:` and that of a view. */
  readonly kind: string;
  /** The operation's name for users. */
  readonly label: string;
  readonly inputs: readonly (ValueId | null)[];
  readonly outputs: readonly ValueId[];
  readonly params: unknown;
  /** The path of the innermost module that ran it. */
  readonly path: string;
}

/** A tensor, of which there may be several handles, and how it lies in the memory of others. */
interface Cell {
  value: Value;
  /** The tensor that it is a view of. */
  readonly parent: Cell | null;
  /** How it is made from its parent. */
  readonly view: { readonly kind: string; readonly label: string; readonly params: unknown } | null;
  /** Changes of the tensor under all views, up to which {@link value} is right. */
  seen: number;
  /** Of a tensor that is no view: how often it was changed. */
  changes: number;
}

const NAMES = new Map<unknown, string>(Object.entries(ops).map(([name, op]) => [op, name]));

function rootOf(cell: Cell): Cell {
  let root = cell;
  while (root.parent !== null) root = root.parent;
  return root;
}

/** How a tensor lies in its storage. */
function sameLayout(a: NDArray, b: NDArray): boolean {
  return a.offset === b.offset && sameShape(a.shape, b.shape) && sameShape(a.strides, b.strides);
}

/** Notes what a function does with tensors. It stands where a running `vmap` would. */
export class Trace implements BatchingHook {
  readonly values: Value[] = [];
  readonly steps: Step[] = [];
  readonly #op: string;
  readonly #cells = new Map<Tensor, Cell>();
  /** Handles on each storage, so that one that no operation made is known by its memory. */
  readonly #handles = new Map<Storage, Tensor[]>();
  /** Steps' results that lie in memory that was changed later: their tensors have other numbers by now. */
  readonly stale = new Set<ValueId>();
  readonly #members = new Map<Storage, (readonly [member: Tensor, name: string])[]>();
  readonly #path: string[] = [];
  /** Members that the function changes, with what they were. */
  readonly #changed: (readonly [member: Tensor, before: Tensor])[] = [];

  constructor(op: string, members: ReadonlyMap<Tensor, string>) {
    this.#op = op;
    for (const [member, name] of members) {
      const others = this.#members.get(member.storage);
      if (others === undefined) this.#members.set(member.storage, [[member, name]]);
      else others.push([member, name]);
    }
  }

  /** Runs a module on inputs, each of which is a value of its own. */
  run(module: AnyModule, inputs: readonly Tensor[], forward: () => unknown): unknown {
    for (const t of inputs) this.#note(t, this.#valueOf(t, "input", true, null));
    const handles = module
      .namedModules()
      .flatMap(([name, each]) => [
        each.registerForwardPreHook(() => void this.#path.push(name)),
        each.registerForwardHook(() => void this.#path.pop()),
      ]);
    try {
      return withBatchingHook(this, () => noGrad(forward));
    } finally {
      for (const handle of handles) handle.remove();
      noGrad(() => {
        for (const [member, before] of this.#changed) member.copy_(before);
      });
    }
  }

  /** The value of a tensor that the function returned. */
  valueIn(t: Tensor): ValueId {
    return withBatchingHook(this, () => this.#current(this.#cellOf(t)).id);
  }

  get #where(): string {
    return this.#path.at(-1) ?? "";
  }

  /** The place of an error, for messages. */
  #inModule(): string {
    return this.#where === "" ? "" : ` (in module ${this.#where})`;
  }

  #valueOf(tensor: Tensor, origin: Value["origin"], depends: boolean, name: string | null): Value {
    const { shape, dtype } = tensor;
    const value: Value = { id: this.values.length, shape: [...shape], dtype, tensor, origin, depends, name };
    this.values.push(value);
    return value;
  }

  #note(t: Tensor, value: Value, parent: Cell | null = null, view: Cell["view"] = null): Cell {
    const cell: Cell = { value, parent, view, seen: 0, changes: 0 };
    if (parent !== null) cell.seen = rootOf(parent).changes;
    this.#know(t, cell);
    return cell;
  }

  #know(t: Tensor, cell: Cell): void {
    this.#cells.set(t, cell);
    const handles = this.#handles.get(t.storage);
    if (handles === undefined) this.#handles.set(t.storage, [t]);
    else handles.push(t);
  }

  /** The cell of a tensor. One that nothing made is a member of the module, or a constant. */
  #cellOf(t: Tensor): Cell {
    const known = this.#cells.get(t);
    if (known !== undefined) return known;
    const others = this.#handles.get(t.storage) ?? [];
    const same = others.find((other) => sameLayout(other, t));
    const cell = same && this.#cells.get(same);
    if (cell !== undefined) {
      this.#know(t, cell);
      return cell;
    }
    if (others.some((other) => this.#cells.get(other)?.value.depends === true)) {
      throw new GraphError(
        `[${this.#op}] a tensor shares memory with one that an operation made, and no operation says how${this.#inModule()}. Use views (view, slice, select …) or clone().`,
      );
    }
    const member = this.#members.get(t.storage)?.find(([other]) => sameLayout(other, t));
    if (member === undefined) return this.#note(t, this.#valueOf(t, "constant", false, null));
    const found = this.#note(member[0], this.#valueOf(member[0], "parameter", false, member[1]));
    if (member[0] !== t) this.#know(t, found);
    return found;
  }

  /** The value of a cell, which views make again after a change. */
  #current(cell: Cell): Value {
    const { parent, view } = cell;
    if (parent === null || view === null) return cell.value;
    const { changes } = rootOf(cell);
    if (cell.seen === changes) return cell.value;
    const from = this.#current(parent);
    const value = this.#valueOf(cell.value.tensor, "step", from.depends, null);
    this.#step({ ...view, inputs: [from.id], outputs: [value.id] });
    cell.value = value;
    cell.seen = changes;
    return value;
  }

  #step(step: Omit<Step, "path">): void {
    this.steps.push({ ...step, path: this.#where });
  }

  apply<P>(op: Op<readonly NDArray[], P>, inputs: readonly Tensor[], params: P): Tensor {
    const cells = inputs.map((t) => this.#cellOf(t));
    const values = cells.map((cell) => this.#current(cell));
    const out = withBatchingHook(null, () => apply(op, inputs, params));
    const kind = NAMES.get(op) ?? op.name;
    const depends = values.some((value) => value.depends);
    const value = this.#valueOf(out, "step", depends, null);
    this.#step({ kind, label: op.name, inputs: values.map(({ id }) => id), outputs: [value.id], params });
    if (op.view === true) this.#note(out, value, cells[0] as Cell, { kind, label: op.name, params });
    else this.#note(out, value);
    return out;
  }

  applyInPlace<P>(
    op: Op<readonly NDArray[], P>,
    name: string,
    self: Tensor,
    operands: readonly Tensor[],
    params: P,
  ): Tensor {
    const target = this.#cellOf(self);
    const before = this.#current(target);
    const values = [before, ...operands.map((t) => this.#current(this.#cellOf(t)))];
    this.#keep(rootOf(target));
    withBatchingHook(null, () => applyInPlace(op, name, self, operands, params));
    const depends = values.some((value) => value.depends);
    const after = this.#valueOf(depends ? self : withBatchingHook(null, () => self.clone()), "step", depends, null);
    const kind = NAMES.get(op) ?? op.name;
    this.#step({ kind, label: name, inputs: values.map(({ id }) => id), outputs: [after.id], params });
    this.#write(target, after);
    return self;
  }

  /** Gives a cell another value, and those under it what follows from it. */
  #write(cell: Cell, value: Value): void {
    const changed: Cell[] = [];
    let [at, written] = [cell, value];
    for (;;) {
      const { parent, view } = at;
      changed.push(at);
      if (parent === null || view === null) break;
      const base = this.#current(parent);
      at.value = written;
      const next = this.#valueOf(base.tensor, "step", written.depends || base.depends, null);
      this.stale.add(next.id);
      this.#step({
        kind: `write:${view.kind}`,
        label: view.label,
        inputs: [base.id, written.id],
        outputs: [next.id],
        params: view.params,
      });
      [at, written] = [parent, next];
    }
    at.value = written;
    at.changes++;
    for (const each of changed) each.seen = at.changes;
  }

  /** Before the first change of a tensor from outside, its numbers are put aside. */
  #keep(root: Cell): void {
    const { value } = root;
    const { storage } = value.tensor;
    for (const { id, tensor, origin } of this.values) {
      if (origin === "step" && tensor.storage === storage) this.stale.add(id);
    }
    if (value.origin === "step" || value.origin === "input") return;
    const before = withBatchingHook(null, () => value.tensor.detach().clone());
    this.#changed.push([value.tensor, before]);
    const kept: Value = { ...value, tensor: before };
    this.values[value.id] = kept;
    root.value = kept;
  }

  composite<R>(name: string, inputs: readonly (Tensor | null)[], params: object, run: () => R): R {
    const values = inputs.map((t) => (t === null ? null : this.#current(this.#cellOf(t))));
    const result = withBatchingHook(null, run);
    const depends = values.some((value) => value?.depends === true);
    const outputs: ValueId[] = [];
    for (const part of partsOf(result)) {
      // A result that is an input is none of its own.
      const known = this.#cells.has(part);
      const value = this.#valueOf(part, "step", depends, null);
      outputs.push(value.id);
      if (!known) this.#note(part, value);
    }
    this.#step({ kind: name, label: name, inputs: values.map((value) => value?.id ?? null), outputs, params });
    return result;
  }

  reading(op: string, t: Tensor): void {
    if (!this.#cellOf(t).value.depends) return;
    throw new GraphError(
      `[${this.#op}] ${op} reads numbers that follow from the input${this.#inModule()}: what is done with them cannot be in the file. Use operations on tensors, such as where(condition, a, b).`,
    );
  }

  random(op: string): never {
    throw new GraphError(
      `[${this.#op}] ${op} draws random numbers${this.#inModule()}, which the file cannot do again. Modules are traced in evaluation mode; draw the numbers outside, and pass them as an input.`,
    );
  }

  grad(): never {
    throw new GraphError(`[${this.#op}] autograd.grad inside of forward has no place in the file${this.#inModule()}.`);
  }

  callFunction<Args extends readonly unknown[], Result>(definition: FunctionClass<Args, Result>, args: Args): Result {
    return runFunction(definition, args);
  }

  handle(t: Tensor, make: (t: Tensor) => Tensor): Tensor {
    return make(t);
  }

  refusal(op: string, instead: string): GraphError {
    return new GraphError(
      `[${this.#op}] ${op} inside of forward has no place in the file${this.#inModule()}. ${instead}`,
    );
  }
}

/** The tensors of a result: one, or the values of a list or a record. */
function partsOf(result: unknown): Tensor[] {
  if (isTensor(result)) return [result];
  if (typeof result !== "object" || result === null) return [];
  return Object.values(result).flatMap((part) => (isTensor(part) ? [part] : []));
}

/** @throws DTypeError for what is no tensor */
export function requireTensor(op: string, what: string, value: unknown): Tensor {
  if (isTensor(value)) return value;
  throw new DTypeError(`[${op}] ${what} must be a Tensor`);
}
