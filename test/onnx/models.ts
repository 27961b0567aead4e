/** @file Models that are exported, with inputs for them: layers of all kinds, and small networks. */
import {
  arange,
  cat,
  manualSeed,
  nn,
  ones,
  rand,
  randint,
  randn,
  stack,
  type Tensor,
  tensor,
  where,
  zeros,
} from "tapegrad";
import type { DynamicAxes } from "tapegrad/onnx";
import { models } from "tapegrad/vision";

const F = nn.functional;

/** A module whose forward is a function. */
export class Fn extends nn.Module<unknown> {
  readonly #fn: (...inputs: Tensor[]) => unknown;
  constructor(fn: (...inputs: Tensor[]) => unknown) {
    super();
    this.#fn = fn;
  }
  forward(...inputs: Tensor[]): unknown {
    return this.#fn(...inputs);
  }
}

/** Layers beside each other on one input. */
class Each extends nn.Module<Tensor[]> {
  readonly layers: nn.ModuleList;
  constructor(layers: readonly nn.Module[]) {
    super();
    this.layers = new nn.ModuleList([...layers]);
  }
  forward(x: Tensor): Tensor[] {
    return [...this.layers].map((layer) => (layer as nn.Module).forward(x));
  }
}

/** The network of examples/cnn.ts. */
class LeNet extends nn.Module {
  conv1 = new nn.Conv2d(1, 16, 5);
  conv2 = new nn.Conv2d(16, 32, 5);
  fc1 = new nn.Linear(32 * 4 * 4, 128);
  fc2 = new nn.Linear(128, 10);
  forward(x: Tensor): Tensor {
    x = F.maxPool2d(F.relu(this.conv1.forward(x)), 2);
    x = F.maxPool2d(F.relu(this.conv2.forward(x)), 2);
    x = F.relu(this.fc1.forward(x.flatten(1)));
    return this.fc2.forward(x);
  }
}

/** Letters to letters. */
class TextModel extends nn.Module {
  embedding = new nn.Embedding(12, 8);
  lstm = new nn.LSTM(8, 16, { numLayers: 2, batchFirst: true });
  fc = new nn.Linear(16, 12);
  forward(x: Tensor): Tensor {
    const [output] = this.lstm.forward(this.embedding.forward(x));
    return this.fc.forward(output);
  }
}

/** A transformer encoder with learned positions. */
class Encoder extends nn.Module {
  embedding = new nn.Embedding(20, 16);
  positions = new nn.Embedding(32, 16);
  encoder = new nn.TransformerEncoder(
    new nn.TransformerEncoderLayer(16, 2, { dimFeedforward: 32, batchFirst: true, activation: "gelu" }),
    2,
  );
  fc = new nn.Linear(16, 4);
  forward(x: Tensor): Tensor {
    const places = this.positions.forward(arange(x.size(1)));
    return this.fc.forward(this.encoder.forward(this.embedding.forward(x).add(places)).mean(1));
  }
}

/** A small GPT: causal attention by hand, with a buffer for the mask. */
class Decoder extends nn.Module {
  embedding = new nn.Embedding(15, 12);
  qkv = new nn.Linear(12, 36);
  out = new nn.Linear(12, 12, { bias: false });
  norm = new nn.LayerNorm([12]);
  head = new nn.Linear(12, 15);
  forward(x: Tensor): Tensor {
    const tokens = this.embedding.forward(x);
    const [n, l, e] = tokens.shape as [number, number, number];
    const parts = this.qkv.forward(this.norm.forward(tokens)).chunk(3, -1);
    const [q, k, v] = parts.map((part) => part.view(n, l, 3, e / 3).transpose(1, 2)) as [Tensor, Tensor, Tensor];
    const seen = F.scaledDotProductAttention(q, k, v, { isCausal: true });
    return this.head.forward(tokens.add(this.out.forward(seen.transpose(1, 2).reshape(n, l, e))));
  }
}

/** An hourglass with a skip connection: the usual parts of segmentation networks. */
class Hourglass extends nn.Module {
  down = new nn.Sequential(
    new nn.Conv2d(3, 8, 3, { padding: 1, paddingMode: "reflect" }),
    new nn.GroupNorm(2, 8),
    new nn.SiLU(),
  );
  middle = new nn.Conv2d(8, 8, 3, { padding: "same", dilation: 2, groups: 2 });
  up = new nn.ConvTranspose2d(8, 4, 3, { stride: 2, padding: 1, outputPadding: 1 });
  last = new nn.Conv2d(12, 2, 1);
  forward(x: Tensor): Tensor {
    const whole = this.down.forward(x);
    const small = F.avgPool2d(this.middle.forward(whole), 2);
    return this.last.forward(cat([this.up.forward(small), whole], 1));
  }
}

