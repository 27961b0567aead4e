/** @file One program of a compiled function: when it holds, and how it takes the place of a call. */
import type { Backend, Device, NDArray, Storage } from "../../kernels/backend.ts";
import { isContiguous, sameShape } from "../../kernels/layout.ts";
import type { Call, Slot, SlotArray } from "../../kernels/program/call.ts";
import { listing } from "../../kernels/program/listing.ts";
import { bind, CallError, Program, unbind } from "../../kernels/program/program.ts";
import { apply } from "../autograd/apply.ts";
import { CustomFunction, type FunctionContext } from "../autograd/function.ts";
import { isGradEnabled } from "../autograd/grad-mode.ts";
import { dropGrad, gradState, requiresGrad, setGrad } from "../autograd/tape-state.ts";
import { wrapLike } from "../autograd/tensor-base.ts";
import { asStrided, type StridedView } from "../autograd/view-tracking.ts";
import { GraphError } from "../core/errors.ts";
import { errorIn } from "../core/wrap-errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { GradCheck, Touched } from "./check.ts";
import { type Consumed, markConsumed } from "./consumed.ts";
import { dotOf } from "./dot.ts";
import type { Guard } from "./guards.ts";
import { isOneElement } from "./one-element.ts";
import { build, matches, type Tree } from "./tree.ts";

/** An argument that is a tensor. */
export interface ArgumentTensor {
  readonly slot: Slot;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly dtype: Tensor["dtype"];
  readonly device: Device;
  readonly needsGrad: boolean;
  readonly isLeaf: boolean;
  /** The first argument on the same storage. */
  readonly alias: number;
  /** The first argument that is this very tensor. */
  readonly same: number;
  /** The tensor or the storage that it has to be, if the function also uses it from outside. */
  readonly only: Tensor | Storage | null;
}

/** A tensor of the result. */
export type Output =
  /** An argument, or a tensor from outside, as it is. */
  | { readonly kind: "argument"; readonly index: number }
  | { readonly kind: "outside"; readonly tensor: Tensor }
  /** A view, which each call makes anew: of an argument, a tensor from outside, or another tensor of the result. */
  | {
      readonly kind: "view";
      readonly base: { readonly argument: number } | { readonly output: number } | Tensor;
      readonly view: StridedView;
    }
  /** Computed. `history` tells whether backward leads on from it, or has been there already. */
  | {
      readonly kind: "computed";
      readonly array: SlotArray;
      readonly history: "none" | "open" | Consumed;
    };

/** The `.grad` of a leaf before and after a call. */
export interface LeafGrad {
  readonly leaf: Tensor | { readonly argument: number };
  /** The gradient that it has before, which each run takes as an input; null for none. */
  readonly before: { readonly slot: Slot; readonly like: NDArray; readonly only: Tensor | null } | null;
  /** What a run leaves: the same, nothing, or an array. */
  readonly after: "same" | "none" | { readonly array: SlotArray; readonly isPrivate: boolean };
}

/** What backward needs of a compiled function whose result has a history. */
export interface BackwardPart {
  /**
   * Whether the gradients that come in are one element each that is repeated, as from `sum` and `mean`, and not whole:
   * kernels then add in another order.
   */
  readonly isExpanded: boolean;
  readonly calls: readonly Call[];
  /** For each open output, in order, the gradient that comes in. */
  readonly gradSlots: readonly Slot[];
  /** What gradients are wanted for: arguments by number, or tensors from outside. */
  readonly inputs: readonly (number | Tensor)[];
  /** Their gradients; null where there is none. */
  readonly grads: readonly (SlotArray | null)[];
}

export interface Parts {
  readonly name: string;
  readonly gradMode: boolean;
  readonly argTree: Tree;
  readonly args: readonly ArgumentTensor[];
  readonly guards: readonly Guard[];
  readonly leafGrads: readonly LeafGrad[];
  readonly resultTree: Tree;
  readonly outputs: readonly Output[];
  readonly calls: readonly Call[];
  readonly slots: readonly Slot[];
  /** One for each layout of the gradients that come in; none where no result has a history. */
  readonly backward: readonly BackwardPart[];
  readonly backends: ReadonlyMap<Device, Backend>;
  /** A tensor to make others like. */
  readonly like: Tensor | null;
  /** How many calls were recorded. */
  readonly eagerCalls: number;
  /** Optimizers, schedulers and generators that the function goes on with. */
  readonly owners: ReadonlySet<object>;
}

