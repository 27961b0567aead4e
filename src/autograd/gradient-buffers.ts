/** @file Ownership of gradient memory during a backward pass. */
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
  /** The storages that the current step created. */
  #made: Storage[] = [];

  /** Records a storage that the pass has just created. */
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

  /** User code may keep a gradient: the pass no longer owns its memory. */
  disown({ storage }: NDArray): void {
    this.#owned.delete(storage);
  }

  /** Frees the storages of the last step that no gradient is pending in. */
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
  isSole(grad: Tensor): boolean {
    return this.#owned.get(grad.storage) === 1 && fillsStorage(grad);
  }

  /** The sum of two gradients for one node, in the memory of the first if the pass owns it. */
  add(waiting: Tensor, grad: Tensor): Tensor {
    if (waiting.storage !== grad.storage && this.isSole(waiting)) {
      backendFor(waiting.device).map("add", [waiting, grad], waiting.shape, [], waiting);
      return waiting;
    }
    const sum = waiting.add(grad);
    this.claim(sum);
    this.release(waiting.storage);
    return sum;
  }

  /** Accumulates a gradient into `.grad`, without a copy if the pass owns it. */
  accumulate(variable: Tensor, grad: Tensor, createGraph: boolean): void {
    const old = peekGrad(variable);
    if (createGraph) {
      setGrad(variable, old === null ? grad.clone() : old.add(grad));
    } else if (old !== null && !isContiguous(old.shape, old.strides)) {
      const sum = old.add(grad);
      this.disown(sum);
      setGrad(variable, sum);
    } else if (old !== null) {
      backendFor(old.device).map("add", [old, grad], old.shape, [], old);
      old.storage.version++;
    } else {
      const own = this.isSole(grad) ? grad : grad.clone();
      this.disown(own);
      setGrad(variable, own, true);
    }
  }
}
