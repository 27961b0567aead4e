/** @file Activations that cut off, as layers. */
import { signature, type ThenOptions } from "../core/arguments.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { InplaceActivation, inplaceRepr } from "./activation.ts";
import type { InplaceOptions } from "./functional/activation.ts";
import {
  checkRange,
  HARDTANH_ARGUMENTS,
  type HardtanhOptions,
  hardshrink,
  hardsigmoid,
  hardtanh,
  type LambdOptions,
  relu6,
  SHRINK_ARGUMENTS,
  softshrink,
  THRESHOLD_ARGUMENTS,
  threshold,
} from "./functional/clipped-activation.ts";
import { Module } from "./module.ts";

const SIGNATURES = {
  Hardtanh: signature("Hardtanh", HARDTANH_ARGUMENTS),
  Threshold: signature("Threshold", THRESHOLD_ARGUMENTS),
};

/** min(max(x, minVal), maxVal): see {@link hardtanh}. */
export class Hardtanh extends Module {
  minVal: number;
  maxVal: number;
  inplace: boolean;

  /** @throws ValueError unless minVal < maxVal. */
  constructor(minVal?: number, maxVal?: number, inplace?: boolean);
  constructor(...rest: ThenOptions<[minVal: number, maxVal: number], HardtanhOptions>);
  constructor(...given: readonly unknown[]) {
    super();
    const { minVal, maxVal, inplace } = SIGNATURES.Hardtanh.read(given);
    checkRange("Hardtanh", minVal, maxVal);
    this.minVal = minVal;
    this.maxVal = maxVal;
    this.inplace = inplace;
  }
  override forward(x: Tensor): Tensor {
    return hardtanh(x, this.minVal, this.maxVal, this.inplace);
  }
  override extraRepr(): string {
    const range = `min_val=${pythonRepr(this.minVal, true)}, max_val=${pythonRepr(this.maxVal, true)}`;
    return range + inplaceRepr(this.inplace, ", ");
  }
}

/** min(max(x, 0), 6) */
export class ReLU6 extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return relu6(x, this.inplace);
  }
}

/** min(max(x + 3, 0), 6) / 6 */
export class Hardsigmoid extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return hardsigmoid(x, this.inplace);
  }
  override extraRepr(): string {
    return "";
  }
}

/** x where x > threshold, else `value`. */
export class Threshold extends Module {
  threshold: number;
  value: number;
  inplace: boolean;

  constructor(threshold: number, value: number, inplace?: boolean);
  constructor(threshold: number, value: number, options?: InplaceOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { threshold, value, inplace } = SIGNATURES.Threshold.read(given);
    this.threshold = threshold;
    this.value = value;
    this.inplace = inplace;
  }
  override forward(x: Tensor): Tensor {
    return threshold(x, this.threshold, this.value, this.inplace);
  }
  override extraRepr(): string {
    const numbers = `threshold=${pythonRepr(this.threshold)}, value=${pythonRepr(this.value)}`;
    return numbers + inplaceRepr(this.inplace, ", ");
  }
}

/** What the two that shrink have in common. */
abstract class Shrink extends Module {
  lambd: number;

  constructor(lambd?: number);
  constructor(options?: LambdOptions);
  constructor(...given: readonly unknown[]) {
    super();
    this.lambd = signature(new.target.name, SHRINK_ARGUMENTS).read(given).lambd;
  }
  override extraRepr(): string {
    return pythonRepr(this.lambd);
  }
}

/** x, but 0 where |x| ≤ lambd: see {@link hardshrink}. */
export class Hardshrink extends Shrink {
  override forward(x: Tensor): Tensor {
    return hardshrink(x, this.lambd);
  }
}

/** x drawn towards 0 by lambd: see {@link softshrink}. */
export class Softshrink extends Shrink {
  override forward(x: Tensor): Tensor {
    return softshrink(x, this.lambd);
  }
}
