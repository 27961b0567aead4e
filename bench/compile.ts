/**
 * @file Training steps and chains compiled and eager, in turns: `npm run bench:compile -- --help`. Checks that both give the
 * same losses.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  compile,
  deviceInfo,
  getNumThreads,
  manualSeed,
  nn,
  optim,
  rand,
  randint,
  setNumThreads,
  type Tensor,
} from "tapegrad";
import { findPython } from "./python.ts";
import { MODELS, type Workload } from "./steps/models.ts";
import { Side } from "./turns/side.ts";

const USAGE = `npm run bench:compile -- [options]

Least and median milliseconds of each workload, eager and compiled, measured in turns, with their ratio; PyTorch's, where
python3 has it; and the memory of a step beside what is there before: eager at its peak, compiled as planned.

  --only TEXT[,TEXT]   only workloads whose names contain one of these
  --threads N          threads (all)
  --seconds S          time for each workload (4)
  --no-pytorch         leave PyTorch out
  --list               print the programs too
  --help               show this

TAPEGRAD_BLAS=off takes the built-in products.`;

/** Ten operations on 10⁶ elements, and back. */
function chain(): () => unknown {
  const x = rand([1_000_000], { requiresGrad: true });
  return () => {
    const y = x.mul(2).add(1).relu().mul(x).sub(0.5).abs().mul(3).add(x).square().mul(0.5);
    y.sum().backward();
    const { grad } = x;
    x.grad = null;
    return grad;
  };
}

/** Ten layers of 16 units. */
function tinyLayers(): () => unknown {
  const model = new nn.Sequential(...Array.from({ length: 10 }, () => [new nn.Linear(16, 16), new nn.ReLU()]).flat());
  const optimizer = new optim.RMSprop(model.parameters(), { lr: 0.001 });
  const [x, y] = [rand([8, 16]), randint(0, 16, [8])];
  const lossFn = new nn.CrossEntropyLoss();
  return () => {
    const loss = lossFn.forward(model.forward(x), y);
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    return loss;
  };
}

const WORKLOADS: Readonly<Record<string, Workload>> = {
  ...MODELS,
  "chain of 10 operations on 10⁶": chain,
  "10 layers of 16 units": tinyLayers,
};

interface Times {
  readonly eager: number[];
  readonly compiled: number[];
  readonly pytorch: number[];
}

/** PyTorch's share of the turns: a round for each of our own, on one thread and on all, of which the best counts. */
interface Peer {
  readonly side: Side;
  readonly threads: readonly number[];
}

/** Whether PyTorch has a workload of a name; prepares it. */
async function isReady(peer: Peer | null, name: string): Promise<boolean> {
  return peer !== null && (await peer.side.ask({ command: "ready", name })).ok;
}

const MiB = 2 ** 20;

const least = (values: readonly number[]): number => Math.min(...values);
const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function timed(run: () => unknown, repeats: number): number {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) run();
  return (performance.now() - start) / repeats;
}

async function measure(
  name: string,
  make: Workload,
  { seconds, showProgram, peer }: { seconds: number; showProgram: boolean; peer: Peer | null },
): Promise<void> {
  const heap = () => deviceInfo().heap ?? { residentBytes: 0, peakBytes: 0 };
  manualSeed(0);
  const eager = make();
  const before = heap().peakBytes;
  // The first step makes the optimizer's state, which stays.
  const expected = [eager() as Tensor, eager() as Tensor];
  const { residentBytes, peakBytes } = heap();
  manualSeed(0);
  const compiled = compile(make(), { fullgraph: true });
  const start = performance.now();
  const first = compiled() as Tensor;
  const capture = performance.now() - start;
  const same = [first, compiled() as Tensor].map((result, i) => expected[i]?.equal(result) === true);
  for (let i = 0; i < 4; i++) same.push((eager() as Tensor).equal(compiled() as Tensor));
  const once = timed(eager, 3);
  const repeats = Math.max(1, Math.round(2 / once));
  const times: Times = { eager: [], compiled: [], pytorch: [] };
  const isPeered = await isReady(peer, name);
  for (const end = performance.now() + 1000 * seconds; performance.now() < end; ) {
    times.eager.push(timed(eager, repeats));
    times.compiled.push(timed(compiled, repeats));
    if (peer === null || !isPeered) continue;
    const round = {
      command: "round",
      ms: Math.max(5, once),
      threads: peer.threads[times.pytorch.length % peer.threads.length],
    };
    const reply = await peer.side.ask<{ best: number }>(round);
    if (!reply.ok) throw new Error(`${name}, PyTorch: ${reply.error}`);
    times.pytorch.push(reply.best);
  }
  const ratio = (of: (values: readonly number[]) => number): string =>
    (of(times.compiled) / of(times.eager)).toFixed(2);
  const [program] = compiled.programs;
  const beside = isPeered
    ? `  PyTorch ${least(times.pytorch).toFixed(3)}, to it ${(least(times.compiled) / least(times.pytorch)).toFixed(2)}`
    : "";
  // What ran before in this process may have had a higher peak.
  const eagerMiB = peakBytes > before ? ((peakBytes - residentBytes) / MiB).toFixed(1) : "?";
  const memory = `${eagerMiB} -> ${((program?.stats.bytes ?? 0) / MiB).toFixed(1)} MiB`;
  console.log(
    `${name.padEnd(32)} eager ${least(times.eager).toFixed(3)}  compiled ${least(times.compiled).toFixed(3)}  ` +
      `ratio ${ratio(least)} (medians ${ratio(middle)})${beside}  capture ${capture.toFixed(0)} ms  ` +
      `calls ${program?.stats.eagerCalls} -> ${program?.stats.calls}  ${memory}  ` +
      `${same.every(Boolean) ? "same" : "OTHER"} results`,
  );
  if (showProgram) console.log(String(program));
}

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    threads: { type: "string" },
    seconds: { type: "string", default: "4" },
    "no-pytorch": { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
} else {
  if (values.threads !== undefined) setNumThreads(Number(values.threads));
  const { blas } = deviceInfo();
  console.log(`${getNumThreads()} threads, products by ${blas === null ? "the built-in kernels" : blas.library}`);
  const wanted = values.only?.split(",") ?? [""];
  const python = values["no-pytorch"] ? null : findPython();
  const script = join(import.meta.dirname, "steps", "steps.py");
  const peer =
    python === null
      ? null
      : { side: new Side("PyTorch", { program: python, args: [script] }), threads: [1, getNumThreads()] };
  const settings = { seconds: Number(values.seconds), showProgram: values.list, peer };
  try {
    for (const [name, make] of Object.entries(WORKLOADS)) {
      if (name.includes("16 tokens") || !wanted.some((text) => name.includes(text))) continue;
      await measure(name, make, settings);
    }
  } finally {
    peer?.side.close();
  }
}
