/** @file As much of jax-js as is used, and the network of the comparison in it. */
import type { Model } from "./peer.ts";
import { oneHot, type Problem, transposed } from "./workload.ts";

/** Each use of an array as an argument gives up one reference; `ref` makes another. */
export interface JaxArray {
  readonly ref: JaxArray;
  readonly shape: number[];
  reshape(shape: number[]): JaxArray;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  div(other: JaxArray | number): JaxArray;
  sum(): JaxArray;
  data(): Promise<Float32Array>;
  dispose(): void;
}

export type Arrays = JaxArray[];

export interface Jax {
  readonly numpy: {
    array(values: Float32Array): JaxArray;
    zeros(shape: number[]): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    max(x: JaxArray): JaxArray;
    split(x: JaxArray, sections: number, axis: number): JaxArray[];
    sqrt(x: JaxArray): JaxArray;
    square(x: JaxArray): JaxArray;
  };
  readonly nn: {
    relu(x: JaxArray): JaxArray;
    gelu(x: JaxArray, options: { approximate: boolean }): JaxArray;
    softmax(x: JaxArray, axis: number): JaxArray;
    logSoftmax(x: JaxArray): JaxArray;
    standardize(x: JaxArray, axis: number, options: { epsilon: number }): JaxArray;
    /** Heads come after the places. */
    dotProductAttention(q: JaxArray, k: JaxArray, v: JaxArray, options: { isCausal: boolean }): JaxArray;
  };
  readonly lax: {
    conv(x: JaxArray, kernel: JaxArray, strides: number[], padding: "SAME"): JaxArray;
    reduceWindow(x: JaxArray, f: (x: JaxArray) => JaxArray, size: number[], strides: number[]): JaxArray;
  };
  init(...devices: string[]): Promise<string[]>;
  defaultDevice(device: string): string;
  jit<T extends unknown[], R>(f: (...args: T) => R): (...args: T) => R;
  vjp(f: (...args: JaxArray[]) => JaxArray, primals: Arrays): [JaxArray, (dy: JaxArray) => Arrays];
  valueAndGrad(
    f: (weights: Arrays, x: JaxArray, y: JaxArray) => JaxArray,
  ): (weights: Arrays, x: JaxArray, y: JaxArray) => [JaxArray, Arrays];
  blockUntilReady<T>(tree: T): Promise<T>;
}

/** One more reference to each. */
export const refs = (arrays: readonly JaxArray[]): Arrays => arrays.map((array) => array.ref);

/** The network of {@link Problem}, its update in jit. */
export function makeModel(jax: Jax, problem: Problem): Model {
  const { numpy: np, nn, jit, valueAndGrad } = jax;
  const { batch, inputs, hidden, outputs } = problem;
  const matrix = (values: Float32Array, rows: number, cols: number) => np.array(values).reshape([rows, cols]);
  let weights: Arrays = [
    matrix(transposed(problem.w1, hidden, inputs), inputs, hidden),
    np.array(problem.b1),
    matrix(transposed(problem.w2, outputs, hidden), hidden, outputs),
    np.array(problem.b2),
  ];
  let squares: Arrays = weights.map(({ shape }) => np.zeros(shape));
  const x = matrix(problem.x, batch, inputs);
  const y = matrix(oneHot(problem), batch, outputs);
  const lossOf = ([w1, b1, w2, b2]: Arrays, input: JaxArray, target: JaxArray): JaxArray => {
    const middle = nn.relu(np.matmul(input, w1 as JaxArray).add(b1 as JaxArray));
    const logits = np.matmul(middle, w2 as JaxArray).add(b2 as JaxArray);
    return nn
      .logSoftmax(logits)
      .mul(target)
      .sum()
      .mul(-1 / batch);
  };
  const update = jit((w: Arrays, s: Arrays, input: JaxArray, target: JaxArray): [JaxArray, Arrays, Arrays] => {
    const [loss, gradients] = valueAndGrad(lossOf)(refs(w), input, target);
    const next = s.map((square, i) => square.mul(0.99).add(np.square((gradients[i] as JaxArray).ref).mul(0.01)));
    const moved = w.map((weight, i) => {
      const root = np.sqrt((next[i] as JaxArray).ref).add(1e-8);
      return weight.sub((gradients[i] as JaxArray).mul(0.001).div(root));
    });
    return [loss, moved, next];
  });
  const gradientsOf = jit(valueAndGrad(lossOf));
  return {
    async step() {
      const [loss, moved, next] = update(weights, squares, x.ref, y.ref);
      [weights, squares] = [moved, next];
      await jax.blockUntilReady(refs([...weights, ...squares])).then((all) => {
        for (const array of all) array.dispose();
      });
      return (await loss.data())[0] ?? Number.NaN;
    },
    async gradients() {
      const [loss, gradients] = gradientsOf(refs(weights), x.ref, y.ref);
      loss.dispose();
      const [g1, h1, g2, h2] = await Promise.all(gradients.map((gradient) => gradient.data()));
      return [
        transposed(g1 ?? [], inputs, hidden),
        h1 ?? new Float32Array(),
        transposed(g2 ?? [], hidden, outputs),
        h2 ?? new Float32Array(),
      ];
    },
  };
}
