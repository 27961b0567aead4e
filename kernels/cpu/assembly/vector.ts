/**
 * @file Kernels on vectors: everything but matrix products. Of float32 where the name does not say otherwise.
 *
 * Common to all: arrays are byte addresses, strides count bytes, sizes count elements. A row is contiguous. The target
 * may be one of the sources, if it is the same view. Up to 15 bytes after an array may be read, never written, and
 * nothing is kept between calls, so threads can work on parts of the rows at the same time.
 */
export * from "./vector/copy";
export * from "./vector/reduce";
export * from "./vector/softmax";
export * from "./vector/normalization";
export * from "./vector/loss";
export * from "./vector/optimizers";
export * from "./vector/conv";
export * from "./vector/max-pool-2x2";
export * from "./vector/random";
export * from "./vector/sort";
export * from "./vector/scan";
export * from "./vector/indexing";
export * from "./vector/pooling";
export * from "./vector/distances";
export * from "./vector/sampling";
export * from "./vector/rms-norm";
export * from "./vector/ctc";
export * from "./vector/search";
