/**
 * @file The batching rules: how one operation computes all samples of a batch at once. The table is typed over the
 * operations, so that the compiler names one that has no rule.
 *
 * A rule gets its inputs as operands, with the samples in a first dimension where they are batched, and returns the
 * samples of the result in the same way. It is made of tensor operations, so its gradients are theirs. An element-wise
 * operation is `elementwise`; `loop` is right for every operation, and slow: it runs the operation once for each sample.
 */
import type { NDArray } from "../../../kernels/backend.ts";
import { sizeOf } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { readsABatch } from "../../autograd/batching.ts";
import type { Op } from "../../autograd/op.ts";
import { GraphError, ShapeError } from "../../core/errors.ts";
import { bracketed } from "../../core/shape.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { flatIndex, index, indexGrad, indexPut, slicesAt } from "./index-rules.ts";
import { loop } from "./loop.ts";
import { folded, type Operand, ofRank, samples, unfolded } from "./operand.ts";

/** An operation on a batch. At least one of the inputs is batched. */
export interface Call<P> {
  readonly op: Op<readonly NDArray[], P>;
  readonly inputs: readonly Operand[];
  readonly params: P;
  readonly batchSize: number;
}

/** Computes the samples of the result [B, ...]. */
export type Rule<P> = (call: Call<P>) => Tensor;

type ParamsOf<O> = O extends Op<infer _In, infer P> ? P : never;

type Rules = { readonly [K in keyof typeof ops]: Rule<ParamsOf<(typeof ops)[K]>> };

function input<P>({ inputs, op }: Call<P>, i: number): Operand {
  const operand = inputs[i];
  if (operand === undefined) throw new GraphError(`[${op.name}] vmap: the operation has no input ${i}`);
  return operand;
}

function rankOf<P>(call: Call<P>): number {
  return input(call, 0).shape.length;
}

function all<P>({ inputs, batchSize }: Call<P>): Tensor[] {
  return inputs.map((operand) => samples(operand, batchSize));
}

/** Inputs that broadcast. */
export function elementwise<P>({ op, inputs, params }: Call<P>): Tensor {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  return apply(
    op,
    inputs.map((operand) => ofRank(operand, rank)),
    params,
  );
}

/** One input, and parameters that speak of its shape or its dimensions. */
function shifted<P>(shift: (params: P, call: Call<P>) => P): Rule<P> {
  return (call) => apply(call.op, all(call), shift(call.params, call));
}

const next = (dims: readonly number[]): number[] => dims.map((d) => d + 1);

/** The parameters of an operation along one dimension, which a 0-d sample has not: it is taken for a vector. */
function along<P>(shift: (params: P, dim: number) => P, dimOf: (params: P) => number): Rule<P> {
  return (call) => {
    if (rankOf(call) > 0) return apply(call.op, all(call), shift(call.params, dimOf(call.params) + 1));
    const vectors = all(call).map((t) => t.unsqueeze(1));
    const out = apply(call.op, vectors, shift(call.params, 1));
    return out.ndim === 1 ? out : out.squeeze(1);
  };
}

const alongDim: Rule<number> = along(
  (_, dim) => dim,
  (dim) => dim,
);

function alongParam<P extends { readonly dim: number }>(): Rule<P> {
  return along<P>(
    (params, dim) => ({ ...params, dim }),
    ({ dim }) => dim,
  );
}

function dimension<P extends { readonly dim: number }>(): Rule<P> {
  return shifted<P>((params) => ({ ...params, dim: params.dim + 1 }));
}

/** Over some dimensions. A 0-d sample has none, but gradients take no dimensions for all of them: it is a vector. */
function dimensions<P extends { readonly dims: readonly number[]; readonly keepdim: boolean }>(): Rule<P> {
  return (call) => {
    const { params } = call;
    if (params.dims.length > 0) return apply(call.op, all(call), { ...params, dims: next(params.dims) });
    const vectors = all(call).map((t) => t.unsqueeze(1));
    return apply(call.op, vectors, { ...params, dims: [1], keepdim: false });
  };
}

