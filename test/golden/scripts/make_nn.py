"""Writes nn.json: what PyTorch's losses, layers and initialisers compute."""

import itertools
import json
import warnings
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

warnings.simplefilter("ignore")
NAMES = {torch.float32: "float32", torch.float64: "float64", torch.int64: "int32", torch.uint8: "uint8"}
NAMES[torch.bool] = "bool"


def number(value, dtype):
    """The shortest decimal that gives the same number; JSON has no NaN and no infinities."""
    if value != value or value in (float("inf"), float("-inf")):
        return "nan" if value != value else "inf" if value > 0 else "-inf"
    return float(str(np.float32(value))) if dtype == torch.float32 else value


def values(t):
    return [number(v, t.dtype) for v in t.detach().contiguous().flatten().tolist()]


def encode(t):
    return {"dtype": NAMES[t.dtype], "shape": list(t.shape), "values": values(t)}


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


# --- losses ----------------------------------------------------------------------------------------------------------

tensors = {}  # name -> tensor, for the inputs that many cases share
losses = []


def put(name, t):
    tensors[name] = t
    return name


def loss_case(function, x, target, **options):
    """`x`, `target` and options that are strings naming a tensor are looked up."""
    tensor_options = {k: tensors[v] for k, v in options.items() if v in tensors}
    given = {**options, **tensor_options}
    leaf = tensors[x].clone().requires_grad_()
    goal = tensors[target].clone()
    if goal.is_floating_point():
        goal.requires_grad_()
    try:
        out = getattr(F, function)(leaf, goal, **given)
    except (RuntimeError, ValueError, IndexError) as error:
        losses.append({"function": camel(function), "input": x, "target": target,
                       "options": {camel(k): v for k, v in options.items()}, "error": str(error).split("\n")[0]})
        return
    weights = torch.linspace(0.5, 1.5, out.numel(), dtype=out.dtype).reshape(out.shape)
    grads = torch.autograd.grad((out * weights).sum(), [leaf] + [goal] * goal.requires_grad, allow_unused=True)
    case = {
        "function": camel(function),
        "input": x,
        "target": target,
        "options": {camel(k): v for k, v in options.items()},
        "gradFn": out.grad_fn.name(),
        "output": encode(out),
        "grad": values(grads[0]),
    }
    if goal.requires_grad and grads[1] is not None:
        case["targetGrad"] = values(grads[1])
    losses.append(case)


g = torch.Generator().manual_seed(1)
REDUCTIONS = ["mean", "sum", "none"]
CLASSES = 4
put("weight", torch.tensor([0.5, 2.0, 0.25, 1.5]))
put("weight64", tensors["weight"].double())
SHAPES = {"vector": (4,), "matrix": (5, 4), "line": (3, 4, 2), "image": (2, 4, 2, 3), "volume": (2, 4, 1, 2, 2)}
for key, shape in SHAPES.items():
    places = shape[:1] + shape[2:] if len(shape) > 1 else ()
    put(f"{key}", torch.randn(shape, generator=g) * 3)
    put(f"{key} classes", torch.randint(0, CLASSES, places, generator=g))
    put(f"{key} probabilities", torch.rand(shape, generator=g).softmax(0 if len(shape) == 1 else 1))
    put(f"{key} log-probabilities", tensors[key].log_softmax(0 if len(shape) == 1 else 1))

for key, reduction, weight, ignored, smoothing in itertools.product(
    SHAPES, REDUCTIONS, [None, "weight"], [-100, 1], [0.0, 0.2]
):
    options = {"reduction": reduction}
    if weight:
        options["weight"] = weight
    if ignored != -100:
        options["ignore_index"] = ignored
    if smoothing:
        options["label_smoothing"] = smoothing
    loss_case("cross_entropy", key, f"{key} classes", **options)
    if ignored == -100:
        loss_case("cross_entropy", key, f"{key} probabilities", **options)
    if not smoothing:
        loss_case("nll_loss", f"{key} log-probabilities", f"{key} classes", **options)

