/** @file gradcheck and gradgradcheck: gradients against central differences, in float64. */

import { grad } from "../autograd/grad.ts";
import { enableGrad } from "../autograd/grad-mode.ts";
import { optional, readArgument, required, signature } from "../core/arguments.ts";
import { DTypeError, GraphError, ValueError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { aBoolean, aFunction, aNumber, aTensor, either, type Kind, tensors } from "../core/kinds.ts";
import { newFrom } from "../tensor/like.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Jacobian, largestDifference, mismatchReport } from "./gradcheck-report.ts";

/** The options of {@link gradcheck}. */
export interface GradcheckOptions {
  /** Perturbation for the finite differences. Default: 1e-6. */
  readonly eps?: number | undefined;
  /** Absolute tolerance. Default: 1e-5. */
  readonly atol?: number | undefined;
  /** Relative tolerance. Default: 1e-3. */
  readonly rtol?: number | undefined;
  /** If the check fails, throw a GraphError that shows the mismatches; if false, return false. Default: true. */
  readonly raiseException?: boolean | undefined;
  /** Tolerance for non-determinism: the allowed difference of two backward passes with the same gradient. Default: 0. */
  readonly nondetTol?: number | undefined;
}

/** A differentiable function of tensors, with one output or several. */
export type Differentiable = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

const oneOrMore = either(aTensor, tensors, "a Tensor or a list of Tensors");

const COMMON = {
  eps: optional(aNumber, 1e-6),
  atol: optional(aNumber, 1e-5),
  rtol: optional(aNumber, 1e-3),
  raiseException: optional(aBoolean, true),
  nondetTol: optional(aNumber, 0),
} as const;

const SUBJECT = { fn: required(aFunction as Kind<Differentiable>), inputs: required(oneOrMore) } as const;

const GRADCHECK = signature("gradcheck", { ...SUBJECT, ...COMMON });

const GRADGRADCHECK = signature("gradgradcheck", { ...SUBJECT, gradOutputs: optional(oneOrMore, null), ...COMMON });

/** All options with their values. */
type Strictness = Required<{ [Name in keyof GradcheckOptions]: NonNullable<GradcheckOptions[Name]> }>;

/**
 * Checks the gradients of `fn` at `inputs` against central finite differences. Only float64 inputs that require a
 * gradient are perturbed. Choose them away from points where `fn` is not differentiable.
 *
 * @returns true; or, with `raiseException: false`, whether all gradients agree.
 * @throws GraphError that names input, output and elements, and shows the analytical and the numerical derivatives; also
 * if two backward passes give different gradients.
 * @throws ValueError if no input requires a gradient; DTypeError for one that does and is not float64.
 * @example
 * const x = rand(3, 2, { dtype: "float64", requiresGrad: true });
 * autograd.gradcheck((x) => x.tanh().sum(1), x); // true
 */
export function gradcheck(
  ...args: readonly [fn: Differentiable, inputs: readonly Tensor[] | Tensor, options?: GradcheckOptions | undefined]
): boolean {
  const { fn, inputs, ...strictness } = GRADCHECK.read(args);
  return compare("gradcheck", fn, listOf(inputs), strictness, {
    output: (k) => `output ${k}`,
    input: (i) => `input ${i}`,
  });
}

/** The options of {@link gradgradcheck}. */
export interface GradgradcheckOptions extends GradcheckOptions {
  /** Gradients with respect to the outputs. Default: fixed numbers from 0.5 to 1.5. */
  readonly gradOutputs?: readonly Tensor[] | Tensor | null | undefined;
}

/**
 * Checks the gradients of gradients of `fn` at `inputs`, and with respect to the gradients of its outputs, against central
 * finite differences. The arguments and errors are those of {@link gradcheck}.
 *
 * @returns true; or, with `raiseException: false`, whether all second derivatives agree.
 * @throws GraphError, ValueError and DTypeError as {@link gradcheck}.
 * @example
 * const x = rand(3, 2, { dtype: "float64", requiresGrad: true });
 * autograd.gradgradcheck((x) => x.tanh().sum(1), x); // true
 */
export function gradgradcheck(
  ...args: readonly [fn: Differentiable, inputs: readonly Tensor[] | Tensor, options?: GradgradcheckOptions | undefined]
): boolean {
  const { fn, inputs, gradOutputs, ...strictness } = GRADGRADCHECK.read(args);
  const list = listOf(inputs);
  checkInputs("gradgradcheck", list);
  const outputs = enableGrad(() => outputsOf("gradgradcheck", fn, list));
  const differentiable = [...outputs.keys()].filter((k) => outputs[k]?.requiresGrad);
  const seeds =
    gradOutputs === null ? differentiable.map((k) => mixedNumbers(outputs[k] as Tensor)) : listOf(gradOutputs);
  const count = list.length;
  const wanted = [...list.keys()].filter((i) => list[i]?.requiresGrad);
  const first = (...all: Tensor[]): Tensor[] => {
    const leaves = wanted.map((i) => all[i] as Tensor);
    const again = outputsOf("gradgradcheck", fn, all.slice(0, count)).filter((t) => t.requiresGrad);
    if (again.length === 0) return [];
    const grads = grad(again, leaves, { gradOutputs: all.slice(count), createGraph: true, allowUnused: true });
    return grads.map((g, i) => g ?? (leaves[i] as Tensor).newZeros());
  };
  return compare("gradgradcheck", first, [...list, ...seeds], strictness, {
    output: (k) => `the gradient of input ${wanted[k]}`,
    input: (i) => (i < count ? `input ${i}` : `the gradient of output ${differentiable[i - count]}`),
  });
}

/** Names of outputs and inputs in messages. */
interface Names {
  output(k: number): string;
  input(i: number): string;
}

function compare(
  op: string,
  fn: Differentiable,
  inputs: readonly Tensor[],
  options: Strictness,
  names: Names,
): boolean {
  const problem = firstProblem(fn, inputs, checkInputs(op, inputs), options, names);
  if (problem !== null && options.raiseException) throw new GraphError(`[${op}] ${problem}`);
  return problem === null;
}

function firstProblem(
  fn: Differentiable,
  inputs: readonly Tensor[],
  checked: readonly number[],
  options: Strictness,
  names: Names,
): string | null {
  const outputs = enableGrad(() => outputsOf("gradcheck", fn, inputs));
  for (const i of checked) {
    const input = inputs[i] as Tensor;
    const numeric = numericJacobians(fn, inputs, i, options.eps);
    for (const [k, output] of outputs.entries()) {
      const analytic = analyticJacobian(output, input);
      const pair = { outputName: names.output(k), inputName: names.input(i), output, input, analytic };
      const report = mismatchReport({ ...pair, numeric: numeric[k] as Jacobian }, options);
      if (report !== null) return report;
      const difference = largestDifference(analytic, analyticJacobian(output, input));
      if (difference > options.nondetTol) {
        return (
          `Backward is not reentrant for ${pair.outputName} with respect to ${pair.inputName}, i.e., running backward with ` +
          `same input and gradient multiple times gives different values, by up to ${difference} (allowed: nondetTol ${options.nondetTol})`
        );
      }
    }
  }
  return null;
}

/** The indices of the inputs that require a gradient. */
function checkInputs(op: string, inputs: readonly Tensor[]): number[] {
  const checked = [...inputs.keys()].filter((i) => inputs[i]?.requiresGrad);
  if (checked.length === 0) {
    throw new ValueError(`[${op}] expects at least one input tensor to require gradient, but none of them does`);
  }
  for (const i of checked) {
    const { dtype } = inputs[i] as Tensor;
    if (dtype === "float64") continue;
    throw new DTypeError(
      `[${op}] input ${i} is ${dtype}: central differences need float64. Make it with dtype "float64".`,
    );
  }
  return checked;
}

/** One for each output. The function is run as users run it, with a tape: it may take gradients itself. */
function numericJacobians(fn: Differentiable, inputs: readonly Tensor[], which: number, eps: number): Jacobian[] {
  const input = inputs[which] as Tensor;
  const base = Float64Array.from(input.detach().dataSync());
  const evaluate = (data: Float64Array): Float64Array[] => {
    const varied = inputs.with(which, newFrom(input, "float64", data, input.shape).requiresGrad_());
    return enableGrad(() => outputsOf("gradcheck", fn, varied)).map((t) => Float64Array.from(t.detach().dataSync()));
  };
  const columns = Array.from(base, (value, j) => {
    const up = evaluate(base.with(j, value + eps));
    const down = evaluate(base.with(j, value - eps));
    return up.map((y, k) => y.map((v, i) => (v - ((down[k] as Float64Array)[i] as number)) / (2 * eps)));
  });
  return evaluate(base).map((y, k) =>
    Array.from(y, (_, i) => Float64Array.from(columns, (column) => (column[k] as Float64Array)[i] as number)),
  );
}

function analyticJacobian(output: Tensor, input: Tensor): Jacobian {
  const size = output.numel();
  return Array.from({ length: size }, (_, i) => {
    const unit = newFrom(output, "float64", new Float64Array(size).with(i, 1), output.shape);
    if (!output.requiresGrad) return new Float64Array(input.numel());
    const [g] = grad(output, input, { gradOutputs: unit, retainGraph: true, allowUnused: true });
    return g == null ? new Float64Array(input.numel()) : Float64Array.from(g.detach().dataSync());
  });
}

/** Fixed numbers from 0.5 to 1.5. */
function mixedNumbers(like: Tensor): Tensor {
  const data = Float64Array.from({ length: like.numel() }, (_, i) => 0.5 + ((i * 7) % 11) / 10);
  return newFrom(like, "float64", data, like.shape).requiresGrad_();
}

function outputsOf(op: string, fn: Differentiable, inputs: readonly Tensor[]): Tensor[] {
  const results = readArgument(op, "the result of fn", oneOrMore, fn(...inputs));
  return listOf(results).filter((t) => t.isFloatingPoint());
}

function listOf(tensors: Tensor | readonly Tensor[]): Tensor[] {
  return isTensor(tensors) ? [tensors] : [...tensors];
}
