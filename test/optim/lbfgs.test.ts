/** @file L-BFGS against PyTorch's, with and without a line search. */
import { describe, expect, test } from "vitest";
import { isGradEnabled, ones, Tensor, tensor, zeros } from "../../src/entry/index.ts";
import * as optim from "../../src/entry/optim.ts";
import { type LBFGSCase, lbfgsGolden, lbfgsLoss, lbfgsParameters, lbfgsSaved } from "../golden/lbfgs.ts";
import { expectClose } from "../nn/close.ts";

/** A search multiplies roundings: each iteration divides differences of gradients by each other. */
const TOLERANCES = { float32: { rtol: 2e-3, atol: 2e-4 }, float64: { rtol: 1e-7, atol: 1e-9 } } as const;

function closureOf(golden: LBFGSCase, optimizer: optim.LBFGS, params: readonly Tensor[]): () => Tensor {
  return () => {
    optimizer.zeroGrad();
    const loss = lbfgsLoss(golden, params);
    loss.backward();
    return loss;
  };
}

function advance(golden: LBFGSCase, optimizer: optim.LBFGS, params: readonly Tensor[], from: number): void {
  const tolerance = TOLERANCES[golden.dtype];
  for (const step of golden.path.slice(from)) {
    const loss = optimizer.step(closureOf(golden, optimizer, params));
    expectClose(loss, [step.loss], tolerance);
    for (const [i, param] of params.entries()) expectClose(param, step.params[i] as number[], tolerance);
    const { func_evals, n_iter } = optimizer.stateDict().state[0] ?? {};
    if (golden.dtype === "float64") expect([func_evals, n_iter]).toEqual([step.evals, step.iterations]);
  }
}

const titled = (golden: LBFGSCase) => `${golden.function} ${JSON.stringify(golden.options)} ${golden.dtype}`;

describe.each(lbfgsGolden.cases.map((golden) => [titled(golden), golden] as const))("%s", (_, golden) => {
  test("takes PyTorch's steps", () => {
    const params = lbfgsParameters(golden, 0);
    advance(golden, new optim.LBFGS(params, golden.options), params, 0);
  });

  test("takes the same steps with an async closure", async () => {
    const [waiting, plain] = [lbfgsParameters(golden, 0), lbfgsParameters(golden, 0)];
    const [a, b] = [new optim.LBFGS(waiting, golden.options), new optim.LBFGS(plain, golden.options)];
    for (let i = 0; i < 2; i++) {
      const loss = await a.step(async () => {
        await Promise.resolve();
        return closureOf(golden, a, waiting)();
      });
      expect(loss.itemSync()).toBe(b.step(closureOf(golden, b, plain)).itemSync());
      expect(waiting.map((param) => param.toArraySync())).toEqual(plain.map((param) => param.toArraySync()));
    }
    expect(a.stateDict().state[0]).toMatchObject({ func_evals: b.stateDict().state[0]?.func_evals });
    expect(isGradEnabled()).toBe(true);
  });

  test("has PyTorch's state dictionary", () => {
    const params = lbfgsParameters(golden, 0);
    const optimizer = new optim.LBFGS(params, golden.options);
    optimizer.step(closureOf(golden, optimizer, params));
    const { state } = optimizer.stateDict();
    const tolerance = TOLERANCES[golden.dtype];
    const same = (own: unknown, expected: unknown): void => {
      if (expected instanceof Tensor) expectClose(own as Tensor, [...expected.dataSync()], tolerance);
      else expectClose(tensor(own as number, { dtype: golden.dtype }), [expected as number], tolerance);
    };
    const expected = lbfgsSaved(golden);
    expect(Object.keys(state[0] ?? {}).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, value] of Object.entries(expected)) {
      const own = state[0]?.[name];
      if (!Array.isArray(value)) same(own, value);
      else for (const [i, item] of value.entries()) same((own as unknown[])[i], item);
    }
  });

  test("goes on from PyTorch's state dictionary", () => {
    const params = lbfgsParameters(golden, 1);
    const optimizer = new optim.LBFGS(params, golden.options);
    optimizer.loadStateDict({ state: { 0: lbfgsSaved(golden) }, param_groups: optimizer.stateDict().param_groups });
    advance(golden, optimizer, params, 1);
  });
});

