/** @file Single steps of recurrent layers, for loops of one's own. */
import type { Device, DType } from "../../kernels/backend.ts";
import { empty } from "../tensor/create.ts";
import { ShapeError, ValueError } from "../tensor/errors.ts";
import { linear } from "../tensor/functions/matmul.ts";
import { named } from "../tensor/functions/named.ts";
import { gruStep, lstmStep, plainStep } from "../tensor/ops/recurrence-steps.ts";
import { readArguments } from "../tensor/options.ts";
import { checkTensor } from "../tensor/promote.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkWhole } from "./functional/check.ts";
import { uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";
import { checkSameDType, PLACE } from "./recurrent.ts";
import { checkNonlinearity } from "./rnn.ts";

export interface RNNCellOptions {
  /** Whether the gates have learned summands. Default true. */
  readonly bias?: boolean | undefined;
  /** Of RNNCell only. Default "tanh". */
  readonly nonlinearity?: "tanh" | "relu" | undefined;
  /** Default "cpu". */
  readonly device?: Device | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
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

  constructor(
    op: string,
    gates: number,
    inputSize: number,
    hiddenSize: number,
    { bias, ...place }: { readonly bias: boolean; readonly device: Device; readonly dtype: DType },
  ) {
    super();
    checkWhole(op, "inputSize", inputSize);
    checkWhole(op, "hiddenSize", hiddenSize, 1);
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
      if (state === null) return x.zerosOfShape([rows.size(0), this.hiddenSize]);
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
    bias?: boolean | RNNCellOptions,
    nonlinearity?: "tanh" | "relu" | RNNCellOptions,
    options?: RNNCellOptions,
  ) {
    const defaults = { bias: true, nonlinearity: "tanh" as "tanh" | "relu", ...PLACE };
    const { nonlinearity: activation, ...given } = readArguments("RNNCell", defaults, [bias, nonlinearity, options]);
    checkNonlinearity("RNNCell", activation);
    super("RNNCell", 1, inputSize, hiddenSize, given);
    this.nonlinearity = activation;
  }
  /** @throws ShapeError for sizes that do not fit; DTypeError for another dtype than the parameters'. */
  override forward(x: Tensor, hx: Tensor | null = null): Tensor {
    const [h] = this.step(x, [hx], (fromInput, fromState) => [plainStep(this.nonlinearity, fromInput, fromState)]);
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
  constructor(
    inputSize: number,
    hiddenSize: number,
    bias?: boolean | Omit<RNNCellOptions, "nonlinearity">,
    options?: Omit<RNNCellOptions, "nonlinearity">,
  ) {
    super("LSTMCell", 4, inputSize, hiddenSize, readArguments("LSTMCell", { bias: true, ...PLACE }, [bias, options]));
  }
  /** @throws ShapeError for sizes that do not fit; DTypeError for another dtype than the parameters'. */
  override forward(x: Tensor, hx: readonly [h: Tensor, c: Tensor] | null = null): [h: Tensor, c: Tensor] {
    if (hx !== null && (!Array.isArray(hx) || hx.length !== 2)) {
      throw new ValueError("[LSTMCell] expected the states as a pair [h, c]");
    }
    const results = this.step(x, hx ?? [null, null], (fromInput, fromState, states) => {
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
  constructor(
    inputSize: number,
    hiddenSize: number,
    bias?: boolean | Omit<RNNCellOptions, "nonlinearity">,
    options?: Omit<RNNCellOptions, "nonlinearity">,
  ) {
    super("GRUCell", 3, inputSize, hiddenSize, readArguments("GRUCell", { bias: true, ...PLACE }, [bias, options]));
  }
  /** @throws ShapeError for sizes that do not fit; DTypeError for another dtype than the parameters'. */
  override forward(x: Tensor, hx: Tensor | null = null): Tensor {
    const [h] = this.step(x, [hx], (fromInput, fromState, states) => [
      gruStep(fromInput, fromState, states[0] as Tensor),
    ]);
    return h as Tensor;
  }
}
