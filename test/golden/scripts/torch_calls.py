"""What the scripts of this folder share: inputs and calls as JSON describes them, and how PyTorch runs them.

A call is a name of tapegrad, a tensor or none that it is a method of, and arguments in tapegrad's order; the same data
drives both sides. torch.int64 is "int32" in JSON. NaN and infinities are strings among values, {"number": "inf"} among
arguments.
"""
import math
import random
import re

import numpy as np
import torch
from torch.nn import functional as F

f32, f64, i64, u8, boolean = torch.float32, torch.float64, torch.int64, torch.uint8, torch.bool
DTYPES = {f32: "float32", f64: "float64", i64: "int32", u8: "uint8", boolean: "bool"}
TORCH_DTYPES = {name: dtype for dtype, name in DTYPES.items()}
NAN, INF = math.nan, math.inf


def encode(value, dtype):
    """The shortest number that is this element again in its own dtype."""
    if dtype is torch.bool:
        return int(value)
    if not dtype.is_floating_point:
        return value
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    short = float(str(np.float32(value))) if dtype is torch.float32 else value
    return int(short) if short.is_integer() and short != 0 and abs(short) < 1e15 else short


def values_of(x):
    if x._is_zerotensor():
        return [0] * x.numel()
    return [encode(v, x.dtype) for v in x.detach().reshape(-1).tolist()]


class Input:
    """A leaf and the calls that turn it into what the operation gets."""

    def __init__(self, shape, values, dtype=f32, grad=None):
        self.shape, self.values, self.dtype = list(shape), values, dtype
        self.grad = dtype.is_floating_point if grad is None else grad
        self.path = []
        self.generic = False  # random numbers, none of them at a kink or like another one

    def via(self, *calls):
        self.path += [list(c) for c in calls]
        return self

    def build(self):
        leaf = torch.tensor(self.values, dtype=self.dtype).reshape(self.shape).clone().requires_grad_(self.grad)
        x = leaf
        for name, *args in self.path:
            x = call(name, x, args, {})
        return leaf, x

    def json(self):
        data = torch.tensor(self.values, dtype=self.dtype)
        out = {"shape": self.shape, "dtype": DTYPES[self.dtype], "values": values_of(data)}
        if self.grad:
            out["grad"] = True
        if self.path:
            out["via"] = to_json(self.path, [])
        return out


rng = random.Random(0)


def f(*shape, dtype=f32, grad=None, low=-2.0, high=2.0):
    """Floats of three decimals, none of them near a whole number, zero or another one of the same tensor."""
    seen, values = set(), []
    while len(values) < math.prod(shape):
        v = round(rng.uniform(low, high), 3)
        if abs(v - round(v)) > 0.01 and abs(v) not in seen:
            seen.add(abs(v))
            values.append(v)
    x = Input(shape, values, dtype, grad)
    x.generic = True
    return x


def pos(*shape, **options):
    return f(*shape, low=0.2, high=3.0, **options)


def ints(*shape, low=-5, high=6, dtype=i64):
    return Input(shape, [rng.randrange(low, high) for _ in range(math.prod(shape))], dtype)


def bools(*shape):
    return Input(shape, [rng.random() < 0.5 for _ in range(math.prod(shape))], boolean)


def v(values, dtype=f32, grad=None):
    x = torch.tensor(values, dtype=dtype)
    return Input(x.shape, x.reshape(-1).tolist(), dtype, grad)


def to_json(arg, inputs):
    if isinstance(arg, Input):
        if arg not in inputs:
            inputs.append(arg)
        return {"tensor": inputs.index(arg)}
    if isinstance(arg, (list, tuple)):
        return [to_json(a, inputs) for a in arg]
    if isinstance(arg, NewAxis):
        return {"newaxis": True}
    if isinstance(arg, float) and not math.isfinite(arg):
        return {"number": encode(arg, f64)}
    return arg


def to_torch(arg, tensors):
    if isinstance(arg, Input):
        return tensors[arg]
    if isinstance(arg, (list, tuple)):
        return [to_torch(a, tensors) for a in arg]
    return arg


def snake(name):
    return re.sub(r"([A-Z])", lambda m: "_" + m[1].lower(), name)


class NewAxis:
    """As an index, Python's None; null is the whole dimension."""


NEWAXIS = NewAxis()


def index(entry):
    if isinstance(entry, NewAxis):
        return None
    if entry == "...":
        return Ellipsis
    if isinstance(entry, str):
        return slice(*[int(part) if part else None for part in entry.split(":")])
    if isinstance(entry, list):
        return slice(*(entry + [None] * (3 - len(entry))))
    return slice(None) if entry is None else entry


def set_at(x, entries, value):
    x[tuple(index(e) for e in entries) if isinstance(entries, list) else index(entries)] = value
    return x


def sliced(x, dim, start=None, end=None, step=1):
    return x[(slice(None),) * (dim % x.ndim) + (slice(start, end, step),)]


