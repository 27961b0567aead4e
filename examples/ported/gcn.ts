/**
 * @file A graph convolution network sorts the nodes of a graph into communities, of which it knows the labels of a few: each
 * layer takes the mean of a node and its neighbours (Kipf and Welling, 2017).
 *
 *   npm run ported gcn
 */
import { eye, manualSeed, nn, noGrad, optim, rand, randint, randn, type Tensor } from "tapegrad";

const { crossEntropy, dropout, oneHot, relu } = nn.functional;
const [NODES, COMMUNITIES, FEATURES, KNOWN] = [240, 3, 16, 24];

/** The edges i → j of a graph, each in both directions, and one from every node to itself, with their weights. */
interface Edges {
  readonly from: Tensor;
  readonly to: Tensor;
  /** 1/√(dᵢ·dⱼ), of the numbers of edges at both ends. */
  readonly weights: Tensor;
}

/** Nodes of one community are likely to be neighbours, others are not. */
function makeGraph(labels: Tensor): Edges {
  const together = labels.unsqueeze(0).eq(labels.unsqueeze(1));
  const chance = together.float().mul(0.09).add(0.01);
  const above = rand(NODES, NODES).lt(chance).triu(1);
  const adjacent = above.logicalOr(above.t()).logicalOr(eye(NODES).bool());
  const [from, to] = adjacent.nonzero({ asTuple: true }) as [Tensor, Tensor];
  const scale = adjacent.sum(1).float().rsqrt();
  return { from, to, weights: scale.indexSelect(0, from).mul(scale.indexSelect(0, to)) };
}

class GraphConvolution extends nn.Module {
  readonly linear: nn.Linear;

  constructor(inputs: number, outputs: number) {
    super();
    this.linear = new nn.Linear(inputs, outputs);
  }
  forward(x: Tensor, { from, to, weights }: Edges): Tensor {
    const messages = this.linear.forward(x).indexSelect(0, from).mul(weights.unsqueeze(1));
    return messages.newZeros([x.size(0), messages.size(1)]).indexAdd(0, to, messages);
  }
}

class GCN extends nn.Module {
  conv1 = new GraphConvolution(FEATURES, 32);
  conv2 = new GraphConvolution(32, COMMUNITIES);

  forward(x: Tensor, edges: Edges): Tensor {
    x = relu(this.conv1.forward(x, edges));
    x = dropout(x, 0.5, this.training);
    return this.conv2.forward(x, edges);
  }
}

manualSeed(0);
const labels = randint(COMMUNITIES, [NODES]);
const edges = makeGraph(labels);
// What a node tells of itself is mostly noise.
const features = oneHot(labels, FEATURES).float().add(randn(NODES, FEATURES));

const model = new GCN();
const optimizer = new optim.SGD(model.parameters(), { lr: 0.5, momentum: 0.9, weightDecay: 5e-4 });

for (let epoch = 1; epoch <= 60; epoch++) {
  model.train();
  const loss = crossEntropy(model.forward(features, edges).narrow(0, 0, KNOWN), labels.narrow(0, 0, KNOWN));
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  if (epoch % 10 === 0) console.log(`epoch ${epoch}  loss: ${(await loss.item()).toFixed(6)}`);
}

await noGrad(async () => {
  model.eval();
  const right = model.forward(features, edges).argmax(1).eq(labels).float();
  const unseen = right.narrow(0, KNOWN, NODES - KNOWN).mean();
  console.log(`accuracy: ${(100 * (await unseen.item())).toFixed(1)}% of the nodes without a label`);
});
