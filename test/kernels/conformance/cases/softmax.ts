/** @file Softmax, its logarithm, and their gradient. */
import type { Block } from "../../../../kernels/backend.ts";
import { type Case, defineCase, type Group, type Tolerance } from "../check.ts";
import { goldens } from "../goldens.ts";
import { FLOATS, hostArray, random } from "../host-array.ts";
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

export const soft = {
  softmax: [{ name: "softmax", cases: softmaxCases }],
  softmaxGrad: [{ name: "softmaxGrad", cases: softmaxGradCases }],
} satisfies Record<string, readonly Group[]>;
