/** @file Fused kernels that only some backends have. */
import type { Backend, FusedOps } from "../../../kernels/backend.ts";

/**
 * The fused kernels of a backend, some of which it must have: what chooses the operation has asked for them before.
 *
 * @throws TypeError if one is missing.
 */
export function fusedKernels<K extends keyof FusedOps>(
  k: Backend,
  ...names: readonly K[]
): Required<Pick<FusedOps, K>> {
  const kernels: Partial<Pick<FusedOps, K>> = k.fused;
  const missing = names.find((name) => kernels[name] === undefined);
  if (missing !== undefined) throw new TypeError(`there is no ${missing} on ${k.device}`);
  return kernels as Required<Pick<FusedOps, K>>;
}
