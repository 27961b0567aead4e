"""Writes kernels.json: what PyTorch computes for small, awkward inputs of the kernels.

Numbers are float64 unless a dtype is named; NaN and the infinities are written as strings.
"""
import json
import math
import struct
from pathlib import Path

import torch

DTYPES = {"float64": torch.float64, "int32": torch.int32, "uint8": torch.uint8, "bool": torch.bool}
NAN, INF = math.nan, math.inf


def float32(x):
    """The nearest float32, so that one list of inputs serves both float dtypes."""
    return struct.unpack("f", struct.pack("f", x))[0]


def plain(value):
    """Nested lists that JSON can hold."""
    if isinstance(value, torch.Tensor):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        if value != value or value in (INF, -INF):
            return str(value).replace("inf", "Infinity").replace("nan", "NaN")
        if value == 0 and math.copysign(1, value) < 0:
            return "-0"
    return value


POINTS = [NAN, INF, -INF, 0.0, -0.0] + [
    float32(sign * x)
    for x in (1e-45, 1e-40, 1e-20, 1e-5, 0.1, 0.3, 0.5, 0.75, 1, 1.2, 1.5, 2, 2.4, 2.5, 2.6, 3, 3.5, 5, 5.9, 6.1, 10.25,
              20, 60, 87, 88.5, 89, 103, 710, 1e5, 8388607.5, 16777216, 1e20, 3e38)
    for sign in (1, -1)
]
UNARY_INPUTS = {
    "float64": POINTS,
    "int32": [0, 1, -1, 2, -7, 2**31 - 1, -(2**31), 46341, -46341],
    "uint8": [0, 1, 2, 127, 128, 255],
    "bool": [False, True],
}
UNARY = {
    "neg": torch.neg, "abs": torch.abs, "sign": torch.sign, "exp": torch.exp, "log": torch.log, "log1p": torch.log1p,
    "expm1": torch.expm1, "sqrt": torch.sqrt, "rsqrt": torch.rsqrt, "reciprocal": torch.reciprocal, "sin": torch.sin,
    "cos": torch.cos, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu, "erf": torch.erf,
    "floor": torch.floor, "ceil": torch.ceil, "round": torch.round, "trunc": torch.trunc, "isnan": torch.isnan,
    "isfinite": torch.isfinite, "logicalNot": torch.logical_not,
    "tan": torch.tan, "asin": torch.asin, "acos": torch.acos, "atan": torch.atan,
    # sinh and cosh are left out: this PyTorch overflows at 710, where the result is still finite.
    "asinh": torch.asinh, "acosh": torch.acosh, "atanh": torch.atanh, "exp2": torch.exp2, "log2": torch.log2,
    "log10": torch.log10,
}
INTEGER_UNARY = {
    "int32": ["neg", "abs", "sign", "relu", "floor", "ceil", "round", "trunc", "isnan", "isfinite", "logicalNot"],
    # relu of uint8 is left out: this PyTorch reads the byte as signed.
    "uint8": ["neg", "abs", "sign", "floor", "ceil", "round", "trunc", "isnan", "isfinite", "logicalNot"],
    "bool": ["sign", "isnan", "isfinite", "logicalNot"],
}

