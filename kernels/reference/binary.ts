/** @file Element-wise functions of two and three arguments, one loop each so that every loop is compiled for itself. */
import type { BinaryOp, DType, TypedArray } from "../backend.ts";
import { floorDivide, pow, powInteger, remainder } from "./special.ts";
import { isIntegral } from "./storage.ts";
import { forEachRun, type Strided } from "./strided.ts";

/** Writes n elements to z at zi, zi + zs, … from those of a and b; a store rounds floats and wraps integers. */
type Run = (
  n: number,
  z: TypedArray,
  zi: number,
  zs: number,
  a: TypedArray,
  ai: number,
  as: number,
  b: TypedArray,
  bi: number,
  bs: number,
) => void;

const runs: Record<BinaryOp, Run> = {
  add: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = a[ai]! + b[bi]!;
  },
  sub: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = a[ai]! - b[bi]!;
  },
  mul: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = a[ai]! * b[bi]!;
  },
  div: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = a[ai]! / b[bi]!;
  },
  pow: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = pow(a[ai]!, b[bi]!);
  },
  maximum: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = Math.max(a[ai]!, b[bi]!);
  },
  minimum: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = Math.min(a[ai]!, b[bi]!);
  },
  remainder: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = remainder(a[ai]!, b[bi]!);
  },
  floorDivide: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = floorDivide(a[ai]!, b[bi]!);
  },
  atan2: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = Math.atan2(a[ai]!, b[bi]!);
  },
  eq: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = a[ai]! === b[bi]! ? 1 : 0;
  },
  ne: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = a[ai]! !== b[bi]! ? 1 : 0;
  },
  lt: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = a[ai]! < b[bi]! ? 1 : 0;
  },
  le: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = a[ai]! <= b[bi]! ? 1 : 0;
  },
  gt: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = a[ai]! > b[bi]! ? 1 : 0;
  },
  ge: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = a[ai]! >= b[bi]! ? 1 : 0;
  },
  logicalAnd: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = a[ai]! !== 0 && b[bi]! !== 0 ? 1 : 0;
  },
  logicalOr: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = a[ai]! !== 0 || b[bi]! !== 0 ? 1 : 0;
  },
  // Written so that the gradient passes where the result is NaN, as in PyTorch.
  reluGrad: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = b[bi]! <= 0 ? 0 : a[ai]!;
  },
  sigmoidGrad: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
      const y = b[bi]!;
      z[zi] = a[ai]! * y * (1 - y);
    }
  },
  tanhGrad: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
      const y = b[bi]!;
      z[zi] = a[ai]! * (1 - y * y);
    }
  },
};

/** Where doubles would lose the low bits of a product, or bytes would hold more than booleans. */
const int32Runs: Partial<Record<BinaryOp, Run>> = {
  mul: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = Math.imul(a[ai]!, b[bi]!);
  },
  pow: (n, z, zi, zs, a, ai, as, b, bi, bs) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) z[zi] = powInteger(a[ai]!, b[bi]!);
  },
};
const boolRuns: Partial<Record<BinaryOp, Run>> = {
  add: runs.logicalOr,
  mul: runs.logicalAnd,
};

function chooseRun(op: BinaryOp, dtype: DType): Run {
  const special = dtype === "bool" ? boolRuns : isIntegral(dtype) ? int32Runs : {};
  return special[op] ?? runs[op];
}

/** z = op(a, b), where `dtype` is that of a and b, which have the shape of z; z may be a or b. */
export function binary(op: BinaryOp, dtype: DType, z: Strided, a: Strided, b: Strided): void {
  const run = chooseRun(op, dtype);
  const strides = [z.strides, a.strides, b.strides];
  forEachRun(z.shape, strides, [z.offset, a.offset, b.offset], ([zi, ai, bi], [zs, as, bs], n) => {
    run(n, z.data, zi!, zs!, a.data, ai!, as!, b.data, bi!, bs!);
  });
}

/**
 * Rejects a division of integers by zero, which has no value to give.
 *
 * @throws RangeError if an element of `divisor` is 0.
 */
export function checkDivisor(divisor: Strided): void {
  forEachRun(divisor.shape, [divisor.strides], [divisor.offset], ([start], [step], n) => {
    for (let i = 0, at = start!; i < n; i++, at += step!) {
      if (divisor.data[at] === 0) throw new RangeError("ZeroDivisionError: integer remainder by zero");
    }
  });
}

/** z = cond ? a : b; all have the shape of z. */
export function where(z: Strided, cond: Strided, a: Strided, b: Strided): void {
  const [zd, cd, ad, bd] = [z.data, cond.data, a.data, b.data];
  const strides = [z.strides, cond.strides, a.strides, b.strides];
  forEachRun(z.shape, strides, [z.offset, cond.offset, a.offset, b.offset], (at, [zs, cs, as, bs], n) => {
    let [zi, ci, ai, bi] = at as [number, number, number, number];
    for (let i = 0; i < n; i++, zi += zs!, ci += cs!, ai += as!, bi += bs!) {
      zd[zi] = cd[ci] !== 0 ? ad[ai]! : bd[bi]!;
    }
  });
}
