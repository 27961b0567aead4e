/** @file The transforms of func against functorch: gradients, Jacobians, batches, and what they make of each other. */
import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import {
  autograd,
  eye,
  func,
  GraphError,
  manualSeed,
  nn,
  noGrad,
  ones,
  optim,
  rand,
  randn,
  randperm,
  ShapeError,
  stack,
  type Tensor,
  tensor,
  tidy,
  ValueError,
  zeros,
} from "../../src/entry/index.ts";
import { type Encoded, elements } from "../golden/calls.ts";

interface Numbers {
  readonly shape: readonly number[];
  readonly dtype: "float64" | "int32";
  readonly values: readonly Encoded[];
}

interface Golden {
  readonly inputs: Readonly<Record<string, Numbers | Readonly<Record<string, Numbers>>>>;
  readonly ensemble: readonly Readonly<Record<string, Numbers>>[];
  readonly cases: readonly { readonly name: string; readonly leaves: readonly Numbers[] }[];
}

const golden = JSON.parse(readFileSync(new URL("../golden/data/func.json", import.meta.url), "utf8")) as Golden;

type Named = Record<string, Tensor>;

const F = nn.functional;
const f64 = { dtype: "float64" } as const;

const build = ({ shape, dtype, values }: Numbers): Tensor =>
  tensor(elements(dtype, values), { dtype }).reshape(shape).detach();
const one = (name: string): Tensor => build(golden.inputs[name] as Numbers);
const named = (spec: Readonly<Record<string, Numbers>>): Named =>
  Object.fromEntries(Object.entries(spec).map(([key, numbers]) => [key, build(numbers)]));

const [A, B, V, W, X, Y] = ["A", "B", "V", "W", "X", "Y"].map(one) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
const [IMAGES, LABELS] = [one("IMAGES"), one("LABELS")];
const [P, MLP, CNN] = ["P", "MLP", "CNN"].map((name) => named(golden.inputs[name] as Record<string, Numbers>)) as [
  Named,
  Named,
  Named,
];

const of = (p: Named, key: string): Tensor => p[key] as Tensor;
const cubes = (x: Tensor): Tensor => x.pow(3).sum();
const coupled = (x: Tensor, y: Tensor): Tensor => x.sin().mul(y.exp()).sum().add(x.mul(x).sum().mul(y.sum()));
const parts = (x: Tensor, y: Tensor) => ({ product: x.mul(y.sin()), total: x.exp().mul(y).sum() });
const affine = (p: Named, x: Tensor): Tensor => x.matmul(of(p, "w")).add(of(p, "b")).tanh();
const dot = (a: Tensor, b: Tensor): Tensor => a.dot(b);
const turning = (x: Tensor): Tensor => x.sin().mul(x.sum());

function loss(p: Named, x: Tensor, y: Tensor): Tensor {
  const hidden = F.linear(x, of(p, "w1"), of(p, "b1")).tanh();
  return F.crossEntropy(F.linear(hidden, of(p, "w2"), of(p, "b2")).unsqueeze(0), y.unsqueeze(0));
}

function convLoss(p: Named, x: Tensor, y: Tensor): Tensor {
  const convolved = F.conv2d(x.unsqueeze(0), of(p, "k"), of(p, "kb"), { padding: 1 });
  const hidden = F.groupNorm(F.maxPool2d(F.relu(convolved), 2), 2, of(p, "g"), of(p, "gb"));
  return F.crossEntropy(F.linear(hidden.flatten(1), of(p, "w"), of(p, "b")), y.unsqueeze(0));
}

function ensemble(): Tensor {
  const models = golden.ensemble.map((state) => {
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 2)).double();
    model.loadStateDict(named(state));
    return model;
  });
  const [parameters] = func.stackModuleState(models);
  const base = models[0] as (typeof models)[0];
  return func
    .vmap((p: Named, x: Tensor) => func.functionalCall(base, p, x), [0, null])(parameters, X)
    .detach();
}

