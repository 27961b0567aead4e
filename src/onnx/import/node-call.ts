/** @file One node of an imported graph while it runs: its inputs and attributes, read as its operator needs them. */
import { DataError } from "../../core/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FileTensor, Node } from "./model.ts";
import { type HostNumbers, Value } from "./value.ts";

/** What an operator does: from a node's inputs to its outputs. */
export type Operator = (call: NodeCall) => Tensor | Value | readonly (Tensor | Value)[];

/** A node with the values of its inputs. */
export class NodeCall {
  readonly node: Node;
  readonly opset: number;
  /** Whether the module is in training mode. */
  readonly training: boolean;
  readonly #inputs: readonly (Value | undefined)[];

  constructor(node: Node, inputs: readonly (Value | undefined)[], opset: number, training: boolean) {
    this.node = node;
    this.#inputs = inputs;
    this.opset = opset;
    this.training = training;
  }

  get count(): number {
    return this.#inputs.length;
  }

  has(i: number): boolean {
    return this.#inputs[i] !== undefined;
  }

  value(i: number): Value {
    const value = this.#inputs[i];
    if (value === undefined) throw this.error(`its input ${i} is missing`);
    return value;
  }

  tensor(i: number): Tensor {
    return this.value(i).tensor;
  }

  optional(i: number): Tensor | null {
    return this.#inputs[i]?.tensor ?? null;
  }

  /** All inputs. */
  tensors(): Tensor[] {
    return this.#inputs.map((_, i) => this.tensor(i));
  }

  /** Numbers of an input, such as a shape; null if it is not there. */
  numbers(i: number): readonly number[] | null {
    return this.#inputs[i]?.numbers() ?? null;
  }

  number(name: string, otherwise: number): number {
    const value = this.node.attributes[name];
    return typeof value === "number" ? value : otherwise;
  }

  text(name: string, otherwise: string): string {
    const value = this.node.attributes[name];
    return typeof value === "string" ? value : otherwise;
  }

  list(name: string): readonly number[] | null {
    const value = this.node.attributes[name];
    return Array.isArray(value) ? (value as readonly number[]) : null;
  }

  texts(name: string): readonly string[] | null {
    const value = this.node.attributes[name];
    return Array.isArray(value) ? (value as readonly string[]) : null;
  }

  file(name: string): FileTensor | null {
    const value = this.node.attributes[name];
    return typeof value === "object" && "data" in value ? value : null;
  }

  /** Numbers that older opsets have as an attribute and later ones as an input. */
  given(name: string, input: number): readonly number[] | null {
    return this.list(name) ?? this.numbers(input);
  }

  /** Numbers on the host as a value, beside the inputs. */
  hosted(host: HostNumbers): Value {
    return Value.ofNumbers(host, this.#inputs.find((value) => value !== undefined)?.device ?? "cpu");
  }

  error(what: string): DataError {
    return new DataError(`[onnx.load] the node ${this.node.opType} (${this.node.name}): ${what}`);
  }
}
