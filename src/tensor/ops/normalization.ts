/** @file Group, batch and RMS normalization, each as one operation; layer and instance normalization are kinds of the first. */
import type { Backend, ChannelStatistics, NDArray, NormGrads } from "../../../kernels/backend.ts";
import { contiguousStrides, sizeOf, withContiguous, withShape } from "../../../kernels/layout.ts";
import { computeGrads } from "../../autograd/apply.ts";
import { isGradEnabled } from "../../autograd/grad-mode.ts";
import { type BackwardContext, defineOp, type Gradients } from "../../autograd/op.ts";
import type { Tensor } from "../tensor.ts";
import { recordedGrads } from "./recorded.ts";

/** x, and then what there is of C numbers each: weight and bias, and given mean and variance. */
type Inputs = readonly NDArray[];

interface NormParams {
  /** How x is read: samples, channels, and the elements of each. */
  readonly sizes: readonly [samples: number, channels: number, inner: number];
  /** Whether there are weight and bias. */
  readonly affine: boolean;
  readonly eps: number;
}

export interface GroupNormParams extends NormParams {
  /** Number of groups of channels that have statistics of their own in each sample. */
  readonly groups: number;
}

export interface BatchNormParams extends NormParams {
  /** Whether the last inputs are mean and variance, of which nothing is a function. Otherwise they are those of x. */
  readonly given: boolean;
  /** Told the statistics of x. */
  readonly observe?: ((statistics: ChannelStatistics) => void) | undefined;
}

const ALL = [0, 1, 2, 3, 4];

/** The gradients of all inputs look at x, the weight and given statistics. */
const SAVED = [ALL, ALL, ALL];

/** A contiguous array read in another shape. */
function reshaped(x: NDArray, shape: readonly number[]): NDArray {
  return { ...x, shape, strides: contiguousStrides(shape) };
}

/** Calls `use` with contiguous x [N,C,S], weight [C] and bias [C]. */
function withInputs<T>(
  k: Backend,
  [x, weight, bias]: Inputs,
  { sizes, affine }: NormParams,
  use: (x: NDArray, weight: NDArray | null, bias: NDArray | null) => T,
): T {
  const channels = [sizes[1]];
  return withShape(k, x as NDArray, sizes, (blocks) => {
    if (!affine) return use(blocks, null, null);
    return withShape(k, weight as NDArray, channels, (w) =>
      withShape(k, bias as NDArray, channels, (b) => use(blocks, w, b)),
    );
  });
}

/** Gradients that a kernel computes together. */
function kernelGrads(
  name: string,
  grad: Tensor,
  ctx: BackwardContext<NormParams>,
  run: (k: Backend, g: NDArray, x: NDArray, weight: NDArray | null) => NormGrads,
): Gradients {
  const { sizes, affine } = ctx.params;
  return computeGrads(name, grad, (k) =>
    withShape(k, grad, sizes, (g) =>
      withShape(k, ctx.input(0), sizes, (x) => {
        const grads = affine ? withShape(k, ctx.input(1), [sizes[1]], (w) => run(k, g, x, w)) : run(k, g, x, null);
        return [grads.input, grads.weight, grads.bias].map((array, i) => {
          if (ctx.needs(i)) return reshaped(array, ctx.shape(i));
          k.free(array.storage);
          return null;
        });
      }),
    ),
  );
}

/** The same operation by others: `blocks` and dimensions say what shares a mean and a variance. */
function compose(
  [x, weight, bias]: readonly Tensor[],
  { sizes, eps }: NormParams,
  blocks: readonly number[],
  dims: readonly number[],
  given: { readonly mean: Tensor; readonly variance: Tensor } | null,
): Tensor {
  const source = x as Tensor;
  const elements = source.reshape(blocks);
  const centered = elements.sub(given?.mean ?? elements.mean(dims, true));
  const variance = given?.variance ?? centered.mul(centered).mean(dims, true);
  let y = centered.mul(variance.add(eps).rsqrt()).view(sizes);
  const vector = [sizes[1], 1];
  if (weight !== undefined) y = y.mul(weight.reshape(vector));
  if (bias !== undefined) y = y.add(bias.reshape(vector));
  return y.view(source.shape);
}

/** x, weight and bias. The bias has no part in the gradients, so any numbers will do for it. */
function sourcesOf(ctx: BackwardContext<NormParams>): Tensor[] {
  if (!ctx.params.affine) return [ctx.input(0)];
  return [ctx.input(0), ctx.input(1), ctx.input(1).detach().requiresGrad_(true)];
}

/** Given mean and variance, where they are in the inputs; null if they are not. */
function givenOf<A>(inputOf: (i: number) => A, { affine, given }: BatchNormParams): { mean: A; variance: A } | null {
  const first = affine ? 3 : 1;
  return given ? { mean: inputOf(first), variance: inputOf(first + 1) } : null;
}

/**
 * (x − mean)/√(variance + eps)·weight + bias, by the statistics of each group of channels in each sample. Layer
 * normalization has one group, and channels of one element.
 */
