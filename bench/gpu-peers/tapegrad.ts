/** @file tapegrad on the GPU, operation by operation or compiled. */
import { compile, gpuAvailable, nn, noGrad, optim, type Tensor, tensor } from "../../src/entry/index.ts";
import { makeModel } from "../peers/tapegrad.ts";
import { numbers, timed } from "../peers/workload.ts";
import {
  type Block,
  CHAIN_ROUNDS,
  CNN,
  chainInputs,
  cnnProblem,
  GPT,
  gptProblem,
  losses,
  NORM_SHAPE,
  normInputs,
  SOFTMAX_SHAPE,
  sample,
  softmaxInput,
  type Work,
} from "./problems.ts";
import type { Mode, Workload } from "./rows.ts";

const F = nn.functional;

const onGpu = (values: Float32Array | Int32Array, shape: readonly number[]): Tensor =>
  tensor(values).reshape(shape).to("gpu");

const parameter = (values: Float32Array, shape: readonly number[]) => new nn.Parameter(onGpu(values, shape));

type Step = (x: Tensor, y: Tensor) => Tensor;

/** A function whose result is waited for, by one element. */
function computing(f: () => Tensor): Work {
  return {
    run: async () => noGrad(f).flatten().narrow(0, 0, 1).data(),
    values: async () => sample(await noGrad(f).data()),
  };
}

function training(step: Step, x: Tensor, y: Tensor): Work {
  const run = async () => step(x, y).item();
  return { run, values: () => losses(run) };
}

/** A step of plain gradient descent. */
function descent(model: nn.Module, lossOf: Step, lr: number): Step {
  const optimizer = new optim.SGD(model.parameters(), { lr });
  return (x, y) => {
    const loss = lossOf(x, y);
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    return loss;
  };
}

class Network extends nn.Module {
  conv1: nn.Conv2d;
  conv2: nn.Conv2d;
  fc: nn.Linear;

  constructor() {
    super();
    const { channels, side, classes } = CNN;
    const [c0, c1, c2] = channels;
    this.conv1 = new nn.Conv2d(c0, c1, 3, { padding: 1 });
    this.conv2 = new nn.Conv2d(c1, c2, 3, { padding: 1 });
    this.fc = new nn.Linear(c2 * (side / 4) ** 2, classes);
  }
  forward(x: Tensor): Tensor {
    x = F.maxPool2d(F.relu(this.conv1.forward(x)), 2);
    x = F.maxPool2d(F.relu(this.conv2.forward(x)), 2);
    return this.fc.forward(x.flatten(1));
  }
}

function cnn(wrap: (step: Step) => Step): Work {
  const { x, y, ...weights } = cnnProblem();
  const model = new Network();
  noGrad(() => {
    for (const [i, values] of Object.values(weights).entries()) {
      const target = [...model.parameters()][i];
      target?.copy_(tensor(values).reshape(target.shape));
    }
  });
  model.to("gpu");
  const { batch, channels, side, lr } = CNN;
  const step = descent(model, (input, target) => F.crossEntropy(model.forward(input), target), lr);
  return training(wrap(step), onGpu(x, [batch, channels[0], side, side]), onGpu(y, [batch]));
}

class TransformerBlock extends nn.Module {
  norm1: nn.Parameter;
  shift1: nn.Parameter;
  qkv: nn.Parameter;
  qkvBias: nn.Parameter;
  out: nn.Parameter;
  outBias: nn.Parameter;
  norm2: nn.Parameter;
  shift2: nn.Parameter;
  up: nn.Parameter;
  upBias: nn.Parameter;
  down: nn.Parameter;
  downBias: nn.Parameter;

  constructor(block: Block) {
    super();
    const { width } = GPT;
    const vector = (values: Float32Array) => parameter(values, [values.length]);
    this.norm1 = vector(block.norm1);
    this.shift1 = vector(block.shift1);
    this.qkv = parameter(block.qkv, [3 * width, width]);
    this.qkvBias = vector(block.qkvBias);
    this.out = parameter(block.out, [width, width]);
    this.outBias = vector(block.outBias);
    this.norm2 = vector(block.norm2);
    this.shift2 = vector(block.shift2);
    this.up = parameter(block.up, [4 * width, width]);
    this.upBias = vector(block.upBias);
    this.down = parameter(block.down, [width, 4 * width]);
    this.downBias = vector(block.downBias);
  }
  forward(x: Tensor): Tensor {
    const { batch, length, width, heads } = GPT;
    const normed = F.layerNorm(x, [width], this.norm1, this.shift1);
    const [q, k, v] = F.linear(normed, this.qkv, this.qkvBias)
      .split(width, -1)
      .map((part) => part.reshape([batch, length, heads, width / heads]).transpose(1, 2)) as [Tensor, Tensor, Tensor];
    const seen = F.scaledDotProductAttention(q, k, v, { isCausal: true });
    x = x.add(F.linear(seen.transpose(1, 2).reshape([batch, length, width]), this.out, this.outBias));
    const inner = F.gelu(F.linear(F.layerNorm(x, [width], this.norm2, this.shift2), this.up, this.upBias));
    return x.add(F.linear(inner, this.down, this.downBias));
  }
}

