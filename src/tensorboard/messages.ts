/**
 * @file The Protocol Buffers messages of event files, declared as their `.proto` files declare them, and encoded by
 * `@bufbuild/protobuf`. Only the fields that are written are declared.
 */

import type * as Protobuf from "@bufbuild/protobuf";
import type { DescMessage, MessageInitShape, MessageShape, Registry } from "@bufbuild/protobuf";
import type * as Wkt from "@bufbuild/protobuf/wkt";
import { DataError } from "../core/errors.ts";
import { requirePackage } from "../platform/packages.ts";

type ProtobufModule = typeof Protobuf;
type WktModule = typeof Wkt;

/** Numbers of the types in `google.protobuf.FieldDescriptorProto.Type`. */
const TYPES = { double: 1, float: 2, int64: 3, int32: 5, bool: 8, string: 9, bytes: 12 } as const;
const MESSAGE = 11;

/** A field: its number, and its type or the message that it holds; `[]` for many, `{}` for a map from strings. */
type Field = readonly [number: number, type: string];

/** event.proto, summary.proto, tensor.proto and tensor_shape.proto, graph.proto, and the hparams plugin's plugin_data.proto. */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  Event: {
    wall_time: [1, "double"],
    step: [2, "int64"],
    file_version: [3, "string"],
    graph_def: [4, "bytes"],
    summary: [5, "Summary"],
  },
  Summary: { value: [1, "SummaryValue[]"] },
  SummaryValue: {
    tag: [1, "string"],
    simple_value: [2, "float?"],
    image: [4, "SummaryImage"],
    histo: [5, "HistogramProto"],
    node_name: [7, "string"],
    tensor: [8, "TensorProto"],
    metadata: [9, "SummaryMetadata"],
  },
  SummaryImage: {
    height: [1, "int32"],
    width: [2, "int32"],
    colorspace: [3, "int32"],
    encoded_image_string: [4, "bytes"],
  },
  HistogramProto: {
    min: [1, "double"],
    max: [2, "double"],
    num: [3, "double"],
    sum: [4, "double"],
    sum_squares: [5, "double"],
    bucket_limit: [6, "double[]"],
    bucket: [7, "double[]"],
  },
  SummaryMetadata: { plugin_data: [1, "PluginData"] },
  PluginData: { plugin_name: [1, "string"], content: [2, "bytes"] },
  TensorProto: { dtype: [1, "int32"], tensor_shape: [2, "TensorShape"], string_val: [8, "bytes[]"] },
  TensorShape: { dim: [2, "Dim[]"] },
  Dim: { size: [1, "int64"] },
  GraphDef: { node: [1, "NodeDef[]"], versions: [4, "VersionDef"] },
  VersionDef: { producer: [1, "int32"] },
  NodeDef: {
    name: [1, "string"],
    op: [2, "string"],
    input: [3, "string[]"],
    device: [4, "string"],
    attr: [5, "AttrValue{}"],
  },
  AttrValue: { s: [2, "bytes"], list: [1, "ListValue"] },
  ListValue: { shape: [7, "TensorShape[]"] },
  HParamsPluginData: {
    version: [1, "int32"],
    experiment: [2, "Experiment"],
    session_start_info: [3, "SessionStartInfo"],
    session_end_info: [4, "SessionEndInfo"],
  },
  Experiment: {
    name: [6, "string"],
    hparam_infos: [4, "HParamInfo[]"],
    metric_infos: [5, "MetricInfo[]"],
  },
  HParamInfo: { name: [1, "string"], type: [4, "int32"] },
  MetricInfo: { name: [1, "MetricName"] },
  MetricName: { group: [1, "string"], tag: [2, "string"] },
  SessionStartInfo: { hparams: [1, "Value{}"] },
  SessionEndInfo: { status: [1, "int32"] },
  Value: { number_value: [2, "double?"], string_value: [3, "string?"], bool_value: [4, "bool?"] },
};

