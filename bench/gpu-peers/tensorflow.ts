/** @file TensorFlow.js on WebGPU and WebGL. Images lie channels last, which is what its gradients of convolutions know. */
import { makeModel, type Tf, type TfTensor } from "../peers/tensorflow.ts";
import { numbers, timed, transposed } from "../peers/workload.ts";
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

/** `[a][b][c]` as `[order…]`: dimension i of the result is `order[i]` of the source. */
function permuted(values: ArrayLike<number>, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1));
  const sizes = order.map((d) => shape[d] ?? 1);
  return Float32Array.from({ length: values.length }, (_, i) => {
    let rest = i;
    let at = 0;
    for (let d = sizes.length - 1; d >= 0; d--) {
      const size = sizes[d] ?? 1;
      at += (rest % size) * (strides[order[d] ?? 0] ?? 0);
      rest = Math.floor(rest / size);
    }
    return values[at] ?? 0;
  });
}

function computing(tf: Tf, f: () => TfTensor): Work {
  return {
    async run() {
      const first = tf.tidy(() => tf.slice(tf.reshape(f(), [-1]), [0], [1]));
      await first.data();
      first.dispose();
    },
    async values() {
      const result = tf.tidy(f);
      const values = sample(await result.data());
      result.dispose();
      return values;
    },
  };
}

function training(tf: Tf, loss: () => TfTensor, lr: number): Work {
  const optimizer = tf.train.sgd(lr);
  const run = async () => {
    const cost = optimizer.minimize(loss, true);
    const [value = Number.NaN] = await cost.data();
    cost.dispose();
    return value;
  };
  return { run, values: () => losses(run) };
}

function cnn(tf: Tf): Work {
  const { batch, side, channels, classes, lr } = CNN;
  const [c0, c1, c2] = channels;
  const plane = side / 4;
  const problem = cnnProblem();
  const x = tf.tensor(permuted(problem.x, [batch, c0, side, side], [0, 2, 3, 1]), [batch, side, side, c0]);
  const y = tf.oneHot(tf.tensor(problem.y, [batch], "int32"), classes);
  const kernels = (w: Float32Array, out: number, inputs: number) =>
    tf.variable(tf.tensor(permuted(w, [out, inputs, 3, 3], [2, 3, 1, 0]), [3, 3, inputs, out]));
  const conv1 = kernels(problem.conv1, c1, c0);
  const conv2 = kernels(problem.conv2, c2, c1);
  const fc = permuted(problem.fc, [classes, c2, plane, plane], [2, 3, 1, 0]);
  const weight = tf.variable(tf.tensor(fc, [plane * plane * c2, classes]));
  const biasOf = (values: Float32Array) => tf.variable(tf.tensor(values, [values.length]));
  const [bias1, bias2, bias3] = [biasOf(problem.bias1), biasOf(problem.bias2), biasOf(problem.bias3)];
  const layer = (input: TfTensor, kernel: TfTensor, bias: TfTensor) =>
    tf.maxPool(tf.relu(tf.add(tf.conv2d(input, kernel, 1, "same"), bias)), 2, 2, "valid");
  const loss = () => {
    const planes = layer(layer(x, conv1, bias1), conv2, bias2);
    const logits = tf.add(tf.matMul(tf.reshape(planes, [batch, plane * plane * c2]), weight), bias3);
    return tf.losses.softmaxCrossEntropy(y, logits);
  };
  return training(tf, loss, lr);
}

function normalize(tf: Tf, x: TfTensor, weight: TfTensor, bias: TfTensor): TfTensor {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, tf.scalar(1e-5)))), weight), bias);
}

