/** @file All functions of tensors. Methods and public functions are declared here, once. */

export * from "./advanced-indexing.ts";
export * from "./arguments.ts";
export * from "./arithmetic.ts";
export * from "./bitwise.ts";
export * from "./comparison.ts";
export * from "./convert.ts";
export * from "./diagonals.ts";
export * from "./einsum.ts";
export * from "./elementwise.ts";
export * from "./gather-scatter.ts";
export * from "./in-place.ts";
export * from "./indexed-writes.ts";
export * from "./matmul.ts";
export * from "./movement.ts";
export * from "./pointwise.ts";
export * from "./products.ts";
export * from "./reduction.ts";
export * from "./selection.ts";
export * from "./shape.ts";
export * from "./statistics.ts";
