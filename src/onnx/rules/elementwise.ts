/** @file How element-wise operations are written. */
import type { NDArray } from "../../../kernels/backend.ts";
import type { Op } from "../../autograd/op.ts";
import { isFloat } from "../../core/dtype.ts";
import type { ops } from "../../tensor/ops/index.ts";
import { type Call, first, like, NoCounterpart, nth, type Rule, rule } from "../emitter.ts";
import { type Attributes, float } from "../graph-builder.ts";

/** The parameters of an operation of the table. */
type ParamsOf<K extends keyof typeof ops> =
  (typeof ops)[K] extends Op<infer _In extends readonly NDArray[], infer P> ? P : never;

/** Rules for operations of the table. */
export type OpRules = { readonly [K in keyof typeof ops]?: Rule<ParamsOf<K>> };

type Any = Call<unknown>;

const names = (call: Any): string[] => call.inputs.map((_, i) => nth(call, i).name);

/** An operation that ONNX has under a name. */
const same = (opType: string, attributes?: Attributes) =>
  rule<unknown>((call) => call.graph.node(opType, names(call), attributes));

/** Of floats and integers, which bools are not for ONNX. */
const arithmetic = (opType: string) =>
  rule<unknown>((call) => {
    if (first(call).dtype !== "bool") return call.graph.node(opType, names(call));
    throw new NoCounterpart("bools are not added or multiplied there; use logicalOr, logicalAnd, or .int()");
  });

/** Of bools; other numbers are true where they are not 0. */
const logical = (opType: string) =>
  rule<unknown>((call) => {
    const bools = call.inputs.map((_, i) => {
      const { name, dtype } = nth(call, i);
      return dtype === "bool" ? name : call.graph.cast(name, "bool");
    });
    return call.graph.node(opType, bools);
  });

/** Bitwise operations are there for bools alone. */
const bitwise = (opType: string) =>
  rule<unknown>((call) => {
    if (first(call).dtype !== "bool") throw new NoCounterpart("only those of bools have one");
    return call.graph.node(opType, names(call));
  });

/** An expression of the first input. */
const formula = (write: (x: string, call: Call<readonly number[] | null>) => string) =>
  rule<readonly number[] | null>((call) => write(first(call).name, call));

/** The `i`-th number that an operation takes. */
function scalar({ params }: Call<readonly number[] | null>, i: number): number {
  return params?.[i] ?? Number.NaN;
}

/** Sign(x)·Floor(|x|) */
function truncated(call: Any, x: string): string {
  const { graph } = call;
  const size = graph.node("Floor", [graph.node("Abs", [x])]);
  return graph.node("Mul", [graph.node("Sign", [x]), size]);
}

/** ⌊a/b⌋. Of integers by way of float64, in which they and their quotients' floors are exact. */
function floorDivided(call: Any): string {
  const { graph } = call;
  const [a, b] = [nth(call, 0), nth(call, 1)];
  if (isFloat(a.dtype)) return graph.node("Floor", [graph.node("Div", [a.name, b.name])]);
  const quotient = graph.node("Div", [graph.cast(a.name, "float64"), graph.cast(b.name, "float64")]);
  return graph.cast(graph.node("Floor", [quotient]), a.dtype);
}

/** min(max(x, low), high). One bound alone is no Clip: runtimes put the largest float in the place of the other. */
const clip = rule<readonly number[]>((call) => {
  const x = first(call).name;
  const [low, high] = call.params as readonly [number, number];
  const hasLow = low !== Number.NEGATIVE_INFINITY;
  const hasHigh = high !== Number.POSITIVE_INFINITY;
  if (hasLow && hasHigh) return call.graph.node("Clip", [x, like(call, low), like(call, high)]);
  if (hasLow) return call.graph.node("Max", [x, like(call, low)]);
  return hasHigh ? call.graph.node("Min", [x, like(call, high)]) : x;
});

const scaledSum = (opType: string) =>
  rule<number>((call) => {
    const scaled = call.graph.node("Mul", [nth(call, 1).name, like(call, call.params)]);
    return call.graph.node(opType, [first(call).name, scaled]);
  });

