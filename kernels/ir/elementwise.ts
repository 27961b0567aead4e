/**
 * @file The element-wise operations: one expression each, from which all devices and dtypes get their kernels.
 *
 * Inputs have one dtype, T, unless it says "bool"; so has the result. Formulas hold in every kind of element that an
 * operation is called with, and branch on the kind where integers need another.
 */
import type { DType } from "../backend.ts";
import {
  abs,
  add,
  and,
  bitAnd,
  bitNot,
  bitOr,
  bitXor,
  ceil,
  constant,
  convert,
  div,
  type Expr,
  eq,
  floor,
  ge,
  gt,
  intPow,
  isFloat,
  isTrue,
  type Kind,
  le,
  lt,
  type Math1,
  math,
  math2,
  max,
  min,
  mul,
  narrow,
  ne,
  nearest,
  neg,
  not,
  or,
  select,
  sqrt,
  sub,
  trunc,
  xor,
} from "./expression.ts";

/** Dtypes of an operation: floating ones, these and integers, integers and bool, or all. */
export type Domain = "floats" | "numbers" | "integral" | "all";

/** An element-wise operation. */
export interface Elementwise {
  /** Of each input: the common dtype, or bool. */
  readonly inputs: readonly ("T" | "bool")[];
  /** How many numbers each call gets besides. */
  readonly scalars: number;
  readonly result: "T" | "bool";
  /** The dtypes that it is called with. */
  readonly domain: Domain;
  /** The value of one element. */
  readonly expression: (inputs: readonly Expr[], scalars: readonly Expr[]) => Expr;
}

type Inputs = [Expr, Expr, Expr];

function define(
  inputs: Elementwise["inputs"],
  expression: (...inputs: Inputs) => Expr,
  result: "T" | "bool" = "T",
): Elementwise {
  return { inputs, scalars: 0, result, domain: "floats", expression: (x) => expression(...(x as Inputs)) };
}

const unary = (f: (x: Expr) => Expr): Elementwise => define(["T"], f);
const predicate = (f: (x: Expr) => Expr): Elementwise => define(["T"], f, "bool");
const binary = (f: (x: Expr, y: Expr) => Expr): Elementwise => define(["T", "T"], f);
const comparison = (f: (x: Expr, y: Expr) => Expr): Elementwise => define(["T", "T"], f, "bool");
const ternary = (f: (x: Expr, y: Expr, z: Expr) => Expr): Elementwise => define(["T", "T", "T"], f);
const call = (name: Math1): Elementwise => unary((x) => math(name, x));

/** With numbers that each call gets. */
function withScalars(
  inputs: number,
  scalars: number,
  f: (inputs: Inputs, scalars: [Expr, Expr, Expr]) => Expr,
): Elementwise {
  return {
    inputs: new Array<"T">(inputs).fill("T"),
    scalars,
    result: "T",
    domain: "floats",
    expression: (x, s) => f(x as Inputs, s as [Expr, Expr, Expr]),
  };
}

const numbers = (f: Elementwise): Elementwise => ({ ...f, domain: "numbers" });
const integral = (f: Elementwise): Elementwise => ({ ...f, domain: "integral" });
const all = (f: Elementwise): Elementwise => ({ ...f, domain: "all" });

/** Floats are rounded, integers are what they are. */
const rounding = (f: (x: Expr) => Expr): Elementwise => numbers(unary((x) => (isFloat(x) ? f(x) : x)));

/** Whether x is NaN. */
const isNaNOf = (x: Expr): Expr => ne(x, x);

/** False, of an element of any kind. */
const never = (x: Expr): Expr => and(isTrue(x), not(isTrue(x)));

/** Whether x is neither NaN nor below infinity. By "less": some compilers for GPUs take it that no float is infinite. */
const isPositiveInfinity = (x: Expr): Expr => not(or(lt(x, Infinity), isNaNOf(x)));

/** Whether the sign is "minus", of −0 too. */
function signBitOf(x: Expr): Expr {
  if (x.kind === "mask") return never(x);
  return isFloat(x) ? or(lt(x, 0), and(eq(x, 0), lt(div(1, x), 0))) : lt(x, 0);
}

/** The larger one and what the smaller one adds to it; `base` is the logarithm of the base. Equal infinities have no difference. */
function logAddExpOf(x: Expr, y: Expr, base: number): Expr {
  const distance = abs(sub(x, y));
  const more = math("log1p", math("exp", neg(base === 1 ? distance : mul(distance, base))));
  return select(eq(x, y), add(x, Math.LN2 / base), add(max(x, y), base === 1 ? more : div(more, base)));
}