/** Two inputs, several outputs, one layer used twice. */
class Siamese extends nn.Module<{ distance: Tensor; parts: [Tensor, Tensor] }> {
  body = new nn.Sequential(new nn.Linear(6, 8), new nn.Tanh(), new nn.Dropout(0.5));
  forward(a: Tensor, b: Tensor): { distance: Tensor; parts: [Tensor, Tensor] } {
    const [x, y] = [this.body.forward(a), this.body.forward(b)];
    return { distance: F.pairwiseDistance(x, y), parts: [x, y] };
  }
}

/** A module, inputs, and axes that may have any size. */
export interface Model {
  readonly name: string;
  readonly make: () => nn.Module<unknown>;
  readonly inputs: () => Tensor[];
  readonly dynamicAxes?: DynamicAxes;
  /** Inputs of other sizes, where axes are dynamic. */
  readonly others?: () => Tensor[];
  readonly tolerance?: number;
}

const batch: DynamicAxes = { input: { 0: "batch" } };

const vector = (n: number): Pick<Model, "inputs" | "dynamicAxes" | "others"> => ({
  inputs: () => [randn(2, n)],
  dynamicAxes: batch,
  others: () => [randn(5, n)],
});
const image = (c: number, size: number): Pick<Model, "inputs" | "dynamicAxes" | "others"> => ({
  inputs: () => [randn(1, c, size, size)],
  dynamicAxes: batch,
  others: () => [randn(3, c, size, size)],
});

