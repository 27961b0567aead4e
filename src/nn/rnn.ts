/** @file RNN, LSTM and GRU layers and their cells. */
import type { DType } from "../../kernels/backend.ts";
import { optional, required, type SomeThenOptions, signature } from "../core/arguments.ts";
import { describeBare } from "../core/describe.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ShapeError } from "../core/errors.ts";
import { aBoolean, aTensor, either, type Kind, kind, oneOf, worded } from "../core/kinds.ts";
import { empty } from "../tensor/create.ts";
import { withGradFnName } from "../tensor/functions/grad-fn-name.ts";
import { linear } from "../tensor/functions/matmul.ts";
import { gruStep, lstmStep, plainStep } from "../tensor/ops/rnn-cells.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/type-promotion.ts";
import { PLACE } from "./functional/validate.ts";
import { uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";
import { aProjSize, checkSameDType, ONE_STATE, RECURRENT_ARGUMENTS, Recurrent, SIZES, twoStates } from "./rnn-base.ts";
import { PackedSequence } from "./utils/rnn.ts";

/** Options of {@link GRU}. */
export interface GRUOptions {
  /** Number of recurrent layers, stacked on each other. Default 1. */
  readonly numLayers?: number | undefined;
  /** If false, the layer has no bias weights. Default true. */
  readonly bias?: boolean | undefined;
  /** If true, input and output are `(N,L,…)`, else `(L,N,…)`; the states are not affected. Default false. */
  readonly batchFirst?: boolean | undefined;
  /** Dropout probability of a dropout layer on the outputs of each layer except the last. Default 0. */
  readonly dropout?: number | undefined;
  /** If true, the layer is bidirectional. Default false. */
  readonly bidirectional?: boolean | undefined;
  /** Device of the parameters. Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Dtype of the parameters. Default "float32". */
  readonly dtype?: DType | undefined;
}

/** Options of {@link LSTM}. */
export interface LSTMOptions extends GRUOptions {
  /** If above 0, the LSTM has projections of this size, less than `hiddenSize`. Default 0. */
  readonly projSize?: number | undefined;
}

/** Options of {@link RNN}. */
export interface RNNOptions extends GRUOptions {
  /** The nonlinearity: "tanh" or "relu". Default "tanh". */
  readonly nonlinearity?: "tanh" | "relu" | undefined;
}

/** Options of {@link RNNCell}, and of {@link LSTMCell} and {@link GRUCell}, which have no `nonlinearity`. */
export interface RNNCellOptions {
  /** If false, the cell has no bias weights. Default true. */
  readonly bias?: boolean | undefined;
  /** The nonlinearity of an RNNCell: "tanh" or "relu". Default "tanh". */
  readonly nonlinearity?: "tanh" | "relu" | undefined;
  /** Device of the parameters. Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Dtype of the parameters. Default "float32". */
  readonly dtype?: DType | undefined;
}

const aNonlinearity: Kind<"tanh" | "relu"> = worded(
  oneOf("tanh", "relu"),
  (_, value) => `Unknown nonlinearity '${describeBare(value)}'`,
);

/** The `bias` option. */
const BIAS = { bias: optional(aBoolean, true) };

/** RNN has its nonlinearity behind the number of layers. */
const { numLayers, ...AFTER_LAYERS } = RECURRENT_ARGUMENTS;

/** The input of a layer: sequences of one length, or packed ones. */
const SEQUENCES = {
  input: required(
    either(
      aTensor,
      kind<PackedSequence>("a PackedSequence", (value) => value instanceof PackedSequence),
    ),
  ),
};

/** The arguments of the layers and cells, and of their `forward`. */
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
  forwardRNN: signature("RNN", { ...ONE_STATE, ...SEQUENCES }),
  forwardLSTM: signature("LSTM", { ...twoStates("expected the initial states as a pair [h0, c0]"), ...SEQUENCES }),
  forwardGRU: signature("GRU", { ...ONE_STATE, ...SEQUENCES }),
  RNNCell: signature("RNNCell", { ...SIZES, ...BIAS, nonlinearity: optional(aNonlinearity, "tanh"), ...PLACE }),
  LSTMCell: signature("LSTMCell", { ...SIZES, ...BIAS, ...PLACE }),
  GRUCell: signature("GRUCell", { ...SIZES, ...BIAS, ...PLACE }),
  stepRNN: signature("RNNCell", ONE_STATE),
  stepLSTM: signature("LSTMCell", twoStates("expected the states as a pair [h, c]")),
  stepGRU: signature("GRUCell", ONE_STATE),
};

