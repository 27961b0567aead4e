/**
 * @file Random numbers on the heap.
 *
 * The words of mt19937 come one after the other, so one thread draws them, a piece at a time; what they become is made
 * by all threads.
 */
import type { Distribution, NDArray } from "../backend.ts";
import { BYTES, sizeOf } from "../layout.ts";
import type { Mt19937 } from "../mt19937.ts";
import { NORMAL_BLOCK } from "../reference/random.ts";
import { copyOut, type KernelContext, operandAddress, targetOf } from "./kernel-context.ts";
import { SUFFIX } from "./suffix.ts";

/** Words that are drawn before they are made into numbers: 256 KiB, which a processor's second cache holds. */
const CHUNK = 65536;

/** Words of a block of mt19937. */
const STATE = 624;

/** Makes numbers of items `first` … `first + count − 1` from their words. */
type Maker = (words: number, first: number, count: number) => void;

/** The words of an engine, drawn in the memory of the heap. */
class Words {
  readonly #context: KernelContext;
  readonly #engine: Mt19937;
  readonly #state: number;
  readonly #buffer: number;
  #next: number;

  constructor(context: KernelContext, engine: Mt19937) {
    this.#context = context;
    this.#engine = engine;
    const { heap } = context;
    const { words, left, next } = engine.save();
    this.#state = heap.scratch(4 * STATE);
    this.#buffer = heap.scratch(4 * CHUNK);
    heap.ints.set(words, this.#state >>> 2);
    // A fresh stream has no block yet.
    this.#next = left === 1 ? STATE : next;
  }

  /** Draws the words of `length` items and makes numbers of them. */
  draw(length: number, perItem: number, make: Maker): void {
    const step = CHUNK / perItem;
    for (let first = 0; first < length; first += step) {
      const count = Math.min(step, length - first);
      this.#next = this.#context.vector.drawWords(this.#buffer, this.#state, this.#next, count * perItem);
      make(this.#buffer, first, count);
    }
  }

  /** Hands the state back to the engine. */
  close(): void {
    const at = this.#state >>> 2;
    const words = this.#context.heap.ints.slice(at, at + STATE);
    this.#engine.restore({ words, left: STATE + 1 - this.#next, next: this.#next });
  }
}

/** Fills `out`, which is contiguous and not empty; false, and nothing done, if there is no kernel for it. */
export function randomArray(context: KernelContext, out: NDArray, from: Distribution, engine: Mt19937): boolean {
  const { heap, vector } = context;
  if (from.name === "normal" && !vector.canDrawNormals(1 + 2 ** -12, -(1 + 2 ** -11))) return false;
  const single = out.dtype === "float32";
  const n = sizeOf(out.shape);
  const bytes = BYTES[out.dtype];
  const p = from.name === "bernoulli" && typeof from.p === "object" ? operandAddress(heap, from.p) : 0;
  const target = targetOf(heap, out);
  const to = target.address;
  const words = new Words(context, engine);
  if (from.name === "uniform") {
    const { low, range } = boundsOf(from.from, from.to, single);
    const kernel = single ? vector.uniform_f32 : vector.uniform_f64;
    words.draw(n, single ? 1 : 2, (w, first, count) => kernel(to + bytes * first, w, count, low, range));
  } else if (from.name === "normal") {
    const kernel = single ? vector.normal_f32 : vector.normal_f64;
    const { mean, std } = from;
    const make =
      (start: number): Maker =>
      (w, first, count) =>
        kernel(start + bytes * first, w, Math.floor(count / NORMAL_BLOCK), mean, std);
    words.draw(n, single ? 1 : 2, make(to));
    // What is left over from whole blocks makes the last 16 places be drawn again.
    if (n % NORMAL_BLOCK !== 0) words.draw(NORMAL_BLOCK, single ? 1 : 2, make(to + bytes * (n - NORMAL_BLOCK)));
  } else if (from.name === "bernoulli" && p !== 0) {
    const kernel = single ? vector.bernoulliOf_f32 : vector.bernoulliOf_f64;
    words.draw(n, single ? 1 : 2, (w, first, count) => kernel(to + bytes * first, w, p + bytes * first, count));
  } else if (from.name === "bernoulli") {
    const kernel = single ? vector.bernoulli_f32 : vector.bernoulli_f64;
    // m·2⁻⁵³ < p for an integer m exactly if m is below this.
    const limit = Math.ceil((from.p as number) * 2 ** 53);
    words.draw(n, 2, (w, first, count) => kernel(to + bytes * first, w, count, limit, from.one));
  } else if (from.name === "integers") {
    const kernel = vector[`integers_${SUFFIX[out.dtype]}`];
    words.draw(n, 1, (w, first, count) => kernel(to + bytes * first, w, count, from.range, from.from));
  } else {
    vector.iota(to, n, 0);
    words.draw(n - 1, 1, (w, first, count) => vector.shuffleOrder(to, w, first, first + count, n));
  }
  words.close();
  copyOut(heap, out, target);
  return true;
}

/** The lower bound and the range in the precision of the result. */
function boundsOf(from: number, to: number, single: boolean): { low: number; range: number } {
  if (!single) return { low: from, range: to - from };
  const low = Math.fround(from);
  return { low, range: Math.fround(Math.fround(to) - low) };
}
