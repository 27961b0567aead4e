/** @file The random number generator and its distributions, against PyTorch's. */
import { describe, expect, test } from "vitest";
import { fma32, fma64 } from "../../kernels/reference/fma.ts";
import { ValueError } from "../../src/core/errors.ts";
import { defaultGenerator, Generator, manualSeed } from "../../src/tensor/random/generator.ts";
import { fillRandint, multinomial, randperm } from "../../src/tensor/random/integers.ts";
import { fillNormal, fillNormalSerial } from "../../src/tensor/random/normal.ts";
import { fillBernoulli, fillExponential, fillUniform } from "../../src/tensor/random/uniform.ts";
import { arrayFor, type Digest, digestOf, type NumberArray, randomGolden, sha256 } from "../golden/random.ts";

const seeded = (seed: number | bigint): Generator => new Generator().manualSeed(seed);

/** Runs the steps of golden sequences, each sequence on one generator. */
function replay<Step extends Digest>(
  sequences: readonly { readonly seed: number; readonly steps: readonly Step[] }[],
  run: (step: Step, generator: Generator) => NumberArray,
): void {
  for (const { seed, steps } of sequences) {
    const generator = seeded(seed);
    for (const step of steps) expect(step).toMatchObject(digestOf(run(step, generator), step));
  }
}

function floats(digest: Digest): Float32Array | Float64Array {
  return digest.dtype === "float64" ? new Float64Array(digest.length) : new Float32Array(digest.length);
}

describe("Generator", () => {
  test.each(randomGolden.streams)("gives PyTorch's words for the seed $seed", (golden) => {
    const generator = seeded(BigInt(golden.seed));
    expect(String(generator.initialSeed())).toBe(golden.initialSeed);
    expect(golden.head.map(() => generator.random())).toEqual(golden.head);
    for (let i = 0; i < 1990; i++) generator.random();
    expect(golden.after1994.map(() => generator.random())).toEqual(golden.after1994);
    expect(golden.random64.map(() => String(generator.random64()))).toEqual(golden.random64);
  });

  test("takes numbers and bigints as the same seed", () => {
    expect(seeded(2 ** 40 + 7).getState()).toEqual(seeded(2n ** 40n + 7n).getState());
    expect(seeded(-1).initialSeed()).toBe(2n ** 64n - 1n);
  });

  test("starts from PyTorch's default seed", () => {
    expect(String(new Generator().initialSeed())).toBe(randomGolden.state.initialSeedOfNew);
  });

  test("refuses seeds that are not 64-bit integers", () => {
    for (const seed of [1.5, Number.NaN, Infinity, 2n ** 64n, 2 ** 64, -(2n ** 63n) - 1n]) {
      const generator = seeded(9);
      expect(() => generator.manualSeed(seed)).toThrow(ValueError);
      expect(generator.initialSeed()).toBe(9n);
    }
  });

  test("draws one by one what it draws in bulk", () => {
    const one = seeded(3);
    const bulk = seeded(3);
    for (const count of [1, 622, 1, 1, 623, 0, 1300, 5]) {
      const words = new Int32Array(count);
      bulk.engine.fill(words, count);
      expect(Array.from(words, (word) => word >>> 0)).toEqual(Array.from(words, () => one.random()));
      expect(bulk.getState()).toEqual(one.getState());
    }
  });

  test("seed() takes an unpredictable seed", () => {
    const generator = new Generator();
    const seeds = new Set(Array.from({ length: 4 }, () => generator.seed()));
    expect(seeds.size).toBe(4);
    expect(seeds).toContain(generator.initialSeed());
    expect(seeded(generator.initialSeed()).random()).toBe(generator.random());
  });

  test("manualSeed seeds and returns the default generator", () => {
    expect(manualSeed(0)).toBe(defaultGenerator);
    expect(defaultGenerator.random()).toBe(randomGolden.streams[0]?.head[0]);
  });
});

