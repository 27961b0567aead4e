/** @file What all libraries compute in `npm run bench:gpu`: sizes, and numbers as PyTorch lays them out. */
import { numbers } from "../peers/workload.ts";

/** A library's part in a row. */
export interface Work {
  /** Does it once and waits. */
  run(): Promise<unknown>;
  /** Losses of the first steps, or some elements of the result; called once, before {@link run}. */
  values(): Promise<readonly number[]>;
}

/** What a training step is compared by. */
export const CHECKED_STEPS = 3;

export async function losses(step: () => Promise<number>): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < CHECKED_STEPS; i++) all.push(await step());
  return all;
}

/** Some elements of a result, from all over it. */
export function sample(result: ArrayLike<number>, count = 32): number[] {
  return Array.from(
    { length: count },
    (_, i) => result[Math.floor((i * (result.length - 1)) / (count - 1))] ?? Number.NaN,
  );
}

export const CHAIN_LENGTH = 1_000_000;
/** Rounds of five operations: x·y, + 0.5, max(·, 0), − y, · 0.9. */
export const CHAIN_ROUNDS = 5;

export const chainInputs = () => [numbers(CHAIN_LENGTH, 1), numbers(CHAIN_LENGTH, 0.7).reverse()] as const;

export const SOFTMAX_SHAPE: [number, number] = [1024, 1000];
export const softmaxInput = () => numbers(1_024_000, 4);

export const NORM_SHAPE: [number, number] = [1024, 768];
export function normInputs() {
  const [rows, size] = NORM_SHAPE;
  return {
    x: numbers(rows * size, 2),
    weight: numbers(size, 1).map((v) => 1 + v / 2),
    bias: numbers(size, 0.5),
    grad: numbers(rows * size, 1).reverse(),
  };
}

/** Two convolutions of 3 × 3 with padding, each with ReLU and a pool of 2 × 2, and one layer; plain gradient descent. */
export const CNN = { batch: 32, side: 28, channels: [1, 8, 16], classes: 10, lr: 0.05 } as const;

export function cnnProblem() {
  const { batch, side, channels, classes } = CNN;
  const [c0, c1, c2] = channels;
  const flat = c2 * (side / 4) ** 2;
  return {
    x: numbers(batch * c0 * side * side, 1).map(Math.abs),
    y: Int32Array.from({ length: batch }, (_, i) => (i * 7) % classes),
    conv1: numbers(c1 * c0 * 9, 1 / 3),
    bias1: numbers(c1, 1 / 3),
    conv2: numbers(c2 * c1 * 9, 1 / Math.sqrt(9 * c1)),
    bias2: numbers(c2, 0.1),
    fc: numbers(classes * flat, 1 / Math.sqrt(flat)),
    bias3: numbers(classes, 0.1),
  };
}

/** Pre-norm blocks with causal attention and GELU; plain gradient descent. */
export const GPT = { batch: 8, length: 64, letters: 65, width: 64, heads: 4, layers: 2, lr: 0.1 } as const;

export interface Block {
  readonly norm1: Float32Array;
  readonly shift1: Float32Array;
  /** Outputs × inputs, as all matrices here. */
  readonly qkv: Float32Array;
  readonly qkvBias: Float32Array;
  readonly out: Float32Array;
  readonly outBias: Float32Array;
  readonly norm2: Float32Array;
  readonly shift2: Float32Array;
  readonly up: Float32Array;
  readonly upBias: Float32Array;
  readonly down: Float32Array;
  readonly downBias: Float32Array;
}

export function gptProblem() {
  const { batch, length, letters, width, layers } = GPT;
  const scale = 1 / Math.sqrt(width);
  const ones = (): Float32Array => new Float32Array(width).fill(1);
  const letterAt = (i: number) => (i * 31 + Math.floor(i / 7) * 17) % letters;
  return {
    x: Int32Array.from({ length: batch * length }, (_, i) => letterAt(i)),
    y: Int32Array.from({ length: batch * length }, (_, i) => letterAt(i + 1)),
    embedding: numbers(letters * width, 0.5),
    positions: numbers(length * width, 0.1),
    blocks: Array.from(
      { length: layers },
      (): Block => ({
        norm1: ones(),
        shift1: new Float32Array(width),
        qkv: numbers(3 * width * width, scale),
        qkvBias: numbers(3 * width, 0.1),
        out: numbers(width * width, scale),
        outBias: numbers(width, 0.1),
        norm2: ones(),
        shift2: new Float32Array(width),
        up: numbers(4 * width * width, scale),
        upBias: numbers(4 * width, 0.1),
        down: numbers(4 * width * width, scale / 2),
        downBias: numbers(width, 0.1),
      }),
    ),
    norm: ones(),
    shift: new Float32Array(width),
    head: numbers(letters * width, scale),
  };
}
