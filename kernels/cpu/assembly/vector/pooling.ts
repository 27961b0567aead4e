/**
 * @file Max and average pooling with windows of every size, and their gradients, for float32 and float64.
 *
 * Windows are given by two tables of i32, one for the rows of a plane and one for its columns: where each window begins
 * and ends inside the plane. Elements of a window are `gapDown` (`gapAcross`) apart. A row of windows is pooled down the
 * columns first, a vector of them at a time, into a line; then windows are pooled along that line. Where windows follow
 * each other in steps of one size, that too is done a vector at a time: `step` is that size, and else 0. The first of
 * them begins `before` columns before the plane, and has `kernel` columns. `across` and `down` count windows. `line` is
 * scratch memory for a row of a plane and what the windows reach around it.
 */

/** Lanes of a vector. */
@inline
function lanes<T>(): i32 {
  return <i32>(16 / sizeof<T>());
}

@inline
function bytes<T>(elements: i32): usize {
  return <usize>elements * sizeof<T>();
}

/** The first, third, … element of two neighbouring vectors. */
@inline
function evens<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 8 ? v128.shuffle<i64>(a, b, 0, 2) : v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}

/** The lower half of a vector, with a zero behind each element. */
@inline
function spreadLow<T>(v: v128): v128 {
  const zero = i32x4.splat(0);
  return sizeof<T>() == 8 ? v128.shuffle<i64>(v, zero, 0, 2) : v128.shuffle<i32>(v, zero, 0, 4, 1, 5);
}

@inline
function spreadHigh<T>(v: v128): v128 {
  const zero = i32x4.splat(0);
  return sizeof<T>() == 8 ? v128.shuffle<i64>(v, zero, 1, 3) : v128.shuffle<i32>(v, zero, 2, 6, 3, 7);
}

/** Elements that lie `step` apart. In steps of 2, one more is read. */
@inline
function stepped<T>(p: usize, step: i32): v128 {
  if (step == 1) return v128.load(p);
  if (step == 2) return evens<T>(v128.load(p), v128.load(p, 16));
  const next = bytes<T>(step);
  if (sizeof<T>() == 8) return v128.load64_lane(p + next, v128.load64_zero(p), 1);
  const pair = v128.load32_lane(p + next, v128.load32_zero(p), 1);
  return v128.load32_lane(p + 3 * next, v128.load32_lane(p + 2 * next, pair, 2), 3);
}

/** One element in the first lane, where the engine's maximum of scalars would branch. */
@inline
function loadOne<T>(p: usize): v128 {
  return sizeof<T>() == 8 ? v128.load64_zero(p) : v128.load32_zero(p);
}

@inline
function storeOne<T>(p: usize, v: v128): void {
  if (sizeof<T>() == 8) v128.store64_lane(p, v, 0);
  else v128.store32_lane(p, v, 0);
}

/** What pooling begins with, and how it goes on: the largest element, or the sum. */
@inline
function pooled<T>(isMax: bool, a: v128, b: v128): v128 {
  return isMax ? v128.max<T>(a, b) : v128.add<T>(a, b);
}

@inline
function identity<T>(isMax: bool): T {
  return isMax ? <T>-Infinity : <T>0;
}

@inline
function fill<T>(p: usize, end: usize, value: T): void {
  for (; p < end; p += sizeof<T>()) store<T>(p, value);
}

/** Rows of a plane from `top` on, pooled into one of `width` elements. */
@inline
function poolDown<T>(isMax: bool, to: usize, x: usize, width: i32, top: i32, bottom: i32, gap: i32): void {
  const row = bytes<T>(width);
  const first = x + <usize>top * row;
  const end = x + <usize>bottom * row;
  const next = <usize>gap * row;
  const whole = bytes<T>(width & -lanes<T>());
  let at: usize = 0;
  for (; at < whole; at += 16) {
    let v = v128.load(first + at);
    for (let p = first + next + at; p < end + at; p += next) v = pooled<T>(isMax, v, v128.load(p));
    v128.store(to + at, v);
  }
  for (; at < row; at += sizeof<T>()) {
    let v = loadOne<T>(first + at);
    for (let p = first + next + at; p < end + at; p += next) v = pooled<T>(isMax, v, loadOne<T>(p));
    storeOne<T>(to + at, v);
  }
}