/** The same as in make_func.py. */
const calls: Readonly<Record<string, () => unknown>> = {
  grad: () => func.grad(coupled)(A, B),
  "grad of the second argument": () => func.grad(coupled, 1)(A, B),
  "grad of both": () => func.grad(coupled, [1, 0])(A, B),
  "grad of an object": () => func.grad(loss)(MLP, X.select(0, 0), Y.select(0, 0)),
  "grad of grad": () => func.grad((x: Tensor) => func.grad(cubes)(x).sin().sum())(A),
  gradAndValue: () => func.gradAndValue(coupled)(A, B),
  "gradAndValue with aux": () => func.gradAndValue((x: Tensor) => [cubes(x), x.exp()], { hasAux: true })(A),
  vjp: () => {
    const [out, vjpFn] = func.vjp(parts, A, B);
    return [out, vjpFn({ product: A.cos(), total: tensor(2, f64) })];
  },
  "vjp, vmap": () => func.vmap(func.vjp(turning, A)[1])(eye(3, f64)),
  jvp: () => func.jvp(parts, [A, B], [B, A]),
  "jvp of jvp": () => func.jvp((x: Tensor) => func.jvp(cubes, [x], [B])[1], [A], [A]),
  "vmap, jvp": () => func.vmap((t: Tensor) => func.jvp(turning, [A], [t])[1])(V),
  jacrev: () => func.jacrev(parts)(A, B),
  "jacrev of both": () => func.jacrev(parts, [0, 1])(A, B),
  "jacrev of an object": () => func.jacrev(affine)(P, V),
  jacfwd: () => func.jacfwd(parts, 1)(A, B),
  "jacfwd of an object": () => func.jacfwd(affine)(P, V),
  hessian: () => func.hessian(coupled, [0, 1])(A, B),
  "hessian of an object": () => func.hessian((p: Named) => affine(p, A).pow(2).sum())(P),
  "jacrev of jacrev": () => func.jacrev(func.jacrev(cubes))(A),
  vmap: () => func.vmap(coupled)(V, W),
  "vmap of one argument": () => func.vmap(coupled, [0, null])(V, B),
  "vmap of columns": () => func.vmap(parts, { inDims: [1, null], outDims: { product: 1, total: 0 } })(V, ones(4, f64)),
  "vmap of an object": () => func.vmap(affine, { inDims: [{ w: 1, b: 0 }, null] })(P, A.expand(2, 3)),
  "vmap of vmap": () => func.vmap(func.vmap(dot, [null, 0]), [0, null])(V, W),
  "vmap, grad": () => func.vmap(func.grad(coupled), [0, null])(V, B),
  "vmap, grad of shared weights": () => func.vmap(func.grad(loss), [null, 0, 0])(MLP, X, Y),
  "vmap, grad of a convolution": () => func.vmap(func.grad(convLoss), [null, 0, 0])(CNN, IMAGES, LABELS),
  "vmap, hessian": () => func.vmap(func.hessian(cubes))(V),
  "vmap, jacrev": () => func.vmap(func.jacrev(turning))(V),
  "vmap, jacfwd": () => func.vmap(func.jacfwd(turning))(V),
  "vmap, vmap, hessian": () => func.vmap(func.vmap(func.hessian(cubes)))(stack([V, W])),
  "grad of vmap": () => func.grad((x: Tensor) => func.vmap(coupled, [0, null])(V, x).pow(2).sum())(B),
  "grad of vmap, grad": () => func.grad((x: Tensor) => func.vmap(func.grad(coupled), [0, null])(V, x).pow(2).sum())(B),
  "jacfwd of vmap": () => func.jacfwd((x: Tensor) => func.vmap(dot, [0, null])(V, x.sin()))(B),
  "stackModuleState, functionalCall, vmap": ensemble,
};

