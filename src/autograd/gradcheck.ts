/** @file Gradients held against central differences, in float64. */
import { GraphError, ValueError } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { grad } from "./grad.ts";
import { enableGrad, noGrad } from "./mode.ts";

export interface GradcheckOptions {
  /** Step of the central difference. Default 1e-6. */
  readonly eps?: number;
  /** Default 1e-5. */
  readonly atol?: number;
  /** Default 1e-3. */
  readonly rtol?: number;
  /** Throw a GraphError that shows the worst element (default), or return false. */
  readonly raiseException?: boolean;
}

/** A function of tensors whose result, or results, are differentiated. */
export type Differentiable = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

function outputsOf(fn: Differentiable, inputs: readonly Tensor[]): Tensor[] {
  const result = fn(...inputs);
  const list = "storage" in result ? [result] : [...result];
  return list.filter((t) => t.isFloatingPoint());
}

/** A contiguous float64 leaf with other numbers. */
function leafOf(t: Tensor, data: Float64Array): Tensor {
  return t.newFrom("float64", data, t.shape);
}

/** Rows: elements of the output; columns: elements of the input. */
type Jacobian = Float64Array[];

function numericJacobian(fn: Differentiable, inputs: readonly Tensor[], which: number, eps: number): Jacobian[] {
  const input = inputs[which] as Tensor;
  const base = Float64Array.from(input.detach().dataSync());
  const evaluate = (data: Float64Array) =>
    noGrad(() => outputsOf(fn, inputs.with(which, leafOf(input, data))).map((t) => Float64Array.from(t.dataSync())));
  const columns = Array.from(base, (value, j) => {
    const up = evaluate(base.with(j, value + eps));
    const down = evaluate(base.with(j, value - eps));
    return up.map((y, k) => y.map((v, i) => (v - ((down[k] as Float64Array)[i] as number)) / (2 * eps)));
  });
  const outputs = evaluate(base);
  return outputs.map((y, k) =>
    Array.from(y, (_, i) => Float64Array.from(columns, (column) => (column[k] as Float64Array)[i] as number)),
  );
}

function analyticJacobian(output: Tensor, input: Tensor): Jacobian {
  const size = output.numel();
  return Array.from({ length: size }, (_, i) => {
    const unit = output.newFrom(output.dtype, new Float64Array(size).with(i, 1), output.shape);
    if (!output.requiresGrad) return new Float64Array(input.numel());
    const [g] = grad(output, input, { gradOutputs: unit, retainGraph: true, allowUnused: true });
    return g == null ? new Float64Array(input.numel()) : Float64Array.from(g.detach().dataSync());
  });
}

/**
 * Compares the gradients of `fn` with central differences at `inputs`; only float64 inputs that require a gradient
 * are varied.
 *
 * @returns true; or, with `raiseException: false`, whether all gradients agree.
 * @throws GraphError that names the input, the output and the element with the largest error.
 * @throws ValueError if no input is a float64 tensor that requires a gradient.
 */
export function gradcheck(
  fn: Differentiable,
  inputs: readonly Tensor[] | Tensor,
  options: GradcheckOptions = {},
): boolean {
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3, raiseException = true } = options;
  const list = "storage" in inputs ? [inputs] : [...inputs];
  const checked = [...list.keys()].filter((i) => list[i]?.requiresGrad);
  if (checked.length === 0) {
    throw new ValueError("[gradcheck] expects at least one input tensor to require gradient, but none of them does");
  }
  for (const i of checked) {
    const { dtype } = list[i] as Tensor;
    if (dtype !== "float64") {
      throw new ValueError(
        `[gradcheck] input ${i} is ${dtype}: central differences need float64. Make it with dtype "float64".`,
      );
    }
  }
  const outputs = enableGrad(() => outputsOf(fn, list));
  for (const i of checked) {
    const numeric = numericJacobian(fn, list, i, eps);
    for (const [k, output] of outputs.entries()) {
      const problem = worst(analyticJacobian(output, list[i] as Tensor), numeric[k] as Jacobian, atol, rtol);
      if (problem === null) continue;
      if (!raiseException) return false;
      throw new GraphError(
        `[gradcheck] Jacobian mismatch for output ${k} with respect to input ${i}, output element ${problem.row}, input element ${problem.column}: ` +
          `numerical ${problem.numeric}, analytical ${problem.analytic} (allowed: atol ${atol} + rtol ${rtol}·|numerical|)`,
      );
    }
  }
  return true;
}

interface Mismatch {
  readonly row: number;
  readonly column: number;
  readonly analytic: number;
  readonly numeric: number;
}

/** The element that is furthest outside its tolerance, or null. */
function worst(analytic: Jacobian, numeric: Jacobian, atol: number, rtol: number): Mismatch | null {
  let found: Mismatch | null = null;
  let excess = 0;
  analytic.forEach((row, i) => {
    row.forEach((a, j) => {
      const n = (numeric[i] as Float64Array)[j] as number;
      const over =
        Number.isNaN(a) || Number.isNaN(n) ? Number.POSITIVE_INFINITY : Math.abs(a - n) - (atol + rtol * Math.abs(n));
      if (over > excess) {
        excess = over;
        found = { row: i, column: j, analytic: a, numeric: n };
      }
    });
  });
  return found;
}

export interface GradgradcheckOptions extends GradcheckOptions {
  /** Gradients of the outputs. Default: fixed numbers of mixed size. */
  readonly gradOutputs?: readonly Tensor[];
}

/** {@link gradcheck} of the gradients of `fn`: its second derivatives. */
export function gradgradcheck(
  fn: Differentiable,
  inputs: readonly Tensor[] | Tensor,
  options: GradgradcheckOptions = {},
): boolean {
  const list = "storage" in inputs ? [inputs] : [...inputs];
  const outputs = enableGrad(() => outputsOf(fn, list)).filter((t) => t.requiresGrad);
  const seeds =
    options.gradOutputs ??
    outputs.map((t) => {
      const data = Float64Array.from({ length: t.numel() }, (_, i) => 0.5 + ((i * 7) % 11) / 10);
      return t.newFrom("float64", data, t.shape).requiresGrad_();
    });
  const count = list.length;
  const first = (...all: Tensor[]): Tensor[] => {
    const leaves = all.slice(0, count);
    const wanted = leaves.filter((t) => t.requiresGrad);
    const again = enableGrad(() => outputsOf(fn, leaves)).filter((t) => t.requiresGrad);
    if (again.length === 0 || wanted.length === 0) return [];
    const grads = grad(again, wanted, { gradOutputs: all.slice(count), createGraph: true, allowUnused: true });
    return grads.map((g, i) => g ?? (wanted[i] as Tensor).zerosOfShape());
  };
  return gradcheck(withGradientsOn(first, list), [...list, ...seeds], options);
}

/** The numeric side evaluates without a tape; the inner gradients need one. */
function withGradientsOn(fn: (...inputs: Tensor[]) => Tensor[], like: readonly Tensor[]): Differentiable {
  return (...inputs) => {
    const leaves = inputs.map((t, i) =>
      (like[i]?.requiresGrad ?? true) && t.isLeaf && !t.requiresGrad ? t.detach().requiresGrad_() : t,
    );
    return enableGrad(() => fn(...leaves));
  };
}
