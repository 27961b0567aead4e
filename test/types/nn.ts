/** @file Types of modules and layers. The compiler checks this file; nothing runs it. */
import { expectTypeOf } from "vitest";
import { nn, ones, type Tensor } from "../../src/entry/index.ts";

const x = ones(2, 3);

// --- Modules -----------------------------------------------------------------------------------------------------------

class Net extends nn.Module {
  fc = new nn.Linear(3, 2);
  forward(input: Tensor): Tensor {
    return this.fc.forward(input);
  }
}
const net = new Net();
expectTypeOf(net.parameters()).toEqualTypeOf<nn.Parameter[]>();
expectTypeOf(net.namedParameters({ prefix: "net", recurse: false })).items.toEqualTypeOf<
  [name: string, parameter: nn.Parameter]
>();
expectTypeOf(net.eval()).toEqualTypeOf<Net>();
expectTypeOf(net.to("float64")).toEqualTypeOf<Net>();
expectTypeOf(net.clone()).toEqualTypeOf<Net>();
expectTypeOf(net.stateDict()).toEqualTypeOf<Record<string, Tensor>>();
expectTypeOf(net.loadStateDict({}, { strict: false }).missingKeys).toEqualTypeOf<string[]>();
expectTypeOf(new nn.Sequential(net, new nn.ReLU()).forward(x)).toEqualTypeOf<Tensor>();
expectTypeOf(new nn.ModuleList([net]).at(0)).toEqualTypeOf<Net>();
expectTypeOf(new nn.ModuleDict({ net }).get("net")).toEqualTypeOf<Net>();
// @ts-expect-error misspelt
net.namedParameters({ prefx: "net" });
// @ts-expect-error not a flag
net.parameters({ recurse: 1 });
// @ts-expect-error misspelt
net.loadStateDict({}, { strikt: false });
// @ts-expect-error numbers are no tensors
net.loadStateDict({ weight: 1 });
// @ts-expect-error misspelt
net.zeroGrad({ setNone: true });
// @ts-expect-error not a flag
net.train("yes");
// @ts-expect-error not a dtype or device
net.to("double");
// @ts-expect-error misspelt
net.to({ type: "float64" });
// @ts-expect-error misspelt
net.registerBuffer("mean", x, { persist: true });
// @ts-expect-error misspelt
new nn.Parameter(x, { requires_grad: true });
// @ts-expect-error numbers are no tensor
new nn.Parameter([1, 2]);
// @ts-expect-error tensors are no layers
new nn.Sequential(x);
// @ts-expect-error a class is no layer
new nn.ModuleList([nn.ReLU]);

// --- Layers ------------------------------------------------------------------------------------------------------------

