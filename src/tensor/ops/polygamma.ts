/** @file Derivatives of the digamma function. */
import type { Backend, NDArray } from "../../../kernels/backend.ts";
import { emptyArray } from "../../../kernels/layout.ts";
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

/** The n-th derivative of digamma, n ≥ 1; for n ≥ 2 of x ≥ 0. */
export const polygamma: Op<[NDArray], number> = defineOp<[NDArray], number>({
  name: "polygamma",
  gradName: "PolygammaBackward0",
  forward(k, [x], n) {
    if (n === 1) return withNumber(k, x, 1, (one) => k.map("digammaGrad", [one, x], x.shape));
    let factor = n % 2 === 0 ? -1 : 1;
    for (let i = 2; i <= n; i++) factor *= i;
    const sum = zeta(k, x, n + 1);
    return withNumber(k, x, factor, (scalar) => k.map("mul", [sum, scalar], x.shape, undefined, sum));
  },
  saved: [[0]],
  backward: (grad, ctx) => [grad.mul(ctx.input(0).polygamma(ctx.params + 1))],
});