describe("state of a generator", () => {
  const { seed, states, last, then } = randomGolden.state;

  test("has PyTorch's bytes", () => {
    const generator = seeded(seed);
    const steps = [
      () => {},
      () => fillNormal(new Float32Array(3), 0, 1, generator),
      () => fillUniform(new Float32Array(620), 0, 1, generator),
    ];
    steps.forEach((step, i) => {
      step();
      const bytes = generator.getState();
      // The cached normal number may be off by the last bit of a double, so it is taken from PyTorch.
      if (i > 0) bytes.set(Buffer.from(last, "base64").subarray(5024, 5032), 5024);
      expect(sha256(bytes)).toBe(states[i]?.sha256);
    });
  });

  test("continues from PyTorch's bytes, cached normal number included", () => {
    const bytes = new Uint8Array(Buffer.from(last, "base64"));
    const generator = new Generator().setState(bytes);
    expect(generator.getState()).toEqual(bytes);
    expect(generator.initialSeed()).toBe(BigInt(seed));
    const normal = new Float64Array(1);
    fillNormal(normal, 0, 1, generator);
    expect(normal[0]).toBe(then.normal);
    expect(then.words.map(() => generator.random())).toEqual(then.words);
  });

  test("survives a round trip at any point", () => {
    const generator = seeded(5);
    for (const count of [0, 1, 623, 1, 624, 100]) {
      for (let i = 0; i < count; i++) generator.random();
      fillNormal(new Float64Array(1), 0, 1, generator);
      const copy = new Generator().setState(generator.getState());
      expect(copy.getState()).toEqual(generator.getState());
      expect(copy.cachedNormal).toBe(generator.cachedNormal);
      expect(copy.random()).toBe(generator.random());
    }
  });

  test("is a copy", () => {
    const generator = seeded(5);
    const state = generator.getState();
    const next = generator.random();
    generator.setState(state);
    state.fill(0);
    expect(generator.random()).toBe(next);
  });

  test("refuses bytes that are none, and stays as it was", () => {
    const generator = seeded(5);
    const before = generator.getState();
    expect(() => generator.setState(new Uint8Array(5055))).toThrow(
      "Expected a CPUGeneratorImplState of size 5056 but found the input RNG state size to be 5055",
    );
    expect(() => generator.setState(new Uint8Array(5056))).toThrow("Invalid mt19937 state");
    for (const [position, value] of [
      [8, 0],
      [9, 3],
      [12, 0],
      [16, 9],
    ] as const) {
      const damaged = before.slice();
      damaged[position] = value;
      expect(() => generator.setState(damaged)).toThrow("Invalid mt19937 state");
    }
    expect(generator.getState()).toEqual(before);
  });

  test("manualSeed forgets the cached normal number", () => {
    const generator = seeded(5);
    fillNormal(new Float32Array(1), 0, 1, generator);
    expect(generator.manualSeed(5).getState()).toEqual(seeded(5).getState());
  });
});

describe("the same bits as PyTorch", () => {
  test("uniform numbers", () => {
    replay(randomGolden.uniform, (step, generator) => {
      const out = floats(step);
      fillUniform(out, step.from, step.to, generator);
      return out;
    });
  });

  test("normal numbers in float32", () => {
    const singles = randomGolden.normal.filter(({ steps }) => steps.every(({ dtype }) => dtype === "float32"));
    expect(singles).toHaveLength(3);
    replay(singles, (step, generator) => {
      const out = floats(step);
      fillNormal(out, step.mean, step.std, generator);
      return out;
    });
  });

  test("integers have PyTorch's values", () => {
    replay(randomGolden.randint, (step, generator) => {
      const out = arrayFor(step);
      fillRandint(out, step.low, step.high, generator);
      return out;
    });
  });

  test.each(randomGolden.randperm)("permutation of $n", (golden) => {
    expect(golden).toMatchObject(digestOf(randperm(golden.n, seeded(BigInt(golden.seed))), golden));
  });

  test("coin flips", () => {
    replay(randomGolden.bernoulli, (step, generator) => {
      const out = arrayFor(step);
      fillBernoulli(out, step.p, generator);
      return out;
    });
    replay(randomGolden.bernoulliEach, (step, generator) => {
      const out = floats(step);
      const p = floats(step).map((_, i) => i / (step.length - 1));
      fillBernoulli(out, p, generator);
      return out;
    });
  });

  test("weighted choices", () => {
    replay(randomGolden.multinomial, (step, generator) => {
      const weights = Float64Array.from({ length: step.weights }, (_, i) => ((i * 7) % 11) + 0.25);
      const typed = step.weightsDtype === "float32" ? new Float32Array(weights) : weights;
      return multinomial(typed, step.length, step.replacement, generator);
    });
  });
});

