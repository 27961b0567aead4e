/** @file autograd.functional against PyTorch: Jacobians, Hessians, products, and what they refuse. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { autograd, noGrad, ones, rand, type Tensor, tensor } from "../../src/entry/index.ts";
import { autogradGolden, type DerivativeCase, type Nested, type Numbers } from "../golden/autograd.ts";
import { type Encoded, elements, upstream } from "../golden/calls.ts";
import { expectClose } from "../golden/close.ts";

const F = autograd.functional;

/** The same as in test/golden/scripts/make_autograd.py, under the same names. */
const functions: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor | Tensor[]>> = {
  "exp rows": (x) => x.exp().sum(1),
  mixed: (x, y) => [x.mul(y.sin()), x.mul(x).sum().add(y)],
  product: (x, y) => x.mul(y),
  "sum of cubes": (x) => x.pow(3).sum(),
  coupled: (x, y) => x.pow(3).sum().mul(y.exp()).sum(),
  linear: (x) => x.mul(2).sum(),
  "ignores y": (x) => x.mul(x),
  "first of two": (x) => x.mul(x).sum(),
  constant: () => ones(2, { dtype: "float64" }),
  norm: (x) => x.mul(x).sum(1).sqrt(),
};

const build = ({ shape, values }: Numbers): Tensor => tensor(elements("float64", values)).reshape(shape).detach();

function compute({ kind, function: name, several, v, options }: DerivativeCase, inputs: readonly Tensor[]): unknown {
  const fn = functions[name] as (...inputs: Tensor[]) => Tensor;
  const ins = several ? inputs : (inputs[0] as Tensor);
  if (kind === "jacobian" || kind === "hessian") return Reflect.apply(F[kind], null, [fn, ins, options]);
  const vectors = v?.map(build);
  return Reflect.apply(F[kind], null, [fn, ins, vectors?.length === 1 ? vectors[0] : vectors, options]);
}

function expectNested(actual: unknown, expected: Nested): void {
  if ("shape" in expected) {
    const t = actual as Tensor;
    expect(t.shape).toEqual(expected.shape);
    expectClose(t, elements("float64", expected.values), 10);
    return;
  }
  expect(actual).toHaveLength(expected.length);
  for (const [i, item] of expected.entries()) expectNested((actual as unknown[])[i], item);
}

const flat = (result: unknown): Tensor[] => (Array.isArray(result) ? result.flatMap(flat) : [result as Tensor]);

/** PyTorch's words in tapegrad's language. */
function translated(message: string): string {
  return message
    .replaceAll(/torch\.Size\((\[.*?\])\)/g, "$1")
    .replaceAll("None", "null")
    .replaceAll("create_graph=True", "createGraph: true")
    .replace(/ You should ensure that your function.*/, "");
}

describe("as in PyTorch", () => {
  const title = ({ kind, function: name, inputs, v, options }: DerivativeCase) =>
    `${kind} of ${name} at ${JSON.stringify(inputs.map((i) => i.shape))} ${JSON.stringify(v?.map((i) => i.shape) ?? null)} ${JSON.stringify(options ?? {})}`;

  test.each(autogradGolden.derivatives.map((c) => [title(c), c] as const))("%s", (_, golden) => {
    const inputs = golden.inputs.map((i) => build(i).requiresGrad_());
    if (golden.result === undefined) {
      expect(() => compute(golden, inputs)).toThrow(translated(golden.fails ?? ""));
      return;
    }
    const result = compute(golden, inputs);
    expectNested(result, golden.result);
    const createGraph = golden.options?.createGraph === true;
    for (const t of flat(result)) expect(t.requiresGrad && !createGraph).toBe(false);
    if (golden.grads === undefined) return;
    const weighted = flat(result).flatMap((t, k) => (t.requiresGrad ? [t.mul(upstream(t, k)).sum()] : []));
    const total = weighted.reduce((a, b) => a.add(b));
    for (const [i, g] of autograd.grad(total, inputs, { allowUnused: true }).entries()) {
      const want = golden.grads[i];
      if (g === null || want == null) expect(g).toBe(want ?? null);
      else expectClose(g, elements("float64", want as readonly Encoded[]), 100);
    }
  });
});

describe("around it", () => {
  test("the inputs keep their gradients and need not require one", () => {
    const x = rand(2, { requiresGrad: true });
    F.jacobian((t) => t.exp(), x);
    F.vjp((t) => t.exp(), x, ones(2));
    expect(x.grad).toBeNull();
    expect(F.hessian((t) => t.mul(t).sum(), x.detach()).toArraySync()).toEqual([
      [2, 0],
      [0, 2],
    ]);
  });

  test("a captured tensor is not the input", () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const jacobian = F.jacobian((t) => t.mul(x), x);
    expect(jacobian.toArraySync()).toEqual([
      [1, 0],
      [0, 2],
    ]);
  });

  test("inside noGrad too", () => {
    expect(noGrad(() => F.jacobian((t) => t.mul(3), tensor([1, 2]))).toArraySync()).toEqual([
      [3, 0],
      [0, 3],
    ]);
    expect(noGrad(() => F.jvp((t) => t.mul(3), tensor([1, 2]), ones(2)))[1].toArraySync()).toEqual([3, 3]);
  });

  test("empty outputs and inputs", () => {
    expect(F.jacobian((t) => t.slice(0, 0, 0), ones(3)).shape).toEqual([0, 3]);
    expect(F.jacobian((t) => t.sum().reshape(1), ones(0)).shape).toEqual([1, 0]);
  });

  test("a matrix of the model's second derivatives is symmetric", () => {
    const w = rand(3, 3);
    const loss = (x: Tensor) => w.matmul(x).tanh().sum();
    const h = F.hessian(loss, rand(3));
    expect(h.allclose(h.t())).toBe(true);
    const v = rand(3);
    const x = rand(3);
    expect(F.vhp(loss, x, v)[1].allclose(F.hessian(loss, x).matmul(v), { atol: 1e-5 })).toBe(true);
  });
});

describe("mistakes", () => {
  const x = ones(2);

  test("what is no tensor", () => {
    expect(() => F.jacobian((t) => t, [x, 3 as unknown as Tensor])).toThrow(
      "The inputs given to jacobian must be either a Tensor or a tuple of Tensors but the value at index 1 has type number",
    );
    expect(() => F.vjp(() => 3 as unknown as Tensor, x)).toThrow(
      "The outputs of the user-provided function given to vjp must be either a Tensor or a tuple of Tensors",
    );
    expect(() => F.hessian((t) => [t.sum()] as unknown as Tensor, x)).toThrow("should return a single Tensor");
  });

  test("options by a wrong name", () => {
    // @ts-expect-error PyTorch's spelling
    expect(() => F.jacobian((t) => t, x, { create_graph: true })).toThrow('It is called "createGraph" here');
  });
});

test("types follow what is passed and returned", () => {
  const x = ones(2);
  expectTypeOf(F.jacobian((t) => t.exp(), x)).toEqualTypeOf<Tensor>();
  expectTypeOf(F.jacobian((t, _u) => t.exp(), [x, x])).toEqualTypeOf<[Tensor, Tensor]>();
  expectTypeOf(F.jacobian((t) => [t.exp(), t], x)).toEqualTypeOf<Tensor[]>();
  expectTypeOf(F.hessian((t, u) => t.mul(u).sum(), [x, x])).toEqualTypeOf<[[Tensor, Tensor], [Tensor, Tensor]]>();
  expectTypeOf(F.vjp((t) => t.sum(), [x])).toEqualTypeOf<[outputs: Tensor, vjp: [Tensor]]>();
});