/** −1, 0 or 1; of NaN 0, as in PyTorch. */
function signOf(x: Expr): Expr {
  const one = constant(x.kind, 1);
  const zero = constant(x.kind, 0);
  return select(gt(x, 0), one, x.kind === "u8" ? zero : select(lt(x, 0), constant(x.kind, -1), zero));
}

/** Rest of the division with the sign of the divisor. */
function remainderOf(x: Expr, y: Expr): Expr {
  if (!isFloat(x)) return convert(remainderOf(convert(x, "f64"), convert(y, "f64")), x.kind);
  const rest = math2("fmod", x, y);
  return select(and(ne(rest, 0), xor(lt(rest, 0), lt(y, 0))), add(rest, y), rest);
}

/** The quotient rounded down, from the exact rest, so that a rounded quotient cannot end one too high. */
function floorDivideOf(x: Expr, y: Expr): Expr {
  // The quotient of two integers of 32 bits is never rounded up to the next integer in double precision.
  if (!isFloat(x)) return convert(floor(div(convert(x, "f64"), convert(y, "f64"))), x.kind);
  const rest = math2("fmod", x, y);
  const quotient = div(sub(x, rest), y);
  const down = select(and(ne(rest, 0), xor(lt(rest, 0), lt(y, 0))), sub(quotient, 1), quotient);
  const below = floor(down);
  const whole = select(gt(sub(down, below), 0.5), add(below, 1), below);
  // A zero has the sign of the quotient, and so has what a zero divisor gives.
  return select(eq(y, 0), div(x, y), select(eq(down, 0), mul(div(x, y), 0), whole));
}

/** √(x² + y²), of whose squares none overflows: the larger operand is taken out of the root. */
function hypotOf(x: Expr, y: Expr): Expr {
  const [a, b] = [abs(x), abs(y)];
  const large = max(a, b);
  const ratio = div(min(a, b), large);
  const size = mul(large, sqrt(add(mul(ratio, ratio), 1)));
  // 0/0 and ∞/∞ are no ratios; and what is infinite is so beside NaN too.
  const isInfinite = or(eq(a, Infinity), eq(b, Infinity));
  return select(isInfinite, Infinity, select(eq(large, 0), 0, size));
}

/** Of integers modulo a power of two. */
function powOf(x: Expr, y: Expr): Expr {
  if (isFloat(x)) return math2("pow", x, y);
  if (x.kind === "mask") return or(x, not(y));
  return convert(intPow(convert(x, "i32"), convert(y, "i32")), x.kind);
}

/** A byte, or a number for bytes, as int32: what a byte is held against may lie beyond bytes. */
function widened(x: Expr): Expr {
  if (x.kind !== "u8") return x;
  return x.op === "scalar" ? { ...x, kind: "i32" } : convert(x, "i32");
}

/** x where it lies between the bounds; a bound that is NaN makes all NaN. */
function clampOf(x: Expr, low: Expr, high: Expr): Expr {
  if (x.kind === "u8") return convert(clampOf(widened(x), widened(low), widened(high)), "u8");
  const raised = select(lt(x, low), low, x);
  const kept = select(gt(raised, high), high, raised);
  return isFloat(x) ? select(isNaNOf(low), low, select(isNaNOf(high), high, kept)) : kept;
}

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
const ONE_OVER_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);
/** Of the cubic term in the approximation of GELU by tanh. */
const GELU_CUBIC = 0.044715;

/** √(2/π)·(x + 0.044715·x³) */
const geluInner = (x: Expr): Expr => mul(mul(x, add(mul(mul(x, x), GELU_CUBIC), 1)), SQRT_2_OVER_PI);

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

const rsqrtOf = (x: Expr): Expr => div(1, sqrt(x));

/**
 * The derivative of digamma, to some ten digits, with PyTorch's number of terms: six of Σ 1/(x + k)², then three of the
 * asymptotic series (Abramowitz and Stegun 6.4.12); below ½ the reflection ψ′(1 − x) + ψ′(x) = π²/sin²(πx).
 */
function trigammaOf(x: Expr): Expr {
  const isLow = lt(x, 0.5);
  const y = select(isLow, sub(1, x), x);
  let sum = div(1, mul(y, y));
  for (let k = 1; k < 6; k++) {
    const shifted = add(y, k);
    sum = add(sum, div(1, mul(shifted, shifted)));
  }
  const z = add(y, 6);
  const square = div(1, mul(z, z));
  const series = mul(square, sub(1 / 6, mul(square, sub(1 / 30, mul(square, 1 / 42)))));
  const total = add(sum, div(add(add(div(0.5, z), series), 1), z));
  // Near a pole only the distance to it counts, which a rounded πx has lost.
  const sine = math("sin", mul(sub(x, nearest(x)), Math.PI));
  return select(isLow, sub(div(Math.PI ** 2, mul(sine, sine)), total), total);
}