/**
 * Multi-layer Elman RNN: h ← tanh(x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh) at each step, or with ReLU.
 *
 * All parameters are initialized uniformly in ±1/√hiddenSize, with PyTorch's random numbers for the same seed.
 *
 * Shape: input `(L,N,inputSize)`, `(N,L,inputSize)` with `batchFirst`, or unbatched `(L,inputSize)`; output
 * `(L,N,D·hiddenSize)` and hN `(D·numLayers,N,hiddenSize)`, with D = 2 if bidirectional, else 1.
 *
 * @throws ValueError for sizes that are not integers of at least 0 (`hiddenSize` and `numLayers`: 1), or a dropout
 * outside [0, 1].
 * @example
 * const rnn = new nn.RNN(10, 20, 2, { nonlinearity: "relu" });
 * const [output, hN] = rnn.forward(randn(5, 3, 10));
 * output.shape; // [5, 3, 20]
 * hN.shape; // [2, 3, 20]
 */
export class RNN extends Recurrent<[output: Tensor, hN: Tensor]> {
  /** The nonlinearity. */
  nonlinearity: "tanh" | "relu";

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
  constructor(options: { readonly inputSize: number; readonly hiddenSize: number } & RNNOptions);
  constructor(inputSize: number, hiddenSize: number, options?: RNNOptions);
  constructor(...args: readonly unknown[]) {
    const given = SIGNATURES.RNN.read(args);
    super("RNN", { ...given, cell: given.nonlinearity, projSize: 0 });
    this.nonlinearity = given.nonlinearity;
  }
  /**
   * @param x - `(L,N,inputSize)`, `(N,L,inputSize)` with `batchFirst`, or unbatched `(L,inputSize)`; or a packed batch,
   * for which the output is packed too.
   * @param hx - Initial hidden states, `(D·numLayers,N,hiddenSize)`, without N if unbatched. Default zeros.
   * @returns the hidden states of the last layer at each step, and the final hidden states of every layer and
   * direction.
   * @throws ShapeError for sizes that do not match; DTypeError for another dtype than the parameters'.
   */
  override forward(x: PackedSequence, hx?: Tensor | null): [output: PackedSequence, hN: Tensor];
  override forward(x: Tensor, hx?: Tensor | null): [output: Tensor, hN: Tensor];
  override forward(...given: readonly unknown[]): [output: Tensor | PackedSequence, hN: Tensor] {
    const { input, hx } = SIGNATURES.forwardRNN.read(given);
    const { output, h } = input instanceof PackedSequence ? this.runPacked(input, hx, null) : this.run(input, hx, null);
    return [output, h];
  }
}

/**
 * Multi-layer long short-term memory. The gates are i, f, g, o = σ, σ, tanh, σ of x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh; then
 * c ← f∘c + i∘g and h ← o∘tanh(c), with projections h·W_hrᵀ.
 *
 * All parameters are initialized uniformly in ±1/√hiddenSize, with PyTorch's random numbers for the same seed.
 *
 * Shape: input `(L,N,inputSize)`, `(N,L,inputSize)` with `batchFirst`, or unbatched `(L,inputSize)`; output
 * `(L,N,D·H)`, hN `(D·numLayers,N,H)` and cN `(D·numLayers,N,hiddenSize)`, with D = 2 if bidirectional, else 1, and
 * H = projSize if above 0, else hiddenSize.
 *
 * @throws ValueError for sizes that are not integers of at least 0 (`hiddenSize` and `numLayers`: 1), or a dropout
 * outside [0, 1], or a `projSize` of `hiddenSize` or more.
 * @example
 * const lstm = new nn.LSTM(10, 20, { batchFirst: true });
 * const [output, [hN, cN]] = lstm.forward(randn(3, 5, 10));
 * output.shape; // [3, 5, 20]
 * hN.shape; // [1, 3, 20]
 * cN.shape; // [1, 3, 20]
 */
