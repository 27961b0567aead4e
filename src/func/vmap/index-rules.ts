/** @file The batching rules of what reads and writes at indices. */
import { apply } from "../../autograd/apply.ts";
import type { Op } from "../../autograd/op.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { IndexParams } from "../../tensor/ops/merge-dims.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { loop } from "./loop.ts";
import { type Operand, ofRank, samples } from "./operand.ts";
import type { Call, Rule } from "./rules.ts";

type ParamsOf<O> = O extends Op<infer _In, infer P> ? P : never;

/** The positions of flat indices within the dimensions of one sample, and the same for all samples at once. */
interface BatchedIndex {
  readonly flat: Tensor;
  readonly params: IndexParams;
  /** From the result of the samples [B, …] to what the operation gives for `params`, as an order of dimensions. */
  readonly order: readonly number[];
}

/** @param shape The shape of one sample of what is indexed. */
function batchedIndex(
  { dims, shape: indexShape }: IndexParams,
  shape: readonly number[],
  index: Operand,
  batchSize: number,
): BatchedIndex {
  const first = dims[0] as number;
  const neighbours = dims.every((d, i) => d === first + i);
  const at = neighbours ? first : 0;
  const inner = dims.map((d) => d + 1);
  const rank = shape.length - dims.length + indexShape.length + 1;
  const all = Array.from({ length: rank }, (_, d) => d);
  const ofIndex = indexShape.map((_, d) => 1 + at + d);
  const others = all.slice(1).filter((d) => !ofIndex.includes(d));
  if (!index.isBatched) {
    // Where the indexed dimensions are no neighbours, those of the index come before that of the samples.
    const order = neighbours ? all : [...ofIndex, 0, ...others];
    return { flat: index.value, params: { dims: inner, shape: indexShape }, order };
  }
  const size = dims.reduce((product, d) => product * (shape[d] as number), 1);
  const sample = index.value.newOnes([batchSize, 1]).cumsum(0).sub(1);
  const flat = index.value.add(sample.mul(size)).reshape(-1);
  const params = { dims: [0, ...inner], shape: [batchSize, ...indexShape] };
  return { flat, params, order: [0, ...ofIndex, ...others] };
}

function inverse(order: readonly number[]): number[] {
  return order.map((_, d) => order.indexOf(d));
}

function operands<P>(call: Call<P>): [Operand, Operand, Operand | undefined] {
  return call.inputs as unknown as [Operand, Operand, Operand | undefined];
}

export const index: Rule<ParamsOf<typeof ops.index>> = (call) => {
  const [x, positions] = operands(call);
  const { flat, params, order } = batchedIndex(call.params, x.shape, positions, call.batchSize);
  return apply(ops.index, [samples(x, call.batchSize), flat], params).permute(inverse(order));
};

export const indexGrad: Rule<ParamsOf<typeof ops.indexGrad>> = (call) => {
  const [values, positions] = operands(call);
  const { flat, params, order } = batchedIndex(call.params, call.params.input, positions, call.batchSize);
  const moved = samples(values, call.batchSize).permute(order);
  return apply(ops.indexGrad, [moved, flat], { ...params, input: [call.batchSize, ...call.params.input] });
};

export const indexPut: Rule<ParamsOf<typeof ops.indexPut>> = (call) => {
  const [x, positions, values] = operands(call) as [Operand, Operand, Operand];
  const { flat, params, order } = batchedIndex(call.params, x.shape, positions, call.batchSize);
  const moved = samples(values, call.batchSize).permute(order);
  const { accumulate } = call.params;
  return apply(ops.indexPut, [samples(x, call.batchSize), flat, moved], { ...params, accumulate });
};

/** One vector of indices for slices of all samples. */
export const slicesAt: Rule<number> = (call) => {
  const [x, positions, source] = operands(call) as [Operand, Operand, Operand];
  const isFill = source.shape.length < x.shape.length;
  if (positions.isBatched || x.shape.length === 0 || (isFill && source.isBatched)) return loop(call);
  const slices = isFill ? source.value : samples(source, call.batchSize);
  return apply(call.op, [samples(x, call.batchSize), positions.value, slices], call.params + 1);
};

export const flatIndex: Rule<ParamsOf<typeof ops.flatIndex>> = ({ inputs, params, batchSize }) => {
  const rank = params.shape.length;
  const indices = inputs.map((operand) => ofRank(operand, rank));
  const positions = apply(ops.flatIndex, indices, { ...params, shape: [batchSize, ...params.shape] });
  return positions.view([batchSize, -1]);
};