/** A message as an object: fields in camelCase; integers of 64 bits are bigints. */
export type Message = Readonly<Record<string, unknown>>;

/** Encodes a message of a name. */
export type Encode = (name: string, message: Message) => Uint8Array;

let encoder: Encode | undefined;

/** The encoder, made when it is first used. @throws DataError without the package. */
export function messageEncoder(): Encode {
  encoder ??= makeEncoder();
  return encoder;
}

function makeEncoder(): Encode {
  const protobuf = requirePackage("@bufbuild/protobuf") as ProtobufModule | undefined;
  const wkt = requirePackage("@bufbuild/protobuf/wkt") as WktModule | undefined;
  if (protobuf === undefined || wkt === undefined) throw missingPackage("@bufbuild/protobuf");
  const registry = registryOf(protobuf, wkt);
  const schemas = new Map<string, DescMessage>();
  const schemaOf = (name: string): DescMessage => {
    const known = schemas.get(name) ?? registry.getMessage(`tapegrad.${name}`);
    if (known === undefined) throw new DataError(`[SummaryWriter] there is no message ${name}`);
    schemas.set(name, known);
    return known;
  };
  return (name, message) => {
    const schema = schemaOf(name);
    const made: MessageShape<DescMessage> = protobuf.create(schema, message as MessageInitShape<DescMessage>);
    return protobuf.toBinary(schema, made);
  };
}

/** The messages as protobuf's own descriptors. Names of packages do not show in the bytes. */
function registryOf(protobuf: ProtobufModule, wkt: WktModule): Registry {
  const messageType = Object.entries(MESSAGES).map(([name, fields]) => {
    const maps = Object.entries(fields).filter(([, [, type]]) => type.endsWith("{}"));
    const optional = Object.entries(fields).filter(([, [, type]]) => type.endsWith("?"));
    return {
      name,
      field: Object.entries(fields).map(([field, [number, type]]) => ({
        name: field,
        number,
        ...fieldType(
          name,
          field,
          type,
          optional.findIndex(([other]) => other === field),
        ),
      })),
      oneofDecl: optional.map(([field]) => ({ name: `_${field}` })),
      nestedType: maps.map(([field, [, type]]) => ({
        name: entryName(field),
        options: { mapEntry: true },
        field: [
          { name: "key", number: 1, ...fieldType(name, "key", "string", -1) },
          { name: "value", number: 2, ...fieldType(name, "value", type.slice(0, -2), -1) },
        ],
      })),
    };
  });
  const file = protobuf.create(wkt.FileDescriptorProtoSchema, {
    name: "tapegrad/events.proto",
    package: "tapegrad",
    syntax: "proto3",
    messageType,
  });
  return protobuf.createFileRegistry(file, () => undefined);
}

/** `attr` as `AttrEntry`. */
function entryName(field: string): string {
  const words = field.split("_").map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`);
  return `${words.join("")}Entry`;
}

/** Label, type and type name of a field in its descriptor. Fields with `?` have presence, as members of a oneof do. */
function fieldType(message: string, field: string, declared: string, presence: number) {
  const isMap = declared.endsWith("{}");
  const type = declared.replace(/\[\]|\{\}|\?/, "");
  const label = declared.endsWith("[]") || isMap ? 3 : 1;
  const optional = presence < 0 ? {} : { proto3Optional: true, oneofIndex: presence };
  if (isMap) return { label, type: MESSAGE, typeName: `.tapegrad.${message}.${entryName(field)}`, ...optional };
  if (type in TYPES) return { label, type: TYPES[type as keyof typeof TYPES], ...optional };
  return { label, type: MESSAGE, typeName: `.tapegrad.${type}`, ...optional };
}

/** What to do about an optional package that is not installed. */
export function missingPackage(name: string): DataError {
  return new DataError(
    `[SummaryWriter] event files need the package ${name}, which is not installed: npm install @bufbuild/protobuf @chainsafe/fast-crc32c`,
  );
}
