/** @file torch.testing.assert_close: an error where tensors, or numbers, or what is made of them, are not close. */
import { describeValue } from "../core/describe.ts";
import { TapegradError, ValueError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { isRecord } from "../core/realm.ts";
import { tensor } from "../tensor/create.ts";
import { type CloseOptions, compareTensors } from "./close.ts";

/** Options of {@link assertClose}. */
export interface AssertCloseOptions extends CloseOptions {
  /** What the error says instead, or a function that makes it of the usual text. */
  readonly msg?: string | ((message: string) => string) | null | undefined;
  /** Whether both have to be on one device. Default true. */
  readonly checkDevice?: boolean | undefined;
}

/**
 * Throws unless `actual` and `expected` are close: |actual − expected| ≤ atol + rtol·|expected| for all elements, in tensors
 * of one shape, dtype and device. Numbers and booleans are compared likewise, arrays and plain objects part by part.
 *
 * @throws TapegradError that says where they differ most; ValueError for one tolerance without the other, or for values
 * that cannot be compared.
 * @example
 * testing.assertClose(tensor([1, 2]).div(3), tensor([0.33333333, 0.66666667]));
 * testing.assertClose({ loss: 1, list: [ones(2)] }, { loss: 1, list: [ones(2)] });
 */
export function assertClose(actual: unknown, expected: unknown, options: AssertCloseOptions = {}): void {
  if ((options.rtol === undefined) !== (options.atol === undefined)) {
    const missing = options.rtol === undefined ? "rtol" : "atol";
    throw new ValueError(
      `[assertClose] Both 'rtol' and 'atol' must be either specified or omitted, but got no ${missing}.`,
    );
  }
  const fault = faultOf(actual, expected, options, "");
  if (fault === null) return;
  const { msg } = options;
  throw new TapegradError(`[assertClose] ${typeof msg === "function" ? msg(fault) : (msg ?? fault)}`);
}

/** What differs, or null. */
function faultOf(actual: unknown, expected: unknown, options: AssertCloseOptions, path: string): string | null {
  const where = path === "" ? "" : `\n\nThe failure occurred for item ${path}`;
  if (Array.isArray(actual) && Array.isArray(expected)) {
    if (actual.length !== expected.length) {
      return `The length of the sequences mismatch: ${actual.length} != ${expected.length}${where}`;
    }
    const parts = actual.map((part, i) => faultOf(part, expected[i], options, `${path}[${i}]`));
    return parts.find((fault) => fault !== null) ?? null;
  }
  if (isRecord(actual) && isRecord(expected)) return faultOfRecords(actual, expected, options, path, where);
  const fault = faultOfValues(actual, expected, options);
  return fault === null ? null : `${fault}${where}`;
}

function faultOfRecords(
  actual: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
  options: AssertCloseOptions,
  path: string,
  where: string,
): string | null {
  const missing = Object.keys(expected).filter((key) => !Object.hasOwn(actual, key));
  const additional = Object.keys(actual).filter((key) => !Object.hasOwn(expected, key));
  if (missing.length > 0 || additional.length > 0) {
    return `The keys of the mappings do not match:\nMissing keys in the actual mapping: ${missing.join(", ")}\nAdditional keys in the actual mapping: ${additional.join(", ")}${where}`;
  }
  for (const key of Object.keys(expected)) {
    const fault = faultOf(actual[key], expected[key], options, `${path}['${key}']`);
    if (fault !== null) return fault;
  }
  return null;
}

const isNumber = (value: unknown): value is number | boolean => typeof value === "number" || typeof value === "boolean";

function faultOfValues(actual: unknown, expected: unknown, options: AssertCloseOptions): string | null {
  const { msg: _, checkDevice = true, ...close } = options;
  if (isTensor(actual) && isTensor(expected)) {
    if (checkDevice && actual.device !== expected.device) {
      return `The values for attribute 'device' do not match: ${actual.device} != ${expected.device}.`;
    }
    const { pass, message } = compareTensors(actual, expected, close);
    return pass ? null : message;
  }
  if (isNumber(actual) && typeof actual === typeof expected) {
    const numbers = [actual, expected as number].map((value) => tensor(Number(value), { dtype: "float64" }));
    const { pass, message } = compareTensors(numbers[0], numbers[1] as never, close);
    return pass ? null : message.replace("Tensor-likes", "Scalars");
  }
  if (actual === null && expected === null) return null;
  throw new ValueError(
    `[assertClose] No comparison pair was able to handle ${describeValue(actual)} and ${describeValue(expected)}. Expected two tensors, two numbers, or arrays or objects of them.`,
  );
}
