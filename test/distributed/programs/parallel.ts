/** @file DistributedDataParallel: each rank checks its own gradients. */
import { ok, deepStrictEqual as same, throws } from "node:assert";
import { manualSeed, nn, noGrad, ones, optim, randn, type Tensor, tensor, zeros } from "tapegrad";
import {
  allGather,
  allReduce,
  DistributedDataParallel,
  getRank,
  getWorldSize,
  initProcessGroup,
  ReduceOp,
} from "tapegrad/distributed";

await initProcessGroup();
const [rank, size] = [getRank(), getWorldSize()];
const mean = (t: Tensor): Tensor => {
  const copy = t.detach().clone();
  allReduce(copy, { op: ReduceOp.AVG });
  return copy;
};
const near = (a: Tensor | null, b: Tensor | null, what: string): void => {
  ok(a !== null && b !== null && a.sub(b).abs().max().itemSync() <= 1e-6, `${what} on rank ${rank}: ${a} and ${b}`);
};

class Two extends nn.Module {
  used = new nn.Linear(6, 300);
  other = new nn.Linear(6, 300);
  spare = new nn.Linear(2, 2);
  last = new nn.Linear(300, 3);
  /** Which of the first two layers. */
  forward(x: Tensor, second: boolean): Tensor {
    return this.last.forward((second ? this.other : this.used).forward(x).tanh());
  }
}

// Gradients are the average of those of the ranks: with small buckets, with one, and without overlap.
for (const options of [{}, { bucketCapMb: 0.001 }, { bucketCapMb: 0.002, overlap: false }]) {
  manualSeed(rank);
  const plain = new nn.Sequential(new nn.Linear(6, 300), new nn.Tanh(), new nn.Linear(300, 300), new nn.Linear(300, 3));
  const model = new DistributedDataParallel(plain, options);
  const twin = plain.clone();
  for (let step = 0; step < 4; step++) {
    const x = randn(5, 6);
    const apart = step === 2;
    const backward = () => model.forward(x).square().mean().backward();
    if (apart) model.noSync(backward);
    else backward();
    twin.forward(x).square().mean().backward();
    for (const [i, parameter] of model.parameters().entries()) {
      const alone = twin.parameters()[i]?.grad ?? null;
      // The step after noSync averages the sum of both.
      near(parameter.grad, apart ? alone : alone && mean(alone), `step ${step}, parameter ${i}`);
    }
    if (apart) continue;
    for (const module of [model, twin]) module.zeroGrad(step === 0);
  }
}

// A parameter that is used twice, and a layer that several results depend on.
{
  manualSeed(1);
  const layer = new nn.Linear(400, 400);
  class Twice extends nn.Module<[Tensor, Tensor]> {
    layer = layer;
    forward(x: Tensor): [Tensor, Tensor] {
      const y = this.layer.forward(x);
      return [this.layer.forward(y), y];
    }
  }
  const model = new DistributedDataParallel(new Twice());
  const twin = layer.clone();
  const x = randn(2, 400).mul(rank + 1);
  const [a, b] = model.forward(x);
  a.sum().add(b.square().mean()).backward();
  const y = twin.forward(x);
  twin.forward(y).sum().add(y.square().mean()).backward();
  const expected = mean(twin.weight.grad as Tensor);
  const error = layer.weight.grad?.sub(expected).abs().max().itemSync() ?? Number.NaN;
  ok(error <= 1e-5 * expected.abs().max().itemSync(), `a layer that is used twice: ${error}`);
}

// Unused parameters: an error in the next forward, or found.
{
  const refusing = new DistributedDataParallel(new Two());
  const step = (model: DistributedDataParallel, second: boolean) =>
    model
      .forward(ones(1, 6).mul(rank + 1), second)
      .sum()
      .backward();
  step(refusing, false);
  throws(
    () => step(refusing, false),
    /Expected to have finished reduction in the prior iteration.*Parameters without a gradient on rank \d: other\.weight, other\.bias, spare\.weight, spare\.bias\./s,
  );
  const two = new Two();
  const finding = new DistributedDataParallel(two, { findUnusedParameters: true });
  for (let i = 0; i < 3; i++) {
    finding.zeroGrad();
    const second = rank === 1;
    const twin = two.clone();
    twin
      .forward(ones(1, 6).mul(rank + 1), second)
      .sum()
      .backward();
    step(finding, second);
    for (const name of ["used", "other", "last"] as const) {
      // Alone there is no rank that uses the other layer.
      if (size === 1 && name === "other") same(two.other.weight.grad, null);
      else near(two[name].weight.grad, mean(twin[name].weight.grad ?? zeros(two[name].weight.shape)), name);
    }
    same(two.spare.weight.grad, null);
  }
}

