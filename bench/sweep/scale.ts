/**
 * @file Bringing a sample to a size. A recipe says how; several are tried, for a sample does not say what the numbers in
 * its shapes and arguments mean.
 */
import type { Argument } from "../../test/golden/calls.ts";
import type { LayerPart } from "../../test/golden/layers.ts";
import type { Sample, SampleInput } from "./samples.ts";
import { sizeOf } from "./work.ts";

export interface Recipe {
  /**
   * What grows: every dimension by one factor; the first, or the second, of those inputs that share it, as a batch
   * does; a length or shape among the arguments of a factory; or nothing.
   */
  readonly grows: "all" | "batch" | "second" | "arguments" | "nothing";
  /** Whether arguments that are sizes of the sample become the new sizes. */
  readonly withArguments: boolean;
  /** Whether a layer first gets {@link FEATURES} features in place of the sample's few. */
  readonly features: boolean;
  /** Which of the sizes that an index may be meant for, the largest first, limits the indices; −1: they stay. */
  readonly indexed: number;
}

/** A sample after scaling; indices are marked. */
export interface Scaled {
  readonly args: readonly Argument[];
  readonly options: Readonly<Record<string, Argument>>;
  readonly inputs: readonly (SampleInput & { readonly index: boolean })[];
  readonly layer?: LayerPart;
}

/** Features and channels of layers, where the sample has two or three. */
const FEATURES = 64;

/** How many arguments of a layer are numbers of features; the names are PyTorch's. */
const FEATURE_ARGUMENTS: readonly (readonly [RegExp, from: number, to: number])[] = [
  [/^Bilinear/, 0, 3],
  [/^(Conv|Linear|RNN|LSTM|GRU|Embedding)/, 0, 2],
  [/^GroupNorm/, 1, 2],
  [/(Norm|Norm1d|Norm2d|Norm3d)$/, 0, 1],
  [/^(MultiheadAttention|TransformerEncoderLayer)/, 0, 1],
];

const isFloat = ({ dtype }: SampleInput): boolean => dtype === "float32" || dtype === "float64";

/** An input of integers beside one of floats holds positions or classes. */
export function indexInputs(inputs: readonly SampleInput[], kind: Sample["kind"]): boolean[] {
  const hasFloats = inputs.some(isFloat) || kind === "layer" || kind === "loss";
  return inputs.map(({ dtype }) => dtype === "int32" && hasFloats);
}

/** New sizes by old ones. */
type Sizes = ReadonlyMap<number, number>;

/** The factor by which each of `count` dimensions grows so that `from` elements become `to`. */
const factorFor = (from: number, to: number, count: number): number =>
  (to / Math.max(from, 1)) ** (1 / Math.max(count, 1));

function largest(inputs: readonly SampleInput[]): readonly number[] {
  return inputs.reduce<readonly number[]>((best, { shape }) => (sizeOf(shape) > sizeOf(best) ? shape : best), []);
}

/** Every size above 1 grows by the factor that brings the largest input to `n` elements. */
function sizesFor(inputs: readonly SampleInput[], n: number): Sizes {
  const big = largest(inputs);
  const factor = factorFor(sizeOf(big), n, big.filter((d) => d > 1).length);
  const all = new Set(inputs.flatMap(({ shape }) => shape).filter((d) => d > 1));
  return new Map([...all].map((d) => [d, Math.max(1, Math.round(d * factor))]));
}

/** Products of neighbouring dimensions, which arguments such as a new shape may name. */
function productsOf(inputs: readonly SampleInput[], sizes: Sizes): Sizes {
  const found = new Map<number, number>();
  for (const { shape } of inputs) {
    for (let from = 0; from < shape.length; from++) {
      let [old, now] = [1, 1];
      for (const d of shape.slice(from)) {
        old *= d;
        now *= sizes.get(d) ?? d;
        if (old > 1 && !found.has(old)) found.set(old, now);
      }
    }
  }
  for (const [old, now] of sizes) found.set(old, now);
  return found;
}

function replaced(arg: Argument, sizes: Sizes): Argument {
  if (typeof arg === "number") return sizes.get(arg) ?? arg;
  return Array.isArray(arg) ? (arg as readonly Argument[]).map((a) => replaced(a, sizes)) : arg;
}

function replacedAll(options: Sample["options"], sizes: Sizes): Sample["options"] {
  return Object.fromEntries(Object.entries(options).map(([name, arg]) => [name, replaced(arg, sizes)]));
}

const isSizes = (arg: Argument): arg is readonly number[] =>
  Array.isArray(arg) && arg.length > 0 && arg.every((d) => typeof d === "number");

/** A factory has its sizes among the arguments: a list that is a shape, or else its last, or only, length. */
function factoryArguments(args: readonly Argument[], n: number): Argument[] {
  const shape = args.findIndex(isSizes);
  if (shape >= 0) {
    const old = args[shape] as readonly number[];
    const factor = factorFor(sizeOf(old), n, old.length);
    return args.map((arg, i) => (i === shape ? old.map((d) => Math.max(1, Math.round(d * factor))) : arg));
  }
  const at = args.length > 2 ? 2 : args.length - 1;
  return args.map((arg, i) => (i === at && typeof arg === "number" ? n : arg));
}

type Value = LayerPart["args"][number];

/** Sizes that are features of the layer, brought to {@link FEATURES}. */
function featuresOf({ layer, args }: LayerPart): Map<number, number> {
  const range = FEATURE_ARGUMENTS.find(([pattern]) => pattern.test(layer));
  const found = new Map<number, number>();
  if (range === undefined) return found;
  for (const value of args.slice(range[1], range[2]).flat()) {
    if (typeof value === "number" && value > 1) found.set(value, value * Math.max(1, Math.round(FEATURES / value)));
  }
  return found;
}

