/** @file The backends that the suite runs against. A further one is one more line in the list. */
import type { Backend, DType, Storage } from "../../../kernels/backend.ts";
import { CpuBackend } from "../../../kernels/cpu/backend.ts";
import { loadWasm } from "../../../kernels/cpu/wasm.ts";
import { ReferenceBackend } from "../../../kernels/reference/backend.ts";
import { ArrayStorage } from "../../../kernels/reference/storage.ts";
import type { Case } from "./check.ts";
import { openGpuSubject } from "./gpu.ts";

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

/** A backend under test. */
export interface Subject {
  readonly backend: Backend;
  /** Held against the cases' own truth; the others are held against this one. */
  readonly isReference?: boolean;
  /** How many buffers the backend holds, where it can tell. */
  readonly countBuffers?: () => number;
  /** Throws if the backend's own records contradict each other. */
  readonly verify?: () => void;
  /** Why a case is not for this backend, or null. */
  readonly reasonToSkip?: (test: Case, group: string) => string | null;
  /** A case as this backend can do it. */
  readonly adapt?: (test: Case, group: string) => Case;
  /** Whether what is wrong with data may be said at the next read, in an Error whose text ends with the RangeError's. */
  readonly tellsLater?: boolean;
}

/** A backend, or the reason why there is none on this machine. */
export type Availability = Subject | { readonly missing: string };

interface Candidate {
  readonly name: string;
  readonly open: () => Promise<Availability>;
  /** Whether it is a failure, and not only said, if the machine does not have it. */
  readonly isRequired?: boolean;
}

/**
 * The CPU's backend in one of its builds. `spilling` keeps even small buffers on the heap and moves every one out of
 * it between operations.
 */
function openCpu(relaxed: boolean, spilling: boolean): Availability {
  const wasm = loadWasm({ relaxed });
  if (!wasm) return { missing: `this engine has no ${relaxed ? "relaxed SIMD" : "SIMD"} or no shared memory` };
  const backend = new CpuBackend(wasm, spilling ? { budgetBytes: 0, arrayLimit: 0 } : {});
  return {
    backend,
    verify: () => backend.verifyHeap(),
    ...(spilling ? {} : { countBuffers: () => backend.heapStats().residentCount }),
  };
}

/** The CPU's backend with threads or BLAS for the smallest operations too, for which it would otherwise not use them. */
function openEager(threads: number, blas: boolean): Availability {
  const wasm = loadWasm();
  if (!wasm) return { missing: "this engine has no SIMD or no shared memory" };
  const backend = new CpuBackend(wasm, { threads, blas, eager: true });
  const { search } = backend.blas;
  if (blas && "reason" in search) return { missing: search.reason };
  return { backend, verify: () => backend.verifyHeap() };
}

export const candidates: readonly Candidate[] = [
  { name: "reference", open: async () => ({ backend: new ReferenceBackend(), isReference: true }) },
  { name: "reference, moving memory", open: async () => ({ backend: new MovingBackend() }) },
  { name: "cpu", open: async () => openCpu(true, false) },
  { name: "cpu, plain SIMD, spilling", open: async () => openCpu(false, true) },
  { name: "cpu, 2 threads", open: async () => openEager(2, false) },
  { name: "cpu, 3 threads", open: async () => openEager(3, false) },
  { name: "cpu, BLAS", open: async () => openEager(1, true) },
  { name: "gpu", open: openGpuSubject, isRequired: process.env.TAPEGRAD_REQUIRE_GPU === "1" },
];
