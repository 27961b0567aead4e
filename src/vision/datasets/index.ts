/** @file The namespace `datasets`: those of `data`, and all others. */
export { FashionMNIST, KMNIST, MNIST, type MnistOptions } from "../../data/datasets.ts";
export { CIFAR10, CIFAR100, type CifarOptions } from "./cifar.ts";
export type { VisionOptions } from "./dataset.ts";
export { FakeData, type FakeDataOptions } from "./fake-data.ts";
export {
  DatasetFolder,
  type DatasetFolderOptions,
  type FolderSample,
  ImageFolder,
  type ImageFolderOptions,
} from "./folder.ts";
export { SVHN, type SvhnOptions, type SvhnSplit } from "./svhn.ts";
