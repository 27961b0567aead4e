/**
 * @file Fusion of element-wise calls: neighbours on the same elements become one kernel, whose intermediate values never
 * reach memory. Every value is computed by the instructions of its own kernel, so results are the same to the bit.
 */
import type { Backend, Device, DType, NDArray } from "../backend.ts";
import {
  castExpression,
  ELEMENTWISE,
  type ElementwiseName,
  expressionOf,
  INTEGER_DIVISIONS,
  KIND_OF,
  POWERS,
} from "../ir/elementwise.ts";
import { argsOf, constant, type Expr, type Kind } from "../ir/expression.ts";
import { broadcastStrides, contiguousStrides, isContiguous, sameShape, sizeOf } from "../layout.ts";
import type { Call, Slot, SlotArray } from "./call.ts";
import { Grouping, predecessorsOf } from "./order.ts";
import { readersOf } from "./passes.ts";

/** A fused kernel: what it computes from its inputs. */
export interface FusedKernel {
  readonly outputs: readonly Expr[];
  /** The kinds of the inputs. */
  readonly inputs: readonly Kind[];
}

/** What a backend fuses. */
export interface Fuser {
  /** The most arrays that a kernel can read and write, if there is such a limit. */
  readonly mostArrays?: number;
  /** Whether an operation on so many elements is computed as it would be within a fused kernel, to the bit. */
  takes(name: ElementwiseName | "cast", dtype: DType, n: number): boolean;
  /**
   * Runs a kernel. Results are contiguous and of `shape`, in number of elements; inputs broadcast to it, and along the last
   * dimension that is not 1 they are contiguous or repeat one element.
   */
  run(kernel: FusedKernel, inputs: readonly NDArray[], shape: readonly number[], outs: readonly NDArray[]): void;
}

/** The most calls in one kernel, and the most places that they read and write: every value takes registers. */
const MOST_CALLS = 40;
const MOST_PLACES = 32;

/** How far back a group may begin that a call joins, and how many are tried: so the work grows with the calls alone. */
const REACH = 512;
const MOST_CANDIDATES = 6;

/** A call that can be a part of a kernel. */
interface Element {
  /** The number of the call. */
  readonly at: number;
  readonly inputs: readonly SlotArray[];
  readonly out: SlotArray;
  readonly shape: readonly number[];
  readonly n: number;
  /** Whether all inputs are whole rows of elements like the result, or single elements: then its shape does not matter. */
  readonly isFlat: boolean;
  /** The most arrays that a kernel reads and writes that it is part of. */
  readonly mostArrays: number;
  readonly value: (inputs: readonly Expr[]) => Expr;
}

/** An expression with its inputs replaced. */
function substitute(root: Expr, inputs: readonly Expr[], scalars: readonly number[]): Expr {
  const known = new Map<Expr, Expr>();
  const visit = (e: Expr): Expr => {
    const found = known.get(e);
    if (found !== undefined) return found;
    let result: Expr = e;
    if (e.op === "input") result = inputs[e.index] as Expr;
    else if (e.op === "scalar") result = constant(e.kind, scalars[e.index] as number);
    else if ("args" in e) result = { ...e, args: argsOf(e).map(visit) } as Expr;
    known.set(e, result);
    return result;
  };
  return visit(root);
}

const isSingle = (x: NDArray): boolean => sizeOf(x.shape) === 1;

/** Whether an array, read as `shape`, runs along its last dimension or stays where it is. */
function runsAlong(x: NDArray, shape: readonly number[]): boolean {
  const strides = broadcastStrides(x.shape, x.strides, shape);
  for (let d = shape.length - 1; d >= 0; d--) {
    if (shape[d] !== 1) return strides[d] === 0 || strides[d] === 1;
  }
  return true;
}

/** The number that a single element always is; undefined if it may change. */
function numberOf(x: SlotArray): number | undefined {
  const { origin, constant: value } = x.slot;
  if (origin !== "constant" || value === null) return undefined;
  if (typeof value === "number") return value;
  return isSingle(x) || x.slot.length === 1 ? value[x.start] : undefined;
}

