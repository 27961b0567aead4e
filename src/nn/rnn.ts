/** @file RNN, LSTM and GRU layers and their cells. */
import type { DType } from "../../kernels/backend.ts";
import { optional, type SomeThenOptions, signature } from "../core/arguments.ts";
import { describeBare } from "../core/describe.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ShapeError } from "../core/errors.ts";
import { aBoolean, type Kind, oneOf, worded } from "../core/kinds.ts";
import { empty } from "../tensor/create.ts";
import { named } from "../tensor/functions/grad-fn-name.ts";
import { linear } from "../tensor/functions/matmul.ts";
import { gruStep, lstmStep, plainStep } from "../tensor/ops/rnn-cells.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/type-promotion.ts";
import { PLACE } from "./functional/validate.ts";
import { uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";
import { aProjSize, checkSameDType, ONE_STATE, RECURRENT_ARGUMENTS, Recurrent, SIZES, twoStates } from "./rnn-base.ts";

export interface GRUOptions {
  /** Layers above each other. Default 1. */
  readonly numLayers?: number | undefined;
  /** Whether the gates have learned summands. Default true. */
  readonly bias?: boolean | undefined;
  /** Whether inputs and results are [B,T,…] instead of [T,B,…]; states are not affected. Default false. */
  readonly batchFirst?: boolean | undefined;
  /** Probability of an element of the results of all layers but the last to be zeroed in training. Default 0. */
  readonly dropout?: number | undefined;
  /** Whether a second direction runs from the last step to the first. Default false. */
  readonly bidirectional?: boolean | undefined;
  /** Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

export interface LSTMOptions extends GRUOptions {
  /** Size to which a learned matrix brings the state h, less than the hidden size; 0 for none. Default 0. */
  readonly projSize?: number | undefined;
}

export interface RNNOptions extends GRUOptions {
  /** Default "tanh". */
  readonly nonlinearity?: "tanh" | "relu" | undefined;
}

export const aNonlinearity: Kind<"tanh" | "relu"> = worded(
  oneOf("tanh", "relu"),
  (_, value) => `Unknown nonlinearity '${describeBare(value)}'`,
);

const { numLayers, ...AFTER_LAYERS } = RECURRENT_ARGUMENTS;

/**
 * The simple recurrent layer: h ← tanh(x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh) from step to step, or with relu.
 *
 * All parameters start uniformly distributed over ±1/√hiddenSize, with the numbers that PyTorch draws for the seed.
 *
 * @example
 * const rnn = new nn.RNN(10, 20, 2, { nonlinearity: "relu" });
 * const [output, hN] = rnn.forward(randn(5, 3, 10)); // [5, 3, 20] and [2, 3, 20]
 */
export class RNN extends Recurrent<[output: Tensor, hN: Tensor]> {
  nonlinearity: "tanh" | "relu";

  /** @throws ValueError for arguments that make no sense. */
  constructor(
    inputSize: number,
    hiddenSize: number,
    numLayers?: number,
    nonlinearity?: "tanh" | "relu",
    bias?: boolean,
    batchFirst?: boolean,
    dropout?: number,
    bidirectional?: boolean,
    options?: RNNOptions,
  );
  constructor(
    inputSize: number,
    hiddenSize: number,
    ...rest: SomeThenOptions<
      [numLayers: number, nonlinearity: "tanh" | "relu", bias: boolean, batchFirst: boolean, dropout: number],
      RNNOptions
    >
  );
  constructor(inputSize: number, hiddenSize: number, options?: RNNOptions);
  constructor(...args: readonly unknown[]) {
    const given = SIGNATURES.RNN.read(args);
    super("RNN", { ...given, cell: given.nonlinearity, projSize: 0 });
    this.nonlinearity = given.nonlinearity;
  }
  /**
   * @param x - [T,B,inputSize], with `batchFirst` [B,T,inputSize], or one sequence [T,inputSize].
   * @param hx - Initial states [numLayers·directions,B,hiddenSize], without B for one sequence. Default zeros.
   * @returns the last layer's state after each step, [T,B,directions·hiddenSize] in the order of x, and the last state
   * of every layer and direction, in the form of hx.
   * @throws ShapeError for sizes that do not fit; DTypeError for another dtype than the parameters'.
   */
  override forward(x: Tensor, hx?: Tensor | null): [output: Tensor, hN: Tensor];
  override forward(...given: readonly unknown[]): [output: Tensor, hN: Tensor] {
    const { input, hx } = SIGNATURES.forwardRNN.read(given);
    const { output, h } = this.run(input, hx, null);
    return [output, h];
  }
}

/**
 * Long short-term memory. Of a step's four gates i, f, g, o = σ, σ, tanh, σ of x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh come the
 * states c ← f∘c + i∘g and h ← o∘tanh(c), the latter times W_hrᵀ if there is a projection.
 *
 * All parameters start uniformly distributed over ±1/√hiddenSize, with the numbers that PyTorch draws for the seed.
 *
 * @example
 * const lstm = new nn.LSTM(10, 20, { batchFirst: true });
 * const [output, [hN, cN]] = lstm.forward(randn(3, 5, 10)); // [3, 5, 20], and [1, 3, 20] twice
 */
export class LSTM extends Recurrent<[output: Tensor, states: [hN: Tensor, cN: Tensor]]> {
  /** @throws ValueError for arguments that make no sense. */
  constructor(
    inputSize: number,
    hiddenSize: number,
    numLayers?: number,
    bias?: boolean,
    batchFirst?: boolean,
    dropout?: number,
    bidirectional?: boolean,
    projSize?: number,
    options?: LSTMOptions,
  );
  constructor(
    inputSize: number,
    hiddenSize: number,
    ...rest: SomeThenOptions<
      [numLayers: number, bias: boolean, batchFirst: boolean, dropout: number, bidirectional: boolean],
      LSTMOptions
    >
  );
  constructor(inputSize: number, hiddenSize: number, options?: LSTMOptions);
  constructor(...args: readonly unknown[]) {
    super("LSTM", { ...SIGNATURES.LSTM.read(args), cell: "lstm" });
  }
  /**
   * @param x - [T,B,inputSize], with `batchFirst` [B,T,inputSize], or one sequence [T,inputSize].
   * @param hx - Initial states h [numLayers·directions,B,hiddenSize or projSize] and c [numLayers·directions,B,hiddenSize],
   * without B for one sequence. Default zeros.
   * @returns the last layer's h after each step, [T,B,directions·(hiddenSize or projSize)] in the order of x, and the
   * last states of every layer and direction, in the form of hx.
   * @throws ShapeError for sizes that do not fit; DTypeError for another dtype than the parameters'.
   */
  override forward(
    x: Tensor,
    hx?: readonly [h0: Tensor, c0: Tensor] | null,
  ): [output: Tensor, states: [hN: Tensor, cN: Tensor]];
  override forward(...given: readonly unknown[]): [output: Tensor, states: [hN: Tensor, cN: Tensor]] {
    const { input, hx } = SIGNATURES.forwardLSTM.read(given);
    const { output, h, c } = this.run(input, hx?.[0] ?? null, hx?.[1] ?? null);
    return [output, [h, c as Tensor]];
  }
}

/**
 * Gated recurrent unit: r, z = σ of x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh, n = tanh(x·W_inᵀ + b_in + r∘(h·W_hnᵀ + b_hn)), and
 * h ← (1 − z)∘n + z∘h.
 *
 * All parameters start uniformly distributed over ±1/√hiddenSize, with the numbers that PyTorch draws for the seed.
 *
 * @example
 * const gru = new nn.GRU(10, 20, { bidirectional: true });
 * const [output, hN] = gru.forward(randn(5, 3, 10)); // [5, 3, 40] and [2, 3, 20]
 */
export class GRU extends Recurrent<[output: Tensor, hN: Tensor]> {
  /** @throws ValueError for arguments that make no sense. */
  constructor(
    inputSize: number,
    hiddenSize: number,
    numLayers?: number,
    bias?: boolean,
    batchFirst?: boolean,
    dropout?: number,
    bidirectional?: boolean,
    options?: GRUOptions,
  );
  constructor(
    inputSize: number,
    hiddenSize: number,
    ...rest: SomeThenOptions<[numLayers: number, bias: boolean, batchFirst: boolean, dropout: number], GRUOptions>
  );
  constructor(inputSize: number, hiddenSize: number, options?: GRUOptions);
  constructor(...args: readonly unknown[]) {
    super("GRU", { ...SIGNATURES.GRU.read(args), cell: "gru", projSize: 0 });
  }
  /** Takes, returns and throws what {@link RNN.forward} does. */
  override forward(x: Tensor, hx?: Tensor | null): [output: Tensor, hN: Tensor];
  override forward(...given: readonly unknown[]): [output: Tensor, hN: Tensor] {
    const { input, hx } = SIGNATURES.forwardGRU.read(given);
    const { output, h } = this.run(input, hx, null);
    return [output, h];
  }
}

export interface RNNCellOptions {
  /** Whether the gates have learned summands. Default true. */
  readonly bias?: boolean | undefined;
  /** Of RNNCell only. Default "tanh". */
  readonly nonlinearity?: "tanh" | "relu" | undefined;
  /** Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

const BIAS = { bias: optional(aBoolean, true) };
const SIGNATURES = {
  RNN: signature("RNN", {
    ...SIZES,
    numLayers,
    nonlinearity: optional(aNonlinearity, "tanh"),
    ...AFTER_LAYERS,
    ...PLACE,
  }),
  LSTM: signature("LSTM", { ...SIZES, ...RECURRENT_ARGUMENTS, projSize: optional(aProjSize, 0), ...PLACE }),
  GRU: signature("GRU", { ...SIZES, ...RECURRENT_ARGUMENTS, ...PLACE }),
  forwardRNN: signature("RNN", ONE_STATE),
  forwardLSTM: signature("LSTM", twoStates("expected the initial states as a pair [h0, c0]")),
  forwardGRU: signature("GRU", ONE_STATE),
  RNNCell: signature("RNNCell", { ...SIZES, ...BIAS, nonlinearity: optional(aNonlinearity, "tanh"), ...PLACE }),
  LSTMCell: signature("LSTMCell", { ...SIZES, ...BIAS, ...PLACE }),
  GRUCell: signature("GRUCell", { ...SIZES, ...BIAS, ...PLACE }),
  stepRNN: signature("RNNCell", ONE_STATE),
  stepLSTM: signature("LSTMCell", twoStates("expected the states as a pair [h, c]")),
  stepGRU: signature("GRUCell", ONE_STATE),
};

interface CellArguments {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly bias: boolean;
  readonly device: DeviceChoice;
  readonly dtype: DType;
}

const KEYS: Readonly<Record<string, string>> = {
  weightIh: "weight_ih",
  weightHh: "weight_hh",
  biasIh: "bias_ih",
  biasHh: "bias_hh",
};

/** What the cells have in common: weights and checks. */
abstract class Cell<Out> extends Module<Out> {
  inputSize: number;
  hiddenSize: number;
  bias: boolean;
  /** [gates·hiddenSize, inputSize] */
  weightIh: Parameter;
  /** [gates·hiddenSize, hiddenSize] */
  weightHh: Parameter;
  /** [gates·hiddenSize], or null. */
  biasIh: Parameter | null;
  /** [gates·hiddenSize], or null. */
  biasHh: Parameter | null;
  private readonly op: string;

  constructor(op: string, gates: number, { inputSize, hiddenSize, bias, device, dtype }: CellArguments) {
    super();
    const place = { device, dtype };
    this.op = op;
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.bias = bias;
    const rows = gates * hiddenSize;
    this.weightIh = new Parameter(empty(rows, inputSize, place));
    this.weightHh = new Parameter(empty(rows, hiddenSize, place));
    this.biasIh = bias ? new Parameter(empty(rows, place)) : null;
    this.biasHh = bias ? new Parameter(empty(rows, place)) : null;
    this.resetParameters();
    this.noteMembers("weightIh", "weightHh", "biasIh", "biasHh");
  }

  /** Draws all parameters anew, uniformly from ±1/√hiddenSize, with the numbers that PyTorch draws. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  /**
   * The step on a batch: `next` gets what the input and the state h contribute to the gates, and the states [B,H]; a
   * single sample becomes a batch of one, and its results lose that dimension again.
   */
  protected step(
    x: Tensor,
    given: readonly (Tensor | null)[],
    next: (fromInput: Tensor, fromState: Tensor, states: readonly Tensor[]) => readonly Tensor[],
  ): readonly Tensor[] {
    const op = this.op;
    checkTensor(op, x);
    if (x.ndim !== 1 && x.ndim !== 2) {
      throw new ShapeError(`[${op}] Expected input to be 1-D or 2-D but received ${x.ndim}-D tensor`);
    }
    const single = x.ndim === 1;
    const rows = single ? x.unsqueeze(0) : x;
    if (rows.size(1) !== this.inputSize) {
      throw new ShapeError(`[${op}] input has inconsistent input_size: got ${rows.size(1)} expected ${this.inputSize}`);
    }
    this.checkMembers();
    checkSameDType(op, x, this.weightIh.dtype);
    const states = given.map((state, i) => {
      if (state === null) return x.newZeros([rows.size(0), this.hiddenSize]);
      this.checkState(state, i, rows.size(0), single);
      return single ? state.unsqueeze(0) : state;
    });
    const fromInput = linear(rows, this.weightIh, this.biasIh);
    const fromState = linear(states[0] as Tensor, this.weightHh, this.biasHh);
    const results = next(fromInput, fromState, states);
    return single ? results.map((result) => named("SqueezeBackward1", result.squeeze(0))) : results;
  }

  private checkState(state: Tensor, i: number, batch: number, single: boolean): void {
    const op = this.op;
    checkTensor(op, state);
    const dims = single ? 1 : 2;
    if (state.ndim !== dims) {
      throw new ShapeError(
        `[${op}] Expected hidden to be ${dims}-D as the input is, but received ${state.ndim}-D tensor`,
      );
    }
    if (!single && state.size(0) !== batch) {
      throw new ShapeError(`[${op}] Input batch size ${batch} doesn't match hidden${i} batch size ${state.size(0)}`);
    }
    if (state.size(-1) !== this.hiddenSize) {
      throw new ShapeError(
        `[${op}] hidden${i} has inconsistent hidden_size: got ${state.size(-1)}, expected ${this.hiddenSize}`,
      );
    }
    checkSameDType(op, state, this.weightIh.dtype);
  }

  protected override keyOf(field: string): string {
    return KEYS[field] ?? field;
  }
  override extraRepr(): string {
    return `${this.inputSize}, ${this.hiddenSize}${this.bias ? "" : ", bias=False"}`;
  }
}

/**
 * One step of an {@link RNN}: [B,inputSize] and a state [B,hiddenSize] → the next state; both may lack B.
 *
 * @example h = cell.forward(x, h)
 */
export class RNNCell extends Cell<Tensor> {
  nonlinearity: "tanh" | "relu";

  /** @throws ValueError for arguments that make no sense. */
  constructor(
    inputSize: number,
    hiddenSize: number,
    bias?: boolean,
    nonlinearity?: "tanh" | "relu",
    options?: RNNCellOptions,
  );
  constructor(inputSize: number, hiddenSize: number, bias: boolean | undefined, options: RNNCellOptions | undefined);
  constructor(inputSize: number, hiddenSize: number, options?: RNNCellOptions);
  constructor(...args: readonly unknown[]) {
    const given = SIGNATURES.RNNCell.read(args);
    super("RNNCell", 1, given);
    this.nonlinearity = given.nonlinearity;
  }
  /** @throws ShapeError for sizes that do not fit; DTypeError for another dtype than the parameters'. */
  override forward(x: Tensor, hx?: Tensor | null): Tensor;
  override forward(...given: readonly unknown[]): Tensor {
    const { input, hx } = SIGNATURES.stepRNN.read(given);
    const [h] = this.step(input, [hx], (fromInput, fromState) => [plainStep(this.nonlinearity, fromInput, fromState)]);
    return h as Tensor;
  }
  override extraRepr(): string {
    return super.extraRepr() + (this.nonlinearity === "tanh" ? "" : `, nonlinearity=${this.nonlinearity}`);
  }
}

/**
 * One step of an {@link LSTM}: [B,inputSize] and states h, c [B,hiddenSize] → the next states; all may lack B.
 *
 * @example [h, c] = cell.forward(x, [h, c])
 */
export class LSTMCell extends Cell<[h: Tensor, c: Tensor]> {
  /** @throws ValueError for arguments that make no sense. */
  constructor(inputSize: number, hiddenSize: number, bias?: boolean, options?: Omit<RNNCellOptions, "nonlinearity">);
  constructor(inputSize: number, hiddenSize: number, options?: Omit<RNNCellOptions, "nonlinearity">);
  constructor(...args: readonly unknown[]) {
    super("LSTMCell", 4, SIGNATURES.LSTMCell.read(args));
  }
  /** @throws ShapeError for sizes that do not fit; DTypeError for another dtype than the parameters'. */
  override forward(x: Tensor, hx?: readonly [h: Tensor, c: Tensor] | null): [h: Tensor, c: Tensor];
  override forward(...given: readonly unknown[]): [h: Tensor, c: Tensor] {
    const { input, hx } = SIGNATURES.stepLSTM.read(given);
    const results = this.step(input, hx ?? [null, null], (fromInput, fromState, states) => {
      const next = lstmStep(fromInput, fromState, states[1] as Tensor);
      return [next.h, next.c];
    });
    return [...results] as [Tensor, Tensor];
  }
}

/**
 * One step of a {@link GRU}: [B,inputSize] and a state [B,hiddenSize] → the next state; both may lack B.
 *
 * @example h = cell.forward(x, h)
 */
export class GRUCell extends Cell<Tensor> {
  /** @throws ValueError for arguments that make no sense. */
  constructor(inputSize: number, hiddenSize: number, bias?: boolean, options?: Omit<RNNCellOptions, "nonlinearity">);
  constructor(inputSize: number, hiddenSize: number, options?: Omit<RNNCellOptions, "nonlinearity">);
  constructor(...args: readonly unknown[]) {
    super("GRUCell", 3, SIGNATURES.GRUCell.read(args));
  }
  /** @throws ShapeError for sizes that do not fit; DTypeError for another dtype than the parameters'. */
  override forward(x: Tensor, hx?: Tensor | null): Tensor;
  override forward(...given: readonly unknown[]): Tensor {
    const { input, hx } = SIGNATURES.stepGRU.read(given);
    const [h] = this.step(input, [hx], (fromInput, fromState, states) => [
      gruStep(fromInput, fromState, states[0] as Tensor),
    ]);
    return h as Tensor;
  }
}