describe("the same as PyTorch, up to the last bits of a double", () => {
  /** Both roundings and the engine's logarithm, sine and cosine may each be off by one step. */
  const CLOSE = 8 * Number.EPSILON;

  test("normal numbers of few elements or in float64", () => {
    for (const [sequences, fill] of [
      [randomGolden.normal, fillNormal],
      [randomGolden.normalSerial, fillNormalSerial],
    ] as const) {
      for (const { seed, steps } of sequences) {
        const generator = seeded(seed);
        for (const step of steps) {
          const out = floats(step);
          fill(out, step.mean, step.std, generator);
          const tolerance = step.dtype === "float32" ? 0 : CLOSE * (Math.abs(step.mean) + 4 * step.std);
          for (const [i, value] of step.head.entries())
            expect(Math.abs(out[i]! - value)).toBeLessThanOrEqual(tolerance);
        }
      }
    }
  });

  test("exponentially distributed numbers", () => {
    for (const { seed, steps } of randomGolden.exponential) {
      const generator = seeded(seed);
      for (const step of steps) {
        const out = floats(step);
        fillExponential(out, step.lambda, generator);
        const tolerance = step.dtype === "float32" ? 0 : CLOSE;
        for (const [i, value] of step.head.entries())
          expect(Math.abs(out[i]! / value - 1)).toBeLessThanOrEqual(tolerance);
      }
    }
  });
});

describe("arguments that make no sense are refused in PyTorch's words", () => {
  const f32 = new Float32Array(2);
  const f64 = new Float64Array(2);

  test.each([
    [() => fillNormal(f32, 0, -1), "normal expects std >= 0.0, but found std -1"],
    [() => fillNormalSerial(f32, 0, Number.NaN), "normal expects std >= 0.0, but found std NaN"],
    [() => fillUniform(f32, 1, 0), "uniform_ expects to return a [from, to) range, but found from=1 > to=0"],
    [() => fillUniform(f32, Number.NaN, 1), "from is out of bounds for float"],
    [() => fillUniform(f64, 0, Infinity), "to is out of bounds for double"],
    [
      () => fillUniform(f32, -3e38, 3e38),
      "uniform_ expects to-from <= std::numeric_limits<Float>::max(), but found to=3e+38 and from=-3e+38 which result in to-from to exceed the limit",
    ],
    [() => fillRandint(f32, 5, 5), "random_ expects 'from' to be less than 'to', but got from=5 >= to=5"],
    [() => fillRandint(new Int32Array(2), 0, 2 ** 40), "to - 1 is out of bounds for int"],
    [() => fillRandint(new Uint8Array(2), 0, 257), "to - 1 is out of bounds for unsigned char"],
    [() => fillRandint(new Uint8Array(2), -1, 7), "from is out of bounds for unsigned char"],
    [() => fillRandint(f32, 0, 2.5), "randint expects integer bounds, but got 2.5"],
    [() => randperm(-1), "randperm expects an integer n from 0 to 2^31 - 1, but got -1"],
    [() => fillBernoulli(f32, 2), "bernoulli_ expects p to be in [0, 1], but got p=2"],
    [
      () => fillBernoulli(f32, new Float32Array([0, Number.NaN])),
      "bernoulli_ expects p to be in [0, 1], but got p=NaN",
    ],
    [() => fillBernoulli(f32, new Float32Array(3)), "bernoulli_ expects one p per element, but got 3 for 2 elements"],
    [() => fillExponential(f32, 0), "exponential_ expects lambda > 0.0, but found lambda=0"],
    [() => multinomial(f64, 1, true), "invalid multinomial distribution (sum of probabilities <= 0)"],
    [
      () =>
        multinomial(
          f64.map((_, i) => i - 1),
          1,
        ),
      "probability tensor contains either `inf`, `nan` or element < 0",
    ],
    [() => multinomial(f64.fill(1), 0), "cannot sample n_sample <= 0 samples"],
    [() => multinomial(f64.fill(1), 3), "cannot sample n_sample > prob_dist.size(-1) samples without replacement"],
  ])("%s", (run, message) => {
    expect(run).toThrow(new RangeError(message));
  });

  test("and no number is drawn", () => {
    const generator = seeded(1);
    expect(() => fillNormal(f32, 0, -1, generator)).toThrow(RangeError);
    expect(() => fillRandint(f32, 5, 5, generator)).toThrow(RangeError);
    expect(generator.getState()).toEqual(seeded(1).getState());
  });
});

