/** @file Types of data sets, loaders and transforms. The compiler checks this file; nothing runs it. */
import { expectTypeOf } from "vitest";
import {
  BatchSampler,
  ConcatDataset,
  DataLoader,
  Dataset,
  datasets,
  IterableDataset,
  prefetch,
  progress,
  RandomSampler,
  randomSplit,
  SequentialSampler,
  Subset,
  SubsetRandomSampler,
  TensorDataset,
  transforms,
  WeightedRandomSampler,
} from "../../src/entry/data.ts";
import { Generator, ones, type Tensor } from "../../src/entry/index.ts";

const x = ones(4, 2);
const pairs = new TensorDataset(x, x);

class Words extends Dataset<{ text: string; label: number }> {
  length = 3;
  get(index: number): { text: string; label: number } {
    return { text: "a", label: index };
  }
}

class Stream extends IterableDataset<number> {
  override *[Symbol.iterator](): Iterator<number> {
    yield 1;
  }
}

// --- Data sets ---------------------------------------------------------------------------------------------------------

expectTypeOf(pairs.get(0)).toEqualTypeOf<[Tensor, Tensor]>();
expectTypeOf(new Subset(pairs, [0, 1]).get(0)).toEqualTypeOf<[Tensor, Tensor]>();
expectTypeOf(new ConcatDataset([pairs, pairs]).get(0)).toEqualTypeOf<[Tensor, Tensor]>();
const parts = randomSplit(new Words(), [2, 1], new Generator());
expectTypeOf(parts[0]?.get(0)).toEqualTypeOf<{ text: string; label: number } | undefined>();
// @ts-expect-error numbers are no tensors
new TensorDataset(x, [1, 2]);
// @ts-expect-error a data set has indices
new Subset(pairs, ["0"]);
// @ts-expect-error a seed is no generator
randomSplit(pairs, [2, 2], 0);

// --- Loaders -----------------------------------------------------------------------------------------------------------

const loader = new DataLoader(pairs, { batchSize: 2, shuffle: true, dropLast: false, generator: new Generator() });
for (const [a, b] of loader) expectTypeOf([a, b]).toEqualTypeOf<Tensor[]>();
expectTypeOf(loader.length).toEqualTypeOf<number>();
for (const batch of new DataLoader(new Words())) expectTypeOf(batch).toEqualTypeOf<{ text: string[]; label: Tensor }>();
for (const batch of new DataLoader(new Stream())) expectTypeOf(batch).toEqualTypeOf<Tensor>();
const collated = new DataLoader(new Words(), { collateFn: (samples) => samples.map(({ text }) => text) });
for (const batch of collated) expectTypeOf(batch).toEqualTypeOf<string[]>();
// @ts-expect-error misspelt
new DataLoader(pairs, { batchsize: 2 });
// @ts-expect-error PyTorch's name
new DataLoader(pairs, { batch_size: 2 });
// @ts-expect-error there are no worker processes
new DataLoader(pairs, { workers: 2 });
// @ts-expect-error not a number
new DataLoader(pairs, { batchSize: "2" });
// @ts-expect-error not a flag
new DataLoader(pairs, { shuffle: 1 });
for (const [x] of new DataLoader(pairs, 2, true, { dropLast: true })) expectTypeOf(x).toEqualTypeOf<Tensor>();
for (const [x] of new DataLoader(pairs, 2, { shuffle: true })) expectTypeOf(x).toEqualTypeOf<Tensor>();
for (const [x] of new DataLoader({ dataset: pairs, batchSize: 2 })) expectTypeOf(x).toEqualTypeOf<Tensor>();
// @ts-expect-error other options have names
new DataLoader(pairs, 2, true, [0]);
// @ts-expect-error an array is no data set
new DataLoader([1, 2]);
// @ts-expect-error a sampler gives numbers
new DataLoader(pairs, { sampler: ["0"] });
// @ts-expect-error a batch sampler gives lists
new DataLoader(pairs, { batchSampler: [0, 1] });
// @ts-expect-error a seed is no generator
new DataLoader(pairs, { generator: 0 });
// @ts-expect-error these samples have no name
new DataLoader(new Words(), { collateFn: (samples: { name: string }[]) => samples });

new RandomSampler(pairs, { replacement: true, numSamples: 3 });
// @ts-expect-error misspelt
new RandomSampler(pairs, { samples: 3 });
// @ts-expect-error not a flag
new RandomSampler(pairs, { replacement: "yes" });
// @ts-expect-error misspelt
new WeightedRandomSampler([1, 2], 2, { replace: true });
// @ts-expect-error weights are numbers
new WeightedRandomSampler(["1"], 2);
// @ts-expect-error a number has no length
new SequentialSampler(3);
// @ts-expect-error indices are numbers
new SubsetRandomSampler(["0"]);
// @ts-expect-error not a flag
new BatchSampler([0, 1], 2, "drop");

expectTypeOf(prefetch(loader)).toExtend<AsyncIterable<[Tensor, Tensor]>>();
// @ts-expect-error not a number
prefetch(loader, { size: 2 });
// @ts-expect-error misspelt
progress(loader, { titel: "train" });

// --- MNIST and transforms ----------------------------------------------------------------------------------------------

export async function mnist(): Promise<void> {
  const set = await datasets.MNIST.load({ root: "data", train: false, download: true });
  expectTypeOf(set.get(0)).toEqualTypeOf<[image: Tensor, target: number]>();
  // @ts-expect-error misspelt
  await datasets.MNIST.load({ path: "data" });
}
const pixels = new datasets.MNIST({ transform: (image) => image.size, targetTransform: (label) => label > 4 });
expectTypeOf(pixels.get(0)).toEqualTypeOf<[image: number, target: boolean]>();
// @ts-expect-error misspelt
new datasets.MNIST({ training: true });
// @ts-expect-error not a flag
new datasets.FashionMNIST({ train: "yes" });
// @ts-expect-error a label is a number
new datasets.MNIST({ targetTransform: (label: string) => label });

new transforms.Compose([new transforms.ToTensor(), new transforms.Normalize([0.5], [0.5])]);
// @ts-expect-error means are numbers
new transforms.Normalize(["0.5"], [0.5]);
new transforms.Pad(2, { fill: 1, paddingMode: "reflect" });
// @ts-expect-error misspelt
new transforms.Pad(2, { mode: "reflect" });
// @ts-expect-error no mode there is
new transforms.Pad(2, { paddingMode: "mirror" });
// @ts-expect-error misspelt
new transforms.Resize(8, { antiAlias: true, mode: 1 });
new transforms.RandomCrop(28, { padding: 4 });
// @ts-expect-error misspelt
new transforms.RandomCrop(28, { paddings: 4 });
// @ts-expect-error misspelt
new transforms.RandomRotation(10, { expands: true });
