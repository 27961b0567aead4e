/** @file Softmax, its logarithm, and their gradient. */
import type { Block } from "../../../../kernels/backend.ts";
import { type Case, defineCase, type Group, type Tolerance } from "../check.ts";
import { goldens } from "../goldens.ts";
import { at, build, FLOATS, hostArray, random } from "../host-array.ts";
import { input } from "../layouts.ts";
import { BLOCKS, blockShape, caseName, fromRows, GOLDEN_BLOCK, goldenInput, lines, overBlocks } from "./blocks.ts";

const SOFT: Tolerance = { rel: 1e-5, abs: 1e-6 };
const softBlock: Block = { outer: 2, n: 4, inner: 3 };

function softLine(line: readonly number[], log: boolean): number[] {
  const max = Math.max(...line);
  const sum = line.reduce((total, v) => total + Math.exp(v - max), 0);
  return line.map((v) => (log ? v - max - Math.log(sum) : Math.exp(v - max) / sum));
}

const softmaxCases: readonly Case[] = [false, true].flatMap((log) => [
  ...overBlocks(FLOATS, BLOCKS, (dtype, block, layout) => {
    // Far from zero, so that an exponential without the maximum subtracted would overflow.
    const x = random(dtype, blockShape(block), 14, 990, 1010);
    return defineCase({
      name: `${caseName(dtype, block, layout)}${log ? ", log" : ""}`,
      inputs: [input(x, layout)],
      run: (k, a) => [k.softmax(a, block, log)],
      truth: () => [
        fromRows(
          dtype,
          block,
          lines(x, block).map((line) => softLine(line, log)),
        ),
      ],
      tolerance: SOFT,
      referenceTolerance: { ulp: 2 },
    });
  }),
  ...FLOATS.flatMap((dtype) => [
    defineCase({
      name: `special values, ${dtype}${log ? ", log" : ""}`,
      inputs: [goldenInput(dtype)],
      run: (k, a) => [k.softmax(a, GOLDEN_BLOCK, log)],
      truth: () => [hostArray(dtype, [GOLDEN_BLOCK.outer, 5], goldens.lines[log ? "logSoftmax" : "softmax"].flat())],
      tolerance: SOFT,
      referenceTolerance: { ulp: 4 },
    }),
    defineCase({
      name: `PyTorch's values, ${dtype}${log ? ", log" : ""}`,
      inputs: [input(hostArray(dtype, [2, 4, 3], goldens.gradients.x.flat(2)))],
      run: (k, a) => [k.softmax(a, softBlock, log)],
      truth: () => [hostArray(dtype, [2, 4, 3], goldens.gradients[log ? "logSoftmax" : "softmax"].flat(2))],
      tolerance: SOFT,
      referenceTolerance: { ulp: 4 },
    }),
  ]),
]);

const softmaxGradCases: readonly Case[] = [false, true].flatMap((log) => [
  ...overBlocks(FLOATS, BLOCKS, (dtype, block, layout) => {
    const g = random(dtype, blockShape(block), 15);
    const y = fromRows(
      dtype,
      block,
      lines(random(dtype, blockShape(block), 16), block).map((line) => softLine(line, log)),
    );
    return defineCase({
      name: `${caseName(dtype, block, layout)}${log ? ", log" : ""}`,
      inputs: [input(g, layout), input(y, layout)],
      run: (k, p, q) => [k.softmaxGrad(p, q, block, log)],
      truth: () => {
        const [gs, ys] = [lines(g, block), lines(y, block)];
        // The Jacobian, row by row: ∂yᵢ/∂xⱼ is yᵢ(δᵢⱼ − yⱼ), and δᵢⱼ − e^yⱼ for the logarithm.
        const result = ys.map((yLine, l) =>
          yLine.map((yj, j) =>
            (gs[l] ?? []).reduce((sum, gi, i) => {
              const delta = Number(i === j);
              return sum + gi * (log ? delta - Math.exp(yj) : (yLine[i] ?? 0) * (delta - yj));
            }, 0),
          ),
        );
        return [fromRows(dtype, block, result)];
      },
      tolerance: { rel: 1e-5, abs: 2e-5 },
      referenceTolerance: { rel: 1e-6, abs: 1e-6 },
    });
  }),
  ...FLOATS.map((dtype) => {
    const name = log ? "logSoftmax" : "softmax";
    const { g } = goldens.gradients;
    return defineCase({
      name: `PyTorch's values, ${dtype}${log ? ", log" : ""}`,
      inputs: [
        input(hostArray(dtype, [2, 4, 3], g.flat(2))),
        input(hostArray(dtype, [2, 4, 3], goldens.gradients[name].flat(2))),
      ],
      run: (k, p, q) => [k.softmaxGrad(p, q, softBlock, log)],
      truth: () => [hostArray(dtype, [2, 4, 3], goldens.gradients[`${name}Grad`].flat(2))],
      tolerance: { rel: 1e-5, abs: 1e-6 },
      referenceTolerance: dtype === "float32" ? { rel: 1e-6, abs: 1e-7 } : { rel: 1e-13, abs: 1e-15 },
    });
  }),
]);

