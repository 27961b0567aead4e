/** @file Every collective, blocking and asynchronous, for every dtype: each rank checks its own results. */
import { deepStrictEqual as same, throws } from "node:assert";
import { arange, type DType, ones, type Tensor, tensor, zeros } from "tapegrad";
import {
  allGather,
  allReduce,
  barrier,
  broadcast,
  destroyProcessGroup,
  gather,
  getRank,
  getWorldSize,
  initProcessGroup,
  isInitialized,
  ReduceOp,
  reduce,
  reduceScatter,
  scatter,
  type Work,
} from "tapegrad/distributed";

await initProcessGroup({ backend: "mpi" });
const [rank, size] = [getRank(), getWorldSize()];
const ranks = Array.from({ length: size }, (_, r) => r);
const DTYPES: readonly DType[] = ["float32", "float64", "int32", "uint8", "bool"];

/** Small ones are ordinary arrays, large ones lie in the kernels' memory. */
const LENGTHS = [0, 9, 300];

/** What rank `r` starts with. */
function values(dtype: DType, length: number, r: number): number[] {
  const list = Array.from({ length }, (_, i) => ((i * 7 + r * 3) % 5) + 1);
  return dtype === "bool" ? list.map((v) => (v % (r + 2) === 0 ? 1 : 0)) : list;
}
const make = (dtype: DType, length: number, r: number): Tensor => tensor(values(dtype, length, r), { dtype });
const read = (t: Tensor): number[] => Array.from(t.contiguous().dataSync());
const copies = (dtype: DType, length: number): Tensor[] => ranks.map(() => zeros(length, { dtype }));

const FOLD: Readonly<Record<string, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  product: (a, b) => a * b,
  min: Math.min,
  max: Math.max,
  band: (a, b) => a & b,
  bor: (a, b) => a | b,
  bxor: (a, b) => a ^ b,
};

function folded(op: ReduceOp, dtype: DType, lists: readonly number[][]): number[] {
  const float = dtype === "float32" || dtype === "float64";
  return (lists[0] ?? []).map((_, i) => {
    const column = lists.map((list) => list[i] ?? 0);
    if (op === "avg") return tensor(column.reduce((a, b) => a + b) / size, { dtype }).itemSync() as number;
    const result = column.reduce((a, b) => (FOLD[op] as (a: number, b: number) => number)(a, b));
    if (dtype === "bool") return result === 0 ? 0 : 1;
    return float ? result : dtype === "uint8" ? result & 255 : result | 0;
  });
}

let turn = 0;

/** Runs a collective blocking, then asynchronously with one of the ways of waiting. `start` makes fresh tensors each time. */
async function everyWay(start: (asyncOp: boolean) => { work: Work | undefined; check: () => void }): Promise<void> {
  for (const way of ["blocking", turn++ % 2 === 0 ? "await" : "sync"]) {
    const { work, check } = start(way !== "blocking");
    if (way === "await") await work?.wait();
    if (way === "sync") {
      work?.waitSync();
      same(work?.isCompleted(), true);
    }
    check();
  }
}

