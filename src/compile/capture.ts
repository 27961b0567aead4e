/** @file Captures a function: runs it once while everything that it does is recorded. */
import type { Backend, Device } from "../../kernels/backend.ts";
import { findBackend } from "../../kernels/backend.ts";
import { madeAnew, withSources } from "../../kernels/program/host-source.ts";
import { type Interruption, Recording } from "../../kernels/program/recording.ts";
import { type CaptureHook, setCaptureHook } from "../autograd/capture-hook.ts";
import type { GraphNode } from "../autograd/node.ts";
import { type ProfilerHook, profilerHook, setProfilerHook } from "../autograd/profiler-hook.ts";
import { gradState, historyOf, requiresGrad } from "../autograd/tape-state.ts";
import { backendFor, replaceBackend } from "../core/device.ts";
import { isTensor } from "../core/identity.ts";
import { withCalledModules } from "../nn/called-modules.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  defaultsGuard,
  type Guard,
  isModule,
  isOptimizer,
  ModuleGuard,
  numbersIn,
  optimizerGuard,
  ownNumbers,
  tensorGuard,
} from "./guards.ts";

/** The `.grad` of a tensor when it was first looked at. */
interface GradBefore {
  readonly grad: Tensor | null;
}

/** A tensor from outside, as an operation first saw it. */
interface Seen {
  readonly storage: Tensor["storage"];
  readonly needsGrad: boolean;
  readonly history: GraphNode | null;
}

function seenOf(t: Tensor): Seen {
  const history = historyOf(t);
  return { storage: t.storage, needsGrad: requiresGrad(t), history };
}

/** The numbers of an optimizer before the call: its own, and those in the states of its parameters. */
interface NumbersBefore {
  readonly own: string;
  readonly states: ReadonlyMap<object, string>;
}

const NEW_STATE = "each call makes new tensors that later ones go on with";

/** The devices there are. */
function devices(): Device[] {
  return findBackend("gpu") === undefined ? ["cpu"] : ["cpu", "gpu"];
}

/** Listens while a function runs. */
export class Capture implements CaptureHook {
  readonly recording = new Recording();
  /** Tensors that operations took and that the function did not make. */
  readonly seen = new Map<Tensor, Seen>();
  readonly grads = new Map<Tensor, GradBefore>();
  /** Optimizers, schedulers and generators that go on. */
  readonly owners = new Set<object>();
  readonly #modules = new Map<object, ModuleGuard>();
  /** Optimizers, with the numbers that they had in the beginning. */
  readonly #optimizers = new Map<Optimizer, NumbersBefore>();
  /** The numbers in the states of optimizers, as each step left them. */
  readonly #numbers = new Map<object, string>();
  /** Optimizers whose options every call reads anew. */
  readonly #readAnew = new Set<object>();
  /** Tensors that the function made. */
  readonly #made = new WeakSet<object>();
  readonly #args: ReadonlyMap<Tensor, Seen>;
  readonly #labels: string[] = [];
  /** The backends, with what stands in for them while this listens. */
  readonly #backends: readonly { readonly inner: Backend; readonly recorder: Backend }[];

