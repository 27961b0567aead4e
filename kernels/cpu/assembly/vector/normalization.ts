/**
 * @file Layer, group and batch normalization, forward and backward, of float32 and float64.
 *
 * Everything that is read several times is read while it lies in a cache. The variance is the mean of the squared
 * distances from the mean; sums form short chains in the arrays' own precision and add those up in double precision.
 * An address of 0 stands for a weight of ones, or a bias of zeros.
 */
import { bytesOf, fromHalves, halves, highOf, keep, lanesOf, lowOf, pairSum, put } from "./lanes";

/** Vectors that are added in single precision before they go to a double. */
const RUN = 32;

/** Σ (x − from) of n neighbours. */
function sum<T>(x: usize, n: i32, from: T): f64 {
  const o = v128.splat<T>(from);
  let total = f64x2.splat(0);
  let left = n;
  while (left >= 4 * lanesOf<T>()) {
    let a = v128.splat<T>(0);
    let b = a;
    let c = a;
    let d = a;
    for (let i = min(left / (4 * lanesOf<T>()), RUN); i > 0; i--) {
      a = v128.add<T>(a, v128.sub<T>(v128.load(x), o));
      b = v128.add<T>(b, v128.sub<T>(v128.load(x, 16), o));
      c = v128.add<T>(c, v128.sub<T>(v128.load(x, 32), o));
      d = v128.add<T>(d, v128.sub<T>(v128.load(x, 48), o));
      x += 64;
      left -= 4 * lanesOf<T>();
    }
    total = f64x2.add(total, halves<T>(v128.add<T>(v128.add<T>(a, b), v128.add<T>(c, d))));
  }
  for (; left > 0; left -= lanesOf<T>(), x += 16) {
    total = f64x2.add(total, halves<T>(keep<T>(v128.sub<T>(v128.load(x), o), left)));
  }
  return pairSum(total);
}

@inline
function square<T>(x: usize, center: v128): v128 {
  const d = v128.sub<T>(v128.load(x), center);
  return v128.mul<T>(d, d);
}

/** Σ (x − mean)² of n neighbours. */
function squares<T>(x: usize, n: i32, mean: T): f64 {
  const m = v128.splat<T>(mean);
  let total = f64x2.splat(0);
  let left = n;
  while (left >= 4 * lanesOf<T>()) {
    let a = v128.splat<T>(0);
    let b = a;
    let c = a;
    let d = a;
    for (let i = min(left / (4 * lanesOf<T>()), RUN); i > 0; i--) {
      a = v128.add<T>(a, square<T>(x, m));
      b = v128.add<T>(b, square<T>(x + 16, m));
      c = v128.add<T>(c, square<T>(x + 32, m));
      d = v128.add<T>(d, square<T>(x + 48, m));
      x += 64;
      left -= 4 * lanesOf<T>();
    }
    total = f64x2.add(total, halves<T>(v128.add<T>(v128.add<T>(a, b), v128.add<T>(c, d))));
  }
  for (; left > 0; left -= lanesOf<T>(), x += 16) total = f64x2.add(total, halves<T>(keep<T>(square<T>(x, m), left)));
  return pairSum(total);
}

/** out = (x − mean)·scale + shift of n neighbours. */
function scaleRow<T>(out: usize, x: usize, n: i32, mean: T, scale: T, shift: T): void {
  const m = v128.splat<T>(mean);
  const s = v128.splat<T>(scale);
  const b = v128.splat<T>(shift);
  let left = n;
  for (; left >= lanesOf<T>(); left -= lanesOf<T>(), x += 16, out += 16) {
    v128.store(out, v128.add<T>(v128.mul<T>(v128.sub<T>(v128.load(x), m), s), b));
  }
  if (left > 0) put<T>(out, v128.add<T>(v128.mul<T>(v128.sub<T>(v128.load(x), m), s), b), left);
}

@inline
function weightAt<T>(weight: usize, i: i32): T {
  return weight ? load<T>(weight + bytesOf<T>(i)) : <T>1;
}

