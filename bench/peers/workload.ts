/**
 * @file The workload of every peer: a network of two layers (PyTorch's Linear, ReLU, cross-entropy on logits, RMSprop with
 * lr 0.001), and its loss and gradients on fixed numbers, worked out here in plain float64 loops.
 */

/** Sizes, weights as PyTorch lays them out (outputs × inputs), a batch of inputs, and its classes. */
export interface Problem {
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly outputs: number;
  readonly w1: Float32Array;
  readonly b1: Float32Array;
  readonly w2: Float32Array;
  readonly b2: Float32Array;
  readonly x: Float32Array;
  readonly y: Int32Array;
}

/** What a peer must find: the loss, the gradients of w1, b1, w2, b2, and the loss after one update. */
export interface Answer {
  readonly loss: number;
  readonly gradients: readonly (readonly number[])[];
  readonly lossAfter: number;
}

/** Numbers between -scale and scale that look random and are the same in every language. */
export function numbers(count: number, scale: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (((i * 7919 + 104729) % 10007) / 5003.5 - 1) * scale);
}

export function makeProblem(batch: number, inputs: number, hidden: number, outputs: number): Problem {
  const [s1, s2] = [1 / Math.sqrt(inputs), 1 / Math.sqrt(hidden)];
  return {
    batch,
    inputs,
    hidden,
    outputs,
    w1: numbers(hidden * inputs, s1),
    b1: numbers(hidden, s1),
    w2: numbers(outputs * hidden, s2),
    b2: numbers(outputs, s2),
    x: numbers(batch * inputs, 1).map(Math.abs),
    y: Int32Array.from({ length: batch }, (_, i) => (i * 7) % outputs),
  };
}

/** Small, so that every gradient can be compared. */
export const checked = (): Problem => makeProblem(6, 12, 16, 5);

/** The step of the MNIST program. */
export const timed = (): Problem => makeProblem(128, 784, 512, 10);

/** A matrix of `rows` × `cols` the other way round: peers that multiply x·W keep W as inputs × outputs. */
export function transposed(values: ArrayLike<number>, rows: number, cols: number): Float32Array {
  const result = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) result[j * rows + i] = values[i * cols + j] ?? 0;
  return result;
}

/** The classes as rows of zeros with a one. */
export function oneHot({ batch, outputs, y }: Problem): Float32Array {
  const result = new Float32Array(batch * outputs);
  for (const [row, at] of y.entries()) result[row * outputs + at] = 1;
  return result;
}

type Weights = readonly [w1: number[], b1: number[], w2: number[], b2: number[]];

function lossAndGradients(problem: Problem, [w1, b1, w2, b2]: Weights): { loss: number; gradients: Weights } {
  const { batch, inputs, hidden, x, y } = problem;
  const gradients = [w1, b1, w2, b2].map((w) => w.map(() => 0)) as unknown as Weights;
  const [g1, h1, g2, h2] = gradients;
  let loss = 0;
  for (let row = 0; row < batch; row++) {
    const input = x.subarray(row * inputs, (row + 1) * inputs);
    const dot = (w: number[], at: number, v: ArrayLike<number>) =>
      Array.from(v).reduce((sum, value, i) => sum + value * (w[at + i] ?? 0), 0);
    const before = b1.map((bias, j) => bias + dot(w1, j * inputs, input));
    const middle = before.map((v) => Math.max(v, 0));
    const logits = b2.map((bias, o) => bias + dot(w2, o * hidden, middle));
    const total = logits.reduce((sum, v) => sum + Math.exp(v), 0);
    loss += (Math.log(total) - (logits[y[row] ?? 0] ?? 0)) / batch;
    const toMiddle = middle.map(() => 0);
    for (const [o, logit] of logits.entries()) {
      const g = (Math.exp(logit) / total - (o === y[row] ? 1 : 0)) / batch;
      h2[o] = (h2[o] ?? 0) + g;
      for (const [j, value] of middle.entries()) {
        g2[o * hidden + j] = (g2[o * hidden + j] ?? 0) + g * value;
        toMiddle[j] = (toMiddle[j] ?? 0) + g * (w2[o * hidden + j] ?? 0);
      }
    }
    for (const [j, value] of before.entries()) {
      const g = value > 0 ? (toMiddle[j] ?? 0) : 0;
      h1[j] = (h1[j] ?? 0) + g;
      for (const [i, v] of input.entries()) g1[j * inputs + i] = (g1[j * inputs + i] ?? 0) + g * v;
    }
  }
  return { loss, gradients };
}

/** The truth about a problem; the update is RMSprop's first, with alpha 0.99 and eps 1e-8. */
export function answer(problem: Problem): Answer {
  const weights = [problem.w1, problem.b1, problem.w2, problem.b2].map((w) => Array.from(w)) as unknown as Weights;
  const { loss, gradients } = lossAndGradients(problem, weights);
  const updated = weights.map((w, p) =>
    w.map((value, i) => {
      const g = gradients[p]?.[i] ?? 0;
      return value - (0.001 * g) / (Math.sqrt(0.01 * g * g) + 1e-8);
    }),
  ) as unknown as Weights;
  return { loss, gradients, lossAfter: lossAndGradients(problem, updated).loss };
}

const far = (found: number, wanted: number, unit: number) => !(Math.abs(found - wanted) <= 1e-4 * unit);

/** What is wrong with an answer, or null. Allowed: 1e-4 of the loss, and of the largest value of each gradient. */
export function mistake(found: Answer, wanted: Answer): string | null {
  if (far(found.loss, wanted.loss, wanted.loss)) return `wrong loss: ${found.loss}, not ${wanted.loss}`;
  for (const [p, gradient] of wanted.gradients.entries()) {
    const name = ["w1", "b1", "w2", "b2"][p];
    const unit = Math.max(...gradient.map(Math.abs));
    const given = found.gradients[p] ?? [];
    if (given.length !== gradient.length) return `${given.length} numbers in the gradient of ${name}`;
    const at = gradient.findIndex((value, i) => far(given[i] ?? Number.NaN, value, unit));
    if (at >= 0) return `wrong gradient of ${name} at ${at}: ${given[at]}, not ${gradient[at]}`;
  }
  if (far(found.lossAfter, wanted.lossAfter, wanted.loss)) {
    return `wrong loss after an update: ${found.lossAfter}, not ${wanted.lossAfter}`;
  }
  return null;
}
