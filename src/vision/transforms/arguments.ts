/** @file Checks of arguments that the transforms share. */
import { optional, type ThenOptions } from "../../core/arguments.ts";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import { type Kind, kind } from "../../core/kinds.ts";
import { numbersOf } from "../../data/arguments.ts";

/** Names of interpolation modes, as torchvision has them. A mode's text can be given as well: `"bilinear"`. */
export const InterpolationMode = {
  NEAREST: "nearest",
  BILINEAR: "bilinear",
  BICUBIC: "bicubic",
  BOX: "box",
  HAMMING: "hamming",
  LANCZOS: "lanczos",
} as const;

/** A probability. */
export const aProbability: Kind<number> = kind(
  "a probability from 0 to 1",
  (value) => typeof value === "number" && value >= 0 && value <= 1,
);

/** The declared form of a probability that stands alone. */
export function withProbability<const P extends number>(p: P) {
  return { p: optional(aProbability, p) } as const;
}

/** A probability by position or by name. */
export type ProbabilityArgs = ThenOptions<[p: number], { readonly p?: number | undefined }>;

/** Two rising bounds. */
export type Range = readonly [from: number, to: number];

/** Bounds of a random number, or one number. @throws ValueError unless they are two rising numbers */
export function readRange(op: string, name: string, value: unknown): Range {
  const given = numbersOf(op, name, value);
  const [from = Number.NaN, to = Number.NaN] = given;
  if (given.length !== 2 || !(from <= to)) {
    throw new ValueError(`[${op}] ${name} should be two rising numbers, but got ${describeValue(value)}`);
  }
  return [from, to];
}

/** −x … x of one number x, or given bounds. @throws ValueError for a negative number */
export function readSpread(op: string, name: string, value: unknown): Range {
  if (typeof value !== "number") return readRange(op, name, value);
  if (!(value >= 0)) {
    throw new ValueError(`[${op}] If ${name} is a single number, it must be positive, but got ${describeValue(value)}`);
  }
  return [-value, value];
}
