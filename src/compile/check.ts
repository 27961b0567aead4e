/** @file Check mode: every run of a program beside the function itself, compared bit for bit. */
import type { Storage, TypedArray } from "../../kernels/backend.ts";
import { grad } from "../autograd/grad.ts";
import { enableGrad } from "../autograd/grad-mode.ts";
import { gradState, setGrad, setNoGrad } from "../autograd/tape-state.ts";
import { backendFor } from "../core/device.ts";
import { GraphError } from "../core/errors.ts";
import { LRScheduler } from "../optim/lr-scheduler/scheduler.ts";
import { Optimizer } from "../optim/optimizer.ts";
import { defaultGenerator, Generator } from "../tensor/random/generator.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { isOneElement } from "./one-element.ts";
import { treeOf } from "./tree.ts";

/** What a call may change. */
export interface Touched {
  /** Storages from outside, those of the arguments too. */
  readonly storages: ReadonlySet<Storage>;
  /** Tensors whose `.grad` the call reads or changes. */
  readonly leaves: readonly Tensor[];
  /** Optimizers, schedulers and generators that go on. */
  readonly owners: ReadonlySet<object>;
}

/** Something that can be put back, and is then as it was. */
type Restore = () => void;

function elementsOf(storage: Storage): TypedArray {
  return backendFor(storage.device).readSync(storage, 0, storage.length);
}

function saveStorage(storage: Storage): Restore {
  const { device, dtype, length, version } = storage;
  const elements = elementsOf(storage);
  const backend = backendFor(device);
  return () => {
    const array = { dtype, shape: [length], strides: [1], offset: 0 };
    const copy = backend.upload(dtype, elements);
    backend.copy({ ...array, storage }, { ...array, storage: copy });
    backend.free(copy);
    storage.version = version;
  };
}

/** Saves the numbers of an object: its fields, and those of the lists and schedulers in them. */
function saveFields(owner: object): Restore {
  const restores = Object.entries(owner).map(([key, value]): Restore => {
    if (Array.isArray(value)) {
      const items = [...value];
      const inner = items.filter((item) => item instanceof LRScheduler).map(saveFields);
      return () => {
        Reflect.set(owner, key, items);
        for (const restore of inner) restore();
      };
    }
    return typeof value === "object" || typeof value === "function" ? () => {} : () => Reflect.set(owner, key, value);
  });
  return () => {
    for (const restore of restores) restore();
  };
}

function saveOwner(owner: object): Restore {
  if (owner instanceof Generator) {
    const state = owner.getState();
    return () => owner.setState(state);
  }
  const restores = [saveFields(owner)];
  if (owner instanceof Optimizer) {
    for (const group of owner.paramGroups) restores.push(saveFields(group));
    for (const state of owner.state.values()) restores.push(saveFields(state));
  }
  return () => {
    for (const restore of restores) restore();
  };
}

function saveGrad(leaf: Tensor): Restore {
  const { grad, isPrivate } = gradState(leaf);
  if (grad === null) return () => setNoGrad(leaf);
  // Nobody frees what is not private.
  setGrad(leaf, grad);
  return () => setGrad(leaf, grad, isPrivate);
}

function differs(a: ArrayLike<unknown>, b: ArrayLike<unknown>): number {
  if (a.length !== b.length) return 0;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return i;
  return -1;
}

/** The numbers of an owner, to be compared. */
function numbersOf(owner: object): string {
  if (owner instanceof Generator) return owner.getState().join();
  const plain = (value: unknown): unknown =>
    Object.entries(value as object).filter(([, field]) => typeof field === "number" || typeof field === "string");
  if (!(owner instanceof Optimizer)) return JSON.stringify(plain(owner));
  return JSON.stringify([plain(owner), owner.paramGroups.map(plain), [...owner.state.values()].map(plain)]);
}

interface Seen {
  readonly results: readonly (TypedArray | null)[];
  readonly shapes: readonly string[];
  readonly grads: readonly (TypedArray | null)[];
  readonly storages: readonly TypedArray[];
  readonly numbers: readonly string[];
}

function elementsOfTensor(t: Tensor): TypedArray {
  const dense = t.detach().contiguous();
  return backendFor(dense.device).readSync(dense.storage, dense.offset, dense.numel());
}

function look(result: unknown, { storages, leaves, owners }: Touched): Seen {
  const tensors: Tensor[] = [];
  treeOf(result, tensors);
  return {
    results: tensors.map(elementsOfTensor),
    shapes: tensors.map((t) => `${t.dtype} [${t.shape.join(", ")}]${t.requiresGrad ? " that requires grad" : ""}`),
    grads: leaves.map((leaf) => {
      const { grad: known } = gradState(leaf);
      return known === null ? null : elementsOfTensor(known);
    }),
    storages: [...storages].map(elementsOf),
    numbers: [...owners].map(numbersOf),
  };
}

