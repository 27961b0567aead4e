/** @file Who owns the memory of a gradient during a backward pass, and when it is freed. */
import type { NDArray, Storage } from "../../kernels/backend.ts";
import { isContiguous } from "../../kernels/layout.ts";
import { backendFor } from "../core/device.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { fillsStorage } from "./apply.ts";
import { peekGrad, setGrad } from "./tape-state.ts";

/**
 * The storages that a backward pass made itself, with the number of pending gradients in each. One that nobody waits
 * for is freed at once; what user code or `.grad` gets is disowned and left to the collector.
 */
export class GradientBuffers {
  readonly #owned = new Map<Storage, number>();
  /** What the current step made. */
  #made: Storage[] = [];

  /** Notes a storage that the pass has just made. */
  readonly track = (storage: Storage): void => {
    this.#owned.set(storage, 0);
    this.#made.push(storage);
  };

  /** One more gradient in a storage is pending. */
  claim({ storage }: NDArray): void {
    const count = this.#owned.get(storage);
    if (count !== undefined) this.#owned.set(storage, count + 1);
  }

  /** A pending gradient in a storage has been used. */
  release(storage: Storage): void {
    const count = this.#owned.get(storage);
    if (count === undefined) return;
    if (count > 1) this.#owned.set(storage, count - 1);
    else this.#free(storage);
  }

  /** Somebody else may keep a gradient: its memory is no longer the pass's to free. */
  disown({ storage }: NDArray): void {
    this.#owned.delete(storage);
  }

  /** Frees what the last step made and nobody is waiting for. */
  freeUnclaimed(): void {
    if (this.#made.length === 0) return;
    for (const storage of this.#made) if (this.#owned.get(storage) === 0) this.#free(storage);
    this.#made = [];
  }

  #free(storage: Storage): void {
    this.#owned.delete(storage);
    backendFor(storage.device).free(storage);
  }

  /** Whether a gradient is alone in a storage that the pass owns, so that it may be written to or handed over. */
  #isSole(grad: Tensor): boolean {
    return this.#owned.get(grad.storage) === 1 && fillsStorage(grad);
  }

  /** The sum of two gradients for one node, in the memory of the first where that is the pass's. */
  add(waiting: Tensor, grad: Tensor): Tensor {
    if (waiting.storage !== grad.storage && this.#isSole(waiting)) {
      backendFor(waiting.device).binary("add", waiting, grad, waiting.shape, waiting);
      return waiting;
    }
    const sum = waiting.add(grad);
    this.claim(sum);
    this.release(waiting.storage);
    return sum;
  }

  /** Adds a gradient to a tensor's `.grad`, without a copy when the gradient is nobody else's. */
  accumulate(variable: Tensor, grad: Tensor, createGraph: boolean): void {
    const old = peekGrad(variable);
    if (createGraph) {
      setGrad(variable, old === null ? grad.clone() : old.add(grad));
    } else if (old !== null && !isContiguous(old.shape, old.strides)) {
      const sum = old.add(grad);
      this.disown(sum);
      setGrad(variable, sum);
    } else if (old !== null) {
      backendFor(old.device).binary("add", old, grad, old.shape, old);
      old.storage.version++;
    } else {
      const own = this.#isSole(grad) ? grad : grad.clone();
      this.disown(own);
      setGrad(variable, own, true);
    }
  }
}
