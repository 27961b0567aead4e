/**
 * @file Kernels in WGSL against the CPU: shapes that leave threads idle, and more of them than one dispatch has. Both with
 * the workgroups of a GPU and with those of a CPU that stands in for one.
 */
import { expect, test } from "vitest";
import { findBackend } from "../../kernels/backend.ts";
import type { GpuBackend } from "../../kernels/gpu/backend.ts";
import { nn, type Tensor, tensor, zeros } from "../../src/entry/index.ts";
import { expectNear } from "./close.ts";
import { describeGpu } from "./device.ts";
import { places, scattered } from "./kernel-calls.ts";

const { functional: F } = nn;

type Case = readonly [name: string, inputs: () => readonly Tensor[], use: (...inputs: Tensor[]) => Tensor];

const rows: readonly Case[] = [
  [1, 1],
  [7, 3],
  [3, 17],
  [130, 33],
  [2, 1025],
].flatMap(([outer = 1, n = 1]): Case[] => [
  [`sum ${outer}×${n}`, () => [scattered(outer, n)], (x) => x.sum(1)],
  [`amax of all ${outer}×${n}`, () => [scattered(outer, n)], (x) => x.amax()],
  [`argmin ${outer}×${n}`, () => [scattered(outer, n)], (x) => x.argmin(1)],
  [`var ${outer}×${n}`, () => [scattered(outer, n + 1)], (x) => x.var(1)],
  [`softmax ${outer}×${n}`, () => [scattered(outer, n)], (x) => x.mul(5).softmax(1)],
  [`logSoftmax of columns ${outer}×${n}`, () => [scattered(outer, n)], (x) => x.mul(5).logSoftmax(0)],
  [`softmax of a transposed one ${outer}×${n}`, () => [scattered(n, outer)], (x) => x.t().softmax(1)],
  [`crossEntropy ${outer}×${n}`, () => [scattered(outer, n), places(n, outer)], (x, t) => F.crossEntropy(x, t)],
  [`layerNorm ${outer}×${n + 1}`, () => [scattered(outer, n + 1)], (x) => F.layerNorm(x, [n + 1])],
  [`argsort ${outer}×${n}`, () => [scattered(outer, n)], (x) => x.mul(9).round().argsort(1, { stable: true })],
  [`sort down ${n}×${outer}`, () => [scattered(n, outer)], (x) => x.sort(0, { descending: true }).values],
]);

const planes: readonly Case[] = [
  ["conv2d", () => [scattered(3, 2, 9, 7), scattered(5, 2, 3, 2), scattered(5)], (x, w, b) => F.conv2d(x, w, b)],
  [
    "conv2d with everything",
    () => [scattered(2, 4, 11, 9), scattered(6, 2, 3, 2)],
    (x, w) => F.conv2d(x, w, null, { stride: [2, 1], padding: [1, 2], dilation: [2, 3], groups: 2 }),
  ],
  [
    "conv2d of every channel by itself",
    () => [scattered(2, 9, 5, 6), scattered(9, 1, 3, 3)],
    (x, w) => F.conv2d(x, w, null, { padding: 1, groups: 9 }),
  ],
  ["conv2d of many images", () => [scattered(70, 1, 6, 6), scattered(3, 1, 3, 3)], (x, w) => F.conv2d(x, w)],
  ["maxPool2d apart", () => [scattered(2, 3, 9, 7)], (x) => F.maxPool2d(x, 2, { stride: 3 })],
  ["maxPool2d overlapping", () => [scattered(2, 3, 9, 7)], (x) => F.maxPool2d(x, 3, { stride: 2, padding: 1 })],
  ["maxPool2d dilated", () => [scattered(2, 3, 9, 12)], (x) => F.maxPool2d(x, 2, { stride: 4, dilation: 3 })],
  ["adaptiveMaxPool2d", () => [scattered(2, 3, 9, 7)], (x) => F.adaptiveMaxPool2d(x, [4, 5])],
  ["avgPool2d", () => [scattered(2, 3, 9, 7)], (x) => F.avgPool2d(x, 3, { stride: 2, padding: 1 })],
  [
    "avgPool2d that counts no border",
    () => [scattered(2, 3, 9, 7)],
    (x) => F.avgPool2d(x, 3, { padding: 1, countIncludePad: false }),
  ],
  ["adaptiveAvgPool2d", () => [scattered(2, 3, 4, 7)], (x) => F.adaptiveAvgPool2d(x, [6, 5])],
  ["groupNorm", () => [scattered(3, 6, 5, 4), scattered(6), scattered(6)], (x, w, b) => F.groupNorm(x, 2, w, b)],
  [
    "batchNorm",
    () => [scattered(30, 3, 7, 5), scattered(3), scattered(3)],
    (x, w, b) => F.batchNorm(x, null, null, w, b, { training: true }),
  ],
  [
    "batchNorm of features",
    () => [scattered(2000, 2)],
    (x) => F.batchNorm(x, null, null, null, null, { training: true }),
  ],
  [
    "attention",
    () => [scattered(2, 2, 5, 4), scattered(2, 2, 37, 4), scattered(5, 37)],
    (q, k, mask) => F.scaledDotProductAttention(q, k, k, { attnMask: mask.detach() }),
  ],
  ["causal attention", () => [scattered(2, 2, 19, 4)], (q) => F.scaledDotProductAttention(q, q, q, { isCausal: true })],
];

