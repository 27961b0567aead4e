/** @file Layer, the base class of Keras's layers: a module that makes its parameters when it learns its input's shape. */
import { keyword } from "../../core/arguments.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aString, either, type Kind, kind, nullable } from "../../core/kinds.ts";
import { Module } from "../../nn/module.ts";
import { Parameter } from "../../nn/parameter.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type ActivationLike, isElementWise } from "../activations.ts";
import type { InitializerLike } from "../initializers.ts";

/** A shape with the batch first; null for a size that is not known, such as the batch. */
export type Shape = readonly (number | null)[];

/** Options that every layer has. */
export interface LayerOptions {
  /** Name of the layer. Default: its class in snake_case, numbered within the model. */
  readonly name?: string | undefined;
  /** Shape of one sample, for the first layer of a model. Default: that of the data. */
  readonly inputShape?: Shape | undefined;
  /** Whether training changes the weights. Default true. */
  readonly trainable?: boolean | undefined;
}

/** A weight as Keras lays it out. */
export interface KerasWeight {
  /** Its name in the layer: `kernel`. */
  readonly name: string;
  /** The parameters or buffers that hold it: one, as a rule. */
  tensors(): readonly Tensor[];
  /** Its value in Keras's layout. */
  toKeras(): Tensor;
  /** A value in Keras's layout as the {@link tensors} have it. */
  fromKeras(value: Tensor): readonly Tensor[];
}

const aShape: Kind<Shape> = kind(
  "a list of sizes, as [28, 28]",
  (value) =>
    Array.isArray(value) &&
    value.every((size) => size === null || (Number.isSafeInteger(size) && (size as number) > 0)),
  (value) => (typeof value === "number" ? `Write [${value}].` : undefined),
);

/** The arguments that every layer has. */
export const LAYER = { name: keyword(aString), inputShape: keyword(aShape), trainable: keyword(aBoolean, true) };

export const anActivation: Kind<ActivationLike | null> = nullable(
  kind("the name of an activation or a function", (value) => typeof value === "string" || typeof value === "function"),
);

export const anInitializer: Kind<InitializerLike> = kind(
  "the name of an initializer or a function",
  (value) => typeof value === "string" || typeof value === "function",
);

export const aPositive: Kind<number> = kind(
  "a positive integer",
  (value) => Number.isSafeInteger(value) && (value as number) > 0,
);

/** A size in two dimensions, or one for both. */
export type Size2D = number | readonly [number, number];

export const aSize2D: Kind<Size2D> = either(
  aPositive,
  kind<readonly [number, number]>(
    "a list of two",
    (value) =>
      Array.isArray(value) && value.length === 2 && value.every((size) => Number.isSafeInteger(size) && size > 0),
  ),
);

export function pairOf(size: Size2D): readonly [number, number] {
  return typeof size === "number" ? [size, size] : size;
}

/**
 * Base class of Keras's layers. A layer is an `nn.Module` that makes its parameters in {@link build}, when it learns the
 * shape of its input. Layers of your own extend it.
 *
 * @example
 * class Scale extends keras.layers.Layer {
 *   scale: nn.Parameter | null = null;
 *   override build(inputShape: keras.Shape): void {
 *     this.scale = this.addWeight("scale", new nn.Parameter(ones(inputShape.at(-1) ?? 1)));
 *   }
 *   override forward(x: Tensor): Tensor {
 *     return this.scale === null ? x : x.mul(this.scale);
 *   }
 * }
 * const model = new keras.Sequential([keras.layers.Input([3]), new Scale()]);
 * model.countParams(); // 3
 */
export abstract class Layer extends Module<Tensor> {
  /** Name of the layer, unique in its model; a weight is called `name/kernel`. */
  name: string;
  /** Shape of one sample, if it was given. */
  readonly givenShape: Shape | null;
  /** Shape of the input with the batch first, once it is known. */
  inputShape: Shape | null = null;
  /** Shape of the output with the batch first, once it is known. */
  outputShape: Shape | null = null;
  /** Whether the name was given, and must not be numbered. */
  readonly isNamed: boolean;
  private readonly kerasWeights: KerasWeight[] = [];
  private isTrainable = true;

  constructor(options: LayerOptions = {}) {
    super();
    this.isNamed = options.name !== undefined;
    this.name = options.name ?? snakeCase(this.constructor.name);
    this.givenShape = options.inputShape === undefined ? null : [null, ...options.inputShape];
    this.isTrainable = options.trainable ?? true;
  }

  /** Makes the parameters for inputs of a shape, the batch first. Called once, by the model. */
  build(_inputShape: Shape): void {}

  /** The shape of the output for inputs of a shape, the batch first. Default: the same shape. */
  computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  /** Builds the layer for inputs of a shape, unless it is built. Returns the shape of its output. */
  setInputShape(inputShape: Shape): Shape {
    if (this.outputShape !== null) {
      this.checkRebuild(inputShape);
      return this.computeOutputShape(inputShape);
    }
    const outputShape = this.computeOutputShape(inputShape);
    this.build(inputShape);
    this.inputShape = inputShape;
    this.outputShape = outputShape;
    this.trainable = this.isTrainable;
    return outputShape;
  }

