/** @file Views: other shapes and strides on the same storage. */
import type { NDArray } from "../../../kernels/backend.ts";
import { defineOp } from "../../autograd/op.ts";
import { sumToSize } from "../../autograd/validate-grad.ts";
import { stridedScatterAdd } from "../../autograd/view-tracking.ts";
import { ShapeError } from "../../core/errors.ts";
import { bracketed, viewStrides } from "../../core/shape.ts";
import { sliceBackward } from "./movement.ts";

type UnaryInputs = [NDArray];

function viewArray(x: NDArray, shape: readonly number[], strides: readonly number[], offset = x.offset): NDArray {
  return { storage: x.storage, dtype: x.dtype, shape, strides, offset };
}

/** The same elements in another shape, without a copy. No size is −1. */
export const view = defineOp<UnaryInputs, readonly number[]>({
  name: "view",
  gradName: "ViewBackward0",
  view: true,
  forward(_k, [x], shape) {
    const strides = viewStrides(x.shape, x.strides, shape);
    if (strides === null) {
      throw new ShapeError(
        "[view] view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). " +
          `Use .reshape(...) instead. Got shape ${bracketed(x.shape)} with strides ${bracketed(x.strides)} for ${bracketed(shape)}.`,
      );
    }
    return viewArray(x, shape, strides);
  },
  backward: (grad, ctx) => [grad.reshape(ctx.shape(0))],
});

/** Expands dimensions of size 1 (and new leading ones) by a stride of 0. */
export const expand = defineOp<UnaryInputs, readonly number[]>({
  name: "expand",
  gradName: "ExpandBackward0",
  view: true,
  forward(_k, [x], sizes) {
    const lead = sizes.length - x.shape.length;
    if (lead < 0) {
      throw new ShapeError(
        `[expand] the number of sizes provided (${sizes.length}) must be greater or equal to the number of dimensions in the tensor (${x.shape.length})`,
      );
    }
    const strides: number[] = [];
    const shape = sizes.map((size, i) => {
      const old = i < lead ? 1 : (x.shape[i - lead] as number);
      if (size === -1 && i >= lead) {
        strides.push(x.strides[i - lead] as number);
        return old;
      }
      if (!Number.isInteger(size) || size < 0 || (old !== size && old !== 1)) {
        throw new ShapeError(
          `[expand] The expanded size of the tensor (${size}) must match the existing size (${old}) at non-singleton dimension ${i}. ` +
            `Target sizes: ${bracketed(sizes)}. Tensor sizes: ${bracketed(x.shape)}`,
        );
      }
      strides.push(i < lead || (old === 1 && size !== 1) ? 0 : (x.strides[i - lead] as number));
      return size;
    });
    return viewArray(x, shape, strides);
  },
  backward: (grad, ctx) => [sumToSize(grad, ctx.shape(0))],
});

/** Permutes the dimensions. `gradName` differs for transpose and t, as in PyTorch. */
function permuteOp(name: string, gradName: string) {
  return defineOp<UnaryInputs, readonly number[]>({
    name,
    gradName,
    view: true,
    forward: (_k, [x], order) =>
      viewArray(
        x,
        order.map((d) => x.shape[d] as number),
        order.map((d) => x.strides[d] as number),
      ),
    backward(grad, ctx) {
      const inverse = new Array<number>(ctx.params.length);
      ctx.params.forEach((d, i) => {
        inverse[d] = i;
      });
      return [grad.permute(inverse)];
    },
  });
}

export const permute = permuteOp("permute", "PermuteBackward0");
export const transpose = permuteOp("transpose", "TransposeBackward0");
export const t = permuteOp("t", "TBackward0");

/** Inserts a dimension of size 1 at `dim`. */
export const unsqueeze = defineOp<UnaryInputs, number>({
  name: "unsqueeze",
  gradName: "UnsqueezeBackward0",
  view: true,
  forward(_k, [x], dim) {
    const step = dim < x.shape.length ? (x.shape[dim] as number) * (x.strides[dim] as number) : 1;
    return viewArray(
      x,
      [...x.shape.slice(0, dim), 1, ...x.shape.slice(dim)],
      [...x.strides.slice(0, dim), step, ...x.strides.slice(dim)],
    );
  },
  backward: (grad, ctx) => [grad.squeeze(ctx.params)],
});

function squeezeOp(gradName: string) {
  return defineOp<UnaryInputs, readonly number[]>({
    name: "squeeze",
    gradName,
    view: true,
    forward(_k, [x], dims) {
      const kept = [...x.shape.keys()].filter((d) => !(dims.includes(d) && x.shape[d] === 1));
      return viewArray(
        x,
        kept.map((d) => x.shape[d] as number),
        kept.map((d) => x.strides[d] as number),
      );
    },
    backward: (grad, ctx) => [grad.reshape(ctx.shape(0))],
  });
}

