/** @file The blocks of numbers that kernels get, laid out as gpu.js does. */
import type { Pipeline } from "./pipeline.ts";

/** Memory for blocks of numbers. */
export class Numbers {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly #floats: Float32Array;
  readonly #ints: Int32Array;

  constructor(bytes: number) {
    this.words = new Uint32Array(bytes / 4);
    this.#floats = new Float32Array(this.words.buffer);
    this.#ints = new Int32Array(this.words.buffer);
  }

  /** Writes a block. `width` is the number of threads in a row of them. Tells whether a number of the kernel's own has changed. */
  write(
    at: number,
    { kernel, numbersAt }: Pipeline,
    length: number,
    width: number,
    numbers: readonly number[],
  ): boolean {
    const { words } = this;
    words[at] = length;
    words[at + 1] = 1;
    words[at + 2] = 1;
    words[at + 3] = width;
    const ints = kernel.ints.length;
    const from = at + numbersAt;
    let isChanged = false;
    for (let i = 0; i < numbers.length; i++) {
      const before = words[from + i];
      if (i < ints) this.#ints[from + i] = numbers[i] as number;
      else this.#floats[from + i] = numbers[i] as number;
      if (words[from + i] !== before) isChanged = true;
    }
    return isChanged;
  }
}
