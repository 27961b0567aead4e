/** @file Embedding, LSTM and GRU. */
import { noGrad } from "../../autograd/grad-mode.ts";
import { keyword, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { aBoolean, kind, only } from "../../core/kinds.ts";
import * as nn from "../../nn/embedding.ts";
import * as rnn from "../../nn/rnn.ts";
import type { Recurrent } from "../../nn/rnn-base.ts";
import { cat, stack } from "../../tensor/functional.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type InitializerLike, initialize } from "../initializers.ts";
import { built } from "./core.ts";
import { anInitializer, aPositive, LAYER, Layer, type LayerOptions, type Shape } from "./layer.ts";

const aRate = kind<number>("a number of at least 0 and below 1", (p) => typeof p === "number" && p >= 0 && p < 1);

const RECURRENT = {
  units: required(aPositive),
  activation: keyword(only("tanh", "Other activations of the cell are not available."), "tanh"),
  recurrentActivation: keyword(only("sigmoid", "Other activations of the gates are not available."), "sigmoid"),
  useBias: keyword(aBoolean, true),
  kernelInitializer: keyword(anInitializer, "glorot_uniform"),
  recurrentInitializer: keyword(anInitializer, "orthogonal"),
  biasInitializer: keyword(anInitializer, "zeros"),
  dropout: keyword(aRate, 0),
  returnSequences: keyword(aBoolean, false),
  goBackwards: keyword(aBoolean, false),
  ...LAYER,
};

const SIGNATURES = {
  Embedding: signature("Embedding", {
    inputDim: required(aPositive),
    outputDim: required(aPositive),
    embeddingsInitializer: keyword(anInitializer, "uniform"),
    maskZero: keyword(only(false, "Masking is not available: pad sequences at their start."), false),
    inputLength: keyword(aPositive),
    ...LAYER,
  }),
  LSTM: signature("LSTM", { ...RECURRENT, unitForgetBias: keyword(aBoolean, true) }),
  GRU: signature("GRU", {
    ...RECURRENT,
    resetAfter: keyword(only(true, "The variant of the original paper is not available."), true),
  }),
};

/** Options of {@link Embedding}. */
export interface EmbeddingOptions extends LayerOptions {
  /** Initializer of the embeddings. Default "uniform": in ±0.05. */
  readonly embeddingsInitializer?: InitializerLike | undefined;
  /** Whether 0 is padding that recurrent layers skip: false. */
  readonly maskZero?: false | undefined;
  /** Length of the sequences, if it is fixed: short for `inputShape: [length]`. */
  readonly inputLength?: number | undefined;
}

export class Embedding extends Layer {
  readonly inputDim: number;
  readonly outputDim: number;
  embedding: nn.Embedding | null = null;
  private readonly initializer: InitializerLike;

  constructor(inputDim: number, outputDim: number, options?: EmbeddingOptions) {
    const given = SIGNATURES.Embedding.read([inputDim, outputDim, options]);
    const { inputLength } = given;
    super({ ...given, inputShape: given.inputShape ?? (inputLength === undefined ? undefined : [inputLength]) });
    this.inputDim = given.inputDim;
    this.outputDim = given.outputDim;
    this.initializer = given.embeddingsInitializer;
  }
  override build(): void {
    const embedding = new nn.Embedding(this.inputDim, this.outputDim);
    this.embedding = embedding;
    initialize("Embedding", this.initializer, embedding.weight);
    this.addWeight("embeddings", embedding.weight);
  }
  override computeOutputShape(inputShape: Shape): Shape {
    return [...inputShape, this.outputDim];
  }
  override forward(x: Tensor): Tensor {
    return built(this, this.embedding).forward(isFloat(x.dtype) ? x.int() : x);
  }
}

/** Options that LSTM and GRU share. */
export interface RecurrentOptions extends LayerOptions {
  /** Activation of the cell: "tanh". */
  readonly activation?: "tanh" | undefined;
  /** Activation of the gates: "sigmoid". */
  readonly recurrentActivation?: "sigmoid" | undefined;
  /** Whether biases are added. Default true. */
  readonly useBias?: boolean | undefined;
  /** Initializer of the kernel. Default "glorot_uniform". */
  readonly kernelInitializer?: InitializerLike | undefined;
  /** Initializer of the recurrent kernel. Default "orthogonal". */
  readonly recurrentInitializer?: InitializerLike | undefined;
  /** Initializer of the biases. Default "zeros". */
  readonly biasInitializer?: InitializerLike | undefined;
  /** Share of the input's features that are zeroed in training, the same ones in every step. Default 0. */
  readonly dropout?: number | undefined;
  /** Give the outputs of all steps rather than the last one. Default false. */
  readonly returnSequences?: boolean | undefined;
  /** Read the sequence from its end. Default false. */
  readonly goBackwards?: boolean | undefined;
}

/** Options of {@link LSTM}. */
export interface LSTMOptions extends RecurrentOptions {
  /** Begin with a forget gate's bias of 1. Default true. */
  readonly unitForgetBias?: boolean | undefined;
}

/** Options of {@link GRU}. */
export interface GRUOptions extends RecurrentOptions {
  /** Whether the reset gate works behind the recurrent product: true. */
  readonly resetAfter?: true | undefined;
}

type Given = Omit<ReturnType<typeof SIGNATURES.LSTM.read>, "unitForgetBias">;

/** Base of LSTM and GRU: sequences `(N,L,C)` and what comes back of them. */
abstract class RecurrentLayer extends Layer {
  readonly units: number;
  protected readonly given: Given;

  constructor(given: Given) {
    super(given);
    this.given = given;
    this.units = given.units;
  }
  override computeOutputShape(inputShape: Shape): Shape {
    this.checkDims(inputShape, 3);
    const [batch = null, length = null] = inputShape;
    return this.given.returnSequences ? [batch, length, this.units] : [batch, this.units];
  }
  protected abstract run(x: Tensor): Tensor;

  override forward(x: Tensor): Tensor {
    const sequence = this.given.goBackwards ? x.flip(1) : x;
    const output = this.run(this.dropped(sequence));
    return this.given.returnSequences ? output : output.select(1, -1);
  }
  /** One mask for all steps of a sequence. */
  private dropped(x: Tensor): Tensor {
    const rate = this.given.dropout;
    if (!this.training || rate === 0) return x;
    const mask = noGrad(() =>
      x
        .newZeros([x.size(0), 1, x.size(2)])
        .uniform_()
        .ge(rate)
        .to(x.dtype)
        .div(1 - rate),
    );
    return x.mul(mask);
  }
  protected initializeKernels(layer: Recurrent<unknown>): ReturnType<Recurrent<unknown>["weights"]> {
    const weights = layer.weights();
    initialize(this.name, this.given.kernelInitializer, weights.weightIh);
    initialize(this.name, this.given.recurrentInitializer, weights.weightHh);
    return weights;
  }
  override extraRepr(): string {
    return `units=${this.units}`;
  }
}

const transposed = (tensor: Tensor): Tensor => tensor.transpose(0, 1);

export class LSTM extends RecurrentLayer {
  lstm: rnn.LSTM | null = null;
  private readonly unitForgetBias: boolean;

  constructor(units: number, options?: LSTMOptions) {
    const given = SIGNATURES.LSTM.read([units, options]);
    super(given);
    this.unitForgetBias = given.unitForgetBias;
  }
  override build(inputShape: Shape): void {
    const lstm = new rnn.LSTM(this.lastDim(inputShape), this.units, { batchFirst: true, bias: this.given.useBias });
    this.lstm = lstm;
    const weights = this.initializeKernels(lstm);
    // The order of the gates is Keras's: input, forget, cell, output. There is one bias there.
    this.addWeight("lstm_cell/kernel", weights.weightIh, transposed, transposed);
    this.addWeight("lstm_cell/recurrent_kernel", weights.weightHh, transposed, transposed);
    weights.biasHh = null;
    const bias = weights.biasIh;
    if (bias === null) return;
    initialize("LSTM", this.given.biasInitializer, bias);
    if (this.unitForgetBias) noGrad(() => bias.narrow(0, this.units, this.units).fill_(1));
    this.addWeight("lstm_cell/bias", bias);
  }
  protected override run(x: Tensor): Tensor {
    return built(this, this.lstm).forward(x)[0];
  }
}

/** The reset and update gates, of which Keras has the other one first. */
function swapGates(rows: Tensor): Tensor {
  const [first, second, last] = rows.chunk(3, 0) as [Tensor, Tensor, Tensor];
  return cat([second, first, last], 0);
}

export class GRU extends RecurrentLayer {
  gru: rnn.GRU | null = null;

  constructor(units: number, options?: GRUOptions) {
    super(SIGNATURES.GRU.read([units, options]));
  }
  override build(inputShape: Shape): void {
    const gru = new rnn.GRU(this.lastDim(inputShape), this.units, { batchFirst: true, bias: this.given.useBias });
    this.gru = gru;
    const { weightIh, weightHh, biasIh, biasHh } = this.initializeKernels(gru);
    const toKeras = (kernel: Tensor): Tensor => swapGates(kernel).transpose(0, 1);
    const fromKeras = (kernel: Tensor): Tensor => swapGates(kernel.transpose(0, 1));
    this.addWeight("gru_cell/kernel", weightIh, toKeras, fromKeras);
    this.addWeight("gru_cell/recurrent_kernel", weightHh, toKeras, fromKeras);
    if (biasIh === null || biasHh === null) return;
    for (const bias of [biasIh, biasHh]) initialize("GRU", this.given.biasInitializer, bias);
    // Both biases are one weight (2, 3·units) in Keras.
    this.declareWeight({
      name: "gru_cell/bias",
      tensors: () => [biasIh, biasHh],
      toKeras: () => stack([swapGates(biasIh.detach()), swapGates(biasHh.detach())]),
      fromKeras: (value) => value.unbind(0).map(swapGates),
    });
  }
  protected override run(x: Tensor): Tensor {
    return built(this, this.gru).forward(x)[0];
  }
}
