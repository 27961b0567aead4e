"""Writes optim.json: where PyTorch's optimizers lead, step by step, and their state dictionaries."""

import json
from pathlib import Path

import numpy as np
import torch

NAMES = {torch.float32: "float32", torch.float64: "float64"}
STEPS = 6
SAVED = 3  # the state dictionary is taken after this many steps


def values(t):
    """The shortest decimals that give the same numbers."""
    return [float(str(np.float32(v))) if t.dtype == torch.float32 else v for v in t.detach().flatten().tolist()]


def encode(t):
    return {"dtype": NAMES[t.dtype], "shape": list(t.shape), "values": values(t)}


def encode_state(state):
    """A state dictionary; PyTorch keeps some counts in tensors and others in numbers, here all are numbers."""

    def item(key, v):
        if torch.is_tensor(v) and v.ndim == 0:
            return float(v)
        return encode(v) if torch.is_tensor(v) else v

    return {
        "state": {str(i): {k: item(k, v) for k, v in s.items()} for i, s in state["state"].items()},
        "param_groups": state["param_groups"],
    }


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def camels(options):
    return {camel(key): value for key, value in options.items()}


g = torch.Generator().manual_seed(7)
SHAPES = [(3,), (2, 2), (2, 1, 2)]
start = [torch.randn(shape, generator=g, dtype=torch.float64) for shape in SHAPES]
grads = [[torch.randn(shape, generator=g, dtype=torch.float64) for shape in SHAPES] for _ in range(STEPS)]
# One gradient stays 0, one is small, and one parameter gets none in the second step.
for step in range(STEPS):
    grads[step][0][1] = 0.0
    grads[step][1][0, 0] *= 1e-4

cases = []


def case(name, options, second=None, dtype=torch.float32):
    params = [p.clone().to(dtype).requires_grad_() for p in start]
    groups = [{"params": params[:2]}, {"params": params[2:], **(second or {})}]
    optimizer = getattr(torch.optim, name)(groups, **options)
    path, saved = [], None
    for step in range(STEPS):
        for i, p in enumerate(params):
            p.grad = None if step == 1 and i == 2 else grads[step][i].to(dtype)
        optimizer.step()
        path.append([values(p) for p in params])
        if step + 1 == SAVED:
            saved = json.loads(json.dumps(encode_state(optimizer.state_dict())))
    cases.append({
        "name": name,
        "options": camels(options),
        "second": camels(second or {}),
        "dtype": NAMES[dtype],
        "path": path,
        "saved": saved,
    })  # fmt: skip