export class LSTM extends Recurrent<[output: Tensor, states: [hN: Tensor, cN: Tensor]]> {
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
  constructor(options: { readonly inputSize: number; readonly hiddenSize: number } & LSTMOptions);
  constructor(inputSize: number, hiddenSize: number, options?: LSTMOptions);
  constructor(...args: readonly unknown[]) {
    super("LSTM", { ...SIGNATURES.LSTM.read(args), cell: "lstm" });
  }
  /**
   * @param x - `(L,N,inputSize)`, `(N,L,inputSize)` with `batchFirst`, or unbatched `(L,inputSize)`; or a packed batch,
   * for which the output is packed too.
   * @param hx - Initial hidden and cell states, `(D·numLayers,N,H)` and `(D·numLayers,N,hiddenSize)`, without N if
   * unbatched. Default zeros.
   * @returns the hidden states of the last layer at each step, and the final hidden and cell states of every layer and
   * direction.
   * @throws ShapeError for sizes that do not match; DTypeError for another dtype than the parameters'.
   */
  override forward(
    x: PackedSequence,
    hx?: readonly [h0: Tensor, c0: Tensor] | null,
  ): [output: PackedSequence, states: [hN: Tensor, cN: Tensor]];
  override forward(
    x: Tensor,
    hx?: readonly [h0: Tensor, c0: Tensor] | null,
  ): [output: Tensor, states: [hN: Tensor, cN: Tensor]];
  override forward(...given: readonly unknown[]): [output: Tensor | PackedSequence, states: [hN: Tensor, cN: Tensor]] {
    const { input, hx } = SIGNATURES.forwardLSTM.read(given);
    const [h0, c0] = [hx?.[0] ?? null, hx?.[1] ?? null];
    const { output, h, c } = input instanceof PackedSequence ? this.runPacked(input, h0, c0) : this.run(input, h0, c0);
    return [output, [h, c as Tensor]];
  }
}

/**
 * Multi-layer gated recurrent unit: r, z = σ of x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh, n = tanh(x·W_inᵀ + b_in + r∘(h·W_hnᵀ +
 * b_hn)), and h ← (1 − z)∘n + z∘h at each step.
 *
 * All parameters are initialized uniformly in ±1/√hiddenSize, with PyTorch's random numbers for the same seed.
 *
 * Shape: input `(L,N,inputSize)`, `(N,L,inputSize)` with `batchFirst`, or unbatched `(L,inputSize)`; output
 * `(L,N,D·hiddenSize)` and hN `(D·numLayers,N,hiddenSize)`, with D = 2 if bidirectional, else 1.
 *
 * @throws ValueError for sizes that are not integers of at least 0 (`hiddenSize` and `numLayers`: 1), or a dropout
 * outside [0, 1].
 * @example
 * const gru = new nn.GRU(10, 20, { bidirectional: true });
 * const [output, hN] = gru.forward(randn(5, 3, 10));
 * output.shape; // [5, 3, 40]
 * hN.shape; // [2, 3, 20]
 */
