/** @file Writes modules as ONNX models: traces them for inputs of several sizes, and turns their operations into nodes. */
import type { TypedArray } from "../../kernels/backend.ts";
import { batchingHook, withBatchingHook } from "../autograd/batching.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { keyword, required, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { GraphError, ShapeError, ValueError } from "../core/errors.ts";
import { aFileName, aRecord, type FileName } from "../core/file-kinds.ts";
import { isTensor } from "../core/identity.ts";
import { aString, kind, listOfKind, worded } from "../core/kinds.ts";
import { isThenable } from "../core/realm.ts";
import { leavesOf, mapTensors, tensorsOf } from "../func/pytree.ts";
import { write } from "../io/source.ts";
import { type AnyModule, Module } from "../nn/module.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Aligned, type Count, isFixed, sameCount } from "./aligned.ts";
import { Emitter } from "./emitter.ts";
import { TYPE_NUMBERS } from "./graph-builder.ts";
import { BUFFERS_KEY } from "./import/model.ts";
import { type ModelCodec, modelCodec, type NodeInit, type ValueInfoProto } from "./messages.ts";
import { RULES } from "./rules/index.ts";
import { Trace, type ValueId } from "./trace.ts";

/** Axes that may have any size: their numbers, or names for them. */
export type DynamicAxes = Readonly<Record<string, readonly number[] | Readonly<Record<number, string>>>>;

/** Options of {@link save} and {@link toBytes}. */
export interface ExportOptions {
  /** Names of the inputs, in the order of the tensors in the example. Default: `input`, or `input_0`, `input_1` …. */
  readonly inputNames?: readonly string[] | undefined;
  /** Names of the outputs, in the order of the tensors in the result. Default: `output`, or `output_0`, `output_1` …. */
  readonly outputNames?: readonly string[] | undefined;
  /**
   * Axes that may have another size than in the example, by the name of the input: `{ input: [0] }`, or with names for the
   * axes, `{ input: { 0: "batch" } }`. Axes of one name have one size. Outputs may be given too, for the names of their axes.
   * Default: none.
   */
  readonly dynamicAxes?: DynamicAxes | undefined;
  /** Version of ONNX's set of operators, from 13 to 17. Default 17. */
  readonly opsetVersion?: number | undefined;
}

/** The arguments of `forward`: a tensor, or a list with one for each, which may be nested or no tensor. */
export type ExampleInputs = Tensor | readonly unknown[];

const OLDEST_OPSET = 13;
const LATEST_OPSET = 17;
/** Protocol Buffers count bytes with 31 bits. */
const MOST_BYTES = 2 ** 31 - 1;

const aModule = kind<AnyModule>(
  "a Module",
  (value) => value instanceof Module,
  () => "Pass the module itself, an nn.Module.",
);
const someInputs = kind<ExampleInputs>(
  "a Tensor or a list of the arguments of forward",
  (value) => isTensor(value) || Array.isArray(value),
);
const names = listOfKind(aString, "a list of strings");
const anOpset = worded(
  kind<number>(
    "an opset",
    (n) => Number.isInteger(n) && (n as number) >= OLDEST_OPSET && (n as number) <= LATEST_OPSET,
  ),
  (_, n) => `opsetVersion must be an integer from ${OLDEST_OPSET} to ${LATEST_OPSET}, but got ${describeValue(n)}`,
);
const OPTIONS = {
  inputNames: keyword(names),
  outputNames: keyword(names),
  dynamicAxes: keyword(aRecord),
  opsetVersion: keyword(anOpset, LATEST_OPSET),
};
const SAVE = signature("onnx.save", {
  module: required(aModule),
  exampleInputs: required(someInputs),
  file: required(aFileName),
  ...OPTIONS,
});
const TO_BYTES = signature("onnx.toBytes", {
  module: required(aModule),
  exampleInputs: required(someInputs),
  ...OPTIONS,
});

type Given = ReturnType<typeof TO_BYTES.read>;

