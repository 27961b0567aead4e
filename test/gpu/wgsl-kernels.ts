/** @file A call of every kernel that is written in WGSL, for tests of what becomes of it when the GPU fails. */
import { nn, type Tensor, tensor } from "../../src/entry/index.ts";

const { functional: F } = nn;

/** Numbers without order. */
export function scattered(...shape: readonly number[]): Tensor {
  const length = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length }, (_, i) => ((i * 7919 + (i >> 3) * 104729) % 2003) / 1001 - 1);
  return tensor(data).reshape([...shape]);
}

/** Class numbers or positions below `size`. */
export function places(size: number, ...shape: readonly number[]): Tensor {
  const length = shape.reduce((a, b) => a * b, 1);
  return tensor(Int32Array.from({ length }, (_, i) => (i * 31 + (i >> 2)) % size)).reshape([...shape]);
}

/** The gradient of a call for its input. */
function gradOf(use: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  return (x) => {
    const leaf = x.detach().requiresGrad_();
    use(leaf).sum().backward();
    return leaf.grad ?? leaf;
  };
}

const onGpu = (x: Tensor): Tensor => x.to("gpu");
const images = (x: Tensor): Tensor => x.reshape(2, 4, 5, 5);
const weight = (): Tensor => onGpu(scattered(4, 4, 3, 3));

/** Calls on a tensor of 200 elements. */
export const KERNEL_CALLS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  sum: (x) => x.reshape(4, 50).sum(1),
  argmax: (x) => x.reshape(4, 50).argmax(1),
  softmax: (x) => x.reshape(4, 50).softmax(1),
  softmaxGrad: gradOf((x) =>
    x
      .reshape(4, 50)
      .softmax(1)
      .mul(onGpu(scattered(4, 50))),
  ),
  logSoftmax: (x) => x.reshape(4, 50).logSoftmax(1),
  crossEntropy: (x) => F.crossEntropy(x.reshape(20, 10), onGpu(places(10, 20))),
  maskedSoftmax: (x) => {
    const heads = x.reshape(1, 2, 10, 10);
    return F.scaledDotProductAttention(heads, heads, heads, { isCausal: true });
  },
  argsort: (x) => x.reshape(4, 50).argsort(1),
  scatterAdd: (x) => x.reshape(50, 4).scatterAdd(0, onGpu(places(50, 40, 4)), onGpu(scattered(40, 4))),
  conv2d: (x) => F.conv2d(images(x), weight()),
  conv2dInputGrad: gradOf((x) => F.conv2d(images(x), weight(), null, { padding: 1 })),
  conv2dWeightGrad: (x) => {
    const kernels = weight().detach().requiresGrad_();
    F.conv2d(images(x), kernels).sum().backward();
    return kernels.grad ?? kernels;
  },
  maxPool: (x) => F.maxPool2d(images(x), 2),
  maxPoolGrad: gradOf((x) => F.maxPool2d(images(x), 2)),
  avgPool: (x) => F.avgPool2d(images(x), 2),
  avgPoolGrad: gradOf((x) => F.avgPool2d(images(x), 2)),
  groupNorm: (x) => F.groupNorm(images(x), 2),
  groupNormGrad: gradOf((x) => F.groupNorm(images(x), 2).mul(onGpu(scattered(5)))),
  layerNorm: (x) => F.layerNorm(x.reshape(4, 50), [50]),
  matmul: (x) => x.reshape(20, 10).matmul(onGpu(scattered(10, 20))),
  linear: (x) => F.linear(x.reshape(10, 20), onGpu(scattered(12, 20)), onGpu(scattered(12))),
  batchNorm: (x) => F.batchNorm(images(x), null, null, null, null, { training: true }),
  batchNormGrad: gradOf((x) =>
    F.batchNorm(images(x), null, null, null, null, { training: true }).mul(onGpu(scattered(5))),
  ),
};