/** Figures of a program. */
export interface ProgramStats {
  /** Calls of kernels in a run, forward and backward. */
  readonly calls: number;
  /** Calls that the function itself makes. */
  readonly eagerCalls: number;
  /** Buffers that are planned: each is used again as soon as nobody needs what is in it. */
  readonly buffers: number;
  /** Bytes of those buffers. */
  readonly bytes: number;
}

/** A call of the function that a program can take the place of. */
interface Found {
  readonly tensors: readonly Tensor[];
}

/**
 * A captured function for one form of its arguments. `String(program)` lists its calls.
 *
 * @example
 * const double = compile((x: Tensor) => x.mul(2));
 * double(ones(3));
 * double.programs[0]?.stats.calls; // 1
 */
export class CompiledProgram {
  readonly #parts: Parts;
  readonly #forward: Program;
  /** The programs of the backward parts, each made when it is first used. */
  readonly #backward = new Map<BackwardPart, Program>();
  /** Buffers of the forward pass that the backward pass reads, and tensors from outside that it reads. */
  readonly #saved: readonly Slot[];
  readonly #savedOutside: readonly Tensor[];
  /** Arguments that it reads, by number. */
  readonly #savedArgs: readonly number[];
  readonly #inputs: ReadonlySet<Slot>;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { calls, slots, backends, backward, outputs, leafGrads } = parts;
    const madeBefore = new Set(
      calls.flatMap((call) => [...call.made, ...[...call.arrays, ...call.results].map(({ slot }) => slot)]),
    );
    const later = new Set(
      backward.flatMap((part) => part.calls.flatMap((call) => call.arrays.map(({ slot }) => slot))),
    );
    const grads = backward.flatMap((part) => part.grads.filter((array) => array !== null));
    for (const { slot } of grads) later.add(slot);
    this.#saved = [...later].filter((slot) => slot.origin === "inside" && madeBefore.has(slot));
    const outsideLater = new Set([...later].filter(({ origin }) => origin === "outside").map(({ storage }) => storage));
    this.#savedOutside = (backward[0]?.inputs ?? []).flatMap((input) =>
      typeof input === "object" && outsideLater.has(input.storage) ? [input] : [],
    );
    this.#savedArgs = parts.args.flatMap(({ slot }, i) => (later.has(slot) ? [i] : []));
    const letEscape = (slot: Slot): void => {
      slot.escapes = slot.origin === "inside";
    };
    for (const slot of this.#saved) letEscape(slot);
    for (const output of outputs) if (output.kind === "computed") letEscape(output.array.slot);
    for (const { after } of leafGrads) if (typeof after === "object") letEscape(after.array.slot);
    for (const { slot } of grads) letEscape(slot);
    this.#inputs = new Set(slots.filter(({ origin }) => origin === "input"));
    this.#forward = new Program(calls, slots, new Set(), backends);
    const [first] = backward;
    if (first !== undefined) this.#programOf(first);
  }

  #programOf(part: BackwardPart): Program {
    const known = this.#backward.get(part);
    if (known !== undefined) return known;
    const { slots, backends } = this.#parts;
    const program = new Program(part.calls, slots, new Set(this.#saved), backends);
    this.#backward.set(part, program);
    return program;
  }

  /** Figures of the program. */
  get stats(): ProgramStats {
    const programs = [this.#forward, ...this.#backward.values()].slice(0, 2);
    const count = (of: (program: Program) => number): number => programs.reduce((sum, program) => sum + of(program), 0);
    return {
      calls: count(({ calls }) => calls.length),
      eagerCalls: this.#parts.eagerCalls,
      buffers: count(({ buffers }) => buffers),
      bytes: count(({ bytes }) => bytes),
    };
  }

  /** The tensors of a call that the program holds for; null for another call. */
  accepts(given: readonly unknown[]): Found | null {
    const { argTree, args, guards, gradMode, leafGrads } = this.#parts;
    if (isGradEnabled() !== gradMode) return null;
    const tensors: Tensor[] = [];
    if (!matches(argTree, given, tensors)) return null;
    for (let i = 0; i < args.length; i++) if (!this.#fits(args[i] as ArgumentTensor, i, tensors)) return null;
    for (let i = 0; i < guards.length; i++) if (!(guards[i] as Guard).holds()) return null;
    for (let i = 0; i < leafGrads.length; i++) if (!gradFits(leafGrads[i] as LeafGrad, tensors)) return null;
    return { tensors };
  }

  /** Why the program does not hold for a call. */
  differenceFrom(given: readonly unknown[]): string {
    const { argTree, args, guards, gradMode, leafGrads } = this.#parts;
    if (isGradEnabled() !== gradMode) return `grad mode is ${gradMode ? "off" : "on"}`;
    const tensors: Tensor[] = [];
    if (!matches(argTree, given, tensors))
      return "the arguments have another form, or other values that are no tensors";
    const i = args.findIndex((arg, k) => !this.#fits(arg, k, tensors));
    if (i >= 0)
      return `tensor ${i} of the arguments has another shape, layout, dtype, device, requiresGrad, or shares memory`;
    const guard = guards.find(({ holds }) => !holds());
    if (guard !== undefined) return guard.difference();
    return leafGrads.every((leaf) => gradFits(leaf, tensors)) ? "" : "other tensors have a .grad before the call";
  }

  #fits(arg: ArgumentTensor, index: number, tensors: readonly Tensor[]): boolean {
    const t = tensors[index] as Tensor;
    if (t.dtype !== arg.dtype || t.storage.device !== arg.device) return false;
    if (!sameShape(t.shape, arg.shape) || !sameShape(t.strides, arg.strides)) return false;
    if (requiresGrad(t) !== arg.needsGrad || (arg.needsGrad && t.isLeaf !== arg.isLeaf)) return false;
    if (arg.only !== null && t.storage !== arg.only && t !== arg.only) return false;
    if (tensors.indexOf(t) !== arg.same) return false;
    if (arg.only === null && this.#forward.outside.has(t.storage)) return false;
    if (arg.alias !== index) {
      const first = args0(tensors, arg.alias);
      return (
        first.storage === t.storage &&
        t.offset - first.offset === arg.offset - (this.#parts.args[arg.alias] as ArgumentTensor).offset
      );
    }
    for (let k = 0; k < index; k++) if (args0(tensors, k).storage === t.storage) return false;
    return true;
  }

  /** What a call may change. */
  touchedBy({ tensors }: Found): Touched {
    const { slots, leafGrads, owners } = this.#parts;
    const outside = slots.flatMap(({ origin, storage }) => (origin === "outside" && storage !== null ? [storage] : []));
    const leaves = leafGrads.map(({ leaf }) => leafOf(leaf, tensors));
    return { storages: new Set([...outside, ...tensors.map(({ storage }) => storage)]), leaves, owners };
  }

  /**
   * Runs it in place of the function.
   *
   * @param check - Gets what the backward pass gives, whenever it runs.
   */
  run({ tensors }: Found, check: GradCheck | null = null): unknown {
    const { backward, resultTree, outputs } = this.#parts;
    const [part] = backward;
    if (part === undefined) return build(resultTree, this.#finish(this.#compute(tensors), tensors));
    const inputs = part.inputs.map((input) => (typeof input === "number" ? (tensors[input] as Tensor) : input));
    const computed = compiledFunction(this.#parts.name).apply(this, { tensors, check }, ...inputs);
    let next = 0;
    const all = outputs.map((output) => (output.kind === "computed" ? (computed[next++] as Tensor) : null));
    return build(resultTree, this.#finish(all, tensors));
  }

  /** The tensors of the result: those computed, and those that are passed on. */
  #finish(computed: readonly (Tensor | null)[], tensors: readonly Tensor[]): Tensor[] {
    const { outputs } = this.#parts;
    const finish = (output: Output, i: number): Tensor => {
      switch (output.kind) {
        case "argument":
          return tensors[output.index] as Tensor;
        case "outside":
          return output.tensor;
        case "computed":
          return computed[i] as Tensor;
        case "view": {
          const { base, view } = output;
          if ("argument" in base) return viewOf(tensors[base.argument] as Tensor, view);
          return viewOf("output" in base ? finish(outputs[base.output] as Output, base.output) : base, view);
        }
      }
    };
    return outputs.map(finish);
  }

  /** Runs the forward part. Gives for each output the tensor, or null where one is passed on. */
  #compute(tensors: readonly Tensor[]): (Tensor | null)[] {
    const { args, leafGrads, outputs } = this.#parts;
    for (let i = 0; i < args.length; i++) {
      const { slot, offset, alias } = args[i] as ArgumentTensor;
      const t = tensors[i] as Tensor;
      if (alias === i) bind(slot, t.storage, t.offset - offset);
    }
    for (const { leaf, before } of leafGrads) {
      if (before === null || before.only !== null) continue;
      const { grad } = gradState(leafOf(leaf, tensors));
      if (grad !== null) bind(before.slot, grad.storage, grad.offset - before.like.offset);
    }
    this.#run(this.#forward);
    const result = outputs.map((output) => {
      if (output.kind !== "computed") return null;
      const t = this.#wrap(output.array);
      if (typeof output.history === "object") markConsumed(t, output.history);
      return t;
    });
    for (const { leaf, after } of leafGrads) {
      const t = leafOf(leaf, tensors);
      if (after === "none") dropGrad(t);
      else if (after !== "same") setGrad(t, this.#wrap(after.array), after.isPrivate);
    }
    return result;
  }

  #run(program: Program): void {
    try {
      program.run();
    } catch (error) {
      throw error instanceof CallError ? errorIn(error.label, error.cause) : error;
    }
  }

  #wrap({ storage, shape, strides, offset, dtype }: SlotArray): Tensor {
    return wrapLike(this.#parts.like as Tensor, { storage, shape, strides, offset, dtype });
  }

  /** For the outer tape: the forward part, and what its backward needs. */
  forward(tensors: readonly Tensor[]): { computed: Tensor[]; saved: Tensor[]; closed: Tensor[] } {
    const computed = this.#compute(tensors);
    const { outputs } = this.#parts;
    const closed = computed.filter((t, i) => {
      const output = outputs[i];
      return t !== null && output?.kind === "computed" && output.history !== "open";
    });
    const saved = this.#saved.map((slot) => {
      const storage = slot.storage as Storage;
      return this.#wrap({ slot, storage, shape: [slot.length], strides: [1], offset: 0, dtype: slot.dtype, start: 0 });
    });
    return {
      computed: computed.filter((t) => t !== null),
      saved: [...saved, ...this.#savedOutside, ...this.#savedArgs.map((i) => tensors[i] as Tensor)],
      closed: closed.filter((t) => t !== null),
    };
  }

  /** For the outer tape: the gradients of the inputs. */
  gradients({ tensors, check }: RunState, saved: readonly Tensor[], grads: readonly Tensor[]): (Tensor | null)[] {
    const { backward, args, outputs } = this.#parts;
    const isExpanded = grads.every(isOneElement);
    const part = backward.find((one) => one.isExpanded === isExpanded) ?? backward[0];
    if (part === undefined) throw new GraphError("[compile] there is no backward part");
    if (isGradEnabled()) {
      throw new GraphError(
        "[compile] a compiled function was differentiated with createGraph, but its backward pass is a program, which has no " +
          "history of its own. Call the function that was given to compile() for second derivatives.",
      );
    }
    for (const [i, slot] of this.#saved.entries()) bind(slot, (saved[i] as Tensor).storage);
    for (const [i, { slot, offset, alias }] of args.entries()) {
      const t = tensors[i] as Tensor;
      if (alias === i) bind(slot, t.storage, t.offset - offset);
    }
    const computed = outputs.flatMap((output) => (output.kind === "computed" ? [output] : []));
    let next = 0;
    for (const [i, output] of computed.entries()) {
      if (output.history !== "open") continue;
      const slot = part.gradSlots[next++] as Slot;
      const given = grads[i] as Tensor;
      const grad = part.isExpanded ? given : given.contiguous();
      bind(slot, grad.storage, grad.offset);
    }
    this.#run(this.#programOf(part));
    const result = part.grads.map((array) => (array === null ? null : this.#wrap(array)));
    this.release();
    if (check !== null) this.#checkGradients(check, part, tensors, grads, result);
    return result;
  }

  #checkGradients(
    check: GradCheck,
    { inputs }: BackwardPart,
    tensors: readonly Tensor[],
    given: readonly Tensor[],
    grads: readonly (Tensor | null)[],
  ): void {
    const computed = this.#parts.outputs.flatMap((output, i) => (output.kind === "computed" ? [{ output, i }] : []));
    const isOpen = computed.map(({ output }) => output.history === "open");
    check({
      roots: computed.flatMap(({ i }, k) => (isOpen[k] ? [i] : [])),
      inputs: inputs.map((input) => (typeof input === "number" ? (tensors[input] as Tensor) : input)),
      incoming: given.filter((_, k) => isOpen[k]),
      grads,
    });
  }

  /** Lets go of the storages of the last run. */
  release(): void {
    for (const slot of this.#inputs) unbind(slot);
    for (const slot of this.#parts.slots) if (slot.escapes) unbind(slot);
  }

  /** Gives memory back that only faster calls need. */
  free(): void {
    for (const program of [this.#forward, ...this.#backward.values()]) program.free();
  }

  /**
   * The program as a graph in the language of Graphviz: a box for each call, with its line of `String(program)` as the
   * tooltip; fused kernels are coloured.
   *
   * @example
   * const wave = compile((x: Tensor) => x.sin().add(1));
   * wave(ones(3));
   * wave.programs[0]?.toDot().startsWith("digraph"); // true
   */
  toDot(): string {
    return dotOf(this.#parts.name, this.#forward.calls, [...this.#backward.values()][0]?.calls ?? []);
  }

  /** The calls, one a line. */
  toString(): string {
    const { name, slots } = this.#parts;
    return listing(name, this.#forward.calls, [...this.#backward.values()][0]?.calls ?? [], slots);
  }
}

function viewOf(base: Tensor, view: StridedView): Tensor {
  return apply(asStrided, [base], view);
}

function args0(tensors: readonly Tensor[], index: number): Tensor {
  return tensors[index] as Tensor;
}

function leafOf(leaf: LeafGrad["leaf"], tensors: readonly Tensor[]): Tensor {
  return "argument" in leaf ? (tensors[leaf.argument] as Tensor) : leaf;
}

function gradFits({ leaf, before }: LeafGrad, tensors: readonly Tensor[]): boolean {
  const { grad } = gradState(leafOf(leaf, tensors));
  if (before === null || grad === null) return (grad === null) === (before === null);
  if (before.only !== null) return grad === before.only;
  return (
    sameShape(grad.strides, before.like.strides) ||
    (isContiguous(grad.shape, grad.strides) && isContiguous(before.like.shape, before.like.strides))
  );
}

/** What a run has to know again for its backward pass. */
interface RunState {
  readonly tensors: readonly Tensor[];
  readonly check: GradCheck | null;
}

interface Context extends FunctionContext {
  program: CompiledProgram;
  run: RunState;
}

type CompiledFunctionClass = {
  apply(program: CompiledProgram, run: RunState, ...inputs: readonly Tensor[]): Tensor[];
};

/** The operation on the outer tape, whose node has the name of the function. */
function compiledFunction(name: string): CompiledFunctionClass {
  class Compiled extends CustomFunction {
    static forward(ctx: Context, program: CompiledProgram, run: RunState, ..._inputs: Tensor[]): Tensor[] {
      const { computed, saved, closed } = program.forward(run.tensors);
      ctx.program = program;
      ctx.run = run;
      ctx.saveForBackward(...saved);
      ctx.markNonDifferentiable(...closed);
      return computed;
    }
    static backward(ctx: Context, ...grads: Tensor[]): (Tensor | null)[] {
      return [null, null, ...ctx.program.gradients(ctx.run, ctx.savedTensors, grads)];
    }
  }
  Object.defineProperty(Compiled, "name", { value: `Compiled${name === "" ? "" : `_${name}`}` });
  return Compiled;
}
