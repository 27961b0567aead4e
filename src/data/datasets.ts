/** @file The namespace `datasets`. */
export { FashionMNIST, KMNIST, MNIST, type MnistOptions } from "./mnist.ts";