/**
 * Saves a module as an ONNX model, which ONNX Runtime and other programs run.
 *
 * The module's `forward` runs in evaluation mode, several times: as often as it takes to see what follows from the numbers
 * and the sizes of its inputs. What it decides by numbers of its inputs cannot be in the file, and is an error. Module and
 * inputs are afterwards as they were. Parameters and buffers have the names of the state dictionary in the file.
 *
 * @param exampleInputs - The arguments of `forward`: a tensor, or a list.
 * @throws GraphError that names the operation and its module, for what ONNX has no counterpart for; DataError if the file
 * cannot be written, or without the package `@bufbuild/protobuf`; ValueError for a model of more than 2 GB.
 * @example
 * const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
 * await onnx.save(model, randn(1, 4), "model.onnx", { dynamicAxes: { input: { 0: "batch" } } });
 * const loaded = await onnx.load("model.onnx");
 * loaded.forward(ones(3, 4)).shape; // [3, 2]
 */
export async function save(
  module: AnyModule,
  exampleInputs: ExampleInputs,
  file: FileName,
  options?: ExportOptions,
): Promise<void>;
export async function save(...args: readonly unknown[]): Promise<void> {
  const { file, ...given } = SAVE.read(args);
  await write(SAVE.op, file, encodeModule(SAVE.op, given));
}

/**
 * The bytes of the file that {@link save} writes: for pages, and for runtimes that take bytes.
 *
 * @throws as {@link save}.
 * @example
 * const bytes = await onnx.toBytes(new nn.Linear(4, 2), ones(1, 4), { inputNames: ["x"], outputNames: ["y"] });
 * bytes.length < 500; // true
 */
export async function toBytes(
  module: AnyModule,
  exampleInputs: ExampleInputs,
  options?: ExportOptions,
): Promise<Uint8Array<ArrayBuffer>>;
export async function toBytes(...args: readonly unknown[]): Promise<Uint8Array<ArrayBuffer>> {
  return encodeModule(TO_BYTES.op, TO_BYTES.read(args));
}

/** One dimension of an input that may have any size. */
interface Axis {
  readonly input: number;
  readonly axis: number;
  readonly name: string;
}

async function encodeModule(op: string, given: Given): Promise<Uint8Array<ArrayBuffer>> {
  if (batchingHook !== null) throw new GraphError(`[${op}] a module cannot be exported inside vmap or another export`);
  const { module } = given;
  const args = isTensor(given.exampleInputs) ? [given.exampleInputs] : given.exampleInputs;
  const examples = tensorsOf(args);
  const inputNames = namesOf(op, "input", given.inputNames, examples.length);
  const axes = axesOf(op, (given.dynamicAxes ?? {}) as DynamicAxes, inputNames, examples);
  const sizes = sizesOf(op, axes, examples);
  const traced = inEvaluation(module, () => sizes.map((size, i) => traceOnce(op, module, args, { axes, size, i })));
  const traces = traced.map(({ trace }) => trace) as [Trace, ...Trace[]];
  const aligned = new Aligned(
    op,
    traces,
    traced.map(({ outputs }) => outputs),
  );
  const [codec, known] = await Promise.all([modelCodec(op), readNumbers(aligned)]);
  const outputNames = namesOf(op, "output", given.outputNames, aligned.outputs.length);
  const nobody = Object.keys(given.dynamicAxes ?? {}).find((name) => ![...inputNames, ...outputNames].includes(name));
  if (nobody !== undefined) {
    throw new ValueError(
      `[${op}] dynamicAxes: "${nobody}" is the name of no input and no output. There are ${[...inputNames, ...outputNames].join(", ")}`,
    );
  }
  return assemble(op, codec, aligned, { given, known, inputNames, outputNames, axes, sizes });
}

