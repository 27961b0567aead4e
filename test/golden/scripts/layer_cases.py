"""What the scripts of layers share: making a layer of torch.nn, running it, and writing down what it computes."""
import json
from pathlib import Path

import torch
from torch import nn
from torch_calls import DTYPES, TORCH_DTYPES, Input, grad_name, snake, to_json, upstream, values_of

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


class Part:
    """A layer among the arguments of another."""

    def __init__(self, name, *args, **kwargs):
        self.name, self.args, self.kwargs = name, list(args), kwargs

    def build(self):
        def given(name, arg):
            if isinstance(arg, list):
                return tuple(arg)  # as programs write it, for the printed form
            return arg.build() if isinstance(arg, Part) else TORCH_DTYPES[arg] if name == "dtype" else arg

        return getattr(nn, self.name)(*[given("", a) for a in self.args], **{k: given(k, a) for k, a in self.kwargs.items()})

    def json(self):
        def given(arg):
            return arg.json() if isinstance(arg, Part) else arg

        return {"layer": self.name, "args": [given(a) for a in self.args], "kwargs": {k: given(a) for k, a in self.kwargs.items()}}


def case(name, args, runs, seed=0, change=None, **kwargs):
    """`runs`: for each the inputs, and perhaps the mode and options by name. `change` sets parameters to other numbers."""
    part = Part(name, *args, **kwargs)
    torch.manual_seed(seed)
    layer = part.build()
    spec = {"layer": name, "seed": seed, **part.json(), "text": repr(layer), "state": state_of(layer), "next": torch.rand(1).item()}
    if change:
        with torch.no_grad():
            for i, p in enumerate(layer.parameters()):
                p.copy_(((torch.arange(p.numel()) * 5 + i * 3) % 7 - 2.5).reshape(p.shape) / 4)
        spec["change"] = True
    spec["runs"] = []
    for given in runs:
        inputs, mode, options = (*given, *("train", {})[len(given) - 1 :]) if isinstance(given, tuple) else (given, "train", {})
        torch.manual_seed(seed)
        spec["runs"].append(run(layer, inputs, mode, **options))
    cases.append(spec)


def write(name):
    """Writes the cases of this run."""
    lines = ",\n".join("    " + json.dumps(c, allow_nan=False, separators=(",", ":")) for c in cases)
    text = f'{{\n  "torch": "{torch.__version__}",\n  "cases": [\n{lines}\n  ]\n}}\n'
    (Path(__file__).parents[1] / "data" / name).write_text(text)
    print(len(cases), "layers,", sum(len(c["runs"]) for c in cases), "runs")