const everyDim: Rule<readonly number[]> = shifted((dims) => next(dims));
const permuted: Rule<readonly number[]> = shifted((order) => [0, ...next(order)]);

function atLeast<P>(rank: number, rule: Rule<P>): Rule<P> {
  return (call) => {
    if (rankOf(call) >= rank) return rule(call);
    throw new ShapeError(
      `[${call.op.name}] input tensor must have at least ${rank} dimensions, but a sample has shape ${bracketed(input(call, 0).shape)}`,
    );
  };
}

const expand: Rule<readonly number[]> = (call) => {
  const value = ofRank(input(call, 0), call.params.length);
  return apply(call.op, [value], [call.batchSize, ...call.params]);
};

/** Elements from the first to the last of strides. */
function spanOf(shape: readonly number[], strides: readonly number[]): number {
  if (sizeOf(shape) === 0) return 0;
  return shape.reduce((last, size, d) => last + (size - 1) * (strides[d] as number), 1);
}

const asStrided: Rule<ParamsOf<typeof ops.asStrided>> = (call) => {
  const { shape, strides, offset, layout } = call.params;
  const operand = input(call, 0);
  const whole = [spanOf(operand.shape, layout), ...layout];
  const { value } = operand;
  const lies = value.strides.every((stride, d) => (value.shape[d] as number) <= 1 || stride === whole[d]);
  const source = lies ? value : apply(ops.restride, [value], whole);
  const view = {
    shape: [call.batchSize, ...shape],
    strides: [whole[0] as number, ...strides],
    offset,
    layout: whole,
  };
  return apply(call.op, [source], view);
};

const stridedScatterAdd: Rule<ParamsOf<typeof ops.stridedScatterAdd>> = (call) => {
  const { shape, view } = call.params;
  const span = spanOf(shape, view.layout);
  return apply(call.op, all(call), {
    shape: [call.batchSize, ...shape],
    view: {
      shape: [call.batchSize, ...view.shape],
      strides: [span, ...view.strides],
      offset: view.offset,
      layout: [span, ...view.layout],
    },
  });
};

const restride: Rule<readonly number[]> = (call) =>
  apply(call.op, all(call), [spanOf(input(call, 0).shape, call.params), ...call.params]);

const unfold: Rule<ParamsOf<typeof ops.unfold>> = (call) => {
  const { params } = call;
  const [value] = all(call) as [Tensor];
  if (rankOf(call) > 0) return apply(call.op, [value], { ...params, dim: params.dim + 1 });
  return value.unsqueeze(1).narrow(1, 0, params.size);
};

/** Inputs of shape [0] are passed over, as by the operation itself. */
const cat: Rule<number> = (call) => {
  const { batchSize } = call;
  const parts = call.inputs.filter(({ shape }) => !(shape.length === 1 && shape[0] === 0));
  const [first] = parts;
  if (first === undefined) return samples(input(call, 0), batchSize).clone();
  return apply(
    call.op,
    parts.map((part) => samples(part, batchSize)),
    call.params + 1,
  );
};

const pad: Rule<ParamsOf<typeof ops.pad>> = shifted(({ before, after, value }) => ({
  before: [0, ...before],
  after: [0, ...after],
  value,
}));

/** An index vector, or a single index, of one batch of them: as many as a dimension gets. */
function alignedIndex<P>(call: Call<P>, dim: number, like: Tensor): Tensor {
  const [index] = [samples(input(call, 1), call.batchSize)];
  const vector = index.reshape([call.batchSize, -1]);
  const count = vector.size(1);
  const shape = like.shape.map((_, d) => (d === 0 ? call.batchSize : d === dim ? count : 1));
  return vector.view(shape).expand(like.shape.with(dim, count));
}