describe("fused multiply-add", () => {
  /** Numerator of x over 2²⁰⁰, exactly. */
  function scaled(x: number): bigint {
    let shift = 0;
    while (!Number.isInteger(x)) {
      x *= 2;
      shift++;
    }
    return BigInt(x) << BigInt(200 - shift);
  }

  /** a·b + c rounded once to `bits` bits, ties to even. */
  function exact(a: number, b: number, c: number, bits: number): number {
    const sum = scaled(a) * scaled(b) + (scaled(c) << 200n);
    const size = sum < 0n ? -sum : sum;
    const drop = BigInt(Math.max(0, size.toString(2).length - bits));
    const half = drop > 0n ? 1n << (drop - 1n) : 0n;
    const rest = size & ((1n << drop) - 1n);
    let kept = size >> drop;
    if (drop > 0n && (rest > half || (rest === half && (kept & 1n) === 1n))) kept += 1n;
    const magnitude = Number(kept) * 2 ** (Number(drop) - 400);
    return sum < 0n ? -magnitude : magnitude;
  }

  const generator = seeded(77);
  const number = (): number => {
    const bits = generator.random() % 60;
    return (Number(BigInt.asIntN(54, generator.random64())) + 0.5) * 2 ** -bits;
  };

  test("rounds once to float32", () => {
    for (let i = 0; i < 3000; i++) {
      const [a, b, c] = [Math.fround(number()), Math.fround(number()), Math.fround(number())] as const;
      expect(fma32(a, b, c)).toBe(exact(a, b, c, 24));
    }
    // Halfway between two floats but for the addend.
    const odd = 1 + 2 ** -23;
    for (const tiny of [2 ** -80, -(2 ** -80), 0]) {
      for (const b of [1.5, -1.5]) expect(fma32(odd, b, tiny)).toBe(exact(odd, b, tiny, 24));
    }
    expect(fma32(2, Infinity, 1)).toBe(Infinity);
    expect(fma32(2, Number.NaN, 1)).toBeNaN();
  });

  test("rounds once to float64", () => {
    for (let i = 0; i < 3000; i++) {
      const [a, b, c] = [number(), number(), number()] as const;
      expect(fma64(a, b, c)).toBe(exact(a, b, c, 53));
      // The sum nearly cancels, and only the exact product shows what is left.
      expect(fma64(a, b, -(a * b))).toBe(exact(a, b, -(a * b), 53));
    }
    expect(fma64(0.5, 1e308, 1)).toBe(5e307);
    expect(fma64(2, Infinity, 1)).toBe(Infinity);
  });
});
