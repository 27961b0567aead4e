/** @file For a page: element-wise work on large arrays, in a loop that lets the event loop turn, and in `tidy`. */
import { type DeviceInfo, deviceInfo, ones, type Tensor, tidy } from "../../../src/entry/index.ts";

export interface Run {
  readonly result: number;
  /** Storages that were moved out of the memory. */
  readonly spills: number;
  /** MiB of the memory. */
  readonly memory: number;
}

type Heap = NonNullable<DeviceInfo["heap"]>;

function heap(): Heap {
  const { heap } = deviceInfo();
  if (heap === null) throw new Error("there are no kernels");
  return heap;
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** 4 GB of results, of which one of 4 MB is needed at a time. */
async function loop(step: (x: Tensor) => Tensor): Promise<Run> {
  const { spills } = heap();
  let x = ones(1_000_000);
  for (let i = 1; i <= 250; i++) {
    x = step(x);
    if (i % 2 === 0) await turn();
  }
  const { spills: after, memoryBytes } = heap();
  return { result: await x.mean().item(), spills: after - spills, memory: memoryBytes / 2 ** 20 };
}

export default async function run(): Promise<Record<"tidied" | "plain", Run>> {
  const step = (x: Tensor) => x.mul(2).add(2).mul(0.5).sub(1);
  const tidied = await loop((x) => {
    const next = tidy(() => step(x));
    x.dispose();
    return next;
  });
  return { tidied, plain: await loop(step) };
}
