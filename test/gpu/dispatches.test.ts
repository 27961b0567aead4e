/** @file How many kernels losses, layers and optimizers issue on WebGPU, forward and backward. */
import { expect, test, vi } from "vitest";
import { findBackend } from "../../kernels/backend.ts";
import { GpuBackend } from "../../kernels/gpu/backend.ts";
import type { GpuRuntime } from "../../kernels/gpu/runtime.ts";
import { nn, optim, rand, randn, type Tensor, tensor } from "../../src/entry/index.ts";
import { describeGpu } from "./device.ts";

const F = nn.functional;

/** How many kernels `fn` issues. */
function kernelsOf(runtime: GpuRuntime & Required<Pick<GpuRuntime, "runAll">>, fn: () => void): number {
  const runAll = vi.spyOn(runtime, "runAll");
  try {
    fn();
    return runAll.mock.calls.length;
  } finally {
    runAll.mockRestore();
  }
}

const batch = (...shape: number[]): Tensor => randn(...shape).to("gpu");
const leaf = (...shape: number[]): Tensor => batch(...shape).requiresGrad_();
const labels = (): Tensor => tensor([0, 1, 2, 3, 4, 0], { dtype: "int32" }).to("gpu");
const perClass = (): Tensor => rand(5).to("gpu");

/** One kernel for the elements, one for the sum, one for the mean; its gradient divides first. */
const ELEMENTWISE_LOSSES: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  mseLoss: (x) => F.mseLoss(x, batch(6, 5)),
  l1Loss: (x) => F.l1Loss(x, batch(6, 5)),
  smoothL1Loss: (x) => F.smoothL1Loss(x, batch(6, 5)),
  huberLoss: (x) => F.huberLoss(x, batch(6, 5)),
  binaryCrossEntropy: (x) => F.binaryCrossEntropy(x, rand(6, 5).to("gpu")),
  binaryCrossEntropyWithLogits: (x) => F.binaryCrossEntropyWithLogits(x, rand(6, 5).to("gpu")),
};

const ACTIVATIONS: readonly ((x: Tensor) => Tensor)[] = [
  ...[F.relu, F.elu, F.selu, F.celu, F.gelu, F.silu, F.mish, F.softplus, F.softsign, F.hardtanh],
  ...[F.hardswish, F.hardsigmoid, F.leakyRelu, F.logsigmoid, F.sigmoid, F.tanh],
];

const CASES: Readonly<Record<string, readonly [forward: number, backward: number, run: (x: Tensor) => Tensor]>> = {
  ...Object.fromEntries(Object.entries(ELEMENTWISE_LOSSES).map(([name, run]) => [name, [3, 2, run]])),
  ...Object.fromEntries(ACTIVATIONS.map((run) => [run.name, [1, 1, run]])),
  softmax: [1, 1, (x) => F.softmax(x, 1)],
  logSoftmax: [1, 1, (x) => F.logSoftmax(x, 1)],
  crossEntropy: [5, 2, (x) => F.crossEntropy(x, labels())],
  "crossEntropy with weights": [4, 4, (x) => F.crossEntropy(x, labels(), { weight: perClass() })],
  nllLoss: [3, 3, (x) => F.nllLoss(x, labels())],
  layerNorm: [1, 3, (x) => F.layerNorm(x, [5], perClass().requiresGrad_(), perClass().requiresGrad_())],
  batchNorm: [2, 3, (x) => F.batchNorm(x, null, null, perClass().requiresGrad_(), perClass().requiresGrad_(), true)],
};

const OPTIMIZERS: Readonly<Record<string, (parameters: Tensor[]) => optim.Optimizer>> = {
  SGD: (parameters) => new optim.SGD(parameters, { lr: 0.1, momentum: 0.9, weightDecay: 0.1 }),
  Adam: (parameters) => new optim.Adam(parameters, { amsgrad: true }),
  AdamW: (parameters) => new optim.AdamW(parameters),
  RMSprop: (parameters) => new optim.RMSprop(parameters, { centered: true, momentum: 0.9 }),
  Adagrad: (parameters) => new optim.Adagrad(parameters),
  Adadelta: (parameters) => new optim.Adadelta(parameters),
  Adamax: (parameters) => new optim.Adamax(parameters),
  NAdam: (parameters) => new optim.NAdam(parameters),
  RAdam: (parameters) => new optim.RAdam(parameters),
};

describeGpu("kernels that are issued", () => {
  const backend = findBackend("gpu");
  if (!(backend instanceof GpuBackend)) throw new Error("there is no GPU backend");
  const { runtime } = backend;
  const { runAll } = runtime;
  if (runAll === undefined) throw new Error("this GPU has no kernels with several results");
  const counted = runtime as GpuRuntime & { runAll: typeof runAll };

  test.each(Object.entries(CASES))("%s", (_, [forward, backward, run]) => {
    const x = leaf(6, 5);
    let y = x;
    expect(kernelsOf(counted, () => (y = run(x)))).toBe(forward);
    const grad = y.ndim === 0 ? null : batch(...y.shape);
    expect(kernelsOf(counted, () => y.backward(grad))).toBe(backward);
  });

  test.each(Object.entries(OPTIMIZERS))("%s: one for each parameter", (_, make) => {
    const parameters = [leaf(4, 3), leaf(5)];
    const optimizer = make(parameters);
    for (let step = 0; step < 2; step++) {
      for (const p of parameters) p.grad = batch(...p.shape);
      expect(kernelsOf(counted, () => optimizer.step())).toBe(2);
    }
  });
});