/** Names for all of something: those given, and then numbered ones. */
function namesOf(op: string, what: string, given: readonly string[] | undefined, count: number): string[] {
  const list = given ?? [];
  if (list.length > count) {
    throw new ValueError(
      `[${op}] ${what}Names has ${list.length} names, but there ${count === 1 ? "is" : "are"} ${count} tensors`,
    );
  }
  const all = Array.from({ length: count }, (_, i) => list[i] ?? (count === 1 ? what : `${what}_${i}`));
  const twice = all.find((name, i) => all.indexOf(name) !== i || name === "");
  if (twice !== undefined)
    throw new ValueError(`[${op}] ${what}Names must be different and not empty, got ${describeValue(twice)}`);
  return all;
}

function axesOf(op: string, given: DynamicAxes, inputNames: readonly string[], examples: readonly Tensor[]): Axis[] {
  return Object.entries(given).flatMap(([name, entry]) => {
    const input = inputNames.indexOf(name);
    if (input < 0) return [];
    const { shape } = examples[input] as Tensor;
    return namedAxes(name, entry).map(([axis, label]) => {
      const at = axis < 0 ? axis + shape.length : axis;
      if (Number.isInteger(at) && at >= 0 && at < shape.length) return { input, axis: at, name: label };
      throw new ShapeError(`[${op}] dynamicAxes: ${name} has ${shape.length} dimensions, but axis ${axis} was given`);
    });
  });
}

/** Axes with their names, of which a list has none. */
function namedAxes(name: string, entry: DynamicAxes[string]): (readonly [axis: number, label: string])[] {
  if (Array.isArray(entry)) return entry.map((axis: number, i) => [axis, `${name}_dynamic_axes_${i + 1}`]);
  return Object.entries(entry as Readonly<Record<number, string>>).map(([axis, label]) => [Number(axis), label]);
}

/** The sizes of the named axes in each of the traces: two more for each, to tell what follows it, and how. */
function sizesOf(op: string, axes: readonly Axis[], examples: readonly Tensor[]): ReadonlyMap<string, number>[] {
  const base = new Map<string, number>();
  for (const { input, axis, name } of axes) {
    const size = (examples[input] as Tensor).shape[axis] as number;
    const before = base.get(name);
    if (before !== undefined && before !== size) {
      throw new ShapeError(`[${op}] dynamicAxes: the axes "${name}" have sizes ${before} and ${size} in the example`);
    }
    if (size === 0) throw new ShapeError(`[${op}] dynamicAxes: the axis "${name}" is empty in the example`);
    base.set(name, size);
  }
  // Size 1 is special: it broadcasts, and squeeze takes it away.
  const first = new Map(Array.from(base, ([name, size]) => [name, Math.max(size, 2)]));
  const others = [...first].flatMap(([name, size]) => [1, 3].map((more) => new Map(first).set(name, size + more)));
  return [first, ...(others.length === 0 ? [first] : others)];
}

/**
 * The example for a trace: of other sizes, and but for the first with other numbers. A vector of integers stays in order, if
 * it was, and begins with 0, if it did: it may hold the starts of bags.
 */
function resized(t: Tensor, axes: readonly Axis[], sizes: ReadonlyMap<string, number>, changes: boolean): Tensor {
  let result = t.detach().clone();
  const isVector = t.ndim === 1 && (t.dtype === "int32" || t.dtype === "uint8");
  for (const { axis, name } of axes) {
    const size = result.size(axis);
    const wanted = sizes.get(name) as number;
    if (size === wanted) continue;
    const places = Int32Array.from({ length: wanted }, (_, i) => (isVector ? Math.min(i, size - 1) : i % size));
    result = result.indexSelect(axis, result.newTensor(places, { dtype: "int32" }));
  }
  if (!changes || result.numel() === 0) return result;
  if (isVector) return result.add(1).div(2, { roundingMode: "trunc" });
  const rolled = result.roll(1);
  return rolled.isFloatingPoint() ? rolled.mul(0.75) : rolled;
}

interface Run {
  readonly axes: readonly Axis[];
  readonly size: ReadonlyMap<string, number>;
  readonly i: number;
}

