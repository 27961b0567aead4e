/** @file Parameter, a tensor that a module learns. */
import type { NDArray } from "../../kernels/backend.ts";
import { optional, required, signature } from "../core/arguments.ts";
import { PARAMETER } from "../core/foreign.ts";
import { COPY } from "../core/identity.ts";
import { aBoolean, aTensor } from "../core/kinds.ts";
import { formatParameter } from "../tensor/format.ts";
import { printable } from "../tensor/readback.ts";
import { Tensor } from "../tensor/tensor.ts";

const PARAMETER_ARGUMENTS = signature("Parameter", { data: required(aTensor), requiresGrad: optional(aBoolean, true) });

/**
 * A tensor that is a parameter of the modules that have it as a field. It shares memory with the tensor it is made
 * from, but not its history: a parameter is a leaf that requires gradients.
 *
 * @example
 * class Scale extends nn.Module {
 *   factor = new nn.Parameter(ones(2));
 *   forward(x: Tensor): Tensor {
 *     return x.mul(this.factor);
 *   }
 * }
 * String(new Scale().factor);
 * // Parameter containing:
 * // tensor([1., 1.], requires_grad=True)
 */
export class Parameter extends Tensor {
  static {
    Object.defineProperty(Parameter.prototype, PARAMETER, { value: COPY });
  }

  constructor(data: Tensor, requiresGrad?: boolean);
  constructor(data: Tensor, options?: { readonly requiresGrad?: boolean | undefined });
  constructor(...given: readonly unknown[]) {
    const { data, requiresGrad } = PARAMETER_ARGUMENTS.read(given);
    super(data);
    this.requiresGrad_(requiresGrad);
  }

  /**
   * Takes over memory, dtype and device of `source`, which has the same shape. It stays the same object, which modules
   * and optimizers hold.
   */
  moveTo({ storage, strides, offset, dtype }: NDArray): void {
    Object.assign(this, { storage, strides, offset, dtype });
  }

  /** PyTorch's printed form: `Parameter containing:` and the tensor. */
  override toString(): string {
    return formatParameter({ ...printable(this), requiresGrad: this.requiresGrad, gradFn: this.gradFn?.name ?? null });
  }
}
