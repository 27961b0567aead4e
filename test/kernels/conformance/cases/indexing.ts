/** @file Gather, scatter and rows of a byte table. */
import type { DType, ScatterMode } from "../../../../kernels/backend.ts";
import { type Case, defineCase, type Group } from "../check.ts";
import { ALL_DTYPES, at, build, generator, type HostArray, hostArray, positions, random } from "../host-array.ts";
import { input, type Layout, STRIDED_LAYOUTS } from "../layouts.ts";

const LAYOUTS: readonly Layout[] = ["dense", ...STRIDED_LAYOUTS];

/** [shape of x, dimension, shape of the index] */
const FORMS: readonly (readonly [readonly number[], number, readonly number[]])[] = [
  [[5], 0, [9]],
  [[5], 0, [0]],
  [[1000], 0, [1027]],
  [[5, 3], 0, [7, 3]],
  [[5, 3], 0, [2, 2]],
  [[4, 6], 1, [4, 1]],
  [[4, 6], 1, [3, 8]],
  [[33, 10], 1, [33, 1]],
  [[2, 3, 4], 0, [5, 3, 4]],
  [[2, 3, 4], 1, [2, 5, 3]],
  [[2, 3, 4], 2, [1, 3, 6]],
  [[2, 3, 4], 2, [2, 0, 4]],
];

function moved(position: readonly number[], dim: number, to: number): number[] {
  return position.map((p, d) => (d === dim ? to : p));
}

const gatherCases: readonly Case[] = ALL_DTYPES.flatMap((dtype) =>
  FORMS.flatMap(([shape, dim, indexShape]) =>
    LAYOUTS.map((layout) => {
      const x = random(dtype, shape, 20);
      const index = random("int32", indexShape, 21, 0, shape[dim]);
      return defineCase({
        name: `${dtype} [${shape}] dim ${dim} by [${indexShape}] ${layout}`,
        inputs: [input(x, layout), input(index, layout)],
        run: (k, p, q) => [k.gather(p, dim, q)],
        truth: () => [build(dtype, indexShape, (p) => at(x, moved(p, dim, at(index, p))))],
      });
    }),
  ),
);

/** An index without repetitions along `dim`, since the order of "set" at one place is not promised. */
function distinct(indexShape: readonly number[], dim: number, size: number): HostArray {
  return build(
    "int32",
    indexShape,
    (p) => ((p[dim] ?? 0) + p.reduce((sum, v, d) => sum + (d === dim ? 0 : v), 2)) % size,
  );
}

const WRITE: Readonly<Record<ScatterMode, (old: number, value: number) => number>> = {
  set: (_, value) => value,
  add: (old, value) => old + value,
  mul: (old, value) => old * value,
  max: Math.max,
  min: Math.min,
};

function scattered(mode: ScatterMode, x: HostArray, dim: number, index: HostArray, src: HostArray): HostArray {
  const result = new Map(positions(x.shape).map((p) => [p.join(), at(x, p)]));
  for (const p of positions(index.shape)) {
    const key = moved(p, dim, at(index, p)).join();
    result.set(key, WRITE[mode](result.get(key) ?? 0, at(src, p)));
  }
  return build(x.dtype, x.shape, (p) => result.get(p.join()) ?? 0);
}

const oneLike = (dtype: DType) => (value: number) => (dtype === "uint8" || dtype === "bool" || value > 0 ? 1 : -1);

const scatterCases: readonly Case[] = (["set", "add", "mul", "max", "min"] as const).flatMap((mode) =>
  ALL_DTYPES.flatMap((dtype) =>
    FORMS.filter(([shape, dim, indexShape]) => mode !== "set" || (indexShape[dim] ?? 0) <= (shape[dim] ?? 0)).flatMap(
      ([shape, dim, indexShape]) =>
        LAYOUTS.map((layout) => {
          const size = shape[dim] ?? 1;
          // Small integers, which sum up without rounding; products of many stay small with ±1.
          const whole = (p: HostArray) =>
            hostArray(dtype, p.shape, p.values.map(mode === "mul" ? oneLike(dtype) : Math.round));
          const [x, src] = [whole(random(dtype, shape, 22)), whole(random(dtype, indexShape, 23))];
          const index = mode === "set" ? distinct(indexShape, dim, size) : random("int32", indexShape, 24, 0, size);
          return defineCase({
            name: `${mode} ${dtype} [${shape}] dim ${dim} by [${indexShape}] ${layout}`,
            inputs: [input(x, layout), input(index, layout), input(src, layout)],
            run: (k, p, q, r) => {
              k.scatter(mode, p, dim, q, r);
              return [p];
            },
            truth: () => [scattered(mode, x, dim, index, src)],
            mutates: [0],
          });
        }),
    ),
  ),
);

