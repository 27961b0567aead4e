/** @file The namespace `datasets`. */
export {
  EMNIST,
  type EmnistOptions,
  type EmnistSplit,
  FashionMNIST,
  KMNIST,
  MNIST,
  type MnistOptions,
} from "./mnist.ts";
