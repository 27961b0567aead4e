/** @file uint8 matrices as int32 ones, whose products wrap to the same bytes. Steps are in bytes. */

/** Writes m × n bytes with any steps as contiguous int32. */
export function widen(dst: usize, src: usize, rowStep: usize, colStep: usize, m: i32, n: i32): void {
  for (; m > 0; m--) {
    let from = src;
    let left = n;
    if (colStep == 1) {
      for (; left >= 8; left -= 8) {
        const words = v128.load_ext<u8>(from);
        v128.store(dst, i32x4.extend_low_i16x8_u(words));
        v128.store(dst, i32x4.extend_high_i16x8_u(words), 16);
        from += 8;
        dst += 32;
      }
    }
    for (; left > 0; left--) {
      store<i32>(dst, load<u8>(from));
      from += colStep;
      dst += 4;
    }
    src += rowStep;
  }
}

/** Writes the low bytes of n int32. */
export function lowBytes(dst: usize, src: usize, n: i32): void {
  const mask = i32x4.splat(0xff);
  for (; n >= 8; n -= 8) {
    const low = v128.and(v128.load(src), mask);
    const words = i16x8.narrow_i32x4_s(low, v128.and(v128.load(src, 16), mask));
    v128.store64_lane(dst, i8x16.narrow_i16x8_u(words, words), 0);
    src += 32;
    dst += 8;
  }
  for (; n > 0; n--) {
    store<u8>(dst, load<i32>(src));
    src += 4;
    dst++;
  }
}
