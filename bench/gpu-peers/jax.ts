/** @file jax-js on WebGPU and WebGL, everything in jit as it advises. */
import { type Arrays, type Jax, type JaxArray, makeModel, refs } from "../peers/jax-model.ts";
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

function computing(jax: Jax, f: (...args: JaxArray[]) => JaxArray, inputs: readonly JaxArray[]): Work {
  const compiled = jax.jit(f);
  return {
    run: async () => (await jax.blockUntilReady(compiled(...refs(inputs)))).dispose(),
    values: async () => sample(await compiled(...refs(inputs)).data()),
  };
}

const classesOf = (jax: Jax, y: Int32Array, count: number): JaxArray => {
  const rows = new Float32Array(y.length * count);
  for (const [row, at] of y.entries()) rows[row * count + at] = 1;
  return jax.numpy.array(rows).reshape([y.length, count]);
};

/** Plain gradient descent. */
function training(
  jax: Jax,
  parameters: Arrays,
  lossOf: (weights: Arrays, x: JaxArray, y: JaxArray) => JaxArray,
  x: JaxArray,
  y: JaxArray,
  lr: number,
): Work {
  let weights = parameters;
  const update = jax.jit((w: Arrays, input: JaxArray, target: JaxArray): [JaxArray, Arrays] => {
    const [loss, gradients] = jax.valueAndGrad(lossOf)(refs(w), input, target);
    return [loss, w.map((weight, i) => weight.sub((gradients[i] as JaxArray).mul(lr)))];
  });
  const run = async () => {
    const [loss, moved] = update(weights, x.ref, y.ref);
    weights = moved;
    await jax.blockUntilReady(weights);
    return (await loss.data())[0] ?? Number.NaN;
  };
  return { run, values: () => losses(run) };
}

const meanLoss = (jax: Jax, logits: JaxArray, target: JaxArray, rows: number): JaxArray =>
  jax.nn
    .logSoftmax(logits)
    .mul(target)
    .sum()
    .mul(-1 / rows);

function cnn(jax: Jax): Work {
  const { numpy: np, nn, lax } = jax;
  const { batch, side, channels, classes, lr } = CNN;
  const [c0, c1, c2] = channels;
  const flat = c2 * (side / 4) ** 2;
  const problem = cnnProblem();
  const weights = [
    np.array(problem.conv1).reshape([c1, c0, 3, 3]),
    np.array(problem.bias1).reshape([c1, 1, 1]),
    np.array(problem.conv2).reshape([c2, c1, 3, 3]),
    np.array(problem.bias2).reshape([c2, 1, 1]),
    np.array(transposed(problem.fc, classes, flat)).reshape([flat, classes]),
    np.array(problem.bias3),
  ];
  const pool = (x: JaxArray) => lax.reduceWindow(x, np.max, [2, 2], [2, 2]);
  const lossOf = (all: Arrays, input: JaxArray, target: JaxArray): JaxArray => {
    const [conv1, bias1, conv2, bias2, fc, bias3] = all as [JaxArray, JaxArray, JaxArray, JaxArray, JaxArray, JaxArray];
    const layer = (x: JaxArray, kernel: JaxArray, bias: JaxArray) =>
      pool(nn.relu(lax.conv(x, kernel, [1, 1], "SAME").add(bias)));
    const planes = layer(layer(input, conv1, bias1), conv2, bias2);
    const logits = np.matmul(planes.reshape([batch, flat]), fc).add(bias3);
    return meanLoss(jax, logits, target, batch);
  };
  const x = np.array(problem.x).reshape([batch, c0, side, side]);
  return training(jax, weights, lossOf, x, classesOf(jax, problem.y, classes), lr);
}

/** LayerNorm over the last dimension. */
function normalize(jax: Jax, x: JaxArray, weight: JaxArray, bias: JaxArray): JaxArray {
  return jax.nn.standardize(x, -1, { epsilon: 1e-5 }).mul(weight).add(bias);
}

/** Arrays of a block, in the order of {@link Block}. */
const BLOCK_PARAMETERS = 12;