@inline
function biasAt<T>(bias: usize, i: i32): T {
  return bias ? load<T>(bias + bytesOf<T>(i)) : <T>0;
}

/**
 * The mean of n neighbours. Sums of distances from one of them keep its error small beside the spread, which is what the
 * results are in units of.
 */
function meanOf<T>(x: usize, n: i32): T {
  const from = load<T>(x);
  return <T>(<f64>from + sum<T>(x, n, from) / n);
}

/** Normalizes rows of n elements, with one weight and bias for each of them. */
@inline
function layerNorm<T>(
  out: usize,
  means: usize,
  rstds: usize,
  x: usize,
  weight: usize,
  bias: usize,
  rows: i32,
  n: i32,
  eps: f64,
): void {
  const one = v128.splat<T>(1);
  const zero = v128.splat<T>(0);
  for (let r = 0; r < rows; r++) {
    const mean = meanOf<T>(x, n);
    const rstd = <T>(1 / sqrt<f64>(squares<T>(x, n, mean) / n + eps));
    store<T>(means + bytesOf<T>(r), mean);
    store<T>(rstds + bytesOf<T>(r), rstd);
    const m = v128.splat<T>(mean);
    const s = v128.splat<T>(rstd);
    let at: usize = 0;
    for (let left = n; left > 0; left -= lanesOf<T>(), at += 16) {
      const w = weight ? v128.load(weight + at) : one;
      const b = bias ? v128.load(bias + at) : zero;
      const z = v128.mul<T>(v128.sub<T>(v128.load(x + at), m), s);
      put<T>(out + at, v128.add<T>(v128.mul<T>(z, w), b), left);
    }
    x += bytesOf<T>(n);
    out += bytesOf<T>(n);
  }
}

export function layerNormRows_f32(
  out: usize,
  means: usize,
  rstds: usize,
  x: usize,
  weight: usize,
  bias: usize,
  rows: i32,
  n: i32,
  eps: f64,
): void {
  layerNorm<f32>(out, means, rstds, x, weight, bias, rows, n, eps);
}

export function layerNormRows_f64(
  out: usize,
  means: usize,
  rstds: usize,
  x: usize,
  weight: usize,
  bias: usize,
  rows: i32,
  n: i32,
  eps: f64,
): void {
  layerNorm<f64>(out, means, rstds, x, weight, bias, rows, n, eps);
}

/** Rows whose gradients of the weight are added up in the arrays' own precision. */
const FLUSH = 16;

/** Adds n numbers to doubles. */
function flush<T>(doubles: usize, x: usize, n: i32): void {
  for (let left = n; left > 0; left -= lanesOf<T>(), x += 16) {
    const v = v128.load(x);
    v128.store(doubles, f64x2.add(v128.load(doubles), lowOf<T>(v)));
    doubles += 16;
    if (sizeof<T>() == 4) {
      v128.store(doubles, f64x2.add(v128.load(doubles), highOf<T>(v)));
      doubles += 16;
    }
  }
}

/** Elements of a row, rounded up to whole vectors. */
@inline
function padded(n: i32): i32 {
  return (n + 3) & ~3;
}

/** Bytes of the scratch of {@link layerNormGrad}. */
export function layerNormGradScratch(n: i32): i32 {
  return 32 * padded(n);
}

/**
 * Gradients of {@link layerNorm}: for x, and summed over the rows for the weight and the bias as n numbers each, one
 * after the other in `sums`. Without `sums` that of x alone.
 */
