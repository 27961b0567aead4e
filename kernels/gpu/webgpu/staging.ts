/** @file Staging buffers for reads. */
import { USAGE } from "./buffer-pool.ts";

export interface StagingSlot {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
}

/** Most free slots that are kept, and the size of the largest. */
const MAX_FREE_SLOTS = 8;
const MAX_SLOT_BYTES = 2 ** 20;

const MAP_READ = 1;

export class Staging {
  readonly #device: GPUDevice;
  readonly #waiting: StagingSlot[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** A buffer that no other read uses. */
  take(bytes: number): StagingSlot {
    const i = this.#waiting.findIndex((slot) => slot.bytes >= bytes);
    const [found] = i < 0 ? [] : this.#waiting.splice(i, 1);
    if (found !== undefined) return found;
    const size = Math.max(256, bytes);
    const usage = USAGE.mapRead | USAGE.copyTarget;
    return { buffer: this.#device.createBuffer({ label: "read", size, usage }), bytes: size };
  }

  /** What was copied into a slot, once the GPU has done so. The slot may be used again afterwards. */
  async read(slot: StagingSlot, length: number): Promise<Float32Array> {
    await slot.buffer.mapAsync(MAP_READ, 0, 4 * length);
    const data = new Float32Array(slot.buffer.getMappedRange(0, 4 * length).slice(0));
    slot.buffer.unmap();
    if (this.#waiting.length < MAX_FREE_SLOTS && slot.bytes <= MAX_SLOT_BYTES) this.#waiting.push(slot);
    else slot.buffer.destroy();
    return data;
  }
}
