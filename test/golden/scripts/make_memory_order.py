"""Writes memory-order.json: random numbers drawn into tensors that do not lie row-major."""
import json
from pathlib import Path

import torch
from torch_calls import values_of

# Shape of the memory, and the steps to the tensor that is filled: names and arguments of tapegrad's methods.
LAYOUTS = {
    "contiguous": ([3, 4], []),
    "transposed": ([4, 3], [["transpose", 0, 1]]),
    "large transposed": ([6, 5], [["transpose", 0, 1]]),
    "every second": ([3, 8], [["slice", 1, 0, 8, 2]]),
    "permuted": ([2, 3, 4], [["permute", 2, 0, 1]]),
    "every second, transposed": ([3, 8], [["slice", 1, 0, 8, 2], ["transpose", 0, 1]]),
    "sizes of one": ([1, 4, 1, 3], [["transpose", 1, 3]]),
}
FILLS = {
    "uniform_": (lambda x: x.uniform_(), []),
    "normal_": (lambda x: x.normal_(), []),
    "bernoulli_": (lambda x: x.bernoulli_(0.5), [0.5]),
    "randLike": (torch.rand_like, []),
    "randnLike": (torch.randn_like, []),
    "init.truncNormal_": (torch.nn.init.trunc_normal_, []),
    "init.orthogonal_": (torch.nn.init.orthogonal_, []),
    "init.sparse_": (lambda x: torch.nn.init.sparse_(x, 0.4), [0.4]),
}
STEPS = {
    "transpose": lambda x, a, b: x.transpose(a, b),
    "permute": lambda x, *dims: x.permute(dims),
    "slice": lambda x, dim, start, end, step: x[(slice(None),) * dim + (slice(start, end, step),)],
}

cases = []
for layout, (shape, steps) in LAYOUTS.items():
    for dtype, name in ((torch.float32, "float32"), (torch.float64, "float64")):
        for fill, (draw, args) in FILLS.items():
            x = torch.zeros(shape, dtype=dtype)
            for step, *rest in steps:
                x = STEPS[step](x, *rest)
            if fill in ("init.sparse_", "init.orthogonal_") and x.ndim != 2:
                continue
            torch.manual_seed(7)
            cases.append({"layout": layout, "shape": shape, "steps": steps, "dtype": name, "fill": fill, "args": args, "values": values_of(draw(x))})  # fmt: skip

BINARY = {"add": torch.add, "lt": torch.lt, "maximum": torch.maximum}
UNARY = {"exp": torch.exp, "double": lambda x: x.double(), "relu": torch.relu}


def strides_of(op, function, *layouts):
    inputs = []
    for shape, steps in layouts:
        x = torch.ones(shape)
        for step, *rest in steps:
            x = STEPS[step](x, *rest)
        inputs.append(x)
    described = [{"shape": shape, "steps": steps} for shape, steps in layouts]
    return {"op": op, "inputs": described, "strides": list(function(*inputs).stride())}


LAYOUTS["images, channels last"] = ([2, 4, 5, 3], [["permute", 0, 3, 1, 2]])
LAYOUTS["turned round"] = ([2, 3, 4], [["permute", 2, 1, 0]])
LAYOUTS["a row"] = ([4], [])
LAYOUTS["a column"] = ([3, 1], [])
LAYOUTS["a transposed matrix of a batch"] = ([2, 4, 3], [["transpose", 1, 2]])
strides = [strides_of(op, function, layout) for op, function in UNARY.items() for layout in LAYOUTS.values()]
for op, function in BINARY.items():
    for a in LAYOUTS.values():
        for b in LAYOUTS.values():
            try:
                strides.append(strides_of(op, function, a, b))
            except RuntimeError:
                continue  # the shapes do not broadcast
(Path(__file__).parents[1] / "data" / "memory-order-strides.json").write_text(
    "[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in strides) + "\n]\n"
)

lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
(Path(__file__).parents[1] / "data" / "memory-order.json").write_text(f"[\n{lines}\n]\n")
print(f"{len(cases)} cases")
