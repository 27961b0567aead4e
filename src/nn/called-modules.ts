/** @file Which modules are called while a function runs. */

/** The prototypes that modules are made from. They are seldom many, and listed once each. */
const known = new WeakSet<object>();
const prototypes: WeakRef<object>[] = [];

/** Notes the class of a module. */
export function noteClass(prototype: object): void {
  if (known.has(prototype)) return;
  known.add(prototype);
  prototypes.push(new WeakRef(prototype));
}

let listener: ((module: object) => void) | null = null;

/** Called with a module of which something depends: one whose `forward` is its own, as with hooks, or whose members are listed. */
export function noteCall(module: object): void {
  listener?.(module);
}

/** Runs `fn`; `onCall` hears of every module whose `forward` is called in it, before the call. */
export function withCalledModules<T>(onCall: (module: object) => void, fn: () => T): T {
  const undo: (() => void)[] = [];
  const watched = new Set<object>();
  for (const ref of prototypes) {
    for (let p = ref.deref(); p !== undefined && p !== Object.prototype; p = Object.getPrototypeOf(p) ?? undefined) {
      if (watched.has(p)) continue;
      watched.add(p);
      watch(p, onCall, undo);
    }
  }
  const before = listener;
  listener = onCall;
  try {
    return fn();
  } finally {
    listener = before;
    for (const restore of undo) restore();
  }
}

function watch(prototype: object, onCall: (module: object) => void, undo: (() => void)[]): void {
  const own = Object.getOwnPropertyDescriptor(prototype, "forward");
  if (own === undefined || own.configurable !== true || typeof own.value !== "function") return;
  const forward = own.value as (...inputs: unknown[]) => unknown;
  Object.defineProperty(prototype, "forward", {
    ...own,
    value(this: object, ...inputs: unknown[]): unknown {
      onCall(this);
      return forward.apply(this, inputs);
    },
  });
  undo.push(() => Object.defineProperty(prototype, "forward", own));
}
