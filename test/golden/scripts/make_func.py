"""Writes func.json: what functorch's transforms give in float64. func.test.ts has the same calls under the same names."""
import json
import warnings
from pathlib import Path

import functorch as ft
import torch
from torch import nn
from torch.nn import functional as F

from torch_calls import f64, values_of

warnings.simplefilter("ignore")
torch.manual_seed(0)


def m(*shape):
    return torch.randn(*shape, dtype=f64)


def cubes(x):
    return x.pow(3).sum()


def coupled(x, y):
    return (x.sin() * y.exp()).sum() + (x * x).sum() * y.sum()


def parts(x, y):
    return {"product": x * y.sin(), "total": (x.exp() * y).sum()}


def affine(p, x):
    return torch.tanh(x @ p["w"] + p["b"])


def loss(p, x, y):
    hidden = torch.tanh(F.linear(x, p["w1"], p["b1"]))
    return F.cross_entropy(F.linear(hidden, p["w2"], p["b2"]).unsqueeze(0), y.unsqueeze(0))


def conv_loss(p, x, y):
    hidden = F.max_pool2d(F.relu(F.conv2d(x.unsqueeze(0), p["k"], p["kb"], padding=1)), 2)
    hidden = F.group_norm(hidden, 2, p["g"], p["gb"])
    return F.cross_entropy(F.linear(hidden.flatten(1), p["w"], p["b"]), y.unsqueeze(0))


A, B, V, W = m(3), m(3), m(4, 3), m(4, 3)
P = {"w": m(3, 2), "b": m(2)}
MLP = {"w1": m(5, 3), "b1": m(5), "w2": m(4, 5), "b2": m(4)}
CNN = {"k": m(4, 2, 3, 3), "kb": m(4), "g": m(4), "gb": m(4), "w": m(3, 16), "b": m(3)}
X, Y = m(6, 3), torch.tensor([0, 3, 1, 2, 2, 0])
IMAGES, LABELS = m(5, 2, 4, 4), torch.tensor([0, 2, 1, 1, 0])
INPUTS = {"A": A, "B": B, "V": V, "W": W, "P": P, "MLP": MLP, "CNN": CNN, "X": X, "Y": Y, "IMAGES": IMAGES, "LABELS": LABELS}


def vjp(x, y):
    out, fn = ft.vjp(parts, x, y)
    return [out, fn({"product": x.cos(), "total": torch.tensor(2.0, dtype=f64)})]


def rows(x):
    _, fn = ft.vjp(lambda x: x.sin() * x.sum(), x)
    return ft.vmap(fn)(torch.eye(3, dtype=f64))