const indexSelect: Rule<number> = (call) => {
  const index = input(call, 1);
  const isScalar = rankOf(call) === 0;
  if (!index.isBatched && !isScalar) {
    return apply(call.op, [input(call, 0).value, index.value], call.params + 1);
  }
  if (index.shape.length > 1) {
    throw new ShapeError(`[indexSelect] Index is supposed to be a vector, got shape ${bracketed(index.shape)}`);
  }
  const x = samples(input(call, 0), call.batchSize);
  const source = isScalar ? x.unsqueeze(1) : x;
  const dim = isScalar ? 1 : call.params + 1;
  const out = source.gather(dim, alignedIndex(call, dim, source));
  return isScalar ? out.squeeze(1) : out;
};

const indexAdd: Rule<ParamsOf<typeof ops.indexAddInto>> = (call) => {
  const { shape, dim } = call.params;
  const index = input(call, 1);
  const isScalar = shape.length === 0;
  const whole = [call.batchSize, ...shape];
  if (!index.isBatched && !isScalar) {
    return apply(call.op, [input(call, 0).value, index.value], { shape: whole, dim: dim + 1 });
  }
  const [src] = all(call) as [Tensor];
  const source = isScalar ? src.reshape([call.batchSize, -1]) : src;
  const zeros = source.newZeros(isScalar ? [call.batchSize, 1] : whole);
  const at = isScalar ? 1 : dim + 1;
  const out = zeros.scatterAdd(at, alignedIndex(call, at, source), source);
  return isScalar ? out.squeeze(1) : out;
};

/** Sorted sequences, and the values that are searched in them. */
const insertionPoints: Rule<boolean> = (call) => {
  const [sequence, values] = [input(call, 0), input(call, 1)];
  if (!sequence.isBatched && sequence.shape.length === 1) {
    return apply(call.op, [sequence.value, values.value], call.params);
  }
  const [lists, wanted] = all(call) as [Tensor, Tensor];
  if (sequence.shape.length > 1) return apply(call.op, [lists, wanted], call.params);
  return apply(call.op, [lists, wanted.reshape([call.batchSize, -1])], call.params).view(wanted.shape);
};

const nonzero: Rule<null> = () => {
  throw readsABatch("nonzero");
};

function checkMatrices<P>(call: Call<P>, rank: number): void {
  for (const { shape } of call.inputs.slice(0, 2)) {
    if (shape.length === rank) continue;
    throw new ShapeError(`[${call.op.name}] expected ${rank}-d arguments, but a sample has shape ${bracketed(shape)}`);
  }
}

const mm: Rule<null> = (call) => {
  checkMatrices(call, 2);
  const [a, b] = [input(call, 0), input(call, 1)];
  // One product for all samples, where they share the second matrix.
  if (!b.isBatched) return unfolded(apply(call.op, [folded(a, call.batchSize), b.value], null), call.batchSize);
  return apply(ops.bmm, [samples(a, call.batchSize), samples(b, call.batchSize)], null);
};

const bmm: Rule<null> = (call) => {
  checkMatrices(call, 3);
  const [a, b] = [input(call, 0), input(call, 1)];
  return unfolded(apply(call.op, [folded(a, call.batchSize), folded(b, call.batchSize)], null), call.batchSize);
};

const linear: Rule<null> = (call) => {
  checkMatrices(call, 2);
  const [x, weight, bias] = [input(call, 0), input(call, 1), input(call, 2)];
  const { batchSize } = call;
  if (!weight.isBatched && !bias.isBatched) {
    return unfolded(apply(call.op, [folded(x, batchSize), weight.value, bias.value], null), batchSize);
  }
  const product = weight.isBatched
    ? apply(ops.bmm, [samples(x, batchSize), weight.value.transpose(1, 2)], null)
    : unfolded(folded(x, batchSize).mm(weight.value.t()), batchSize);
  return product.add(bias.isBatched ? bias.value.unsqueeze(1) : bias.value);
};

/** Windows of `samples` times as many images. */
function windowsOf<W extends { readonly shape: readonly [number, number, number, number] }>(
  windows: W,
  count: number,
): W {
  const [n, ...rest] = windows.shape;
  return { ...windows, shape: [n * count, ...rest] };
}

type Conv = ParamsOf<typeof ops.conv2d>;