const badIndices: readonly Case[] = ([7, 5, -1] as const).flatMap((bad) =>
  (["float32", "int32"] as const).flatMap((dtype) => {
    const throws = `index ${bad} is out of bounds for dimension 0 with size 5`;
    const [x, src] = [random(dtype, [5, 2], 1), random(dtype, [4, 2], 2)];
    // The bad index comes last, so that a check in passing would already have written.
    const index = hostArray("int32", [4, 2], [0, 1, 2, 3, 4, 0, 1, bad]);
    return LAYOUTS.flatMap((layout) => [
      defineCase({
        name: `gather ${dtype} with ${bad}, ${layout}`,
        inputs: [input(x, layout), input(index, layout)],
        run: (k, p, q) => [k.gather(p, 0, q)],
        throws,
      }),
      ...(["set", "add"] as const).map((mode) =>
        defineCase({
          name: `scatter ${mode} ${dtype} with ${bad}, ${layout}`,
          inputs: [input(x, layout), input(index, layout), input(src, layout)],
          run: (k, p, q, r) => {
            k.scatter(mode, p, 0, q, r);
            return [p];
          },
          mutates: [0],
          throws,
        }),
      ),
    ]);
  }),
);

/** [shape of x, dimension, number of indices] */
const SELECTIONS: readonly (readonly [readonly number[], number, number])[] = [
  [[5], 0, 9],
  [[1], 0, 40],
  [[5], 0, 0],
  [[1000], 0, 1027],
  [[7, 3], 0, 33],
  [[7, 64], 0, 5],
  [[7, 65], 0, 130],
  [[4, 6], 1, 10],
  [[3, 5, 130], 1, 7],
  [[40, 5, 2], 1, 3],
  [[2, 0], 0, 3],
];

const selectCases: readonly Case[] = ALL_DTYPES.flatMap((dtype) =>
  SELECTIONS.flatMap(([shape, dim, count]) =>
    LAYOUTS.map((layout) => {
      const x = random(dtype, shape, 25);
      const index = random("int32", [count], 26, 0, shape[dim]);
      return defineCase({
        name: `${dtype} [${shape}] dim ${dim}, ${count} indices, ${layout}`,
        inputs: [input(x, layout), input(index, layout)],
        run: (k, p, q) => [k.indexSelect(p, dim, q)],
        truth: () => [build(dtype, shape.with(dim, count), (p) => at(x, moved(p, dim, at(index, [p[dim] ?? 0]))))],
      });
    }),
  ),
);

const addCases: readonly Case[] = ALL_DTYPES.flatMap((dtype) =>
  SELECTIONS.flatMap(([shape, dim, count]) =>
    LAYOUTS.map((layout) => {
      const whole = (p: HostArray) => hostArray(dtype, p.shape, p.values.map(Math.round));
      const from = shape.with(dim, count);
      const [x, src] = [whole(random(dtype, shape, 27)), whole(random(dtype, from, 28))];
      const index = random("int32", [count], 29, 0, shape[dim]);
      return defineCase({
        name: `${dtype} [${shape}] dim ${dim}, ${count} indices, ${layout}`,
        inputs: [input(x, layout), input(index, layout), input(src, layout)],
        run: (k, p, q, r) => {
          k.indexAdd(p, dim, q, r);
          return [p];
        },
        truth: () => [
          scattered(
            "add",
            x,
            dim,
            build("int32", from, (p) => at(index, [p[dim] ?? 0])),
            src,
          ),
        ],
        mutates: [0],
      });
    }),
  ),
);