BINARY_INPUTS = {
    "float64": [NAN, INF, -INF, 0.0, -0.0, 1, -1, 0.5, 2, -3, float32(2.3), float32(-7.6), float32(1e-40), float32(3e30)],
    "int32": [0, 1, -1, 2, -3, 7, 31, -8, 46341, 2**31 - 1, -(2**31)],
    "uint8": [0, 1, 2, 3, 9, 16, 200, 255],
    "bool": [False, True],
}
aten = torch.ops.aten
BINARY = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "pow": torch.pow,
    "maximum": torch.maximum, "minimum": torch.minimum, "remainder": torch.remainder,
    "floorDivide": lambda a, b: torch.div(a, b, rounding_mode="floor"), "atan2": torch.atan2,
    "eq": torch.eq, "ne": torch.ne, "lt": torch.lt, "le": torch.le, "gt": torch.gt, "ge": torch.ge,
    "logicalAnd": torch.logical_and, "logicalOr": torch.logical_or,
    "reluGrad": lambda g, y: aten.threshold_backward(g, y, 0),
    "sigmoidGrad": aten.sigmoid_backward, "tanhGrad": aten.tanh_backward,
}
PREDICATES = ["eq", "ne", "lt", "le", "gt", "ge", "logicalAnd", "logicalOr"]
INTEGER_BINARY = {
    "int32": ["add", "sub", "mul", "pow", "maximum", "minimum", "remainder", "floorDivide"] + PREDICATES,
    "uint8": ["add", "sub", "mul", "pow", "maximum", "minimum", "remainder", "floorDivide"] + PREDICATES,
    "bool": ["add", "mul", "maximum", "minimum"] + PREDICATES,
}


def unary():
    result = []
    for dtype, inputs in UNARY_INPUTS.items():
        x = torch.tensor(inputs, dtype=DTYPES[dtype])
        names = list(UNARY) if dtype == "float64" else INTEGER_UNARY[dtype]
        result.append({"dtype": dtype, "x": plain(x), "results": {name: plain(UNARY[name](x)) for name in names}})
    return result


def binary():
    """All pairs: row i of a result belongs to x[i]."""
    result = []
    for dtype, inputs in BINARY_INPUTS.items():
        x = torch.tensor(inputs, dtype=DTYPES[dtype])
        names = list(BINARY) if dtype == "float64" else INTEGER_BINARY[dtype]
        results = {}
        for name in names:
            a, b = x[:, None].expand(len(inputs), len(inputs)).contiguous(), x[None].expand(len(inputs), -1).contiguous()
            if name in ("remainder", "floorDivide") and dtype != "float64":
                # No value by zero, and a crash of the processor for -2^31 by -1: divide by 1 there.
                b = torch.where((b == 0) | (b == -1) & (a == -(2**31)), torch.ones_like(b), b)
            # Element by element: vectorised and scalar code of PyTorch differ for a few special values.
            rows = [[BINARY[name](p, q) for p, q in zip(r, s)] for r, s in zip(a, b)]
            results[name] = plain([[v.item() for v in row] for row in rows])
        result.append({"dtype": dtype, "x": plain(x), "results": results})
    return result


LINES = [
    [1.0, 3.0, 3.0, -2.0, 3.0],
    [NAN, 1.0, INF, NAN, 0.0],
    [2.0, 5.0, NAN, -INF, NAN],
    [0.0, -0.0, 0.0, -0.0, 0.0],
    [INF, -INF, INF, 1.0, -1.0],
    [-INF, -INF, -INF, -INF, -INF],
    [100.0, 101.0, 99.5, -1000.0, 100.0],
]


def lines():
    x = torch.tensor(LINES, dtype=torch.float64)
    up, down = x.sort(dim=1, stable=True), x.sort(dim=1, stable=True, descending=True)
    results = {
        "x": x, "sum": x.sum(1), "prod": x.prod(1), "max": x.amax(1), "min": x.amin(1), "argmax": x.argmax(1),
        "argmin": x.argmin(1), "cumsum": x.cumsum(1), "up": up.values, "upIndices": up.indices, "down": down.values,
        "downIndices": down.indices, "softmax": x.softmax(1), "logSoftmax": x.log_softmax(1),
    }
    return {name: plain(value) for name, value in results.items()}


def smooth(count, phase):
    return [float32(1.5 * math.sin(1.7 * i + phase)) for i in range(count)]


