/** @file Python's `random` module, from which PyTorch's shuffle buffer draws. */
import { Mt19937 } from "../../kernels/mt19937.ts";

/** Words of the state of mt19937. */
const N = 624;

/** mt19937, seeded as Python's `random.seed` does: with all bits of an integer, not with 32 of them. */
export class PythonRandom {
  readonly #engine = new Mt19937();

  /** @param seed - An integer of at least 0. */
  constructor(seed: bigint) {
    const key: number[] = [];
    for (let rest = seed; rest > 0n || key.length === 0; rest >>= 32n) key.push(Number(BigInt.asUintN(32, rest)));
    this.#seedByArray(key);
  }

  /** A random integer from 0 to `count` − 1, as `random.randrange(count)`: as many bits as it needs, until they fit. */
  below(count: number): number {
    const shift = Math.clz32(count);
    for (;;) {
      const value = this.#engine.next() >>> shift;
      if (value < count) return value;
    }
  }

  /** `init_by_array` of Matsumoto and Nishimura (2002). */
  #seedByArray(key: readonly number[]): void {
    this.#engine.seed(19650218);
    const { words } = this.#engine.save();
    const mixed = (i: number, factor: number): number => {
      const before = words[i - 1] as number;
      return (words[i] as number) ^ Math.imul(before ^ (before >>> 30), factor);
    };
    let i = 1;
    const advance = (): void => {
      if (++i < N) return;
      words[0] = words[N - 1] as number;
      i = 1;
    };
    for (let k = 0; k < Math.max(N, key.length); k++) {
      const j = k % key.length;
      words[i] = mixed(i, 1664525) + (key[j] as number) + j;
      advance();
    }
    for (let k = 1; k < N; k++) {
      words[i] = mixed(i, 1566083941) - i;
      advance();
    }
    words[0] = 0x80000000;
    this.#engine.restore({ words, left: 1, next: 0 });
  }
}
