"""Writes random-in-place.json: what random_, exponential_ and their like, and normal, draw for a seed."""
import json
from pathlib import Path

import torch
from torch_calls import DTYPES, boolean, f32, f64, snake, u8, values_of

# torch.int64 of random_() without bounds has no counterpart; its int32 is drawn as tapegrad's.
i32 = torch.int32
NAMES = {**DTYPES, i32: "int32"}
cases = []


def case(name, dtype, shape, *args, seed=0):
    torch.manual_seed(seed)
    x = torch.zeros(shape, dtype=dtype)
    getattr(x, snake(name))(*args)
    record = {"op": name, "seed": seed, "dtype": NAMES[dtype], "shape": list(shape), "args": list(args)}
    # What is drawn next tells that as many random numbers were taken.
    cases.append({**record, "values": values_of(x.to(torch.int64) if dtype is i32 else x), "next": float(torch.rand(()))})


for seed in (0, 7):
    for dtype in (f32, f64, i32, u8, boolean):
        case("random_", dtype, [40], seed=seed)
    for dtype in (f32, f64, i32, u8):
        case("random_", dtype, [3, 7], 100, seed=seed)
        case("random_", dtype, [3, 7], 5, 9, seed=seed)
    case("random_", i32, [9], -7, -2, seed=seed)
    for dtype in (f32, f64):
        for name, arguments in [
            ("exponential_", [[], [2.5]]), ("cauchy_", [[], [1.0, 0.5]]), ("logNormal_", [[], [0.5, 0.25]]),
            ("geometric_", [[0.5], [0.1]]),
        ]:  # fmt: skip
            for args in arguments:
                case(name, dtype, [5], *args, seed=seed)
                case(name, dtype, [4, 9], *args, seed=seed)
    for dtype in (i32, u8):
        case("geometric_", dtype, [20], 0.3, seed=seed)

normals = []


def normal(mean, std, size=None, seed=0):
    torch.manual_seed(seed)
    tensors = [torch.tensor(v) if isinstance(v, list) else v for v in (mean, std)]
    x = torch.normal(*tensors) if size is None else torch.normal(*tensors, size)
    record = {"mean": mean, "std": std, "size": size, "seed": seed}
    normals.append({**record, "shape": list(x.shape), "values": values_of(x), "next": float(torch.rand(()))})


many = [float(i) for i in range(20)]
for seed in (0, 7):
    normal([1.0, 2.0, 3.0], 1.0, seed=seed)
    normal(many, 0.5, seed=seed)
    normal(2.0, [0.5, 1.0, 2.0], seed=seed)
    normal(2.0, many, seed=seed)
    normal([[1.0], [2.0]], [0.5, 1.0, 2.0], seed=seed)
    normal(many, many, seed=seed)
    normal(1.0, 2.0, [5], seed=seed)
    normal(1.0, 2.0, [4, 6], seed=seed)


def rows(items):
    return ",\n".join("    " + json.dumps(item, allow_nan=False, separators=(",", ":")) for item in items)


path = Path(__file__).parents[1] / "data" / "random-in-place.json"
path.write_text(f'{{\n  "torch": "{torch.__version__}",\n  "fills": [\n{rows(cases)}\n  ],\n  "normals": [\n{rows(normals)}\n  ]\n}}\n')
print(f"{len(cases)} fills, {len(normals)} calls of normal")
