/** @file The GPU's backend under test, and in what it may differ from the reference. */
import { openGpuBackend } from "../../../kernels/gpu/create.ts";
import type { Availability } from "./backends.ts";
import type { Case } from "./check.ts";
import type { HostArray } from "./host-array.ts";

/** Whole numbers are floats on the GPU, exact to here. */
const MAX_EXACT_INTEGER = 2 ** 24;
/** The smallest normal float32: a GPU may take what is smaller for 0. */
const SMALLEST = 2 ** -126;
/** Squares of larger floats are infinite. */
const LARGEST_ROOT = 2 ** 63;

/** Products and powers of bytes that leave the exact range; PyTorch and the other backends wrap them. */
function overflows(test: Case, group: string): boolean {
  const bytes = test.inputs.some(({ hostArray }) => hostArray.dtype === "uint8");
  return bytes && /^(?:prod|pow)$/.test(group);
}

function isTooLarge({ dtype, values }: HostArray): boolean {
  return dtype === "int32" && values.some((v) => Math.abs(v) > MAX_EXACT_INTEGER);
}

/** Random integers of all 32 bits. */
function drawsTooLarge(test: Case, group: string): boolean {
  return group === "distributions" && test.name.includes('"range":4294967295');
}

/** Infinities and floats beyond the exact range have no integer to become. */
function hasNoResult(test: Case, group: string): boolean {
  return group === "cast" && /^float32 to (?:int32|uint8), special values/.test(test.name);
}

/** Why the GPU cannot do a case. */
function reasonToSkip(test: Case, group: string): string | null {
  const names = `${test.name} ${test.inputs.map(({ hostArray }) => hostArray.dtype).join(" ")}`;
  if (names.includes("float64")) return "there are no doubles";
  if (test.inputs.some(({ hostArray }) => isTooLarge(hostArray))) return "integers end at 2²⁴";
  if (overflows(test, group) || hasNoResult(test, group) || drawsTooLarge(test, group)) return "integers end at 2²⁴";
  return null;
}

/** eˣ may be off by 3 + 2|x| units of the last place, and the longest sums are added up one by one. */
function accuracyOf(test: Case, group: string): number {
  if (/^exp(?:m1|2)?$/.test(group)) return 2e-5;
  return test.name.startsWith("one large image") ? 4e-5 : 4e-6;
}

/** The case without subnormal numbers, and with the tolerance that the accuracy of WGSL's functions asks for. */
function adapt(test: Case, group: string): Case {
  // The reference computes in doubles, so squares of large floats are finite there.
  const isSquared = /^(?:tanh|sigmoid)Grad$/.test(group);
  const limit = isSquared ? LARGEST_ROOT : Infinity;
  const keep = (v: number) => (Math.abs(v) < SMALLEST || (Number.isFinite(v) && Math.abs(v) > limit) ? 0 : v);
  const { tolerance } = test;
  return {
    ...test,
    inputs: test.inputs.map((input) => ({
      ...input,
      hostArray:
        input.hostArray.dtype === "float32"
          ? { ...input.hostArray, values: input.hostArray.values.map(keep) }
          : input.hostArray,
    })),
    tolerance: {
      ...tolerance,
      rel: Math.max(tolerance.rel ?? 0, accuracyOf(test, group)),
      abs: Math.max(tolerance.abs ?? 0, 1e-6),
      anyZero: true,
    },
  };
}

/** Cases that read elements: their results have a shape by them, or the host computes them. */
const READING = /^(?:nonzero|argScan|searchSorted|longestRun|logcumsumexp) /;

export async function openGpuSubject(): Promise<Availability> {
  const backend = await openGpuBackend();
  if ("reason" in backend) return { missing: `there is no GPU: ${backend.reason}` };
  return {
    backend,
    reasonToSkip: (test, group) => {
      if (READING.test(`${group} ${test.name}`) && backend.runtime.mode === "webgpu") {
        return "WebGPU cannot be read synchronously";
      }
      return /^(?:ctcLoss|nllLoss|cdist)/.test(group)
        ? "it is composed of other operations"
        : reasonToSkip(test, group);
    },
    adapt,
    tellsLater: true,
    countBuffers: () => backend.runtime.memory.liveBuffers,
  };
}
