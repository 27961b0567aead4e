/**
 * @file Taking quarter turns off an angle x: statements that leave their number in `turns` and the rest, between ±π/4, in
 * `r`.
 */

/** Up to here three parts of π/2 are enough. */
const SMALL_ANGLE = 10_000;

/** Digits of 1/2π to the base 2048, the first after the point first: as many as the largest float needs. */
const DIGITS: readonly number[] = [
  325, 1944, 439, 313, 130, 1321, 2017, 469, 1955, 1875, 622, 1795, 876, 661, 1225, 1808, 1824, 1055,
];

/** The digit of 1/2π at place `place`; 0 before the point. */
const DIGIT = DIGITS.map((digit, i) => `if (place === ${i + 1}) { digit = ${digit}; }`).join("\n    ");

/** w, to the base 2048 with six digits behind the point of a turn's 512th part, as an angle. */
const UNIT = (2 ** -66 * Math.PI) / 1024;

/**
 * A large angle is m·2048ᵏ, m of four digits, so its fraction of a full turn is that of m times the digits of 1/2π from
 * place k + 1 on (Payne and Hanek, 1983). Products of two digits, sums of four of them, and their carries are exact. What
 * is below a quarter turn is put together from the top, so that leading zeros cost no precision.
 */
export const TAKE_QUARTER_TURNS = `
let turns = Math.floor(x * 0.6366197723675814 + 0.5);
let r = ((x - turns * 1.5703125) - turns * 0.0004837512969970703) - turns * 0.000000075497899548918821691639;
if (Math.abs(x) > ${SMALL_ANGLE}) {
  let m3 = Math.abs(x);
  let top = 0;
  for (let i = 0; i < 12; i++) {
    if (m3 >= 2048) {
      m3 = m3 * 0.00048828125;
      top = top + 1;
    }
  }
  let m2 = m3;
  m3 = Math.floor(m3);
  m2 = (m2 - m3) * 2048;
  let m1 = m2;
  m2 = Math.floor(m2);
  m1 = (m1 - m2) * 2048;
  let m0 = m1;
  m1 = Math.floor(m1);
  m0 = (m0 - m1) * 2048;
  let d0 = 0;
  let d1 = 0;
  let d2 = 0;
  let d3 = 0;
  let f1 = 0;
  let f2 = 0;
  let f3 = 0;
  let f4 = 0;
  let f5 = 0;
  let f6 = 0;
  let f7 = 0;
  let carry = 0;
  let place = top + 7;
  for (let i = 0; i < 10; i++) {
    let digit = 0;
    ${DIGIT}
    d3 = d2;
    d2 = d1;
    d1 = d0;
    d0 = digit;
    place = place - 1;
    if (i > 2) {
      const sum = m0 * d0 + m1 * d1 + m2 * d2 + m3 * d3 + carry;
      carry = Math.floor(sum * 0.00048828125);
      f7 = f6;
      f6 = f5;
      f5 = f4;
      f4 = f3;
      f3 = f2;
      f2 = f1;
      f1 = sum - carry * 2048;
    }
  }
  turns = Math.floor((f1 + 256) * 0.001953125);
  let w = (f1 - turns * 512) * 2048 + f2;
  w = w * 2048 + f3;
  w = w * 2048 + f4;
  w = w * 2048 + f5;
  w = w * 2048 + f6;
  w = w * 2048 + f7;
  r = w * ${UNIT};
  if (x < 0) {
    turns = -turns;
    r = -r;
  }
}`;
