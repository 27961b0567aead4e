/**
 * @file im2col and col2im.
 *
 * Row (c, i, j) of the matrix holds element (i, j) of every window in channel c: the windows of `rows` rows of windows,
 * from `firstRow` on, with `cols` in each. Rows of the matrix are `outRow` (`xRow`) bytes apart.
 */

/** The first column of windows whose element at `left` in the first of them lies in the image, at most `cols`. */
@inline
function firstInside(left: i32, step: i32, cols: i32): i32 {
  return left >= 0 ? 0 : min(cols, (step - 1 - left) / step);
}

/** One more than the last such column. */
@inline
function endInside(left: i32, step: i32, width: i32, cols: i32): i32 {
  return left >= width ? 0 : min(cols, (width - 1 - left) / step + 1);
}

@inline
function zeros(out: usize, end: usize): void {
  for (; out < end; out += 4) store<f32>(out, 0);
}

/** Copies n elements that lie `step` apart. May write up to 12 bytes more. */
@inline
function spreadCopy(out: usize, x: usize, n: i32, step: i32): void {
  const end = out + (<usize>max(n, 0) << 2);
  if (step === 1) {
    for (; out < end; out += 16, x += 16) v128.store(out, v128.load(x));
  } else {
    for (; out < end; out += 4, x += step << 2) store<f32>(out, load<f32>(x));
  }
}

/** Whether `count` lines (or columns), `step` apart from `start` on, all lie within `size`. */
@inline
function allInside(start: i32, step: i32, count: i32, size: i32): bool {
  return start >= 0 && start + step * (count - 1) < size;
}

/** Up to 12 bytes after the matrix are overwritten, too. */
export function im2col(
  out: usize,
  x: usize,
  channels: i32,
  height: i32,
  width: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  stepDown: i32,
  stepAcross: i32,
  above: i32,
  before: i32,
  dilationDown: i32,
  dilationAcross: i32,
  firstRow: i32,
  rows: i32,
  cols: i32,
  outRow: usize,
): void {
  const line = <usize>cols << 2;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < kernelHeight; i++) {
      for (let j = 0; j < kernelWidth; j++) {
        const left = j * dilationAcross - before;
        const first = firstInside(left, stepAcross, cols);
        const end = max(first, endInside(left, stepAcross, width, cols));
        let top = firstRow * stepDown + i * dilationDown - above;
        let o = out;
        if (stepAcross === 1 && allInside(top, stepDown, rows, height) && allInside(left, 1, cols, width)) {
          // The usual case without anything to decide in the loop, which takes half the time.
          let p = x + (<usize>(top * width + left) << 2);
          const next = <usize>(stepDown * width) << 2;
          for (const last = out + <usize>rows * line; o < last; o += line, p += next) {
            for (let at: usize = 0; at < line; at += 16) v128.store(o + at, v128.load(p + at));
          }
          out += outRow;
          continue;
        }
        for (let r = 0; r < rows; r++) {
          if (top < 0 || top >= height) {
            zeros(o, o + line);
          } else {
            zeros(o, o + (<usize>first << 2));
            const from = x + (<usize>(top * width + left + first * stepAcross) << 2);
            spreadCopy(o + (<usize>first << 2), from, end - first, stepAcross);
            zeros(o + (<usize>end << 2), o + line);
          }
          o += line;
          top += stepDown;
        }
        out += outRow;
      }
    }
    x += <usize>(height * width) << 2;
  }
}

/** Adds n elements to those that lie `step` apart. */
@inline
function spreadAdd(out: usize, x: usize, n: i32, step: i32): void {
  const end = x + (<usize>n << 2);
  if (step === 1) {
    const whole = x + (<usize>(n & ~3) << 2);
    for (; x < whole; x += 16, out += 16) v128.store(out, f32x4.add(v128.load(out), v128.load(x)));
  }
  for (; x < end; x += 4, out += step << 2) store<f32>(out, load<f32>(out) + load<f32>(x));
}

/** Adds every element of the matrix to where {@link im2col} would have taken it from. */
export function col2im(
  out: usize,
  x: usize,
  channels: i32,
  height: i32,
  width: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  stepDown: i32,
  stepAcross: i32,
  above: i32,
  before: i32,
  dilationDown: i32,
  dilationAcross: i32,
  firstRow: i32,
  rows: i32,
  cols: i32,
  xRow: usize,
): void {
  const line = <usize>cols << 2;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < kernelHeight; i++) {
      for (let j = 0; j < kernelWidth; j++) {
        const left = j * dilationAcross - before;
        const first = firstInside(left, stepAcross, cols);
        const end = endInside(left, stepAcross, width, cols);
        let top = firstRow * stepDown + i * dilationDown - above;
        let p = x;
        if (stepAcross === 1 && allInside(top, stepDown, rows, height) && allInside(left, 1, cols, width)) {
          let to = out + (<usize>(top * width + left) << 2);
          const next = <usize>(stepDown * width) << 2;
          for (const last = x + <usize>rows * line; p < last; p += line, to += next) spreadAdd(to, p, cols, 1);
          x += xRow;
          continue;
        }
        for (let r = 0; r < rows && first < end; r++) {
          if (top >= 0 && top < height) {
            const to = out + (<usize>(top * width + left + first * stepAcross) << 2);
            spreadAdd(to, p + (<usize>first << 2), end - first, stepAcross);
          }
          p += line;
          top += stepDown;
        }
        x += xRow;
      }
    }
    out += <usize>(height * width) << 2;
  }
}
