/**
 * @file Samples of gamma and Dirichlet distributions whose gradients are implicit (Figurnov, Mohamed and Mnih, 2018,
 * arXiv:1805.08498): −(∂F/∂α) / p at the sample, by the approximations of PyTorch's `_standard_gamma_grad` and
 * `_dirichlet_grad` (Jankowiak and Obermeyer, 2018, arXiv:1806.01851).
 */

import { digamma } from "../../kernels/reference/special.ts";
import { CustomFunction, type FunctionContext } from "../autograd/function.ts";
import { newTypedArray } from "../core/dtype.ts";
import { finfo } from "../core/numeric-limits.ts";
import { fromTypedArray } from "../tensor/from-host.ts";
import { nextDirichlet, nextGamma } from "../tensor/random/rejection.ts";
import type { Tensor } from "../tensor/tensor.ts";

const same = (x: number): number => x;

/** The rounding of a floating dtype. */
function roundingOf(x: Tensor): (value: number) => number {
  return x.dtype === "float64" ? same : Math.fround;
}

/** A tensor of the shape and dtype of `like`, whose elements are computed one by one on the host. */
function elementwise(like: Tensor, element: (i: number) => number): Tensor {
  const out = newTypedArray(like.dtype, like.numel());
  for (let i = 0; i < out.length; i++) out[i] = element(i);
  return fromTypedArray(like.dtype, out, like.shape, like.device);
}

/** Gamma samples of scale 1. */
export class StandardGamma extends CustomFunction {
  static forward(ctx: FunctionContext<[Tensor, Tensor]>, concentration: Tensor): Tensor {
    const { tiny } = finfo(concentration.dtype);
    const round = roundingOf(concentration);
    const alpha = concentration.dataSync();
    const sample = elementwise(concentration, (i) => Math.max(tiny, nextGamma(alpha[i] as number, round)));
    ctx.saveForBackward(concentration, sample);
    return sample;
  }

  static backward(ctx: FunctionContext<[Tensor, Tensor]>, grad: Tensor): Tensor {
    const [concentration, sample] = ctx.savedTensors;
    const [alpha, x] = [concentration.dataSync(), sample.dataSync()];
    return grad.mul(elementwise(sample, (i) => gammaGradient(alpha[i] as number, x[i] as number)));
  }
}

/** Dirichlet samples: the last dimension sums to 1. */
export class StandardDirichlet extends CustomFunction {
  static forward(ctx: FunctionContext<[Tensor, Tensor]>, concentration: Tensor): Tensor {
    const { eps, tiny } = finfo(concentration.dtype);
    const size = concentration.size(-1);
    const alpha = concentration.dataSync();
    const shares = new Float64Array(alpha.length);
    for (let i = 0; i < alpha.length; i += size) shares.set(nextDirichlet(alpha.subarray(i, i + size), tiny, eps), i);
    const sample = elementwise(concentration, (i) => shares[i]!);
    ctx.saveForBackward(concentration, sample);
    return sample;
  }

  static backward(ctx: FunctionContext<[Tensor, Tensor]>, grad: Tensor): Tensor {
    const [concentration, sample] = ctx.savedTensors;
    const total = concentration.sum(-1, true).expandAs(concentration);
    const round = roundingOf(sample);
    const [alpha, x, sum] = [concentration.dataSync(), sample.dataSync(), total.dataSync()];
    const slope = elementwise(sample, (i) => {
      return dirichletGradient(x[i] as number, alpha[i] as number, sum[i] as number, round);
    });
    return slope.mul(grad.sub(sample.mul(grad).sum(-1, true)));
  }
}

/** dx/dα of a gamma-distributed x. */
export function gammaGradient(alpha: number, x: number): number {
  if (x < f32(0.8)) return gammaGradientTaylor(alpha, x);
  if (alpha > 8) return gammaGradientRice(alpha, x);
  return gammaGradientRational(alpha, x);
}

const f32 = Math.fround;

/** A Taylor expansion for small x. */
function gammaGradientTaylor(alpha: number, x: number): number {
  let numerator = 1;
  let series1 = 1 / alpha;
  let series2 = 1 / (alpha * alpha);
  for (let i = 1; i <= 5; i++) {
    const denominator = alpha + i;
    numerator *= -x / i;
    series1 += numerator / denominator;
    series2 += numerator / (denominator * denominator);
  }
  const power = x ** alpha;
  const pdf = x ** (alpha - 1) * Math.exp(-x);
  const cdfSlope = (Math.log(x) - digamma(alpha)) * (power * series1) - power * series2;
  const result = -cdfSlope / pdf;
  return Number.isNaN(result) ? 0 : result;
}

