/** @file The profiler: runs a function and times its operations, the nodes of its backward passes, and its modules. */
import type { NDArray } from "../../kernels/backend.ts";
import { type ProfilerHook, setProfilerHook, type WorkKind } from "../autograd/profiler-hook.ts";
import { keyword, required, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { aBoolean, aFunction, aString, either, type Kind, kind, listOfKind, oneOf } from "../core/kinds.ts";
import { isThenable } from "../core/realm.ts";
import type { RemovableHandle } from "../nn/hooks.ts";
import { type AnyModule, Module } from "../nn/module.ts";
import { type ProfileEvent, ProfileResult } from "./profile-result.ts";
import { ProfilerAction, type ProfilerActivity, type ProfilerSchedule } from "./schedule.ts";

/** Options of {@link profile}. */
export interface ProfileOptions {
  /** Keep the shapes of inputs. Default false. */
  readonly recordShapes?: boolean | undefined;
  /** Keep the bytes of results. Default true. */
  readonly profileMemory?: boolean | undefined;
  /** The model whose modules are timed too, forward and backward; or several. Default: none. */
  readonly withModules?: AnyModule | readonly AnyModule[] | undefined;
  /** Accepted for programs written for PyTorch: there are no stacks in the figures. */
  readonly withStack?: boolean | undefined;
  /** Accepted for programs written for PyTorch: operations are not counted. */
  readonly withFlops?: boolean | undefined;
  /** What is profiled: the processor. Accepted for programs that list it. */
  readonly activities?: readonly ProfilerActivity[] | undefined;
  /** Which steps are profiled, as {@link schedule} tells; the function counts them with `prof.step()`. Default: all. */
  readonly schedule?: ProfilerSchedule | undefined;
  /**
   * Called with the figures of each cycle of the schedule, or without one at the end, such as
   * {@link tensorboardTraceHandler}. With it, `profile` gives a promise.
   */
  readonly onTraceReady?: ((result: ProfileResult) => unknown) | undefined;
}

/** What a profiled function gets. */
export interface ProfilerSteps {
  /** Number of the step that runs, counted from 0. */
  readonly stepNum: number;
  /** Says that the next step of the loop begins. */
  step(): void;
}

const aModule: Kind<AnyModule> = kind("a module", (value) => value instanceof Module);
const SIGNATURES = {
  profile: signature("profile", {
    fn: required(aFunction as Kind<(prof: ProfilerSteps) => unknown>),
    activities: keyword(listOfKind(oneOf("cpu", "cuda"), "a list of ProfilerActivity")),
    schedule: keyword(aFunction as Kind<ProfilerSchedule>),
    onTraceReady: keyword(aFunction as Kind<(result: ProfileResult) => unknown>),
    recordShapes: keyword(aBoolean, false),
    profileMemory: keyword(aBoolean, true),
    withStack: keyword(aBoolean, false),
    withFlops: keyword(aBoolean, false),
    withModules: keyword(
      either(
        aModule,
        kind<readonly AnyModule[]>(
          "a list of modules",
          (list) => Array.isArray(list) && list.every((item) => item instanceof Module),
        ),
      ),
    ),
  }),
  recordFunction: signature("recordFunction", {
    name: required(aString),
    fn: required(aFunction as Kind<() => unknown>),
  }),
};

/** Bytes of an element. */
const ELEMENT_BYTES: Readonly<Record<NDArray["dtype"], number>> = {
  float32: 4,
  float64: 8,
  int32: 4,
  uint8: 1,
  bool: 1,
};

/** Bytes that a result takes which is no view of an input. */
function allocated(result: unknown, inputs: readonly NDArray[]): number {
  if (!isTensor(result) || inputs.some(({ storage }) => storage === result.storage)) return 0;
  return result.storage.length * ELEMENT_BYTES[result.dtype];
}

/** Events as they happen. */
class Recorder {
  events: ProfileEvent[] = [];
  /** Whether what happens is noted. */
  isRecording = true;
  readonly #options: { readonly recordShapes: boolean; readonly profileMemory: boolean };
  readonly #open: ProfileEvent[] = [];
  /** The module in which an operation was recorded, by the number of its node. */
  readonly #moduleOf = new Map<number, string>();

  constructor(options: { readonly recordShapes: boolean; readonly profileMemory: boolean }) {
    this.#options = options;
  }

  begin(kind: ProfileEvent["kind"], name: string, inputs: readonly NDArray[] = []): ProfileEvent {
    const parent = this.#open.at(-1) ?? null;
    const event: ProfileEvent = {
      kind,
      name,
      module: parent?.module ?? null,
      shapes: this.#options.recordShapes && inputs.length > 0 ? inputs.map(({ shape }) => [...shape]) : null,
      isBackward: parent?.isBackward ?? false,
      start: performance.now(),
      duration: 0,
      childrenDuration: 0,
      bytes: 0,
      childrenBytes: 0,
    };
    this.#open.push(event);
    this.events.push(event);
    return event;
  }

  /** The events so far, of which those that are still open end now. */
  take(): ProfileEvent[] {
    const [first] = this.#open;
    if (first !== undefined) this.end(first);
    const { events } = this;
    this.events = [];
    return events;
  }

  /** Ends an event. Those inside of it that an error left open end with it. */
  end(event: ProfileEvent): void {
    const now = performance.now();
    const at = this.#open.lastIndexOf(event);
    if (at < 0) return;
    for (const open of this.#open.splice(at).reverse()) {
      open.duration = now - open.start;
      const parent = this.#open.at(-1);
      if (open !== event || parent === undefined) continue;
      parent.childrenDuration += event.duration;
      parent.childrenBytes += event.bytes;
      parent.bytes += event.bytes;
    }
  }

  readonly hook: ProfilerHook = (kind: WorkKind, name, inputs, run, sequenceNr) => {
    if (!this.isRecording) return run();
    const event = this.begin(kind, name, inputs);
    if (kind === "backward") {
      event.isBackward = true;
      event.module = (sequenceNr === undefined ? undefined : this.#moduleOf.get(sequenceNr)) ?? null;
    }
    try {
      const result = run();
      if (kind === "operation" && this.#options.profileMemory) event.bytes += allocated(result, inputs);
      if (event.module !== null && !event.isBackward && isTensor(result) && result.gradFn !== null) {
        this.#moduleOf.set(result.gradFn.sequenceNr, event.module);
      }
      return result;
    } finally {
      this.end(event);
    }
  };

  /** Times the forward passes of a module and of those in it. */
  watch(root: AnyModule): RemovableHandle[] {
    return root.namedModules().flatMap(([name, module]) => {
      const path = name === "" ? root.constructor.name : `${root.constructor.name}.${name}`;
      const open: ProfileEvent[] = [];
      return [
        module.registerForwardPreHook(() => {
          if (!this.isRecording) return;
          const event = this.begin("module", `nn.Module: ${path}`);
          event.module = path;
          open.push(event);
        }),
        module.registerForwardHook(() => {
          const event = open.pop();
          if (event !== undefined) this.end(event);
        }),
      ];
    });
  }
}

/** The cycles of a schedule: which steps are recorded, and what their figures go to. */
class Cycles implements ProfilerSteps {
  stepNum = 0;
  /** The figures of the last cycle. */
  last: ProfileResult | null = null;
  /** What waits for the figures of earlier cycles. */
  readonly pending: unknown[] = [];
  readonly #recorder: Recorder;
  readonly #schedule: ProfilerSchedule | undefined;
  readonly #onTraceReady: ((result: ProfileResult) => unknown) | undefined;
  #action: ProfilerAction = ProfilerAction.RECORD;
  #start = 0;
  #open: ProfileEvent | null = null;

  constructor(
    recorder: Recorder,
    schedule: ProfilerSchedule | undefined,
    onTraceReady: ((result: ProfileResult) => unknown) | undefined,
  ) {
    this.#recorder = recorder;
    this.#schedule = schedule;
    this.#onTraceReady = onTraceReady;
    this.#begin();
  }

  step(): void {
    this.#endStep();
    if (this.#action === ProfilerAction.RECORD_AND_SAVE) this.#save();
    this.stepNum++;
    this.#begin();
  }

  /** Ends the last step. Without a schedule, or inside of a cycle, its figures are those of the profile. */
  finish(): ProfileResult {
    this.#endStep();
    if (this.#action >= ProfilerAction.RECORD) this.#save();
    return this.last ?? new ProfileResult([], performance.now(), 0, this.stepNum);
  }

  #begin(): void {
    const before = this.#action;
    this.#action = this.#schedule === undefined ? ProfilerAction.RECORD : this.#schedule(this.stepNum);
    const isNew = this.stepNum === 0 || before < ProfilerAction.RECORD || before === ProfilerAction.RECORD_AND_SAVE;
    this.#recorder.isRecording = this.#action >= ProfilerAction.RECORD;
    if (!this.#recorder.isRecording) return;
    if (isNew) {
      this.#recorder.take();
      this.#start = performance.now();
    }
    if (this.#schedule !== undefined) this.#open = this.#recorder.begin("function", `ProfilerStep#${this.stepNum}`);
  }

  #endStep(): void {
    if (this.#open !== null) this.#recorder.end(this.#open);
    this.#open = null;
  }

  #save(): void {
    const events = this.#recorder.take();
    this.last = new ProfileResult(events, this.#start, performance.now() - this.#start, this.stepNum);
    if (this.#onTraceReady !== undefined) this.pending.push(this.#onTraceReady(this.last));
  }
}

let active: Recorder | null = null;

/**
 * Runs a function and times what it does: every operation, every node of a backward pass, the steps of optimizers, and
 * with `withModules` the modules of a model. Where no profiler runs, operations pay one comparison.
 *
 * Times are those of the processor. Work on a GPU is timed up to its submission.
 *
 * A loop of many steps is profiled in cycles: `schedule` says which steps count, `prof.step()` that one ends, and
 * `onTraceReady` gets the figures of each cycle.
 *
 * @returns the result, or its promise for an asynchronous function or with `onTraceReady`. With a schedule it is that of
 * the last cycle.
 * @throws ValueError inside of another profile.
 * @example
 * import { profile, schedule } from "tapegrad/profiler";
 * const model = new nn.Linear(8, 4);
 * const result = profile(() => model.forward(randn(16, 8)).sum().backward(), { withModules: model });
 * result.events.some((event) => event.name === "backward"); // true
 * console.log(result.table({ sortBy: "cpuTimeTotal", rowLimit: 10 }));
 *
 * await profile(
 *   (prof) => {
 *     for (let step = 0; step < 6; step++) {
 *       model.forward(randn(16, 8));
 *       prof.step();
 *     }
 *   },
 *   { schedule: schedule({ wait: 1, warmup: 1, active: 1 }), onTraceReady: ({ stepNum }) => console.log(stepNum) },
 * );
 */
export function profile(
  fn: (prof: ProfilerSteps) => unknown,
  options: ProfileOptions & { readonly onTraceReady: (result: ProfileResult) => unknown },
): Promise<ProfileResult>;
export function profile<T>(
  fn: (prof: ProfilerSteps) => PromiseLike<T>,
  options?: ProfileOptions,
): Promise<ProfileResult>;
export function profile(fn: (prof: ProfilerSteps) => unknown, options?: ProfileOptions): ProfileResult;
export function profile(...args: readonly unknown[]): ProfileResult | Promise<ProfileResult> {
  const { fn, withModules, schedule, onTraceReady, activities, ...options } = SIGNATURES.profile.read(args);
  if (active !== null) throw new ValueError("[profile] a profiler is running already: profiles cannot be nested");
  if (activities?.length === 0) throw new ValueError("[profile] No valid profiler activities found");
  const recorder = new Recorder(options);
  const roots = withModules === undefined ? [] : [withModules].flat();
  const handles = roots.flatMap((root) => recorder.watch(root));
  const before = setProfilerHook(recorder.hook);
  active = recorder;
  const stop = (): void => {
    active = null;
    setProfilerHook(before);
    for (const handle of handles) handle.remove();
  };
  try {
    const cycles = new Cycles(recorder, schedule, onTraceReady);
    const finish = (): ProfileResult | Promise<ProfileResult> => {
      const result = cycles.finish();
      stop();
      return onTraceReady === undefined ? result : Promise.all(cycles.pending).then(() => result);
    };
    const returned = fn(cycles);
    if (!isThenable(returned)) return finish();
    return Promise.resolve(returned).then(finish, (error: unknown) => {
      stop();
      throw error;
    });
  } catch (error) {
    stop();
    throw error;
  }
}

/**
 * Times a part of a program under a name of its own. Without a profiler it calls the function, and nothing else.
 *
 * @returns what the function returns.
 * @example
 * import { profile, recordFunction } from "tapegrad/profiler";
 * const result = profile(() => recordFunction("my loss", () => randn(4).square().mean()));
 * result.events[0]?.name; // my loss
 */
export function recordFunction<T>(name: string, fn: () => T): T {
  if (active === null || !active.isRecording) return fn();
  const given = SIGNATURES.recordFunction.read([name, fn]);
  const recorder = active;
  const event = recorder.begin("function", given.name);
  let returned: T;
  try {
    returned = given.fn() as T;
  } catch (error) {
    recorder.end(event);
    throw error;
  }
  if (!isThenable(returned)) {
    recorder.end(event);
    return returned;
  }
  const ended = Promise.resolve(returned).finally(() => recorder.end(event));
  return ended as T;
}
