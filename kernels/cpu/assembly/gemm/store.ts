/** @file The last step of a matmul tile: bias, accumulation and ReLU on the way from registers to memory. */

/** Flag: add to C instead of overwriting it. */
export const ACCUMULATE: i32 = 1;
/** Flag: store max(0, ·). */
export const RELU: i32 = 2;

// pmax(x, 0) is x unless x < 0, so NaN stays NaN, and it is a single instruction.
@inline
function relu(v: v128): v128 {
  return f32x4.pmax(v, f32x4.splat(0));
}

/** The first 1 to 3 floats at an address, then zeros; the bytes behind may be beyond the memory's end. */
export function loadPart(p: usize, count: i32): v128 {
  if (count == 1) return v128.load32_zero(p);
  const pair = v128.load64_zero(p);
  return count == 2 ? pair : v128.load32_lane(p, pair, 2, 8);
}

function storePart(p: usize, v: v128, count: i32): void {
  if (count == 1) {
    v128.store32_lane(p, v, 0);
  } else {
    v128.store64_lane(p, v, 0);
    if (count == 3) v128.store32_lane(p, v, 2, 8);
  }
}

/** Four columns of a row. `bias` is the address of their four biases, or 0. */
@inline
export function store4(c: usize, v: v128, bias: usize, flags: i32): void {
  if (bias) v = f32x4.add(v, v128.load(bias));
  if (flags & ACCUMULATE) v = f32x4.add(v, v128.load(c));
  if (flags & RELU) v = relu(v);
  v128.store(c, v);
}

/** Eight columns of a row. */
@inline
export function store8(c: usize, v0: v128, v1: v128, bias: usize, flags: i32): void {
  if (bias) {
    v0 = f32x4.add(v0, v128.load(bias));
    v1 = f32x4.add(v1, v128.load(bias, 16));
  }
  if (flags & ACCUMULATE) {
    v0 = f32x4.add(v0, v128.load(c));
    v1 = f32x4.add(v1, v128.load(c, 16));
  }
  if (flags & RELU) {
    v0 = relu(v0);
    v1 = relu(v1);
  }
  v128.store(c, v0);
  v128.store(c, v1, 16);
}

/** The first `cols` (1 to 8) columns of a row. */
export function storeSome(c: usize, v0: v128, v1: v128, cols: i32, bias: usize, flags: i32): void {
  if (cols >= 4) {
    store4(c, v0, bias, flags);
    if (cols == 4) return;
    c += 16;
    bias = bias ? bias + 16 : 0;
    cols -= 4;
    v0 = v1;
    if (cols == 4) {
      store4(c, v0, bias, flags);
      return;
    }
  }
  if (bias) v0 = f32x4.add(v0, loadPart(bias, cols));
  if (flags & ACCUMULATE) v0 = f32x4.add(v0, loadPart(c, cols));
  if (flags & RELU) v0 = relu(v0);
  storePart(c, v0, cols);
}

/** One element. */
@inline
export function store1(c: usize, v: f32, bias: usize, flags: i32): void {
  if (bias) v += load<f32>(bias);
  if (flags & ACCUMULATE) v += load<f32>(c);
  if (flags & RELU) v = v < 0 ? 0 : v;
  store<f32>(c, v);
}