function gpt(tf: Tf): Work {
  const { batch, length, letters, width, heads, lr } = GPT;
  const problem = gptProblem();
  const x = tf.tensor(problem.x, [batch * length], "int32");
  const y = tf.oneHot(tf.tensor(problem.y, [batch * length], "int32"), letters);
  const vector = (values: Float32Array) => tf.variable(tf.tensor(values, [values.length]));
  const matrix = (values: Float32Array, out: number, inputs: number) =>
    tf.variable(tf.tensor(transposed(values, out, inputs), [inputs, out]));
  const embedding = tf.variable(tf.tensor(problem.embedding, [letters, width]));
  const positions = tf.variable(tf.tensor(problem.positions, [length, width]));
  const blocks = problem.blocks.map((block: Block) => ({
    norm1: vector(block.norm1),
    shift1: vector(block.shift1),
    qkv: matrix(block.qkv, 3 * width, width),
    qkvBias: vector(block.qkvBias),
    out: matrix(block.out, width, width),
    outBias: vector(block.outBias),
    norm2: vector(block.norm2),
    shift2: vector(block.shift2),
    up: matrix(block.up, 4 * width, width),
    upBias: vector(block.upBias),
    down: matrix(block.down, width, 4 * width),
    downBias: vector(block.downBias),
  }));
  const [norm, shift] = [vector(problem.norm), vector(problem.shift)];
  const head = matrix(problem.head, letters, width);
  const later = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? -1e9 : 0,
  );
  const mask = tf.tensor(later, [length, length]);
  const scale = tf.scalar(1 / Math.sqrt(width / heads));
  const linear = (input: TfTensor, weight: TfTensor, bias: TfTensor) => tf.add(tf.matMul(input, weight), bias);
  const gelu = (input: TfTensor) =>
    tf.mul(tf.mul(input, tf.scalar(0.5)), tf.add(tf.erf(tf.mul(input, tf.scalar(Math.SQRT1_2))), tf.scalar(1)));
  const loss = () => {
    const letter = tf.reshape(tf.gather(embedding, x), [batch, length, width]);
    let all = tf.reshape(tf.add(letter, positions), [batch * length, width]);
    for (const block of blocks) {
      const normed = normalize(tf, all, block.norm1, block.shift1);
      const [q, k, v] = tf
        .split(linear(normed, block.qkv, block.qkvBias), 3, -1)
        .map((part) => tf.transpose(tf.reshape(part, [batch, length, heads, width / heads]), [0, 2, 1, 3])) as [
        TfTensor,
        TfTensor,
        TfTensor,
      ];
      const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), scale), mask);
      const seen = tf.reshape(tf.transpose(tf.matMul(tf.softmax(scores), v), [0, 2, 1, 3]), [batch * length, width]);
      all = tf.add(all, linear(seen, block.out, block.outBias));
      const inner = gelu(linear(normalize(tf, all, block.norm2, block.shift2), block.up, block.upBias));
      all = tf.add(all, linear(inner, block.down, block.downBias));
    }
    return tf.losses.softmaxCrossEntropy(y, tf.matMul(normalize(tf, all, norm, shift), head));
  };
  return training(tf, loss, lr);
}

function layerNorm(tf: Tf): Work {
  const { x, weight, bias, grad } = normInputs();
  const size = NORM_SHAPE[1];
  const leaves = [tf.tensor(x, NORM_SHAPE), tf.tensor(weight, [size]), tf.tensor(bias, [size])];
  const upstream = tf.tensor(grad, NORM_SHAPE);
  const backward = tf.grads((a, b, c) => normalize(tf, a as TfTensor, b as TfTensor, c as TfTensor));
  const all = async <T>(read: (gradients: TfTensor[]) => Promise<T>): Promise<T> => {
    const gradients = tf.tidy(() => backward(leaves, upstream));
    const found = await read(gradients);
    for (const gradient of gradients) gradient.dispose();
    return found;
  };
  return {
    run: () =>
      all(async ([first]) => {
        const one = tf.tidy(() => tf.slice(tf.reshape(first as TfTensor, [-1]), [0], [1]));
        await one.data();
        one.dispose();
      }),
    values: () =>
      all(async (gradients) => (await Promise.all(gradients.map((g) => g.data()))).flatMap((data) => sample(data))),
  };
}

/** @throws Error where the backend does not start. */
export async function load(tf: Tf, mode: Mode): Promise<(work: Workload) => Work | null> {
  const backend = mode === "webgl2" ? "webgl" : "webgpu";
  if (!(await tf.setBackend(backend))) throw new Error(`its ${backend} backend does not start`);
  await tf.ready();
  const matmul = (n: number) => {
    const [a, b] = [0, 1].map(() => tf.tensor(numbers(n * n, 1), [n, n])) as [TfTensor, TfTensor];
    return computing(tf, () => tf.matMul(a, b));
  };
  const works: Record<Workload, () => Work> = {
    mnist() {
      const { step } = makeModel(tf, timed());
      return { run: step, values: () => losses(step) };
    },
    matmul512: () => matmul(512),
    matmul1024: () => matmul(1024),
    chain() {
      const [x, y] = chainInputs().map((values) => tf.tensor(values, [values.length])) as [TfTensor, TfTensor];
      return computing(tf, () => {
        let a = x;
        for (let i = 0; i < CHAIN_ROUNDS; i++) {
          a = tf.mul(tf.sub(tf.relu(tf.add(tf.mul(a, y), tf.scalar(0.5))), y), tf.scalar(0.9));
        }
        return a;
      });
    },
    softmax() {
      const x = tf.tensor(softmaxInput(), SOFTMAX_SHAPE);
      return computing(tf, () => tf.softmax(x));
    },
    layernorm: () => layerNorm(tf),
    cnn: () => cnn(tf),
    gpt: () => gpt(tf),
  };
  return (work) => works[work]();
}
