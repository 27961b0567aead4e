/** @file Interface of a peer library in the comparison, so that all do the same work. */
import type { Problem } from "./workload.ts";

/** A network with its optimizer. */
export interface Model {
  /** One training step; resolves to its loss, read back, when everything is done. */
  step(): Promise<number>;
  /** Gradients of w1, b1, w2, b2 as PyTorch lays them out; changes nothing. */
  gradients(): Promise<ArrayLike<number>[]>;
}

export interface Peer {
  readonly version: string;
  model(problem: Problem): Model;
  /** Multiplies two n × n matrices, and waits. */
  matmul(n: number): () => Promise<void>;
  /** ReLU of n floats and its backward from a given gradient, and waits. */
  relu(n: number): () => Promise<void>;
  /**
   * A chain of additions on one element, recorded, and its backward: milliseconds of both. Missing where a library
   * records no tape while it computes.
   */
  chain?(length: number): [forwardMs: number, backwardMs: number];
}
