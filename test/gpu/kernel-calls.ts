/** @file A call of every family of kernels, for tests of what becomes of it when the GPU fails, and calls beyond its limits. */
import { compile, nn, optim, type Tensor, tensor } from "../../src/entry/index.ts";

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

const attention = (x: Tensor): Tensor => {
  const heads = x.reshape(1, 2, 10, 10);
  return F.scaledDotProductAttention(heads, heads, heads, { isCausal: true });
};

/** A parameter after a step. */
function stepOf(make: (parameters: readonly nn.Parameter[]) => optim.Optimizer): (x: Tensor) => Tensor {
  return (x) => {
    const parameter = new nn.Parameter(x.detach().mul(1));
    parameter.grad = x.detach();
    make([parameter]).step();
    return parameter.detach();
  };
}

/** Calls on a tensor of 200 elements. */
export const KERNEL_CALLS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  add: (x) => x.reshape(20, 10).add(x.reshape(10, 20).t()),
  contiguous: (x) => x.reshape(20, 10).t().contiguous(),
  cast: (x) => x.mul(9).int(),
  cumsum: (x) => x.reshape(4, 50).cumsum(1),
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
  crossEntropyGrad: gradOf((x) => F.crossEntropy(x.reshape(20, 10), onGpu(places(10, 20)))),
  maskedSoftmax: attention,
  maskedSoftmaxGrad: gradOf(attention),
  argsort: (x) => x.reshape(4, 50).argsort(1),
  gather: (x) => x.reshape(50, 4).gather(0, onGpu(places(50, 10, 4))),
  embedding: (x) => F.embedding(onGpu(places(50, 40)), x.reshape(50, 4)),
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
  rmsNorm: (x) => F.rmsNorm(x.reshape(4, 50), [50]),
  interpolate: (x) => F.interpolate(images(x), { scaleFactor: 2, mode: "bilinear" }),
  gridSample: (x) => F.gridSample(images(x), onGpu(scattered(2, 3, 3, 2)), { alignCorners: false }),
  sgd: stepOf((parameters) => new optim.SGD(parameters, { lr: 0.1, momentum: 0.9 })),
  adam: stepOf((parameters) => new optim.Adam(parameters)),
};

/** As many elements, one behind the other, as no array has room for. */
export const TOO_MANY = 4097 * 4096;

const column = (): Tensor => onGpu(scattered(4097, 1));
const row = (): Tensor => onGpu(scattered(1, 4096));
/** A view that has too many. */
const wide = (): Tensor => column().expand(4097, 4096);

const product = (x: Tensor, y: Tensor): Tensor => x.matmul(y).add(1).relu();
const compiledProduct = compile(product);
const compiledChain = compile((x: Tensor, y: Tensor): Tensor => x.mul(y).add(1).relu());

/** Calls whose results, or what they need on the way, have {@link TOO_MANY} elements. */
export const LARGE_CALLS: Readonly<Record<string, () => Tensor>> = {
  add: () => column().add(row()),
  relu: () => wide().relu(),
  contiguous: () => wide().contiguous(),
  cast: () => wide().int(),
  cumsum: () => wide().cumsum(1),
  softmax: () => wide().softmax(1),
  argsort: () => wide().argsort(1),
  crossEntropy: () => F.crossEntropy(wide(), onGpu(places(4096, 4097))),
  embedding: () => F.embedding(onGpu(places(2, 4097)), onGpu(scattered(2, 4096))),
  indexSelect: () => row().indexSelect(0, onGpu(places(1, 4097))),
  layerNorm: () => F.layerNorm(wide(), [4096]),
  batchNorm: () => F.batchNorm(wide(), null, null, null, null, { training: true }),
  conv2d: () => F.conv2d(onGpu(scattered(1, 1, 64, 64)), onGpu(scattered(4097, 1, 1, 1))),
  interpolate: () => F.interpolate(onGpu(scattered(1, 1, 2, 2)), { size: [4097, 4096] }),
  attention: () => {
    const heads = onGpu(scattered(1, 1, 4097, 1));
    return F.scaledDotProductAttention(heads, heads.narrow(2, 0, 4096), heads.narrow(2, 0, 4096));
  },
  matmul: () => product(column(), row()),
  "matmul, compiled": () => compiledProduct(column(), row()),
  "fused, compiled": () => compiledChain(column(), row()),
};
