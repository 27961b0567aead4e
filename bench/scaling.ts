/**
 * @file A cost model of data-parallel training: what docs/distributed-scaling.md explains. It prints what the
 * model says of two and four ranks on one machine, and predicts larger runs.
 *
 *   node bench/scaling.ts
 */

/** How ranks are connected: seconds for a message, for a byte on its way, and for reducing a byte. */
export interface Network {
  readonly name: string;
  readonly latency: number;
  readonly perByte: number;
  readonly reducePerByte: number;
  /** Share of a transfer that the processors do not have to do, and that can hide behind the backward pass. */
  readonly hidden: number;
}

/** What one rank computes in a step. Times are in seconds. */
export interface Workload {
  readonly name: string;
  readonly forward: number;
  readonly backward: number;
  readonly optimizer: number;
  /** Bytes of the gradients by layer, in the order of forward, and each layer's share of the backward pass. */
  readonly layers: readonly { readonly bytes: number; readonly share: number }[];
  /** Standard deviation of a rank's step, as a share of it. */
  readonly jitter: number;
}

const MEBIBYTE = 2 ** 20;
const FIRST_BUCKET = MEBIBYTE;
const BUCKET = 25 * MEBIBYTE;

/** Around a ring: every rank sends every part twice, in 2 (R − 1) messages. */
export function ring(bytes: number, ranks: number, { latency, perByte, reducePerByte }: Network): number {
  const passed = ((ranks - 1) / ranks) * bytes;
  return 2 * (ranks - 1) * latency + 2 * passed * perByte + passed * reducePerByte;
}

/** Recursive halving and doubling (Rabenseifner): as much data as the ring, in 2 log₂ R messages. */
export function halving(bytes: number, ranks: number, { latency, perByte, reducePerByte }: Network): number {
  const passed = ((ranks - 1) / ranks) * bytes;
  return 2 * Math.ceil(Math.log2(ranks)) * latency + 2 * passed * perByte + passed * reducePerByte;
}

/** Recursive doubling: everything in log₂ R messages, best where latency is all that counts. */
export function tree(bytes: number, ranks: number, { latency, perByte, reducePerByte }: Network): number {
  return Math.ceil(Math.log2(ranks)) * (latency + bytes * (perByte + reducePerByte));
}

/** An MPI library picks the algorithm by size. */
export function allReduceTime(bytes: number, ranks: number, network: Network): number {
  if (ranks === 1) return 0;
  return Math.min(ring(bytes, ranks, network), halving(bytes, ranks, network), tree(bytes, ranks, network));
}

/** The expected largest of `ranks` normal deviates: every step waits for the slowest rank. */
function expectedMaximum(ranks: number): number {
  return ranks === 1 ? 0 : Math.sqrt(2 * Math.log(ranks)) * (1 - 0.25 / Math.log(ranks + 1));
}

/** The times at which buckets are full, in seconds after the backward pass began, and their bytes. */
function bucketsOf({ layers, backward }: Workload): { readonly ready: number; readonly bytes: number }[] {
  const buckets: { ready: number; bytes: number }[] = [];
  let [elapsed, bytes] = [0, 0];
  for (const layer of layers.toReversed()) {
    elapsed += layer.share * backward;
    bytes += layer.bytes;
    if (bytes < (buckets.length === 0 ? FIRST_BUCKET : BUCKET)) continue;
    buckets.push({ ready: elapsed, bytes });
    bytes = 0;
  }
  if (bytes > 0) buckets.push({ ready: elapsed, bytes });
  return buckets;
}

export interface Step {
  readonly total: number;
  /** What the ranks wait for the network after the backward pass. */
  readonly exposed: number;
  readonly bytes: number;
}

/**
 * One step: the buckets are reduced one after the other, each when it is full.
 *
 * @param cores Processors that the ranks of a machine share, if they are fewer than the ranks.
 */
export function simulate(work: Workload, ranks: number, network: Network, cores = ranks, overlap = true): Step {
  const slowdown = Math.max(1, ranks / cores);
  const buckets = bucketsOf({ ...work, backward: work.backward * slowdown });
  let [backward, network_, free] = [work.backward * slowdown, 0, 0];
  for (const { ready, bytes } of buckets) {
    const time = allReduceTime(bytes, ranks, network);
    // What the processors do for a transfer makes the backward pass longer.
    backward += (1 - network.hidden) * time * slowdown;
    free = Math.max(free, overlap ? ready : work.backward * slowdown) + network.hidden * time;
    network_ += time;
  }
  const exposed = Math.max(0, free - backward) + (1 - network.hidden) * network_ * slowdown;
  const compute = (work.forward + work.backward + work.optimizer) * slowdown;
  const waiting = compute * work.jitter * expectedMaximum(ranks);
  const total = (work.forward + work.optimizer) * slowdown + Math.max(backward, free) + waiting;
  return { total, exposed, bytes: buckets.reduce((sum, bucket) => sum + bucket.bytes, 0) };
}

