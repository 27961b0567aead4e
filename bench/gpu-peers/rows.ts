/** @file The rows of the table of `npm run bench:gpu`. */

export const ROWS = {
  mnist: "MNIST step, batch 128",
  matmul512: "matmul 512³",
  matmul1024: "matmul 1024³",
  chain: "25 element-wise operations on 10⁶",
  softmax: "softmax 1024 × 1000",
  layernorm: "LayerNorm 1024 × 768, forward and backward",
  cnn: "small CNN step, batch 32",
  gpt: "small GPT step, 8 × 64 letters",
  first: "first MNIST step, compiling",
  "webgl-mnist": "WebGL 2: MNIST step, batch 128",
  "webgl-matmul512": "WebGL 2: matmul 512³",
} as const;

export type Row = keyof typeof ROWS;

/** What a row measures, apart from where. */
export type Workload = Exclude<Row, "first" | `webgl-${string}`>;

/** How a page reaches the GPU. */
export type Mode = "webgpu" | "webgl2";

/** The libraries, in the order of their turns; tapegrad's own operations one by one, and compiled. */
export const SIDES = ["tapegrad", "tapegrad, compiled", "TensorFlow.js", "jax-js"] as const;

export type SideName = (typeof SIDES)[number];

/** What a page is asked to do. */
export interface Task {
  readonly mode: Mode;
  /** Who takes part. Only those libraries are loaded. */
  readonly sides: readonly SideName[];
  /** What to measure; `ceilings` asks for the adapter, and what plain kernels reach on it. */
  readonly work: Workload | "first" | "ceilings";
  readonly turns: number;
  /** How long a turn lasts at least. */
  readonly turnMs: number;
}

/** One library's part in the answer of a page. */
export interface Outcome {
  /** Least milliseconds. */
  readonly ms: number;
  /** Losses of the first steps, or some elements of the result. */
  readonly values: readonly number[];
}

/** The answer of a page: what each library did, or why it did not. */
export type Answer = Partial<Record<SideName, Outcome | { readonly reason: string }>>;

/** What plain WGSL reaches, and tapegrad beside it in turns. */
export interface Ceilings {
  readonly adapter: string;
  /** Gigabytes a second, read and written. */
  readonly copy: Pair;
  /** TFLOP/s of a square product. */
  readonly product: Pair;
}

export interface Pair {
  readonly plain: number;
  readonly ours: number;
}
