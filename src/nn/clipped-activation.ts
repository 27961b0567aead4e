/** @file Activations that cut off, as layers. */
import { readArguments } from "../tensor/options.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { InplaceOptions } from "./functional/activation.ts";
import {
  checkRange,
  HARDTANH_DEFAULTS,
  type HardtanhOptions,
  hardshrink,
  hardsigmoid,
  hardtanh,
  type LambdOptions,
  relu6,
  SHRINK_DEFAULTS,
  softshrink,
  threshold,
} from "./functional/clipped-activation.ts";
import { Module } from "./module.ts";

/** min(max(x, minVal), maxVal): see {@link hardtanh}. */
export class Hardtanh extends Module {
  minVal: number;
  maxVal: number;
  inplace: boolean;

  /** @throws ValueError unless minVal < maxVal. */
  constructor(
    minVal?: number | HardtanhOptions,
    maxVal?: number | Omit<HardtanhOptions, "minVal">,
    inplace?: boolean | InplaceOptions,
  ) {
    super();
    const given = readArguments("Hardtanh", HARDTANH_DEFAULTS, [minVal, maxVal, inplace]);
    checkRange("Hardtanh", given.minVal, given.maxVal);
    this.minVal = given.minVal;
    this.maxVal = given.maxVal;
    this.inplace = given.inplace;
  }
  override forward(x: Tensor): Tensor {
    return hardtanh(x, this.minVal, this.maxVal, this.inplace);
  }
  override extraRepr(): string {
    const range = `min_val=${pythonRepr(this.minVal, true)}, max_val=${pythonRepr(this.maxVal, true)}`;
    return this.inplace ? `${range}, inplace=True` : range;
  }
}

/** min(max(x, 0), 6) */
export class ReLU6 extends Module {
  inplace: boolean;

  constructor(inplace?: boolean | InplaceOptions) {
    super();
    this.inplace = readArguments("ReLU6", { inplace: false }, [inplace]).inplace;
  }
  override forward(x: Tensor): Tensor {
    return relu6(x, this.inplace);
  }
  override extraRepr(): string {
    return this.inplace ? "inplace=True" : "";
  }
}

/** min(max(x + 3, 0), 6) / 6 */
export class Hardsigmoid extends Module {
  inplace: boolean;

  constructor(inplace?: boolean | InplaceOptions) {
    super();
    this.inplace = readArguments("Hardsigmoid", { inplace: false }, [inplace]).inplace;
  }
  override forward(x: Tensor): Tensor {
    return hardsigmoid(x, this.inplace);
  }
}

/** x where x > threshold, else `value`. */
export class Threshold extends Module {
  threshold: number;
  value: number;
  inplace: boolean;

  constructor(threshold: number, value: number, inplace?: boolean | InplaceOptions) {
    super();
    this.threshold = threshold;
    this.value = value;
    this.inplace = readArguments("Threshold", { inplace: false }, [inplace]).inplace;
  }
  override forward(x: Tensor): Tensor {
    return threshold(x, this.threshold, this.value, this.inplace);
  }
  override extraRepr(): string {
    const numbers = `threshold=${pythonRepr(this.threshold)}, value=${pythonRepr(this.value)}`;
    return this.inplace ? `${numbers}, inplace=True` : numbers;
  }
}

/** x, but 0 where |x| ≤ lambd: see {@link hardshrink}. */
export class Hardshrink extends Module {
  lambd: number;

  constructor(lambd?: number | LambdOptions) {
    super();
    this.lambd = readArguments("Hardshrink", SHRINK_DEFAULTS, [lambd]).lambd;
  }
  override forward(x: Tensor): Tensor {
    return hardshrink(x, this.lambd);
  }
  override extraRepr(): string {
    return pythonRepr(this.lambd);
  }
}

/** x drawn towards 0 by lambd: see {@link softshrink}. */
export class Softshrink extends Module {
  lambd: number;

  constructor(lambd?: number | LambdOptions) {
    super();
    this.lambd = readArguments("Softshrink", SHRINK_DEFAULTS, [lambd]).lambd;
  }
  override forward(x: Tensor): Tensor {
    return softshrink(x, this.lambd);
  }
  override extraRepr(): string {
    return pythonRepr(this.lambd);
  }
}
