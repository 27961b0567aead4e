/** @file What the worker tells the page. */

/** Where the training is, and the network's curve at 100 places. */
export interface Progress {
  readonly step: number;
  readonly loss: number;
  readonly curve: Float32Array;
  readonly isDone: boolean;
}
