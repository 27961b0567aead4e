/**
 * @file Stable sorting by radix, and selection of the smallest or largest.
 *
 * An element becomes a key, an unsigned integer of the same order: 0 and −0 are one key, and so are all NaNs, the
 * largest. `flip` is −1 for descending order, in which the keys are inverted, else 0. A record is a key and the index
 * of its element: 8 bytes with the key in the upper half, and for float64 16 bytes with the key first. Indices rise
 * where keys are equal, so there is one right result, whatever the way to it.
 */

/** Rows up to this length are sorted by insertion: the histograms of the radix sort take longer. */
const SHORT = 40;

/** Rows from this length on are sorted by digits of 11 bits, others by 8: fewer passes, but larger histograms. */
const LONG = 16384;

/** Elements that are selected by insertion: beyond, a radix select is faster. */
const FEW = 32;

/** Bytes of a record. */
@inline
function recordBytes<T>(): usize {
  return sizeof<T>() == 8 ? 16 : 8;
}

// Functions of records alone are made for i32, which stands for all narrow keys, and for f64.

@inline
function key32<T>(x: usize, flip: i32): u32 {
  if (isFloat<T>()) {
    const value = load<f32>(x);
    // Adding 0 makes −0 to 0.
    const bits = value == value ? reinterpret<i32>(value + 0) : 0x7fffffff;
    return (bits ^ ((bits >> 31) & 0x7fffffff) ^ 0x80000000) ^ flip;
  }
  if (sizeof<T>() == 1) return <u32>load<u8>(x) ^ (flip & 0xff);
  return load<u32>(x) ^ 0x80000000 ^ flip;
}

@inline
function key64(x: usize, flip: i32): u64 {
  const value = load<f64>(x);
  const bits = value == value ? reinterpret<i64>(value + 0) : 0x7fffffffffffffff;
  return (bits ^ ((bits >> 63) & 0x7fffffffffffffff) ^ 0x8000000000000000) ^ <i64>flip;
}

/** Writes the record of the element at x. */
@inline
function putRecord<T>(record: usize, x: usize, index: i32, flip: i32): void {
  if (sizeof<T>() == 8) {
    store<u64>(record, key64(x, flip));
    store<u64>(record, <u64>index, 8);
  } else {
    store<u64>(record, (<u64>key32<T>(x, flip) << 32) | <u64>index);
  }
}

@inline
function copyRecord<T>(to: usize, from: usize): void {
  if (sizeof<T>() == 8) v128.store(to, v128.load(from));
  else store<u64>(to, load<u64>(from));
}

/** Whether a record comes before another one. */
@inline
function isBefore<T>(a: usize, b: usize): bool {
  const x = load<u64>(a);
  const y = load<u64>(b);
  if (sizeof<T>() == 8) return x < y || (x == y && load<u64>(a, 8) < load<u64>(b, 8));
  return x < y;
}

@inline
function indexOf<T>(record: usize): i32 {
  return load<i32>(record, sizeof<T>() == 8 ? 8 : 0);
}

@inline
function digitOf<T>(record: usize, shift: i32, mask: u32): u32 {
  return <u32>(load<u64>(record) >> <u64>(sizeof<T>() == 8 ? shift : shift + 32)) & mask;
}

/** Inserts the record at `at` into the sorted ones from `first` on. */
@inline
function insert<T>(first: usize, at: usize): void {
  const size = recordBytes<T>();
  const key = load<u64>(at);
  const index: u64 = sizeof<T>() == 8 ? load<u64>(at, 8) : 0;
  // Records come in the order of their indices, so only the key decides.
  while (at > first && key < load<u64>(at - size)) {
    copyRecord<T>(at, at - size);
    at -= size;
  }
  store<u64>(at, key);
  if (sizeof<T>() == 8) store<u64>(at, index, 8);
}

