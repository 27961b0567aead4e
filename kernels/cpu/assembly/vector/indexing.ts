/**
 * @file Elements and rows at indices: gather, scatter, selection and addition of rows, positions of what is not 0.
 *
 * Indices are int32 and in range: {@link outside} checks them before. What only moves elements is made for their size.
 */
/** The first of n neighbouring indices that is negative or not below `size`; n if there is none. */
@inline
function firstOutside(index: usize, n: i32, size: i32): i32 {
  const limit = i32x4.splat(size);
  let i = 0;
  // As unsigned numbers, negative indices are too large.
  for (; i + 16 <= n; i += 16) {
    const p = index + (<usize>i << 2);
    const a = v128.or(i32x4.ge_u(v128.load(p), limit), i32x4.ge_u(v128.load(p, 16), limit));
    const b = v128.or(i32x4.ge_u(v128.load(p, 32), limit), i32x4.ge_u(v128.load(p, 48), limit));
    if (v128.any_true(v128.or(a, b))) break;
  }
  while (i < n && load<u32>(index + (<usize>i << 2)) < <u32>size) i++;
  return i;
}

/** Position, row by row, of the first index out of [0, size), of a plane with steps in bytes; −1 if there is none. */
export function outside(index: usize, rows: i32, cols: i32, row: i32, col: i32, size: i32): i32 {
  for (let r = 0; r < rows; r++) {
    let c = 0;
    if (col == 4) c = firstOutside(index, cols, size);
    else for (let p = index; c < cols && load<u32>(p) < <u32>size; c++) p += col;
    if (c < cols) return r * cols + c;
    index += row;
  }
  return -1;
}

@inline
function gatherPlane<T>(
  out: usize,
  x: usize,
  index: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  xRow: i32,
  xCol: i32,
  indexRow: i32,
  indexCol: i32,
  step: i32,
): void {
  for (let r = 0; r < rows; r++) {
    let o = out;
    let p = x;
    let i = index;
    for (let c = 0; c < cols; c++) {
      store<T>(o, load<T>(p + load<i32>(i) * step));
      o += outCol;
      p += xCol;
      i += indexCol;
    }
    out += outRow;
    x += xRow;
    index += indexRow;
  }
}

/** How {@link scatterPlane} writes. */
const SET = 0;
const ADD = 1;
const OR = 2;
const MUL = 3;
const MAX = 4;
const MIN = 5;

/** Writes the larger or smaller of two numbers, NaN if one is. Most numbers do not change what stands there. */
@inline
function storeExtremum<T>(mode: i32, target: usize, value: T): void {
  const best = load<T>(target);
  if (mode == MAX ? value < best : value > best) return;
  if (isFloat<T>()) store<T>(target, mode == MAX ? max<T>(best, value) : min<T>(best, value));
  else store<T>(target, value);
}

@inline
function scatterPlane<T>(
  mode: i32,
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  for (let r = 0; r < rows; r++) {
    let o = out;
    let i = index;
    let p = x;
    for (let c = 0; c < cols; c++) {
      const target = o + load<i32>(i) * step;
      if (mode == SET) store<T>(target, load<T>(p));
      else if (mode == ADD) store<T>(target, <T>(load<T>(target) + load<T>(p)));
      else if (mode == MUL) store<T>(target, <T>(load<T>(target) * load<T>(p)));
      else if (mode == MAX || mode == MIN) storeExtremum<T>(mode, target, load<T>(p));
      else store<u8>(target, load<u8>(target) | load<u8>(p));
      o += outCol;
      i += indexCol;
      p += xCol;
    }
    out += outRow;
    index += indexRow;
    x += xRow;
  }
}

/** Rows shorter than this many bytes are copied by vectors: a bulk copy takes longer to begin. */
const BULK: usize = 256;

/**
 * Row i of the result is row index[i] of x, for `outer` blocks of rows: `bytes` long, from one block to the next
 * `outOuter` and `xOuter` bytes.
 */
