"""examples/ported/gcn.ts in PyTorch: what it prints goes to ported-gcn.json."""
import torch
from ported import record
from torch import nn
from torch.nn import functional as F

NODES, COMMUNITIES, FEATURES, KNOWN = 240, 3, 16, 24


def make_graph(labels):
    together = labels.unsqueeze(0) == labels.unsqueeze(1)
    chance = together.float() * 0.09 + 0.01
    above = (torch.rand(NODES, NODES) < chance).triu(1)
    adjacent = above | above.t() | torch.eye(NODES).bool()
    source, target = adjacent.nonzero(as_tuple=True)
    scale = adjacent.sum(1).float().rsqrt()
    return source, target, scale[source] * scale[target]


class GraphConvolution(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)

    def forward(self, x, edges):
        source, target, weights = edges
        messages = self.linear(x)[source] * weights.unsqueeze(1)
        return messages.new_zeros(x.size(0), messages.size(1)).index_add(0, target, messages)


class GCN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = GraphConvolution(FEATURES, 32)
        self.conv2 = GraphConvolution(32, COMMUNITIES)

    def forward(self, x, edges):
        x = F.relu(self.conv1(x, edges))
        x = F.dropout(x, 0.5, self.training)
        return self.conv2(x, edges)


def main():
    torch.manual_seed(0)
    labels = torch.randint(COMMUNITIES, (NODES,))
    edges = make_graph(labels)
    features = F.one_hot(labels, FEATURES).float() + torch.randn(NODES, FEATURES)

    model = GCN()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9, weight_decay=5e-4)
    for epoch in range(1, 61):
        model.train()
        loss = F.cross_entropy(model(features, edges)[:KNOWN], labels[:KNOWN])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 10 == 0:
            print(f"epoch {epoch}  loss: {loss.item():.6f}")

    with torch.no_grad():
        model.eval()
        right = (model(features, edges).argmax(1) == labels).float()
        print(f"accuracy: {100 * right[KNOWN:].mean().item():.1f}% of the nodes without a label")


record("gcn", main)
