/** @file Whether both sides computed the same, within the tolerances of the goldens. */
import type { DType, TypedArray } from "../../kernels/backend.ts";
import { LOOSER, TOLERANCE } from "../../test/golden/opdb.ts";

export interface Found {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: TypedArray;
}

interface Error {
  /** The largest error, as a multiple of what the tolerance allows. */
  readonly factor: number;
  readonly at: number;
}

const SAME: Error = { factor: 0, at: -1 };

/** The largest error of `got`, measured by the tolerance of its dtype. */
export function largestError(got: TypedArray, want: TypedArray, dtype: DType, looser: number): Error {
  const [rtol, atol] = TOLERANCE[dtype];
  let largest = 0;
  for (let i = 0; i < want.length; i++) {
    const v = Math.abs(want[i]!);
    if (v > largest && v !== Number.POSITIVE_INFINITY) largest = v;
  }
  let worst = SAME;
  for (let i = 0; i < want.length; i++) {
    const [a, b] = [got[i]!, want[i]!];
    if (Object.is(a, b) || a === b) continue;
    const bound = looser * (atol + rtol * Math.max(Math.abs(b), 0.25 * largest));
    const error = Math.abs(a - b) / bound;
    // NaN beside a number is as wrong as can be.
    if (!(error <= worst.factor)) worst = { factor: Number.isNaN(error) ? Number.POSITIVE_INFINITY : error, at: i };
  }
  return worst;
}

/** PyTorch adds up more elements here than in a golden: twice its own error, from float64, is as good as it gets. */
function isAsGood(mine: Found, theirs: Found, truth: Found | undefined, looser: number): boolean {
  if (truth === undefined || truth.data.length !== mine.data.length) return false;
  const own = largestError(mine.data, truth.data, mine.dtype, looser).factor;
  return own <= Math.max(1, 2 * largestError(theirs.data, truth.data, mine.dtype, looser).factor);
}

/** What a partial sort finds: of equal values, each side may name another position. */
const PARTIAL_SORTS: ReadonlySet<string> = new Set(["topk", "kthvalue"]);

/** Words for the first difference between results, of which the first `outputs` are no gradients; null for none. */
export function differenceOf(
  name: string,
  mine: readonly (Found | null)[],
  theirs: readonly (Found | null)[],
  truth: readonly (Found | null)[] | null,
  outputs: number,
): string | null {
  if (mine.length !== theirs.length) return `${mine.length} results, PyTorch has ${theirs.length}`;
  for (const [k, want] of theirs.entries()) {
    const got = mine[k] ?? null;
    if (k > 0 && want?.dtype === "int32" && PARTIAL_SORTS.has(name)) continue;
    const what = k < outputs ? `output ${k}` : `gradient ${k - outputs}`;
    // A gradient that is zero may be no gradient on one side.
    if (got === null || want === null) continue;
    if (String(got.shape) !== String(want.shape)) return `${what}: [${got.shape}], PyTorch has [${want.shape}]`;
    if (got.dtype !== want.dtype) return `${what}: ${got.dtype}, PyTorch has ${want.dtype}`;
    const looser = k < outputs ? LOOSER.result : LOOSER.gradient;
    const { factor, at } = largestError(got.data, want.data, got.dtype, looser);
    if (factor <= 1 || isAsGood(got, want, truth?.[k] ?? undefined, looser)) continue;
    const times = Number.isFinite(factor) ? `${factor.toPrecision(3)} times the tolerance` : "beyond any tolerance";
    return `${what} at ${at}: ${got.data[at]}, PyTorch has ${want.data[at]} (${times})`;
  }
  return null;
}
