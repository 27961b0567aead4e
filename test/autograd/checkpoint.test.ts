/** @file Checkpoints and hooks on saved tensors: the same gradients, less memory, and what they refuse. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import {
  autograd,
  checkpoint,
  checkpointSequential,
  func,
  GraphError,
  manualSeed,
  nn,
  noGrad,
  ones,
  rand,
  randn,
  type Tensor,
  tensor,
  ValueError,
} from "../../src/entry/index.ts";

function makeModel(): nn.Sequential {
  manualSeed(0);
  return new nn.Sequential(
    new nn.Linear(6, 32),
    new nn.ReLU(),
    new nn.LayerNorm(32),
    new nn.Dropout(0.5),
    new nn.Linear(32, 32),
    new nn.Softmax(1),
    new nn.Linear(32, 3),
  );
}

/** Gradients of all parameters and of the input, as bits. */
function gradients(run: (model: nn.Sequential, x: Tensor) => Tensor): Float32Array[] {
  const model = makeModel();
  const x = randn(4, 6).requiresGrad_();
  const target = tensor([0, 1, 2, 0]).int();
  manualSeed(7);
  const loss = nn.functional.crossEntropy(run(model, x), target);
  const after = rand(2);
  loss.backward();
  return [...model.parameters().map((p) => p.grad), x.grad, loss, after, rand(2)].map(
    (t) => (t as Tensor).detach().dataSync() as Float32Array,
  );
}

describe("checkpoint", () => {
  const plain = gradients((model, x) => model.forward(x));

  test("gives the same gradients bit for bit, with the same random numbers before and after", () => {
    expect(gradients((model, x) => checkpoint((input: Tensor) => model.forward(input), x))).toEqual(plain);
    expect(
      gradients((model, x) => checkpoint((input: Tensor) => model.forward(input), x, { useReentrant: false })),
    ).toEqual(plain);
  });

  test("in segments, of a container or a list", () => {
    expect(gradients((model, x) => checkpointSequential(model, 3, x))).toEqual(plain);
    expect(gradients((model, x) => checkpointSequential([...model], 7, x))).toEqual(plain);
    const parts = (model: nn.Sequential) => [...model].map((part) => (x: Tensor) => part.forward(x));
    expect(gradients((model, x) => checkpointSequential(parts(model), 2, x))).toEqual(plain);
  });

  test("inside another checkpoint", () => {
    const nested = (model: nn.Sequential, x: Tensor): Tensor =>
      checkpoint((a: Tensor) => {
        const layers = [...model];
        const half = checkpoint((b: Tensor) => layers.slice(0, 4).reduce((y, l) => l.forward(y), b), a);
        return layers.slice(4).reduce((y, l) => l.forward(y), half);
      }, x);
    expect(gradients(nested)).toEqual(plain);
  });

  test("of inputs that need no gradient still trains the parameters", () => {
    const layer = new nn.Linear(2, 1);
    checkpoint((x: Tensor) => layer.forward(x).square(), ones(3, 2))
      .sum()
      .backward();
    const grad = layer.weight.grad?.toArraySync();
    layer.zeroGrad();
    layer.forward(ones(3, 2)).square().sum().backward();
    expect(grad).toEqual(layer.weight.grad?.toArraySync());
  });

  test("works with autograd.grad, a second backward pass, second derivatives and several results", () => {
    const x = tensor([1, 2], { dtype: "float64", requiresGrad: true });
    const run = (t: Tensor): [Tensor, Tensor] => [t.pow(3), t.exp().mul(t)];
    const [a, b] = checkpoint(run, x);
    const total = a.sum().add(b.sum());
    const [first] = autograd.grad(total, x, { createGraph: true });
    expect(autograd.grad(total, x, { retainGraph: true })[0]?.toArraySync()).toEqual(first?.detach().toArraySync());
    const [second] = autograd.grad(first?.sum() as Tensor, x);
    const want = func.grad((t: Tensor) =>
      func
        .grad((u: Tensor) => run(u)[0].sum().add(run(u)[1].sum()))(t)
        .sum(),
    )(x);
    for (const [i, value] of (want.detach().toArraySync() as number[]).entries()) {
      expect(second?.dataSync()[i]).toBeCloseTo(value, 10);
    }
    expect(autograd.gradcheck((t: Tensor) => checkpoint(run, t)[1], [x])).toBe(true);
    expect(autograd.gradgradcheck((t: Tensor) => checkpoint(run, t)[1], [x])).toBe(true);
  });

  test("inside func transforms", () => {
    const f = (t: Tensor): Tensor => checkpoint((u: Tensor) => u.sin().mul(u), t).sum();
    const plainly = (t: Tensor): Tensor => t.sin().mul(t).sum();
    const x = rand(3, 4);
    expect(func.vmap(func.grad(f))(x).toArraySync()).toEqual(func.vmap(func.grad(plainly))(x).toArraySync());
  });

  test("records nothing inside noGrad", () => {
    const layer = new nn.Linear(2, 1);
    expect(noGrad(() => checkpoint((x: Tensor) => layer.forward(x), ones(1, 2))).requiresGrad).toBe(false);
  });

  test("holds no activations between forward and backward", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const alive = async (useCheckpoint: boolean): Promise<number> => {
      const refs: WeakRef<object>[] = [];
      const block = (x: Tensor): Tensor => {
        let y = x;
        for (let i = 0; i < 10; i++) {
          y = y.sin().mul(y);
          refs.push(new WeakRef(y.storage));
        }
        return y;
      };
      const x = ones(50, 50).requiresGrad_();
      const y = useCheckpoint ? checkpoint(block, x) : block(x);
      for (let i = 0; i < 3; i++) {
        await new Promise((done) => setTimeout(done, 1));
        collect();
      }
      const held = refs.filter((ref) => ref.deref() !== undefined).length;
      y.sum().backward();
      return held;
    };
    expect(await alive(false)).toBe(10);
    expect(await alive(true)).toBeLessThanOrEqual(1);
  });

  test("throws if the function does something else when it runs again", () => {
    let runs = 0;
    const x = ones(2).requiresGrad_();
    const y = checkpoint((t: Tensor) => (runs++ === 0 ? t.exp() : t.exp().exp().mul(t)), x);
    expect(() => y.sum().backward()).toThrow("A different number of tensors was saved");
    expect(() => checkpoint(async (t: Tensor) => t.exp(), x)).toThrow(ValueError);
    expect(() => checkpointSequential([nn.functional.relu], 2, x)).toThrow("between 1 and 1 segments");
  });
});

