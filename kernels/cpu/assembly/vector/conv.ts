/**
 * @file Convolution: images with the zeros around them, and their windows as operands of matrix products.
 *
 * A padded plane is made of `lines` lines. A line has `step` phases one after the other, `phase` elements each: columns
 * 0, `step`, 2·`step` … of the padded image, then columns 1, 1 + `step` …. So the elements that neighbouring windows have
 * at one place (a tap) are neighbours too, whatever the step from window to window. A channel of a volume is `deep` planes
 * one after the other. `taps` is a table of i32: for each tap, in all channels, how many bytes its element of the first
 * window lies behind the start of the padded image. Windows are `cols` in a row; `starts` is a table of i32: how many bytes
 * the first window of each row lies behind that of the first row, whether rows follow each other in a plane, from plane to
 * plane of a volume, or from image to image. Up to 28 bytes after an image may be read.
 */

@inline
function bytes<T>(elements: i32): usize {
  return <usize>elements * sizeof<T>();
}

@inline
function madd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return sizeof<T>() == 8 ? f64x2.relaxed_madd(a, b, c) : f32x4.relaxed_madd(a, b, c);
  return v128.add<T>(v128.mul<T>(a, b), c);
}

/** The bytes from the first row of windows to another. */
@inline
function rowAt(starts: usize, row: i32): usize {
  return <usize>load<i32>(starts + (<usize>row << 2));
}

/** Zeros; may write up to 15 bytes more. A call of memory.fill costs more than a short row. */
@inline
function zeroRow(to: usize, bytes: usize): void {
  if (bytes > 512) memory.fill(to, 0, bytes);
  else for (const end = to + bytes; to < end; to += 16) v128.store(to, i32x4.splat(0));
}

/** Copies n elements that lie `step` apart; in steps of 1 it may write up to 12 bytes more. */
@inline
function gatherRow<T>(to: usize, from: usize, n: i32, step: i32): void {
  const end = to + bytes<T>(n);
  if (step == 1) {
    for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
    return;
  }
  const next = bytes<T>(step);
  if (sizeof<T>() == 4 && step == 2) {
    for (; to + 16 <= end; to += 16, from += 32) {
      v128.store(to, v128.shuffle<i32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6));
    }
  }
  for (; to < end; to += sizeof<T>(), from += next) store<T>(to, load<T>(from));
}

/** Writes a plane with the zeros around it. */
@inline
function padPlane<T>(
  out: usize, x: usize, height: i32, width: i32, above: i32, before: i32, lines: i32, phase: i32, step: i32,
): void {
  const row = bytes<T>(width);
  const line = bytes<T>(step * phase);
  const top = min(above, lines);
  const within = min(height, lines - top);
  zeroRow(out, <usize>top * line);
  out += <usize>top * line;
  if (step == 1) {
    const first = min(phase, before);
    const count = min(phase - first, width);
    for (let i = 0; i < within; i++, x += row, out += line) {
      const to = out + bytes<T>(first);
      for (let q = out; q < to; q += sizeof<T>()) store<T>(q, 0);
      gatherRow<T>(to, x, count, 1);
      for (let q = to + bytes<T>(count); q < out + line; q += sizeof<T>()) store<T>(q, 0);
    }
    zeroRow(out, <usize>(lines - top - within) * line);
    return;
  }
  for (let i = 0; i < within; i++, x += row, out += line) {
    for (let p = 0; p < step; p++) {
      // The first element of the image in this phase, and how many there are.
      const start = (before - p + step - 1) / step;
      const first = min(phase, max(0, start));
      const column = first * step + p - before;
      const count = max(0, min(phase - first, (width - column + step - 1) / step));
      const to = out + bytes<T>(p * phase);
      for (let q = to; q < to + bytes<T>(first); q += sizeof<T>()) store<T>(q, 0);
      gatherRow<T>(to + bytes<T>(first), x + bytes<T>(column), count, step);
      for (let q = to + bytes<T>(first + count); q < to + bytes<T>(phase); q += sizeof<T>()) store<T>(q, 0);
    }
  }
  zeroRow(out, <usize>(lines - top - within) * line);
}

@inline
function padImages<T>(
  out: usize, nextOut: usize, x: usize, nextX: usize, images: i32, channels: i32, planes: i32, front: i32, deep: i32,
  height: i32, width: i32, above: i32, before: i32, lines: i32, phase: i32, step: i32,
): void {
  const padded = bytes<T>(lines * step * phase);
  const plane = bytes<T>(height * width);
  const first = min(front, deep);
  const within = min(planes, deep - first);
  for (; images > 0; images--, out += nextOut, x += nextX) {
    let to = out;
    let from = x;
    for (let c = 0; c < channels; c++, from += <usize>planes * plane) {
      zeroRow(to, <usize>first * padded);
      to += <usize>first * padded;
      for (let d = 0; d < within; d++, to += padded) {
        padPlane<T>(to, from + <usize>d * plane, height, width, above, before, lines, phase, step);
      }
      const behind = <usize>(deep - first - within) * padded;
      zeroRow(to, behind);
      to += behind;
    }
  }
}

/**
 * Images with `front` planes of zeros before each channel's, of which `deep` are kept, with `above` rows of zeros above them
 * and `before` columns before them. May write 12 bytes behind each.
 */