/** Ranks of one machine: a transfer is copying by the processors. It takes 0.21 ms for 1.6 MB between two ranks, as measured. */
export const SHARED_MEMORY: Network = {
  name: "shared memory",
  latency: 2e-6,
  perByte: 1 / 12e9,
  reducePerByte: 1 / 12e9,
  hidden: 0,
};
export const ETHERNET: Network = {
  name: "10 Gbit/s Ethernet",
  latency: 30e-6,
  perByte: 1 / 1.15e9,
  reducePerByte: 1 / 8e9,
  hidden: 0.8,
};
export const INFINIBAND: Network = {
  name: "100 Gbit/s InfiniBand",
  latency: 2e-6,
  perByte: 1 / 11.5e9,
  reducePerByte: 1 / 8e9,
  hidden: 0.8,
};

/** Assumed for one core; `examples/distributed.ts` on one rank shows that of a machine. */
const MNIST_STEP = 3.3e-3;

/** Linear(784, 512), Linear(512, 10), batch 128 for each rank, one thread. */
export const MNIST: Workload = {
  name: "MNIST network",
  forward: 0.3 * MNIST_STEP,
  backward: 0.6 * MNIST_STEP,
  optimizer: 0.1 * MNIST_STEP,
  layers: [
    { bytes: 4 * (784 * 512 + 512), share: 0.9 },
    { bytes: 4 * (512 * 10 + 10), share: 0.1 },
  ],
  jitter: 0.03,
};

/** Speed of a rank of 32 cores in float32, in floating-point operations per second, of which products get 60 %. */
const RANK_FLOPS = 0.6 * 32 * 60e9;
const GPT_PARAMETERS = 100e6;
const GPT_TOKENS = 8 * 1024;
const GPT_LAYERS = 12;
/** 2 operations for each parameter and token forward, 4 backward. */
const gptTime = (perToken: number): number => (perToken * GPT_PARAMETERS * GPT_TOKENS) / RANK_FLOPS;

export const GPT: Workload = {
  name: "GPT of 100 M parameters",
  forward: gptTime(2),
  backward: gptTime(4),
  optimizer: (GPT_PARAMETERS * 4 * 7) / 100e9,
  layers: Array.from({ length: GPT_LAYERS }, () => ({
    bytes: (4 * GPT_PARAMETERS) / GPT_LAYERS,
    share: 1 / GPT_LAYERS,
  })),
  jitter: 0.02,
};

/** The same work divided among ranks: a batch that does not grow with them. */
export function divided(work: Workload, ranks: number): Workload {
  return { ...work, forward: work.forward / ranks, backward: work.backward / ranks };
}

/** Share of the throughput of R single ranks. */
export function efficiency(work: Workload, ranks: number, network: Network): number {
  return simulate(work, 1, network).total / simulate(work, ranks, network).total;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) => row.map((cell, i) => cell.padStart(widths[i] ?? 0)).join("  ")).join("\n");
}

const ms = (seconds: number): string => (seconds * 1e3).toFixed(2);

if (process.argv[1]?.endsWith("scaling.ts")) {
  const ranks = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
  console.log("one machine with two cores, MNIST network, ms per step:");
  console.log(
    table([["ranks", "model"], ...[1, 2, 4].map((r) => [`${r}`, ms(simulate(MNIST, r, SHARED_MEMORY, 2).total)])]),
  );
  for (const work of [MNIST, GPT]) {
    for (const network of [ETHERNET, INFINIBAND]) {
      console.log(`\n${work.name}, one rank a machine, ${network.name}:`);
      const rows = ranks.map((r) => {
        const { total, exposed } = simulate(work, r, network);
        const alone = simulate(work, r, network, r, false).total;
        const share = `${(100 * efficiency(work, r, network)).toFixed(0)} %`;
        const faster = simulate(work, 1, network).total / simulate(divided(work, r), r, network).total;
        return [`${r}`, ms(total), ms(exposed), ms(alone), share, faster.toFixed(1)];
      });
      console.log(table([["ranks", "ms/step", "waiting", "no overlap", "efficiency", "one batch divided"], ...rows]));
    }
  }
}
