/** @file Programs as text. */
import type { Call, Slot, SlotArray } from "./call.ts";

const SHORT = { float32: "f32", float64: "f64", int32: "i32", uint8: "u8", bool: "bool" } as const;

function isArray(value: unknown): value is SlotArray {
  return typeof value === "object" && value !== null && "slot" in value;
}

/** `%3: f32[128, 512]` */
function typed(array: SlotArray): string {
  return `${named(array)}: ${SHORT[array.dtype]}[${array.shape.join(", ")}]`;
}

/** `%3`, or `@3` for what lies outside; with the strides where they are not those of a whole row-major array. */
function named({ slot }: { readonly slot: Slot }): string {
  return `${slot.origin === "outside" ? "@" : "%"}${slot.id}`;
}

function text(value: unknown): string {
  if (isArray(value)) return named(value);
  if (Array.isArray(value)) return `[${value.map(text).join(", ")}]`;
  if (ArrayBuffer.isView(value)) {
    const numbers = value as unknown as ArrayLike<number>;
    return numbers.length > 4 ? `<${numbers.length} numbers>` : `[${Array.from(numbers).join(", ")}]`;
  }
  if (typeof value === "object" && value !== null) {
    if (Object.getPrototypeOf(value) !== Object.prototype) return `<${value.constructor.name}>`;
    const fields = Object.entries(value).filter(([, field]) => field !== undefined && field !== null);
    return `{ ${fields.map(([key, field]) => `${key}: ${text(field)}`).join(", ")} }`;
  }
  return typeof value === "string" ? value : String(value);
}

/** One call as a line. */
export function lineOf({ name, label, args, results, written, fresh }: Call): string {
  const given = args.flatMap((arg, i) => {
    if (fresh?.index === i) return ["<anew in each run>"];
    return arg === undefined || arg === null ? [] : [text(arg)];
  });
  const made = results.filter(({ slot }) => !written.some((other) => other.slot === slot)).map(typed);
  const changed = written.map(typed);
  const left = [...made, ...changed].join(", ");
  const head = left === "" ? "" : `${left} ${changed.length > 0 && made.length === 0 ? "<-" : "="} `;
  const body = name === "host" ? `host ${label}` : `${name}(${given.join(", ")})`;
  return `  ${head}${body}${label === "" || label === name || name === "host" ? "" : `  # ${label}`}`;
}

/** All calls of a program. */
export function listing(
  name: string,
  calls: readonly Call[],
  backward: readonly Call[],
  slots: readonly Slot[],
): string {
  const inputs = slots
    .filter(({ origin }) => origin === "input")
    .map((slot) => `${named({ slot })}: ${SHORT[slot.dtype]} × ${slot.length}`);
  const lines = [`${name === "" ? "program" : name}(${inputs.join(", ")})`, ...calls.map(lineOf)];
  return backward.length === 0 ? lines.join("\n") : [...lines, "backward", ...backward.map(lineOf)].join("\n");
}