CASES = {
    "grad": lambda: ft.grad(coupled)(A, B),
    "grad of the second argument": lambda: ft.grad(coupled, argnums=1)(A, B),
    "grad of both": lambda: ft.grad(coupled, argnums=(1, 0))(A, B),
    "grad of an object": lambda: ft.grad(loss)(MLP, X[0], Y[0]),
    "grad of grad": lambda: ft.grad(lambda x: ft.grad(cubes)(x).sin().sum())(A),
    "gradAndValue": lambda: ft.grad_and_value(coupled)(A, B),
    "gradAndValue with aux": lambda: ft.grad_and_value(lambda x: (cubes(x), x.exp()), has_aux=True)(A),
    "vjp": lambda: vjp(A, B),
    "vjp, vmap": lambda: rows(A),
    "jvp": lambda: ft.jvp(parts, (A, B), (B, A)),
    "jvp of jvp": lambda: ft.jvp(lambda x: ft.jvp(cubes, (x,), (B,))[1], (A,), (A,)),
    "vmap, jvp": lambda: ft.vmap(lambda t: ft.jvp(lambda x: x.sin() * x.sum(), (A,), (t,))[1])(V),
    "jacrev": lambda: ft.jacrev(parts)(A, B),
    "jacrev of both": lambda: ft.jacrev(parts, argnums=(0, 1))(A, B),
    "jacrev of an object": lambda: ft.jacrev(affine)(P, V),
    "jacfwd": lambda: ft.jacfwd(parts, argnums=1)(A, B),
    "jacfwd of an object": lambda: ft.jacfwd(affine)(P, V),
    "hessian": lambda: ft.hessian(coupled, argnums=(0, 1))(A, B),
    "hessian of an object": lambda: ft.hessian(lambda p: affine(p, A).pow(2).sum())(P),
    "jacrev of jacrev": lambda: ft.jacrev(ft.jacrev(cubes))(A),
    "vmap": lambda: ft.vmap(coupled)(V, W),
    "vmap of one argument": lambda: ft.vmap(coupled, in_dims=(0, None))(V, B),
    "vmap of columns": lambda: ft.vmap(parts, in_dims=(1, None), out_dims={"product": 1, "total": 0})(V, m(4) * 0 + 1),
    "vmap of an object": lambda: ft.vmap(affine, in_dims=({"w": 1, "b": 0}, None))(P, m(2, 3) * 0 + A),
    "vmap of vmap": lambda: ft.vmap(ft.vmap(torch.dot, in_dims=(None, 0)), in_dims=(0, None))(V, W),
    "vmap, grad": lambda: ft.vmap(ft.grad(coupled), in_dims=(0, None))(V, B),
    "vmap, grad of shared weights": lambda: ft.vmap(ft.grad(loss), in_dims=(None, 0, 0))(MLP, X, Y),
    "vmap, grad of a convolution": lambda: ft.vmap(ft.grad(conv_loss), in_dims=(None, 0, 0))(CNN, IMAGES, LABELS),
    "vmap, hessian": lambda: ft.vmap(ft.hessian(cubes))(V),
    "vmap, jacrev": lambda: ft.vmap(ft.jacrev(lambda x: x.sin() * x.sum()))(V),
    "vmap, jacfwd": lambda: ft.vmap(ft.jacfwd(lambda x: x.sin() * x.sum()))(V),
    "vmap, vmap, hessian": lambda: ft.vmap(ft.vmap(ft.hessian(cubes)))(torch.stack([V, W])),
    "grad of vmap": lambda: ft.grad(lambda x: ft.vmap(coupled, in_dims=(0, None))(V, x).pow(2).sum())(B),
    "grad of vmap, grad": lambda: ft.grad(lambda x: ft.vmap(ft.grad(coupled), in_dims=(0, None))(V, x).pow(2).sum())(B),
    "jacfwd of vmap": lambda: ft.jacfwd(lambda x: ft.vmap(torch.dot, in_dims=(0, None))(V, x.sin()))(B),
}


def ensemble():
    torch.manual_seed(1)
    models = [nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double() for _ in range(3)]
    fmodel, params, _ = ft.combine_state_for_ensemble(models)
    state = [{k: v.detach() for k, v in model.state_dict().items()} for model in models]
    return state, ft.vmap(fmodel, in_dims=(0, 0, None))(params, (), X).detach()


def leaves(tree):
    if torch.is_tensor(tree):
        return [tree]
    items = tree.values() if isinstance(tree, dict) else tree
    return [leaf for item in items for leaf in leaves(item)]


def numbers(x):
    return {"shape": list(x.shape), "dtype": "int32" if x.dtype == torch.int64 else "float64", "values": values_of(x)}


def encoded(tree):
    return numbers(tree) if torch.is_tensor(tree) else {k: encoded(v) for k, v in tree.items()}


state, stacked = ensemble()
cases = [{"name": name, "leaves": [numbers(x) for x in leaves(call())]} for name, call in CASES.items()]
cases.append({"name": "stackModuleState, functionalCall, vmap", "leaves": [numbers(stacked)]})
data = {
    "torch": json.dumps(torch.__version__),
    "inputs": json.dumps(encoded(INPUTS), separators=(",", ":")),
    "ensemble": json.dumps([encoded(s) for s in state], separators=(",", ":")),
    "cases": "[\n    " + ",\n    ".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n  ]",
}
body = ",\n".join(f'  "{key}": {text}' for key, text in data.items())
(Path(__file__).parents[1] / "data" / "func.json").write_text("{\n" + body + "\n}\n")
print(f"{len(cases)} cases")
