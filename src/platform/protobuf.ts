/** @file Protocol Buffers: messages declared by tables, as the descriptors that `@bufbuild/protobuf` encodes and decodes by. */
import type * as Protobuf from "@bufbuild/protobuf";
import type { Registry } from "@bufbuild/protobuf";
import type * as Wkt from "@bufbuild/protobuf/wkt";

/** The package `@bufbuild/protobuf`. */
export type ProtobufModule = typeof Protobuf;
/** Its messages that describe messages. */
export type WktModule = typeof Wkt;

/** Numbers of the types in `google.protobuf.FieldDescriptorProto.Type`. */
const TYPES = { double: 1, float: 2, int64: 3, uint64: 4, int32: 5, bool: 8, string: 9, bytes: 12 } as const;
const MESSAGE = 11;

/**
 * A field: its number, and its type or the message that it holds; `[]` for many, `{}` for a map from strings, `?` for one
 * whose absence is told from its default.
 */
type Field = readonly [number: number, type: string];

/** Messages by name, and their fields. */
export type Messages = Readonly<Record<string, Readonly<Record<string, Field>>>>;

/** The messages as protobuf's own descriptors. Names of packages do not show in the bytes. */
export function registryOf(protobuf: ProtobufModule, wkt: WktModule, file: string, messages: Messages): Registry {
  const messageType = Object.entries(messages).map(([name, fields]) => {
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
  const descriptor = protobuf.create(wkt.FileDescriptorProtoSchema, {
    name: `tapegrad/${file}.proto`,
    package: "tapegrad",
    syntax: "proto3",
    messageType,
  });
  return protobuf.createFileRegistry(descriptor, () => undefined);
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