new nn.Linear(3, 2, { bias: false, device: "cpu", dtype: "float64" });
// @ts-expect-error misspelt
new nn.Linear(3, 2, { bais: false });
// @ts-expect-error not a flag
new nn.Linear(3, 2, { bias: 0 });
// @ts-expect-error not a number
new nn.Linear("3", 2);
// @ts-expect-error a size is missing
new nn.Linear(3);
new nn.Linear({ inFeatures: 3, outFeatures: 2 });
new nn.Conv2d({ inChannels: 1, outChannels: 2, kernelSize: 3, padding: "same" });
new nn.Conv2d(1, 2, { kernelSize: 3, padding: 1 });
new nn.ConvTranspose1d({ inChannels: 1, outChannels: 2, kernelSize: [3], outputPadding: 1, paddingMode: "zeros" });
new nn.LazyConv3d({ outChannels: 2, kernelSize: 3 });
new nn.MaxPool2d({ kernelSize: 2, stride: null });
expectTypeOf(new nn.AdaptiveMaxPool1d({ outputSize: 2, returnIndices: true }).forward(x)[0]).toEqualTypeOf<Tensor>();
new nn.BatchNorm2d({ numFeatures: 3 });
new nn.LayerNorm({ normalizedShape: [3], eps: 1e-6 });
new nn.GroupNorm({ numGroups: 2, numChannels: 4 });
new nn.Embedding({ numEmbeddings: 3, embeddingDim: 2, paddingIdx: 0, sparse: false });
new nn.LSTM({ inputSize: 3, hiddenSize: 2, batchFirst: true });
new nn.MultiheadAttention({ embedDim: 4, numHeads: 2, batchFirst: true });
new nn.TransformerEncoder({ encoderLayer: new nn.TransformerEncoderLayer({ dModel: 4, nhead: 2 }), numLayers: 1 });
new nn.TransformerEncoder(new nn.TransformerEncoderLayer(4, 2), 1, null, { enableNestedTensor: false });
new nn.Transformer(4, 2).encoder.forward(x, x);
new nn.Transformer({ customEncoder: new nn.TransformerEncoder(new nn.TransformerEncoderLayer(4, 2), 1) });
new nn.ReflectionPad2d({ padding: 1 });
new nn.Threshold({ threshold: 0, value: 1 });
new nn.MSELoss({ sizeAverage: false });
new nn.MultiMarginLoss(2, 1);
// @ts-expect-error misspelt
new nn.Conv2d({ inChannels: 1, outChannels: 2, kernel: 3 });
// @ts-expect-error a size is missing
new nn.Linear({ inFeatures: 3 });
// @ts-expect-error a layer takes one tensor
new nn.Linear(3, 2).forward(x, x);
new nn.Conv2d(1, 2, [3, 3], 1, "same", { dilation: 2, groups: 1 });
new nn.Conv2d(1, 2, 3, 1, 0, 1, 1, true, "reflect");
new nn.Conv2d(1, 2, 3, 1, 0, 1, 1, true, { paddingMode: "reflect" });
// @ts-expect-error no padding there is
new nn.Conv2d(1, 2, 3, { padding: "full" });
// @ts-expect-error misspelt
new nn.Conv2d(1, 2, 3, { strides: 2 });
// @ts-expect-error PyTorch's name
new nn.Conv2d(1, 2, 3, { padding_mode: "zeros" });
// @ts-expect-error not a number
new nn.Conv1d(1, 2, 3, { groups: "2" });
// @ts-expect-error padding of numbers only
new nn.ConvTranspose2d(1, 2, 3, { padding: "same" });
// @ts-expect-error misspelt
new nn.ConvTranspose2d(1, 2, 3, { output_padding: 1 });
// @ts-expect-error misspelt
new nn.MaxPool2d(2, { ceil: true });
// @ts-expect-error two sizes
new nn.MaxPool2d([2, 2, 2]);
// @ts-expect-error misspelt
new nn.AvgPool2d(2, { includePad: true });
// @ts-expect-error not a number
new nn.AvgPool2d(2, { divisorOverride: "3" });
// @ts-expect-error two sizes
new nn.AdaptiveAvgPool2d([1]);
new nn.BatchNorm1d(3, { momentum: null, affine: false });
// @ts-expect-error misspelt
new nn.BatchNorm1d(3, { track_running_stats: false });
// @ts-expect-error not a number
new nn.BatchNorm2d(3, { eps: "1e-5" });
// @ts-expect-error misspelt
new nn.LayerNorm(3, { elementwise: false });
// @ts-expect-error sizes are numbers
new nn.LayerNorm(["3"]);
// @ts-expect-error the channels are missing
new nn.GroupNorm(3);
// @ts-expect-error misspelt
new nn.GroupNorm(3, 6, { momentum: 0.1 });
// @ts-expect-error misspelt
new nn.Dropout({ probability: 0.5 });
// @ts-expect-error not a flag
new nn.Dropout(0.5, { inplace: 1 });
// @ts-expect-error PyTorch's name
new nn.Embedding(3, 2, { padding_idx: 0 });
// @ts-expect-error not a number
new nn.Embedding(3, 2, { paddingIdx: "0" });
// @ts-expect-error misspelt
nn.Embedding.fromPretrained(x, { frozen: true });
// @ts-expect-error misspelt
new nn.Flatten({ start: 0 });
// @ts-expect-error sizes are numbers
new nn.Unflatten(1, ["2"]);
// @ts-expect-error misspelt
new nn.ReLU({ inPlace: true });
// @ts-expect-error misspelt
new nn.LeakyReLU({ slope: 0.1 });
// @ts-expect-error no approximation there is
new nn.GELU({ approximate: "fast" });
// @ts-expect-error not a number
new nn.Softmax({ dim: "1" });
// @ts-expect-error misspelt
new nn.PReLU({ num_parameters: 3 });

// @ts-expect-error misspelt
new nn.Hardtanh({ min_val: 0 });
// @ts-expect-error misspelt
new nn.Softshrink({ lambda: 1 });
// @ts-expect-error the value is missing
new nn.Threshold(0.1);
// @ts-expect-error not a number
new nn.CELU({ alpha: "1" });
// @ts-expect-error misspelt
new nn.Mish({ inPlace: true });
// @ts-expect-error misspelt
new nn.Dropout2d({ rate: 0.5 });
// @ts-expect-error one size
new nn.MaxPool1d([2, 2]);
// @ts-expect-error misspelt
new nn.AvgPool1d(2, { ceil: true });
// @ts-expect-error not a number
new nn.AdaptiveMaxPool2d("2");
// @ts-expect-error misspelt
new nn.InstanceNorm2d(2, { trackStats: true });
// @ts-expect-error no mode there is
new nn.Upsample({ scaleFactor: 2, mode: "lanczos" });
// @ts-expect-error misspelt
new nn.Upsample({ scale: 2 });
// @ts-expect-error not a flag
new nn.Bilinear(1, 2, 3, { bias: "no" });
// @ts-expect-error misspelt
new nn.CosineSimilarity({ axis: 1 });
// @ts-expect-error misspelt
new nn.PairwiseDistance({ norm: 2 });

