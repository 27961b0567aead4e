/** @file Random calls of what programs train with: operations, layers, losses and optimizers, in shapes of all kinds. */
import type { DType } from "../../kernels/backend.ts";
import type { Argument } from "../../test/golden/calls.ts";
import type { Kind, Layout, Values, Work, WorkInput } from "./work.ts";

/** Draws of a seed. */
export class Draws {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1) (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `low` to `high`. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  of<T>(list: readonly T[]): T {
    return list[this.integer(0, list.length - 1)] as T;
  }

  /** True in so many of all cases. */
  chance(share: number): boolean {
    return this.next() < share;
  }
}

type Shape = readonly number[];

/** An input before its layout is drawn; `fixed` ones are contiguous, of their own dtype and without a gradient. */
interface Operand {
  readonly shape: Shape;
  readonly fixed?: WorkInput["dtype"];
  readonly index?: boolean;
  readonly values?: Values;
  readonly noGrad?: boolean;
}

interface Call {
  readonly kind?: Kind;
  readonly name: string;
  readonly method?: boolean;
  readonly args: readonly Argument[];
  readonly options?: Readonly<Record<string, Argument>>;
  readonly operands: readonly Operand[];
  readonly layer?: Work["layer"];
  readonly dtypes?: readonly DType[];
  readonly layouts?: readonly Layout[];
}

const FLOATS = ["float32", "float32", "float32", "float64"] as const satisfies readonly DType[];
const NUMBERS = [...FLOATS, "int32", "uint8"] as const satisfies readonly DType[];
const ALL = [...NUMBERS, "bool"] as const satisfies readonly DType[];
const T = (i: number): Argument => ({ tensor: i });

/** Shapes of every kind: small, tall, wide, with a tiny last dimension, odd sizes, sizes of 1 and 0, up to five dimensions. */
function anyShape(d: Draws, least = 0): Shape {
  const shapes: Shape[] = [
    [3, 5],
    [d.integer(1, 9)],
    [d.integer(5000, 200_000)],
    [d.integer(4000, 40_000), d.integer(2, 5)],
    [d.integer(2, 5), d.integer(4000, 40_000)],
    [d.integer(100, 500), d.integer(100, 500)],
    [1, d.integer(1000, 100_000)],
    [d.integer(1000, 100_000), 1],
    [d.integer(5, 40), d.integer(5, 60), d.integer(5, 80)],
    [d.integer(1, 40), d.integer(100, 1000), d.integer(1, 4)],
    [d.integer(1, 8), d.integer(3, 33), d.integer(5, 33), d.integer(5, 33)],
    [d.integer(2, 5), d.integer(2, 7), d.integer(3, 9), d.integer(3, 11), d.integer(3, 13)],
    [0, 5],
  ];
  return d.of(shapes.filter((shape) => shape.length >= least));
}

function dimOf(d: Draws, shape: Shape): number {
  return d.integer(0, shape.length - 1);
}

/** The shape, or one that broadcasts to it. */
function fitting(d: Draws, shape: Shape): Shape {
  const way = d.integer(0, 5);
  if (way <= 2) return shape;
  if (way === 3) return shape.slice(-1);
  if (way === 4) return shape.map((size, i) => (i === shape.length - 1 ? 1 : size));
  return [];
}

const positive: Values = { low: 0.1, high: 2 };
const indices = (shape: Shape, size: number): Operand => ({
  shape,
  fixed: "int32",
  index: true,
  values: { low: 0, high: Math.max(0, size - 1) },
});
const mask = (shape: Shape): Operand => ({ shape, fixed: "bool", values: { low: 0, high: 1 } });
const floats = (shape: Shape, values?: Values): Operand => (values === undefined ? { shape } : { shape, values });
const method = (
  name: string,
  operands: readonly Operand[],
  args: readonly Argument[] = [],
  more: Partial<Call> = {},
): Call => ({
  name,
  method: true,
  operands,
  args: [...operands.map((_, i) => T(i)), ...args],
  ...more,
});
const functional = (
  name: string,
  operands: readonly Operand[],
  args: readonly Argument[],
  more: Partial<Call> = {},
): Call => ({
  kind: "functional",
  name,
  operands,
  args,
  ...more,
});
const layer = (
  name: string,
  args: readonly number[],
  kwargs: Readonly<Record<string, boolean | number | string>>,
  operands: readonly Operand[],
  more: Partial<Call> = {},
): Call => ({
  kind: "layer",
  name,
  operands,
  args: operands.map((_, i) => T(i)),
  layer: { layer: name, args, kwargs },
  ...more,
});

