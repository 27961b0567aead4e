/** @file The backends that the suite runs against. A further one is one more line in the list. */
import type { Backend, DType, Storage } from "../../../kernels/backend.ts";
import { ReferenceBackend } from "../../../kernels/reference/backend.ts";
import { ArrayStorage } from "../../../kernels/reference/storage.ts";

/** A reference backend whose memory moves at every allocation, so that a view taken too early shows. */
class MovingBackend extends ReferenceBackend {
  readonly #storages = new Set<ArrayStorage>();

  override alloc(dtype: DType, length: number): Storage {
    for (const storage of this.#storages) {
      const old = storage.data;
      storage.data = old.slice();
      old.fill(99);
    }
    const storage = super.alloc(dtype, length);
    if (storage instanceof ArrayStorage) this.#storages.add(storage);
    return storage;
  }

  override free(storage: Storage): void {
    if (storage instanceof ArrayStorage) this.#storages.delete(storage);
    super.free(storage);
  }
}

/** A backend, or the reason why there is none on this machine. */
export type Availability = { readonly backend: Backend } | { readonly missing: string };

export interface Candidate {
  readonly name: string;
  /** Held against the cases' own truth; the others are held against this one. */
  readonly isReference: boolean;
  readonly open: () => Promise<Availability>;
}

export const candidates: readonly Candidate[] = [
  { name: "reference", isReference: true, open: async () => ({ backend: new ReferenceBackend() }) },
  { name: "moving memory", isReference: false, open: async () => ({ backend: new MovingBackend() }) },
];
