/** @file Distances between the rows of matrices, and their gradient. */
import type { DType } from "../../../../kernels/backend.ts";
import { type Case, defineCase, type Group, type Tolerance } from "../check.ts";
import { at, build, FLOATS, type HostArray, random } from "../host-array.ts";
import { input } from "../layouts.ts";

const CLOSE: Tolerance = { rel: 1e-5, abs: 1e-5, anyZero: true };
const reference = (dtype: DType): Tolerance =>
  dtype === "float32" ? { rel: 1e-6, abs: 1e-6, anyZero: true } : { rel: 1e-12, abs: 1e-12, anyZero: true };

/** [batch, rows, other rows, size] */
const SIZES: readonly (readonly [number, number, number, number])[] = [
  [1, 0, 3, 2],
  [1, 2, 3, 1],
  [2, 3, 2, 5],
  [3, 4, 7, 11],
  [1, 33, 17, 8],
];

/** The second row of x is the first of y, so that their distance is 0. */
function pair(dtype: DType, [batch, rows, others, size]: (typeof SIZES)[number]): readonly [HostArray, HostArray] {
  const y = random(dtype, [batch, others, size], 61);
  const x = random(dtype, [batch, rows, size], 62);
  return [build(dtype, x.shape, ([b = 0, i = 0, k = 0]) => (i === 1 ? at(y, [b, 0, k]) : at(x, [b, i, k]))), y];
}

function distances(x: HostArray, y: HostArray, p: 1 | 2): HostArray {
  const [batch = 0, rows = 0, size = 0] = x.shape;
  return build(x.dtype, [batch, rows, y.shape[1] ?? 0], ([b = 0, i = 0, j = 0]) => {
    const apart = Array.from({ length: size }, (_, k) => Math.abs(at(x, [b, i, k]) - at(y, [b, j, k])));
    return p === 1 ? apart.reduce((sum, d) => sum + d, 0) : Math.hypot(...apart);
  });
}

function gradient(g: HostArray, x: HostArray, y: HostArray, p: 1 | 2): HostArray {
  const found = distances(x, y, p);
  return build(x.dtype, x.shape, ([b = 0, i = 0, k = 0]) =>
    Array.from({ length: y.shape[1] ?? 0 }, (_, j) => {
      const [d, length] = [at(x, [b, i, k]) - at(y, [b, j, k]), at(found, [b, i, j])];
      if (length === 0) return 0;
      return at(g, [b, i, j]) * (p === 1 ? Math.sign(d) : d / length);
    }).reduce((sum, one) => sum + one, 0),
  );
}

const cases = (withGrad: boolean): readonly Case[] =>
  FLOATS.flatMap((dtype) =>
    SIZES.flatMap((sizes) =>
      ([1, 2] as const).map((p) => {
        const [x, y] = pair(dtype, sizes);
        const g = random(dtype, [sizes[0], sizes[1], sizes[2]], 63);
        const found = distances(x, y, p);
        const place = p === 1 ? "dense" : "offset";
        return defineCase({
          name: `${dtype} [${x.shape.join(",")}] and [${y.shape.join(",")}], p = ${p}`,
          inputs: [x, y, g, found].map((array) => input(array, place)),
          run: (k, a, b, grad, known) => {
            const { cdist, cdistGrad } = k.fused;
            if (cdist === undefined || cdistGrad === undefined) throw new Error("there is no such kernel");
            return [withGrad ? cdistGrad(grad, a, b, known, p) : cdist(a, b, p)];
          },
          truth: () => [withGrad ? gradient(g, x, y, p) : found],
          tolerance: CLOSE,
          referenceTolerance: reference(dtype),
        });
      }),
    ),
  );

export const distancesOfRows = {
  cdist: [{ name: "cdist", cases: cases(false) }],
  cdistGrad: [{ name: "cdistGrad", cases: cases(true) }],
} satisfies Record<string, readonly Group[]>;
