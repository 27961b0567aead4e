/** @file The namespace `datasets`: those of `data`, and all others. */
export {
  EMNIST,
  type EmnistOptions,
  type EmnistSplit,
  FashionMNIST,
  KMNIST,
  MNIST,
  type MnistOptions,
} from "../../data/datasets.ts";
export { CIFAR10, CIFAR100, type CifarOptions } from "./cifar.ts";
export { type CocoAnnotation, type CocoCategory, CocoDetection, type CocoOptions } from "./coco.ts";
export type { VisionOptions } from "./dataset.ts";
export { FakeData, type FakeDataOptions } from "./fake-data.ts";
export {
  DatasetFolder,
  type DatasetFolderOptions,
  type FolderSample,
  ImageFolder,
  type ImageFolderOptions,
} from "./folder.ts";
export { Food101, type Food101Options } from "./food101.ts";
export { SVHN, type SvhnOptions, type SvhnSplit } from "./svhn.ts";
