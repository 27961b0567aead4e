/** @file torch.cuda.amp.GradScaler, as it is where there is no CUDA. */
import { keyword, optional, readArgument, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { aBoolean, aNumber, aTensor, oneOf } from "../core/kinds.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkOptimizer } from "./lr-scheduler/scheduler.ts";
import type { Optimizer } from "./optimizer.ts";

/** Options of {@link GradScaler}. */
export interface GradScalerOptions {
  /** The device that programs for newer PyTorch name. Nothing depends on it. */
  readonly device?: "cpu" | "cuda" | "gpu" | undefined;
  /** Scale of the first step. Default 65536. */
  readonly initScale?: number | undefined;
  /** What the scale is multiplied by when gradients stay finite. Default 2. */
  readonly growthFactor?: number | undefined;
  /** What the scale is multiplied by when a gradient is not finite. Default 0.5. */
  readonly backoffFactor?: number | undefined;
  /** Number of finite steps before the scale grows. Default 2000. */
  readonly growthInterval?: number | undefined;
  /** Whether losses are to be scaled. Default true, which is disabled with a warning. */
  readonly enabled?: boolean | undefined;
}

const GRAD_SCALER = signature("GradScaler", {
  device: optional(oneOf("cpu", "cuda", "gpu"), "cuda"),
  initScale: keyword(aNumber, 65536),
  growthFactor: keyword(aNumber, 2),
  backoffFactor: keyword(aNumber, 0.5),
  growthInterval: keyword(aNumber, 2000),
  enabled: keyword(aBoolean, true),
});

/**
 * What keeps gradients of half precision from becoming 0, for programs that have one: it is disabled, since there is no half
 * precision, as PyTorch's is without CUDA. Losses and gradients stay as they are.
 *
 * @example
 * const weight = tensor([1], { requiresGrad: true });
 * const optimizer = new optim.SGD([weight], { lr: 0.1 });
 * const scaler = new amp.GradScaler({ enabled: false });
 * scaler.scale(weight.sum()).backward();
 * scaler.step(optimizer);
 * scaler.update();
 * weight; // tensor([0.9000], requires_grad=True)
 */
export class GradScaler {
  constructor(device: "cpu" | "cuda" | "gpu", options?: Omit<GradScalerOptions, "device">);
  constructor(options?: GradScalerOptions);
  constructor(...given: readonly unknown[]) {
    const { enabled } = GRAD_SCALER.read(given);
    if (enabled) console.warn("[GradScaler] GradScaler is enabled, but CUDA is not available. Disabling.");
  }

  /** A loss as it is, or a list of them. @throws ValueError for anything else. */
  scale<T extends Tensor | readonly Tensor[]>(outputs: T): T {
    for (const output of Array.isArray(outputs) ? outputs : [outputs]) {
      readArgument("GradScaler.scale", "outputs", aTensor, output);
    }
    return outputs;
  }
  /** Leaves the gradients as they are. @throws ValueError for what is no optimizer. */
  unscale_(optimizer: Optimizer): void {
    checkOptimizer("GradScaler.unscale_", optimizer);
  }
  /** A step of the optimizer, with what its `step` takes. @throws ValueError for what is no optimizer. */
  step<R>(optimizer: Optimizer & { step(...args: readonly unknown[]): R }, ...args: readonly unknown[]): R {
    checkOptimizer("GradScaler.step", optimizer);
    return optimizer.step(...args);
  }
  /** The end of an iteration, which changes nothing. @throws ValueError for a scale that is no number. */
  update(newScale?: number | Tensor): void {
    if (newScale === undefined || typeof newScale === "number") return;
    readArgument("GradScaler.update", "newScale", aTensor, newScale);
  }
  /** The scale: 1. */
  getScale(): number {
    return 1;
  }
  /** Whether losses are scaled: never. */
  isEnabled(): boolean {
    return false;
  }
  /** The state: none. */
  stateDict(): Record<string, never> {
    return {};
  }
  /** Takes the state of one that is disabled, or of any other. @throws ValueError for what is no state. */
  loadStateDict(stateDict: object): void {
    if (typeof stateDict === "object" && stateDict !== null) return;
    throw new ValueError(`[GradScaler.loadStateDict] expected a state dictionary, but got ${typeof stateDict}`);
  }
}
