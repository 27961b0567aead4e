"""Writes layers.json: layers of torch.nn with what they start with and compute. Run: python3 make_layers.py (PyTorch 1.13)

Every case seeds the generator, makes a layer, and runs it one or more times. See torch_calls.py for the inputs.
"""
import json
import warnings
from pathlib import Path

import torch
from torch import nn
from torch_calls import (DTYPES, TORCH_DTYPES, Input, f, f64, grad_name, i64, ints, snake, to_json, upstream, v,
                         values_of)  # fmt: skip

warnings.simplefilter("ignore")
cases = []


def tensors_in(result):
    """The tensors of a result, from tuples in tuples, in their order."""
    if isinstance(result, torch.Tensor):
        return [result]
    return [t for part in result for t in tensors_in(part)] if isinstance(result, (tuple, list)) else []


def state_of(layer):
    return [[k, {"shape": list(t.shape), "dtype": DTYPES[t.dtype], "values": values_of(t)}] for k, t in layer.state_dict().items()]


def run(layer, inputs, mode="train", **options):
    """One call of a layer in a mode, and its gradients."""
    layer.train(mode == "train")
    layer.zero_grad()
    listed = []
    spec = {"mode": mode, "args": to_json(inputs, listed)}
    if options:
        spec["options"] = {k: to_json(o, listed) for k, o in options.items()}
    spec["inputs"] = [i.json() for i in listed]
    built = {i: i.build() for i in listed}

    def given(arg):
        return built[arg][1] if isinstance(arg, Input) else [given(a) for a in arg] if isinstance(arg, list) else arg

    result = layer(*[tuple(a) if isinstance(a, list) else a for a in given(list(inputs))], **{snake(k): given(o) for k, o in options.items()})
    outputs = tensors_in(result)
    spec["outputs"] = [
        {"shape": list(o.shape), "dtype": DTYPES[o.dtype], "values": values_of(o), "gradFn": o.grad_fn and grad_name(o)}
        for o in outputs
    ]
    roots = [(o, upstream(o, k)) for k, o in enumerate(outputs) if o.requires_grad]
    torch.autograd.backward([o for o, _ in roots], [g for _, g in roots])
    spec["grads"] = [None if leaf.grad is None else values_of(leaf.grad) for leaf, _ in built.values()]
    spec["parameterGrads"] = [[k, None if p.grad is None else values_of(p.grad)] for k, p in layer.named_parameters()]
    buffers = [k for k, _ in layer.named_buffers()]
    if buffers:
        spec["buffers"] = [entry for entry in state_of(layer) if entry[0] in buffers]
    return spec


def case(name, args, runs, seed=0, change=None, **kwargs):
    """`runs`: for each the inputs, and perhaps the mode and options by name. `change` sets parameters to other numbers."""
    torch.manual_seed(seed)
    layer = getattr(nn, name)(*args, **{k: TORCH_DTYPES[v] if k == "dtype" else v for k, v in kwargs.items()})
    spec = {"layer": name, "seed": seed, "args": args, "kwargs": kwargs, "state": state_of(layer), "next": torch.rand(1).item()}
    if change:
        with torch.no_grad():
            for i, p in enumerate(layer.parameters()):
                p.copy_(((torch.arange(p.numel()) * 5 + i * 3) % 7 - 2.5).reshape(p.shape) / 4)
        spec["change"] = True
    spec["runs"] = [run(layer, *(r if isinstance(r, tuple) else (r,))) for r in runs]
    cases.append(spec)


# --- normalisation ---------------------------------------------------------------------------------------------------

