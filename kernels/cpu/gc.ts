/**
 * @file Forcing a garbage collection in the middle of a synchronous run, to learn which storages are unreachable.
 *
 * Two things are needed, and Node has both. A full collection can be had through V8's `gc` function. And a `WeakRef`
 * made in the running job keeps its target alive until the job ends, or until V8 performs a microtask checkpoint: one
 * of an empty script in a context with a microtask queue of its own runs nobody's code and takes a microsecond or two.
 */
import { builtin } from "./env.ts";

interface Script {
  runInContext(context: object): unknown;
}

interface Vm {
  createContext(object: object, options: { microtaskMode: "afterEvaluate" }): object;
  runInNewContext(code: string): unknown;
  Script: new (code: string) => Script;
}

interface V8 {
  setFlagsFromString(flag: string): void;
}

export interface Collector {
  /** Lets go of the targets that `WeakRef`s made in the running job keep alive until its end. */
  forget(): void;
  /** {@link forget}, then a full collection: afterwards `deref` of what is unreachable gives undefined. */
  collect(): void;
}

/** The collector of this engine, or null where a collection cannot be forced. It is tested first. */
export function findCollector(): Collector | null {
  try {
    const collector = makeCollector();
    return collector !== null && works(collector) ? collector : null;
  } catch {
    return null;
  }
}

function makeCollector(): Collector | null {
  const vm = builtin<Vm>("node:vm");
  const v8 = builtin<V8>("node:v8");
  if (vm === undefined || v8 === undefined) return null;
  v8.setFlagsFromString("--expose-gc");
  const gc = vm.runInNewContext("gc");
  v8.setFlagsFromString("--no-expose-gc");
  if (typeof gc !== "function") return null;
  const context = vm.createContext({}, { microtaskMode: "afterEvaluate" });
  const nothing = new vm.Script("0");
  const forget = () => {
    nothing.runInContext(context);
  };
  return {
    forget,
    collect() {
      forget();
      gc();
    },
  };
}

function works(collector: Collector): boolean {
  const refs = Array.from({ length: 8 }, () => new WeakRef({}));
  collector.collect();
  const gone = refs.every((ref) => ref.deref() === undefined);
  collector.forget();
  return gone;
}