put("double", torch.randn((3, 4), generator=g, dtype=torch.float64))
put("double classes", torch.tensor([3, 1, 0]))
put("double probabilities", torch.rand((3, 4), generator=g, dtype=torch.float64).softmax(1))
for options in [{}, {"weight": "weight64"}, {"label_smoothing": 0.3}, {"weight": "weight64", "label_smoothing": 0.3}]:
    loss_case("cross_entropy", "double", "double classes", **options)
    loss_case("cross_entropy", "double", "double probabilities", **options)

put("large", torch.tensor([[1e4, -1e4, 0.0, 5.0], [-200.0, 100.0, 100.0, 90.0], [3e38, 3e38, -3e38, 0.0]]))
put("large classes", torch.tensor([1, 2, 0]))
put("all ignored", torch.tensor([-100, -100, -100, -100, -100]))
put("some ignored", torch.tensor([-100, 2, -100, 0, 3]))
put("bytes", torch.tensor([0, 1, 2, 3, 1], dtype=torch.uint8))
put("no rows", torch.zeros(0, 4))
put("no classes", torch.zeros(0, dtype=torch.int64))
for options in [{}, {"weight": "weight"}, {"label_smoothing": 0.2}]:
    for reduction in REDUCTIONS:
        loss_case("cross_entropy", "large", "large classes", reduction=reduction, **options)
        loss_case("cross_entropy", "matrix", "all ignored", reduction=reduction, **options)
        loss_case("cross_entropy", "matrix", "some ignored", reduction=reduction, **options)
        loss_case("cross_entropy", "matrix", "bytes", reduction=reduction, **options)
        loss_case("cross_entropy", "no rows", "no classes", reduction=reduction, **options)

put("other", torch.randn((5, 4), generator=g))
put("row", torch.randn((4,), generator=g))
put("column", torch.randn((5, 1), generator=g))
put("scalar", torch.tensor(0.75))
put("scalar target", torch.tensor(-0.5))
for function, reduction in itertools.product(["mse_loss", "l1_loss"], REDUCTIONS):
    for x, target in [("matrix", "other"), ("matrix", "matrix"), ("matrix", "row"), ("column", "row"),
                      ("scalar", "scalar target"), ("image", "image probabilities"), ("double", "double probabilities"),
                      ("no rows", "no rows")]:  # fmt: skip
        loss_case(function, x, target, reduction=reduction)

put("half", torch.rand((5, 4), generator=g))
put("zeros and ones", torch.tensor([[1.0, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 1, 0], [1, 0, 0, 1]]))
put("extreme", torch.tensor([[0.0, -0.0, 1e-8, -1e-8], [100, -100, 1000, -1000], [88, -88, 17, -17],
                             [3e38, -3e38, 50, -50], [1, -1, 2, -2]]))  # fmt: skip
put("element weight", torch.rand((5, 4), generator=g))
for x, target, weight, pos_weight, reduction in itertools.product(
    ["matrix", "extreme"], ["half", "zeros and ones"], [None, "weight", "element weight", "column"], [None, "weight"],
    REDUCTIONS,
):  # fmt: skip
    options = {"reduction": reduction}
    if weight:
        options["weight"] = weight
    if pos_weight:
        options["pos_weight"] = pos_weight
    loss_case("binary_cross_entropy_with_logits", x, target, **options)
loss_case("binary_cross_entropy_with_logits", "double", "double probabilities")

# What does not fit.
put("target 10", torch.tensor([0, 1, 10, 2, 3]))
put("target -1", torch.tensor([0, 1, 2, -1, 3]))
put("four", torch.tensor([0, 1, 2, 3]))
put("five floats", torch.zeros(5))
put("three weights", torch.ones(3))
put("five by four integers", torch.zeros(5, 4, dtype=torch.int64))
put("five by three", torch.zeros(5, 3))
put("one class", torch.tensor(9))
put("single", torch.tensor([1]))
put("line of three", torch.zeros(3, 3, dtype=torch.int64))
for target in ["target 10", "target -1", "four", "five floats", "five by four integers", "five by three", "single"]:
    loss_case("cross_entropy", "matrix", target)
    loss_case("cross_entropy", "matrix", target, weight="weight")
for target in ["target 10", "target -1", "four"]:
    loss_case("nll_loss", "matrix log-probabilities", target)
