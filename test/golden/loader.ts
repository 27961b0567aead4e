/** @file Reader of loader.json: PyTorch's batches, splits and error messages. */
import { readFileSync } from "node:fs";

/** One walk: the indices of every batch, and a number drawn from the default generator afterwards. */
export interface GoldenWalk {
  readonly batches: readonly (readonly number[])[];
  readonly probe: number;
}

interface LoaderGolden {
  readonly loaders: Readonly<Record<string, { readonly length: number; readonly walks: readonly GoldenWalk[] }>>;
  readonly leftEarly: Readonly<Record<string, readonly (GoldenWalk & { readonly take: number })[]>>;
  readonly mnistOrder: readonly { readonly n: number; readonly head: readonly number[]; readonly sha256: string }[];
  readonly splits: readonly {
    readonly n: number;
    readonly lengths: readonly number[];
    readonly default: readonly (readonly number[])[];
    readonly probe: number;
    readonly generator42: readonly (readonly number[])[];
  }[];
  readonly shuffles: readonly {
    readonly n: number;
    readonly bufferSize: number;
    readonly seed: number;
    readonly walks: readonly (readonly number[])[];
    readonly probe: number;
  }[];
  readonly errors: Readonly<Record<string, string>>;
}

export const golden: LoaderGolden = JSON.parse(readFileSync(new URL("data/loader.json", import.meta.url), "utf8"));