/** Bits of the keys in records; those of bytes are 0 but for the last eight. */
@inline
function keyBits<T>(): i32 {
  return sizeof<T>() == 8 ? 64 : 32;
}

/**
 * Sorts n records by their keys, digits of `bits` bits from the last to the first, and gives the address of the sorted
 * ones: `records` or `spare`.
 */
function radixSort<T>(records: usize, spare: usize, counts: usize, n: i32, bits: i32): usize {
  const size = recordBytes<T>();
  const passes = (keyBits<T>() + bits - 1) / bits;
  const mask: u32 = (1 << bits) - 1;
  const step: usize = <usize>4 << bits;
  memory.fill(counts, 0, <usize>passes * step);
  const end = records + <usize>n * size;
  for (let p = records; p < end; p += size) {
    let key = sizeof<T>() == 8 ? load<u64>(p) : load<u64>(p) >> 32;
    let at = counts;
    for (let pass = 0; pass < passes; pass++) {
      const c = at + (<usize>(<u32>key & mask) << 2);
      store<u32>(c, load<u32>(c) + 1);
      key >>= <u64>bits;
      at += step;
    }
  }
  let from = records;
  let to = spare;
  for (let pass = 0; pass < passes; pass++) {
    const count = counts + <usize>pass * step;
    const shift = pass * bits;
    // A digit that all have in common orders nothing.
    if (load<u32>(count + (<usize>digitOf<T>(from, shift, mask) << 2)) == <u32>n) continue;
    let sum: u32 = <u32>to;
    for (let c = count; c < count + step; c += 4) {
      const many = load<u32>(c);
      store<u32>(c, sum);
      sum += many * <u32>size;
    }
    const last = from + <usize>n * size;
    for (let p = from; p < last; p += size) {
      const c = count + (<usize>digitOf<T>(p, shift, mask) << 2);
      const target = load<u32>(c);
      store<u32>(c, target + <u32>size);
      copyRecord<T>(target, p);
    }
    const swap = from;
    from = to;
    to = swap;
  }
  return from;
}

/** Bytes of the histograms of the widest key. */
const HISTOGRAMS = 6 * 4 * 2048;

/** Sorts n records; `scratch` has room for the histograms and n records. Gives the address of the sorted ones. */
function sortRecords<T>(records: usize, n: i32, scratch: usize): usize {
  if (n <= SHORT) {
    const size = recordBytes<T>();
    for (let i = 1; i < n; i++) insert<T>(records, records + <usize>i * size);
    return records;
  }
  const spare = scratch + HISTOGRAMS;
  return radixSort<T>(records, spare, scratch, n, n < LONG ? 8 : 11);
}

/** {@link sortRecords} of the elements' records. */
@inline
function sortRecordsOf<T>(records: usize, n: i32, scratch: usize): usize {
  return sizeof<T>() == 8 ? sortRecords<f64>(records, n, scratch) : sortRecords<i32>(records, n, scratch);
}

/** {@link putIndices} of the elements' records. */
@inline
function putIndicesOf<T>(order: usize, records: usize, n: i32): void {
  if (sizeof<T>() == 8) putIndices<f64>(order, records, n);
  else putIndices<i32>(order, records, n);
}

/** Bytes of the scratch for rows of n elements. */
export function sortScratch(n: i32, elementBytes: i32): f64 {
  return <f64>HISTOGRAMS + 2.0 * <f64>n * (elementBytes == 8 ? 16.0 : 8.0);
}

function putRecords<T>(records: usize, x: usize, n: i32, first: i32, flip: i32): void {
  for (let i = 0; i < n; i++) {
    putRecord<T>(records, x, first + i, flip);
    records += recordBytes<T>();
    x += sizeof<T>();
  }
}

function putIndices<T>(order: usize, records: usize, n: i32): void {
  const end = order + (<usize>n << 2);
  for (; order < end; order += 4, records += recordBytes<T>()) store<i32>(order, indexOf<T>(records));
}