function elementOf(call: Call, at: number, backends: ReadonlyMap<Device, Backend>): Element | null {
  const { name, args, results, written } = call;
  const out = written[0] ?? results[0];
  if (out === undefined || !isContiguous(out.shape, out.strides)) return null;
  const fuser = backends.get(out.slot.device)?.fuser;
  if (fuser == null) return null;
  const n = sizeOf(out.shape);
  const element = (
    op: ElementwiseName | "cast",
    dtype: DType,
    inputs: readonly SlotArray[],
    value: Element["value"],
  ): Element | null => {
    if (!fuser.takes(op, dtype, n) || !inputs.every((x) => runsAlong(x, out.shape))) return null;
    const isFlat = inputs.every((x) => isSingle(x) || (sizeOf(x.shape) === n && isContiguous(x.shape, x.strides)));
    const { mostArrays = Infinity } = fuser;
    return { at, inputs, out, shape: out.shape, n, isFlat, mostArrays, value };
  };
  switch (name) {
    case "map": {
      const [op, inputs, shape, scalars = []] = args as [ElementwiseName, SlotArray[], number[], number[]?];
      const dtype = (inputs[inputs.length - 1] as SlotArray).dtype;
      const isInteger = dtype !== "float32" && dtype !== "float64";
      if (isInteger && INTEGER_DIVISIONS.has(op)) return null;
      if (op === "pow" && !isInteger) {
        const [base, exponent] = inputs as [SlotArray, SlotArray];
        if (isSingle(exponent) && sameShape(base.shape, shape)) {
          const power = numberOf(exponent);
          // What is not known here the kernel asks for itself.
          if (power === undefined) return null;
          const simple = POWERS.get(power);
          if (simple !== undefined) {
            return element(op, dtype, [base], (x) => substitute(expressionOf(ELEMENTWISE[simple], dtype), x, []));
          }
        }
      }
      return element(op, dtype, inputs, (x) => substitute(expressionOf(ELEMENTWISE[op], dtype), x, scalars));
    }
    case "addInto": {
      const [dst, src] = args as [SlotArray, SlotArray];
      return element("add", dst.dtype, [dst, src], (x) => substitute(expressionOf(ELEMENTWISE.add, dst.dtype), x, []));
    }
    case "cast": {
      const [x, to] = args as [SlotArray, DType];
      return element("cast", x.dtype, [x], (e) => substitute(castExpression(x.dtype, to), e, []));
    }
    case "copy": {
      const [, src] = args as [SlotArray, SlotArray];
      return element("cast", src.dtype, [src], ([e]) => e as Expr);
    }
    case "fill": {
      const [dst, value] = args as [SlotArray, number];
      return dst.dtype === "float32" || dst.dtype === "float64"
        ? element("cast", dst.dtype, [], () => constant(KIND_OF[dst.dtype], value))
        : null;
    }
    default:
      return null;
  }
}

/** Whether two arrays are the same run of elements. */
function isSamePlace(a: SlotArray, b: SlotArray): boolean {
  return (
    a.slot === b.slot &&
    a.start === b.start &&
    sizeOf(a.shape) === sizeOf(b.shape) &&
    isContiguous(a.shape, a.strides) &&
    isContiguous(b.shape, b.strides)
  );
}

/** Whether what calls write into a buffer is needed by others, so that it has to be stored. */
function isStored(slot: Slot, inside: ReadonlySet<number>, readers: ReadonlyMap<Slot, readonly number[]>): boolean {
  return slot.origin !== "inside" || slot.escapes || readers.get(slot)?.some((at) => !inside.has(at)) === true;
}

/** Elements that are to become one kernel. */
class Group {
  readonly elements: Element[] = [];
  /** The shape that those with broadcasts have; null as long as all are flat. */
  shape: readonly number[] | null = null;
  readonly #mostArrays: number;
  readonly #readers: ReadonlyMap<Slot, readonly number[]>;