@inline
function layerNormGrad<T>(
  out: usize,
  sums: usize,
  g: usize,
  x: usize,
  means: usize,
  rstds: usize,
  weight: usize,
  rows: i32,
  n: i32,
  scratch: usize,
): void {
  const one = v128.splat<T>(1);
  const row = bytesOf<T>(n);
  const width = padded(n);
  // Short sums of the weight's and of the bias's gradient, then long ones.
  const dw = scratch;
  const db = scratch + bytesOf<T>(width);
  const longW = scratch + 16 * width;
  const longB = longW + 8 * width;
  if (sums) memory.fill(scratch, 0, 32 * width);
  for (let r = 0; r < rows; r++) {
    const mean = load<T>(means + bytesOf<T>(r));
    const rstd = load<T>(rstds + bytesOf<T>(r));
    const m = v128.splat<T>(mean);
    const s = v128.splat<T>(rstd);
    let plain = f64x2.splat(0);
    let product = f64x2.splat(0);
    let at: usize = 0;
    const whole = bytesOf<T>(n) & ~15;
    while (at < whole) {
      let a = v128.splat<T>(0);
      let b = a;
      for (const end = min(at + 16 * RUN, whole); at < end; at += 16) {
        const gi = v128.load(g + at);
        const gz = v128.mul<T>(gi, v128.mul<T>(v128.sub<T>(v128.load(x + at), m), s));
        if (sums) {
          v128.store(dw + at, v128.add<T>(v128.load(dw + at), gz));
          v128.store(db + at, v128.add<T>(v128.load(db + at), gi));
        }
        const w = weight ? v128.load(weight + at) : one;
        a = v128.add<T>(a, v128.mul<T>(gi, w));
        b = v128.add<T>(b, v128.mul<T>(gz, w));
      }
      plain = f64x2.add(plain, halves<T>(a));
      product = f64x2.add(product, halves<T>(b));
    }
    if (at < row) {
      const left = n & (lanesOf<T>() - 1);
      const gi = keep<T>(v128.load(g + at), left);
      const gz = keep<T>(v128.mul<T>(gi, v128.mul<T>(v128.sub<T>(v128.load(x + at), m), s)), left);
      if (sums) {
        v128.store(dw + at, v128.add<T>(v128.load(dw + at), gz));
        v128.store(db + at, v128.add<T>(v128.load(db + at), gi));
      }
      const w = weight ? keep<T>(v128.load(weight + at), left) : one;
      plain = f64x2.add(plain, halves<T>(v128.mul<T>(gi, w)));
      product = f64x2.add(product, halves<T>(v128.mul<T>(gz, w)));
    }
    const c1 = v128.splat<T>(<T>(pairSum(plain) / n));
    const c2 = v128.splat<T>(<T>(pairSum(product) / n));
    at = 0;
    for (let left = n; left > 0; left -= lanesOf<T>(), at += 16) {
      const w = weight ? v128.load(weight + at) : one;
      const z = v128.mul<T>(v128.sub<T>(v128.load(x + at), m), s);
      const gw = v128.mul<T>(v128.load(g + at), w);
      put<T>(out + at, v128.mul<T>(s, v128.sub<T>(v128.sub<T>(gw, c1), v128.mul<T>(z, c2))), left);
    }
    if (sums && (r % FLUSH == FLUSH - 1 || r == rows - 1)) {
      flush<T>(longW, dw, n);
      flush<T>(longB, db, n);
      memory.fill(scratch, 0, 16 * width);
    }
    g += row;
    x += row;
    out += row;
  }
  if (sums) {
    for (let c = 0; c < n; c++) {
      store<T>(sums + bytesOf<T>(c), <T>load<f64>(longW + (<usize>c << 3)));
      store<T>(sums + row + bytesOf<T>(c), <T>load<f64>(longB + (<usize>c << 3)));
    }
  }
}

export function layerNormGradRows_f32(
  out: usize,
  sums: usize,
  g: usize,
  x: usize,
  means: usize,
  rstds: usize,
  weight: usize,
  rows: i32,
  n: i32,
  scratch: usize,
): void {
  layerNormGrad<f32>(out, sums, g, x, means, rstds, weight, rows, n, scratch);
}

export function layerNormGradRows_f64(
  out: usize,
  sums: usize,
  g: usize,
  x: usize,
  means: usize,
  rstds: usize,
  weight: usize,
  rows: i32,
  n: i32,
  scratch: usize,
): void {
  layerNormGrad<f64>(out, sums, g, x, means, rstds, weight, rows, n, scratch);
}