type Maker = (d: Draws) => Call;

const UNARY = [
  "exp",
  "tanh",
  "sigmoid",
  "relu",
  "abs",
  "neg",
  "sin",
  "erf",
  "floor",
  "sign",
  "square",
  "reciprocal",
  "expm1",
];
const ACTIVATIONS = [
  "gelu",
  "softplus",
  "elu",
  "silu",
  "leakyRelu",
  "hardtanh",
  "logsigmoid",
  "mish",
  "hardswish",
  "relu6",
];
const BINARY = [
  "add",
  "sub",
  "mul",
  "div",
  "maximum",
  "minimum",
  "atan2",
  "pow",
  "fmod",
  "remainder",
  "nextafter",
  "hypot",
  "logaddexp",
];
const COMPARISONS = ["eq", "ne", "lt", "ge", "logicalAnd", "logicalXor"];
const CASTS = ["double", "float", "int", "bool"];
const REDUCTIONS = ["sum", "mean", "amax", "amin", "logsumexp", "std", "var", "norm", "nansum"];
const ONE_DIM = [
  "prod",
  "argmax",
  "argmin",
  "cumsum",
  "cumprod",
  "median",
  "max",
  "min",
  "any",
  "all",
  "cummax",
  "logcumsumexp",
];

const elementwise: Record<string, Maker> = {
  unary: (d) => method(d.of(UNARY), [floats(anyShape(d))]),
  root: (d) => method(d.of(["sqrt", "log", "rsqrt", "log1p"]), [floats(anyShape(d), positive)]),
  activation: (d) => functional(d.of(ACTIVATIONS), [floats(anyShape(d))], [T(0)]),
  clamp: (d) => method("clamp", [floats(anyShape(d))], [-0.5, 0.5], { dtypes: FLOATS }),
  binary: (d) => {
    const shape = anyShape(d);
    return method(d.of(BINARY), [floats(shape, positive), floats(fitting(d, shape), positive)]);
  },
  integers: (d) => {
    const shape = anyShape(d);
    const values = { low: 1, high: 5 };
    const name = d.of(["add", "sub", "mul", "maximum", "remainder", "floorDivide"]);
    return method(name, [floats(shape, values), floats(fitting(d, shape), values)], [], { dtypes: ["int32", "uint8"] });
  },
  comparison: (d) => {
    const shape = anyShape(d);
    return method(d.of(COMPARISONS), [floats(shape), floats(fitting(d, shape))], [], { dtypes: NUMBERS });
  },
  where: (d) => {
    const shape = anyShape(d);
    return {
      name: "where",
      operands: [mask(shape), floats(shape), floats(fitting(d, shape))],
      args: [T(0), T(1), T(2)],
    };
  },
  addcmul: (d) => {
    const shape = anyShape(d);
    return method(d.of(["addcmul", "addcdiv", "lerp"]), [
      floats(shape),
      floats(fitting(d, shape), positive),
      floats(shape, positive),
    ]);
  },
  maskedFill: (d) => {
    const shape = anyShape(d);
    return method("maskedFill", [floats(shape), mask(fitting(d, shape))], [0.5]);
  },
  cast: (d) => method(d.of(CASTS), [floats(anyShape(d))], [], { dtypes: ALL }),
  clone: (d) => method(d.of(["clone", "contiguous"]), [floats(anyShape(d))], [], { dtypes: ALL }),
};

