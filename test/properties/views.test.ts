/** @file Views: chains of them against index arithmetic; what is written through one; what flows back through it. */
import { describe, expect, test } from "vitest";
import { autograd, noGrad, type Tensor } from "../../src/entry/index.ts";
import { type Draw, forAll } from "./arbitraries.ts";
import * as model from "./model.ts";
import { fromValues, indicesOf, type Model, numbersOf, sizeOf, tensorOf, valuesOf } from "./model.ts";

/** A view, and the place in the original of each of its elements. */
interface View {
  readonly t: Tensor;
  readonly places: Model;
}

/** One view of another, by an operation that never copies. */
function next(draw: Draw, { t, places }: View): View {
  const { shape } = places;
  const rank = shape.length;
  const d = rank === 0 ? 0 : draw.int(0, rank - 1);
  const size = shape[d] ?? 1;
  const given = draw.dim(d, rank);
  switch (rank === 0 ? draw.one("unsqueeze", "expand") : draw.int(0, 8)) {
    case 0: {
      const order = draw.permutation(rank);
      return { t: t.permute(order), places: model.permute(places, order) };
    }
    case 1: {
      const start = draw.int(0, size);
      const end = draw.int(start, size);
      const step = draw.int(1, 3);
      const count = Math.ceil((end - start) / step);
      return {
        t: t.slice(
          given,
          draw.bool() || start === size ? start : start - size,
          draw.bool() ? end : end + size * 2 * Number(end === size),
          step,
        ),
        places: model.pickEvery(places, d, start, count, step),
      };
    }
    case 2: {
      if (size === 0) return { t, places };
      const position = draw.int(0, size - 1);
      return { t: t.select(given, draw.dim(position, size)), places: model.select(places, d, position) };
    }
    case 3: {
      const start = draw.int(0, size);
      const length = draw.int(0, size - start);
      return { t: t.narrow(given, start, length), places: model.pickEvery(places, d, start, length, 1) };
    }
    case 4: {
      const window = draw.int(1, Math.max(size, 1));
      const step = draw.int(1, 2);
      if (window > size) return { t, places };
      return { t: t.unfold(given, window, step), places: model.unfold(places, d, window, step) };
    }
    case 5: {
      const e = draw.int(0, rank - 1);
      const order = [...shape.keys()].with(d, e).with(e, d);
      return { t: t.transpose(given, e), places: model.permute(places, order) };
    }
    case 6: {
      const one = shape.indexOf(1);
      if (one === -1) return { t, places };
      return { t: t.squeeze(one), places: model.select(places, one, 0) };
    }
    case "expand":
    case 7: {
      const wide = [
        ...draw.list(draw.int(0, 1), () => draw.int(1, 3)),
        ...shape.map((s) => (s === 1 ? draw.int(1, 3) : s)),
      ];
      return { t: t.expand(wide), places: model.expand(places, wide) };
    }
    default: {
      const at = draw.int(0, rank);
      return { t: t.unsqueeze(draw.dim(at, rank + 1)), places: model.unsqueeze(places, at) };
    }
  }
}

function chain(draw: Draw, base: Tensor, length: number): View {
  const shape = base.shape;
  const places = fromValues(
    shape,
    indicesOf(shape).map((_, i) => i),
  );
  let view: View = { t: base, places };
  for (let i = 0; i < length; i++) {
    const longer = next(draw, view);
    if (sizeOf(longer.places.shape) > 200 || longer.places.shape.length > 5) break;
    view = { t: longer.t, places: model.frozen(longer.places) };
  }
  return view;
}