/** A Rice saddle point expansion for large α. */
function gammaGradientRice(alpha: number, x: number): number {
  if (f32(0.9) * alpha <= x && x <= f32(1.1) * alpha) {
    const a = 1 + 24 * alpha * (1 + 12 * alpha);
    const b = 1440 * alpha * alpha + 6 * x * (53 - 120 * x) - (65 * x * x) / alpha + alpha * (107 + 3600 * x);
    return (a * b) / (1244160 * alpha ** 4);
  }
  const root = Math.sqrt(8 * alpha);
  const first = root / (alpha - x);
  const second = (x - alpha - alpha * Math.log(x / alpha)) ** -1.5;
  const inner = x < alpha ? first - second : first + second;
  const term = Math.log(x / alpha) * inner - (Math.sqrt(2 / alpha) * (alpha + x)) / ((alpha - x) * (alpha - x));
  const stirling = 1 + (1 / (12 * alpha)) * (1 + 1 / (24 * alpha));
  return (-stirling * x * term) / root;
}

/** Coefficients in log(x/α), each a row of those in log α: four of the numerator, four of the denominator. */
const GAMMA_COEFFICIENTS = [
  [0.16009398, -0.094634809, 0.025146376, -0.0030648343, 1, 0.32668115, 0.10406089, 0.0014179084],
  [0.53487893, 0.1298071, 0.065735949, -0.0015649758, 0.16639465, 0.020070113, -0.0035938915, -0.00058392623],
  [0.040121004, -0.0065914022, -0.0026286047, -0.0013441777, 0.017050642, -0.0021309326, 0.00085092367, -1.5247877e-7],
] as const;

/** A bivariate rational approximation. */
function gammaGradientRational(alpha: number, x: number): number {
  const u = Math.log(x / alpha);
  const v = Math.log(alpha);
  const [c0, c1, c2] = GAMMA_COEFFICIENTS;
  const at = (i: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7): number => c0[i] + u * (c1[i] + u * c2[i]);
  const p = at(0) + v * (at(1) + v * (at(2) + v * at(3)));
  const q = at(4) + v * (at(5) + v * (at(6) + v * at(7)));
  return Math.exp(p / q);
}

/** dx/dα / (1 − x) of a beta-distributed x, with β = total − α. */
export function dirichletGradient(x: number, alpha: number, total: number, round: (x: number) => number): number {
  const beta = round(total - alpha);
  const boundary = total * x * (1 - x);
  if (x <= 0.5 && boundary < 2.5) return betaGradientNearZero(x, alpha, beta);
  if (x >= 0.5 && boundary < 0.75) return -betaGradientNearOne(round(1 - x), beta, alpha);
  if (alpha > 6 && beta > 6) return betaGradientRice(x, alpha, total - alpha);
  return betaGradientRational(x, alpha, total);
}

/** A Taylor expansion in x near 0 of the gradient with respect to α. */
function betaGradientNearZero(x: number, alpha: number, beta: number): number {
  const factor = digamma(alpha) - digamma(alpha + beta) - Math.log(x);
  let numerator = 1;
  let series = (1 / alpha) * (factor + 1 / alpha);
  for (let i = 1; i <= 10; i++) {
    numerator *= ((i - beta) * x) / i;
    series += (numerator / (alpha + i)) * (factor + 1 / (alpha + i));
  }
  const result = x * (1 - x) ** -beta * series;
  return Number.isNaN(result) ? 0 : result;
}

/** A Taylor expansion in x near 0 of the gradient with respect to β. */
function betaGradientNearOne(x: number, alpha: number, beta: number): number {
  const factor = digamma(alpha + beta) - digamma(beta);
  let [numerator, betas, slopes, series] = [1, 1, 0, factor / alpha];
  for (let i = 1; i <= 8; i++) {
    numerator *= -x / i;
    slopes = slopes * (beta - i) + betas;
    betas *= beta - i;
    series += (numerator / (alpha + i)) * (slopes + factor * betas);
  }
  const result = -((1 - x) ** (1 - beta)) * series;
  return Number.isNaN(result) ? 0 : result;
}