/** The derivative of sin(a)/a; near 0, where the difference of a·cos(a) and sin(a) cancels, by its series. */
function sincSlopeOf(angle: Expr): Expr {
  const square = mul(angle, angle);
  let factor = sub(1, mul(square, 1 / 304));
  for (const divisor of [238, 180, 130, 88, 54, 28, 10]) factor = sub(1, mul(mul(square, 1 / divisor), factor));
  const isNear = lt(abs(angle), 1);
  // What is not chosen has a derivative too: no division by 0.
  const away = select(isNear, 1, angle);
  const far = div(sub(mul(math("cos", away), away), math("sin", away)), mul(away, away));
  return select(isNear, mul(mul(angle, -1 / 3), factor), far);
}

/** log(1 + e^x) without overflow. */
const softplusOf = (x: Expr): Expr => add(max(x, 0), math("log1p", math("exp", neg(abs(x)))));

/** min(max(x + 3, 0), 6) */
const relu6Shifted = (x: Expr): Expr => clampTo(add(x, 3), 0, 6);
const clampTo = (x: Expr, low: number, high: number): Expr => {
  const raised = select(lt(x, low), low, x);
  return select(gt(raised, high), high, raised);
};

/**
 * The float next to x in the direction of y, by sums that are rounded: Rump, Zimmermann, Boldo and Melquiond, Computing
 * predecessor and successor in rounding to nearest, 2009. `unit` is half the distance from 1 to the next number.
 */
function nextAfterOf(x: Expr, y: Expr, [smallest, unit, largest]: readonly [Expr, Expr, Expr]): Expr {
  const size = abs(x);
  const share = add(unit, mul(mul(unit, unit), 2));
  // Twice the smallest normal number, below which all steps are the smallest number there is.
  const limit = div(smallest, unit);
  const far = narrow(add(narrow(mul(size, share)), smallest));
  // Below a power of two, the steps are half as long.
  const shrinks = xor(gt(x, 0), lt(x, y));
  const isBelow = (end: Expr): Expr => or(lt(size, end), and(shrinks, eq(size, end)));
  const step = select(isBelow(limit), smallest, select(isBelow(add(limit, limit)), add(smallest, smallest), far));
  const stepped = narrow(select(lt(x, y), add(x, step), sub(x, step)));
  // What steps to 0 keeps its sign.
  const moved = select(eq(stepped, 0), mul(x, 0), stepped);
  const inward = select(lt(x, 0), neg(largest), largest);
  const next = select(gt(size, largest), inward, moved);
  return select(eq(x, y), y, select(or(lt(x, y), gt(x, y)), next, add(x, y)));
}

