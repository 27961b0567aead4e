/** @file Shape rules: reductions, products, joining and splitting, and operations that undo each other. */
import { describe, expect, test } from "vitest";
import { cat, ShapeError, stack } from "../../src/entry/index.ts";
import { forAll } from "./arbitraries.ts";
import {
  broadcast,
  expand,
  indicesOf,
  type Model,
  numbersOf,
  reduce,
  reshape,
  sizeOf,
  tensorOf,
  valuesOf,
} from "./model.ts";

describe("reductions", () => {
  test("over any dimensions", () => {
    forAll((draw) => {
      const a = draw.array();
      const dims = [...a.shape.keys()].filter(() => draw.bool());
      const keepdim = draw.bool();
      const given = dims.map((d) => draw.dim(d, a.shape.length));
      const x = tensorOf(a);
      const sum = reduce(a, dims, keepdim, 0, (p, q) => p + q);
      // PyTorch takes no dimensions for all of them.
      const all = reduce(a, [...a.shape.keys()], keepdim, 0, (p, q) => p + q);
      const got = x.sum(given, keepdim);
      const want = dims.length === 0 ? all : sum;
      expect(got.shape).toEqual(want.shape);
      expect(numbersOf(got)).toEqual(valuesOf(want));
      if (dims.length === 0 || sizeOf(a.shape) === 0) return;
      const max = reduce(a, dims, keepdim, Number.NEGATIVE_INFINITY, Math.max);
      expect(numbersOf(x.amax(given, keepdim))).toEqual(valuesOf(max));
      expect(numbersOf(x.float().sum(given, keepdim))).toEqual(valuesOf(sum));
    });
  });

  test("along one dimension give the place too", () => {
    forAll((draw) => {
      const a = draw.array(draw.shape(4, 1));
      if (a.shape.length === 0) return;
      const d = draw.int(0, a.shape.length - 1);
      const { values, indices } = tensorOf(a).max(draw.dim(d, a.shape.length));
      const max = reduce(a, [d], false, Number.NEGATIVE_INFINITY, Math.max);
      expect(numbersOf(values)).toEqual(valuesOf(max));
      const places = numbersOf(indices);
      for (const [i, index] of indicesOf(max.shape).entries()) {
        const line = Array.from({ length: a.shape[d] as number }, (_, k) => a.at(index.toSpliced(d, 0, k)));
        expect(places[i]).toBe(line.indexOf(Math.max(...line)));
      }
    });
  });

  test("running sums end in the sum", () => {
    forAll((draw) => {
      const a = draw.array(draw.shape(3, 1));
      if (a.shape.length === 0) return;
      const d = draw.int(0, a.shape.length - 1);
      const running = tensorOf(a).cumsum(d);
      expect(running.shape).toEqual(a.shape);
      expect(numbersOf(running.select(d, -1))).toEqual(numbersOf(tensorOf(a).sum(d)));
      expect(numbersOf(running.select(d, 0))).toEqual(numbersOf(tensorOf(a).select(d, 0)));
    });
  });
});

describe("products of matrices", () => {
  const product = (a: Model, b: Model, batch: readonly number[], m: number, k: number, n: number): number[] => {
    const [x, y] = [expand(a, [...batch, m, k]), expand(b, [...batch, k, n])];
    return indicesOf([...batch, m, n]).map((index) => {
      const [head, i, j] = [index.slice(0, -2), index.at(-2) as number, index.at(-1) as number];
      let sum = 0;
      for (let p = 0; p < k; p++) sum += x.at([...head, i, p]) * y.at([...head, p, j]);
      return sum + 0;
    });
  };

  test("of any batches", () => {
    forAll((draw) => {
      const [m, k, n] = draw.list(3, () => draw.int(draw.int(0, 9) === 0 ? 0 : 1, 5)) as [number, number, number];
      const full = draw.shape(2);
      const [left, right] = [draw.narrower(full), draw.narrower(full)];
      const [a, b] = [draw.array([...left, m, k]), draw.array([...right, k, n])];
      const batch = broadcast(left, right) ?? [];
      const out = tensorOf(a).matmul(tensorOf(b));
      expect(out.shape).toEqual([...batch, m, n]);
      expect(numbersOf(out)).toEqual(product(a, b, batch, m, k, n));
      expect(numbersOf(tensorOf(a).float().matmul(tensorOf(b).float()))).toEqual(numbersOf(out));
    });
  });

  test("a vector is a row on the left and a column on the right", () => {
    forAll((draw) => {
      const [k, n] = [draw.int(1, 5), draw.int(1, 5)];
      const batch = draw.shape(2);
      const [v, b] = [draw.array([k]), draw.array([...batch, k, n])];
      const row = tensorOf(v).matmul(tensorOf(b));
      expect(row.shape).toEqual([...batch, n]);
      expect(numbersOf(row)).toEqual(product(reshape(v, [1, k]), b, batch, 1, k, n));
      const a = draw.array([...batch, n, k]);
      const column = tensorOf(a).matmul(tensorOf(v));
      expect(column.shape).toEqual([...batch, n]);
      expect(numbersOf(column)).toEqual(product(a, reshape(v, [k, 1]), batch, n, k, 1));
    });
  });

  test("whose inner sizes differ do not exist", () => {
    forAll((draw) => {
      const [m, k, n] = [draw.int(1, 3), draw.int(1, 4), draw.int(1, 3)];
      const wrong = k + draw.int(1, 2);
      const [a, b] = [tensorOf(draw.array([m, k])), tensorOf(draw.array([wrong, n]))];
      expect(() => a.matmul(b)).toThrow(ShapeError);
    }, 30);
  });
});