// A graph without a new forward is reduced once.
{
  const model = new DistributedDataParallel(new nn.Linear(2, 2));
  const out = model.forward(ones(1, 2)).sum();
  out.backward({ retainGraph: true });
  const first = model.parameters()[0]?.grad?.clone() ?? null;
  same(first?.toArraySync(), [
    [1, 1],
    [1, 1],
  ]);
}

// Buffers are those of rank 0; parameters and buffers begin as those of rank 0.
{
  manualSeed(20 + rank);
  const norm = new nn.BatchNorm1d(4);
  noGrad(() => norm.weight?.add_(rank));
  const model = new DistributedDataParallel(norm);
  same(norm.weight?.toArraySync(), [1, 1, 1, 1]);
  model.forward(randn(8, 4)).sum().backward();
  model.eval().forward(randn(8, 4));
  const { runningMean } = norm;
  ok(runningMean !== null);
  const all = Array.from({ length: size }, () => zeros(4));
  allGather(all, runningMean);
  for (const t of all) same(t.toArraySync(), runningMean.toArraySync());
  same(Object.keys(model.stateDict()), [
    "module.weight",
    "module.bias",
    "module.running_mean",
    "module.running_var",
    "module.num_batches_tracked",
  ]);
  same(Object.keys(model.module.stateDict()).includes("running_mean"), true);
}
if (size > 1) {
  throws(
    () => new DistributedDataParallel(new nn.Linear(2, rank + 1)),
    /rank 0 called DistributedDataParallel\(float32 \[1, 2\], weight, requires grad\); rank 1 called/,
  );
}
throws(() => new DistributedDataParallel(new nn.ReLU()), /not needed when a module doesn't have any parameters/);

// Many steps: the parameters stay bit-identical, and memory is bounded.
{
  manualSeed(rank);
  const steps = Number(process.argv[2]);
  const model = new DistributedDataParallel(
    new nn.Sequential(new nn.Linear(16, 400), new nn.ReLU(), new nn.Linear(400, 4)),
  );
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
  let early = 0;
  for (let step = 0; step < steps; step++) {
    const loss = model.forward(randn(4, 16)).square().mean();
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    if (step === Math.floor(steps / 4)) early = process.memoryUsage().rss;
  }
  const growth = (process.memoryUsage().rss - early) / 2 ** 20;
  ok(growth < 64, `memory grew by ${growth.toFixed(0)} MiB`);
  for (const parameter of model.parameters()) {
    const bits = tensor(new Int32Array(parameter.dataSync().buffer));
    const all = Array.from({ length: size }, () => zeros(bits.numel(), { dtype: "int32" }));
    allGather(all, bits);
    for (const other of all) ok(other.equal(bits), "parameters differ between ranks");
  }
}
// The statistics of all ranks: results, gradients and running statistics are those of one batch on one rank.
{
  manualSeed(9);
  const whole = randn(4 * size, 3, { dtype: "float64" });
  const column = (t: Tensor): Tensor => t.narrow(0, 4 * rank, 4);
  const sync = nn.SyncBatchNorm.convertSyncBatchnorm(new nn.BatchNorm1d(3).double());
  const plain = new nn.BatchNorm1d(3).double();
  const own = column(whole).clone().requiresGrad_();
  const all = whole.clone().requiresGrad_();
  const [y, wanted] = [sync.forward(own), plain.forward(all)];
  near(y.detach(), column(wanted.detach()), "synchronized normalization");
  y.pow(3).sum().backward();
  wanted.pow(3).sum().backward();
  near(own.grad, column(all.grad as Tensor), "gradient through synchronized normalization");
  near(sync.runningMean, plain.runningMean, "running mean");
  near(sync.runningVar, plain.runningVar, "running variance");
  const local = sync.weight?.grad ?? null;
  const total = local === null ? null : local.clone();
  if (total !== null) allReduce(total);
  near(total, plain.weight?.grad ?? null, "gradient of the weight");
}

if (rank === 0) console.log(`${size} ranks ok`);