/** The indices that sort each row. */
@inline
function argsortRows<T>(order: usize, x: usize, rows: i32, n: i32, flip: i32, scratch: usize): void {
  const records = scratch + HISTOGRAMS + <usize>n * recordBytes<T>();
  for (let r = 0; r < rows; r++) {
    putRecords<T>(records, x, n, 0, flip);
    putIndicesOf<T>(order, sortRecordsOf<T>(records, n, scratch), n);
    x += <usize>n * sizeof<T>();
    order += <usize>n << 2;
  }
}

/**
 * Sorts a piece of a row, whose first element has the index `first`, into records.
 *
 * @param scratch As for the piece alone.
 */
@inline
function sortPiece<T>(records: usize, x: usize, n: i32, first: i32, flip: i32, scratch: usize): void {
  putRecords<T>(records, x, n, first, flip);
  const sorted = sortRecordsOf<T>(records, n, scratch);
  if (sorted != records) memory.copy(records, sorted, <usize>n * recordBytes<T>());
}

/**
 * The merged records of two sorted neighbours from rank `from` on, `count` of them; `order` gets their indices alone.
 *
 * @param a n records; `b` has m.
 */
function mergeRecords<T>(out: usize, order: usize, a: usize, n: i32, b: usize, m: i32, from: i32, count: i32): void {
  const size = recordBytes<T>();
  // How many of the first `from` records come from a: all that are before those of b that would come in their place.
  let low = max(0, from - m);
  let high = min(from, n);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore<T>(a + <usize>middle * size, b + <usize>(from - middle - 1) * size)) low = middle + 1;
    else high = middle;
  }
  let p = a + <usize>low * size;
  let q = b + <usize>(from - low) * size;
  const pEnd = a + <usize>n * size;
  const qEnd = b + <usize>m * size;
  for (let i = 0; i < count; i++) {
    let next: usize;
    if (q >= qEnd || (p < pEnd && isBefore<T>(p, q))) {
      next = p;
      p += size;
    } else {
      next = q;
      q += size;
    }
    if (order != 0) store<i32>(order + (<usize>i << 2), indexOf<T>(next));
    else copyRecord<T>(out + <usize>i * size, next);
  }
}

/** Keys of neighbours, 16 bytes of them, in signed order. */
@inline
function signedKeys<T>(x: usize, flip: i32): v128 {
  const v = v128.load(x);
  if (sizeof<T>() == 8) {
    const bits = v128.bitselect(f64x2.add(v, f64x2.splat(0)), i64x2.splat(0x7fffffffffffffff), f64x2.eq(v, v));
    const sign = v128.and(i64x2.shr_s(bits, 63), i64x2.splat(0x7fffffffffffffff));
    return v128.xor(v128.xor(bits, sign), i64x2.splat(<i64>flip));
  }
  if (!isFloat<T>()) return v128.xor(v, i32x4.splat(flip));
  const bits = v128.bitselect(f32x4.add(v, f32x4.splat(0)), i32x4.splat(0x7fffffff), f32x4.eq(v, v));
  const sign = v128.and(i32x4.shr_s(bits, 31), i32x4.splat(0x7fffffff));
  return v128.xor(v128.xor(bits, sign), i32x4.splat(flip));
}

/** Which of 16 neighbours from x on have a key below that of a record: a bit for each. */
@inline
function maskBelow<T>(x: usize, record: usize, flip: i32): i32 {
  if (sizeof<T>() == 1) return 0xffff;
  let mask = 0;
  if (sizeof<T>() == 8) {
    const limit = i64x2.splat(load<i64>(record) ^ 0x8000000000000000);
    for (let i = 0; i < 8; i++) {
      mask |= i64x2.bitmask(i64x2.lt_s(signedKeys<T>(x + (<usize>i << 4), flip), limit)) << (2 * i);
    }
    return mask;
  }
  const limit = i32x4.splat(load<i32>(record, 4) ^ 0x80000000);
  const a = i32x4.lt_s(signedKeys<T>(x, flip), limit);
  const b = i32x4.lt_s(signedKeys<T>(x + 16, flip), limit);
  const c = i32x4.lt_s(signedKeys<T>(x + 32, flip), limit);
  const d = i32x4.lt_s(signedKeys<T>(x + 48, flip), limit);
  return i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}

