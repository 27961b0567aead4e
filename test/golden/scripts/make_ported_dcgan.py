"""examples/ported/dcgan.ts in PyTorch."""
import torch
from ported import record
from torch import nn, optim

LATENT, IMAGES, BATCH, EPOCHS = 16, 256, 32, 6


def discs(count):
    """Images of one bright disc each, somewhere, of some size, in [-1, 1]."""
    center = torch.rand(count, 2, 1, 1) * 8 + 4
    radius = torch.rand(count, 1, 1) * 2 + 2
    places = torch.arange(16).float()
    down, across = places.view(1, 16, 1) - center[:, 0], places.view(1, 1, 16) - center[:, 1]
    return torch.tanh(radius - (down.square() + across.square()).sqrt()).unsqueeze(1)


def init_weights(module):
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1, 0.02)
        nn.init.zeros_(module.bias)


def main():
    torch.manual_seed(0)
    real = discs(IMAGES).double()
    generator = nn.Sequential(
        nn.ConvTranspose2d(LATENT, 32, 4, 1, 0, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
        nn.ConvTranspose2d(32, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        nn.ConvTranspose2d(16, 1, 4, 2, 1, bias=False), nn.Tanh(),
    )  # fmt: skip
    discriminator = nn.Sequential(
        nn.Conv2d(1, 16, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
        nn.Conv2d(16, 32, 4, 2, 1, bias=False), nn.BatchNorm2d(32), nn.LeakyReLU(0.2),
        nn.Conv2d(32, 1, 4, bias=False), nn.Flatten(0),
    )  # fmt: skip
    # In float64, since the game of two networks enlarges every rounding.
    generator.apply(init_weights).double()
    discriminator.apply(init_weights).double()
    criterion = nn.BCEWithLogitsLoss()
    optimizer_g = optim.Adam(generator.parameters(), lr=2e-3, betas=(0.5, 0.999))
    optimizer_d = optim.Adam(discriminator.parameters(), lr=2e-3, betas=(0.5, 0.999))
    fixed = torch.randn(16, LATENT, 1, 1).double()
    ones, zeros = torch.ones(BATCH).double(), torch.zeros(BATCH).double()

    for epoch in range(1, EPOCHS + 1):
        for images in real[torch.randperm(IMAGES)].split(BATCH):
            fake = generator(torch.randn(BATCH, LATENT, 1, 1).double())
            optimizer_d.zero_grad()
            loss_d = criterion(discriminator(images), ones) + criterion(discriminator(fake.detach()), zeros)
            loss_d.backward()
            optimizer_d.step()

            optimizer_g.zero_grad()
            loss_g = criterion(discriminator(fake), ones)
            loss_g.backward()
            optimizer_g.step()
        print(f"epoch {epoch}  discriminator: {loss_d.item():.4f}  generator: {loss_g.item():.4f}")

    generator.eval()
    with torch.no_grad():
        images = generator(fixed)
    print(f"mean brightness: {images.mean().item():.3f}, of the data: {real.mean().item():.3f}")


record("dcgan", main)
