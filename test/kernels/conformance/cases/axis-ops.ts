/** @file Operations along an axis: reductions, argmax, scans, sorting and selection. */
import type { ArgScanOp, Block, DType, ReduceOp, ScanOp } from "../../../../kernels/backend.ts";
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

const scanSteps: Record<ScanOp, ReduceSpec> = {
  cumsum: reduceSpecs.sum,
  cumprod: reduceSpecs.prod,
  logcumsumexp: {
    f: (line) => Math.log(line.reduce((sum, v) => sum + Math.exp(v), 0)),
    dtypes: FLOATS,
    tolerance: { rel: 1e-6, abs: 1e-6 },
  },
};

const scanCases = (op: ScanOp): readonly Case[] => {
  const { f, dtypes, low = -4, high = 4, tolerance = EXACT } = scanSteps[op];
  return overBlocks(
    op === "logcumsumexp" ? dtypes : ALL_DTYPES,
    [...BLOCKS, { outer: 9, n: 1027, inner: 1 }],
    (dtype, block, layout) => {
      const integer = dtype === "int32";
      const x = random(dtype, blockShape(block), 10, integer ? -(2 ** 31) : low, integer ? 2 ** 31 : high);
      const step = op === "cumsum" ? Math.max : Math.min;
      return defineCase({
        name: `${op} ${caseName(dtype, block, layout)}`,
        inputs: [input(x, layout)],
        run: (k, a) => [k.scan(op, a, block)],
        truth: () => [
          fromRows(
            dtype,
            block,
            lines(x, block).map((line) =>
              line.map((_, i) => (dtype === "bool" ? step(...line.slice(0, i + 1)) : f(line.slice(0, i + 1)))),
            ),
          ),
        ],
        tolerance,
        ...(op === "logcumsumexp" ? { referenceTolerance: { rel: 1e-6, abs: 1e-6 } } : {}),
      });
    },
  );
};

/** Beyond what an exponential can be, and where nothing has been added up yet. */
const farSums: readonly Case[] = FLOATS.map((dtype) => {
  const values = [-Infinity, -Infinity, 1000, 1000, -2000, 3000, Infinity, 1, NaN, 2];
  const sums = [-Infinity, -Infinity, 1000, 1000 + Math.LN2, 1000 + Math.LN2, 3000, Infinity, Infinity, NaN, NaN];
  const three = (line: readonly number[]) => [...line, ...line, ...line];
  return defineCase({
    name: `logcumsumexp of large numbers, ${dtype}`,
    inputs: [input(hostArray(dtype, [3, 10, 1], three(values)))],
    run: (k, a) => [k.scan("logcumsumexp", a, { outer: 3, n: 10, inner: 1 })],
    truth: () => [hostArray(dtype, [3, 10, 1], three(sums))],
    tolerance: { rel: 1e-6 },
  });
});

/** The last place of the extreme of what comes before each place. */
function extremesSoFar(line: readonly number[], op: ArgScanOp): number[] {
  return line.map((_, i) => {
    const before = line.slice(0, i + 1);
    const best = before.some(Number.isNaN) ? NaN : (op === "cummax" ? Math.max : Math.min)(...before);
    return before.findLastIndex((v) => v === best || (Number.isNaN(v) && Number.isNaN(best)));
  });
}

const argScanCases: readonly Case[] = (["cummax", "cummin"] as const).flatMap((op) => [
  ...overBlocks(ALL_DTYPES, FILLED, (dtype, block, layout) => {
    const x = specials(dtype, block);
    return defineCase({
      name: `${op} ${caseName(dtype, block, layout)}`,
      inputs: [input(x, layout)],
      run: (k, a) => [k.argScan(op, a, block)],
      truth: () => [
        fromRows(
          "int32",
          block,
          lines(x, block).map((line) => extremesSoFar(line, op)),
        ),
      ],
    });
  }),
]);