/** Bits of a digit of the radix select. */
const DIGIT = 11;

/** Where in the scratch, behind the counts, it keeps a record to compare with. */
const LIMIT: usize = (4 << DIGIT) + 16;

/** Address of the record of the k-th smallest element of a row, 1 ≤ k ≤ n; `records` has room for n. */
function selectRecord<T>(records: usize, counts: usize, x: usize, n: i32, k: i32, flip: i32): usize {
  const shift = keyBits<T>() - DIGIT;
  const end = x + <usize>n * sizeof<T>();
  memory.fill(counts, 0, 4 << DIGIT);
  for (let p = x; p < end; p += sizeof<T>()) {
    const c = counts + (<usize>topDigit<T>(p, flip, shift) << 2);
    store<u32>(c, load<u32>(c) + 1);
  }
  const digit = digitOfRank(counts, k);
  k -= load<i32>(counts + (4 << DIGIT));
  // The first key with a larger digit; if there is none, all keys are below.
  const limit = counts + LIMIT;
  const next = (<u64>digit + 1) << <u64>shift;
  const last = digit + 1 == <u32>1 << <u32>DIGIT;
  store<u64>(limit, sizeof<T>() == 8 ? next : next << 32);
  let to = records;
  for (let i = 0; i < n; i += 16) {
    let mask = candidates<T>(x, i, n, limit, last, flip);
    for (; mask != 0; mask &= mask - 1) {
      const at = i + ctz(mask);
      const p = x + <usize>at * sizeof<T>();
      if (topDigit<T>(p, flip, shift) != digit) continue;
      putRecord<T>(to, p, at, flip);
      to += recordBytes<T>();
    }
  }
  if (sizeof<T>() == 8) return narrow<f64>(records, to, counts, k, shift);
  return narrow<i32>(records, to, counts, k, shift);
}

/** The record of the k-th smallest of those from `records` to `end`, which agree in the bits from `shift` on. */
function narrow<T>(records: usize, end: usize, counts: usize, k: i32, shift: i32): usize {
  const size = recordBytes<T>();
  while (shift > 0) {
    const bits = min(shift, DIGIT);
    shift -= bits;
    const mask: u32 = (1 << bits) - 1;
    memory.fill(counts, 0, 4 << DIGIT);
    for (let p = records; p < end; p += size) {
      const c = counts + (<usize>digitOf<T>(p, shift, mask) << 2);
      store<u32>(c, load<u32>(c) + 1);
    }
    const digit = digitOfRank(counts, k);
    k -= load<i32>(counts + (4 << DIGIT));
    let to = records;
    for (let p = records; p < end; p += size) {
      if (digitOf<T>(p, shift, mask) != digit) continue;
      copyRecord<T>(to, p);
      to += size;
    }
    end = to;
  }
  // What is left has one key, in the order of the indices.
  return records + <usize>(k - 1) * size;
}

/** Which of up to 16 elements from the i-th on may have a key below that of a record: all if `every`. */
@inline
function candidates<T>(x: usize, i: i32, n: i32, limit: usize, every: bool, flip: i32): i32 {
  if (i + 16 > n) return (1 << (n - i)) - 1;
  return every ? 0xffff : maskBelow<T>(x + <usize>i * sizeof<T>(), limit, flip);
}

@inline
function topDigit<T>(x: usize, flip: i32, shift: i32): u32 {
  return sizeof<T>() == 8 ? <u32>(key64(x, flip) >> <u64>shift) : key32<T>(x, flip) >> shift;
}

