/** @file Element-wise functions of two arguments, either of which may repeat one element along a row. */
import { storeTail } from "./lanes";
import { one } from "../math/float32";

const ADD = 0;
const SUB = 1;
const MUL = 2;
const DIV = 3;
const MAXIMUM = 4;
const MINIMUM = 5;
const RELU_GRAD = 6;
const SIGMOID_GRAD = 7;
const TANH_GRAD = 8;

/** `op` is known when this is compiled, so one branch remains. */
@inline
function apply(op: i32, a: v128, b: v128): v128 {
  if (op == ADD) return f32x4.add(a, b);
  if (op == SUB) return f32x4.sub(a, b);
  if (op == MUL) return f32x4.mul(a, b);
  if (op == DIV) return f32x4.div(a, b);
  if (op == MAXIMUM) return f32x4.max(a, b);
  if (op == MINIMUM) return f32x4.min(a, b);
  // The gradient passes where the result b is NaN.
  if (op == RELU_GRAD) return v128.andnot(a, f32x4.le(b, f32x4.splat(0)));
  if (op == SIGMOID_GRAD) return f32x4.mul(f32x4.mul(a, b), f32x4.sub(one(), b));
  // 1 − b² as a product, which keeps its digits where b is near 1.
  return f32x4.mul(f32x4.mul(a, f32x4.sub(one(), b)), f32x4.add(one(), b));
}

/** The next vector of an operand, or its one element in all lanes. */
@inline
function operand(repeats: bool, splat: v128, address: usize, offset: usize): v128 {
  return repeats ? splat : v128.load(address + offset);
}

@inline
function row(op: i32, out: usize, a: usize, b: usize, cols: i32, repeatA: bool, repeatB: bool): void {
  const main = out + (<usize>(cols & ~15) << 2);
  const whole = out + (<usize>(cols & ~3) << 2);
  const stepA: usize = repeatA ? 0 : 1;
  const stepB: usize = repeatB ? 0 : 1;
  const splatA = v128.load_splat<f32>(a);
  const splatB = v128.load_splat<f32>(b);
  while (out < main) {
    v128.store(out, apply(op, operand(repeatA, splatA, a, 0), operand(repeatB, splatB, b, 0)));
    v128.store(out, apply(op, operand(repeatA, splatA, a, 16), operand(repeatB, splatB, b, 16)), 16);
    v128.store(out, apply(op, operand(repeatA, splatA, a, 32), operand(repeatB, splatB, b, 32)), 32);
    v128.store(out, apply(op, operand(repeatA, splatA, a, 48), operand(repeatB, splatB, b, 48)), 48);
    out += 64;
    a += 64 * stepA;
    b += 64 * stepB;
  }
  while (out < whole) {
    v128.store(out, apply(op, operand(repeatA, splatA, a, 0), operand(repeatB, splatB, b, 0)));
    out += 16;
    a += 16 * stepA;
    b += 16 * stepB;
  }
  if (cols & 3) {
    storeTail(out, apply(op, operand(repeatA, splatA, a, 0), operand(repeatB, splatB, b, 0)), cols & 3);
  }
}

/** `mode` 0: both advance along a row; 1: a repeats its first element; 2: b does. */
@inline
function combine(
  op: i32,
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  for (let r = 0; r < rows; r++) {
    if (mode == 0) row(op, out, a, b, cols, false, false);
    else if (mode == 1) row(op, out, a, b, cols, true, false);
    else row(op, out, a, b, cols, false, true);
    out += outRow;
    a += aRow;
    b += bRow;
  }
}

export function addRows(
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  combine(ADD, out, a, b, rows, cols, outRow, aRow, bRow, mode);
}

export function subRows(
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  combine(SUB, out, a, b, rows, cols, outRow, aRow, bRow, mode);
}

export function mulRows(
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  combine(MUL, out, a, b, rows, cols, outRow, aRow, bRow, mode);
}

export function divRows(
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  combine(DIV, out, a, b, rows, cols, outRow, aRow, bRow, mode);
}

export function maximumRows(
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  combine(MAXIMUM, out, a, b, rows, cols, outRow, aRow, bRow, mode);
}

export function minimumRows(
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  combine(MINIMUM, out, a, b, rows, cols, outRow, aRow, bRow, mode);
}

export function reluGradRows(
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  combine(RELU_GRAD, out, a, b, rows, cols, outRow, aRow, bRow, mode);
}

export function sigmoidGradRows(
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  combine(SIGMOID_GRAD, out, a, b, rows, cols, outRow, aRow, bRow, mode);
}

export function tanhGradRows(
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  aRow: i32,
  bRow: i32,
  mode: i32,
): void {
  combine(TANH_GRAD, out, a, b, rows, cols, outRow, aRow, bRow, mode);
}
