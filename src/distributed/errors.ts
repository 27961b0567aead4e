/** @file DistributedError. */
import { TapegradError } from "../core/errors.ts";

/**
 * A process group that is missing, an MPI that cannot be loaded or reports an error, or ranks that called different
 * collectives.
 *
 * @example getRank(); // throws DistributedError: [getRank] Default process group has not been initialized
 */
export class DistributedError extends TapegradError {
  /** "DistributedError", in every realm and minified program. */
  override name = "DistributedError";
}