const copyCases: readonly Case[] = ALL_DTYPES.flatMap((dtype) =>
  SELECTIONS.filter(([, , count]) => count > 0).flatMap(([shape, dim, count]) =>
    LAYOUTS.map((layout) => {
      const from = shape.with(dim, count);
      const [x, src] = [random(dtype, shape, 32), random(dtype, from, 33)];
      const index = random("int32", [count], 34, 0, shape[dim]);
      return defineCase({
        name: `${dtype} [${shape}] dim ${dim}, ${count} indices, ${layout}`,
        inputs: [input(x, layout), input(index, layout), input(src, layout)],
        run: (k, p, q, r) => {
          k.indexCopy(p, dim, q, r);
          return [p];
        },
        truth: () => [
          scattered(
            "set",
            x,
            dim,
            build("int32", from, (p) => at(index, [p[dim] ?? 0])),
            src,
          ),
        ],
        mutates: [0],
      });
    }),
  ),
);

/** [sizes, shapes of the indices, their broadcast shape] */
const POSITIONS: readonly (readonly [readonly number[], readonly (readonly number[])[], readonly number[]])[] = [
  [[5], [[9]], [9]],
  [[1000], [[1027]], [1027]],
  [[7], [[]], []],
  [[7], [[0]], [0]],
  [[4, 6], [[33], [33]], [33]],
  [
    [4, 6],
    [
      [20, 1],
      [1, 30],
    ],
    [20, 30],
  ],
  [
    [4, 6],
    [
      [1, 30],
      [20, 30],
    ],
    [20, 30],
  ],
  [
    [3, 5, 7],
    [[17], [2, 3, 17], [3, 1]],
    [2, 3, 17],
  ],
];

const positionCases: readonly Case[] = POSITIONS.flatMap(([sizes, shapes, shape]) =>
  LAYOUTS.map((layout) => {
    const indices = shapes.map((one, i) => random("int32", one, 35 + i, -(sizes[i] ?? 0), sizes[i]));
    const positionOf = (p: readonly number[]) =>
      indices.reduce((sum, index, i) => {
        const own = p.slice(p.length - index.shape.length).map((at, d) => (index.shape[d] === 1 ? 0 : at));
        const given = at(index, own);
        const size = sizes[i] ?? 0;
        return sum * size + (given < 0 ? given + size : given);
      }, 0);
    return defineCase({
      name: `[${sizes}] by [${shapes.join("] [")}] ${layout}`,
      inputs: indices.map((index) => input(index, layout)),
      run: (k, ...given) => [k.flatIndex(given, shape, sizes, [...sizes.keys()])],
      truth: () => [build("int32", shape, positionOf)],
    });
  }),
);

const badPositions: readonly Case[] = ([5, -6, 9] as const).flatMap((bad) =>
  [1, 40].flatMap((repeats) =>
    LAYOUTS.map((layout) => {
      const rows = hostArray(
        "int32",
        [4 * repeats],
        Array.from({ length: 4 * repeats }, (_, i) => i % 4),
      );
      const columns = { ...rows, values: rows.values.with(-1, bad) };
      return defineCase({
        name: `${bad} as the last of ${4 * repeats}, ${layout}`,
        inputs: [input(rows, layout), input(columns, layout)],
        run: (k, p, q) => [k.flatIndex([p, q], rows.shape, [4, 5], [0, 1])],
        throws: `index ${bad} is out of bounds for dimension 1 with size 5`,
      });
    }),
  ),
);

