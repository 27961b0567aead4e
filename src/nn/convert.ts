/** @file Conversion of a module's tensors to a device or dtype. */
import { noGrad } from "../autograd/grad-mode.ts";
import { checkDType, isDType, isFloat } from "../core/dtype.ts";
import { DeviceError, DTypeError } from "../core/errors.ts";
import type { Target } from "../tensor/functions/convert.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * The conversion of `module.to(target)`: only floating tensors change their dtype.
 *
 * @throws DTypeError for a target dtype that is not a floating one.
 */
export function converter(target: Target): (t: Tensor) => Tensor {
  const { device, dtype } =
    typeof target === "object" ? target : isDType(target) ? { dtype: target } : { device: target };
  if (dtype !== undefined) {
    checkDType("Module.to", dtype);
    if (!isFloat(dtype)) {
      throw new DTypeError(
        `[Module.to] nn.Module.to only accepts floating point dtypes, but got desired dtype=${dtype}. Use "float32" or "float64".`,
      );
    }
  }
  return (t) => {
    try {
      return noGrad(() => t.to({ device, dtype: isFloat(t.dtype) ? dtype : undefined }));
    } catch (error) {
      if (!(error instanceof DeviceError && device === "cpu")) throw error;
      throw new DeviceError("[Module.to] the module's device must be awaited. Use `await module.cpu()` instead.", {
        cause: error,
      });
    }
  };
}