/**
 * Windows along a line whose column 0 is at `line`; what the windows reach before and behind it must be there. In steps
 * of 2, one element more than they reach is read.
 */
@inline
function poolAcross<T>(
  isMax: bool, step: i32, to: usize, line: usize, across: i32, kernel: i32, gap: i32, before: i32,
): i32 {
  const whole = across & -lanes<T>();
  const next = bytes<T>(gap);
  const size = <usize>kernel * next;
  let p = line - bytes<T>(before);
  for (let c = 0; c < whole; c += lanes<T>(), to += 16, p += <usize>step << 4) {
    let v = stepped<T>(p, step);
    for (let at = next; at < size; at += next) v = pooled<T>(isMax, v, stepped<T>(p + at, step));
    v128.store(to, v);
  }
  return whole;
}

/** Pools one row of windows of a plane, from column `c` of them on one by one. */
@inline
function poolRow<T>(
  isMax: bool, to: usize, x: usize, width: i32, top: i32, bottom: i32, gapDown: i32, columns: usize, across: i32,
  gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize, margin: usize,
): void {
  // With one row and nothing around it the line is the row itself.
  let from = x + bytes<T>(width) * <usize>top;
  if (bottom - top > gapDown || margin > 0) {
    from = line + bytes<T>(before);
    poolDown<T>(isMax, from, x, width, top, bottom, gapDown);
    if (margin > 0) fill<T>(from + bytes<T>(width), from + bytes<T>(width) + margin, identity<T>(isMax));
  }
  let c = 0;
  if (step == 1) c = poolAcross<T>(isMax, 1, to, from, across, kernel, gapAcross, before);
  else if (step == 2) c = poolAcross<T>(isMax, 2, to, from, across, kernel, gapAcross, before);
  else if (step > 2) c = poolAcross<T>(isMax, step, to, from, across, kernel, gapAcross, before);
  const next = bytes<T>(gapAcross);
  to += bytes<T>(c);
  for (columns += <usize>c << 3; c < across; c++, columns += 8, to += sizeof<T>()) {
    let p = from + bytes<T>(load<i32>(columns));
    const end = from + bytes<T>(load<i32>(columns, 4));
    let v = loadOne<T>(p);
    for (p += next; p < end; p += next) v = pooled<T>(isMax, v, loadOne<T>(p));
    storeOne<T>(to, v);
  }
}

function maxRow<T>(
  to: usize, x: usize, width: i32, top: i32, bottom: i32, gapDown: i32, columns: usize, across: i32, gapAcross: i32,
  step: i32, before: i32, kernel: i32, line: usize, margin: usize,
): void {
  poolRow<T>(
    true, to, x, width, top, bottom, gapDown, columns, across, gapAcross, step, before, kernel, line, margin,
  );
}

function sumRow<T>(
  to: usize, x: usize, width: i32, top: i32, bottom: i32, gapDown: i32, columns: usize, across: i32, gapAcross: i32,
  step: i32, before: i32, kernel: i32, line: usize, margin: usize,
): void {
  poolRow<T>(
    false, to, x, width, top, bottom, gapDown, columns, across, gapAcross, step, before, kernel, line, margin,
  );
}

/** Bytes around a line that windows in steps reach: before it, and behind it as the last whole vector of them does. */
@inline
function marginOf<T>(width: i32, across: i32, gap: i32, step: i32, before: i32, kernel: i32): usize {
  if (step == 0) return 0;
  const behind = (across - 1) * step - before + (kernel - 1) * gap + step - width;
  return bytes<T>(max(behind, before > 0 ? 1 : 0));
}

@inline
function maxPool<T>(
  out: usize, x: usize, planes: i32, height: i32, width: i32, rows: usize, down: i32, gapDown: i32, columns: usize,
  across: i32, gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize,
): void {
  const margin = marginOf<T>(width, across, gapAcross, step, before, kernel);
  if (step != 0) fill<T>(line, line + bytes<T>(before), identity<T>(true));
  for (let plane = 0; plane < planes; plane++) {
    for (let r = 0; r < down; r++, out += bytes<T>(across)) {
      const row = rows + (<usize>r << 3);
      maxRow<T>(
        out, x, width, load<i32>(row), load<i32>(row, 4), gapDown, columns, across, gapAcross, step, before,
        kernel, line, margin,
      );
    }
    x += bytes<T>(height * width);
  }
}

