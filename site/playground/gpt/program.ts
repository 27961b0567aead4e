/** @file The program that the page of the small GPT begins with. */
import { report, show } from "playground";
import { arange, manualSeed, multinomial, nn, noGrad, optim, randint, stack, type Tensor, tensor } from "tapegrad";

const text = `
The river came down from the hill, and the miller's wheel went round with it. "Go round," said the river, "and I shall
go on." "Go on," said the wheel, "and I shall stay." In the morning the river was high, and the wheel went round and
round. In the evening the river was low, and the wheel stood still. "Are you tired?" said the river. "No," said the
wheel, "I am waiting for you." And the river went on down to the sea, and the wheel stayed with the miller on the hill.
`;
const letters = [...new Set(text)].sort();
const ids = tensor(
  Array.from(text, (letter) => letters.indexOf(letter)),
  { dtype: "int32" },
);

const [context, width, heads, depth] = [32, 48, 4, 2];

class Block extends nn.Module {
  norm1 = new nn.LayerNorm(width);
  attention = new nn.MultiheadAttention(width, heads, { batchFirst: true });
  norm2 = new nn.LayerNorm(width);
  mlp = new nn.Sequential(new nn.Linear(width, 4 * width), new nn.GELU(), new nn.Linear(4 * width, width));

  forward(x: Tensor, mask: Tensor): Tensor {
    const h = this.norm1.forward(x);
    const [attended] = this.attention.forward(h, h, h, { attnMask: mask, needWeights: false });
    x = x.add(attended);
    return x.add(this.mlp.forward(this.norm2.forward(x)));
  }
}

class GPT extends nn.Module {
  token = new nn.Embedding(letters.length, width);
  position = new nn.Embedding(context, width);
  blocks = new nn.ModuleList(Array.from({ length: depth }, () => new Block()));
  norm = new nn.LayerNorm(width);
  head = new nn.Linear(width, letters.length);

  forward(x: Tensor): Tensor {
    const length = x.size(1);
    const mask = arange(length).unsqueeze(0).gt(arange(length).unsqueeze(1)); // nobody looks ahead
    let h = this.token.forward(x).add(this.position.forward(arange(length)));
    for (const block of this.blocks) h = (block as Block).forward(h, mask);
    return this.head.forward(this.norm.forward(h));
  }
}

manualSeed(0);
const model = new GPT();
const optimizer = new optim.AdamW(model.parameters(), { lr: 3e-3 });

async function write(length: number): Promise<string> {
  let written = "The ";
  for (let i = 0; i < length; i++) {
    const seen = Array.from(written.slice(-context), (letter) => letters.indexOf(letter));
    const logits = noGrad(() => model.forward(tensor([seen], { dtype: "int32" })));
    const next = multinomial(logits.at(0, -1).div(0.7).softmax(0), 1);
    written += letters[await next.item()];
  }
  return written;
}

const steps = 400;
for (let step = 1; step <= steps; step++) {
  const starts = await randint(0, ids.size(0) - context - 1, [16]).toArray();
  const batch = stack((starts as number[]).map((start) => ids.narrow(0, start, context + 1)));
  const logits = model.forward(batch.narrow(1, 0, context));
  const targets = batch.narrow(1, 1, context).flatten();
  const loss = nn.functional.crossEntropy(logits.flatten(0, 1), targets);
  loss.backward();
  optimizer.step();
  optimizer.zeroGrad();
  if (step % 40 === 0) await show("text", `step ${step}: ${await write(120)}`);
  await report({ loss }, { examples: 16 * context, progress: step / steps });
}
