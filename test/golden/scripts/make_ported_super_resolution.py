"""examples/ported/super-resolution.ts in PyTorch."""
import math

import torch
from ported import record
from torch import nn, optim
from torch.nn import functional as F

FACTOR, IMAGES, BATCH, EPOCHS = 2, 96, 16, 10


def textures(count):
    """Images of three waves each, whose directions and lengths differ, in [0, 1]."""
    waves = torch.rand(count, 3, 3, 1, 1) * 2 - 1
    places = torch.arange(24).float() / 4
    down, across = waves[:, :, 0] * places.view(24, 1) * 3, waves[:, :, 1] * places.view(1, 24) * 3
    return (torch.sin(down + across + 3 * waves[:, :, 2]).sum(1, keepdim=True) / 3 + 1) / 2


class SuperResolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, padding=2)
        self.conv2 = nn.Conv2d(16, 16, 3, padding=1)
        self.conv3 = nn.Conv2d(16, FACTOR**2, 3, padding=1)
        self.shuffle = nn.PixelShuffle(FACTOR)

    def forward(self, x):
        features = F.relu(self.conv2(F.relu(self.conv1(x))))
        return F.interpolate(x, scale_factor=FACTOR) + self.shuffle(self.conv3(features))


def psnr(images, truth):
    return -10 * math.log10(F.mse_loss(images, truth).item())


def main():
    torch.manual_seed(0)
    truth = textures(IMAGES)
    small = F.avg_pool2d(truth, FACTOR)
    train, test = range(IMAGES - BATCH), slice(IMAGES - BATCH, IMAGES)
    model = SuperResolution()
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    criterion = nn.MSELoss()

    for epoch in range(1, EPOCHS + 1):
        total = 0
        for batch in torch.randperm(len(train)).split(BATCH):
            loss = criterion(model(small[batch]), truth[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        with torch.no_grad():
            quality = psnr(model(small[test]), truth[test])
        print(f"epoch {epoch}  loss: {total / 5:.6f}  PSNR: {quality:.3f} dB")
    nearest = F.interpolate(small[test], scale_factor=FACTOR)
    print(f"PSNR of the nearest pixels: {psnr(nearest, truth[test]):.3f} dB")


record("super-resolution", main)