/** Matrices that can be read in vectors along either side, with and without gaps, and those that cannot. */
const products: readonly Case[] = [
  ["a layer", () => [scattered(33, 20), scattered(70, 20), scattered(70)], (x, w, b) => F.linear(x, w, b)],
  ["odd sizes", () => [scattered(13, 7), scattered(7, 11)], (x, y) => x.matmul(y)],
  ["a transposed one", () => [scattered(12, 17), scattered(12, 72)], (x, y) => x.t().matmul(y)],
  ["many", () => [scattered(3, 9, 8), scattered(3, 8, 68)], (x, y) => x.matmul(y)],
  ["parts of others", () => [scattered(9, 13), scattered(9, 8)], (x, y) => x.narrow(1, 3, 8).matmul(y.t())],
  ["one row", () => [scattered(1, 16), scattered(16, 4)], (x, y) => x.matmul(y)],
];

const indexed: readonly Case[] = [10, 40, 1500].flatMap((n): Case[] => [
  [`indexAdd ${n}`, () => [scattered(13, 5), places(13, n), scattered(n, 5)], (x, i, s) => x.indexAdd(0, i, s)],
  [`embedding ${n}`, () => [places(13, n), scattered(13, 6)], (i, w) => F.embedding(i, w)],
  [
    `scatterReduce amax ${n}`,
    () => [scattered(4, 13), places(13, 3, n), scattered(3, n)],
    (x, i, s) => x.scatterReduce(1, i, s, "amax", { includeSelf: false }),
  ],
  [
    `indexCopy of columns ${n}`,
    () => [scattered(5, 13), places(13, n), scattered(n, 5)],
    (x, i, s) => x.t().indexCopy(0, i, s),
  ],
]);

/** In the usual run some of the cases; the nightly checks take them all. */
const runsAll = process.env.TAPEGRAD_ALL_CASES !== undefined;

function some(cases: readonly Case[]): readonly Case[] {
  return cases.filter((_, i) => runsAll || i % 4 === 0);
}

/** Results and gradients on both devices. */
async function compare([, inputs, use]: Case): Promise<void> {
  const leavesOf = (device: "cpu" | "gpu"): Tensor[] =>
    inputs().map((x) => {
      const leaf = x.detach().clone().to(device);
      return leaf.isFloatingPoint() ? leaf.requiresGrad_() : leaf;
    });
  const [here, there] = [leavesOf("cpu"), leavesOf("gpu")];
  const [expected, actual] = [use(...here), use(...there)];
  expect(actual.shape).toEqual(expected.shape);
  await expectNear(actual, expected.detach().contiguous().dataSync());
  if (!expected.requiresGrad) return;
  const upstream = scattered(...expected.shape);
  expected.backward(upstream);
  actual.backward(upstream.to("gpu"));
  for (const [i, { grad }] of here.entries()) {
    const other = there[i]?.grad ?? null;
    expect(other === null).toBe(grad === null);
    if (grad !== null && other !== null) await expectNear(other, grad.contiguous().dataSync(), 2);
  }
}

/** Calls that have nothing to do. */
const empty: readonly Case[] = [
  ["softmax", () => [zeros(0, 5)], (x) => x.softmax(1)],
  ["sum of nothing", () => [zeros(3, 0)], (x) => x.sum(1)],
  ["sort", () => [zeros(3, 0)], (x) => x.sort(1).values],
  ["conv2d", () => [zeros(0, 2, 5, 5), scattered(3, 2, 3, 3)], (x, w) => F.conv2d(x, w)],
  ["maxPool2d", () => [zeros(0, 2, 5, 5)], (x) => F.maxPool2d(x, 2)],
  ["layerNorm", () => [zeros(0, 4)], (x) => F.layerNorm(x, [4])],
  ["embedding", () => [tensor(new Int32Array(0)), scattered(4, 3)], (i, w) => F.embedding(i, w)],
];

/** More workgroups than a dispatch has along one dimension: rows of their own threads, and threads of their own. */
const large: readonly Case[] = [
  ["softmax of 300,000 rows", () => [scattered(300_000, 3)], (x) => x.detach().softmax(1).narrow(0, 299_000, 1000)],
  [
    "maxPool1d of 4,200,000 windows",
    () => [scattered(1, 1, 4_200_000)],
    (x) => F.maxPool1d(x.detach(), 1).narrow(2, 4_199_000, 1000),
  ],
  ["a row of 3,000,000", () => [scattered(3_000_000)], (x) => x.detach().amax()],
];

describeGpu("kernels in WGSL", () => {
  const { runtime } = findBackend("gpu") as GpuBackend;

  test.each([4, 64])("with workgroups of %i threads", { timeout: 300_000 }, async (threads) => {
    const { threads: own } = runtime;
    if (own === null) return;
    Object.defineProperty(runtime, "threads", { value: threads });
    try {
      // Those of other kernels are the same with any number.
      const all = threads === own ? [...rows, ...planes, ...indexed, ...empty] : [...rows, ...planes];
      for (const row of [...products, ...some(all)]) {
        await compare(row).catch((error: unknown) => {
          throw new Error(`${row[0]}: ${String(error)}`, { cause: error });
        });
      }
    } finally {
      Object.defineProperty(runtime, "threads", { value: own });
    }
  });

  test.each(some(large))("%s", { timeout: 120_000 }, (...row) => compare(row));
});