export function padImages_f32(
  out: usize, nextOut: usize, x: usize, nextX: usize, images: i32, channels: i32, planes: i32, front: i32, deep: i32,
  height: i32, width: i32, above: i32, before: i32, lines: i32, phase: i32, step: i32,
): void {
  padImages<f32>(
    out, nextOut, x, nextX, images, channels, planes, front, deep, height, width, above, before, lines, phase, step,
  );
}

export function padImages_f64(
  out: usize, nextOut: usize, x: usize, nextX: usize, images: i32, channels: i32, planes: i32, front: i32, deep: i32,
  height: i32, width: i32, above: i32, before: i32, lines: i32, phase: i32, step: i32,
): void {
  padImages<f64>(
    out, nextOut, x, nextX, images, channels, planes, front, deep, height, width, above, before, lines, phase, step,
  );
}

/** Copies n elements, and nothing behind them. */
@inline
function copyRow<T>(to: usize, from: usize, n: i32): void {
  const end = to + bytes<T>(n);
  for (; to + 16 <= end; to += 16, from += 16) v128.store(to, v128.load(from));
  for (; to < end; to += sizeof<T>(), from += sizeof<T>()) store<T>(to, load<T>(from));
}

/** The plane in a padded one. */
@inline
function unpadPlane<T>(
  out: usize, x: usize, height: i32, width: i32, above: i32, before: i32, lines: i32, phase: i32, step: i32,
): void {
  const line = bytes<T>(step * phase);
  const top = min(above, lines);
  const within = min(height, lines - top);
  let from = x + <usize>top * line;
  for (let i = 0; i < within; i++, from += line, out += bytes<T>(width)) {
    if (step == 1) {
      const count = max(0, min(width, phase - before));
      copyRow<T>(out, from + bytes<T>(before), count);
      for (let q = out + bytes<T>(count); q < out + bytes<T>(width); q += sizeof<T>()) store<T>(q, 0);
      continue;
    }
    let j = 0;
    if (sizeof<T>() == 4 && step == 2) {
      // Two phases by turns, of which the second begins with the next column.
      const odd = before & 1;
      let q = before >> 1;
      for (; j + 8 <= width && q + odd + 4 <= phase; j += 8, q += 4) {
        const a = v128.load(from + bytes<T>(odd * phase + q));
        const b = v128.load(from + bytes<T>((1 - odd) * phase + q + odd));
        v128.store(out + bytes<T>(j), v128.shuffle<i32>(a, b, 0, 4, 1, 5));
        v128.store(out + bytes<T>(j), v128.shuffle<i32>(a, b, 2, 6, 3, 7), 16);
      }
    }
    for (let p = (before + j) % step, q = (before + j) / step; j < width; j++) {
      store<T>(out + bytes<T>(j), q < phase ? load<T>(from + bytes<T>(p * phase + q)) : <T>0);
      if (++p == step) {
        p = 0;
        q++;
      }
    }
  }
  memory.fill(out, 0, bytes<T>((height - within) * width));
}

@inline
function unpadImages<T>(
  out: usize, nextOut: usize, x: usize, nextX: usize, images: i32, channels: i32, planes: i32, front: i32, deep: i32,
  height: i32, width: i32, above: i32, before: i32, lines: i32, phase: i32, step: i32,
): void {
  const padded = bytes<T>(lines * step * phase);
  const plane = bytes<T>(height * width);
  const first = min(front, deep);
  const within = min(planes, deep - first);
  for (; images > 0; images--, out += nextOut, x += nextX) {
    let to = out;
    for (let c = 0; c < channels; c++) {
      let from = x + <usize>(c * deep + first) * padded;
      for (let d = 0; d < within; d++, from += padded, to += plane) {
        unpadPlane<T>(to, from, height, width, above, before, lines, phase, step);
      }
      const behind = <usize>(planes - within) * plane;
      memory.fill(to, 0, behind);
      to += behind;
    }
  }
}

/** The images in padded ones; what those do not reach is 0. */
export function unpadImages_f32(
  out: usize, nextOut: usize, x: usize, nextX: usize, images: i32, channels: i32, planes: i32, front: i32, deep: i32,
  height: i32, width: i32, above: i32, before: i32, lines: i32, phase: i32, step: i32,
): void {
  unpadImages<f32>(
    out, nextOut, x, nextX, images, channels, planes, front, deep, height, width, above, before, lines, phase, step,
  );
}

export function unpadImages_f64(
  out: usize, nextOut: usize, x: usize, nextX: usize, images: i32, channels: i32, planes: i32, front: i32, deep: i32,
  height: i32, width: i32, above: i32, before: i32, lines: i32, phase: i32, step: i32,
): void {
  unpadImages<f64>(
    out, nextOut, x, nextX, images, channels, planes, front, deep, height, width, above, before, lines, phase, step,
  );
}

/** The rows of a matrix, in which images lie side by side, as channels of these images. */
@inline
function splitImages<T>(
  out: usize, nextOut: usize, matrix: usize, nextRow: usize, images: i32, channels: i32, places: i32, bias: usize,
): void {
  const row = bytes<T>(places);
  const whole = row & ~15;
  for (; images > 0; images--, out += nextOut, matrix += row) {
    let to = out;
    let from = matrix;
    for (let c = 0; c < channels; c++, to += row, from += nextRow) {
      if (!bias) {
        copyRow<T>(to, from, places);
        continue;
      }
      const summand = bias + bytes<T>(c);
      const v = splatAt<T>(summand);
      let at: usize = 0;
      for (; at < whole; at += 16) v128.store(to + at, v128.add<T>(v128.load(from + at), v));
      for (; at < row; at += sizeof<T>()) store<T>(to + at, <T>(load<T>(from + at) + load<T>(summand)));
    }
  }
}

