/** @file The state of the default generator, as PyTorch's module functions read and set it. */
import { required, signature } from "../../core/arguments.ts";
import { DTypeError } from "../../core/errors.ts";
import { aTensor } from "../../core/kinds.ts";
import { tensor } from "../create.ts";
import type { Tensor } from "../tensor.ts";
import { defaultGenerator } from "./generator.ts";

/**
 * The state of the default generator: the 5056 bytes of PyTorch's, as a uint8 tensor.
 *
 * @example
 * const state = getRngState();
 * const first = rand(2);
 * setRngState(state);
 * equal(rand(2), first); // true
 */
export function getRngState(): Tensor {
  return tensor(defaultGenerator.getState());
}

const SET_RNG_STATE = signature("setRngState", { newState: required(aTensor) });

/**
 * Restores a state of {@link getRngState} or of PyTorch.
 *
 * @throws DTypeError unless the tensor is of uint8; RangeError for bytes that are not a valid state.
 * @example setRngState(getRngState());
 */
export function setRngState(...args: readonly [newState: Tensor]): void {
  const { newState } = SET_RNG_STATE.read(args);
  if (newState.dtype !== "uint8")
    throw new DTypeError(`[setRngState] expected a uint8 tensor, but got ${newState.dtype}`);
  defaultGenerator.setState(newState.dataSync() as Uint8Array);
}

/**
 * The seed of the default generator, from 0 to 2⁶⁴ − 1.
 *
 * @example
 * manualSeed(7);
 * initialSeed(); // 7n
 */
export function initialSeed(): bigint {
  return defaultGenerator.initialSeed();
}

/**
 * Seeds the default generator from the entropy of the system, and returns the seed.
 *
 * @example seed() === initialSeed(); // true
 */
export function seed(): bigint {
  return defaultGenerator.seed();
}
