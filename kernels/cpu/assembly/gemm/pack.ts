/**
 * @file Packing: operands of a product laid out in the order in which the register tiles read them.
 *
 * A goes into panels of {@link heightOf} rows and B into panels of 8 columns, the last of 4 or 8. In a panel all
 * elements of one k are neighbours, then come those of the next k. Panels follow each other without gaps, so that the
 * panel that starts at row i (column j) lies i·k (j·k) floats from the start. Steps are in bytes.
 */

/**
 * Rows of the first panel of a block of `m` rows: never below 4 if m is 8 or more, as the multiply-add units could not
 * be kept busy. That leaves 6, and 4 or 5 for the last: 8 rows are 4 + 4, and 13 are 5 + 4 + 4. The plain build needs a
 * register for products, so 5 rows are its best: 12 are 4 + 4 + 4, 17 are 5 + 4 + 4 + 4.
 */
export function heightOf(m: i32): i32 {
  if (m <= 6) return m;
  if (m <= 8) return 4;
  if (m == 9 || m == 13) return 5;
  if (ASC_FEATURE_RELAXED_SIMD || m == 11) return 6;
  return m == 12 || m == 16 ? 4 : 5;
}

/** Columns to which a last panel of `cols` is filled up. */
@inline
export function widthOf(cols: i32): i32 {
  return cols > 4 ? 8 : 4;
}

