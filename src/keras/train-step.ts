/**
 * @file The steps of training and evaluation, the only place where a model computes: pure functions of a batch's tensors
 * that give the loss and the sums of the metrics, and wait for nothing.
 */
import { noGrad } from "../autograd/grad-mode.ts";
import { compile, compiledQuietly } from "../compile/compile.ts";
import type { Module } from "../nn/module.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Loss } from "./losses.ts";
import type { Metric } from "./metrics.ts";
import type { AnyOptimizer, Optimizer } from "./optimizers.ts";

/** How steps run: as they are, as programs where they can be captured, or as programs or not at all. */
export type Execution = "eager" | "captured" | "required";

/** The loss of a batch, and the sums of each metric. */
export type StepResult = readonly [loss: Tensor, ...metrics: Tensor[]];

/** A step on one batch. */
export type Step = (x: Tensor, y: Tensor, weight: Tensor | null) => StepResult;

/** What a step computes with. */
export interface StepParts {
  readonly module: Module;
  readonly loss: Loss;
  /** Metrics without the weights of samples. */
  readonly metrics: readonly Metric[];
  /** Metrics with them. */
  readonly weightedMetrics: readonly Metric[];
}

/** What a step of training changes the weights with. */
export interface TrainParts extends StepParts {
  readonly params: readonly Tensor[];
  readonly optimizer: Optimizer;
  readonly bound: AnyOptimizer;
}

function measure({ metrics, weightedMetrics }: StepParts, y: Tensor, pred: Tensor, weight: Tensor | null): Tensor[] {
  if (metrics.length + weightedMetrics.length === 0) return [];
  return noGrad(() => {
    const outputs = pred.detach();
    return [
      ...metrics.map((metric) => metric.compute(y, outputs, null)),
      ...weightedMetrics.map((metric) => metric.compute(y, outputs, weight)),
    ];
  });
}

/** Steps that run as they are, before one is captured: the first makes state, and a few are done sooner than a capture. */
const EAGER_STEPS = 3;

function executed(step: Step, execution: Execution): Step {
  if (execution === "eager") return step;
  const captured = execution === "required" ? compile(step, { fullgraph: true }) : compiledQuietly(step);
  let count = 0;
  return (x, y, weight) => (++count <= EAGER_STEPS ? step : captured)(x, y, weight);
}

/** A step of training: forward, backward, and one of the optimizer. */
export function trainStep(parts: TrainParts, execution: Execution): Step {
  const { module, loss, optimizer, bound, params } = parts;
  const step: Step = (x, y, weight) => {
    const pred = module.forward(x);
    const value = loss.compute(y, pred, weight);
    value.backward();
    optimizer.clip(params);
    bound.step();
    bound.zeroGrad();
    return [value.detach(), ...measure(parts, y, pred, weight)];
  };
  const run = executed(step, execution);
  return (x, y, weight) => {
    optimizer.prepare();
    return run(x, y, weight);
  };
}

/** A step of evaluation. */
export function testStep(parts: StepParts, execution: Execution): Step {
  const { module, loss } = parts;
  const step: Step = (x, y, weight) =>
    noGrad(() => {
      const pred = module.forward(x);
      return [loss.compute(y, pred, weight), ...measure(parts, y, pred, weight)];
    });
  return executed(step, execution);
}
