/**
 * @file The Protocol Buffers messages of event files, declared as their `.proto` files declare them, and encoded by
 * `@bufbuild/protobuf`. Only the fields that are written are declared.
 */

import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { DataError } from "../core/errors.ts";
import { requirePackage } from "../platform/packages.ts";
import { type Messages, type ProtobufModule, registryOf, type WktModule } from "../platform/protobuf.ts";

/** event.proto, summary.proto, tensor.proto and tensor_shape.proto, graph.proto, and the hparams plugin's plugin_data.proto. */
const MESSAGES: Messages = {
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
  const registry = registryOf(protobuf, wkt, "events", MESSAGES);
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

/** What to do about an optional package that is not installed. */
export function missingPackage(name: string): DataError {
  return new DataError(
    `[SummaryWriter] event files need the package ${name}, which is not installed: npm install @bufbuild/protobuf @chainsafe/fast-crc32c`,
  );
}