const reductions: Record<string, Maker> = {
  whole: (d) => method(d.of(["sum", "mean", "max", "std", "norm", "median", "argmax", "prod"]), [floats(anyShape(d))]),
  dims: (d) => {
    const shape = anyShape(d);
    const dims = d.chance(0.3) && shape.length > 1 ? [0, shape.length - 1] : [dimOf(d, shape)];
    const name = d.of(REDUCTIONS);
    return method(name, [floats(shape)], [], { options: { dim: dims, ...(d.chance(0.5) ? { keepdim: true } : {}) } });
  },
  dim: (d) => {
    const shape = anyShape(d);
    return method(d.of(ONE_DIM), [floats(shape)], [dimOf(d, shape)]);
  },
  integers: (d) => {
    const shape = anyShape(d);
    return method(d.of(["sum", "amax", "cumsum", "any", "all", "argmax"]), [floats(shape)], [dimOf(d, shape)], {
      dtypes: ["int32", "uint8", "bool"],
    });
  },
  softmax: (d) => {
    const shape = anyShape(d);
    return functional(d.of(["softmax", "logSoftmax", "softmin"]), [floats(shape)], [T(0), dimOf(d, shape)], {
      dtypes: FLOATS,
    });
  },
  order: (d) => {
    const shape = anyShape(d, 1);
    return method(d.of(["sort", "argsort"]), [floats(shape)], [dimOf(d, shape)], { dtypes: [...FLOATS, "int32"] });
  },
  topk: (d) => {
    const shape = anyShape(d, 1);
    const dim = dimOf(d, shape);
    return method(
      d.of(["topk", "kthvalue"]),
      [floats(shape)],
      [d.integer(1, Math.max(1, Math.min(9, shape[dim] ?? 1))), dim],
      { dtypes: FLOATS },
    );
  },
  unique: (d) => method("unique", [{ shape: anyShape(d), values: { low: 0, high: 300 } }], [], { dtypes: ["int32"] }),
  nonzero: (d) => method("nonzero", [mask(anyShape(d))], [], { dtypes: ["bool"] }),
};

const normalization: Record<string, Maker> = {
  layer: (d) => {
    const shape = anyShape(d, 2);
    return functional("layerNorm", [floats(shape)], [T(0), [shape.at(-1) ?? 1]], { dtypes: FLOATS });
  },
  batch: (d) => {
    const channels = d.integer(1, 65);
    const shape = d.of<Shape>([
      [d.integer(2, 500), channels],
      [d.integer(2, 16), channels, d.integer(3, 300)],
      [d.integer(1, 8), channels, d.integer(3, 30), d.integer(3, 30)],
    ]);
    return layer(shape.length === 4 ? "BatchNorm2d" : "BatchNorm1d", [channels], {}, [floats(shape)], {
      dtypes: FLOATS,
    });
  },
  group: (d) => {
    const channels = 4 * d.integer(1, 16);
    const shape = [d.integer(1, 8), channels, d.integer(3, 30), d.integer(3, 30)];
    return functional("groupNorm", [floats(shape)], [T(0), d.of([1, 2, 4])], { dtypes: FLOATS });
  },
  instance: (d) =>
    functional(
      "instanceNorm",
      [floats([d.integer(1, 8), d.integer(1, 33), d.integer(3, 30), d.integer(3, 30)])],
      [T(0)],
      { dtypes: FLOATS },
    ),
  normalize: (d) => functional("normalize", [floats(anyShape(d, 2))], [T(0)], { dtypes: FLOATS }),
};

const products: Record<string, Maker> = {
  matmul: (d) => {
    const [m, k, n] = [d.of([1, 3, 17, 100, 257]), d.of([1, 3, 17, 100, 257]), d.of([1, 3, 17, 100, 257])];
    const lead = d.of<Shape>([[], [], [d.integer(1, 40)], [d.integer(1, 5), d.integer(1, 9)]]);
    return method("matmul", [floats([...lead, m, k]), floats([...(d.chance(0.7) ? lead : []), k, n])], [], {
      dtypes: FLOATS,
    });
  },
  vectors: (d) => {
    const [m, k] = [d.integer(1, 500), d.integer(1, 3000)];
    return d.of([
      () => method("mv", [floats([m, k]), floats([k])], [], { dtypes: FLOATS }),
      () => method("dot", [floats([k * 20]), floats([k * 20])], [], { dtypes: FLOATS, layouts: ["contiguous"] }),
      () => method("outer", [floats([m]), floats([k])], [], { dtypes: FLOATS }),
    ])();
  },
  linear: (d) => {
    const [n, k, m] = [d.of([1, 8, 100, 1000]), d.of([3, 16, 130, 500]), d.of([1, 10, 64, 257])];
    return functional("linear", [floats([n, k]), floats([m, k]), floats([m])], [T(0), T(1), T(2)], { dtypes: FLOATS });
  },
  addmm: (d) => {
    const [m, k, n] = [d.integer(1, 200), d.integer(1, 200), d.integer(1, 200)];
    return method("addmm", [floats([n]), floats([m, k]), floats([k, n])], [], { dtypes: FLOATS });
  },
  einsum: (d) => {
    const [b, i, j, k, h] = [d.integer(1, 9), d.integer(1, 60), d.integer(1, 60), d.integer(1, 60), d.integer(1, 5)];
    return d.of<() => Call>([
      () => ({
        name: "einsum",
        operands: [floats([b, i, j]), floats([b, j, k])],
        args: ["bij,bjk->bik", T(0), T(1)],
        dtypes: FLOATS,
      }),
      () => ({
        name: "einsum",
        operands: [floats([b, i, h, k]), floats([b, j, h, k])],
        args: ["bihk,bjhk->bhij", T(0), T(1)],
        dtypes: FLOATS,
      }),
      () => ({
        name: "einsum",
        operands: [floats([i, j]), floats([i, k])],
        args: ["ij,ik->jk", T(0), T(1)],
        dtypes: FLOATS,
      }),
      () => ({
        name: "einsum",
        operands: [floats([b, i, j]), floats([j])],
        args: ["bij,j->bi", T(0), T(1)],
        dtypes: FLOATS,
      }),
      () => ({
        name: "einsum",
        operands: [floats([i, i])],
        args: ["ii->", T(0)],
        dtypes: FLOATS,
        layouts: ["contiguous"],
      }),
    ])();
  },
};