/** What differs first; null if nothing does. */
function difference(want: Seen, got: Seen, { storages, leaves, owners }: Touched): string | null {
  if (want.shapes.join() !== got.shapes.join()) return `the result is ${got.shapes.join()}, not ${want.shapes.join()}`;
  const lists: [string, readonly (TypedArray | null)[], readonly (TypedArray | null)[], (i: number) => string][] = [
    ["tensor", want.results, got.results, (i) => `${i} of the result`],
    ["the gradient of a leaf", want.grads, got.grads, (i) => `of shape [${leaves[i]?.shape.join(", ")}]`],
    [
      "a storage from outside",
      want.storages,
      got.storages,
      (i) => {
        const storage = [...storages][i];
        return `(${storage?.dtype}, ${storage?.length} elements)`;
      },
    ],
  ];
  for (const [what, a, b, which] of lists) {
    for (const [i, one] of a.entries()) {
      const other = b[i] ?? null;
      if (one === null || other === null) {
        if (one !== other) return `${what} ${which(i)} is ${other === null ? "null" : "there"}`;
        continue;
      }
      const at = differs(one, other);
      if (at >= 0) return `${what} ${which(i)} has ${other[at]} at element ${at}, not ${one[at]}`;
    }
  }
  const i = want.numbers.findIndex((numbers, k) => numbers !== got.numbers[k]);
  return i < 0 ? null : `a ${[...owners][i]?.constructor.name} has other numbers`;
}

/** The backward pass of a result that has a history. */
export interface BackwardRun {
  /** The tensors of the result that have one, by number. */
  readonly roots: readonly number[];
  readonly inputs: readonly Tensor[];
  /** The gradient of each root. */
  readonly incoming: readonly Tensor[];
  /** What the program gave for each input. */
  readonly grads: readonly (Tensor | null)[];
}

/** Compares a backward pass with that of the function itself. */
export type GradCheck = (run: BackwardRun) => void;

function firstElement(t: Tensor): Tensor {
  return t.shape.reduce((part) => part.select(0, 0), t);
}

function checkGrads(
  title: string,
  roots: readonly Tensor[],
  inputs: readonly Tensor[],
  incoming: readonly Tensor[],
  grads: readonly (Tensor | null)[],
): void {
  // A gradient that is given is copied, and kernels add in another order: one that repeats an element comes from a sum.
  const isRepeated = incoming.every(isOneElement);
  const from = isRepeated ? enableGrad(() => roots.map((t) => t.sum())) : roots;
  const gradOutputs = isRepeated ? incoming.map(firstElement) : incoming;
  const want = grad(from, inputs, { gradOutputs, retainGraph: true, allowUnused: true });
  for (const [i, other] of grads.entries()) {
    const one = want[i] ?? null;
    const which = `the gradient of an input of shape [${inputs[i]?.shape.join(", ")}]`;
    const why = (text: string): GraphError =>
      new GraphError(`[compile] check: the backward pass of ${title} is not what the function itself gives: ${text}`);
    if (one === null || other === null) {
      if (one !== other) throw why(`${which} is ${other === null ? "null" : "there"}`);
      continue;
    }
    const [wanted, got] = [elementsOfTensor(one), elementsOfTensor(other)];
    const at = differs(wanted, got);
    if (at >= 0) throw why(`${which} has ${got[at]} at element ${at}, not ${wanted[at]}`);
  }
}

/**
 * Runs the function, puts everything back, runs the program in its place, and compares.
 *
 * @throws GraphError for the first difference.
 */
export function checked(
  title: string,
  touched: Touched,
  eager: () => unknown,
  run: (check: GradCheck) => unknown,
): unknown {
  const owners = new Set([...touched.owners, defaultGenerator]);
  const all = { ...touched, owners };
  const gradStorages = touched.leaves.flatMap((leaf) => gradState(leaf).grad?.storage ?? []);
  const storages = new Set([...touched.storages, ...gradStorages]);
  const restores = [...[...storages].map(saveStorage), ...touched.leaves.map(saveGrad), ...[...owners].map(saveOwner)];
  let want: Seen;
  const given: Tensor[] = [];
  try {
    const result = eager();
    treeOf(result, given);
    want = look(result, all);
  } finally {
    for (const restore of restores) restore();
  }
  const result = run(({ roots, inputs, incoming, grads }) => {
    checkGrads(
      title,
      roots.map((i) => given[i] as Tensor),
      inputs,
      incoming,
      grads,
    );
  });
  const found = difference(want, look(result, all), all);
  if (found === null) return result;
  throw new GraphError(`[compile] check: a run of ${title} is not what the function itself gives: ${found}`);
}
