/**
 * @file Samples of the sweep: the calls of the goldens, which hold every public name. A name that gets a golden is swept
 * from then on.
 */
import { readFileSync } from "node:fs";
import type { DType } from "../../kernels/backend.ts";
import { type Argument, decode, type Encoded, type InputSpec } from "../../test/golden/calls.ts";
import { gather, keyOf } from "../../test/golden/coverage/evidence.ts";
import { publicNames } from "../../test/golden/coverage/names.ts";
import { functionalCases } from "../../test/golden/functional.ts";
import { type LayerPart, layerCases } from "../../test/golden/layers.ts";
import { formsOf, type OpdbCase, REORDERED } from "../../test/golden/opdb.ts";
import { type OpCase, opsGolden } from "../../test/golden/ops.ts";
import { optimGolden } from "../../test/golden/optim.ts";
import { grouped, type Kind, type Values } from "./work.ts";

export interface SampleInput extends Values {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A call at the size of its golden. */
export interface Sample {
  readonly kind: Kind;
  readonly name: string;
  readonly method: boolean;
  readonly args: readonly Argument[];
  readonly options: Readonly<Record<string, Argument>>;
  readonly inputs: readonly SampleInput[];
  readonly layer?: LayerPart;
  /** The golden's inputs went through other calls first, such as a transposition, which are left out here. */
  readonly altered?: boolean;
}

const folder = new URL("../../test/golden/data/", import.meta.url);

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, folder), "utf8")) as T;
}

/** Few numbers are drawn again; of many, their range. */
export function rangeOf(values: readonly Encoded[]): Values {
  const finite = values.map(decode).filter(Number.isFinite);
  const distinct = [...new Set(finite)];
  const low = Math.max(Math.min(...finite, 1e4), -1e4);
  const high = Math.min(Math.max(...finite, -1e4), 1e4);
  const areSteps = values.length > 2 && distinct.length <= 2 && distinct.every(Number.isInteger);
  if (finite.length === 0) return { low: 0.1, high: 1 };
  return areSteps ? { low, high, choices: distinct.sort((a, b) => a - b) } : { low, high };
}

function inputOf({ shape, dtype, values }: Pick<InputSpec, "shape" | "dtype" | "values">): SampleInput {
  return { shape, dtype, ...rangeOf(values) };
}

/** Names of options that say something about a call's form, not its work. */
const isLoss = (name: string): boolean => /(Loss|Entropy|klDiv|EntropyWithLogits)$/.test(name);

function ofOps(): Sample[] {
  return opsGolden.cases
    .filter((spec) => spec.outputs !== undefined)
    .map((spec: OpCase) => {
      const asFunction = spec.function === true;
      const args = asFunction ? spec.args : [{ tensor: 0 }, ...spec.args];
      const needsDim = (spec.op === "var" || spec.op === "std") && spec.args.length === 0 && spec.options !== undefined;
      return {
        kind: "tensor",
        name: spec.op,
        method: !asFunction,
        args: needsDim ? [...args, null] : args,
        options: (spec.options ?? {}) as Sample["options"],
        inputs: spec.inputs.map(inputOf),
        altered: spec.inputs.some(({ via }) => via !== undefined),
      };
    });
}

function ofDatabase(): Sample[] {
  const lines = readFileSync(new URL("opdb.jsonl", folder), "utf8").trimEnd().split("\n");
  return lines
    .map((line) => JSON.parse(line) as OpdbCase)
    .filter((spec) => spec.outputs !== undefined)
    .map((spec) => {
      const functional = spec.op.startsWith("F.");
      const name = spec.op.replace("F.", "");
      const method = !functional && formsOf(spec).includes("method");
      const args = method ? spec.args : ((REORDERED[spec.op]?.(spec.args) ?? spec.args) as readonly Argument[]);
      const kind = functional ? (isLoss(name) ? "loss" : "functional") : "tensor";
      return { kind, name, method, args, options: spec.options ?? {}, inputs: spec.inputs.map(inputOf) };
    });
}

