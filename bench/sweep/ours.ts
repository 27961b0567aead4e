/** @file Our side of the sweep: reads a request a line and answers with a line; see the functions of `answers`. */
import { readFileSync } from "node:fs";
import * as tapegrad from "tapegrad";
import { autograd, manualSeed, nn, noGrad, optim, Tensor, tensor } from "tapegrad";
import type { DType } from "../../kernels/backend.ts";
import { arrayOn } from "../../kernels/cpu/storage.ts";
import { BYTES } from "../../kernels/layout.ts";
import { createArray } from "../../kernels/reference/storage.ts";
import { method, outputsOf, resolve } from "../../test/golden/calls.ts";
import type { LayerPart } from "../../test/golden/layers.ts";
import { serve, Timer } from "../turns/serve.ts";
import { differenceOf, type Found } from "./agree.ts";
import { type Layout, seedOf, sizeOf, valuesOf, type Work, type WorkInput } from "./work.ts";

console.warn = () => {};

type Run = () => readonly (Tensor | null)[];

interface Prepared {
  readonly run: Run;
  /** How many of the results are outputs; the rest are gradients. */
  outputs: number;
  readonly inputElements: number;
}

/** What a file of PyTorch's results holds, one behind the other. */
export interface Saved {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

function leafOf(input: WorkInput, i: number, both: boolean): { leaf: Tensor; operand: Tensor } {
  const { shape, dtype, layout } = input;
  const own = shapeInMemory(shape, layout);
  const data = createArray(dtype, sizeOf(own));
  data.set(valuesOf(input, data.length, seedOf(i)));
  const leaf = tensor(data, { dtype }).reshape(own).detach();
  if (both && input.grad === true) leaf.requiresGrad_();
  return { leaf, operand: relaid(leaf, input) };
}

/** The operand that a leaf becomes in its layout. */
function relaid(leaf: Tensor, { layout, shape }: WorkInput): Tensor {
  switch (layout) {
    case "contiguous":
      return leaf;
    case "transposed":
      return leaf.transpose(-2, -1);
    case "broadcast":
      return leaf.expand(...shape);
    case "permuted":
      return leaf.permute(...[...shape.keys()].reverse());
    case "stepped":
      return leaf.slice(-1, 0, 2 * (shape.at(-1) ?? 1), 2);
    case "channelsLast":
      return leaf.movedim(-1, 1);
  }
}

/** The sizes of the leaf that {@link relaid} makes an operand of. */
function shapeInMemory(shape: readonly number[], layout: Layout): readonly number[] {
  const last = shape.at(-1) ?? 1;
  switch (layout) {
    case "contiguous":
      return shape;
    case "transposed":
      return [...shape.slice(0, -2), last, shape.at(-2) ?? 1];
    case "broadcast":
      return [1, ...shape.slice(1)];
    case "permuted":
      return shape.toReversed();
    case "stepped":
      return shape.with(-1, 2 * last);
    case "channelsLast":
      return [...shape.toSpliced(1, 1), shape[1] ?? 1];
  }
}

type AnyFunction = (...args: readonly unknown[]) => unknown;

function functionIn(owner: object, name: string): AnyFunction {
  const found: unknown = Reflect.get(owner, name);
  if (typeof found !== "function") throw new Error(`there is no ${name}`);
  return found as AnyFunction;
}

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function layerOf({ layer, args, kwargs }: LayerPart, dtype: DType): nn.Module<unknown> {
  const value = (v: LayerPart["args"][number]): unknown =>
    typeof v === "object" && v !== null && "layer" in v ? layerOf(v, dtype) : v;
  const named = Object.fromEntries(Object.entries(kwargs).map(([key, v]) => [camel(key), value(v)]));
  delete named.dtype;
  const Layer = Reflect.get(nn, layer) as new (...args: unknown[]) => nn.Module<unknown>;
  const made = new Layer(...args.map(value), ...(Object.keys(named).length > 0 ? [named] : []));
  return dtype === "float64" ? made.double() : made;
}

function tensorsIn(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result];
  if (typeof result !== "object" || result === null) return [];
  return (Array.isArray(result) ? result : outputsOf(result)).flatMap(tensorsIn);
}

/** What makes a call on given operands, and the parameters that it has beside them. */
interface Caller {
  readonly call: (operands: readonly Tensor[]) => unknown;
  readonly parameters: readonly Tensor[];
}

function callerOf(work: Work): Caller {
  const { name } = work;
  const options = Object.entries(work.options);
  const given = (operands: readonly Tensor[]): unknown[] => {
    const args = work.args.map((arg) => resolve(arg, operands));
    if (options.length > 0) args.push(Object.fromEntries(options.map(([key, arg]) => [key, resolve(arg, operands)])));
    return args;
  };
  if (work.layer !== undefined) {
    const layer = layerOf(work.layer, work.dtype);
    return { call: (operands) => layer.forward(...given(operands)), parameters: [...layer.parameters()] };
  }
  if (!work.method) {
    const of = work.kind === "functional" || work.kind === "loss" ? nn.functional : tapegrad;
    const found = functionIn(Reflect.has(of, name) ? of : tapegrad, name);
    return { call: (operands) => found(...given(operands)), parameters: [] };
  }
  const inPlace = name.endsWith("_");
  const call = (operands: readonly Tensor[]) => {
    const [self, ...rest] = given(operands) as [Tensor, ...unknown[]];
    return method(inPlace ? self.clone() : self, name, rest);
  };
  return { call, parameters: [] };
}