for change in [False, True]:
    case("LayerNorm", [3], [[f(2, 3)], [f(2, 2, 3)], ([f(2, 3)], "eval")], change=change)
    case("LayerNorm", [[2, 3]], [[f(4, 2, 3)]], change=change, eps=0.1)
    case("GroupNorm", [2, 4], [[f(2, 4, 3)], [f(2, 4, 2, 2)]], change=change)
    case("BatchNorm1d", [3], [[f(4, 3)], [f(2, 3, 2)], ([f(4, 3)], "eval"), [f(3, 3)]], change=change)
    case("BatchNorm2d", [2], [[f(2, 2, 2, 3)], ([f(1, 2, 2, 2)], "eval")], change=change, eps=0.01, momentum=0.3)
case("LayerNorm", [4], [[f(2, 4, dtype=f64)]], dtype="float64")
case("LayerNorm", [3], [[f(2, 3)]], elementwise_affine=False)
case("GroupNorm", [3, 3], [[f(2, 3, 4)]], affine=False)
case("BatchNorm1d", [3], [[f(4, 3)], [f(4, 3)], [f(5, 3)], ([f(1, 3)], "eval")], momentum=None)
case("BatchNorm1d", [3], [[f(4, 3)], ([f(4, 3)], "eval")], affine=False)
case("BatchNorm1d", [3], [[f(4, 3)], ([f(4, 3)], "eval")], track_running_stats=False)
case("BatchNorm2d", [2], [[f(2, 2, 2, 2, dtype=f64)], ([f(1, 2, 2, 2, dtype=f64)], "eval")], dtype="float64")

# --- tables ----------------------------------------------------------------------------------------------------------

case("Embedding", [5, 3], [[v([1, 4, 1], i64)], [v([[0, 2], [2, 2]], i64)], [v(3, i64)]], seed=1)
case("Embedding", [5, 3], [[v([1, 4, 1], i64)]], padding_idx=1)
case("Embedding", [6, 4], [[v([5, 4, 0, 5], i64)]], seed=3, padding_idx=-1, dtype="float64")

# --- losses ----------------------------------------------------------------------------------------------------------

unit = {"low": 0.02, "high": 0.98}
case("SmoothL1Loss", [], [[f(2, 3), f(2, 3)]], beta=0.5, reduction="sum")
case("HuberLoss", [], [[f(2, 3), f(2, 3)]], delta=0.5)
case("BCELoss", [], [[f(2, 3, **unit), f(2, 3, **unit)]], reduction="none")
case("KLDivLoss", [], [[f(2, 3), f(2, 3)]], reduction="batchmean", log_target=True)
case("CosineEmbeddingLoss", [0.1], [[f(2, 3), f(2, 3), v([1, -1], i64)]], reduction="sum")
case("TripletMarginLoss", [], [[f(2, 3), f(2, 3), f(2, 3)]], margin=3.0, p=1.5, swap=True)
case("TripletMarginLoss", [2.0, 2], [[f(2, 3), f(2, 3), f(2, 3)]], reduction="none")

# --- convolutions and pooling ----------------------------------------------------------------------------------------

case("Conv1d", [3, 4, 3], [[f(2, 3, 5)]])
case("Conv1d", [4, 2, 2, 2, 1, 2, 2, False], [[f(2, 4, 6)]], seed=1)
case("Conv2d", [2, 3, 3], [[f(2, 2, 4, 5)], [f(2, 4, 3)]])
case("Conv2d", [4, 4, [3, 2]], [[f(1, 4, 4, 4)]], seed=2, stride=2, padding=1, groups=2, bias=False)
case("Conv2d", [1, 2, 3], [[f(1, 1, 4, 4)]], seed=3, padding="same")
case("Conv2d", [1, 6, 5], [[f(1, 1, 6, 6, dtype=f64)]], seed=4, dtype="float64")
case("ConvTranspose2d", [2, 3, 3], [[f(2, 2, 3, 2)]])
case("ConvTranspose2d", [4, 2, 2, 2, 1, 1, 2], [[f(1, 4, 3, 3)]], seed=1)
case("MaxPool2d", [2], [[f(1, 2, 4, 4)]])
case("MaxPool2d", [3], [[f(1, 2, 5, 5)]], stride=2, padding=1, ceil_mode=True)
case("AvgPool2d", [2], [[f(1, 2, 4, 4)]])
case("AvgPool2d", [3], [[f(1, 2, 5, 5)]], stride=2, padding=1, count_include_pad=False)
case("AdaptiveAvgPool2d", [[2, 3]], [[f(1, 2, 5, 4)]])

