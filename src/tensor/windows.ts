/** @file Windows of signal processing: Hann, Hamming, Blackman, Bartlett, Kaiser. */
import { type Args, optional, required, signature } from "../core/arguments.ts";
import { getDefaultDtype } from "../core/defaults.ts";
import { isFloat } from "../core/dtype.ts";
import { DTypeError, ValueError } from "../core/errors.ts";
import { aBoolean, aNumber, anInteger } from "../core/kinds.ts";
import { arange, ones, type TensorOptions } from "./create.ts";
import { type ReadTensorOptions, TENSOR_OPTIONS } from "./create-options.ts";
import { i0 } from "./functions/special.ts";
import type { Tensor } from "./tensor.ts";

/** The arguments of the windows by name. */
export interface WindowOptions extends TensorOptions {
  /** Number of values. */
  readonly windowLength: number;
  /** Whether the window is one period of a periodic function, as spectral analysis needs it. Default true. */
  readonly periodic?: boolean | undefined;
}

/** `(windowLength, periodic, options)`. */
export type WindowArgs = Args<[windowLength: number], [periodic: boolean], WindowOptions>;

const COMMON = { windowLength: required(anInteger), periodic: optional(aBoolean, true) } as const;

interface Read extends ReadTensorOptions {
  readonly windowLength: number;
  readonly periodic: boolean;
}

/** A window of the positions 0, 1 … and the place of the last one; one value alone is 1. */
function windowOf(op: string, given: Read, shape: (positions: Tensor, last: number) => Tensor): Tensor {
  const { windowLength: length, periodic, requiresGrad } = given;
  const dtype = given.dtype ?? getDefaultDtype();
  if (!isFloat(dtype)) throw new DTypeError(`[${op}] expected a floating dtype, but got ${dtype}`);
  if (length < 0) throw new ValueError(`[${op}] requires non-negative window_length, got window_length=${length}`);
  const place = { dtype, device: given.device ?? undefined };
  const made =
    length < 2
      ? ones(length, place)
      : shape(arange(0, periodic ? length + 1 : length, 1, place), periodic ? length : length - 1)
          .narrow(0, 0, length)
          .clone();
  return requiresGrad ? made.requiresGrad_() : made;
}

const HANN = signature("hannWindow", { ...COMMON, ...TENSOR_OPTIONS });

/**
 * Hann window: sin²(πn / N), N being the length, or one less where the window is not periodic.
 *
 * @throws ValueError for a negative length; DTypeError for integers.
 * @example hannWindow(4); // tensor([0.0000, 0.5000, 1.0000, 0.5000])
 */
export function hannWindow(...args: WindowArgs): Tensor {
  const given = HANN.read(args);
  return windowOf("hannWindow", given, (n, last) => cosineWindow(n, last, 0.5, 0.5));
}

/** alpha − beta·cos(2πn / N). */
function cosineWindow(n: Tensor, last: number, alpha: number, beta: number): Tensor {
  return n
    .mul((2 * Math.PI) / last)
    .cos()
    .mul(-beta)
    .add(alpha);
}

/** The arguments of {@link hammingWindow} by name. */
export interface HammingWindowOptions extends WindowOptions {
  /** The constant term. Default 0.54. */
  readonly alpha?: number | undefined;
  /** The factor of the cosine. Default 0.46. */
  readonly beta?: number | undefined;
}

const HAMMING = signature("hammingWindow", {
  ...COMMON,
  alpha: optional(aNumber, 0.54),
  beta: optional(aNumber, 0.46),
  ...TENSOR_OPTIONS,
});

/**
 * Hamming window: alpha − beta·cos(2πn / N), N being the length, or one less where the window is not periodic.
 *
 * @throws ValueError for a negative length; DTypeError for integers.
 * @example hammingWindow(4); // tensor([0.0800, 0.5400, 1.0000, 0.5400])
 */
export function hammingWindow(
  ...args: Args<[windowLength: number], [periodic: boolean, alpha: number, beta: number], HammingWindowOptions>
): Tensor {
  const { alpha, beta, ...given } = HAMMING.read(args);
  return windowOf("hammingWindow", given, (n, last) => cosineWindow(n, last, alpha, beta));
}

const BLACKMAN = signature("blackmanWindow", { ...COMMON, ...TENSOR_OPTIONS });

/**
 * Blackman window: 0.42 − 0.5·cos(2πn / N) + 0.08·cos(4πn / N), N being the length, or one less where the window is not
 * periodic.
 *
 * @throws ValueError for a negative length; DTypeError for integers.
 * @example blackmanWindow(4).sum(); // tensor(1.6800)
 */
export function blackmanWindow(...args: WindowArgs): Tensor {
  const given = BLACKMAN.read(args);
  return windowOf("blackmanWindow", given, (n, last) => {
    const angle = n.mul(Math.PI / last);
    return angle.mul(4).cos().mul(0.08).sub(angle.mul(2).cos().mul(0.5)).add(0.42);
  });
}

const BARTLETT = signature("bartlettWindow", { ...COMMON, ...TENSOR_OPTIONS });

/**
 * Bartlett window, a triangle: 1 − |2n / N − 1|, N being the length, or one less where the window is not periodic.
 *
 * @throws ValueError for a negative length; DTypeError for integers.
 * @example bartlettWindow(4); // tensor([0.0000, 0.5000, 1.0000, 0.5000])
 */
export function bartlettWindow(...args: WindowArgs): Tensor {
  const given = BARTLETT.read(args);
  return windowOf("bartlettWindow", given, (n, last) => {
    const rising = n.mul(2 / last);
    return rising.minimum(rising.mul(-1).add(2));
  });
}

/** The arguments of {@link kaiserWindow} by name. */
export interface KaiserWindowOptions extends WindowOptions {
  /** Shape of the window: the larger, the narrower. Default 12. */
  readonly beta?: number | undefined;
}

const KAISER = signature("kaiserWindow", { ...COMMON, beta: optional(aNumber, 12), ...TENSOR_OPTIONS });

/**
 * Kaiser window: I₀(beta·√(1 − (2n / N − 1)²)) / I₀(beta), N being the length, or one less where the window is not
 * periodic.
 *
 * @throws ValueError for a negative length; DTypeError for integers.
 * @example kaiserWindow(3, false, 2); // tensor([0.4387, 1.0000, 0.4387])
 */
export function kaiserWindow(
  ...args: Args<[windowLength: number], [periodic: boolean, beta: number], KaiserWindowOptions>
): Tensor {
  const { beta, ...given } = KAISER.read(args);
  return windowOf("kaiserWindow", given, (n, last) => {
    // In double precision, whose quotient of two large numbers is then rounded once.
    const wide = n.device === "cpu" ? n.double() : n;
    const side = wide.mul(2 / last).sub(1);
    const bottom = i0(wide.newTensor(beta));
    const values = i0(side.square().neg().add(1).clamp({ min: 0 }).sqrt().mul(beta)).div(bottom);
    return values.to(n.dtype);
  });
}
