/** @file tapegrad, as a user writes it; TAPEGRAD_NUM_THREADS and TAPEGRAD_BLAS say what it may use. */
import { compile, type Device, deviceInfo, nn, noGrad, optim, type Tensor, tensor } from "../../src/entry/index.ts";
import type { Model, Peer } from "./peer.ts";
import { numbers, type Problem } from "./workload.ts";

class Network extends nn.Module {
  fc1: nn.Linear;
  fc2: nn.Linear;

  constructor({ inputs, hidden, outputs }: Problem) {
    super();
    this.fc1 = new nn.Linear(inputs, hidden);
    this.fc2 = new nn.Linear(hidden, outputs);
  }

  forward(x: Tensor): Tensor {
    return this.fc2.forward(nn.functional.relu(this.fc1.forward(x)));
  }
}

/** The network and its step on a device, compiled or not. */
export function makeModel(problem: Problem, device: Device = "cpu", isCompiled = false): Model {
  const { batch, inputs, w1, b1, w2, b2 } = problem;
  const network = new Network(problem);
  const parameters = [...network.parameters()];
  noGrad(() => {
    for (const [i, values] of [w1, b1, w2, b2].entries()) {
      const parameter = parameters[i];
      parameter?.copy_(tensor(values).reshape(parameter.shape));
    }
  });
  network.to(device);
  const optimizer = new optim.RMSprop(parameters, { lr: 0.001 });
  const lossFn = new nn.CrossEntropyLoss();
  const x = tensor(problem.x).reshape([batch, inputs]).to(device);
  const y = tensor(problem.y).to(device);
  const train = (input: Tensor, target: Tensor): Tensor => {
    const loss = lossFn.forward(network.forward(input), target);
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    return loss;
  };
  const run = isCompiled ? compile(train) : train;
  return {
    async step() {
      return run(x, y).item();
    },
    async gradients() {
      lossFn.forward(network.forward(x), y).backward();
      const gradients = parameters.map((parameter) => parameter.grad?.dataSync().slice() as Float32Array);
      optimizer.zeroGrad();
      return gradients;
    },
  };
}

export function load(): Peer {
  const { blas, blasReason, simd } = deviceInfo();
  if (blas === null && process.env.TAPEGRAD_BLAS === "auto") throw new Error(`no BLAS: ${blasReason}`);
  return {
    version: blas === null ? `${simd} SIMD` : `${blas.library} ${blas.version ?? ""}`.trim(),
    model: (problem) => makeModel(problem),
    matmul: (n) => {
      const [a, b] = [0, 1].map(() => tensor(numbers(n * n, 1)).reshape([n, n])) as [Tensor, Tensor];
      return async () => void noGrad(() => a.matmul(b));
    },
    relu: (n) => {
      const leaf = tensor(numbers(n, 1), { requiresGrad: true });
      const upstream = tensor(numbers(n, 1));
      return async () => {
        leaf.relu().backward(upstream);
        leaf.grad = null;
      };
    },
    chain: (length) => {
      const x = tensor([1], { requiresGrad: true });
      const one = tensor([1]);
      const start = performance.now();
      let y = x;
      for (let i = 0; i < length; i++) y = y.add(one);
      const middle = performance.now();
      y.backward();
      return [middle - start, performance.now() - middle];
    },
  };
}
