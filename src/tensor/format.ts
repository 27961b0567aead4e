/** @file The printed form of a tensor: PyTorch's `str(tensor)`, with its print options. */
import type { Device, DType } from "../../kernels/backend.ts";
import { sizeOf } from "../../kernels/layout.ts";
import { getDefaultDtype } from "../core/defaults.ts";
import { pythonExponential, pythonFixed } from "./format-number.ts";
import { printOptions } from "./print-options.ts";

/** The properties of a tensor that show in its printed form. */
export interface PrintableTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /**
   * The elements in row-major order. A function is called only for those of {@link shownIndices}, once each. Null where
   * they cannot be read now: dots and the size are printed instead, as for PyTorch's meta tensors.
   */
  readonly data: ArrayLike<number> | ((flatIndex: number) => number) | null;
  readonly requiresGrad?: boolean | undefined;
  /** Name of the node that created the tensor, as `"AddBackward0"`. */
  readonly gradFn?: string | null | undefined;
  readonly device?: Device | undefined;
}

const PREFIX = "tensor(";

/** The names of PyTorch. Its int64 is int32 here, so int32 is printed as int64. */
const TORCH_DTYPES: Readonly<Record<DType, string>> = {
  float32: "torch.float32",
  float64: "torch.float64",
  int32: "torch.int64",
  uint8: "torch.uint8",
  bool: "torch.bool",
};

/** Whether the printed elements imply a dtype; others are named, and where there are no elements all but the default. */
function isImplied(dtype: DType): boolean {
  return dtype === getDefaultDtype() || dtype === "int32" || dtype === "bool";
}

/**
 * Formats a tensor as PyTorch prints it.
 *
 * @example String(tensor([1, 2.5], { requiresGrad: true })); // tensor([1.0000, 2.5000], requires_grad=True)
 */
export function formatTensor(tensor: PrintableTensor): string {
  const { shape, dtype, data } = tensor;
  const empty = sizeOf(shape) === 0;
  const suffixes: string[] = [];
  if (tensor.device !== undefined && tensor.device !== "cpu") suffixes.push(`device='${tensor.device}'`);
  if (data === null || (empty && shape.length !== 1)) suffixes.push(`size=(${shape.join(", ")})`);
  if (empty ? dtype !== getDefaultDtype() : !isImplied(dtype)) suffixes.push(`dtype=${TORCH_DTYPES[dtype]}`);
  if (tensor.gradFn) suffixes.push(`grad_fn=<${tensor.gradFn}>`);
  else if (tensor.requiresGrad) suffixes.push("requires_grad=True");

  if (data === null) return addSuffixes(`${PREFIX}...`, suffixes);
  if (empty) return addSuffixes(`${PREFIX}[]`, suffixes);
  const values = shownIndices(shape).map(typeof data === "function" ? data : (i) => data[i] ?? Number.NaN);
  return addSuffixes(PREFIX + arrange(format(values, dtype), shape), suffixes);
}

/** A parameter as PyTorch prints it: the tensor below a line that says what it is. */
export function formatParameter(tensor: PrintableTensor): string {
  return `Parameter containing:\n${formatTensor(tensor)}`;
}

/**
 * Row-major positions of the elements that are printed, in printing order: all of them up to the threshold, beyond that
 * the first and last few of every dimension. Nothing else of a tensor influences its printed form.
 */
export function shownIndices(shape: readonly number[]): number[] {
  const { edgeitems, threshold } = printOptions;
  const summarize = sizeOf(shape) > threshold;
  let indices = [0];
  for (const size of shape) {
    const skipped = isCut(size, summarize) ? size - 2 * edgeitems : 0;
    const positions = Array.from({ length: size - skipped }, (_, i) =>
      skipped > 0 && i >= edgeitems ? i + skipped : i,
    );
    indices = indices.flatMap((start) => positions.map((i) => start * size + i));
  }
  return indices;
}

function isCut(size: number, summarize: boolean): boolean {
  return summarize && size > 2 * printOptions.edgeitems;
}

/** Texts of the shown elements, right-aligned to `width`. A few may be wider. */
interface Column {
  readonly texts: readonly string[];
  readonly width: number;
}