/**
 * out[n][c][p] = matrix[c][n·places + p], plus bias[c] unless its address is 0. Images of the result are `nextOut` bytes
 * apart, rows of the matrix `nextRow`.
 */
export function splitImages_f32(
  out: usize, nextOut: usize, matrix: usize, nextRow: usize, images: i32, channels: i32, places: i32, bias: usize,
): void {
  splitImages<f32>(out, nextOut, matrix, nextRow, images, channels, places, bias);
}

export function splitImages_f64(
  out: usize, nextOut: usize, matrix: usize, nextRow: usize, images: i32, channels: i32, places: i32, bias: usize,
): void {
  splitImages<f64>(out, nextOut, matrix, nextRow, images, channels, places, bias);
}

@inline
function joinImages<T>(
  matrix: usize, nextRow: usize, x: usize, nextX: usize, images: i32, channels: i32, places: i32,
): void {
  const row = bytes<T>(places);
  for (; images > 0; images--, x += nextX, matrix += row) {
    let to = matrix;
    let from = x;
    for (let c = 0; c < channels; c++, to += nextRow, from += row) copyRow<T>(to, from, places);
  }
}

/** The inverse of {@link splitImages_f32}. */
export function joinImages_f32(
  matrix: usize, nextRow: usize, x: usize, nextX: usize, images: i32, channels: i32, places: i32,
): void {
  joinImages<f32>(matrix, nextRow, x, nextX, images, channels, places);
}

export function joinImages_f64(
  matrix: usize, nextRow: usize, x: usize, nextX: usize, images: i32, channels: i32, places: i32,
): void {
  joinImages<f64>(matrix, nextRow, x, nextX, images, channels, places);
}

/** The matrix of `rows` rows of windows: a row for each tap, `next` bytes apart. May write 12 bytes behind. */
@inline
function windowColumns<T>(
  out: usize, next: usize, x: usize, taps: usize, count: i32, rows: i32, cols: i32, starts: usize,
): void {
  const row = bytes<T>(cols);
  for (const end = taps + (<usize>count << 2); taps < end; taps += 4, out += next) {
    const first = x + load<i32>(taps);
    let to = out;
    for (let r = 0; r < rows; r++, to += row) {
      const from = first + rowAt(starts, r);
      for (let at: usize = 0; at < row; at += 16) v128.store(to + at, v128.load(from + at));
    }
  }
}

export function windowColumns_f32(
  out: usize, next: usize, x: usize, taps: usize, count: i32, rows: i32, cols: i32, starts: usize,
): void {
  windowColumns<f32>(out, next, x, taps, count, rows, cols, starts);
}

export function windowColumns_f64(
  out: usize, next: usize, x: usize, taps: usize, count: i32, rows: i32, cols: i32, starts: usize,
): void {
  windowColumns<f64>(out, next, x, taps, count, rows, cols, starts);
}

/** Adds the rows of such a matrix to where they would have come from. */
@inline
function addColumns<T>(
  x: usize, columns: usize, next: usize, taps: usize, count: i32, rows: i32, cols: i32, starts: usize,
): void {
  const row = bytes<T>(cols);
  const whole = row & ~15;
  for (const end = taps + (<usize>count << 2); taps < end; taps += 4, columns += next) {
    const first = x + load<i32>(taps);
    let from = columns;
    for (let r = 0; r < rows; r++, from += row) {
      const to = first + rowAt(starts, r);
      let at: usize = 0;
      for (; at < whole; at += 16) v128.store(to + at, v128.add<T>(v128.load(to + at), v128.load(from + at)));
      for (; at < row; at += sizeof<T>()) store<T>(to + at, <T>(load<T>(to + at) + load<T>(from + at)));
    }
  }
}

export function addColumns_f32(
  x: usize, columns: usize, next: usize, taps: usize, count: i32, rows: i32, cols: i32, starts: usize,
): void {
  addColumns<f32>(x, columns, next, taps, count, rows, cols, starts);
}

export function addColumns_f64(
  x: usize, columns: usize, next: usize, taps: usize, count: i32, rows: i32, cols: i32, starts: usize,
): void {
  addColumns<f64>(x, columns, next, taps, count, rows, cols, starts);
}

/** The bytes of element `at` of a window's row and column, from the start of the padded image. */
@inline
function placeOf<T>(at: i32, cols: i32, starts: usize): usize {
  const row = at / cols;
  return rowAt(starts, row) + bytes<T>(at - row * cols);
}

/**
 * Packs windows `first` to `first` + `n` − 1 as columns of the second operand of a product: panels of 32 bytes of
 * neighbouring windows, the last of 16 if that suffices; in a panel one tap after the other. May write 28 bytes behind.
 */
