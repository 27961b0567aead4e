/** @file Rank 1 fails in the way that the argument says, while the others wait for it. */
import { zeros } from "tapegrad";
import { allReduce, barrier, getRank, initProcessGroup } from "tapegrad/distributed";

await initProcessGroup();

function breakDown(how: string | undefined): void {
  if (how === "throw") throw new TypeError("the data of this rank is broken");
  if (how === "reject") void Promise.reject(new TypeError("the data of this rank is broken"));
  if (how === "kill") process.kill(process.pid, "SIGKILL");
  if (how === "exit") process.exit(7);
  if (how === "end") process.exit();
}

barrier();
if (getRank() === 1) breakDown(process.argv[2]);
if (getRank() === 1) await new Promise((resolve) => setTimeout(resolve, 100));
for (;;) allReduce(zeros(10));