/** A Rice saddle point expansion for large α and β. */
function betaGradientRice(x: number, alpha: number, beta: number): number {
  const total = alpha + beta;
  const mean = alpha / total;
  const std = Math.sqrt((alpha * beta) / (total + 1)) / total;
  if (mean - 0.1 * std <= x && x <= mean + 0.1 * std) {
    // Around the singularity at the mean.
    const c0 = 47 * x * beta ** 4;
    const c1 = (43 + 20 * (16 + 27 * beta) * x) * beta ** 3;
    const c2 = 3 * (59 + 180 * beta - 90 * x) * beta ** 2;
    const c3 = (453 + 1620 * beta * (1 - x) - 455 * x) * beta;
    const c4 = 8 * (1 - x) * (135 * beta - 11);
    const poly = c0 + alpha * (c1 + alpha * (c2 + alpha * (c3 + alpha * c4)));
    const numerator = ((1 + 12 * alpha) * (1 + 12 * beta)) / (total * total);
    return ((numerator / (1 - x)) * poly) / (12960 * alpha ** 3 * beta ** 2 * (1 + 12 * total));
  }
  const prefactor = -x / Math.sqrt((2 * alpha * beta) / total);
  const tail = (n: number): number => 1 + 1 / (12 * n) + 1 / (288 * n * n);
  const stirling = (tail(alpha) * tail(beta)) / tail(total);
  const axbx = alpha * (x - 1) + beta * x;
  const numerator = 2 * alpha * alpha * (x - 1) + alpha * beta * (x - 1) - x * beta * beta;
  const term1 = numerator / (Math.sqrt((2 * alpha) / beta) * total ** 1.5 * axbx * axbx);
  const term2 = 0.5 * Math.log(alpha / (total * x));
  const term3 = Math.sqrt((8 * alpha * beta) / total) / axbx;
  const base = beta * Math.log(beta / (total * (1 - x))) + alpha * Math.log(alpha / (total * x));
  const term4 = base ** -1.5;
  return stirling * prefactor * (term1 + term2 * (term3 + (x < mean ? term4 : -term4)));
}

/** Coefficients [numerator or denominator][power of u][power of a][power of b]. */
const BETA_COEFFICIENTS: readonly (readonly (readonly (readonly [number, number, number, number])[])[])[] = [
  [
    [
      [1.003668233, -0.01061107488, -0.0657888334, 0.01201642863],
      [0.6336835991, -0.3557432599, 0.05486251648, -0.001465281033],
      [-0.03276231906, 0.004474107445, 0.002429354597, -0.0001557569013],
    ],
    [
      [0.221950385, -0.3187676331, 0.01799915743, 0.01074823814],
      [-0.2951249643, 0.06219954479, 0.01535556598, 0.001550077057],
      [0.02155310298, 0.004170831599, 0.001292462449, 6.976601077e-5],
    ],
    [
      [-0.05980841433, 0.008441916499, 0.01085618172, 0.002319392565],
      [0.02911413504, 0.01400243777, -0.002721828457, 0.000751041181],
      [0.005900514878, -0.001936558688, -9.495446725e-6, 5.385558597e-5],
    ],
  ],
  [
    [
      [1, -0.02924021934, -0.04438342661, 0.007285809825],
      [0.6357567472, -0.3473456711, 0.05454656494, -0.002407477521],
      [-0.03301322327, 0.004845219414, 0.00231480583, -0.0002307248149],
    ],
    [
      [0.5925320577, -0.1757678135, 0.01505928619, 0.000564515273],
      [0.1014815858, -0.06589186703, 0.01272886114, -0.0007316646956],
      [-0.007258481865, 0.001096195486, 0.0003934994223, -4.12701925e-5],
    ],
    [
      [0.06469649321, -0.0236701437, 0.002902096474, -5.896963079e-5],
      [0.001925008108, -0.002869809258, 0.0008000589141, -6.063713228e-5],
      [-0.0003477407336, 6.959756487e-5, 1.097287507e-5, -1.650964693e-6],
    ],
  ],
];

/** A rational correction to an analytic approximation. */
function betaGradientRational(x: number, alpha: number, total: number): number {
  const u = Math.log(x);
  const a = Math.log(alpha) - u;
  const b = Math.log(total) - a;
  const [p = 0, q = 1] = BETA_COEFFICIENTS.map((part) =>
    part.reduce((outer, rows, i) => {
      return rows.reduce((sum, [c0, c1, c2, c3], j) => {
        return sum + u ** i * a ** j * (c0 + b * (c1 + b * (c2 + b * c3)));
      }, outer);
    }, 0),
  );
  return ((p / q) * x * (digamma(total) - digamma(alpha))) / (total - alpha);
}
