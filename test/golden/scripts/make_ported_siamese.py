"""examples/ported/siamese.ts in PyTorch."""
import torch
from ported import record
from torch import nn, optim
from torch.nn.functional import max_pool2d, pairwise_distance, relu
from torch.utils.data import DataLoader, Dataset

WRITERS, SIGNATURES, PAIRS, MARGIN = 10, 12, 512, 2


class Pairs(Dataset):
    def __init__(self, images):
        self.images = images
        self.first = torch.randint(WRITERS, [PAIRS])
        self.numbers = torch.randint(SIGNATURES, [PAIRS, 2])
        other = (self.first + torch.randint(1, WRITERS, [PAIRS])) % WRITERS
        self.second = torch.where(torch.arange(PAIRS) % 2 == 0, self.first, other)

    def __len__(self):
        return PAIRS

    def __getitem__(self, i):
        a, b = self.first[i], self.second[i]
        m, n = self.numbers[i]
        return self.images[a, m], self.images[b, n], (a != b).float()


class SiameseNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3)
        self.conv2 = nn.Conv2d(8, 16, 3)
        self.fc1 = nn.Linear(16 * 2 * 2, 64)
        self.fc2 = nn.Linear(64, 8)

    def embed(self, x):
        x = max_pool2d(relu(self.conv1(x)), 2)
        x = max_pool2d(relu(self.conv2(x)), 2)
        return self.fc2(relu(self.fc1(x.flatten(1))))

    def forward(self, a, b):
        one, other = self.embed(torch.cat([a, b])).chunk(2)
        return pairwise_distance(one, other)


def contrastive_loss(distance, different):
    together = (1 - different) * distance.square()
    apart = different * (MARGIN - distance).clamp(min=0).square()
    return (together + apart).mean()


def main():
    torch.manual_seed(0)
    strokes = (torch.rand(WRITERS, 1, 1, 14, 14) > 0.8).float()
    ink = torch.rand(WRITERS, SIGNATURES, 1, 1, 1) * 0.5 + 0.75
    images = strokes * ink + torch.randn(WRITERS, SIGNATURES, 1, 14, 14) * 0.3

    train_data, test_data = Pairs(images), Pairs(images)
    loader = DataLoader(train_data, batch_size=32, shuffle=True)
    model = SiameseNetwork()
    optimizer = optim.SGD(model.parameters(), lr=0.02, momentum=0.9)

    for epoch in range(1, 9):
        total = 0
        for a, b, different in loader:
            loss = contrastive_loss(model(a, b), different)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch}  loss: {total / len(loader):.6f}")

    with torch.no_grad():
        for a, b, different in DataLoader(test_data, batch_size=PAIRS):
            distance = model(a, b)
            right = (distance > MARGIN / 2) == different.bool()
            same, apart = distance[different == 0].mean(), distance[different == 1].mean()
            print(f"mean distance: one writer {same.item():.3f}, two {apart.item():.3f}")
            print(f"accuracy: {100 * right.float().mean().item():.1f}%")


record("siamese", main)