/** a + value·(b op c) */
const addedTo = (opType: string) =>
  rule<number>((call) => {
    const part = call.graph.node(opType, [nth(call, 1).name, nth(call, 2).name]);
    const scaled = call.params === 1 ? part : call.graph.node("Mul", [part, like(call, call.params)]);
    return call.graph.node("Add", [first(call).name, scaled]);
  });

const lerp = rule<unknown>((call) => {
  const { graph } = call;
  const [a, b, w] = names(call) as [string, string, string];
  return graph.node("Add", [a, graph.node("Mul", [w, graph.node("Sub", [b, a])])]);
});

/** log(eᵃ + eᵇ) as the larger and log(1 + e^−|a − b|), to a base. */
const logAddExp = (base: number) =>
  rule<unknown>((call) => {
    const { graph } = call;
    const [a, b] = names(call) as [string, string];
    const distance = graph.node("Abs", [graph.node("Sub", [a, b])]);
    const scaled = graph.node("Mul", [distance, like(call, -base)]);
    const rest = graph.node("Log", [graph.node("Add", [like(call, 1), graph.node("Exp", [scaled])])]);
    const share = base === 1 ? rest : graph.node("Mul", [rest, like(call, 1 / base)]);
    return graph.node("Add", [graph.node("Max", [a, b]), share]);
  });

const gelu = formula((x, call) => {
  const { graph } = call;
  const erf = graph.node("Erf", [graph.node("Mul", [x, like(call, Math.SQRT1_2)])]);
  const half = graph.node("Mul", [x, like(call, 0.5)]);
  return graph.node("Mul", [half, graph.node("Add", [erf, like(call, 1)])]);
});

const geluTanh = formula((x, call) => {
  const { graph } = call;
  const cube = graph.node("Mul", [graph.node("Mul", [x, x]), x]);
  const inner = graph.node("Add", [x, graph.node("Mul", [cube, like(call, 0.044715)])]);
  const tanh = graph.node("Tanh", [graph.node("Mul", [inner, like(call, Math.sqrt(2 / Math.PI))])]);
  const half = graph.node("Mul", [x, like(call, 0.5)]);
  return graph.node("Mul", [half, graph.node("Add", [tanh, like(call, 1)])]);
});

/** ELU, SELU and CELU, by their three numbers. */
const elu = formula((x, call) => {
  const { graph } = call;
  const [alpha, scale, inputScale] = [scalar(call, 0), scalar(call, 1), scalar(call, 2)];
  if (scale === 1 && inputScale === 1) return graph.node("Elu", [x], { alpha: float(alpha) });
  if (inputScale === 1) return graph.node("Selu", [x], { alpha: float(alpha / scale), gamma: float(scale) });
  if (scale === 1 && Math.abs(alpha * inputScale - 1) < 1e-12) return graph.node("Celu", [x], { alpha: float(alpha) });
  throw new NoCounterpart("its scales are of no activation there");
});

/** log(1 + e^(beta·x))/beta, and x itself beyond the threshold. */
const softplus = formula((x, call) => {
  const { graph } = call;
  const [beta, threshold] = [scalar(call, 0), scalar(call, 1)];
  const scaled = beta === 1 ? x : graph.node("Mul", [x, like(call, beta)]);
  const soft = graph.node("Softplus", [scaled]);
  const result = beta === 1 ? soft : graph.node("Div", [soft, like(call, beta)]);
  // Beyond 15 both are the same number in float32.
  if (threshold >= 15) return result;
  return graph.node("Where", [graph.node("Greater", [scaled, like(call, threshold)]), x, result]);
});

/** |x − t| of a loss, and the number where its square ends. */
function deviation(call: Call<readonly number[] | null>): {
  distance: string;
  square: string;
  bound: string;
  end: number;
} {
  const { graph } = call;
  const distance = graph.node("Abs", [graph.node("Sub", names(call))]);
  const half = graph.node("Mul", [graph.node("Mul", [distance, distance]), like(call, 0.5)]);
  const end = scalar(call, 0);
  return { distance, square: half, bound: graph.node("Less", [distance, like(call, end)]), end };
}

