"""Writes create.json: what PyTorch's factories make.

Calls are tapegrad's; numbers that PyTorch would take for integers are given to it as floats where tapegrad makes floats.
"""
import json
import re
from pathlib import Path

import torch
from torch_calls import DTYPES, TORCH_DTYPES, values_of

cases = []


def C(name, *args, dtype=None, floats=False):
    options = {} if dtype is None else {"dtype": TORCH_DTYPES[dtype]}
    named = args[-1] if args and isinstance(args[-1], dict) else {}
    given = [float(a) if floats and not isinstance(a, list) else a for a in args if a is not named]
    x = getattr(torch, name)(*given, **options, **named)
    record = {"name": re.sub(r"_(.)", lambda m: m[1].upper(), name), "args": list(args) + ([{"dtype": dtype}] if dtype else [])}
    cases.append({**record, "shape": list(x.shape), "dtype": DTYPES[x.dtype], "values": values_of(x)})


for dtype in [None, "float64", "int32", "uint8", "bool"]:
    C("zeros", [2, 3], dtype=dtype)
    C("ones", [2, 3], dtype=dtype)
    C("eye", 3, dtype=dtype)
    C("full", [2, 2], 1.0, dtype=dtype)
C("full", [2], 2.5)
C("full", [2], 2.5, dtype="int32")
C("full", [2], -2.5, dtype="bool")
C("full", [2], True)
C("full", [], 3.5)
C("zeros", [0, 3])
C("ones", [])
C("eye", 2, 4)
C("eye", 4, 2)
C("eye", 0)
C("eye", 0, 3)

C("arange", 5)
C("arange", 0)
C("arange", 2, 10, 3)
C("arange", 2, 11, 3)
C("arange", 5, 0, -2)
C("arange", -3, 3)
C("arange", 3, 3)
C("arange", 5, dtype="float32")
C("arange", 5, dtype="uint8")
C("arange", 1, 4, dtype="float64")
C("arange", 5.5)
C("arange", 0, 1, 0.1)
C("arange", 1, 0, -0.25)
C("arange", 0.1, 1.05, 0.1)
C("arange", 0, 0.3, 0.1)
C("arange", 0, 100, 9.7)
C("arange", 0, 1, 0.1, dtype="float64")
C("arange", -1.5, 1.5)
C("arange", 1e6, 1e6 + 2, 0.25)

C("linspace", 0, 1, 5)
C("linspace", 0, 1, 11)
C("linspace", -3, 10, 7)
C("linspace", 1, 0, 4)
C("linspace", 2, 2, 3)
C("linspace", 0, 1, 1)
C("linspace", 0, 1, 0)
C("linspace", 0, 1, 2)
C("linspace", 0.1, 0.9, 10)
C("linspace", -1e-3, 1e3, 9)
C("linspace", 0, 1, 7, dtype="float64")
for bounds in [(0, 5), (0, 5, 2), (1, 2, 0.25), (0, 0.9, 0.3), (5, 0, -2), (0, 0), (0, 1, 0.1)]:
    C("range", *bounds)
C("range", 0, 5, 2, dtype="float64")
C("range", -2, 5, 3, dtype="int32")
C("linspace", 0.1, 12.7, 33)
C("linspace", 0, 10, 5, dtype="int32")
C("linspace", 0, 10, 4, dtype="int32")
C("linspace", -5, 5, 6, dtype="int32")

C("logspace", 0, 3, 4)
C("logspace", -1, 1, 5, dtype="float64")
C("logspace", 0.5, 2.5, 7)
C("logspace", 2, 2, 1)
C("logspace", 1, 2, 0)
for base in [2, 10]:
    C("logspace", 0, 8, 9, {"base": base})
for sizes in [(3, 3), (2, 4, 1), (4, 2, -1), (0, 2), (3, 2, 5), (3, 2, -5)]:
    C("tril_indices", *sizes)
    C("triu_indices", *sizes)
for name in ["hann_window", "hamming_window", "blackman_window", "bartlett_window", "kaiser_window"]:
    # PyTorch's Bessel functions in float32 are off by a millionth.
    dtype = "float64" if name == "kaiser_window" else None
    C(name, 6, dtype=dtype)
    C(name, 7, False, dtype=dtype)
    C(name, 8, True, dtype="float64")
    C(name, 1)
    C(name, 0)
C("hamming_window", 5, True, 0.5)
C("hamming_window", 5, False, 0.6, 0.4)
C("kaiser_window", 6, False, 5.0, dtype="float64")

for name, *lists in [
    ("FloatTensor", [1.0, 2.5], [[1, 2], [3, 4]], [], [True, False]), ("DoubleTensor", [0.1, 2.0]), ("LongTensor", [1.7, -1.7], [[1], [2]], []),
    ("ByteTensor", [[1, 255]]), ("BoolTensor", [1.0, 0.0, 2.5], [True, False]),
]:  # fmt: skip
    for values in lists:
        C(name, values)

rows = ",\n".join("    " + json.dumps(c, allow_nan=False, separators=(",", ":")) for c in cases)
(Path(__file__).parents[1] / "data" / "create.json").write_text(f'{{\n  "torch": "{torch.__version__}",\n  "cases": [\n{rows}\n  ]\n}}\n')
print(f"{len(cases)} cases")