/** The largest element of every window. */
export function maxPool_f32(
  out: usize, x: usize, planes: i32, height: i32, width: i32, rows: usize, down: i32, gapDown: i32, columns: usize,
  across: i32, gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize,
): void {
  maxPool<f32>(
    out, x, planes, height, width, rows, down, gapDown, columns, across, gapAcross, step, before, kernel, line,
  );
}

export function maxPool_f64(
  out: usize, x: usize, planes: i32, height: i32, width: i32, rows: usize, down: i32, gapDown: i32, columns: usize,
  across: i32, gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize,
): void {
  maxPool<f64>(
    out, x, planes, height, width, rows, down, gapDown, columns, across, gapAcross, step, before, kernel, line,
  );
}

/** Where in its plane the last NaN of a window lies; it must have one. */
function lastNaN<T>(
  x: usize, width: i32, top: i32, bottom: i32, gapDown: i32, left: i32, right: i32, gapAcross: i32,
): i32 {
  let found = 0;
  for (let i = top; i < bottom; i += gapDown) {
    for (let j = left; j < right; j += gapAcross) {
      const value = load<T>(x + bytes<T>(i * width + j));
      if (value != value) found = i * width + j;
    }
  }
  return found;
}

/** Where in its plane the first element of a window lies that is `largest`, or its last NaN if there is none. */
@inline
function largestAt<T>(
  x: usize, largest: T, width: i32, top: i32, bottom: i32, gapDown: i32, left: i32, right: i32, gapAcross: i32,
): i32 {
  for (let i = top; i < bottom; i += gapDown) {
    const row = i * width;
    let j = left;
    if (gapAcross == 1) {
      const wanted = v128.splat<T>(largest);
      for (; j <= right - lanes<T>(); j += lanes<T>()) {
        if (v128.any_true(v128.eq<T>(v128.load(x + bytes<T>(row + j)), wanted))) break;
      }
    }
    for (; j < right; j += gapAcross) if (load<T>(x + bytes<T>(row + j)) == largest) return row + j;
  }
  return lastNaN<T>(x, width, top, bottom, gapDown, left, right, gapAcross);
}

/**
 * Where in their plane the largest elements of a row of windows lie, one after the other at `to`, as i32 in slots of the
 * dtype's size. Windows of which every element lies inside are searched a vector of them at a time.
 */
function largestOfRow<T>(
  to: usize, x: usize, largest: usize, width: i32, top: i32, bottom: i32, gapDown: i32, columns: usize, across: i32,
  gapAcross: i32, step: i32, before: i32, kernel: i32,
): void {
  let first = across;
  let end = across;
  if (step != 0) {
    first = (before + step - 1) / step;
    end = min(across, (width - 1 - (kernel - 1) * gapAcross + before) / step + 1);
    if (end - first < lanes<T>()) {
      first = across;
      end = across;
    }
  }
  for (let c = 0; c < across; c++) {
    if (c == first) {
      // The last vector may overlap the one before it.
      for (let at = first; at < end; at += lanes<T>()) {
        const start = min(at, end - lanes<T>());
        const from = start * step - before;
        let found = i32x4.splat(-1);
        for (let i = bottom - 1 - ((bottom - 1 - top) % gapDown); i >= top; i -= gapDown) {
          for (let j = (kernel - 1) * gapAcross; j >= 0; j -= gapAcross) {
            const p = x + bytes<T>(i * width + from + j);
            const isLargest = v128.eq<T>(
              stepped<T>(p, step), v128.load(largest + bytes<T>(start)),
            );
            const here = sizeof<T>() == 8 ? i64x2.splat(i * width + j) : i32x4.splat(i * width + j);
            found = v128.bitselect(here, found, isLargest);
          }
        }
        v128.store(to + bytes<T>(start), found);
      }
      for (; c < end; c++) {
        const slot = to + bytes<T>(c);
        const left = c * step - before;
        const found = load<i32>(slot);
        store<i32>(
          slot,
          found < 0
            ? lastNaN<T>(x, width, top, bottom, gapDown, left, left + (kernel - 1) * gapAcross + 1, gapAcross)
            : found + left,
        );
      }
      if (c == across) return;
    }
    const column = columns + (<usize>c << 3);
    store<i32>(
      to + bytes<T>(c),
      largestAt<T>(
        x, load<T>(largest + bytes<T>(c)), width, top, bottom, gapDown, load<i32>(column), load<i32>(column, 4),
        gapAcross,
      ),
    );
  }
}

