/**
 * @file Nested state as a flat dictionary of tensors and a line of JSON that says how it was nested. Whatever reads
 * safetensors can read the tensors; the JSON, in the metadata, brings back everything else.
 */
import type { TypedArray } from "../../kernels/backend.ts";
import type { DeviceChoice } from "../core/device.ts";
import { dtypeOfTypedArray } from "../core/dtype.ts";
import { ValueError } from "../core/errors.ts";
import { refuseForeign } from "../core/foreign.ts";
import { isForeignTensor, isTensor } from "../core/identity.ts";
import { MAX_BIGINT_DIGITS, MAX_STATE_DEPTH } from "../platform/limits.ts";
import { fromTypedArray } from "../tensor/from-host.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { FormatError, quoted } from "./format-error.ts";
import { parseJson } from "./json.ts";
import { type HostArray, type TensorDict, toTensor } from "./safetensors.ts";
import { METADATA } from "./safetensors-header.ts";

export interface Packed {
  readonly tensors: TensorDict;
  /** JSON. */
  readonly structure: string;
}

/** What JSON has no form for is an object with one of these keys. */
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Whether a value is a plain dictionary of tensors, which needs no structure. */
export function isTensorDict(value: unknown): value is TensorDict {
  return isPlainObject(value) && Object.values(value).every(isTensor);
}

/**
 * Takes apart tensors, typed arrays, numbers, bigints, text, booleans and null, in arrays and plain objects.
 *
 * @throws ValueError that names the place of anything else.
 */
export function pack(op: string, value: unknown): Packed {
  const tensors = new Map<string, Tensor>();
  const keep = (tensor: Tensor, path: readonly string[]): string => {
    const wish = path.length === 0 ? "tensor" : path.join(".");
    let name = wish;
    for (let i = 2; tensors.has(name) || name === METADATA; i++) name = `${wish}#${i}`;
    tensors.set(name, tensor);
    return name;
  };
  const visit = (item: unknown, path: readonly string[]): Json => {
    if (path.length > MAX_STATE_DEPTH)
      throw new ValueError(`[${op}] ${placeOf(path)} is nested too deeply, or in itself`);
    if (item === null || typeof item === "string" || typeof item === "boolean") return item;
    if (typeof item === "number") return plainNumber(item) ? item : { $number: Object.is(item, -0) ? "-0" : `${item}` };
    if (typeof item === "bigint") return { $bigint: digitsOf(op, item, path) };
    if (isTensor(item)) return { $tensor: keep(item, path) };
    const dtype = dtypeOfTypedArray(item);
    if (dtype !== undefined) {
      const data = item as TypedArray;
      return { $array: keep(fromTypedArray(dtype, data.slice(), [data.length], "cpu"), path) };
    }
    // Not map, which passes over the holes of a sparse array.
    if (Array.isArray(item)) return Array.from(item, (part, i) => visit(part, [...path, String(i)]));
    if (isPlainObject(item)) {
      const entries = Object.entries(item).filter(([, part]) => part !== undefined);
      const pairs = entries.map(([key, part]): [string, Json] => [key, visit(part, [...path, key])]);
      return pairs.every(([key]) => isSafeKey(key)) ? Object.fromEntries(pairs) : { $object: pairs };
    }
    refuseForeign(op, placeOf(path), item);
    throw new ValueError(
      `[${op}] cannot save ${describe(item)} at ${placeOf(path)}${hintFor(item)}. Save tensors, typed arrays, numbers, text, booleans and null, in arrays and plain objects.`,
    );
  };
  const structure = JSON.stringify(visit(value, []));
  return { tensors: Object.fromEntries(tensors), structure };
}