const attention = new nn.MultiheadAttention(4, 2, 0.1, { batchFirst: true });
expectTypeOf(attention.forward(x, x, x, {})).toEqualTypeOf<[output: Tensor, weights: Tensor]>();
expectTypeOf(attention.forward(x, x, x, { needWeights: false })).toEqualTypeOf<[output: Tensor, weights: null]>();
// @ts-expect-error misspelt
new nn.MultiheadAttention(4, 2, { batchfirst: true });
// @ts-expect-error not a number
new nn.MultiheadAttention(4, 2, { kdim: "3" });
// @ts-expect-error the heads are missing
new nn.MultiheadAttention(4);
// @ts-expect-error misspelt
attention.forward(x, x, x, { mask: x });
// @ts-expect-error not a tensor
attention.forward(x, x, x, { attnMask: [[true]] });
// @ts-expect-error it takes three
attention.forward(x);
const layer = new nn.TransformerEncoderLayer(4, 2, 8, { activation: "gelu", normFirst: true });
// @ts-expect-error no activation there is
new nn.TransformerEncoderLayer(4, 2, { activation: "tanh" });
// @ts-expect-error misspelt
new nn.TransformerEncoderLayer(4, 2, { dimFeedForward: 8 });
// @ts-expect-error misspelt
layer.forward(x, { mask: x });
const encoder = new nn.TransformerEncoder(layer, 2, { norm: new nn.LayerNorm(4) });
expectTypeOf(encoder.layers.at(0)).toEqualTypeOf<nn.TransformerEncoderLayer>();
// @ts-expect-error a linear layer takes no masks that an encoder could give it
new nn.TransformerEncoder(new nn.Bilinear(1, 1, 1), 2);
// @ts-expect-error misspelt
encoder.forward(x, { srcMask: x });

// Every constructor: all positions, or the required ones and options, which is the overload that TypeScript reports last.
expectTypeOf<ConstructorParameters<typeof nn.AvgPool2d>>().toEqualTypeOf<
  [kernelSize: nn.functional.Size2d, options?: nn.functional.AvgPool2dOptions | undefined]
>();
expectTypeOf<ConstructorParameters<typeof nn.Linear>>().toEqualTypeOf<
  [inFeatures: number, outFeatures: number, options?: nn.LinearOptions | undefined]
>();
expectTypeOf<ConstructorParameters<typeof nn.LSTM>>().toEqualTypeOf<
  [inputSize: number, hiddenSize: number, options?: nn.LSTMOptions | undefined]
>();
expectTypeOf<ConstructorParameters<typeof nn.BatchNorm2d>>().toEqualTypeOf<
  [numFeatures: number, options?: nn.BatchNormLayerOptions | undefined]
>();
expectTypeOf<ConstructorParameters<typeof nn.InstanceNorm1d>>().toEqualTypeOf<
  [numFeatures: number, options?: nn.InstanceNormLayerOptions | undefined]
>();
expectTypeOf<ConstructorParameters<typeof nn.LeakyReLU>>().toEqualTypeOf<
  [options?: nn.functional.LeakyReluOptions | undefined]
>();
new nn.MaxPool2d(2, 1, { padding: 1 });
new nn.MaxPool2d(2, undefined, 1, { ceilMode: true });
new nn.LeakyReLU(0.1, { inplace: true });
new nn.RNN(2, 3, 1, "relu", { bias: false });
new nn.TransformerEncoderLayer(4, 2, 8, 0, { normFirst: true });
nn.init.kaimingUniform_(x, 0, { mode: "fan_out" });
// @ts-expect-error options come last, in one object
new nn.MaxPool2d(2, { stride: 1 }, { padding: 1 });
// @ts-expect-error options come last, in one object
new nn.MaxPool2d(2, 1, { padding: 1 }, { dilation: 1 });
// @ts-expect-error options come last
new nn.LeakyReLU({ negativeSlope: 0.1 }, true);
// @ts-expect-error options come last, in one object
new nn.LSTM(2, 3, { numLayers: 2 }, { bias: false });
// @ts-expect-error options come last, in one object
new nn.LayerNorm(3, { eps: 1e-3 }, { elementwiseAffine: false });
// @ts-expect-error too many positions
new nn.AvgPool1d(2, 1, 0, false, true, {}, {});

// --- Losses ------------------------------------------------------------------------------------------------------------

