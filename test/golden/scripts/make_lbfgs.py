"""Writes lbfgs.json: where PyTorch's L-BFGS leads on three functions, and its state dictionaries."""

import json
from pathlib import Path

import torch

NAMES = {torch.float32: "float32", torch.float64: "float64"}

g = torch.Generator().manual_seed(11)
INPUTS = torch.randn(12, 3, generator=g, dtype=torch.float64)
TARGETS = torch.randn(12, 2, generator=g, dtype=torch.float64)
STARTS = {
    "rosenbrock": [torch.tensor([-1.2, 1.0, 0.5, -0.7], dtype=torch.float64)],
    "regression": [torch.randn(3, 2, generator=g, dtype=torch.float64), torch.randn(2, generator=g, dtype=torch.float64)],
    "quartic": [torch.tensor([[2.0, -3.0]], dtype=torch.float64), torch.tensor([5.0], dtype=torch.float64)],
}


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def regression(weight, bias):
    return (((INPUTS.to(weight.dtype) @ weight + bias).tanh() - TARGETS.to(weight.dtype)) ** 2).mean()


def quartic(x, _unused):
    return (x**4).sum() + x.sum()


FUNCTIONS = {"rosenbrock": rosenbrock, "regression": regression, "quartic": quartic}


def encode(t):
    return {"dtype": NAMES[t.dtype], "shape": list(t.shape), "values": t.detach().flatten().tolist()}


def encode_state(values):
    def item(v):
        if torch.is_tensor(v):
            return v.item() if v.ndim == 0 else encode(v)
        return [item(x) for x in v] if isinstance(v, list) else v

    return {k: item(v) for k, v in values.items() if k != "al"}


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


cases = []


def case(function, steps, dtype=torch.float64, **options):
    params = [p.clone().to(dtype).requires_grad_() for p in STARTS[function]]
    optimizer = torch.optim.LBFGS(params, **options)

    def closure():
        optimizer.zero_grad()
        loss = FUNCTIONS[function](*params)
        loss.backward()
        return loss

    path, saved = [], None
    for step in range(steps):
        loss = optimizer.step(closure)
        state = optimizer.state[params[0]]
        path.append({
            "loss": loss.item(),
            "params": [p.detach().flatten().tolist() for p in params],
            "evals": state["func_evals"],
            "iterations": state["n_iter"],
        })  # fmt: skip
        if step == 0:
            # Later steps write into the tensors of the first dictionary.
            saved = json.loads(json.dumps(encode_state(state)))
    cases.append({
        "function": function,
        "options": {camel(k): v for k, v in options.items()},
        "dtype": NAMES[dtype],
        "path": path,
        "saved": saved,
    })  # fmt: skip


W = {"line_search_fn": "strong_wolfe"}
for function in STARTS:
    case(function, 4, **W)
    case(function, 3, max_iter=5, **W)
    case(function, 4, max_iter=6, history_size=2, **W)
    case(function, 3, max_iter=8, lr=0.3, **W)
    case(function, 2, max_iter=30, max_eval=9, **W)
    # From the regression's start, cubic steps in float32 and float64 differ by half: losses there are too close.
    if function != "regression":
        case(function, 3, max_iter=4, dtype=torch.float32, **W)
case("rosenbrock", 3, max_iter=4, lr=0.05)
case("rosenbrock", 1, max_iter=12, tolerance_change=0.5, **W)
case("rosenbrock", 1, max_iter=60, tolerance_grad=1e-2, **W)
case("rosenbrock", 2, max_iter=3, lr=50.0, **W)
case("quartic", 3, max_iter=5, lr=0.1)
case("quartic", 2, lr=0.5, history_size=3)
case("quartic", 2, tolerance_grad=1e3)
case("regression", 4)
case("regression", 3, max_iter=5, lr=0.5, max_eval=3)
case("regression", 3, max_iter=5, lr=0.5, dtype=torch.float32)


def rows(items):
    return "[\n" + ",\n".join("    " + json.dumps(x, allow_nan=False, separators=(",", ":")) for x in items) + "\n  ]"


parts = [
    f'  "torch": {json.dumps(torch.__version__)}',
    f'  "inputs": {json.dumps(encode(INPUTS))}',
    f'  "targets": {json.dumps(encode(TARGETS))}',
    f'  "starts": {json.dumps({name: [encode(p) for p in start] for name, start in STARTS.items()})}',
    f'  "cases": {rows(cases)}',
]
(Path(__file__).parents[1] / "data" / "lbfgs.json").write_text("{\n" + ",\n".join(parts) + "\n}\n")
print(f"{len(cases)} cases")