METHODS = {
    "at": lambda x, *entries: x[tuple(index(e) for e in entries)],
    "setAt": set_at,
    "indexPut": lambda x, indices, *args: x.index_put(tuple(indices), *args),
    "indexPut_": lambda x, indices, *args: x.index_put_(tuple(indices), *args),
    "slice": sliced,
    "short": lambda x: x.to(i64), "byte": lambda x: x.to(u8),
    "pad": lambda x, padding, mode="constant", value=None: F.pad(x, padding, mode, value),
    "oneHot": lambda x, count=-1: F.one_hot(x, count),
    "isnan": torch.isnan,
    "sort": lambda x, dim=-1, descending=False: torch.sort(x, dim=dim, descending=descending, stable=True),
    "argsort": lambda x, dim=-1, descending=False: torch.sort(x, dim=dim, descending=descending, stable=True)[1],
    "var": lambda x, dim=None, **options: spread(torch.var, x, dim, options),
    "std": lambda x, dim=None, **options: spread(torch.std, x, dim, options),
    "mean": lambda x, dim=None, keepdim=False: x.mean() if dim is None else x.mean(dim, keepdim),
    "unbind": lambda x, dim=0: torch.unbind(x, dim),
    "unflatten": lambda x, dim, sizes: x.unflatten(dim, sizes),
    "to": lambda x, dtype: x.to(TORCH_DTYPES[dtype]),
    "linear": F.linear,
    "prod": lambda x, dim=None, keepdim=False: x.prod() if dim is None else x.prod(dim, keepdim),
    "all": lambda x, dim=None, keepdim=False: x.all() if dim is None else x.all(dim, keepdim),
    "any": lambda x, dim=None, keepdim=False: x.any() if dim is None else x.any(dim, keepdim),
    "roll": lambda x, shifts, dims=(): torch.roll(x, shifts, dims),
    "amax": lambda x, dim=None, keepdim=False: x.amax(() if dim is None else dim, keepdim),
    "amin": lambda x, dim=None, keepdim=False: x.amin(() if dim is None else dim, keepdim),
    "floorDivide": lambda x, y: torch.div(x, y, rounding_mode="floor"),
    "T": lambda x: x.T, "mT": lambda x: x.mT, "H": lambda x: x.H, "mH": lambda x: x.mH,
    "isinf": torch.isinf, "isposinf": torch.isposinf, "isneginf": torch.isneginf,
    "take": torch.take,
    "takeAlongDim": lambda x, index, dim=None: torch.take_along_dim(x, index, dim),
    "unique": lambda x: torch.unique(x, return_inverse=True, return_counts=True),
    "uniqueConsecutive": lambda x: torch.unique_consecutive(x, return_inverse=True, return_counts=True),
    "atleast1d": torch.atleast_1d, "atleast2d": torch.atleast_2d, "atleast3d": torch.atleast_3d,
    "tensordot": lambda a, b, dims=2: torch.tensordot(a, b, dims),
    "histogram": lambda x, bins, range=None, density=False: torch.histogram(x, bins, density=density) if range is None else torch.histogram(x, bins, range=tuple(range), density=density),
    "meshgrid": lambda tensors, indexing="ij": torch.meshgrid(tensors, indexing=indexing),
    "cross": lambda x, y, dim=None: torch.cross(x, y) if dim is None else torch.cross(x, y, dim),
    "countNonzero": lambda x, dim=None: torch.count_nonzero(x, dim),
    "bincount": lambda x, weights=None, minlength=0: torch.bincount(x, weights, minlength),
    "median": lambda x, *args: torch.median(x, *args),
    "quantile": lambda x, q, dim=None, keepdim=False, interpolation="linear": torch.quantile(x, q, dim, keepdim, interpolation=interpolation),
    "long": lambda x: x.to(i64),
    "float": lambda x: x.to(f32), "double": lambda x: x.to(f64), "int": lambda x: x.to(i64), "bool": lambda x: x.to(boolean),
}  # fmt: skip


def spread(function, x, dim, options):
    """var and std, by the overload that a program would use."""
    if "correction" in options:
        return function(x, dim, **options)
    unbiased = options.get("unbiased", True)
    return function(x, unbiased) if dim is None else function(x, dim, unbiased, options.get("keepdim", False))


def call(name, self, args, options):
    options = {snake(k): v for k, v in options.items()}
    if self is None:
        function = METHODS.get(name) or getattr(torch, snake(name))
        return function(*args, **options)
    if name in METHODS:
        return METHODS[name](self, *args, **options)
    return getattr(self, snake(name))(*args, **options)


def outputs_of(result):
    return list(result) if isinstance(result, (tuple, list)) else [result]


def upstream(x, k):
    """The gradient that output k is given, a pattern that both sides know."""
    count = max(x.numel(), 1)
    pattern = torch.tensor([((i * 7 + k * 3) % 11 - 4) / 4 for i in range(count)], dtype=x.dtype)
    return pattern[: x.numel()].reshape(x.shape)


def grad_name(x):
    """tapegrad sorts stably without being asked, so its node has the name of PyTorch's ordinary sort."""
    name = type(x.grad_fn).__name__
    return {"SortBackward1": "SortBackward0"}.get(name, name)


def first_line(error):
    return str(error).split("\n")[0]