new nn.CrossEntropyLoss({ weight: x, ignoreIndex: 0, reduction: "sum", labelSmoothing: 0.1 });
// @ts-expect-error misspelt
new nn.CrossEntropyLoss({ ignore_index: 0 });
// @ts-expect-error no reduction there is
new nn.CrossEntropyLoss({ reduction: "avg" });
// @ts-expect-error not a tensor
new nn.CrossEntropyLoss({ weight: [1, 2] });
// @ts-expect-error misspelt
new nn.NLLLoss({ weights: x });
// @ts-expect-error misspelt
new nn.BCEWithLogitsLoss({ pos_weight: x });
// @ts-expect-error no reduction there is
new nn.MSELoss({ reduction: "batchmean" });
// @ts-expect-error options have names
new nn.L1Loss("sum");
// @ts-expect-error misspelt
new nn.SmoothL1Loss({ delta: 1 });
// @ts-expect-error misspelt
new nn.HuberLoss({ beta: 1 });
// @ts-expect-error misspelt
new nn.BCELoss({ posWeight: x });
// @ts-expect-error not a flag
new nn.KLDivLoss({ logTarget: 1 });
// @ts-expect-error misspelt
new nn.CosineEmbeddingLoss({ margins: 1 });
// @ts-expect-error not a number
new nn.TripletMarginLoss({ p: "2" });
// @ts-expect-error misspelt
new nn.MarginRankingLoss({ margins: 1 });
// @ts-expect-error not a number
new nn.HingeEmbeddingLoss("1");
// @ts-expect-error it has no margin
new nn.SoftMarginLoss({ margin: 1 });
// @ts-expect-error not a tensor
new nn.MultiLabelSoftMarginLoss([1, 2]);
// @ts-expect-error misspelt
new nn.PoissonNLLLoss({ log: true });
// @ts-expect-error not a flag
new nn.GaussianNLLLoss({ full: 1 });
// @ts-expect-error the variance is missing
new nn.GaussianNLLLoss().forward(x, x);
// @ts-expect-error the target is missing
new nn.MSELoss().forward(x);
expectTypeOf(new nn.MSELoss().forward(x, x)).toEqualTypeOf<Tensor>();

// --- Initial values ----------------------------------------------------------------------------------------------------

const weight = new nn.Parameter(x);
expectTypeOf(nn.init.kaimingUniform_(weight, { a: 1, mode: "fan_out" })).toEqualTypeOf<nn.Parameter>();
// @ts-expect-error no mode there is
nn.init.kaimingNormal_(weight, { mode: "fanIn" });
// @ts-expect-error no activation it knows
nn.init.kaimingNormal_(weight, { nonlinearity: "gelu" });
// @ts-expect-error misspelt
nn.init.xavierUniform_(weight, { gian: 1 });
// @ts-expect-error misspelt
nn.init.xavierNormal_(weight, { std: 1 });
// @ts-expect-error misspelt
nn.init.uniform_(weight, { from: 0 });
// @ts-expect-error misspelt
nn.init.normal_(weight, { sigma: 1 });
// @ts-expect-error not a number
nn.init.truncNormal_(weight, { a: "0" });
// @ts-expect-error the value is missing
nn.init.constant_(weight);
// @ts-expect-error misspelt
nn.init.orthogonal_(weight, { gains: 1 });
// @ts-expect-error misspelt
nn.init.dirac_(weight, { group: 1 });
// @ts-expect-error the share is missing
nn.init.sparse_(weight, { std: 1 });
// @ts-expect-error no activation it knows
nn.init.calculateGain("gelu");

// --- Utilities ---------------------------------------------------------------------------------------------------------

expectTypeOf(nn.utils.clipGradNorm_(net.parameters(), 1)).toEqualTypeOf<Tensor>();
// @ts-expect-error misspelt
nn.utils.clipGradNorm_(net.parameters(), 1, { norm_type: 2 });
// @ts-expect-error not a number
nn.utils.clipGradValue_(net.parameters(), "1");

// Max pooling gives a tensor, or maxima and indices where they are asked for.
expectTypeOf(new nn.MaxPool2d(2).forward(x)).toEqualTypeOf<Tensor>();
expectTypeOf(new nn.MaxPool2d(2, 2, 0, 1, true).forward(x)).toEqualTypeOf<[output: Tensor, indices: Tensor]>();
expectTypeOf(new nn.MaxPool1d(2, { returnIndices: true }).forward(x)).toEqualTypeOf<
  [output: Tensor, indices: Tensor]
>();
new nn.Sequential(new nn.MaxPool2d(2), new nn.AdaptiveMaxPool2d(1));
// @ts-expect-error a sequence passes one tensor on
new nn.Sequential(new nn.MaxPool2d(2, { returnIndices: true }));
