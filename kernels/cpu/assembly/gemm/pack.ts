/**
 * @file Packing: operands of a product laid out in the order in which the register tiles read them.
 *
 * A goes into panels of {@link heightOf} rows and B into panels of 32 bytes of columns, the last of 16 or 32. In a panel
 * all elements of one k are neighbours, then come those of the next k. Panels follow each other without gaps, so that
 * the panel that starts at row i (column j) lies i·k (j·k) elements from the start. Steps are in bytes.
 */

/**
 * Rows of the first panel of a block of `m` rows: never below 4 if m is 8 or more, as the multiply-add units could not
 * be kept busy. That leaves 6, and 4 or 5 for the last: 8 rows are 4 + 4, and 13 are 5 + 4 + 4. Where a product needs a
 * register before it is added, in integers and the plain build, 5 rows are best: 12 are 4 + 4 + 4, 17 are 5 + 4 + 4 + 4.
 */
export function heightOf<T>(m: i32): i32 {
  if (m <= 6) return m;
  if (m <= 8) return 4;
  if (m == 9 || m == 13) return 5;
  if ((ASC_FEATURE_RELAXED_SIMD && isFloat<T>()) || m == 11) return 6;
  return m == 12 || m == 16 ? 4 : 5;
}

/** Columns to which a last panel of `cols` is filled up: one vector or two. */
@inline
export function widthOf<T>(cols: i32): i32 {
  return cols > <i32>(16 / sizeof<T>()) ? <i32>(32 / sizeof<T>()) : <i32>(16 / sizeof<T>());
}

