/**
 * @file Max pooling with kernel 2×2 and stride 2, and its gradient.
 *
 * There are `rows` × `cols` squares in each of `planes` planes. A plane may have a row and a column more, which belong to
 * no square.
 */

/** The first, third, … element of two neighbouring vectors. */
@inline
function evens(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}

@inline
function odds(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 1, 3, 5, 7);
}

/** The largest elements of four squares. NaN is larger than all. */
@inline
function largest4(x: usize, below: usize): v128 {
  const left = f32x4.max(v128.load(x), v128.load(below));
  const right = f32x4.max(v128.load(x, 16), v128.load(below, 16));
  return f32x4.max(evens(left, right), odds(left, right));
}

export function maxPool2x2(out: usize, x: usize, planes: i32, height: i32, width: i32, rows: i32, cols: i32): void {
  const line = <usize>width << 2;
  const whole = cols & ~3;
  for (let plane = 0; plane < planes; plane++) {
    for (let r = 0; r < rows; r++) {
      let p = x + 2 * <usize>r * line;
      for (let c = 0; c < whole; c += 4, p += 32, out += 16) v128.store(out, largest4(p, p + line));
      for (let c = whole; c < cols; c++, p += 8, out += 4) {
        const pairs = f32x4.max(v128.load64_zero(p), v128.load64_zero(p + line));
        store<f32>(out, max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1)));
      }
    }
    x += <usize>height * line;
  }
}

/** Where the gradient of one square goes: to its first largest element, or to its last NaN. */
@inline
function one(out: usize, outBelow: usize, g: f32, x: usize, below: usize): void {
  const a = load<f32>(x);
  const b = load<f32>(x, 4);
  const c = load<f32>(below);
  const d = load<f32>(below, 4);
  let at = 0;
  let best = a;
  if (b > best || b != b) {
    best = b;
    at = 1;
  }
  if (c > best || c != c) {
    best = c;
    at = 2;
  }
  if (d > best || d != d) at = 3;
  store<f32>(out, at === 0 ? g : 0);
  store<f32>(out, at === 1 ? g : 0, 4);
  store<f32>(outBelow, at === 2 ? g : 0);
  store<f32>(outBelow, at === 3 ? g : 0, 4);
}

/** Writes the whole of `out`: the gradients, and 0 elsewhere. */
export function maxPool2x2Grad(
  out: usize,
  grad: usize,
  x: usize,
  planes: i32,
  height: i32,
  width: i32,
  rows: i32,
  cols: i32,
): void {
  const line = <usize>width << 2;
  const whole = cols & ~3;
  for (let plane = 0; plane < planes; plane++) {
    for (let r = 0; r < rows; r++) {
      let p = x + 2 * <usize>r * line;
      let o = out + 2 * <usize>r * line;
      const end = o + line;
      for (let c = 0; c < whole; c += 4, p += 32, o += 32, grad += 16) {
        four(o, o + line, v128.load(grad), p, p + line);
      }
      for (let c = whole; c < cols; c++, p += 8, o += 8, grad += 4) one(o, o + line, load<f32>(grad), p, p + line);
      if (o < end) {
        memory.fill(o, 0, end - o);
        memory.fill(o + line, 0, end - o);
      }
    }
    const done = 2 * <usize>rows * line;
    memory.fill(out + done, 0, <usize>height * line - done);
    x += <usize>height * line;
    out += <usize>height * line;
  }
}

/** As {@link one} for four squares. */
@inline
function four(out: usize, outBelow: usize, g: v128, x: usize, below: usize): void {
  const p = v128.load(x);
  const q = v128.load(x, 16);
  const s = v128.load(below);
  const t = v128.load(below, 16);
  const a = evens(p, q);
  const b = odds(p, q);
  const c = evens(s, t);
  const d = odds(s, t);
  const best = f32x4.max(f32x4.max(a, b), f32x4.max(c, d));
  if (v128.any_true(f32x4.ne(best, best))) {
    one(out, outBelow, f32x4.extract_lane(g, 0), x, below);
    one(out + 8, outBelow + 8, f32x4.extract_lane(g, 1), x + 8, below + 8);
    one(out + 16, outBelow + 16, f32x4.extract_lane(g, 2), x + 16, below + 16);
    one(out + 24, outBelow + 24, f32x4.extract_lane(g, 3), x + 24, below + 24);
    return;
  }
  const isA = f32x4.eq(a, best);
  const isB = v128.andnot(f32x4.eq(b, best), isA);
  const found = v128.or(isA, isB);
  const isC = v128.andnot(f32x4.eq(c, best), found);
  const isD = v128.not(v128.or(found, isC));
  const ga = v128.and(g, isA);
  const gb = v128.and(g, isB);
  const gc = v128.and(g, isC);
  const gd = v128.and(g, isD);
  v128.store(out, v128.shuffle<i32>(ga, gb, 0, 4, 1, 5));
  v128.store(out, v128.shuffle<i32>(ga, gb, 2, 6, 3, 7), 16);
  v128.store(outBelow, v128.shuffle<i32>(gc, gd, 0, 4, 1, 5));
  v128.store(outBelow, v128.shuffle<i32>(gc, gd, 2, 6, 3, 7), 16);
}
