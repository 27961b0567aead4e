/** @file Every operation, declared once: the methods of a tensor and the public functions are these. */

export * from "./arguments.ts";
export * from "./arithmetic.ts";
export * from "./at.ts";
export * from "./comparison.ts";
export * from "./convert.ts";
export * from "./diagonals.ts";
export * from "./einsum.ts";
export * from "./elementwise.ts";
export * from "./in-place.ts";
export * from "./indexing.ts";
export * from "./matmul.ts";
export * from "./picking.ts";
export * from "./pointwise.ts";
export * from "./products.ts";
export * from "./rearrange.ts";
export * from "./reduction.ts";
export * from "./shape.ts";
export * from "./statistics.ts";
