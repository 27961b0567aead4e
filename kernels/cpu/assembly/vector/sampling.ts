/**
 * @file Weighted sums of elements at given positions: resampling along a dimension, and sampling at the points of a grid,
 * with their gradients, of float32 and float64.
 */
import { bytesOf } from "./lanes";

/** out = weight·x, or += it, of n neighbours. */
@inline
function addScaled<T>(out: usize, x: usize, n: i32, weight: T, isFirst: bool): void {
  const w = v128.splat<T>(weight);
  const end = out + bytesOf<T>(n);
  const whole = out + (bytesOf<T>(n) & ~15);
  if (isFirst) {
    for (; out < whole; out += 16, x += 16) v128.store(out, v128.mul<T>(w, v128.load(x)));
    for (; out < end; out += sizeof<T>(), x += sizeof<T>()) store<T>(out, <T>(weight * load<T>(x)));
  } else {
    for (; out < whole; out += 16, x += 16) v128.store(out, v128.add<T>(v128.load(out), v128.mul<T>(w, v128.load(x))));
    for (; out < end; out += sizeof<T>(), x += sizeof<T>()) store<T>(out, <T>(load<T>(out) + weight * load<T>(x)));
  }
}

/** out = p·x + q·y of n neighbours. */
@inline
function addPair<T>(out: usize, x: usize, y: usize, n: i32, p: T, q: T): void {
  const v = v128.splat<T>(p);
  const w = v128.splat<T>(q);
  const end = out + bytesOf<T>(n);
  const whole = out + (bytesOf<T>(n) & ~15);
  for (; out < whole; out += 16, x += 16, y += 16) {
    v128.store(out, v128.add<T>(v128.mul<T>(v, v128.load(x)), v128.mul<T>(w, v128.load(y))));
  }
  for (; out < end; out += sizeof<T>(), x += sizeof<T>(), y += sizeof<T>()) {
    store<T>(out, <T>(p * load<T>(x) + q * load<T>(y)));
  }
}

@inline
function weightedRows<T>(
  out: usize, x: usize, starts: usize, columns: usize, weights: usize, first: i32, count: i32, rows: i32, n: i32,
  inner: i32,
): void {
  const line = bytesOf<T>(inner);
  const block = <usize>n * line;
  out += <usize>first * line;
  x += <usize>(first / rows) * block;
  let row = first % rows;
  for (; count > 0; count--, out += line) {
    let at = load<i32>(starts + (<usize>row << 2));
    const end = load<i32>(starts + (<usize>row << 2), 4);
    const column = columns + (<usize>at << 2);
    const weight = weights + bytesOf<T>(at);
    if (inner == 1) {
      let sum: T = 0;
      if (at < end) {
        sum = <T>(load<T>(weight) * load<T>(x + bytesOf<T>(load<i32>(column))));
        for (let i: i32 = 1; i < end - at; i++) {
          sum += load<T>(weight + bytesOf<T>(i)) * load<T>(x + bytesOf<T>(load<i32>(column + (<usize>i << 2))));
        }
      }
      store<T>(out, sum);
    } else if (at == end) {
      memory.fill(out, 0, line);
    } else {
      const from = x + <usize>load<i32>(column) * line;
      let i: i32 = 2;
      if (end - at == 1) {
        addScaled<T>(out, from, inner, load<T>(weight), true);
      } else {
        const other = x + <usize>load<i32>(column, 4) * line;
        addPair<T>(out, from, other, inner, load<T>(weight), load<T>(weight, sizeof<T>()));
      }
      for (; i < end - at; i++) {
        const from = x + <usize>load<i32>(column + (<usize>i << 2)) * line;
        addScaled<T>(out, from, inner, load<T>(weight + bytesOf<T>(i)), false);
      }
    }
    if (++row == rows) {
      row = 0;
      x += block;
    }
  }
}

/**
 * Rows `first` to `first` + `count` − 1 of the blocks that a sparse matrix makes of blocks of `n` rows: row i of a block,
 * of `rows`, is the sum of the entries `starts[i]` to `starts[i + 1]` − 1, each a weight and the row that it is for.
 */
export function weightedRows_f32(
  out: usize, x: usize, starts: usize, columns: usize, weights: usize, first: i32, count: i32, rows: i32, n: i32,
  inner: i32,
): void {
  weightedRows<f32>(out, x, starts, columns, weights, first, count, rows, n, inner);
}

export function weightedRows_f64(
  out: usize, x: usize, starts: usize, columns: usize, weights: usize, first: i32, count: i32, rows: i32, n: i32,
  inner: i32,
): void {
  weightedRows<f64>(out, x, starts, columns, weights, first, count, rows, n, inner);
}

