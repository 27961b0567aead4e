/** @file What the page and the worker that trains tell each other. */

/** The devices a visitor can choose. */
export type Choice = "cpu" | "webgpu" | "webgl";

/** What the page asks for, with the answer's number. */
export type Question =
  | { readonly what: "predict"; readonly pixels: Float32Array }
  | { readonly what: "sample" }
  | { readonly what: "weights" }
  | { readonly what: "load"; readonly bytes: Uint8Array };

/** The answers to {@link Question}. */
export interface Answers {
  /** The probability of each class. */
  readonly predict: Float32Array;
  /** A test image and its label. */
  readonly sample: { readonly pixels: Float32Array; readonly label: number };
  /** A safetensors file. */
  readonly weights: Uint8Array;
  readonly load: undefined;
}

export interface Start {
  readonly type: "start";
  /** The program, in JavaScript. */
  readonly code: string;
  readonly choice: Choice;
  /** Where the site is. */
  readonly base: string;
  /** MNIST's files, if the visitor gave them. */
  readonly files: readonly File[];
  readonly paused: boolean;
}

export type ToWorker =
  | Start
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  | { readonly type: "ask"; readonly id: number; readonly question: Question };

/** What the program runs on. */
export interface Machine {
  /** `cpu`, or the name of the GPU. */
  readonly device: string;
  readonly threads: number;
  readonly simd: boolean;
  readonly isolated: boolean;
}

export interface Point {
  readonly type: "point";
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
  /** Examples since the last point. */
  readonly examples: number;
  readonly progress: number | undefined;
}

export type FromWorker =
  | { readonly type: "machine"; readonly machine: Machine }
  | Point
  /** The program waits for something: "MNIST's training images". */
  | { readonly type: "reading"; readonly what: string }
  | { readonly type: "shared" }
  | { readonly type: "paused" }
  | { readonly type: "show"; readonly name: string; readonly value: string | Float32Array }
  | { readonly type: "log"; readonly text: string }
  | { readonly type: "done" }
  | { readonly type: "error"; readonly message: string; readonly needsFiles: boolean }
  | { readonly type: "answer"; readonly id: number; readonly value?: unknown; readonly error?: string };