/** The parameters of one convolution of all samples: their images follow each other. */
const moreImages = ({ windows, groups }: Conv, batchSize: number): Conv => ({
  windows: windowsOf(windows, batchSize),
  groups,
});

/** The parameters of one convolution of all samples: their channels follow each other, each sample has its groups. */
function moreGroups({ windows, groups }: Conv, batchSize: number): Conv {
  const [n, channels, height, width] = windows.shape;
  return { windows: { ...windows, shape: [n, channels * batchSize, height, width] }, groups: groups * batchSize };
}

/** [B, N, C, H, W] as [N, B·C, H, W]. */
function byChannels(operand: Operand, batchSize: number): Tensor {
  const [n, channels, ...size] = operand.shape as [number, number, ...number[]];
  return samples(operand, batchSize)
    .transpose(0, 1)
    .reshape([n, batchSize * channels, ...size]);
}

/** [N, B·C, H, W] as [B, N, C, H, W]. */
function fromChannels(value: Tensor, batchSize: number): Tensor {
  const [n, channels, ...size] = value.shape as [number, number, ...number[]];
  return value.view([n, batchSize, channels / batchSize, ...size]).transpose(0, 1);
}

const conv2d: Rule<Conv> = (call) => {
  const { batchSize, params } = call;
  const [x, weight, bias] = [input(call, 0), input(call, 1), call.inputs[2]];
  const biases = bias === undefined ? [] : [bias];
  if (!weight.isBatched && bias?.isBatched !== true) {
    const values = [folded(x, batchSize), weight.value, ...biases.map(({ value }) => value)];
    return unfolded(apply(call.op, values, moreImages(params, batchSize)), batchSize);
  }
  if (!weight.isBatched) {
    const products = apply(call.op, [folded(x, batchSize), weight.value], moreImages(params, batchSize));
    const ones = x.shape.slice(2).map(() => 1);
    return unfolded(products, batchSize).add(bias?.value.view([batchSize, 1, -1, ...ones]) ?? 0);
  }
  const values = [x, weight].map((operand, i) =>
    i === 0 ? byChannels(operand, batchSize) : folded(operand, batchSize),
  );
  const vectors = biases.map((operand) => folded(operand, batchSize));
  return fromChannels(apply(call.op, [...values, ...vectors], moreGroups(params, batchSize)), batchSize);
};

const conv2dInputGrad: Rule<Conv> = (call) => {
  const { batchSize, params } = call;
  const [grad, weight] = [input(call, 0), input(call, 1)];
  if (!weight.isBatched) {
    return unfolded(apply(call.op, [folded(grad, batchSize), weight.value], moreImages(params, batchSize)), batchSize);
  }
  const values = [byChannels(grad, batchSize), folded(weight, batchSize)];
  return fromChannels(apply(call.op, values, moreGroups(params, batchSize)), batchSize);
};

const conv2dWeightGrad: Rule<Conv> = (call) => {
  const { batchSize, params } = call;
  const values = call.inputs.map((operand) => byChannels(operand, batchSize));
  return unfolded(apply(call.op, values, moreGroups(params, batchSize)), batchSize);
};

/** Images of all samples one after the other. */
function images<P>(more: (params: P, batchSize: number) => P): Rule<P> {
  return (call) => {
    const values = call.inputs.map((operand) => folded(operand, call.batchSize));
    return unfolded(apply(call.op, values, more(call.params, call.batchSize)), call.batchSize);
  };
}

const maxPooling = images<ParamsOf<typeof ops.maxPool2d>>(windowsOf);
const avgPooling = images<ParamsOf<typeof ops.avgPool2d>>(({ windows, divisors }, batchSize) => ({
  windows: windowsOf(windows, batchSize),
  divisors,
}));

/** Rows of all samples one after the other. */
function rows<P>(call: Call<P>): Tensor {
  const values = call.inputs.map((operand) => folded(operand, call.batchSize));
  return unfolded(apply(call.op, values, call.params), call.batchSize);
}

