/** @file Operations along an axis: reductions, argmax, cumsum and sort. */
import type { Block, DType, ReduceOp } from "../../../../kernels/backend.ts";
import { type Case, defineCase, EXACT, type Group, type Tolerance } from "../check.ts";
import { goldens } from "../goldens.ts";
import { ALL_DTYPES, FLOATS, type HostArray, hostArray, NUMBERS, random } from "../host-array.ts";
import { input } from "../layouts.ts";
import {
  BLOCKS,
  blockShape,
  caseName,
  FILLED,
  fromRows,
  GOLDEN_BLOCK,
  goldenInput,
  lines,
  overBlocks,
} from "./blocks.ts";

interface ReduceSpec {
  readonly f: (line: readonly number[]) => number;
  readonly dtypes: readonly DType[];
  readonly blocks?: readonly Block[];
  readonly low?: number;
  readonly high?: number;
  readonly tolerance?: Tolerance;
}

/** Integers in exact arithmetic, so that nothing is lost before the result wraps. */
const exactly = (f: (a: bigint, b: bigint) => bigint, first: bigint) => (line: readonly number[]) =>
  Number(BigInt.asIntN(32, line.map(BigInt).reduce(f, first)));
const whole = (line: readonly number[]) => line.every(Number.isInteger);

const reduceSpecs: Record<ReduceOp, ReduceSpec> = {
  sum: {
    f: (line) => (whole(line) ? exactly((a, b) => a + b, 0n)(line) : line.reduce((a, b) => a + b, 0)),
    dtypes: NUMBERS,
    tolerance: { abs: 1e-4 },
  },
  prod: {
    f: (line) => (whole(line) ? exactly((a, b) => a * b, 1n)(line) : line.reduce((a, b) => a * b, 1)),
    dtypes: NUMBERS,
    low: 0.8,
    high: 1.25,
    tolerance: { rel: 1e-4 },
  },
  max: { f: (line) => line.toSorted((a, b) => b - a)[0] ?? 0, dtypes: ALL_DTYPES, blocks: FILLED },
  min: { f: (line) => line.toSorted((a, b) => a - b)[0] ?? 0, dtypes: ALL_DTYPES, blocks: FILLED },
  any: { f: (line) => Number(line.some(Boolean)), dtypes: ["bool"] },
  all: { f: (line) => Number(line.every(Boolean)), dtypes: ["bool"] },
};

function reduceCases(op: ReduceOp): Case[] {
  const { f, dtypes, blocks = BLOCKS, low, high, tolerance = EXACT } = reduceSpecs[op];
  return overBlocks(dtypes, blocks, (dtype, block, layout) => {
    const integer = dtype === "int32";
    const x = random(dtype, blockShape(block), 9, integer ? -(2 ** 31) : low, integer ? 2 ** 31 : high);
    return defineCase({
      name: caseName(dtype, block, layout),
      inputs: [input(x, layout)],
      run: (k, a) => [k.reduce(op, a, block)],
      truth: () => [hostArray(dtype, [block.outer, block.inner], lines(x, block).map(f))],
      tolerance,
    });
  });
}

/** Runs of equal booleans, which random ones never are. */
const constantBools: readonly Case[] = (["any", "all"] as const).flatMap((op) =>
  [0, 1].map((value) =>
    defineCase({
      name: `${op} of 130 times ${value}`,
      inputs: [input(hostArray("bool", [130], new Array<number>(130).fill(value)), "offset")],
      run: (k, a) => [k.reduce(op, a, { outer: 1, n: 130, inner: 1 })],
      truth: () => [hostArray("bool", [1, 1], [value])],
    }),
  ),
);

const goldenReductions: readonly Case[] = FLOATS.flatMap((dtype) =>
  (["sum", "prod", "max", "min"] as const).map((op) =>
    defineCase({
      name: `${op} of special values, ${dtype}`,
      inputs: [goldenInput(dtype)],
      run: (k, a) => [k.reduce(op, a, GOLDEN_BLOCK)],
      truth: () => [hostArray(dtype, [GOLDEN_BLOCK.outer, 1], goldens.lines[op])],
      tolerance: { ulp: 4, anyZero: true },
    }),
  ),
);

/** Ties, so that "the first one" means something. */
function withTies(dtype: DType, block: Block): HostArray {
  const x = random(dtype, blockShape(block), 12, -3, 4);
  return hostArray(
    dtype,
    x.shape,
    x.values.map((v) => Math.round(dtype === "uint8" ? v / 50 : v)),
  );
}