/** Where the first of the longest runs of equal elements ends. */
function endOfLongestRun(line: readonly number[]): number {
  let [best, longest] = [0, 0];
  for (const [i, v] of line.entries()) {
    let run = 1;
    while (i - run >= 0 && line[i - run] === v) run++;
    if (run > longest) [best, longest] = [i, run];
  }
  return best;
}

const runCases: readonly Case[] = overBlocks(ALL_DTYPES, FILLED, (dtype, block, layout) => {
  const ties = withTies(dtype, block);
  const x = fromRows(
    dtype,
    block,
    lines(ties, block).map((line) => line.toSorted((a, b) => a - b)),
  );
  return defineCase({
    name: caseName(dtype, block, layout),
    inputs: [input(x, layout)],
    run: (k, a) => [k.longestRun(a, block)],
    truth: () => [hostArray("int32", [block.outer, block.inner], lines(x, block).map(endOfLongestRun))],
  });
});

/** Sequences, and as many values for each: rows of them, or one sequence for all. */
const SEARCHES: readonly { readonly rows: number; readonly width: number; readonly values: readonly number[] }[] = [
  { rows: 0, width: 5, values: [7] },
  { rows: 0, width: 1, values: [2, 3] },
  { rows: 0, width: 0, values: [40] },
  { rows: 0, width: 130, values: [5, 33] },
  { rows: 3, width: 20, values: [3, 25] },
  { rows: 4, width: 7, values: [4, 1] },
];

const searchCases: readonly Case[] = [false, true].flatMap((right) =>
  ALL_DTYPES.flatMap((dtype) =>
    SEARCHES.flatMap(({ rows, width, values }) =>
      (["dense", "offset"] as const).map((place) => {
        const block = { outer: Math.max(rows, 1), n: width, inner: 1 };
        const sorted = lines(withTies(dtype, block), block).map((line) => line.toSorted((a, b) => a - b));
        const shape = rows === 0 ? [width] : [rows, width];
        const list = hostArray(dtype, shape, sorted.flat());
        const wanted = specials(dtype, { outer: 1, n: values.reduce((a, b) => a * b, 1), inner: 1 });
        const rowLength = rows === 0 ? Infinity : (values.at(-1) as number);
        return defineCase({
          name: `${dtype} [${values.join(",")}] in [${shape.join(",")}]${right ? ", right" : ""}, ${place}`,
          inputs: [input(list, place), input({ ...wanted, shape: values }, place)],
          run: (k, a, b) => [k.searchSorted(a, b, right)],
          truth: () => [
            hostArray(
              "int32",
              values,
              wanted.values.map((v, i) => {
                const line = sorted[Math.floor(i / rowLength)] ?? [];
                return line.filter((u) => Number.isNaN(v) || (right ? u <= v : u < v)).length;
              }),
            ),
          ],
        });
      }),
    ),
  ),
);

const goldenSums: readonly Case[] = FLOATS.map((dtype) =>
  defineCase({
    name: `cumsum of special values, ${dtype}`,
    inputs: [goldenInput(dtype)],
    run: (k, a) => [k.scan("cumsum", a, GOLDEN_BLOCK)],
    truth: () => [hostArray(dtype, [GOLDEN_BLOCK.outer, 5], goldens.lines.cumsum.flat())],
    tolerance: { ulp: 4, anyZero: true },
  }),
);

/** Rows that are sorted by insertion, by small digits, by large ones, and in pieces. */
const SORTED_BLOCKS: readonly Block[] = [...BLOCKS, { outer: 1, n: 20011, inner: 1 }];

/** Elements with ties and both zeros and, of floats, NaN and infinities. */
function specials(dtype: DType, block: Block): HostArray {
  const x = withTies(dtype, block);
  if (dtype !== "float32" && dtype !== "float64") return x;
  const rare = [Number.NaN, Infinity, -Infinity, -0, 0, 1e-40, -1e-40];
  return hostArray(
    dtype,
    x.shape,
    x.values.map((v, i) => (i % 5 === 0 ? (rare[(i / 5) % rare.length] ?? v) : v)),
  );
}

