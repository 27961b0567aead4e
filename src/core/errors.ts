/** @file The error classes, one for each kind of mistake. Messages start with the operation: `[matmul] …`. */

/**
 * Base class of the errors of this library: `error instanceof TapegradError` tells them from any other.
 *
 * @example new ShapeError("[matmul] …") instanceof TapegradError; // true
 */
export class TapegradError extends Error {
  /** "TapegradError", or the name of the subclass. */
  override name = "TapegradError";
}

/**
 * Incompatible shapes, or a dimension out of range.
 *
 * @example ones(2, 3).matmul(ones(4, 5)); // throws ShapeError: [matmul] mat1 and mat2 shapes cannot be multiplied
 */
export class ShapeError extends TapegradError {
  /** "ShapeError", in every realm and minified program. */
  override name = "ShapeError";
}

/**
 * A dtype that an operation does not support.
 *
 * @example rand(2, { dtype: "int32" }); // throws DTypeError: [rand] expected a floating point dtype, but got int32
 */
export class DTypeError extends TapegradError {
  /** "DTypeError", in every realm and minified program. */
  override name = "DTypeError";
}

/**
 * A device that is not available, or tensors on different devices.
 *
 * @example
 * ```ts no-run
 * ones(2, { device: "gpu" }); // throws DeviceError where there is no GPU
 * ```
 */
export class DeviceError extends TapegradError {
  /** "DeviceError", in every realm and minified program. */
  override name = "DeviceError";
}

/**
 * Misuse of the graph: a second backward pass through a freed graph, an in-place change of a tensor that a gradient
 * needs, a result that does not require a gradient.
 *
 * @example ones(1).backward(); // throws GraphError: [backward] element 0 of tensors does not require grad
 */
export class GraphError extends TapegradError {
  /** "GraphError", in every realm and minified program. */
  override name = "GraphError";
}

/**
 * A file, dataset or data loader that is missing, damaged or of an unexpected format.
 *
 * @example decodeNpy(new Uint8Array(8)); // throws DataError
 */
export class DataError extends TapegradError {
  /** "DataError", in every realm and minified program. */
  override name = "DataError";
}

/**
 * An invalid value of an argument: a negative learning rate, an index out of range, an unknown option.
 *
 * @example linspace(0, 1, -1); // throws ValueError: [linspace] number of steps must be non-negative, got -1
 */
export class ValueError extends TapegradError {
  /** "ValueError", in every realm and minified program. */
  override name = "ValueError";
}

/**
 * A matrix that cannot be decomposed: a singular one, one that is not positive-definite, or one without real eigenvalues.
 *
 * @example linalg.inv(zeros(2, 2)); // throws LinAlgError: [inv] The diagonal element 1 is zero
 */
export class LinAlgError extends TapegradError {
  /** "LinAlgError", in every realm and minified program. */
  override name = "LinAlgError";
}
