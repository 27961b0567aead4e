/** @file The table of a module's layers with their output shapes and parameters, as torchinfo prints it. */
import type { DType } from "../../kernels/backend.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { keyword, required, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { aDType, aSize, either, integers, type Kind, kind } from "../core/kinds.ts";
import { zeros } from "../tensor/create.ts";
import { rand } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type AnyModule, Module } from "./module.ts";

/** Options of {@link summary}. */
export interface SummaryOptions {
  /** How many levels of modules are shown. Default 3. */
  readonly depth?: number | undefined;
  /** Dtype of the input: "int32" for a model that begins with an embedding. Default "float32". */
  readonly dtype?: DType | undefined;
  /** 1 to print the table, 0 to return it only. Default 1. */
  readonly verbose?: number | undefined;
}

const someShapes: Kind<readonly number[] | readonly (readonly number[])[]> = either(
  integers,
  kind<readonly (readonly number[])[]>(
    "a list of shapes",
    (value) =>
      Array.isArray(value) && value.every((shape) => Array.isArray(shape) && shape.every(Number.isSafeInteger)),
  ),
);

const SUMMARY = signature("summary", {
  model: required(kind<AnyModule>("a module", (value) => value instanceof Module)),
  inputShape: required(someShapes),
  depth: keyword(aSize, 3),
  dtype: keyword(aDType, "float32"),
  verbose: keyword(aSize, 1),
});

/** One module of the table. */
interface Row {
  readonly title: string;
  readonly depth: number;
  readonly outputShape: readonly number[] | null;
  /** Parameters of its own, not of modules inside. */
  readonly params: number;
  /** Whether its parameters were counted in another row. */
  readonly isRepeated: boolean;
}

/** Width of the columns with shapes and numbers of parameters, and the least width of the first one. */
const COLUMN = 25;
const FIRST_COLUMN = 40;

/** Bytes of a parameter and of an activation. */
const FLOAT_BYTES = 4;

const separated = (n: number): string => n.toLocaleString("en-US");
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2);

/**
 * What {@link summary} returns: the table as text, and its sums.
 *
 * @example
 * const { totalParams } = nn.summary(new nn.Linear(3, 2), [1, 3], { verbose: 0 });
 * totalParams; // 8
 */
export class ModelSummary {
  /** Number of parameters. */
  readonly totalParams: number;
  /** Number of parameters that require gradients. */
  readonly trainableParams: number;
  /** Number of multiplications and additions of a forward pass, counted from the parameters. */
  readonly totalMultAdds: number;
  private readonly text: string;

  constructor(text: string, sums: Pick<ModelSummary, "totalParams" | "trainableParams" | "totalMultAdds">) {
    this.text = text;
    this.totalParams = sums.totalParams;
    this.trainableParams = sums.trainableParams;
    this.totalMultAdds = sums.totalMultAdds;
  }
  /** The table. */
  toString(): string {
    return this.text;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.text;
  }
}

/**
 * Prints the table of a model's layers: output shapes, parameters and sizes, found by a forward pass in evaluation mode.
 *
 * @param inputShape - Shape of the input, the batch included; or a list of shapes, for several inputs.
 * @throws what the forward pass throws for such an input.
 * @example
 * const net = new nn.Sequential(new nn.Linear(4, 3), new nn.ReLU());
 * String(nn.summary(net, [2, 4], { verbose: 0 })).split("\n")[4]; // ├─Linear: 1-1   [2, 3]   15
 */
export function summary(
  model: AnyModule,
  inputShape: readonly number[] | readonly (readonly number[])[],
  options?: SummaryOptions,
): ModelSummary;
export function summary(...args: readonly unknown[]): ModelSummary {
  const { model, inputShape, depth, dtype, verbose } = SUMMARY.read(args);
  const shapes = (Array.isArray(inputShape[0]) ? inputShape : [inputShape]) as readonly (readonly number[])[];
  const { device } = model.parameters()[0] ?? { device: "cpu" as const };
  const inputs = shapes.map((shape) => {
    if (shape.some((size) => size < 1)) throw new ValueError("[summary] the sizes of an input must be at least 1");
    return dtype === "float32" || dtype === "float64"
      ? rand(shape, { dtype, device })
      : zeros(shape, { dtype, device });
  });
  const result = describe(model, inputs, depth);
  if (verbose > 0) console.log(String(result));
  return result;
}