describe("LBFGS", () => {
  const leaf = (...shape: number[]): Tensor => ones(...shape).requiresGrad_();
  const descend = (optimizer: optim.LBFGS, ...params: Tensor[]) =>
    optimizer.step(() => {
      optimizer.zeroGrad();
      const loss = params.map((p) => p.sub(3).pow(4).sum()).reduce((a, b) => a.add(b));
      loss.backward();
      return loss;
    });

  test("has PyTorch's defaults", () => {
    expect(new optim.LBFGS([leaf(1)]).stateDict()).toEqual({
      state: {},
      param_groups: [
        {
          lr: 1,
          max_iter: 20,
          max_eval: 25,
          tolerance_grad: 1e-7,
          tolerance_change: 1e-9,
          history_size: 100,
          line_search_fn: null,
          params: [0],
        },
      ],
    });
    expect(new optim.LBFGS([leaf(1)], { maxIter: 7 }).paramGroups[0]?.maxEval).toBe(8);
  });

  test("strides make no difference", () => {
    const dense = tensor([[1, 2, 0], [4, 5, 6]], { dtype: "float64", requiresGrad: true }); // biome-ignore format: matrix
    const strided = dense.detach().t().clone().t().detach().requiresGrad_();
    for (const p of [dense, strided]) {
      const optimizer = new optim.LBFGS([p], { lineSearchFn: "strong_wolfe" });
      descend(optimizer, p);
    }
    expect(strided.isContiguous()).toBe(false);
    expect(strided.allclose(dense, { rtol: 1e-12 })).toBe(true);
  });

  test("runs the closure with recording; the loss may be a number", () => {
    const a = leaf(2);
    const optimizer = new optim.LBFGS([a]);
    const loss = optimizer.step(() => {
      expect(isGradEnabled()).toBe(true);
      optimizer.zeroGrad();
      const value = a.pow(2).sum();
      value.backward();
      return value.itemSync();
    });
    expect(loss).toBe(2);
    expect(a.allclose(zeros(2), { atol: 1e-5 })).toBe(true);
  });

  test("goes on bit for bit from its own state dictionary", () => {
    const options = { maxIter: 3, lineSearchFn: "strong_wolfe" } as const;
    const [a, b] = [leaf(2), leaf(1, 2)];
    const optimizer = new optim.LBFGS([a, b], options);
    descend(optimizer, a, b);
    const [c, d] = [a.detach().clone().requiresGrad_(), b.detach().clone().requiresGrad_()];
    const other = new optim.LBFGS([c, d], options);
    other.loadStateDict(optimizer.stateDict());
    descend(optimizer, a, b);
    descend(other, c, d);
    expect(c.equal(a) && d.equal(b)).toBe(true);
  });

  test.each([
    [() => new optim.LBFGS([{ params: leaf(1) }, { params: leaf(1) }]), "LBFGS doesn't support per-parameter options"],
    [() => new optim.LBFGS([leaf(1)]).addParamGroup({ params: leaf(1) }), "LBFGS doesn't support per-parameter"],
    [() => new optim.LBFGS([leaf(1)]).step(), "step() needs a closure"],
    [() => new optim.LBFGS([leaf(1)]).step(() => "no"), "the closure should return the loss, a Tensor or a number"],
    [() => new optim.LBFGS([leaf(1)], { lineSearchFn: "armijo" as never }), "only 'strong_wolfe' is supported"],
    [() => new optim.LBFGS([leaf(1)], { historySize: -1 }), "Invalid historySize value: -1"],
    [() => new optim.LBFGS([leaf(1)], { max_iter: 3 } as never), 'It is called "maxIter" here.'],
  ])("%s", (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(/^\[LBFGS\] /);
  });

  test("a state dictionary that does not fit changes nothing", () => {
    const a = leaf(2);
    const optimizer = new optim.LBFGS([a], { maxIter: 3, lineSearchFn: "strong_wolfe" });
    descend(optimizer, a);
    const { state, param_groups } = optimizer.stateDict();
    const target = new optim.LBFGS([leaf(2)]);
    const cases: [object, string][] = [
      [{ d: zeros(3) }, "d has shape [3], but all parameters have 2 elements"],
      [{ prev_flat_grad: 1 }, "prev_flat_grad should be a Tensor, but is 1"],
      [{ old_dirs: [] }, "old_dirs, old_stps and ro should be lists of the same length"],
      [{ ro: 1 }, "ro should be a list, but is 1"],
      [{ func_evals: "5" }, "func_evals should be a number, but is 5"],
    ];
    for (const [change, message] of cases) {
      const bad = { state: { 0: { ...state[0], ...change } }, param_groups } as optim.OptimizerStateDict;
      expect(() => target.loadStateDict(bad)).toThrow(message);
      expect(target.state.size).toBe(0);
      expect(target.paramGroups[0]?.maxIter).toBe(20);
    }
    expect(() => target.loadStateDict({} as never)).toThrow("expected an object with state and param_groups");
  });
});