  constructor(mostArrays: number, readers: ReadonlyMap<Slot, readonly number[]>) {
    this.#mostArrays = mostArrays;
    this.#readers = readers;
  }

  /** Whether an element fits: its arrays are those of the others, element by element, or have nothing to do with them. */
  fits(element: Element): boolean {
    const first = this.elements[0] as Element;
    if (element.n !== first.n || this.elements.length >= MOST_CALLS) return false;
    if (!element.isFlat && this.shape !== null && !sameShape(this.shape, element.shape)) return false;
    for (const other of this.elements) {
      for (const x of element.inputs) if (x.slot === other.out.slot && !isSamePlace(x, other.out)) return false;
      for (const x of other.inputs) if (x.slot === element.out.slot && !isSamePlace(x, element.out)) return false;
      if (other.out.slot === element.out.slot && !isSamePlace(other.out, element.out)) return false;
    }
    const places = new Set<string>();
    for (const { inputs, out } of [...this.elements, element]) {
      for (const x of [...inputs, out]) {
        if (numberOf(x) === undefined) places.add(`${x.slot.id} ${x.start} ${x.strides.join()}`);
      }
    }
    if (places.size > MOST_PLACES) return false;
    return this.#mostArrays === Infinity || this.#arraysWith(element) <= this.#mostArrays;
  }