export const groupNorm = defineOp<Inputs, GroupNormParams>({
  name: "groupNorm",
  gradName: "NativeGroupNormBackward0",
  forward(k, inputs, params, savedIntermediates) {
    return withInputs(k, inputs, params, (x, weight, bias) => {
      const { y, mean, rstd } = k.fused.groupNorm(x, weight, bias, params.groups, params.eps);
      savedIntermediates.push(mean, rstd);
      return reshaped(y, (inputs[0] as NDArray).shape);
    });
  },
  saved: SAVED,
  backward(grad, ctx) {
    const { sizes, groups } = ctx.params;
    if (isGradEnabled()) {
      const rows = sizes[0] * groups;
      const blocks = [rows, rows === 0 ? 0 : sizeOf(sizes) / rows];
      return recordedGrads(grad, ctx, sourcesOf(ctx), (inputs) => compose(inputs, ctx.params, blocks, [1], null));
    }
    return kernelGrads("groupNorm", grad, ctx, (k, g, x, weight) =>
      k.fused.groupNormGrad(g, x, ctx.intermediate(0), ctx.intermediate(1), weight, groups),
    );
  },
});

/** (x − mean)/√(variance + eps)·weight + bias, by given statistics or by those of each channel. */
export const batchNorm = defineOp<Inputs, BatchNormParams>({
  name: "batchNorm",
  gradName: "NativeBatchNormBackward0",
  forward(k, inputs, params, savedIntermediates) {
    return withInputs(k, inputs, params, (x, weight, bias) => {
      const run = (given: ChannelStatistics | null) => k.fused.batchNorm(x, weight, bias, given, params.eps);
      const given = givenOf((i) => inputs[i] as NDArray, params);
      const { shape } = inputs[0] as NDArray;
      if (given !== null) {
        const { y } = withContiguous(k, given.mean, (mean) =>
          withContiguous(k, given.variance, (variance) => run({ mean, variance })),
        );
        return reshaped(y, shape);
      }
      const { y, statistics } = run(null);
      savedIntermediates.push(statistics.mean, statistics.variance);
      params.observe?.(statistics);
      return reshaped(y, shape);
    });
  },
  saved: SAVED,
  backward(grad, ctx) {
    const { sizes, eps } = ctx.params;
    const given = givenOf((i) => ctx.input(i), ctx.params);
    if (isGradEnabled()) {
      const columns = given && { mean: given.mean.view(-1, 1), variance: given.variance.view(-1, 1) };
      return recordedGrads(grad, ctx, sourcesOf(ctx), (inputs) => compose(inputs, ctx.params, sizes, [0, 2], columns));
    }
    const { mean, variance } = given ?? { mean: ctx.intermediate(0), variance: ctx.intermediate(1) };
    return kernelGrads("batchNorm", grad, ctx, (k, g, x, weight) =>
      withContiguous(k, mean, (m) =>
        withContiguous(k, variance, (v) =>
          k.fused.batchNormGrad(g, x, { mean: m, variance: v }, weight, eps, given !== null),
        ),
      ),
    );
  },
});

export interface RmsNormParams {
  /** How x is read: rows, and the elements of each. */
  readonly sizes: readonly [rows: number, n: number];
  /** Whether there is a weight. */
  readonly affine: boolean;
  readonly eps: number;
}

/** x/√(mean of x² + eps) of rows, times a weight if there is one. */
export const rmsNorm = defineOp<Inputs, RmsNormParams>({
  name: "rmsNorm",
  gradName: "MulBackward0",
  forward(k, [x, weight], { sizes, eps }, savedIntermediates) {
    const source = x as NDArray;
    return withShape(k, source, sizes, (rows) => {
      const run = (w: NDArray | null) => k.fused.rmsNorm(rows, w, eps);
      const { y, rstd } = weight === undefined ? run(null) : withShape(k, weight, [sizes[1]], run);
      savedIntermediates.push(rstd);
      return reshaped(y, source.shape);
    });
  },
  saved: [
    [0, 1],
    [0, 1],
  ],
  backward(grad, ctx) {
    const { sizes, affine, eps } = ctx.params;
    const inputs = affine ? [ctx.input(0), ctx.input(1)] : [ctx.input(0)];
    if (isGradEnabled()) {
      return recordedGrads(grad, ctx, inputs, ([x, weight]) => {
        const rows = (x as Tensor).reshape(sizes);
        const y = rows.mul(rows.mul(rows).mean(1, true).add(eps).rsqrt());
        return (weight === undefined ? y : y.mul(weight.reshape([sizes[1]]))).view((x as Tensor).shape);
      });
    }
    const [x, weight] = inputs as [Tensor, Tensor?];
    return computeGrads("rmsNorm", grad, (k) =>
      withShape(k, grad, sizes, (g) =>
        withShape(k, x, sizes, (rows) => {
          const run = (w: NDArray | null) => k.fused.rmsNormGrad(g, rows, ctx.intermediate(0), w);
          const grads = weight === undefined ? run(null) : withShape(k, weight, [sizes[1]], run);
          return [grads.input, grads.weight].map((array, i) => {
            if (i < inputs.length && ctx.needs(i)) return reshaped(array, ctx.shape(i));
            k.free(array.storage);
            return null;
          });
        }),
      ),
    );
  },
});
