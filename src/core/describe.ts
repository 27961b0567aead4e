/** @file Descriptions of values in error messages. */
import { isForeignTensor, isTensor } from "./identity.ts";

const LONGEST = 40;

/** A value in a few words: `"a"`, `[1, 2]`, `a Tensor of shape [2, 3] and dtype float32`, `an object with the keys a, b`. */
export function describeValue(value: unknown): string {
  if (isTensor(value)) return `a Tensor of shape [${value.shape.join(", ")}] and dtype ${value.dtype}`;
  if (isForeignTensor(value)) return "a Tensor of another copy of tapegrad";
  switch (typeof value) {
    case "string":
      return shorten(JSON.stringify(value));
    case "bigint":
      return `the bigint ${shorten(String(value))}`;
    case "symbol":
      return "a symbol";
    case "function":
      return value.name === "" ? "a function" : `the function ${shorten(value.name)}`;
    case "object":
      return value === null ? "null" : describeObject(value);
    default:
      return String(value);
  }
}

/** {@link describeValue} without quotation marks around a string, for messages that have their own. */
export function describeBare(value: unknown): string {
  return typeof value === "string" && value !== "" ? shorten(value) : describeValue(value);
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return describeArray(value);
  const name = className(value);
  if (name !== "Object") return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${shorten(name)}`;
  const keys = Object.keys(value);
  if (keys.length === 0) return "an empty object";
  return `an object with the ${keys.length === 1 ? "key" : "keys"} ${shorten(keys.join(", "))}`;
}

function describeArray(value: readonly unknown[]): string {
  const flat = value.length <= 8 && value.every((item) => item === null || /number|boolean|string/.test(typeof item));
  if (flat)
    return shorten(
      `[${value.map((item) => (typeof item === "string" ? JSON.stringify(item) : String(item))).join(", ")}]`,
    );
  return `an array of ${value.length} elements`;
}

/** The name of the class of an object, whichever realm it is from. */
function className(value: object): string {
  const made: unknown = value.constructor;
  const name: unknown = typeof made === "function" ? made.name : undefined;
  return typeof name === "string" && name !== "" ? name : Object.prototype.toString.call(value).slice(8, -1);
}

function shorten(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
