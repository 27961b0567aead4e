/** @file Reductions. Dimensions are normalized and ascending. */
import type { NDArray, ReduceOp, TypedArray } from "../../../kernels/backend.ts";
import { dense, emptyArray, sizeOf, withContiguous } from "../../../kernels/layout.ts";
import { allSamples } from "../../autograd/batching.ts";
import { defineOp, OUTPUT } from "../../autograd/op.ts";
import { ShapeError } from "../../core/errors.ts";
import type { Tensor } from "../tensor.ts";
import { cat, pad } from "./movement.ts";
import {
  blockAt,
  expandReduced,
  inOrder,
  keptOf,
  memoryOrder,
  type ReduceParams,
  reduceDims,
  reducedShape,
  scaleBy,
} from "./reduce-dims.ts";

export const sum = defineOp<[NDArray], ReduceParams>({
  name: "sum",
  gradName: "SumBackward1",
  forward: (k, [x], params) => reduceDims(k, "sum", x, params),
  backward: (grad, ctx) => [expandReduced(grad, ctx.shape(0), ctx.params)],
});

/** Whether one of some numbers is NaN. */
function hasNaN(numbers: TypedArray): boolean {
  for (let i = 0; i < numbers.length; i++) if (Number.isNaN(numbers[i])) return true;
  return false;
}

