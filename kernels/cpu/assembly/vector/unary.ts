/** @file Element-wise functions of one argument. */
import { storeTail } from "./lanes";
import { erfOf, expOf, logOf, one, sigmoidOf, tanhOf } from "../math/float32";

const NEG = 0;
const ABS = 1;
const SIGN = 2;
const SQRT = 3;
const RSQRT = 4;
const RECIPROCAL = 5;
const RELU = 6;
const FLOOR = 7;
const CEIL = 8;
const ROUND = 9;
const TRUNC = 10;
const EXP = 11;
const LOG = 12;
const TANH = 13;
const SIGMOID = 14;
const ERF = 15;

/** `op` is known when this is compiled, so one branch remains. */
@inline
function apply(op: i32, x: v128): v128 {
  if (op == NEG) return f32x4.neg(x);
  if (op == ABS) return f32x4.abs(x);
  if (op == SIGN) {
    const zero = f32x4.splat(0);
    return f32x4.sub(v128.and(f32x4.gt(x, zero), one()), v128.and(f32x4.lt(x, zero), one()));
  }
  if (op == SQRT) return f32x4.sqrt(x);
  if (op == RSQRT) return f32x4.div(one(), f32x4.sqrt(x));
  if (op == RECIPROCAL) return f32x4.div(one(), x);
  // x < 0 ? 0 : x, so NaN stays
  if (op == RELU) return f32x4.pmax(x, f32x4.splat(0));
  if (op == FLOOR) return f32x4.floor(x);
  if (op == CEIL) return f32x4.ceil(x);
  if (op == ROUND) return f32x4.nearest(x);
  if (op == TRUNC) return f32x4.trunc(x);
  if (op == EXP) return expOf(x);
  if (op == LOG) return logOf(x);
  if (op == TANH) return tanhOf(x);
  if (op == SIGMOID) return sigmoidOf(x);
  return erfOf(x);
}

@inline
function map(op: i32, out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  for (let r = 0; r < rows; r++) {
    let o = out;
    let p = x;
    const whole = o + (<usize>(cols & ~3) << 2);
    if (op < EXP) {
      const main = o + (<usize>(cols & ~15) << 2);
      while (o < main) {
        v128.store(o, apply(op, v128.load(p)));
        v128.store(o, apply(op, v128.load(p, 16)), 16);
        v128.store(o, apply(op, v128.load(p, 32)), 32);
        v128.store(o, apply(op, v128.load(p, 48)), 48);
        o += 64;
        p += 64;
      }
    } else {
      const main = o + (<usize>(cols & ~7) << 2);
      while (o < main) {
        const first = apply(op, v128.load(p));
        const second = apply(op, v128.load(p, 16));
        v128.store(o, first);
        v128.store(o, second, 16);
        o += 32;
        p += 32;
      }
    }
    while (o < whole) {
      v128.store(o, apply(op, v128.load(p)));
      o += 16;
      p += 16;
    }
    if (cols & 3) storeTail(o, apply(op, v128.load(p)), cols & 3);
    out += outRow;
    x += xRow;
  }
}

export function negRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(NEG, out, x, rows, cols, outRow, xRow);
}

export function absRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(ABS, out, x, rows, cols, outRow, xRow);
}

export function signRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(SIGN, out, x, rows, cols, outRow, xRow);
}

export function sqrtRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(SQRT, out, x, rows, cols, outRow, xRow);
}

export function rsqrtRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(RSQRT, out, x, rows, cols, outRow, xRow);
}

export function reciprocalRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(RECIPROCAL, out, x, rows, cols, outRow, xRow);
}

export function reluRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(RELU, out, x, rows, cols, outRow, xRow);
}

export function floorRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(FLOOR, out, x, rows, cols, outRow, xRow);
}

export function ceilRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(CEIL, out, x, rows, cols, outRow, xRow);
}

export function roundRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(ROUND, out, x, rows, cols, outRow, xRow);
}

export function truncRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(TRUNC, out, x, rows, cols, outRow, xRow);
}

export function expRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(EXP, out, x, rows, cols, outRow, xRow);
}

export function logRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(LOG, out, x, rows, cols, outRow, xRow);
}

export function tanhRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(TANH, out, x, rows, cols, outRow, xRow);
}

export function sigmoidRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(SIGMOID, out, x, rows, cols, outRow, xRow);
}

export function erfRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  map(ERF, out, x, rows, cols, outRow, xRow);
}

/** min(max(x, low), high); NaN stays. */
export function clampRows(
  out: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  xRow: i32,
  low: f32,
  high: f32,
): void {
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  for (let r = 0; r < rows; r++) {
    let o = out;
    let p = x;
    const whole = o + (<usize>(cols & ~3) << 2);
    while (o < whole) {
      v128.store(o, f32x4.pmin(f32x4.pmax(v128.load(p), lows), highs));
      o += 16;
      p += 16;
    }
    if (cols & 3) storeTail(o, f32x4.pmin(f32x4.pmax(v128.load(p), lows), highs), cols & 3);
    out += outRow;
    x += xRow;
  }
}