describe("what undoes itself", () => {
  test("a permutation and its inverse, transposing and flipping twice, rolling forth and back", () => {
    forAll((draw) => {
      const a = draw.array();
      const x = tensorOf(a);
      const order = draw.permutation(a.shape.length);
      const inverse = order.map((_, d) => order.indexOf(d));
      expect(numbersOf(x.permute(order).permute(inverse))).toEqual(valuesOf(a));
      if (a.shape.length === 0) return;
      const [d, e] = [draw.int(0, a.shape.length - 1), draw.int(0, a.shape.length - 1)];
      expect(numbersOf(x.transpose(d, e).transpose(d, e))).toEqual(valuesOf(a));
      expect(numbersOf(x.flip(d).flip(d))).toEqual(valuesOf(a));
      const shift = draw.int(-9, 9);
      expect(numbersOf(x.roll(shift, d).roll(-shift, d))).toEqual(valuesOf(a));
    });
  });

  test("splitting and joining", () => {
    forAll((draw) => {
      const a = draw.array(draw.shape(3, 1));
      if (a.shape.length === 0) return;
      const x = tensorOf(a);
      const d = draw.int(0, a.shape.length - 1);
      const size = draw.int(1, 5);
      const parts = x.split(size, draw.dim(d, a.shape.length));
      expect(parts.map((part) => part.shape[d])).toEqual(
        Array.from({ length: Math.ceil((a.shape[d] as number) / size) }, (_, i) =>
          Math.min(size, (a.shape[d] as number) - i * size),
        ),
      );
      expect(numbersOf(cat(parts, d))).toEqual(valuesOf(a));
      expect(numbersOf(stack(x.unbind(d), d))).toEqual(valuesOf(a));
      expect(numbersOf(cat(x.chunk(size, d), d))).toEqual(valuesOf(a));
    });
  });

  test("padding and cutting", () => {
    forAll((draw) => {
      const a = draw.array(draw.shape(3, 1));
      const widths = a.shape.map(() => [draw.int(0, 2), draw.int(0, 2)] as const);
      const padded = tensorOf(a).pad(widths.toReversed().flat(), { value: 7 });
      expect(padded.shape).toEqual(a.shape.map((size, d) => size + (widths[d]?.[0] ?? 0) + (widths[d]?.[1] ?? 0)));
      const cut = a.shape.reduce((y, size, d) => y.narrow(d, widths[d]?.[0] ?? 0, size), padded);
      expect(numbersOf(cut)).toEqual(valuesOf(a));
      expect(padded.sum().itemSync()).toBe(
        valuesOf(a).reduce((p, q) => p + q, 0) + 7 * (padded.numel() - sizeOf(a.shape)),
      );
    });
  });

  test("a new dimension and its end", () => {
    forAll((draw) => {
      const a = draw.array();
      const d = draw.int(0, a.shape.length);
      const y = tensorOf(a).unsqueeze(draw.dim(d, a.shape.length + 1));
      expect(y.shape).toEqual(a.shape.toSpliced(d, 0, 1));
      expect(y.squeeze(d).shape).toEqual(a.shape);
      expect(tensorOf(a).squeeze().shape).toEqual(a.shape.filter((size) => size !== 1));
    });
  });
});

describe("sizes", () => {
  test("one of them may be found out", () => {
    forAll((draw) => {
      const shape = draw.shape(4, 1);
      if (shape.length === 0) return;
      const a = draw.array(shape);
      const target = draw.permutation(shape.length).map((d) => shape[d] as number);
      const open = target.with(draw.int(0, target.length - 1), -1);
      expect(tensorOf(a).reshape(open).shape).toEqual(target);
      expect(numbersOf(tensorOf(a).reshape(open))).toEqual(valuesOf(a));
    });
  });

  test("that do not multiply to the number of elements are refused", () => {
    forAll((draw) => {
      const a = draw.array();
      const target = draw.shape();
      const x = tensorOf(a);
      if (sizeOf(target) === sizeOf(a.shape)) expect(x.reshape(target).shape).toEqual(target);
      else expect(() => x.reshape(target)).toThrow(/is invalid for input of size/);
    });
  });

  test("a tensor is flattened between two dimensions", () => {
    forAll((draw) => {
      const a = draw.array(draw.shape(4, 1));
      const rank = a.shape.length;
      if (rank === 0) return;
      const start = draw.int(0, rank - 1);
      const end = draw.int(start, rank - 1);
      const middle = sizeOf(a.shape.slice(start, end + 1));
      const y = tensorOf(a).flatten(draw.dim(start, rank), draw.dim(end, rank));
      expect(y.shape).toEqual([...a.shape.slice(0, start), middle, ...a.shape.slice(end + 1)]);
      expect(numbersOf(y)).toEqual(valuesOf(a));
      expect(y.unflatten(start, a.shape.slice(start, end + 1)).shape).toEqual(a.shape);
    });
  });

  test("copies lie side by side", () => {
    forAll((draw) => {
      const a = draw.array(draw.shape(3));
      const counts = [...draw.list(draw.int(0, 1), () => draw.int(0, 2)), ...a.shape.map(() => draw.int(0, 2))];
      const wide = [...counts.slice(0, counts.length - a.shape.length).map(() => 1), ...a.shape];
      const y = tensorOf(a).repeat(counts);
      expect(y.shape).toEqual(wide.map((size, d) => size * (counts[d] as number)));
      const source = reshape(a, wide);
      expect(numbersOf(y)).toEqual(
        indicesOf(y.shape).map((index) => source.at(index.map((i, d) => i % (wide[d] as number)))),
      );
    });
  });
});
