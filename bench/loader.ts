/**
 * @file Making batches of 128 MNIST images: whole ones, with Normalize, sample by sample, and rows of a TensorDataset.
 *
 * Run with `node bench/loader.ts`. The yardstick is a plain loop that divides the same bytes into a ready array.
 */
import { DataLoader, type Dataset, datasets, TensorDataset, transforms } from "tapegrad/data";
import { median } from "./measure.ts";

const BATCH = 128;

export interface LoaderTimes {
  /** Median milliseconds of one batch, from the bytes of the data set to the two tensors. */
  readonly whole: number;
  readonly normalized: number;
  readonly oneByOne: number;
  readonly tensorDataset: number;
  /** The same bytes divided by 255 in a plain loop, without a loader and without tensors. */
  readonly plainLoop: number;
}

/**
 * Median milliseconds of making one batch, in walks with `for await` as a training loop has them. The first walk does
 * not count: it is the first to touch the memory that later ones use again.
 */
async function batchMs(dataset: Dataset<unknown>, samples: number): Promise<number> {
  const loader = new DataLoader(dataset, { batchSize: BATCH, shuffle: true, dropLast: true });
  const times: number[] = [];
  for (let walk = 0; times.length < samples; walk++) {
    const batches = loader[Symbol.asyncIterator]();
    // The first batch of a walk also pays for the random order of all 60,000 images.
    await batches.next();
    for (let i = 0; i < samples; i++) {
      const start = performance.now();
      if ((await batches.next()).done === true) break;
      if (walk > 0) times.push(performance.now() - start);
    }
    await batches.return?.();
  }
  return median(times);
}

function plainLoopMs(samples: number): number {
  const bytes = new Uint8Array(60000 * 784).map((_, i) => i);
  const floats = new Float32Array(BATCH * 784);
  const times: number[] = [];
  for (let s = 0; s < samples; s++) {
    const start = performance.now();
    for (let row = 0, to = 0; row < BATCH; row++) {
      const from = ((s * BATCH + row) % 60000) * 784;
      for (let i = 0; i < 784; i++) floats[to++] = (bytes[from + i] as number) / 255;
    }
    times.push(performance.now() - start);
  }
  return median(times.slice(samples >> 2));
}

/** Measures every way to make a batch. */
export async function measureLoader(samples = 400): Promise<LoaderTimes> {
  const { Compose, Normalize, ToTensor } = transforms;
  const normalize = new Compose([new ToTensor(), new Normalize(0.1307, 0.3081)]);
  const plain = new datasets.MNIST();
  const own = new datasets.MNIST({ transform: (image) => new ToTensor().forward(image) });
  return {
    whole: await batchMs(plain, samples),
    normalized: await batchMs(new datasets.MNIST({ transform: normalize }), samples),
    oneByOne: await batchMs(own, samples / 8),
    tensorDataset: await batchMs(new TensorDataset(plain.data.float().div(255), plain.targets), samples),
    plainLoop: plainLoopMs(samples),
  };
}

if (import.meta.main) {
  const times = await measureLoader();
  for (const [name, ms] of Object.entries(times)) {
    console.log(`${name.padEnd(14)} ${ms.toFixed(3)} ms  ${(ms / times.plainLoop).toFixed(2)} × the plain loop`);
  }
}