export function selectRows(
  out: usize,
  x: usize,
  index: usize,
  outer: i32,
  count: i32,
  bytes: usize,
  outOuter: usize,
  xOuter: usize,
): void {
  const end = index + (<usize>count << 2);
  for (let o = 0; o < outer; o++) {
    let to = out;
    if (bytes == 4) {
      for (let i = index; i < end; i += 4, to += 4) store<u32>(to, load<u32>(x + (load<usize>(i) << 2)));
    } else if (bytes == 8) {
      for (let i = index; i < end; i += 4, to += 8) store<u64>(to, load<u64>(x + (load<usize>(i) << 3)));
    } else if (bytes >= BULK) {
      for (let i = index; i < end; i += 4, to += bytes) memory.copy(to, x + load<usize>(i) * bytes, bytes);
    } else {
      for (let i = index; i < end; i += 4) {
        let from = x + load<usize>(i) * bytes;
        const last = to + bytes;
        for (; to + 16 <= last; to += 16, from += 16) v128.store(to, v128.load(from));
        for (; to + 4 <= last; to += 4, from += 4) store<u32>(to, load<u32>(from));
        for (; to < last; to++, from++) store<u8>(to, load<u8>(from));
      }
    }
    out += outOuter;
    x += xOuter;
  }
}

/**
 * Row index[i] of the result becomes row i of x, in their order, for `outer` blocks of rows: `cols` bytes of rows that
 * are `row` bytes apart in the result and `xRow` in x.
 */
export function putRows(
  out: usize,
  x: usize,
  index: usize,
  outer: i32,
  count: i32,
  cols: usize,
  row: usize,
  xRow: usize,
  outOuter: usize,
  xOuter: usize,
): void {
  const end = index + (<usize>count << 2);
  for (let o = 0; o < outer; o++) {
    let from = x;
    if (cols == 4) {
      for (let i = index; i < end; i += 4, from += xRow) store<u32>(out + load<usize>(i) * row, load<u32>(from));
    } else if (cols >= BULK) {
      for (let i = index; i < end; i += 4, from += xRow) memory.copy(out + load<usize>(i) * row, from, cols);
    } else {
      for (let i = index; i < end; i += 4, from += xRow) {
        let to = out + load<usize>(i) * row;
        let at = from;
        const last = to + cols;
        for (; to + 16 <= last; to += 16, at += 16) v128.store(to, v128.load(at));
        for (; to + 4 <= last; to += 4, at += 4) store<u32>(to, load<u32>(at));
        for (; to < last; to++, at++) store<u8>(to, load<u8>(at));
      }
    }
    out += outOuter;
    x += xOuter;
  }
}

/**
 * One step from indices of several dimensions to row-major positions: out = out · size + index, or with `first` the
 * index alone; a negative one counts from the end. Gives the place, row by row, of the first index out of range, or −1.
 */
export function flattenIndex(
  out: usize,
  index: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  size: i32,
  first: bool,
): i32 {
  const length = i32x4.splat(size);
  const zero = i32x4.splat(0);
  for (let r = 0; r < rows; r++) {
    let o = out;
    let p = index;
    let c = 0;
    if (outCol == 4 && indexCol == 4) {
      for (; c + 4 <= cols; c += 4, o += 16, p += 16) {
        const given = v128.load(p);
        const at = i32x4.add(given, v128.and(i32x4.lt_s(given, zero), length));
        // As unsigned numbers, those that are still negative are too large.
        if (v128.any_true(i32x4.ge_u(at, length))) break;
        v128.store(o, first ? at : i32x4.add(i32x4.mul(v128.load(o), length), at));
      }
    }
    for (; c < cols; c++, o += outCol, p += indexCol) {
      const given = load<i32>(p);
      const at = given < 0 ? given + size : given;
      if (<u32>at >= <u32>size) return r * cols + c;
      store<i32>(o, first ? at : load<i32>(o) * size + at);
    }
    out += outRow;
    index += indexRow;
  }
  return -1;
}