/** Removes all dimensions of size 1, or one of them. */
export const squeeze = squeezeOp("SqueezeBackward0");
export const squeezeDim = squeezeOp("SqueezeBackward1");

export interface SliceParams {
  readonly dim: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Every `step`-th of the positions start … end−1 along a dimension; start and end are in range. */
export const slice = defineOp<UnaryInputs, SliceParams>({
  name: "slice",
  gradName: "SliceBackward0",
  view: true,
  partial: true,
  forward(_k, [x], { dim, start, end, step }) {
    const size = Math.max(0, Math.ceil((end - start) / step));
    const stride = x.strides[dim] as number;
    return viewArray(x, x.shape.with(dim, size), x.strides.with(dim, stride * step), x.offset + start * stride);
  },
  backward: (grad, ctx, apply) => [apply(sliceBackward, [grad], { shape: ctx.shape(0), slice: ctx.params })],
});

/** Position `index` of a dimension, which is removed. */
export const select = defineOp<UnaryInputs, { readonly dim: number; readonly index: number }>({
  name: "select",
  gradName: "SelectBackward0",
  view: true,
  partial: true,
  forward: (_k, [x], { dim, index }) =>
    viewArray(x, x.shape.toSpliced(dim, 1), x.strides.toSpliced(dim, 1), x.offset + index * (x.strides[dim] as number)),
  backward(grad, ctx, apply) {
    const { dim, index } = ctx.params;
    const slice = { dim, start: index, end: index + 1, step: 1 };
    return [apply(sliceBackward, [grad.unsqueeze(dim)], { shape: ctx.shape(0), slice })];
  },
});

/** All slices of `size` elements, `step` apart, along a dimension; their elements become the last dimension. */
export const unfold = defineOp<UnaryInputs, { readonly dim: number; readonly size: number; readonly step: number }>({
  name: "unfold",
  gradName: "UnfoldBackward0",
  view: true,
  partial: true,
  forward(_k, [x], { dim, size, step }) {
    const count = Math.floor(((x.shape[dim] ?? 1) - size) / step) + 1;
    const stride = x.strides[dim] ?? 1;
    if (x.shape.length === 0) return viewArray(x, [size], [1]);
    return viewArray(x, [...x.shape.with(dim, count), size], [...x.strides.with(dim, stride * step), stride]);
  },
  backward(grad, ctx, apply) {
    const shape = ctx.shape(0);
    const { dim, size, step } = ctx.params;
    if (shape.length === 0) return [size === 0 ? grad.newZeros(shape) : grad.reshape(shape)];
    const strides = rowMajor(shape);
    const count = Math.floor(((shape[dim] as number) - size) / step) + 1;
    const stride = strides[dim] as number;
    const view = {
      shape: [...shape.with(dim, count), size],
      strides: [...strides.with(dim, stride * step), stride],
      offset: 0,
      layout: strides,
    };
    return [apply(stridedScatterAdd, [grad], { shape, view })];
  },
});

export interface DiagonalParams {
  readonly dim1: number;
  readonly dim2: number;
  /** The diagonal: 0 is the main one, positive ones lie above it. */
  readonly offset: number;
}

/** The elements whose positions in two dimensions differ by `offset`, as a new last dimension. */
export const diagonal = defineOp<UnaryInputs, DiagonalParams>({
  name: "diagonal",
  gradName: "DiagonalBackward0",
  view: true,
  partial: true,
  forward(_k, [x], params) {
    const { shape, strides, offset } = diagonalView(x.shape, x.strides, params);
    return viewArray(x, shape, strides, x.offset + offset);
  },
  backward(grad, ctx, apply) {
    const shape = ctx.shape(0);
    const layout = rowMajor(shape);
    return [apply(stridedScatterAdd, [grad], { shape, view: { ...diagonalView(shape, layout, ctx.params), layout } })];
  },
});

function diagonalView(shape: readonly number[], strides: readonly number[], { dim1, dim2, offset }: DiagonalParams) {
  const [rows, columns] = [shape[dim1] as number, shape[dim2] as number];
  const [down, right] = [strides[dim1] as number, strides[dim2] as number];
  const length = Math.max(0, offset < 0 ? Math.min(rows + offset, columns) : Math.min(rows, columns - offset));
  const rest = [...shape.keys()].filter((d) => d !== dim1 && d !== dim2);
  return {
    shape: [...rest.map((d) => shape[d] as number), length],
    strides: [...rest.map((d) => strides[d] as number), down + right],
    offset: length === 0 ? 0 : offset < 0 ? -offset * down : offset * right,
  };
}

function rowMajor(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let run = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = run;
    run *= shape[i] as number;
  }
  return strides;
}