function leavesOf(tree: unknown): Tensor[] {
  if (typeof tree !== "object" || tree === null) return [];
  if ("itemSync" in tree) return [tree as Tensor];
  return Object.values(tree).flatMap(leavesOf);
}

function expectClose(actual: Tensor, shape: readonly number[], values: ArrayLike<number>): void {
  expect(actual.shape).toEqual(shape);
  const got = actual.detach().dataSync();
  const scale = Math.max(1, ...Array.from(values, Math.abs));
  for (const [i, value] of got.entries()) {
    if (Math.abs(value - (values[i] as number)) > 1e-12 * scale) {
      expect.fail(`element ${i}: got ${Array.from(got)}, expected ${Array.from(values)}`);
    }
  }
}

describe("as functorch", () => {
  test.each(golden.cases.map((c) => [c.name, c] as const))("%s", (name, { leaves }) => {
    const result = leavesOf(calls[name]?.());
    expect(result).toHaveLength(leaves.length);
    for (const [i, { shape, dtype, values }] of leaves.entries()) {
      const leaf = result[i] as Tensor;
      expectClose(leaf, shape, elements(dtype, values));
      expect(leaf.requiresGrad).toBe(false);
    }
  });
});

describe("histories outside", () => {
  test("of arguments are kept", () => {
    const x = tensor([1, 2], { requiresGrad: true });
    func.grad(cubes)(x).sum().backward();
    expect(x.grad?.toArraySync()).toEqual([6, 12]);
  });

  test("are whole: the graph of an inner gradient is not freed", () => {
    const f = (x: Tensor): Tensor => x.exp().mul(x.sigmoid()).sum();
    const twice = (x: Tensor): Tensor => func.grad((y: Tensor) => func.grad(f)(y).square().sum())(x);
    const x = tensor([0.5, -1], { ...f64, requiresGrad: true });
    const plain = twice(x.detach());
    const kept = twice(x);
    expectClose(kept, [2], plain.dataSync());
    expect(autograd.gradcheck(twice, [x])).toBe(true);
  });

  test("of what the function captures are kept", () => {
    const w = tensor([3, 4], { requiresGrad: true });
    const g = func.grad((x: Tensor) => x.square().mul(w).sum())(tensor([1, 2]));
    g.sum().backward();
    expect(w.grad?.toArraySync()).toEqual([2, 4]);
    const rows = func.vmap((x: Tensor) => x.mul(w))(ones(3, 2));
    rows.sum().backward();
    expect(w.grad?.toArraySync()).toEqual([5, 7]);
  });

  test("are left out inside noGrad", () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const g = noGrad(() => func.grad(cubes)(x));
    expect(g.requiresGrad).toBe(false);
    expect(g.toArraySync()).toEqual([3, 12]);
  });

  test("autograd.functional works inside vmap", () => {
    const jacobians = func.vmap((x: Tensor) => autograd.functional.jacobian((y) => y.square(), x))(
      tensor([
        [1, 2],
        [3, 4],
      ]),
    );
    expect(jacobians.toArraySync()).toEqual([
      [
        [2, 0],
        [0, 4],
      ],
      [
        [6, 0],
        [0, 8],
      ],
    ]);
    const products = func.vmap((x: Tensor) => autograd.functional.jvp((y) => y.square(), x, ones(2))[1])(ones(3, 2));
    expect(products.toArraySync()).toEqual([
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
  });
});

describe("vmap", () => {
  test("in-place operations change all samples", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const out = func.vmap((row: Tensor) => row.clone().add_(1).mul_(row))(x);
    expect(out.toArraySync()).toEqual([
      [2, 6],
      [12, 20],
    ]);
    func.vmap((row: Tensor) => row.select(0, 0).zero_())(x);
    expect(x.toArraySync()).toEqual([
      [0, 2],
      [0, 4],
    ]);
  });

  test("tidy keeps the samples of its result", () => {
    const x = rand([3, 40]);
    const tidied = func.vmap((row: Tensor) => tidy(() => row.mul(2).add(1)))(x);
    expect(tidied.equal(x.mul(2).add(1))).toBe(true);
  });

  test("chunks give the same", () => {
    const whole = func.vmap(coupled)(V, W);
    const parted = func.vmap(coupled, { chunkSize: 3 })(V, W);
    expectClose(parted, whole.shape, whole.dataSync());
    const columns = func.vmap(turning, { inDims: 1, outDims: 1, chunkSize: 2 })(V);
    expectClose(columns, [4, 3], func.vmap(turning, 1, 1)(V).dataSync());
  });

  test("of a module trains it as it is", () => {
    manualSeed(0);
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU(), new nn.Linear(4, 1));
    const x = randn(5, 3);
    const mapped = func.vmap((row: Tensor) => model.forward(row))(x);
    expect(mapped.toArraySync()).toEqual(model.forward(x).toArraySync());
    mapped.sum().backward();
    const got = model.parameters().map((p) => p.grad?.dataSync() ?? []);
    model.zeroGrad();
    model.forward(x).sum().backward();
    for (const [i, p] of model.parameters().entries()) {
      for (const [j, value] of (p.grad?.dataSync() ?? []).entries()) expect(got[i]?.[j]).toBeCloseTo(value, 5);
    }
  });

  test("runs custom functions, with gradients inside and outside", () => {
    class Cube extends autograd.Function {
      static forward(ctx: autograd.FunctionContext, x: Tensor, w: Tensor): Tensor {
        ctx.saveForBackward(x, w);
        return x.pow(3).mul(w);
      }
      static backward(ctx: autograd.FunctionContext, grad: Tensor): [Tensor, Tensor] {
        const [x, w] = ctx.savedTensors as [Tensor, Tensor];
        return [grad.mul(x.square()).mul(3).mul(w), grad.mul(x.pow(3))];
      }
    }
    const x = tensor([
      [1, 2],
      [3, 4],
    ]).requiresGrad_();
    const w = tensor([1, 10]).requiresGrad_();
    func
      .vmap((row: Tensor) => Cube.apply(row, w))(x)
      .sum()
      .backward();
    expect(x.grad?.toArraySync()).toEqual([
      [3, 120],
      [27, 480],
    ]);
    expect(w.grad?.toArraySync()).toEqual([28, 72]);
    const each = func.vmap(
      func.grad((v: Tensor, row: Tensor) => Cube.apply(row, v).sum()),
      [null, 0],
    )(w, x);
    expect(each.toArraySync()).toEqual([
      [1, 8],
      [27, 64],
    ]);
    const twice = func.vmap(func.vmap((row: Tensor) => Cube.apply(row, ones(2))))(x.unsqueeze(0));
    expect(twice.toArraySync()).toEqual([
      [
        [1, 8],
        [27, 64],
      ],
    ]);
  });

  test("draws random numbers as it is told", () => {
    const noisy = (x: Tensor): Tensor => x.add(rand(2));
    expect(() => func.vmap(noisy)(zeros(3, 2))).toThrow("called random operation while in randomness error mode");
    const same = func.vmap(noisy, { randomness: "same" })(zeros(3, 2));
    expect(same.select(0, 0).toArraySync()).toEqual(same.select(0, 2).toArraySync());
    manualSeed(0);
    const different = func.vmap(noisy, { randomness: "different" })(zeros(3, 2));
    manualSeed(0);
    expect(different.toArraySync()).toEqual(rand(3, 2).toArraySync());
    const dropped = func.vmap((x: Tensor) => F.dropout(x, 0.5), { randomness: "different" })(ones(4, 50));
    expect(dropped.select(0, 0).equal(dropped.select(0, 1))).toBe(false);
    const orders = func.vmap((x: Tensor) => randperm(5).add(x), { randomness: "different" })(zeros(3));
    expect(orders.sort(1).values.select(0, 1).toArraySync()).toEqual([0, 1, 2, 3, 4]);
    const filled = func.vmap((x: Tensor) => x.clone().normal_(), { randomness: "different" })(zeros(3, 2));
    expect(filled.select(0, 0).equal(filled.select(0, 1))).toBe(false);
  });

  test("prints all samples", () => {
    let text = "";
    func.vmap((x: Tensor) => {
      text = String(x);
      return x;
    })(tensor([1, 2]));
    expect(text).toContain("BatchedTensor");
    expect(text).toContain("tensor([1., 2.])");
  });

  test("warns once of an operation that it runs sample by sample", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const rnn = new nn.RNN(2, 3);
    const [parameters] = func.stackModuleState([rnn, new nn.RNN(2, 3)]);
    const run = (p: Named) => func.functionalCall<[Tensor], [Tensor, Tensor]>(rnn, p, ones(4, 1, 2))[0];
    expect(func.vmap(run)(parameters).shape).toEqual([2, 4, 1, 3]);
    func.vmap(run)(parameters);
    expect(warn.mock.calls.filter(([text]) => String(text).includes("no batching rule"))).toHaveLength(1);
    warn.mockRestore();
  });
});

