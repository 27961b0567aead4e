/** @file What flows through an imported graph: tensors, and small lists of numbers that the host knows, such as shapes. */
import type { DType, TypedArray } from "../../../kernels/backend.ts";
import { sizeOf } from "../../../kernels/layout.ts";
import type { DeviceChoice } from "../../core/device.ts";
import { newTypedArray } from "../../core/dtype.ts";
import { fromTypedArray } from "../../tensor/from-host.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** The most elements of a list that is computed on the host. */
export const MOST_HOST_NUMBERS = 256;

const [LEAST, GREATEST] = [-(2 ** 31), 2 ** 31 - 1];

/** Numbers on the host. Integers are those of 64 bits. */
export interface HostNumbers {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: readonly number[];
}

/** A tensor, numbers on the host, or both. */
export class Value {
  /** The numbers, where the host knows them. */
  readonly host: HostNumbers | null;
  #tensor: Tensor | null;
  readonly #device: DeviceChoice;

  private constructor(tensor: Tensor | null, host: HostNumbers | null, device: DeviceChoice) {
    this.#tensor = tensor;
    this.host = host;
    this.#device = device;
  }

  static of(tensor: Tensor): Value {
    return new Value(tensor, null, tensor.device);
  }

  static ofNumbers(host: HostNumbers, device: DeviceChoice): Value {
    return new Value(null, host, device);
  }

  /** The tensor, made when it is first asked for. Integers beyond 32 bits, which stand for "to the end", become the largest. */
  get tensor(): Tensor {
    if (this.#tensor !== null) return this.#tensor;
    const { shape, dtype, data } = this.host as HostNumbers;
    const elements: TypedArray = newTypedArray(dtype, sizeOf(shape));
    for (const [i, x] of data.entries()) elements[i] = dtype === "int32" ? Math.min(Math.max(x, LEAST), GREATEST) : x;
    this.#tensor = fromTypedArray(dtype, elements, shape, this.#device);
    return this.#tensor;
  }

  get shape(): readonly number[] {
    return this.host?.shape ?? this.tensor.shape;
  }

  get dtype(): DType {
    return this.host?.dtype ?? this.tensor.dtype;
  }

  get device(): DeviceChoice {
    return this.#tensor?.device ?? this.#device;
  }

  /** All numbers, read from the tensor if need be. */
  numbers(): readonly number[] {
    return this.host?.data ?? Array.from(this.tensor.detach().dataSync());
  }
}