const maskedSoftmax: Rule<ParamsOf<typeof ops.maskedSoftmax>> = (call) => {
  const [scores, mask] = [input(call, 0), call.inputs[1]];
  const masks = mask === undefined ? [] : [ofRank(mask, scores.shape.length)];
  return apply(call.op, [samples(scores, call.batchSize), ...masks], call.params);
};

/** Of operations that leave all dimensions but the last ones alone. */
const wholes = <P>(call: Call<P>): Tensor => apply(call.op, all(call), call.params);

/** Weight and bias of each sample, on [B, N, C, S]. */
function affine(value: Tensor, weights: readonly Operand[], batchSize: number): Tensor {
  const [weight, bias] = weights.map((operand) => {
    const channels = sizeOf(operand.shape);
    return operand.value.reshape([operand.isBatched ? batchSize : 1, 1, channels, 1]);
  });
  const scaled = weight === undefined ? value : value.mul(weight);
  return bias === undefined ? scaled : scaled.add(bias);
}

const groupNorm: Rule<ParamsOf<typeof ops.groupNorm>> = (call) => {
  const { batchSize, params } = call;
  const [n, channels, inner] = params.sizes;
  const x = samples(input(call, 0), batchSize);
  const weights = call.inputs.slice(1);
  const sizes = [batchSize * n, channels, inner] as const;
  if (!weights.some(({ isBatched }) => isBatched)) {
    return apply(call.op, [x, ...weights.map(({ value }) => value)], { ...params, sizes });
  }
  const normalized = apply(call.op, [x], { ...params, sizes, affine: false });
  return affine(normalized.view([batchSize, n, channels, inner]), weights, batchSize).view(x.shape);
};

const batchNorm: Rule<ParamsOf<typeof ops.batchNorm>> = (call) => {
  const { batchSize, params } = call;
  const [n, channels, inner] = params.sizes;
  const x = samples(input(call, 0), batchSize);
  const vectors = call.inputs.slice(1);
  if (params.given && !vectors.some(({ isBatched }) => isBatched)) {
    const sizes = [batchSize * n, channels, inner] as const;
    return apply(call.op, [x, ...vectors.map(({ value }) => value)], { ...params, sizes });
  }
  if (params.observe !== undefined) {
    throw new GraphError(
      "[batchNorm] vmap: Batch norm got a batched tensor as input while the running_mean or running_var, which will be " +
        "updated in place, were not batched. Use trackRunningStats: false, eval(), or layers without running statistics, " +
        "as GroupNorm.",
    );
  }
  // Channels of all samples side by side: each has its own statistics.
  const sizes = [n, batchSize * channels, inner] as const;
  const wide = x.reshape([batchSize, n, channels, inner]).transpose(0, 1).reshape(sizes);
  const values = vectors.map((operand) => samples(operand, batchSize).reshape([batchSize * channels]));
  const out = apply(call.op, [wide, ...values], { ...params, sizes });
  return out.view([n, batchSize, channels, inner]).transpose(0, 1).reshape(x.shape);
};

/** The losses of all samples' batches side by side. */
const ctcLoss: Rule<ParamsOf<typeof ops.ctcLoss>> = (call) => {
  const { batchSize, params } = call;
  const [logProbs, ...targets] = call.inputs as [Operand, ...Operand[]];
  const [steps, batch, classes] = logProbs.shape as [number, number, number];
  const wide = samples(logProbs, batchSize)
    .transpose(0, 1)
    .reshape([steps, batchSize * batch, classes]);
  const times = <T>(list: readonly T[]): T[] => Array.from({ length: batchSize }, () => list).flat();
  const all = {
    labels: Int32Array.from(times([...params.labels])),
    width: params.width,
    inputLengths: times(params.inputLengths),
    targetLengths: times(params.targetLengths),
  };
  const losses = apply(call.op, [wide, ...targets.map((operand) => folded(operand, batchSize))], all);
  return losses.view([batchSize, batch]);
};

/**
 * The losses of all samples' batches side by side, and reduced for each: the mean's divisor is the sum of the losses of −1.
 * Weights of their own take one sample after the other.
 */