  /** A built layer takes inputs of the shape it was built for, where that is known. */
  private checkRebuild(inputShape: Shape): void {
    const known = this.inputShape ?? inputShape;
    const fits =
      known.length === inputShape.length &&
      known.every((size, i) => size === null || inputShape[i] === null || size === inputShape[i]);
    if (fits) return;
    throw new ShapeError(
      `[${this.name}] Input 0 of layer "${this.name}" is incompatible with the layer: expected shape=${formatShape(known)}, found shape=${formatShape(inputShape)}`,
    );
  }

  /**
   * Declares a weight, so that it is counted, saved and loaded. Call it in {@link build}, and keep what it returns in a
   * field.
   */
  protected addWeight<T extends Tensor>(
    name: string,
    tensor: T,
    toKeras: (tensor: Tensor) => Tensor = asItIs,
    fromKeras: (tensor: Tensor) => Tensor = asItIs,
  ): T {
    this.declareWeight({
      name,
      tensors: () => [tensor],
      toKeras: () => toKeras(tensor.detach()),
      fromKeras: (value) => [fromKeras(value)],
    });
    return tensor;
  }

  /** Declares a weight that is held in another way than {@link addWeight} takes it. */
  protected declareWeight(weight: KerasWeight): void {
    this.kerasWeights.push(weight);
  }

  /** The weights in Keras's order, under Keras's names and in Keras's layout. */
  weights(): readonly KerasWeight[] {
    return this.kerasWeights;
  }

  /** Number of elements of all weights. */
  countParams(): number {
    return this.kerasTensors().reduce((sum, tensor) => sum + tensor.numel(), 0);
  }

  /** Whether training changes the weights. To freeze a layer set it to false. */
  get trainable(): boolean {
    return this.isTrainable;
  }
  set trainable(value: boolean) {
    this.isTrainable = value;
    for (const tensor of this.kerasTensors()) if (tensor instanceof Parameter) tensor.requiresGrad_(value);
  }
  private kerasTensors(): readonly Tensor[] {
    return this.kerasWeights.flatMap((weight) => weight.tensors());
  }

  /** @throws ShapeError unless the input has `ndim` dimensions, the batch among them. */
  protected checkDims(inputShape: Shape, ndim: number): void {
    if (inputShape.length === ndim) return;
    throw new ShapeError(
      `[${this.name}] Input 0 of layer "${this.name}" is incompatible with the layer: expected ndim=${ndim}, found ndim=${inputShape.length}. Full shape received: ${formatShape(inputShape)}`,
    );
  }

  /** @throws ShapeError unless the last dimension is known. */
  protected lastDim(inputShape: Shape): number {
    const last = inputShape.at(-1);
    if (typeof last === "number" && inputShape.length > 1) return last;
    throw new ShapeError(
      `[${this.name}] The last dimension of the inputs to \`${this.constructor.name}\` should be defined. Full shape received: ${formatShape(inputShape)}`,
    );
  }
}

const asItIs = (tensor: Tensor): Tensor => tensor;

/** `MaxPooling2D` as `max_pooling2d`. */
export function snakeCase(name: string): string {
  return name
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .replaceAll(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

/** A shape as Python prints it: `(None, 28, 28)`. */
export function formatShape(shape: Shape): string {
  const sizes = shape.map((size) => (size === null ? "None" : String(size)));
  return sizes.length === 1 ? `(${sizes[0]},)` : `(${sizes.join(", ")})`;
}

/** Whether images have their channels in the last dimension or in the first one behind the batch. */
export type DataFormat = "channels_last" | "channels_first";

/** The arrays of images lie with channels first here: from Keras's order of dimensions a view. */
export function channelsFirst(x: Tensor, format: DataFormat): Tensor {
  return format === "channels_last" ? x.permute(0, 3, 1, 2) : x;
}

/** Back to Keras's order of dimensions, as a view. */
export function fromChannelsFirst(x: Tensor, format: DataFormat): Tensor {
  return format === "channels_last" ? x.permute(0, 2, 3, 1) : x;
}

/**
 * Applies a function of single elements. To images as they lie, channels first, so that the next convolution finds them
 * without a copy.
 */
export function elementWise(x: Tensor, fn: (x: Tensor) => Tensor): Tensor {
  if (x.ndim !== 4 || x.isContiguous()) return fn(x);
  return fromChannelsFirst(fn(channelsFirst(x, "channels_last")), "channels_last");
}

/** Applies the activation of a layer on images that lie with channels first, and gives them in the layer's format. */
export function activateImages(
  x: Tensor,
  format: DataFormat,
  given: ActivationLike | null,
  activation: (x: Tensor) => Tensor,
): Tensor {
  if (given === null) return fromChannelsFirst(x, format);
  return isElementWise(given) ? fromChannelsFirst(activation(x), format) : activation(fromChannelsFirst(x, format));
}

/** @throws ValueError for a size that a window does not fit in. */
export function checkOutput(name: string, inputShape: Shape, outputShape: Shape): Shape {
  if (outputShape.every((size) => size === null || size > 0)) return outputShape;
  throw new ValueError(
    `[${name}] One of the dimensions in the output is <= 0 due to downsampling. Consider increasing the input size. Received input shape ${formatShape(inputShape)} which would produce output shape with a zero or negative value in a dimension.`,
  );
}