function describe(model: AnyModule, inputs: readonly Tensor[], maxDepth: number): ModelSummary {
  const rows: Row[] = [];
  const seen = new Set<AnyModule>();
  const counts: number[] = [];
  /** The modules whose forward pass is running. */
  const nesting: AnyModule[] = [];
  let [multAdds, activations] = [0, 0];
  const handles = model.namedModules().flatMap(([name, module]) => {
    const open: { readonly at: number; readonly depth: number }[] = [];
    return [
      module.registerForwardPreHook(() => {
        const depth = nesting.length;
        nesting.push(module);
        counts[depth] = (counts[depth] ?? 0) + 1;
        // Each level is numbered through the whole table, as torchinfo does.
        const title = name === "" ? module.constructor.name : `${module.constructor.name}: ${depth}-${counts[depth]}`;
        open.push({ at: rows.length, depth });
        rows.push({ title, depth, outputShape: null, params: ownParams(module), isRepeated: seen.has(module) });
        seen.add(module);
      }),
      module.registerForwardHook((_, __, output: unknown) => {
        nesting.pop();
        const { at } = open.pop() ?? { at: -1 };
        const row = rows[at];
        if (row === undefined) return;
        const outputShape = shapeOf(output);
        rows[at] = { ...row, outputShape };
        if (outputShape === null || row.params === 0 || module.children().length > 0) return;
        multAdds += multAddsOf(module, outputShape, row.params);
        // An activation and its gradient.
        activations += 2 * FLOAT_BYTES * outputShape.reduce((a, b) => a * b, 1);
      }),
    ];
  });
  const training = model.modules().map((module) => [module, module.training] as const);
  try {
    model.eval();
    noGrad(() => model.forward(...inputs));
  } finally {
    for (const [module, mode] of training) module.training = mode;
    for (const handle of handles) handle.remove();
  }
  const parameters = model.parameters();
  const count = (list: readonly Tensor[]): number => list.reduce((sum, t) => sum + t.numel(), 0);
  const sums = {
    totalParams: count(parameters),
    trainableParams: count(parameters.filter(({ requiresGrad }) => requiresGrad)),
    totalMultAdds: multAdds,
  };
  const inputBytes = FLOAT_BYTES * count(inputs);
  const text = format(
    rows.filter(({ depth }) => depth <= maxDepth),
    sums,
    [inputBytes, activations, FLOAT_BYTES * sums.totalParams],
  );
  return new ModelSummary(text, sums);
}

function ownParams(module: AnyModule): number {
  return module.parameters({ recurse: false }).reduce((sum, parameter) => sum + parameter.numel(), 0);
}

/** The shape of the first tensor of an output. */
function shapeOf(output: unknown): readonly number[] | null {
  if (isTensor(output)) return output.shape;
  return Array.isArray(output) ? shapeOf(output[0]) : null;
}

/** A convolution uses its parameters at every place, another layer once for every sample. */
function multAddsOf(module: AnyModule, shape: readonly number[], params: number): number {
  const [samples = 1, , ...places] = shape;
  const uses = /Conv/.test(module.constructor.name) ? places.reduce((a, b) => a * b, samples) : samples;
  return params * uses;
}

/** `├─Linear: 1-1`. */
function indented({ title, depth }: Row): string {
  if (depth === 0) return title;
  return depth === 1 ? `├─${title}` : `${"│    ".repeat(depth - 1)}└─${title}`;
}

function format(
  rows: readonly Row[],
  sums: Pick<ModelSummary, "totalParams" | "trainableParams" | "totalMultAdds">,
  [input, activations, params]: readonly [number, number, number],
): string {
  const first = Math.max(FIRST_COLUMN, ...rows.map(({ title, depth }) => title.length + 5 * depth + 1));
  const line = "=".repeat(first + 2 * COLUMN);
  const columns = (a: string, b: string, c: string): string => `${a.padEnd(first)} ${b.padEnd(COLUMN)} ${c}`.trimEnd();
  const numbers = (row: Row): string => {
    if (row.params === 0) return "--";
    return row.isRepeated ? "(recursive)" : separated(row.params);
  };
  const unit = [1e12, 1e9, 1e6, 1e3].findIndex((size) => sums.totalMultAdds >= size);
  const multAdds = unit < 0 ? sums.totalMultAdds : sums.totalMultAdds / 1e3 ** (4 - unit);
  return [
    line,
    columns("Layer (type:depth-idx)", "Output Shape", "Param #"),
    line,
    ...rows.map((row) =>
      columns(indented(row), row.outputShape === null ? "--" : `[${row.outputShape.join(", ")}]`, numbers(row)),
    ),
    line,
    `Total params: ${separated(sums.totalParams)}`,
    `Trainable params: ${separated(sums.trainableParams)}`,
    `Non-trainable params: ${separated(sums.totalParams - sums.trainableParams)}`,
    `Total mult-adds${unit < 0 ? "" : ` (${"TGMk"[unit]})`}: ${unit < 0 ? multAdds : multAdds.toFixed(2)}`,
    line,
    `Input size (MB): ${megabytes(input)}`,
    `Forward/backward pass size (MB): ${megabytes(activations)}`,
    `Params size (MB): ${megabytes(params)}`,
    `Estimated Total Size (MB): ${megabytes(input + activations + params)}`,
    line,
  ].join("\n");
}