function ofFunctional(): Sample[] {
  return functionalCases
    .filter((spec) => spec.outputs !== undefined)
    .map((spec) => ({
      kind: isLoss(spec.op) ? "loss" : "functional",
      name: spec.op,
      method: false,
      args: spec.args,
      options: spec.options ?? {},
      inputs: spec.inputs.map(inputOf),
      altered: spec.inputs.some(({ via }) => via !== undefined),
    }));
}

interface NnGolden {
  readonly tensors: Readonly<Record<string, Pick<InputSpec, "shape" | "dtype" | "values">>>;
  readonly losses: readonly {
    readonly function: string;
    readonly input: string;
    readonly target: string;
    readonly options: Readonly<Record<string, string | number>>;
    readonly error?: string;
  }[];
}

function ofLosses(): Sample[] {
  const { losses, tensors } = readJson<NnGolden>("nn.json");
  return losses
    .filter((spec) => spec.error === undefined)
    .map((spec) => {
      const names = [spec.input, spec.target];
      const options = Object.entries(spec.options).map(([key, value]): [string, Argument] => {
        if (typeof value !== "string" || !(value in tensors)) return [key, value];
        return [key, { tensor: names.push(value) - 1 }];
      });
      return {
        kind: "loss",
        name: spec.function,
        method: false,
        args: [{ tensor: 0 }, { tensor: 1 }],
        options: Object.fromEntries(options),
        inputs: names.flatMap((name) => tensors[name] ?? []).map(inputOf),
      };
    });
}

/** Layers are swept in training, also where the golden is of evaluation. */
function ofLayers(): Sample[] {
  return layerCases.flatMap(({ layer, args, kwargs, runs }) =>
    runs.map((run) => ({
      kind: "layer",
      name: layer,
      method: false,
      args: run.args,
      options: run.options ?? {},
      inputs: run.inputs.map(inputOf),
      layer: { layer, args, kwargs },
    })),
  );
}

const parameter: SampleInput = { shape: [4, 4], dtype: "float32", low: -1, high: 1 };

function ofOptimizers(): Sample[] {
  const cases = optimGolden.cases.filter((one) => Object.keys(one.second).length === 0 && one.dtype === "float32");
  const lbfgs =
    readJson<{ cases: readonly object[] }>("lbfgs.json").cases.length > 0 ? [{ name: "LBFGS", options: {} }] : [];
  return [...cases, ...lbfgs].map(({ name, options }) => ({
    kind: "optimizer",
    name,
    method: false,
    args: [],
    options: options as Sample["options"],
    inputs: [parameter, parameter],
  }));
}

interface CreateGolden {
  readonly cases: readonly { readonly name: string; readonly args: readonly (Argument | Record<string, Argument>)[] }[];
}

function isOptions(arg: Argument | Record<string, Argument> | undefined): arg is Record<string, Argument> {
  return typeof arg === "object" && arg !== null && !Array.isArray(arg);
}

function ofCreation(): Sample[] {
  return readJson<CreateGolden>("create.json").cases.map(({ name, args }) => {
    const last = args.at(-1);
    const named: Record<string, Argument> = isOptions(last) ? last : {};
    // The golden's script fills with floats, of which JavaScript has no other form than of integers.
    const options = name === "full" && named.dtype === undefined ? { ...named, dtype: "float32" } : named;
    const given = (isOptions(last) ? args.slice(0, -1) : args) as readonly Argument[];
    return { kind: "tensor", name, method: false, args: given, options, inputs: [] };
  });
}

/** Draws of random.json, whose cases are sequences of calls. */
function ofRandom(): Sample[] {
  const drawn = (name: string, args: readonly Argument[]): Sample => ({
    kind: "random",
    name,
    method: false,
    args,
    options: {},
    inputs: [],
  });
  const filled = (name: string, args: readonly Argument[]): Sample => ({
    ...drawn(name, [{ tensor: 0 }, ...args]),
    method: true,
    inputs: [parameter],
  });
  return [
    drawn("rand", [[4, 4]]),
    drawn("randn", [[4, 4]]),
    drawn("randint", [0, 10, [4, 4]]),
    drawn("randperm", [16]),
    filled("uniform_", [0, 1]),
    filled("normal_", [0, 1]),
    filled("bernoulli_", [0.3]),
  ];
}