@inline
function packWindows<T>(
  out: usize, x: usize, taps: usize, count: i32, first: i32, n: i32, cols: i32, starts: usize,
): void {
  const full = <i32>(32 / sizeof<T>());
  const end = taps + (<usize>count << 2);
  for (let at = first, left = n; left > 0; at += full, left -= full) {
    const some = min(left, full);
    const width: usize = some * <i32>sizeof<T>() > 16 ? 32 : 16;
    const inRow = cols - (at % cols);
    const from = x + placeOf<T>(at, cols, starts);
    let to = out;
    if (some == full && inRow >= full) {
      for (let tap = taps; tap < end; tap += 4, to += 32) {
        const p = from + load<i32>(tap);
        v128.store(to, v128.load(p));
        v128.store(to, v128.load(p, 16), 16);
      }
    } else if (some == full && inRow + cols >= full) {
      // The end of one row and the beginning of the next. What is written too much is overwritten.
      const next = x + placeOf<T>(at + inRow, cols, starts);
      const behind = bytes<T>(inRow);
      for (let tap = taps; tap < end; tap += 4, to += 32) {
        const p = from + load<i32>(tap);
        const q = next + load<i32>(tap);
        v128.store(to, v128.load(p));
        v128.store(to, v128.load(p, 16), 16);
        v128.store(to + behind, v128.load(q));
        v128.store(to + behind, v128.load(q, 16), 16);
      }
    } else {
      for (let i = 0; i < some; i++) {
        const p = x + placeOf<T>(at + i, cols, starts);
        let q = out + bytes<T>(i);
        for (let tap = taps; tap < end; tap += 4, q += width) store<T>(q, load<T>(p + load<i32>(tap)));
      }
    }
    out += <usize>count << 5;
  }
}

export function packWindows_f32(
  out: usize, x: usize, taps: usize, count: i32, first: i32, n: i32, cols: i32, starts: usize,
): void {
  packWindows<f32>(out, x, taps, count, first, n, cols, starts);
}

export function packWindows_f64(
  out: usize, x: usize, taps: usize, count: i32, first: i32, n: i32, cols: i32, starts: usize,
): void {
  packWindows<f64>(out, x, taps, count, first, n, cols, starts);
}

/** `lanes` rows of `n` elements, transposed into a panel whose columns are `width` bytes apart. */
@inline
function transposeTaps<T>(out: usize, width: usize, x: usize, taps: usize, n: i32): void {
  const a = x + load<i32>(taps);
  const b = x + load<i32>(taps, 4);
  if (sizeof<T>() == 8) {
    for (let i = 0; i < n; i += 2, out += 2 * width) {
      const p = v128.load(a + bytes<T>(i));
      const q = v128.load(b + bytes<T>(i));
      v128.store(out, v128.shuffle<i64>(p, q, 0, 2));
      if (i + 1 < n) v128.store(out + width, v128.shuffle<i64>(p, q, 1, 3));
    }
    return;
  }
  const c = x + load<i32>(taps, 8);
  const d = x + load<i32>(taps, 12);
  for (let i = 0; i < n; i += 4, out += 4 * width) {
    const p = v128.load(a + bytes<T>(i));
    const q = v128.load(b + bytes<T>(i));
    const r = v128.load(c + bytes<T>(i));
    const s = v128.load(d + bytes<T>(i));
    const low = v128.shuffle<i32>(p, q, 0, 4, 1, 5);
    const high = v128.shuffle<i32>(p, q, 2, 6, 3, 7);
    const lower = v128.shuffle<i32>(r, s, 0, 4, 1, 5);
    const higher = v128.shuffle<i32>(r, s, 2, 6, 3, 7);
    v128.store(out, v128.shuffle<i32>(low, lower, 0, 1, 4, 5));
    if (i + 1 < n) v128.store(out + width, v128.shuffle<i32>(low, lower, 2, 3, 6, 7));
    if (i + 2 < n) v128.store(out + 2 * width, v128.shuffle<i32>(high, higher, 0, 1, 4, 5));
    if (i + 3 < n) v128.store(out + 3 * width, v128.shuffle<i32>(high, higher, 2, 3, 6, 7));
  }
}

/**
 * Packs the transpose: taps as columns, windows of `rows` rows as what is summed over. Panels as in `packWindows_f32`.
 */
@inline
function packTaps<T>(out: usize, x: usize, taps: usize, count: i32, rows: i32, cols: i32, starts: usize): void {
  const lanes = <i32>(16 / sizeof<T>());
  const depth = <usize>(rows * cols);
  for (; count > 0; count -= 2 * lanes, taps += 32 / sizeof<T>() * 4, out += depth << 5) {
    const width: usize = count > lanes ? 32 : 16;
    for (let half = 0; half < 2 && half * lanes < count; half++) {
      const some = min(lanes, count - half * lanes);
      const table = taps + (<usize>(half * lanes) << 2);
      let to = out + <usize>(half << 4);
      for (let r = 0; r < rows; r++, to += <usize>cols * width) {
        const from = x + rowAt(starts, r);
        if (some == lanes) {
          transposeTaps<T>(to, width, from, table, cols);
        } else {
          for (let t = 0; t < some; t++) {
            let p = from + load<i32>(table + (<usize>t << 2));
            let q = to + bytes<T>(t);
            for (let i = 0; i < cols; i++, p += sizeof<T>(), q += width) store<T>(q, load<T>(p));
          }
        }
      }
    }
  }
}

export function packTaps_f32(
  out: usize, x: usize, taps: usize, count: i32, rows: i32, cols: i32, starts: usize,
): void {
  packTaps<f32>(out, x, taps, count, rows, cols, starts);
}

