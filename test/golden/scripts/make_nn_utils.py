"""Writes nn-utils.json: what torch.nn.utils makes of a layer, and what it computes then.

Each case seeds the generator and makes a layer; the tests do the same by the case's name.
"""
import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, parametrize, prune, remove_spectral_norm, remove_weight_norm, spectral_norm, weight_norm
from torch_calls import DTYPES, upstream, values_of

cases = []


def tensor_json(t):
    return {"shape": list(t.shape), "dtype": DTYPES[t.dtype], "values": values_of(t)}


def state_json(module):
    return [[k, tensor_json(t)] for k, t in module.state_dict().items()]


def pattern(*shape, dtype=torch.float32):
    count = torch.Size(shape).numel()
    return ((torch.arange(count) * 5 % 7 - 2.5) / 4).reshape(shape).to(dtype)


def case(name, make, change, undo, shape, steps=2):
    torch.manual_seed(0)
    layer = make()
    layer = change(layer) or layer
    spec = {"name": name, "shape": shape, "text": repr(layer), "state": state_json(layer), "steps": []}
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    for step in range(steps + 1):
        if step == steps:
            layer.eval()
        optimizer.zero_grad()
        output = layer(pattern(*shape, dtype=next(layer.parameters()).dtype))
        output.backward(upstream(output, 0))
        grads = [[k, None if p.grad is None else values_of(p.grad)] for k, p in layer.named_parameters()]
        optimizer.step()
        spec["steps"].append({"output": tensor_json(output), "grads": grads, "state": state_json(layer)})
    if undo is not None:
        undo(layer)
        spec["undone"] = state_json(layer)
        spec["undoneText"] = repr(layer)
        spec["undoneOutput"] = tensor_json(layer(pattern(*shape, dtype=next(layer.parameters()).dtype)))
    spec["next"] = torch.rand(1).item()
    cases.append(spec)


class Symmetric(nn.Module):
    def forward(self, x):
        return x.triu() + x.triu(1).t()

    def right_inverse(self, x):
        return x.triu()


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(2.0))

    def forward(self, x):
        return x * self.factor


class WeightNorm(nn.Module):
    """torch.nn.utils.parametrizations.weight_norm of PyTorch 2.1."""

    def __init__(self, dim=0):
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, g, v):
        return torch._weight_norm(v, g, self.dim)

    def right_inverse(self, weight):
        return torch.norm_except_dim(weight, 2, self.dim), weight


WeightNorm.__name__ = "_WeightNorm"

linear, conv = lambda: nn.Linear(3, 2), lambda: nn.Conv2d(2, 3, 2)
image = [1, 2, 3, 3]
case("weightNorm", linear, weight_norm, remove_weight_norm, [2, 3])
case("weightNormDim1", linear, lambda m: weight_norm(m, dim=1), remove_weight_norm, [2, 3])
case("weightNormAll", conv, lambda m: weight_norm(m, "weight", None), remove_weight_norm, image)
case("weightNormConv", conv, weight_norm, None, image)
wide = lambda: nn.Linear(3, 2, dtype=torch.float64)
case("weightNormBias", wide, lambda m: weight_norm(m, "bias"), None, [2, 3])
case("spectralNorm", linear, spectral_norm, remove_spectral_norm, [2, 3])
case("spectralNormConv", conv, lambda m: spectral_norm(m, n_power_iterations=3, eps=1e-6), None, image)
case("spectralNormTransposed", lambda: nn.ConvTranspose2d(2, 3, 2, dtype=torch.float64), spectral_norm, remove_spectral_norm, [1, 2, 2, 2])
square = lambda: nn.Linear(3, 3)
case("parametrize", square, lambda m: parametrize.register_parametrization(m, "weight", Symmetric()), lambda m: parametrize.remove_parametrizations(m, "weight"), [2, 3])
case("parametrizeUndo", square, lambda m: parametrize.register_parametrization(m, "weight", Symmetric()), lambda m: parametrize.remove_parametrizations(m, "weight", leave_parametrized=False), [2, 3])


def both(m):
    parametrize.register_parametrization(m, "weight", Symmetric())
    parametrize.register_parametrization(m, "weight", Twice())
    parametrize.register_parametrization(m, "bias", Twice())


