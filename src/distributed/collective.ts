/** @file Collectives on arrays, as every transport carries them out. */
import type { TypedArray } from "../../kernels/backend.ts";

/**
 * The reduction of a collective. On bool tensors SUM and MAX are "or", PRODUCT and MIN are "and". AVG needs a floating
 * point dtype, the bitwise ones need integers or bool.
 *
 * @example ReduceOp.SUM; // sum
 */
export const ReduceOp = {
  SUM: "sum",
  AVG: "avg",
  PRODUCT: "product",
  MIN: "min",
  MAX: "max",
  BAND: "band",
  BOR: "bor",
  BXOR: "bxor",
} as const;

/** One of {@link ReduceOp}. */
export type ReduceOp = (typeof ReduceOp)[keyof typeof ReduceOp];

/** What MPI reduces with: an average is a sum that is divided afterwards. */
export type PlainReduceOp = Exclude<ReduceOp, "avg">;

/** The arrays of a collective. `send` and `receive` are one array where the ranks work in place. */
export type Collective =
  | { readonly name: "allReduce"; readonly data: TypedArray; readonly bool: boolean; readonly op: PlainReduceOp }
  | {
      readonly name: "reduce";
      readonly data: TypedArray;
      /** A copy of `data`. Some versions of MPICH crash where the root works in place, or others have no room for a result. */
      readonly scratch: TypedArray;
      readonly bool: boolean;
      readonly op: PlainReduceOp;
      readonly root: number;
    }
  | { readonly name: "broadcast"; readonly data: TypedArray; readonly root: number }
  | { readonly name: "allGather"; readonly send: TypedArray; readonly receive: TypedArray }
  /** `receive` is read by the root only; elsewhere it may be empty. */
  | { readonly name: "gather"; readonly send: TypedArray; readonly receive: TypedArray; readonly root: number }
  /** `send` is read by the root only; elsewhere it may be empty. */
  | { readonly name: "scatter"; readonly send: TypedArray; readonly receive: TypedArray; readonly root: number }
  | {
      readonly name: "reduceScatter";
      readonly send: TypedArray;
      readonly receive: TypedArray;
      readonly bool: boolean;
      readonly op: PlainReduceOp;
    }
  | { readonly name: "barrier" };

/** A collective that has been started. Its arrays must not move before it is complete. */
export interface Request {
  /** Makes progress. True once the collective is complete on this rank. */
  test(): boolean;
  /** Waits until it is. */
  wait(): void;
}

/** What carries collectives between ranks. */
export interface Transport {
  readonly rank: number;
  readonly size: number;
  /** What it says about itself. */
  readonly description: string;
  /** Carries a collective out. The arrays must stay where they are until it returns. */
  run(collective: Collective): void;
  start(collective: Collective): Request;
  /** Leaves the job. All ranks must. */
  finalize(): void;
  /** Ends all ranks at once. */
  abort(code: number): void;
}

/** A request of a collective that is complete. */
export const COMPLETE: Request = { test: () => true, wait: () => {} };

/** The world of one rank: no other process, and no MPI. */
export class SingleRank implements Transport {
  readonly rank = 0;
  readonly size = 1;
  readonly description = "one rank, without MPI";

  run(collective: Collective): void {
    if ("send" in collective) collective.receive.set(collective.send);
  }

  start(collective: Collective): Request {
    this.run(collective);
    return COMPLETE;
  }

  finalize(): void {}

  abort(): void {}
}