const argCases: readonly Case[] = (["argmax", "argmin"] as const).flatMap((op) => [
  ...overBlocks(ALL_DTYPES, FILLED, (dtype, block, layout) => {
    const x = withTies(dtype, block);
    const pick = op === "argmax" ? Math.max : Math.min;
    return defineCase({
      name: `${op} ${caseName(dtype, block, layout)}`,
      inputs: [input(x, layout)],
      run: (k, a) => [k.argReduce(op, a, block)],
      truth: () => [
        hostArray(
          "int32",
          [block.outer, block.inner],
          lines(x, block).map((line) => line.indexOf(pick(...line))),
        ),
      ],
    });
  }),
  ...FLOATS.map((dtype) =>
    defineCase({
      name: `${op} of special values, ${dtype}`,
      inputs: [goldenInput(dtype)],
      run: (k, a) => [k.argReduce(op, a, GOLDEN_BLOCK)],
      truth: () => [hostArray("int32", [GOLDEN_BLOCK.outer, 1], goldens.lines[op])],
    }),
  ),
]);

const cumsumCases: readonly Case[] = [
  ...overBlocks(NUMBERS, BLOCKS, (dtype, block, layout) => {
    const integer = dtype === "int32";
    const x = random(dtype, blockShape(block), 10, integer ? -(2 ** 31) : -4, integer ? 2 ** 31 : 4);
    return defineCase({
      name: caseName(dtype, block, layout),
      inputs: [input(x, layout)],
      run: (k, a) => [k.cumsum(a, block)],
      truth: () => [
        fromRows(
          dtype,
          block,
          lines(x, block).map((line) => line.map((_, i) => line.slice(0, i + 1).reduce((a, b) => a + b, 0))),
        ),
      ],
      tolerance: { abs: 1e-4 },
    });
  }),
  ...FLOATS.map((dtype) =>
    defineCase({
      name: `special values, ${dtype}`,
      inputs: [goldenInput(dtype)],
      run: (k, a) => [k.cumsum(a, GOLDEN_BLOCK)],
      truth: () => [hostArray(dtype, [GOLDEN_BLOCK.outer, 5], goldens.lines.cumsum.flat())],
      tolerance: { ulp: 4, anyZero: true },
    }),
  ),
];

const sortCases: readonly Case[] = [false, true].flatMap((descending) => [
  ...overBlocks(ALL_DTYPES, BLOCKS, (dtype, block, layout) => {
    const x = withTies(dtype, block);
    return defineCase({
      name: `${caseName(dtype, block, layout)}, ${descending ? "descending" : "ascending"}`,
      inputs: [input(x, layout)],
      run: (k, a) => {
        const { values, indices } = k.sort(a, block, descending);
        return [values, indices];
      },
      truth: () => {
        const sorted = lines(x, block).map((line) =>
          line.map((value, i) => ({ value, i })).sort((p, q) => (descending ? q.value - p.value : p.value - q.value)),
        );
        return [
          fromRows(
            dtype,
            block,
            sorted.map((line) => line.map(({ value }) => value)),
          ),
          fromRows(
            "int32",
            block,
            sorted.map((line) => line.map(({ i }) => i)),
          ),
        ];
      },
    });
  }),
  ...FLOATS.map((dtype) =>
    defineCase({
      name: `special values, ${dtype}, ${descending ? "descending" : "ascending"}`,
      inputs: [goldenInput(dtype)],
      run: (k, a) => {
        const { values, indices } = k.sort(a, GOLDEN_BLOCK, descending);
        return [values, indices];
      },
      truth: () => {
        const { up, upIndices, down, downIndices } = goldens.lines;
        const shape = [GOLDEN_BLOCK.outer, 5];
        const [values, indices] = descending ? [down, downIndices] : [up, upIndices];
        return [hostArray(dtype, shape, values.flat()), hostArray("int32", shape, indices.flat())];
      },
    }),
  ),
]);

const group = (name: string, cases: readonly Case[]): readonly Group[] => [{ name, cases }];

export const alongAxis = {
  reduce: [
    ...(Object.keys(reduceSpecs) as ReduceOp[]).map((op) => ({ name: op, cases: reduceCases(op) })),
    { name: "constant booleans", cases: constantBools },
    { name: "PyTorch's values", cases: goldenReductions },
  ] satisfies readonly Group[],
  argReduce: group("argReduce", argCases),
  cumsum: group("cumsum", cumsumCases),
  sort: group("sort", sortCases),
};
