/** @file Single steps of recurrent layers, for loops of one's own. */
import type { DType } from "../../kernels/backend.ts";
import { optional, signature, type ThenOptions } from "../core/arguments.ts";
import { aBoolean } from "../core/kinds.ts";
import { empty } from "../tensor/create.ts";
import type { DeviceChoice } from "../tensor/devices.ts";
import { ShapeError } from "../tensor/errors.ts";
import { linear } from "../tensor/functions/matmul.ts";
import { named } from "../tensor/functions/named.ts";
import { gruStep, lstmStep, plainStep } from "../tensor/ops/recurrence-steps.ts";
import { checkTensor } from "../tensor/promote.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { PLACE } from "./functional/check.ts";
import { uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";
import { checkSameDType, ONE_STATE, SIZES, twoStates } from "./recurrent.ts";
import { aNonlinearity } from "./rnn.ts";

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
  constructor(inputSize: number, hiddenSize: number, ...rest: ThenOptions<[bias: boolean], RNNCellOptions>);
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
