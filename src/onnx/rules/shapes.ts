/** @file How views, joins, padding and writes into parts of a tensor are written. */
import { type Count, isFixed, sameCount } from "../aligned.ts";
import { type Call, countOf, first, fixedSize, fixedSizes, nth, type Operand, rule, sizedRule } from "../emitter.ts";
import type { OpRules } from "./elementwise.ts";

/** The largest number of a slice's end: as far as there is something. */
export const END = 2 ** 31 - 1;

/** One number of the parameters, in each trace. */
export function count<P>({ all }: Call<P>, select: (params: P) => number): Count {
  return all.map(select);
}

/** A list of numbers of the parameters, in each trace. */
export function counts<P>(call: Call<P>, select: (params: P) => readonly number[]): Count[] {
  return select(call.params).map((_, i) => call.all.map((params) => select(params)[i] as number));
}

/** `x[start:end]` along a dimension. */
export function sliceOf(
  { graph, emitter }: Call<unknown>,
  x: Operand,
  dim: number,
  start: Count,
  end: Count,
  step = 1,
): string {
  const size = x.shape[dim] as Count;
  // To the end, whatever that is.
  const to = sameCount(end, size) ? graph.ints([END]) : emitter.sizes([end], [x]);
  const inputs = [x.name, emitter.sizes([start], [x]), to, graph.ints([dim]), graph.ints([step])];
  return graph.node("Slice", inputs);
}

const same = (n: number, call: Call<unknown>): Count => call.all.map(() => n);

/** The result, of whose shape the operation knows. */
const reshaped = sizedRule<unknown>((call) => {
  const shape = call.outputs[0]?.shape as readonly Count[];
  return call.emitter.reshape(first(call), shape);
});

const permuted = rule<readonly number[]>((call) =>
  call.graph.node("Transpose", [first(call).name], { perm: call.params }),
);

/** x with a new dimension. */
export function unsqueezed({ graph }: Call<unknown>, x: string, dim: number): string {
  return graph.node("Unsqueeze", [x, graph.ints([dim])]);
}

/** x without a dimension of size 1. */
export function squeezed({ graph }: Call<unknown>, x: string, dim: number): string {
  return graph.node("Squeeze", [x, graph.ints([dim])]);
}

const squeeze = rule<readonly number[]>((call) => {
  const x = first(call);
  const dims = call.params.filter((d) => {
    const size = x.shape[d] as Count;
    return isFixed(size) && size[0] === 1;
  });
  return dims.length === 0 ? x.name : call.graph.node("Squeeze", [x.name, call.graph.ints(dims)]);
});

/** The picks of a constant list of places along a dimension. */
function picked(
  { graph }: Call<unknown>,
  x: string,
  dim: number,
  places: readonly number[],
  shape = [places.length],
): string {
  const index = graph.constant(
    "int64",
    shape,
    BigInt64Array.from(places, (place) => BigInt(place)),
  );
  return graph.node("Gather", [x, index], { axis: dim });
}

/** x with `value` in the places start, start + step … of a dimension. */
function written(
  call: Call<unknown>,
  x: Operand,
  value: string,
  { dim, start, end, step }: { dim: number; start: Count; end: Count; step: number },
): string {
  const { graph } = call;
  const size = x.shape[dim] as Count;
  if (step === 1) {
    const isFromStart = isFixed(start) && start[0] === 0;
    const parts = [
      ...(isFromStart ? [] : [sliceOf(call, x, dim, same(0, call), start)]),
      value,
      ...(sameCount(end, size) ? [] : [sliceOf(call, x, dim, end, size)]),
    ];
    return parts.length === 1 ? value : graph.node("Concat", parts, { axis: dim });
  }
  const length = fixedSize(size, "a size");
  const [from, to] = [fixedSize(start, "a start"), fixedSize(end, "an end")];
  const places = Array.from({ length }, (_, i) => i);
  for (let i = from, n = 0; i < to; i += step, n++) places[i] = length + n;
  return picked(call, graph.node("Concat", [x.name, value], { axis: dim }), dim, places);
}