  /** How many arrays the kernel would read and write. What only its own calls read is in no array. */
  #arraysWith(element: Element): number {
    const elements = [...this.elements, element].sort((a, b) => a.at - b.at);
    const inside = new Set(elements.map(({ at }) => at));
    const read = new Set<string>();
    const written = new Set<Slot>();
    for (const { inputs, out } of elements) {
      for (const x of inputs) {
        if (written.has(x.slot) || numberOf(x) !== undefined) continue;
        read.add(`${x.slot.id} ${x.start} ${x.shape.join()} ${x.strides.join()}`);
      }
      written.add(out.slot);
    }
    return read.size + [...written].filter((slot) => isStored(slot, inside, this.#readers)).length;
  }

  /** Whether all elements of another group fit. */
  fitsAll(other: Group): boolean {
    const together = new Group(this.#mostArrays, this.#readers);
    together.elements.push(...this.elements);
    together.shape = this.shape;
    return other.elements.every((element) => {
      if (!together.fits(element)) return false;
      together.add(element);
      return true;
    });
  }

  add(...elements: readonly Element[]): void {
    this.elements.push(...elements);
    for (const { isFlat, shape } of elements) if (!isFlat) this.shape = shape;
  }
}

/** Fuses what can be fused. */
export function fuseElementwise(calls: readonly Call[], backends: ReadonlyMap<Device, Backend>): Call[] {
  const elements = calls.map((call, at) => elementOf(call, at, backends));
  if (elements.every((element) => element === null)) return [...calls];
  const readers = readersOf(calls, (_, at) => at);
  const grouping = new Grouping(predecessorsOf(calls));
  const groups = new Map<number, Group>();
  /** The groups that have to do with a buffer, latest last. */
  const users = new Map<Slot, number[]>();
  for (const [at, element] of elements.entries()) {
    if (element === null) continue;
    const slots = [...element.inputs, element.out]
      .map(({ slot }) => slot)
      .filter(({ origin }) => origin !== "constant");
    const near = slots.flatMap((slot) => users.get(slot) ?? []);
    const candidates = [...new Set(near)]
      .filter((group) => at - group <= REACH)
      .sort((a, b) => b - a)
      .slice(0, MOST_CANDIDATES);
    const target = candidates.find((group) => groups.get(group)?.fits(element) === true && grouping.canJoin(group, at));
    let home = at;
    if (target === undefined) {
      const group = new Group(element.mostArrays, readers);
      group.add(element);
      groups.set(at, group);
    } else {
      home = target;
      groups.get(target)?.add(element);
      grouping.join(target, at);
    }
    home = joinNeighbours(home, candidates, groups, grouping);
    for (const slot of slots) {
      const others = (users.get(slot) ?? []).filter((group) => group !== home);
      users.set(slot, [...others.slice(-MOST_CANDIDATES), home]);
    }
  }
  return grouping.order().map((group) => {
    const members = grouping.membersOf(group);
    if (members.length === 1) return calls[members[0] as number] as Call;
    return fusedCall(calls, members, elements as readonly Element[], groups.get(group)?.shape ?? null, readers);
  });
}

/** Makes one group of `home` and of those among the others that fit. Gives the group's number. */
function joinNeighbours(
  home: number,
  others: readonly number[],
  groups: Map<number, Group>,
  grouping: Grouping,
): number {
  let result = home;
  for (const other of others) {
    const [low, high] = other < result ? [other, result] : [result, other];
    const [first, second] = [groups.get(low), groups.get(high)];
    if (low === high || first === undefined || second === undefined || !first.fitsAll(second)) continue;
    if (!grouping.canJoin(low, high) || !grouping.canJoin(high, low)) continue;
    first.add(...second.elements);
    groups.delete(high);
    grouping.join(low, high);
    result = low;
  }
  return result;
}

function fusedCall(
  calls: readonly Call[],
  members: readonly number[],
  elements: readonly (Element | null)[],
  shape: readonly number[] | null,
  readers: ReadonlyMap<Slot, readonly number[]>,
): Call {
  const inside = new Set(members);
  const own = members.map((at) => elements[at] as Element);
  const inputs: SlotArray[] = [];
  const leaves: Expr[] = [];
  /** The values of places that have been written. */
  const values: { place: SlotArray; value: Expr }[] = [];
  const full = shape ?? (own[0] as Element).shape;
  const read = (x: SlotArray): Expr => {
    const found = values.find(({ place }) => place.slot === x.slot);
    if (found !== undefined) return found.value;
    const number = numberOf(x);
    const kind = KIND_OF[x.dtype];
    if (number !== undefined && (kind === "f32" || kind === "f64")) return constant(kind, number);
    const known = inputs.findIndex(
      (other) =>
        other.slot === x.slot &&
        other.start === x.start &&
        sameShape(other.shape, x.shape) &&
        sameShape(other.strides, x.strides),
    );
    if (known >= 0) return leaves[known] as Expr;
    const leaf: Expr = { op: "input", kind, index: inputs.length };
    inputs.push(x);
    leaves.push(leaf);
    return leaf;
  };
  for (const { inputs: given, out, value } of own) {
    const result = value(given.map(read));
    const found = values.find(({ place }) => place.slot === out.slot);
    if (found === undefined) values.push({ place: out, value: result });
    else found.value = result;
  }
  const stored = values.filter(({ place }) => isStored(place.slot, inside, readers));
  const reshaped = inputs.map((x) => asRead(x, full));
  const outs = stored.map(({ place }) => place);
  const kernel: FusedKernel = { outputs: stored.map(({ value }) => value), inputs: leaves.map(({ kind }) => kind) };
  const labels = [...new Set(members.map((at) => (calls[at] as Call).label))].filter((label) => label !== "");
  return {
    name: "fused",
    label: labels.join(" · "),
    args: [kernel, reshaped, full, outs],
    made: [],
    results: outs.filter(({ slot }) => slot.origin === "inside"),
    arrays: [...reshaped, ...outs],
    written: outs,
    fresh: null,
    action: null,
    hasEffects: false,
  };
}

/** An input as one that broadcasts to `shape`: a flat one has its elements in that order. */
function asRead(x: SlotArray, shape: readonly number[]): SlotArray {
  if (isSingle(x) || !isContiguous(x.shape, x.strides) || sizeOf(x.shape) !== sizeOf(shape)) return x;
  if (sameShape(x.shape, shape)) return x;
  const array: SlotArray = { ...x, shape, strides: contiguousStrides(shape) };
  x.slot.arrays.push(array);
  return array;
}