const TABLE = {
  // Arithmetic. Sums and products of booleans are "or" and "and".
  add: all(binary((x, y) => (x.kind === "mask" ? or(x, y) : add(x, y)))),
  sub: all(binary((x, y) => (x.kind === "mask" ? xor(x, y) : sub(x, y)))),
  mul: all(binary((x, y) => (x.kind === "mask" ? and(x, y) : mul(x, y)))),
  div: binary(div),
  /** a + s·b, rounded after the product. */
  addScaled: numbers(withScalars(2, 1, ([x, y], [s]) => add(x, mul(y, s)))),
  /** a + s·b·c. */
  addProduct: numbers(withScalars(3, 1, ([x, y, z], [s]) => add(x, mul(mul(y, z), s)))),
  /** a + s·b/c. */
  addQuotient: withScalars(3, 1, ([x, y, z], [s]) => add(x, div(mul(y, s), z))),
  /** a + w·(b − a), from the nearer end, as in PyTorch. */
  lerp: ternary((x, y, w) => {
    const step = sub(y, x);
    return select(lt(abs(w), 0.5), add(x, mul(w, step)), sub(y, mul(step, sub(1, w))));
  }),
  pow: all(binary(powOf)),
  maximum: all(binary((x, y) => (x.kind === "mask" ? or(x, y) : max(x, y)))),
  minimum: all(binary((x, y) => (x.kind === "mask" ? and(x, y) : min(x, y)))),
  remainder: numbers(binary(remainderOf)),
  fmod: numbers(
    binary((x, y) =>
      isFloat(x) ? math2("fmod", x, y) : convert(math2("fmod", convert(x, "f64"), convert(y, "f64")), x.kind),
    ),
  ),
  floorDivide: numbers(binary(floorDivideOf)),
  truncDivide: numbers(
    binary((x, y) =>
      isFloat(x) ? trunc(div(x, y)) : convert(trunc(div(convert(x, "f64"), convert(y, "f64"))), x.kind),
    ),
  ),
  atan2: binary((x, y) => math2("atan2", x, y)),
  hypot: binary(hypotOf),
  copysign: binary((x, y) => select(signBitOf(y), neg(abs(x)), abs(x))),
  nextafter: withScalars(2, 3, ([x, y], numbers) => nextAfterOf(x, y, numbers)),
  /** x·log y, 0 where x is 0. */
  xlogy: binary((x, y) => select(isNaNOf(y), y, select(eq(x, 0), 0, mul(x, math("log", y))))),
  /** 0 below 0, 1 above, and at 0 the second input; of NaN 0. */
  heaviside: all(
    binary((x, y) =>
      x.kind === "mask" ? or(x, y) : select(eq(x, 0), y, select(gt(x, 0), constant(x.kind, 1), constant(x.kind, 0))),
    ),
  ),
  logaddexp: binary((x, y) => logAddExpOf(x, y, 1)),
  logaddexp2: binary((x, y) => logAddExpOf(x, y, Math.LN2)),
  neg: numbers(unary(neg)),
  abs: numbers(unary(abs)),
  sign: all(unary((x) => (x.kind === "mask" ? x : signOf(x)))),
  square: all(unary((x) => (x.kind === "mask" ? x : mul(x, x)))),
  cube: unary((x) => mul(mul(x, x), x)),
  sqrt: unary(sqrt),
  rsqrt: unary(rsqrtOf),
  reciprocal: unary((x) => div(1, x)),
  floor: rounding(floor),
  ceil: rounding(ceil),
  round: rounding(nearest),
  trunc: rounding(trunc),
  frac: unary((x) => sub(x, trunc(x))),
  clamp: numbers(withScalars(1, 2, ([x], [low, high]) => clampOf(x, low, high))),

  // Bits
  bitwiseAnd: integral(binary((x, y) => (x.kind === "mask" ? and(x, y) : bitAnd(x, y)))),
  bitwiseOr: integral(binary((x, y) => (x.kind === "mask" ? or(x, y) : bitOr(x, y)))),
  bitwiseXor: integral(binary((x, y) => (x.kind === "mask" ? xor(x, y) : bitXor(x, y)))),
  bitwiseNot: integral(unary((x) => (x.kind === "mask" ? not(x) : bitNot(x)))),

  // Comparisons and logic
  eq: all(comparison((x, y) => (x.kind === "mask" ? not(xor(x, y)) : eq(x, y)))),
  ne: all(comparison((x, y) => (x.kind === "mask" ? xor(x, y) : ne(x, y)))),
  lt: all(comparison((x, y) => (x.kind === "mask" ? and(not(x), y) : lt(x, y)))),
  le: all(comparison((x, y) => (x.kind === "mask" ? or(not(x), y) : le(x, y)))),
  gt: all(comparison((x, y) => (x.kind === "mask" ? and(x, not(y)) : gt(x, y)))),
  ge: all(comparison((x, y) => (x.kind === "mask" ? or(x, not(y)) : ge(x, y)))),
  logicalAnd: all(comparison((x, y) => and(isTrue(x), isTrue(y)))),
  logicalOr: all(comparison((x, y) => or(isTrue(x), isTrue(y)))),
  logicalXor: all(comparison((x, y) => xor(isTrue(x), isTrue(y)))),
  logicalNot: all(predicate((x) => not(isTrue(x)))),
  isnan: all(predicate((x) => (isFloat(x) ? isNaNOf(x) : never(x)))),
  isinf: all(predicate((x) => (isFloat(x) ? isPositiveInfinity(abs(x)) : never(x)))),
  isposinf: all(predicate((x) => (isFloat(x) ? isPositiveInfinity(x) : never(x)))),
  isneginf: all(predicate((x) => (isFloat(x) ? isPositiveInfinity(neg(x)) : never(x)))),
  signbit: all(predicate(signBitOf)),
  isfinite: all(predicate((x) => (isFloat(x) ? lt(abs(x), Infinity) : or(isTrue(x), not(isTrue(x)))))),
  where: all(define(["bool", "T", "T"], (c, x, y) => select(c, x, y))),
  /** Scalars: what NaN, ∞ and −∞ become. */
  nanToNum: withScalars(1, 3, ([x], [nan, positive, negative]) =>
    select(isNaNOf(x), nan, select(isPositiveInfinity(x), positive, select(isPositiveInfinity(neg(x)), negative, x))),
  ),

  // Exponentials, logarithms, angles
  exp: call("exp"),
  exp2: call("exp2"),
  expm1: call("expm1"),
  log: call("log"),
  log1p: call("log1p"),
  log2: call("log2"),
  log10: call("log10"),
  sin: call("sin"),
  cos: call("cos"),
  tan: call("tan"),
  asin: call("asin"),
  acos: call("acos"),
  atan: call("atan"),
  sinh: call("sinh"),
  cosh: call("cosh"),
  tanh: call("tanh"),
  asinh: call("asinh"),
  acosh: call("acosh"),
  atanh: call("atanh"),
  sigmoid: call("sigmoid"),
  /** log(x/(1 − x)) of x brought between the bounds. */
  logit: withScalars(1, 2, ([x], [low, high]) => {
    const raised = select(lt(x, low), low, x);
    const inner = select(gt(raised, high), high, raised);
    return math("log", div(inner, sub(1, inner)));
  }),
  erf: call("erf"),
  erfc: call("erfc"),
  erfinv: call("erfinv"),
  lgamma: call("lgamma"),
  digamma: call("digamma"),
  /** sin(πx)/(πx), 1 at 0. */
  sinc: unary((x) => {
    const angle = mul(x, Math.PI);
    return select(eq(x, 0), 1, div(math("sin", angle), angle));
  }),

  // Activations. NaN and −0 go through relu.
  relu: numbers(unary((x) => select(lt(x, 0), 0, x))),
  leakyRelu: withScalars(1, 1, ([x], [slope]) => select(gt(x, 0), x, mul(x, slope))),
  prelu: binary((x, slope) => select(gt(x, 0), x, mul(x, slope))),
  threshold: numbers(withScalars(1, 2, ([x], [bound, value]) => select(le(widened(x), widened(bound)), value, x))),
  /** scale·x where x > 0, else alpha·(e^(inputScale·x) − 1); scalars: alpha·scale, scale, inputScale. −0 becomes 0. */
  elu: withScalars(1, 3, ([x], [alpha, scale, inputScale]) => {
    const below = select(gt(x, 0), 0, x);
    return select(gt(x, 0), mul(x, scale), add(mul(math("expm1", mul(below, inputScale)), alpha), 0));
  }),
  gelu: unary((x) => mul(mul(x, 0.5), add(math("erf", mul(x, Math.SQRT1_2)), 1))),
  geluTanh: unary((x) => mul(mul(x, 0.5), add(math("tanh", geluInner(x)), 1))),
  silu: unary((x) => mul(x, math("sigmoid", x))),
  mish: unary((x) => mul(x, math("tanh", softplusOf(x)))),
  /** Scalars: beta, threshold. */
  softplus: withScalars(1, 2, ([x], [beta, threshold]) => {
    const scaled = mul(x, beta);
    return select(gt(scaled, threshold), x, div(math("log1p", math("exp", scaled)), beta));
  }),
  /** log σ(x) = min(x, 0) − log(1 + e^−|x|): no exponential overflows. */
  logSigmoid: unary((x) => sub(min(x, 0), math("log1p", math("exp", neg(abs(x)))))),
  hardsigmoid: unary((x) => div(relu6Shifted(x), 6)),
  hardswish: unary((x) => div(mul(x, relu6Shifted(x)), 6)),
  softsign: unary((x) => div(x, add(abs(x), 1))),
  tanhshrink: unary((x) => sub(x, math("tanh", x))),
  hardshrink: withScalars(1, 1, ([x], [lambd]) => select(le(abs(x), lambd), 0, x)),
  /** NaN becomes 0, as in PyTorch. */
  softshrink: withScalars(1, 1, ([x], [lambd]) =>
    select(gt(x, lambd), sub(x, lambd), select(lt(x, neg(lambd)), add(x, lambd), 0)),
  ),

  // Gradients in one pass: of the incoming gradient and the result …
  /** The gradient passes where the result is NaN. */
  reluGrad: numbers(binary((g, y) => select(le(y, 0), 0, g))),
  sigmoidGrad: binary((g, y) => mul(mul(g, y), sub(1, y))),
  /** 1 − y² as a product, which keeps its digits where y is near 1. */
  tanhGrad: binary((g, y) => mul(mul(g, sub(1, y)), add(y, 1))),
  sqrtGrad: binary((g, y) => div(g, mul(y, 2))),
  rsqrtGrad: binary((g, y) => mul(mul(g, mul(mul(y, y), y)), -0.5)),
  reciprocalGrad: binary((g, y) => mul(neg(g), mul(y, y))),
  expm1Grad: binary((g, y) => mul(g, add(y, 1))),
  exp2Grad: binary((g, y) => mul(mul(g, y), Math.LN2)),
  tanGrad: binary((g, y) => mul(g, add(mul(y, y), 1))),
  erfinvGrad: binary((g, y) => mul(g, mul(math("exp", mul(y, y)), Math.sqrt(Math.PI) / 2))),
  // … or of the incoming gradient and the input.
  log1pGrad: binary((g, x) => div(g, add(x, 1))),
  log2Grad: binary((g, x) => div(g, mul(x, Math.LN2))),
  log10Grad: binary((g, x) => div(g, mul(x, Math.LN10))),
  sinGrad: binary((g, x) => mul(g, math("cos", x))),
  cosGrad: binary((g, x) => mul(g, neg(math("sin", x)))),
  asinGrad: binary((g, x) => mul(g, rsqrtOf(sub(1, mul(x, x))))),
  acosGrad: binary((g, x) => neg(mul(g, rsqrtOf(sub(1, mul(x, x)))))),
  atanGrad: binary((g, x) => div(g, add(mul(x, x), 1))),
  sinhGrad: binary((g, x) => mul(g, math("cosh", x))),
  coshGrad: binary((g, x) => mul(g, math("sinh", x))),
  asinhGrad: binary((g, x) => mul(g, rsqrtOf(add(mul(x, x), 1)))),
  acoshGrad: binary((g, x) => mul(g, rsqrtOf(sub(mul(x, x), 1)))),
  atanhGrad: binary((g, x) => div(g, sub(1, mul(x, x)))),
  /** d erf(x)/dx = 2/√π·e^(−x²) */
  erfGrad: binary((g, x) => mul(g, mul(math("exp", neg(mul(x, x))), TWO_OVER_SQRT_PI))),
  erfcGrad: binary((g, x) => mul(g, mul(math("exp", neg(mul(x, x))), -TWO_OVER_SQRT_PI))),
  lgammaGrad: binary((g, x) => mul(g, math("digamma", x))),
  digammaGrad: binary((g, x) => mul(g, trigammaOf(x))),
  sincGrad: binary((g, x) => mul(g, mul(sincSlopeOf(mul(x, Math.PI)), Math.PI))),
  /** 0 outside of the bounds; NaN where logit is NaN. */
  logitGrad: withScalars(2, 2, ([g, x], [low, high]) => {
    const slope = select(or(lt(x, 0), gt(x, 1)), Number.NaN, div(g, mul(x, sub(1, x))));
    return select(or(lt(x, low), gt(x, high)), 0, slope);
  }),
  nanToNumGrad: binary((g, x) => select(lt(abs(x), Infinity), g, 0)),
  leakyReluGrad: withScalars(2, 1, ([g, x], [slope]) => select(gt(x, 0), g, mul(g, slope))),
  preluGrad: ternary((g, x, slope) => select(gt(x, 0), g, mul(g, slope))),
  /** For the slope. */
  preluSlopeGrad: binary((g, x) => select(gt(x, 0), 0, mul(g, x))),
  thresholdGrad: numbers(withScalars(2, 1, ([g, x], [bound]) => select(le(widened(x), widened(bound)), 0, g))),
  clampGrad: numbers(
    withScalars(2, 2, ([g, given], [low, high]) => {
      const x = widened(given);
      return select(and(ge(x, widened(low)), le(x, widened(high))), g, 0);
    }),
  ),
  /** Scalars as those of elu; at 0 the derivative from the left, and its own derivative 0, as in PyTorch. */
  eluGrad: withScalars(2, 3, ([g, x], [alpha, scale, inputScale]) => {
    const below = select(ge(x, 0), 0, x);
    const slope = mul(mul(math("exp", mul(below, inputScale)), alpha), inputScale);
    return mul(g, select(gt(x, 0), scale, slope));
  }),
  /** Φ(x) + x·φ(x), with φ the density of the standard normal distribution and Φ its integral. */
  geluGrad: binary((g, x) => {
    const cdf = mul(add(math("erf", mul(x, Math.SQRT1_2)), 1), 0.5);
    const density = mul(math("exp", mul(mul(x, x), -0.5)), ONE_OVER_SQRT_2PI);
    return mul(g, add(cdf, mul(x, density)));
  }),
  geluTanhGrad: binary((g, x) => {
    const t = math("tanh", geluInner(x));
    // Beyond the root of the largest float32 this is NaN, as in PyTorch.
    const innerGrad = mul(add(mul(narrow(mul(x, x)), 3 * GELU_CUBIC), 1), SQRT_2_OVER_PI);
    const right = mul(mul(mul(x, 0.5), mul(sub(1, t), add(t, 1))), innerGrad);
    return mul(g, add(mul(add(t, 1), 0.5), right));
  }),
  siluGrad: binary((g, x) => {
    const s = math("sigmoid", x);
    return mul(g, mul(s, add(mul(x, sub(1, s)), 1)));
  }),
  /**
   * tanh(log(1 + eˣ)) = (1 − q²) / (1 + q²) with q = σ(−x): without |x|, so that it has derivatives at 0. Its own is the
   * square of 2q / (1 + q²).
   */
  mishGrad: binary((g, x) => {
    const s = math("sigmoid", x);
    const q = math("sigmoid", neg(x));
    const divisor = add(mul(q, q), 1);
    const t = div(mul(s, add(q, 1)), divisor);
    const root = div(mul(q, 2), divisor);
    return mul(g, add(t, mul(mul(x, s), mul(root, root))));
  }),
  /** Scalars: beta, threshold. */
  softplusGrad: withScalars(2, 2, ([g, x], [beta, threshold]) => {
    const scaled = mul(x, beta);
    return select(gt(scaled, threshold), g, mul(g, math("sigmoid", scaled)));
  }),
  logSigmoidGrad: binary((g, x) => mul(g, math("sigmoid", neg(x)))),
  hardsigmoidGrad: binary((g, x) => select(and(gt(x, -3), lt(x, 3)), div(g, 6), 0)),
  hardswishGrad: binary((g, x) => select(lt(x, -3), 0, select(ge(x, 3), g, mul(g, add(div(x, 3), 0.5))))),
  /** Strictly between the bounds. */
  hardtanhGrad: withScalars(2, 2, ([g, x], [low, high]) => select(and(gt(x, low), lt(x, high)), g, 0)),
  shrinkGrad: withScalars(2, 1, ([g, x], [lambd]) => select(gt(abs(x), lambd), g, 0)),
  /** Of infinities NaN: the two terms of the quotient's derivative, which PyTorch subtracts, have no difference there. */
  softsignGrad: binary((g, x) => {
    const size = add(abs(x), 1);
    return select(lt(abs(x), Infinity), div(div(g, size), size), Number.NaN);
  }),
  tanhshrinkGrad: binary((g, x) => {
    const t = math("tanh", x);
    return mul(g, mul(t, t));
  }),

  // … or of the incoming gradient and two inputs, one of which may be the result.
  fmodGrad: ternary((g, x, y) => neg(mul(g, trunc(div(x, y))))),
  hypotGrad: ternary((g, x, y) => mul(g, div(x, y))),
  copysignGrad: ternary((g, x, y) => select(eq(x, 0), 0, mul(g, div(y, x)))),
  /** A gradient of 0 stays 0 where the logarithm is none. */
  xlogyGrad: ternary((g, x, y) => {
    const isZero = and(or(eq(x, 0), eq(g, 0)), le(y, 0));
    return select(isZero, 0, mul(g, math("log", y)));
  }),
  xlogyOtherGrad: ternary((g, x, y) => div(mul(g, x), y)),
  /** Scalar: the logarithm of the base. */
  logaddexpGrad: withScalars(3, 1, ([g, x, y], [base]) => mul(g, math("sigmoid", mul(sub(x, y), base)))),
  /** Of the divisor. */
  addQuotientGrad: withScalars(3, 1, ([g, x, y], [s]) => neg(mul(g, div(mul(div(x, y), s), y)))),
  lerpStartGrad: binary((g, w) => mul(g, sub(1, w))),
  lerpWeightGrad: ternary((g, x, y) => mul(g, sub(y, x))),

  // Losses of input and target. Scalar of the next two: where the square ends.
  squaredError: binary((x, t) => mul(sub(x, t), sub(x, t))),
  absoluteError: binary((x, t) => abs(sub(x, t))),
  smoothL1: withScalars(2, 1, ([x, t], [beta]) => {
    const d = abs(sub(x, t));
    return select(lt(d, beta), div(mul(mul(d, d), 0.5), beta), sub(d, mul(beta, 0.5)));
  }),
  huber: withScalars(2, 1, ([x, t], [delta]) => {
    const d = abs(sub(x, t));
    return select(lt(d, delta), mul(mul(d, d), 0.5), mul(sub(d, mul(delta, 0.5)), delta));
  }),
  /** −t·log σ(x) − (1 − t)·log(1 − σ(x)), with no exponential that overflows. */
  logitCrossEntropy: binary((x, t) => {
    const logSigmoid = sub(min(x, 0), math("log1p", math("exp", neg(abs(x)))));
    return sub(mul(sub(1, t), x), logSigmoid);
  }),
  /** −t·log x − (1 − t)·log(1 − x), with logarithms of at least −100. */
  probabilityCrossEntropy: binary((x, t) => {
    const yes = max(math("log", x), -100);
    const no = max(math("log1p", neg(x)), -100);
    return sub(mul(sub(t, 1), no), mul(t, yes));
  }),

  // Their gradients for the input: of the incoming gradient, the input and the target.
  squaredErrorGrad: ternary((g, x, t) => mul(g, mul(sub(x, t), 2))),
  absoluteErrorGrad: ternary((g, x, t) => {
    const d = sub(x, t);
    return select(gt(d, 0), g, select(lt(d, 0), neg(g), 0));
  }),
  smoothL1Grad: withScalars(3, 1, ([g, x, t], [beta]) => {
    const d = sub(x, t);
    return select(ge(d, beta), g, select(le(d, neg(beta)), neg(g), mul(g, div(d, beta))));
  }),
  huberGrad: withScalars(3, 1, ([g, x, t], [delta]) => {
    const d = sub(x, t);
    const scaled = mul(g, delta);
    return select(ge(d, delta), scaled, select(le(d, neg(delta)), neg(scaled), mul(g, d)));
  }),
  logitCrossEntropyGrad: ternary((g, x, t) => mul(g, sub(math("sigmoid", x), t))),
  probabilityCrossEntropyGrad: ternary((g, x, t) => div(mul(g, sub(x, t)), max(mul(sub(1, x), x), 1e-12))),
} satisfies Record<string, Elementwise>;

