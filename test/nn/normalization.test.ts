/** @file Normalization and embedding beyond their goldens: state, refusals, options. */
import { describe, expect, test } from "vitest";
import { autograd, manualSeed, ones, rand, type Tensor, tensor } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";

describe("batch normalisation", () => {
  test("keeps its statistics in buffers with PyTorch's names, through loading and conversion", () => {
    manualSeed(0);
    const layer = new nn.BatchNorm1d(3);
    for (let i = 0; i < 3; i++) layer.forward(rand(4, 3));
    const state = layer.stateDict();
    expect(Object.keys(state)).toEqual(["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]);
    expect((state.num_batches_tracked as Tensor).dtype).toBe("int32");
    const other = new nn.BatchNorm1d(3).eval();
    other.loadStateDict(state);
    const x = rand(2, 3);
    expect(other.forward(x).equal(layer.eval().forward(x))).toBe(true);
    layer.double();
    expect(layer.runningMean?.dtype).toBe("float64");
    expect(layer.numBatchesTracked?.dtype).toBe("int32");
  });
  test("evaluation leaves the statistics alone; they may be forgotten", () => {
    const layer = new nn.BatchNorm2d(2);
    layer.forward(rand(2, 2, 2, 2));
    const before = layer.runningMean?.toArraySync();
    layer.eval().forward(rand(2, 2, 2, 2));
    expect(layer.runningMean?.toArraySync()).toEqual(before);
    expect(layer.numBatchesTracked?.itemSync()).toBe(1);
    layer.resetParameters();
    expect(layer.runningMean?.toArraySync()).toEqual([0, 0]);
    expect(layer.runningVar?.toArraySync()).toEqual([1, 1]);
    expect(layer.numBatchesTracked?.itemSync()).toBe(0);
  });
  test("wants inputs of its rank", () => {
    expect(() => new nn.BatchNorm1d(3).forward(ones(3))).toThrow("expected 2D or 3D input (got 1D input)");
    expect(() => new nn.BatchNorm2d(3).forward(ones(2, 3, 4))).toThrow("expected 4D input (got 3D input)");
    expect(() => new nn.BatchNorm1d(-1)).toThrow("[BatchNorm1d] numFeatures must be an integer of at least 0");
    expect(() => nn.functional.batchNorm(ones(3), null, null, { training: true })).toThrow(
      "expected an input [N, C, …]",
    );
    expect(() => nn.functional.batchNorm(ones(2, 3), ones(3), null)).toThrow("running_var must be defined");
  });
});

test("layer and group normalisation want fitting sizes", () => {
  expect(() => new nn.GroupNorm(3, 4)).toThrow("[GroupNorm] num_channels must be divisible by num_groups");
  expect(() => new nn.LayerNorm(1.5)).toThrow("[LayerNorm] normalizedShape must be an integer");
  expect(() => nn.functional.layerNorm(ones(2), [])).toThrow("Expected normalized_shape to be at least 1-dimensional");
  expect(() => nn.functional.groupNorm(ones(2), 1)).toThrow("Expected at least 2 dimensions for input tensor");
  expect(() => nn.functional.layerNorm(ones(2), [2], ones(2).double())).toThrow("expected scalar type Float");
  const layer = new nn.LayerNorm(2);
  layer.weight?.detach().fill_(5);
  layer.resetParameters();
  expect(layer.weight?.toArraySync()).toEqual([1, 1]);
  const groups = new nn.GroupNorm(1, 2);
  groups.bias?.detach().fill_(5);
  groups.resetParameters();
  expect(groups.bias?.toArraySync()).toEqual([0, 0]);
});

describe("Embedding", () => {
  test("of given vectors", () => {
    const vectors = tensor([1, 2, 3, 4]).view(2, 2);
    const frozen = nn.Embedding.fromPretrained(vectors, { paddingIdx: 1 });
    expect(frozen.weight.requiresGrad).toBe(false);
    expect(String(frozen)).toBe("Embedding(2, 2, padding_idx=1)");
    expect(frozen.forward(tensor([1], { dtype: "int32" })).toArraySync()).toEqual([[3, 4]]);
    expect(nn.Embedding.fromPretrained(vectors, { freeze: false }).weight.requiresGrad).toBe(true);
    expect(() => nn.Embedding.fromPretrained(ones(2))).toThrow("expected to be 2-dimensional");
    const shared = new nn.Embedding(2, 2, { _weight: vectors });
    expect(shared.weight.requiresGrad).toBe(true);
    vectors.fill_(7);
    expect(shared.weight.toArraySync()).toEqual([
      [7, 7],
      [7, 7],
    ]);
    expect(() => new nn.Embedding(3, 2, { _weight: vectors })).toThrow(
      "[Embedding] Shape of weight does not match num_embeddings and embedding_dim: got (2, 2), expected (3, 2).",
    );
  });
  test("of given vectors, for bags", () => {
    const vectors = tensor([
      [1, 2.5, 3],
      [4, 5.5, 6],
    ]);
    const bag = nn.EmbeddingBag.fromPretrained(vectors, true, { mode: "sum" });
    expect(bag.weight.requiresGrad).toBe(false);
    expect(bag.forward(tensor([[1, 0]], { dtype: "int32" })).toArraySync()).toEqual([[5, 8, 9]]);
    expect(nn.EmbeddingBag.fromPretrained(vectors, { freeze: false, paddingIdx: -1 }).paddingIdx).toBe(1);
    expect(() => nn.EmbeddingBag.fromPretrained(ones(2))).toThrow("expected to be 2-dimensional");
    expect(() => new nn.EmbeddingBag(3, 2, { _weight: vectors })).toThrow("got (2, 3), expected (3, 2)");
  });
  test("wants a padding among its rows, and a matrix", () => {
    expect(() => new nn.Embedding(3, 2, 3)).toThrow(
      "[Embedding] Padding_idx must be within num_embeddings, 3, but got 3",
    );
    expect(() => nn.functional.embedding(tensor([0], { dtype: "int32" }), ones(2))).toThrow("'weight' must be 2-D");
  });
});

test("CrossMapLRN2d has the derivatives of what it computes", () => {
  const layer = new nn.CrossMapLRN2d(3, 0.3);
  const x = tensor(Array.from({ length: 10 }, (_, i) => Math.sin(i * 2.3))).double();
  const leaf = x.view(1, 5, 2, 1).requiresGrad_();
  expect(autograd.gradcheck((y: Tensor) => layer.forward(y), [leaf])).toBe(true);
  expect(autograd.gradgradcheck((y: Tensor) => layer.forward(y), [leaf])).toBe(true);
});

test("SyncBatchNorm is batch normalization in one process, and takes the place of others", () => {
  const model = new nn.Sequential(
    new nn.Conv2d(1, 3, 1),
    new nn.BatchNorm2d(3),
    new nn.Sequential(new nn.BatchNorm1d(2)),
  );
  const { weight } = model.at(1) as nn.BatchNorm2d;
  const x = tensor(Array.from({ length: 12 }, (_, i) => Math.sin(i))).view(2, 1, 2, 3);
  const plain = model.at(1).clone();
  const converted = nn.SyncBatchNorm.convertSyncBatchnorm(model);
  expect(converted).toBe(model);
  const sync = model.at(1) as nn.SyncBatchNorm;
  expect(sync).toBeInstanceOf(nn.SyncBatchNorm);
  expect(sync.weight).toBe(weight);
  expect(String(model)).toContain("(0): SyncBatchNorm(2, eps=1e-05, momentum=0.1");
  const wide = x.expand(2, 3, 2, 3);
  expect(sync.forward(wide).toArraySync()).toEqual((plain as nn.BatchNorm2d).forward(wide).toArraySync());
  expect(sync.runningMean?.toArraySync()).toEqual((plain as nn.BatchNorm2d).runningMean?.toArraySync());
  expect(() => new nn.SyncBatchNorm(2).forward(tensor([1, 2]))).toThrow("expected at least 2D input (got 1D input)");
});

test("LayerNorm without a bias computes as one with a bias of 0", () => {
  const layer = new nn.LayerNorm(3, { bias: false });
  expect(Object.keys(layer.stateDict())).toEqual(["weight"]);
  const x = tensor([[1, 2, 4]]);
  expect(String(layer.forward(x))).toBe(String(new nn.LayerNorm(3).forward(x)));
  layer.resetParameters();
  expect(new nn.LayerNorm(3, 1e-5, false, { bias: true }).bias).toBe(null);
});
