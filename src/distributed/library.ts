/** @file Finds the MPI of this machine. Nothing in here throws: what is missing or of the wrong kind is a reason in words. */
import { environment, hostProcess } from "../../kernels/cpu/env.ts";
import { firstLine, type Koffi, loadKoffi, type NativeLibrary } from "../../kernels/cpu/koffi.ts";
import { type Abi, abiOf } from "./abi.ts";

/** An MPI whose functions can be called. */
export interface MpiLibrary {
  /** The name or path under which it was found. */
  readonly name: string;
  /** The first line of what it says about itself. */
  readonly version: string;
  readonly koffi: Koffi;
  readonly library: NativeLibrary;
  readonly abi: Abi;
}

export type MpiSearch = { readonly found: MpiLibrary } | { readonly reason: string };

/** The launcher that started this process, by the variables that it sets. */
export interface Launcher {
  readonly name: string;
  /** Number of ranks; null where the launcher does not tell. */
  readonly size: number | null;
  /** Number of ranks on this machine; null where the launcher does not tell. */
  readonly localSize: number | null;
  readonly family: "Open MPI" | "MPICH" | null;
}

/** Variables with the number of ranks, by launcher. A later one is also set by other launchers. */
const LAUNCHERS: readonly (readonly [variable: string, name: string, family: Launcher["family"]])[] = [
  ["OMPI_COMM_WORLD_SIZE", "Open MPI's mpirun", "Open MPI"],
  ["PMI_SIZE", "MPICH's or Intel MPI's mpirun", "MPICH"],
  ["PMIX_RANK", "a PMIx launcher", null],
];

/** Variables with the number of ranks on this machine. */
const LOCAL_SIZES = ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_NTASKS_PER_NODE"];

function count(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

/** The launcher of this process; null if it was started without one. */
export function findLauncher(): Launcher | null {
  for (const [variable, name, family] of LAUNCHERS) {
    const value = environment(variable);
    if (value === undefined) continue;
    const size = variable.endsWith("SIZE") ? count(value) : null;
    const localSize = LOCAL_SIZES.map((each) => count(environment(each))).find((each) => each !== null) ?? null;
    return { name, size, localSize, family };
  }
  return null;
}

/** Variables with the rank of this process. */
const RANKS = ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"];

/** The rank that the launcher gave this process; null if it was started without one. */
export function rankOfLauncher(): number | null {
  return RANKS.map((each) => count(environment(each))).find((rank) => rank !== null) ?? null;
}

/** Names by which system loaders find the libraries, by family. */
const NAMES: Readonly<Record<Abi["family"], readonly string[]>> =
  hostProcess?.platform === "darwin"
    ? {
        "Open MPI": ["libmpi.40.dylib", "/opt/homebrew/lib/libmpi.40.dylib", "/usr/local/lib/libmpi.40.dylib"],
        MPICH: ["libmpi.12.dylib", "/opt/homebrew/lib/libmpi.12.dylib", "/usr/local/lib/libmpi.12.dylib"],
      }
    : {
        "Open MPI": ["libmpi.so.40", "libmpi.so.80"],
        MPICH: ["libmpich.so.12", "libmpi.so.12", "libmpi_cray.so.12"],
      };

/** `MPI_MAX_LIBRARY_VERSION_STRING` of the implementation with the longest. */
const VERSION_BYTES = 8192;

let search: MpiSearch | undefined;

/** The MPI that TAPEGRAD_MPI names, else that of the launcher, else any. The search is done once. */
export function findMpi(): MpiSearch {
  search ??= searchMpi();
  return search;
}

function searchMpi(): MpiSearch {
  const loaded = loadKoffi("MPI");
  if ("reason" in loaded) return loaded;
  const wish = environment("TAPEGRAD_MPI");
  if (wish !== undefined) {
    const attempt = tryLibrary(loaded.koffi, wish);
    return "found" in attempt ? attempt : { reason: `TAPEGRAD_MPI=${wish}: ${attempt.reason}` };
  }
  const family = findLauncher()?.family;
  const families: readonly Abi["family"][] = family === "MPICH" ? ["MPICH", "Open MPI"] : ["Open MPI", "MPICH"];
  const faults: string[] = [];
  for (const name of families.flatMap((each) => NAMES[each])) {
    const attempt = tryLibrary(loaded.koffi, name);
    if ("found" in attempt) return attempt;
    if (!attempt.absent) faults.push(`${name} ${attempt.reason}`);
  }
  const missing =
    "no Open MPI, MPICH or Intel MPI was found. Install one, or set TAPEGRAD_MPI to the path of its library";
  return { reason: faults.length > 0 ? faults.join("; ") : missing };
}

function tryLibrary(
  koffi: Koffi,
  name: string,
): { readonly found: MpiLibrary } | { readonly reason: string; readonly absent: boolean } {
  let library: NativeLibrary;
  try {
    // Open MPI loads its own plugins, which look for its symbols among the global ones.
    library = koffi.load(name, { global: true });
  } catch (error) {
    const reason = firstLine((error as Error).message);
    return { reason: `cannot be loaded (${reason})`, absent: /no such file|not found|could not/i.test(reason) };
  }
  try {
    const version = versionOf(koffi, library);
    const abi = abiOf(koffi, library, version);
    if (abi !== null) return { found: { name, version, koffi, library, abi } };
    return { reason: `is of an unknown kind (${version})`, absent: false };
  } catch (error) {
    return { reason: `is no MPI (${firstLine((error as Error).message)})`, absent: false };
  }
}

/** MPI_Get_library_version may be called before MPI_Init. */
function versionOf(koffi: Koffi, library: NativeLibrary): string {
  const tell = library.func("MPI_Get_library_version", "int", ["uintptr", "uintptr"]);
  const text = new Uint8Array(VERSION_BYTES);
  const length = new Int32Array(1);
  tell(Number(koffi.address(text)), Number(koffi.address(length)));
  const said = new TextDecoder().decode(text.subarray(0, length[0]));
  return firstLine(said.replace(/\0.*$/s, "")).replace(/\s+/g, " ").trim();
}