const images: Record<string, Maker> = {
  conv2d: (d) => {
    const groups = d.of([1, 1, 1, 2]);
    const [n, c, o, s, w] = [
      d.integer(1, 8),
      groups * d.integer(1, 17),
      groups * d.integer(1, 17),
      d.integer(7, 40),
      d.of([1, 3, 5]),
    ];
    const options = {
      stride: d.of([1, 1, 2]),
      padding: d.of([0, 1, 2]),
      dilation: w > 1 ? d.of([1, 1, 2]) : 1,
      groups,
    };
    return functional("conv2d", [floats([n, c, s, s + d.integer(0, 5)]), floats([o, c / groups, w, w])], [T(0), T(1)], {
      options,
      dtypes: FLOATS,
    });
  },
  conv1d: (d) =>
    functional(
      "conv1d",
      [floats([d.integer(1, 16), 8, d.integer(20, 500)]), floats([16, 8, d.of([1, 3, 7])])],
      [T(0), T(1)],
      { options: { padding: 1, stride: d.of([1, 2]) }, dtypes: FLOATS },
    ),
  convTranspose2d: (d) =>
    functional(
      "convTranspose2d",
      [floats([d.integer(1, 4), 9, d.integer(4, 17), d.integer(4, 17)]), floats([9, 7, 3, 3])],
      [T(0), T(1)],
      { options: { stride: d.of([1, 2]) }, dtypes: FLOATS },
    ),
  depthwise: (d) => {
    const c = d.integer(4, 40);
    return functional("conv2d", [floats([d.integer(1, 4), c, 17, 19]), floats([c, 1, 3, 3])], [T(0), T(1)], {
      options: { padding: 1, groups: c },
      dtypes: FLOATS,
    });
  },
  pool: (d) =>
    functional(
      d.of(["maxPool2d", "avgPool2d"]),
      [floats([d.integer(1, 8), d.integer(1, 33), d.integer(9, 40), d.integer(9, 40)])],
      [T(0), d.of([2, 3])],
      { options: { stride: d.of([1, 2, 3]), padding: d.of([0, 1]) }, dtypes: FLOATS },
    ),
  pool1d: (d) =>
    functional(
      d.of(["maxPool1d", "avgPool1d"]),
      [floats([d.integer(1, 16), d.integer(1, 33), d.integer(9, 400)])],
      [T(0), d.of([2, 3, 5])],
      { dtypes: FLOATS },
    ),
  adaptive: (d) =>
    functional(
      d.of(["adaptiveAvgPool2d", "adaptiveMaxPool2d"]),
      [floats([d.integer(1, 8), d.integer(1, 65), d.integer(5, 20), d.integer(5, 20)])],
      [T(0), d.of([1, 3, 5])],
      { dtypes: FLOATS },
    ),
  interpolate: (d) =>
    functional(
      "interpolate",
      [floats([d.integer(1, 4), d.integer(1, 17), d.integer(5, 20), d.integer(5, 20)])],
      [T(0)],
      { options: { scaleFactor: d.of([2, 3]), mode: d.of(["nearest", "bilinear"]) }, dtypes: FLOATS },
    ),
  pad: (d) =>
    functional(
      "pad",
      [floats([d.integer(1, 8), d.integer(1, 17), d.integer(5, 40), d.integer(5, 40)])],
      [T(0), [1, 2, 2, 1]],
      { options: { mode: d.of(["constant", "reflect", "replicate"]) }, dtypes: FLOATS },
    ),
  unfold: (d) =>
    functional("unfold", [floats([d.integer(1, 4), d.integer(1, 9), d.integer(9, 30), d.integer(9, 30)])], [T(0), 3], {
      dtypes: FLOATS,
    }),
};

