/** @file Number of goldens and derivative checks of every public name, read from the files that drive the tests. */
import { readdirSync, readFileSync } from "node:fs";
import { ops } from "../../../src/tensor/ops/index.ts";
import { samples } from "../../tensor/samples.ts";
import { isChecked, layerCases } from "../layers.ts";
import type { Kind } from "./names.ts";
import { publicNames } from "./names.ts";

/** What the goldens say about one name. */
export interface Evidence {
  forward: number;
  gradient: number;
  /** Calls whose first and second derivatives are held against differences. */
  checked: number;
  /** Results of some case: which dtypes, and whether one had a tape node. */
  readonly dtypes: Set<string>;
  /** Some case had an input that requires a gradient. */
  wantsGradient: boolean;
  /** Some case had a tensor among its inputs. */
  takesTensors: boolean;
}

interface Output {
  readonly dtype: string;
}

/** A golden call, of operations and of nn.functional alike. */
interface CallCase {
  readonly op: string;
  readonly inputs?: readonly { readonly grad?: boolean }[];
  readonly outputs?: readonly Output[];
  readonly result?: unknown;
  readonly grads?: readonly unknown[];
  readonly check?: boolean;
}

const folder = new URL("../data/", import.meta.url);

function read(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Record<string, unknown>;
}

function records<T>(file: Record<string, unknown>, key: string): readonly T[] {
  const found = file[key];
  return Array.isArray(found) ? (found as T[]) : [];
}

export type Ledger = Map<string, Evidence>;

export const keyOf = (kind: Kind, name: string): string => `${kind}:${name}`;

function entry(ledger: Ledger, kind: Kind, name: string): Evidence {
  const key = keyOf(kind, name);
  const known = ledger.get(key);
  if (known !== undefined) return known;
  const fresh: Evidence = {
    forward: 0,
    gradient: 0,
    checked: 0,
    dtypes: new Set(),
    wantsGradient: false,
    takesTensors: false,
  };
  ledger.set(key, fresh);
  return fresh;
}

function addCall(ledger: Ledger, kind: Kind, spec: CallCase): void {
  if (spec.outputs === undefined && spec.result === undefined) return;
  const found = entry(ledger, kind, spec.op);
  found.forward++;
  for (const { dtype } of spec.outputs ?? []) found.dtypes.add(dtype);
  if ((spec.inputs?.length ?? 0) > 0) found.takesTensors = true;
  if (spec.inputs?.some((input) => input.grad === true)) found.wantsGradient = true;
  if (spec.grads?.some((g) => g !== null)) found.gradient++;
  if (spec.check === true) found.checked++;
}

/** Files whose cases are calls: ops.json of tensors, every other one of nn.functional where that has the name. */
function addCalls(ledger: Ledger): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".json"))) {
    for (const spec of records<CallCase>(read(name), "cases")) {
      if (typeof spec.op !== "string") continue;
      const ofTensors = name === "ops.json" || !publicNames.functional.has(spec.op);
      addCall(ledger, ofTensors ? "tensor" : "functional", spec);
    }
  }
}

/** Samples of the operation that has the name of a method. */
function addSamples(ledger: Ledger): void {
  for (const [name, list] of Object.entries(samples)) {
    const differentiable = "backward" in ops[name as keyof typeof ops];
    const kinds = (["tensor", "linalg"] as const).filter((kind) => publicNames[kind].has(name));
    if (!differentiable || kinds.length === 0) continue;
    const checked = list.filter(
      (s) => s.large !== true && s.inputs.some((i) => i.dtype === undefined && i.grad !== false),
    );
    for (const kind of kinds) entry(ledger, kind, name).checked += checked.length;
  }
}

function addLayers(ledger: Ledger): void {
  for (const golden of layerCases) {
    const found = entry(ledger, "layer", golden.layer);
    found.takesTensors = true;
    for (const run of golden.runs) {
      found.forward++;
      for (const { dtype } of run.outputs) found.dtypes.add(dtype);
      if (run.inputs.some((input) => input.grad === true)) found.wantsGradient = true;
      const grads = [...run.grads, ...run.parameterGrads.map(([, grad]) => grad)];
      if (grads.some((g) => g !== null)) found.gradient++;
    }
    if (isChecked(golden)) found.checked++;
  }
}