describe("a chain of views", () => {
  test("looks at the elements it should, in the memory of the first", () => {
    forAll((draw) => {
      const a = draw.array();
      const base = tensorOf(a);
      const { t, places } = chain(draw, base, draw.int(1, 6));
      const values = valuesOf(a);
      expect(t.shape).toEqual(places.shape);
      expect(numbersOf(t)).toEqual(valuesOf(places).map((p) => values[p]));
      expect(t.storage).toBe(base.storage);
    }, 400);
  });

  test("of float32 too, and through every kernel that reads it", () => {
    forAll((draw) => {
      const a = draw.array();
      const values = valuesOf(a);
      const { t, places } = chain(draw, tensorOf(a).float(), draw.int(1, 6));
      const expected = valuesOf(places).map((p) => values[p] as number);
      expect(numbersOf(t.neg())).toEqual(expected.map((v) => -v + 0));
      expect(numbersOf(t.add(t))).toEqual(expected.map((v) => 2 * v));
      expect(numbersOf(t.contiguous())).toEqual(expected);
      expect(t.sum().itemSync()).toBe(expected.reduce((p, q) => p + q, 0));
      expect(numbersOf(t.reshape(-1))).toEqual(expected);
    });
  });

  test("is what ndarray makes of the same memory", () => {
    forAll((draw) => {
      const a = draw.array(draw.shape(3, 1));
      const { t } = chain(draw, tensorOf(a), draw.int(1, 4));
      const array = t.toNdarray();
      expect(array.shape).toEqual(t.shape);
      expect(indicesOf(t.shape).map((index) => array.get(...index))).toEqual(numbersOf(t));
    });
  });

  test("that is written to changes those elements and no others", () => {
    forAll((draw) => {
      const a = draw.array();
      const base = tensorOf(a);
      const { t, places } = chain(draw, base, draw.int(1, 6));
      const targets = valuesOf(places);
      if (new Set(targets).size < targets.length) return;
      const source = draw.array(places.shape);
      noGrad(() => (draw.bool() ? t.copy_(tensorOf(source)) : t.mul_(0).add_(tensorOf(source))));
      const expected = valuesOf(a);
      const written = valuesOf(source);
      for (const [i, p] of targets.entries()) expected[p] = written[i] as number;
      expect(numbersOf(base)).toEqual(expected);
      expect(numbersOf(t)).toEqual(written);
    });
  });

  test("hands gradients to the elements it looked at, as often as it did", () => {
    forAll((draw) => {
      const a = draw.array();
      const base = tensorOf(a, true);
      const { t, places } = chain(draw, base, draw.int(1, 6));
      const weights = draw.array(places.shape);
      const [grad] = autograd.grad(t.mul(1), base, { gradOutputs: tensorOf(weights) });
      const expected = new Array<number>(sizeOf(a.shape)).fill(0);
      const given = valuesOf(weights);
      for (const [i, p] of valuesOf(places).entries()) expected[p] = (expected[p] as number) + (given[i] as number);
      expect(grad?.shape).toEqual(a.shape);
      expect(grad && numbersOf(grad)).toEqual(expected.map((v) => v + 0));
    });
  });

  test("can be looked at in another shape exactly if the strides allow it", () => {
    forAll((draw) => {
      const a = draw.array(draw.shape(3, 1));
      const { t, places } = chain(draw, tensorOf(a), draw.int(1, 3));
      const target = draw.bool() ? [sizeOf(places.shape)] : [sizeOf(places.shape), 1];
      const expected = numbersOf(t);
      let view: Tensor | null = null;
      try {
        view = t.view(target);
      } catch (error) {
        expect(String(error)).toMatch(/view size is not compatible with input tensor's size and stride/);
      }
      const reshaped = t.reshape(target);
      expect(numbersOf(reshaped)).toEqual(expected);
      if (view === null) {
        // Then no even step leads through the elements in order.
        const steps = valuesOf(places).map((p, i, all) => p - (all[i - 1] ?? p));
        expect(new Set(steps.slice(1)).size).toBeGreaterThan(1);
        expect(reshaped.storage).not.toBe(t.storage);
      } else {
        expect(numbersOf(view)).toEqual(expected);
        expect(view.storage).toBe(t.storage);
      }
    });
  });
});