export function packTaps_f64(
  out: usize, x: usize, taps: usize, count: i32, rows: i32, cols: i32, starts: usize,
): void {
  packTaps<f64>(out, x, taps, count, rows, cols, starts);
}

/** The first `n` lanes of a vector to memory. */
@inline
function storeFirst<T>(p: usize, v: v128, n: i32): void {
  if (sizeof<T>() == 8) {
    if (n == 1) v128.store64_lane(p, v, 0);
    else v128.store(p, v);
  } else if (n >= 4) {
    v128.store(p, v);
  } else {
    if (n & 2) {
      v128.store64_lane(p, v, 0);
      if (n & 1) v128.store32_lane(p, v, 2, 8);
    } else {
      v128.store32_lane(p, v, 0);
    }
  }
}

@inline
function splatAt<T>(p: usize): v128 {
  return sizeof<T>() == 8 ? v128.load64_splat(p) : v128.load32_splat(p);
}

/** Stores the sums of a vector of windows, unless it lies beyond the plane. */
function storeWindows<T>(out: usize, v: v128, row: i32, rows: i32, column: i32, cols: i32): void {
  if (row < rows && column < cols) {
    storeFirst<T>(out + bytes<T>(row * cols + column), v, min(cols - column, <i32>(16 / sizeof<T>())));
  }
}

/**
 * Eight vectors of sums, which keep the multiply-add units busy: of one row, of two or of four, so that short rows fill
 * them too. `row` and `column` are those of the first window.
 */
@inline
function convolve1<T>(
  out: usize, x: usize, taps: usize, end: usize, weights: usize, row: i32, rows: i32, column: i32, cols: i32,
  starts: usize, start: v128,
): void {
  const lanes = <i32>(16 / sizeof<T>());
  const x0 = x + rowAt(starts, row) + bytes<T>(column);
  let s0 = start;
  let s1 = start;
  let s2 = start;
  let s3 = start;
  let s4 = start;
  let s5 = start;
  let s6 = start;
  let s7 = start;
  for (; taps < end; taps += 4, weights += sizeof<T>()) {
    const tap = load<i32>(taps);
    const k = splatAt<T>(weights);
    const p0 = x0 + tap;
    s0 = madd<T>(k, v128.load(p0), s0);
    s1 = madd<T>(k, v128.load(p0, 16), s1);
    s2 = madd<T>(k, v128.load(p0, 32), s2);
    s3 = madd<T>(k, v128.load(p0, 48), s3);
    s4 = madd<T>(k, v128.load(p0, 64), s4);
    s5 = madd<T>(k, v128.load(p0, 80), s5);
    s6 = madd<T>(k, v128.load(p0, 96), s6);
    s7 = madd<T>(k, v128.load(p0, 112), s7);
  }
  storeWindows<T>(out, s0, row, rows, column, cols);
  storeWindows<T>(out, s1, row, rows, column + lanes, cols);
  storeWindows<T>(out, s2, row, rows, column + 2 * lanes, cols);
  storeWindows<T>(out, s3, row, rows, column + 3 * lanes, cols);
  storeWindows<T>(out, s4, row, rows, column + 4 * lanes, cols);
  storeWindows<T>(out, s5, row, rows, column + 5 * lanes, cols);
  storeWindows<T>(out, s6, row, rows, column + 6 * lanes, cols);
  storeWindows<T>(out, s7, row, rows, column + 7 * lanes, cols);
}

@inline
function convolve2<T>(
  out: usize, x: usize, taps: usize, end: usize, weights: usize, row: i32, rows: i32, column: i32, cols: i32,
  starts: usize, start: v128,
): void {
  const lanes = <i32>(16 / sizeof<T>());
  const x0 = x + rowAt(starts, row) + bytes<T>(column);
  const x1 = x + rowAt(starts, min(row + 1, rows - 1)) + bytes<T>(column);
  let s0 = start;
  let s1 = start;
  let s2 = start;
  let s3 = start;
  let s4 = start;
  let s5 = start;
  let s6 = start;
  let s7 = start;
  for (; taps < end; taps += 4, weights += sizeof<T>()) {
    const tap = load<i32>(taps);
    const k = splatAt<T>(weights);
    const p0 = x0 + tap;
    s0 = madd<T>(k, v128.load(p0), s0);
    s1 = madd<T>(k, v128.load(p0, 16), s1);
    s2 = madd<T>(k, v128.load(p0, 32), s2);
    s3 = madd<T>(k, v128.load(p0, 48), s3);
    const p1 = x1 + tap;
    s4 = madd<T>(k, v128.load(p1), s4);
    s5 = madd<T>(k, v128.load(p1, 16), s5);
    s6 = madd<T>(k, v128.load(p1, 32), s6);
    s7 = madd<T>(k, v128.load(p1, 48), s7);
  }
  storeWindows<T>(out, s0, row, rows, column, cols);
  storeWindows<T>(out, s1, row, rows, column + lanes, cols);
  storeWindows<T>(out, s2, row, rows, column + 2 * lanes, cols);
  storeWindows<T>(out, s3, row, rows, column + 3 * lanes, cols);
  storeWindows<T>(out, s4, row + 1, rows, column, cols);
  storeWindows<T>(out, s5, row + 1, rows, column + lanes, cols);
  storeWindows<T>(out, s6, row + 1, rows, column + 2 * lanes, cols);
  storeWindows<T>(out, s7, row + 1, rows, column + 3 * lanes, cols);
}

