"""examples/ported/private-gradients.ts in PyTorch, with functorch for the gradients of samples."""
import warnings

import torch
from functorch import grad_and_value, make_functional, vmap
from ported import record
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

warnings.simplefilter("ignore")
SAMPLES, FEATURES, CLASSES, CLIP, NOISE, RATE = 240, 8, 3, 1, 0.4, 0.5


def main():
    torch.manual_seed(0)
    centers = torch.randn(CLASSES, FEATURES) * 1.5
    labels = torch.randn(SAMPLES, CLASSES).argmax(1)
    points = centers[labels] + torch.randn(SAMPLES, FEATURES)

    model = nn.Sequential(nn.Linear(FEATURES, 16), nn.Tanh(), nn.Linear(16, CLASSES))
    fmodel, _ = make_functional(model)

    def sample_loss(weights, x, y):
        return nn.functional.cross_entropy(fmodel(weights, x.unsqueeze(0)), y.unsqueeze(0))

    per_sample = vmap(grad_and_value(sample_loss), in_dims=(None, 0, 0))

    def clip_factors(grads):
        norms = [g.flatten(1).norm(2, 1) for g in grads]
        return (CLIP / (torch.stack(norms).norm(2, 0) + 1e-6)).clamp(max=1)

    loader = DataLoader(TensorDataset(points, labels), batch_size=40, shuffle=True)
    for epoch in range(1, 9):
        total = clipped = 0
        for x, y in loader:
            weights = [p.detach() for p in model.parameters()]
            grads, losses = per_sample(weights, x, y)
            factors = clip_factors(grads)
            with torch.no_grad():
                for p, g in zip(model.parameters(), grads):
                    summed = (g * factors.view(-1, *[1] * p.ndim)).sum(0)
                    p -= (summed + torch.randn(p.shape) * NOISE * CLIP) * (RATE / len(losses))
            total += losses.mean().item()
            clipped += (factors < 1).float().mean().item()
        print(f"epoch {epoch}  loss: {total / len(loader):.5f}  clipped: {100 * clipped / len(loader):.1f}%")

    with torch.no_grad():
        right = (model(points).argmax(1) == labels).float().mean().item()
    print(f"accuracy: {100 * right:.1f}%")


record("private-gradients", main)
