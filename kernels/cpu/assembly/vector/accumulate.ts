/** @file Sums and ReLU of rows in place, for products and convolutions that are put together from parts. */
import { storeTail } from "./lanes";

const ADD = 0;
const ADD_FIRST = 1;
const RELU = 2;

@inline
function apply(op: i32, a: v128, b: v128): v128 {
  // x < 0 ? 0 : x, so NaN stays
  return op == RELU ? f32x4.pmax(a, f32x4.splat(0)) : f32x4.add(a, b);
}

/** `op` is known when this is compiled, so one branch remains. */
@inline
function rowsOf(op: i32, out: usize, a: usize, b: usize, rows: i32, cols: i32, outRow: i32, aRow: i32, bRow: i32): void {
  for (let r = 0; r < rows; r++) {
    const splat = op == ADD_FIRST ? v128.load_splat<f32>(b) : f32x4.splat(0);
    const whole = <usize>(cols & ~3) << 2;
    let at: usize = 0;
    for (; at < whole; at += 16) v128.store(out + at, apply(op, v128.load(a + at), op == ADD ? v128.load(b + at) : splat));
    if (cols & 3) storeTail(out + at, apply(op, v128.load(a + at), op == ADD ? v128.load(b + at) : splat), cols & 3);
    out += outRow;
    a += aRow;
    b += bRow;
  }
}

/** out = a + b; with `repeats` b repeats its first element along each row. */
export function addRows(
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  aRow: i32,
  bRow: i32,
  repeats: i32,
): void {
  if (repeats) rowsOf(ADD_FIRST, out, a, b, rows, cols, outRow, aRow, bRow);
  else rowsOf(ADD, out, a, b, rows, cols, outRow, aRow, bRow);
}

export function reluRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  rowsOf(RELU, out, x, x, rows, cols, outRow, xRow, xRow);
}
