/** @file What all tiles share: the multiply-add, and the way from registers to C with bias, accumulation and ReLU. */

/** Flag: add to C instead of overwriting it. */
export const ACCUMULATE: i32 = 1;
/** Flag: store max(0, ·). */
export const RELU: i32 = 2;

/** a·b + c. The plain build rounds twice. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

// pmax(x, 0) is x unless x < 0, so NaN stays NaN, and it is a single instruction.
@inline
function relu(v: v128): v128 {
  return f32x4.pmax(v, f32x4.splat(0));
}

/** What the sums of a tile of 8 columns start with. Narrower ones get their bias in {@link storeSome}. */
@inline
export function biasAt(bias: usize, offset: usize, cols: i32): v128 {
  return bias && cols == 8 ? v128.load(bias + offset) : f32x4.splat(0);
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

/** Eight columns of a row. */
@inline
export function store8(c: usize, v0: v128, v1: v128, flags: i32): void {
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

/** Four columns of a row. */
@inline
export function store4(c: usize, v: v128, flags: i32): void {
  if (flags & ACCUMULATE) v = f32x4.add(v, v128.load(c));
  if (flags & RELU) v = relu(v);
  v128.store(c, v);
}

/** Two columns of a row, the first lanes of `v`. */
@inline
export function store2(c: usize, v: v128, flags: i32): void {
  if (flags & ACCUMULATE) v = f32x4.add(v, v128.load64_zero(c));
  if (flags & RELU) v = relu(v);
  v128.store64_lane(c, v, 0);
}

/** One element. */
@inline
export function store1(c: usize, v: f32, bias: usize, flags: i32): void {
  if (bias) v += load<f32>(bias);
  if (flags & ACCUMULATE) v += load<f32>(c);
  if (flags & RELU) v = v < 0 ? 0 : v;
  store<f32>(c, v);
}

/** The first `cols` (1 to 8) columns of a row, with their biases. */
export function storeSome(c: usize, v0: v128, v1: v128, cols: i32, bias: usize, flags: i32): void {
  while (cols >= 4) {
    store4(c, bias ? f32x4.add(v0, v128.load(bias)) : v0, flags);
    cols -= 4;
    if (cols == 0) return;
    c += 16;
    if (bias) bias += 16;
    v0 = v1;
  }
  if (bias) v0 = f32x4.add(v0, loadPart(bias, cols));
  if (flags & ACCUMULATE) v0 = f32x4.add(v0, loadPart(c, cols));
  if (flags & RELU) v0 = relu(v0);
  storePart(c, v0, cols);
}

/** Stores the first `lanes` lanes of 4 to 6 vectors, each as a row of C. */
@inline
export function storeColumns(
  cols: i32, c: usize, ldc: usize, lanes: i32, v0: v128, v1: v128, v2: v128, v3: v128, v4: v128, v5: v128, flags: i32,
): void {
  const low01 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
  const low45 = v128.shuffle<f32>(v4, v5, 0, 4, 1, 5);
  storeRow(cols, c, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5), low45, flags);
  if (lanes == 1) return;
  const next = v128.shuffle<f32>(low45, low45, 2, 3, 2, 3);
  storeRow(cols, c + ldc, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), next, flags);
  if (lanes == 2) return;
  const high01 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
  const high45 = v128.shuffle<f32>(v4, v5, 2, 6, 3, 7);
  storeRow(cols, c + 2 * ldc, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), high45, flags);
  if (lanes == 3) return;
  const last = v128.shuffle<f32>(high45, high45, 2, 3, 2, 3);
  storeRow(cols, c + 3 * ldc, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), last, flags);
}

/** Stores four elements and the one or two behind them. */
@inline
function storeRow(cols: i32, c: usize, v: v128, rest: v128, flags: i32): void {
  store4(c, v, flags);
  if (cols == 6) store2(c + 16, rest, flags);
  else if (cols == 5) store1(c + 16, f32x4.extract_lane(rest, 0), 0, flags);
}
