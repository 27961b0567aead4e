/** @file Input, Dense, Activation, Flatten, Reshape, Rescaling, Dropout. */
import { keyword, optional, required, signature } from "../../core/arguments.ts";
import { ShapeError } from "../../core/errors.ts";
import { aBoolean, aNumber, kind } from "../../core/kinds.ts";
import { dropout } from "../../nn/functional/dropout.ts";
import { Linear } from "../../nn/linear.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import {
  type ActivationFunction,
  type ActivationLike,
  activationOf,
  isElementWise,
  keepLogits,
} from "../activations.ts";
import { type InitializerLike, initialize } from "../initializers.ts";
import {
  anActivation,
  anInitializer,
  aPositive,
  elementWise,
  formatShape,
  LAYER,
  Layer,
  type LayerOptions,
  type Shape,
} from "./layer.ts";

const aSampleShape = kind<Shape>(
  "the shape of a sample, as [28, 28]",
  (value) => Array.isArray(value) && value.every((size) => size === null || Number.isSafeInteger(size)),
  (value) => (typeof value === "number" ? `Write [${value}].` : undefined),
);

const SIGNATURES = {
  Input: signature("Input", { shape: required(aSampleShape), name: LAYER.name }),
  Dense: signature("Dense", {
    units: required(aPositive),
    activation: keyword(anActivation, null),
    useBias: keyword(aBoolean, true),
    kernelInitializer: keyword(anInitializer, "glorot_uniform"),
    biasInitializer: keyword(anInitializer, "zeros"),
    ...LAYER,
  }),
  Activation: signature("Activation", { activation: required(anActivation), ...LAYER }),
  Flatten: signature("Flatten", LAYER),
  Reshape: signature("Reshape", { targetShape: required(aSampleShape), ...LAYER }),
  Rescaling: signature("Rescaling", { scale: required(aNumber), offset: optional(aNumber, 0), ...LAYER }),
  Dropout: signature("Dropout", {
    rate: required(kind<number>("a number of at least 0 and below 1", (p) => typeof p === "number" && p >= 0 && p < 1)),
    ...LAYER,
  }),
};

export class Input extends Layer {
  constructor(shape: Shape, options?: Pick<LayerOptions, "name">) {
    const given = SIGNATURES.Input.read([shape, options]);
    super({ name: given.name ?? "input", inputShape: given.shape });
  }
  override forward(x: Tensor): Tensor {
    return x;
  }
}

/** Options of {@link Dense}. */
export interface DenseOptions extends LayerOptions {
  /** Activation, by name or as a function. Default: none. */
  readonly activation?: ActivationLike | null | undefined;
  /** Whether a bias is added. Default true. */
  readonly useBias?: boolean | undefined;
  /** Initializer of the kernel. Default "glorot_uniform". */
  readonly kernelInitializer?: InitializerLike | undefined;
  /** Initializer of the bias. Default "zeros". */
  readonly biasInitializer?: InitializerLike | undefined;
}

export class Dense extends Layer {
  readonly units: number;
  linear: Linear | null = null;
  private readonly given: ReturnType<typeof SIGNATURES.Dense.read>;
  private readonly activation: ActivationFunction;

  constructor(units: number, options?: DenseOptions) {
    const given = SIGNATURES.Dense.read([units, options]);
    super(given);
    this.given = given;
    this.units = given.units;
    this.activation = activationOf("Dense", given.activation);
  }
  override build(inputShape: Shape): void {
    const linear = new Linear(this.lastDim(inputShape), this.units, { bias: this.given.useBias });
    this.linear = linear;
    initialize("Dense", this.given.kernelInitializer, linear.weight);
    this.addWeight("kernel", linear.weight, transposed, transposed);
    if (linear.bias === null) return;
    initialize("Dense", this.given.biasInitializer, linear.bias);
    this.addWeight("bias", linear.bias);
  }
  override computeOutputShape(inputShape: Shape): Shape {
    this.lastDim(inputShape);
    return [...inputShape.slice(0, -1), this.units];
  }
  override forward(x: Tensor): Tensor {
    return this.activation(built(this, this.linear).forward(x));
  }
  override extraRepr(): string {
    return `units=${this.units}${activationRepr(this.given.activation)}`;
  }
}