for (const dtype of DTYPES) {
  for (const length of LENGTHS) {
    const all = ranks.map((r) => values(dtype, length, r));
    const float = dtype === "float32" || dtype === "float64";
    const ops = Object.values(ReduceOp).filter((op) => (float ? !/^b/.test(op) : op !== "avg"));
    for (const op of length === 9 ? ops : ops.slice(0, 1)) {
      const expected = folded(op, dtype, all);
      await everyWay((asyncOp) => {
        const t = make(dtype, length, rank);
        const work = asyncOp ? allReduce(t, { op, asyncOp }) : void allReduce(t, { op });
        return { work, check: () => same(read(t), expected) };
      });
      await everyWay((asyncOp) => {
        const t = make(dtype, length, rank);
        const dst = size - 1;
        const work = asyncOp ? reduce(t, dst, { op, asyncOp }) : void reduce(t, dst, { op });
        return { work, check: () => same(read(t), rank === dst ? expected : all[rank]) };
      });
      await everyWay((asyncOp) => {
        const out = zeros(length, { dtype });
        const parts = ranks.map((to) => make(dtype, length, rank + to));
        const work = asyncOp ? reduceScatter(out, parts, { op, asyncOp }) : void reduceScatter(out, parts, { op });
        const mine = folded(
          op,
          dtype,
          ranks.map((from) => values(dtype, length, from + rank)),
        );
        return { work, check: () => same(read(out), mine) };
      });
    }
    await everyWay((asyncOp) => {
      const t = make(dtype, length, rank);
      const src = size - 1;
      const work = asyncOp ? broadcast(t, src, { asyncOp }) : void broadcast(t, src);
      return { work, check: () => same(read(t), all[src]) };
    });
    await everyWay((asyncOp) => {
      const list = copies(dtype, length);
      const t = make(dtype, length, rank);
      const work = asyncOp ? allGather(list, t, { asyncOp }) : void allGather(list, t);
      return { work, check: () => same(list.map(read), all) };
    });
    await everyWay((asyncOp) => {
      const dst = size - 1;
      const list = rank === dst ? copies(dtype, length) : null;
      const t = make(dtype, length, rank);
      const work = asyncOp ? gather(t, list, { dst, asyncOp }) : void gather(t, list, { dst });
      return { work, check: () => list && same(list.map(read), all) };
    });
    await everyWay((asyncOp) => {
      const list = rank === 0 ? ranks.map((r) => make(dtype, length, r)) : null;
      const t = zeros(length, { dtype });
      const work = asyncOp ? scatter(t, list, { asyncOp }) : void scatter(t, list);
      return { work, check: () => same(read(t), all[rank]) };
    });
  }
}
barrier();
await barrier({ asyncOp: true }).wait();

// Views: only their own elements change.
const base = zeros(40, 30);
const view = base.t().narrow(0, 3, 5);
allReduce(view.add_(rank + 1));
const sum = (size * (size + 1)) / 2;
same(read(view), new Array(200).fill(sum));
same(base.sum().itemSync(), 200 * sum);

// Several at once, waited for in another order.
const many = ranks.concat(ranks).map((r) => ones(500).mul(r + 1));
const works = many.map((t) => allReduce(t, { asyncOp: true }));
for (const work of works.reverse()) await work.wait();
for (const [i, t] of many.entries()) same(t.at(499).itemSync(), size * ((i % size) + 1));

// A parameter may be overwritten, and what a graph has saved notices.
const leaf = ones(300).requiresGrad_(true);
const used = leaf.square().sum();
broadcast(leaf, 0);
if (rank !== 0) throws(() => used.backward(), /modified by an inplace operation/);

// What ranks disagree about is an error on all of them, and they can go on.
if (size > 1) {
  const odd = rank === size - 1;
  const others = size === 2 ? "rank 0" : `ranks ${ranks.slice(0, -2).join(", ")} and ${size - 2}`;
  const message = (first: string, last: string): RegExp => {
    const text = `but ${others} called ${first}; rank ${size - 1} called ${last}.`;
    return new RegExp(text.replace(/[[\]().]/g, "\\$&"));
  };
  throws(() => allReduce(zeros(odd ? 3 : 2)), message("allReduce(float32 [2], sum)", "allReduce(float32 [3], sum)"));
  throws(
    () => allReduce(zeros(2, { dtype: odd ? "int32" : "float32" })),
    message("allReduce(float32 [2], sum)", "allReduce(int32 [2], sum)"),
  );
  throws(() => (odd ? barrier() : broadcast(zeros(2), 1)), message("broadcast(float32 [2], from rank 1)", "barrier()"));
  throws(
    () => allReduce(zeros(2), { op: odd ? "max" : "sum", asyncOp: true }),
    message("allReduce(float32 [2], sum)", "allReduce(float32 [2], max)"),
  );
}
throws(() => broadcast(zeros(2), size), /src must be a rank from 0 to/);
throws(() => allReduce(zeros(2), { op: "band" }), /BAND needs an integer or bool dtype, but got float32/);
throws(() => allReduce(zeros(2, { dtype: "int32" }), { op: "avg" }), /AVG needs a floating point dtype, but got int32/);
throws(() => allGather([], zeros(2)), /must have one tensor for each of/);

const t = arange(3, { dtype: "float32" });
allReduce(t);
same(
  read(t),
  [0, 1, 2].map((v) => v * size),
);
if (rank === 0) console.log(`${size} ranks ok`);
destroyProcessGroup();
same(isInitialized(), false);
