/** @file Types of files: what may be read from, what is given. The compiler checks this file; nothing runs it. */
import type { NdArray } from "ndarray";
import { expectTypeOf } from "vitest";
import { IterableDataset, readIdx, readImages, readLabels, ShuffleBuffer } from "../../src/entry/data.ts";
import { Generator, io, load, nn, save, type Tensor } from "../../src/entry/index.ts";

const model = new nn.Linear(1, 1);
const bytes = new Uint8Array(8);

expectTypeOf(load("x.safetensors")).resolves.toEqualTypeOf<Record<string, Tensor>>();
load(new URL("https://example.org/x.safetensors"), { device: "cpu" });
load(bytes);
load(bytes.buffer);
load(new Blob([]));
load(fetch("x").then((answer) => answer.arrayBuffer()) as unknown as ArrayBuffer);
io.decodeSafetensors(bytes.buffer).tensors;
io.loadCheckpoint({ model }, new Blob([]));
// @ts-expect-error a Blob must be waited for
io.decodeSafetensors(new Blob([]));
// @ts-expect-error no number is a file
load(3);
// @ts-expect-error a promise must be waited for
load(Promise.resolve(bytes));
// @ts-expect-error the value comes first
save("x.safetensors", { model: model.stateDict() });
// @ts-expect-error metadata is text
save(model.stateDict(), "x.safetensors", { metadata: { step: 7 } });

expectTypeOf(readImages("x")).resolves.toEqualTypeOf<NdArray<Uint8Array>>();
expectTypeOf(readLabels<Int32Array>(bytes.buffer)).resolves.toEqualTypeOf<NdArray<Int32Array>>();
expectTypeOf(readIdx(new Blob([]))).resolves.toHaveProperty("shape");

class Count extends IterableDataset<number> {
  override *[Symbol.iterator]() {
    yield 1;
  }
}
expectTypeOf(new Count().shuffle()).toEqualTypeOf<ShuffleBuffer<number>>();
new Count().shuffle(100, { generator: new Generator() });
new Count().shuffle({ bufferSize: 100, generator: new Generator() });
new ShuffleBuffer(["a"], 3);
// @ts-expect-error PyTorch's name
new Count().shuffle({ buffer_size: 100 });
// @ts-expect-error no seed: a generator has one
new ShuffleBuffer(["a"], 3, { seed: 1 });
