/** @file First and second derivatives of layers, for inputs and parameters, against differences. */
import { expect, test } from "vitest";
import { autograd, manualSeed, noGrad, Tensor, tensor } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";
import { leafOf, resolve, walk } from "../golden/calls.ts";
import { isChecked, type LayerCase, layerCases } from "../golden/layers.ts";

type AnyLayer = nn.Module<unknown>;

/** A layer and what it is made with, which may be layers. */
interface Part {
  readonly layer: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function build({ layer, args, kwargs }: Part): AnyLayer {
  const make: unknown = Reflect.get(nn, layer);
  if (typeof make !== "function") throw new Error(`nn has no ${layer}`);
  const named = Object.entries(kwargs).map(([key, value]) => [camel(key), given(value)] as const);
  const all = [...args.map(given), ...(named.length > 0 ? [Object.fromEntries(named)] : [])];
  return Reflect.construct(make, all) as AnyLayer;
}

function given(value: unknown): unknown {
  return typeof value === "object" && value !== null && "layer" in value ? build(value as Part) : value;
}

/** Where a parameter stands: an object, often the module itself, and its key there. */
type Place = readonly [owner: object, key: PropertyKey];

/** All places of the parameters of a module and of those below it. */
function placesOf(parameter: nn.Parameter, owner: object, seen = new Set<object>()): Place[] {
  if (seen.has(owner)) return [];
  seen.add(owner);
  return Object.entries(owner).flatMap(([key, value]: [string, unknown]): Place[] => {
    if (value === parameter) return [[owner, key]];
    const goesOn = Array.isArray(value) || value instanceof nn.Module;
    return goesOn ? placesOf(parameter, value as object, seen) : [];
  });
}

function tensorsIn(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result];
  return typeof result === "object" && result !== null ? Object.values(result).flatMap(tensorsIn) : [];
}

const titled = layerCases
  .filter(isChecked)
  .map((c, i): [string, LayerCase] => [`${i} ${c.layer}(${JSON.stringify(c.args)}, ${JSON.stringify(c.kwargs)})`, c]);

// Differences of layers of layers take seconds on a busy machine.
test.each(titled)("%s", { timeout: 60_000 }, (_, golden) => {
  const [run] = golden.runs;
  if (run === undefined) throw new Error("a case without a run");
  const layer = build(golden)
    .to("float64")
    .train(run.mode === "train");
  // Parameters in private fields cannot be replaced from here: operations with them have samples of their own.
  const placed = layer
    .parameters()
    .map((p): readonly [nn.Parameter, Place[]] => [p, layer.modules().flatMap((module) => placesOf(p, module))])
    .filter(([, places]) => places.length > 0);
  const parameters = placed.map(([p]) => p);
  noGrad(() => {
    for (const [i, p] of parameters.entries()) {
      const values = Array.from({ length: p.numel() }, (_, k) => (((k * 5 + i * 3) % 7) - 2.5) / 4 + k / 100);
      p.copy_(tensor(values, { dtype: "float64" }).view(p.shape));
    }
  });
  // Plain tensors stand in for parameters below, which layers refuse otherwise.
  for (const module of layer.modules()) Object.defineProperty(module, "checkMembers", { value: () => {} });
  const leaves = run.inputs.map((input) => leafOf(input.dtype === "float32" ? { ...input, dtype: "float64" } : input));
  const call = (...all: Tensor[]): Tensor[] => {
    manualSeed(golden.seed);
    const tensors = leaves.map((_, i) => walk(all[i] as Tensor, run.inputs[i]?.via));
    for (const [i, [, places]] of placed.entries()) {
      for (const [owner, key] of places) Reflect.set(owner, key, all[leaves.length + i]);
    }
    try {
      const args = run.args.map((a) => resolve(a, tensors));
      const named = Object.entries(run.options ?? {}).map(([name, value]) => [name, resolve(value, tensors)] as const);
      if (named.length > 0) args.push(Object.fromEntries(named));
      return tensorsIn(layer.forward(...args));
    } finally {
      for (const [p, places] of placed) for (const [owner, key] of places) Reflect.set(owner, key, p);
    }
  };
  const inputs = [...leaves, ...parameters.map((p) => p.detach().requiresGrad_())];
  expect(autograd.gradcheck(call, inputs)).toBe(true);
  expect(autograd.gradgradcheck(call, inputs)).toBe(true);
});