@inline
function convolve4<T>(
  out: usize, x: usize, taps: usize, end: usize, weights: usize, row: i32, rows: i32, column: i32, cols: i32,
  starts: usize, start: v128,
): void {
  const lanes = <i32>(16 / sizeof<T>());
  const x0 = x + rowAt(starts, row) + bytes<T>(column);
  const x1 = x + rowAt(starts, min(row + 1, rows - 1)) + bytes<T>(column);
  const x2 = x + rowAt(starts, min(row + 2, rows - 1)) + bytes<T>(column);
  const x3 = x + rowAt(starts, min(row + 3, rows - 1)) + bytes<T>(column);
  let s0 = start;
  let s1 = start;
  let s2 = start;
  let s3 = start;
  let s4 = start;
  let s5 = start;
  let s6 = start;
  let s7 = start;
  for (; taps < end; taps += 4, weights += sizeof<T>()) {
    const tap = load<i32>(taps);
    const k = splatAt<T>(weights);
    const p0 = x0 + tap;
    s0 = madd<T>(k, v128.load(p0), s0);
    s1 = madd<T>(k, v128.load(p0, 16), s1);
    const p1 = x1 + tap;
    s2 = madd<T>(k, v128.load(p1), s2);
    s3 = madd<T>(k, v128.load(p1, 16), s3);
    const p2 = x2 + tap;
    s4 = madd<T>(k, v128.load(p2), s4);
    s5 = madd<T>(k, v128.load(p2, 16), s5);
    const p3 = x3 + tap;
    s6 = madd<T>(k, v128.load(p3), s6);
    s7 = madd<T>(k, v128.load(p3, 16), s7);
  }
  storeWindows<T>(out, s0, row, rows, column, cols);
  storeWindows<T>(out, s1, row, rows, column + lanes, cols);
  storeWindows<T>(out, s2, row + 1, rows, column, cols);
  storeWindows<T>(out, s3, row + 1, rows, column + lanes, cols);
  storeWindows<T>(out, s4, row + 2, rows, column, cols);
  storeWindows<T>(out, s5, row + 2, rows, column + lanes, cols);
  storeWindows<T>(out, s6, row + 3, rows, column, cols);
  storeWindows<T>(out, s7, row + 3, rows, column + lanes, cols);
}

/** As {@link convolvePlanes_f32}, for one plane of the result. */
@inline
function convolvePlane<T>(
  out: usize, x: usize, taps: usize, count: i32, weights: usize, rows: i32, cols: i32, starts: usize, start: v128,
): void {
  const lanes = <i32>(16 / sizeof<T>());
  const end = taps + (<usize>count << 2);
  if (cols <= 2 * lanes) {
    for (let r = 0; r < rows; r += 4) convolve4<T>(out, x, taps, end, weights, r, rows, 0, cols, starts, start);
  } else if (cols <= 4 * lanes) {
    for (let r = 0; r < rows; r += 2) convolve2<T>(out, x, taps, end, weights, r, rows, 0, cols, starts, start);
  } else {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c += 8 * lanes) {
        convolve1<T>(out, x, taps, end, weights, r, rows, c, cols, starts, start);
      }
    }
  }
}

@inline
function convolvePlanes<T>(
  out: usize, x: usize, next: usize, groups: i32, outputs: i32, taps: usize, count: i32, weights: usize, rows: i32,
  cols: i32, starts: usize, bias: usize,
): void {
  for (; groups > 0; groups--, x += next) {
    for (let o = 0; o < outputs; o++) {
      convolvePlane<T>(out, x, taps, count, weights, rows, cols, starts, bias ? splatAt<T>(bias) : i32x4.splat(0));
      out += bytes<T>(rows * cols);
      weights += bytes<T>(count);
      if (bias) bias += sizeof<T>();
    }
  }
}

/**
 * Planes of a result where few channels are summed up, or few results made of them: a few vectors of windows at a time,
 * tap by tap. Each of `groups` padded images, which are `next` bytes apart, gives `outputs` planes. Up to 127 bytes after
 * them are read. `bias` is the address of what the sums of each plane begin with, or 0.
 */
export function convolvePlanes_f32(
  out: usize, x: usize, next: usize, groups: i32, outputs: i32, taps: usize, count: i32, weights: usize, rows: i32,
  cols: i32, starts: usize, bias: usize,
): void {
  convolvePlanes<f32>(out, x, next, groups, outputs, taps, count, weights, rows, cols, starts, bias);
}

export function convolvePlanes_f64(
  out: usize, x: usize, next: usize, groups: i32, outputs: i32, taps: usize, count: i32, weights: usize, rows: i32,
  cols: i32, starts: usize, bias: usize,
): void {
  convolvePlanes<f64>(out, x, next, groups, outputs, taps, count, weights, rows, cols, starts, bias);
}

