/** @file compile: runs a function once to capture what it does, and the captured program from then on. */
import { environment } from "../../kernels/cpu/env.ts";
import { batchingHook } from "../autograd/batching.ts";
import { captureHook } from "../autograd/capture-hook.ts";
import { isGradEnabled } from "../autograd/grad-mode.ts";
import { profilerHook } from "../autograd/profiler-hook.ts";
import { requiresGrad } from "../autograd/tape-state.ts";
import { keyword, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { GraphError, ValueError } from "../core/errors.ts";
import { refuseForeign } from "../core/foreign.ts";
import { aBoolean, aSize, aString, nullable } from "../core/kinds.ts";
import { isThenable } from "../core/realm.ts";
import { type AnyModule, Module } from "../nn/module.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { programOf } from "./build.ts";
import { Capture } from "./capture.ts";
import { checked } from "./check.ts";
import type { CompiledProgram } from "./compiled-program.ts";
import { placeOf } from "./place.ts";
import { programMade } from "./programs-made.ts";
import { treeOf } from "./tree.ts";

/** The options of {@link compile}. */
export interface CompileOptions {
  /** Throw where no program can be made, instead of warning and running the function as it is. Default false. */
  readonly fullgraph?: boolean | undefined;
  /** Most programs that are kept, one for each form of the arguments; beyond it the function runs as it is. Default 8. */
  readonly maxPrograms?: number | undefined;
  /**
   * Run the function itself beside every run of a program, and throw a GraphError where they differ in a bit. For tests: it
   * is slow, and needs tensors that can be read at once. Default: whether the environment variable
   * `TAPEGRAD_CHECK_COMPILE` is 1.
   */
  readonly check?: boolean | undefined;
  /** Accepted for programs written for PyTorch: there is one compiler. */
  readonly backend?: string | undefined;
  /** Accepted for programs written for PyTorch: there is one way to compile. */
  readonly mode?: string | null | undefined;
  /** Accepted for programs written for PyTorch: every form of the arguments has a program of its own. */
  readonly dynamic?: boolean | null | undefined;
}

/** What a compiled function or module has besides. */
export interface CompiledMembers {
  /** The programs, one for each form of the arguments so far. */
  readonly programs: readonly CompiledProgram[];
  /** Forgets all programs, and that no program could be made. */
  reset(): void;
}

/** The options with their defaults. */
interface Settings {
  readonly fullgraph: boolean;
  readonly maxPrograms: number;
  readonly check: boolean;
  /** Say nothing where no program can be made: nobody has asked for one. */
  readonly quiet?: boolean;
}

/** Any function. */
type AnyFunction = (...args: never[]) => unknown;

const OPTIONS = signature("compile", {
  fullgraph: keyword(aBoolean, false),
  maxPrograms: keyword(aSize, 8),
  check: keyword(aBoolean, environment("TAPEGRAD_CHECK_COMPILE") === "1"),
  backend: keyword(aString),
  mode: keyword(nullable(aString), null),
  dynamic: keyword(nullable(aBoolean), null),
});

/** How often a function is captured again because its first calls make what later ones go on with. */
const MOST_ATTEMPTS = 3;

/**
 * Captures a function as a program, and runs that in its place: a whole step of training, a forward pass, or a module.
 *
 * The first call runs the function while every kernel call is recorded: forward, `backward()`, the optimizer's step. Later
 * calls with arguments of the same form (shapes, dtypes, devices, values that are no tensors) run the recorded calls,
 * without tensors and tape between them, and give the same bits. Another form is another program.
 *
 * - Parameters, buffers and the state of optimizers are taken by reference. Learning rates, step counts and random numbers
 *   are found out anew in each run. Fields of modules, `train()` and `eval()`, grad mode, hooks and options of optimizers
 *   are watched: where one has changed, the function is captured again.
 * - Other variables that the function reads are constants of the program, as in `jax.jit`. Tensors go in as arguments
 *   and come out in the result, in arrays and plain objects; what else was made inside is freed.
 * - Where a number is read inside, or a shape depends on the numbers of a tensor, there is one warning that names the place,
 *   and the function runs as it is from then on.
 *
 * A compiled module trains and evaluates as the original, whose parameters it has.
 *
 * @throws GraphError with `fullgraph` where no program can be made, for a call inside of another compiled function, and for
 * derivatives of the backward pass; ValueError for anything but a function or a module.
 * @example
 * const model = new nn.Linear(2, 1);
 * const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
 * const step = compile((x: Tensor, y: Tensor) => {
 *   const loss = nn.functional.mseLoss(model.forward(x), y);
 *   loss.backward();
 *   optimizer.step();
 *   optimizer.zeroGrad();
 *   return loss;
 * });
 * for (let i = 0; i < 100; i++) step(ones(4, 2), ones(4, 1));
 * step.programs.length; // 1
 */
export function compile<M extends AnyModule>(module: M, options?: CompileOptions): M & CompiledMembers;
export function compile<F extends AnyFunction>(fn: F, options?: CompileOptions): F & CompiledMembers;
export function compile(what: unknown, ...given: readonly unknown[]): unknown {
  const options = OPTIONS.read(given);
  if (what instanceof Module) return compiledModule(what, options);
  if (typeof what !== "function") {
    refuseForeign("compile", "the module", what);
    throw new ValueError(`[compile] expected a function or a module, but got ${describeValue(what)}`);
  }
  if ("programs" in what) throw new GraphError("[compile] the function is compiled already");
  const compiled = new Compiled(what as AnyFunction, what.name, options);
  const call = (...args: readonly unknown[]): unknown => compiled.call(args);
  Object.defineProperty(call, "name", { value: what.name });
  return withMembers(call, compiled);
}

/** The function compiled where that is possible, without a word where it is not. */
export function compiledQuietly<F extends AnyFunction>(fn: F): F & CompiledMembers {
  const compiled = new Compiled(fn, fn.name, { ...OPTIONS.read([]), quiet: true });
  return withMembers((...args: readonly unknown[]): unknown => compiled.call(args), compiled) as F & CompiledMembers;
}

/** The module with a compiled `forward`: everything else is the module's own. */
function compiledModule(module: AnyModule, options: Settings): unknown {
  const compiled = new Compiled((...args) => module.forward(...args), module.constructor.name, options);
  const forward = (...args: readonly unknown[]): unknown => compiled.call(args);
  return new Proxy(module, {
    get(target, key, receiver): unknown {
      if (key === "forward") return forward;
      if (key === "programs") return compiled.programs;
      if (key === "reset") return () => compiled.reset();
      return Reflect.get(target, key, receiver);
    },
    has: (target, key) => key === "programs" || key === "reset" || Reflect.has(target, key),
  });
}

function withMembers(call: object, compiled: Compiled): object {
  return Object.defineProperties(call, {
    programs: { get: () => compiled.programs, enumerable: true },
    reset: { value: () => compiled.reset() },
  });
}

class Compiled {
  readonly #fn: (...args: never[]) => unknown;
  readonly #name: string;
  readonly #options: Settings;
  #programs: CompiledProgram[] = [];
  #attempts = 0;
  /** Why the function runs as it is; null while it is captured. */
  #isEager = false;
  #isFull = false;

  constructor(fn: AnyFunction, name: string, options: Settings) {
    this.#fn = fn;
    this.#name = name;
    this.#options = options;
  }

  get programs(): readonly CompiledProgram[] {
    return [...this.#programs];
  }

  reset(): void {
    for (const program of this.#programs) program.free();
    this.#programs = [];
    this.#attempts = 0;
    this.#isEager = false;
    this.#isFull = false;
  }

  call(args: readonly unknown[]): unknown {
    if (captureHook !== null) {
      throw new GraphError(
        `[compile] ${this.#title()} was called while another function is captured. ` +
          "Call the function itself there: it becomes a part of the outer program.",
      );
    }
    // Inside vmap, or a trace, operations have to be seen.
    if (this.#isEager || batchingHook !== null) return this.#fn(...(args as never[]));
    const programs: readonly CompiledProgram[] = this.#programs;
    for (let i = 0; i < programs.length; i++) {
      const program = programs[i] as CompiledProgram;
      const found = program.accepts(args);
      if (found === null) continue;
      const run = (): unknown => {
        if (!this.#options.check) return program.run(found);
        const eager = (): unknown => this.#fn(...(args as never[]));
        return checked(this.#title(), program.touchedBy(found), eager, (check) => program.run(found, check));
      };
      return profilerHook === null ? run() : profilerHook("function", `compiled ${this.#name}`, found.tensors, run);
    }
    if (programs.length >= this.#options.maxPrograms) {
      const difference = programs.at(-1)?.differenceFrom(args) ?? "";
      if (!this.#isFull)
        this.#giveUp(`${programs.length} are there already. From the last, this call differs: ${difference}`, "");
      this.#isFull = true;
      return this.#fn(...(args as never[]));
    }
    return this.#capture(args);
  }

  #title(): string {
    return this.#name === "" ? "a compiled function" : `the compiled function '${this.#name}'`;
  }

  #capture(args: readonly unknown[]): unknown {
    const tensors: Tensor[] = [];
    const argTree = treeOf(args, tensors);
    const capture = new Capture(tensors);
    const before = tensors.map((t) => ({
      slot: capture.recording.input(t.storage),
      needsGrad: requiresGrad(t),
      isLeaf: t.isLeaf,
    }));
    const gradMode = isGradEnabled();
    const result = capture.run(() => this.#fn(...(args as never[])));
    if (isThenable(result)) capture.interrupt("the function is asynchronous");
    const call = { name: this.#name, capture, gradMode, argTree, tensors, before, result };
    const program = programOf(call);
    const { interruption } = capture;
    if (interruption !== null) {
      this.#isEager = true;
      this.#giveUp(interruption.what, interruption.stack);
    } else if (program !== null) {
      this.#programs.push(program);
      this.#attempts = 0;
      programMade(this.#name, program);
    } else if (++this.#attempts >= MOST_ATTEMPTS) {
      this.#isEager = true;
      this.#giveUp(capture.unsettled ?? "", "");
    }
    return result;
  }

  #giveUp(what: string, stack: string): void {
    const place = stack === "" ? "" : ` (${placeOf(stack)})`;
    const why = `[compile] no program can be made of ${this.#title()}: ${what}${place}`;
    if (this.#options.fullgraph) throw new GraphError(`${why}. Move that out of the function, or leave out fullgraph.`);
    if (this.#options.quiet !== true) console.warn(`${why}. It runs as it is from now on.`);
  }
}