export class GRU extends Recurrent<[output: Tensor, hN: Tensor]> {
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
  constructor(options: { readonly inputSize: number; readonly hiddenSize: number } & GRUOptions);
  constructor(inputSize: number, hiddenSize: number, options?: GRUOptions);
  constructor(...args: readonly unknown[]) {
    super("GRU", { ...SIGNATURES.GRU.read(args), cell: "gru", projSize: 0 });
  }
  /** Arguments, results and errors are those of {@link RNN.forward}. */
  override forward(x: PackedSequence, hx?: Tensor | null): [output: PackedSequence, hN: Tensor];
  override forward(x: Tensor, hx?: Tensor | null): [output: Tensor, hN: Tensor];
  override forward(...given: readonly unknown[]): [output: Tensor | PackedSequence, hN: Tensor] {
    const { input, hx } = SIGNATURES.forwardGRU.read(given);
    const { output, h } = input instanceof PackedSequence ? this.runPacked(input, hx, null) : this.run(input, hx, null);
    return [output, h];
  }
}

/** The arguments of a cell. */
interface CellArguments {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly bias: boolean;
  readonly device: DeviceChoice;
  readonly dtype: DType;
}

/** PyTorch's names of the fields. */
const KEYS: Readonly<Record<string, string>> = {
  weightIh: "weight_ih",
  weightHh: "weight_hh",
  biasIh: "bias_ih",
  biasHh: "bias_hh",
};

/** Base of the cells: parameters, checks and the printed form. */
abstract class Cell<Out> extends Module<Out> {
  /** Number of features of the input. */
  inputSize: number;
  /** Number of features of the hidden state. */
  hiddenSize: number;
  /** Whether the cell has bias weights. */
  bias: boolean;
  /** The learnable input-hidden weights, `(gates·hiddenSize,inputSize)`. */
  weightIh: Parameter;
  /** The learnable hidden-hidden weights, `(gates·hiddenSize,hiddenSize)`. */
  weightHh: Parameter;
  /** The learnable input-hidden bias, `(gates·hiddenSize)`, or null. */
  biasIh: Parameter | null;
  /** The learnable hidden-hidden bias, `(gates·hiddenSize)`, or null. */
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

  /** Initializes all parameters anew, uniformly in ±1/√hiddenSize, with PyTorch's random numbers. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  /**
   * One step of a batch: `next` gets what input and hidden state contribute to the gates, and the states
   * `(N,hiddenSize)`. An unbatched sample becomes a batch of one, and its results lose that dimension again.
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
    const unbatched = x.ndim === 1;
    const rows = unbatched ? x.unsqueeze(0) : x;
    if (rows.size(1) !== this.inputSize) {
      throw new ShapeError(`[${op}] input has inconsistent input_size: got ${rows.size(1)} expected ${this.inputSize}`);
    }
    this.checkMembers();
    checkSameDType(op, x, this.weightIh.dtype);
    const states = given.map((state, i) => {
      if (state === null) return x.newZeros([rows.size(0), this.hiddenSize]);
      this.checkState(state, i, rows.size(0), unbatched);
      return unbatched ? state.unsqueeze(0) : state;
    });
    const fromInput = linear(rows, this.weightIh, this.biasIh);
    const fromState = linear(states[0] as Tensor, this.weightHh, this.biasHh);
    const results = next(fromInput, fromState, states);
    return unbatched ? results.map((result) => withGradFnName("SqueezeBackward1", result.squeeze(0))) : results;
  }

  private checkState(state: Tensor, i: number, batch: number, unbatched: boolean): void {
    const op = this.op;
    checkTensor(op, state);
    const dims = unbatched ? 1 : 2;
    if (state.ndim !== dims) {
      throw new ShapeError(
        `[${op}] Expected hidden to be ${dims}-D as the input is, but received ${state.ndim}-D tensor`,
      );
    }
    if (!unbatched && state.size(0) !== batch) {
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
 * Elman RNN cell: one step of an {@link RNN}.
 *
 * Shape: input `(N,inputSize)` or `(inputSize)`, hidden state `(N,hiddenSize)` or `(hiddenSize)`, by default zeros;
 * output as the hidden state.
 *
 * @throws ValueError for sizes that are not integers of at least 0 (`hiddenSize`: 1).
 * @example
 * const cell = new nn.RNNCell(10, 20);
 * let h = zeros(3, 20);
 * for (const x of randn(6, 3, 10)) h = cell.forward(x, h);
 * h.shape; // [3, 20]
 */
export class RNNCell extends Cell<Tensor> {
  /** The nonlinearity. */
  nonlinearity: "tanh" | "relu";