/** As {@link spreadPlanes_f32}, for one plane of gradients. */
@inline
function spreadPlane<T>(
  x: usize, grad: usize, taps: usize, count: i32, weights: usize, rows: i32, cols: i32, starts: usize,
): void {
  const row = bytes<T>(cols);
  const whole = row & ~15;
  for (const end = taps + (<usize>count << 2); taps < end; taps += 4, weights += sizeof<T>()) {
    const first = x + load<i32>(taps);
    const k = splatAt<T>(weights);
    for (let r = 0, g = grad; r < rows; r++, g += row) {
      const to = first + rowAt(starts, r);
      let at: usize = 0;
      for (; at < whole; at += 16) v128.store(to + at, madd<T>(k, v128.load(g + at), v128.load(to + at)));
      for (; at < row; at += sizeof<T>()) {
        const sum = sizeof<T>() == 8 ? v128.load64_zero(to + at) : v128.load32_zero(to + at);
        storeFirst<T>(to + at, madd<T>(k, splatAt<T>(g + at), sum), 1);
      }
    }
  }
}

@inline
function spreadPlanes<T>(
  x: usize, next: usize, groups: i32, outputs: i32, grad: usize, taps: usize, count: i32, weights: usize, rows: i32,
  cols: i32, starts: usize,
): void {
  for (; groups > 0; groups--, x += next) {
    for (let o = 0; o < outputs; o++, grad += bytes<T>(rows * cols), weights += bytes<T>(count)) {
      spreadPlane<T>(x, grad, taps, count, weights, rows, cols, starts);
    }
  }
}

/**
 * Adds planes of gradients, times the weight of each tap, to the elements that the windows have there. Planes and images
 * as in {@link convolvePlanes_f32}.
 */
export function spreadPlanes_f32(
  x: usize, next: usize, groups: i32, outputs: i32, grad: usize, taps: usize, count: i32, weights: usize, rows: i32,
  cols: i32, starts: usize,
): void {
  spreadPlanes<f32>(x, next, groups, outputs, grad, taps, count, weights, rows, cols, starts);
}

export function spreadPlanes_f64(
  x: usize, next: usize, groups: i32, outputs: i32, grad: usize, taps: usize, count: i32, weights: usize, rows: i32,
  cols: i32, starts: usize,
): void {
  spreadPlanes<f64>(x, next, groups, outputs, grad, taps, count, weights, rows, cols, starts);
}

/** All bits set in the first `n` lanes. */
@inline
function firstLanes<T>(n: i32): v128 {
  return sizeof<T>() == 8
    ? i64x2.gt_s(i64x2.splat(n), i64x2(0, 1))
    : i32x4.gt_s(i32x4.splat(n), i32x4(0, 1, 2, 3));
}

/** Adds the lanes to what stands at `p`. */
@inline
function addLanes<T>(p: usize, v: v128): void {
  if (sizeof<T>() == 8) {
    store<f64>(p, load<f64>(p) + (f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)));
    return;
  }
  const pairs = f32x4.add(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  store<f32>(p, load<f32>(p) + (f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1)));
}

/** The element of a tap, where there is one: the first one's place stands in for what is beyond the table. */
@inline
function tapAt(taps: usize, i: i32, count: i32): usize {
  return i < count ? load<i32>(taps + (<usize>i << 2)) : load<i32>(taps);
}

/** Windows that are summed up before they go to the result: the shorter the sums, the more exact. */
const RUN: i32 = 512;

/** As {@link correlatePlanes_f32}, for rows that are one run. */
@inline
function correlateRows<T>(
  out: usize, grad: usize, x: usize, taps: usize, count: i32, rows: i32, cols: i32, starts: usize,
): void {
  const lanes = <i32>(16 / sizeof<T>());
  const whole = bytes<T>(cols & -lanes);
  const rest = cols & (lanes - 1);
  const mask = firstLanes<T>(rest);
  // Nine sums: a kernel of 3×3.
  for (; count > 0; count -= 9, taps += 36, out += 9 * sizeof<T>()) {
    const zero = i32x4.splat(0);
    let s0 = zero;
    let s1 = zero;
    let s2 = zero;
    let s3 = zero;
    let s4 = zero;
    let s5 = zero;
    let s6 = zero;
    let s7 = zero;
    let s8 = zero;
    const t0 = tapAt(taps, 0, count);
    const t1 = tapAt(taps, 1, count);
    const t2 = tapAt(taps, 2, count);
    const t3 = tapAt(taps, 3, count);
    const t4 = tapAt(taps, 4, count);
    const t5 = tapAt(taps, 5, count);
    const t6 = tapAt(taps, 6, count);
    const t7 = tapAt(taps, 7, count);
    const t8 = tapAt(taps, 8, count);
    let g = grad;
    for (let r = 0; r < rows; r++) {
      let p = x + rowAt(starts, r);
      for (const end = g + whole; g < end; g += 16, p += 16) {
        const v = v128.load(g);
        s0 = madd<T>(v, v128.load(p + t0), s0);
        s1 = madd<T>(v, v128.load(p + t1), s1);
        s2 = madd<T>(v, v128.load(p + t2), s2);
        s3 = madd<T>(v, v128.load(p + t3), s3);
        s4 = madd<T>(v, v128.load(p + t4), s4);
        s5 = madd<T>(v, v128.load(p + t5), s5);
        s6 = madd<T>(v, v128.load(p + t6), s6);
        s7 = madd<T>(v, v128.load(p + t7), s7);
        s8 = madd<T>(v, v128.load(p + t8), s8);
      }
      if (rest) {
        // Neither the gradient's nor the image's next elements may count, not even as NaN.
        const v = v128.and(v128.load(g), mask);
        s0 = madd<T>(v, v128.and(v128.load(p + t0), mask), s0);
        s1 = madd<T>(v, v128.and(v128.load(p + t1), mask), s1);
        s2 = madd<T>(v, v128.and(v128.load(p + t2), mask), s2);
        s3 = madd<T>(v, v128.and(v128.load(p + t3), mask), s3);
        s4 = madd<T>(v, v128.and(v128.load(p + t4), mask), s4);
        s5 = madd<T>(v, v128.and(v128.load(p + t5), mask), s5);
        s6 = madd<T>(v, v128.and(v128.load(p + t6), mask), s6);
        s7 = madd<T>(v, v128.and(v128.load(p + t7), mask), s7);
        s8 = madd<T>(v, v128.and(v128.load(p + t8), mask), s8);
        g += bytes<T>(rest);
      }
    }
    addLanes<T>(out, s0);
    if (count > 1) addLanes<T>(out + sizeof<T>(), s1);
    if (count > 2) addLanes<T>(out + 2 * sizeof<T>(), s2);
    if (count > 3) addLanes<T>(out + 3 * sizeof<T>(), s3);
    if (count > 4) addLanes<T>(out + 4 * sizeof<T>(), s4);
    if (count > 5) addLanes<T>(out + 5 * sizeof<T>(), s5);
    if (count > 6) addLanes<T>(out + 6 * sizeof<T>(), s6);
    if (count > 7) addLanes<T>(out + 7 * sizeof<T>(), s7);
    if (count > 8) addLanes<T>(out + 8 * sizeof<T>(), s8);
  }
}

