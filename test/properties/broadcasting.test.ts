/** @file Broadcasting: shapes, elements and gradients of two arrays that meet. */
import { describe, expect, test } from "vitest";
import { autograd, maximum, ShapeError, tensor, where } from "../../src/entry/index.ts";
import { type Draw, forAll } from "./arbitraries.ts";
import { broadcast, expand, indicesOf, type Model, map, numbersOf, reduce, tensorOf, valuesOf } from "./model.ts";

/** Two arrays that fit each other. */
function pair(draw: Draw): { a: Model; b: Model; shape: number[] } {
  const full = draw.shape();
  const [x, y] = [draw.narrower(full), draw.narrower(full)];
  return { a: draw.array(x), b: draw.array(y), shape: broadcast(x, y) ?? [] };
}

function meet(a: Model, b: Model, shape: readonly number[], fn: (x: number, y: number) => number): number[] {
  const [x, y] = [expand(a, shape), expand(b, shape)];
  return indicesOf(shape).map((index) => fn(x.at(index), y.at(index)) + 0);
}

describe("two arrays", () => {
  test("meet element by element", () => {
    forAll((draw) => {
      const { a, b, shape } = pair(draw);
      const [x, y] = [tensorOf(a), tensorOf(b)];
      const sum = x.add(y);
      expect(sum.shape).toEqual(shape);
      expect(numbersOf(sum)).toEqual(meet(a, b, shape, (p, q) => p + q));
      expect(numbersOf(x.mul(y))).toEqual(meet(a, b, shape, (p, q) => p * q));
      expect(numbersOf(maximum(x, y))).toEqual(meet(a, b, shape, Math.max));
      expect(numbersOf(x.lt(y))).toEqual(meet(a, b, shape, (p, q) => Number(p < q)));
    });
  });

  test("in float32 as in float64", () => {
    forAll((draw) => {
      const { a, b } = pair(draw);
      const [x, y] = [tensorOf(a), tensorOf(b)];
      expect(numbersOf(x.float().mul(y.float()))).toEqual(numbersOf(x.mul(y)));
      expect(numbersOf(x.float().sub(y.float()))).toEqual(numbersOf(x.sub(y)));
    });
  });

  test("in either order", () => {
    forAll((draw) => {
      const { a, b } = pair(draw);
      expect(numbersOf(tensorOf(a).add(tensorOf(b)))).toEqual(numbersOf(tensorOf(b).add(tensorOf(a))));
    });
  });

  test("through any view of them", () => {
    forAll((draw) => {
      const { a, b, shape } = pair(draw);
      const order = draw.permutation(a.shape.length);
      const turned = tensorOf({ ...a })
        .permute(order)
        .contiguous();
      const back = turned.permute(order.map((_, d) => order.indexOf(d)));
      expect(numbersOf(back.sub(tensorOf(b)))).toEqual(meet(a, b, shape, (p, q) => p - q));
    });
  });

  test("or do not fit, and that is an error", () => {
    forAll((draw) => {
      const [a, b] = [draw.array(), draw.array()];
      const [x, y] = [tensorOf(a), tensorOf(b)];
      const shape = broadcast(a.shape, b.shape);
      if (shape === null) {
        expect(() => x.add(y)).toThrow(ShapeError);
        expect(() => x.add(y)).toThrow(/The size of tensor a \(\d\) must match the size of tensor b \(\d\)/);
      } else {
        expect(x.add(y).shape).toEqual(shape);
      }
    });
  });

  test("or three of them", () => {
    forAll((draw) => {
      const full = draw.shape(3);
      const [c, a, b] = draw.list(3, () => draw.array(draw.narrower(full))) as [Model, Model, Model];
      const shape = broadcast(broadcast(c.shape, a.shape) ?? [], b.shape) ?? [];
      const [p, q, r] = [expand(c, shape), expand(a, shape), expand(b, shape)];
      const out = where(tensorOf(c).gt(0), tensorOf(a), tensorOf(b));
      expect(out.shape).toEqual(shape);
      expect(numbersOf(out)).toEqual(indicesOf(shape).map((i) => (p.at(i) > 0 ? q.at(i) : r.at(i))));
    });
  });
});

describe("gradients", () => {
  /** What flows back to an array that was broadcast: the sum over its copies. */
  function undone(grad: Model, shape: readonly number[]): number[] {
    const lead = grad.shape.length - shape.length;
    const repeated = grad.shape.flatMap((size, d) => (d < lead || (shape[d - lead] === 1 && size !== 1) ? [d] : []));
    return valuesOf(reduce(grad, repeated, true, 0, (p, q) => p + q));
  }

  test("are summed where an array was repeated", () => {
    forAll((draw) => {
      const { a, b, shape } = pair(draw);
      const [x, y] = [tensorOf(a, true), tensorOf(b, true)];
      const weights = draw.array(shape);
      const [gx, gy] = autograd.grad(x.mul(y), [x, y], { gradOutputs: tensorOf(weights) });
      const [p, q] = [expand(a, shape), expand(b, shape)];
      expect(gx?.shape).toEqual(a.shape);
      expect(gy?.shape).toEqual(b.shape);
      expect(gx && numbersOf(gx)).toEqual(
        undone(
          map(weights, (w, i) => w * q.at(i) + 0),
          a.shape,
        ),
      );
      expect(gy && numbersOf(gy)).toEqual(
        undone(
          map(weights, (w, i) => w * p.at(i) + 0),
          b.shape,
        ),
      );
    });
  });
});

test("a number is an array without dimensions", () => {
  forAll((draw) => {
    const a = draw.array();
    const k = draw.int(-5, 5);
    expect(numbersOf(tensorOf(a).mul(k))).toEqual(numbersOf(tensorOf(a).mul(tensor(k, { dtype: "float64" }))));
  });
});