function gpt(jax: Jax): Work {
  const { numpy: np, nn } = jax;
  const { batch, length, letters, width, heads, lr } = GPT;
  const problem = gptProblem();
  const matrix = (values: Float32Array, out: number, inputs: number) =>
    np.array(transposed(values, out, inputs)).reshape([inputs, out]);
  const weights = [
    np.array(problem.embedding).reshape([letters, width]),
    np.array(problem.positions).reshape([length, width]),
    ...problem.blocks.flatMap((block: Block) => [
      np.array(block.norm1),
      np.array(block.shift1),
      matrix(block.qkv, 3 * width, width),
      np.array(block.qkvBias),
      matrix(block.out, width, width),
      np.array(block.outBias),
      np.array(block.norm2),
      np.array(block.shift2),
      matrix(block.up, 4 * width, width),
      np.array(block.upBias),
      matrix(block.down, width, 4 * width),
      np.array(block.downBias),
    ]),
    np.array(problem.norm),
    np.array(problem.shift),
    matrix(problem.head, letters, width),
  ];
  const lossOf = (all: Arrays, input: JaxArray, target: JaxArray): JaxArray => {
    const [embedding, positions, ...rest] = all as [JaxArray, JaxArray, ...JaxArray[]];
    const ends = rest.slice(-3) as [JaxArray, JaxArray, JaxArray];
    let x = np
      .matmul(input, embedding)
      .reshape([batch, length, width])
      .add(positions)
      .reshape([batch * length, width]);
    const linear = (from: JaxArray, weight: JaxArray, bias: JaxArray) => np.matmul(from, weight).add(bias);
    for (let block = 0; block < rest.length - 3; block += BLOCK_PARAMETERS) {
      const at = (i: number) => rest[block + i] as JaxArray;
      const parts = np.split(linear(normalize(jax, x.ref, at(0), at(1)), at(2), at(3)), 3, -1);
      const [q, k, v] = parts.map((part) => part.reshape([batch, length, heads, width / heads])) as [
        JaxArray,
        JaxArray,
        JaxArray,
      ];
      const seen = nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([batch * length, width]);
      x = x.add(linear(seen, at(4), at(5)));
      const inner = linear(normalize(jax, x.ref, at(6), at(7)), at(8), at(9));
      x = x.add(linear(nn.gelu(inner, { approximate: false }), at(10), at(11)));
    }
    const [norm, shift, head] = ends;
    return meanLoss(jax, np.matmul(normalize(jax, x, norm, shift), head), target, batch * length);
  };
  const [x, y] = [problem.x, problem.y].map((ids) => classesOf(jax, ids, letters)) as [JaxArray, JaxArray];
  return training(jax, weights, lossOf, x, y, lr);
}

function layerNorm(jax: Jax): Work {
  const { numpy: np } = jax;
  const inputs = normInputs();
  const [x, weight, bias, grad] = [
    np.array(inputs.x).reshape(NORM_SHAPE),
    np.array(inputs.weight),
    np.array(inputs.bias),
    np.array(inputs.grad).reshape(NORM_SHAPE),
  ];
  const both = jax.jit((a: JaxArray, b: JaxArray, c: JaxArray, dy: JaxArray) => {
    const [y, backward] = jax.vjp(
      (...args: JaxArray[]) => normalize(jax, ...(args as [JaxArray, JaxArray, JaxArray])),
      [a, b, c],
    );
    return [...backward(dy), y];
  });
  const run = () => both(x.ref, weight.ref, bias.ref, grad.ref);
  return {
    async run() {
      for (const array of await jax.blockUntilReady(run())) array.dispose();
    },
    async values() {
      const [y, ...gradients] = run().reverse();
      y?.dispose();
      const all: number[] = [];
      for (const gradient of gradients.reverse()) all.push(...sample(await gradient.data()));
      return all;
    },
  };
}

/** @throws Error where it has no such device. */
export async function load(jax: Jax, mode: Mode): Promise<(work: Workload) => Work | null> {
  const device = mode === "webgl2" ? "webgl" : "webgpu";
  const found = await jax.init(device);
  if (!found.includes(device)) throw new Error(`it finds no ${device}`);
  jax.defaultDevice(device);
  const { numpy: np, nn } = jax;
  const matmul = (n: number) =>
    computing(
      jax,
      (a, b) => np.matmul(a as JaxArray, b as JaxArray),
      [0, 1].map(() => np.array(numbers(n * n, 1)).reshape([n, n])),
    );
  const works: Record<Workload, () => Work> = {
    mnist() {
      const { step } = makeModel(jax, timed());
      return { run: step, values: () => losses(step) };
    },
    matmul512: () => matmul(512),
    matmul1024: () => matmul(1024),
    chain: () =>
      computing(
        jax,
        (x, y) => {
          let a = x as JaxArray;
          const b = y as JaxArray;
          for (let i = 0; i < CHAIN_ROUNDS; i++) a = nn.relu(a.mul(b.ref).add(0.5)).sub(b.ref).mul(0.9);
          b.dispose();
          return a;
        },
        chainInputs().map((values) => np.array(values)),
      ),
    softmax: () =>
      computing(jax, (x) => nn.softmax(x as JaxArray, -1), [np.array(softmaxInput()).reshape(SOFTMAX_SHAPE)]),
    layernorm: () => layerNorm(jax),
    cnn: () => cnn(jax),
    gpt: () => gpt(jax),
  };
  return (work) => works[work]();
}