describe("errors", () => {
  const x = ones(2, 3);
  test.each<[string, () => unknown, string]>([
    ["a read", () => func.vmap((row: Tensor) => row.mul(row.sum().itemSync()))(x), "data-dependent"],
    ["text of a branch", () => func.vmap((row: Tensor) => row.at(row.gt(0)))(x), "[nonzero] vmap"],
    ["a batch in an unbatched tensor", () => func.vmap((row: Tensor) => zeros(3).add_(row))(x), "inplace arithmetic"],
    ["backward", () => func.vmap((row: Tensor) => row.sum().backward() ?? row)(x), "inside vmap"],
    ["requiresGrad_", () => func.vmap((row: Tensor) => row.requiresGrad_())(x), "func.grad"],
    ["different sizes", () => func.vmap(dot)(x, ones(3, 3)), "same size in the mapped dimension, got sizes [2, 3]"],
    ["a dimension out of range", () => func.vmap(dot, 3)(x, x), "expected in_dim to satisfy -2 <= in_dim < 2"],
    ["no batch", () => func.vmap(dot, [null, null])(x, x), "at least one input must be batched"],
    ["a structure that does not fit", () => func.vmap(dot, [0])(x, x), "not compatible with the structure of inputs"],
    ["a number", () => func.vmap((row: Tensor) => row.ndim)(x), "must only return Tensors"],
    ["a batched result for null", () => func.vmap((row: Tensor) => row, 0, null)(x), "can not return a BatchedTensor"],
    ["a promise", () => func.vmap(async (row: Tensor) => row)(x), "must be synchronous"],
    [
      "batch normalization",
      () => func.vmap((t: Tensor) => new nn.BatchNorm1d(3).forward(t))(ones(2, 4, 3)),
      "running_mean",
    ],
    ["a vector's gradient", () => func.grad((t: Tensor) => t.mul(2))(ones(2)), "scalar tensor, got tensor with 1 dims"],
    ["an argument that is missing", () => func.grad(cubes, 1)(ones(2)), "Got argnum=1, but only 1 positional inputs"],
    ["integers", () => func.grad((t: Tensor) => t.float().sum())(ones(2).int()), "floating point"],
    ["cotangents of another shape", () => func.vjp(cubes, ones(2))[1](ones(2)), "expected shape []"],
    ["a parameter that is not there", () => func.functionalCall(new nn.Linear(1, 1), { x: ones(1) }, ones(1)), "'x'"],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });

  test("are of their classes", () => {
    expect(() => func.vmap((row: Tensor) => row.sum().itemSync() as never)(x)).toThrow(GraphError);
    expect(() => func.vmap(dot)(x, ones(3, 3))).toThrow(ShapeError);
    expect(() => func.vmap(dot, [null, null])(x, x)).toThrow(ValueError);
  });

  test("leave vmap behind", () => {
    expect(() => func.vmap((row: Tensor) => row.sum().itemSync() as never)(x)).toThrow();
    expect(ones(2).add(1).toArraySync()).toEqual([2, 2]);
  });
});