function addNn(ledger: Ledger): void {
  const file = read("nn.json");
  for (const { function: name, error, targetGrad, grad } of records<{
    function: string;
    error?: string;
    grad?: unknown;
    targetGrad?: unknown;
  }>(file, "losses")) {
    if (error !== undefined) continue;
    const found = entry(ledger, "functional", name);
    found.forward++;
    if (grad !== undefined || targetGrad !== undefined) found.gradient++;
  }
  for (const { name } of records<{ name: string }>(file, "init")) entry(ledger, "init", name).forward++;
  entry(ledger, "init", "calculateGain").forward += records(file, "gains").length;
  entry(ledger, "layer", "Linear").forward += records(file, "linear").length;
  for (const found of [entry(ledger, "layer", "Dropout"), entry(ledger, "functional", "dropout")]) {
    found.forward += records(file, "dropout").length;
    found.gradient += records(file, "dropout").length;
  }
}

/** What random.json calls a sequence, and the public names that draw it. */
const RANDOM: Readonly<Record<string, readonly string[]>> = {
  uniform: ["rand", "uniform_"],
  normal: ["randn", "normal_"],
  randint: ["randint"],
  randperm: ["randperm"],
  bernoulli: ["bernoulli_"],
  bernoulliEach: ["bernoulli"],
  multinomial: ["multinomial"],
};

function addOthers(ledger: Ledger): void {
  for (const { name } of records<{ name: string }>(read("create.json"), "cases")) {
    entry(ledger, "tensor", name).forward++;
  }
  for (const { name } of records<{ name: string }>(read("optim.json"), "cases")) {
    entry(ledger, "optimizer", name).forward++;
  }
  entry(ledger, "optimizer", "LBFGS").forward += records(read("lbfgs.json"), "cases").length;
  for (const { specs } of records<{ specs: readonly (readonly [string, unknown])[] }>(
    read("schedulers.json"),
    "cases",
  )) {
    for (const [name] of specs) entry(ledger, "scheduler", name).forward++;
  }
  const utils = read("utils.json");
  entry(ledger, "utils", "clipGradNorm_").forward += records(utils, "norms").length;
  entry(ledger, "utils", "clipGradValue_").forward += records(utils, "clips").length;
  const random = read("random.json");
  for (const [sequence, names] of Object.entries(RANDOM)) {
    for (const name of names) entry(ledger, "tensor", name).forward += records(random, sequence).length;
  }
}

/** What fills in place, and `normal`, whose gradients are 0. */
function addRandomInPlace(ledger: Ledger): void {
  const file = read("random-in-place.json");
  for (const { op } of records<{ op: string }>(file, "fills")) entry(ledger, "tensor", op).forward++;
  entry(ledger, "tensor", "normal").forward += records(file, "normals").length;
}

/** Cases named after their function, and what is special about them. */
function addNamed(ledger: Ledger): void {
  const linalg = read("linalg.json");
  const matrices = [...records<NamedCase>(linalg, "cases"), ...records<NamedCase>(linalg, "plain")];
  for (const { name, grads } of matrices) {
    const [first = ""] = name.split(" ");
    const own = publicNames.linalg.has(first);
    const found = entry(ledger, own ? "linalg" : "tensor", first.replace("torch.", ""));
    found.forward++;
    found.dtypes.add("float64");
    found.takesTensors = true;
    if (grads === undefined) continue;
    found.wantsGradient = true;
    found.gradient++;
    found.checked++;
  }
  for (const { name } of records<NamedCase>(read("func.json"), "cases")) {
    for (const each of name.split(/[ ,]+/)) {
      if (publicNames.func.has(each)) entry(ledger, "func", each).forward++;
    }
  }
}

interface NamedCase {
  readonly name: string;
  readonly grads?: readonly unknown[];
}

/** One function under two names, as `pad` and `nn.functional.pad`: what is known of one is known of the other. */
function shareAliases(ledger: Ledger, kind: "functional" | "linalg"): void {
  for (const [name, value] of publicNames[kind]) {
    if (publicNames.tensor.get(name) !== value) continue;
    const pair = [entry(ledger, kind, name), entry(ledger, "tensor", name)] as const;
    const [a, b] = pair;
    const sum = { forward: a.forward + b.forward, gradient: a.gradient + b.gradient, checked: a.checked + b.checked };
    for (const one of pair) {
      Object.assign(one, sum, { takesTensors: true, wantsGradient: a.wantsGradient || b.wantsGradient });
      for (const dtype of [...a.dtypes, ...b.dtypes]) one.dtypes.add(dtype);
    }
  }
}

/** Evidence by kind and name, of all golden files and the sample table. */
export function gather(): Ledger {
  const ledger: Ledger = new Map();
  addCalls(ledger);
  addSamples(ledger);
  addLayers(ledger);
  addNn(ledger);
  addOthers(ledger);
  addRandomInPlace(ledger);
  addNamed(ledger);
  shareAliases(ledger, "functional");
  shareAliases(ledger, "linalg");
  return ledger;
}
