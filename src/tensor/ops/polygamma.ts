/** @file Derivatives of the digamma function. */
import type { Backend, NDArray } from "../../../kernels/backend.ts";
import { emptyArray, sizeOf } from "../../../kernels/layout.ts";
import { defineOp, type Op } from "../../autograd/op.ts";

/** The divisors (2k)!/B₂ₖ of the Euler-Maclaurin formula, B₂ₖ being the Bernoulli numbers. */
const EULER_MACLAURIN = [
  12, -720, 30240, -1209600, 47900160, -1892437580.3183792, 74724249600, -2950130727918.164, 116467828143500.67,
  -4597978722407473, 181521054019435460, -7166165256175667000,
];
/** Terms of the sum that are added one by one. */
const TERMS = 10;

/** A number as an array without dimensions, for `use`. */
function withNumber<T>(k: Backend, like: NDArray, value: number, use: (scalar: NDArray) => T): T {
  const scalar = emptyArray(k, like.dtype, []);
  k.fill(scalar, value);
  try {
    return use(scalar);
  } finally {
    k.free(scalar.storage);
  }
}

/** Hurwitz's zeta function Σ (x + i)^−s of x ≥ 0: ten terms, and the rest by the Euler-Maclaurin formula. */
function zeta(k: Backend, x: NDArray, s: number): NDArray {
  const { shape } = x;
  const into = (name: "add" | "mul" | "div" | "pow", a: NDArray, b: NDArray | number): NDArray =>
    typeof b === "number"
      ? withNumber(k, x, b, (scalar) => k.map(name, [a, scalar], shape, undefined, a))
      : k.map(name, [a, b], shape, undefined, a);
  const shifted = (by: number): NDArray => withNumber(k, x, by, (scalar) => k.map("add", [x, scalar], shape));
  const sum = into("pow", shifted(0), -s);
  for (let i = 1; i < TERMS; i++) {
    const term = into("pow", shifted(i), -s);
    into("add", sum, term);
    k.free(term.storage);
  }
  // w^(1−s)/(s − 1) + w^−s/2 + Σ s·(s + 1)·…·w^(−s−2i−1)/divisor, from the first to the last.
  const w = shifted(TERMS);
  const power = into("pow", shifted(TERMS), 1 - s);
  const part = emptyArray(k, x.dtype, shape);
  const addPart = (factor: number): void => {
    k.copy(part, power);
    into("add", sum, into("mul", part, factor));
  };
  addPart(1 / (s - 1));
  into("div", power, w);
  addPart(0.5);
  into("div", power, w);
  let factor = s;
  EULER_MACLAURIN.forEach((divisor, i) => {
    addPart(factor / divisor);
    factor *= (s + 2 * i + 1) * (s + 2 * i + 2);
    into("div", into("div", power, w), w);
  });
  for (const { storage } of [w, power, part]) k.free(storage);
  return sum;
}

/** (−1)ⁿ⁺¹·n!·ζ(n + 1, x), which the n-th derivative of digamma is for x ≥ 0. */
function ofPositive(k: Backend, x: NDArray, n: number): NDArray {
  let factor = n % 2 === 0 ? -1 : 1;
  for (let i = 2; i <= n; i++) factor *= i;
  const sum = zeta(k, x, n + 1);
  return withNumber(k, x, factor, (scalar) => k.map("mul", [sum, scalar], x.shape, undefined, sum));
}

/** The n-th derivative of the cotangent as a polynomial of the cotangent c, from dc/dx = −(1 + c²). */
function cotangentDerivative(n: number): number[] {
  let terms = [0, 1];
  for (let i = 0; i < n; i++) {
    const slope = terms.slice(1).map((term, degree) => -term * (degree + 1));
    terms = Array.from({ length: slope.length + 2 }, (_, degree) => (slope[degree] ?? 0) + (slope[degree - 2] ?? 0));
  }
  return terms;
}

/** For x < 0, by reflection: ψₙ(x) = (−1)ⁿ·ψₙ(1 − x) − π·dⁿ/dxⁿ cot(πx), and infinite at integers. Else undefined. */
function ofNegative(k: Backend, x: NDArray, n: number): NDArray {
  const { shape } = x;
  const number = <T>(value: number, use: (scalar: NDArray) => T): T => withNumber(k, x, value, use);
  const sign = n % 2 === 0 ? 1 : -1;
  const other = number(1, (one) => k.map("sub", [one, x], shape));
  const result = ofPositive(k, other, n);
  const nearest = k.map("round", [x], shape);
  const distance = k.map("sub", [x, nearest], shape, undefined, nearest);
  const isPole = number(0, (zero) => k.map("eq", [distance, zero], shape));
  number(Math.PI, (pi) => k.map("mul", [distance, pi], shape, undefined, distance));
  k.map("reciprocal", [k.map("tan", [distance], shape, undefined, distance)], shape, undefined, distance);
  // By Horner's rule, in the memory of 1 − x.
  k.fill(other, 0);
  for (const term of cotangentDerivative(n).reverse()) {
    k.map("mul", [other, distance], shape, undefined, other);
    number(term, (scalar) => k.map("add", [other, scalar], shape, undefined, other));
  }
  number(sign, (scalar) => k.map("mul", [result, scalar], shape, undefined, result));
  k.map("addScaled", [result, other], shape, [-(Math.PI ** (n + 1))], result);
  number(-sign * Number.POSITIVE_INFINITY, (pole) => k.map("where", [isPole, pole, result], shape, undefined, result));
  for (const { storage } of [other, distance, isPole]) k.free(storage);
  return result;
}

/** The n-th derivative of digamma, n ≥ 1. */
export const polygamma: Op<[NDArray], number> = defineOp<[NDArray], number>({
  host: true,
  name: "polygamma",
  gradName: "PolygammaBackward0",
  forward(k, [x], n) {
    const { shape } = x;
    if (n === 1) return withNumber(k, x, 1, (one) => k.map("digammaGrad", [one, x], shape));
    const isNegative = withNumber(k, x, 0, (zero) => k.map("lt", [x, zero], shape));
    const any = k.reduce("any", isNegative, { outer: 1, n: sizeOf(shape), inner: 1 });
    try {
      if (k.device === "cpu" && k.readSync(any.storage, 0, 1)[0] === 0) return ofPositive(k, x, n);
      const inside = withNumber(k, x, 1, (one) => k.map("where", [isNegative, one, x], shape));
      const [direct, reflected] = [ofPositive(k, inside, n), ofNegative(k, x, n)];
      k.map("where", [isNegative, reflected, direct], shape, undefined, direct);
      for (const { storage } of [inside, reflected]) k.free(storage);
      return direct;
    } finally {
      for (const { storage } of [isNegative, any]) k.free(storage);
    }
  },
  saved: [[0]],
  backward: (grad, ctx) => [grad.mul(ctx.input(0).polygamma(ctx.params + 1))],
});
