/** @file Entry point `tapegrad/data`: datasets, samplers, loaders, transforms. */
export { type Batch, defaultCollate } from "../data/collate.ts";
export { DataLoader, type DataLoaderOptions } from "../data/data-loader.ts";
export { ConcatDataset, Dataset, Subset, TensorDataset } from "../data/dataset.ts";
export * as datasets from "../data/datasets.ts";
export { IterableDataset, ShuffleBuffer, type ShuffleOptions } from "../data/iterable-dataset.ts";
export * as MnistReader from "../data/mnist-reader.ts";
export {
  type ByteArray,
  type FileSource,
  type IdxArray,
  type IdxElements,
  loadMnist,
  loadMnistSync,
  readIdx,
  readIdxSync,
  readImages,
  readImagesSync,
  readLabels,
  readLabelsSync,
} from "../data/mnist-reader.ts";
export { type Prefetched, prefetch } from "../data/prefetch.ts";
export { type PostfixValue, type ProgressLoop, type ProgressOptions, progress } from "../data/progress.ts";
export { randomSplit } from "../data/random-split.ts";
export {
  BatchSampler,
  type BatchSamplerOptions,
  RandomSampler,
  type RandomSamplerOptions,
  Sampler,
  SequentialSampler,
  type Sized,
  SubsetRandomSampler,
  WeightedRandomSampler,
  type WeightedRandomSamplerOptions,
} from "../data/sampler.ts";
export * as transforms from "../data/transforms/index.ts";
export { getWorkerInfo } from "../data/worker-info.ts";
