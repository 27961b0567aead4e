/** @file Element-wise float32 kernels. */

/** out[i] = a[i] + b[i] for n floats; all three are byte addresses. */
export function add(out: usize, a: usize, b: usize, n: i32): void {
  const end = out + (<usize>n << 2);
  const whole = out + ((<usize>n >> 2) << 4);
  while (out < whole) {
    v128.store(out, f32x4.add(v128.load(a), v128.load(b)));
    out += 16;
    a += 16;
    b += 16;
  }
  while (out < end) {
    store<f32>(out, load<f32>(a) + load<f32>(b));
    out += 4;
    a += 4;
    b += 4;
  }
}
