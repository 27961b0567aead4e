/** @file Convolution and its two gradients. */
import type { ConvWindows, DepthWindows, DType } from "../../../../kernels/backend.ts";
import { defineCase, type Group, type Tolerance } from "../check.ts";
import { at, build, FLOATS, type HostArray, random } from "../host-array.ts";
import { input } from "../layouts.ts";

type Pair = readonly [number, number];
type Triple = readonly [number, number, number];

interface Form {
  readonly name: string;
  readonly windows: ConvWindows;
  readonly outputs: number;
}

function form(
  name: string,
  shape: ConvWindows["shape"],
  outputs: number,
  kernel: Pair,
  rest: Partial<Omit<ConvWindows, "shape" | "kernel">> = {},
): Form {
  const { stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1 } = rest;
  const count = (d: 0 | 1) =>
    Math.floor((shape[2 + d]! + 2 * padding[d] - dilation[d] * (kernel[d] - 1) - 1) / stride[d]) + 1;
  const counts = rest.counts ?? ([count(0), count(1)] as const);
  return { name, outputs, windows: { shape, kernel, stride, padding, dilation, counts, groups } };
}

/** The same on volumes. */
function deep(f: Form, depth: Omit<DepthWindows, "count">): Form {
  const { length, kernel, stride, padding, dilation } = depth;
  const count = Math.floor((length + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
  return { ...f, name: `volumes: ${f.name}`, windows: { ...f.windows, depth: { ...depth, count } } };
}

function ordinary(length: number, kernel: number, rest: Partial<DepthWindows> = {}): Omit<DepthWindows, "count"> {
  return { length, kernel, stride: 1, padding: 0, dilation: 1, ...rest };
}

const FORMS: readonly Form[] = [
  form("plain", [2, 3, 5, 6], 4, [2, 3]),
  form("one element", [1, 1, 1, 1], 1, [1, 1]),
  form("single elements as windows", [3, 5, 4, 5], 6, [1, 1]),
  form("single elements, in groups", [2, 4, 3, 3], 6, [1, 1], { groups: 2 }),
  form("single elements with steps", [2, 2, 5, 5], 3, [1, 1], { stride: [2, 2] }),
  form("steps", [2, 2, 7, 9], 3, [3, 2], { stride: [2, 3] }),
  form("zeros around", [2, 2, 5, 4], 3, [3, 3], { padding: [1, 2] }),
  form("more zeros than image", [1, 1, 2, 2], 2, [5, 5], { padding: [4, 4] }),
  form("gaps", [1, 2, 9, 8], 3, [3, 2], { dilation: [2, 3], padding: [1, 1] }),
  form("zeros after the image only", [1, 2, 4, 4], 2, [2, 2], { counts: [4, 4] }),
  form("groups", [2, 6, 5, 5], 4, [3, 3], { groups: 2, padding: [1, 1] }),
  form("every channel on its own", [2, 5, 6, 6], 5, [3, 3], { groups: 5, stride: [2, 1] }),
  form("one image, more rows than threads", [1, 3, 13, 11], 7, [3, 3], { padding: [1, 1] }),
  form("one large image, in pieces of which the last is smaller", [1, 30, 27, 50], 2, [3, 3]),
  form("a line", [3, 2, 1, 17], 5, [1, 4]),
  form("the usual size", [5, 6, 12, 12], 16, [5, 5]),
  form("depthwise with zeros around", [2, 6, 9, 14], 6, [3, 3], { groups: 6, padding: [1, 1] }),
  form("depthwise, two results a channel, with steps and gaps", [1, 3, 13, 11], 6, [3, 2], {
    groups: 3,
    stride: [2, 3],
    dilation: [1, 2],
    padding: [2, 1],
  }),
  form("depthwise in wide rows", [1, 3, 3, 70], 3, [3, 5], { groups: 3, padding: [1, 2] }),
  form("groups of four channels", [2, 8, 6, 7], 8, [3, 3], { groups: 2, padding: [1, 1] }),
  form("sums of more than one block", [1, 40, 6, 7], 7, [3, 3], { padding: [1, 1] }),
  form("a long line with few channels", [2, 2, 1, 900], 9, [1, 5], { padding: [0, 2] }),
  form("a long line in steps", [1, 5, 1, 820], 6, [1, 3], { stride: [1, 2], padding: [0, 1] }),
  form("large steps and zeros on one side only", [1, 3, 10, 12], 6, [4, 4], { stride: [3, 3], padding: [3, 0] }),
  form("steps larger than windows", [2, 3, 9, 10], 6, [2, 2], { stride: [3, 4] }),
  form("transposed by its usual sizes", [1, 6, 12, 10], 7, [4, 4], { stride: [2, 2], padding: [1, 1] }),
  form("gaps and groups", [1, 10, 12, 9], 10, [3, 3], { dilation: [3, 2], padding: [3, 2], groups: 2 }),
  form("more images than fit into a job", [1100, 1, 3, 3], 1, [2, 2]),
  form("many images of one window", [300, 3, 2, 2], 6, [2, 2]),
  form("many small images in groups, with zeros around", [37, 12, 4, 3], 12, [3, 3], { groups: 2, padding: [1, 1] }),
  form("many small images in steps", [23, 5, 7, 6], 7, [3, 3], { stride: [2, 2], padding: [1, 1] }),
  form("many single elements", [50, 12, 2, 3], 6, [1, 1]),
  deep(form("zeros around", [2, 3, 5, 4], 7, [3, 3], { padding: [1, 1] }), ordinary(4, 3, { padding: 1 })),
  deep(
    form("steps and gaps", [2, 4, 9, 8], 6, [3, 2], { stride: [2, 1], dilation: [1, 2], padding: [1, 0], groups: 2 }),
    ordinary(7, 2, { stride: 2, padding: 1, dilation: 3 }),
  ),
  deep(form("single elements", [2, 12, 3, 4], 6, [1, 1]), ordinary(3, 1)),
  deep(form("every channel on its own", [2, 3, 6, 6], 3, [3, 3], { groups: 3, padding: [1, 1] }), ordinary(4, 3)),
  deep(
    form("transposed by its usual sizes", [1, 2, 6, 4], 5, [4, 4], { stride: [2, 2], padding: [1, 1] }),
    ordinary(4, 4, { stride: 2, padding: 1 }),
  ),
  deep(form("planes alone", [1, 6, 12, 9], 8, [3, 3]), ordinary(5, 1, { stride: 2 })),
];

/** The windows along one direction: 0 is the depth, which images have a single plane in. */
function along(w: ConvWindows, d: 0 | 1 | 2): DepthWindows {
  if (d === 0) return w.depth ?? { length: 1, kernel: 1, stride: 1, padding: 0, dilation: 1, count: 1 };
  const e = (d - 1) as 0 | 1;
  return {
    length: w.shape[2 + e]!,
    kernel: w.kernel[e],
    stride: w.stride[e],
    padding: w.padding[e],
    dilation: w.dilation[e],
    count: w.counts[e],
  };
}

type Axes = readonly [DepthWindows, DepthWindows, DepthWindows];

const axesOf = (w: ConvWindows): Axes => [along(w, 0), along(w, 1), along(w, 2)];

/** Adds up a term for every triple of indices below the given sizes. */
function sumOver(sizes: Triple, term: (at: Triple) => number): number {
  return sum(sizes[0], (d) => sum(sizes[1], (i) => sum(sizes[2], (j) => term([d, i, j]))));
}

/** What lies along each direction. */
function each(w: ConvWindows, key: "length" | "kernel" | "count"): Triple {
  const [z, y, x] = axesOf(w);
  return [z[key], y[key], x[key]];
}

/** The last indices of an array, of which images have no depth. */
const tail = (w: ConvWindows, [d, i, j]: Triple): readonly number[] => (w.depth === undefined ? [i, j] : [d, i, j]);

/** The opposite. */
const whole = (w: ConvWindows, index: readonly number[]): Triple =>
  (w.depth === undefined ? [0, ...index] : index) as unknown as Triple;

/** Where in an image one element of a window lies, along each direction; null for the zeros around it. */
function inputPosition(axes: Axes, window: Triple, element: Triple): Triple | null {
  const place = (d: 0 | 1 | 2) => window[d] * axes[d].stride + element[d] * axes[d].dilation - axes[d].padding;
  const [z, y, x] = [place(0), place(1), place(2)];
  const isInside = z >= 0 && z < axes[0].length && y >= 0 && y < axes[1].length && x >= 0 && x < axes[2].length;
  return isInside ? [z, y, x] : null;
}

function sum(count: number, term: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += term(i);
  return total;
}

const shapes = ({ windows: w, outputs }: Form) => ({
  image: [w.shape[0], w.shape[1], ...tail(w, each(w, "length"))],
  weight: [outputs, w.shape[1] / w.groups, ...tail(w, each(w, "kernel"))],
  result: [w.shape[0], outputs, ...tail(w, each(w, "count"))],
});

/** Channel of the images that channel `c` of kernel `o` works on. */
function channelOf({ windows: w, outputs }: Form, o: number, c: number): number {
  return Math.floor((o * w.groups) / outputs) * (w.shape[1] / w.groups) + c;
}

function convolved(dtype: DType, f: Form, x: HostArray, weight: HostArray, bias: HostArray | null): HostArray {
  const { windows: w } = f;
  const [axes, kernel] = [axesOf(w), each(w, "kernel")];
  return build(dtype, shapes(f).result, ([n = 0, o = 0, ...place]) => {
    const window = whole(w, place);
    const products = sum(w.shape[1] / w.groups, (c) =>
      sumOver(kernel, (element) => {
        const found = inputPosition(axes, window, element);
        if (found === null) return 0;
        return at(x, [n, channelOf(f, o, c), ...tail(w, found)]) * at(weight, [o, c, ...tail(w, element)]);
      }),
    );
    return products + (bias === null ? 0 : at(bias, [o]));
  });
}

/** The window along one direction whose element `i` is `at`; undefined if there is none. */
function windowWith({ stride, dilation, padding, count }: DepthWindows, at: number, i: number): number | undefined {
  const start = at + padding - i * dilation;
  const window = start / stride;
  return start % stride === 0 && window >= 0 && window < count ? window : undefined;
}

function gradOfInput(dtype: DType, f: Form, grad: HostArray, weight: HostArray): HostArray {
  const { windows: w } = f;
  const depth = w.shape[1] / w.groups;
  const perGroup = f.outputs / w.groups;
  const [axes, kernel] = [axesOf(w), each(w, "kernel")];
  return build(dtype, shapes(f).image, ([n = 0, channel = 0, ...place]) => {
    const group = Math.floor(channel / depth);
    const [z, y, x] = whole(w, place);
    return sumOver(kernel, (element) => {
      const slice = windowWith(axes[0], z, element[0]);
      const row = windowWith(axes[1], y, element[1]);
      const column = windowWith(axes[2], x, element[2]);
      if (slice === undefined || row === undefined || column === undefined) return 0;
      const [window, tap] = [tail(w, [slice, row, column]), tail(w, element)];
      return sum(perGroup, (k) => {
        const o = group * perGroup + k;
        return at(grad, [n, o, ...window]) * at(weight, [o, channel % depth, ...tap]);
      });
    });
  });
}

function gradOfWeight(dtype: DType, f: Form, x: HostArray, grad: HostArray): HostArray {
  const { windows: w } = f;
  const [axes, count] = [axesOf(w), each(w, "count")];
  return build(dtype, shapes(f).weight, ([o = 0, c = 0, ...tap]) => {
    const [element, channel] = [whole(w, tap), channelOf(f, o, c)];
    return sum(w.shape[0], (n) =>
      sumOver(count, (window) => {
        const found = inputPosition(axes, window, element);
        return found === null ? 0 : at(x, [n, channel, ...tail(w, found)]) * at(grad, [n, o, ...tail(w, window)]);
      }),
    );
  });
}

/** Sums in another order: their terms are below 16, and there are some hundred of them. */
function tolerance(dtype: DType): { tolerance: Tolerance; referenceTolerance: Tolerance } {
  const sums: Tolerance = dtype === "float32" ? { abs: 2e-4, rel: 1e-5 } : { abs: 1e-12, rel: 1e-12 };
  const own: Tolerance = dtype === "float32" ? { abs: 5e-5, rel: 1e-6 } : sums;
  return { tolerance: sums, referenceTolerance: own };
}

const LAYOUTS = ["dense", "offset"] as const;

export const convolutions: Readonly<Record<"conv2d" | "conv2dInputGrad" | "conv2dWeightGrad", readonly Group[]>> = {
  conv2d: FLOATS.map((dtype) => ({
    name: dtype,
    cases: FORMS.flatMap((f, seed) => {
      const x = random(dtype, shapes(f).image, 100 + seed);
      const weight = random(dtype, shapes(f).weight, 200 + seed);
      const bias = random(dtype, [f.outputs], 300 + seed);
      return LAYOUTS.flatMap((layout) => [
        defineCase({
          name: `${f.name}, ${layout}`,
          inputs: [input(x, layout), input(weight, layout)],
          run: (b, images, kernels) => [b.conv2d(images, kernels, null, f.windows)],
          truth: () => [convolved(dtype, f, x, weight, null)],
          ...tolerance(dtype),
        }),
        defineCase({
          name: `${f.name} with bias, ${layout}`,
          inputs: [input(x, layout), input(weight, layout), input(bias, layout)],
          run: (b, images, kernels, summands) => [b.conv2d(images, kernels, summands, f.windows)],
          truth: () => [convolved(dtype, f, x, weight, bias)],
          ...tolerance(dtype),
        }),
      ]);
    }),
  })),
  conv2dInputGrad: FLOATS.map((dtype) => ({
    name: dtype,
    cases: FORMS.flatMap((f, seed) => {
      const grad = random(dtype, shapes(f).result, 400 + seed);
      const weight = random(dtype, shapes(f).weight, 500 + seed);
      return LAYOUTS.map((layout) =>
        defineCase({
          name: `${f.name}, ${layout}`,
          inputs: [input(grad, layout), input(weight, layout)],
          run: (b, g, kernels) => [b.conv2dInputGrad(g, kernels, f.windows)],
          truth: () => [gradOfInput(dtype, f, grad, weight)],
          ...tolerance(dtype),
        }),
      );
    }),
  })),
  conv2dWeightGrad: FLOATS.map((dtype) => ({
    name: dtype,
    cases: [...FORMS, form("no images", [0, 2, 4, 4], 3, [2, 2])].flatMap((f, seed) => {
      const x = random(dtype, shapes(f).image, 600 + seed);
      const grad = random(dtype, shapes(f).result, 700 + seed);
      return LAYOUTS.map((layout) =>
        defineCase({
          name: `${f.name}, ${layout}`,
          inputs: [input(x, layout), input(grad, layout)],
          run: (b, images, g) => [b.conv2dWeightGrad(images, g, f.windows)],
          truth: () => [gradOfWeight(dtype, f, x, grad)],
          ...tolerance(dtype),
        }),
      );
    }),
  })),
};