describe("makeFunctional", () => {
  test("is the module as a function of the parameters of a copy", () => {
    const layer = new nn.Linear(2, 1);
    const [call, parameters] = func.makeFunctional(layer);
    const x = ones(3, 2);
    expect(call(parameters, x).toArraySync()).toEqual(layer.forward(x).toArraySync());
    expect(parameters.map((p) => [p.shape, p.requiresGrad])).toEqual([
      [[1, 2], true],
      [[1], true],
    ]);
    noGrad(() => layer.weight.fill_(0));
    const gradient = func.grad((p: Tensor[]) => call(p, x).sum())(parameters);
    expect(gradient.map((g) => g.toArraySync())).toEqual([[[3, 3]], [3]]);
    expect(func.makeFunctional(layer, { disableAutogradTracking: true })[1][0]?.requiresGrad).toBe(false);
  });

  test("with buffers takes and changes those", () => {
    const [call, parameters, buffers] = func.makeFunctionalWithBuffers(new nn.BatchNorm1d(2));
    call(parameters, buffers, ones(4, 2));
    expect(buffers[0]?.toArraySync()).toEqual([expect.closeTo(0.1), expect.closeTo(0.1)]);
    expect(() => func.makeFunctional(new nn.BatchNorm1d(2))).toThrow("Please use makeFunctionalWithBuffers(model)");
    expect(() => call(parameters, [], ones(4, 2))).toThrow("[makeFunctionalWithBuffers] expected 3 buffers, got 0");
    expect(() => func.makeFunctional(3 as never)).toThrow(ValueError);
  });
});