const badRows: readonly Case[] = ([5, -1] as const).flatMap((bad) => {
  const throws = `index ${bad} is out of bounds for dimension 0 with size 5`;
  const [x, src] = [random("float32", [5, 20], 1), random("float32", [4, 20], 2)];
  const index = hostArray("int32", [4], [0, 1, 4, bad]);
  return LAYOUTS.flatMap((layout) => [
    defineCase({
      name: `indexSelect with ${bad}, ${layout}`,
      inputs: [input(x, layout), input(index, layout)],
      run: (k, p, q) => [k.indexSelect(p, 0, q)],
      throws,
    }),
    defineCase({
      name: `indexAdd with ${bad}, ${layout}`,
      inputs: [input(x, layout), input(index, layout), input(src, layout)],
      run: (k, p, q, r) => {
        k.indexAdd(p, 0, q, r);
        return [p];
      },
      mutates: [0],
      throws,
    }),
    defineCase({
      name: `indexCopy with ${bad}, ${layout}`,
      inputs: [input(x, layout), input(index, layout), input(src, layout)],
      run: (k, p, q, r) => {
        k.indexCopy(p, 0, q, r);
        return [p];
      },
      mutates: [0],
      throws,
    }),
  ]);
});

const nonzeroCases: readonly Case[] = ALL_DTYPES.flatMap((dtype) =>
  [[], [7], [0], [1027], [3, 0], [5, 7], [40, 1], [2, 3, 4, 5]].flatMap((shape) =>
    [2, 9, 0].flatMap((rarity) =>
      LAYOUTS.map((layout) => {
        const x = random(dtype, shape, 31, 1, 9);
        const sparse = hostArray(
          dtype,
          shape,
          x.values.map((v, i) => (rarity === 0 || i % rarity === 0 ? 0 : dtype === "bool" ? 1 : v)),
        );
        return defineCase({
          name: `${dtype} [${shape}], ${rarity}, ${layout}`,
          inputs: [input(sparse, layout)],
          run: (k, p) => [k.nonzero(p)],
          truth: () => {
            const found = positions(shape).filter((p) => at(sparse, p) !== 0);
            return [hostArray("int32", [found.length, shape.length], found.flat())];
          },
        });
      }),
    ),
  ),
);

const gatherBytesCases: readonly Case[] = (
  [
    [10, 784, [3, 0, 9, 3], 255],
    [10, 784, [], 255],
    [5, 1, [4, 4, 0], 1],
    [100, 13, Array.from({ length: 130 }, (_, i) => (i * 37) % 100), 255],
    [4, 33, [0, 1, 2, 3], 3],
    [4, 0, [1, 2], 255],
  ] as const
).map(([rows, rowLength, indices, divisor]) => {
  const next = generator(30);
  const source = Uint8Array.from({ length: rows * rowLength }, () => Math.floor(next() * 256));
  return defineCase({
    name: `rows [${indices.slice(0, 5)}…] of ${rows}×${rowLength} by ${divisor}`,
    inputs: [],
    run: (k) => [k.fused.gatherBytes(source, rowLength, Int32Array.from(indices), divisor)],
    truth: () => [
      build("float32", [indices.length, rowLength], ([i = 0, j = 0]) => {
        return (source.at((indices[i] ?? 0) * rowLength + j) ?? 0) / divisor;
      }),
    ],
  });
});

export const indexing = {
  gather: [
    { name: "gather", cases: gatherCases },
    { name: "gather out of range", cases: badIndices.filter(({ name }) => name.startsWith("gather")) },
  ],
  scatter: [
    { name: "scatter", cases: scatterCases },
    { name: "scatter out of range", cases: badIndices.filter(({ name }) => name.startsWith("scatter")) },
  ],
  indexSelect: [
    { name: "indexSelect", cases: selectCases },
    { name: "indexSelect out of range", cases: badRows.filter(({ name }) => name.startsWith("indexSelect")) },
  ],
  indexAdd: [
    { name: "indexAdd", cases: addCases },
    { name: "indexAdd out of range", cases: badRows.filter(({ name }) => name.startsWith("indexAdd")) },
  ],
  indexCopy: [
    { name: "indexCopy", cases: copyCases },
    { name: "indexCopy out of range", cases: badRows.filter(({ name }) => name.startsWith("indexCopy")) },
  ],
  flatIndex: [
    { name: "flatIndex", cases: positionCases },
    { name: "flatIndex out of range", cases: badPositions },
  ],
  nonzero: [{ name: "nonzero", cases: nonzeroCases }],
  gatherBytes: [{ name: "gatherBytes", cases: gatherBytesCases }],
} satisfies Record<string, readonly Group[]>;
