/** @file Recurrent layers: RNN, LSTM and GRU. */
import type { DType } from "../../kernels/backend.ts";
import { optional, signature, type ThenOptions } from "../core/arguments.ts";
import { describeBare } from "../core/describe.ts";
import { type Kind, oneOf, worded } from "../core/kinds.ts";
import type { DeviceChoice } from "../tensor/devices.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { PLACE } from "./functional/check.ts";
import { aProjSize, ONE_STATE, RECURRENT_ARGUMENTS, Recurrent, SIZES, twoStates } from "./recurrent.ts";

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
};

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
    ...rest: ThenOptions<
      [numLayers: number, nonlinearity: "tanh" | "relu", bias: boolean, batchFirst: boolean, dropout: number],
      RNNOptions
    >
  );
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
    ...rest: ThenOptions<
      [numLayers: number, bias: boolean, batchFirst: boolean, dropout: number, bidirectional: boolean],
      LSTMOptions
    >
  );
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
    ...rest: ThenOptions<[numLayers: number, bias: boolean, batchFirst: boolean, dropout: number], GRUOptions>
  );
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
