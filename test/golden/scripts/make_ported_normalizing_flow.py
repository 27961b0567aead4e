"""examples/ported/normalizing-flow.ts in PyTorch."""
import math

import torch
from ported import record
from torch import nn, optim
from torch.distributions import Independent, Normal, TransformedDistribution, constraints
from torch.distributions.transforms import Transform

POINTS, HIDDEN, LAYERS, STEPS = 256, 32, 4, 200


class Coupling(Transform):
    domain = codomain = constraints.real_vector
    bijective = True

    def __init__(self, fixed):
        super().__init__()
        self.fixed = fixed
        self.net = nn.Sequential(nn.Linear(1, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 2))

    def parts(self, x):
        known = x.narrow(-1, self.fixed, 1)
        log_scale, shift = self.net(known).chunk(2, -1)
        return known, x.narrow(-1, 1 - self.fixed, 1), log_scale.tanh(), shift

    def joined(self, known, other):
        return torch.cat([known, other] if self.fixed == 0 else [other, known], -1)

    def _call(self, x):
        known, other, log_scale, shift = self.parts(x)
        return self.joined(known, other * log_scale.exp() + shift)

    def _inverse(self, y):
        known, other, log_scale, shift = self.parts(y)
        return self.joined(known, (other - shift) * (-log_scale).exp())

    def log_abs_det_jacobian(self, x, y):
        return self.parts(x)[2].squeeze(-1)


def two_moons(count):
    angle = torch.rand(count) * math.pi
    is_upper = torch.rand(count) < 0.5
    x = torch.where(is_upper, angle.cos(), 1 - angle.cos())
    y = torch.where(is_upper, angle.sin(), 0.5 - angle.sin())
    return torch.stack([x, y], 1) + torch.randn(count, 2) * 0.1


def main():
    torch.manual_seed(0)
    layers = [Coupling(i % 2) for i in range(LAYERS)]
    base = Independent(Normal(torch.zeros(2), torch.ones(2)), 1)
    flow = TransformedDistribution(base, layers)
    optimizer = optim.SGD([p for layer in layers for p in layer.net.parameters()], lr=0.005, momentum=0.9)

    for step in range(1, STEPS + 1):
        loss = -flow.log_prob(two_moons(POINTS)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 20 == 0:
            print(f"step {step}  loss: {loss.item():.5f}")

    with torch.no_grad():
        x, y = flow.sample([1000]).mean(0).tolist()
        print(f"mean of samples: {x:.3f}, {y:.3f}")
        there = flow.log_prob(two_moons(POINTS)).mean().item() - base.log_prob(two_moons(POINTS)).mean().item()
        print(f"gain over a normal distribution: {there:.3f} nats")


record("normalizing-flow", main)
