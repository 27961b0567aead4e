/** @file The namespace `datasets`. */
export { FashionMNIST, MNIST, type MnistOptions } from "./mnist.ts";
