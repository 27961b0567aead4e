/** @file Positions in sorted sequences, and the longest runs of equal elements. */

/** Places of values in an ascending sequence: before equal ones, or behind them. NaN is behind all. */
@inline
function searchRow<T>(out: usize, list: usize, width: i32, values: usize, count: i32, right: bool): void {
  for (const end = out + (<usize>count << 2); out < end; out += 4, values += sizeof<T>()) {
    const value = load<T>(values);
    let low = 0;
    let size = width;
    while (size > 0) {
      const half = size >>> 1;
      const at = load<T>(list + <usize>(low + half) * sizeof<T>());
      // By what is not true of NaN, which goes to the end.
      const isBehind = right ? !(at > value) : !(at >= value);
      low = isBehind ? low + half + 1 : low;
      size = isBehind ? size - half - 1 : half;
    }
    store<i32>(out, low);
  }
}

@inline
function searchSorted<T>(
  out: usize, list: usize, width: i32, values: usize, first: i32, count: i32, rowLength: i32, step: usize, right: i32,
): void {
  for (let at = first, left = count; left > 0; ) {
    const row = at / rowLength;
    const some = min(left, (row + 1) * rowLength - at);
    const to = out + (<usize>at << 2);
    const from = values + <usize>at * sizeof<T>();
    if (right) searchRow<T>(to, list + <usize>row * step, width, from, some, true);
    else searchRow<T>(to, list + <usize>row * step, width, from, some, false);
    at += some;
    left -= some;
  }
}

@inline
function longestRun<T>(out: usize, x: usize, first: i32, count: i32, n: i32, inner: i32): void {
  const step = <usize>inner * sizeof<T>();
  for (let line = first; line < first + count; line++) {
    let p = x + (<usize>(line / inner) * <usize>n * <usize>inner + <usize>(line % inner)) * sizeof<T>();
    let longest = 0;
    let at = 0;
    let start = 0;
    for (let i = 0; i < n; i++, p += step) {
      if (i < n - 1 && load<T>(p) == load<T>(p + step)) continue;
      if (i + 1 - start > longest) {
        longest = i + 1 - start;
        at = i;
      }
      start = i + 1;
    }
    store<i32>(out + (<usize>line << 2), at);
  }
}

/**
 * Where `count` values from the `first` on belong in ascending sequences of `width` elements, one for `rowLength` values each,
 * which are `step` bytes apart.
 */
export function searchSorted_f32(
  out: usize, list: usize, width: i32, values: usize, first: i32, count: i32, rowLength: i32, step: usize, right: i32,
): void {
  searchSorted<f32>(out, list, width, values, first, count, rowLength, step, right);
}

/** Where the longest run of equal elements ends, of the first such run, in lines of n elements that are `inner` apart. */
export function longestRun_f32(out: usize, x: usize, first: i32, count: i32, n: i32, inner: i32): void {
  longestRun<f32>(out, x, first, count, n, inner);
}

export function searchSorted_f64(
  out: usize, list: usize, width: i32, values: usize, first: i32, count: i32, rowLength: i32, step: usize, right: i32,
): void {
  searchSorted<f64>(out, list, width, values, first, count, rowLength, step, right);
}

export function longestRun_f64(out: usize, x: usize, first: i32, count: i32, n: i32, inner: i32): void {
  longestRun<f64>(out, x, first, count, n, inner);
}

export function searchSorted_i32(
  out: usize, list: usize, width: i32, values: usize, first: i32, count: i32, rowLength: i32, step: usize, right: i32,
): void {
  searchSorted<i32>(out, list, width, values, first, count, rowLength, step, right);
}

export function longestRun_i32(out: usize, x: usize, first: i32, count: i32, n: i32, inner: i32): void {
  longestRun<i32>(out, x, first, count, n, inner);
}

export function searchSorted_u8(
  out: usize, list: usize, width: i32, values: usize, first: i32, count: i32, rowLength: i32, step: usize, right: i32,
): void {
  searchSorted<u8>(out, list, width, values, first, count, rowLength, step, right);
}

export function longestRun_u8(out: usize, x: usize, first: i32, count: i32, n: i32, inner: i32): void {
  longestRun<u8>(out, x, first, count, n, inner);
}
