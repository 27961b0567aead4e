/**
 * @file Finds a BLAS on this machine and calls it through koffi, an optional package.
 *
 * Nothing in here throws: what is missing, broken or of the wrong kind is a reason in words, and the library goes on
 * with its own kernels.
 */
import { builtin, environment, hostProcess } from "../env.ts";
import { firstLine, type Koffi, loadKoffi, type NativeLibrary } from "../koffi.ts";

/** `cblas_?gemm`: layout, transposes, m, n, k, α, A, its leading dimension, B, its own, β, C, its own. Addresses are numbers. */
export type Gemm = (
  layout: number,
  transA: number,
  transB: number,
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: number,
  lda: number,
  b: number,
  ldb: number,
  beta: number,
  c: number,
  ldc: number,
) => void;

/** The functions in use, by the names that they have here: their symbols, and koffi's types for {@link Gemm}. */
export const GEMM_FUNCTIONS = {
  sgemm: { symbol: "cblas_sgemm", parameters: parameters("float") },
  dgemm: { symbol: "cblas_dgemm", parameters: parameters("double") },
} as const;

function parameters(real: string): readonly string[] {
  const matrix = ["uintptr", "int"];
  return ["int", "int", "int", "int", "int", "int", real, ...matrix, ...matrix, real, ...matrix];
}

/** A BLAS that has proved itself. */
export interface BlasLibrary {
  /** The name or path under which it was found. */
  readonly name: string;
  /** Path of the package that calls it. */
  readonly koffi: string;
  /** What it says about itself, if it does. */
  readonly version: string | undefined;
  /** Of float32. */
  readonly sgemm: Gemm;
  /** Of float64. */
  readonly dgemm: Gemm;
  /** Sets its number of threads; null where it cannot be told. Costs nothing if that is the present number. */
  readonly setThreads: ((count: number) => void) | null;
  /** Where the bytes of an array lie. They must not move, which those of WebAssembly memory never do. */
  address(view: ArrayBufferView): number;
}

export type BlasSearch = { readonly library: BlasLibrary } | { readonly reason: string };

export const ROW_MAJOR = 101;
export const PLAIN = 111;
export const TRANSPOSED = 112;

/** Names by which system loaders find the libraries, in the order in which they are tried. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  darwin: [
    "/System/Library/Frameworks/Accelerate.framework/Accelerate",
    "libmkl_rt.2.dylib",
    "libmkl_rt.dylib",
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    "/usr/local/opt/openblas/lib/libopenblas.dylib",
    "libopenblas.dylib",
    "libblis.dylib",
  ],
  win32: ["mkl_rt.2.dll", "mkl_rt.dll", "libopenblas.dll", "openblas.dll", "libblis.dll"],
};

/** The same for Linux and its relatives. */
const UNIX = [
  "libmkl_rt.so.2",
  "libmkl_rt.so",
  "libopenblas.so.0",
  "libopenblasp.so.0",
  "libopenblas.so",
  "libblis.so.4",
  "libblis.so.3",
  "libblis.so",
];

/** Functions that set the number of threads, and those that tell the version, by library. */
const SET_THREADS = ["openblas_set_num_threads", "MKL_Set_Num_Threads", "bli_thread_set_num_threads"];
const TELL_VERSION = ["openblas_get_config", "bli_info_get_version_str"];

/**
 * Looks for a BLAS as TAPEGRAD_BLAS says: "off", "auto" (the default), or the path of a library.
 *
 * The search loads libraries, so it takes some milliseconds.
 */
export function searchBlas(): BlasSearch {
  const wish = environment("TAPEGRAD_BLAS") ?? "auto";
  if (wish.toLowerCase() === "off") return { reason: "switched off by TAPEGRAD_BLAS=off" };
  const koffi = loadKoffi("a system BLAS");
  if ("reason" in koffi) return koffi;
  if (wish.toLowerCase() !== "auto") {
    // Anything may have been named, also what ends the process when it is loaded.
    const crash = trialOf(koffi.path, wish);
    const found = crash === null ? tryLibrary(koffi.koffi, koffi.path, wish, false) : { reason: crash };
    return "reason" in found ? { reason: `TAPEGRAD_BLAS=${wish}: ${found.reason}` } : found;
  }
  const names = NAMES[hostProcess?.platform ?? ""] ?? UNIX;
  const faults: string[] = [];
  for (const name of names) {
    // MKL ends the process if a part of it is missing.
    const found = tryLibrary(koffi.koffi, koffi.path, name, name.includes("mkl"));
    if ("library" in found) return found;
    if (!found.absent) faults.push(`${name} ${found.reason}`);
  }
  const known = "no Accelerate, MKL, OpenBLAS or BLIS was found";
  return { reason: faults.length > 0 ? faults.join("; ") : known };
}

type Attempt = { readonly library: BlasLibrary } | { readonly reason: string; readonly absent: boolean };