/** The digit of the k-th element; how many have smaller ones is stored behind the counts. */
function digitOfRank(counts: usize, k: i32): u32 {
  let digit: u32 = 0;
  let sum = 0;
  for (;;) {
    const many = load<i32>(counts + (<usize>digit << 2));
    if (sum + many >= k) break;
    sum += many;
    digit++;
  }
  store<i32>(counts + (4 << DIGIT), sum);
  return digit;
}

/** The index of the k-th smallest element of each row, 1 ≤ k ≤ n. */
@inline
function kthRows<T>(out: usize, x: usize, rows: i32, n: i32, k: i32, flip: i32, scratch: usize): void {
  const records = scratch + HISTOGRAMS;
  for (let r = 0; r < rows; r++) {
    let kth = records + <usize>(k - 1) * recordBytes<T>();
    if (k <= FEW) insertFew<T>(records, x, n, k, flip);
    else kth = selectRecord<T>(records, scratch, x, n, k, flip);
    store<i32>(out, indexOf<T>(kth));
    out += 4;
    x += <usize>n * sizeof<T>();
  }
}

/** Sorted records of the k smallest of n elements, 0 < k ≤ n, k ≤ FEW; there is room for one more record. */
function insertFew<T>(records: usize, x: usize, n: i32, k: i32, flip: i32): void {
  const size = recordBytes<T>();
  const last = records + <usize>(k - 1) * size;
  for (let i = 0; i < k; i++) {
    const at = records + <usize>i * size;
    putRecord<T>(at, x + <usize>i * sizeof<T>(), i, flip);
    insert<T>(records, at);
  }
  const spare = last + size;
  let i = k;
  while (i < n) {
    const count = min(16, n - i);
    const p = x + <usize>i * sizeof<T>();
    let mask = count < 16 ? (1 << count) - 1 : maskBelow<T>(p, last, flip);
    for (; mask != 0; mask &= mask - 1) {
      const j = ctz(mask);
      putRecord<T>(spare, p + <usize>j * sizeof<T>(), i + j, flip);
      if (!isBefore<T>(spare, last)) continue;
      copyRecord<T>(last, spare);
      insert<T>(records, last);
    }
    i += count;
  }
}

/** The indices of the k smallest elements of each row in their order, 0 < k ≤ n. */
@inline
function topkRows<T>(order: usize, x: usize, rows: i32, n: i32, k: i32, flip: i32, scratch: usize): void {
  const size = recordBytes<T>();
  const records = scratch + HISTOGRAMS + <usize>n * size;
  for (let r = 0; r < rows; r++) {
    if (k <= FEW && k < n) {
      insertFew<T>(records - size, x, n, k, flip);
      putIndicesOf<T>(order, records - size, k);
    } else if (k > n >> 2) {
      putRecords<T>(records, x, n, 0, flip);
      putIndicesOf<T>(order, sortRecordsOf<T>(records, n, scratch), k);
    } else {
      const kth = selectRecord<T>(records, scratch, x, n, k, flip);
      const best = records - size;
      copyRecord<T>(best, kth);
      // Of the elements with the key of the k-th, those up to it are in; the next larger key is the limit.
      const limit = scratch + LIMIT;
      const key: u64 = sizeof<T>() == 8 ? load<u64>(best) : load<u64>(best) >> 32;
      const last = key == (sizeof<T>() == 8 ? 0xffffffffffffffff : 0xffffffff);
      store<u64>(limit, sizeof<T>() == 8 ? key + 1 : (key + 1) << 32);
      let to = records;
      for (let i = 0; i < n; i += 16) {
        let mask = candidates<T>(x, i, n, limit, last, flip);
        for (; mask != 0; mask &= mask - 1) {
          const at = i + ctz(mask);
          putRecord<T>(to, x + <usize>at * sizeof<T>(), at, flip);
          if (!isBefore<T>(best, to)) to += size;
        }
      }
      putIndicesOf<T>(order, sortRecordsOf<T>(records, k, scratch), k);
    }
    x += <usize>n * sizeof<T>();
    order += <usize>k << 2;
  }
}

