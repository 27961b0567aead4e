/** @file Losses and the updates of optimizers. */
import type { AdamOptions, Block, NDArray, RmspropOptions, SgdOptions } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { deliver } from "./elements.ts";
import { checkIndices } from "./guard.ts";
import type { GpuKernel } from "./kernel.ts";
import { withLineSums } from "./lines.ts";
import type { GpuMachine } from "./machine.ts";
import { SOFTMAX } from "./sources/lines.ts";
import {
  ADAM,
  FOLLOW,
  LARGER,
  LOSSES,
  LOSSES_GRAD,
  MEAN,
  MEAN_SQUARE,
  rmspropKernel,
  SGD_BUFFER,
  SGD_MOMENTUM,
  SGD_PLAIN,
} from "./sources/training.ts";

export function crossEntropy(
  machine: GpuMachine,
  logits: NDArray,
  target: NDArray,
  ignoreIndex: number,
): { losses: NDArray; probs: NDArray } {
  const [rows, classes] = logits.shape as [number, number];
  if (rows === 0 || classes === 0) {
    return {
      losses: machine.result(logits.dtype, target.shape, 0),
      probs: machine.result(logits.dtype, logits.shape, 0),
    };
  }
  checkIndices(machine, "crossEntropy", target, {
    size: classes,
    ignored: ignoreIndex,
    describe: (value) => `Target ${value} is out of bounds.`,
  });
  const block: Block = { outer: rows, n: classes, inner: 1 };
  return withLineSums(machine, logits, block, (x, maxima, sums) => {
    const numbers = [logits.offset, classes, target.offset, target.strides[0] as number, ignoreIndex];
    const losses = machine.run(LOSSES, rows, [x, maxima, sums, machine.array(target)], numbers);
    const probs = machine.run(SOFTMAX, rows * classes, [x, maxima, sums], [classes, 1, logits.offset]);
    return {
      losses: machine.result(logits.dtype, target.shape, losses),
      probs: machine.result(logits.dtype, logits.shape, probs),
    };
  });
}

export function crossEntropyGrad(
  machine: GpuMachine,
  grad: NDArray,
  probs: NDArray,
  target: NDArray,
  ignoreIndex: number,
): NDArray {
  const length = sizeOf(probs.shape);
  if (length === 0) return machine.result(probs.dtype, probs.shape, 0);
  const numbers = [
    grad.offset,
    grad.strides[0] as number,
    probs.offset,
    probs.shape[1] as number,
    target.offset,
    target.strides[0] as number,
    ignoreIndex,
  ];
  const arrays = [machine.array(grad), machine.array(probs), machine.array(target)];
  return machine.result(probs.dtype, probs.shape, machine.run(LOSSES_GRAD, length, arrays, numbers));
}

/** Computes new contents of `target`, which is one of `arrays`, and puts them into it. */
function advance(
  machine: GpuMachine,
  kernel: GpuKernel,
  target: NDArray,
  arrays: readonly NDArray[],
  floats: readonly number[],
): void {
  const length = sizeOf(target.shape);
  if (length === 0) return;
  const sources = arrays.map((x) => machine.array(x));
  const numbers = [...arrays.map((x) => x.offset), ...floats];
  deliver(machine, target.dtype, target.shape, machine.run(kernel, length, sources, numbers), target);
}

export function sgd(
  machine: GpuMachine,
  param: NDArray,
  grad: NDArray,
  buffer: NDArray | null,
  options: SgdOptions,
): void {
  const { lr, momentum, dampening, weightDecay, nesterov, first } = options;
  const common = [options.maximize ? -1 : 1, weightDecay];
  if (buffer === null) {
    advance(machine, SGD_PLAIN, param, [param, grad], [...common, lr]);
    return;
  }
  const numbers = [...common, momentum, 1 - dampening, Number(first)];
  advance(machine, SGD_BUFFER, buffer, [param, grad, buffer], numbers);
  advance(machine, SGD_MOMENTUM, param, [param, grad, buffer], [...common, lr, momentum, Number(nesterov)]);
}

export function rmsprop(
  machine: GpuMachine,
  param: NDArray,
  grad: NDArray,
  squareAvg: NDArray,
  buffer: NDArray | null,
  gradAvg: NDArray | null,
  options: RmspropOptions,
): void {
  const { lr, alpha, eps, weightDecay, momentum } = options;
  const common = [options.maximize ? -1 : 1, weightDecay];
  const means = [...common, alpha, 1 - alpha];
  advance(machine, MEAN_SQUARE, squareAvg, [param, grad, squareAvg], means);
  if (gradAvg !== null) advance(machine, MEAN, gradAvg, [param, grad, gradAvg], means);
  const states = gradAvg === null ? [squareAvg] : [squareAvg, gradAvg];
  const centered = gradAvg !== null;
  if (buffer === null) {
    advance(machine, rmspropKernel(`plain:${centered}`), param, [param, grad, ...states], [...common, eps, lr]);
    return;
  }
  const arrays = [param, grad, ...states, buffer];
  advance(machine, rmspropKernel(`buffer:${centered}`), buffer, arrays, [...common, eps, momentum]);
  advance(machine, FOLLOW, param, [param, grad, buffer], [...common, lr]);
}

export function adam(
  machine: GpuMachine,
  param: NDArray,
  grad: NDArray,
  expAvg: NDArray,
  expAvgSq: NDArray,
  maxExpAvgSq: NDArray | null,
  options: AdamOptions,
): void {
  const { lr, beta1, beta2, eps, weightDecay, decoupled, step } = options;
  const common = [options.maximize ? -1 : 1, decoupled ? 0 : weightDecay];
  advance(machine, MEAN, expAvg, [param, grad, expAvg], [...common, beta1, 1 - beta1]);
  advance(machine, MEAN_SQUARE, expAvgSq, [param, grad, expAvgSq], [...common, beta2, 1 - beta2]);
  if (maxExpAvgSq !== null) advance(machine, LARGER, maxExpAvgSq, [param, grad, expAvgSq, maxExpAvgSq], common);
  const numbers = [
    ...common,
    decoupled ? 1 - lr * weightDecay : 1,
    lr / (1 - beta1 ** step),
    Math.sqrt(1 - beta2 ** step),
    eps,
  ];
  advance(machine, ADAM, param, [param, grad, expAvg, maxExpAvgSq ?? expAvgSq], numbers);
}