const nllLoss: Rule<ParamsOf<typeof ops.nllLoss>> = (call) => {
  const { batchSize, params } = call;
  const [x, target, weight] = call.inputs as [Operand, Operand, Operand?];
  if (weight?.isBatched === true) return loop(call);
  const classDim = Math.min(x.shape.length, 2) - 1;
  const rows = (operand: Operand, tail: readonly number[]): Tensor =>
    samples(operand, batchSize).reshape([batchSize * (classDim === 0 ? 1 : (x.shape[0] as number)), ...tail]);
  const classes = rows(target, x.shape.slice(2));
  const others = weight === undefined ? [classes] : [classes, weight.value];
  const of = (logProbs: Tensor): Tensor =>
    apply(call.op, [logProbs, ...others], { ...params, reduction: "none" }).view([batchSize, ...target.shape]);
  const logProbs = rows(x, x.shape.slice(classDim));
  const losses = of(logProbs);
  if (params.reduction === "none") return losses;
  const sum = (each: Tensor): Tensor => each.reshape([batchSize, sizeOf(target.shape)]).sum(1);
  if (params.reduction === "sum") return sum(losses);
  return sum(losses).div(sum(of(logProbs.newFull([], -1).expand(logProbs.shape))));
};

/** A matrix that all samples share. */
const weightedRows: Rule<ParamsOf<typeof ops.weightedRows>> = (call) => {
  const [x, ...parts] = call.inputs as [Operand, ...Operand[]];
  const { dim, matrix } = call.params;
  return apply(call.op, [samples(x, call.batchSize), ...parts.map(({ value }) => value)], { dim: dim + 1, matrix });
};

const rmsNorm: Rule<ParamsOf<typeof ops.rmsNorm>> = (call) => {
  const { batchSize, params } = call;
  const [x, weight] = [samples(input(call, 0), batchSize), call.inputs[1]];
  const sizes = [batchSize * params.sizes[0], params.sizes[1]] as const;
  if (weight?.isBatched !== true) {
    return apply(call.op, weight === undefined ? [x] : [x, weight.value], { ...params, sizes });
  }
  const normalized = apply(call.op, [x], { ...params, sizes, affine: false });
  const rows = normalized.view([batchSize, ...params.sizes]);
  return rows.mul(weight.value.reshape([batchSize, 1, params.sizes[1]])).view(x.shape);
};

/** Sequences of all samples side by side, where they share the weights. */
const recurrence: Rule<ParamsOf<typeof ops.recurrence>> = (call) => {
  const { batchSize, params } = call;
  const [x, h0, c0, ...weights] = call.inputs as [Operand, Operand, Operand, ...Operand[]];
  if (weights.some(({ isBatched }) => isBatched)) return loop(call);
  const side = (operand: Operand, dim: number): Tensor => {
    const { shape } = operand;
    if (shape.length === 1 && shape[0] === 0) return operand.isBatched ? operand.value.select(0, 0) : operand.value;
    const wide = samples(operand, batchSize).movedim(0, dim);
    return wide.reshape([...shape.slice(0, dim), batchSize * (shape[dim] as number), ...shape.slice(dim + 1)]);
  };
  const [steps, batch] = x.shape as [number, number];
  const out = h0.shape[1] as number;
  const parts = [side(x, 1), side(h0, 0), side(c0, 0), ...weights.map(({ value }) => value)];
  const row = apply(call.op, parts, params);
  const count = steps * batch * out;
  const states = row
    .narrow(0, 0, batchSize * count)
    .view([steps, batchSize, batch, out])
    .movedim(1, 0)
    .reshape([batchSize, count]);
  const rest = row.numel() - batchSize * count;
  if (rest === 0) return states;
  const cells = row.narrow(0, batchSize * count, rest).view([batchSize, rest / batchSize]);
  return apply(ops.cat, [states, cells], 1);
};

