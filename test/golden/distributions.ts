/** @file Reader of the goldens of distributions: how they are made, and what PyTorch gives for them. */
import { readFileSync } from "node:fs";
import type { DType } from "../../kernels/backend.ts";
import * as distributions from "../../src/entry/distributions.ts";
import type { Tensor } from "../../src/entry/index.ts";
import { type Encoded, type InputSpec, leafOf } from "./calls.ts";

/** A distribution or a transform by its class and arguments. */
export interface Made {
  readonly class: string;
  readonly args: readonly Argument[];
  readonly options: Readonly<Record<string, Argument>>;
}

export type Argument =
  | number
  | boolean
  | null
  | { readonly tensor: number }
  | Made
  | { readonly inverse: Made }
  | readonly Argument[];

/** A tensor, and for each leaf that requires a gradient what flows back to it. */
export interface Result {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: readonly Encoded[];
  readonly grads?: readonly (readonly Encoded[] | null)[];
}

export type Drawn = Result & { readonly next: number };

export interface DistributionCase extends Made {
  readonly text: string;
  readonly batchShape: readonly number[];
  readonly eventShape: readonly number[];
  readonly hasRsample: boolean;
  readonly hasEnumerateSupport: boolean;
  readonly support: string;
  readonly members: Readonly<Record<"mean" | "mode" | "variance" | "stddev", Result | null>>;
  readonly entropy: Result | null;
  readonly samples: readonly {
    readonly shape: readonly number[];
    readonly sample: Drawn | null;
    readonly rsample: Drawn | null;
  }[];
  readonly value: { readonly tensor: number } | Result;
  readonly logProb: Result;
  readonly cdf: Result | null;
  readonly quantile?: { readonly tensor: number };
  readonly icdf?: Result;
  readonly enumerated?: readonly [Result, Result];
  readonly expanded?: { readonly batchShape: readonly number[]; readonly sample: Result; readonly logProb: Result };
  readonly afterwards: string;
  readonly leaves: readonly InputSpec[];
}

export interface DivergenceCase {
  readonly p: Made;
  readonly q: Made;
  readonly kl: Result;
  readonly leaves: readonly InputSpec[];
}

export interface RefusalCase extends Made {
  readonly value: { readonly tensor: number } | null;
  readonly message: string;
  readonly leaves: readonly InputSpec[];
}

interface File {
  readonly distributions: readonly DistributionCase[];
  readonly divergences: readonly DivergenceCase[];
  readonly refusals: readonly RefusalCase[];
}

const file = new URL("data/distributions.json", import.meta.url);

export const goldens = JSON.parse(readFileSync(file, "utf8")) as File;

export function leavesOf(specs: readonly InputSpec[]): Tensor[] {
  return specs.map(leafOf);
}

type Constructor = new (...args: readonly unknown[]) => unknown;

/** The object that the description means, made with these leaves. */
export function make(arg: Argument, leaves: readonly Tensor[]): unknown {
  if (typeof arg !== "object" || arg === null) return arg;
  if (Array.isArray(arg)) return (arg as readonly Argument[]).map((one) => make(one, leaves));
  if ("tensor" in arg) return leaves[arg.tensor];
  if ("inverse" in arg) return (make(arg.inverse, leaves) as { readonly inv: unknown }).inv;
  const { class: name, args, options } = arg as Made;
  const found: unknown = Reflect.get(distributions, name);
  if (typeof found !== "function") throw new Error(`there is no ${name}`);
  const named = Object.fromEntries(Object.entries(options).map(([key, value]) => [key, make(value, leaves)]));
  const given = args.map((one) => make(one, leaves));
  return new (found as Constructor)(...given, ...(Object.keys(named).length > 0 ? [named] : []));
}