export type ElementwiseName = keyof typeof TABLE;

/** The operations by name. */
export const ELEMENTWISE: Readonly<Record<ElementwiseName, Elementwise>> = TABLE;

/** Operations that have no result for integers where the divisor, their second input, is 0. */
export const INTEGER_DIVISIONS: ReadonlySet<ElementwiseName> = new Set([
  "remainder",
  "fmod",
  "floorDivide",
  "truncDivide",
] as const);

/** Operations that are powers of floats with a constant exponent, and take only products or roots. */
export const POWERS: ReadonlyMap<number, ElementwiseName> = new Map([
  [2, "square"],
  [3, "cube"],
  [0.5, "sqrt"],
  [-0.5, "rsqrt"],
  [-1, "reciprocal"],
] as const);

/** Whether an operation is defined for elements of a dtype. */
export function isDefinedFor({ domain }: Elementwise, dtype: DType): boolean {
  if (domain === "all") return true;
  const isFloating = dtype === "float32" || dtype === "float64";
  return domain === "floats" ? isFloating : domain === "numbers" ? dtype !== "bool" : !isFloating;
}

/** The dtype T of the inputs of an operation: that of the last one. */
export function commonDType(inputs: readonly { readonly dtype: DType }[]): DType {
  const last = inputs[inputs.length - 1];
  if (last === undefined) throw new TypeError("an element-wise operation has inputs");
  return last.dtype;
}

/** The kind of an element of a dtype. */
export const KIND_OF: Readonly<Record<DType, Kind>> = {
  float32: "f32",
  float64: "f64",
  int32: "i32",
  uint8: "u8",
  bool: "mask",
};

/** The expression of an operation whose common dtype is `dtype`. */
export function expressionOf(f: Elementwise, dtype: DType): Expr {
  const kind = KIND_OF[dtype];
  const inputs = f.inputs.map((type, index): Expr => ({ op: "input", kind: type === "T" ? kind : "mask", index }));
  const scalars = Array.from({ length: f.scalars }, (_, index): Expr => ({ op: "scalar", kind, index }));
  return f.expression(inputs, scalars);
}

/** The dtype of the result. */
export function resultDType(f: Elementwise, dtype: DType): DType {
  return f.result === "bool" ? "bool" : dtype;
}

/** The expression of a conversion. */
export function castExpression(from: DType, to: DType): Expr {
  return convert({ op: "input", kind: KIND_OF[from], index: 0 }, KIND_OF[to]);
}
