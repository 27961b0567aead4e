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

/**
 * What a matrix makes of four blocks of single elements, `n` each, which follow each other: an entry is read once for all of
 * them.
 */
@inline
function weightedQuads<T>(
  out: usize, x: usize, starts: usize, columns: usize, weights: usize, quads: i32, rows: i32, n: i32,
): void {
  const line = bytesOf<T>(rows);
  const block = bytesOf<T>(n);
  for (; quads > 0; quads--, out += 3 * line, x += 4 * block) {
    const x1 = x + block;
    const x2 = x1 + block;
    const x3 = x2 + block;
    let column = columns + (<usize>load<i32>(starts) << 2);
    let weight = weights + bytesOf<T>(load<i32>(starts));
    const last = starts + (<usize>rows << 2);
    for (let row = starts; row < last; row += 4, out += sizeof<T>()) {
      let left = load<i32>(row, 4) - load<i32>(row);
      let s0: T = 0;
      let s1: T = 0;
      let s2: T = 0;
      let s3: T = 0;
      if (left > 0) {
        const at = bytesOf<T>(load<i32>(column));
        const w = load<T>(weight);
        s0 = w * load<T>(x + at);
        s1 = w * load<T>(x1 + at);
        s2 = w * load<T>(x2 + at);
        s3 = w * load<T>(x3 + at);
        column += 4;
        weight += sizeof<T>();
        left--;
      }
      for (; left > 0; left--, column += 4, weight += sizeof<T>()) {
        const at = bytesOf<T>(load<i32>(column));
        const w = load<T>(weight);
        s0 += w * load<T>(x + at);
        s1 += w * load<T>(x1 + at);
        s2 += w * load<T>(x2 + at);
        s3 += w * load<T>(x3 + at);
      }
      store<T>(out, s0);
      store<T>(out + line, s1);
      store<T>(out + 2 * line, s2);
      store<T>(out + 3 * line, s3);
    }
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
    if (inner == 1 && row == 0 && count >= 4 * rows) {
      const quads = count / (4 * rows);
      weightedQuads<T>(out, x, starts, columns, weights, quads, rows, n);
      out += <usize>(4 * quads * rows) * line;
      x += <usize>(4 * quads) * block;
      count -= 4 * quads * rows;
      if (count == 0) break;
    }
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

/** As {@link gatherSum_f32}, of one batch and up to four of its channels: an index and a weight are read once for all of them. */
@inline
function gatherChannels<T>(
  out: usize, x: usize, index: usize, weights: usize, channels: i32, taps: i32, size: i32, points: i32, count: i32,
): void {
  const line = bytesOf<T>(points);
  const step = <usize>points << 2;
  // Channels that there are not are the first one again.
  const x1 = channels > 1 ? x + bytesOf<T>(size) : x;
  const x2 = channels > 2 ? x + 2 * bytesOf<T>(size) : x;
  const x3 = channels > 3 ? x + 3 * bytesOf<T>(size) : x;
  const end = out + bytesOf<T>(count);
  for (let to = out; to < end; to += sizeof<T>(), index += 4, weights += sizeof<T>()) {
    let s0: T = 0;
    let s1: T = 0;
    let s2: T = 0;
    let s3: T = 0;
    let p = index;
    let w = weights;
    for (let k = 0; k < taps; k++, p += step, w += line) {
      const place = load<i32>(p);
      if (place < 0) continue;
      const weight = load<T>(w);
      const at = bytesOf<T>(place);
      s0 += weight * load<T>(x + at);
      s1 += weight * load<T>(x1 + at);
      s2 += weight * load<T>(x2 + at);
      s3 += weight * load<T>(x3 + at);
    }
    store<T>(to, s0);
    if (channels > 1) store<T>(to + line, s1);
    if (channels > 2) store<T>(to + 2 * line, s2);
    if (channels > 3) store<T>(to + 3 * line, s3);
  }
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
    const at = index + (<usize>first << 2);
    const weight = weights + bytesOf<T>(first);
    for (let left = channels; left > 0; left -= 4) {
      const some = min(left, 4);
      gatherChannels<T>(out, x, at, weight, some, taps, size, points, count);
      out += <usize>some * line;
      x += <usize>some * bytesOf<T>(size);
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
