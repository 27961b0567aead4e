/** @file Builds the graph of a file: nodes, constants and their names. */
import type { DType, TypedArray } from "../../kernels/backend.ts";
import { sizeOf } from "../../kernels/layout.ts";
import { ATTRIBUTE_TYPES, type AttributeInit, type NodeInit, type TensorInit } from "./messages.ts";

/** The dtypes of a file's tensors that tensors here have, and the integers of shapes. */
export type OnnxType = DType | "int64";

/** Numbers in `TensorProto.DataType`. */
export const TYPE_NUMBERS: Readonly<Record<OnnxType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};

/** A number that is written as a float, also where it is an integer. */
export interface FloatAttribute {
  readonly float: number;
}

/** Marks an attribute as a float. */
export const float = (value: number): FloatAttribute => ({ float: value });

/** Attributes of a node: integers, strings, lists of integers, and floats by {@link float}. */
export type Attributes = Readonly<
  Record<string, number | string | FloatAttribute | readonly number[] | readonly string[] | undefined>
>;

function attributeOf(name: string, value: NonNullable<Attributes[string]>): AttributeInit {
  const text = (item: string): Uint8Array => new TextEncoder().encode(item);
  if (typeof value === "number") return { name, type: ATTRIBUTE_TYPES.int, i: BigInt(value) };
  if (typeof value === "string") return { name, type: ATTRIBUTE_TYPES.string, s: text(value) };
  if ("float" in value) return { name, type: ATTRIBUTE_TYPES.float, f: value.float };
  if (value.every((item) => typeof item === "string")) {
    return { name, type: ATTRIBUTE_TYPES.strings, strings: value.map(text) };
  }
  return { name, type: ATTRIBUTE_TYPES.ints, ints: value.map((item) => BigInt(item)) };
}

/** The bytes of elements, little-endian as every host is. */
function rawBytes(data: TypedArray | BigInt64Array): Uint8Array {
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength).slice();
}

/** A graph that grows. */
export class GraphBuilder {
  readonly nodes: NodeInit[] = [];
  readonly initializers: TensorInit[] = [];
  /** Bytes of all constants. */
  bytes = 0;
  /** Where the nodes come from that are added now: the path of a module. */
  scope = "";
  readonly #taken = new Set<string>();
  readonly #counts = new Map<string, number>();
  /** Small constants by their contents. */
  readonly #constants = new Map<string, string>();

  /** Reserves a name. @returns false if it is taken. */
  take(name: string): boolean {
    if (this.#taken.has(name)) return false;
    this.#taken.add(name);
    return true;
  }

  /** A name that nothing has yet. */
  fresh(base: string): string {
    for (;;) {
      const count = this.#counts.get(base) ?? 0;
      this.#counts.set(base, count + 1);
      const name = count === 0 ? base : `${base}_${count}`;
      if (this.take(name)) return name;
    }
  }

  /** Adds a node of one output. An empty name stands for an optional input that is left out. */
  node(opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.several(opType, inputs, attributes, 1)[0] as string;
  }

  /** Adds a node of several outputs. */
  several(opType: string, inputs: readonly string[], attributes: Attributes, outputs: number): string[] {
    const place = this.scope === "" ? "" : `/${this.scope.replaceAll(".", "/")}`;
    const name = this.fresh(`${place}/${opType}`);
    const output = Array.from({ length: outputs }, (_, i) => this.fresh(`${name}_output_${i}`));
    const last = inputs.findLastIndex((input) => input !== "");
    const attribute = Object.entries(attributes).flatMap(([key, value]) =>
      value === undefined ? [] : [attributeOf(key, value)],
    );
    this.nodes.push({ name, opType, input: inputs.slice(0, last + 1), output, attribute });
    return output;
  }

  /** Adds a tensor of the file under a name. */
  initializer(name: string, type: OnnxType, shape: readonly number[], data: TypedArray | BigInt64Array): void {
    const rawData = rawBytes(data);
    this.bytes += rawData.length;
    this.initializers.push({ name, dataType: TYPE_NUMBERS[type], dims: shape.map((size) => BigInt(size)), rawData });
  }

  /** A constant, as a node: initializers are the state of the module. Small ones of equal contents are one. */
  constant(type: OnnxType, shape: readonly number[], data: TypedArray | BigInt64Array): string {
    const key = sizeOf(shape) <= 64 ? `${type}[${shape.join()}]${rawBytes(data).join()}` : null;
    const known = key === null ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.fresh("constant");
    const rawData = rawBytes(data);
    this.bytes += rawData.length;
    const t = { dataType: TYPE_NUMBERS[type], dims: shape.map((size) => BigInt(size)), rawData };
    const attribute = [{ name: "value", type: ATTRIBUTE_TYPES.tensor, t }];
    this.nodes.push({ name: this.fresh("/Constant"), opType: "Constant", input: [], output: [name], attribute });
    if (key !== null) this.#constants.set(key, name);
    return name;
  }

  /** A vector of integers. */
  ints(values: readonly number[]): string {
    return this.constant(
      "int64",
      [values.length],
      BigInt64Array.from(values, (value) => BigInt(value)),
    );
  }

  /** A number as a tensor without dimensions. */
  scalar(value: number, type: OnnxType): string {
    return this.constant(type, [], arrayOf(type, [value]));
  }

  cast(x: string, to: OnnxType): string {
    return this.node("Cast", [x], { to: TYPE_NUMBERS[to] });
  }
}

function arrayOf(type: OnnxType, values: readonly number[]): TypedArray | BigInt64Array {
  switch (type) {
    case "float32":
      return Float32Array.from(values);
    case "float64":
      return Float64Array.from(values);
    case "int32":
      return Int32Array.from(values);
    case "int64":
      return BigInt64Array.from(values, (value) => BigInt(value));
    case "uint8":
    case "bool":
      return Uint8Array.from(values);
  }
}
