/** @file The options of printing: `setPrintoptions`. */
import { type Args, optional, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { aBoolean, aNumber, aSize, nullable, oneOf } from "../core/kinds.ts";

/** How tensors are printed. */
export interface PrintOptions {
  /** Digits after the decimal point. Default 4. */
  readonly precision?: number | null | undefined;
  /** Number of elements above which only the first and last ones are printed; `Infinity` prints all. Default 1000. */
  readonly threshold?: number | null | undefined;
  /** How many of the first and of the last elements of each dimension are printed then. Default 3. */
  readonly edgeitems?: number | null | undefined;
  /** Characters in a line. Default 80. */
  readonly linewidth?: number | null | undefined;
  /** Values of all four: "default", "short" (2 digits, 2 edge items) or "full" (all elements). */
  readonly profile?: "default" | "short" | "full" | null | undefined;
  /** Write floats with an exponent always, or never. Default null, which lets the elements decide. */
  readonly sciMode?: boolean | null | undefined;
}

const PROFILES = {
  default: { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80 },
  short: { precision: 2, threshold: 1000, edgeitems: 2, linewidth: 80 },
  full: { precision: 4, threshold: Number.POSITIVE_INFINITY, edgeitems: 3, linewidth: 80 },
} as const;

interface Options {
  precision: number;
  threshold: number;
  edgeitems: number;
  linewidth: number;
  sciMode: boolean | null;
}

/** The options that hold now. */
export const printOptions: Options = { ...PROFILES.default, sciMode: null };

const SET_PRINTOPTIONS = signature("setPrintoptions", {
  precision: optional(nullable(aSize), null),
  threshold: optional(nullable(aNumber), null),
  edgeitems: optional(nullable(aSize), null),
  linewidth: optional(nullable(aSize), null),
  profile: optional(nullable(oneOf("default", "short", "full")), null),
  sciMode: optional(nullable(aBoolean), null),
});

/**
 * Sets how tensors are printed. What is left out stays as it is, but for `sciMode`, which every call sets, as in PyTorch.
 *
 * @throws ValueError for a precision above 100.
 * @example
 * ```ts
 * setPrintoptions({ precision: 2 });
 * tensor([1.2345]); // tensor([1.23])
 * setPrintoptions({ profile: "default" });
 * tensor([1.2345]); // tensor([1.2345])
 * ```
 */
export function setPrintoptions(
  ...args: Args<
    [],
    [
      precision: number | null,
      threshold: number | null,
      edgeitems: number | null,
      linewidth: number | null,
      profile: "default" | "short" | "full" | null,
      sciMode: boolean | null,
    ],
    PrintOptions
  >
): void {
  const { profile, sciMode, ...given } = SET_PRINTOPTIONS.read(args);
  if ((given.precision ?? 0) > 100) {
    throw new ValueError(`[setPrintoptions] precision must be at most 100, but got ${given.precision}`);
  }
  if (profile !== null) Object.assign(printOptions, PROFILES[profile]);
  for (const name of ["precision", "threshold", "edgeitems", "linewidth"] as const) {
    const value = given[name];
    if (value !== null) printOptions[name] = value;
  }
  printOptions.sciMode = sciMode;
}
