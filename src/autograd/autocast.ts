/** @file torch.autocast, for programs that switch mixed precision off where there is none. */
import { keyword, required, signature } from "../core/arguments.ts";
import { DTypeError } from "../core/errors.ts";
import { aBoolean, aFunction, aString, type Kind, nullable, oneOf } from "../core/kinds.ts";

/** Options of {@link autocast}. */
export interface AutocastOptions {
  /** Compute in half precision. Default true. */
  readonly enabled?: boolean | undefined;
  /** The dtype to compute in. Default, as in PyTorch: "float16" on "cuda", "bfloat16" on "cpu". */
  readonly dtype?: string | null | undefined;
  /** Accepted for programs written for PyTorch: there are no casts to keep. */
  readonly cacheEnabled?: boolean | null | undefined;
}

const AUTOCAST = signature("autocast", {
  deviceType: required(oneOf("cpu", "cuda", "gpu")),
  fn: required(aFunction as Kind<() => unknown>),
  enabled: keyword(aBoolean, true),
  dtype: keyword(nullable(aString), null),
  cacheEnabled: keyword(nullable(aBoolean), null),
});

/**
 * Runs `fn`, and computes as everywhere: there is no half precision. For "cuda", and for a dtype other than "bfloat16" on
 * "cpu", mixed precision is disabled with a warning, as in PyTorch on a machine without CUDA.
 *
 * @returns the result of `fn`.
 * @throws DTypeError where PyTorch would compute in half precision: give `enabled: false`.
 * @example autocast("cuda", () => ones(2).mul(2), { enabled: false }); // tensor([2., 2.])
 */
export function autocast<T>(deviceType: "cpu" | "cuda" | "gpu", fn: () => T, options?: AutocastOptions): T;
export function autocast(...given: readonly unknown[]): unknown {
  const { deviceType, fn, enabled, dtype } = AUTOCAST.read(given);
  if (!enabled) return fn();
  if (deviceType === "cuda") {
    console.warn("[autocast] User provided device_type of 'cuda', but CUDA is not available. Disabling");
    return fn();
  }
  const wished = dtype ?? (deviceType === "cpu" ? "bfloat16" : "float16");
  if (deviceType === "cpu" && wished !== "bfloat16") {
    console.warn(
      "[autocast] In CPU autocast, but the target dtype is not supported. Disabling autocast. CPU Autocast only supports dtype of bfloat16 currently.",
    );
    return fn();
  }
  throw new DTypeError(
    `[autocast] there is no ${wished} to compute in on "${deviceType}". Give { enabled: false } to compute in the tensors' own dtypes.`,
  );
}

/**
 * Whether {@link autocast} computes in half precision: never.
 *
 * @example isAutocastEnabled(); // false
 */
export function isAutocastEnabled(): boolean {
  return false;
}
