/** @file Special functions and integers: polygamma, mvlgamma, gcd, lcm, i0, fmax, fmin, nextafter, floatPower, isreal. */
import { apply } from "../../autograd/apply.ts";
import { filledLike } from "../../autograd/tensor-base.ts";
import { type Args, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ValueError } from "../../core/errors.ts";
import { anInteger, anOperand, aSize, aTensor } from "../../core/kinds.ts";
import { ops } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import { arithmetic, floatUnary, type Operand, resultType } from "../type-promotion.ts";
import { type OtherArgs, tensorPair, unary, withName } from "./arguments.ts";
import { type PowArgs, power } from "./arithmetic.ts";
import { cast } from "./convert.ts";
import { where } from "./elementwise.ts";
import { withGradFnName } from "./grad-fn-name.ts";
import { digamma, sign } from "./pointwise.ts";

function toFloat(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x : cast(x, "float32");
}

/**
 * The sign of each element, −1, 0 or 1: {@link sign}, which PyTorch has by this name for complex numbers too.
 *
 * @example sgn(tensor([-2, 0, 5])); // tensor([-1.,  0.,  1.])
 */
export const sgn = unary("sgn", (x) => withGradFnName("SgnBackward0", sign(x)));

const POLYGAMMA = signature("polygamma", { n: required(aSize), input: required(aTensor) });

/**
 * The n-th derivative of the digamma function, element-wise: n = 0 is digamma itself. Infinite at 0 and negative integers.
 * Integers become float32. As a method, `x.polygamma(n)`.
 *
 * @param n - order of the derivative, at least 0.
 * @example polygamma(1, tensor([1, 2])); // tensor([1.6449, 0.6449])
 */
export function polygamma(
  ...args: readonly [n: number, input: Tensor] | readonly [options: { readonly n: number; readonly input: Tensor }]
): Tensor {
  const { n, input } = POLYGAMMA.read(args);
  return derivativeOfDigamma(toFloat(input), n);
}

const POLYGAMMA_METHOD = signature("polygamma", { input: required(aTensor), n: required(aSize) });

/** The arguments of `x.polygamma(n)`. */
export type PolygammaArgs = Args<[n: number], [], { readonly n: number }>;

/** {@link polygamma} as a method. */
export function polygammaOf(x: Tensor, ...args: PolygammaArgs): Tensor {
  const { input, n } = POLYGAMMA_METHOD.read([x, ...args]);
  return derivativeOfDigamma(toFloat(input), n);
}

function derivativeOfDigamma(x: Tensor, n: number): Tensor {
  return n === 0 ? digamma(x) : apply(ops.polygamma, [x], n);
}

const MVLGAMMA = signature("mvlgamma", { input: required(aTensor), p: required(anInteger) });

/** The arguments of {@link mvlgamma} after the input. */
export type MvlgammaArgs = Args<[p: number], [], { readonly p: number }>;

/**
 * Logarithm of the multivariate gamma function of dimension p, element-wise: p(p − 1)/4·log π + Σ log Γ(x − i/2) for
 * i = 0 … p − 1. Integers become float32.
 *
 * @throws ValueError for p < 1.
 * @example mvlgamma(tensor([2, 3]), 2); // tensor([0.4516, 1.5502])
 */
export function mvlgamma(x: Tensor, ...args: MvlgammaArgs): Tensor {
  const { input, p } = MVLGAMMA.read([x, ...args]);
  if (p < 1) throw new ValueError(`[mvlgamma] p has to be greater than or equal to 1, but got ${p}`);
  const source = toFloat(input);
  const terms = Array.from({ length: p }, (_, i) => source.sub(i / 2).lgamma());
  const constant = ((p * (p - 1)) / 4) * Math.log(Math.PI);
  return withGradFnName("MvlgammaBackward0", terms.reduce((sum, term) => sum.add(term)).add(constant));
}

function ofIntegers(name: "gcd" | "lcm") {
  const SIGNATURE = tensorPair(name, "other");
  return withName(name, (x: Tensor, ...args: OtherArgs): Tensor => {
    const { input, other } = SIGNATURE.read([x, ...args]);
    const dtype = resultType(input, other);
    if (dtype !== "int32" && dtype !== "uint8") {
      throw new DTypeError(`[${name}] not implemented for ${dtype}. Convert with .int().`);
    }
    return arithmetic(ops[name], input, other);
  });
}

