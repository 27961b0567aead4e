/** @file Ranks that the program starts itself: argument "own" through multiprocessing.spawn alone, "fail" with one that throws. */
import { deepStrictEqual as same, throws } from "node:assert";
import { writeSync } from "node:fs";
import { nn, ones, tensor } from "tapegrad";
import {
  allGatherObject,
  allReduce,
  barrier,
  broadcastObjectList,
  DistributedDataParallel,
  getBackend,
  getRank,
  getWorldSize,
  initProcessGroup,
  multiprocessing,
  ReduceOp,
} from "tapegrad/distributed";

const [how = "own", ranks = "2"] = process.argv.slice(2);

async function train(rank: number, worldSize: number, name: string): Promise<void> {
  await initProcessGroup("mpi", { initMethod: "env://", rank, worldSize });
  same([getRank(), getWorldSize(), getBackend(), name], [rank, worldSize, "mpi", "run 7"]);
  if (how === "fail" && rank === worldSize - 1) throw new TypeError("the data of this rank is broken");

  const t = tensor([rank + 1]);
  allReduce(t, ReduceOp.MAX);
  same(t.itemSync(), worldSize);

  const model = new DistributedDataParallel(new nn.Linear(2, 1), { deviceIds: [rank], outputDevice: rank });
  model.forward(ones(1, 2)).sum().backward();

  const list: unknown[] = rank === 0 ? ["text", { lr: 0.1, at: new Map([["x", [1, Number.NaN]]]) }] : [null, null];
  broadcastObjectList(list);
  same(list, ["text", { lr: 0.1, at: new Map([["x", [1, Number.NaN]]]) }]);
  const from: unknown[] = rank === worldSize - 1 ? [rank] : [null];
  broadcastObjectList(from, { src: worldSize - 1 });
  same(from, [worldSize - 1]);
  const all: unknown[] = Array(worldSize).fill(null);
  allGatherObject(all, { rank, text: "x".repeat(10 * rank) });
  same(
    all,
    all.map((_, i) => ({ rank: i, text: "x".repeat(10 * i) })),
  );
  throws(
    () => broadcastObjectList([() => 1], rank),
    /\[broadcastObjectList\] expected values that structuredClone takes/,
  );
  throws(() => allGatherObject([], 1), /one place for each of \d ranks/);

  barrier({ deviceIds: [rank] });
  if (rank === 0) writeSync(1, `${worldSize} ranks ok\n`);
}

await multiprocessing.spawn(train, [Number(ranks), "run 7"], Number(ranks));
// Not in the processes that were started, which end with their function.
if (how === "own") writeSync(1, "the end\n");