/** −t·log σ(x) − (1 − t)·log(1 − σ(x)) as max(x, 0) − x·t + log(1 + e^−|x|). */
const logitCrossEntropy = rule<unknown>((call) => {
  const { graph } = call;
  const [x, t] = names(call) as [string, string];
  const line = graph.node("Sub", [graph.node("Relu", [x]), graph.node("Mul", [x, t])]);
  return graph.node("Add", [line, graph.node("Softplus", [graph.node("Neg", [graph.node("Abs", [x])])])]);
});

/** −t·log x − (1 − t)·log(1 − x), with logarithms of at least −100. */
const probabilityCrossEntropy = rule<unknown>((call) => {
  const { graph } = call;
  const [x, t] = names(call) as [string, string];
  const bounded = (p: string): string => graph.node("Max", [graph.node("Log", [p]), like(call, -100)]);
  const no = bounded(graph.node("Sub", [like(call, 1), x]));
  const difference = graph.node("Mul", [t, graph.node("Sub", [no, bounded(x)])]);
  return graph.node("Sub", [difference, no]);
});

/** The angle of (x, y): arctan(y/x), turned by half a circle where x is negative. */
const atan2 = rule<unknown>((call) => {
  const { graph } = call;
  const [y, x] = names(call) as [string, string];
  const zero = like(call, 0);
  const half = graph.node("Atan", [graph.node("Div", [y, x])]);
  const turn = where(call, graph.node("Less", [y, zero]), like(call, -Math.PI), like(call, Math.PI));
  const turned = graph.node("Add", [half, where(call, graph.node("Less", [x, zero]), turn, zero)]);
  const isOrigin = graph.node("And", [isZero(call, y, 0), isZero(call, x, 1)]);
  return where(call, isOrigin, zero, turned);
});

const logOf = (base: number) =>
  formula((x, call) => call.graph.node("Mul", [call.graph.node("Log", [x]), like(call, 1 / base)]));

const unit = (opType: string, before: (x: string, call: Any) => string) =>
  formula((x, call) => call.graph.node(opType, [before(x, call)]));

const shrink = (bias: (lambd: number) => number) =>
  formula((x, call) => {
    const lambd = scalar(call, 0);
    return call.graph.node("Shrink", [x], { lambd: float(lambd), bias: float(bias(lambd)) });
  });

/** `Where(condition, a, b)` */
function where({ graph }: Any, condition: string, a: string, b: string): string {
  return graph.node("Where", [condition, a, b]);
}

function isZero(call: Any, x: string, i: number): string {
  return call.graph.node("Equal", [x, like(call, 0, nth(call, i).dtype)]);
}

const identity = rule<unknown>((call) => first(call).name);