/** The indices that sort a line: NaN is the largest, and equal elements keep their order. */
function sortedIndices(line: readonly number[], descending: boolean): number[] {
  const rank = (v: number) => (Number.isNaN(v) ? [1, 0] : [0, v]);
  const sign = descending ? -1 : 1;
  return [...line.keys()].sort((i, j) => {
    const [p = 0, x = 0] = rank(line[i] as number);
    const [q = 0, y = 0] = rank(line[j] as number);
    if (p !== q) return sign * (p - q);
    return x === y ? i - j : sign * (x < y ? -1 : 1);
  });
}

const topkCases: readonly Case[] = [false, true].flatMap((largest) =>
  [0, 1, 3, 40, 5000, Infinity].flatMap((wanted) =>
    overBlocks(ALL_DTYPES, SORTED_BLOCKS, (dtype, block, layout) => {
      const x = specials(dtype, block);
      const count = Math.min(wanted, block.n);
      return defineCase({
        name: `${count} of ${caseName(dtype, block, layout)}, ${largest ? "largest" : "smallest"}`,
        inputs: [input(x, layout)],
        run: (k, a) => [k.topk(a, block, count, largest)],
        truth: () => [
          fromRows(
            "int32",
            { ...block, n: count },
            lines(x, block).map((line) => sortedIndices(line, largest).slice(0, count)),
          ),
        ],
      });
    }),
  ),
);

const rankCases: readonly Case[] = [0, 0.3, 0.5, 1].flatMap((share) =>
  overBlocks(
    ALL_DTYPES,
    SORTED_BLOCKS.filter(({ n }) => n > 0),
    (dtype, block, layout) => {
      const x = specials(dtype, block);
      const rank = Math.round(share * (block.n - 1));
      return defineCase({
        name: `rank ${rank} of ${caseName(dtype, block, layout)}`,
        inputs: [input(x, layout)],
        run: (k, a) => [k.selectRank(a, block, rank)],
        truth: () => [
          hostArray(
            "int32",
            [block.outer, block.inner],
            lines(x, block).map((line) => sortedIndices(line, false)[rank] as number),
          ),
        ],
      });
    },
  ),
);

const sortCases: readonly Case[] = [false, true].flatMap((descending) => [
  ...overBlocks(ALL_DTYPES, SORTED_BLOCKS, (dtype, block, layout) => {
    const x = specials(dtype, block);
    return defineCase({
      name: `${caseName(dtype, block, layout)}, ${descending ? "descending" : "ascending"}`,
      inputs: [input(x, layout)],
      run: (k, a) => [k.argsort(a, block, descending)],
      truth: () => [
        fromRows(
          "int32",
          block,
          lines(x, block).map((line) => sortedIndices(line, descending)),
        ),
      ],
    });
  }),
  ...FLOATS.map((dtype) =>
    defineCase({
      name: `special values, ${dtype}, ${descending ? "descending" : "ascending"}`,
      inputs: [goldenInput(dtype)],
      run: (k, a) => [k.argsort(a, GOLDEN_BLOCK, descending)],
      truth: () => {
        const { upIndices, downIndices } = goldens.lines;
        return [hostArray("int32", [GOLDEN_BLOCK.outer, 5], (descending ? downIndices : upIndices).flat())];
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
  scan: [
    { name: "cumsum", cases: scanCases("cumsum") },
    { name: "cumprod", cases: scanCases("cumprod") },
    { name: "logcumsumexp", cases: [...scanCases("logcumsumexp"), ...farSums] },
    { name: "PyTorch's sums", cases: goldenSums },
  ] satisfies readonly Group[],
  argScan: group("argScan", argScanCases),
  searchSorted: group("searchSorted", searchCases),
  longestRun: group("longestRun", runCases),
  argsort: group("argsort", sortCases),
  topk: group("topk", topkCases),
  selectRank: group("selectRank", rankCases),
};
