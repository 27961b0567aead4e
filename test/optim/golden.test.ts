/** @file Every optimizer with every option against PyTorch's, step by step, in two groups. */
import { describe, expect, test } from "vitest";
import { Tensor } from "../../src/entry/index.ts";
import * as optim from "../../src/entry/optim.ts";
import { gradientsOf, type OptimCase, optimGolden, parametersAfter, savedState } from "../golden/optim.ts";
import { expectClose, type Tolerance } from "../nn/close.ts";

const KINDS = {
  SGD: optim.SGD,
  RMSprop: optim.RMSprop,
  Adam: optim.Adam,
  AdamW: optim.AdamW,
  Adamax: optim.Adamax,
  Adagrad: optim.Adagrad,
  Adadelta: optim.Adadelta,
  NAdam: optim.NAdam,
  RAdam: optim.RAdam,
  ASGD: optim.ASGD,
  Rprop: optim.Rprop,
} as const;

const TOLERANCES: Readonly<Record<OptimCase["dtype"], Tolerance>> = {
  float32: { rtol: 2e-6, atol: 5e-7 },
  float64: { rtol: 1e-13, atol: 1e-14 },
};

function make(golden: OptimCase, params: readonly Tensor[]): optim.Optimizer {
  const groups = [{ params: params.slice(0, 2) }, { params: params.slice(2), ...golden.second }];
  return new KINDS[golden.name](groups, golden.options);
}

function advance(golden: OptimCase, optimizer: optim.Optimizer, params: readonly Tensor[], from: number): void {
  for (let step = from; step < golden.path.length; step++) {
    for (const [i, grad] of gradientsOf(golden, step).entries()) (params[i] as Tensor).grad = grad;
    optimizer.step();
    for (const [i, param] of params.entries()) {
      expectClose(param, golden.path[step]?.[i] as number[], TOLERANCES[golden.dtype]);
    }
  }
}

/** Options that PyTorch's dictionaries hold and that say how, not what, it computes. */
const TECHNICAL = ["foreach", "differentiable", "capturable", "fused"];

function titled(golden: OptimCase): string {
  return `${golden.name} ${JSON.stringify(golden.options)} ${JSON.stringify(golden.second)} ${golden.dtype}`;
}

describe.each(optimGolden.cases.map((golden) => [titled(golden), golden] as const))("%s", (_, golden) => {
  test("takes PyTorch's steps", () => {
    const params = parametersAfter(golden, 0);
    advance(golden, make(golden, params), params, 0);
  });

  test("has PyTorch's state dictionary", () => {
    const params = parametersAfter(golden, 0);
    const optimizer = make(golden, params);
    for (let step = 0; step < optimGolden.savedAfter; step++) {
      for (const [i, grad] of gradientsOf(golden, step).entries()) (params[i] as Tensor).grad = grad;
      optimizer.step();
    }
    const { state, param_groups } = optimizer.stateDict();
    const expected = savedState(golden);
    expect(param_groups).toEqual(
      expected.param_groups.map((group) =>
        Object.fromEntries(Object.entries(group).filter(([name]) => !TECHNICAL.includes(name))),
      ),
    );
    expect(Object.keys(state)).toEqual(Object.keys(expected.state));
    for (const [number, values] of Object.entries(expected.state)) {
      const own = state[Number(number)] ?? {};
      expect(Object.keys(own).sort()).toEqual(Object.keys(values).sort());
      for (const [name, value] of Object.entries(values)) {
        if (!(value instanceof Tensor)) expect(own[name]).toBe(value);
        else expectClose(own[name] as Tensor, [...value.dataSync()], TOLERANCES[golden.dtype]);
      }
    }
  });

  test("goes on from PyTorch's state dictionary", () => {
    const params = parametersAfter(golden, optimGolden.savedAfter);
    const optimizer = new KINDS[golden.name]([{ params: params.slice(0, 2) }, { params: params.slice(2) }]);
    optimizer.loadStateDict(savedState(golden));
    advance(golden, optimizer, params, optimGolden.savedAfter);
  });
});