const indexing: Record<string, Maker> = {
  gather: (d) => {
    const shape = anyShape(d, 1).map((size) => Math.max(size, 1));
    const dim = dimOf(d, shape);
    const count = d.integer(1, Math.max(2, shape[dim] as number));
    return {
      name: "gather",
      method: true,
      operands: [floats(shape), indices(shape.with(dim, count), shape[dim] as number)],
      args: [T(0), dim, T(1)],
      dtypes: NUMBERS,
    };
  },
  scatterAdd: (d) => {
    const shape = anyShape(d, 1).map((size) => Math.max(size, 1));
    const dim = dimOf(d, shape);
    return {
      name: d.of(["scatterAdd", "scatter"]),
      method: true,
      operands: [floats(shape), indices(shape, shape[dim] as number), floats(shape)],
      args: [T(0), dim, T(1), T(2)],
      dtypes: FLOATS,
    };
  },
  indexSelect: (d) => {
    const shape = anyShape(d, 1).map((size) => Math.max(size, 1));
    const dim = dimOf(d, shape);
    return {
      name: "indexSelect",
      method: true,
      operands: [floats(shape), indices([d.integer(1, 1000)], shape[dim] as number)],
      args: [T(0), dim, T(1)],
      dtypes: ALL,
    };
  },
  indexAdd: (d) => {
    const shape = anyShape(d, 1).map((size) => Math.max(size, 1));
    const dim = dimOf(d, shape);
    const count = d.integer(1, 1000);
    return {
      name: "indexAdd",
      method: true,
      operands: [floats(shape), indices([count], shape[dim] as number), floats(shape.with(dim, count))],
      args: [T(0), dim, T(1), T(2)],
      dtypes: FLOATS,
    };
  },
  maskedSelect: (d) => {
    const shape = anyShape(d);
    return method("maskedSelect", [floats(shape), mask(shape)], [], { dtypes: ALL });
  },
  move: (d) => {
    const shape = anyShape(d, 2);
    const dim = dimOf(d, shape);
    return d.of([
      () => method("flip", [floats(shape)], [[dim]], { dtypes: ALL }),
      () => method("roll", [floats(shape)], [d.integer(1, 7), dim], { dtypes: ALL }),
      () => method("tril", [floats(shape)], [], { dtypes: ALL }),
      () => method("repeatInterleave", [floats(shape)], [2, dim], { dtypes: ALL }),
      () => method("tile", [floats(shape)], [[2, ...shape.map(() => 1)]], { dtypes: ALL }),
      () => method("diff", [floats(shape)], [], { dtypes: NUMBERS }),
    ])();
  },
  cat: (d) => {
    const shape = d.of<Shape>([[3], [1, 5], [17, 3], [9, 100], [4, 3, 5]]);
    const count = d.of([2, 3, 30, 300]);
    const list = Array.from({ length: count }, (_, i) => T(i));
    return {
      name: d.of(["cat", "stack"]),
      operands: list.map(() => floats(shape)),
      args: [list, d.integer(0, shape.length - 1)],
      dtypes: ALL,
    };
  },
  embedding: (d) => {
    const [rows, width] = [d.of([10, 1000, 20_000]), d.of([1, 3, 16, 128])];
    return functional(
      "embedding",
      [indices([d.integer(1, 64), d.integer(1, 50)], rows), floats([rows, width])],
      [T(0), T(1)],
      { dtypes: FLOATS, layouts: ["contiguous"] },
    );
  },
  oneHot: (d) => functional("oneHot", [indices([d.integer(1, 3000)], 10)], [T(0), 10], { dtypes: ["int32"] }),
  searchsorted: (d) => ({
    name: "bucketize",
    operands: [floats(anyShape(d)), { shape: [4], fixed: "float32", values: { low: 0, high: 0 } }],
    args: [T(0), T(1)],
    dtypes: ["float32"],
  }),
};

