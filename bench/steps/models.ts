/** @file Whole training steps and what models do besides: the names are those of steps.py. */
import { arange, cat, nn, noGrad, optim, rand, randint, randn, type Tensor } from "tapegrad";
import { LeNet } from "../cnn.ts";
import { NeuralNetwork } from "../training.ts";

/** Sets a workload up, and gives back what is timed. */
export type Workload = () => () => unknown;

type Forward = (x: Tensor) => Tensor;

/** A training step: loss, gradients, update. */
function stepper(optimizer: optim.Optimizer, loss: () => Tensor): () => Tensor {
  return () => {
    const value = loss();
    value.backward();
    optimizer.step();
    optimizer.zeroGrad();
    return value;
  };
}

function classifier(model: nn.Module, x: Tensor, classes: number, optimizer: optim.Optimizer): () => Tensor {
  const lossFn = new nn.CrossEntropyLoss();
  const y = randint(0, classes, [x.size(0)]);
  return stepper(optimizer, () => lossFn.forward(model.forward(x), y));
}

const mlp = (batch: number) => () => {
  const model = new NeuralNetwork();
  return classifier(model, rand([batch, 1, 28, 28]), 10, new optim.RMSprop(model.parameters(), { lr: 0.001 }));
};

function lenet() {
  const model = new LeNet();
  return classifier(model, rand([64, 1, 28, 28]), 10, new optim.Adam(model.parameters(), { lr: 0.002 }));
}

function tiny() {
  const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 1));
  const [x, y] = [rand([4, 2]), rand([4, 1])];
  const lossFn = new nn.MSELoss();
  return stepper(new optim.SGD(model.parameters(), { lr: 0.1 }), () => lossFn.forward(model.forward(x), y));
}

class Block extends nn.Module {
  norm1: nn.LayerNorm;
  qkv: nn.Linear;
  proj: nn.Linear;
  norm2: nn.LayerNorm;
  fc: nn.Linear;
  out: nn.Linear;
  readonly heads: number;

  constructor(width: number, heads: number) {
    super();
    this.heads = heads;
    this.norm1 = new nn.LayerNorm(width);
    this.qkv = new nn.Linear(width, 3 * width);
    this.proj = new nn.Linear(width, width);
    this.norm2 = new nn.LayerNorm(width);
    this.fc = new nn.Linear(width, 4 * width);
    this.out = new nn.Linear(4 * width, width);
  }

  forward(x: Tensor): Tensor {
    const [B = 1, T = 1, C = 1] = x.shape;
    const split: Forward = (part) => part.view(B, T, this.heads, C / this.heads).transpose(1, 2);
    const [q, k, v] = this.qkv.forward(this.norm1.forward(x)).split(C, 2).map(split) as [Tensor, Tensor, Tensor];
    const attended = nn.functional.scaledDotProductAttention(q, k, v, { isCausal: true });
    x = x.add(this.proj.forward(attended.transpose(1, 2).reshape(B, T, C)));
    return x.add(this.out.forward(nn.functional.gelu(this.fc.forward(this.norm2.forward(x)))));
  }
}

const VOCABULARY = 65;
const CONTEXT = 64;

class Gpt extends nn.Module {
  tokens: nn.Embedding;
  positions: nn.Embedding;
  blocks: nn.Sequential;
  norm: nn.LayerNorm;
  head: nn.Linear;

  constructor(layers = 4, width = 128, heads = 4) {
    super();
    this.tokens = new nn.Embedding(VOCABULARY, width);
    this.positions = new nn.Embedding(CONTEXT, width);
    this.blocks = new nn.Sequential(...Array.from({ length: layers }, () => new Block(width, heads)));
    this.norm = new nn.LayerNorm(width);
    this.head = new nn.Linear(width, VOCABULARY, { bias: false });
  }

  forward(ids: Tensor): Tensor {
    const places = arange(ids.size(1), { dtype: "int32" });
    const x = this.tokens.forward(ids).add(this.positions.forward(places));
    return this.head.forward(this.norm.forward(this.blocks.forward(x)));
  }
}

function gptStep() {
  const model = new Gpt();
  const [ids, next] = [randint(0, VOCABULARY, [12, CONTEXT]), randint(0, VOCABULARY, [12 * CONTEXT])];
  return stepper(new optim.AdamW(model.parameters(), { lr: 0.001 }), () =>
    nn.functional.crossEntropy(model.forward(ids).flatten(0, 1), next),
  );
}

/** Sixteen tokens after a context of 48, without a cache. */
function gptGenerate() {
  const model = new Gpt();
  model.eval();
  const start = randint(0, VOCABULARY, [1, 48]);
  return () =>
    noGrad(() => {
      let ids = start;
      for (let i = 0; i < 16; i++) {
        const logits = model.forward(ids).select(1, -1);
        ids = cat([ids, logits.argmax(-1, true)], 1);
      }
      return ids;
    });
}

function encoder() {
  const layer = new nn.TransformerEncoderLayer(256, 4, { dimFeedforward: 1024, dropout: 0, batchFirst: true });
  const x = randn([8, 64, 256]);
  return stepper(new optim.Adam(layer.parameters(), { lr: 0.001 }), () => layer.forward(x).square().mean());
}

class Residual extends nn.Module {
  conv1: nn.Conv2d;
  norm1: nn.BatchNorm2d;
  conv2: nn.Conv2d;
  norm2: nn.BatchNorm2d;
  shortcut: nn.Module;

  constructor(from: number, to: number, stride: number) {
    super();
    this.conv1 = new nn.Conv2d(from, to, 3, { stride, padding: 1, bias: false });
    this.norm1 = new nn.BatchNorm2d(to);
    this.conv2 = new nn.Conv2d(to, to, 3, { padding: 1, bias: false });
    this.norm2 = new nn.BatchNorm2d(to);
    this.shortcut =
      stride === 1 && from === to ? new nn.Identity() : new nn.Conv2d(from, to, 1, { stride, bias: false });
  }

  forward(x: Tensor): Tensor {
    const inner = nn.functional.relu(this.norm1.forward(this.conv1.forward(x)));
    return nn.functional.relu(this.norm2.forward(this.conv2.forward(inner)).add(this.shortcut.forward(x)));
  }
}

function resnet() {
  const model = new nn.Sequential(
    new nn.Conv2d(3, 16, 3, { padding: 1, bias: false }),
    new nn.BatchNorm2d(16),
    new nn.ReLU(),
    new Residual(16, 16, 1),
    new Residual(16, 32, 2),
    new Residual(32, 64, 2),
    new nn.AdaptiveAvgPool2d(1),
    new nn.Flatten(),
    new nn.Linear(64, 10),
  );
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });
  return classifier(model, rand([32, 3, 32, 32]), 10, optimizer);
}

function lstm() {
  const layer = new nn.LSTM(64, 128, { numLayers: 2, batchFirst: true });
  const x = randn([16, 32, 64]);
  return stepper(new optim.Adam(layer.parameters(), { lr: 0.001 }), () => layer.forward(x)[0].square().mean());
}

export const MODELS: Readonly<Record<string, Workload>> = {
  "MLP, batch 32": mlp(32),
  "MLP, batch 128": mlp(128),
  "MLP, batch 512": mlp(512),
  "GPT, training step": gptStep,
  "GPT, 16 tokens": gptGenerate,
  "encoder layer": encoder,
  "LeNet, batch 64": lenet,
  "ResNet, batch 32": resnet,
  "LSTM, two layers": lstm,
  "tiny network": tiny,
};
