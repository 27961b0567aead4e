/** @file Cross-entropy of logits and class indices, and its gradient. */
import type { DType } from "../../../../kernels/backend.ts";
import { type Case, defineCase, type Group, type Tolerance } from "../check.ts";
import { goldens } from "../goldens.ts";
import { at, build, FLOATS, type HostArray, hostArray, random } from "../host-array.ts";
import { input, type Layout } from "../layouts.ts";

const IGNORE = -100;
const CLOSE: Tolerance = { rel: 1e-5, abs: 1e-6, anyZero: true };
const golden = goldens.crossEntropy;

/** [rows, classes, range of the logits] */
const SIZES: readonly (readonly [number, number, number])[] = [
  [0, 10, 4],
  [1, 1, 4],
  [1, 10, 4],
  [3, 4, 4],
  [7, 33, 4],
  [128, 10, 4],
  [33, 10, 1000],
  [2, 301, 4],
];

/** Class indices, some of them ignored. */
function targets(rows: number, classes: number): HostArray {
  const x = random("int32", [rows], 50, 0, classes);
  return hostArray(
    "int32",
    [rows],
    x.values.map((t, i) => (i % 4 === 2 ? IGNORE : t)),
  );
}

function row(x: HostArray, i: number): readonly number[] {
  const [, classes = 0] = x.shape;
  return x.values.slice(i * classes, (i + 1) * classes);
}

/** log Σ eˣ of a row, minus one of its elements. */
function distance(line: readonly number[], c: number): number {
  const from = line.map((v) => v - (line[c] ?? 0));
  const max = Math.max(...from);
  return max + Math.log(from.reduce((sum, v) => sum + Math.exp(v - max), 0));
}

function probabilities(logits: HostArray): HostArray {
  return build(logits.dtype, logits.shape, ([i = 0, c = 0]) => {
    // 1 / Σ e^(x_j − x_c), which needs no maximum.
    const line = row(logits, i);
    const own = line[c] ?? 0;
    return 1 / line.reduce((sum, v) => sum + Math.exp(v - own), 0);
  });
}

function losses(logits: HostArray, target: HostArray): HostArray {
  return build(logits.dtype, target.shape, ([i = 0]) => {
    const t = at(target, [i]);
    return t === IGNORE ? 0 : distance(row(logits, i), t);
  });
}

const reference = (dtype: DType): Tolerance =>
  dtype === "float32" ? { ulp: 2, abs: 1e-9 } : { rel: 1e-12, abs: 1e-13 };

const forward: readonly Case[] = FLOATS.flatMap((dtype) => [
  ...SIZES.flatMap(([rows, classes, range]) =>
    (["dense", "offset", "spread", "reversed"] as const).map((layout) => {
      const [x, t] = [random(dtype, [rows, classes], 51, -range, range), targets(rows, classes)];
      const logitsLayout: Layout = layout === "offset" ? "offset" : "dense";
      return defineCase({
        name: `${dtype} [${rows},${classes}] up to ${range}, target ${layout}`,
        inputs: [input(x, logitsLayout), input(t, layout)],
        run: (k, a, b) => {
          const result = k.fused.crossEntropy(a, b, IGNORE);
          return [result.losses, result.probs];
        },
        truth: () => [losses(x, t), probabilities(x)],
        tolerance: CLOSE,
        referenceTolerance: reference(dtype),
      });
    }),
  ),
  defineCase({
    name: `PyTorch's values, ${dtype}`,
    inputs: [input(hostArray(dtype, [6, 4], golden.logits.flat())), input(hostArray("int32", [6], golden.target))],
    run: (k, a, b) => {
      const result = k.fused.crossEntropy(a, b, IGNORE);
      return [result.losses, result.probs];
    },
    truth: () => [hostArray(dtype, [6], golden.losses), hostArray(dtype, [6, 4], golden.probs.flat())],
    tolerance: CLOSE,
    referenceTolerance: dtype === "float32" ? { rel: 1e-6, abs: 1e-6, anyZero: true } : reference(dtype),
  }),
  defineCase({
    name: `${dtype}: a class that can be ignored, and impossible classes`,
    inputs: [
      input(hostArray(dtype, [3, 2], [0, 0, -Infinity, 1, 1, -Infinity])),
      input(hostArray("int32", [3], [1, 0, 0])),
    ],
    run: (k, a, b) => {
      const result = k.fused.crossEntropy(a, b, 1);
      return [result.losses, result.probs];
    },
    truth: () => [hostArray(dtype, [3], [0, Infinity, 0]), hostArray(dtype, [3, 2], [0.5, 0.5, 0, 1, 1, 0])],
    tolerance: { anyZero: true },
  }),
]);

const outOfBounds: readonly Case[] = FLOATS.flatMap((dtype) =>
  [10, -1, 1000].map((bad) =>
    defineCase({
      name: `${dtype} target ${bad}`,
      inputs: [input(random(dtype, [3, 10], 52)), input(hostArray("int32", [3], [0, 9, bad]))],
      run: (k, a, b) => [k.fused.crossEntropy(a, b, IGNORE).losses],
      throws: `Target ${bad} is out of bounds.`,
    }),
  ),
);

function gradient(g: HostArray, probs: HostArray, target: HostArray): HostArray {
  return build(probs.dtype, probs.shape, ([i = 0, c = 0]) => {
    const t = at(target, [i]);
    return t === IGNORE ? 0 : at(g, [i]) * (at(probs, [i, c]) - (c === t ? 1 : 0));
  });
}

