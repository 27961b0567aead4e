/** @file Comparisons, which give one byte (0 or 1) per element, and the choice by such bytes. */
import { storeTail } from "./lanes";

const EQ = 0;
const NE = 1;
const GT = 2;
const GE = 3;

/** All bits set where the comparison holds. */
@inline
function apply(op: i32, a: v128, b: v128): v128 {
  if (op == EQ) return f32x4.eq(a, b);
  if (op == NE) return f32x4.ne(a, b);
  if (op == GT) return f32x4.gt(a, b);
  return f32x4.ge(a, b);
}

/** Four masks of four lanes as 16 bytes. */
@inline
function narrow(a: v128, b: v128, c: v128, d: v128): v128 {
  const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
  return v128.and(bytes, i8x16.splat(1));
}

@inline
function row(op: i32, out: usize, a: usize, b: usize, cols: i32, repeatA: bool, repeatB: bool): void {
  const main = out + <usize>(cols & ~15);
  const whole = out + <usize>(cols & ~3);
  const splatA = v128.load_splat<f32>(a);
  const splatB = v128.load_splat<f32>(b);
  while (out < main) {
    const first = apply(op, repeatA ? splatA : v128.load(a), repeatB ? splatB : v128.load(b));
    const second = apply(op, repeatA ? splatA : v128.load(a, 16), repeatB ? splatB : v128.load(b, 16));
    const third = apply(op, repeatA ? splatA : v128.load(a, 32), repeatB ? splatB : v128.load(b, 32));
    const fourth = apply(op, repeatA ? splatA : v128.load(a, 48), repeatB ? splatB : v128.load(b, 48));
    v128.store(out, narrow(first, second, third, fourth));
    out += 16;
    if (!repeatA) a += 64;
    if (!repeatB) b += 64;
  }
  while (out < whole) {
    const mask = apply(op, repeatA ? splatA : v128.load(a), repeatB ? splatB : v128.load(b));
    v128.store32_lane(out, narrow(mask, mask, mask, mask), 0);
    out += 4;
    if (!repeatA) a += 16;
    if (!repeatB) b += 16;
  }
  if (cols & 3) {
    const mask = apply(op, repeatA ? splatA : v128.load(a), repeatB ? splatB : v128.load(b));
    const bytes = i32x4.extract_lane(narrow(mask, mask, mask, mask), 0);
    store<u8>(out, <u8>bytes);
    if ((cols & 3) > 1) store<u8>(out, <u8>(bytes >> 8), 1);
    if ((cols & 3) > 2) store<u8>(out, <u8>(bytes >> 16), 2);
  }
}

/** `mode` 0: both advance along a row; 1: a repeats its first element; 2: b does. The result is contiguous. */
@inline
function compare(
  op: i32,
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  for (let r = 0; r < rows; r++) {
    if (mode == 0) row(op, out, a, b, cols, false, false);
    else if (mode == 1) row(op, out, a, b, cols, true, false);
    else row(op, out, a, b, cols, false, true);
    out += cols;
    a += aRow;
    b += bRow;
  }
}

export function eqRows(
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  compare(EQ, out, a, b, rows, cols, aRow, bRow, mode);
}

export function neRows(
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  compare(NE, out, a, b, rows, cols, aRow, bRow, mode);
}

export function gtRows(
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  compare(GT, out, a, b, rows, cols, aRow, bRow, mode);
}

export function geRows(
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  compare(GE, out, a, b, rows, cols, aRow, bRow, mode);
}

/** Four bytes from memory as four masks: all bits set where the byte is not 0. */
@inline
function masks(cond: usize): v128 {
  const wide = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(cond)));
  return i32x4.ne(wide, i32x4.splat(0));
}

/** out = cond ? a : b. Bit 0 of `mode`: a repeats its first element along a row; bit 1: b does. */
export function whereRows(
  out: usize,
  cond: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  condRow: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  const stepA: usize = mode & 1 ? 0 : 16;
  const stepB: usize = mode & 2 ? 0 : 16;
  for (let r = 0; r < rows; r++) {
    const splatA = v128.load_splat<f32>(a);
    const splatB = v128.load_splat<f32>(b);
    let o = out;
    let c = cond;
    let p = a;
    let q = b;
    for (let left = cols; left > 0; left -= 4) {
      const chosen = v128.bitselect(stepA ? v128.load(p) : splatA, stepB ? v128.load(q) : splatB, masks(c));
      if (left >= 4) v128.store(o, chosen);
      else storeTail(o, chosen, left);
      o += 16;
      c += 4;
      p += stepA;
      q += stepB;
    }
    out += outRow;
    cond += condRow;
    a += aRow;
    b += bRow;
  }
}
