"""Writes math.json: functions of numbers to 17 digits (mpmath, so that float64 can be held against them), and what
PyTorch makes of zeros, infinities, NaN and numbers out of range.

The samples of float32 have arguments that float32 holds; their results have the digits of float64.
"""
import json
import math
import random
from pathlib import Path

import mpmath as mp
import numpy as np
import torch

mp.mp.dps = 60
INF, NAN = math.inf, math.nan


def lgamma(x):
    return mp.re(mp.loggamma(x)) if x > 0 else mp.log(abs(mp.gamma(x)))


def power(x, y):
    if x < 0 and y != int(y):
        raise ValueError
    return mp.power(abs(x), y) * (-1 if x < 0 and int(y) % 2 else 1)


def erfc(x):
    return mp.erfc(x) if x < 30 else mp.mpf(0)


# Name: function, PyTorch's, intervals of the arguments, least and greatest exponent of 2 of further arguments.
UNARY = {
    "exp": (mp.exp, torch.exp, [(-745, 709), (-103, 88), (-1, 1)], (-60, 6)),
    "log": (mp.log, torch.log, [(0, 3), (0.9, 1.1)], (-1070, 1000)),
    "log1p": (mp.log1p, torch.log1p, [(-1, 3), (-0.1, 0.1)], (-100, 100)),
    "expm1": (mp.expm1, torch.expm1, [(-40, 709), (-20, 88), (-2, 2)], (-100, 6)),
    "tanh": (mp.tanh, torch.tanh, [(-20, 20), (-1, 1)], (-100, 100)),
    "sigmoid": (lambda x: 1 / (1 + mp.exp(-x)), torch.sigmoid, [(-708, 40), (-87, 20), (-3, 3)], (-60, 6)),
    "erf": (mp.erf, torch.erf, [(-6, 6), (-1.2, 1.2)], (-100, 10)),
    "sin": (mp.sin, torch.sin, [(-10, 10), (-1e4, 1e4), (-2e6, 2e6)], (-100, 1000)),
    "cos": (mp.cos, torch.cos, [(-10, 10), (-1e4, 1e4), (-2e6, 2e6)], (-100, 1000)),
    "exp2": (lambda x: mp.mpf(2) ** x, torch.exp2, [(-1074, 1023), (-148, 127), (-2, 2)], (-60, 6)),
    "log2": (lambda x: mp.log(x) / mp.log(2), torch.log2, [(0, 3), (0.9, 1.1)], (-1070, 1000)),
    "log10": (mp.log10, torch.log10, [(0, 3), (0.9, 1.1)], (-1070, 1000)),
    "tan": (mp.tan, torch.tan, [(-10, 10), (-1e4, 1e4), (-2e6, 2e6)], (-100, 1000)),
    "asin": (mp.asin, torch.asin, [(-1, 1), (0.9, 1)], (-100, -1)),
    "acos": (mp.acos, torch.acos, [(-1, 1), (0.9, 1)], (-60, -1)),
    "atan": (mp.atan, torch.atan, [(-10, 10), (-1.5, 1.5)], (-100, 100)),
    "sinh": (mp.sinh, torch.sinh, [(-709, 709), (-88, 88), (-2, 2)], (-100, 6)),
    "cosh": (mp.cosh, torch.cosh, [(-709, 709), (-88, 88), (-2, 2)], (-60, 6)),
    "asinh": (mp.asinh, torch.asinh, [(-10, 10), (-1, 1)], (-100, 1000)),
    "acosh": (mp.acosh, torch.acosh, [(1, 10), (1, 1.1)], (0, 1000)),
    "atanh": (mp.atanh, torch.atanh, [(-1, 1), (0.9, 1)], (-100, -1)),
    "erfc": (erfc, torch.special.erfc, [(-6, 26), (-1.2, 9)], (-60, 4)),
    "erfinv": (mp.erfinv, torch.erfinv, [(-1, 1), (0.9, 1)], (-60, -1)),
    "lgamma": (lgamma, torch.lgamma, [(0, 12), (0, 3), (-5, 0)], (-100, 100)),
    "digamma": (mp.digamma, torch.digamma, [(0, 12), (0, 3), (-5, 0)], (-60, 100)),
}
# Here also the intervals of the second argument.
BINARY = {
    "pow": (
        power,
        torch.pow,
        [((0, 10), (-9, 9)), ((0.5, 1.5), (-150, 150)), ((0.99, 1.01), (-8000, 8000)), ((1e-30, 1e30), (-1, 1))],
    ),
    "atan2": (mp.atan2, torch.atan2, [((-3, 3), (-3, 3)), ((-1e-9, 1e-9), (-3, 3)), ((-1e9, 1e9), (-1, 1))]),
    "fmod": (
        lambda x, y: math.fmod(float(x), float(y)),
        torch.fmod,
        [((-30, 30), (-3, 3)), ((-1e30, 1e30), (-3, 3)), ((-1, 1), (-1e-9, 1e-9)), ((-1, 1), (-1e-30, 1e-30))],
    ),
}
COUNT = 24
# Not among the edges: some of PyTorch's functions take them for zeros.
SUBNORMAL = {"float32": [1e-45, -1e-45, 1e-40, -1e-40], "float64": [5e-324, -5e-324, 1e-310, -1e-310]}
EDGES = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, -3.0, 0.5, -0.5, INF, -INF, NAN, 1e300, -1e300]
POW_EDGES = [0.0, -0.0, 1.0, -1.0, 2.0, -3.0, 0.5, -0.5, 2.5, 1e300, -1e300, 9007199254740991.0, INF, -INF, NAN]


