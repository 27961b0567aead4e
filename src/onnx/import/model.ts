/** @file Reads ONNX files: nodes with their attributes, tensors, and what the graph takes and gives. */
import type { DType, TypedArray } from "../../../kernels/backend.ts";
import { newTypedArray } from "../../core/dtype.ts";
import { countElements, decodeElements, STORED, type StoredType } from "../../io/dtype-codec.ts";
import { FormatError, quoted } from "../../io/format-error.ts";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from "../messages.ts";

/** Element types by their numbers in `TensorProto.DataType`. */
const TYPES: Readonly<Record<number, StoredType>> = {
  1: "F32",
  2: "U8",
  3: "I8",
  4: "U16",
  5: "I16",
  6: "I32",
  7: "I64",
  9: "BOOL",
  10: "F16",
  11: "F64",
  12: "U32",
  13: "U64",
  16: "BF16",
};

/** A tensor of a file. */
export interface FileTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
  /** The same numbers, where they are integers that may be larger than 32 bits. */
  readonly wide: readonly number[] | null;
}

/** The value of an attribute. */
export type Attribute = number | string | readonly number[] | readonly string[] | FileTensor;

/** A node with its attributes by name. */
export interface Node {
  readonly opType: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A dimension of an input: its size, or null where any will do. */
export interface InputInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | null)[] | null;
}

/** The contents of a file. */
export interface OnnxModel {
  readonly opset: number;
  readonly nodes: readonly Node[];
  readonly initializers: readonly FileTensor[];
  readonly inputs: readonly InputInfo[];
  readonly outputs: readonly string[];
  /** Names of initializers that are buffers, if the file says so. */
  readonly buffers: ReadonlySet<string>;
}

/** The DTypes of element types, for casts. @throws FormatError for one that tensors cannot have. */
export function dtypeOf(type: number, what: string): DType {
  const stored = TYPES[type];
  if (stored === undefined)
    throw new FormatError(`${what} has an element type (number ${type}) that tensors here cannot have`);
  return STORED[stored].dtype;
}

/** @throws FormatError for a tensor that does not fit its shape, or lies outside of the file. */
function tensorOf(proto: TensorProto): FileTensor {
  const name = proto.name ?? "";
  const what = `the tensor ${quoted(name)}`;
  const shape = proto.dims.map(Number);
  const count = countElements(shape);
  const type = TYPES[proto.dataType ?? 0];
  if (type === undefined)
    throw new FormatError(`${what} has an element type (number ${proto.dataType}) that tensors here cannot have`);
  if (proto.dataLocation === 1) throw new FormatError(`${what} lies in a file of its own; save the model as one file`);
  const { dtype, bytes } = STORED[type];
  const raw = proto.rawData;
  if (raw !== undefined && raw.length !== count * bytes) {
    throw new FormatError(`${what} has ${raw.length} bytes, but ${count} elements of ${bytes} bytes`);
  }
  if (type === "I64" || type === "U64" || type === "U32") {
    const wide = raw === undefined ? listed(proto, type) : wideIntegers(type, raw);
    checkCount(what, wide.length, count);
    const data = newTypedArray(dtype, count);
    for (const [i, x] of wide.entries()) data[i] = Math.min(Math.max(x, -(2 ** 31)), 2 ** 31 - 1);
    return { name, dtype, shape, data, wide };
  }
  if (raw !== undefined) {
    // A copy: the tensor may be kept, and the file's bytes not.
    return { name, dtype, shape, data: decodeElements(type, raw.slice()), wide: null };
  }
  const list = listed(proto, type);
  checkCount(what, list.length, count);
  if (type === "F16" || type === "BF16") {
    const halves = new Uint8Array(Uint16Array.from(list).buffer);
    return { name, dtype, shape, data: decodeElements(type, halves), wide: null };
  }
  const data = newTypedArray(dtype, count);
  data.set(list);
  return { name, dtype, shape, data, wide: null };
}

