/** @file What the distributions share: parameters as tensors, probabilities and logits, texts, limits of floats. */
import { ValueError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { type Kind, kind } from "../core/kinds.ts";
import { finfo } from "../core/numeric-limits.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { tensor } from "../tensor/create.ts";
import { broadcastTensors } from "../tensor/functions/movement.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A parameter of a distribution: one number, or one for each element. */
export type Parameter = Tensor | number;

/** The kind of a {@link Parameter}. */
export const aParameter: Kind<Parameter> = kind(
  "a Tensor or a number",
  (value) => typeof value === "number" || isTensor(value),
  (value) => (Array.isArray(value) ? "Wrap data with tensor(…)." : undefined),
);

export const EULER_CONSTANT = 0.5772156649015329;

/** Parameters as tensors of one shape. Numbers take dtype and device of the first tensor; without one they are float32. */
export function broadcastAll<const P extends readonly Parameter[]>(...values: P): { [I in keyof P]: Tensor } {
  const first = values.find(isTensor);
  const options = first === undefined ? {} : { dtype: first.dtype, device: first.device };
  const tensors = values.map((value) => (isTensor(value) ? value : tensor(value, options)));
  const broadcast = broadcastTensors(tensors);
  // A tensor that has the shape already stays itself, a leaf among them.
  return broadcast.map((wide, i) =>
    wide.ndim === tensors[i]?.ndim && wide.numel() === tensors[i].numel() ? tensors[i] : wide,
  ) as {
    [I in keyof P]: Tensor;
  };
}

/** The sum over the `count` rightmost dimensions. */
export function sumRightmost(value: Tensor, count: number): Tensor {
  if (count === 0) return value;
  return value.reshape([...value.shape.slice(0, value.ndim - count), -1]).sum(-1);
}

/** Probabilities of logits: the sigmoid of log odds, or the softmax over the last dimension. */
export function logitsToProbs(logits: Tensor, isBinary: boolean): Tensor {
  return isBinary ? logits.sigmoid() : logits.softmax(-1);
}

/** Probabilities away from 0 and 1 by the precision of their dtype. */
export function clampProbs(probs: Tensor): Tensor {
  const { eps } = finfo(probs.dtype);
  return probs.clamp(eps, 1 - eps);
}

/** Log odds of probabilities, or their logarithms. */
export function probsToLogits(probs: Tensor, isBinary: boolean): Tensor {
  const clamped = clampProbs(probs);
  return isBinary ? clamped.log().sub(clamped.neg().log1p()) : clamped.log();
}

/** Whether all elements are true. On a device that cannot be read at once nothing is looked at. */
export function allSync(condition: Tensor): boolean {
  return condition.device !== "cpu" || condition.all().itemSync<boolean>();
}

/** A number, or a tensor as Python formats it: the number of a 0-d one, else its text. */
function boundText(bound: Parameter, asFloat: boolean): string {
  if (!isTensor(bound)) return pythonRepr(bound, asFloat);
  return bound.ndim === 0 && bound.device === "cpu"
    ? pythonRepr(bound.itemSync(), bound.isFloatingPoint())
    : String(bound);
}

/** A bound that is a float in PyTorch. */
export function floatText(bound: Parameter): string {
  return boundText(bound, true);
}

/** A bound that is an integer in PyTorch. */
export function integerText(bound: Parameter): string {
  return boundText(bound, false);
}

/** `torch.Size([2, 3])`. */
export function sizeText(shape: readonly number[]): string {
  return `torch.Size([${shape.join(", ")}])`;
}

/** `validate_args` of `validateArgs`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Checks that exactly one of probabilities and logits was given. */
export function checkOneOf(op: string, probs: unknown, logits: unknown): void {
  if ((probs === null) === (logits === null)) {
    throw new ValueError(`[${op}] Either \`probs\` or \`logits\` must be specified, but not both.`);
  }
}

/** Keeps a value as a property of the object itself, in front of the getter of its class. */
export function keep(owner: object, name: string, value: unknown): void {
  Object.defineProperty(owner, name, { value, enumerable: true, configurable: true });
}
