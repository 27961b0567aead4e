/** @file Element-wise functions of one argument, one loop each so that every loop is compiled for itself. */
import type { DType, TypedArray, UnaryOp } from "../backend.ts";
import { erf, roundHalfEven, sigmoid } from "./special.ts";
import { isIntegral } from "./storage.ts";
import { forEachRun, type Strided } from "./strided.ts";

/** Writes n elements to z at zi, zi + zs, … from those of a at ai, ai + as, …; floats are rounded by the store. */
type Run = (n: number, z: TypedArray, zi: number, zs: number, a: TypedArray, ai: number, as: number) => void;

const runs: Record<UnaryOp, Run> = {
  neg: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = -a[ai]!;
  },
  abs: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.abs(a[ai]!);
  },
  // NaN has sign 0 in PyTorch.
  sign: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) {
      const x = a[ai]!;
      z[zi] = x > 0 ? 1 : x < 0 ? -1 : 0;
    }
  },
  exp: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.exp(a[ai]!);
  },
  log: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.log(a[ai]!);
  },
  log1p: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.log1p(a[ai]!);
  },
  expm1: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.expm1(a[ai]!);
  },
  sqrt: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.sqrt(a[ai]!);
  },
  rsqrt: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = 1 / Math.sqrt(a[ai]!);
  },
  reciprocal: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = 1 / a[ai]!;
  },
  sin: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.sin(a[ai]!);
  },
  cos: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.cos(a[ai]!);
  },
  tanh: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.tanh(a[ai]!);
  },
  sigmoid: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = sigmoid(a[ai]!);
  },
  // −0 and NaN stay, as in PyTorch.
  relu: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = a[ai]! < 0 ? 0 : a[ai]!;
  },
  erf: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = erf(a[ai]!);
  },
  tan: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.tan(a[ai]!);
  },
  asin: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.asin(a[ai]!);
  },
  acos: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.acos(a[ai]!);
  },
  atan: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.atan(a[ai]!);
  },
  sinh: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.sinh(a[ai]!);
  },
  cosh: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.cosh(a[ai]!);
  },
  asinh: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.asinh(a[ai]!);
  },
  acosh: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.acosh(a[ai]!);
  },
  atanh: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.atanh(a[ai]!);
  },
  exp2: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = 2 ** a[ai]!;
  },
  log2: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.log2(a[ai]!);
  },
  log10: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.log10(a[ai]!);
  },
  floor: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.floor(a[ai]!);
  },
  ceil: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.ceil(a[ai]!);
  },
  round: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = roundHalfEven(a[ai]!);
  },
  trunc: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Math.trunc(a[ai]!);
  },
  isnan: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Number.isNaN(a[ai]!) ? 1 : 0;
  },
  isfinite: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = Number.isFinite(a[ai]!) ? 1 : 0;
  },
  logicalNot: (n, z, zi, zs, a, ai, as) => {
    for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = a[ai]! === 0 ? 1 : 0;
  },
};

const identity: Run = (n, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) z[zi] = a[ai]!;
};

const keepsIntegers: ReadonlySet<UnaryOp> = new Set<UnaryOp>(["floor", "ceil", "round", "trunc"]);

/** z = op(a), where `dtype` is that of a; z may be a. */
export function unary(op: UnaryOp, dtype: DType, z: Strided, a: Strided): void {
  const run = isIntegral(dtype) && keepsIntegers.has(op) ? identity : runs[op];
  forEachRun(z.shape, [z.strides, a.strides], [z.offset, a.offset], ([zi, ai], [zs, as], n) => {
    run(n, z.data, zi!, zs!, a.data, ai!, as!);
  });
}

/** z = min(max(a, low), high); NaN stays NaN, and a zero its sign, as in PyTorch. Bounds that are NaN make all NaN. */
export function clamp(z: Strided, a: Strided, low: number, high: number): void {
  const unbounded = Number.isNaN(low) || Number.isNaN(high);
  const source = a.data;
  const target = z.data;
  forEachRun(z.shape, [z.strides, a.strides], [z.offset, a.offset], (at, [zs, as], n) => {
    let [zi, ai] = at as [number, number];
    for (let i = 0; i < n; i++, zi += zs!, ai += as!) {
      const v = source[ai]! < low ? low : source[ai]!;
      target[zi] = unbounded ? Number.NaN : v > high ? high : v;
    }
  });
}
