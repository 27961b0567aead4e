/** @file Types of `nn.functional`. The compiler checks this file; nothing runs it. */
import { expectTypeOf } from "vitest";
import { nn, ones, type Tensor } from "../../src/entry/index.ts";

const F = nn.functional;
const x = ones(2, 3);

expectTypeOf(F.crossEntropy(x, x, { ignoreIndex: 0 })).toEqualTypeOf<Tensor>();
// @ts-expect-error misspelt
F.crossEntropy(x, x, { ignoreindex: 0 });
// @ts-expect-error misspelt, after a weight by position
F.crossEntropy(x, x, x, { label_smoothing: 0.1 });
// @ts-expect-error no reduction there is
F.nllLoss(x, x, { reduction: "max" });
// @ts-expect-error an option of another loss
F.nllLoss(x, x, { labelSmoothing: 0.1 });
// PyTorch's older form
F.mseLoss(x, x, { sizeAverage: false });
// @ts-expect-error not the name of an option
F.huberLoss(x, x, { reduce: true });
// @ts-expect-error options have names
F.l1Loss(x, x, "sum");
// @ts-expect-error not a tensor
F.binaryCrossEntropyWithLogits(x, x, { posWeight: 2 });
// @ts-expect-error an option of another loss
F.binaryCrossEntropy(x, x, { posWeight: x });
// @ts-expect-error misspelt
F.smoothL1Loss(x, x, { delta: 1 });
// @ts-expect-error not a number
F.huberLoss(x, x, { delta: "1" });
// @ts-expect-error misspelt
F.klDiv(x, x, { log_target: true });
// @ts-expect-error misspelt
F.cosineEmbeddingLoss(x, x, x, { p: 2 });
// @ts-expect-error the negative is missing
F.tripletMarginLoss(x, x);
// @ts-expect-error misspelt
F.pairwiseDistance(x, x, { keepDim: true });

// @ts-expect-error a layer's options are no function's
F.dropout(x, { prob: 0.5 });
// @ts-expect-error not a flag
F.dropout(x, 0.5, 1);
// @ts-expect-error misspelt
F.relu(x, { inPlace: true });
// @ts-expect-error misspelt
F.leakyRelu(x, { negative_slope: 0.1 });
// @ts-expect-error not a number
F.elu(x, { alpha: "1" });
// @ts-expect-error no approximation there is
F.gelu(x, "erf");
// @ts-expect-error misspelt
F.silu(x, { beta: 1 });
// @ts-expect-error misspelt
F.softplus(x, { limit: 20 });
// @ts-expect-error a weight is missing
F.prelu(x);
// @ts-expect-error misspelt
F.softmax(x, { axis: 1 });
// @ts-expect-error not a number
F.logSoftmax(x, "1");

F.linear(x, x, null);
// @ts-expect-error not a tensor
F.linear(x, x, 1);
F.conv2d(x, x, { bias: null, padding: "same" });
// @ts-expect-error misspelt
F.conv2d(x, x, { pad: 1 });
// @ts-expect-error no padding there is
F.conv1d(x, x, null, 1, "full");
// @ts-expect-error misspelt
F.convTranspose2d(x, x, { outputPad: 1 });
expectTypeOf(F.maxPool2d(x, 2, { returnIndices: true })).toEqualTypeOf<[output: Tensor, indices: Tensor]>();
expectTypeOf(F.maxPool2d(x, 2, { ceilMode: true })).toEqualTypeOf<Tensor>();
// @ts-expect-error misspelt
F.maxPool2d(x, 2, { returnIndex: true });
expectTypeOf(F.maxPool2dWithIndices(x, 2)).toEqualTypeOf<[output: Tensor, indices: Tensor]>();
// @ts-expect-error not a flag
F.avgPool2d(x, 2, { ceilMode: 1 });
// @ts-expect-error a size is missing
F.adaptiveAvgPool2d(x);
// @ts-expect-error misspelt
F.batchNorm(x, null, null, { train: true });
// @ts-expect-error sizes are a list
F.layerNorm(x, 3);
// @ts-expect-error misspelt
F.layerNorm(x, [3], { gamma: x });
// @ts-expect-error not a number
F.groupNorm(x, 1, null, null, { eps: "1e-5" });
// @ts-expect-error misspelt
F.embedding(x, x, { padding: 0 });

// @ts-expect-error misspelt
F.hardtanh(x, { min: 0 });
// @ts-expect-error the value is missing
F.threshold(x, 1);
// @ts-expect-error not a number
F.celu(x, { alpha: true });
// @ts-expect-error misspelt
F.softmin(x, { dims: 0 });
// @ts-expect-error misspelt
F.dropout2d(x, { train: true });
// @ts-expect-error misspelt
F.maxPool1d(x, 2, { strides: 1 });
// @ts-expect-error not a flag
F.avgPool1d(x, 2, { countIncludePad: 0 });
// @ts-expect-error misspelt
F.instanceNorm(x, { useStats: true });
// @ts-expect-error misspelt
F.interpolate(x, { scale_factor: 2 });
// @ts-expect-error no mode there is
F.interpolate(x, { size: 2, mode: "cubic" });
// @ts-expect-error misspelt
F.marginRankingLoss(x, x, x, { margn: 1 });
// @ts-expect-error misspelt
F.poissonNllLoss(x, x, { log_input: true });
// @ts-expect-error the variance is missing
F.gaussianNllLoss(x, x);
// @ts-expect-error misspelt
F.cosineSimilarity(x, x, { epsilon: 1 });
// @ts-expect-error the weight is missing
F.bilinear(x, x);

F.scaledDotProductAttention(x, x, x, null, 0, true);
// @ts-expect-error misspelt
F.scaledDotProductAttention(x, x, x, { causal: true });
// @ts-expect-error not a flag
F.scaledDotProductAttention(x, x, x, { isCausal: 1 });
const weights = { numHeads: 1, inProjWeight: x, outProjWeight: x };
expectTypeOf(F.multiHeadAttentionForward(x, x, x, weights)).toEqualTypeOf<[output: Tensor, weights: Tensor]>();
// @ts-expect-error the projection back is missing
F.multiHeadAttentionForward(x, x, x, { numHeads: 1 });
// @ts-expect-error misspelt
F.multiHeadAttentionForward(x, x, x, { ...weights, needsWeights: false });

// --- Names that tensors have are no options ------------------------------------------------------------------------------

// @ts-expect-error a loss has no dtype
F.crossEntropy(x, x, { reduction: "sum", dtype: "float64" });
// @ts-expect-error nor a mean of its own
new nn.NLLLoss({ reduction: "sum", mean: true });
// @ts-expect-error nor has a convolution
F.conv2d(x, x, { padding: 1, device: "cpu" });
// @ts-expect-error nor has a normalisation
F.batchNorm(x, null, null, { training: true, dtype: "float64" });
// @ts-expect-error nor has attention
F.scaledDotProductAttention(x, x, x, { isCausal: true, dtype: "float64" });
