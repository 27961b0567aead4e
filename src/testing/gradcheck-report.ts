/** @file The error message of a failed gradcheck. */
import { newFrom } from "../tensor/like.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Derivatives of one output by one input. Rows: elements of the output; columns: elements of the input. */
export type Jacobian = readonly Float64Array[];

/** A pair of an output and an input, with the derivatives of both kinds. */
export interface Comparison {
  /** As "output 0" and "input 1". */
  readonly outputName: string;
  readonly inputName: string;
  readonly output: Tensor;
  readonly input: Tensor;
  readonly numeric: Jacobian;
  readonly analytic: Jacobian;
}

export interface Tolerance {
  readonly atol: number;
  readonly rtol: number;
}

interface Mismatch {
  readonly row: number;
  readonly column: number;
  readonly analytic: number;
  readonly numeric: number;
  /** How far outside the tolerance. */
  readonly excess: number;
}

/** So many mismatches are listed, the largest first. */
const LISTED = 5;
/** Jacobians of at most this many elements are shown in full. */
const SHOWN = 64;

/** Null if all derivatives agree; else what is wrong. */
export function mismatchReport(pair: Comparison, tolerance: Tolerance): string | null {
  const found = mismatches(pair, tolerance);
  const [worst] = found;
  if (worst === undefined) return null;
  const { outputName, inputName, output, input, numeric, analytic } = pair;
  const outputAt = ({ row }: Mismatch): string => place(row, output.shape);
  const inputAt = ({ column }: Mismatch): string => place(column, input.shape);
  const lines = found.slice(0, LISTED).map((m) => {
    const where = `${outputName} at ${outputAt(m)}, ${inputName} at ${inputAt(m)}`;
    return `  ${where}: numerical ${m.numeric}, analytical ${m.analytic}, difference ${m.analytic - m.numeric}`;
  });
  if (found.length > LISTED) lines.push(`  … and ${found.length - LISTED} more`);
  const total = output.numel() * input.numel();
  const all = total > SHOWN ? "" : `\nnumerical:\n${shown(numeric, pair)}\nanalytical:\n${shown(analytic, pair)}`;
  return (
    `Jacobian mismatch for ${outputName} with respect to ${inputName}, output element ${outputAt(worst)}, ` +
    `input element ${inputAt(worst)}: numerical ${worst.numeric}, analytical ${worst.analytic} ` +
    `(allowed: atol ${tolerance.atol} + rtol ${tolerance.rtol}·|numerical|). ` +
    `${found.length} of ${total} derivatives are off, the largest first:\n${lines.join("\n")}${all}`
  );
}

/** Those outside the tolerance, the furthest first. */
function mismatches({ numeric, analytic }: Comparison, { atol, rtol }: Tolerance): Mismatch[] {
  const found: Mismatch[] = [];
  analytic.forEach((row, i) => {
    row.forEach((a, j) => {
      const n = (numeric[i] as Float64Array)[j] as number;
      if (a === n) return;
      const excess = Math.abs(a - n) - (atol + rtol * Math.abs(n));
      if (excess <= 0) return;
      found.push({ row: i, column: j, analytic: a, numeric: n, excess: Number.isNaN(excess) ? Infinity : excess });
    });
  });
  return found.sort((a, b) => (a.excess === b.excess ? 0 : b.excess - a.excess));
}

/** The largest difference between two Jacobians. */
export function largestDifference(a: Jacobian, b: Jacobian): number {
  let largest = 0;
  a.forEach((row, i) => {
    row.forEach((value, j) => {
      largest = Math.max(largest, Math.abs(value - ((b[i] as Float64Array)[j] as number)));
    });
  });
  return largest;
}

/** An element's place: `[1, 0]`. */
function place(flat: number, shape: readonly number[]): string {
  const index: number[] = [];
  let rest = flat;
  for (const size of shape.toReversed()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `[${index.join(", ")}]`;
}

/** One row for each element of the output. */
function shown(jacobian: Jacobian, { output, input }: Comparison): string {
  const rows = output.numel();
  const columns = input.numel();
  const data = new Float64Array(rows * columns);
  for (const [i, row] of jacobian.entries()) data.set(row, i * columns);
  return String(newFrom(output, "float64", data, [rows, columns]));
}