RMS = [
    {}, {"lr": 0.001}, {"alpha": 0.9}, {"eps": 1e-3}, {"weight_decay": 0.1}, {"momentum": 0.9}, {"centered": True},
    {"maximize": True}, {"momentum": 0.9, "centered": True}, {"momentum": 0.5, "weight_decay": 0.01, "alpha": 0.5},
    {"centered": True, "eps": 1e-2, "weight_decay": 0.2, "momentum": 0.3, "maximize": True}, {"lr": 0.0},
]  # fmt: skip
SGD = [
    {"lr": 0.1}, {"lr": 0.1, "momentum": 0.9}, {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}, {"lr": 0.05, "weight_decay": 0.1},
    {"lr": 0.1, "momentum": 0.8, "nesterov": True}, {"lr": 0.1, "maximize": True},
    {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.05, "nesterov": True, "maximize": True}, {"lr": 1.0, "dampening": 0.5},
]  # fmt: skip
ADAM = [
    {}, {"lr": 0.1}, {"betas": (0.5, 0.9)}, {"eps": 1e-2}, {"weight_decay": 0.1}, {"amsgrad": True}, {"maximize": True},
    {"lr": 0.05, "betas": (0.0, 0.5), "amsgrad": True, "weight_decay": 0.2}, {"lr": 0.1, "betas": (0.9, 0.0), "maximize": True},
]  # fmt: skip
ADAMAX = [
    {}, {"lr": 0.1}, {"betas": (0.5, 0.9)}, {"eps": 1e-2}, {"weight_decay": 0.1}, {"maximize": True},
    {"lr": 0.1, "betas": (0.0, 0.5), "weight_decay": 0.2, "maximize": True}, {"lr": 0.05, "betas": (0.9, 0.0)},
]  # fmt: skip
ADAGRAD = [
    {}, {"lr": 0.1}, {"lr_decay": 0.3}, {"eps": 1e-2}, {"weight_decay": 0.1}, {"initial_accumulator_value": 0.5},
    {"lr": 0.2, "lr_decay": 0.1, "weight_decay": 0.2, "initial_accumulator_value": 0.1, "maximize": True}, {"maximize": True},
]  # fmt: skip
ADADELTA = [
    {}, {"lr": 0.1}, {"rho": 0.5}, {"eps": 1e-3}, {"weight_decay": 0.1}, {"maximize": True},
    {"lr": 2.0, "rho": 0.95, "eps": 1e-4, "weight_decay": 0.2, "maximize": True}, {"rho": 1.0},
]  # fmt: skip
NADAM = [
    {}, {"lr": 0.1}, {"betas": (0.5, 0.9)}, {"eps": 1e-2}, {"weight_decay": 0.1}, {"momentum_decay": 0.5},
    {"lr": 0.1, "betas": (0.8, 0.5), "weight_decay": 0.2, "momentum_decay": 0.0}, {"betas": (0.0, 0.0)},
]  # fmt: skip
RADAM = [
    {}, {"lr": 0.1}, {"betas": (0.5, 0.9)}, {"eps": 1e-2}, {"weight_decay": 0.1}, {"betas": (0.9, 0.6)},
    {"lr": 0.1, "betas": (0.8, 0.95), "weight_decay": 0.2, "eps": 1e-3}, {"betas": (0.0, 0.999)},
]  # fmt: skip
ASGD = [
    {}, {"lr": 0.1}, {"lambd": 0.1}, {"alpha": 0.5, "lambd": 0.5}, {"weight_decay": 0.1}, {"t0": 2, "lr": 0.1},
    {"lr": 0.2, "lambd": 0.2, "alpha": 1.0, "t0": 1, "weight_decay": 0.2, "maximize": True}, {"maximize": True},
]  # fmt: skip
RPROP = [
    {}, {"lr": 0.1}, {"etas": (0.3, 1.5)}, {"step_sizes": (1e-3, 0.015)}, {"lr": 0.2, "maximize": True},
    {"lr": 0.1, "etas": (0.9, 1.1), "step_sizes": (0.05, 0.12), "maximize": True}, {"step_sizes": (0.02, 1.0)},
]  # fmt: skip
for name, variants, second in [
    ("RMSprop", RMS, {"lr": 0.1, "weight_decay": 0.01}),
    ("SGD", SGD, {"lr": 0.3, "momentum": 0.6}),
    ("Adam", ADAM, {"lr": 0.02, "betas": (0.8, 0.99)}),
    ("AdamW", ADAM, {"lr": 0.02, "weight_decay": 0.3}),
    ("Adamax", ADAMAX, {"lr": 0.02, "weight_decay": 0.3}),
    ("Adagrad", ADAGRAD, {"lr": 0.02, "lr_decay": 0.5}),
    ("Adadelta", ADADELTA, {"lr": 0.5, "rho": 0.6}),
    ("NAdam", NADAM, {"lr": 0.02, "betas": (0.7, 0.9)}),
    ("RAdam", RADAM, {"lr": 0.02, "betas": (0.7, 0.9)}),
    ("ASGD", ASGD, {"lr": 0.05, "t0": 0}),
    ("Rprop", RPROP, {"lr": 0.02, "etas": (0.4, 1.3)}),
]:
    for options in variants:
        case(name, options)
        case(name, options, second)
    case(name, variants[1], second, torch.float64)
    case(name, variants[-2], second, torch.float64)


def rows(items):
    lines = ["    " + json.dumps(item, allow_nan=False, separators=(",", ":")) for item in items]
    return "[\n" + ",\n".join(lines) + "\n  ]"


parts = {
    "start": [encode(p) for p in start],
    "grads": [[encode(x) for x in step] for step in grads],
    "cases": cases,
}
body = ",\n".join(f'  "{key}": {rows(items)}' for key, items in parts.items())
text = f'{{\n  "torch": "{torch.__version__}",\n  "savedAfter": {SAVED},\n{body}\n}}\n'
(Path(__file__).parents[1] / "data" / "optim.json").write_text(text)
print(f"{len(cases)} cases")
