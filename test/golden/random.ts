/** @file Reader of random.json: the numbers of PyTorch's CPU generator. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export type NumberArray = Float32Array | Float64Array | Int32Array | Uint8Array;

const ARRAYS = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array };

/** The first values of a result and the SHA-256 of all its bytes. */
export interface Digest {
  readonly dtype: keyof typeof ARRAYS;
  readonly length: number;
  readonly head: readonly number[];
  readonly sha256: string;
}

/** Steps that follow each other on one generator. */
interface Sequence<Arguments> {
  readonly seed: number;
  readonly steps: readonly (Digest & Arguments)[];
}

interface RandomGolden {
  readonly streams: readonly {
    readonly seed: string;
    readonly initialSeed: string;
    readonly head: readonly number[];
    readonly after1994: readonly number[];
    readonly random64: readonly string[];
  }[];
  readonly uniform: readonly Sequence<{ readonly from: number; readonly to: number }>[];
  readonly normal: readonly Sequence<{ readonly mean: number; readonly std: number }>[];
  readonly normalSerial: readonly Sequence<{ readonly mean: number; readonly std: number }>[];
  readonly randint: readonly Sequence<{ readonly low: number; readonly high: number }>[];
  readonly randperm: readonly (Digest & { readonly seed: string; readonly n: number })[];
  readonly bernoulli: readonly Sequence<{ readonly p: number }>[];
  readonly bernoulliEach: readonly Sequence<unknown>[];
  readonly exponential: readonly Sequence<{ readonly lambda: number }>[];
  readonly multinomial: readonly Sequence<{
    readonly weights: number;
    readonly weightsDtype: "float32" | "float64";
    readonly replacement: boolean;
  }>[];
  readonly state: {
    readonly seed: number;
    readonly states: readonly { readonly what: string; readonly sha256: string }[];
    /** Base64 of the last of the states. */
    readonly last: string;
    readonly then: { readonly normal: number; readonly words: readonly number[] };
    readonly initialSeedOfNew: string;
  };
  readonly training: readonly {
    readonly seed: number;
    readonly weights: Readonly<Record<"fc1.weight" | "fc1.bias" | "fc2.weight" | "fc2.bias", Digest>>;
    readonly epochs: readonly { readonly train: Digest; readonly test: Digest }[];
    /** Seed drawn after everything. */
    readonly next: string;
  }[];
  readonly loaders: readonly {
    readonly name: string;
    readonly seed: number;
    readonly epochs: readonly Digest[];
    readonly default: readonly number[];
    readonly own: readonly number[];
  }[];
}

export const randomGolden = JSON.parse(
  readFileSync(new URL("data/random.json", import.meta.url), "utf8"),
) as RandomGolden;

/** An empty array for a result. */
export function arrayFor(digest: Digest): NumberArray {
  return new ARRAYS[digest.dtype](digest.length);
}

export function sha256(data: NumberArray): string {
  return createHash("sha256")
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest("hex");
}

/** The digest of `data`, to be compared with one of PyTorch's. */
export function digestOf(data: NumberArray, like: Digest): Digest {
  const dtype = (Object.keys(ARRAYS) as Digest["dtype"][]).find((name) => data instanceof ARRAYS[name]) ?? like.dtype;
  return { dtype, length: data.length, head: Array.from(data.subarray(0, like.head.length)), sha256: sha256(data) };
}