@inline
function maxPoolIndices<T>(
  out: usize, x: usize, planes: i32, height: i32, width: i32, rows: usize, down: i32, gapDown: i32, columns: usize,
  across: i32, gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize, largest: usize,
): void {
  const margin = marginOf<T>(width, across, gapAcross, step, before, kernel);
  const places = largest + ((bytes<T>(across) + 15) & ~15);
  if (step != 0) fill<T>(line, line + bytes<T>(before), identity<T>(true));
  for (let plane = 0; plane < planes; plane++, x += bytes<T>(height * width)) {
    for (let r = 0; r < down; r++) {
      const top = load<i32>(rows + (<usize>r << 3));
      const bottom = load<i32>(rows + (<usize>r << 3), 4);
      maxRow<T>(
        largest, x, width, top, bottom, gapDown, columns, across, gapAcross, step, before, kernel, line, margin,
      );
      largestOfRow<T>(
        places, x, largest, width, top, bottom, gapDown, columns, across, gapAcross, step, before, kernel,
      );
      for (let c = 0; c < across; c++, out += 4) store<i32>(out, load<i32>(places + bytes<T>(c)));
    }
  }
}

/**
 * Where in its plane the largest element of every window lies, i32: the first of them, or the last NaN. `largest` is
 * scratch memory of twice as many elements as a row has windows, each filled up to whole vectors.
 */
export function maxPoolIndices_f32(
  out: usize, x: usize, planes: i32, height: i32, width: i32, rows: usize, down: i32, gapDown: i32, columns: usize,
  across: i32, gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize, largest: usize,
): void {
  maxPoolIndices<f32>(
    out, x, planes, height, width, rows, down, gapDown, columns, across, gapAcross, step, before, kernel, line, largest,
  );
}

export function maxPoolIndices_f64(
  out: usize, x: usize, planes: i32, height: i32, width: i32, rows: usize, down: i32, gapDown: i32, columns: usize,
  across: i32, gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize, largest: usize,
): void {
  maxPoolIndices<f64>(
    out, x, planes, height, width, rows, down, gapDown, columns, across, gapAcross, step, before, kernel, line, largest,
  );
}

@inline
function maxPoolGrad<T>(
  out: usize, grad: usize, x: usize, planes: i32, height: i32, width: i32, rows: usize, down: i32, gapDown: i32,
  columns: usize, across: i32, gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize, largest: usize,
): void {
  const margin = marginOf<T>(width, across, gapAcross, step, before, kernel);
  const places = largest + ((bytes<T>(across) + 15) & ~15);
  const size = bytes<T>(height * width);
  if (step != 0) fill<T>(line, line + bytes<T>(before), identity<T>(true));
  for (let plane = 0; plane < planes; plane++, out += size, x += size) {
    memory.fill(out, 0, size);
    for (let r = 0; r < down; r++) {
      const top = load<i32>(rows + (<usize>r << 3));
      const bottom = load<i32>(rows + (<usize>r << 3), 4);
      maxRow<T>(
        largest, x, width, top, bottom, gapDown, columns, across, gapAcross, step, before, kernel, line, margin,
      );
      largestOfRow<T>(
        places, x, largest, width, top, bottom, gapDown, columns, across, gapAcross, step, before, kernel,
      );
      for (let c = 0; c < across; c++, grad += sizeof<T>()) {
        const to = out + bytes<T>(load<i32>(places + bytes<T>(c)));
        store<T>(to, <T>(load<T>(to) + load<T>(grad)));
      }
    }
  }
}

