"""examples/ported/vision-transformer.ts in PyTorch."""
import torch
from ported import record
from torch import nn, optim
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

IMAGES, SIDE, PATCH, WIDTH, HEADS, DEPTH, CLASSES = 256, 32, 8, 32, 4, 2, 4


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH)
        self.attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.norm2 = nn.LayerNorm(WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))

    def forward(self, x):
        y = self.norm1(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, WIDTH, PATCH, stride=PATCH)
        self.token = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.position = nn.Parameter(torch.randn(1, (SIDE // PATCH) ** 2 + 1, WIDTH) * 0.02)
        self.blocks = nn.Sequential(*[Block() for _ in range(DEPTH)])
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, CLASSES)

    def forward(self, x):
        sequence = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(x.size(0), -1, -1), sequence], 1) + self.position
        return self.head(self.norm(self.blocks(tokens))[:, 0])


def pictures(count):
    labels = torch.randint(CLASSES, [count])
    across, down = torch.arange(SIDE).float().view(1, 1, SIDE), torch.arange(SIDE).float().view(1, SIDE, 1)

    def is_(label):
        return (labels == label).float().view(-1, 1, 1)

    along = is_(0) * down + is_(1) * across + is_(2) * (across + down) + is_(3) * (across - down)
    pitch, phase = torch.rand(count, 1, 1) * 0.4 + 0.6, torch.rand(count, 1, 1) * 6
    stripes = (along * pitch + phase).sin().unsqueeze(1)
    color = torch.rand(count, 3, 1, 1) + 0.5
    return stripes * color + torch.randn(count, 3, SIDE, SIDE) * 0.3, labels


def main():
    torch.manual_seed(0)
    loader = DataLoader(TensorDataset(*pictures(IMAGES)), batch_size=32, shuffle=True)
    test_images, test_labels = pictures(IMAGES)
    model = VisionTransformer()
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)

    for epoch in range(1, 7):
        total = 0
        for images, labels in loader:
            loss = cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch}  loss: {total / len(loader):.5f}")

    with torch.no_grad():
        right = (model(test_images).argmax(1) == test_labels).float().mean()
        print(f"accuracy: {100 * right.item():.1f}%")


record("vision-transformer", main)
