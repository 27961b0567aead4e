/** @file One error class per kind of mistake. Messages start with the operation: `[matmul] …`. */

/** Base of every error this library throws on purpose. */
export class TapegradError extends Error {
  override name = "TapegradError";
}

/** Shapes that do not fit each other, or dimensions that do not exist. */
export class ShapeError extends TapegradError {
  override name = "ShapeError";
}

/** An element type that an operation cannot use. */
export class DTypeError extends TapegradError {
  override name = "DTypeError";
}

/** A device that is missing, or tensors on different devices. */
export class DeviceError extends TapegradError {
  override name = "DeviceError";
}

/** A misuse of the tape: freed graphs, in-place changes of what a gradient needs, missing gradients. */
export class GraphError extends TapegradError {
  override name = "GraphError";
}

/** Files, data sets and loaders: missing, damaged or of the wrong form. */
export class DataError extends TapegradError {
  override name = "DataError";
}

/** An argument whose value makes no sense: a negative learning rate, an index out of range. */
export class ValueError extends TapegradError {
  override name = "ValueError";
}
