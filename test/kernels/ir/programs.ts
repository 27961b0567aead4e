/** @file Random expressions over all primitives that have one exact result, as graphs whose nodes are used again. */
import fc from "fast-check";
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
  type Kind,
  le,
  lt,
  max,
  min,
  mul,
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
} from "../../../kernels/ir/expression.ts";

export const KINDS: readonly Kind[] = ["f32", "f64", "i32", "u8", "mask"];

type Build = (a: Expr, b: Expr, c: Expr, mask: Expr) => Expr;

const FLOAT: readonly Build[] = [neg, abs, sqrt, floor, ceil, trunc, nearest, add, sub, mul, div, min, max];
const WHOLE: readonly Build[] = [neg, abs, bitNot, add, sub, mul, min, max, bitAnd, bitOr, bitXor];
const COMPARE: readonly Build[] = [eq, ne, lt, le, gt, ge];
const choose: Build = (a, b, _, mask) => select(mask, a, b);

/** Of arguments of a kind. */
const BUILDS: Readonly<Record<Kind, readonly Build[]>> = {
  f32: [...FLOAT, ...COMPARE, choose],
  f64: [...FLOAT, ...COMPARE, choose],
  i32: [...WHOLE, intPow, ...COMPARE, choose],
  u8: [...WHOLE, ...COMPARE, choose],
  mask: [and, or, xor, not, choose],
};

/** Numbers at the edges of the kinds. */
export const EDGES = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  127,
  128,
  255,
  256,
  -129,
  3e9,
  -3e9,
  2 ** 31,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 32 + 5,
  1e10,
  -1e20,
  3e38,
  1e300,
  1e-45,
  -1e-320,
  Number.NaN,
  Infinity,
  -Infinity,
  16777217,
];

export interface Program {
  readonly kinds: readonly Kind[];
  readonly scalarKinds: readonly Kind[];
  readonly expression: Expr;
}

interface Step {
  readonly kind: Kind;
  readonly build: number;
  readonly args: readonly [number, number, number, number];
  /** The kind that the result is converted to besides. */
  readonly to: Kind;
}

function assemble(kinds: readonly Kind[], scalarKinds: readonly Kind[], steps: readonly Step[]): Program {
  const nodes: Expr[] = [
    ...kinds.map((kind, index): Expr => ({ op: "input", kind, index })),
    ...scalarKinds.map((kind, index): Expr => ({ op: "scalar", kind, index })),
  ];
  // Later nodes are taken more often.
  const take = (kind: Kind, at: number): Expr => {
    const own = nodes.filter((e) => e.kind === kind);
    const found = own[own.length - 1 - (at % Math.max(1, own.length))] ?? nodes[at % nodes.length];
    return found === undefined ? constant(kind, at % 7) : convert(found, kind);
  };
  for (const { kind, build, args, to } of steps) {
    const builds = BUILDS[kind];
    const make = builds[build % builds.length] as Build;
    const [a, b, c] = args.map((at) => take(kind, at)) as [Expr, Expr, Expr];
    const edge = EDGES[args[3] % EDGES.length] ?? 0;
    const isConstant = kind !== "mask" && build % 5 === 0;
    const right = isConstant ? constant(kind, kind === "i32" ? edge | 0 : kind === "u8" ? edge & 255 : edge) : b;
    const made = make(a, right, c, take("mask", args[3]));
    nodes.push(made);
    if (to !== made.kind) nodes.push(convert(made, to));
  }
  return { kinds, scalarKinds, expression: nodes.at(-1) as Expr };
}

/** Programs of some of the kinds, with one to three inputs. */
export function programs(among: readonly Kind[] = KINDS): fc.Arbitrary<Program> {
  const kind = fc.constantFrom(...among);
  const step = fc.record({
    kind,
    build: fc.nat(1000),
    args: fc.tuple(fc.nat(30), fc.nat(30), fc.nat(30), fc.nat(60)),
    to: kind,
  });
  return fc
    .tuple(
      fc.array(kind, { minLength: 1, maxLength: 3 }),
      fc.array(fc.constantFrom(...KINDS.filter((k) => k !== "mask")), { maxLength: 3 }),
      fc.array(step, { minLength: 1, maxLength: 12 }),
    )
    .map(([kinds, scalarKinds, steps]) => assemble(kinds, scalarKinds, steps));
}