loss_case("nll_loss", "matrix log-probabilities", "five floats")
loss_case("cross_entropy", "vector", "one class")
loss_case("cross_entropy", "vector", "single")
loss_case("cross_entropy", "line", "line of three")
loss_case("cross_entropy", "scalar", "scalar target")
loss_case("cross_entropy", "matrix", "matrix classes", weight="three weights")
loss_case("cross_entropy", "matrix", "matrix classes", weight="weight64")
loss_case("cross_entropy", "matrix", "matrix probabilities", weight="three weights")
loss_case("cross_entropy", "matrix", "matrix probabilities", ignore_index=2)
loss_case("cross_entropy", "matrix", "matrix classes", label_smoothing=1.5)
loss_case("cross_entropy", "matrix", "matrix classes", reduction="avg")
loss_case("mse_loss", "matrix", "five by three")
loss_case("mse_loss", "matrix", "other", reduction="avg")
loss_case("binary_cross_entropy_with_logits", "matrix", "row")
loss_case("binary_cross_entropy_with_logits", "matrix", "half", pos_weight="three weights")

# --- initial values --------------------------------------------------------------------------------------------------

init = []
for name, shape, args in [
    ("uniform_", (5,), []), ("uniform_", (3, 4), [-2.5, 0.5]), ("normal_", (3,), []), ("normal_", (4, 6), [1.0, 0.02]),
    ("constant_", (2, 2), [0.3]), ("ones_", (3,), []), ("zeros_", (3,), []), ("eye_", (2, 3), []), ("eye_", (3, 2), []),
    ("xavier_uniform_", (3, 5), []), ("xavier_uniform_", (3, 2, 2), [2.0]), ("xavier_normal_", (4, 5), []),
    ("xavier_normal_", (2, 3, 3, 1), [0.5]), ("kaiming_uniform_", (3, 5), []), ("kaiming_uniform_", (3, 5), [5**0.5]),
    ("kaiming_uniform_", (4, 2, 3), [0, "fan_out"]), ("kaiming_uniform_", (3, 4), [0, "fan_in", "relu"]),
    ("kaiming_normal_", (3, 5), []), ("kaiming_normal_", (4, 5), [0, "fan_out", "relu"]),
    ("kaiming_normal_", (4, 5), [0.2, "fan_in", "leaky_relu"]), ("kaiming_normal_", (4, 5), [0, "fan_in", "tanh"]),
    ("kaiming_normal_", (4, 5), [0, "fan_in", "selu"]), ("kaiming_uniform_", (4, 5), [0, "fan_in", "linear"]),
    ("trunc_normal_", (5, 5), []), ("trunc_normal_", (5, 5), [0.5, 0.02]), ("trunc_normal_", (30,), [0.0, 1.0, 0.0, 1.0]),
    ("orthogonal_", (4, 4), []), ("orthogonal_", (3, 5), []), ("orthogonal_", (5, 3), [2.0]),
    ("dirac_", (3, 2, 3), []), ("dirac_", (2, 3, 2, 3), []), ("dirac_", (4, 2, 1, 2, 4), [2]), ("sparse_", (10, 3), [0.25]),
    ("sparse_", (4, 5), [0.5, 2.0]), ("sparse_", (3, 2), [1.0]), ("sparse_", (3, 2), [0.0]),
    ("orthogonal_", (4, 2, 2), []), ("orthogonal_", (2, 3, 2), [0.1]), ("orthogonal_", (1, 1), []),
]:  # fmt: skip
    for seed, dtype in [(0, torch.float32), (1, torch.float32), (2, torch.float64)]:
        torch.manual_seed(seed)
        t = getattr(nn.init, name)(torch.empty(shape, dtype=dtype), *args)
        after = torch.rand(1).item()
        init.append({"name": camel(name[:-1]) + "_", "seed": seed, "args": args, "result": encode(t), "next": after})

gains = [
    [name, param, nn.init.calculate_gain(name, param)]
    for name, param in [("linear", None), ("conv2d", None), ("conv_transpose1d", None), ("sigmoid", None),
                        ("tanh", None), ("relu", None), ("leaky_relu", None), ("leaky_relu", 0.2), ("selu", None)]
]  # fmt: skip