function optimizerOf(work: Work, leaves: readonly Tensor[]): Run {
  const make = Reflect.get(optim, work.name) as new (params: Tensor[], options: object) => optim.Optimizer;
  const params = leaves.map((leaf) => leaf.requiresGrad_());
  const optimizer = new make(params, work.options);
  if (work.name === "LBFGS") {
    const targets = params.map((p) => noGrad(() => p.mul(0.5).add(1)));
    const closure = () => {
      optimizer.zeroGrad();
      const losses = params.map((p, i) =>
        p
          .sub(targets[i] as Tensor)
          .square()
          .sum(),
      );
      const loss = losses.reduce((a, b) => a.add(b));
      loss.backward();
      return loss;
    };
    const lbfgs = optimizer as optim.LBFGS;
    return () => {
      lbfgs.step(closure);
      return params;
    };
  }
  for (const p of params) p.grad = noGrad(() => p.mul(0.1));
  return () => {
    optimizer.step();
    return params;
  };
}

function upstreamOf(outputs: readonly Tensor[]): Tensor[] {
  return outputs.map((out, k) => {
    const input: WorkInput = { shape: out.shape, dtype: out.dtype, low: -1, high: 1, layout: "contiguous" };
    return leafOf(input, 100 + k, false).operand;
  });
}

function prepare(work: Work): Prepared {
  manualSeed(42);
  const both = work.pass === "both";
  const made = work.inputs.map((input, i) => leafOf(input, i, both));
  const inputElements = Math.max(0, ...made.map(({ leaf }) => leaf.numel()));
  if (work.kind === "optimizer") {
    const run = optimizerOf(
      work,
      made.map(({ leaf }) => leaf),
    );
    return { run, outputs: work.inputs.length, inputElements };
  }
  const { call, parameters } = callerOf(work);
  const operands = made.map(({ operand }) => operand);
  if (!both) return { run: () => noGrad(() => tensorsIn(call(operands))), outputs: -1, inputElements };
  const leaves = [...made.filter(({ leaf }) => leaf.requiresGrad).map(({ leaf }) => leaf), ...parameters];
  // Views of leaves are made anew in every run: their tape is freed with the rest.
  const areViews = made.some(({ leaf, operand }) => leaf !== operand);
  const fresh = () =>
    tensorsIn(call(areViews ? made.map(({ leaf }, i) => relaid(leaf, work.inputs[i] as WorkInput)) : operands));
  const roots = (outputs: readonly Tensor[]) => outputs.filter((out) => out.requiresGrad);
  const first = roots(fresh());
  if (first.length === 0) throw new Error("no output has a gradient");
  const gradOutputs = upstreamOf(first);
  const prepared: Prepared = {
    run: () => {
      const outputs = fresh();
      prepared.outputs = outputs.length;
      return [...outputs, ...autograd.grad(roots(outputs), leaves, { gradOutputs, allowUnused: true })];
    },
    outputs: 0,
    inputElements,
  };
  return prepared;
}

let timer: Timer | null = null;

/** Makes inputs and runs the call once. */
function ready({ work }: { work: Work }) {
  timer = null;
  const prepared = prepare(work);
  let elements = prepared.inputElements;
  const first = new Timer(() => {
    for (const result of prepared.run()) elements = Math.max(elements, result?.numel() ?? 0);
  });
  const ms = first.once();
  timer = new Timer(prepared.run);
  return { ms, elements };
}

function round({ ms, processor }: { ms: number; processor: boolean }) {
  if (timer === null) throw new Error("nothing is prepared");
  return { best: timer.round(ms, processor) };
}

/** Reads a file of results, made by sweep.py. */
function read(path: string, saved: readonly (Saved | null)[]): (Found | null)[] {
  const file = readFileSync(path);
  let at = 0;
  return saved.map((one) => {
    if (one === null) return null;
    const { shape, dtype } = one;
    const count = sizeOf(shape);
    const bytes = new Uint8Array(file.subarray(at, at + count * BYTES[dtype]));
    at += bytes.length;
    return { shape, dtype, data: arrayOn(dtype, bytes.buffer, 0, count) };
  });
}

interface Comparison {
  readonly work: Work;
  readonly path: string;
  readonly saved: readonly (Saved | null)[];
  readonly wide: readonly (Saved | null)[] | null;
}

/** What tells our results, from the same work anew, from PyTorch's. */
function compare({ work, path, saved, wide }: Comparison) {
  const prepared = prepare(work);
  manualSeed(42);
  const results = prepared.run();
  const { outputs } = prepared;
  const mine = results.map((result): Found | null =>
    result === null ? null : { shape: result.shape, dtype: result.dtype, data: result.detach().dataSync() },
  );
  const theirs = read(path, saved);
  const truth = wide === null ? null : read(`${path}.wide`, wide);
  return { difference: differenceOf(work.name, mine, theirs, truth, outputs < 0 ? results.length : outputs) };
}

await serve({ ready, round, compare });
