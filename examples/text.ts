/**
 * @file A network that learns to write, letter by letter: an LSTM on a short story.
 *
 *   npm run text -- --epochs 20 --batch-size 16 --length 64 --hidden 128 --lr 0.005 --seed 0
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile, type Device, manualSeed, nn, noGrad, optim, rand, type Tensor, tensor } from "tapegrad";
import { DataLoader, Dataset } from "tapegrad/data";
import { CommandLine } from "./command-line.ts";

/** Pieces of a text, and the same pieces one letter later: what comes next at every place. */
class Pieces extends Dataset<[Tensor, Tensor]> {
  readonly length: number;
  readonly #letters: Tensor;
  readonly #size: number;

  constructor(letters: Tensor, size: number) {
    super();
    this.#letters = letters;
    this.#size = size;
    // Each begins in the middle of the one before.
    this.length = Math.floor((letters.size(0) - size - 1) / this.#stride) + 1;
  }
  get #stride(): number {
    return Math.ceil(this.#size / 2);
  }
  get(i: number): [Tensor, Tensor] {
    const start = i * this.#stride;
    return [this.#letters.narrow(0, start, this.#size), this.#letters.narrow(0, start + 1, this.#size)];
  }
}

type States = [h: Tensor, c: Tensor];

class Writer extends nn.Module<[logits: Tensor, states: States]> {
  embedding: nn.Embedding;
  lstm: nn.LSTM;
  head: nn.Linear;

  constructor(letters: number, hidden: number) {
    super();
    this.embedding = new nn.Embedding(letters, 32);
    this.lstm = new nn.LSTM(32, hidden, { batchFirst: true });
    this.head = new nn.Linear(hidden, letters);
  }
  /** Letters [B,T] → what may come after each, [B,T,letters]. */
  forward(x: Tensor, states: States | null = null): [logits: Tensor, states: States] {
    const [output, last] = this.lstm.forward(this.embedding.forward(x), states);
    return [this.head.forward(output), last];
  }
}

type Step = (X: Tensor, y: Tensor) => Tensor;

/** One pass over all pieces. Prints the mean loss of every `every` steps. */
async function train(
  loader: DataLoader<[Tensor, Tensor]>,
  model: Writer,
  step: Step,
  device: Device,
  every: number,
): Promise<void> {
  model.train();
  let total = 0;
  let done = 0;
  for await (const [X, y] of loader) {
    total += await step(X.to(device), y.to(device)).item();
    if (++done % every === 0) {
      console.log(`loss: ${(total / every).toFixed(6)}  [${String(done).padStart(3)}/${loader.length}]`);
      total = 0;
    }
  }
}

/** Goes on writing from a beginning: each letter is drawn from what the network expects, a little sharpened. */
async function write(model: Writer, letters: readonly string[], start: string, count: number, device: Device) {
  model.eval();
  let text = start;
  let next = Array.from(start, (letter) => letters.indexOf(letter));
  let states: States | null = null;
  await noGrad(async () => {
    while (text.length < start.length + count) {
      const [logits, last]: [Tensor, States] = model.forward(tensor([next], { dtype: "int32", device }), states);
      const chances = logits.at(0, -1).div(0.7).softmax(0).cumsum(0);
      const index = Math.min(await chances.lt(rand(1, { device })).sum().item(), letters.length - 1);
      states = last;
      next = [index];
      text += letters[index];
    }
  });
  return text;
}

const options = new CommandLine("text", "An LSTM learns to write, letter by letter, from a short story.", {
  epochs: ["20", "passes over the text"],
  "batch-size": ["16", "pieces in a step"],
  length: ["64", "letters in a piece"],
  hidden: ["128", "size of the LSTM's state"],
  lr: ["0.005", "learning rate of Adam"],
  every: ["16", "steps between two lines with a loss"],
  sample: ["400", "letters that the network writes at the end"],
  compile: [false, "capture the step of training as a program: the same numbers in less time"],
  seed: [null, "seed of weights, order and writing; without one every run is another"],
  file: [null, "text to learn from; without one the story of examples/data"],
});
const [epochs, batchSize, lr] = [options.whole("epochs"), options.whole("batch-size"), options.rate("lr")];
const [length, hidden, every] = [options.whole("length"), options.whole("hidden"), options.whole("every")];
const [sample, seed] = [options.whole("sample", 0), options.optional("seed")];
const file = options.optionalText("file") ?? fileURLToPath(new URL("data/ferry.txt", import.meta.url));
const text = options.attempt(() => readFileSync(file, "utf8"));
const device = await options.device();
if (text.length < length + 2)
  options.fail(`--file: expected a text of more than ${length + 1} letters, as long as a piece`);
if (seed !== undefined) manualSeed(seed);

const letters = [...new Set(text)].sort();
const numbers = new Map(letters.map((letter, i) => [letter, i]));
const codes = tensor(
  Array.from(text, (letter) => numbers.get(letter) ?? 0),
  { dtype: "int32" },
);
const loader = new DataLoader(new Pieces(codes, length), { batchSize, shuffle: true, dropLast: true });

const model = new Writer(letters.length, hidden).to(device);
console.log(String(model));
const optimizer = new optim.Adam(model.parameters(), { lr });
const trainStep: Step = (X, y) => {
  const [logits] = model.forward(X);
  const loss = nn.functional.crossEntropy(logits.flatten(0, 1), y.flatten());
  loss.backward();
  nn.utils.clipGradNorm_(model.parameters(), 1);
  optimizer.step();
  optimizer.zeroGrad();
  return loss;
};
const step = options.flag("compile") ? compile(trainStep) : trainStep;

for (let epoch = 1; epoch <= epochs; epoch++) {
  console.log(`Epoch ${epoch}\n-------------------------------`);
  await train(loader, model, step, device, every);
}
console.log(`\n${await write(model, letters, text.slice(0, 4), sample, device)}`);