/** The inverse of a view, for a change in place through it: the first input with the second in its part. */
const writes = {
  view: sizedRule<unknown>((call) => call.emitter.reshape(nth(call, 1), first(call).shape)),
  permute: rule<readonly number[]>((call) => {
    const perm = call.params.map((_, d) => call.params.indexOf(d));
    return call.graph.node("Transpose", [nth(call, 1).name], { perm });
  }),
  slice: sizedRule<{ dim: number; start: number; end: number; step: number }>((call) => {
    const { dim, step } = call.params;
    const [start, end] = [count(call, (p) => p.start), count(call, (p) => p.end)];
    return written(call, first(call), nth(call, 1).name, { dim, start, end, step });
  }),
  select: sizedRule<{ dim: number; index: number }>((call) => {
    const { dim } = call.params;
    const [start, end] = [count(call, (p) => p.index), count(call, (p) => p.index + 1)];
    const value = unsqueezed(call, nth(call, 1).name, dim);
    return written(call, first(call), value, { dim, start, end, step: 1 });
  }),
};

/** The parameters of {@link splitPad}. */
type Edges = Readonly<{ before: readonly number[]; after: readonly number[] }>;

function padInput(call: Call<Edges>): string {
  const { emitter } = call;
  return emitter.sizes([...counts(call, (p) => p.before), ...counts(call, (p) => p.after)], [first(call)]);
}

/** Padding with the elements of the other end, one dimension after the other. */
function wrapped(call: Call<Edges>): string {
  const { graph } = call;
  const { before, after } = call.params;
  let x = first(call);
  for (const [d, b] of before.entries()) {
    const a = after[d] as number;
    if (a === 0 && b === 0) continue;
    const size = x.shape[d] as Count;
    const last = size.map((n) => n - b);
    const parts = [
      ...(b > 0 ? [sliceOf(call, x, d, last, size)] : []),
      x.name,
      ...(a > 0 ? [sliceOf(call, x, d, same(0, call), same(a, call))] : []),
    ];
    const shape = x.shape.map((n, i) => (i === d ? n.map((each) => each + a + b) : n));
    x = { ...x, name: graph.node("Concat", parts, { axis: d }), shape };
  }
  return x.name;
}

/** The dtypes that runtimes have Trilu for are few; others go through float64, in which bools and small integers are exact. */
function throughFloat(call: Call<unknown>, x: Operand, write: (name: string) => string): string {
  const { graph } = call;
  if (x.dtype !== "bool" && x.dtype !== "int32" && x.dtype !== "uint8") return write(x.name);
  return graph.cast(write(graph.cast(x.name, "float64")), x.dtype);
}

const triangle = (upper: 0 | 1) =>
  rule<number>((call) => {
    const diagonal = call.graph.constant("int64", [], BigInt64Array.of(BigInt(call.params)));
    return throughFloat(call, first(call), (x) => call.graph.node("Trilu", [x, diagonal], { upper }));
  });

/** The source of a copy in place, in the shape and dtype of what it is written to. */
const copied = sizedRule<unknown>((call) => {
  const [self, source] = [first(call), nth(call, 1)];
  const name = source.dtype === self.dtype ? source.name : call.graph.cast(source.name, self.dtype);
  return call.emitter.expand({ ...source, name }, self.shape, [self]);
});

const filled = (value: (params: number) => number) =>
  rule<number>((call) => {
    const self = first(call);
    const scalar = call.graph.scalar(value(call.params), self.dtype);
    return call.emitter.expand({ name: scalar, dtype: self.dtype, shape: [] }, self.shape, [self]);
  });