@inline
function gatherSum<T>(
  out: usize, x: usize, index: usize, weights: usize, batch: i32, channels: i32, taps: i32, size: i32, points: i32,
  first: i32, count: i32,
): void {
  const line = bytesOf<T>(points);
  const step = <usize>points << 2;
  out += bytesOf<T>(first);
  for (let b = 0; b < batch; b++) {
    for (let c = 0; c < channels; c++, out += line, x += bytesOf<T>(size)) {
      let at = index + (<usize>first << 2);
      let weight = weights + bytesOf<T>(first);
      const end = out + bytesOf<T>(count);
      for (let to = out; to < end; to += sizeof<T>(), at += 4, weight += sizeof<T>()) {
        let sum: T = 0;
        let p = at;
        let w = weight;
        for (let k = 0; k < taps; k++, p += step, w += line) {
          const place = load<i32>(p);
          if (place >= 0) sum += load<T>(w) * load<T>(x + bytesOf<T>(place));
        }
        store<T>(to, sum);
      }
    }
    index += <usize>taps * step;
    weights += <usize>taps * line;
  }
}

/**
 * out[b][c][p] = Σ weights[b][k][p]·x[b][c][index[b][k][p]] over `taps` k, for `count` points p from the `first` on; a
 * negative index adds nothing. x has `size` elements in each channel.
 */
export function gatherSum_f32(
  out: usize, x: usize, index: usize, weights: usize, batch: i32, channels: i32, taps: i32, size: i32, points: i32,
  first: i32, count: i32,
): void {
  gatherSum<f32>(out, x, index, weights, batch, channels, taps, size, points, first, count);
}

export function gatherSum_f64(
  out: usize, x: usize, index: usize, weights: usize, batch: i32, channels: i32, taps: i32, size: i32, points: i32,
  first: i32, count: i32,
): void {
  gatherSum<f64>(out, x, index, weights, batch, channels, taps, size, points, first, count);
}

@inline
function scatterSum<T>(
  out: usize, grad: usize, index: usize, weights: usize, channels: i32, taps: i32, size: i32, points: i32, first: i32,
  count: i32,
): void {
  for (let plane = first; plane < first + count; plane++) {
    const to = out + bytesOf<T>(size) * <usize>plane;
    const from = grad + bytesOf<T>(points) * <usize>plane;
    memory.fill(to, 0, bytesOf<T>(size));
    const start = <usize>(plane / channels) * <usize>(taps * points);
    let at = index + (start << 2);
    let weight = weights + (start << alignof<T>());
    for (let k = 0; k < taps; k++) {
      for (let p: usize = 0; p < bytesOf<T>(points); p += sizeof<T>(), at += 4, weight += sizeof<T>()) {
        const place = load<i32>(at);
        if (place < 0) continue;
        const q = to + bytesOf<T>(place);
        store<T>(q, <T>(load<T>(q) + load<T>(weight) * load<T>(from + p)));
      }
    }
  }
}

/** The gradient of {@link gatherSum_f32} for x, of `count` of its planes from the `first` on. */
export function scatterSum_f32(
  out: usize, grad: usize, index: usize, weights: usize, channels: i32, taps: i32, size: i32, points: i32, first: i32,
  count: i32,
): void {
  scatterSum<f32>(out, grad, index, weights, channels, taps, size, points, first, count);
}

export function scatterSum_f64(
  out: usize, grad: usize, index: usize, weights: usize, channels: i32, taps: i32, size: i32, points: i32, first: i32,
  count: i32,
): void {
  scatterSum<f64>(out, grad, index, weights, channels, taps, size, points, first, count);
}

@inline
function gatherDot<T>(
  out: usize, grad: usize, x: usize, index: usize, batch: i32, channels: i32, taps: i32, size: i32, points: i32,
  first: i32, count: i32,
): void {
  const line = bytesOf<T>(points);
  out += bytesOf<T>(first);
  index += <usize>first << 2;
  grad += bytesOf<T>(first);
  for (let b = 0; b < batch; b++, grad += <usize>channels * line, x += <usize>channels * bytesOf<T>(size)) {
    for (let k = 0; k < taps; k++, out += line, index += <usize>points << 2) {
      memory.fill(out, 0, bytesOf<T>(count));
      let from = x;
      let g = grad;
      for (let c = 0; c < channels; c++, g += line, from += bytesOf<T>(size)) {
        let at = index;
        for (let p: usize = 0; p < bytesOf<T>(count); p += sizeof<T>(), at += 4) {
          const place = load<i32>(at);
          if (place < 0) continue;
          store<T>(out + p, <T>(load<T>(out + p) + load<T>(g + p) * load<T>(from + bytesOf<T>(place))));
        }
      }
    }
  }
}

/** The gradient of {@link gatherSum_f32} for the weights, for `count` points from the `first` on. */
export function gatherDot_f32(
  out: usize, grad: usize, x: usize, index: usize, batch: i32, channels: i32, taps: i32, size: i32, points: i32,
  first: i32, count: i32,
): void {
  gatherDot<f32>(out, grad, x, index, batch, channels, taps, size, points, first, count);
}

export function gatherDot_f64(
  out: usize, grad: usize, x: usize, index: usize, batch: i32, channels: i32, taps: i32, size: i32, points: i32,
  first: i32, count: i32,
): void {
  gatherDot<f64>(out, grad, x, index, batch, channels, taps, size, points, first, count);
}