  constructor(args: readonly Tensor[]) {
    this.#args = new Map(args.map((t) => [t, seenOf(t)]));
    this.#backends = devices().map((device) => {
      const inner = backendFor(device);
      return { inner, recorder: this.recording.recordingBackend(inner) };
    });
  }

  /** What the call made that later ones go on with, so that only they can be captured; null if nothing. */
  unsettled: string | null = null;

  /** What made it impossible to go on, if something did. */
  get interruption(): Interruption | null {
    return this.recording.interruption;
  }

  /** Runs a part of the function, or of what follows from it, and records it. */
  run<T>(fn: () => T): T {
    const outerHook = setCaptureHook(this);
    const outerProfiler = setProfilerHook(this.#profiler(profilerHook));
    for (const { recorder } of this.#backends) replaceBackend(recorder);
    try {
      return withSources(() => withCalledModules((module) => this.#moduleCalled(module), fn));
    } finally {
      for (const { inner } of this.#backends) replaceBackend(inner);
      setProfilerHook(outerProfiler);
      setCaptureHook(outerHook);
    }
  }

  #profiler(outer: ProfilerHook | null): ProfilerHook {
    return (kind, name, inputs, run, sequenceNr) => {
      for (const input of inputs) if (isTensor(input)) this.#noteTensor(input);
      this.#labels.push(name);
      this.recording.label = name;
      try {
        return outer === null ? run() : outer(kind, name, inputs, run, sequenceNr);
      } finally {
        this.#labels.pop();
        this.recording.label = this.#labels.at(-1) ?? "";
      }
    };
  }

  #noteTensor(t: Tensor): void {
    if (this.seen.has(t) || this.#args.has(t) || this.#made.has(t)) return;
    this.seen.set(t, seenOf(t));
  }

  /** Whether the function made a tensor. */
  hasMade(t: Tensor): boolean {
    return this.#made.has(t);
  }

  /** A program leaves the histories of tensors from outside as they are. */
  #checkHistories(): void {
    for (const [t, { storage, needsGrad, history }] of [...this.#args, ...this.seen]) {
      if (t.storage !== storage) this.interrupt("the memory of a tensor from outside was replaced");
      else if (requiresGrad(t) !== needsGrad || historyOf(t) !== history) {
        this.interrupt(
          "a tensor from outside was changed in place, or has another requiresGrad, and so another history",
        );
      }
    }
  }

  #moduleCalled(module: object): void {
    if (!this.#modules.has(module) && isModule(module)) this.#modules.set(module, new ModuleGuard(module));
  }

  tensorMade(t: object): void {
    if (this.recording.isRecording) this.#made.add(t);
  }

  gradUsed(t: Tensor): void {
    // What the function made itself begins without a gradient in each call.
    if (this.grads.has(t) || this.#made.has(t) || !this.recording.isRecording) return;
    const { grad } = gradState(t);
    this.grads.set(t, { grad });
    if (grad !== null && this.recording.known(grad.storage) === undefined) this.recording.input(grad.storage);
  }

  stateUsed(owner: object): void {
    this.owners.add(owner);
    if (!isOptimizer(owner) || this.#optimizers.has(owner)) return;
    const states = new Map([...owner.state.values()].map((state) => [state, numbersIn(state)]));
    this.#optimizers.set(owner, { own: ownNumbers(owner), states });
  }

  stepNumbers<T extends object>(owner: object, state: object, group: object | null, make: () => T): T {
    if (!isOptimizer(owner)) return make();
    if (group !== null) {
      this.#readAnew.add(owner);
      if (!owner.paramGroups.some((one) => one === group)) {
        this.interrupt(`${owner.constructor.name} gives its update other options than those of a parameter group`);
      }
    }
    this.#checkNumbers(owner, state);
    const value = madeAnew(make);
    this.#numbers.set(state, numbersIn(state));
    return value;
  }

  /** Whether the numbers in an optimizer's state are those that a call will find out anew. */
  #checkNumbers(owner: Optimizer, state: object): void {
    const known = this.#numbers.get(state) ?? this.#optimizers.get(owner)?.states.get(state);
    if (known === undefined || known === numbersIn(state)) return;
    this.interrupt(`${owner.constructor.name} keeps numbers that its update changes`);
  }

  outside<T>(fn: () => T): T {
    return this.recording.pause(fn);
  }

  host(label: string, action: () => void): void {
    this.recording.host(label, action);
  }

  interrupt(what: string): void {
    this.recording.interrupt(what);
  }

  /** Ends it. Gives what has to hold for a program of it. */
  end(): Guard[] {
    this.#checkHistories();
    for (const guard of this.#modules.values()) {
      const { changed } = guard;
      if (changed !== undefined) {
        this.unsettled = `${guard.name}.forward changes its field '${changed}', which only the function itself can do`;
      }
    }
    const custom = [...this.#optimizers].flatMap(([optimizer, before]) => this.#checkOptimizer(optimizer, before));
    this.recording.end();
    const modules = [...this.#modules.values()];
    return [
      {
        holds: () => {
          for (let i = 0; i < modules.length; i++) if (!(modules[i] as ModuleGuard).holds) return false;
          return true;
        },
        difference: () => modules.find(({ holds }) => !holds)?.difference ?? "",
      },
      defaultsGuard(),
      ...[...this.seen].map(([t, { storage, needsGrad }]) => tensorGuard(t, storage, needsGrad)),
      ...[...this.#optimizers.keys()].map((optimizer) => optimizerGuard(optimizer)),
      ...custom,
    ];
  }

  /** An optimizer whose update is made of operations has its options in the program, as constants. */
  #checkOptimizer(optimizer: Optimizer, { own, states }: NumbersBefore): Guard[] {
    if (ownNumbers(optimizer) !== own) {
      this.interrupt(`${optimizer.constructor.name} keeps numbers that its step changes`);
    }
    for (const state of optimizer.state.values()) {
      const isMadeHere = Object.values(state).some(
        (value) => isTensor(value) && this.recording.known(value.storage)?.origin === "inside",
      );
      if (isMadeHere || !(this.#numbers.has(state) || states.has(state))) this.unsettled = NEW_STATE;
      else this.#checkNumbers(optimizer, state);
    }
    if (this.#readAnew.has(optimizer)) return [];
    const options = (): string => JSON.stringify(optimizer.paramGroups.map(({ params: _, ...group }) => group));
    const given = options();
    const difference = (): string => `${optimizer.constructor.name}, whose update is in the program, has other options`;
    return [{ holds: () => options() === given, difference }];
  }
}