export const shapes = {
  view: reshaped,
  expand: sizedRule((call) => call.emitter.expand(first(call), call.outputs[0]?.shape as readonly Count[], [])),
  permute: permuted,
  transpose: permuted,
  t: permuted,
  unsqueeze: rule((call) => unsqueezed(call, first(call).name, call.params)),
  squeeze,
  squeezeDim: squeeze,
  slice: sizedRule((call) => {
    const { dim, step } = call.params;
    return sliceOf(
      call,
      first(call),
      dim,
      count(call, (p) => p.start),
      count(call, (p) => p.end),
      step,
    );
  }),
  select: sizedRule((call) => {
    const { graph } = call;
    const index = count(call, (p) => p.index);
    const { dim } = call.params;
    const x = first(call);
    if (isFixed(index)) return graph.node("Gather", [x.name, graph.scalar(index[0] as number, "int64")], { axis: dim });
    // The last one, mostly.
    const fromEnd = index.map((i, t) => i - (x.shape[dim]?.[t] as number));
    if (isFixed(fromEnd))
      return graph.node("Gather", [x.name, graph.scalar(fromEnd[0] as number, "int64")], { axis: dim });
    return squeezed(call, graph.node("Gather", [x.name, call.emitter.sizes([index], [x])], { axis: dim }), dim);
  }),
  unfold: rule((call) => {
    const { dim, size, step } = call.params;
    const x = first(call);
    if (x.shape.length === 0) return unsqueezed(call, x.name, 0);
    const windows = Math.floor((fixedSize(x.shape[dim] as Count, "a size") - size) / step) + 1;
    const places = Array.from({ length: windows * size }, (_, i) => Math.floor(i / size) * step + (i % size));
    const gathered = picked(call, x.name, dim, places, [windows, size]);
    const rank = x.shape.length + 1;
    const perm = [...Array.from({ length: rank }, (_, d) => d).filter((d) => d !== dim + 1), dim + 1];
    return dim + 2 === rank ? gathered : call.graph.node("Transpose", [gathered], { perm });
  }),
  diagonal: rule((call) => {
    const { graph, emitter } = call;
    const { dim1, dim2, offset } = call.params;
    const x = first(call);
    const rest = x.shape.map((_, d) => d).filter((d) => d !== dim1 && d !== dim2);
    const [rows, columns] = fixedSizes([x.shape[dim1] as Count, x.shape[dim2] as Count], "a size") as [number, number];
    const moved = graph.node("Transpose", [x.name], { perm: [...rest, dim1, dim2] });
    const outer = rest.map((d) => x.shape[d] as Count);
    const source: Operand = { ...x, name: moved, shape: [...outer, same(rows, call), same(columns, call)] };
    const flat = emitter.reshape(source, [...outer, same(rows * columns, call)]);
    const length = Math.max(0, offset < 0 ? Math.min(rows + offset, columns) : Math.min(rows, columns - offset));
    const start = offset < 0 ? -offset * columns : offset;
    return picked(
      call,
      flat,
      rest.length,
      Array.from({ length }, (_, i) => start + i * (columns + 1)),
    );
  }),
  cat: rule((call) => {
    const parts = call.inputs
      .map((_, i) => nth(call, i))
      .filter(({ shape }) => !(shape.length === 1 && shape[0]?.every((n) => n === 0)));
    const [only] = parts;
    if (only === undefined) return first(call).name;
    return parts.length === 1
      ? only.name
      : call.graph.node(
          "Concat",
          parts.map(({ name }) => name),
          { axis: call.params },
        );
  }),
  flip: rule((call) => {
    const { graph, params } = call;
    if (params.length === 0) return first(call).name;
    const ints = (value: number): string => graph.ints(params.map(() => value));
    return graph.node("Slice", [first(call).name, ints(-1), ints(-(2 ** 31)), graph.ints(params), ints(-1)]);
  }),
  roll: sizedRule((call) => {
    const { dim } = call.params;
    const x = first(call);
    const size = x.shape[dim] as Count;
    const cut = count(call, (p) => p.shift).map((shift, t) => (size[t] as number) - shift);
    const parts = [sliceOf(call, x, dim, cut, size), sliceOf(call, x, dim, same(0, call), cut)];
    return call.graph.node("Concat", parts, { axis: dim });
  }),
  pad: sizedRule((call) => {
    const { graph } = call;
    const x = first(call);
    const fill = graph.scalar(call.params.value, x.dtype);
    return graph.node("Pad", [x.name, padInput(call), fill], { mode: "constant" });
  }),
  padEdges: sizedRule((call) => {
    const { mode } = call.params;
    if (mode === "circular") return wrapped(call);
    return call.graph.node("Pad", [first(call).name, padInput(call)], {
      mode: mode === "reflect" ? "reflect" : "edge",
    });
  }),
  tril: triangle(0),
  triu: triangle(1),
  copy_: copied,
  fill: filled((value) => value),
  zero: filled(() => 0),
} satisfies OpRules;

/** What follows for the tensor under a view from a change through it. */
export const writeThrough = {
  "write:view": writes.view,
  "write:unsqueeze": writes.view,
  "write:squeeze": writes.view,
  "write:squeezeDim": writes.view,
  "write:permute": writes.permute,
  "write:transpose": writes.permute,
  "write:t": writes.permute,
  "write:slice": writes.slice,
  "write:select": writes.select,
};

/** The number of elements along dimensions. */
export function countAlong(call: Call<unknown>, x: Operand, dims: readonly number[]): Count {
  return countOf(
    dims.map((d) => x.shape[d] as Count),
    call.all.length,
  );
}
