/** @file The parts of `npm run bench`, by the names that run one of them. */

export const CPU_PARTS = {
  products: "matrix products, in GFLOP/s and beside the peak",
  passes: "passes over memory, in GB/s, and what it takes to hand a job to a thread",
  step: "the MNIST training step",
  overhead: "operations on one element",
  elementwise: "operations on a million elements",
  loader: "batches from a DataLoader",
  memory: "resident memory over 20 epochs",
  cnn: "a convolutional network: a training step and an epoch",
  program: "the whole MNIST program, five epochs with loader and tests",
} as const;

export const GPU_PARTS = {
  issue: "what it takes the thread to issue a kernel and an operation",
  bandwidth: "an addition of large arrays",
  products: "matrix products",
  step: "the MNIST training step",
} as const;

export type CpuPart = keyof typeof CPU_PARTS;
export type GpuPart = keyof typeof GPU_PARTS;
