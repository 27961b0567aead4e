/**
 * @file The two binary interfaces of MPI: that of Open MPI, and that of MPICH, which Intel MPI, MVAPICH and Cray MPICH share.
 * Open MPI's handles are addresses of its variables, MPICH's are fixed integers.
 */
import type { TypedArray } from "../../kernels/backend.ts";
import type { Koffi, NativeLibrary } from "../../kernels/cpu/koffi.ts";
import type { PlainReduceOp } from "./collective.ts";

/** Types of elements, one for each class of typed arrays. */
type Element = "float" | "double" | "int" | "byte";

/** Operations of MPI. Those on truth values leave exactly 0 or 1. */
type Operation = "max" | "min" | "sum" | "prod" | "land" | "band" | "lor" | "bor" | "lxor" | "bxor";

/** What differs between the implementations. */
export interface Abi {
  readonly family: "Open MPI" | "MPICH";
  /** koffi's type of a handle. */
  readonly handle: "uintptr" | "int";
  /** An array that holds one handle. */
  newHandle(): BigUint64Array | Int32Array;
  readonly commWorld: number;
  readonly errorsReturn: number;
  /** `MPI_IN_PLACE`. */
  readonly inPlace: number;
  /** `MPI_STATUS_IGNORE`. */
  readonly statusIgnore: number;
  readonly elements: Readonly<Record<Element, number>>;
  readonly operations: Readonly<Record<Operation, number>>;
}

const MPICH: Abi = {
  family: "MPICH",
  handle: "int",
  newHandle: () => new Int32Array(1),
  commWorld: 0x44000000,
  errorsReturn: 0x54000001,
  inPlace: -1,
  statusIgnore: 1,
  elements: { float: 0x4c00040a, double: 0x4c00080b, int: 0x4c000405, byte: 0x4c000102 },
  operations: {
    max: 0x58000001,
    min: 0x58000002,
    sum: 0x58000003,
    prod: 0x58000004,
    land: 0x58000005,
    band: 0x58000006,
    lor: 0x58000007,
    bor: 0x58000008,
    lxor: 0x58000009,
    bxor: 0x5800000a,
  },
};

function openMpi(koffi: Koffi, library: NativeLibrary): Abi {
  const symbol = (name: string): number => Number(koffi.address(library.symbol(`ompi_mpi_${name}`)));
  const names: readonly Operation[] = ["max", "min", "sum", "prod", "land", "band", "lor", "bor", "lxor", "bxor"];
  return {
    family: "Open MPI",
    handle: "uintptr",
    newHandle: () => new BigUint64Array(1),
    commWorld: symbol("comm_world"),
    errorsReturn: symbol("errors_return"),
    inPlace: 1,
    statusIgnore: 0,
    elements: {
      float: symbol("float"),
      double: symbol("double"),
      int: symbol("int"),
      byte: symbol("unsigned_char"),
    },
    operations: Object.fromEntries(names.map((name) => [name, symbol(`op_${name}`)])) as Abi["operations"],
  };
}

/** The interface of a library, or null if it is of no known family. `version` is what the library says about itself. */
export function abiOf(koffi: Koffi, library: NativeLibrary, version: string): Abi | null {
  try {
    return openMpi(koffi, library);
  } catch {
    return /mpich|mvapich|intel/i.test(version) ? MPICH : null;
  }
}

/** The handle of an array's elements. */
export function elementOf(abi: Abi, array: TypedArray): number {
  if (array instanceof Float32Array) return abi.elements.float;
  if (array instanceof Float64Array) return abi.elements.double;
  return array instanceof Int32Array ? abi.elements.int : abi.elements.byte;
}

const ARITHMETIC: Readonly<Record<PlainReduceOp, Operation>> = {
  sum: "sum",
  product: "prod",
  min: "min",
  max: "max",
  band: "band",
  bor: "bor",
  bxor: "bxor",
};

const LOGIC: Readonly<Record<PlainReduceOp, Operation>> = {
  sum: "lor",
  product: "land",
  min: "land",
  max: "lor",
  band: "land",
  bor: "lor",
  bxor: "lxor",
};

/** The handle of a reduction. */
export function operationOf(abi: Abi, op: PlainReduceOp, bool: boolean): number {
  return abi.operations[(bool ? LOGIC : ARITHMETIC)[op]];
}