/**
 * Normalizes rows of `channels` × `inner` elements, with one weight and bias for each channel. The first row is the
 * `first`-th of all, whose channels follow each other in `groups` rows and then begin again.
 */
@inline
function groupNorm<T>(
  out: usize,
  means: usize,
  rstds: usize,
  x: usize,
  weight: usize,
  bias: usize,
  first: i32,
  rows: i32,
  groups: i32,
  channels: i32,
  inner: i32,
  eps: f64,
): void {
  const n = channels * inner;
  for (let r = first; r < first + rows; r++) {
    const at = bytesOf<T>(r * n);
    const mean = meanOf<T>(x + at, n);
    const rstd = <T>(1 / sqrt<f64>(squares<T>(x + at, n, mean) / n + eps));
    store<T>(means + bytesOf<T>(r), mean);
    store<T>(rstds + bytesOf<T>(r), rstd);
    const channel = (r % groups) * channels;
    for (let c = 0; c < channels; c++) {
      const start = at + bytesOf<T>(c * inner);
      const scale = rstd * weightAt<T>(weight, channel + c);
      scaleRow<T>(out + start, x + start, inner, mean, scale, biasAt<T>(bias, channel + c));
    }
  }
}

export function groupNormRows_f32(
  out: usize,
  means: usize,
  rstds: usize,
  x: usize,
  weight: usize,
  bias: usize,
  first: i32,
  rows: i32,
  groups: i32,
  channels: i32,
  inner: i32,
  eps: f64,
): void {
  groupNorm<f32>(out, means, rstds, x, weight, bias, first, rows, groups, channels, inner, eps);
}

export function groupNormRows_f64(
  out: usize,
  means: usize,
  rstds: usize,
  x: usize,
  weight: usize,
  bias: usize,
  first: i32,
  rows: i32,
  groups: i32,
  channels: i32,
  inner: i32,
  eps: f64,
): void {
  groupNorm<f64>(out, means, rstds, x, weight, bias, first, rows, groups, channels, inner, eps);
}

/** Σ g·(x − mean) of n neighbours. */
function products<T>(g: usize, x: usize, n: i32, mean: T): f64 {
  const m = v128.splat<T>(mean);
  let total = f64x2.splat(0);
  let left = n;
  while (left > 0) {
    let run = v128.splat<T>(0);
    for (let i = 0; i < RUN && left > 0; i++) {
      const d = v128.sub<T>(keep<T>(v128.load(x), left), m);
      run = v128.add<T>(run, v128.mul<T>(keep<T>(v128.load(g), left), d));
      g += 16;
      x += 16;
      left -= lanesOf<T>();
    }
    total = f64x2.add(total, halves<T>(run));
  }
  return pairSum(total);
}

/** out = g·scale − shift − (x − mean)·slope of n neighbours. */
function gradRow<T>(out: usize, g: usize, x: usize, n: i32, mean: T, scale: T, shift: T, slope: T): void {
  const m = v128.splat<T>(mean);
  const s = v128.splat<T>(scale);
  const p = v128.splat<T>(shift);
  const k = v128.splat<T>(slope);
  let at: usize = 0;
  for (let left = n; left > 0; left -= lanesOf<T>(), at += 16) {
    const d = v128.mul<T>(v128.sub<T>(v128.load(x + at), m), k);
    put<T>(out + at, v128.sub<T>(v128.sub<T>(v128.mul<T>(v128.load(g + at), s), p), d), left);
  }
}

/**
 * Gradients of {@link groupNorm}: for x, and for each row's channels the terms of those of the weight (`dw`) and the bias
 * (`db`), which are still to be summed over the samples.
 */