case("parametrizeTwice", square, both, lambda m: parametrize.remove_parametrizations(m, "weight"), [2, 3])
case("parametrizeSpectral", linear, parametrizations.spectral_norm, lambda m: parametrize.remove_parametrizations(m, "weight"), [2, 3])
case("parametrizeSpectralConv", conv, lambda m: parametrizations.spectral_norm(m, n_power_iterations=2), None, image)
case("parametrizeWeightNorm", linear, lambda m: parametrize.register_parametrization(m, "weight", WeightNorm(), unsafe=True), lambda m: parametrize.remove_parametrizations(m, "weight"), [2, 3])

orthogonal = parametrizations.orthogonal
plain = lambda m: parametrize.remove_parametrizations(m, "weight")
tall, broad = lambda: nn.Linear(2, 4, dtype=torch.float64), lambda: nn.Linear(4, 2, dtype=torch.float64)
case("orthogonalSquare", lambda: nn.Linear(3, 3, dtype=torch.float64), orthogonal, plain, [2, 3])
case("orthogonalTall", tall, orthogonal, plain, [2, 2])
case("orthogonalWide", broad, orthogonal, None, [2, 4])
case("orthogonalCayley", broad, lambda m: orthogonal(m, "weight", "cayley"), None, [2, 4])
case("orthogonalExp", tall, lambda m: orthogonal(m, orthogonal_map="matrix_exp"), None, [2, 2])
case("orthogonalPlain", tall, lambda m: orthogonal(m, use_trivialization=False), plain, [2, 2])
case("orthogonalPlainWide", broad, lambda m: orthogonal(m, use_trivialization=False), None, [2, 4])


def assigned(m):
    parametrize.register_parametrization(m, "weight", Symmetric())
    m.weight = pattern(3, 3)


case("parametrizeAssign", square, assigned, None, [2, 3])

unprune = lambda m: prune.remove(m, "weight")
case("pruneIdentity", linear, lambda m: prune.identity(m, "weight"), unprune, [2, 3])
case("pruneL1", linear, lambda m: prune.l1_unstructured(m, "weight", 0.5), unprune, [2, 3])
case("pruneL1Count", conv, lambda m: prune.l1_unstructured(m, "weight", 7), unprune, image)
case("pruneL1Scores", linear, lambda m: prune.l1_unstructured(m, "weight", 2, importance_scores=pattern(2, 3)), None, [2, 3])
case("pruneRandom", conv, lambda m: prune.random_unstructured(m, "weight", 0.3), unprune, image)
case("pruneRandomStructured", conv, lambda m: prune.random_structured(m, "weight", 2, dim=0), unprune, image)
case("pruneLn", conv, lambda m: prune.ln_structured(m, "weight", 0.4, n=2, dim=0), unprune, image)
case("pruneLnInf", linear, lambda m: prune.ln_structured(m, "weight", 1, n=float("inf"), dim=1), unprune, [2, 3])
case("pruneCustom", linear, lambda m: prune.custom_from_mask(m, "bias", torch.tensor([0, 1])), None, [2, 3])


def again(m):
    prune.l1_unstructured(m, "weight", 4)
    prune.ln_structured(m, "weight", 1, n=1, dim=0)
    prune.random_unstructured(m, "weight", 3)
    prune.custom_from_mask(m, "weight", (pattern(3, 2, 2, 2) < 0.5).float())


case("pruneAgain", conv, again, unprune, image)


def everywhere(m):
    prune.l1_unstructured(m[0], "weight", 2)
    prune.global_unstructured([(m[0], "weight"), (m[1], "weight"), (m[1], "bias")], prune.L1Unstructured, amount=0.4)


case("pruneGlobal", lambda: nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2)), everywhere, None, [2, 3])

lines = ",\n".join("    " + json.dumps(c, separators=(",", ":")) for c in cases)
text = f'{{\n  "torch": "{torch.__version__}",\n  "changed": [\n{lines}\n  ]\n}}\n'
(Path(__file__).parents[1] / "data" / "nn-utils.json").write_text(text)
print(len(cases), "layers")
