/** @file Packed sequences, and recurrent layers on them, against PyTorch's. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { autograd, manualSeed, nn, ones, randn, Tensor, tensor, zeros } from "../../../src/entry/index.ts";
import { type Encoded, type InputSpec, leafOf, upstream } from "../../golden/calls.ts";
import type { Encoding } from "../../golden/nn.ts";
import { expectClose, expectTensor } from "../close.ts";

const { rnn } = nn.utils;

interface Packing {
  readonly sequences: readonly InputSpec[];
  readonly lengths: readonly number[];
  readonly batchFirst: boolean;
  readonly enforceSorted: boolean;
  readonly padded: Encoding;
  readonly packed: readonly (Encoding | null)[];
  readonly again: Encoding;
  readonly found: readonly number[];
  readonly gradFns: readonly string[];
  readonly grads: readonly (readonly Encoded[])[];
}

interface Layer {
  readonly name: "RNN" | "LSTM" | "GRU";
  readonly seed: number;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly enforceSorted: boolean;
  readonly sequences: readonly InputSpec[];
  readonly states: readonly InputSpec[];
  readonly batchSizes: readonly number[];
  readonly results: readonly (Encoding & { readonly gradFn: string })[];
  readonly grads: readonly (readonly Encoded[])[];
  readonly stateGrads: readonly (readonly Encoded[])[];
  readonly parameterGrads: readonly (readonly [name: string, grad: readonly Encoded[]])[];
}

const golden: { readonly packings: readonly Packing[]; readonly layers: readonly Layer[] } = JSON.parse(
  readFileSync(new URL("../../golden/data/packed.json", import.meta.url), "utf8"),
);

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

describe("packing and padding", () => {
  test.each(golden.packings.map((c, i) => [`${i}: ${c.lengths}`, c] as const))("%s", (_, c) => {
    const leaves = c.sequences.map(leafOf);
    const { batchFirst, enforceSorted } = c;
    const padded = rnn.padSequence(leaves, { batchFirst, paddingValue: 0.5 });
    expectTensor(padded, c.padded);
    const packed = rnn.packPaddedSequence(padded, c.lengths, { batchFirst, enforceSorted });
    for (const [i, part] of [...packed].entries()) {
      const want = c.packed[i] ?? null;
      if (want === null) expect(part).toBeNull();
      else expectTensor(part as Tensor, want);
    }
    const [again, found] = rnn.padPackedSequence(packed, batchFirst, -1, Math.max(...c.lengths) + 1);
    expectTensor(again, c.again);
    expect(found.toArraySync()).toEqual(c.found);
    expect([padded, packed.data, again].map((t) => t.gradFn?.name)).toEqual(c.gradFns);
    again.backward(upstream(again, 0));
    for (const [i, want] of c.grads.entries()) expectClose((leaves[i] as Tensor).grad as Tensor, want);
    for (const [i, sequence] of rnn.unpackSequence(packed).entries()) {
      expect(sequence.equal((leaves[i] as Tensor).detach())).toBe(true);
    }
    const whole = rnn.packSequence(leaves, { enforceSorted });
    expect(whole.data.equal(packed.data)).toBe(true);
    expect(String(whole).startsWith("PackedSequence(data=tensor(")).toBe(true);
  });

  test("has the same elements in another dtype", () => {
    const packed = rnn.packSequence([ones(1), ones(3)], false).double();
    expect([packed.data.dtype, packed.batchSizes.dtype, packed.sizes()]).toEqual(["float64", "int32", [2, 1, 1]]);
    expect(packed.float().data.dtype).toBe("float32");
    expect(packed.sortedIndices?.toArraySync()).toEqual([1, 0]);
  });

  test("derivatives against differences", () => {
    const padded = randn(3, 2, 2, { dtype: "float64" }).requiresGrad_();
    const round = (x: Tensor) => {
      const packed = rnn.packPaddedSequence(x, [1, 3], false, false);
      return rnn.padPackedSequence(packed.with(packed.data.mul(packed.data)))[0];
    };
    expect(autograd.gradcheck(round, [padded])).toBe(true);
    expect(autograd.gradgradcheck(round, [padded])).toBe(true);
  });

  const words: readonly (readonly [string, () => unknown])[] = [
    [
      "Expected `len(lengths)` to be equal to batch_size, but got 1 (batch_size=2)",
      () => rnn.packPaddedSequence(ones(3, 2), [3]),
    ],
    ["Length of all samples has to be greater than 0", () => rnn.packPaddedSequence(ones(3, 2), [3, 0])],
    [
      "must be sorted in decreasing order when `enforce_sorted` is True",
      () => rnn.packPaddedSequence(ones(3, 2), [2, 3]),
    ],
    ["Cannot pack empty tensors.", () => rnn.packPaddedSequence(zeros(0, 2), [1, 1])],
    ["sequence 0 has a length of 4, but the input has 3 steps", () => rnn.packPaddedSequence(ones(3, 2), [4, 3])],
    [
      "Expected total_length to be at least the length of the longest sequence in input, but got total_length=1 and max sequence length being 2",
      () => rnn.padPackedSequence(rnn.packSequence([ones(2)]), { totalLength: 1 }),
    ],
    ["received an empty list of sequences", () => rnn.padSequence([])],
    ["equal sizes behind the first", () => rnn.padSequence([ones(2, 3), ones(1, 2)])],
    ["must be a PackedSequence", () => rnn.padPackedSequence(ones(2) as never)],
  ];
  test.each(words)("refuses: %s", (message, call) => expect(call).toThrow(message));
});

function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  return Array.isArray(value) ? value.flatMap(tensorsIn) : [];
}

/** Any of the three layers, by what they have in common. */
interface AnyRecurrent extends nn.Module<unknown> {
  forward(x: nn.utils.rnn.PackedSequence, hx?: unknown): [nn.utils.rnn.PackedSequence, unknown];
  forward(x: Tensor, hx?: unknown): [Tensor, unknown];
}