/** What a layer made when it was built. @throws ShapeError before. */
export function built<T>(layer: Layer, part: T | null): T {
  if (part !== null) return part;
  throw new ShapeError(
    `[${layer.name}] the layer does not know the shape of its input yet. Give the first layer an inputShape, or call model.build(inputShape).`,
  );
}

/** The activation in the printed form of a layer. */
export function activationRepr(activation: ActivationLike | null): string {
  if (activation === null) return "";
  return `, activation=${typeof activation === "string" ? activation : activation.name || "function"}`;
}

const transposed = (tensor: Tensor): Tensor => tensor.transpose(0, 1);

export class Activation extends Layer {
  private readonly given: ActivationLike | null;
  private readonly activation: ActivationFunction;

  constructor(activation: ActivationLike | null, options?: LayerOptions) {
    const given = SIGNATURES.Activation.read([activation, options]);
    super(given);
    this.given = given.activation;
    this.activation = activationOf("Activation", given.activation);
  }
  override forward(x: Tensor): Tensor {
    if (this.given === null) return x;
    return isElementWise(this.given) ? elementWise(x, this.activation) : this.activation(x);
  }
  override extraRepr(): string {
    return activationRepr(this.given).slice(2);
  }
}

/** The number of elements of a sample, or null if it is not known. */
function sizeOfSample(shape: Shape): number | null {
  return shape.slice(1).reduce<number | null>((size, n) => (size === null || n === null ? null : size * n), 1);
}

export class Flatten extends Layer {
  constructor(options?: LayerOptions) {
    super(SIGNATURES.Flatten.read([options]));
  }
  override computeOutputShape(inputShape: Shape): Shape {
    return [inputShape[0] ?? null, sizeOfSample(inputShape)];
  }
  override forward(x: Tensor): Tensor {
    const flat = (t: Tensor): Tensor => t.reshape(t.size(0), -1);
    return keepLogits(x, flat(x), flat);
  }
}

export class Reshape extends Layer {
  readonly targetShape: Shape;

  constructor(targetShape: Shape, options?: LayerOptions) {
    const given = SIGNATURES.Reshape.read([targetShape, options]);
    super(given);
    this.targetShape = given.targetShape;
  }
  override computeOutputShape(inputShape: Shape): Shape {
    const size = sizeOfSample(inputShape);
    const known = this.targetShape.reduce<number>((product, n) => (n === -1 || n === null ? product : product * n), 1);
    const target = this.targetShape.map((n) => (n === -1 || n === null ? (size === null ? null : size / known) : n));
    const total = sizeOfSample([null, ...target]);
    if (size !== null && (total !== size || target.some((n) => !Number.isInteger(n)))) {
      throw new ShapeError(
        `[${this.name}] The total size of the tensor must be unchanged. Received: input_shape=${formatShape(inputShape.slice(1))}, target_shape=${formatShape(this.targetShape)}`,
      );
    }
    return [inputShape[0] ?? null, ...target];
  }
  override forward(x: Tensor): Tensor {
    const reshaped = (t: Tensor): Tensor => t.reshape(t.size(0), ...this.targetShape.map((n) => n ?? -1));
    return keepLogits(x, reshaped(x), reshaped);
  }
}

export class Rescaling extends Layer {
  readonly scale: number;
  readonly offset: number;

  constructor(scale: number, offset?: number, options?: LayerOptions) {
    const given = SIGNATURES.Rescaling.read([scale, offset, options]);
    super(given);
    this.scale = given.scale;
    this.offset = given.offset;
  }
  override forward(x: Tensor): Tensor {
    return elementWise(x, (t) => {
      const scaled = t.mul(this.scale);
      return this.offset === 0 ? scaled : scaled.add(this.offset);
    });
  }
}

export class Dropout extends Layer {
  readonly rate: number;

  constructor(rate: number, options?: LayerOptions) {
    const given = SIGNATURES.Dropout.read([rate, options]);
    super(given);
    this.rate = given.rate;
  }
  override forward(x: Tensor): Tensor {
    if (!this.training || this.rate === 0) return x;
    return elementWise(x, (t) => dropout(t, this.rate, true));
  }
  override extraRepr(): string {
    return `rate=${this.rate}`;
  }
}
