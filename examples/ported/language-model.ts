/**
 * @file A language model of words: an LSTM learns which word comes next, from sentences of different lengths that are packed
 * and not padded.
 *
 *   npm run ported language-model
 */
import { manualSeed, nn, noGrad, optim, randint, randperm, type Tensor, tensor } from "tapegrad";

const { PackedSequence, packSequence, padPackedSequence } = nn.utils.rnn;

const SUBJECTS = ["the cat", "a dog", "the old man", "my sister"];
const VERBS = ["sees", "likes", "paints"];
const OBJECTS = ["a mouse", "the red house", "him", "the very small garden"];
const ENDS = ["", "today", "in the morning"];

function choose(words: readonly string[]): string {
  return words[randint(words.length, [1]).itemSync()] as string;
}

function sentence(): string {
  return [choose(SUBJECTS), choose(VERBS), choose(OBJECTS), choose(ENDS)].filter((part) => part !== "").join(" ");
}

class Model extends nn.Module<InstanceType<typeof PackedSequence>> {
  embedding: nn.Embedding;
  lstm: nn.LSTM;
  decoder: nn.Linear;

  constructor(size: number) {
    super();
    this.embedding = new nn.Embedding(size, 16);
    this.lstm = new nn.LSTM(16, 32, 2);
    this.decoder = new nn.Linear(32, size);
  }
  forward(packed: InstanceType<typeof PackedSequence>): InstanceType<typeof PackedSequence> {
    const [output] = this.lstm.forward(packed.with(this.embedding.forward(packed.data)));
    return output.with(this.decoder.forward(output.data));
  }
}

manualSeed(0);
const sentences = Array.from({ length: 240 }, sentence);
const words = ["<start>", "<end>", ...[...new Set(sentences.flatMap((text) => text.split(" ")))].sort()];
const index = (word: string): number => words.indexOf(word);
const encode = (numbers: readonly number[]): Tensor => tensor(numbers, { dtype: "int32" });
const encoded = sentences.map((text) => encode([0, ...text.split(" ").map(index), 1]));
const [train, valid] = [encoded.slice(0, 200), encoded.slice(200)];
const lengths = encoded.map((text) => text.length - 2);
console.log(`${words.length} words, sentences of ${Math.min(...lengths)} to ${Math.max(...lengths)}`);

const model = new Model(words.length);
const criterion = new nn.CrossEntropyLoss();
const optimizer = new optim.SGD(model.parameters(), { lr: 0.5, momentum: 0.9 });

function lossOf(batch: readonly Tensor[]): Tensor {
  const inputs = packSequence(
    batch.map((text) => text.slice(0, 0, -1)),
    false,
  );
  const targets = packSequence(
    batch.map((text) => text.slice(0, 1)),
    false,
  );
  return criterion.forward(model.forward(inputs).data, targets.data);
}

for (let epoch = 1; epoch <= 8; epoch++) {
  const order = Array.from(randperm(train.length).dataSync());
  let total = 0;
  for (let start = 0; start < order.length; start += 20) {
    const loss = lossOf(order.slice(start, start + 20).map((i) => train[i] as Tensor));
    optimizer.zeroGrad();
    loss.backward();
    nn.utils.clipGradNorm_(model.parameters(), 1);
    optimizer.step();
    total += await loss.item();
  }
  const perplexity = Math.exp(await noGrad(() => lossOf(valid)).item());
  console.log(`epoch ${epoch}  loss: ${(total / 10).toFixed(4)}  perplexity: ${perplexity.toFixed(2)}`);
}

noGrad(() => {
  const begin = [["the"], ["my", "sister"]];
  const packed = packSequence(
    begin.map((text) => encode([0, ...text.map(index)])),
    false,
  );
  const [padded, found] = padPackedSequence(model.forward(packed));
  for (const [i, length] of Array.from(found.dataSync()).entries()) {
    const best = padded
      .at(length - 1, i)
      .argmax()
      .itemSync();
    console.log(`${begin[i]?.join(" ")} … ${words[best]}`);
  }
});