/** Functions of matrices that have the name of a tensor's function. */
function ofLinalg(): Sample[] {
  const { cases } = readJson<{ readonly cases: readonly MatrixCase[] }>("linalg.json");
  return cases.flatMap(({ name, inputs }): Sample[] => {
    const plain = name.replace("torch.", "");
    if (!publicNames.tensor.has(plain)) return [];
    const tensors = inputs.map((_, i): Argument => ({ tensor: i }));
    const args = plain === "matrixPower" ? [...tensors, 3] : tensors;
    const matrices = inputs.map(({ shape, values }) => inputOf({ shape, dtype: "float32", values }));
    return [{ kind: "tensor", name: plain, method: false, args, options: {}, inputs: matrices }];
  });
}

interface MatrixCase {
  readonly name: string;
  readonly inputs: readonly Pick<InputSpec, "shape" | "values">[];
}

/** Every sample, those of one name behind each other. */
export function readSamples(): Sample[] {
  const all = [
    ...ofOps(),
    ...ofCreation(),
    ...ofDatabase(),
    ...ofFunctional(),
    ...ofLosses(),
    ...ofLayers(),
    ...ofOptimizers(),
    ...ofRandom(),
  ];
  const known = new Set(all.map(({ name }) => name));
  all.push(...ofLinalg().filter(({ name }) => !known.has(name)));
  const groups = grouped(all, ({ kind, name }) => `${kind} ${name}`);
  return [...groups.values()].flat();
}

/** How a call is written: what its samples are told apart by. */
function formOf({ args, options, layer, inputs }: Sample): string {
  const dims = inputs.map(({ shape }) => Math.min(shape.length, 2));
  return JSON.stringify([args, options, layer, dims]);
}

/** How far a sample is from what a program would call: tensors of no size, many options. */
function oddness({ args, options, inputs, layer, altered }: Sample): number {
  const empty = inputs.some(({ shape }) => shape.includes(0)) ? 1000 : 0;
  const scalars = inputs.filter(({ shape }) => shape.length === 0).length * 100;
  const lines = inputs.every(({ shape }) => shape.length < 2) ? 10 : 0;
  const floats = inputs.some(({ dtype }) => dtype === "float32") || inputs.length === 0 ? 0 : 50;
  const named = Object.keys(options).length + Object.keys(layer?.kwargs ?? {}).length;
  return (
    (altered === true ? 200 : 0) +
    empty +
    scalars +
    lines +
    floats +
    args.length +
    (layer?.args.length ?? 0) +
    2 * named
  );
}

/** Of each name, `count` samples of different form, the plainest first; empty ones and scalars only for want of others. */
export function chosenSamples(samples: readonly Sample[], count: number): Sample[] {
  const groups = grouped(samples, ({ kind, name }) => `${kind} ${name}`);
  return [...groups.values()].flatMap((group) => {
    const sorted = group.map((one) => [oddness(one), one] as const).sort(([a], [b]) => a - b);
    const forms = new Map<string, Sample>();
    for (const [odd, one] of sorted) {
      if (odd >= 100 && forms.size > 0) break;
      const form = formOf(one);
      if (!forms.has(form)) forms.set(form, one);
    }
    return [...forms.values()].slice(0, count);
  });
}

/**
 * Public operations, functions, layers and optimizers that have goldens of results of which the sweep makes no calls.
 * Calls that give no tensor, such as `numel`, are no work.
 */
export function namesWithoutSamples(samples: readonly Sample[]): string[] {
  const swept = new Set(samples.map(({ name }) => name));
  const ledger = gather();
  return (["tensor", "functional", "layer", "optimizer"] as const).flatMap((kind) =>
    [...publicNames[kind].keys()]
      .filter((name) => {
        const evidence = ledger.get(keyOf(kind, name));
        const givesTensors = kind !== "tensor" || (evidence?.dtypes.size ?? 0) > 0;
        return !swept.has(name) && (evidence?.forward ?? 0) > 0 && givesTensors;
      })
      .map((name) => `${kind} ${name}`),
  );
}