const reduction = (d: Draws): Record<string, Argument> => ({ reduction: d.of(["mean", "sum", "none"]) });
const losses: Record<string, Maker> = {
  crossEntropy: (d) => {
    const classes = d.of([2, 10, 100, 1000]);
    const shape = d.chance(0.7)
      ? [d.integer(1, 500), classes]
      : [d.integer(1, 8), Math.min(classes, 21), d.integer(5, 20), d.integer(5, 20)];
    const count = shape[1] as number;
    const target = indices(
      shape.filter((_, i) => i !== 1),
      count,
    );
    const options = {
      ...reduction(d),
      ...(d.chance(0.4) ? { labelSmoothing: 0.1 } : {}),
      ...(d.chance(0.4) ? { weight: T(2) } : {}),
    };
    const weight: Operand = { shape: [count], values: positive, noGrad: true };
    return {
      kind: "loss",
      name: "crossEntropy",
      operands: "weight" in options ? [floats(shape), target, weight] : [floats(shape), target],
      args: [T(0), T(1)],
      options,
      dtypes: FLOATS,
      layouts: ["contiguous", "transposed"],
    };
  },
  nllLoss: (d) => ({
    kind: "loss",
    name: "nllLoss",
    operands: [floats([d.integer(1, 500), 10]), indices([0], 10)].map((one, i, all) =>
      i === 1 ? indices([all[0]?.shape[0] as number], 10) : one,
    ),
    args: [T(0), T(1)],
    options: reduction(d),
    dtypes: FLOATS,
  }),
  pointwise: (d) => {
    const shape = anyShape(d);
    const name = d.of([
      "mseLoss",
      "l1Loss",
      "smoothL1Loss",
      "huberLoss",
      "klDiv",
      "poissonNllLoss",
      "softMarginLoss",
      "binaryCrossEntropyWithLogits",
    ]);
    return {
      kind: "loss",
      name,
      operands: [floats(shape), { shape, values: { low: 0.01, high: 0.99 }, noGrad: true }],
      args: [T(0), T(1)],
      options: reduction(d),
      dtypes: FLOATS,
    };
  },
  binaryCrossEntropy: (d) => {
    const shape = anyShape(d);
    const part: Values = { low: 0.01, high: 0.99 };
    return {
      kind: "loss",
      name: "binaryCrossEntropy",
      operands: [floats(shape, part), { shape, values: part, noGrad: true }],
      args: [T(0), T(1)],
      options: reduction(d),
      dtypes: FLOATS,
    };
  },
  rows: (d) => {
    const shape = [d.integer(1, 500), d.of([3, 16, 128])];
    return d.of<() => Call>([
      () => ({
        kind: "loss",
        name: "tripletMarginLoss",
        operands: [floats(shape), floats(shape), floats(shape)],
        args: [T(0), T(1), T(2)],
        options: reduction(d),
        dtypes: FLOATS,
      }),
      () => functional("cosineSimilarity", [floats(shape), floats(shape)], [T(0), T(1)], { dtypes: FLOATS }),
      () => functional("pairwiseDistance", [floats(shape), floats(shape)], [T(0), T(1)], { dtypes: FLOATS }),
      () => ({
        kind: "loss",
        name: "multiMarginLoss",
        operands: [floats(shape), indices([shape[0] as number], shape[1] as number)],
        args: [T(0), T(1)],
        options: reduction(d),
        dtypes: FLOATS,
      }),
    ])();
  },
};