def written(value):
    """A number that JSON can hold."""
    value = float(value)
    if value != value or value in (INF, -INF):
        return str(value).replace("inf", "Infinity").replace("nan", "NaN")
    return "-0" if value == 0 and math.copysign(1, value) < 0 else value


def draws(random, intervals, exponents, positive):
    """Arguments in the intervals and, if `exponents` are given, over the exponents, for float32 and for float64."""
    wide = [random.uniform(a, b) for a, b in intervals for _ in range(COUNT)]
    if exponents:
        signs = [1] if positive else [1, -1]
        wide += [random.choice(signs) * 2 ** random.uniform(*exponents) for _ in range(2 * COUNT)]
    with np.errstate(over="ignore"):
        short = [float(np.float32(x)) for x in wide + SUBNORMAL["float32"]]
    return short, wide + SUBNORMAL["float64"]


def sampled(function, arguments):
    """Lists of arguments and one of results, without those that float64 cannot hold or that are no numbers."""
    kept = []
    for numbers in arguments:
        if not all(map(math.isfinite, numbers)):
            continue
        try:
            # So many digits that the largest angles have some left, and 1 more than the least number too.
            with mp.workdps(60 if all(1e-15 < abs(x) < 1e6 for x in numbers) else 400):
                result = function(*map(mp.mpf, numbers))
        except (ValueError, ZeroDivisionError, OverflowError):
            continue
        # Beyond its domain the function is a complex number.
        if not isinstance(result, mp.mpc) and mp.isfinite(result) and abs(result) < 1.7e308:
            kept.append([*numbers, result])
    return [[written(value) for value in column] for column in zip(*kept)]


def main():
    lines = []
    for name, (function, torch_function, intervals, exponents) in UNARY.items():
        source = random.Random(name)
        positive = min(a for a, _ in intervals) >= 0
        short, wide = draws(source, intervals, exponents, positive)
        edges = torch_function(torch.tensor(EDGES, dtype=torch.float64)).tolist()
        lines.append((name, {
            "float32": sampled(function, [(x,) for x in short]),
            "float64": sampled(function, [(x,) for x in wide]),
            "edges": [list(map(written, EDGES)), list(map(written, edges))],
        }))
    for name, (function, torch_function, intervals) in BINARY.items():
        source = random.Random(name)
        x_short, x_wide = draws(source, [x for x, _ in intervals], None, False)
        y_short, y_wide = draws(source, [y for _, y in intervals], None, False)
        pairs = [(x, y) for x in POW_EDGES for y in POW_EDGES]
        edges = [torch_function(torch.tensor([x], dtype=torch.float64), torch.tensor([y], dtype=torch.float64)).item() for x, y in pairs]
        lines.append((name, {
            "float32": sampled(function, zip(x_short, y_short)),
            "float64": sampled(function, zip(x_wide, y_wide)),
            "edges": [*([written(v) for v in column] for column in zip(*pairs)), list(map(written, edges))],
        }))
    text = ",\n".join(f"{json.dumps(name)}: {json.dumps(case)}" for name, case in lines)
    path = Path(__file__).parent.parent / "data" / "math.json"
    path.write_text("{\n" + text + "\n}\n")


main()