export const MODELS: readonly Model[] = [
  {
    name: "a perceptron",
    make: () =>
      new nn.Sequential(new nn.Flatten(), new nn.Linear(16, 8), new nn.ReLU(), new nn.Linear(8, 3), new nn.Softmax(1)),
    ...image(1, 4),
  },
  { name: "the example CNN", make: () => new LeNet(), ...image(1, 28) },
  {
    name: "the text model",
    make: () => new TextModel(),
    inputs: () => [randint(0, 12, [2, 7])],
    dynamicAxes: { input: { 0: "batch", 1: "length" } },
    others: () => [randint(0, 12, [3, 4])],
  },
  {
    name: "a transformer encoder",
    make: () => new Encoder(),
    inputs: () => [randint(0, 20, [2, 5])],
    dynamicAxes: { input: { 0: "batch", 1: "length" } },
    others: () => [randint(0, 20, [4, 9])],
  },
  {
    name: "a causal decoder",
    make: () => new Decoder(),
    inputs: () => [randint(0, 15, [1, 6])],
    dynamicAxes: { input: [0, 1] },
    others: () => [randint(0, 15, [3, 8])],
  },
  {
    name: "resnet18",
    make: () => models.resnet18({ numClasses: 5 }),
    inputs: () => [randn(1, 3, 32, 32)],
    tolerance: 1e-4,
  },
  {
    name: "mobilenet",
    make: () => models.mobilenetV2({ numClasses: 4 }),
    inputs: () => [randn(1, 3, 32, 32)],
    tolerance: 1e-4,
  },
  { name: "an hourglass", make: () => new Hourglass(), ...image(3, 8) },
  {
    name: "a siamese network",
    make: () => new Siamese(),
    inputs: () => [randn(2, 6), randn(2, 6)],
    dynamicAxes: { input_0: { 0: "batch" }, input_1: { 0: "batch" } },
    others: () => [randn(7, 6), randn(7, 6)],
  },
  {
    name: "activations",
    make: () =>
      new Each([
        ...[new nn.ReLU(), new nn.ReLU6(), new nn.ELU(0.7), new nn.SELU(), new nn.CELU(1.3), new nn.GELU()],
        ...[new nn.GELU({ approximate: "tanh" }), new nn.SiLU(), new nn.Mish(), new nn.Sigmoid(), new nn.Tanh()],
        ...[
          new nn.Softplus(),
          new nn.Softplus(2, 1),
          new nn.Softsign(),
          new nn.Softshrink(0.4),
          new nn.Hardshrink(0.3),
        ],
        ...[
          new nn.Hardsigmoid(),
          new nn.Hardswish(),
          new nn.Hardtanh(-0.5, 0.8),
          new nn.LogSigmoid(),
          new nn.LeakyReLU(0.2),
        ],
        ...[new nn.PReLU(), new nn.Tanhshrink(), new nn.Threshold(0.1, 2), new nn.GLU(1)],
        ...[new nn.Softmax(1), new nn.LogSoftmax(1), new nn.Softmin(1), new nn.Identity(), new nn.AlphaDropout(0.5)],
      ]),
    ...vector(8),
  },
  {
    name: "normalization",
    make: () =>
      new Each([
        new nn.BatchNorm2d(4),
        new nn.BatchNorm2d(4, { affine: false }),
        new nn.BatchNorm2d(4, { trackRunningStats: false }),
        new nn.InstanceNorm2d(4),
        new nn.InstanceNorm2d(4, { affine: true }),
        new nn.InstanceNorm2d(4, { affine: true, trackRunningStats: true }),
        new nn.GroupNorm(2, 4),
        new nn.GroupNorm(4, 4, { affine: false }),
        new nn.LayerNorm([4, 5, 5]),
        new nn.LayerNorm([5]),
        new nn.LayerNorm([5, 5], { elementwiseAffine: false }),
        new nn.LocalResponseNorm(3),
        new nn.RMSNorm([5]),
      ]),
    ...image(4, 5),
  },
  {
    name: "convolutions",
    make: () =>
      new Each([
        new nn.Conv2d(4, 6, 3),
        new nn.Conv2d(4, 6, [3, 2], { stride: [2, 1], padding: [1, 0], bias: false }),
        new nn.Conv2d(4, 4, 3, { groups: 4, dilation: 2, padding: "same" }),
        new nn.Conv2d(4, 2, 3, { padding: 2, paddingMode: "circular" }),
        new nn.Conv2d(4, 2, 3, { padding: 1, paddingMode: "replicate" }),
        new nn.Conv2d(4, 2, 3, { padding: 1, paddingMode: "zeros" }),
        new nn.ConvTranspose2d(4, 6, 3, { stride: 2, outputPadding: 1 }),
        new nn.ConvTranspose2d(4, 2, 3, { groups: 2, dilation: 2, padding: 1, bias: false }),
      ]),
    ...image(4, 9),
  },
  {
    name: "signals",
    make: () =>
      new Each([
        new nn.Conv1d(3, 4, 3, { padding: 1 }),
        new nn.Conv1d(3, 3, 4, { padding: "same", groups: 3 }),
        new nn.ConvTranspose1d(3, 2, 4, { stride: 3 }),
        new nn.MaxPool1d(2),
        new nn.MaxPool1d(3, { stride: 2, padding: 1, ceilMode: true }),
        new nn.AvgPool1d(3, { stride: 2, padding: 1 }),
        new nn.AdaptiveAvgPool1d(1),
        new nn.BatchNorm1d(3),
        new nn.ConstantPad1d([1, 2], 0.5),
        new nn.ReflectionPad1d(2),
      ]),
    inputs: () => [randn(1, 3, 12)],
    dynamicAxes: batch,
    others: () => [randn(4, 3, 12)],
  },
  {
    name: "volumes",
    make: () =>
      new Each([
        new nn.Conv3d(2, 3, 3, { padding: 1, stride: [1, 2, 1] }),
        new nn.ConvTranspose3d(2, 2, 2, { stride: 2 }),
        new nn.MaxPool3d(2),
        new nn.AvgPool3d(2, { stride: 1, padding: 1, countIncludePad: false }),
        new nn.AdaptiveAvgPool3d([2, 1, 3]),
        new nn.BatchNorm3d(2),
        new nn.InstanceNorm3d(2),
        new nn.Upsample({ scaleFactor: 2, mode: "nearest" }),
        new nn.Upsample({ size: [3, 6, 7], mode: "trilinear" }),
      ]),
    inputs: () => [randn(1, 2, 4, 5, 6)],
    dynamicAxes: batch,
    others: () => [randn(2, 2, 4, 5, 6)],
  },
  {
    name: "pooling",
    make: () =>
      new Each([
        new nn.MaxPool2d(3, { stride: 2, padding: 1 }),
        new nn.MaxPool2d(2, { ceilMode: true }),
        new nn.MaxPool2d([2, 3], { dilation: 2, stride: 1 }),
        new nn.AvgPool2d(2),
        new nn.AvgPool2d(3, { stride: 2, padding: 1 }),
        new nn.AvgPool2d(3, { stride: 2, padding: 1, countIncludePad: false }),
        new nn.AvgPool2d(3, { stride: 2, ceilMode: true }),
        new nn.AvgPool2d(2, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
        new nn.AvgPool2d(2, { divisorOverride: 3 }),
        new nn.AdaptiveAvgPool2d(1),
        new nn.AdaptiveAvgPool2d([3, 7]),
        new nn.AdaptiveAvgPool2d([4, 3]),
        new nn.AdaptiveMaxPool2d(1),
        new nn.AdaptiveMaxPool2d([2, null]),
        new nn.LPPool2d(2, 3),
      ]),
    ...image(2, 7),
  },
  {
    name: "interpolation",
    make: () =>
      new Each([
        new nn.Upsample({ scaleFactor: 2 }),
        new nn.Upsample({ size: [3, 11] }),
        new nn.Upsample({ scaleFactor: 1.5, mode: "nearest-exact" }),
        new nn.Upsample({ scaleFactor: 2, mode: "bilinear" }),
        new nn.Upsample({ size: 9, mode: "bilinear", alignCorners: true }),
        new nn.Upsample({ scaleFactor: 0.5, mode: "bilinear" }),
        new nn.Upsample({ scaleFactor: 2, mode: "bicubic" }),
        new nn.Upsample({ size: [8, 3], mode: "bicubic", alignCorners: true }),
        new nn.PixelShuffle(2),
        new nn.PixelUnshuffle(2),
        new nn.ChannelShuffle(2),
        new nn.ZeroPad2d([1, 0, 2, 1]),
        new nn.ReplicationPad2d(2),
        new nn.ConstantPad2d([-1, 1, 0, -2], 3),
      ]),
    ...image(4, 6),
  },
  {
    name: "recurrent layers",
    make: () => new Recurrent(),
    inputs: () => [randn(5, 2, 4)],
    dynamicAxes: { input: { 0: "length", 1: "batch" } },
    others: () => [randn(3, 4, 4)],
  },
  {
    name: "an LSTM with states",
    make: () => new WithStates(),
    inputs: () => [randn(4, 2, 3), randn(4, 2, 5), randn(4, 2, 5)],
    dynamicAxes: { input_0: { 1: "batch" }, input_1: { 1: "batch" }, input_2: { 1: "batch" } },
    others: () => [randn(4, 3, 3), randn(4, 3, 5), randn(4, 3, 5)],
  },
  {
    name: "recurrent cells",
    make: () => new Cells(),
    ...vector(3),
  },
  {
    name: "multi-head attention",
    make: () => new Attention(),
    inputs: () => [randn(2, 4, 8), randn(2, 6, 8)],
    dynamicAxes: { input_0: { 0: "batch", 1: "queries" }, input_1: { 0: "batch", 1: "keys" } },
    others: () => [randn(3, 5, 8), randn(3, 2, 8)],
  },
  {
    name: "a transformer",
    make: () =>
      new nn.Transformer({ dModel: 8, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 16 }),
    inputs: () => [randn(4, 2, 8), randn(3, 2, 8)],
    dynamicAxes: { input_0: { 1: "batch" }, input_1: { 1: "batch" } },
    others: () => [randn(4, 5, 8), randn(3, 5, 8)],
  },
  {
    name: "element-wise functions",
    make: () =>
      new Fn((x) => {
        const p = x.abs().add(0.1);
        return [
          ...[x.add(1), x.sub(x.mul(2)), x.div(3), x.neg(), x.abs(), x.sign(), x.exp(), p.log(), p.sqrt(), p.rsqrt()],
          ...[x.sin(), x.cos(), x.tanh(), x.sigmoid(), x.floor(), x.ceil(), x.round(), x.trunc(), x.frac(), p.pow(1.7)],
          ...[x.pow(2), x.pow(3), x.erf(), x.erfc(), p.log1p(), x.expm1(), p.log2(), p.log10(), x.exp2(), x.sinc()],
          ...[x.clamp(-0.5, 0.5), x.clampMin(0.1), x.maximum(x.flip(0)), x.minimum(p), x.remainder(0.3), x.fmod(0.3)],
          ...[x.reciprocal(), x.atan(), x.sinh(), x.asinh(), p.hypot(x), p.logaddexp(x), x.lerp(p, 0.3), x.square()],
          ...[x.add(p, { alpha: 2 }), x.addcmul(p, p, { value: 0.5 }), x.floorDivide(0.4), x.copysign(p), p.xlogy(p)],
          ...[x.gt(0), x.le(p), x.eq(x), x.ne(0), x.gt(0).logicalAnd(x.lt(1)), x.gt(0).logicalNot(), x.isnan()],
          ...[where(x.gt(0), x, p), x.maskedFill(x.lt(0), 7), x.int(), x.gt(0).float(), x.double(), x.nanToNum()],
        ];
      }),
    ...vector(6),
  },
  {
    name: "shapes and reductions",
    make: () =>
      new Fn((x) => {
        const { values, indices } = x.topk(2, 2);
        return [
          ...[
            x.sum(),
            x.sum(1),
            x.mean([1, 2], true),
            x.prod(2),
            x.amax([1, 2]),
            x.amin(1),
            x.max(1).values,
            x.max(1).indices,
          ],
          ...[
            x.argmax(2),
            x.argmin(1, true),
            x.var(2),
            x.std([1, 2]),
            x.norm(),
            x.norm(1, 2),
            x.norm(3, 1),
            x.cumsum(1),
          ],
          ...[x.logsumexp(2), x.gt(0).any(1), x.gt(-9).all(), x.softmax(1), x.logSoftmax(2), values, indices],
          ...[x.sort(2).values, x.argsort(1, true), x.median(2).values, x.flatten(), x.flatten(1), x.transpose(1, 2)],
          ...[x.permute(2, 0, 1), x.unsqueeze(1).squeeze(1), x.reshape(-1, 4), x.at(":", 0), x.at(":", "1:3", -1)],
          ...[
            x.at(":", "::2"),
            x.narrow(2, 1, 2),
            x.select(0, -1),
            ...x.split([1, 2], 1),
            ...x.chunk(2, 2),
            x.flip([1, 2]),
          ],
          ...[
            x.roll(1, 2),
            x.roll(1, 0),
            x.tril(),
            x.triu(1),
            x.diagonal(0, 1, 2),
            x.unfold(2, 2, 1),
            x.repeat(1, 2, 1),
          ],
          ...[
            x.expand(2, -1, -1, -1),
            F.pad(x, [1, 2, 0, 1]),
            F.pad(x, [1, 1], { mode: "reflect" }),
            x.tile([2, 1, 1]),
          ],
          ...[x.indexSelect(2, tensor([3, 0, 0]).int()), x.at(":", tensor([2, -1]).int()), stack([x, x], 0)],
          ...[x.gather(2, x.argsort(2)), x.scatter(2, zeros(1, 1, 1).int(), ones(1, 1, 1)), cat([x, x.neg()], 0)],
          ...[x.movedim(0, 2), x.matmul(x.transpose(1, 2)), x.repeatInterleave(2, 1), x.unbind(1)[2]],
        ].filter((t) => t !== undefined);
      }),
    inputs: () => [randn(2, 3, 4)],
    dynamicAxes: batch,
    others: () => [randn(5, 3, 4)],
  },
  {
    name: "changes in place",
    make: () =>
      new Fn((x) => {
        const y = x.clone();
        const rows = y.at(":", 0);
        y.at(":", "1:3").mul_(2);
        rows.add_(1);
        y.t().at(0).zero_();
        y.setAt([":", 2], x.at(":", 1));
        y.at(":", "::2").neg_();
        F.relu(y.at(":", 3), { inplace: true });
        const z = zeros(x.size(0), 3);
        z.at(":", "1:").copy_(x.at(":", "0:2"));
        return [y, rows, z, y.view(-1).mul_(0.5), y];
      }),
    ...vector(4),
  },
  {
    name: "integers",
    make: () =>
      new Fn((x) => [
        ...[x.add(3), x.mul(x), x.sub(7), x.floorDivide(3), x.remainder(4), x.clamp(-2, 5), x.abs(), x.neg(), x.div(2)],
        ...[
          x.sum(1),
          x.max(1).values,
          x.argmax(1),
          x.eq(2),
          x.gt(0),
          x.float().mul(0.5),
          F.oneHot(x.abs().remainder(5), 5),
        ],
        ...[x.tril(), x.sort(1).values, x.bool(), x.cumsum(1), F.embedding(x.abs(), ones(20, 2).cumsum(0))],
      ]),
    inputs: () => [randint(-9, 9, [3, 3])],
    dynamicAxes: batch,
    others: () => [randint(-9, 9, [6, 3])],
  },
  {
    name: "float64",
    make: () =>
      new nn.Sequential(
        new nn.Linear(5, 4, { dtype: "float64" }),
        new nn.Sigmoid(),
        new nn.LayerNorm([4], { dtype: "float64" }),
      ),
    inputs: () => [rand(2, 5, { dtype: "float64" })],
    dynamicAxes: batch,
    others: () => [rand(3, 5, { dtype: "float64" })],
  },
  {
    name: "an image of any size",
    make: () =>
      new nn.Sequential(
        new nn.Conv2d(3, 4, 3, { stride: 2, padding: 1 }),
        new nn.BatchNorm2d(4),
        new nn.Hardswish(),
        new nn.MaxPool2d(2),
        new nn.Upsample({ scaleFactor: 2, mode: "bilinear" }),
        new nn.AdaptiveAvgPool2d(1),
        new nn.Flatten(),
        new nn.Linear(4, 2),
      ),
    inputs: () => [randn(1, 3, 12, 16)],
    dynamicAxes: { input: { 0: "batch", 2: "height", 3: "width" } },
    others: () => [randn(2, 3, 17, 10)],
  },
];

/** Every recurrent layer, in both orders of dimensions. */
class Recurrent extends nn.Module<unknown> {
  rnn = new nn.RNN(4, 3);
  relu = new nn.RNN(4, 3, { nonlinearity: "relu", bidirectional: true, bias: false });
  lstm = new nn.LSTM(4, 3, { numLayers: 2 });
  gru = new nn.GRU(4, 3, { numLayers: 2, bidirectional: true });
  first = new nn.GRU(4, 2, { batchFirst: true });
  forward(x: Tensor): unknown {
    const alone = this.lstm.forward(x.select(1, 0));
    return [
      ...[this.rnn.forward(x), this.relu.forward(x), this.lstm.forward(x), this.gru.forward(x)],
      this.first.forward(x.transpose(0, 1)),
      alone,
    ];
  }
}

/** An LSTM whose initial states are inputs, and its final ones outputs. */
class WithStates extends nn.Module<unknown> {
  lstm = new nn.LSTM(3, 5, { numLayers: 2, bidirectional: true });
  forward(x: Tensor, h: Tensor, c: Tensor): unknown {
    return this.lstm.forward(x, [h, c]);
  }
}

class Cells extends nn.Module<Tensor[]> {
  rnn = new nn.RNNCell(3, 4);
  lstm = new nn.LSTMCell(3, 4);
  gru = new nn.GRUCell(3, 4);
  bilinear = new nn.Bilinear(4, 4, 2);
  forward(x: Tensor): Tensor[] {
    const h = this.rnn.forward(x);
    const [a, b] = this.lstm.forward(x, [h, h]);
    const c = this.gru.forward(x, h);
    return [h, a, b, c, this.bilinear.forward(a, c), F.cosineSimilarity(a, c), F.normalize(a)];
  }
}

class Attention extends nn.Module<unknown> {
  attention = new nn.MultiheadAttention(8, 2, { batchFirst: true });
  forward(query: Tensor, key: Tensor): unknown {
    return this.attention.forward(query, key, key);
  }
}

/** The module with its random weights, in evaluation mode. */
export function seeded({ make, inputs, others }: Model): {
  module: nn.Module<unknown>;
  inputs: Tensor[];
  others: Tensor[] | null;
} {
  manualSeed(7);
  const module = make();
  // Statistics other than 0 and 1.
  for (const [name, buffer] of module.namedBuffers()) {
    if (name.endsWith("running_mean")) buffer.copy_(randn(buffer.shape).mul(0.3));
    else if (name.endsWith("running_var")) buffer.copy_(rand(buffer.shape).add(0.5));
  }
  return { module: module.eval(), inputs: inputs(), others: others?.() ?? null };
}

/** The tensors of a result, in order. */
export function tensorsIn(result: unknown): Tensor[] {
  if (Array.isArray(result)) return result.flatMap(tensorsIn);
  if (typeof result !== "object" || result === null) return [];
  return "dtype" in result ? [result as Tensor] : Object.values(result).flatMap(tensorsIn);
}
