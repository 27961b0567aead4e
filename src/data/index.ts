/** @file Public interface of `tapegrad/data`. */
export { type Batch, defaultCollate } from "./collate.ts";
export { DataLoader, type DataLoaderOptions } from "./data-loader.ts";
export { ConcatDataset, Dataset, Subset, TensorDataset } from "./dataset.ts";
export * as datasets from "./datasets.ts";
export { IterableDataset, ShuffleBuffer, type ShuffleOptions } from "./iterable-dataset.ts";
export * as MnistReader from "./mnist-reader.ts";
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
} from "./mnist-reader.ts";
export { type Prefetched, prefetch } from "./prefetch.ts";
export { type ProgressOptions, progress } from "./progress.ts";
export { randomSplit } from "./random-split.ts";
export {
  BatchSampler,
  RandomSampler,
  type RandomSamplerOptions,
  Sampler,
  SequentialSampler,
  type Sized,
  SubsetRandomSampler,
  WeightedRandomSampler,
  type WeightedRandomSamplerOptions,
} from "./sampler.ts";
export * as transforms from "./transforms.ts";