/** Adds every gradient to the largest element of its window, and writes 0 elsewhere. `largest` as in the indices. */
export function maxPoolGrad_f32(
  out: usize, grad: usize, x: usize, planes: i32, height: i32, width: i32, rows: usize, down: i32, gapDown: i32,
  columns: usize, across: i32, gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize, largest: usize,
): void {
  maxPoolGrad<f32>(
    out, grad, x, planes, height, width, rows, down, gapDown, columns, across, gapAcross, step, before, kernel, line,
    largest,
  );
}

export function maxPoolGrad_f64(
  out: usize, grad: usize, x: usize, planes: i32, height: i32, width: i32, rows: usize, down: i32, gapDown: i32,
  columns: usize, across: i32, gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize, largest: usize,
): void {
  maxPoolGrad<f64>(
    out, grad, x, planes, height, width, rows, down, gapDown, columns, across, gapAcross, step, before, kernel, line,
    largest,
  );
}

/** to[c] = from[c] / (row · columns[c]). */
@inline
function divideRow<T>(to: usize, from: usize, n: i32, row: T, columns: usize): void {
  const whole = bytes<T>(n & -lanes<T>());
  const end = bytes<T>(n);
  let at: usize = 0;
  for (; at < whole; at += 16) {
    const divisor = v128.mul<T>(v128.splat<T>(row), v128.load(columns + at));
    v128.store(to + at, v128.div<T>(v128.load(from + at), divisor));
  }
  for (; at < end; at += sizeof<T>()) {
    store<T>(to + at, <T>(load<T>(from + at) / <T>(row * load<T>(columns + at))));
  }
}

@inline
function avgPool<T>(
  out: usize, x: usize, planes: i32, height: i32, width: i32, rows: usize, down: i32, gapDown: i32, columns: usize,
  across: i32, gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize, divisors: usize,
): void {
  const margin = marginOf<T>(width, across, gapAcross, step, before, kernel);
  const acrossDivisors = divisors + bytes<T>(down);
  if (step != 0) fill<T>(line, line + bytes<T>(before), identity<T>(false));
  for (let plane = 0; plane < planes; plane++) {
    for (let r = 0; r < down; r++, out += bytes<T>(across)) {
      const row = rows + (<usize>r << 3);
      sumRow<T>(
        out, x, width, load<i32>(row), load<i32>(row, 4), gapDown, columns, across, gapAcross, step, before,
        kernel, line, margin,
      );
      divideRow<T>(out, out, across, load<T>(divisors + bytes<T>(r)), acrossDivisors);
    }
    x += bytes<T>(height * width);
  }
}

/**
 * The sum of every window, divided by the product of the divisors of its row and of its column: `divisors` has `down`
 * elements, then `across`.
 */
export function avgPool_f32(
  out: usize, x: usize, planes: i32, height: i32, width: i32, rows: usize, down: i32, gapDown: i32, columns: usize,
  across: i32, gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize, divisors: usize,
): void {
  avgPool<f32>(
    out, x, planes, height, width, rows, down, gapDown, columns, across, gapAcross, step, before, kernel, line,
    divisors,
  );
}

export function avgPool_f64(
  out: usize, x: usize, planes: i32, height: i32, width: i32, rows: usize, down: i32, gapDown: i32, columns: usize,
  across: i32, gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize, divisors: usize,
): void {
  avgPool<f64>(
    out, x, planes, height, width, rows, down, gapDown, columns, across, gapAcross, step, before, kernel, line,
    divisors,
  );
}

/** Adds elements of a row of windows to a line, in steps of 1 or 2; gives how many were whole vectors. */
@inline
function addAcross<T>(step: i32, to: usize, from: usize, n: i32): i32 {
  const whole = n & -lanes<T>();
  for (let c = 0; c < whole; c += lanes<T>(), from += 16, to += <usize>step << 4) {
    const v = v128.load(from);
    if (step == 1) {
      v128.store(to, v128.add<T>(v128.load(to), v));
    } else {
      v128.store(to, v128.add<T>(v128.load(to), spreadLow<T>(v)));
      v128.store(to, v128.add<T>(v128.load(to, 16), spreadHigh<T>(v)), 16);
    }
  }
  return whole;
}