/**
 * Element-wise greatest common divisor of integers, with broadcasting. It is computed on the host, by Euclid's algorithm.
 *
 * @throws DTypeError for other dtypes.
 * @example gcd(tensor([12, 0]).int(), tensor([18, 5]).int()); // tensor([6, 5])
 */
export const gcd = ofIntegers("gcd");

/**
 * Element-wise least common multiple of integers, with broadcasting. It is computed on the host.
 *
 * @throws DTypeError for other dtypes.
 * @example lcm(tensor([4, 0]).int(), tensor([6, 5]).int()); // tensor([12, 0])
 */
export const lcm = ofIntegers("lcm");

/**
 * Element-wise modified Bessel function of the first kind of order 0. Integers become float32. It is computed on the
 * host.
 *
 * @see https://dlmf.nist.gov/10.25
 * @example i0(tensor([0, 1, 2])); // tensor([1.0000, 1.2661, 2.2796])
 */
export const i0 = unary("i0", (x) => floatUnary(ops.i0, x));

const FMAX = tensorPair("fmax", "other");
const FMIN = tensorPair("fmin", "other");

/** The first operand where it wins or the other one is NaN; at a tie it gets the whole gradient, as in PyTorch. */
function choose(name: string, a: Tensor, b: Tensor, wins: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const dtype = resultType(a, b);
  const [x, y] = [cast(a, dtype), cast(b, dtype)];
  const isFirst = wins(x.detach(), y.detach());
  const takesFirst = isFloat(dtype) ? isFirst.logicalOr(y.detach().isnan()) : isFirst;
  return withGradFnName(name, where(takesFirst, x, y));
}

/**
 * Element-wise maximum of two tensors, with broadcasting; where one of them is NaN, the other.
 *
 * @example fmax(tensor([1, NaN]), tensor([3, 2])); // tensor([3., 2.])
 */
export function fmax(x: Tensor, ...args: OtherArgs): Tensor {
  const { input, other } = FMAX.read([x, ...args]);
  return choose("FmaxBackward0", input, other, (a, b) => a.ge(b));
}

/**
 * Element-wise minimum of two tensors, with broadcasting; where one of them is NaN, the other.
 *
 * @example fmin(tensor([1, NaN]), tensor([3, 2])); // tensor([1., 2.])
 */
export function fmin(x: Tensor, ...args: OtherArgs): Tensor {
  const { input, other } = FMIN.read([x, ...args]);
  return choose("FminBackward0", input, other, (a, b) => a.le(b));
}

const NEXTAFTER = tensorPair("nextafter", "other");

/**
 * The float next to each element in the direction of `other`, with broadcasting. It is computed on the host, from the bits
 * of the numbers, and has no gradient.
 *
 * @throws DTypeError for integers and bools.
 * @example nextafter(tensor([1]), tensor([2])).gt(1); // tensor([True])
 */
export function nextafter(x: Tensor, ...args: OtherArgs): Tensor {
  const { input, other } = NEXTAFTER.read([x, ...args]);
  const dtype = resultType(input, other);
  if (!isFloat(dtype)) throw new DTypeError(`[nextafter] not implemented for ${dtype}. Convert with .float().`);
  return arithmetic(ops.nextafter, input, other);
}

const FLOAT_POWER = signature("floatPower", { input: required(anOperand), exponent: required(anOperand) });

/**
 * Raises the input to a power in double precision, element-wise with broadcasting: the result is float64 always. Base or
 * exponent may be a number.
 *
 * @example floatPower(tensor([2]), 0.5); // tensor([1.4142], dtype=torch.float64)
 */
export function floatPower(x: Operand, ...args: PowArgs): Tensor {
  const { input, exponent } = FLOAT_POWER.read([x, ...args]);
  const wide = (operand: Operand): Operand =>
    typeof operand === "object" ? cast(operand, "float64") : Number(operand);
  return power("floatPower", wide(input), wide(exponent));
}

/**
 * Tells for each element whether it is a real number, which all are here: bool.
 *
 * @example isreal(tensor([1, 2])); // tensor([True, True])
 */
export const isreal = unary("isreal", (x) => filledLike(x, { shape: x.shape, dtype: "bool", device: x.device }, 1));