function widened(part: LayerPart, features: Sizes): LayerPart {
  const range = FEATURE_ARGUMENTS.find(([pattern]) => pattern.test(part.layer));
  const value = (v: Value): Value => {
    if (typeof v === "number") return features.get(v) ?? v;
    return Array.isArray(v) ? v.map((one) => (typeof one === "number" ? (features.get(one) ?? one) : one)) : v;
  };
  if (range === undefined) return part;
  return { ...part, args: part.args.map((v, i) => (i >= range[1] && i < range[2] ? value(v) : v)) };
}

/** Upper limits that the indices of an input may have: the last position of a dimension, by the sizes before and after. */
function limitsOf(high: number, before: readonly SampleInput[], after: readonly (readonly number[])[]): number[] {
  const limits = new Set<number>();
  for (const [i, { shape }] of before.entries()) {
    for (const [k, d] of shape.entries()) if (d > high) limits.add((after[i]?.[k] ?? d) - 1);
  }
  return [...limits].sort((a, b) => b - a);
}

/** The sample at a size of about `n` elements in its largest input, or among the arguments of a factory. */
export function scale(sample: Sample, n: number, recipe: Recipe): Scaled {
  const { kind, options } = sample;
  const features = recipe.features && sample.layer !== undefined ? featuresOf(sample.layer) : new Map<number, number>();
  const inputs = sample.inputs.map((one) => ({ ...one, shape: one.shape.map((d) => features.get(d) ?? d) }));
  const layer = sample.layer === undefined ? undefined : widened(sample.layer, features);
  const big = largest(inputs);
  let sizes: Sizes = new Map();
  let shapes = inputs.map(({ shape }) => shape);
  let args = sample.args;
  if (recipe.grows === "arguments") args = factoryArguments(args, n);
  if (recipe.grows === "all") {
    sizes = sizesFor(inputs, n);
    shapes = shapes.map((shape) => shape.map((d) => sizes.get(d) ?? d));
  }
  const at = recipe.grows === "second" ? 1 : 0;
  if (recipe.grows === "batch" || recipe.grows === "second") {
    const old = big[at] ?? 1;
    const now = Math.max(1, Math.round((old * n) / Math.max(sizeOf(big), 1)));
    sizes = new Map([[old, now]]);
    shapes = shapes.map((shape) => shape.map((d, k) => (k === at && d === old ? now : d)));
  }
  const named = recipe.withArguments ? productsOf(inputs, sizes) : new Map<number, number>();
  const isIndex = indexInputs(inputs, kind);
  return {
    args: recipe.withArguments ? args.map((arg) => replaced(arg, named)) : args,
    options: recipe.withArguments ? replacedAll(options, named) : options,
    inputs: inputs.map((input, i) => {
      const shape = shapes[i] ?? input.shape;
      const index = isIndex[i] === true;
      const limit = index && recipe.indexed >= 0 ? limitsOf(input.high, inputs, shapes)[recipe.indexed] : undefined;
      const { choices: _, ...rest } = input;
      return limit === undefined ? { ...input, shape, index } : { ...rest, shape, index, high: limit };
    }),
    ...(layer === undefined ? {} : { layer }),
  };
}

/** The recipes that may fit a sample, the most telling first. */
export function recipesFor(sample: Sample): Recipe[] {
  const { kind, inputs, layer, name } = sample;
  const none: Recipe = { grows: "nothing", withArguments: false, features: false, indexed: -1 };
  if (inputs.every(({ shape }) => sizeOf(shape) <= 1) || inputs.length === 0) {
    return inputs.length === 0 ? [{ ...none, grows: "arguments" }, none] : [none];
  }
  const keepsWindows = /conv|pool|unfold|interpolate|upsample/i.test(layer?.layer ?? name);
  const hasFeatures = layer !== undefined && featuresOf(layer).size > 0;
  const all = ["all"] as const;
  // Sequences come with the batch in their second dimension, unless they are told otherwise.
  const isSequence =
    /^(RNN|LSTM|GRU|MultiheadAttention|Transformer\w*)$/.test(name) && layer?.kwargs.batch_first !== true;
  const batches = isSequence ? (["second", "batch"] as const) : (["batch", "second"] as const);
  const order =
    hasFeatures || keepsWindows || isSequence ? batches : kind === "layer" ? ([...all, ...batches] as const) : all;
  const rest = hasFeatures || keepsWindows || isSequence || kind === "layer" ? [] : batches;
  const indices = indexInputs(inputs, kind).includes(true) ? [0, 1, 2, -1] : [-1];
  const recipes = [...order, ...rest].flatMap((grows) =>
    (hasFeatures ? [true, false] : [false]).flatMap((features) =>
      [false, true].flatMap((withArguments) =>
        indices.map((indexed): Recipe => ({ grows, withArguments, features, indexed })),
      ),
    ),
  );
  return [...recipes, none];
}

/** The power of its size with which the largest array of a call grows, from two measurements. */
export function growthOf(small: { n: number; elements: number }, large: { n: number; elements: number }): number {
  const power = Math.log(large.elements / Math.max(small.elements, 1)) / Math.log(large.n / small.n);
  return Number.isFinite(power) ? power : 0;
}

/** The size to ask for so that the largest array of a call has about `n` elements. */
export function sizeFor(n: number, known: { n: number; elements: number }, growth: number): number {
  if (growth < 0.5) return n;
  return Math.max(2, Math.round(known.n * (n / known.elements) ** (1 / growth)));
}
