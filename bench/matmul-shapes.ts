/** @file The matrix products of the table that `npm run bench` prints. */
import type { Product } from "./matmul.ts";

/** The first layer's product and its two backward products: the work of a training step. */
export const STEP_PRODUCTS = ["forward x·Wᵀ", "gradient gᵀ·x", "gradient g·W"];

export const tableProducts: readonly Product[] = [
  { name: "A·B", m: 128, n: 512, k: 784 },
  { name: "Aᵀ·B", m: 128, n: 512, k: 784, transA: true },
  { name: "forward x·Wᵀ", m: 128, n: 512, k: 784, transB: true },
  { name: "Aᵀ·Bᵀ", m: 128, n: 512, k: 784, transA: true, transB: true },
  { name: "gradient gᵀ·x", m: 512, n: 784, k: 128, transA: true },
  { name: "gradient g·W", m: 128, n: 784, k: 512 },
  { name: "512³", m: 512, n: 512, k: 512 },
  { name: "1024³", m: 1024, n: 1024, k: 1024 },
  { name: "2048³", m: 2048, n: 2048, k: 2048 },
  { name: "few rows", m: 32, n: 2048, k: 2048 },
  { name: "many rows", m: 8192, n: 64, k: 64 },
];