/** Stores the transpose of the 4×4 block whose rows are given: its columns come to lie `step` apart. */
@inline
function storeTransposed(dst: usize, step: usize, r0: v128, r1: v128, r2: v128, r3: v128): void {
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(dst, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(dst + step, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  v128.store(dst + 2 * step, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  v128.store(dst + 3 * step, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}

/** Four rows that are contiguous along k, into a panel whose k lie `step` apart. */
function transpose4(dst: usize, step: usize, src: usize, rowStep: usize, k: i32): void {
  for (; k >= 4; k -= 4) {
    storeTransposed(
      dst,
      step,
      v128.load(src),
      v128.load(src + rowStep),
      v128.load(src + 2 * rowStep),
      v128.load(src + 3 * rowStep),
    );
    src += 16;
    dst += 4 * step;
  }
  gather(dst, step, src, rowStep, 4, 4, k);
}

/** Two rows that are contiguous along k. */
function transpose2(dst: usize, step: usize, src: usize, rowStep: usize, k: i32): void {
  for (; k >= 4; k -= 4) {
    const r0 = v128.load(src);
    const r1 = v128.load(src + rowStep);
    const low = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const high = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    v128.store64_lane(dst, low, 0);
    v128.store64_lane(dst + step, low, 1);
    v128.store64_lane(dst + 2 * step, high, 0);
    v128.store64_lane(dst + 3 * step, high, 1);
    src += 16;
    dst += 4 * step;
  }
  gather(dst, step, src, rowStep, 4, 2, k);
}

/** `rows` × `k` elements with any steps. */
function gather(dst: usize, step: usize, src: usize, rowStep: usize, colStep: usize, rows: i32, k: i32): void {
  for (; k > 0; k--) {
    let from = src;
    let to = dst;
    for (let i = 0; i < rows; i++) {
      store<f32>(to, load<f32>(from));
      from += rowStep;
      to += 4;
    }
    src += colStep;
    dst += step;
  }
}

/** Copies 4 floats of every k, where the rows of a panel are neighbours in the source. */
function copy4(dst: usize, step: usize, src: usize, colStep: usize, k: i32): void {
  for (; k > 0; k--) {
    v128.store(dst, v128.load(src));
    src += colStep;
    dst += step;
  }
}

function copy2(dst: usize, step: usize, src: usize, colStep: usize, k: i32): void {
  for (; k > 0; k--) {
    store<u64>(dst, load<u64>(src));
    src += colStep;
    dst += step;
  }
}

function copy6(dst: usize, src: usize, colStep: usize, k: i32): void {
  for (; k > 0; k--) {
    v128.store(dst, v128.load(src));
    store<u64>(dst, load<u64>(src, 16), 16);
    src += colStep;
    dst += 24;
  }
}

function copy8(dst: usize, src: usize, colStep: usize, k: i32): void {
  for (; k > 0; k--) {
    v128.store(dst, v128.load(src));
    v128.store(dst, v128.load(src, 16), 16);
    src += colStep;
    dst += 32;
  }
}

/** Two neighbouring panels at once read whole cache lines. */
function copy16(dst: usize, src: usize, colStep: usize, k: i32): void {
  let other = dst + (<usize>k << 5);
  for (; k > 0; k--) {
    v128.store(dst, v128.load(src));
    v128.store(dst, v128.load(src, 16), 16);
    v128.store(other, v128.load(src, 32));
    v128.store(other, v128.load(src, 48), 16);
    src += colStep;
    dst += 32;
    other += 32;
  }
}

/** `rows` (1 to 8) neighbouring rows into a panel whose k lie `step` apart. */
function packPanel(dst: usize, step: usize, src: usize, rowStep: usize, colStep: usize, rows: i32, k: i32): void {
  while (rows > 0) {
    let done = 1;
    if (colStep == 4 && rows >= 4) {
      transpose4(dst, step, src, rowStep, k);
      done = 4;
    } else if (colStep == 4 && rows >= 2) {
      transpose2(dst, step, src, rowStep, k);
      done = 2;
    } else if (rowStep == 4 && rows >= 4) {
      copy4(dst, step, src, colStep, k);
      done = 4;
    } else if (rowStep == 4 && rows >= 2) {
      copy2(dst, step, src, colStep, k);
      done = 2;
    } else {
      if (colStep != 4 && rowStep != 4) done = rows;
      gather(dst, step, src, rowStep, colStep, done, k);
    }
    dst += <usize>done << 2;
    src += <usize>done * rowStep;
    rows -= done;
  }
}

/** Packs `m` × `k` elements of A into m·k floats at `dst`. */
export function packA(dst: usize, src: usize, rowStep: usize, colStep: usize, m: i32, k: i32): void {
  while (m > 0) {
    const rows = heightOf(m);
    if (rows == 6 && rowStep == 4) copy6(dst, src, colStep, k);
    else packPanel(dst, <usize>rows << 2, src, rowStep, colStep, rows, k);
    dst += (<usize>rows * <usize>k) << 2;
    src += <usize>rows * rowStep;
    m -= rows;
  }
}

/** Packs `k` × `n` elements of B into k·n floats at `dst`, n filled up to a multiple of 4 with zeros. */
export function packB(dst: usize, src: usize, rowStep: usize, colStep: usize, k: i32, n: i32): void {
  if (colStep == 4) {
    while (n >= 16) {
      copy16(dst, src, rowStep, k);
      dst += <usize>k << 6;
      src += 64;
      n -= 16;
    }
    if (n >= 8) {
      copy8(dst, src, rowStep, k);
      dst += <usize>k << 5;
      src += 32;
      n -= 8;
    }
  }
  while (n > 0) {
    const cols = n < 8 ? n : 8;
    const width = widthOf(cols);
    if (cols < width) memory.fill(dst, 0, (<usize>width * <usize>k) << 2);
    packPanel(dst, <usize>width << 2, src, colStep, rowStep, cols, k);
    dst += <usize>k << 5;
    src += 8 * colStep;
    n -= cols;
  }
}

/** Packs `k` × `n` elements of B, whose columns are neighbours, into n rows of k floats: the order of `dot`. */
export function packRows(dst: usize, src: usize, rowStep: usize, k: i32, n: i32): void {
  const width = <usize>k << 2;
  while (n >= 4) {
    let from = src;
    let to = dst;
    let left = k;
    for (; left >= 4; left -= 4) {
      storeTransposed(
        to,
        width,
        v128.load(from),
        v128.load(from + rowStep),
        v128.load(from + 2 * rowStep),
        v128.load(from + 3 * rowStep),
      );
      from += 4 * rowStep;
      to += 16;
    }
    gather(to, width, from, rowStep, 4, left, 4);
    src += 16;
    dst += 4 * width;
    n -= 4;
  }
  gather(dst, width, src, rowStep, 4, k, n);
}
