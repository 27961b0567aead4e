/**
 * @file TensorFlow.js with its wasm backend. In Node it runs with SIMD on one thread: its own check for threads says no
 * there. The layers package is loaded for the gradients that it registers; the core's Node build lacks them.
 */
import type { Model, Peer } from "./peer.ts";
import { numbers, oneHot, type Problem, transposed } from "./workload.ts";

export interface TfTensor {
  data(): Promise<Float32Array>;
  dataSync(): Float32Array;
  dispose(): void;
}

interface TfVariable extends TfTensor {
  readonly name: string;
  assign(value: TfTensor): void;
}

interface TfOptimizer {
  minimize(f: () => TfTensor, returnCost: true): TfTensor;
}

export interface Tf {
  readonly version_core: string;
  readonly losses: { softmaxCrossEntropy(onehot: TfTensor, logits: TfTensor): TfTensor };
  readonly train: { sgd(lr: number): TfOptimizer };
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(values: Float32Array | Int32Array, shape: number[], dtype?: "int32"): TfTensor;
  scalar(value: number): TfTensor;
  zerosLike(x: TfTensor): TfTensor;
  variable(initial: TfTensor, trainable?: boolean): TfVariable;
  add(a: TfTensor, b: TfTensor): TfTensor;
  sub(a: TfTensor, b: TfTensor): TfTensor;
  mul(a: TfTensor, b: TfTensor): TfTensor;
  div(a: TfTensor, b: TfTensor): TfTensor;
  sqrt(x: TfTensor): TfTensor;
  square(x: TfTensor): TfTensor;
  relu(x: TfTensor): TfTensor;
  erf(x: TfTensor): TfTensor;
  rsqrt(x: TfTensor): TfTensor;
  softmax(x: TfTensor): TfTensor;
  moments(x: TfTensor, axis: number, keepDims: boolean): { mean: TfTensor; variance: TfTensor };
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  reshape(x: TfTensor, shape: number[]): TfTensor;
  transpose(x: TfTensor, order: number[]): TfTensor;
  slice(x: TfTensor, begin: number[], size: number[]): TfTensor;
  split(x: TfTensor, sections: number, axis: number): TfTensor[];
  gather(x: TfTensor, rows: TfTensor): TfTensor;
  oneHot(ids: TfTensor, depth: number): TfTensor;
  conv2d(x: TfTensor, kernel: TfTensor, stride: number, padding: "same"): TfTensor;
  maxPool(x: TfTensor, size: number, stride: number, padding: "valid"): TfTensor;
  tidy<T>(f: () => T): T;
  grad(f: (x: TfTensor) => TfTensor): (x: TfTensor, dy?: TfTensor) => TfTensor;
  grads(f: (...args: TfTensor[]) => TfTensor): (args: TfTensor[], dy?: TfTensor) => TfTensor[];
  variableGrads(f: () => TfTensor): { value: TfTensor; grads: Record<string, TfTensor> };
}

/** The network of {@link Problem} and its step. */
export function makeModel(tf: Tf, problem: Problem): Model {
  const { batch, inputs, hidden, outputs } = problem;
  const w1 = tf.variable(tf.tensor(transposed(problem.w1, hidden, inputs), [inputs, hidden]));
  const b1 = tf.variable(tf.tensor(problem.b1, [hidden]));
  const w2 = tf.variable(tf.tensor(transposed(problem.w2, outputs, hidden), [hidden, outputs]));
  const b2 = tf.variable(tf.tensor(problem.b2, [outputs]));
  const x = tf.tensor(problem.x, [batch, inputs]);
  const y = tf.tensor(oneHot(problem), [batch, outputs]);
  const weights = [w1, b1, w2, b2];
  const squares = weights.map((weight) => tf.variable(tf.zerosLike(weight), false));
  const loss = () => {
    const middle = tf.relu(tf.add(tf.matMul(x, w1), b1));
    return tf.losses.softmaxCrossEntropy(y, tf.add(tf.matMul(middle, w2), b2));
  };
  /**
   * RMSprop as PyTorch has it, in as many operations as its own takes, which adds eps under the root: where gradients are
   * near eps, that is another step, and the third loss differs by a thousandth.
   */
  const update = (gradients: Record<string, TfTensor>) => {
    const [decay, rest, lr, eps] = [0.99, 0.01, 0.001, 1e-8].map((value) => tf.scalar(value)) as [
      TfTensor,
      TfTensor,
      TfTensor,
      TfTensor,
    ];
    for (const [i, weight] of weights.entries()) {
      const gradient = gradients[weight.name] as TfTensor;
      const square = squares[i] as TfVariable;
      square.assign(tf.add(tf.mul(square, decay), tf.mul(tf.square(gradient), rest)));
      const change = tf.div(tf.mul(gradient, lr), tf.add(tf.sqrt(square), eps));
      weight.assign(tf.sub(weight, change));
    }
  };
  return {
    async step() {
      const { value: cost, grads } = tf.variableGrads(loss);
      tf.tidy(() => update(grads));
      for (const gradient of Object.values(grads)) gradient.dispose();
      const [value = Number.NaN] = await cost.data();
      cost.dispose();
      return value;
    },
    async gradients() {
      const { grads } = tf.variableGrads(loss);
      const of = ({ name }: { name: string }) => grads[name]?.dataSync() ?? new Float32Array();
      return [transposed(of(w1), inputs, hidden), of(b1), transposed(of(w2), hidden, outputs), of(b2)];
    },
  };
}

export async function load(): Promise<Peer> {
  const core = "@tensorflow/tfjs-core";
  const tf = (await import(core)) as Tf;
  for (const name of ["layers", "backend-cpu", "backend-wasm"]) await import(`@tensorflow/tfjs-${name}`);
  if (!(await tf.setBackend("wasm"))) throw new Error("its wasm backend does not start");
  return {
    version: tf.version_core,
    model: (problem) => makeModel(tf, problem),
    matmul: (n) => {
      const [a, b] = [0, 1].map(() => tf.tensor(numbers(n * n, 1), [n, n])) as [TfTensor, TfTensor];
      return async () => tf.matMul(a, b).dispose();
    },
    relu: (n) => {
      const [x, upstream] = [0, 1].map(() => tf.tensor(numbers(n, 1), [n])) as [TfTensor, TfTensor];
      const backward = tf.grad((v) => tf.relu(v));
      return async () => backward(x, upstream).dispose();
    },
    chain: (length) => {
      let [start, middle] = [0, 0];
      tf.tidy(() => {
        const [x, one] = [0, 1].map(() => tf.tensor(new Float32Array([1]), [1])) as [TfTensor, TfTensor];
        tf.grad((v) => {
          start = performance.now();
          let y = v;
          for (let i = 0; i < length; i++) y = tf.add(y, one);
          middle = performance.now();
          return y;
        })(x);
      });
      return [middle - start, performance.now() - middle];
    },
  };
}
