/** @file Programs as text. */

import { argsOf, type Expr } from "../ir/expression.ts";
import { isContiguous, sizeOf } from "../layout.ts";
import type { Call, Slot, SlotArray } from "./call.ts";
import type { FusedKernel } from "./fuse.ts";

const SHORT = { float32: "f32", float64: "f64", int32: "i32", uint8: "u8", bool: "bool" } as const;

function isArray(value: unknown): value is SlotArray {
  return typeof value === "object" && value !== null && "slot" in value;
}

/** `%3: f32[128, 512]` */
function typed(array: SlotArray): string {
  return `${text(array)}: ${SHORT[array.dtype]}[${array.shape.join(", ")}]`;
}

/** `%3`, or `@3` for what lies outside. */
function named(slot: Slot): string {
  return `${slot.origin === "outside" ? "@" : "%"}${slot.id}`;
}

/** The number or the name of a buffer, with the place where an array does not begin with it. */
function nameOf({ slot, start, shape, strides }: SlotArray): string {
  const { constant } = slot;
  if (typeof constant === "number") return String(constant);
  if (constant !== null && sizeOf(shape) === 1) return String(constant[start]);
  const place = start === 0 ? "" : `+${start}`;
  return `${named(slot)}${place}${isContiguous(shape, strides) ? "" : `(${strides.join(", ")})`}`;
}

function text(value: unknown): string {
  if (isArray(value)) return nameOf(value);
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

/** What a fused kernel computes: `mul(a, add(b, 1))`. Values that are used again are numbered. */
function kernelText({ outputs }: FusedKernel): string {
  const uses = new Map<Expr, number>();
  const count = (e: Expr): void => {
    uses.set(e, (uses.get(e) ?? 0) + 1);
    if (uses.get(e) === 1) for (const arg of argsOf(e)) count(arg);
  };
  for (const output of outputs) count(output);
  const names = new Map<Expr, string>();
  const show = (e: Expr): string => {
    if (e.op === "input") return String.fromCharCode(97 + e.index);
    if (e.op === "const") return String(e.value);
    const known = names.get(e);
    if (known !== undefined) return known;
    const whole = e.op === "scalar" ? "s" : `${e.op}(${argsOf(e).map(show).join(", ")})`;
    if ((uses.get(e) ?? 0) < 2) return whole;
    const name = `v${names.size}`;
    names.set(e, name);
    return `${name}: ${whole}`;
  };
  return outputs.map(show).join("; ");
}

/** One call as a line. */
export function lineOf({ name, label, args, results, written, fresh }: Call): string {
  const given = args.flatMap((arg, i) => {
    if (fresh?.index === i) return ["<anew in each run>"];
    return arg === undefined || arg === null ? [] : [text(arg)];
  });
  const changed = [...new Map(written.map((array) => [array.slot, array])).values()].map(typed);
  const made = results.filter(({ slot }) => !written.some((other) => other.slot === slot)).map(typed);
  const left = [...made, ...changed].join(", ");
  const head = left === "" ? "" : `${left} ${changed.length > 0 && made.length === 0 ? "<-" : "="} `;
  const body =
    name === "host"
      ? `host ${label}`
      : name === "fused"
        ? `fused(${given.slice(1, 2).join(", ")}) ${kernelText(args[0] as FusedKernel)}`
        : `${name}(${given.join(", ")})`;
  return `  ${head}${body}${label === "" || label === name || name === "host" ? "" : `  # ${label}`}`;
}

/** All calls of a program. */
export function listing(
  name: string,
  calls: readonly Call[],
  backward: readonly Call[],
  slots: readonly Slot[],
): string {
  const used = new Set([...calls, ...backward].flatMap(({ arrays }) => arrays.map(({ slot }) => slot)));
  const inputs = slots
    .filter((slot) => slot.origin === "input" && used.has(slot))
    .map((slot) => `${named(slot)}: ${SHORT[slot.dtype]} × ${slot.length}`);
  const lines = [`${name === "" ? "program" : name}(${inputs.join(", ")})`, ...calls.map(lineOf)];
  return backward.length === 0 ? lines.join("\n") : [...lines, "backward", ...backward.map(lineOf)].join("\n");
}
