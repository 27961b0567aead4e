/** @file Two tensors compared as torch.testing.assert_close does: how far apart they are, and where. */
import type { DType, TypedArray } from "../../kernels/backend.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { keyword, signature } from "../core/arguments.ts";
import { aBoolean, aNumber } from "../core/kinds.ts";
import { bracketed } from "../core/shape.ts";
import { type TensorData, tensor } from "../tensor/create.ts";
import { Tensor } from "../tensor/tensor.ts";

/** Options of {@link expect}'s `toBeCloseToTensor`: tolerances and what else has to agree. */
export interface CloseOptions {
  /** Allowed difference as a share of the expected number. Default: 1.3e-6 for float32, 1e-7 for float64, else 0. */
  readonly rtol?: number | undefined;
  /** Allowed difference on top of that. Default: 1e-5 for float32, 1e-7 for float64, else 0. */
  readonly atol?: number | undefined;
  /** Whether NaN equals NaN. Default false. */
  readonly equalNan?: boolean | undefined;
  /** Whether an expected tensor must be of the same dtype. Default true. */
  readonly checkDtype?: boolean | undefined;
}

/** Whether it matched, the text for either case, and both sides printed. */
export interface Verdict {
  readonly pass: boolean;
  readonly message: string;
  readonly actual?: string;
  readonly expected?: string;
}

/** The defaults of torch.testing.assert_close. */
const TOLERANCE: Readonly<Record<DType, { readonly rtol: number; readonly atol: number }>> = {
  float32: { rtol: 1.3e-6, atol: 1e-5 },
  float64: { rtol: 1e-7, atol: 1e-7 },
  int32: { rtol: 0, atol: 0 },
  uint8: { rtol: 0, atol: 0 },
  bool: { rtol: 0, atol: 0 },
};

const OPTIONS = signature("toBeCloseToTensor", {
  rtol: keyword(aNumber),
  atol: keyword(aNumber),
  equalNan: keyword(aBoolean, false),
  checkDtype: keyword(aBoolean, true),
});

/** What two dtypes compared are allowed: that of the coarser one. */
function toleranceOf(a: DType, b: DType): { readonly rtol: number; readonly atol: number } {
  const [x, y] = [TOLERANCE[a], TOLERANCE[b]];
  return { rtol: Math.max(x.rtol, y.rtol), atol: Math.max(x.atol, y.atol) };
}

/**
 * Whether all elements are close: |actual − expected| ≤ atol + rtol·|expected|, in tensors of one shape.
 *
 * @param expected - A tensor, or numbers, which are taken in the dtype of `actual`.
 */
export function compareTensors(actual: unknown, expected: TensorData, given: CloseOptions = {}): Verdict {
  if (!(actual instanceof Tensor)) {
    return { pass: false, message: `Expected a Tensor, but got ${actual === null ? "null" : typeof actual}` };
  }
  const wanted = noGrad(() => (expected instanceof Tensor ? expected : tensor(expected, { dtype: actual.dtype })));
  const usual = toleranceOf(actual.dtype, wanted.dtype);
  const { equalNan, checkDtype, rtol = usual.rtol, atol = usual.atol } = OPTIONS.read([given]);
  const tolerance = { rtol, atol };
  const shown = { actual: String(actual.detach()), expected: String(wanted.detach()) };
  const attributes = [
    ["shape", bracketed(actual.shape), bracketed(wanted.shape)],
    ["dtype", actual.dtype, checkDtype ? wanted.dtype : actual.dtype],
  ];
  for (const [name, is, should] of attributes) {
    if (is === should) continue;
    const message = `The values for attribute '${name}' do not match: ${is} != ${should}.`;
    return { pass: false, message, ...shown };
  }
  const difference = differenceOf(actual.detach().dataSync(), wanted.detach().dataSync(), tolerance, equalNan);
  const exact = tolerance.rtol === 0 && tolerance.atol === 0;
  const word = exact ? "equal" : "close";
  if (difference === null) return { pass: true, message: `Tensor-likes are ${word}, but should not be`, ...shown };
  const text = described(difference, actual.shape, tolerance);
  return { pass: false, message: `Tensor-likes are not ${word}!\n\n${text}`, ...shown };
}

interface Difference {
  readonly mismatches: number;
  readonly total: number;
  readonly absolute: Extreme;
  readonly relative: Extreme;
}

interface Extreme {
  readonly value: number;
  readonly at: number;
}

/** Null if all elements are close. */
function differenceOf(
  actual: TypedArray,
  expected: TypedArray,
  { rtol, atol }: { readonly rtol: number; readonly atol: number },
  equalNan: boolean,
): Difference | null {
  let mismatches = 0;
  let absolute: Extreme = { value: -1, at: 0 };
  let relative: Extreme = { value: -1, at: 0 };
  for (let i = 0; i < actual.length; i++) {
    const a = actual[i]!;
    const e = expected[i]!;
    if (a === e || (equalNan && Number.isNaN(a) && Number.isNaN(e))) continue;
    const distance = Math.abs(a - e);
    // An infinite bound would let anything pass for an infinity.
    if (Number.isFinite(e) && distance <= atol + rtol * Math.abs(e)) continue;
    mismatches++;
    absolute = larger(absolute, distance, i);
    relative = larger(relative, distance / Math.abs(e), i);
  }
  return mismatches === 0 ? null : { mismatches, total: actual.length, absolute, relative };
}

/** NaN is larger than anything. */
function larger(extreme: Extreme, value: number, at: number): Extreme {
  return value > extreme.value || (Number.isNaN(value) && !Number.isNaN(extreme.value)) ? { value, at } : extreme;
}

function described(
  { mismatches, total, absolute, relative }: Difference,
  shape: readonly number[],
  tolerance: { readonly rtol: number; readonly atol: number },
): string {
  const allowed = (limit: number): string =>
    tolerance.rtol === 0 && tolerance.atol === 0 ? "" : ` (up to ${limit} allowed)`;
  const line = (kind: string, { value, at }: Extreme, limit: number): string =>
    `Greatest ${kind} difference: ${value} at index ${place(at, shape)}${allowed(limit)}`;
  return [
    `Mismatched elements: ${mismatches} / ${total} (${((100 * mismatches) / total).toFixed(1)}%)`,
    line("absolute", absolute, tolerance.atol),
    line("relative", relative, tolerance.rtol),
  ].join("\n");
}

/** Python's tuple of an element's place: `(1, 0)`, `(2,)`. */
function place(flat: number, shape: readonly number[]): string {
  const index: number[] = [];
  let rest = flat;
  for (const size of shape.toReversed()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index.length === 1 ? `(${index[0]},)` : `(${index.join(", ")})`;
}
