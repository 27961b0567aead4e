/** @file What weight and spectral normalization, parametrizations and pruning make of a layer, against PyTorch's. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { arange, autograd, manualSeed, nn, ones, optim, rand, type Tensor, tensor } from "../../../src/entry/index.ts";
import { type Encoded, upstream } from "../../golden/calls.ts";
import type { Encoding } from "../../golden/nn.ts";
import { expectClose, expectTensor } from "../close.ts";

const { parametrizations, parametrize, prune, removeSpectralNorm, removeWeightNorm, spectralNorm, weightNorm } =
  nn.utils;

type State = readonly (readonly [name: string, value: Encoding])[];

interface Golden {
  readonly name: string;
  readonly shape: readonly number[];
  readonly text: string;
  readonly state: State;
  readonly steps: readonly {
    readonly output: Encoding;
    readonly grads: readonly (readonly [name: string, grad: readonly Encoded[] | null])[];
    readonly state: State;
  }[];
  readonly undone?: State;
  readonly undoneText?: string;
  readonly undoneOutput?: Encoding;
  readonly next: number;
}

const golden: { readonly changed: readonly Golden[] } = JSON.parse(
  readFileSync(new URL("../../golden/data/nn-utils.json", import.meta.url), "utf8"),
);

const pattern = (...shape: number[]): Tensor => {
  const count = shape.reduce((a, b) => a * b, 1);
  return arange(count).mul(5).remainder(7).float().sub(2.5).div(4).reshape(shape);
};

class Symmetric extends nn.Module {
  override forward(x: Tensor): Tensor {
    return x.triu().add(x.triu(1).t());
  }
  rightInverse(x: Tensor): Tensor {
    return x.triu();
  }
}

class Twice extends nn.Module {
  factor = new nn.Parameter(tensor(2));
  override forward(x: Tensor): Tensor {
    return x.mul(this.factor);
  }
}

type Change = readonly [make: () => nn.Layer, change: (layer: nn.Layer) => void, undo?: (layer: nn.Layer) => void];

const linear = () => new nn.Linear(3, 2);
const square = () => new nn.Linear(3, 3);
const conv = () => new nn.Conv2d(2, 3, 2);
const tall = () => new nn.Linear(2, 4, { dtype: "float64" });
const broad = () => new nn.Linear(4, 2, { dtype: "float64" });
const { orthogonal } = parametrizations;
const symmetric = (m: nn.Layer) => void parametrize.registerParametrization(m, "weight", new Symmetric());
const unparametrize = (m: nn.Layer) => void parametrize.removeParametrizations(m, "weight");
const unprune = (m: nn.Layer) => void prune.remove(m, "weight");
const unweight = (m: nn.Layer) => void removeWeightNorm(m);
const unspectral = (m: nn.Layer) => void removeSpectralNorm(m);

const CHANGES: Readonly<Record<string, Change>> = {
  weightNorm: [linear, (m) => void weightNorm(m), unweight],
  weightNormDim1: [linear, (m) => void weightNorm(m, { dim: 1 }), unweight],
  weightNormAll: [conv, (m) => void weightNorm(m, "weight", null), unweight],
  weightNormConv: [conv, (m) => void weightNorm(m)],
  weightNormBias: [() => new nn.Linear(3, 2, { dtype: "float64" }), (m) => void weightNorm(m, "bias")],
  spectralNorm: [linear, (m) => void spectralNorm(m), unspectral],
  spectralNormConv: [conv, (m) => void spectralNorm(m, { nPowerIterations: 3, eps: 1e-6 })],
  spectralNormTransposed: [
    () => new nn.ConvTranspose2d(2, 3, 2, { dtype: "float64" }),
    (m) => void spectralNorm(m),
    unspectral,
  ],
  parametrize: [square, symmetric, unparametrize],
  parametrizeUndo: [square, symmetric, (m) => void parametrize.removeParametrizations(m, "weight", false)],
  parametrizeTwice: [
    square,
    (m) => {
      symmetric(m);
      parametrize.registerParametrization(m, "weight", new Twice());
      parametrize.registerParametrization(m, "bias", new Twice());
    },
    unparametrize,
  ],
  parametrizeSpectral: [linear, (m) => void parametrizations.spectralNorm(m), unparametrize],
  parametrizeSpectralConv: [conv, (m) => void parametrizations.spectralNorm(m, { nPowerIterations: 2 })],
  parametrizeWeightNorm: [linear, (m) => void parametrizations.weightNorm(m), unparametrize],
  orthogonalSquare: [() => new nn.Linear(3, 3, { dtype: "float64" }), (m) => void orthogonal(m), unparametrize],
  orthogonalTall: [tall, (m) => void orthogonal(m), unparametrize],
  orthogonalWide: [broad, (m) => void orthogonal(m)],
  orthogonalCayley: [broad, (m) => void orthogonal(m, "weight", "cayley")],
  orthogonalExp: [tall, (m) => void orthogonal(m, { orthogonalMap: "matrix_exp" })],
  orthogonalPlain: [tall, (m) => void orthogonal(m, { useTrivialization: false }), unparametrize],
  orthogonalPlainWide: [broad, (m) => void orthogonal(m, "weight", { useTrivialization: false })],
  parametrizeAssign: [
    square,
    (m) => {
      symmetric(m);
      Reflect.set(m, "weight", pattern(3, 3));
    },
  ],
  pruneIdentity: [linear, (m) => void prune.identity(m, "weight"), unprune],
  pruneL1: [linear, (m) => void prune.l1Unstructured(m, "weight", 0.5), unprune],
  pruneL1Count: [conv, (m) => void prune.l1Unstructured(m, "weight", 7), unprune],
  pruneL1Scores: [linear, (m) => void prune.l1Unstructured(m, "weight", 2, { importanceScores: pattern(2, 3) })],
  pruneRandom: [conv, (m) => void prune.randomUnstructured(m, "weight", 0.3), unprune],
  pruneRandomStructured: [conv, (m) => void prune.randomStructured(m, "weight", 2, 0), unprune],
  pruneLn: [conv, (m) => void prune.lnStructured(m, "weight", { amount: 0.4, n: 2, dim: 0 }), unprune],
  pruneLnInf: [linear, (m) => void prune.lnStructured(m, "weight", 1, Number.POSITIVE_INFINITY, 1), unprune],
  pruneCustom: [linear, (m) => void prune.customFromMask(m, "bias", tensor([0, 1]))],
  pruneAgain: [
    conv,
    (m) => {
      prune.l1Unstructured(m, "weight", 4);
      prune.lnStructured(m, "weight", 1, 1, 0);
      prune.randomUnstructured(m, "weight", 3);
      prune.customFromMask(m, "weight", pattern(3, 2, 2, 2).lt(0.5).float());
    },
    unprune,
  ],
  pruneGlobal: [
    () => new nn.Sequential(new nn.Linear(3, 4), new nn.Linear(4, 2)),
    (m) => {
      const [first, second] = m.children() as [nn.Linear, nn.Linear];
      prune.l1Unstructured(first, "weight", 2);
      const places = [[first, "weight"] as const, [second, "weight"] as const, [second, "bias"] as const];
      prune.globalUnstructured(places, prune.L1Unstructured, { amount: 0.4 });
    },
  ],
};

function expectState(layer: nn.Module, want: State): void {
  const state = layer.stateDict();
  expect(Object.keys(state)).toEqual(want.map(([name]) => name));
  for (const [name, value] of want) expectTensor(state[name] as Tensor, value);
}

test("globalUnstructured takes its arguments by name, and says what is wrong with them", () => {
  const layer = new nn.Linear(2, 4);
  const parameters = [[layer, "weight"] as const];
  prune.globalUnstructured({ parameters, pruningMethod: prune.L1Unstructured, amount: 0.25 });
  expect(layer.getBuffer("weight_mask").sum().itemSync()).toBe(6);
  expect(() => prune.globalUnstructured([], prune.L1Unstructured, { amount: 0.25 })).toThrow(
    '[globalUnstructured] argument "parameters" must be pairs [module, name]',
  );
});

test("every case of the goldens is here", () => {
  expect(Object.keys(CHANGES)).toEqual(golden.changed.map(({ name }) => name));
});

describe.each(golden.changed.map((c) => [c.name, c] as const))("%s", (name, c) => {
  const [make, change, undo] = CHANGES[name] as Change;
  test("states, outputs, gradients and what is left", () => {
    manualSeed(0);
    const layer = make();
    change(layer);
    expect(String(layer)).toBe(c.text);
    expectState(layer, c.state);
    const optimizer = new optim.SGD(layer.parameters(), { lr: 0.1 });
    const input = pattern(...c.shape).to(layer.parameters()[0]?.dtype ?? "float32");
    for (const [i, step] of c.steps.entries()) {
      if (i === c.steps.length - 1) layer.eval();
      optimizer.zeroGrad();
      const output = layer.forward(input);
      output.backward(upstream(output, 0));
      expectTensor(output, step.output);
      const parameters = layer.namedParameters();
      expect(parameters.map(([key]) => key)).toEqual(step.grads.map(([key]) => key));
      for (const [k, [, want]] of step.grads.entries()) {
        if (want !== null) expectClose(parameters[k]?.[1].grad as Tensor, want);
      }
      optimizer.step();
      expectState(layer, step.state);
    }
    if (undo !== undefined) {
      undo(layer);
      expectState(layer, c.undone ?? []);
      expect(String(layer)).toBe(c.undoneText);
      expectTensor(layer.forward(input), c.undoneOutput as Encoding);
    }
    expect(rand(1).itemSync()).toBeCloseTo(c.next, 12);
  });
});

describe("parametrize", () => {
  test("cached computes once, isParametrized tells", async () => {
    const layer = square();
    expect(parametrize.isParametrized(layer)).toBe(false);
    symmetric(layer);
    expect([parametrize.isParametrized(layer), parametrize.isParametrized(layer, "bias")]).toEqual([true, false]);
    const isKept = (): boolean => {
      const first = layer.weight;
      return first === layer.weight;
    };
    expect(isKept()).toBe(false);
    expect(parametrize.cached(isKept)).toBe(true);
    expect(await parametrize.cached(async () => isKept())).toBe(true);
    expect(isKept()).toBe(false);
  });

  test("state dictionaries go to and fro", () => {
    const [a, b] = [square(), square()];
    symmetric(a);
    symmetric(b);
    b.loadStateDict(a.stateDict());
    expect(a.weight.equal(b.weight)).toBe(true);
  });

  test("refuses what PyTorch refuses", () => {
    expect(() => parametrize.registerParametrization(square(), "weigth", new Symmetric())).toThrow(
      "Module 'Linear' does not have a parameter, a buffer, nor a parametrized element with name 'weigth'",
    );
    expect(() => parametrize.registerParametrization(linear(), "weight", new nn.Flatten(0))).toThrow(
      "may not change the shape of the tensor, unless `unsafe` flag is enabled",
    );
    expect(() => parametrize.removeParametrizations(square(), "weight")).toThrow(
      "does not have a parametrization on weight",
    );
    const layer = square();
    parametrize.registerParametrization(layer, "weight", new Twice());
    expect(() => Reflect.set(layer, "weight", ones(3, 3))).toThrow("Twice does not implement rightInverse");
  });
});

describe("orthogonal", () => {
  test("keeps columns orthonormal through training, also of batches of matrices", () => {
    manualSeed(1);
    const layer = new nn.Bilinear(4, 3, 2);
    orthogonal(layer);
    const optimizer = new optim.SGD(layer.parameters(), { lr: 0.5 });
    for (let i = 0; i < 3; i++) {
      optimizer.zeroGrad();
      layer.forward(ones(1, 4), ones(1, 3)).pow(2).sum().backward();
      optimizer.step();
    }
    const { weight } = layer;
    expect(
      weight.mT
        .matmul(weight)
        .sub(tensor([1, 1, 1]).diag())
        .abs()
        .max()
        .itemSync(),
    ).toBeLessThan(1e-5);
  });

  test("refuses what PyTorch refuses", () => {
    expect(() => orthogonal(square(), "bias")).toThrow("Expected a matrix or batch of matrices. Got a tensor of 1");
    expect(() => orthogonal(square(), { orthogonalMap: "cayley", useTrivialization: false })).toThrow(
      "It is not possible to assign to the matrix exponential or the Cayley parametrizations",
    );
    const layer = square();
    orthogonal(layer);
    expect(() => Reflect.set(layer, "weight", ones(2, 3))).toThrow("Expected a matrix or batch of matrices of shape");
    expect(() => orthogonal(square(), "weight", "polar" as never)).toThrow('[orthogonal] argument "orthogonalMap"');
  });
});

describe("pruning", () => {
  test("isPruned tells, here and below", () => {
    const net = new nn.Sequential(linear());
    expect(prune.isPruned(net)).toBe(false);
    prune.identity(net.at(0), "weight");
    expect(prune.isPruned(net)).toBe(true);
  });

  test("a method of one's own", () => {
    class EveryOther extends prune.BasePruningMethod {
      readonly pruningType = "unstructured";
      override computeMask(_t: Tensor, mask: Tensor): Tensor {
        return mask.mul(arange(mask.numel()).remainder(2).view(mask.shape));
      }
    }
    const layer = linear();
    new EveryOther().apply(layer, "weight");
    expect(layer.getBuffer("weight_mask").toArraySync()).toEqual([
      [0, 1, 0],
      [1, 0, 1],
    ]);
    expect(new EveryOther().prune(ones(4)).toArraySync()).toEqual([0, 1, 0, 1]);
  });

  test("refuses what PyTorch refuses", () => {
    expect(() => prune.l1Unstructured(linear(), "weight", 7)).toThrow(
      "should be smaller than the number of parameters to prune=6",
    );
    expect(() => prune.l1Unstructured(linear(), "weight", -1)).toThrow("must be a fraction between 0 and 1");
    expect(() => prune.remove(linear(), "weight")).toThrow(
      "Parameter 'weight' of module Linear has to be pruned before",
    );
    expect(() => prune.l1Unstructured(linear(), "wait", 1)).toThrow("Linear has no parameter 'wait'");
    expect(() => prune.l1Unstructured(linear(), "weight", 1, ones(3))).toThrow(
      "importance_scores should have the shape",
    );
  });
});

describe("normalization of weights", () => {
  test("refuses what PyTorch refuses", () => {
    expect(() => weightNorm(weightNorm(linear()), "weight")).toThrow("Cannot register two weight_norm hooks");
    expect(() => spectralNorm(spectralNorm(linear()))).toThrow("Cannot register two spectral_norm hooks");
    expect(() => removeWeightNorm(linear())).toThrow("weight_norm of 'weight' not found in Linear");
    expect(() => removeSpectralNorm(linear())).toThrow("spectral_norm of 'weight' not found in Linear");
    expect(() => weightNorm(new nn.ReLU())).toThrow("ReLU has no parameter 'weight'");
  });

  test("derivatives against differences", () => {
    const layer = weightNorm(new nn.Linear(3, 2, { dtype: "float64" }));
    const [g, v] = [layer.getParameter("weight_g"), layer.getParameter("weight_v")];
    const run = (norms: Tensor, direction: Tensor): Tensor =>
      direction.mul(norms.div(direction.norm(2, 1, true))).mm(ones(3, 1, { dtype: "float64" }));
    expect(autograd.gradcheck(run, [g.detach().requiresGrad_(), v.detach().requiresGrad_()])).toBe(true);
  });
});
