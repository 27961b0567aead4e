/** @file Keras's formulas in float64 and plain loops, on nested arrays: the truth that its layers are held to. */

export type Matrix = readonly (readonly number[])[];
/** Images `(rows,columns,channels)`. */
export type Image = readonly Matrix[];

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** x · w + b for one row. */
export function affine(x: readonly number[], w: Matrix, b: readonly number[] | null = null): number[] {
  return (w[0] ?? []).map((_, j) => x.reduce((sum, value, i) => sum + value * (w[i]?.[j] ?? 0), b?.[j] ?? 0));
}

/** The places of a window along one dimension: where it begins in the input. */
function starts(size: number, window: number, stride: number, same: boolean): number[] {
  const count = same ? Math.ceil(size / stride) : Math.floor((size - window) / stride) + 1;
  const total = same ? Math.max(0, (count - 1) * stride + window - size) : 0;
  return Array.from({ length: count }, (_, i) => i * stride - Math.floor(total / 2));
}

interface Windows {
  readonly size: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly same: boolean;
}

/** What a function makes of each window; places outside of the image are null. */
function overWindows<T>(image: Image, { size, stride, same }: Windows, fn: (at: (number[] | null)[][]) => T): T[][] {
  const [height, width] = [image.length, image[0]?.length ?? 0];
  return starts(height, size[0], stride[0], same).map((y) =>
    starts(width, size[1], stride[1], same).map((x) =>
      fn(
        Array.from({ length: size[0] }, (_, i) =>
          Array.from({ length: size[1] }, (_, j) => {
            const pixel = image[y + i]?.[x + j];
            return pixel === undefined ? null : [...pixel];
          }),
        ),
      ),
    ),
  );
}

/** Convolution with a kernel `(rows,columns,channels,filters)`. */
export function conv2d(
  image: Image,
  kernel: readonly (readonly Matrix[])[],
  bias: readonly number[],
  windows: Windows,
) {
  return overWindows(image, windows, (window) =>
    bias.map((b, f) => {
      let sum = b;
      for (const [i, row] of window.entries())
        for (const [j, pixel] of row.entries())
          for (const [c, value] of (pixel ?? []).entries()) sum += value * (kernel[i]?.[j]?.[c]?.[f] ?? 0);
      return sum;
    }),
  );
}

/** Pooling: padding is no part of a window. */
export function pool2d(image: Image, windows: Windows, reduce: (values: number[]) => number) {
  const channels = image[0]?.[0]?.length ?? 0;
  return overWindows(image, windows, (window) =>
    Array.from({ length: channels }, (_, c) => reduce(window.flat().flatMap((pixel) => pixel?.[c] ?? []))),
  );
}

/** The outputs of all steps of an LSTM: kernel `(inputs,4·units)`, gates i f c o. */
export function lstm(sequence: Matrix, kernel: Matrix, recurrent: Matrix, bias: readonly number[]): number[][] {
  const units = recurrent.length;
  let [h, c] = [new Array<number>(units).fill(0), new Array<number>(units).fill(0)];
  return sequence.map((x) => {
    const z = affine(x, kernel, bias).map((value, j) => value + (affine(h, recurrent)[j] ?? 0));
    const gate = (g: number, u: number): number => z[g * units + u] ?? 0;
    c = c.map((old, u) => sigmoid(gate(1, u)) * old + sigmoid(gate(0, u)) * Math.tanh(gate(2, u)));
    h = c.map((value, u) => sigmoid(gate(3, u)) * Math.tanh(value));
    return h;
  });
}

/** The outputs of all steps of a GRU with reset_after: kernel `(inputs,3·units)`, gates z r h, two rows of biases. */
export function gru(sequence: Matrix, kernel: Matrix, recurrent: Matrix, bias: Matrix): number[][] {
  const units = recurrent.length;
  let h = new Array<number>(units).fill(0);
  return sequence.map((x) => {
    const [a, b] = [affine(x, kernel, bias[0]), affine(h, recurrent, bias[1])];
    const both = (g: number, u: number): number => (a[g * units + u] ?? 0) + (b[g * units + u] ?? 0);
    h = h.map((old, u) => {
      const [z, r] = [sigmoid(both(0, u)), sigmoid(both(1, u))];
      const candidate = Math.tanh((a[2 * units + u] ?? 0) + r * (b[2 * units + u] ?? 0));
      return z * old + (1 - z) * candidate;
    });
    return h;
  });
}
