/** @file Samples of element-wise operations. */
import { apply } from "../../../src/autograd/apply.ts";
import type { Tensor } from "../../../src/entry/index.ts";
import * as tapegrad from "../../../src/entry/index.ts";
import { ops } from "../../../src/tensor/ops/index.ts";
import {
  big,
  comparison,
  drawn,
  fixed,
  large,
  mask,
  ofGradient,
  ofOne,
  ofThree,
  ofTwo,
  positive,
  reduction,
  sample,
  spread,
  type Table,
  unit,
  x,
} from "./build.ts";

const F = tapegrad.nn.functional;

/** To a device and back: the one that a test uses may be either. */
function thereAndBack(t: Tensor): Tensor {
  const there = apply(ops.transfer, [t], { from: t.device, to: "cpu" });
  return apply(ops.transfer, [there], { from: "cpu", to: t.device });
}

export const elementwise = {
  transfer: ofOne(thereAndBack),
  add: [...ofTwo((a, b) => a.add(b)), sample((a) => tapegrad.add(2, a), x(3))],
  sub: [...ofTwo((a, b) => a.sub(b)), sample((a) => tapegrad.sub(2, a), x(3))],
  mul: ofTwo((a, b) => a.mul(b)),
  div: [...ofTwo((a, b) => a.div(b), x, positive), sample((a) => tapegrad.div(2, a), positive(3))],
  pow: [...ofTwo((a, b) => a.pow(b), positive), sample((a) => tapegrad.pow(2, a), x(3))],
  powScalar: [2, 3, -1, 0.5, 1.5].flatMap((p) => ofOne((a) => a.pow(p), positive)),
  maximum: ofTwo((a, b) => a.maximum(b)).map((s) => ({ ...s, distinct: true })),
  minimum: ofTwo((a, b) => a.minimum(b)).map((s) => ({ ...s, distinct: true })),
  remainder: [
    ...ofTwo(
      (a, b) => a.remainder(b),
      (...shape) => drawn(shape, (count, seed) => spread(-0.9, 0.9)(count, seed).map((v, i) => v + (i % 3) * 10)),
      (...shape) => drawn(shape, spread(0.95, 0.99)),
    ).filter((s) => s.large !== true),
    sample((a) => a.remainder(0.7), fixed(x(4))),
  ],
  addScaled: [
    ...ofTwo((a, b) => a.add(b, { alpha: 0.5 })),
    sample((a, b) => a.mul(1).add_(b, { alpha: -2 }), x(2, 3), x(3)),
  ],
  subScaled: [
    ...ofTwo((a, b) => a.sub(b, { alpha: 0.5 })),
    sample((a, b) => a.mul(1).sub_(b, { alpha: -2 }), x(2, 3), x(3)),
  ],
  fmod: [
    ...ofTwo(
      (a, b) => a.fmod(b),
      (...shape) => drawn(shape, (count, seed) => spread(0.1, 0.9)(count, seed).map((v, i) => v + (i % 3) * 10)),
      (...shape) => drawn(shape, spread(0.95, 0.99)),
    ).filter((s) => s.large !== true),
    sample((a) => a.fmod(0.7), fixed(x(4))),
  ],
  hypot: ofTwo((a, b) => a.hypot(b)),
  copysign: ofTwo((a, b) => a.copysign(b)),
  xlogy: ofTwo((a, b) => a.xlogy(b), x, positive),
  logaddexp: ofTwo((a, b) => a.logaddexp(b)),
  logaddexp2: ofTwo((a, b) => a.logaddexp2(b)),
  addcmul: [
    ...ofThree((a, b, c) => a.addcmul(b, c, { value: 0.5 })),
    sample((a, b, c) => a.mul(1).addcmul_(b, c), x(2, 3), x(3), x(2, 1)),
  ],
  addcdiv: [
    ...ofThree((a, b, c) => a.addcdiv(b, c, { value: 0.5 }), positive),
    sample((a, b, c) => a.mul(1).addcdiv_(b, c), x(2, 3), x(3), positive(2, 1)),
  ],
  lerp: [...ofThree((a, b, w) => a.lerp(b, w)), sample((a, b, w) => a.mul(1).lerp_(b, w), x(2, 3), x(3), x(2, 1))],
  lerpScalar: ofTwo((a, b) => a.lerp(b, 0.3)),
  floorDivide: ofTwo((a, b) => a.floorDivide(b), x, positive),
  truncDivide: ofTwo((a, b) => a.div(b, { roundingMode: "trunc" }), x, positive),
  atan2: ofTwo((a, b) => a.atan2(b), positive),
  eq: comparison((a, b) => a.eq(b)),
  ne: comparison((a, b) => a.ne(b)),
  lt: comparison((a, b) => a.lt(b)),
  le: comparison((a, b) => a.le(b)),
  gt: comparison((a, b) => a.gt(b)),
  ge: comparison((a, b) => a.ge(b)),
  logicalAnd: comparison((a, b) => a.logicalAnd(b.gt(0))),
  logicalOr: comparison((a, b) => a.logicalOr(b.gt(0))),
  logicalXor: comparison((a, b) => a.logicalXor(b.gt(0))),
  heaviside: comparison((a, b) => a.sign().heaviside(b)),
  bitwiseAnd: comparison((a, b) => a.mul(5e6).int().bitwiseAnd(b.mul(5e6).int())),
  bitwiseOr: comparison((a, b) => a.mul(5e6).int().bitwiseOr(b.mul(5e6).int())),
  bitwiseXor: comparison((a, b) => a.mul(5e6).int().bitwiseXor(b.mul(5e6).int())),
  where: [
    sample((c, a, b) => tapegrad.where(c, a, b), mask([2, 2], 1, 0, 0, 1), x(2, 2), x(2, 2)),
    sample((c, a, b) => tapegrad.where(c, a, b), mask([3], 1, 0, 1), x(2, 1), x()),
    sample((c, a) => a.maskedFill(c, -1), mask([3], 1, 0, 1), x(2, 3)),
    sample((c, a, v) => a.maskedFill(c, v), mask([3], 1, 0, 1), x(2, 3), x()),
    large((a, b) => tapegrad.where(a.gt(0.5), a, b), big(), big(37)),
  ],
  reluGrad: ofGradient((g, y) => apply(ops.reluGrad, [g, y], null)),
  sigmoidGrad: ofGradient((g, y) => apply(ops.sigmoidGrad, [g, y], null), unit),
  tanhGrad: ofGradient((g, y) => apply(ops.tanhGrad, [g, y], null), unit),
  neg: ofOne((a) => a.neg()),
  abs: ofOne((a) => a.abs()),
  sign: ofOne((a) => a.sign()),
  exp: ofOne((a) => a.exp()),
  expm1: ofOne((a) => a.expm1()),
  log: ofOne((a) => a.log(), positive),
  log1p: ofOne((a) => a.log1p(), positive),
  sqrt: ofOne((a) => a.sqrt(), positive),
  std: [
    ...reduction((a, dim, keepdim) => a.std(dim, { keepdim: keepdim ?? false, correction: 0 })).filter(
      ({ inputs }) => inputs[0]?.shape.length !== 0,
    ),
    sample((a) => a.std([0, 2], { keepdim: true }), x(2, 2, 2)),
    sample((a) => a.var(1), x(2, 3)),
  ],
  rsqrt: ofOne((a) => a.rsqrt(), positive),
  reciprocal: ofOne((a) => a.reciprocal(), positive),
  sin: ofOne((a) => a.sin()),
  cos: ofOne((a) => a.cos()),
  tanh: ofOne((a) => a.tanh()),
  sigmoid: ofOne((a) => a.sigmoid()),
  relu: [...ofOne((a) => a.relu()), sample((a) => a.mul(1).relu_(), x(2, 3))],
  erf: ofOne((a) => a.erf()),
  erfc: ofOne((a) => a.erfc()),
  erfinv: ofOne((a) => a.erfinv(), unit),
  lgamma: ofOne((a) => a.lgamma(), positive),
  digamma: ofOne((a) => a.digamma(), positive),
  sinc: ofOne((a) => a.sinc(), unit),
  tan: ofOne((a) => a.tan(), unit),
  asin: ofOne((a) => a.asin(), unit),
  acos: ofOne((a) => a.acos(), unit),
  atan: ofOne((a) => a.atan()),
  sinh: ofOne((a) => a.sinh()),
  cosh: ofOne((a) => a.cosh()),
  asinh: ofOne((a) => a.asinh()),
  acosh: ofOne((a) => a.add(1).acosh(), positive),
  atanh: ofOne((a) => a.atanh(), unit),
  exp2: ofOne((a) => a.exp2()),
  log2: ofOne((a) => a.log2(), positive),
  log10: ofOne((a) => a.log10(), positive),
  floor: ofOne((a) => a.floor()),
  ceil: ofOne((a) => a.ceil()),
  round: ofOne((a) => a.mul(0.9).round()),
  trunc: ofOne((a) => a.trunc()),
  frac: ofOne((a) => a.frac()),
  logit: [...ofOne((a) => a.abs().logit(), unit), sample((a) => a.abs().logit(0.2), unit(2, 3))],
  nanToNum: ofOne((a) => a.nanToNum()),
  isinf: ofOne((a) => a.sub(0.5).div(0).isinf()),
  isposinf: ofOne((a) => a.sub(0.5).div(0).isposinf()),
  isneginf: ofOne((a) => a.sub(0.5).div(0).isneginf()),
  signbit: ofOne((a) => a.signbit()),
  bitwiseNot: ofOne((a) => a.mul(5e6).int().bitwiseNot()),
  isnan: ofOne((a) => a.sub(0.5).log().isnan()),
  isfinite: ofOne((a) => a.sub(0.5).log().isfinite()),
  logicalNot: ofOne((a) => a.gt(0).logicalNot()),
  clamp: [
    ...ofOne((a) => a.clamp(-0.7, 0.7)),
    sample((a) => a.clamp(null, 0.7), x(4)),
    sample((a) => a.clamp(0.1), x(4)),
    sample((a) => a.mul(1).clamp_(-0.7, 0.7), x(2, 3)),
  ],
  leakyRelu: ofOne((a) => F.leakyRelu(a, 0.2)),
  threshold: ofOne((a) => F.threshold(a, 0.3, -1)),
  gelu: ofOne((a) => F.gelu(a)),
  geluTanh: ofOne((a) => F.gelu(a, "tanh")),
  silu: ofOne((a) => F.silu(a)),
  mish: ofOne((a) => F.mish(a)),
  softplus: [...ofOne((a) => F.softplus(a)), sample((a) => F.softplus(a, 3, 2), x(2, 3))],
  hardtanh: [...ofOne((a) => F.hardtanh(a)), sample((a) => F.relu6(a.mul(5)), x(2, 3))],
  hardsigmoid: ofOne((a) => F.hardsigmoid(a.mul(2.5))),
  hardswish: ofOne((a) => F.hardswish(a.mul(2.5))),
  hardshrink: ofOne((a) => F.hardshrink(a)),
  softshrink: ofOne((a) => F.softshrink(a)),
  softsign: ofOne((a) => F.softsign(a)),
  tanhshrink: ofOne((a) => F.tanhshrink(a)),
  logSigmoid: ofOne((a) => F.logsigmoid(a)),
  elu: [...ofOne((a) => F.elu(a, 0.7)), sample((a) => F.selu(a), x(4)), sample((a) => F.celu(a, 0.7), x(4))],
  clone: ofOne((a) => a.clone()),
  cast: [
    sample((a) => a.to("float64").mul(2), x(2, 3)),
    sample((a) => a.to("int32"), fixed(x(2, 3))),
    sample((a) => a.bool(), fixed(x(2, 3))),
    sample((a) => a.to("float64").to("float32").to("float64"), fixed(x(2, 3))),
    large((a) => a.mul(10).to("uint8").float(), fixed(positive(19, 37))),
  ],
  copy_: [
    sample((a, b) => a.mul(1).copy_(b), x(2, 3), x(3)),
    sample(
      (a, b) => {
        const y = a.mul(2);
        y.select(1, 0).copy_(b);
        return y;
      },
      x(2, 3),
      x(2),
    ),
    large((a, b) => a.mul(1).copy_(b), big(), big(37)),
  ],
  fill: [sample((a) => a.mul(1).fill_(0.5), x(2, 3)), large((a) => a.mul(1).fill_(0.5), big())],
  zero: [
    sample((a) => a.mul(1).zero_(), x(2, 3)),
    sample(
      (a) => {
        const y = a.mul(2);
        y.slice(1, 0, null, 2).zero_();
        return y.mul(a);
      },
      x(2, 3),
    ),
  ],
} satisfies Table;