/** Adds row i of x to row index[i] of the result, in their order: the transpose of {@link selectRows}. */
@inline
function addToRows<T>(
  out: usize,
  x: usize,
  index: usize,
  outer: i32,
  count: i32,
  cols: i32,
  row: usize,
  outOuter: usize,
  xOuter: usize,
): void {
  const end = index + (<usize>count << 2);
  const bytes = <usize>cols * sizeof<T>();
  for (let o = 0; o < outer; o++) {
    let from = x;
    for (let i = index; i < end; i += 4, from += row) {
      const to = out + load<usize>(i) * row;
      let at: usize = 0;
      for (; at + 16 <= bytes; at += 16) v128.store(to + at, v128.add<T>(v128.load(to + at), v128.load(from + at)));
      for (; at < bytes; at += sizeof<T>()) store<T>(to + at, <T>(load<T>(to + at) + load<T>(from + at)));
    }
    out += outOuter;
    x += xOuter;
  }
}

/** Writes the positions of the first `total` elements that are not 0, plus `first`, in ascending order. */
@inline
function positions<T>(out: usize, x: usize, total: i32, first: i32): void {
  const end = out + (<usize>total << 2);
  for (; out < end; first++, x += sizeof<T>()) {
    store<i32>(out, first);
    out += load<T>(x) != <T>0 ? 4 : 0;
  }
}

/** How many of n elements are not 0. */
@inline
function count<T>(x: usize, n: i32): i32 {
  let sum = 0;
  const zero = i32x4.splat(0);
  let i = 0;
  const lanes = 16 / <i32>sizeof<T>();
  for (; i + lanes <= n; i += lanes, x += 16) {
    const v = v128.load(x);
    if (sizeof<T>() == 1) sum += popcnt(i8x16.bitmask(i8x16.ne(v, zero)));
    else if (sizeof<T>() == 8) sum += popcnt(i64x2.bitmask(f64x2.ne(v, zero)));
    else if (isFloat<T>()) sum += popcnt(i32x4.bitmask(f32x4.ne(v, zero)));
    else sum += popcnt(i32x4.bitmask(i32x4.ne(v, zero)));
  }
  for (; i < n; i++, x += sizeof<T>()) sum += load<T>(x) != <T>0 ? 1 : 0;
  return sum;
}

/**
 * The coordinates of ascending positions in a row-major array of `ndim` ≥ 1 dimensions, whose sizes are int32 at
 * `shape`: n rows of ndim int32.
 */
export function unravel(out: usize, positions: usize, n: i32, shape: usize, ndim: i32): void {
  const lead = ndim - 1;
  const cols = load<i32>(shape + (<usize>lead << 2));
  let start = -1;
  for (let i = 0; i < n; i++, positions += 4) {
    const at = load<i32>(positions);
    if (start >= 0 && at - start < cols) {
      const before = out - (<usize>ndim << 2);
      for (let d = 0; d < lead; d++) store<i32>(out + (<usize>d << 2), load<i32>(before + (<usize>d << 2)));
    } else {
      let rest = at / cols;
      start = rest * cols;
      for (let d = lead - 1; d >= 0; d--) {
        const size = load<i32>(shape + (<usize>d << 2));
        store<i32>(out + (<usize>d << 2), rest % size);
        rest /= size;
      }
    }
    store<i32>(out + (<usize>lead << 2), at - start);
    out += <usize>ndim << 2;
  }
}

/** out = x at the indices times `step` bytes, for elements of 1 byte. */
export function gather_1(
  out: usize,
  x: usize,
  index: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  xRow: i32,
  xCol: i32,
  indexRow: i32,
  indexCol: i32,
  step: i32,
): void {
  gatherPlane<u8>(out, x, index, rows, cols, outRow, outCol, xRow, xCol, indexRow, indexCol, step);
}