const layers: Record<string, Maker> = {
  recurrent: (d) => {
    const [steps, batch, width, hidden] = [
      d.of([1, 5, 60, 200]),
      d.of([1, 3, 16]),
      d.of([1, 8, 33]),
      d.of([4, 16, 65]),
    ];
    return layer(
      d.of(["RNN", "LSTM", "GRU"]),
      [width, hidden],
      d.chance(0.3) ? { bidirectional: true } : {},
      [floats([steps, batch, width])],
      { dtypes: FLOATS },
    );
  },
  cell: (d) =>
    layer(d.of(["RNNCell", "LSTMCell", "GRUCell"]), [8, 16], {}, [floats([d.of([1, 8, 64]), 8])], { dtypes: FLOATS }),
  attention: (d) => {
    const [l, b, e] = [d.of([3, 17, 65]), d.of([1, 4]), d.of([16, 64])];
    return layer("MultiheadAttention", [e, 4], {}, [floats([l, b, e]), floats([l, b, e]), floats([l, b, e])], {
      dtypes: FLOATS,
    });
  },
  encoder: (d) =>
    layer("TransformerEncoderLayer", [32, 4, 64], { dropout: 0 }, [floats([d.of([3, 30]), d.of([1, 8]), 32])], {
      dtypes: FLOATS,
    }),
  scaled: (d) => {
    const [b, h, l, e] = [d.integer(1, 4), d.integer(1, 4), d.of([3, 17, 65]), d.of([8, 32])];
    const shape = [b, h, l, e];
    const masked = d.chance(0.5);
    return functional(
      "scaledDotProductAttention",
      [floats(shape), floats(shape), floats(shape), ...(masked ? [{ shape: [l, l], noGrad: true }] : [])],
      [T(0), T(1), T(2), ...(masked ? [T(3)] : [])],
      { dtypes: FLOATS },
    );
  },
  linear: (d) => layer("Linear", [16, 16], {}, [floats([d.of([1, 8, 64]), 16])], { dtypes: FLOATS }),
};

const optimizers: Record<string, Maker> = {
  many: (d) => ({
    kind: "optimizer",
    name: d.of(["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adamax", "NAdam", "Adadelta"]),
    operands: Array.from({ length: d.of([2, 20, 100]) }, () =>
      floats(d.of<Shape>([[16], [16, 16], [1], [3, 5], [100, 33]])),
    ),
    args: [],
    options: { lr: 0.001 },
    dtypes: FLOATS,
    layouts: ["contiguous"],
  }),
};

const GROUPS = { elementwise, reductions, normalization, products, images, indexing, losses, layers, optimizers };

/** The groups of calls that there are. */
export const GROUP_NAMES: readonly string[] = Object.keys(GROUPS);

export interface RandomWork {
  readonly group: string;
  readonly work: Work;
}

const LAYOUTS: readonly Layout[] = ["contiguous", "transposed", "broadcast", "permuted", "stepped", "channelsLast"];

/** The layout, or contiguous where the shape has none such. */
function layoutFor(layout: Layout, shape: Shape): Layout {
  const least = { contiguous: 0, transposed: 2, broadcast: 1, permuted: 3, stepped: 1, channelsLast: 3 }[layout];
  return shape.length < least ? "contiguous" : layout;
}

/** A call of one of the groups, in a dtype, layouts and a pass that are drawn too. */
export function randomWork(d: Draws, groups: readonly string[]): RandomWork {
  const group = d.of(groups);
  const makers = Object.values(GROUPS[group as keyof typeof GROUPS] as Record<string, Maker>);
  const call = d.of(makers)(d);
  const dtype = d.of(call.dtypes ?? FLOATS);
  const isFloat = dtype === "float32" || dtype === "float64";
  const isPlain = d.chance(0.4);
  const common = d.of(LAYOUTS);
  const layouts = call.layouts ?? LAYOUTS;
  const pass = isFloat && call.kind !== "optimizer" && d.chance(0.5) ? "both" : "forward";
  const inputs = call.operands.map((operand): WorkInput => {
    const drawn = isPlain ? "contiguous" : d.chance(0.6) ? common : d.of(LAYOUTS);
    const layout = operand.index === true || !layouts.includes(drawn) ? "contiguous" : layoutFor(drawn, operand.shape);
    const own = operand.fixed ?? dtype;
    const floating = own === "float32" || own === "float64";
    return {
      shape: operand.shape,
      dtype: own,
      ...(operand.values ??
        (own === "bool" ? { low: 0, high: 1 } : floating ? { low: -2, high: 2 } : { low: 1, high: 5 })),
      layout,
      ...(operand.index === true ? { index: true } : {}),
      ...(pass === "both" && operand.fixed === undefined && operand.noGrad !== true ? { grad: true } : {}),
    };
  });
  const { kind = "tensor", name, method: isMethod = false, args, options = {}, layer: made } = call;
  return {
    group,
    work: {
      kind,
      name,
      method: isMethod,
      args,
      options,
      inputs,
      dtype,
      pass,
      ...(made === undefined ? {} : { layer: made }),
    },
  };
}
