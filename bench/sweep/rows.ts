/** @file The rows that a sample is swept in: dtypes, layouts of operands, forward and both ways. */
import type { DType } from "../../kernels/backend.ts";
import type { Sample, SampleInput } from "./samples.ts";
import type { Scaled } from "./scale.ts";
import type { Layout, Pass, Values, Work, WorkInput } from "./work.ts";

const isFloating = (dtype: DType): boolean => dtype === "float32" || dtype === "float64";

/** The inputs whose dtype a row chooses: floats, or integers where there are no floats. */
export function dataInputs(inputs: Scaled["inputs"]): boolean[] {
  const hasFloats = inputs.some(({ dtype }) => isFloating(dtype));
  return inputs.map(({ dtype, index }) => (hasFloats ? isFloating(dtype) : !index && dtype === "int32"));
}

/** The dtype that a sample is written in. */
export function ownDType(sample: Sample): DType {
  const { inputs, options } = sample;
  const named = options.dtype;
  if (inputs.length === 0) return typeof named === "string" ? (named as DType) : "float32";
  // The parameters of a layer are floats, also where it takes integers.
  if (sample.kind === "layer") return "float32";
  const float = inputs.find(({ dtype }) => isFloating(dtype));
  return float === undefined ? (inputs[0]?.dtype ?? "float32") : "float32";
}

/** Numbers for integers in place of floats: no zeros, which nothing can be divided by, and no powers that overflow. */
function valuesIn(dtype: DType, input: SampleInput): Values {
  if (isFloating(dtype) || input.dtype === dtype) return input;
  if (dtype === "bool") return { low: 0, high: 1 };
  return isFloating(input.dtype) || dtype === "uint8" ? { low: 1, high: 5 } : input;
}

/** Which layout each operand has, or null where a layout makes no difference. */
export function layoutsOf(layout: Layout, inputs: Scaled["inputs"], isData: readonly boolean[]): Layout[] | null {
  const shapes = inputs.map(({ shape }) => shape);
  const plain = inputs.map((): Layout => "contiguous");
  if (layout === "contiguous") return plain;
  let at = -1;
  if (layout === "transposed") at = shapes.findIndex((shape, i) => isData[i] === true && (shape.at(-2) ?? 0) > 1);
  else {
    // An operand that is repeated has another one beside it that is not.
    const first = shapes.findIndex((shape, i) => isData[i] === true && (shape[0] ?? 0) > 1);
    const same = (shape: readonly number[]) => first >= 0 && String(shape) === String(shapes[first]);
    at = shapes.findLastIndex((shape, i) => i !== first && isData[i] === true && same(shape));
  }
  return at < 0 ? null : plain.map((one, i) => (i === at ? layout : one));
}

/** How a row differs from the others of its sample. */
export interface Variation {
  readonly dtype: DType;
  readonly layout: Layout;
  readonly pass: Pass;
}

/** The work of a row, or null where the variation does not apply to the sample. `grads`: how many inputs get gradients. */
export function workOf(sample: Sample, scaled: Scaled, variation: Variation, grads: number): Work | null {
  const { dtype, layout, pass } = variation;
  const isData = dataInputs(scaled.inputs);
  if (sample.kind === "layer" && !isFloating(dtype)) return null;
  const own = ownDType(sample);
  if (sample.kind === "optimizer" && (!isFloating(dtype) || layout !== "contiguous" || pass === "both")) return null;
  if (!isData.includes(true) && dtype !== own && sample.kind !== "layer") return null;
  if (pass === "both" && (!isFloating(dtype) || isInPlace(sample.name))) return null;
  const layouts = layoutsOf(layout, scaled.inputs, isData);
  if (layouts === null) return null;
  // What is repeated cannot be written to.
  if (isInPlace(sample.name) && layouts[0] === "broadcast") return null;
  let left = grads;
  const inputs = scaled.inputs.map((input, i): WorkInput => {
    const inputDType = isData[i] ? dtype : input.dtype;
    const grad = pass === "both" && isData[i] === true && left-- > 0;
    return {
      shape: input.shape,
      dtype: inputDType,
      ...rangeOnly(isData[i] ? valuesIn(dtype, input) : input),
      layout: layouts[i] ?? "contiguous",
      ...(input.index ? { index: true } : {}),
      ...(grad ? { grad: true } : {}),
    };
  });
  const { kind, name, method } = sample;
  const { args, options, layer } = scaled;
  return { kind, name, method, args, options, inputs, dtype, pass, ...(layer === undefined ? {} : { layer }) };
}

function rangeOnly({ low, high, choices }: Values): Values {
  return choices === undefined ? { low, high } : { low, high, choices };
}

export const isInPlace = (name: string): boolean => name.endsWith("_");

interface Shaped {
  readonly inputs: readonly { readonly shape: readonly number[] }[];
}

/** The call in words: the arguments, with shapes in place of tensors. */
export function describe({ args, options, inputs, layer }: Omit<Scaled, "inputs"> & Shaped): string {
  const words = (arg: unknown): string => {
    if (Array.isArray(arg)) return `[${arg.map(words)}]`;
    if (typeof arg !== "object" || arg === null) return JSON.stringify(arg);
    if ("tensor" in arg) return shapeWords(inputs[Number(arg.tensor)]?.shape ?? []);
    if ("layer" in arg) return String(arg.layer);
    return "number" in arg ? String(arg.number) : JSON.stringify(arg);
  };
  const named = Object.entries(options).map(([key, value]) => `${key}: ${words(value)}`);
  const made = layer === undefined ? [] : [[...layer.args.map(words), ...kwargs(layer.kwargs, words)].join(", ")];
  const call =
    args.length + named.length === 0 ? inputs.map(({ shape }) => shapeWords(shape)) : [...args.map(words), ...named];
  return [...made, call.join(", ")].map((part) => `(${part})`).join("");
}

const kwargs = (given: object, words: (arg: unknown) => string): string[] =>
  Object.entries(given).map(([key, value]) => `${key}=${words(value)}`);

const shapeWords = (shape: readonly number[]): string => (shape.length === 0 ? "scalar" : shape.join("×"));