/** Stores the transpose of the 4×4 block at `src`: its columns come to lie `step` apart. */
@inline
function transposeBlock4(dst: usize, step: usize, src: usize, rowStep: usize): void {
  const r0 = v128.load(src);
  const r1 = v128.load(src + rowStep);
  const r2 = v128.load(src + 2 * rowStep);
  const r3 = v128.load(src + 3 * rowStep);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(dst, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(dst + step, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  v128.store(dst + 2 * step, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  v128.store(dst + 3 * step, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}

/** The same for 2×2 elements of 8 bytes. */
@inline
function transposeBlock2(dst: usize, step: usize, src: usize, rowStep: usize): void {
  const r0 = v128.load(src);
  const r1 = v128.load(src + rowStep);
  v128.store(dst, v128.shuffle<f64>(r0, r1, 0, 2));
  v128.store(dst + step, v128.shuffle<f64>(r0, r1, 1, 3));
}

/** As many rows as a vector has lanes, contiguous along k, into a panel whose k lie `step` apart. */
function transposeRows<T>(dst: usize, step: usize, src: usize, rowStep: usize, k: i32): void {
  const lanes = <i32>(16 / sizeof<T>());
  for (; k >= lanes; k -= lanes) {
    if (sizeof<T>() == 8) transposeBlock2(dst, step, src, rowStep);
    else transposeBlock4(dst, step, src, rowStep);
    src += 16;
    dst += lanes * step;
  }
  gather<T>(dst, step, src, rowStep, sizeof<T>(), lanes, k);
}

/** Two rows of 4-byte elements that are contiguous along k. */
function transposePair<T>(dst: usize, step: usize, src: usize, rowStep: usize, k: i32): void {
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
  gather<T>(dst, step, src, rowStep, 4, 2, k);
}

/** `rows` × `k` elements with any steps. */
function gather<T>(dst: usize, step: usize, src: usize, rowStep: usize, colStep: usize, rows: i32, k: i32): void {
  for (; k > 0; k--) {
    let from = src;
    let to = dst;
    for (let i = 0; i < rows; i++) {
      store<T>(to, load<T>(from));
      from += rowStep;
      to += sizeof<T>();
    }
    src += colStep;
    dst += step;
  }
}

/** Copies 16 bytes of every k, where the rows of a panel are neighbours in the source. */
function copyVector(dst: usize, step: usize, src: usize, colStep: usize, k: i32): void {
  for (; k > 0; k--) {
    v128.store(dst, v128.load(src));
    src += colStep;
    dst += step;
  }
}

function copyHalf(dst: usize, step: usize, src: usize, colStep: usize, k: i32): void {
  for (; k > 0; k--) {
    store<u64>(dst, load<u64>(src));
    src += colStep;
    dst += step;
  }
}

/** Six neighbouring rows. */
function copy6<T>(dst: usize, src: usize, colStep: usize, k: i32): void {
  for (; k > 0; k--) {
    v128.store(dst, v128.load(src));
    if (sizeof<T>() == 8) {
      v128.store(dst, v128.load(src, 16), 16);
      v128.store(dst, v128.load(src, 32), 32);
    } else {
      store<u64>(dst, load<u64>(src, 16), 16);
    }
    src += colStep;
    dst += 6 * sizeof<T>();
  }
}

/** A panel of neighbouring columns. */
function copyPanel(dst: usize, src: usize, colStep: usize, k: i32): void {
  for (; k > 0; k--) {
    v128.store(dst, v128.load(src));
    v128.store(dst, v128.load(src, 16), 16);
    src += colStep;
    dst += 32;
  }
}

/** Two neighbouring panels at once read whole cache lines. */
function copyPanels(dst: usize, src: usize, colStep: usize, k: i32): void {
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

/** Up to 8 neighbouring rows into a panel whose k lie `step` apart. */
function packPanel<T>(dst: usize, step: usize, src: usize, rowStep: usize, colStep: usize, rows: i32, k: i32): void {
  const lanes = <i32>(16 / sizeof<T>());
  while (rows > 0) {
    let done = 1;
    if (colStep == sizeof<T>() && rows >= lanes) {
      transposeRows<T>(dst, step, src, rowStep, k);
      done = lanes;
    } else if (sizeof<T>() == 4 && colStep == 4 && rows >= 2) {
      transposePair<T>(dst, step, src, rowStep, k);
      done = 2;
    } else if (rowStep == sizeof<T>() && rows >= lanes) {
      copyVector(dst, step, src, colStep, k);
      done = lanes;
    } else if (sizeof<T>() == 4 && rowStep == 4 && rows >= 2) {
      copyHalf(dst, step, src, colStep, k);
      done = 2;
    } else {
      if (colStep != sizeof<T>() && rowStep != sizeof<T>()) done = rows;
      gather<T>(dst, step, src, rowStep, colStep, done, k);
    }
    dst += <usize>done * sizeof<T>();
    src += <usize>done * rowStep;
    rows -= done;
  }
}

/** Packs `m` × `k` elements of A into m·k elements at `dst`. */
export function packA<T>(dst: usize, src: usize, rowStep: usize, colStep: usize, m: i32, k: i32): void {
  while (m > 0) {
    const rows = heightOf<T>(m);
    if (rows == 6 && rowStep == sizeof<T>()) copy6<T>(dst, src, colStep, k);
    else packPanel<T>(dst, <usize>rows * sizeof<T>(), src, rowStep, colStep, rows, k);
    dst += <usize>rows * <usize>k * sizeof<T>();
    src += <usize>rows * rowStep;
    m -= rows;
  }
}

/** Packs `k` × `n` elements of B into k·n elements at `dst`, n filled up to a multiple of a vector with zeros. */
export function packB<T>(dst: usize, src: usize, rowStep: usize, colStep: usize, k: i32, n: i32): void {
  const panel = <i32>(32 / sizeof<T>());
  if (colStep == sizeof<T>()) {
    while (n >= 2 * panel) {
      copyPanels(dst, src, rowStep, k);
      dst += <usize>k << 6;
      src += 64;
      n -= 2 * panel;
    }
    if (n >= panel) {
      copyPanel(dst, src, rowStep, k);
      dst += <usize>k << 5;
      src += 32;
      n -= panel;
    }
  }
  while (n > 0) {
    const cols = n < panel ? n : panel;
    const width = widthOf<T>(cols);
    if (cols < width) memory.fill(dst, 0, <usize>width * <usize>k * sizeof<T>());
    packPanel<T>(dst, <usize>width * sizeof<T>(), src, colStep, rowStep, cols, k);
    dst += <usize>k << 5;
    src += panel * colStep;
    n -= cols;
  }
}

/** Packs `k` × `n` elements of B, whose columns are neighbours, into n rows of k elements: the order of `dot`. */
export function packRows<T>(dst: usize, src: usize, rowStep: usize, k: i32, n: i32): void {
  const lanes = <i32>(16 / sizeof<T>());
  const width = <usize>k * sizeof<T>();
  while (n >= lanes) {
    let from = src;
    let to = dst;
    let left = k;
    for (; left >= lanes; left -= lanes) {
      if (sizeof<T>() == 8) transposeBlock2(to, width, from, rowStep);
      else transposeBlock4(to, width, from, rowStep);
      from += lanes * rowStep;
      to += 16;
    }
    gather<T>(to, width, from, rowStep, sizeof<T>(), left, lanes);
    src += 16;
    dst += lanes * width;
    n -= lanes;
  }
  gather<T>(dst, width, src, rowStep, sizeof<T>(), k, n);
}