/** Every value as text, in the one style that suits them all. */
function format(values: readonly number[], dtype: DType): Column {
  const floating = dtype === "float32" || dtype === "float64";
  // Zeros, infinities and NaN have no say in style and width; where they need more room, they stick out.
  const measured = floating ? values.filter((v) => Number.isFinite(v) && v !== 0) : values;
  const text = floating ? floatStyle(measured) : dtype === "bool" ? boolText : String;
  const width = measured.reduce((widest, v) => Math.max(widest, text(v).length), 1);
  // As in PyTorch, the width is that of the style which the elements would have had.
  const { sciMode, precision } = printOptions;
  const shown = floating && sciMode !== null ? (sciMode ? exponential(precision) : plainStyle(measured)) : text;
  return { texts: values.map((v) => shown(v).padStart(width)), width };
}

function boolText(value: number): string {
  return value === 0 ? "False" : "True";
}

/**
 * How to write floats of which `values` are the finite ones other than zero: `1.` if all are integers, `0.1234`
 * otherwise, `1.2346e-05` if they span more than three decades or are too large or too small for that.
 */
function floatStyle(values: readonly number[]): (value: number) => string {
  let largest = 0;
  let smallest = Number.POSITIVE_INFINITY;
  let integral = true;
  for (const value of values) {
    largest = Math.max(largest, Math.abs(value));
    smallest = Math.min(smallest, Math.abs(value));
    integral &&= Number.isInteger(value);
  }
  if (largest / smallest > 1000 || largest > 1e8 || (!integral && smallest < 1e-4)) {
    return exponential(printOptions.precision);
  }
  return plain(integral);
}

/** The style of floats that are written without an exponent, whatever they are. */
function plainStyle(values: readonly number[]): (value: number) => string {
  return plain(values.every(Number.isInteger));
}

function exponential(digits: number): (value: number) => string {
  return (value) => pythonExponential(value, digits);
}

function plain(integral: boolean): (value: number) => string {
  const { precision } = printOptions;
  if (!integral) return (value) => pythonFixed(value, precision);
  return (value) => pythonFixed(value, 0) + (Number.isFinite(value) ? "." : "");
}

/** The nested brackets around the texts of the shown elements, which come in printing order. */
function arrange({ texts, width }: Column, shape: readonly number[]): string {
  const { edgeitems, threshold } = printOptions;
  const summarize = sizeOf(shape) > threshold;
  let used = 0;

  const bracket = (dim: number): string => {
    const size = shape[dim];
    if (size === undefined) return texts[used++] ?? "";
    const cut = isCut(size, summarize);
    const items = Array.from({ length: cut ? 2 * edgeitems : size }, () => bracket(dim + 1));
    const inner = shape.length - dim - 1;
    if (cut) items.splice(edgeitems, 0, inner === 0 ? " ..." : "...");
    const indent = PREFIX.length + dim;
    const separator = (lines: number): string => `,${"\n".repeat(lines)}${" ".repeat(indent + 1)}`;
    return `[${inner === 0 ? wrap(items, indent, width).join(separator(1)) : items.join(separator(inner))}]`;
  };
  return bracket(0);
}

/** The elements of a row in lines, as many to each as its width allows. */
function wrap(items: readonly string[], indent: number, width: number): string[] {
  const perLine = Math.max(1, Math.floor((printOptions.linewidth - indent) / (width + 2)));
  const lines: string[] = [];
  for (let i = 0; i < items.length; i += perLine) lines.push(items.slice(i, i + perLine).join(", "));
  return lines;
}

/** Closes the text with its suffixes, each on the line of the one before if there is room. */
function addSuffixes(text: string, suffixes: readonly string[]): string {
  let result = text;
  // Two more than the line holds where the text is a single line, one more than that elsewhere: PyTorch's own count.
  let used = text.length - text.lastIndexOf("\n") + 1;
  for (const suffix of suffixes) {
    const fits = used + suffix.length + 2 <= printOptions.linewidth;
    result += fits ? `, ${suffix}` : `,\n${" ".repeat(PREFIX.length)}${suffix}`;
    used = fits ? used + suffix.length + 2 : PREFIX.length + suffix.length;
  }
  return `${result})`;
}
