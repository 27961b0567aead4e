/** @file Parameter: a tensor that a module learns. */
import type { NDArray } from "../../kernels/backend.ts";
import { optional, required, signature } from "../core/arguments.ts";
import { PARAMETER } from "../core/foreign.ts";
import { COPY } from "../core/identity.ts";
import { aBoolean, aTensor } from "../core/kinds.ts";
import { formatParameter } from "../tensor/format.ts";
import { printable } from "../tensor/readback.ts";
import { Tensor } from "../tensor/tensor.ts";

const DECLARED = signature("Parameter", { data: required(aTensor), requiresGrad: optional(aBoolean, true) });

/**
 * A tensor that a module counts among its parameters when it is one of its fields. It shares the memory of the tensor
 * it is made from, but not its history: a parameter is a leaf.
 *
 * @example
 * class Scale extends nn.Module {
 *   factor = new nn.Parameter(ones(3));
 *   forward(x: Tensor): Tensor {
 *     return x.mul(this.factor);
 *   }
 * }
 */
export class Parameter extends Tensor {
  static {
    Object.defineProperty(Parameter.prototype, PARAMETER, { value: COPY });
  }

  /**
   * @param requiresGrad - Default true.
   * @throws DTypeError for integers and bools, unless `requiresGrad` is false.
   */
  constructor(data: Tensor, requiresGrad?: boolean);
  constructor(data: Tensor, options?: { readonly requiresGrad?: boolean | undefined });
  constructor(...given: readonly unknown[]) {
    const { data, requiresGrad } = DECLARED.read(given);
    super(data);
    this.requiresGrad_(requiresGrad);
  }

  /**
   * Goes over to the memory, dtype and device of `source`, which has the same shape. It stays the same object, so
   * modules and optimizers that hold it need not be told.
   */
  moveTo({ storage, strides, offset, dtype }: NDArray): void {
    Object.assign(this, { storage, strides, offset, dtype });
  }

  /** PyTorch's text: `Parameter containing:` and the tensor. */
  override toString(): string {
    return formatParameter({ ...printable(this), requiresGrad: this.requiresGrad, gradFn: this.gradFn?.name ?? null });
  }
}