/** Adds (or, where nothing has been written yet, copies) a line to a row. */
@inline
function addLine<T>(isFirst: bool, to: usize, line: usize, width: i32): void {
  const whole = bytes<T>(width & -lanes<T>());
  const end = bytes<T>(width);
  let at: usize = 0;
  if (isFirst) {
    for (; at < whole; at += 16) v128.store(to + at, v128.load(line + at));
    for (; at < end; at += sizeof<T>()) store<T>(to + at, load<T>(line + at));
  } else {
    for (; at < whole; at += 16) v128.store(to + at, v128.add<T>(v128.load(to + at), v128.load(line + at)));
    for (; at < end; at += sizeof<T>()) store<T>(to + at, <T>(load<T>(to + at) + load<T>(line + at)));
  }
}

@inline
function avgPoolGrad<T>(
  out: usize, grad: usize, planes: i32, height: i32, width: i32, rows: usize, down: i32, gapDown: i32, columns: usize,
  across: i32, gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize, shares: usize, divisors: usize,
): void {
  const acrossDivisors = divisors + bytes<T>(down);
  const row = bytes<T>(width);
  const size = <usize>height * row;
  const from = line + bytes<T>(before);
  const margin = marginOf<T>(width, across, gapAcross, step, before, kernel);
  const next = bytes<T>(gapAcross);
  for (let plane = 0; plane < planes; plane++, out += size) {
    // Rows above `written` hold what they got already; rows of windows come in order.
    let written = gapDown == 1 ? 0 : height;
    if (gapDown != 1) memory.fill(out, 0, size);
    for (let r = 0; r < down; r++, grad += bytes<T>(across)) {
      divideRow<T>(shares, grad, across, load<T>(divisors + bytes<T>(r)), acrossDivisors);
      memory.fill(line, 0, bytes<T>(before) + row + margin);
      if (step == 0) {
        for (let c = 0; c < across; c++) {
          const column = columns + (<usize>c << 3);
          const share = load<T>(shares + bytes<T>(c));
          const end = from + bytes<T>(load<i32>(column, 4));
          for (let p = from + bytes<T>(load<i32>(column)); p < end; p += next) store<T>(p, <T>(load<T>(p) + share));
        }
      } else {
        for (let j = 0; j < kernel; j++) {
          let to = line + bytes<T>(j * gapAcross);
          let c = 0;
          if (step == 1) c = addAcross<T>(1, to, shares, across);
          else if (step == 2) c = addAcross<T>(2, to, shares, across);
          to += bytes<T>(c * step);
          for (; c < across; c++, to += bytes<T>(step)) store<T>(to, <T>(load<T>(to) + load<T>(shares + bytes<T>(c))));
        }
      }
      const top = load<i32>(rows + (<usize>r << 3));
      const bottom = load<i32>(rows + (<usize>r << 3), 4);
      if (top > written) {
        memory.fill(out + <usize>written * row, 0, <usize>(top - written) * row);
        written = top;
      }
      for (let i = top; i < bottom; i += gapDown) {
        if (i >= written) addLine<T>(true, out + <usize>i * row, from, width);
        else addLine<T>(false, out + <usize>i * row, from, width);
      }
      written = max(written, bottom);
    }
    if (written < height) memory.fill(out + <usize>written * row, 0, <usize>(height - written) * row);
  }
}

/**
 * Adds every gradient, divided as in `avgPool_f32`, to all elements of its window, and writes 0 elsewhere. `shares` is
 * scratch memory of as many elements as a row has windows.
 */
export function avgPoolGrad_f32(
  out: usize, grad: usize, planes: i32, height: i32, width: i32, rows: usize, down: i32, gapDown: i32, columns: usize,
  across: i32, gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize, shares: usize, divisors: usize,
): void {
  avgPoolGrad<f32>(
    out, grad, planes, height, width, rows, down, gapDown, columns, across, gapAcross, step, before, kernel, line,
    shares, divisors,
  );
}

export function avgPoolGrad_f64(
  out: usize, grad: usize, planes: i32, height: i32, width: i32, rows: usize, down: i32, gapDown: i32, columns: usize,
  across: i32, gapAcross: i32, step: i32, before: i32, kernel: i32, line: usize, shares: usize, divisors: usize,
): void {
  avgPoolGrad<f64>(
    out, grad, planes, height, width, rows, down, gapDown, columns, across, gapAcross, step, before, kernel, line,
    shares, divisors,
  );
}
