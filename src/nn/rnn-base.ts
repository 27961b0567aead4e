/** @file Base of the recurrent layers: parameters, checks, and the stack of layers and directions. */
import type { DType } from "../../kernels/backend.ts";
import { sameShape, sizeOf } from "../../kernels/layout.ts";
import { apply } from "../autograd/apply.ts";
import { batchingHook, composite } from "../autograd/batching.ts";
import { optional, required } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import type { DeviceChoice } from "../core/device.ts";
import { DTypeError, ShapeError, ValueError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { aBoolean, aSize, aTensor, type Kind, kind, nullable, worded } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { bracketed } from "../core/shape.ts";
import { empty } from "../tensor/create.ts";
import { cat, stack } from "../tensor/functional.ts";
import { asNonView, withGradFnName } from "../tensor/functions/grad-fn-name.ts";
import { ops } from "../tensor/ops/index.ts";
import { type CellKind, GATES, type Parts, type Recurrence } from "../tensor/ops/rnn-cells.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/type-promotion.ts";
import { dropout } from "./functional/dropout.ts";
import { aCount, aPositiveCount } from "./functional/validate.ts";
import { uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";
import type { PackedSequence } from "./utils/rnn.ts";

const aDropout: Kind<number> = worded(
  kind("a number between 0 and 1", (p) => typeof p === "number" && p >= 0 && p <= 1),
  (_, p) =>
    `dropout should be a number in range [0, 1] representing the probability of an element being zeroed, but got ${describeValue(p)}`,
);

/** The size of a projection; 0 for none. */
export const aProjSize: Kind<number> = worded(
  aSize,
  () => "proj_size should be a positive integer or zero to disable projections",
);

/** The first arguments of every recurrent layer and cell. */
export const SIZES = { inputSize: required(aCount), hiddenSize: required(aPositiveCount) };

/** The arguments of a `forward` with one state, h. */
export const ONE_STATE = { input: required(aTensor), hx: optional(nullable(aTensor), null) };

/** The arguments of a `forward` with two states, h and c. */
export const twoStates = (message: string) => {
  const pair: Kind<readonly [h: Tensor, c: Tensor]> = worded(
    kind("a pair of Tensors", (value) => Array.isArray(value) && value.length === 2 && value.every(isTensor)),
    () => message,
  );
  return { input: required(aTensor), hx: optional(nullable(pair), null) };
};

/** The further arguments of every recurrent layer. */
export const RECURRENT_ARGUMENTS = {
  numLayers: optional(aPositiveCount, 1),
  bias: optional(aBoolean, true),
  batchFirst: optional(aBoolean, false),
  dropout: optional(aDropout, 0),
  bidirectional: optional(aBoolean, false),
};

/** The arguments of a layer, and what its class fixes. */
export interface RecurrentArguments {
  readonly cell: CellKind;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  readonly dropout: number;
  readonly bidirectional: boolean;
  readonly projSize: number;
  readonly device: DeviceChoice;
  readonly dtype: DType;
}

/**
 * The parameters of one direction of one layer. G is the number of gates, stacked in rows: 1 in an RNN, 4 in an LSTM
 * (input, forget, cell, output), 3 in a GRU (reset, update, new). Assign to share or replace a parameter.
 */
export interface RecurrentWeights {
  /** The learnable input-hidden weights, `(G·hiddenSize,inputSize)`; of further layers `(G·hiddenSize,D·H)`. */
  weightIh: Parameter;
  /** The learnable hidden-hidden weights, `(G·hiddenSize,hiddenSize)`, with projections `(G·hiddenSize,projSize)`. */
  weightHh: Parameter;
  /** The learnable input-hidden bias, `(G·hiddenSize)`, or null. */
  biasIh: Parameter | null;
  /** The learnable hidden-hidden bias, `(G·hiddenSize)`, or null. */
  biasHh: Parameter | null;
  /** The learnable projection weights, `(projSize,hiddenSize)`, or null. */
  weightHr: Parameter | null;
}

/** Base of the recurrent layers: parameters by layer and direction, checks, and the order of dimensions. */
export abstract class Recurrent<Out> extends Module<Out> {
  /** Number of features of the input. */
  inputSize: number;
  /** Number of features of the hidden state. */
  hiddenSize: number;
  /** Number of recurrent layers, stacked on each other. */
  numLayers: number;
  /** Whether the layer has bias weights. */
  bias: boolean;
  /** Whether input and output are `(N,L,…)` rather than `(L,N,…)`. */
  batchFirst: boolean;
  /** Dropout probability on the outputs of each layer except the last. */
  dropout: number;
  /** Whether the layer is bidirectional. */
  bidirectional: boolean;
  /** Size of the projections of an LSTM; 0 for none. */
  projSize: number;
  private readonly op: string;
  private readonly cell: CellKind;
  private readonly layerWeights: readonly (readonly RecurrentWeights[])[];

  constructor(op: string, given: RecurrentArguments) {
    super();
    const { cell, inputSize, hiddenSize, numLayers, dropout, projSize } = given;
    if (dropout > 0 && numLayers === 1) {
      console.warn(
        `[${op}] dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater than 1, but got dropout=${dropout} and num_layers=1`,
      );
    }
    if (projSize >= hiddenSize) throw new ValueError(`[${op}] proj_size has to be smaller than hidden_size`);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers;
    this.bias = given.bias;
    this.batchFirst = given.batchFirst;
    this.dropout = dropout;
    this.bidirectional = given.bidirectional;
    this.projSize = projSize;
    this.op = op;
    this.cell = cell;
    this.layerWeights = Array.from({ length: numLayers }, (_, layer) =>
      Array.from({ length: this.directions }, () => makeWeights(given, layer === 0 ? inputSize : this.outputSize)),
    );
    this.resetParameters();
  }

  private get directions(): number {
    return this.bidirectional ? 2 : 1;
  }
  /** Size of the hidden state h, and of the output of one direction. */
  private get stateSize(): number {
    return this.projSize > 0 ? this.projSize : this.hiddenSize;
  }
  private get outputSize(): number {
    return this.stateSize * this.directions;
  }

  /**
   * The parameters of one direction of one layer. State dictionaries have them under PyTorch's names: `weight_ih_l0`,
   * `bias_hh_l1_reverse`.
   *
   * @throws ValueError for a layer or a direction that does not exist.
   * @example
   * new nn.GRU(10, 20, 2).weights(1).weightIh.shape; // [60, 20]
   */
  weights(layer = 0, reverse = false): RecurrentWeights {
    const found = this.layerWeights[layer]?.[reverse ? 1 : 0];
    if (found !== undefined) return found;
    throw new ValueError(
      `[${this.op}] there is no ${reverse ? "reverse direction of " : ""}layer ${layer}: num_layers=${this.numLayers}, bidirectional=${pythonRepr(this.bidirectional)}`,
    );
  }
  protected override *fields(): Iterable<readonly [field: string, value: unknown]> {
    yield* super.fields();
    for (const [layer, directions] of this.layerWeights.entries()) {
      for (const [d, { weightIh, weightHh, biasIh, biasHh, weightHr }] of directions.entries()) {
        const place = `l${layer}${d === 1 ? "_reverse" : ""}`;
        yield [`weight_ih_${place}`, weightIh];
        yield [`weight_hh_${place}`, weightHh];
        yield [`bias_ih_${place}`, biasIh];
        yield [`bias_hh_${place}`, biasHh];
        yield [`weight_hr_${place}`, weightHr];
      }
    }
  }

  protected override assignField(field: string, value: Tensor): void {
    const place = /^(weight|bias)_(ih|hh|hr)_l(\d+)(_reverse)?$/.exec(field);
    if (place === null) {
      super.assignField(field, value);
      return;
    }
    const [, what, of, layer, reverse] = place as unknown as [string, string, string, string, string | undefined];
    const name = `${what}${of[0]?.toUpperCase()}${of[1]}`;
    Reflect.set(this.weights(Number(layer), reverse !== undefined), name, value);
  }

  protected override checkMembers(): void {
    super.checkMembers();
    const isLearned = (value: unknown): boolean => value === null || value instanceof Parameter;
    // Listing the parameters throws, and names the field.
    if (!this.layerWeights.flat().every((each) => Object.values(each).every(isLearned))) this.parameters();
  }

  /** Initializes all parameters anew, uniformly in ±1/√hiddenSize, with PyTorch's random numbers. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  /** Does nothing, for programs written for PyTorch: the weights lie as the kernels read them. */
  flattenParameters(): void {}

  /** Output and final states, from initial states that may be null. */
  protected run(x: Tensor, h0: Tensor | null, c0: Tensor | null): { output: Tensor; h: Tensor; c: Tensor | null } {
    this.checkInputs(x, h0, c0);
    this.checkMembers();
    if (batchingHook === null) return this.runLayers(x, h0, c0);
    const { cell, numLayers, batchFirst, projSize } = this;
    const weights = this.layerWeights.flat().flatMap((w) => [w.weightIh, w.weightHh, w.biasIh, w.biasHh]);
    const params = {
      cell,
      numLayers,
      directions: this.directions,
      hiddenSize: this.hiddenSize,
      batchFirst,
      projSize,
    };
    const isOne = projSize === 0 && !(this.training && this.dropout > 0);
    if (!isOne) return this.runLayers(x, h0, c0);
    return composite("rnn", [x, h0, c0, ...weights], params, () => this.runLayers(x, h0, c0));
  }

  private runLayers(x: Tensor, h0: Tensor | null, c0: Tensor | null): { output: Tensor; h: Tensor; c: Tensor | null } {
    const isLstm = this.cell === "lstm";
    const batched = x.ndim === 3;
    const dim = this.batchFirst ? 0 : 1;
    const sequences = batched ? x : x.unsqueeze(dim);
    const timeFirst = this.batchFirst ? sequences.transpose(0, 1) : sequences;
    const state = (given: Tensor | null, size: number): Tensor => {
      if (given !== null) return batched ? given : given.unsqueeze(1);
      return x.newZeros([this.numLayers * this.directions, timeFirst.size(1), size]);
    };
    const { training, dropout } = this;
    const stacking = { cell: this.cell, weights: this.layerWeights, dropout, training };
    const h = state(h0, this.stateSize);
    const result = runStack(stacking, timeFirst, h, isLstm ? state(c0, this.hiddenSize) : null);
    const name = isLstm ? "TransposeBackward0" : "TransposeBackward1";
    const output = this.batchFirst ? withGradFnName(name, result.output.transpose(0, 1)) : result.output;
    if (batched) return { ...result, output };
    const withoutBatch = (tensor: Tensor, at: number): Tensor => withGradFnName("SqueezeBackward1", tensor.squeeze(at));
    return {
      output: withoutBatch(output, dim),
      h: withoutBatch(result.h, 1),
      c: result.c && withoutBatch(result.c, 1),
    };
  }

  /** {@link run} for a packed batch, whose states are in the original order of the sequences. */
  protected runPacked(
    packed: PackedSequence,
    h0: Tensor | null,
    c0: Tensor | null,
  ): { output: PackedSequence; h: Tensor; c: Tensor | null } {
    const { op, training, dropout } = this;
    const { data, sortedIndices, unsortedIndices } = packed;
    const sizes = packed.sizes();
    const [batch] = sizes;
    if (batch === undefined) throw new ShapeError(`[${op}] Expected sequence length to be larger than 0 in RNN`);
    if (data.ndim !== 2) {
      throw new ShapeError(`[${op}] input must have 2 dimensions, got ${data.ndim}`);
    }
    this.checkSizes(data, h0, c0, [batch]);
    this.checkMembers();
    const inOrder = (t: Tensor, order: Tensor | null): Tensor => (order === null ? t : t.indexSelect(1, order));
    const state = (given: Tensor | null, size: number): Tensor => {
      if (given !== null) return inOrder(given, sortedIndices);
      return data.newZeros([this.numLayers * this.directions, batch, size]);
    };
    const h = state(h0, this.stateSize);
    const c = this.cell === "lstm" ? state(c0, this.hiddenSize) : null;
    const stacking = { cell: this.cell, weights: this.layerWeights, dropout, training };
    const result = runStack(stacking, { data, segments: segmentsOf(sizes) }, h, c);
    return {
      output: packed.with(result.output),
      h: inOrder(result.h, unsortedIndices),
      c: result.c && inOrder(result.c, unsortedIndices),
    };
  }

  private checkInputs(x: Tensor, h0: Tensor | null, c0: Tensor | null): void {
    const op = this.op;
    checkTensor(op, x);
    if (x.ndim !== 2 && x.ndim !== 3) {
      throw new ShapeError(`[${op}] Expected input to be 2-D or 3-D but received ${x.ndim}-D tensor`);
    }
    const states = [h0, c0].filter((state) => state !== null);
    for (const state of states) checkTensor(op, state);
    if (states.some((state) => state.ndim !== x.ndim)) {
      const input = x.ndim === 3 ? "batched 3-D" : "unbatched 2-D";
      const dims = states.map((state) => `${state.ndim}-D`).join(", ");
      const [who, got] = c0 === null ? ["hx", `${dims} tensor`] : ["hx and cx", `(${dims}) tensors`];
      throw new ShapeError(`[${op}] For ${input} input, ${who} should also be ${x.ndim}-D but got ${got}`);
    }
    this.checkSizes(x, h0, c0, x.ndim === 3 ? [x.size(this.batchFirst ? 0 : 1)] : []);
    const steps = x.size(this.batchFirst && x.ndim === 3 ? 1 : 0);
    if (steps === 0) throw new ShapeError(`[${op}] Expected sequence length to be larger than 0 in RNN`);
  }

  /** Checks the last size of the input, the sizes of the states, and dtypes. */
  private checkSizes(x: Tensor, h0: Tensor | null, c0: Tensor | null, batch: readonly number[]): void {
    const { op } = this;
    const states = [h0, c0].filter((state) => state !== null);
    if (x.size(-1) !== this.inputSize) {
      throw new ShapeError(
        `[${op}] input.size(-1) must be equal to input_size. Expected ${this.inputSize}, got ${x.size(-1)}`,
      );
    }
    for (const [i, state] of states.entries()) {
      const size = i === 0 ? this.stateSize : this.hiddenSize;
      const expected = [this.numLayers * this.directions, ...batch, size];
      if (sameShape(state.shape, expected)) continue;
      const which = c0 === null ? "hidden" : `hidden[${i}]`;
      throw new ShapeError(`[${op}] Expected ${which} size ${pythonRepr(expected)}, got ${bracketed(state.shape)}`);
    }
    const { dtype } = this.weights().weightIh;
    for (const tensor of [x, ...states]) checkSameDType(op, tensor, dtype);
  }

  override extraRepr(): string {
    const { inputSize, hiddenSize, projSize, numLayers, bias, batchFirst, dropout, bidirectional } = this;
    return (
      `${inputSize}, ${hiddenSize}` +
      (projSize === 0 ? "" : `, proj_size=${projSize}`) +
      (numLayers === 1 ? "" : `, num_layers=${numLayers}`) +
      (bias ? "" : ", bias=False") +
      (batchFirst ? ", batch_first=True" : "") +
      (dropout === 0 ? "" : `, dropout=${pythonRepr(dropout, true)}`) +
      (bidirectional ? ", bidirectional=True" : "")
    );
  }
}

/** The parameters of one direction of one layer. */
function makeWeights(
  { cell, hiddenSize, bias, projSize, device, dtype }: RecurrentArguments,
  inputs: number,
): RecurrentWeights {
  const rows = GATES[cell] * hiddenSize;
  const parameter = (...shape: number[]): Parameter => new Parameter(empty(shape, { device, dtype }));
  return {
    weightIh: parameter(rows, inputs),
    weightHh: parameter(rows, projSize > 0 ? projSize : hiddenSize),
    biasIh: bias ? parameter(rows) : null,
    biasHh: bias ? parameter(rows) : null,
    weightHr: projSize > 0 ? parameter(projSize, hiddenSize) : null,
  };
}

/** Throws unless the input has the dtype of the weights. */
export function checkSameDType(op: string, x: Tensor, dtype: DType): void {
  if (x.dtype === dtype) return;
  throw new DTypeError(
    `[${op}] mat1 and mat2 must have the same dtype: the weights are ${dtype}, but got ${x.dtype}. Convert with .to("${dtype}").`,
  );
}

/** The layers of a {@link runStack}. */
interface Stacking {
  readonly cell: CellKind;
  /** By layer and direction. */
  readonly weights: readonly (readonly RecurrentWeights[])[];
  /** Dropout probability between the layers. */
  readonly dropout: number;
  readonly training: boolean;
}

/** Outputs `(L,N,H)` and the final states h and c, of one direction `(N,…)` or of all `(D·numLayers,N,…)`. */
interface Sequence {
  readonly output: Tensor;
  readonly h: Tensor;
  /** Null where there is no cell state. */
  readonly c: Tensor | null;
}

/**
 * Stacked layers, each of one or two directions, on x `(L,N,inputSize)` or a packed batch and initial states `(D·numLayers,N,…)`, with
 * dropout between the layers.
 */
function runStack(stacking: Stacking, x: Tensor | Packing, h0: Tensor, c0: Tensor | null): Sequence {
  const { cell, weights, training } = stacking;
  const [hs, cs]: [Tensor[], Tensor[]] = [[], []];
  const packing = isTensor(x) ? null : x;
  let output = packing === null ? (x as Tensor) : packing.data;
  for (const [layer, directions] of weights.entries()) {
    if (layer > 0) output = dropout(output, stacking.dropout, training);
    const below = output;
    const outputs = directions.map((each, d) => {
      const place = layer * directions.length + d;
      const params = { cell, reverse: d === 1 };
      const [h, c] = [h0.select(0, place), c0?.select(0, place) ?? null];
      const sequence =
        packing === null
          ? runDirection(params, below, h, c, each)
          : runPackedDirection(params, { ...packing, data: below }, h, c, each);
      hs.push(sequence.h);
      if (sequence.c !== null) cs.push(sequence.c);
      return sequence.output;
    });
    const [only] = outputs;
    output = outputs.length === 1 && only !== undefined ? only : cat(outputs, -1);
  }
  return { output, h: stack(hs), c: c0 && stack(cs) };
}

/** Consecutive steps with as many sequences each. */
interface Segment {
  /** Its first row of the packed elements. */
  readonly start: number;
  readonly steps: number;
  readonly batch: number;
}

/** Elements of a packed batch, and their segments. */
interface Packing {
  readonly data: Tensor;
  readonly segments: readonly Segment[];
}

function segmentsOf(sizes: readonly number[]): Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  let from = 0;
  for (const [t, batch] of sizes.entries()) {
    if (t + 1 < sizes.length && sizes[t + 1] === batch) continue;
    const steps = t + 1 - from;
    segments.push({ start, steps, batch });
    start += steps * batch;
    from = t + 1;
  }
  return segments;
}

/**
 * One direction of one layer on a packed batch: one recurrence for each segment. Forward, the sequences that end leave
 * the batch, and their states with them; in reverse, they join it with their initial states.
 */
function runPackedDirection(
  params: Recurrence,
  { data, segments }: Packing,
  h0: Tensor,
  c0: Tensor | null,
  weights: RecurrentWeights,
): Sequence {
  const outputs: Tensor[] = [];
  const ended: { h: Tensor; c: Tensor | null }[] = [];
  let [h, c]: [Tensor | null, Tensor | null] = [null, null];
  for (const { start, steps, batch } of params.reverse ? segments.toReversed() : segments) {
    const first = (state: Tensor | null, initial: Tensor): Tensor => {
      const before = state?.size(0) ?? 0;
      if (state === null || batch === before) return state ?? initial.narrow(0, 0, batch);
      return batch < before ? state.narrow(0, 0, batch) : cat([state, initial.narrow(0, before, batch - before)]);
    };
    if (h !== null && batch < h.size(0)) {
      const left = h.size(0) - batch;
      ended.push({ h: h.narrow(0, batch, left), c: c?.narrow(0, batch, left) ?? null });
    }
    const x = data.narrow(0, start, steps * batch).view([steps, batch, data.size(1)]);
    const sequence = runDirection(params, x, first(h, h0), c0 && first(c, c0), weights);
    outputs.push(sequence.output.reshape([steps * batch, sequence.output.size(2)]));
    [h, c] = [sequence.h, sequence.c];
  }
  if (params.reverse) outputs.reverse();
  ended.reverse();
  const join = (last: Tensor, others: readonly Tensor[]): Tensor =>
    others.length === 0 ? last : cat([last, ...others]);
  return {
    output: withGradFnName("CatBackward0", cat(outputs)),
    h: join(
      h ?? h0,
      ended.map((each) => each.h),
    ),
    c: c && join(c, ended.map((each) => each.c).filter(isTensor)),
  };
}

/** One direction of one layer. */
function runDirection(
  params: Recurrence,
  x: Tensor,
  h0: Tensor,
  c0: Tensor | null,
  weights: RecurrentWeights,
): Sequence {
  const { weightIh, weightHh, biasIh, biasHh, weightHr } = weights;
  const absent = x.newZeros([0]);
  const parts: Parts<Tensor> = [
    x,
    h0,
    c0 ?? absent,
    weightIh,
    weightHh,
    biasIh ?? absent,
    biasHh ?? absent,
    weightHr ?? absent,
  ];
  const row = apply(ops.recurrence, parts, params);
  const shape = [x.size(0), x.size(1), weightHh.size(1)];
  const count = sizeOf(shape);
  const output = asNonView("StackBackward0", row.narrow(0, 0, count).view(shape));
  const h = output.select(0, params.reverse ? 0 : x.size(0) - 1);
  const c = c0 && row.narrow(0, count, row.numel() - count).view(c0.shape);
  return { output, h, c };
}