function traceOnce(
  op: string,
  module: AnyModule,
  args: readonly unknown[],
  { axes, size, i }: Run,
): { trace: Trace; outputs: ValueId[] } {
  const members = new Map(
    [...module.namedBuffers(), ...module.namedParameters()].map(([name, t]) => [t as Tensor, name]),
  );
  const trace = new Trace(op, members);
  const inputs: Tensor[] = [];
  const own = noGrad(() =>
    mapTensors(args, (t, n) => {
      const input = resized(
        t,
        axes.filter((axis) => axis.input === n),
        size,
        i > 0,
      );
      inputs.push(input);
      return input;
    }),
  ) as unknown[];
  let outputs: ValueId[] = [];
  trace.run(module, inputs, () => {
    const result = module.forward(...own);
    if (isThenable(result)) throw new GraphError(`[${op}] forward must be synchronous, but it returned a promise`);
    const leaves = leavesOf(result).filter((leaf) => leaf !== null && leaf !== undefined);
    const other = leaves.find((leaf) => !isTensor(leaf));
    if (other !== undefined || leaves.length === 0) {
      throw new GraphError(
        `[${op}] forward must return tensors, in lists or objects, but it returned ${describeValue(other ?? result)}`,
      );
    }
    outputs = tensorsOf(result).map((t) => trace.valueIn(t));
  });
  return { trace, outputs };
}

/** Runs `fn` with all modules in evaluation mode. */
function inEvaluation<T>(module: AnyModule, fn: () => T): T {
  const modes = module.modules().map((each) => [each, each.training] as const);
  module.eval();
  try {
    return withBatchingHook(null, fn);
  } finally {
    for (const [each, training] of modes) each.training = training;
  }
}

/** What the graph needs of a trace. */
interface Needs {
  /** Steps by their places. */
  readonly steps: ReadonlySet<number>;
  readonly values: ReadonlySet<ValueId>;
  /** Values that follow from constants alone. */
  readonly constants: ReadonlySet<ValueId>;
}

function needsOf(aligned: Aligned): Needs {
  const constants = new Set<ValueId>(aligned.values.filter(({ origin }) => origin === "constant").map(({ id }) => id));
  for (const { inputs, outputs } of aligned.steps) {
    if (inputs.every((id) => id === null || constants.has(id))) for (const id of outputs) constants.add(id);
  }
  const values = new Set(aligned.outputs);
  const steps = new Set<number>();
  for (let i = aligned.steps.length - 1; i >= 0; i--) {
    const step = aligned.steps[i];
    if (step === undefined || !step.outputs.some((id) => values.has(id))) continue;
    steps.add(i);
    for (const id of step.inputs) if (id !== null) values.add(id);
  }
  return { steps, values, constants };
}

interface Known extends Needs {
  readonly numbers: ReadonlyMap<ValueId, readonly TypedArray[]>;
}

/** Reads parameters, and what follows from constants and is the same in all traces. */
async function readNumbers(aligned: Aligned): Promise<Known> {
  const needs = needsOf(aligned);
  const numbers = new Map<ValueId, readonly TypedArray[]>();
  const reads = [...needs.values].map(async (id) => {
    const { origin, tensor } = aligned.value(id);
    if (origin === "parameter") {
      numbers.set(id, [await tensor.detach().data()]);
    } else if (needs.constants.has(id) && !aligned.traces.some(({ stale }) => stale.has(id))) {
      const read = await Promise.all(aligned.all(id).map((value) => value.tensor.detach().data()));
      if (origin === "constant" || isSame(aligned.shape(id), read)) numbers.set(id, read);
    }
  });
  await Promise.all(reads);
  return { ...needs, numbers };
}

function isSame(shape: readonly Count[], numbers: readonly TypedArray[]): boolean {
  const [first] = numbers;
  return shape.every(isFixed) && numbers.every((data) => data.every((x, i) => Object.is(x, first?.[i])));
}

interface Plan {
  readonly given: Given;
  readonly known: Known;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly axes: readonly Axis[];
  readonly sizes: readonly ReadonlyMap<string, number>[];
}