/** out = x at the indices times `step` bytes, for elements of 4 bytes. */
export function gather_4(
  out: usize,
  x: usize,
  index: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  xRow: i32,
  xCol: i32,
  indexRow: i32,
  indexCol: i32,
  step: i32,
): void {
  gatherPlane<u32>(out, x, index, rows, cols, outRow, outCol, xRow, xCol, indexRow, indexCol, step);
}

/** out = x at the indices times `step` bytes, for elements of 8 bytes. */
export function gather_8(
  out: usize,
  x: usize,
  index: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  xRow: i32,
  xCol: i32,
  indexRow: i32,
  indexCol: i32,
  step: i32,
): void {
  gatherPlane<u64>(out, x, index, rows, cols, outRow, outCol, xRow, xCol, indexRow, indexCol, step);
}

export function scatterSet_1(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<u8>(SET, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterSet_4(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<u32>(SET, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterSet_8(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<u64>(SET, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterAdd_f32(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<f32>(ADD, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterAdd_f64(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<f64>(ADD, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterAdd_i32(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<i32>(ADD, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterAdd_u8(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<u8>(ADD, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterMul_f32(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<f32>(MUL, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterMul_f64(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<f64>(MUL, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterMul_i32(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<i32>(MUL, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterMul_u8(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<u8>(MUL, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterMax_f32(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<f32>(MAX, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterMax_f64(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<f64>(MAX, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterMax_i32(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<i32>(MAX, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterMax_u8(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<u8>(MAX, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterMin_f32(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<f32>(MIN, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterMin_f64(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<f64>(MIN, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterMin_i32(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<i32>(MIN, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterMin_u8(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<u8>(MIN, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function scatterOr(
  out: usize,
  index: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  indexRow: i32,
  indexCol: i32,
  xRow: i32,
  xCol: i32,
  step: i32,
): void {
  scatterPlane<u8>(OR, out, index, x, rows, cols, outRow, outCol, indexRow, indexCol, xRow, xCol, step);
}

export function addToRows_f32(
  out: usize,
  x: usize,
  index: usize,
  outer: i32,
  count: i32,
  cols: i32,
  row: usize,
  outOuter: usize,
  xOuter: usize,
): void {
  addToRows<f32>(out, x, index, outer, count, cols, row, outOuter, xOuter);
}

export function addToRows_f64(
  out: usize,
  x: usize,
  index: usize,
  outer: i32,
  count: i32,
  cols: i32,
  row: usize,
  outOuter: usize,
  xOuter: usize,
): void {
  addToRows<f64>(out, x, index, outer, count, cols, row, outOuter, xOuter);
}

export function addToRows_i32(
  out: usize,
  x: usize,
  index: usize,
  outer: i32,
  count: i32,
  cols: i32,
  row: usize,
  outOuter: usize,
  xOuter: usize,
): void {
  addToRows<i32>(out, x, index, outer, count, cols, row, outOuter, xOuter);
}

export function count_f32(x: usize, n: i32): i32 {
  return count<f32>(x, n);
}

export function positions_f32(out: usize, x: usize, total: i32, first: i32): void {
  positions<f32>(out, x, total, first);
}

export function count_f64(x: usize, n: i32): i32 {
  return count<f64>(x, n);
}

export function positions_f64(out: usize, x: usize, total: i32, first: i32): void {
  positions<f64>(out, x, total, first);
}

export function count_i32(x: usize, n: i32): i32 {
  return count<i32>(x, n);
}

export function positions_i32(out: usize, x: usize, total: i32, first: i32): void {
  positions<i32>(out, x, total, first);
}

export function count_u8(x: usize, n: i32): i32 {
  return count<u8>(x, n);
}

export function positions_u8(out: usize, x: usize, total: i32, first: i32): void {
  positions<u8>(out, x, total, first);
}
