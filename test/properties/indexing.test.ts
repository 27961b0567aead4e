/** @file Indexing against index arithmetic: `at` with all kinds of entries, gather, scatter, masks, order. */
import { describe, expect, test } from "vitest";
import { autograd, cat, noGrad, ShapeError, type Tensor, tensor, zeros } from "../../src/entry/index.ts";
import { type Draw, forAll } from "./arbitraries.ts";
import {
  broadcast,
  expand,
  fromValues,
  indicesOf,
  type Model,
  numbersOf,
  sizeOf,
  tensorOf,
  valuesOf,
} from "./model.ts";

type Entry = number | null | Tensor | readonly [start: number | null, end?: number | null, step?: number];

/** What an entry does to its dimension: keeps some positions, one of them, or those of an index array. */
type Pick =
  | { readonly kind: "positions"; readonly positions: readonly number[] }
  | { readonly kind: "one"; readonly position: number }
  | { readonly kind: "array"; readonly index: Model };

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const int32 = (x: Model): Tensor => tensorOf(x).int();

function entryFor(draw: Draw, size: number): { entry: Entry; pick: Pick } {
  const kind = draw.int(0, size === 0 ? 1 : 4);
  if (kind === 0) return { entry: null, pick: { kind: "positions", positions: range(size) } };
  if (kind === 1) {
    const [start, end, step] = [draw.int(-size - 1, size + 1), draw.int(-size - 1, size + 1), draw.int(1, 3)];
    const [open, closed] = [draw.bool(), draw.bool()];
    const place = (p: number): number => Math.min(Math.max(p < 0 ? p + size : p, 0), size);
    const [from, to] = [open ? 0 : place(start), closed ? size : place(end)];
    const positions = range(size).filter((p) => p >= from && p < to && (p - from) % step === 0);
    return { entry: [open ? null : start, closed ? null : end, step], pick: { kind: "positions", positions } };
  }
  if (kind === 2) {
    const position = draw.int(0, size - 1);
    return { entry: draw.dim(position, size), pick: { kind: "one", position } };
  }
  const shape = draw.one<number[]>([draw.int(1, 3)], [2, 1], [1], [draw.int(0, 2)]);
  const index = fromValues(
    shape,
    draw.list(sizeOf(shape), () => draw.int(0, size - 1)),
  );
  const given = fromValues(
    shape,
    valuesOf(index).map((p) => draw.dim(p, size)),
  );
  return { entry: int32(given), pick: { kind: "array", index } };
}

/** x[entries], element by element: the index arrays meet each other, and stand where the first of them stood. */
function pickFrom(x: Model, picks: readonly Pick[]): Model | null {
  const all = x.shape.map((size, d): Pick => picks[d] ?? { kind: "positions", positions: range(size) });
  const arrays = all.flatMap((pick) => (pick.kind === "array" ? [pick.index] : []));
  const joint = arrays.map((a) => a.shape).reduce<readonly number[] | null>((a, b) => a && broadcast(a, b), []);
  if (joint === null) return null;
  // Entries that are one position are gone before the index arrays look for their neighbours.
  const kept = all.filter((pick) => pick.kind !== "one");
  const first = kept.findIndex((pick) => pick.kind === "array");
  const last = kept.findLastIndex((pick) => pick.kind === "array");
  const neighbours = kept.slice(first, last + 1).every((pick) => pick.kind === "array");
  const front = first === -1 ? 0 : neighbours ? first : 0;
  const slices = kept.flatMap((pick) => (pick.kind === "positions" ? [pick.positions.length] : []));
  const wide = arrays.map((a) => expand(a, joint));
  return {
    shape: first === -1 ? slices : slices.toSpliced(front, 0, ...joint),
    at(index) {
      const inner = first === -1 ? [] : index.slice(front, front + joint.length);
      const outer = first === -1 ? [...index] : index.toSpliced(front, joint.length);
      let [array, slice] = [0, 0];
      return x.at(
        all.map((pick) => {
          if (pick.kind === "one") return pick.position;
          if (pick.kind === "array") return wide[array++]?.at(inner) as number;
          return pick.positions[outer[slice++] as number] as number;
        }),
      );
    },
  };
}