function assemble(op: string, codec: ModelCodec, aligned: Aligned, plan: Plan): Uint8Array<ArrayBuffer> {
  const { given, known, inputNames, outputNames } = plan;
  const emitter = new Emitter(aligned, known.numbers, given.opsetVersion, RULES);
  const { graph } = emitter;
  const clash = [...inputNames, ...outputNames].find((name) => !graph.take(name));
  if (clash !== undefined) throw new ValueError(`[${op}] the name "${clash}" is that of an input and of an output`);
  const inputs = aligned.values.filter(({ origin }) => origin === "input").map(({ id }) => id);
  for (const [i, id] of inputs.entries()) emitter.input(id, inputNames[i] as string);
  for (const [i, step] of aligned.steps.entries()) {
    if (!known.steps.has(i) || step.outputs.every((id) => known.numbers.has(id))) continue;
    emitter.step(i, step);
  }
  graph.scope = "";
  const renamed = new Map<string, string>();
  const made = new Set(graph.nodes.flatMap(({ output }) => output ?? []));
  const extra: NodeInit[] = [];
  for (const [i, id] of aligned.outputs.entries()) {
    const [name, wanted] = [emitter.nameOf(id), outputNames[i] as string];
    const isFree = made.has(name) && !renamed.has(name);
    if (isFree) renamed.set(name, wanted);
    else
      extra.push({
        name: graph.fresh("/Identity"),
        opType: "Identity",
        input: [name],
        output: [wanted],
        attribute: [],
      });
  }
  const rename = (list: readonly string[] | undefined): string[] =>
    (list ?? []).map((name) => renamed.get(name) ?? name);
  const node = [...graph.nodes, ...extra].map((each) => ({
    ...each,
    input: rename(each.input),
    output: extra.includes(each) ? [...(each.output ?? [])] : rename(each.output),
  }));
  if (graph.bytes > MOST_BYTES) {
    throw new ValueError(
      `[${op}] the model's parameters take ${(graph.bytes / 2 ** 30).toFixed(1)} GB, but an ONNX file holds at most 2 GB. Save them with io.save, or export parts of the module.`,
    );
  }
  const names = axisNames(plan);
  return codec.encode({
    irVersion: 8n,
    producerName: "tapegrad",
    opsetImport: [{ domain: "", version: BigInt(given.opsetVersion) }],
    metadataProps: buffersOf(given.module),
    graph: {
      name: given.module.constructor.name || "module",
      node,
      initializer: graph.initializers,
      input: inputs.map((id, i) => infoOf(aligned, id, inputNames[i] as string, names)),
      output: aligned.outputs.map((id, i) => infoOf(aligned, id, outputNames[i] as string, names)),
    },
  });
}

/** The names of buffers, which a file has among the parameters. */
function buffersOf(module: AnyModule): { readonly key: string; readonly value: string }[] {
  const buffers = module.namedBuffers().map(([name]) => name);
  return buffers.length === 0 ? [] : [{ key: BUFFERS_KEY, value: buffers.join("\n") }];
}

/** What a dimension that is not fixed is called. */
type AxisNames = (name: string, axis: number, count: Count) => string;

function axisNames({ given, sizes }: Plan): AxisNames {
  const labels = [...(sizes[0] as ReadonlyMap<string, number>).keys()].map((label) => ({
    label,
    count: sizes.map((size) => size.get(label) as number),
  }));
  const axes = (given.dynamicAxes ?? {}) as DynamicAxes;
  return (name, axis, count) => {
    const entry = axes[name];
    const own = entry && namedAxes(name, entry).find(([at]) => at === axis)?.[1];
    return own ?? labels.find((each) => sameCount(each.count, count))?.label ?? `${name}_dynamic_axes_${axis + 1}`;
  };
}

function infoOf(aligned: Aligned, id: ValueId, name: string, names: AxisNames): ValueInfoProto {
  const dim = aligned
    .shape(id)
    .map((count, axis) =>
      isFixed(count) ? { dimValue: BigInt(count[0] as number) } : { dimParam: names(name, axis, count) },
    );
  return { name, type: { tensorType: { elemType: TYPE_NUMBERS[aligned.value(id).dtype], shape: { dim } } } };
}