describe("functionalCall", () => {
  class Tied extends nn.Module {
    first = new nn.Linear(2, 2, { bias: false });
    second = new nn.Linear(2, 2, { bias: false });
    constructor() {
      super();
      this.second.weight = this.first.weight;
    }
    forward(x: Tensor): Tensor {
      return this.second.forward(this.first.forward(x));
    }
  }

  test("puts a tied weight in all places, and restores the module", () => {
    const module = new Tied();
    const before = module.first.weight;
    const out = func.functionalCall(module, { "first.weight": eye(2).mul(3) }, ones(1, 2));
    expect(out.toArraySync()).toEqual([[9, 9]]);
    expect(module.first.weight).toBe(before);
    expect(module.second.weight).toBe(before);
    expect(() => func.functionalCall(module, { "first.weight": ones(3, 5) }, ones(1, 2))).toThrow(ShapeError);
    expect(module.first.weight).toBe(before);
    expect(() => func.functionalCall(module, {}, ones(1, 2), { strict: true })).toThrow("Missing key(s)");
  });

  test("gives gradients to what it is given, and not to the module", () => {
    const layer = new nn.Linear(2, 1);
    const weight = ones(1, 2).requiresGrad_();
    func.functionalCall(layer, { weight }, ones(3, 2)).sum().backward();
    expect(weight.grad?.toArraySync()).toEqual([[3, 3]]);
    expect(layer.weight.grad).toBeNull();
  });

  test("changes given buffers, as PyTorch", () => {
    const norm = new nn.BatchNorm1d(2);
    const runningMean = zeros(2);
    func.functionalCall(norm, { running_mean: runningMean }, ones(4, 2));
    expect(runningMean.toArraySync()).toEqual([expect.closeTo(0.1), expect.closeTo(0.1)]);
    expect(norm.runningMean?.toArraySync()).toEqual([0, 0]);
  });

  test("works for recurrent layers and lists of parameters", () => {
    const lstm = new nn.LSTM(2, 3);
    const doubled = Object.fromEntries(lstm.namedParameters().map(([name, p]) => [name, p.detach().mul(2)]));
    const twin = new nn.LSTM(2, 3);
    twin.loadStateDict(doubled);
    const [out] = func.functionalCall<[Tensor], [Tensor, unknown]>(lstm, doubled, ones(4, 1, 2));
    const [want] = twin.forward(ones(4, 1, 2));
    expect(out.toArraySync()).toEqual(want.toArraySync());
    class Weights extends nn.Module {
      list = new nn.ParameterList([new nn.Parameter(ones(2))]);
      forward(x: Tensor): Tensor {
        return x.mul(this.list[0] as Tensor);
      }
    }
    expect(func.functionalCall(new Weights(), { "list.0": tensor([2, 3]) }, ones(2)).toArraySync()).toEqual([2, 3]);
  });
});