linear = []
for seed, args, dtype in [(0, (3, 4), torch.float32), (1, (4, 1, False), torch.float32), (0, (20, 30), torch.float32),
                          (2, (1, 2), torch.float32), (3, (3, 4), torch.float64), (4, (2, 0), torch.float32)]:  # fmt: skip
    torch.manual_seed(seed)
    layer = nn.Linear(*args, dtype=dtype)
    case = {"seed": seed, "args": list(args), "dtype": NAMES[dtype], "weight": encode(layer.weight)}
    if layer.bias is not None:
        case["bias"] = encode(layer.bias)
    x = torch.linspace(-1, 1, 2 * args[0], dtype=dtype).reshape(2, args[0])
    linear.append({**case, "input": encode(x), "output": encode(layer(x)), "next": torch.rand(1).item()})

dropout = []
for seed, shape, p, dtype in [(0, (3, 7), 0.5, torch.float32), (1, (40,), 0.2, torch.float32), (2, (4, 4), 0.9, torch.float32),
                              (3, (2, 3), 0.0, torch.float32), (4, (2, 3), 1.0, torch.float32), (5, (3, 3), 0.3, torch.float64)]:  # fmt: skip
    torch.manual_seed(seed)
    x = torch.linspace(0.5, 2, int(np.prod(shape)), dtype=dtype).reshape(shape).requires_grad_()
    y = F.dropout(x, p)
    y.sum().backward()
    dropout.append({"seed": seed, "p": p, "input": encode(x), "output": encode(y), "grad": values(x.grad),
                    "next": torch.rand(1).item()})  # fmt: skip

# --- modules ---------------------------------------------------------------------------------------------------------


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 3)
        self.scale = nn.Parameter(torch.ones(2))
        self.register_buffer("mean", torch.zeros(2))
        self.register_buffer("cache", torch.zeros(1), persistent=False)
        self.tied = self.fc


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.loss = nn.BCEWithLogitsLoss(weight=torch.ones(2), pos_weight=torch.ones(2))
        self.blocks = nn.ModuleList([Block(), nn.Identity(), nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU())])
        self.last = Block()
        self.temperature = nn.Parameter(torch.tensor(1.0))


model = Model()
order = []
model.apply(lambda module: order.append(type(module).__name__))
names = {
    "parameters": [name for name, _ in model.named_parameters()],
    "prefixed": [name for name, _ in model.named_parameters("net", recurse=False)],
    "buffers": [name for name, _ in model.named_buffers()],
    "modules": [name for name, _ in model.named_modules()],
    "children": [name for name, _ in model.named_children()],
    "blockChildren": [name for name, _ in model.last.named_children()],
    "state": list(model.state_dict()),
    "applied": order,
}


def load_error(changes):
    state = Model().state_dict()
    for key, shape in changes.items():
        if shape is None:
            del state[key]
        else:
            state[key] = torch.zeros(shape)
    try:
        Model().load_state_dict(state)
    except RuntimeError as error:
        return str(error)


loading = [
    {"changes": changes, "error": load_error(changes)}
    for changes in [
        {},
        {"temperature": None, "last.fc.weight": None},
        {"extra": [1], "last.other.weight": [2, 2]},
        {"last.scale": [3]},
        {"last.fc.weight": [2, 3], "last.fc.bias": [3, 1], "blocks.0.mean": []},
        {"temperature": None, "extra": [2], "blocks.2.0.weight": [2, 2, 1]},
    ]
]

parts = {
    "tensors": [[name, encode(t)] for name, t in tensors.items()],
    "losses": losses,
    "init": init,
    "gains": gains,
    "linear": linear,
    "dropout": dropout,
    "loading": loading,
}


def rows(items):
    lines = ["    " + json.dumps(item, allow_nan=False, separators=(",", ":")) for item in items]
    return "[\n" + ",\n".join(lines) + "\n  ]"


body = ",\n".join(f'  "{key}": {rows(items)}' for key, items in parts.items())
text = f'{{\n  "torch": "{torch.__version__}",\n  "names": {json.dumps(names)},\n{body}\n}}\n'
(Path(__file__).parents[1] / "data" / "nn.json").write_text(text)
print(", ".join(f"{len(items)} {key}" for key, items in parts.items()), "of which failing:", sum("error" in c for c in losses))