export function argsort_f32(order: usize, x: usize, rows: i32, n: i32, flip: i32, scratch: usize): void {
  argsortRows<f32>(order, x, rows, n, flip, scratch);
}

export function sortPiece_f32(records: usize, x: usize, n: i32, first: i32, flip: i32, scratch: usize): void {
  sortPiece<f32>(records, x, n, first, flip, scratch);
}

export function topk_f32(order: usize, x: usize, rows: i32, n: i32, k: i32, flip: i32, scratch: usize): void {
  topkRows<f32>(order, x, rows, n, k, flip, scratch);
}

export function kth_f32(out: usize, x: usize, rows: i32, n: i32, k: i32, flip: i32, scratch: usize): void {
  kthRows<f32>(out, x, rows, n, k, flip, scratch);
}

export function argsort_f64(order: usize, x: usize, rows: i32, n: i32, flip: i32, scratch: usize): void {
  argsortRows<f64>(order, x, rows, n, flip, scratch);
}

export function sortPiece_f64(records: usize, x: usize, n: i32, first: i32, flip: i32, scratch: usize): void {
  sortPiece<f64>(records, x, n, first, flip, scratch);
}

export function topk_f64(order: usize, x: usize, rows: i32, n: i32, k: i32, flip: i32, scratch: usize): void {
  topkRows<f64>(order, x, rows, n, k, flip, scratch);
}

export function kth_f64(out: usize, x: usize, rows: i32, n: i32, k: i32, flip: i32, scratch: usize): void {
  kthRows<f64>(out, x, rows, n, k, flip, scratch);
}

export function argsort_i32(order: usize, x: usize, rows: i32, n: i32, flip: i32, scratch: usize): void {
  argsortRows<i32>(order, x, rows, n, flip, scratch);
}

export function sortPiece_i32(records: usize, x: usize, n: i32, first: i32, flip: i32, scratch: usize): void {
  sortPiece<i32>(records, x, n, first, flip, scratch);
}

export function topk_i32(order: usize, x: usize, rows: i32, n: i32, k: i32, flip: i32, scratch: usize): void {
  topkRows<i32>(order, x, rows, n, k, flip, scratch);
}

export function kth_i32(out: usize, x: usize, rows: i32, n: i32, k: i32, flip: i32, scratch: usize): void {
  kthRows<i32>(out, x, rows, n, k, flip, scratch);
}

export function argsort_u8(order: usize, x: usize, rows: i32, n: i32, flip: i32, scratch: usize): void {
  argsortRows<u8>(order, x, rows, n, flip, scratch);
}

export function sortPiece_u8(records: usize, x: usize, n: i32, first: i32, flip: i32, scratch: usize): void {
  sortPiece<u8>(records, x, n, first, flip, scratch);
}

export function topk_u8(order: usize, x: usize, rows: i32, n: i32, k: i32, flip: i32, scratch: usize): void {
  topkRows<u8>(order, x, rows, n, k, flip, scratch);
}

export function kth_u8(out: usize, x: usize, rows: i32, n: i32, k: i32, flip: i32, scratch: usize): void {
  kthRows<u8>(out, x, rows, n, k, flip, scratch);
}

export function mergeRecords_8(
  out: usize,
  order: usize,
  a: usize,
  n: i32,
  b: usize,
  m: i32,
  from: i32,
  count: i32,
): void {
  mergeRecords<i32>(out, order, a, n, b, m, from, count);
}

export function mergeRecords_16(
  out: usize,
  order: usize,
  a: usize,
  n: i32,
  b: usize,
  m: i32,
  from: i32,
  count: i32,
): void {
  mergeRecords<f64>(out, order, a, n, b, m, from, count);
}