describe("autograd.forwardAD", () => {
  const { dualLevel, makeDual, unpackDual } = autograd.forwardAD;

  test("gives the derivative in the direction of all tangents", () => {
    const { primal, tangent } = dualLevel(() => {
      const [x, y] = [makeDual(A, B), makeDual(B, A)];
      return unpackDual(coupled(x, y));
    });
    const [value, want] = func.jvp(coupled, [A, B], [B, A]);
    expectClose(primal, [], value.dataSync());
    expectClose(tangent as Tensor, [], want.dataSync());
    expect(primal.requiresGrad).toBe(false);
    expect(tangent?.requiresGrad).toBe(false);
  });

  test("tells what no dual tensor had a part in", () => {
    dualLevel(() => {
      makeDual(A, B);
      expect(unpackDual(ones(2)).tangent).toBeNull();
      expect(unpackDual(ones(2).requiresGrad_().mul(2)).tangent).toBeNull();
    });
  });

  test("keeps histories outside", () => {
    const x = tensor([2, 3], { requiresGrad: true });
    const tangent = dualLevel(() => unpackDual(makeDual(x, ones(2)).pow(3)).tangent) as Tensor;
    tangent.sum().backward();
    expect(x.grad?.toArraySync()).toEqual([12, 18]);
  });

  test("asks for a level, and for one only", () => {
    expect(() => makeDual(ones(1), ones(1))).toThrow("no level exists");
    expect(() => dualLevel(() => dualLevel(() => 0))).toThrow("Nested forward mode");
    expect(() => dualLevel(() => makeDual(ones(2), ones(3)))).toThrow(ShapeError);
  });
});

test("per-sample gradients are those of one sample after the other, for a model that is trained", () => {
  manualSeed(0);
  const model = new nn.Sequential(new nn.Linear(3, 8), new nn.ReLU(), new nn.Linear(8, 4));
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const [x, y] = [X.float(), Y];
  const sampleLoss = (p: Named, row: Tensor, label: Tensor): Tensor =>
    F.crossEntropy(func.functionalCall(model, p, row.unsqueeze(0)), label.unsqueeze(0));
  for (let step = 0; step < 2; step++) {
    const weights = Object.fromEntries(model.namedParameters().map(([name, p]) => [name, p.detach()]));
    const grads = func.vmap(func.grad(sampleLoss), [null, 0, 0])(weights, x, y);
    for (let i = 0; i < 6; i++) {
      model.zeroGrad();
      F.crossEntropy(model.forward(x.narrow(0, i, 1)), y.narrow(0, i, 1)).backward();
      for (const [name, p] of model.namedParameters()) {
        const [got, want] = [grads[name]?.select(0, i).dataSync() ?? [], p.grad?.dataSync() ?? []];
        for (const [j, value] of want.entries()) expect(got[j]).toBeCloseTo(value, 5);
      }
    }
    for (const [name, p] of model.namedParameters()) p.grad = grads[name]?.mean(0) ?? null;
    optimizer.step();
  }
});
