/** @file The version of the package. */

/**
 * The version of this package, as `torch.__version__` is PyTorch's.
 *
 * @example __version__.split(".").length; // 3
 */
export const __version__ = "0.1.0";