/** Sum with NaN as 0. */
export const nansum = defineOp<[NDArray], ReduceParams>({
  name: "nansum",
  gradName: "NansumBackward0",
  forward(k, [x], params) {
    // A sum that is no NaN has none among its elements. What a program does must not depend on numbers.
    if (k.view !== undefined && k.whole === undefined) {
      const total = reduceDims(k, "sum", x, params);
      if (!hasNaN(k.view(total.storage))) return total;
      k.free(total.storage);
    }
    const numbers = k.map("nanToNum", [x], x.shape, [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    const total = reduceDims(k, "sum", numbers, params);
    k.free(numbers.storage);
    return total;
  },
  saved: [[0]],
  backward(grad, ctx) {
    return [expandReduced(grad, ctx.shape(0), ctx.params).maskedFill(ctx.input(0).isnan(), 0)];
  },
});

/** Σᵢ gᵢ·Πⱼ≠ᵢ xⱼ along one dimension, from running products from both ends, so that zeros need no division. */
export const prod = defineOp<[NDArray], { readonly dim: number; readonly keepdim: boolean }>({
  name: "prod",
  gradName: "ProdBackward1",
  forward: (k, [x], { dim, keepdim }) => reduceDims(k, "prod", x, { dims: x.shape.length ? [dim] : [], keepdim }),
  saved: [[0]],
  backward(grad, ctx, apply) {
    const { dim, keepdim } = ctx.params;
    const x = ctx.input(0);
    const n = x.ndim === 0 ? 1 : x.size(dim);
    if (n === 1) return [keepdim || x.ndim === 0 ? grad : grad.unsqueeze(dim)];
    const expandedGrad = keepdim ? grad : grad.unsqueeze(dim);
    if (n === 0) return [x.newZeros(x.shape)];
    const one = x.newZeros(x.shape.with(dim, 1)).add(1);
    const products = (t: Tensor) => apply(cat, [one, t.narrow(dim, 0, n - 1).cumprod(dim)], dim);
    const [before, after] = [products(x), products(x.flip([dim])).flip([dim])];
    return [expandedGrad.mul(before).mul(after)];
  },
});

/**
 * Maximum or minimum over dims; equal ones share the gradient evenly. Where the result is NaN, the forms for all
 * elements give their gradient to the NaNs, and torch.amax and amin give NaN.
 */
function amaxAmin(name: "amax" | "amin" | "max" | "min", gradName: string) {
  const kernel: ReduceOp = name === "amax" || name === "max" ? "max" : "min";
  const isWhole = name === "max" || name === "min";
  return defineOp<[NDArray], ReduceParams>({
    name,
    gradName,
    forward(k, [x], params) {
      const empty = params.dims.some((d) => x.shape[d] === 0) || (params.dims.length === 0 && sizeOf(x.shape) === 0);
      if (empty) {
        throw new ShapeError(
          `[${name}] Expected reduction dim to be specified for input.numel() == 0, or to have non-zero size. Got shape [${x.shape.join(", ")}].`,
        );
      }
      return reduceDims(k, kernel, x, params);
    },
    saved: [[0, OUTPUT]],
    backward(grad, ctx) {
      const x = ctx.input(0);
      const equal = x.eq(expandReduced(ctx.output(), ctx.shape(0), ctx.params));
      const hits = (isWhole ? equal.logicalOr(x.isnan()) : equal).to(grad.dtype);
      const share = hits.div(hits.sum(ctx.params.dims, true));
      return [expandReduced(grad, ctx.shape(0), ctx.params).mul(share)];
    },
  });
}

export const amax = amaxAmin("amax", "AmaxBackward0");
export const amin = amaxAmin("amin", "AminBackward0");
export const max = amaxAmin("max", "MaxBackward1");
export const min = amaxAmin("min", "MinBackward1");

function anyAll(name: "any" | "all") {
  return defineOp<[NDArray], ReduceParams>({
    name,
    gradName: "NotDifferentiable",
    forward: (k, [x], params) => reduceDims(k, name, x, params),
  });
}

export const any = anyAll("any");
export const all = anyAll("all");

function argReduce(name: "argmax" | "argmin") {
  return defineOp<[NDArray], { readonly dim: number; readonly keepdim: boolean }>({
    name,
    gradName: "NotDifferentiable",
    forward(k, [x], { dim, keepdim }) {
      if (blockAt(x.shape, dim).n === 0) {
        throw new ShapeError(
          `[${name}] Expected reduction dim ${dim} to have non-zero size. Got shape [${x.shape.join(", ")}].`,
        );
      }
      const order = memoryOrder(x);
      const sizes = order.map((d) => x.shape[d] as number);
      const source = { ...x, shape: sizes, strides: order.map((d) => x.strides[d] as number) };
      const at = Math.max(order.indexOf(dim), 0);
      const out = withContiguous(k, source, (dense) => k.argReduce(name, dense, blockAt(sizes, at)));
      const left = order.map((d, i) => ({ d, size: sizes[i] as number })).toSpliced(at, 1);
      const shape = reducedShape(x.shape, { dims: x.shape.length ? [dim] : [], keepdim });
      return dense(
        inOrder(
          k,
          out,
          left,
          keptOf(x, (d) => d === dim),
        ).storage,
        shape,
      );
    },
  });
}

export const argmax = argReduce("argmax");
export const argmin = argReduce("argmin");

export const cumsum = defineOp<[NDArray], number>({
  name: "cumsum",
  gradName: "CumsumBackward0",
  forward: (k, [x], dim) =>
    dense(withContiguous(k, x, (dense) => k.scan("cumsum", dense, blockAt(x.shape, dim))).storage, x.shape),
  backward(grad, ctx) {
    const dim = ctx.params;
    return [grad.ndim === 0 ? grad : reversedSum(grad, dim)];
  },
});

function reversedSum(x: Tensor, dim: number): Tensor {
  return x.flip([dim]).cumsum(dim).flip([dim]);
}

export const cumprod = defineOp<[NDArray], number>({
  name: "cumprod",
  gradName: "CumprodBackward0",
  forward: (k, [x], dim) =>
    dense(withContiguous(k, x, (dense) => k.scan("cumprod", dense, blockAt(x.shape, dim))).storage, x.shape),
  saved: [[0, OUTPUT]],
  backward(grad, ctx, apply) {
    if (grad.ndim === 0) return [grad];
    const [dim, x, y] = [ctx.params, ctx.input(0), ctx.output()];
    if (x.device === "cpu" && allSamples(x).detach().ne(0).all().itemSync()) {
      return [reversedSum(grad.mul(y), dim).div(x)];
    }
    // The product of all that is before x_i, times R_i = g_i + x_{i+1}·R_{i+1}, which doubles its terms in each round.
    const size = x.size(dim);
    const moved = (t: Tensor, steps: number, value: number): Tensor => {
      const along = (n: number) => t.shape.map((_, d) => (d === dim ? n : 0));
      return apply(pad, [t], { before: along(steps), after: along(-steps), value });
    };
    let sums = grad;
    let factors = moved(x, -1, 0);
    for (let step = 1; step < size; step *= 2) {
      sums = sums.add(factors.mul(moved(sums, -step, 0)));
      factors = factors.mul(moved(factors, -step, 0));
    }
    return [moved(y, 1, 1).mul(sums)];
  },
});

export interface VarianceParams extends ReduceParams {
  /** Difference between the number of elements and the divisor. */
  readonly correction: number;
  /** True if the reduction is over all elements, without dimensions. */
  readonly whole: boolean;
}

/**
 * Σ(x − x̄)² / (n − correction). With no divisor left, the gradient of all elements is ±∞, and that along dims NaN where x
 * is the mean and ±∞ elsewhere, as in PyTorch.
 */
export const variance = defineOp<[NDArray], VarianceParams>({
  name: "var",
  gradName: "VarBackward0",
  forward(k, [x], params) {
    const { dims, keepdim, correction } = params;
    const count = sizeOf(dims.map((d) => x.shape[d] as number));
    const total = reduceDims(k, "sum", x, { dims, keepdim: true });
    const mean = scaleBy(k, "div", total, count);
    const deviation = k.map("sub", [x, mean], x.shape);
    k.free(mean.storage);
    k.map("mul", [deviation, deviation], x.shape, [], deviation);
    const squares = reduceDims(k, "sum", deviation, { dims, keepdim });
    k.free(deviation.storage);
    return scaleBy(k, "div", squares, Math.max(count - correction, 0));
  },
  saved: [[0]],
  backward(grad, ctx) {
    const { dims, keepdim, correction } = ctx.params;
    const x = ctx.input(0);
    const expandedGrad = expandReduced(grad, x.shape, { dims, keepdim });
    const freedom = sizeOf(dims.map((d) => x.size(d))) - correction;
    if (freedom === 0 && ctx.params.whole) return [expandedGrad.mul(Number.POSITIVE_INFINITY)];
    const mean = x.mean(dims, true);
    if (freedom <= 0) {
      const factor = x.newZeros(x.shape).add(Number.POSITIVE_INFINITY).maskedFill(x.eq(mean), Number.NaN);
      return [expandedGrad.mul(factor)];
    }
    return [expandedGrad.mul(2 / freedom).mul(x.sub(mean))];
  },
});

/** √Σx²; the gradient x/‖x‖ is 0 at the origin, as in PyTorch. */
export const norm2 = defineOp<[NDArray], ReduceParams>({
  name: "norm",
  gradName: "NormBackward1",
  forward(k, [x], params) {
    const squares = k.map("mul", [x, x], x.shape);
    const total = reduceDims(k, "sum", squares, params);
    k.free(squares.storage);
    return k.map("sqrt", [total], total.shape, [], total);
  },
  saved: [[0, OUTPUT]],
  backward(grad, ctx) {
    const shape = ctx.shape(0);
    const length = expandReduced(ctx.output(), shape, ctx.params);
    return [expandReduced(grad, shape, ctx.params).mul(ctx.input(0).div(length).maskedFill(length.eq(0), 0))];
  },
});

export interface NormParams extends ReduceParams {
  readonly p: number;
}

/**
 * (Σ|x|ᵖ)^(1/p) for a finite p other than 0, 1 and 2. The gradient sgn(x)·|x|^(p−1)/‖x‖^(p−1) is 0 at the origin, and
 * for p < 1 wherever x is 0, as in PyTorch.
 */
export const normP = defineOp<[NDArray], NormParams>({
  name: "norm",
  gradName: "NormBackward1",
  forward(k, [x], params) {
    const power = (base: NDArray, exponent: number): NDArray => {
      const scalar = emptyArray(k, x.dtype, []);
      k.fill(scalar, exponent);
      const out = k.map("pow", [base, scalar], base.shape, [], base);
      k.free(scalar.storage);
      return out;
    };
    const powers = power(k.map("abs", [x], x.shape), params.p);
    const total = reduceDims(k, "sum", powers, params);
    k.free(powers.storage);
    return power(total, 1 / params.p);
  },
  saved: [[0, OUTPUT]],
  backward(grad, ctx) {
    const { p } = ctx.params;
    const x = ctx.input(0);
    const length = expandReduced(ctx.output(), ctx.shape(0), ctx.params);
    const slope = x.sign().mul(x.abs().pow(p - 1));
    const scale = expandReduced(grad, ctx.shape(0), ctx.params).div(length.pow(p - 1));
    return [(p < 1 ? slope.maskedFill(x.eq(0), 0) : slope).mul(scale.maskedFill(length.eq(0), 0))];
  },
});