describe("at", () => {
  const drawn = (draw: Draw) => {
    const a = draw.array(draw.shape(4));
    const count = draw.int(0, a.shape.length);
    const chosen = a.shape.slice(0, count).map((size) => entryFor(draw, size));
    const picked = pickFrom(
      a,
      chosen.map(({ pick }) => pick),
    );
    return { a, entries: chosen.map(({ entry }) => entry), picked };
  };

  test("takes integers, slices, nulls and index arrays in any mixture", () => {
    forAll((draw) => {
      const { a, entries, picked } = drawn(draw);
      const x = tensorOf(a);
      if (picked === null) {
        expect(() => x.at(...entries)).toThrow(ShapeError);
        return;
      }
      const got = x.at(...entries);
      expect(got.shape).toEqual(picked.shape);
      expect(numbersOf(got)).toEqual(valuesOf(picked));
    }, 400);
  });

  test("hands gradients to the elements it took", () => {
    forAll((draw) => {
      const { a, entries, picked } = drawn(draw);
      if (picked === null) return;
      const places = pickPlaces(a, entries, picked);
      const x = tensorOf(a, true);
      const weights = draw.array(picked.shape);
      const [grad] = autograd.grad(x.at(...entries).mul(1), x, { gradOutputs: tensorOf(weights) });
      const expected = new Array<number>(sizeOf(a.shape)).fill(0);
      for (const [i, w] of valuesOf(weights).entries()) {
        const place = places[i] as number;
        expected[place] = (expected[place] as number) + w;
      }
      expect(grad && numbersOf(grad)).toEqual(expected.map((v) => v + 0));
    });
  });

  /** The flat place of every element taken: the same index, of an array that counts. */
  function pickPlaces(a: Model, entries: readonly Entry[], picked: Model): number[] {
    const counting = fromValues(a.shape, range(sizeOf(a.shape)));
    const places = numbersOf(tensorOf(counting).at(...entries));
    const values = valuesOf(a);
    expect(places.map((p) => values[p])).toEqual(valuesOf(picked));
    return places;
  }

  test("of integers and slices is a view", () => {
    forAll((draw) => {
      const a = draw.array(draw.shape(3, 1));
      if (a.shape.length === 0) return;
      const entries = a.shape.map((size): Entry => draw.one<Entry>(null, draw.int(0, size - 1), [draw.int(0, size)]));
      const x = tensorOf(a);
      const view = x.at(...entries);
      expect(view.storage).toBe(x.storage);
      const before = numbersOf(x).reduce((p, q) => p + q, 0);
      const count = view.numel();
      noGrad(() => view.add_(100));
      expect(numbersOf(x).reduce((p, q) => p + q, 0)).toBe(before + 100 * count);
    });
  });

  test("of a mask takes what is true, in order", () => {
    forAll((draw) => {
      const a = draw.array();
      const lead = draw.int(0, a.shape.length);
      const mask = fromValues(
        a.shape.slice(0, lead),
        draw.list(sizeOf(a.shape.slice(0, lead)), () => draw.int(0, 1)),
      );
      if (lead === 0) return;
      const got = tensorOf(a).at(tensorOf(mask).bool());
      const rest = a.shape.slice(lead);
      const hits = indicesOf(mask.shape).filter((index) => mask.at(index) === 1);
      expect(got.shape).toEqual([hits.length, ...rest]);
      const expected = hits.flatMap((hit) => indicesOf(rest).map((index) => a.at([...hit, ...index])));
      expect(numbersOf(got)).toEqual(expected);
    });
  });

  test("refuses positions beyond the end", () => {
    forAll((draw) => {
      const a = draw.array(draw.shape(3, 1));
      if (a.shape.length === 0) return;
      const d = draw.int(0, a.shape.length - 1);
      const size = a.shape[d] as number;
      const beyond = draw.bool() ? size + draw.int(0, 3) : -size - 1 - draw.int(0, 3);
      const before = a.shape.slice(0, d).map((): Entry => null);
      expect(() => tensorOf(a).at(...before, beyond)).toThrow(/out of (range|bounds)/);
      expect(() => tensorOf(a).at(...before, tensor([beyond], { dtype: "int32" }))).toThrow(/out of (range|bounds)/);
    });
  });
});

