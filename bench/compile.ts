/**
 * @file Training steps and chains compiled and eager, in turns: `npm run bench:compile -- --help`. Checks that both give the
 * same losses.
 */
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
import { MODELS, type Workload } from "./steps/models.ts";

const USAGE = `npm run bench:compile -- [options]

Least and median milliseconds of each workload, eager and compiled, measured in turns, with their ratio.

  --only TEXT[,TEXT]   only workloads whose names contain one of these
  --threads N          threads (all)
  --seconds S          time for each workload (4)
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
}

const least = (values: readonly number[]): number => Math.min(...values);
const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function timed(run: () => unknown, repeats: number): number {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) run();
  return (performance.now() - start) / repeats;
}

function measure(name: string, make: Workload, seconds: number, showProgram: boolean): void {
  manualSeed(0);
  const eager = make();
  manualSeed(0);
  const compiled = compile(make(), { fullgraph: true });
  const start = performance.now();
  const first = compiled() as Tensor;
  const capture = performance.now() - start;
  const same = [(eager() as Tensor).equal(first)];
  for (let i = 0; i < 4; i++) same.push((eager() as Tensor).equal(compiled() as Tensor));
  const once = timed(eager, 3);
  const repeats = Math.max(1, Math.round(2 / once));
  const times: Times = { eager: [], compiled: [] };
  for (const end = performance.now() + 1000 * seconds; performance.now() < end; ) {
    times.eager.push(timed(eager, repeats));
    times.compiled.push(timed(compiled, repeats));
  }
  const ratio = (of: (values: readonly number[]) => number): string =>
    (of(times.compiled) / of(times.eager)).toFixed(2);
  const [program] = compiled.programs;
  console.log(
    `${name.padEnd(32)} eager ${least(times.eager).toFixed(3)}  compiled ${least(times.compiled).toFixed(3)}  ` +
      `ratio ${ratio(least)} (medians ${ratio(middle)})  capture ${capture.toFixed(0)} ms  ` +
      `calls ${program?.stats.eagerCalls} -> ${program?.stats.calls}  ${same.every(Boolean) ? "same" : "OTHER"} results`,
  );
  if (showProgram) console.log(String(program));
}

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    threads: { type: "string" },
    seconds: { type: "string", default: "4" },
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
  for (const [name, make] of Object.entries(WORKLOADS)) {
    if (name.includes("16 tokens") || !wanted.some((text) => name.includes(text))) continue;
    measure(name, make, Number(values.seconds), values.list);
  }
}