@inline
function groupNormGrad<T>(
  out: usize,
  dw: usize,
  db: usize,
  g: usize,
  x: usize,
  means: usize,
  rstds: usize,
  weight: usize,
  first: i32,
  rows: i32,
  groups: i32,
  channels: i32,
  inner: i32,
): void {
  const n = channels * inner;
  for (let r = first; r < first + rows; r++) {
    const mean = load<T>(means + bytesOf<T>(r));
    const rstd = load<T>(rstds + bytesOf<T>(r));
    const channel = (r % groups) * channels;
    let plain: f64 = 0;
    let product: f64 = 0;
    for (let c = 0; c < channels; c++) {
      const start = bytesOf<T>(r * n + c * inner);
      const a = sum<T>(g + start, inner, 0);
      const b = products<T>(g + start, x + start, inner, mean) * rstd;
      store<T>(db + bytesOf<T>(r * channels + c), <T>a);
      store<T>(dw + bytesOf<T>(r * channels + c), <T>b);
      const w: f64 = weightAt<T>(weight, channel + c);
      plain += w * a;
      product += w * b;
    }
    const shift = <T>((plain / n) * rstd);
    const slope = <T>((product / n) * rstd * rstd);
    for (let c = 0; c < channels; c++) {
      const start = bytesOf<T>(r * n + c * inner);
      const w: f64 = weightAt<T>(weight, channel + c);
      gradRow<T>(out + start, g + start, x + start, inner, mean, <T>(rstd * w), shift, slope);
    }
  }
}

export function groupNormGradRows_f32(
  out: usize,
  dw: usize,
  db: usize,
  g: usize,
  x: usize,
  means: usize,
  rstds: usize,
  weight: usize,
  first: i32,
  rows: i32,
  groups: i32,
  channels: i32,
  inner: i32,
): void {
  groupNormGrad<f32>(out, dw, db, g, x, means, rstds, weight, first, rows, groups, channels, inner);
}

export function groupNormGradRows_f64(
  out: usize,
  dw: usize,
  db: usize,
  g: usize,
  x: usize,
  means: usize,
  rstds: usize,
  weight: usize,
  first: i32,
  rows: i32,
  groups: i32,
  channels: i32,
  inner: i32,
): void {
  groupNormGrad<f64>(out, dw, db, g, x, means, rstds, weight, first, rows, groups, channels, inner);
}

/**
 * Normalizes `count` channels from the `first` of [batch, channels, inner], by the `means` and `variances` that are there
 * (`given`) or by the channel's own, which it writes there.
 */
@inline
function batchNorm<T>(
  out: usize,
  means: usize,
  variances: usize,
  x: usize,
  weight: usize,
  bias: usize,
  batch: i32,
  channels: i32,
  inner: i32,
  first: i32,
  count: i32,
  eps: f64,
  given: i32,
): void {
  const step = bytesOf<T>(channels * inner);
  const terms: f64 = batch * inner;
  for (let c = first; c < first + count; c++) {
    const start = bytesOf<T>(c * inner);
    if (!given) {
      const from = load<T>(x + start);
      let total: f64 = 0;
      for (let b = 0; b < batch; b++) total += sum<T>(x + start + b * step, inner, from);
      const mean = <T>(from + total / terms);
      let spread: f64 = 0;
      for (let b = 0; b < batch; b++) spread += squares<T>(x + start + b * step, inner, mean);
      store<T>(means + bytesOf<T>(c), mean);
      store<T>(variances + bytesOf<T>(c), <T>(spread / terms));
    }
    const mean = load<T>(means + bytesOf<T>(c));
    const scale = <T>(weightAt<T>(weight, c) / sqrt<f64>(load<T>(variances + bytesOf<T>(c)) + eps));
    const shift = biasAt<T>(bias, c);
    for (let b = 0; b < batch; b++) scaleRow<T>(out + start + b * step, x + start + b * step, inner, mean, scale, shift);
  }
}

/** Doubles over another, lane by lane and rounded to T. */
@inline
function quotient<T>(low: v128, high: v128, divisor: f64): v128 {
  const d = f64x2.splat(divisor);
  return fromHalves<T>(f64x2.div(low, d), f64x2.div(high, d));
}