class Gpt extends nn.Module {
  embedding: nn.Parameter;
  positions: nn.Parameter;
  blocks: nn.ModuleList<TransformerBlock>;
  norm: nn.Parameter;
  shift: nn.Parameter;
  head: nn.Parameter;

  constructor(problem: ReturnType<typeof gptProblem>) {
    super();
    const { width, length, letters } = GPT;
    this.embedding = parameter(problem.embedding, [letters, width]);
    this.positions = parameter(problem.positions, [length, width]);
    this.blocks = new nn.ModuleList(problem.blocks.map((block) => new TransformerBlock(block)));
    this.norm = parameter(problem.norm, [width]);
    this.shift = parameter(problem.shift, [width]);
    this.head = parameter(problem.head, [letters, width]);
  }
  forward(letters: Tensor): Tensor {
    let x = F.embedding(letters, this.embedding).add(this.positions);
    for (const block of this.blocks) x = block.forward(x);
    return F.linear(F.layerNorm(x, [GPT.width], this.norm, this.shift), this.head);
  }
}

function gpt(wrap: (step: Step) => Step): Work {
  const problem = gptProblem();
  const model = new Gpt(problem);
  const lossOf: Step = (x, y) => F.crossEntropy(model.forward(x).flatten(0, 1), y.flatten());
  const shape = [GPT.batch, GPT.length];
  return training(wrap(descent(model, lossOf, GPT.lr)), onGpu(problem.x, shape), onGpu(problem.y, shape));
}

function layerNorm(isCompiled: boolean): Work {
  const { x, weight, bias, grad } = normInputs();
  const size = NORM_SHAPE[1];
  const leaves = [parameter(x, NORM_SHAPE), parameter(weight, [size]), parameter(bias, [size])] as const;
  const upstream = onGpu(grad, NORM_SHAPE);
  const both = (dy: Tensor): Tensor => {
    const [input, scale, shift] = leaves;
    for (const leaf of leaves) leaf.grad = null;
    const y = F.layerNorm(input, [size], scale, shift);
    y.backward(dy);
    return y.detach();
  };
  const run = isCompiled ? compile(both) : both;
  const gradients = () => {
    run(upstream);
    return leaves.map((leaf) => leaf.grad as Tensor);
  };
  return {
    run: async () => gradients()[0]?.flatten().narrow(0, 0, 1).data(),
    async values() {
      const all: number[] = [];
      for (const gradient of gradients()) all.push(...sample(await gradient.data()));
      return all;
    },
  };
}

function chain(isCompiled: boolean): Work {
  const [x, y] = chainInputs().map((values) => onGpu(values, [values.length])) as [Tensor, Tensor];
  const all = (a: Tensor, b: Tensor): Tensor => {
    for (let i = 0; i < CHAIN_ROUNDS; i++) a = a.mul(b).add(0.5).relu().sub(b).mul(0.9);
    return a;
  };
  const run = isCompiled ? compile(all) : all;
  return computing(() => run(x, y));
}

/** @throws Error where there is no GPU of this kind. */
export async function load(mode: Mode, isCompiled: boolean): Promise<(work: Workload) => Work | null> {
  const gpu = await gpuAvailable();
  if (!gpu.available) throw new Error(gpu.reason);
  if (gpu.mode !== mode) throw new Error(`it runs on ${gpu.mode}`);
  const wrap = (step: Step): Step => (isCompiled ? compile(step) : step);
  const matmul = (n: number): Work | null => {
    // One operation, with nothing to fuse.
    if (isCompiled) return null;
    const [a, b] = [0, 1].map(() => onGpu(numbers(n * n, 1), [n, n])) as [Tensor, Tensor];
    return computing(() => a.matmul(b));
  };
  const works: Record<Workload, () => Work | null> = {
    mnist() {
      const { step } = makeModel(timed(), "gpu", isCompiled);
      return { run: step, values: () => losses(step) };
    },
    matmul512: () => matmul(512),
    matmul1024: () => matmul(1024),
    chain: () => chain(isCompiled),
    softmax() {
      if (isCompiled) return null;
      const x = onGpu(softmaxInput(), SOFTMAX_SHAPE);
      return computing(() => x.softmax(1));
    },
    layernorm: () => layerNorm(isCompiled),
    cnn: () => cnn(wrap),
    gpt: () => gpt(wrap),
  };
  return (work) => works[work]();
}