/** Puts together what {@link pack} took apart. @throws FormatError */
export function unpack(structure: string, arrays: ReadonlyMap<string, HostArray>, device: DeviceChoice): unknown {
  // `$object` takes three levels where there was one.
  const json = parseJson("structure", structure, 3 * MAX_STATE_DEPTH);
  const mentioned = new Set<string>();
  const arrayAt = (name: unknown): HostArray => {
    const array = typeof name === "string" ? arrays.get(name) : undefined;
    if (array === undefined || typeof name !== "string") {
      throw new FormatError(`has a structure that names a missing tensor ${JSON.stringify(name)?.slice(0, 80)}`);
    }
    // Each mention is a copy: a small file could ask for any amount of memory.
    if (mentioned.has(name)) throw new FormatError(`has a structure that names the tensor ${quoted(name)} twice`);
    mentioned.add(name);
    return array;
  };
  const marked: Readonly<Record<string, (item: unknown) => unknown>> = {
    $tensor: (name) => toTensor(arrayAt(name), device),
    $array: (name) => arrayAt(name).elements.slice(),
    $number: (text) => Number(text),
    $bigint: bigintOf,
    $object: (pairs) => Object.fromEntries(pairsOf(pairs).map(([key, item]) => [key, visit(item)])),
  };
  const visit = (item: unknown): unknown => {
    if (typeof item !== "object" || item === null) return item;
    if (Array.isArray(item)) return item.map(visit);
    const entries = Object.entries(item);
    const [first] = entries;
    if (first?.[0].startsWith("$")) {
      const read = Object.hasOwn(marked, first[0]) ? marked[first[0]] : undefined;
      if (read === undefined || entries.length > 1)
        throw new FormatError(`has a structure with an unknown mark ${first[0]}`);
      return read(first[1]);
    }
    return Object.fromEntries(entries.map(([key, part]) => [key, visit(part)]));
  };
  return visit(json);
}

/** @throws ValueError for more digits than are read again. */
function digitsOf(op: string, value: bigint, path: readonly string[]): string {
  // Digits of huge numbers take quadratic time, so the size is estimated first: a hexadecimal digit is 1.2 decimal ones.
  const isShort = value.toString(16).length * 1.2 <= MAX_BIGINT_DIGITS + 10;
  const digits = isShort ? `${value}` : "";
  if (isShort && digits.replace("-", "").length <= MAX_BIGINT_DIGITS) return digits;
  throw new ValueError(
    `[${op}] cannot save the bigint at ${placeOf(path)}: it has more than ${MAX_BIGINT_DIGITS} digits`,
  );
}

function bigintOf(text: unknown): bigint {
  const isNumber = typeof text === "string" && text.length <= MAX_BIGINT_DIGITS + 1 && /^-?\d+$/.test(text);
  if (isNumber) return BigInt(text);
  throw new FormatError("has a structure with a damaged bigint");
}

function pairsOf(value: unknown): readonly (readonly [string, unknown])[] {
  const isPair = (pair: unknown): pair is [string, unknown] =>
    Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string";
  if (Array.isArray(value) && value.every(isPair)) return value;
  throw new FormatError("has a structure with a damaged object");
}

/** JSON has no NaN and no infinities, and forgets the sign of zero. */
function plainNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * Whether a key can be one in the JSON. Not if it looks like a mark of ours; nor if it is written with a backslash: the
 * JSON.parse of Node 24 takes `{"a":0,"b\"":1}` for `{"a":0,"b\\":1}` if it has seen an object of the second form before.
 */
function isSafeKey(key: string): boolean {
  return !key.startsWith("$") && !JSON.stringify(key).includes("\\");
}

function placeOf(path: readonly string[]): string {
  return path.length === 0 ? "the top" : path.slice(0, 10).join(".");
}

function describe(value: unknown): string {
  if (isForeignTensor(value)) return "a Tensor of another copy of tapegrad";
  if (typeof value === "object" && value !== null) return `an object of ${value.constructor?.name ?? "no class"}`;
  return value === undefined ? "undefined" : `a ${typeof value}`;
}

function hintFor(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  if ("then" in value) return " (await it first)";
  return "stateDict" in value ? " (save what its stateDict() gives)" : "";
}

/** A copy of loaded arrays and plain objects, with another tensor in place of each. */
export function mapTensors(value: unknown, replace: (tensor: Tensor) => Tensor): unknown {
  if (isTensor(value)) return replace(value);
  if (Array.isArray(value)) return value.map((item) => mapTensors(item, replace));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapTensors(item, replace)]));
}