/** 1 / √(variance + eps) */
@inline
function inverseRoots<T>(variance: v128, eps: f64): v128 {
  const e = f64x2.splat(eps);
  const one = f64x2.splat(1);
  const low = f64x2.div(one, f64x2.sqrt(f64x2.add(lowOf<T>(variance), e)));
  if (sizeof<T>() == 8) return low;
  return fromHalves<T>(low, f64x2.div(one, f64x2.sqrt(f64x2.add(highOf<T>(variance), e))));
}

/** Columns that are normalized together, and rows that are read together: what they take fits in a near cache. */
const STRIP = 256;
const BLOCK = 32;

/** Bytes of the scratch that normalizations of columns need. */
export function columnsScratch(): i32 {
  return 2 * STRIP * 8 + 3 * STRIP * 8;
}

/** Adds v to doubles, two or four of them. */
@inline
function accumulate<T>(address: usize, v: v128): void {
  v128.store(address, f64x2.add(v128.load(address), lowOf<T>(v)));
  if (sizeof<T>() == 4) v128.store(address, f64x2.add(v128.load(address, 16), highOf<T>(v)), 16);
}

/** The doubles of a vector of columns over another, rounded to T. */
@inline
function quotientAt<T>(address: usize, divisor: f64): v128 {
  return quotient<T>(v128.load(address), sizeof<T>() == 4 ? v128.load(address, 16) : i64x2.splat(0), divisor);
}

/**
 * {@link batchNorm} of columns, where `inner` is 1. The mean and the variance of a strip are made from blocks of rows, each
 * of which is read while it is near.
 */
function batchNormColumns<T>(
  out: usize,
  means: usize,
  variances: usize,
  x: usize,
  weight: usize,
  bias: usize,
  rows: i32,
  channels: i32,
  first: i32,
  count: i32,
  eps: f64,
  given: i32,
  scratch: usize,
): void {
  const step = bytesOf<T>(channels);
  const wide: usize = 8 / sizeof<T>();
  const totals = scratch;
  const centers = scratch + 2 * STRIP * 8;
  const scales = centers + STRIP * 8;
  for (let c = first; c < first + count; c += STRIP) {
    const width = min<i32>(STRIP, first + count - c);
    const bytes = bytesOf<T>(width);
    const start = bytesOf<T>(c);
    const from = x + start;
    if (!given) {
      for (let pass = 0; pass < 2; pass++) {
        memory.fill(totals, 0, STRIP * 8);
        for (let r = 0; r < rows; r += BLOCK) {
          const block = from + <usize>r * step;
          const height = min<i32>(BLOCK, rows - r);
          for (let at: usize = 0; at < bytes; at += 16) {
            const center = v128.load(pass == 0 ? from + at : centers + at);
            let run = v128.splat<T>(0);
            let p = block + at;
            for (let i = 0; i < height; i++, p += step) {
              const d = v128.sub<T>(v128.load(p), center);
              run = v128.add<T>(run, pass == 0 ? d : v128.mul<T>(d, d));
            }
            accumulate<T>(totals + at * wide, run);
          }
        }
        for (let at: usize = 0, left = width; left > 0; at += 16, left -= lanesOf<T>()) {
          const share = quotientAt<T>(totals + at * wide, rows);
          if (pass == 0) v128.store(centers + at, v128.add<T>(v128.load(from + at), share));
          put<T>((pass == 0 ? means : variances) + start + at, pass == 0 ? v128.load(centers + at) : share, left);
        }
      }
    }
    for (let at: usize = 0; at < bytes; at += 16) {
      const scale = inverseRoots<T>(v128.load(variances + start + at), eps);
      v128.store(scales + at, weight ? v128.mul<T>(scale, v128.load(weight + start + at)) : scale);
      v128.store(centers + at, v128.load(means + start + at));
    }
    for (let r = 0; r < rows; r++) {
      const row = <usize>r * step + start;
      for (let at: usize = 0, left = width; left > 0; at += 16, left -= lanesOf<T>()) {
        let y = v128.mul<T>(v128.sub<T>(v128.load(x + row + at), v128.load(centers + at)), v128.load(scales + at));
        if (bias) y = v128.add<T>(y, v128.load(bias + start + at));
        put<T>(out + row + at, y, left);
      }
    }
  }
}