describe("gather and scatter", () => {
  /** Index arrays of at most the size of `a` in every other dimension, with positions in dimension `d`. */
  function indexFor(draw: Draw, a: Model, d: number): Model {
    const shape = a.shape.map((size, e) => (e === d ? draw.int(0, 4) : draw.int(0, size)));
    return fromValues(
      shape,
      draw.list(sizeOf(shape), () => draw.int(0, (a.shape[d] as number) - 1)),
    );
  }

  test("gather takes, scatterAdd gives back", () => {
    forAll((draw) => {
      const a = draw.array(draw.shape(3, 1));
      if (a.shape.length === 0) return;
      const d = draw.int(0, a.shape.length - 1);
      const index = indexFor(draw, a, d);
      const got = tensorOf(a).gather(draw.dim(d, a.shape.length), int32(index));
      expect(got.shape).toEqual(index.shape);
      expect(numbersOf(got)).toEqual(indicesOf(index.shape).map((i) => a.at(i.with(d, index.at(i)))));
      const source = draw.array(index.shape);
      const sums = new Map<string, number>();
      for (const i of indicesOf(index.shape)) {
        const target = i.with(d, index.at(i)).join();
        sums.set(target, (sums.get(target) ?? 0) + source.at(i));
      }
      const scattered = zeros(a.shape, { dtype: "float64" }).scatterAdd(d, int32(index), tensorOf(source));
      expect(numbersOf(scattered)).toEqual(indicesOf(a.shape).map((i) => sums.get(i.join()) ?? 0));
    });
  });

  test("scatter writes where no two meet", () => {
    forAll((draw) => {
      const a = draw.array(draw.shape(2, 1));
      if (a.shape.length === 0) return;
      const d = draw.int(0, a.shape.length - 1);
      const order = draw.permutation(a.shape[d] as number);
      const index: Model = { shape: a.shape, at: (i) => order[i[d] as number] as number };
      const source = draw.array(a.shape);
      const written = tensorOf(a).scatter(d, int32(index), tensorOf(source));
      expect(numbersOf(written.gather(d, int32(index)))).toEqual(valuesOf(source));
    });
  });

  test("indexSelect is gather with the same positions everywhere", () => {
    forAll((draw) => {
      const a = draw.array(draw.shape(3, 1));
      if (a.shape.length === 0) return;
      const d = draw.int(0, a.shape.length - 1);
      const positions = draw.list(draw.int(0, 5), () => draw.int(0, (a.shape[d] as number) - 1));
      const index = tensor(Int32Array.from(positions));
      const got = tensorOf(a).indexSelect(d, index);
      const parts = positions.map((p) => tensorOf(a).narrow(d, p, 1));
      expect(got.shape).toEqual(a.shape.with(d, positions.length));
      if (parts.length > 0) expect(numbersOf(got)).toEqual(numbersOf(cat(parts, d)));
    });
  });
});

describe("order", () => {
  test("sort is stable, and its indices lead there", () => {
    forAll((draw) => {
      const a = draw.array(draw.shape(3, 1));
      if (a.shape.length === 0) return;
      const d = draw.int(0, a.shape.length - 1);
      const descending = draw.bool();
      const x = tensorOf(a);
      const { values, indices } = x.sort(draw.dim(d, a.shape.length), descending);
      expect(numbersOf(x.gather(d, indices))).toEqual(numbersOf(values));
      const [v, p] = [fromValues(a.shape, numbersOf(values)), fromValues(a.shape, numbersOf(indices))];
      for (const i of indicesOf(a.shape.with(d, 1))) {
        const line = range(a.shape[d] as number);
        const want = line.toSorted(
          (q, r) => (a.at(i.with(d, q)) - a.at(i.with(d, r))) * (descending ? -1 : 1) || q - r,
        );
        expect(line.map((k) => p.at(i.with(d, k)))).toEqual(want);
        expect(line.map((k) => v.at(i.with(d, k)))).toEqual(want.map((q) => a.at(i.with(d, q))));
      }
    });
  });

  test("topk begins as the sorted array does", () => {
    forAll((draw) => {
      const a = draw.array(draw.shape(3, 1));
      if (a.shape.length === 0) return;
      const d = draw.int(0, a.shape.length - 1);
      const k = draw.int(0, a.shape[d] as number);
      const largest = draw.bool();
      const { values, indices } = tensorOf(a).topk(k, d, largest);
      expect(numbersOf(values)).toEqual(numbersOf(tensorOf(a).sort(d, largest).values.narrow(d, 0, k)));
      expect(numbersOf(tensorOf(a).gather(d, indices))).toEqual(numbersOf(values));
    });
  });

  test("oneHot and argmax undo each other", () => {
    forAll((draw) => {
      const shape = draw.shape(3, 1);
      const classes = draw.int(1, 6);
      const labels = fromValues(
        shape,
        draw.list(sizeOf(shape), () => draw.int(0, classes - 1)),
      );
      const hot = int32(labels).oneHot(classes);
      expect(hot.shape).toEqual([...shape, classes]);
      expect(numbersOf(hot.argmax(-1))).toEqual(valuesOf(labels));
      expect(numbersOf(hot.sum(-1)).every((n) => n === 1)).toBe(true);
    });
  });
});

test("maskedFill writes where the mask holds", () => {
  forAll((draw) => {
    const a = draw.array();
    const narrow = draw.narrower(a.shape);
    const mask = fromValues(
      narrow,
      draw.list(sizeOf(narrow), () => draw.int(0, 1)),
    );
    const wide = expand(mask, a.shape);
    const got = tensorOf(a).maskedFill(tensorOf(mask).bool(), 77);
    expect(numbersOf(got)).toEqual(indicesOf(a.shape).map((i) => (wide.at(i) === 1 ? 77 : a.at(i))));
  });
});