const backward: readonly Case[] = FLOATS.flatMap((dtype) => [
  ...SIZES.flatMap(([rows, classes, range]) =>
    (["dense", "offset", "spread", "reversed", "repeated"] as const).map((layout) => {
      const p = probabilities(random(dtype, [rows, classes], 53, -range, range));
      const t = targets(rows, classes);
      const g = layout === "repeated" ? build(dtype, [rows], () => 0.25) : random(dtype, [rows], 54);
      return defineCase({
        name: `${dtype} [${rows},${classes}], gradient ${layout}`,
        inputs: [
          input(g, layout),
          input(p, layout === "offset" ? "offset" : "dense"),
          input(t, layout === "repeated" ? "dense" : layout),
        ],
        run: (k, a, b, c) => [k.fused.crossEntropyGrad(a, b, c, IGNORE)],
        truth: () => [gradient(g, p, t)],
        tolerance: CLOSE,
        referenceTolerance: { ulp: 2, anyZero: true },
      });
    }),
  ),
  defineCase({
    name: `PyTorch's values, ${dtype}`,
    inputs: [
      input(hostArray(dtype, [6], golden.g)),
      input(hostArray(dtype, [6, 4], golden.probs.flat())),
      input(hostArray("int32", [6], golden.target)),
    ],
    run: (k, a, b, c) => [k.fused.crossEntropyGrad(a, b, c, IGNORE)],
    truth: () => [hostArray(dtype, [6, 4], golden.grad.flat())],
    tolerance: CLOSE,
    referenceTolerance:
      dtype === "float32" ? { rel: 1e-6, abs: 1e-7, anyZero: true } : { rel: 1e-12, abs: 1e-15, anyZero: true },
  }),
]);

/** [samples, classes, places] */
const VOLUMES: readonly (readonly [number, number, number])[] = [
  [0, 3, 1],
  [1, 1, 1],
  [5, 4, 1],
  [3, 7, 6],
  [40, 33, 1],
];
const REDUCTIONS = ["none", "sum", "mean"] as const;

/** The weight of each target, 0 where it is ignored, and their sum where the mean divides by it. */
function weightsOf(target: HostArray, weight: HostArray | null, reduction: string) {
  const each = target.values.map((t) => (t === IGNORE ? 0 : weight === null ? 1 : at(weight, [t])));
  return { each, total: reduction === "mean" ? each.reduce((sum, w) => sum + w, 0) : 1 };
}

const nll = (withGrad: boolean): readonly Case[] =>
  FLOATS.flatMap((dtype) =>
    VOLUMES.flatMap(([n, classes, places]) =>
      REDUCTIONS.flatMap((reduction) =>
        [false, true].map((weighted) => {
          const x = random(dtype, [n, classes, places], 55, -4, 0);
          const target = { ...targets(n * places, classes), shape: [n, places] };
          const w = weighted ? random(dtype, [classes], 56, 0.5, 2) : null;
          const g = random(dtype, reduction === "none" ? [n, places] : [], 57);
          const options = { ignoreIndex: IGNORE, reduction };
          const layout: Layout = weighted ? "offset" : "dense";
          const { each, total } = weightsOf(target, w, reduction);
          const truth = (): HostArray => {
            if (withGrad) {
              return build(dtype, x.shape, ([i = 0, c = 0, p = 0]) => {
                const k = i * places + p;
                const own = reduction === "none" ? at(g, [i, p]) : at(g, []);
                return at(target, [i, p]) === c ? (-own * (each[k] as number)) / total : 0;
              });
            }
            const losses = each.map((weight, k) => {
              const [i, p] = [Math.floor(k / places), k % places];
              return weight === 0 ? 0 : -weight * at(x, [i, at(target, [i, p]), p]);
            });
            if (reduction === "none") return hostArray(dtype, [n, places], losses);
            return hostArray(dtype, [], [losses.reduce((sum, loss) => sum + loss, 0) / total]);
          };
          return defineCase({
            name: `${dtype} [${x.shape.join(",")}] ${reduction}${weighted ? ", weights" : ""}`,
            inputs: [input(withGrad ? g : x, layout), input(target, layout), ...(w === null ? [] : [input(w, layout)])],
            run: (k, a, t, ...weights) => {
              const weight = weights[0] ?? null;
              const { nllLoss, nllLossGrad } = k.fused;
              if (nllLoss === undefined || nllLossGrad === undefined) throw new Error("there is no such kernel");
              return [withGrad ? nllLossGrad(a, t, weight, classes, options) : nllLoss(a, t, weight, options)];
            },
            truth: () => [truth()],
            tolerance: CLOSE,
            referenceTolerance: reference(dtype),
          });
        }),
      ),
    ),
  );

const nllOutOfBounds: readonly Case[] = [10, -1].map((bad) =>
  defineCase({
    name: `target ${bad}`,
    inputs: [input(random("float32", [3, 10, 1], 58)), input(hostArray("int32", [3, 1], [0, 9, bad]))],
    run: (k, a, t) => {
      if (k.fused.nllLoss === undefined) throw new Error("there is no such kernel");
      return [k.fused.nllLoss(a, t, null, { ignoreIndex: IGNORE, reduction: "mean" })];
    },
    throws: `Target ${bad} is out of bounds.`,
  }),
);

export const crossEntropies = {
  crossEntropy: [
    { name: "crossEntropy", cases: forward },
    { name: "crossEntropy out of bounds", cases: outOfBounds },
  ],
  crossEntropyGrad: [{ name: "crossEntropyGrad", cases: backward }],
  nllLoss: [
    { name: "nllLoss", cases: nll(false) },
    { name: "nllLoss out of bounds", cases: nllOutOfBounds },
  ],
  nllLossGrad: [{ name: "nllLossGrad", cases: nll(true) }],
} satisfies Record<string, readonly Group[]>;