export function batchNormChannels_f32(
  out: usize,
  means: usize,
  variances: usize,
  x: usize,
  weight: usize,
  bias: usize,
  batch: i32,
  channels: i32,
  inner: i32,
  first: i32,
  count: i32,
  eps: f64,
  given: i32,
  scratch: usize,
): void {
  if (inner == 1) {
    batchNormColumns<f32>(out, means, variances, x, weight, bias, batch, channels, first, count, eps, given, scratch);
  } else batchNorm<f32>(out, means, variances, x, weight, bias, batch, channels, inner, first, count, eps, given);
}

export function batchNormChannels_f64(
  out: usize,
  means: usize,
  variances: usize,
  x: usize,
  weight: usize,
  bias: usize,
  batch: i32,
  channels: i32,
  inner: i32,
  first: i32,
  count: i32,
  eps: f64,
  given: i32,
  scratch: usize,
): void {
  if (inner == 1) {
    batchNormColumns<f64>(out, means, variances, x, weight, bias, batch, channels, first, count, eps, given, scratch);
  } else batchNorm<f64>(out, means, variances, x, weight, bias, batch, channels, inner, first, count, eps, given);
}

/**
 * Gradients of {@link batchNorm}: for x, the weight (`dw`) and the bias (`db`). The statistics depend on x unless they
 * were `given`.
 */
@inline
function batchNormGrad<T>(
  out: usize,
  dw: usize,
  db: usize,
  g: usize,
  x: usize,
  means: usize,
  variances: usize,
  weight: usize,
  batch: i32,
  channels: i32,
  inner: i32,
  first: i32,
  count: i32,
  eps: f64,
  given: i32,
): void {
  const step = bytesOf<T>(channels * inner);
  const terms: f64 = batch * inner;
  for (let c = first; c < first + count; c++) {
    const start = bytesOf<T>(c * inner);
    const mean = load<T>(means + bytesOf<T>(c));
    const rstd = 1 / sqrt<f64>(load<T>(variances + bytesOf<T>(c)) + eps);
    let plain: f64 = 0;
    let product: f64 = 0;
    for (let b = 0; b < batch; b++) {
      plain += sum<T>(g + start + b * step, inner, 0);
      product += products<T>(g + start + b * step, x + start + b * step, inner, mean);
    }
    store<T>(db + bytesOf<T>(c), <T>plain);
    store<T>(dw + bytesOf<T>(c), <T>(product * rstd));
    const scale = rstd * weightAt<T>(weight, c);
    const shift = <T>(given ? 0 : (plain / terms) * scale);
    const slope = <T>(given ? 0 : (product / terms) * rstd * rstd * scale);
    for (let b = 0; b < batch; b++) {
      const at = start + b * step;
      gradRow<T>(out + at, g + at, x + at, inner, mean, <T>scale, shift, slope);
    }
  }
}

