"""examples/ported/vae.ts in PyTorch."""
import torch
from ported import record
from torch import nn, optim
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.utils.data import DataLoader, TensorDataset
from torchvision.utils import make_grid

PICTURES, SIDE, HIDDEN, LATENT = 512, 12, 64, 4


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(SIDE * SIDE, HIDDEN), nn.ReLU())
        self.mean = nn.Linear(HIDDEN, LATENT)
        self.log_variance = nn.Linear(HIDDEN, LATENT)
        self.decoder = nn.Sequential(nn.Linear(LATENT, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, SIDE * SIDE))

    def encode(self, x):
        hidden = self.encoder(x)
        return Normal(self.mean(hidden), (self.log_variance(hidden) * 0.5).exp())

    def decode(self, z):
        return Bernoulli(logits=self.decoder(z))

    def forward(self, x):
        posterior = self.encode(x)
        reconstruction = -self.decode(posterior.rsample()).log_prob(x).sum()
        return reconstruction + kl_divergence(posterior, Normal(0, 1)).sum()


def main():
    torch.manual_seed(0)
    noise = torch.rand(PICTURES, SIDE, SIDE) < 0.02
    row, column = torch.randint(SIDE, [PICTURES, 1]), torch.randint(SIDE, [PICTURES, 1])
    rows = torch.zeros(PICTURES, SIDE).scatter(1, row, 1).bool().unsqueeze(2)
    columns = torch.zeros(PICTURES, SIDE).scatter(1, column, 1).bool().unsqueeze(1)
    pictures = (rows | columns | noise).float().flatten(1)

    loader = DataLoader(TensorDataset(pictures), batch_size=64, shuffle=True)
    model = VAE()
    optimizer = optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)

    for epoch in range(1, 11):
        total = 0
        for (x,) in loader:
            loss = model(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch}  loss: {total / PICTURES:.4f}")

    with torch.no_grad():
        drawn = model.decode(Normal(torch.zeros(8, LATENT), 1).sample()).mean
        grid = make_grid(drawn.view(8, 1, SIDE, SIDE), nrow=4)
        print(f"a grid of {' x '.join(map(str, grid.shape))}, mean brightness {grid.mean().item():.4f}")


record("vae", main)