export const elementwise = {
  add: arithmetic("Add"),
  sub: arithmetic("Sub"),
  mul: arithmetic("Mul"),
  div: arithmetic("Div"),
  addScaled: scaledSum("Add"),
  subScaled: scaledSum("Sub"),
  pow: same("Pow"),
  powScalar: rule((call) => {
    const x = first(call).name;
    if (call.params === 2) return call.graph.node("Mul", [x, x]);
    if (call.params === 0.5) return call.graph.node("Sqrt", [x]);
    if (call.params === -0.5) return call.graph.node("Reciprocal", [call.graph.node("Sqrt", [x])]);
    return call.graph.node("Pow", names(call));
  }),
  maximum: same("Max"),
  minimum: same("Min"),
  remainder: rule((call) => {
    const [a, b] = names(call) as [string, string];
    if (!isFloat(first(call).dtype)) return call.graph.node("Mod", [a, b]);
    return call.graph.node("Sub", [a, call.graph.node("Mul", [b, floorDivided(call)])]);
  }),
  fmod: same("Mod", { fmod: 1 }),
  floorDivide: rule((call) => floorDivided(call)),
  truncDivide: rule((call) => truncated(call, call.graph.node("Div", names(call)))),
  hypot: rule((call) => {
    const squares = names(call).map((x) => call.graph.node("Mul", [x, x]));
    return call.graph.node("Sqrt", [call.graph.node("Add", squares)]);
  }),
  copysign: rule((call) => {
    const [a, b] = names(call) as [string, string];
    const size = call.graph.node("Abs", [a]);
    const isNegative = call.graph.node("Less", [b, like(call, 0)]);
    return where(call, isNegative, call.graph.node("Neg", [size]), size);
  }),
  xlogy: rule((call) => {
    const [a, b] = names(call) as [string, string];
    const product = call.graph.node("Mul", [a, call.graph.node("Log", [b])]);
    return where(call, isZero(call, a, 0), like(call, 0), product);
  }),
  logaddexp: logAddExp(1),
  logaddexp2: logAddExp(Math.LN2),
  heaviside: rule((call) => {
    const [a, b] = names(call) as [string, string];
    const step = call.graph.cast(call.graph.node("Greater", [a, like(call, 0)]), first(call).dtype);
    return where(call, isZero(call, a, 0), b, step);
  }),
  eq: same("Equal"),
  ne: rule((call) => call.graph.node("Not", [call.graph.node("Equal", names(call))])),
  lt: same("Less"),
  le: same("LessOrEqual"),
  gt: same("Greater"),
  ge: same("GreaterOrEqual"),
  logicalAnd: logical("And"),
  logicalOr: logical("Or"),
  logicalXor: logical("Xor"),
  logicalNot: logical("Not"),
  bitwiseAnd: bitwise("And"),
  bitwiseOr: bitwise("Or"),
  bitwiseXor: bitwise("Xor"),
  bitwiseNot: bitwise("Not"),
  where: same("Where"),
  maskedFill: rule((call) => where(call, nth(call, 1).name, nth(call, 2).name, first(call).name)),
  addcmul: addedTo("Mul"),
  addcdiv: addedTo("Div"),
  lerp,
  lerpScalar: lerp,
  clampTensors: rule((call) => {
    const [x, low, high] = names(call) as [string, string, string];
    return call.graph.node("Min", [call.graph.node("Max", [x, low]), high]);
  }),
  clampMinTensor: same("Max"),
  clampMaxTensor: same("Min"),
  squaredError: rule((call) => {
    const difference = call.graph.node("Sub", names(call));
    return call.graph.node("Mul", [difference, difference]);
  }),
  absoluteError: rule((call) => call.graph.node("Abs", [call.graph.node("Sub", names(call))])),
  smoothL1: rule((call) => {
    const { graph } = call;
    const { distance, square, bound, end } = deviation(call);
    const line = graph.node("Sub", [distance, like(call, end / 2)]);
    // Without an end there is no square.
    return end === 0 ? distance : where(call, bound, graph.node("Div", [square, like(call, end)]), line);
  }),
  huber: rule((call) => {
    const { graph } = call;
    const { distance, square, bound, end } = deviation(call);
    const line = graph.node("Mul", [graph.node("Sub", [distance, like(call, end / 2)]), like(call, end)]);
    return where(call, bound, square, line);
  }),
  logitCrossEntropy,
  probabilityCrossEntropy,
  atan2,

  neg: same("Neg"),
  abs: same("Abs"),
  exp: same("Exp"),
  log: same("Log"),
  sqrt: same("Sqrt"),
  std: same("Sqrt"),
  reciprocal: same("Reciprocal"),
  sin: same("Sin"),
  cos: same("Cos"),
  tanh: same("Tanh"),
  sigmoid: same("Sigmoid"),
  relu: same("Relu"),
  erf: same("Erf"),
  tan: same("Tan"),
  asin: same("Asin"),
  acos: same("Acos"),
  atan: same("Atan"),
  sinh: same("Sinh"),
  cosh: same("Cosh"),
  asinh: same("Asinh"),
  acosh: same("Acosh"),
  atanh: same("Atanh"),
  sign: same("Sign"),
  floor: same("Floor"),
  ceil: same("Ceil"),
  round: same("Round"),
  isnan: same("IsNaN"),
  isinf: same("IsInf"),
  isposinf: same("IsInf", { detect_negative: 0 }),
  isneginf: same("IsInf", { detect_positive: 0 }),
  isfinite: formula((x, { graph }) =>
    graph.node("Not", [graph.node("Or", [graph.node("IsNaN", [x]), graph.node("IsInf", [x])])]),
  ),
  rsqrt: unit("Reciprocal", (x, { graph }) => graph.node("Sqrt", [x])),
  log1p: unit("Log", (x, call) => call.graph.node("Add", [x, like(call, 1)])),
  expm1: formula((x, call) => call.graph.node("Sub", [call.graph.node("Exp", [x]), like(call, 1)])),
  exp2: formula((x, call) => call.graph.node("Pow", [like(call, 2), x])),
  log2: logOf(Math.LN2),
  log10: logOf(Math.LN10),
  logit: formula((x, call) => {
    const { graph } = call;
    const [low, high] = [scalar(call, 0), scalar(call, 1)];
    const raised = low === Number.NEGATIVE_INFINITY ? x : graph.node("Max", [x, like(call, low)]);
    const inner = high === Number.POSITIVE_INFINITY ? raised : graph.node("Min", [raised, like(call, high)]);
    return graph.node("Log", [graph.node("Div", [inner, graph.node("Sub", [like(call, 1), inner])])]);
  }),
  erfc: formula((x, call) => call.graph.node("Sub", [like(call, 1), call.graph.node("Erf", [x])])),
  sinc: formula((x, call) => {
    const angle = call.graph.node("Mul", [x, like(call, Math.PI)]);
    const quotient = call.graph.node("Div", [call.graph.node("Sin", [angle]), angle]);
    return where(call, isZero(call, x, 0), like(call, 1), quotient);
  }),
  trunc: formula((x, call) => truncated(call, x)),
  frac: formula((x, call) => call.graph.node("Sub", [x, truncated(call, x)])),
  nanToNum: formula((x, call) => {
    const { graph } = call;
    const bounds = [1, 2].map((i) => like(call, scalar(call, i))) as [string, string];
    const isUp = graph.node("IsInf", [x], { detect_negative: 0 });
    const isDown = graph.node("IsInf", [x], { detect_positive: 0 });
    const finite = where(call, isUp, bounds[0], where(call, isDown, bounds[1], x));
    return where(call, graph.node("IsNaN", [x]), like(call, scalar(call, 0)), finite);
  }),

  clamp: clip,
  hardtanh: clip,
  prelu: same("PRelu"),
  leakyRelu: formula((x, call) => call.graph.node("LeakyRelu", [x], { alpha: float(scalar(call, 0)) })),
  threshold: formula((x, call) => {
    const isAbove = call.graph.node("Greater", [x, like(call, scalar(call, 0))]);
    return where(call, isAbove, x, like(call, scalar(call, 1)));
  }),
  elu,
  gelu,
  geluTanh,
  silu: formula((x, { graph }) => graph.node("Mul", [x, graph.node("Sigmoid", [x])])),
  mish: formula((x, { graph }) => graph.node("Mul", [x, graph.node("Tanh", [graph.node("Softplus", [x])])])),
  softplus,
  logSigmoid: formula((x, { graph }) => graph.node("Neg", [graph.node("Softplus", [graph.node("Neg", [x])])])),
  hardsigmoid: formula((x, { graph }) => graph.node("HardSigmoid", [x], { alpha: float(1 / 6), beta: float(0.5) })),
  hardswish: same("HardSwish"),
  hardshrink: shrink(() => 0),
  softshrink: shrink((lambd) => lambd),
  softsign: same("Softsign"),
  tanhshrink: formula((x, { graph }) => graph.node("Sub", [x, graph.node("Tanh", [x])])),

  clone: identity,
  transfer: identity,
  cast: rule((call) =>
    call.params.from === call.params.to ? first(call).name : call.graph.cast(first(call).name, call.params.to),
  ),
} satisfies OpRules;