/** Scores [B,L,S], and the shape and kind of a mask. */
interface MaskedShape {
  readonly shape: readonly [number, number, number];
  readonly mask?: readonly [number, number, number];
  readonly kind?: "bool" | "added";
  readonly causal?: boolean;
}

const MASKED: readonly MaskedShape[] = [
  { shape: [0, 2, 3] },
  { shape: [2, 3, 5] },
  { shape: [3, 7, 33], causal: true },
  { shape: [2, 40, 12], causal: true },
  { shape: [3, 7, 33], mask: [1, 7, 33], kind: "added" },
  { shape: [3, 7, 33], mask: [3, 1, 33], kind: "bool" },
  { shape: [3, 6, 10], mask: [3, 6, 10], kind: "added", causal: true },
  { shape: [2, 50, 200], mask: [1, 50, 200], kind: "bool" },
];

const maskedCases: readonly Case[] = FLOATS.flatMap((dtype) =>
  MASKED.flatMap(({ shape, mask, kind = "added", causal = false }) =>
    (["dense", "offset"] as const).map((layout) => {
      const x = random(dtype, shape, 90, -6, 6);
      const m =
        kind === "bool"
          ? build("bool", mask ?? [1, 1, 1], ([i = 0, j = 0, k = 0]) => Number((i + 2 * j + 3 * k) % 4 !== 1))
          : random(dtype, mask ?? [1, 1, 1], 91);
      return defineCase({
        name: `${dtype} [${shape.join(",")}]${mask ? `, ${kind} [${mask.join(",")}]` : ""}${causal ? ", causal" : ""}, ${layout}`,
        inputs: [input(x, layout), input(m, layout)],
        run: (k, a, b) => [k.fused.maskedSoftmax(a, mask ? b : null, 0.7, causal)],
        truth: () => {
          const score = (i: number, j: number, k: number): number => {
            const seen = mask ? at(m, [mask[0] === 1 ? 0 : i, mask[1] === 1 ? 0 : j, k]) : 0;
            if ((causal && k > j) || (mask && kind === "bool" && seen === 0)) return -Infinity;
            return at(x, [i, j, k]) * 0.7 + (kind === "added" ? seen : 0);
          };
          const soft = (i: number, j: number): number[] =>
            softLine(
              Array.from({ length: shape[2] }, (_, k) => score(i, j, k)),
              false,
            );
          return [build(dtype, shape, ([i = 0, j = 0, k = 0]) => soft(i, j)[k] ?? 0)];
        },
        tolerance: SOFT,
        referenceTolerance: dtype === "float32" ? { rel: 1e-6, abs: 1e-9 } : { rel: 1e-12 },
      });
    }),
  ),
);

const maskedGradCases: readonly Case[] = FLOATS.flatMap((dtype) =>
  MASKED.map(({ shape }) => {
    const [g, y] = [random(dtype, shape, 92), random(dtype, shape, 93, 0, 1)];
    return defineCase({
      name: `${dtype} [${shape.join(",")}]`,
      inputs: [input(g), input(y)],
      run: (k, a, b) => [k.fused.maskedSoftmaxGrad(a, b, 0.7)],
      truth: () => [
        build(dtype, shape, ([i = 0, j = 0, k = 0]) => {
          let sum = 0;
          for (let n = 0; n < shape[2]; n++) sum += at(g, [i, j, n]) * at(y, [i, j, n]);
          return 0.7 * at(y, [i, j, k]) * (at(g, [i, j, k]) - sum);
        }),
      ],
      tolerance: { rel: 1e-5, abs: 1e-5 },
      referenceTolerance: dtype === "float32" ? { rel: 1e-6, abs: 1e-6 } : { rel: 1e-12, abs: 1e-12 },
    });
  }),
);

export const soft = {
  maskedSoftmax: [{ name: "maskedSoftmax", cases: maskedCases }],
  maskedSoftmaxGrad: [{ name: "maskedSoftmaxGrad", cases: maskedGradCases }],
  softmax: [{ name: "softmax", cases: softmaxCases }],
  softmaxGrad: [{ name: "softmaxGrad", cases: softmaxGradCases }],
} satisfies Record<string, readonly Group[]>;