function checkCount(what: string, found: number, count: number): void {
  if (found !== count) throw new FormatError(`${what} has ${found} elements, but its shape says ${count}`);
}

/** The elements in the list of their type. */
function listed(proto: TensorProto, type: StoredType): readonly number[] {
  if (type === "F32") return proto.floatData;
  if (type === "F64") return proto.doubleData;
  if (type === "I64") return proto.int64Data.map(Number);
  if (type === "U64" || type === "U32") return proto.uint64Data.map(Number);
  return proto.int32Data;
}

function wideIntegers(type: "I64" | "U64" | "U32", raw: Uint8Array): number[] {
  const bytes = raw.slice().buffer;
  if (type === "U32") return Array.from(new Uint32Array(bytes));
  return Array.from(type === "I64" ? new BigInt64Array(bytes) : new BigUint64Array(bytes), Number);
}

function attributeOf({ f, i, s, t, g, floats, ints, strings, type }: AttributeProto): Attribute | null {
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  if (g !== undefined) return null;
  if (t !== undefined) return tensorOf(t);
  if (type === 1 || (f !== undefined && type === undefined)) return f ?? 0;
  if (type === 2 || (i !== undefined && type === undefined)) return Number(i ?? 0n);
  if (type === 3 || (s !== undefined && type === undefined)) return text(s ?? new Uint8Array());
  if (type === 6 || floats.length > 0) return floats;
  if (type === 8 || strings.length > 0) return strings.map(text);
  return ints.map(Number);
}

function nodeOf({ opType = "", name = "", input, output, attribute, domain = "" }: NodeProto): Node {
  const attributes = attribute.flatMap((each): (readonly [string, Attribute])[] => {
    const value = attributeOf(each);
    return value === null ? [] : [[each.name ?? "", value]];
  });
  const isStandard = domain === "" || domain === "ai.onnx";
  return {
    opType: isStandard ? opType : `${domain}.${opType}`,
    name: name || opType,
    inputs: input,
    outputs: output,
    attributes: Object.fromEntries(attributes),
  };
}

function inputOf({ name = "", type }: ValueInfoProto): InputInfo {
  const tensor = type?.tensorType;
  if (tensor === undefined) throw new FormatError(`the input ${quoted(name)} is no tensor`);
  const dims = tensor.shape?.dim;
  return {
    name,
    dtype: dtypeOf(tensor.elemType ?? 0, `the input ${quoted(name)}`),
    shape: dims?.map(({ dimValue }) => (dimValue === undefined ? null : Number(dimValue))) ?? null,
  };
}

function opsetOf({ opsetImport }: ModelProto): number {
  const standard = opsetImport.find(({ domain }) => domain === undefined || domain === "" || domain === "ai.onnx");
  return Number(standard?.version ?? 1n);
}

/** The contents of a decoded file. @throws FormatError for what is no model. */
export function readModel(proto: ModelProto): OnnxModel {
  const graph: GraphProto | undefined = proto.graph;
  if (graph === undefined) throw new FormatError("this is no ONNX model: there is no graph in it");
  const initializers = graph.initializer.map(tensorOf);
  const stored = new Set(initializers.map(({ name }) => name));
  const buffers = proto.metadataProps?.find(({ key }) => key === BUFFERS_KEY)?.value;
  return {
    opset: opsetOf(proto),
    nodes: graph.node.map(nodeOf),
    initializers,
    // Files of old versions list initializers among the inputs.
    inputs: graph.input.filter(({ name }) => !stored.has(name ?? "")).map(inputOf),
    outputs: graph.output.map(({ name }) => name ?? ""),
    buffers: new Set(buffers === undefined ? [] : buffers.split("\n")),
  };
}

/** Under this name the metadata of files that are written here lists buffers. */
export const BUFFERS_KEY = "tapegrad.buffers";
