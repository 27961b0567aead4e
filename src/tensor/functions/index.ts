/** @file What the methods of a tensor are put together from. */

export * from "./arguments.ts";
export * from "./arithmetic.ts";
export * from "./at.ts";
export * from "./diagonals.ts";
export * from "./elementwise.ts";
export * from "./indexing.ts";
export * from "./matmul.ts";
export * from "./picking.ts";
export * from "./products.ts";
export * from "./rearrange.ts";
export * from "./reduction.ts";
export * from "./shape.ts";
export * from "./statistics.ts";