const rules: Rules = {
  asStrided,
  restride,
  stridedScatterAdd,

  // Views.
  view: shifted((shape, { batchSize }) => [batchSize, ...shape]),
  expand,
  permute: permuted,
  transpose: permuted,
  t: permuted,
  unsqueeze: shifted((dim) => dim + 1),
  squeeze: everyDim,
  squeezeDim: everyDim,
  slice: dimension(),
  select: dimension(),
  unfold,
  diagonal: shifted(({ dim1, dim2, offset }) => ({ dim1: dim1 + 1, dim2: dim2 + 1, offset })),

  // Movement.
  cat,
  sliceBackward: shifted(({ shape, slice }, { batchSize }) => ({
    shape: [batchSize, ...shape],
    slice: { ...slice, dim: slice.dim + 1 },
  })),
  flip: everyDim,
  roll: dimension(),
  pad,
  padEdges: shifted(({ mode, before, after }) => ({ mode, before: [0, ...before], after: [0, ...after] })),
  padEdgesGrad: shifted(({ mode, before, after, shape }, { batchSize }) => ({
    mode,
    before: [0, ...before],
    after: [0, ...after],
    shape: [batchSize, ...shape],
  })),
  tril: atLeast(2, (call) => apply(call.op, all(call), call.params)),
  triu: atLeast(2, (call) => apply(call.op, all(call), call.params)),

  // Reductions, scans, sorting.
  sum: dimensions(),
  nansum: dimensions(),
  cosineSimilarity: alongParam(),
  all: dimensions(),
  any: dimensions(),
  amax: dimensions(),
  amin: dimensions(),
  max: dimensions(),
  min: dimensions(),
  variance: dimensions(),
  norm2: dimensions(),
  normP: dimensions(),
  prod: alongParam(),
  argmax: alongParam(),
  argmin: alongParam(),
  cumsum: alongDim,
  cumprod: alongDim,
  argsort: alongParam(),
  topk: alongParam(),
  selectRank: alongParam(),
  cummaxIndices: alongDim,
  cumminIndices: alongDim,
  logcumsumexp: alongDim,
  longestRun: alongDim,

  // Indexing.
  gather: alongDim,
  scatter: alongDim,
  scatterAdd: alongDim,
  indexSelect,
  indexAddInto: indexAdd,
  scatterProd: alongDim,
  scatterAmax: alongDim,
  scatterAmin: alongDim,
  indexAdd: slicesAt,
  indexCopy: slicesAt,
  indexFill: slicesAt,
  index,
  indexGrad,
  indexPut,
  flatIndex,
  nonzero,
  insertionPoints,

  // Products.
  mm,
  bmm,
  linear,

  // Images.
  conv2d,
  conv2dInputGrad,
  conv2dWeightGrad,
  avgPool2d: avgPooling,
  avgPool2dGrad: avgPooling,
  maxPool2d: maxPooling,
  maxPool2dIndices: maxPooling,
  maxPool2dGrad: maxPooling,

  // Normalization, softmax, cross-entropy.
  softmax: alongDim,
  logSoftmax: alongDim,
  softmaxGrad: alongParam(),
  maskedSoftmax,
  maskedSoftmaxGrad: wholes,
  crossEntropy: rows,
  crossEntropyGrad: rows,
  groupNorm,
  batchNorm,
  rmsNorm,
  ctcLoss,
  nllLoss,
  nllLossGrad: loop,
  cdist: wholes,
  cdistGrad: wholes,
  pdist: loop,

  // Weighted sums of elements at given positions.
  weightedRows,
  embeddingBag: loop,
  gatherSum: rows,
  scatterSum: rows,
  gatherDot: rows,

  recurrence,
  recurrenceGrad: loop,

  // Matrices.
  solve: wholes,
  inv: wholes,
  det: wholes,
  luFactor: wholes,
  slogdet: wholes,
  cholesky: wholes,
  solveTriangular: wholes,
  qr: wholes,
  eigh: wholes,
  eigvalsh: wholes,
  eig: wholes,
  svd: wholes,
  svdvals: wholes,
  completeBasis: wholes,
  pinv: wholes,
  lstsq: wholes,

  // Element by element.
  clamp: elementwise,
  clampTensors: elementwise,
  clampMinTensor: elementwise,
  clampMaxTensor: elementwise,
  gcd: elementwise,
  lcm: elementwise,
  nextafter: elementwise,
  polygamma: elementwise,
  i0: elementwise,
  i1: elementwise,
  elu: elementwise,
  gelu: elementwise,
  geluTanh: elementwise,
  hardshrink: elementwise,
  hardsigmoid: elementwise,
  hardswish: elementwise,
  hardtanh: elementwise,
  leakyRelu: elementwise,
  prelu: elementwise,
  logSigmoid: elementwise,
  mish: elementwise,
  silu: elementwise,
  softplus: elementwise,
  softshrink: elementwise,
  softsign: elementwise,
  tanhshrink: elementwise,
  threshold: elementwise,
  add: elementwise,
  addScaled: elementwise,
  atan2: elementwise,
  bitwiseAnd: elementwise,
  bitwiseOr: elementwise,
  bitwiseXor: elementwise,
  copysign: elementwise,
  div: elementwise,
  eq: elementwise,
  floorDivide: elementwise,
  fmod: elementwise,
  ge: elementwise,
  gt: elementwise,
  heaviside: elementwise,
  hypot: elementwise,
  le: elementwise,
  logaddexp: elementwise,
  logaddexp2: elementwise,
  logicalAnd: elementwise,
  logicalOr: elementwise,
  logicalXor: elementwise,
  lt: elementwise,
  maximum: elementwise,
  minimum: elementwise,
  mul: elementwise,
  ne: elementwise,
  pow: elementwise,
  powScalar: elementwise,
  reluGrad: elementwise,
  remainder: elementwise,
  sigmoidGrad: elementwise,
  sub: elementwise,
  subScaled: elementwise,
  tanhGrad: elementwise,
  truncDivide: elementwise,
  where: elementwise,
  xlogy: elementwise,
  absoluteError: elementwise,
  huber: elementwise,
  logitCrossEntropy: elementwise,
  probabilityCrossEntropy: elementwise,
  smoothL1: elementwise,
  squaredError: elementwise,
  addcdiv: elementwise,
  addcmul: elementwise,
  lerp: elementwise,
  lerpScalar: elementwise,
  maskedFill: elementwise,
  transfer: elementwise,
  abs: elementwise,
  acos: elementwise,
  acosh: elementwise,
  asin: elementwise,
  asinh: elementwise,
  atan: elementwise,
  atanh: elementwise,
  bitwiseNot: elementwise,
  cast: elementwise,
  ceil: elementwise,
  clone: elementwise,
  copy_: elementwise,
  cos: elementwise,
  cosh: elementwise,
  digamma: elementwise,
  erf: elementwise,
  erfc: elementwise,
  erfinv: elementwise,
  exp: elementwise,
  exp2: elementwise,
  expm1: elementwise,
  fill: elementwise,
  floor: elementwise,
  frac: elementwise,
  isfinite: elementwise,
  isinf: elementwise,
  isnan: elementwise,
  isneginf: elementwise,
  isposinf: elementwise,
  lgamma: elementwise,
  log: elementwise,
  log10: elementwise,
  log1p: elementwise,
  log2: elementwise,
  logicalNot: elementwise,
  logit: elementwise,
  nanToNum: elementwise,
  neg: elementwise,
  reciprocal: elementwise,
  relu: elementwise,
  round: elementwise,
  rsqrt: elementwise,
  sigmoid: elementwise,
  sign: elementwise,
  signbit: elementwise,
  sin: elementwise,
  sinc: elementwise,
  sinh: elementwise,
  sqrt: elementwise,
  std: elementwise,
  tan: elementwise,
  tanh: elementwise,
  trunc: elementwise,
  zero: elementwise,
};

const byOperation = new Map<unknown, Rule<unknown>>(
  Object.entries(ops).map(([name, op]) => [op, rules[name as keyof typeof ops] as Rule<unknown>]),
);

/** The rule of an operation; `loop` for one that is not in the table of operations. */
export function ruleFor<P>(op: Op<readonly NDArray[], P>): Rule<P> {
  return (byOperation.get(op) ?? loop) as Rule<P>;
}
