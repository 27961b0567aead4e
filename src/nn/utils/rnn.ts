/** @file The namespace `nn.utils.rnn`: sequences of different lengths, padded and packed. */
import type { DType } from "../../../kernels/backend.ts";
import { optional, required, type SomeThenOptions, signature } from "../../core/arguments.ts";
import { describeValue } from "../../core/describe.ts";
import type { DeviceChoice } from "../../core/device.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import {
  aBoolean,
  aNumber,
  aSize,
  aTensor,
  integers,
  type Kind,
  kind,
  nullable,
  REFUSED,
  tensors,
} from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { full } from "../../tensor/create.ts";
import { asNonView, withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import { cat, pad, stack } from "../../tensor/functions/shape.ts";
import { newFrom } from "../../tensor/like.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/**
 * A batch of sequences of different lengths without padding, which `RNN`, `LSTM` and `GRU` take: the elements of all
 * sequences at the first step, then at the second, and so on. Made by {@link packPaddedSequence} and
 * {@link packSequence}.
 *
 * @example
 * const packed = nn.utils.rnn.packSequence([tensor([1, 2, 3]), tensor([4])]);
 * packed.data; // tensor([1., 4., 2., 3.])
 * packed.batchSizes; // tensor([2, 1, 1])
 */
export class PackedSequence implements Iterable<Tensor | null> {
  /** The elements, `(sum of the lengths,*)`. */
  readonly data: Tensor;
  /** Number of sequences at each step, int32, on the CPU. */
  readonly batchSizes: Tensor;
  /** The order in which the sequences were sorted by length, int32; null if they came sorted. */
  readonly sortedIndices: Tensor | null;
  /** The order that restores the original one, int32, or null. */
  readonly unsortedIndices: Tensor | null;

  constructor(
    data: Tensor,
    batchSizes: Tensor,
    sortedIndices: Tensor | null = null,
    unsortedIndices: Tensor | null = null,
  ) {
    const given = SIGNATURES.PackedSequence.read([data, batchSizes, sortedIndices, unsortedIndices]);
    if (given.batchSizes.device !== "cpu") {
      throw new ValueError(
        "[PackedSequence] batch_sizes should always be on CPU. Leave the arguments to packSequence.",
      );
    }
    this.data = given.data;
    this.batchSizes = given.batchSizes;
    this.sortedIndices = given.sortedIndices;
    this.unsortedIndices = given.unsortedIndices ?? invertPermutation(given.sortedIndices);
  }

  /** The number of sequences at each step. */
  sizes(): number[] {
    return Array.from(this.batchSizes.dataSync());
  }
  /** The same packing of other elements. */
  with(data: Tensor): PackedSequence {
    return new PackedSequence(data, this.batchSizes, this.sortedIndices, this.unsortedIndices);
  }
  /** Moves the elements to a device or casts them. Indices move too; batch sizes stay on the CPU. */
  to(
    target: DeviceChoice | DType | { readonly device?: DeviceChoice | undefined; readonly dtype?: DType | undefined },
  ): PackedSequence {
    const data = this.data.to(target);
    const moved = (indices: Tensor | null): Tensor | null => indices?.to(data.device) ?? null;
    return new PackedSequence(data, this.batchSizes, moved(this.sortedIndices), moved(this.unsortedIndices));
  }
  /** The elements as float32. */
  float(): PackedSequence {
    return this.to("float32");
  }
  /** The elements as float64. */
  double(): PackedSequence {
    return this.to("float64");
  }
  /** `[data, batchSizes, sortedIndices, unsortedIndices]`, for `const [data, batchSizes] = packed`. */
  [Symbol.iterator](): IterableIterator<Tensor | null> {
    return [this.data, this.batchSizes, this.sortedIndices, this.unsortedIndices].values();
  }
  /** PyTorch's printed form. */
  toString(): string {
    const [data, sizes, sorted, unsorted] = [...this].map((t) => (t === null ? "None" : String(t)));
    return `PackedSequence(data=${data}, batch_sizes=${sizes}, sorted_indices=${sorted}, unsorted_indices=${unsorted})`;
  }
  /** The printed form, for Node's `console.log`. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** Lengths: a list, or a tensor on the CPU. */
const someLengths: Kind<readonly number[]> = {
  description: "a list of integers or a tensor of them",
  read: (value) => {
    if (!isTensor(value)) return integers.read(value);
    return value.device === "cpu" && value.ndim === 1 ? integers.read(value.dataSync()) : REFUSED;
  },
  hint: (value) =>
    isTensor(value) && value.device !== "cpu" ? "Lengths are read: give them as a list or on the CPU." : undefined,
};

const aPacked: Kind<PackedSequence> = kind("a PackedSequence", (value) => value instanceof PackedSequence);

const BATCH_FIRST = { batchFirst: optional(aBoolean, false) };
const PADDING_VALUE = { paddingValue: optional(aNumber, 0) };
const ENFORCE_SORTED = { enforceSorted: optional(aBoolean, true) };

const SIGNATURES = {
  PackedSequence: signature("PackedSequence", {
    data: required(aTensor),
    batchSizes: required(aTensor),
    sortedIndices: optional(nullable(aTensor), null),
    unsortedIndices: optional(nullable(aTensor), null),
  }),
  packPaddedSequence: signature("packPaddedSequence", {
    input: required(aTensor),
    lengths: required(someLengths),
    ...BATCH_FIRST,
    ...ENFORCE_SORTED,
  }),
  padPackedSequence: signature("padPackedSequence", {
    sequence: required(aPacked),
    ...BATCH_FIRST,
    ...PADDING_VALUE,
    totalLength: optional(nullable(aSize), null),
  }),
  padSequence: signature("padSequence", { sequences: required(tensors), ...BATCH_FIRST, ...PADDING_VALUE }),
  packSequence: signature("packSequence", { sequences: required(tensors), ...ENFORCE_SORTED }),
  unpackSequence: signature("unpackSequence", { packedSequences: required(aPacked) }),
  unpadSequence: signature("unpadSequence", {
    paddedSequences: required(aTensor),
    lengths: required(someLengths),
    ...BATCH_FIRST,
  }),
};

/** int32 numbers as a tensor. */
function indexTensor(like: Tensor, values: readonly number[]): Tensor {
  return newFrom(like, "int32", Int32Array.from(values), [values.length]);
}

/**
 * The permutation that undoes another one, int32; null for null.
 *
 * @example
 * nn.utils.rnn.invertPermutation(tensor([2, 0, 1], { dtype: "int32" })); // tensor([1, 2, 0])
 */
export function invertPermutation(permutation: Tensor | null): Tensor | null {
  if (permutation === null) return null;
  const inverse = new Int32Array(permutation.numel());
  for (const [i, p] of permutation.dataSync().entries()) inverse[p] = i;
  return newFrom(permutation, "int32", inverse, permutation.shape);
}

/** Options of {@link packPaddedSequence}. */
export interface PackOptions {
  /** If true, the input is `(B,T,*)`, else `(T,B,*)`. Default false. */
  readonly batchFirst?: boolean | undefined;
  /** If true, the sequences must come longest first; if false, they are sorted. Default true. */
  readonly enforceSorted?: boolean | undefined;
}

/**
 * Packs padded sequences: takes the padding out, for `RNN`, `LSTM` and `GRU` to compute only what is there.
 *
 * @param input - `(T,B,*)`, or `(B,T,*)` with `batchFirst`.
 * @param lengths - Length of each sequence: a list, or an int32 tensor on the CPU.
 * @throws ValueError for lengths that are not positive, not as many as sequences, longer than the input, or not sorted
 * with `enforceSorted`.
 * @example
 * const padded = tensor([[1, 2, 3], [4, 0, 0]]);
 * nn.utils.rnn.packPaddedSequence(padded, [3, 1], { batchFirst: true }).data; // tensor([1., 4., 2., 3.])
 */
export function packPaddedSequence(
  input: Tensor,
  lengths: readonly number[] | Tensor,
  batchFirst?: boolean,
  enforceSorted?: boolean,
): PackedSequence;
export function packPaddedSequence(
  input: Tensor,
  lengths: readonly number[] | Tensor,
  batchFirst: boolean | undefined,
  options: PackOptions | undefined,
): PackedSequence;
export function packPaddedSequence(
  input: Tensor,
  lengths: readonly number[] | Tensor,
  options?: PackOptions,
): PackedSequence;
export function packPaddedSequence(...args: readonly unknown[]): PackedSequence {
  const op = "packPaddedSequence";
  const given = SIGNATURES.packPaddedSequence.read(args);
  const { input, batchFirst, enforceSorted } = given;
  if (input.ndim < 2 || input.numel() === 0) throw new ShapeError(`[${op}] Cannot pack empty tensors.`);
  const [first, second] = input.shape as [number, number];
  const [batch, steps] = batchFirst ? [first, second] : [second, first];
  const sorted = enforceSorted ? null : sortByLength(given.lengths);
  const lengths = sorted === null ? given.lengths : sorted.map((i) => given.lengths[i] as number);
  checkLengths(op, lengths, batch, steps, enforceSorted);
  const sizes = batchSizesOf(lengths);
  const rows: number[] = [];
  for (const [t, count] of sizes.entries()) {
    for (let i = 0; i < count; i++) {
      const b = sorted === null ? i : (sorted[i] as number);
      rows.push(batchFirst ? b * steps + t : t * batch + b);
    }
  }
  const flat = input.reshape([first * second, ...input.shape.slice(2)]);
  const data = withGradFnName("PackPaddedSequenceBackward0", flat.indexSelect(0, indexTensor(input, rows)));
  const order = sorted === null ? null : indexTensor(input, sorted);
  return new PackedSequence(data, hostIndices(sizes), order, invertPermutation(order));
}

/** Places of the sequences, longest first; equal ones stay in order. */
function sortByLength(lengths: readonly number[]): number[] {
  return Array.from(lengths.keys()).sort((a, b) => (lengths[b] as number) - (lengths[a] as number));
}

function checkLengths(op: string, lengths: readonly number[], batch: number, steps: number, sorted: boolean): void {
  if (lengths.length !== batch) {
    throw new ValueError(
      `[${op}] Expected \`len(lengths)\` to be equal to batch_size, but got ${lengths.length} (batch_size=${batch})`,
    );
  }
  for (const [i, length] of lengths.entries()) {
    if (length <= 0) {
      throw new ValueError(
        `[${op}] Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0`,
      );
    }
    if (length > steps) {
      throw new ValueError(`[${op}] sequence ${i} has a length of ${length}, but the input has ${steps} steps`);
    }
    if (sorted && i > 0 && length > (lengths[i - 1] as number)) {
      throw new ValueError(
        `[${op}] \`lengths\` array must be sorted in decreasing order when \`enforce_sorted\` is True. Pass { enforceSorted: false } to have them sorted.`,
      );
    }
  }
}

/** Number of sequences at each step, from lengths in decreasing order. */
function batchSizesOf(lengths: readonly number[]): number[] {
  return Array.from({ length: lengths[0] ?? 0 }, (_, t) => lengths.filter((length) => length > t).length);
}

/** int32 numbers on the CPU. */
function hostIndices(values: readonly number[]): Tensor {
  return newFrom(full([0], 0), "int32", Int32Array.from(values), [values.length]);
}

/** Lengths of the sequences of a packing, in its order. */
function lengthsOf(sizes: readonly number[]): number[] {
  return Array.from({ length: sizes[0] ?? 0 }, (_, b) => sizes.filter((count) => count > b).length);
}

/** Options of {@link padPackedSequence}. */
export interface PadPackedOptions {
  /** If true, the output is `(B,T,*)`, else `(T,B,*)`. Default false. */
  readonly batchFirst?: boolean | undefined;
  /** Value of the padding. Default 0. */
  readonly paddingValue?: number | undefined;
  /** Pad to this length, at least that of the longest sequence. Default null: that of the longest. */
  readonly totalLength?: number | null | undefined;
}

/**
 * Pads a packed batch: the reverse of {@link packPaddedSequence}.
 *
 * @returns the padded sequences, `(T,B,*)` or `(B,T,*)` with `batchFirst`, in their original order, and their lengths,
 * int32 on the CPU.
 * @throws ValueError for a total length below that of the longest sequence.
 * @example
 * const packed = nn.utils.rnn.packSequence([tensor([1, 2, 3]), tensor([4])]);
 * const [padded, lengths] = nn.utils.rnn.padPackedSequence(packed, { batchFirst: true });
 * padded;
 * // tensor([[1., 2., 3.],
 * //         [4., 0., 0.]])
 * lengths; // tensor([3, 1])
 */
export function padPackedSequence(
  sequence: PackedSequence,
  batchFirst?: boolean,
  paddingValue?: number,
  totalLength?: number | null,
): [padded: Tensor, lengths: Tensor];
export function padPackedSequence(
  sequence: PackedSequence,
  ...rest: SomeThenOptions<[batchFirst: boolean, paddingValue: number], PadPackedOptions>
): [padded: Tensor, lengths: Tensor];
export function padPackedSequence(
  sequence: PackedSequence,
  options?: PadPackedOptions,
): [padded: Tensor, lengths: Tensor];
export function padPackedSequence(...args: readonly unknown[]): [padded: Tensor, lengths: Tensor] {
  const op = "padPackedSequence";
  const { sequence, batchFirst, paddingValue, totalLength } = SIGNATURES.padPackedSequence.read(args);
  const sizes = sequence.sizes();
  const { data } = sequence;
  if (totalLength !== null && totalLength < sizes.length) {
    throw new ValueError(
      `[${op}] Expected total_length to be at least the length of the longest sequence in input, but got total_length=${totalLength} and max sequence length being ${sizes.length}`,
    );
  }
  const steps = totalLength ?? sizes.length;
  const batch = sizes[0] ?? 0;
  const places = sequence.unsortedIndices === null ? null : Array.from(sequence.unsortedIndices.dataSync());
  const starts: number[] = [];
  let total = 0;
  for (const count of sizes) {
    starts.push(total);
    total += count;
  }
  // The row behind the last one holds the padding.
  const rowOf = (t: number, i: number): number => {
    const b = places === null ? i : (places[i] as number);
    return t < sizes.length && b < (sizes[t] as number) ? (starts[t] as number) + b : total;
  };
  const rows = Array.from({ length: steps * batch }, (_, k) =>
    batchFirst ? rowOf(k % steps, Math.floor(k / steps)) : rowOf(Math.floor(k / batch), k % batch),
  );
  const rest = data.shape.slice(1);
  const padding = full([1, ...rest], paddingValue, { dtype: data.dtype, device: data.device });
  const source = rows.includes(total) ? cat([data, padding]) : data;
  const shape = [...(batchFirst ? [batch, steps] : [steps, batch]), ...rest];
  const padded = source.indexSelect(0, indexTensor(data, rows)).view(shape);
  const name = places !== null ? "IndexSelectBackward0" : batchFirst ? "TransposeBackward0" : "CopySlices";
  const lengths = lengthsOf(sizes);
  return [
    asNonView(name, padded),
    hostIndices(places === null ? lengths : places.map((place) => lengths[place] as number)),
  ];
}

/** Options of {@link padSequence}. */
export interface PadSequenceOptions {
  /** If true, the output is `(B,T,*)`, else `(T,B,*)`. Default false. */
  readonly batchFirst?: boolean | undefined;
  /** Value of the padding. Default 0. */
  readonly paddingValue?: number | undefined;
}

/**
 * Pads sequences of different lengths to that of the longest, and stacks them.
 *
 * @param sequences - Tensors `(L,*)`, whose other sizes are equal.
 * @returns `(T,B,*)`, or `(B,T,*)` with `batchFirst`.
 * @throws ShapeError for other sizes that differ, or a tensor without dimensions; ValueError for no sequences.
 * @example
 * nn.utils.rnn.padSequence([tensor([1, 2, 3]), tensor([4])], { batchFirst: true });
 * // tensor([[1., 2., 3.],
 * //         [4., 0., 0.]])
 */
export function padSequence(sequences: readonly Tensor[], batchFirst?: boolean, paddingValue?: number): Tensor;
export function padSequence(
  sequences: readonly Tensor[],
  batchFirst: boolean | undefined,
  options: PadSequenceOptions | undefined,
): Tensor;
export function padSequence(sequences: readonly Tensor[], options?: PadSequenceOptions): Tensor;
export function padSequence(...args: readonly unknown[]): Tensor {
  const op = "padSequence";
  const { sequences, batchFirst, paddingValue } = SIGNATURES.padSequence.read(args);
  const [first] = sequences;
  if (first === undefined) throw new ValueError(`[${op}] received an empty list of sequences`);
  const rest = bracketed(first.shape.slice(1));
  for (const sequence of sequences) {
    if (sequence.ndim > 0 && bracketed(sequence.shape.slice(1)) === rest) continue;
    throw new ShapeError(
      `[${op}] expected sequences [L, *] with equal sizes behind the first, but got ${bracketed(first.shape)} and ${bracketed(sequence.shape)}`,
    );
  }
  const steps = Math.max(...sequences.map((sequence) => sequence.size(0)));
  const behind = new Array<number>(2 * (first.ndim - 1)).fill(0);
  const padded = sequences.map((sequence) => {
    const missing = steps - sequence.size(0);
    return missing === 0 ? sequence : pad(sequence, [...behind, 0, missing], "constant", paddingValue);
  });
  return withGradFnName("CopySlices", stack(padded, batchFirst ? 0 : 1));
}

/** Options of {@link packSequence}. */
export interface PackSequenceOptions {
  /** If true, the sequences must come longest first; if false, they are sorted. Default true. */
  readonly enforceSorted?: boolean | undefined;
}

/**
 * Packs sequences of different lengths: {@link padSequence} and {@link packPaddedSequence} in one.
 *
 * @param sequences - Tensors `(L,*)`, whose other sizes are equal.
 * @throws as those two.
 * @example
 * const packed = nn.utils.rnn.packSequence([tensor([4]), tensor([1, 2, 3])], { enforceSorted: false });
 * packed.data; // tensor([1., 4., 2., 3.])
 * packed.sortedIndices; // tensor([1, 0])
 */
export function packSequence(sequences: readonly Tensor[], enforceSorted?: boolean): PackedSequence;
export function packSequence(sequences: readonly Tensor[], options?: PackSequenceOptions): PackedSequence;
export function packSequence(...args: readonly unknown[]): PackedSequence {
  const { sequences, enforceSorted } = SIGNATURES.packSequence.read(args);
  const padded = padSequence(sequences);
  return packPaddedSequence(
    padded,
    sequences.map((sequence) => sequence.size(0)),
    false,
    enforceSorted,
  );
}

/**
 * The sequences of a packed batch, in their original order: the reverse of {@link packSequence}.
 *
 * @example
 * const packed = nn.utils.rnn.packSequence([tensor([1, 2, 3]), tensor([4])]);
 * nn.utils.rnn.unpackSequence(packed).map((sequence) => sequence.toArraySync()); // [ [ 1, 2, 3 ], [ 4 ] ]
 */
export function unpackSequence(packedSequences: PackedSequence): Tensor[];
export function unpackSequence(...args: readonly unknown[]): Tensor[] {
  const { packedSequences } = SIGNATURES.unpackSequence.read(args);
  const [padded, lengths] = padPackedSequence(packedSequences, true);
  return unpadSequence(padded, lengths, true);
}

/**
 * The sequences of a padded batch without their padding: the reverse of {@link padSequence}.
 *
 * @param paddedSequences - `(T,B,*)`, or `(B,T,*)` with `batchFirst`.
 * @param lengths - Length of each sequence: a list, or an int32 tensor on the CPU.
 * @example
 * const padded = tensor([[1, 2, 3], [4, 0, 0]]);
 * nn.utils.rnn.unpadSequence(padded, [3, 1], true).map((sequence) => sequence.numel()); // [ 3, 1 ]
 */
export function unpadSequence(
  paddedSequences: Tensor,
  lengths: readonly number[] | Tensor,
  batchFirst?: boolean,
): Tensor[];
export function unpadSequence(
  paddedSequences: Tensor,
  lengths: readonly number[] | Tensor,
  options?: Pick<PadSequenceOptions, "batchFirst">,
): Tensor[];
export function unpadSequence(...args: readonly unknown[]): Tensor[] {
  const op = "unpadSequence";
  const { paddedSequences, lengths, batchFirst } = SIGNATURES.unpadSequence.read(args);
  const rows = paddedSequences.unbind(batchFirst ? 0 : 1);
  if (rows.length !== lengths.length) {
    throw new ValueError(`[${op}] there are ${rows.length} sequences, but ${describeValue(lengths)} as their lengths`);
  }
  return rows.map((row, i) => row.narrow(0, 0, lengths[i] as number));
}