function make(name: Layer["name"], options: object): AnyRecurrent {
  const layers = { RNN: nn.RNN, LSTM: nn.LSTM, GRU: nn.GRU };
  return Reflect.construct(layers[name], [2, 3, options]) as AnyRecurrent;
}

const titled = golden.layers.map((c, i) => [`${i} ${c.name} ${JSON.stringify(c.kwargs)}`, c] as const);

describe("recurrent layers", () => {
  test.each(titled)("%s", (_, c) => {
    manualSeed(c.seed);
    const options = Object.fromEntries(Object.entries(c.kwargs).map(([key, value]) => [camel(key), value]));
    const layer = make(c.name, options);
    const leaves = c.sequences.map(leafOf);
    const states = c.states.map(leafOf);
    const packed = rnn.packSequence(leaves, c.enforceSorted);
    manualSeed(c.seed);
    const hx = states.length === 0 ? null : c.name === "LSTM" ? states : states[0];
    const [output, final] = layer.forward(packed, hx);
    expect(output).toBeInstanceOf(rnn.PackedSequence);
    expect(output.sizes()).toEqual(c.batchSizes);
    const results = [output.data, ...tensorsIn(final)];
    expect(results.length).toBe(c.results.length);
    for (const [i, want] of c.results.entries()) {
      expectTensor(results[i] as Tensor, want);
      expect(results[i]?.gradFn?.name).toBe(want.gradFn);
    }
    for (const [k, result] of results.entries()) result.backward(upstream(result, k), { retainGraph: true });
    for (const [i, want] of c.grads.entries()) expectClose((leaves[i] as Tensor).grad as Tensor, want);
    for (const [i, want] of c.stateGrads.entries()) expectClose((states[i] as Tensor).grad as Tensor, want);
    const parameters = new Map(layer.namedParameters());
    for (const [name, want] of c.parameterGrads) expectClose(parameters.get(name)?.grad as Tensor, want);
  });

  test.each(["RNN", "LSTM", "GRU"] as const)("%s is what it is on each sequence alone", (name) => {
    const layer = make(name, { numLayers: 2, bidirectional: true });
    const sequences = [randn(2, 2), randn(5, 2), randn(3, 2)];
    const [output] = layer.forward(rnn.packSequence(sequences, false));
    for (const [i, alone] of rnn.unpackSequence(output).entries()) {
      const [want] = layer.forward(sequences[i] as Tensor);
      expect(alone.sub(want).abs().max().itemSync()).toBeLessThan(1e-6);
    }
  });

  test("second derivatives against differences", () => {
    const layer = new nn.LSTM(2, 2, { bidirectional: true, dtype: "float64" });
    const data = randn(4, 2, { dtype: "float64" }).requiresGrad_();
    const sizes = tensor([2, 1, 1], { dtype: "int32" });
    const run = (x: Tensor) => layer.forward(new rnn.PackedSequence(x, sizes))[0].data;
    expect(autograd.gradcheck(run, [data])).toBe(true);
    expect(autograd.gradgradcheck(run, [data])).toBe(true);
  });

  test("refuses sizes that do not match", () => {
    const packed = rnn.packSequence([ones(2, 2), ones(1, 2)]);
    expect(() => new nn.GRU(3, 2).forward(packed)).toThrow(
      "input.size(-1) must be equal to input_size. Expected 3, got 2",
    );
    expect(() => new nn.GRU(2, 3).forward(packed, zeros(1, 1, 3))).toThrow(
      "Expected hidden size (1, 2, 3), got [1, 1, 3]",
    );
    expect(() => new nn.RNN(2, 3).forward(rnn.packSequence([ones(2)]))).toThrow("input must have 2 dimensions, got 1");
  });
});