def gradients():
    x = torch.tensor(smooth(24, 0.3), dtype=torch.float64).reshape(2, 4, 3).requires_grad_()
    g = torch.tensor(smooth(24, 1.1), dtype=torch.float64).reshape(2, 4, 3)
    result = {"x": plain(x), "g": plain(g)}
    for name, f in (("softmax", torch.softmax), ("logSoftmax", torch.log_softmax)):
        y = f(x, 1)
        result[name] = plain(y)
        result[name + "Grad"] = plain(torch.autograd.grad(y, x, g)[0])
    return result


def cross_entropy():
    x = (torch.tensor(smooth(24, 0.9), dtype=torch.float64).reshape(6, 4) * 20).requires_grad_()
    target = torch.tensor([3, -100, 0, 1, -100, 2])
    g = torch.tensor(smooth(6, 2.0), dtype=torch.float64)
    losses = torch.nn.functional.cross_entropy(x, target, reduction="none")
    (grad,) = torch.autograd.grad(losses, x, g)
    values = {"logits": x, "target": target, "g": g, "losses": losses, "probs": x.softmax(1), "grad": grad}
    return {name: plain(value) for name, value in values.items()}


STEPS, SIZE = 4, 5
OPTIMIZERS = {
    "SGD": [
        {}, {"weight_decay": 0.1}, {"momentum": 0.9}, {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01},
        {"momentum": 0.8, "nesterov": True, "weight_decay": 0.05}, {"momentum": 0.9, "maximize": True, "weight_decay": 0.1},
    ],
    "RMSprop": [
        {}, {"alpha": 0.9, "eps": 1e-3}, {"weight_decay": 0.1}, {"momentum": 0.9}, {"centered": True},
        {"centered": True, "momentum": 0.7, "weight_decay": 0.02, "maximize": True},
    ],
    "Adam": [
        {}, {"betas": (0.7, 0.8), "eps": 1e-4}, {"weight_decay": 0.1}, {"amsgrad": True},
        {"amsgrad": True, "weight_decay": 0.02, "maximize": True},
    ],
    "AdamW": [{"weight_decay": 0.2}, {"amsgrad": True, "weight_decay": 0.3, "maximize": True}],
    "Adagrad": [{}, {"lr_decay": 0.1, "eps": 1e-4, "weight_decay": 0.1, "maximize": True}],
    "Adadelta": [{}, {"rho": 0.8, "eps": 1e-3, "weight_decay": 0.1, "maximize": True}],
    "Adamax": [{}, {"betas": (0.7, 0.8), "eps": 1e-4, "weight_decay": 0.1, "maximize": True}],
    "NAdam": [{}, {"betas": (0.7, 0.8), "eps": 1e-4, "weight_decay": 0.1, "momentum_decay": 0.1}],
    "RAdam": [{}, {"betas": (0.7, 0.8), "eps": 1e-4, "weight_decay": 0.1}],
}


def optimizers():
    result = []
    for name, settings in OPTIMIZERS.items():
        for options in settings:
            param = torch.tensor(smooth(SIZE, 0.2), dtype=torch.float64, requires_grad=True)
            optimizer = getattr(torch.optim, name)([param], lr=0.05, **options)
            steps = []
            for step in range(STEPS):
                param.grad = torch.tensor(smooth(SIZE, step * 1.3 + 0.7), dtype=torch.float64) * (10 if step == 1 else 1)
                grad = plain(param.grad)
                optimizer.step()
                state = {k: plain(v) for k, v in optimizer.state[param].items() if v is not None and k not in ("step", "mu_product")}
                steps.append({"grad": grad, "param": plain(param), "state": state})
            result.append({"name": name, "options": optimizer.defaults, "param": smooth(SIZE, 0.2), "steps": steps})
    return result


goldens = {
    "torch": torch.__version__, "unary": unary(), "binary": binary(), "lines": lines(), "gradients": gradients(),
    "crossEntropy": cross_entropy(), "optimizers": optimizers(),
}
with (Path(__file__).parents[1] / "data" / "kernels.json").open("w") as out:
    json.dump(goldens, out, separators=(",", ":"))
    out.write("\n")
