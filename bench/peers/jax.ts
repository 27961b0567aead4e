/**
 * @file jax-js with its wasm device, everything in jit as it advises. It shares work between threads only where Web
 * Workers exist, so in Node it runs on one. It records no tape while it computes, so it has no chain of additions.
 */
import { readFileSync } from "node:fs";
import type { Model, Peer } from "./peer.ts";
import { numbers, oneHot, type Problem, transposed } from "./workload.ts";

/** Each use of an array as an argument gives up one reference; `ref` makes another. */
interface JaxArray {
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

type Arrays = JaxArray[];

interface Jax {
  readonly numpy: {
    array(values: Float32Array): JaxArray;
    zeros(shape: number[]): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
    square(x: JaxArray): JaxArray;
  };
  readonly nn: { relu(x: JaxArray): JaxArray; logSoftmax(x: JaxArray): JaxArray };
  init(): Promise<string[]>;
  defaultDevice(device: string): string;
  jit<T extends unknown[], R>(f: (...args: T) => R): (...args: T) => R;
  vjp(f: (x: JaxArray) => JaxArray, primals: [JaxArray]): [JaxArray, (dy: JaxArray) => Arrays];
  valueAndGrad(
    f: (weights: Arrays, x: JaxArray, y: JaxArray) => JaxArray,
  ): (weights: Arrays, x: JaxArray, y: JaxArray) => [JaxArray, Arrays];
  blockUntilReady<T>(tree: T): Promise<T>;
}

const refs = (arrays: readonly JaxArray[]): Arrays => arrays.map((array) => array.ref);

function makeModel(jax: Jax, problem: Problem): Model {
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

export async function load(): Promise<Peer> {
  const name = "@jax-js/jax";
  const jax = (await import(name)) as Jax;
  await jax.init();
  jax.defaultDevice("wasm");
  const { numpy: np, nn } = jax;
  const wait = async (array: JaxArray) => (await jax.blockUntilReady(array)).dispose();
  const manifest = readFileSync(`${import.meta.dirname}/node_modules/${name}/package.json`, "utf8");
  return {
    version: (JSON.parse(manifest) as { version: string }).version,
    model: (problem) => makeModel(jax, problem),
    matmul: (n) => {
      const [a, b] = [0, 1].map(() => np.array(numbers(n * n, 1)).reshape([n, n])) as [JaxArray, JaxArray];
      const product = jax.jit((p: JaxArray, q: JaxArray) => np.matmul(p, q));
      return () => wait(product(a.ref, b.ref));
    },
    relu: (n) => {
      const [x, upstream] = [0, 1].map(() => np.array(numbers(n, 1))) as [JaxArray, JaxArray];
      // Gives out both results: jit leaves out what nobody asks for.
      const both = jax.jit((v: JaxArray, dy: JaxArray) => {
        const [result, backward] = jax.vjp(nn.relu, [v]);
        return [result, ...backward(dy)];
      });
      return async () => {
        for (const array of await jax.blockUntilReady(both(x.ref, upstream.ref))) array.dispose();
      };
    },
  };
}
