/** @file The matchers of tapegrad/testing: what they accept, and what they say. */
import "tapegrad/testing";
import { autograd, eye, ones, rand, type Tensor, tensor } from "tapegrad";
import { expectGradcheck } from "tapegrad/testing";
import { describe, expect, expectTypeOf, test } from "vitest";

function messageOf(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("toBeCloseToTensor", () => {
  test("compares with tensors, arrays, typed arrays and numbers", () => {
    const x = tensor([[1, 2], [3, 4]]); // biome-ignore format: a matrix
    expect(x).toBeCloseToTensor(x.add(1e-6));
    expect(x).toBeCloseToTensor([[1, 2], [3, 4.000001]]); // biome-ignore format: a matrix
    expect(x.flatten()).toBeCloseToTensor(Float32Array.of(1, 2, 3, 4));
    expect(x.sum()).toBeCloseToTensor(10);
    expect(x.gt(2)).toBeCloseToTensor([[false, false], [true, true]]); // biome-ignore format: a matrix
    expect(ones(0)).toBeCloseToTensor(ones(0));
  });

  test("with the tolerances of the dtype, or those that are given", () => {
    const one = (dtype: "float32" | "float64" | "int32", by: number) => tensor([1], { dtype }).add(by).to(dtype);
    expect(one("float32", 9e-6)).toBeCloseToTensor([1]);
    expect(one("float32", 2e-5)).not.toBeCloseToTensor([1]);
    expect(one("float64", 1.9e-7)).toBeCloseToTensor([1]);
    expect(one("float64", 3e-7)).not.toBeCloseToTensor([1]);
    expect(one("int32", 1)).not.toBeCloseToTensor([1]);
    expect(one("float32", 0.5)).toBeCloseToTensor([1], { atol: 0.6 });
    expect(one("float32", 0.5)).toBeCloseToTensor([1], { rtol: 0.6 });
    expect(one("float32", 1e-7)).not.toBeCloseToTensor([1], { rtol: 0, atol: 0 });
    expect(tensor([1, 2], { dtype: "float32" })).toBeCloseToTensor(tensor([1, 2], { dtype: "float64" }), {
      checkDtype: false,
    });
  });

  test("NaN and infinities", () => {
    const x = tensor([Number.NaN, Number.POSITIVE_INFINITY]);
    expect(x).not.toBeCloseToTensor(x);
    expect(x).toBeCloseToTensor(x, { equalNan: true });
    expect(tensor([1e30])).not.toBeCloseToTensor([Number.POSITIVE_INFINITY]);
    expect(tensor([Number.NEGATIVE_INFINITY])).not.toBeCloseToTensor([Number.POSITIVE_INFINITY]);
  });

  test("says what differs, and where", () => {
    const x = tensor([[1, 2], [3, 4]]); // biome-ignore format: a matrix
    expect(
      messageOf(() =>
        expect(x).toBeCloseToTensor([
          [1, 2.5],
          [3, 4.25],
        ]),
      ),
    ).toBe(
      // biome-ignore format: a matrix
      "Tensor-likes are not close!\n\n" +
        "Mismatched elements: 2 / 4 (50.0%)\n" +
        "Greatest absolute difference: 0.5 at index (0, 1) (up to 0.00001 allowed)\n" +
        "Greatest relative difference: 0.2 at index (0, 1) (up to 0.0000013 allowed)",
    );
    expect(messageOf(() => expect(tensor([1, 2], { dtype: "int32" })).toBeCloseToTensor([1, 3]))).toBe(
      "Tensor-likes are not equal!\n\n" +
        "Mismatched elements: 1 / 2 (50.0%)\n" +
        "Greatest absolute difference: 1 at index (1,)\n" +
        "Greatest relative difference: 0.3333333333333333 at index (1,)",
    );
    expect(messageOf(() => expect(x).toBeCloseToTensor(ones(2)))).toBe(
      "The values for attribute 'shape' do not match: [2, 2] != [2].",
    );
    expect(messageOf(() => expect(x).toBeCloseToTensor(x.double()))).toBe(
      "The values for attribute 'dtype' do not match: float32 != float64.",
    );
    expect(messageOf(() => expect(3).toBeCloseToTensor(3))).toBe("Expected a Tensor, but got number");
    expect(messageOf(() => expect(x).not.toBeCloseToTensor(x))).toBe("Tensor-likes are close, but should not be");
  });

  test("shows both sides", () => {
    try {
      expect(eye(2)).toBeCloseToTensor([[1, 0], [0, 2]]); // biome-ignore format: a matrix
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        actual: "tensor([[1., 0.],\n        [0., 1.]])",
        expected: "tensor([[1., 0.],\n        [0., 2.]])",
      });
    }
  });

  test("works inside other comparisons", () => {
    expect({ loss: tensor(0.5), step: 3 }).toEqual({ loss: expect.toBeCloseToTensor(0.5), step: 3 });
  });

  test("options by a wrong name", () => {
    // @ts-expect-error Jest's spelling
    expect(() => expect(ones(1)).toBeCloseToTensor([1], { precision: 3 })).toThrow('unknown option "precision"');
  });
});

describe("expectGradcheck", () => {
  const x = rand(2, 2, { dtype: "float64", requiresGrad: true });

  class Forgetful extends autograd.Function {
    static forward(ctx: autograd.FunctionContext<[Tensor]>, t: Tensor): Tensor {
      ctx.saveForBackward(t);
      return t.mul(t);
    }
    static backward(ctx: autograd.FunctionContext<[Tensor]>, grad: Tensor): Tensor {
      const [t] = ctx.savedTensors;
      return grad.mul(t.detach()).mul(2);
    }
  }

  test("passes for right gradients", () => {
    expectGradcheck((t) => t.tanh().sum(1), x, { second: true });
    expectGradcheck((a, b) => [a.mul(b), a.add(b)], [x, x.detach()]);
    expect((t: Tensor) => t.exp()).toPassGradcheck(x);
  });

  test("fails with the report", () => {
    expect(messageOf(() => expectGradcheck((t) => t.mul(t.detach()), x))).toMatch(
      /^\[gradcheck\] Jacobian mismatch for output 0 with respect to input 0, output element \[\d, \d\]/,
    );
    expectGradcheck((t) => Forgetful.apply(t), x);
    expect(messageOf(() => expectGradcheck((t) => Forgetful.apply(t), x, { second: true }))).toMatch(
      /^\[gradgradcheck\] Jacobian mismatch/,
    );
  });

  test("what is wrong with the test itself is thrown as it is", () => {
    expect(() => expectGradcheck((t) => t, ones(2))).toThrow("expects at least one input tensor to require gradient");
    expect(() =>
      expectGradcheck(() => {
        throw new RangeError("in the function");
      }, x),
    ).toThrow(new RangeError("in the function"));
  });
});

test("types", () => {
  expectTypeOf(expect(ones(1)).toBeCloseToTensor).returns.toEqualTypeOf<void>();
  expectTypeOf(expectGradcheck).returns.toEqualTypeOf<void>();
});