@inline
function correlatePlane<T>(
  out: usize, grad: usize, x: usize, taps: usize, count: i32, rows: i32, cols: i32, starts: usize,
): void {
  for (const most = max(1, RUN / cols); rows > 0; rows -= most) {
    const some = min(rows, most);
    correlateRows<T>(out, grad, x, taps, count, some, cols, starts);
    grad += bytes<T>(some * cols);
    starts += <usize>some << 2;
  }
}

@inline
function correlatePlanes<T>(
  out: usize, grad: usize, x: usize, next: usize, groups: i32, outputs: i32, taps: usize, count: i32, rows: i32,
  cols: i32, starts: usize,
): void {
  for (; groups > 0; groups--, x += next) {
    for (let o = 0; o < outputs; o++, grad += bytes<T>(rows * cols), out += bytes<T>(count)) {
      correlatePlane<T>(out, grad, x, taps, count, rows, cols, starts);
    }
  }
}

/**
 * Adds, for every tap, the product of a plane of gradients and of the elements that the windows have there. Planes and
 * images as in {@link convolvePlanes_f32}.
 */
export function correlatePlanes_f32(
  out: usize, grad: usize, x: usize, next: usize, groups: i32, outputs: i32, taps: usize, count: i32, rows: i32,
  cols: i32, starts: usize,
): void {
  correlatePlanes<f32>(out, grad, x, next, groups, outputs, taps, count, rows, cols, starts);
}

export function correlatePlanes_f64(
  out: usize, grad: usize, x: usize, next: usize, groups: i32, outputs: i32, taps: usize, count: i32, rows: i32,
  cols: i32, starts: usize,
): void {
  correlatePlanes<f64>(out, grad, x, next, groups, outputs, taps, count, rows, cols, starts);
}

/** Kernels [outputs, inputs, window] turned into [inputs, outputs, window], windows back to front. */
@inline
function flipKernels<T>(out: usize, x: usize, outputs: i32, inputs: i32, window: i32): void {
  for (let c = 0; c < inputs; c++) {
    for (let o = 0; o < outputs; o++) {
      let from = x + bytes<T>((o * inputs + c + 1) * window - 1);
      for (const end = out + bytes<T>(window); out < end; out += sizeof<T>(), from -= sizeof<T>()) {
        store<T>(out, load<T>(from));
      }
    }
  }
}

export function flipKernels_f32(out: usize, x: usize, outputs: i32, inputs: i32, window: i32): void {
  flipKernels<f32>(out, x, outputs, inputs, window);
}

export function flipKernels_f64(out: usize, x: usize, outputs: i32, inputs: i32, window: i32): void {
  flipKernels<f64>(out, x, outputs, inputs, window);
}

@inline
function addToPlanes<T>(out: usize, next: usize, planes: i32, n: i32, summands: usize): void {
  const whole = bytes<T>(n & -<i32>(16 / sizeof<T>()));
  for (; planes > 0; planes--, summands += sizeof<T>(), out += next) {
    const v = splatAt<T>(summands);
    const end = out + bytes<T>(n);
    let p = out;
    for (const last = out + whole; p < last; p += 16) v128.store(p, v128.add<T>(v128.load(p), v));
    for (; p < end; p += sizeof<T>()) store<T>(p, <T>(load<T>(p) + load<T>(summands)));
  }
}

/** Adds a number to `n` elements of each plane; planes are `next` bytes apart. */
export function addToPlanes_f32(out: usize, next: usize, planes: i32, n: i32, summands: usize): void {
  addToPlanes<f32>(out, next, planes, n, summands);
}

export function addToPlanes_f64(out: usize, next: usize, planes: i32, n: i32, summands: usize): void {
  addToPlanes<f64>(out, next, planes, n, summands);
}

/** Writes zeros. */
export function zeros(out: usize, bytes: usize): void {
  memory.fill(out, 0, bytes);
}
