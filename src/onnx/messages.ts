/** @file The Protocol Buffers messages of ONNX files, as onnx.proto declares them (IR version 8), and their coding. */
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { DataError } from "../core/errors.ts";
import { requirePackage } from "../platform/packages.ts";
import { type Messages, type ProtobufModule, registryOf, type WktModule } from "../platform/protobuf.ts";

/** onnx.proto without training and sparse tensors, which no model for inference has. */
const MESSAGES: Messages = {
  ModelProto: {
    ir_version: [1, "int64?"],
    producer_name: [2, "string?"],
    producer_version: [3, "string?"],
    domain: [4, "string?"],
    model_version: [5, "int64?"],
    doc_string: [6, "string?"],
    graph: [7, "GraphProto"],
    opset_import: [8, "OperatorSetIdProto[]"],
    metadata_props: [14, "StringStringEntryProto[]"],
  },
  OperatorSetIdProto: { domain: [1, "string?"], version: [2, "int64?"] },
  StringStringEntryProto: { key: [1, "string?"], value: [2, "string?"] },
  GraphProto: {
    node: [1, "NodeProto[]"],
    name: [2, "string?"],
    initializer: [5, "TensorProto[]"],
    doc_string: [10, "string?"],
    input: [11, "ValueInfoProto[]"],
    output: [12, "ValueInfoProto[]"],
    value_info: [13, "ValueInfoProto[]"],
  },
  NodeProto: {
    input: [1, "string[]"],
    output: [2, "string[]"],
    name: [3, "string?"],
    op_type: [4, "string?"],
    attribute: [5, "AttributeProto[]"],
    doc_string: [6, "string?"],
    domain: [7, "string?"],
  },
  AttributeProto: {
    name: [1, "string?"],
    f: [2, "float?"],
    i: [3, "int64?"],
    s: [4, "bytes?"],
    t: [5, "TensorProto"],
    g: [6, "GraphProto"],
    floats: [7, "float[]"],
    ints: [8, "int64[]"],
    strings: [9, "bytes[]"],
    type: [20, "int32?"],
  },
  TensorProto: {
    dims: [1, "int64[]"],
    data_type: [2, "int32?"],
    float_data: [4, "float[]"],
    int32_data: [5, "int32[]"],
    int64_data: [7, "int64[]"],
    name: [8, "string?"],
    raw_data: [9, "bytes?"],
    double_data: [10, "double[]"],
    uint64_data: [11, "uint64[]"],
    external_data: [13, "StringStringEntryProto[]"],
    data_location: [14, "int32?"],
  },
  ValueInfoProto: { name: [1, "string?"], type: [2, "TypeProto"], doc_string: [3, "string?"] },
  TypeProto: { tensor_type: [1, "TensorTypeProto"], sequence_type: [4, "bytes?"] },
  TensorTypeProto: { elem_type: [1, "int32?"], shape: [2, "TensorShapeProto"] },
  TensorShapeProto: { dim: [1, "DimensionProto[]"] },
  DimensionProto: { dim_value: [1, "int64?"], dim_param: [2, "string?"] },
};

/** A message that is written: all fields may be left out. */
type Init<M> = { readonly [K in keyof M]?: M[K] | undefined };

export interface TensorProto {
  readonly dims: readonly bigint[];
  readonly dataType?: number;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly bigint[];
  readonly uint64Data: readonly bigint[];
  readonly doubleData: readonly number[];
  readonly name?: string;
  readonly rawData?: Uint8Array;
  readonly dataLocation?: number;
}

export interface AttributeProto {
  readonly name?: string;
  readonly f?: number;
  readonly i?: bigint;
  readonly s?: Uint8Array;
  readonly t?: TensorProto;
  readonly g?: GraphProto;
  readonly floats: readonly number[];
  readonly ints: readonly bigint[];
  readonly strings: readonly Uint8Array[];
  readonly type?: number;
}

export interface NodeProto {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name?: string;
  readonly opType?: string;
  readonly attribute: readonly AttributeProto[];
  readonly domain?: string;
}

interface DimensionProto {
  readonly dimValue?: bigint;
  readonly dimParam?: string;
}

export interface ValueInfoProto {
  readonly name?: string;
  readonly type?: {
    readonly tensorType?: {
      readonly elemType?: number;
      readonly shape?: { readonly dim: readonly DimensionProto[] };
    };
  };
}

export interface GraphProto {
  readonly node: readonly NodeProto[];
  readonly name?: string;
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
}

export interface ModelProto {
  readonly irVersion?: bigint;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly graph?: GraphProto;
  readonly opsetImport: readonly { readonly domain?: string; readonly version?: bigint }[];
  readonly metadataProps?: readonly StringStringEntryProto[];
}

interface StringStringEntryProto {
  readonly key?: string;
  readonly value?: string;
}

export type TensorInit = Init<TensorProto>;
export type AttributeInit = Init<Omit<AttributeProto, "t" | "g">> & { readonly t?: TensorInit };
export type NodeInit = Init<Omit<NodeProto, "attribute">> & { readonly attribute: readonly AttributeInit[] };

export interface ModelInit {
  readonly irVersion: bigint;
  readonly producerName: string;
  readonly opsetImport: readonly { readonly domain: string; readonly version: bigint }[];
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly graph: {
    readonly name: string;
    readonly node: readonly NodeInit[];
    readonly initializer: readonly TensorInit[];
    readonly input: readonly ValueInfoProto[];
    readonly output: readonly ValueInfoProto[];
  };
}

/** Numbers of the types in `AttributeProto.AttributeType`. */
export const ATTRIBUTE_TYPES = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

/** Writes and reads models. */
export interface ModelCodec {
  encode(model: ModelInit): Uint8Array<ArrayBuffer>;
  /** @throws Error for bytes that are no message. */
  decode(bytes: Uint8Array): ModelProto;
}

let codec: Promise<ModelCodec> | undefined;

/** The codec, made when it is first used. @throws DataError without the package. */
export async function modelCodec(op: string): Promise<ModelCodec> {
  codec ??= makeCodec();
  try {
    return await codec;
  } catch (cause) {
    codec = undefined;
    const advice = "which is not installed: npm install @bufbuild/protobuf";
    throw new DataError(`[${op}] ONNX files need the package @bufbuild/protobuf, ${advice}`, { cause });
  }
}

/** From beside this library, as a page or a bundle finds it, or else from the program's own folder. */
async function loadProtobuf(): Promise<{ readonly protobuf: ProtobufModule; readonly wkt: WktModule }> {
  try {
    const [protobuf, wkt] = await Promise.all([import("@bufbuild/protobuf"), import("@bufbuild/protobuf/wkt")]);
    return { protobuf, wkt };
  } catch (error) {
    const protobuf = requirePackage("@bufbuild/protobuf") as ProtobufModule | undefined;
    const wkt = requirePackage("@bufbuild/protobuf/wkt") as WktModule | undefined;
    if (protobuf === undefined || wkt === undefined) throw error;
    return { protobuf, wkt };
  }
}

async function makeCodec(): Promise<ModelCodec> {
  const { protobuf, wkt } = await loadProtobuf();
  const registry = registryOf(protobuf, wkt, "onnx", MESSAGES);
  const schema = registry.getMessage("tapegrad.ModelProto") as DescMessage;
  return {
    encode: (model) =>
      protobuf.toBinary(schema, protobuf.create(schema, model as unknown as MessageInitShape<DescMessage>)),
    decode: (bytes) => protobuf.fromBinary(schema, bytes) as unknown as ModelProto,
  };
}