function tryLibrary(koffi: Koffi, koffiPath: string, name: string, onTrial: boolean): Attempt {
  let library: NativeLibrary;
  try {
    library = koffi.load(name);
  } catch (error) {
    const reason = firstLine((error as Error).message);
    return { reason: `cannot be loaded (${reason})`, absent: /no such file|not found|could not/i.test(reason) };
  }
  const fail = (reason: string): Attempt => ({ reason, absent: false });
  try {
    const found = bind(koffi, koffiPath, library, name);
    if (onTrial) {
      const crash = trialOf(koffiPath, name);
      if (crash !== null) return fail(crash);
    }
    return isRight(found) ? { library: found } : fail("computes wrong products");
  } catch (error) {
    return fail(`is no usable BLAS (${firstLine((error as Error).message)})`);
  }
}

function bind(koffi: Koffi, koffiPath: string, library: NativeLibrary, name: string): BlasLibrary {
  const optional = <F>(names: readonly string[], result: string, types: readonly string[]): F | undefined => {
    for (const symbol of names) {
      try {
        return library.func(symbol, result, types) as F;
      } catch {
        // Another library's name for it.
      }
    }
    return undefined;
  };
  const gemm = (name: keyof typeof GEMM_FUNCTIONS): Gemm =>
    library.func(GEMM_FUNCTIONS[name].symbol, "void", GEMM_FUNCTIONS[name].parameters) as Gemm;
  const tell = optional<(count: number) => void>(SET_THREADS, "void", ["int"]);
  let threads = 0;
  return {
    name,
    koffi: koffiPath,
    sgemm: gemm("sgemm"),
    dgemm: gemm("dgemm"),
    setThreads: tell
      ? (count) => {
          if (count !== threads) tell(count);
          threads = count;
        }
      : null,
    version: optional<() => string>(TELL_VERSION, "str", [])?.(),
    address: (view) => Number(koffi.address(view)),
  };
}

/** Whether both functions multiply 2×3 by 3×2 matrices, plain and transposed, and add to what is there. */
function isRight({ sgemm, dgemm, address }: BlasLibrary): boolean {
  const a = [1, 2, 3, 4, 5, 6];
  const transposedA = [1, 4, 2, 5, 3, 6];
  const b = [1, -1, 2, 0.5, -3, 4];
  const sums = [10, 10, 10, 10];
  const numbers = [...a, ...transposedA, ...b, ...sums, ...sums];
  const products = [6, 22, 6, 32.5, 6, 22, 6, 32.5];
  const single = Float32Array.from(numbers);
  const double = Float64Array.from(numbers);
  for (const [multiply, bytes, start] of [
    [sgemm, 4, address(single)],
    [dgemm, 8, address(double)],
  ] as const) {
    const at = (element: number): number => start + bytes * element;
    multiply(ROW_MAJOR, PLAIN, PLAIN, 2, 2, 3, 1, at(0), 3, at(12), 2, 1, at(18), 2);
    multiply(ROW_MAJOR, TRANSPOSED, PLAIN, 2, 2, 3, 1, at(6), 2, at(12), 2, 1, at(22), 2);
  }
  return products.every((product, i) => single[18 + i] === product && double[18 + i] === product);
}

/** A product in a process of its own, large enough for several threads: what ends that process cannot end this one. */
const TRIAL = `
const [koffi, name] = process.argv.slice(1);
process.on("uncaughtException", () => process.exit(43));
const library = require(koffi).load(name);
for (const [symbol, real, Floats] of [["cblas_sgemm", "float", Float32Array], ["cblas_dgemm", "double", Float64Array]]) {
  const matrix = ["void *", "int"];
  const gemm = library.func(symbol, "void", ["int", "int", "int", "int", "int", "int", real, ...matrix, ...matrix, real, ...matrix]);
  const [a, b, c] = [1, 1, 0].map((x) => new Floats(16384).fill(x));
  gemm(${ROW_MAJOR}, ${PLAIN}, ${PLAIN}, 128, 128, 128, 1, a, 128, b, 128, 0, c, 128);
}
process.exit(42);
`;

interface ChildProcesses {
  spawnSync(
    file: string,
    args: readonly string[],
    options: { readonly stdio: "ignore"; readonly timeout: number; readonly windowsHide: true },
  ): { readonly status: number | null; readonly signal: string | null; readonly error?: Error };
}

/** How a library ends a process that uses it; null if it does not. An exception says more in this process. */
function trialOf(koffiPath: string, name: string): string | null {
  const { spawnSync } = builtin<ChildProcesses>("node:child_process") ?? {};
  if (!spawnSync || !hostProcess) return "cannot be tried out in a process of its own";
  const options = { stdio: "ignore", timeout: 10_000, windowsHide: true } as const;
  const { status, signal, error } = spawnSync(hostProcess.execPath, ["-e", TRIAL, koffiPath, name], options);
  if (status === 42 || status === 43) return null;
  if (error) return `could not be tried out (${firstLine(error.message)})`;
  return `ends a process that uses it (${signal ?? `status ${status}`})`;
}