  constructor(
    inputSize: number,
    hiddenSize: number,
    bias?: boolean,
    nonlinearity?: "tanh" | "relu",
    options?: RNNCellOptions,
  );
  constructor(inputSize: number, hiddenSize: number, bias: boolean | undefined, options: RNNCellOptions | undefined);
  constructor(options: { readonly inputSize: number; readonly hiddenSize: number } & RNNCellOptions);
  constructor(inputSize: number, hiddenSize: number, options?: RNNCellOptions);
  constructor(...args: readonly unknown[]) {
    const given = SIGNATURES.RNNCell.read(args);
    super("RNNCell", 1, given);
    this.nonlinearity = given.nonlinearity;
  }
  /** @throws ShapeError for sizes that do not match; DTypeError for another dtype than the parameters'. */
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
 * LSTM cell: one step of an {@link LSTM}.
 *
 * Shape: input `(N,inputSize)` or `(inputSize)`, hidden and cell state `(N,hiddenSize)` or `(hiddenSize)`, by default
 * zeros; output a pair as the states.
 *
 * @throws ValueError for sizes that are not integers of at least 0 (`hiddenSize`: 1).
 * @example
 * const cell = new nn.LSTMCell(10, 20);
 * let [h, c] = [zeros(3, 20), zeros(3, 20)];
 * for (const x of randn(6, 3, 10)) [h, c] = cell.forward(x, [h, c]);
 * c.shape; // [3, 20]
 */
export class LSTMCell extends Cell<[h: Tensor, c: Tensor]> {
  constructor(inputSize: number, hiddenSize: number, bias?: boolean, options?: Omit<RNNCellOptions, "nonlinearity">);
  constructor(
    options: { readonly inputSize: number; readonly hiddenSize: number } & Omit<RNNCellOptions, "nonlinearity">,
  );
  constructor(inputSize: number, hiddenSize: number, options?: Omit<RNNCellOptions, "nonlinearity">);
  constructor(...args: readonly unknown[]) {
    super("LSTMCell", 4, SIGNATURES.LSTMCell.read(args));
  }
  /** @throws ShapeError for sizes that do not match; DTypeError for another dtype than the parameters'. */
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
 * GRU cell: one step of a {@link GRU}.
 *
 * Shape: input `(N,inputSize)` or `(inputSize)`, hidden state `(N,hiddenSize)` or `(hiddenSize)`, by default zeros;
 * output as the hidden state.
 *
 * @throws ValueError for sizes that are not integers of at least 0 (`hiddenSize`: 1).
 * @example
 * const cell = new nn.GRUCell(10, 20);
 * cell.forward(randn(3, 10)).shape; // [3, 20]
 */
export class GRUCell extends Cell<Tensor> {
  constructor(inputSize: number, hiddenSize: number, bias?: boolean, options?: Omit<RNNCellOptions, "nonlinearity">);
  constructor(
    options: { readonly inputSize: number; readonly hiddenSize: number } & Omit<RNNCellOptions, "nonlinearity">,
  );
  constructor(inputSize: number, hiddenSize: number, options?: Omit<RNNCellOptions, "nonlinearity">);
  constructor(...args: readonly unknown[]) {
    super("GRUCell", 3, SIGNATURES.GRUCell.read(args));
  }
  /** @throws ShapeError for sizes that do not match; DTypeError for another dtype than the parameters'. */
  override forward(x: Tensor, hx?: Tensor | null): Tensor;
  override forward(...given: readonly unknown[]): Tensor {
    const { input, hx } = SIGNATURES.stepGRU.read(given);
    const [h] = this.step(input, [hx], (fromInput, fromState, states) => [
      gruStep(fromInput, fromState, states[0] as Tensor),
    ]);
    return h as Tensor;
  }
}
