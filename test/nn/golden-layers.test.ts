/** @file Layers against PyTorch's: first values, results, gradients, buffers. */
import { describe, expect, test } from "vitest";
import { manualSeed, noGrad, rand, Tensor, tensor } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";
import { leafOf, resolve, upstream, walk } from "../golden/calls.ts";
import { type LayerCase, type LayerPart, type LayerRun, layerCases } from "../golden/layers.ts";
import { expectClose, expectTensor } from "./close.ts";

type AnyLayer = nn.Module<unknown>;

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function build({ layer, args, kwargs }: LayerPart): AnyLayer {
  const found = (nn as unknown as Record<string, new (...args: unknown[]) => AnyLayer>)[layer];
  if (found === undefined) throw new Error(`nn has no ${layer}`);
  const positional = args.map(argument);
  const named = Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [camel(key), argument(value)]));
  return new found(...positional, ...(Object.keys(named).length > 0 ? [named] : []));
}

function argument(value: LayerPart["args"][number]): unknown {
  return typeof value === "object" && value !== null && "layer" in value ? build(value) : value;
}

function make(golden: LayerCase): AnyLayer {
  manualSeed(golden.seed);
  return build(golden);
}

function change(layer: AnyLayer): void {
  noGrad(() => {
    for (const [i, p] of layer.parameters().entries()) {
      const values = Array.from({ length: p.numel() }, (_, k) => (((k * 5 + i * 3) % 7) - 2.5) / 4);
      p.copy_(tensor(values).view(p.shape));
    }
  });
}

/** The tensors of a result, from lists in lists or from parts with names, in their order. */
function tensorsIn(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result];
  return typeof result === "object" && result !== null ? Object.values(result).flatMap(tensorsIn) : [];
}

function expectRun(layer: AnyLayer, run: LayerRun): void {
  layer.train(run.mode === "train");
  layer.zeroGrad();
  const leaves = run.inputs.map(leafOf);
  const tensors = leaves.map((leaf, i) => walk(leaf, run.inputs[i]?.via));
  const args = run.args.map((a) => resolve(a, tensors));
  const named = Object.entries(run.options ?? {}).map(([name, value]) => [name, resolve(value, tensors)] as const);
  if (named.length > 0) args.push(Object.fromEntries(named));
  const outputs = tensorsIn(layer.forward(...args));
  expect(outputs.length).toBe(run.outputs.length);
  for (const [i, want] of run.outputs.entries()) {
    expectTensor(outputs[i] as Tensor, want);
    expect(outputs[i]?.gradFn?.name ?? null).toBe(want.gradFn);
  }
  for (const [k, out] of outputs.entries()) {
    if (out.requiresGrad) out.backward(upstream(out, k), { retainGraph: true });
  }
  for (const [i, want] of run.grads.entries()) {
    if (want === null) expect((leaves[i] as Tensor).grad).toBeNull();
    else expectClose((leaves[i] as Tensor).grad as Tensor, want);
  }
  const parameters = new Map(layer.namedParameters());
  expect([...parameters.keys()]).toEqual(run.parameterGrads.map(([name]) => name));
  for (const [name, want] of run.parameterGrads) {
    const grad = parameters.get(name)?.grad ?? null;
    if (want === null) expect(grad).toBeNull();
    else expectClose(grad as Tensor, want);
  }
  const buffers = new Map(layer.namedBuffers());
  for (const [name, want] of run.buffers ?? []) expectTensor(buffers.get(name) as Tensor, want);
}

const titled = layerCases.map((c, i) => [`${i} ${c.layer}(${JSON.stringify(c.args)}, ${JSON.stringify(c.kwargs)})`, c]);

describe.each(titled as [string, LayerCase][])("%s", (_, golden) => {
  test("starts as PyTorch's", () => {
    const layer = make(golden);
    expect(rand(1).itemSync()).toBeCloseTo(golden.next, 12);
    if (golden.text !== undefined) expect(String(layer)).toBe(golden.text);
    const state = layer.stateDict();
    expect(Object.keys(state)).toEqual(golden.state.map(([name]) => name));
    for (const [name, want] of golden.state)
      expectTensor(state[name] as Tensor, want, { rtol: want.dtype === "float64" ? 4e-16 : 0, atol: 0 });
  });

  test("computes as PyTorch's", () => {
    const layer = make(golden);
    // The script draws the number that the other test looks at; what follows may draw more, as dropout does.
    rand(1);
    if (golden.change) change(layer);
    for (const run of golden.runs) {
      manualSeed(golden.seed);
      expectRun(layer, run);
    }
  });
});
