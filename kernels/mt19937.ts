/** @file The Mersenne Twister mt19937 (Matsumoto and Nishimura, 1998): a stream of 32-bit words, produced in blocks. */

/** Words per block. */
const N = 624;
/** Distance of the word that a new one is mixed with. */
const M = 397;

const UPPER = 0x80000000 | 0;
const LOWER = 0x7fffffff;
const MATRIX = 0x9908b0df | 0;

/** The new value of a word from its own upper bit and its successor's lower bits. */
function twist(word: number, successor: number): number {
  return (((word & UPPER) | (successor & LOWER)) >>> 1) ^ (-(successor & 1) & MATRIX);
}

/** Spreads the bits of a state word. The result is signed. */
function temper(word: number): number {
  let y = word ^ (word >>> 11);
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return y ^ (y >>> 18);
}

/** What a stream is made of, in PyTorch's terms. */
export interface Mt19937State {
  /** The block: 624 words. */
  readonly words: Int32Array;
  /** Draws until the next block is made, counting the draw that makes it: 1 … 624. */
  readonly left: number;
  /** Position of the next word in the block: 0 for a freshly seeded stream, then 1 … 624. */
  readonly next: number;
}

export class Mt19937 {
  #words = new Int32Array(N);
  #left = 1;
  #next = 0;

  /** Starts the stream of a seed, of which the low 32 bits count. */
  seed(seed: number): void {
    const words = this.#words;
    let word = seed | 0;
    words[0] = word;
    for (let i = 1; i < N; i++) {
      word = (Math.imul(1812433253, word ^ (word >>> 30)) + i) | 0;
      words[i] = word;
    }
    this.#left = 1;
    this.#next = 0;
  }

  /** The next word, 0 … 2³² − 1. */
  next(): number {
    if (--this.#left === 0) {
      this.#makeBlock();
      this.#left = N;
      this.#next = 0;
    }
    return temper(this.#words[this.#next++]!) >>> 0;
  }

  /** Writes the next `count` words, as signed numbers, to the start of `out`: the fast form of {@link next}. */
  fill(out: Int32Array, count: number): void {
    const words = this.#words;
    for (let i = 0; i < count; ) {
      if (this.#left === 1) {
        this.#makeBlock();
        this.#left = N + 1;
        this.#next = 0;
      }
      const take = Math.min(this.#left - 1, count - i);
      const shift = this.#next - i;
      for (const end = i + take; i < end; i++) out[i] = temper(words[i + shift]!);
      this.#next += take;
      this.#left -= take;
    }
  }

  /** A copy of the state. */
  save(): Mt19937State {
    return { words: this.#words.slice(), left: this.#left, next: this.#next };
  }

  /** Continues from a saved state. Its numbers must be in range: see {@link Mt19937State}. */
  restore(state: Mt19937State): void {
    this.#words = state.words.slice();
    this.#left = state.left;
    this.#next = state.next;
  }

  #makeBlock(): void {
    const words = this.#words;
    let word = words[0]!;
    for (let i = 0; i < N - M; i++) {
      const successor = words[i + 1]!;
      words[i] = words[i + M]! ^ twist(word, successor);
      word = successor;
    }
    for (let i = N - M; i < N - 1; i++) {
      const successor = words[i + 1]!;
      words[i] = words[i + M - N]! ^ twist(word, successor);
      word = successor;
    }
    words[N - 1] = words[M - 1]! ^ twist(word, words[0]!);
  }
}
