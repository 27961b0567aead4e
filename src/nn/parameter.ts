/** @file Parameter, a tensor that a module learns, and parameters and buffers whose shape is not known yet. */
import type { DType, NDArray } from "../../kernels/backend.ts";
import { isOptions, optional, required, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ValueError } from "../core/errors.ts";
import { PARAMETER } from "../core/foreign.ts";
import { COPY } from "../core/identity.ts";
import { aBoolean, aTensor } from "../core/kinds.ts";
import { empty } from "../tensor/create.ts";
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
  constructor(options: { readonly data: Tensor; readonly requiresGrad?: boolean | undefined });
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

/** Where and as what a parameter will be made. */
interface Place {
  /** Device. Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Dtype. Default "float32". */
  readonly dtype?: DType | undefined;
}

/** Whether a tensor is an {@link UninitializedParameter} or {@link UninitializedBuffer}. */
export function isUninitialized(t: unknown): t is UninitializedParameter | UninitializedBuffer {
  return t instanceof UninitializedParameter || t instanceof UninitializedBuffer;
}

/** Makes every look at the shape of `t` an error in PyTorch's words, until {@link giveShape}. */
function hideShape(t: Tensor, kind: string): void {
  const refuse = (): never => {
    throw new ValueError(
      `[${kind}] Can't access the shape of an uninitialized parameter or buffer. Call forward with a batch to initialize it before accessing its attributes, or load a state dictionary.`,
    );
  };
  for (const field of ["shape", "strides"]) Object.defineProperty(t, field, { get: refuse, configurable: true });
}

/** Gives `t` its memory and makes it an ordinary tensor of `prototype`. */
function giveShape(t: Tensor, shape: readonly number[], place: Place, prototype: object): void {
  const { storage, strides, offset, dtype } = empty(shape, { device: t.device, dtype: t.dtype, ...place });
  const fields = { shape, strides, storage, offset, dtype };
  for (const [name, value] of Object.entries(fields)) {
    Object.defineProperty(t, name, { value, configurable: true, enumerable: true, writable: true });
  }
  Object.setPrototypeOf(t, prototype);
}

/** No elements, of the dtype and on the device that options say. @throws ValueError for what are no options. */
function emptyAt(op: string, options: Place): Tensor {
  if (isOptions(options)) return empty(0, { device: options.device, dtype: options.dtype });
  throw new ValueError(`[${op}] expected options by name, as { dtype: … }, but got ${describeValue(options)}`);
}

/**
 * A parameter whose shape is not known yet: those of lazy layers before their first `forward`. Looking at its shape or
 * computing with it is an error. {@link materialize} makes the same object an ordinary {@link Parameter}.
 *
 * @example
 * const weight = new nn.UninitializedParameter();
 * weight.materialize([2, 3]);
 * weight.shape; // [2, 3]
 */
export class UninitializedParameter extends Parameter {
  constructor(options: Place & { readonly requiresGrad?: boolean | undefined } = {}) {
    super(emptyAt("UninitializedParameter", options), options.requiresGrad ?? true);
    hideShape(this, "UninitializedParameter");
  }
  /** Gives the parameter a shape, and memory with undefined numbers. */
  materialize(shape: readonly number[], options: Place = {}): void {
    giveShape(this, shape, options, Parameter.prototype);
  }
  /** Device and dtype of another tensor, for when there will be a shape. */
  override moveTo({ storage, dtype }: NDArray): void {
    Object.assign(this, { storage, dtype });
  }
  /** `<UninitializedParameter>`. */
  override toString(): string {
    return "<UninitializedParameter>";
  }
}

/**
 * A buffer whose shape is not known yet, as the running mean of a lazy batch normalization. See
 * {@link UninitializedParameter}.
 *
 * @example
 * String(new nn.UninitializedBuffer()); // <UninitializedBuffer>
 */
export class UninitializedBuffer extends Tensor {
  constructor(options: Place = {}) {
    super(emptyAt("UninitializedBuffer", options));
    hideShape(this, "UninitializedBuffer");
  }
  /** Gives the buffer a shape, and memory with undefined numbers. */
  materialize(shape: readonly number[], options: Place = {}): void {
    giveShape(this, shape, options, Tensor.prototype);
  }
  /** `<UninitializedBuffer>`. */
  override toString(): string {
    return "<UninitializedBuffer>";
  }
}
