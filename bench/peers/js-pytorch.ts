/**
 * @file js-pytorch on its "cpu" device. It has no RMSprop, so the update is written with its tensors as its Adam is; its
 * ReLU lets a thousandth of negative numbers through, so the model multiplies by a mask of zeros and ones as that does.
 */
import { readFileSync } from "node:fs";
import type { Model, Peer } from "./peer.ts";
import { numbers, type Problem, transposed } from "./workload.ts";

type Nested = number[] | number[][];

interface JsTensor {
  _data: Nested;
  readonly _grad: JsTensor;
  readonly data: Nested;
  readonly shape: number[];
  add(other: JsTensor | number): JsTensor;
  mul(other: JsTensor | number): JsTensor;
  div(other: JsTensor | number): JsTensor;
  neg(): JsTensor;
  pow(n: number): JsTensor;
  sqrt(): JsTensor;
  matmul(other: JsTensor): JsTensor;
  backward(gradient?: JsTensor): void;
  zero_grad(): void;
  zero_grad_graph(): void;
}

interface Torch {
  readonly nn: { readonly CrossEntropyLoss: new () => { forward(z: JsTensor, y: JsTensor): JsTensor } };
  tensor(data: Nested, requiresGrad?: boolean): JsTensor;
  zeros(shape: number[]): JsTensor;
}

function rows(values: Float32Array, cols: number): number[][] {
  return Array.from({ length: values.length / cols }, (_, i) => Array.from(values.subarray(i * cols, (i + 1) * cols)));
}

function relu(torch: Torch, x: JsTensor): JsTensor {
  const ones = (data: Nested): Nested =>
    (data as unknown[]).map((v) => (typeof v === "number" ? (v > 0 ? 1 : 0) : ones(v as Nested))) as Nested;
  return x.mul(torch.tensor(ones(x.data)));
}

function makeModel(torch: Torch, problem: Problem): Model {
  const { inputs, hidden, outputs } = problem;
  const w1 = torch.tensor(rows(transposed(problem.w1, hidden, inputs), hidden), true);
  const b1 = torch.tensor(Array.from(problem.b1), true);
  const w2 = torch.tensor(rows(transposed(problem.w2, outputs, hidden), outputs), true);
  const b2 = torch.tensor(Array.from(problem.b2), true);
  const weights = [w1, b1, w2, b2];
  const squares = weights.map(({ shape }) => torch.zeros(shape));
  const x = torch.tensor(rows(problem.x, inputs));
  const y = torch.tensor(Array.from(problem.y));
  const lossFn = new torch.nn.CrossEntropyLoss();
  const lossOf = () => lossFn.forward(relu(torch, x.matmul(w1).add(b1)).matmul(w2).add(b2), y);
  return {
    async step() {
      const loss = lossOf();
      loss.backward();
      for (const [i, weight] of weights.entries()) {
        const gradient = weight._grad;
        const square = (squares[i] as JsTensor).mul(0.99).add(gradient.pow(2).mul(0.01));
        squares[i] = square;
        weight._data = weight.add(gradient.mul(0.001).div(square.sqrt().add(1e-8)).neg())._data;
        weight.zero_grad();
      }
      return (loss.data as number[])[0] ?? Number.NaN;
    },
    async gradients() {
      lossOf().backward();
      const flat = weights.map((weight) => weight._grad.data.flat());
      for (const weight of weights) weight.zero_grad();
      const [g1 = [], h1 = [], g2 = [], h2 = []] = flat;
      return [transposed(g1, inputs, hidden), h1, transposed(g2, hidden, outputs), h2];
    },
  };
}

export async function load(): Promise<Peer> {
  const name = "js-pytorch";
  const { torch } = (await import(name)) as { torch: Torch };
  const manifest = readFileSync(`${import.meta.dirname}/node_modules/${name}/package.json`, "utf8");
  return {
    version: (JSON.parse(manifest) as { version: string }).version,
    model: (problem) => makeModel(torch, problem),
    matmul: (n) => {
      const [a, b] = [0, 1].map(() => torch.tensor(rows(numbers(n * n, 1), n))) as [JsTensor, JsTensor];
      return async () => void a.matmul(b);
    },
    relu: (n) => {
      const leaf = torch.tensor(Array.from(numbers(n, 1)), true);
      const upstream = torch.tensor(Array.from(numbers(n, 1)));
      return async () => {
        relu(torch, leaf).backward(upstream);
        leaf.zero_grad();
      };
    },
    chain: (length) => {
      const x = torch.tensor([1], true);
      const one = torch.tensor([1]);
      const start = performance.now();
      let y = x;
      for (let i = 0; i < length; i++) y = y.add(one);
      const middle = performance.now();
      y.backward();
      return [middle - start, performance.now() - middle];
    },
  };
}