/** {@link batchNormGrad} of columns. */
function batchNormGradColumns<T>(
  out: usize,
  dw: usize,
  db: usize,
  g: usize,
  x: usize,
  means: usize,
  variances: usize,
  weight: usize,
  rows: i32,
  channels: i32,
  first: i32,
  count: i32,
  eps: f64,
  given: i32,
  scratch: usize,
): void {
  const step = bytesOf<T>(channels);
  const wide: usize = 8 / sizeof<T>();
  const plains = scratch;
  const products = scratch + STRIP * 8;
  const scales = scratch + 2 * STRIP * 8;
  const shifts = scales + STRIP * 8;
  const slopes = shifts + STRIP * 8;
  const zero = v128.splat<T>(0);
  for (let c = first; c < first + count; c += STRIP) {
    const width = min<i32>(STRIP, first + count - c);
    const bytes = bytesOf<T>(width);
    const start = bytesOf<T>(c);
    memory.fill(scratch, 0, 2 * STRIP * 8);
    for (let r = 0; r < rows; r += BLOCK) {
      const height = min<i32>(BLOCK, rows - r);
      for (let at: usize = 0; at < bytes; at += 16) {
        const mean = v128.load(means + start + at);
        let a = zero;
        let b = zero;
        let p = <usize>r * step + start + at;
        for (let i = 0; i < height; i++, p += step) {
          const gi = v128.load(g + p);
          a = v128.add<T>(a, gi);
          b = v128.add<T>(b, v128.mul<T>(gi, v128.sub<T>(v128.load(x + p), mean)));
        }
        accumulate<T>(plains + at * wide, a);
        accumulate<T>(products + at * wide, b);
      }
    }
    for (let at: usize = 0, left = width; left > 0; at += 16, left -= lanesOf<T>()) {
      const rstd = inverseRoots<T>(v128.load(variances + start + at), eps);
      const scale = weight ? v128.mul<T>(rstd, v128.load(weight + start + at)) : rstd;
      put<T>(db + start + at, quotientAt<T>(plains + at * wide, 1), left);
      put<T>(dw + start + at, v128.mul<T>(quotientAt<T>(products + at * wide, 1), rstd), left);
      v128.store(scales + at, scale);
      const shift = v128.mul<T>(quotientAt<T>(plains + at * wide, rows), scale);
      const slope = v128.mul<T>(quotientAt<T>(products + at * wide, rows), v128.mul<T>(v128.mul<T>(rstd, rstd), scale));
      v128.store(shifts + at, given ? zero : shift);
      v128.store(slopes + at, given ? zero : slope);
    }
    for (let r = 0; r < rows; r++) {
      const row = <usize>r * step + start;
      for (let at: usize = 0, left = width; left > 0; at += 16, left -= lanesOf<T>()) {
        const d = v128.mul<T>(v128.sub<T>(v128.load(x + row + at), v128.load(means + start + at)), v128.load(slopes + at));
        const gs = v128.mul<T>(v128.load(g + row + at), v128.load(scales + at));
        put<T>(out + row + at, v128.sub<T>(v128.sub<T>(gs, v128.load(shifts + at)), d), left);
      }
    }
  }
}

export function batchNormGradChannels_f32(
  out: usize,
  dw: usize,
  db: usize,
  g: usize,
  x: usize,
  means: usize,
  variances: usize,
  weight: usize,
  batch: i32,
  channels: i32,
  inner: i32,
  first: i32,
  count: i32,
  eps: f64,
  given: i32,
  scratch: usize,
): void {
  if (inner == 1) {
    batchNormGradColumns<f32>(
      out,
      dw,
      db,
      g,
      x,
      means,
      variances,
      weight,
      batch,
      channels,
      first,
      count,
      eps,
      given,
      scratch,
    );
    return;
  }
  batchNormGrad<f32>(out, dw, db, g, x, means, variances, weight, batch, channels, inner, first, count, eps, given);
}

export function batchNormGradChannels_f64(
  out: usize,
  dw: usize,
  db: usize,
  g: usize,
  x: usize,
  means: usize,
  variances: usize,
  weight: usize,
  batch: i32,
  channels: i32,
  inner: i32,
  first: i32,
  count: i32,
  eps: f64,
  given: i32,
  scratch: usize,
): void {
  if (inner == 1) {
    batchNormGradColumns<f64>(
      out,
      dw,
      db,
      g,
      x,
      means,
      variances,
      weight,
      batch,
      channels,
      first,
      count,
      eps,
      given,
      scratch,
    );
    return;
  }
  batchNormGrad<f64>(out, dw, db, g, x, means, variances, weight, batch, channels, inner, first, count, eps, given);
}