describe("autograd.graph.savedTensorsHooks", () => {
  const { savedTensorsHooks } = autograd.graph;

  test("packs what operations save, and unpacks it in the backward pass", () => {
    const log: string[] = [];
    const x = tensor([1, 2], { requiresGrad: true });
    const y = savedTensorsHooks(
      (t) => {
        log.push(`pack ${t.requiresGrad}`);
        return t.clone();
      },
      (t) => {
        log.push("unpack");
        return t as Tensor;
      },
      () => x.exp().mul(x),
    );
    expect(log).toEqual(["pack false", "pack false", "pack false"]);
    y.sum().backward();
    expect(log.filter((line) => line === "unpack").length).toBeGreaterThanOrEqual(3);
    expect(x.grad?.dataSync()[0]).toBeCloseTo(2 * Math.E, 5);
  });

  test("sees intermediates of fused operations, custom functions, and results of in-place ones", () => {
    class Square extends autograd.Function {
      static forward(ctx: autograd.FunctionContext, t: Tensor): Tensor {
        ctx.saveForBackward(t);
        return t.mul(t);
      }
      static backward(ctx: autograd.FunctionContext, grad: Tensor): Tensor {
        return grad.mul(ctx.savedTensors[0] as Tensor).mul(2);
      }
    }
    const run = (x: Tensor): Tensor => {
      const y = Square.apply(nn.functional.layerNorm(x, [4])).mul(2);
      y.sigmoid_();
      return nn.functional.crossEntropy(y, tensor([0, 1]).int());
    };
    const [a, b] = [0, 1].map(() =>
      tensor([
        [1, 2, 3, 5],
        [0, 1, 0, 2],
      ]).requiresGrad_(),
    ) as [Tensor, Tensor];
    savedTensorsHooks(
      (t) => t.clone(),
      (t) => t as Tensor,
      () => run(a),
    ).backward();
    run(b).backward();
    expect(a.grad?.toArraySync()).toEqual(b.grad?.toArraySync());
  });

  test("asks for a tensor", () => {
    const x = ones(2).requiresGrad_();
    const y = savedTensorsHooks(
      () => 1,
      (one) => one as Tensor,
      () => x.exp(),
    );
    expect(() => y.sum().backward()).toThrow("expected to be a Tensor");
  });
});

test("onceDifferentiable refuses a second derivative", () => {
  class Cube extends autograd.Function {
    static forward(ctx: autograd.FunctionContext, x: Tensor): Tensor {
      ctx.saveForBackward(x);
      return x.pow(3);
    }
    static backward = autograd.onceDifferentiable((ctx: autograd.FunctionContext, grad: Tensor) =>
      grad.mul((ctx.savedTensors[0] as Tensor).square()).mul(3),
    );
  }
  const x = tensor([2], { requiresGrad: true });
  Cube.apply(x).backward();
  expect(x.grad?.toArraySync()).toEqual([12]);
  const [dx] = autograd.grad(Cube.apply(x), x, { createGraph: true });
  expect(dx?.detach().toArraySync()).toEqual([12]);
  expect(() => dx?.backward()).toThrow(GraphError);
});