# --- recurrent layers ------------------------------------------------------------------------------------------------

for name, extra in [("RNN", {}), ("RNN", {"nonlinearity": "relu"}), ("LSTM", {}), ("GRU", {})]:

    def hx(*shape, **options):
        return [f(*shape, **options), f(*shape, **options)] if name == "LSTM" else f(*shape, **options)

    case(name, [2, 3], [[f(4, 2, 2)], [f(3, 1, 2), hx(1, 1, 3)], [f(1, 2, 2)], ([f(2, 2, 2)], "eval")], **extra)
    case(name, [2, 3], [[f(3, 2)], [f(1, 2), hx(1, 3)]], seed=1, change=True, **extra)
    case(name, [3, 2], [[f(3, 2, 3), hx(2, 2, 2)], [f(3, 3), hx(2, 2)]], seed=2, bidirectional=True, **extra)
    case(name, [3, 2], [[f(2, 3, 3), hx(2, 2, 2)], [f(3, 3)]], seed=3, num_layers=2, batch_first=True, bias=False, **extra)
    case(name, [2, 2], [[f(2, 3, 2)], [f(2, 3, 2), hx(4, 2, 2)]], seed=4, num_layers=2, batch_first=True, bidirectional=True, **extra)
    case(name, [2, 4], [[f(3, 2, 2)], ([f(3, 2, 2)], "eval")], seed=5, num_layers=3, dropout=0.4, **extra)
    case(name, [2, 3], [[f(2, 2, 2)]], seed=6, num_layers=2, dropout=0.5, bidirectional=True, batch_first=True, **extra)
    case(name, [2, 3], [[f(3, 2, 2, dtype=f64), hx(2, 2, 3, dtype=f64)]], seed=7, bidirectional=True, dtype="float64", **extra)
    case(name + "Cell", [2, 3], [[f(2, 2)], [f(2, 2), hx(2, 3)], [f(2)], [f(2), hx(3)]], seed=8, **extra)
    case(name + "Cell", [3, 2], [[f(2, 3), hx(2, 2)]], seed=9, bias=False, **extra)
    case(name + "Cell", [3, 2], [[f(2, 3, dtype=f64), hx(2, 2, dtype=f64)]], seed=10, change=True, dtype="float64", **extra)

case("LSTM", [2, 4], [[f(3, 2, 2)], [f(3, 2, 2), [f(1, 2, 3), f(1, 2, 4)]], [f(3, 2), [f(1, 3), f(1, 4)]]], seed=11, proj_size=3)
case("LSTM", [2, 3], [[f(3, 2, 2), [f(4, 2, 2), f(4, 2, 3)]]], seed=12, num_layers=2, bidirectional=True, proj_size=2)
case("LSTM", [2, 3], [[f(2, 3, 2)]], seed=13, batch_first=True, bias=False, bidirectional=True, proj_size=1)
case("LSTM", [2, 3, 2, False, True, 0.3, True, 2], [[f(2, 3, 2, dtype=f64)]], seed=14, dtype="float64")
case("GRU", [2, 3, 2, False, True, 0.3, True], [[f(2, 3, 2)]], seed=15)

lines = ",\n".join("    " + json.dumps(c, allow_nan=False, separators=(",", ":")) for c in cases)
text = f'{{\n  "torch": "{torch.__version__}",\n  "cases": [\n{lines}\n  ]\n}}\n'
Path(__file__).with_name("layers.json").write_text(text)
print(len(cases), "layers,", sum(len(c["runs"]) for c in cases), "runs")
