"""Writes ops.json: results, names of tape nodes and gradients of operations. Run: python3 make_ops.py (PyTorch 1.13)"""
import json
from pathlib import Path

import torch
from torch_calls import (
    DTYPES, INF, NAN, Input, boolean, bools, call, f, f32, f64, grad_name, i64, ints, outputs_of, pos, to_json,
    to_torch, u8, upstream, v, values_of,
)  # fmt: skip

cases = []


def case(name, self, args, options, function=False):
    inputs = []
    target = None if function else to_json(self, inputs)
    json_args = to_json(args, inputs)
    built = [i.build() for i in inputs]
    tensors = {i: x for i, (_, x) in zip(inputs, built)}
    result = call(name, None if function else tensors[self], to_torch(args, tensors), options)
    record = {"op": name, "inputs": [i.json() for i in inputs], "args": json_args}
    if target is None:
        record["function"] = True
    if options:
        record["options"] = options
    if isinstance(result, bool):
        record["result"] = result
        cases.append(record)
        return
    outs = outputs_of(result)
    base = built[0][1]
    record["outputs"] = []
    for out in outs:
        item = {"shape": list(out.shape), "dtype": DTYPES[out.dtype], "values": values_of(out)}
        if out.grad_fn is not None:
            item["gradFn"] = grad_name(out)
        if out.numel() > 0 and out.storage().data_ptr() == base.storage().data_ptr() and not name.endswith("_"):
            item["view"] = [list(out.stride()), out.storage_offset()]
        record["outputs"].append(item)
    if outs[0].requires_grad and outs[0].numel() <= 6 and not any(c["op"] == name and "text" in c for c in cases):
        record["text"] = str(outs[0]).replace(type(outs[0].grad_fn).__name__, grad_name(outs[0]))
    wanted = [(x, upstream(x, k)) for k, x in enumerate(outs) if x.requires_grad]
    if wanted:
        torch.autograd.backward([x for x, _ in wanted], [g for _, g in wanted])
        record["grads"] = [None if leaf.grad is None else values_of(leaf.grad) for leaf, _ in built]
    cases.append(record)


def C(name, self, *args, **options):
    """A method call."""
    case(name, self, list(args), options)


def Fn(name, *args, **options):
    """A function call."""
    case(name, None, list(args), options, function=True)


def T(x):
    return x.via(["transpose", 0, 1])


# --- Arithmetic on two operands --------------------------------------------------------------------------------------

for op in ["add", "sub", "mul", "div"]:
    C(op, f(2, 3), f(2, 3))
    C(op, f(2, 3), f(3))
    C(op, f(2, 1, 3), f(4, 1))
    C(op, f(), f(2, 2))
    C(op, T(f(2, 3)), f(3, 1))
    C(op, f(3), 2.5)
    C(op, f(0, 3), f(3))
    C(op, f(2), f(2, dtype=f64))
    C(op, f(2, dtype=f64), f(2))
    C(op, ints(3), f(3))
    C(op, ints(3), 2)
    Fn(op, f(2), f(2))
C("div", ints(4), v([2, 0, -3, 5], i64))
C("div", v([1.0, -1.0, 0.0, NAN, INF]), v([0.0, 0.0, 0.0, 1.0, INF]))
C("div", f(3), 0)
C("sub", ints(3, dtype=u8, low=0), ints(3, dtype=u8, low=0))
C("add", bools(4), bools(4))
C("mul", bools(4), bools(4))
C("add", v([INF, -INF, NAN, 1e30]), v([-INF, INF, 1.0, 1e30]))
C("mul", v([2147483647, 3], i64), 1)

for exponent in [2, 3, 0, 1, -1, 0.5, 2.5, -0.5, -2]:
    C("pow", pos(4), exponent)
C("pow", v([0.0, -0.0, 1.0, -2.0]), 2)
C("pow", v([0.0, -1.5, 2.0]), 3)
C("pow", v([0.0, 2.0]), 0)
C("pow", v([0.0, 2.0]), 1)
C("pow", v([0.0, 4.0]), 0.5)
C("pow", v([0.0, 4.0]), -1)
C("pow", v([-1.5, -2.0, NAN, INF]), 0.5)
C("pow", v([-1.5, -2.0]), 3)
C("pow", pos(2, 3), f(3))
C("pow", pos(2, 1), f(2, 3))
C("pow", v([0.0, 0.0, 0.0, 2.0, -2.0, 1.0]), v([0.0, 1.0, 2.0, 0.0, 3.0, NAN]))
C("pow", v([0.0, -2.0, -2.0]), v([-1.0, 2.0, 0.5]))
C("pow", ints(4), 2)
C("pow", ints(3), ints(3, low=0))
C("pow", ints(3, low=1), 0.5)
C("pow", ints(3, low=1), f(3))
C("pow", bools(3), 2)
C("pow", pos(3, dtype=f64), f(3, dtype=f64))
Fn("pow", 2, f(3))
Fn("pow", 2.5, ints(3))
Fn("pow", 0, v([0.0, 1.0, 2.0]))
Fn("pow", 2, ints(3, low=0))

for op in ["maximum", "minimum"]:
    C(op, f(2, 3), f(3))
    C(op, v([1.0, 2.0, -1.0, 3.0]), v([1.0, 1.0, -1.0, 4.0]))
    C(op, v([NAN, 1.0, NAN, INF]), v([1.0, NAN, NAN, -INF]))
    C(op, ints(4), ints(4))
    C(op, bools(4), bools(4))
    C(op, T(f(2, 3)), f(3, 2))
    C(op, ints(3), f(3))
    C(op, f(0), f(1))
C("remainder", v([5.5, -5.5, 5.5, -5.5, 0.5]), v([2.0, 2.0, -2.0, -2.0, 0.7]))
C("remainder", f(2, 3), f(3))
C("remainder", f(4), 0.7)
C("remainder", f(4), -0.7)
C("remainder", v([1.0, INF, 2.0, -1.0]), v([0.0, 2.0, INF, INF], grad=False))
C("remainder", v([7, -7, 7, -7], i64), v([3, 3, -3, -3], i64))
C("remainder", ints(4), 3)
C("remainder", ints(4), 2.5)

# --- Functions of one tensor -----------------------------------------------------------------------------------------

SPECIAL = [0.0, -0.0, INF, -INF, NAN, 1.0, -1.0]
ALL = ["neg", "abs", "sign", "exp", "log", "log1p", "expm1", "sqrt", "rsqrt", "reciprocal", "sin", "cos", "tanh", "sigmoid", "relu", "erf", "floor", "ceil", "round", "trunc"]  # fmt: skip
for op in ALL:
    domain = pos if op in ["log", "log1p", "sqrt", "rsqrt", "reciprocal"] else f
    C(op, domain(2, 3))
    C(op, v(SPECIAL))
    C(op, T(domain(2, 3)))
    C(op, domain())
    C(op, domain(3, dtype=f64))
    C(op, domain(0, 2))
    Fn(op, domain(3))
    if op not in ["floor", "ceil", "round", "trunc"]:  # PyTorch 1.13 keeps integers there, or refuses them
        C(op, ints(4, low=1))
for op in ["floor", "ceil", "round", "trunc"]:
    C(op, v([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, -2.5, 3.7]))
    C(op, ints(3))
C("neg", v([0, 1, 255], u8))
C("sign", v([0, 1, 255], u8))
C("relu", v([1e-30, -1e-30, 0.0]))
C("sigmoid", v([-100.0, 100.0, -20.0, 20.0]))
C("tanh", v([-20.0, 20.0, 1e-4]))
C("exp", v([100.0, -200.0]))
C("log1p", v([1e-6, -1.0, -2.0]))
C("expm1", v([1e-6, -1e-6]))

C("clamp", f(2, 4), -0.5, 0.5)
C("clamp", v([-1.0, -0.5, 0.0, 0.5, 1.0]), -0.5, 0.5)
C("clamp", v([-1.0, -0.5, 0.0, 0.5, 1.0]), None, 0.5)
C("clamp", v([-1.0, -0.5, 0.0, 0.5, 1.0]), -0.5)
C("clamp", v([NAN, INF, -INF]), -1, 1)
C("clamp", f(3), 1, -1)
C("clamp", f(3), 0)
C("clamp", ints(5), -2, 2)
C("clamp", ints(5), -1.5, 2.5)
C("clamp", f(0), 0, 1)

# --- Comparison ------------------------------------------------------------------------------------------------------

for op in ["eq", "ne", "lt", "le", "gt", "ge"]:
    C(op, v([1.0, 2.0, NAN, INF]), v([1.0, 3.0, NAN, INF]))
    C(op, ints(2, 3), ints(3))
    C(op, f(3), 0.5)
    C(op, ints(4), 0.5)
    C(op, bools(3), bools(3))
    C(op, ints(3), f(3))
    C(op, f(0, 2), f(2))
for op in ["logicalAnd", "logicalOr"]:
    C(op, bools(5), bools(5))
    C(op, v([0.0, 1.0, NAN]), v([1.0, 0.0, 0.0]))
    C(op, ints(3, low=0, high=2), bools(3))
C("logicalNot", bools(3))
C("logicalNot", v([0.0, -0.0, NAN, 2.0]))
for op in ["isnan", "isfinite"]:
    C(op, v(SPECIAL))
    C(op, ints(3))
Fn("where", bools(2, 3), f(2, 3), f(2, 3))
Fn("where", bools(3), f(2, 1), f())
Fn("where", bools(3), f(3), 0.0)
Fn("where", bools(3), 1.5, f(3))
Fn("where", bools(3), ints(3), f(3))
Fn("where", bools(3), ints(3), 1.5)
Fn("where", v([True, False], boolean), v([NAN, 1.0]), v([2.0, NAN]))
Fn("where", bools(0), f(0), f(1))
C("where", f(3), bools(3), f(3))
C("allclose", v([1.0, 2.0]), v([1.0, 2.00001]))
C("allclose", v([1.0, 2.0]), v([1.0, 2.1]))
C("allclose", v([1.0, NAN]), v([1.0, NAN]))
C("allclose", v([1.0, NAN]), v([1.0, NAN]), equalNan=True)
C("allclose", v([1.0, INF]), v([1.0, INF]))
C("allclose", v([1.0, INF]), v([1.0, -INF]))
C("allclose", v([1.0, 2.0]), v([1.0, 2.1]), rtol=0.1)
C("allclose", v([0.0, 2.0]), v([0.05, 2.0]), atol=0.1)
C("allclose", f(2, 1), f(3))
C("equal", v([1.0, 2.0]), v([1.0, 2.0]))
C("equal", v([1.0, 2.0]), v([1.0, 3.0]))
C("equal", v([NAN]), v([NAN]))
C("equal", f(2, 3), f(3, 2))
C("equal", T(f(2, 2)), f(2, 2))

# --- Products --------------------------------------------------------------------------------------------------------

C("matmul", f(3), f(3))
C("matmul", f(2, 3), f(3))
C("matmul", f(3), f(3, 2))
C("matmul", f(2, 3), f(3, 4))
C("matmul", T(f(3, 2)), T(f(4, 3)))
C("matmul", f(2, 2, 3), f(3, 2))
C("matmul", f(2, 2, 3), f(2, 3, 2))
C("matmul", f(2, 1, 2, 3), f(2, 3, 2))
C("matmul", f(2, 3), f(2, 3, 2))
C("matmul", f(3), f(2, 3, 2))
C("matmul", f(2, 2, 3), f(3))
C("matmul", f(0, 3), f(3, 2))
C("matmul", f(2, 0), f(0, 2))
C("matmul", f(2, 3, dtype=f64), f(3, 2, dtype=f64))
C("matmul", ints(2, 3), ints(3, 2))
C("matmul", f(2, 3).via(["slice", 1, 0, 3, 2]), f(2, 2))
C("matmul", f(1, 3).via(["expand", [2, 3]]), f(3, 2))
C("mm", f(2, 3), f(3, 2))
C("mm", f(2, 3), T(f(2, 3)))
C("bmm", f(2, 2, 3), f(2, 3, 2))
C("bmm", f(2, 3, 2).via(["transpose", 1, 2]), f(2, 2, 3).via(["transpose", 1, 2]))
C("dot", f(4), f(4))
C("dot", ints(4), ints(4))
C("dot", f(0), f(0))

# --- Reduction -------------------------------------------------------------------------------------------------------

for op in ["sum", "mean", "amax", "amin"]:
    C(op, f(2, 3))
    C(op, f(2, 3, 2), 1)
    C(op, f(2, 3, 2), -1, True)
    C(op, f(2, 3, 2), [0, 2])
    C(op, f(2, 3, 2), [2, 0], True)
    C(op, T(f(2, 3)), 0)
    C(op, f())
    C(op, f(), 0)
    C(op, f(2, 3, dtype=f64), 1)
    C(op, f(3, 0, 2), 0)
    C(op, v([1.0, NAN, 2.0]))
for op in ["sum", "mean"]:
    C(op, f(0))
    C(op, f(2, 0), 1)
C("sum", f(2, 3), [])
C("sum", ints(2, 3), 0)
C("sum", bools(5))
C("sum", ints(4, dtype=u8, low=100, high=255))
C("amax", v([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]), 1)
C("amin", v([[1.0, 3.0, 1.0], [2.0, 2.0, 2.0]]), 1)
C("amax", v([[1.0, 3.0], [3.0, 2.0]]))
C("amax", ints(2, 3), 1)
C("amax", bools(2, 3), 1)
C("prod", f(2, 3))
C("prod", f(2, 3), 1)
C("prod", f(2, 3), 0, True)
C("prod", v([[1.0, 0.0, 3.0], [0.0, 2.0, 0.0]]), 1)
C("prod", v([2.0, 0.0, 3.0]))
C("prod", v([2.0, 0.0, 0.0]))
C("prod", ints(4))
C("prod", bools(4))
C("prod", f(0))
C("prod", f(2, 0), 1)
C("prod", f())
C("prod", f(), 0)
C("prod", T(f(2, 3)), 0)
for op in ["max", "min"]:
    C(op, f(2, 3))
    C(op, v([1.0, 3.0, 3.0, 1.0]))
    C(op, f(2, 3), 1)
    C(op, f(2, 3), -2, True)
    C(op, v([[1.0, 3.0, 3.0, 1.0], [2.0, 2.0, 2.0, 2.0]]), 1)
    C(op, v([[1.0, NAN, 3.0], [2.0, 2.0, 1.0]]), 1)
    C(op, v([1.0, NAN]))
    C(op, T(f(2, 3)), 1)
    C(op, f(), 0)
    C(op, ints(2, 3), 1)
    C(op, bools(2, 3), 1)
    C(op, f(2, 3), f(3))
    C(op, f(0, 2), 1)
    Fn(op, f(2, 3), 1)
    C("arg" + op, f(2, 3))
    C("arg" + op, f(2, 3), 1)
    C("arg" + op, f(2, 3), 0, True)
    C("arg" + op, v([[1.0, 3.0, 3.0, 1.0], [2.0, 2.0, 2.0, 2.0]]), 1)
    C("arg" + op, v([1.0, NAN, 3.0, NAN]))
    C("arg" + op, T(f(2, 3)))
    C("arg" + op, f())
    C("arg" + op, ints(2, 3), -1)
for op in ["var", "std"]:
    C(op, f(2, 3))
    C(op, f(2, 3), 1)
    C(op, f(2, 3), 0, keepdim=True)
    C(op, f(2, 3), 1, unbiased=False)
    C(op, f(2, 3, 2), [0, 2], unbiased=False, keepdim=True)
    C(op, f(2, 4), 1, correction=2)
    C(op, f(1, grad=False))
    C(op, f(2, 1), 1)
    C(op, v([2.0, 2.0, 2.0]))
    C(op, T(f(2, 3)), 0)
    C(op, f(0))
    C(op, f(3, dtype=f64))
    C(op, f(grad=False))
for p in [2, 1, 0, 3, 0.5, 1.5, -1, INF, -INF]:
    C("norm", f(2, 3), p)
    C("norm", f(2, 3), p, 1)
    C("norm", v([3.0, 0.0, -4.0]), p)
C("norm", f(2, 3))
C("norm", f(2, 3), 2, 0, True)
C("norm", f(2, 3, 2), 2, [0, 2])
C("norm", v([0.0, 0.0]))
C("norm", v([0.0, 0.0]), 1)
C("norm", v([0.0, 0.0]), 3)
C("norm", v([2.0, -2.0, 1.0]), INF)
C("norm", v([[2.0, -2.0], [0.0, 0.0]]), INF, 1)
C("norm", v([[3.0, 4.0], [0.0, 0.0]]), 2, 1)
C("norm", f(0))
C("norm", f(2, 0), 2, 1)
C("norm", f(2, 0), INF, 1)
C("norm", f(0), -1)
C("norm", f(0), -INF)
C("at", f(2, 3, 2), None, v([[0, 2], [1, 1]], i64), [0, 1])
C("at", f(2, 3, 2), [None, None, 2], v([True, False, True], boolean), v([1, 0], i64))
C("matmul", f(2, 1, 2, 3), f(1, 2, 3, 2).via(["slice", 3, 0, None, 2]))
C("norm", f())
for op in ["all", "any"]:
    C(op, bools(2, 3))
    C(op, bools(2, 3), 1)
    C(op, bools(2, 3), -1, True)
    C(op, v([0.0, NAN, 1.0]))
    C(op, ints(2, 3, low=0, high=2), 0)
    C(op, bools(0))
    C(op, bools(0, 2), 0)
C("logsumexp", f(2, 3), 1)
C("logsumexp", f(2, 3), 0, True)
C("logsumexp", f(2, 3), [0, 1])
C("logsumexp", v([1000.0, 1000.0, 999.0]), 0)
C("logsumexp", v([-INF, -INF]), 0)
C("logsumexp", v([-INF, 1.0]), 0)
C("logsumexp", v([INF, 1.0]), 0)
C("logsumexp", f(2, 0), 1)
C("logsumexp", f(), 0)
for op in ["softmax", "logSoftmax"]:
    C(op, f(2, 3), 1)
    C(op, f(2, 3), 0)
    C(op, f(2, 3, 2), -2)
    C(op, T(f(2, 3)), 1)
    C(op, f(), 0)
    C(op, v([1000.0, 1001.0, -1000.0]), 0)
    C(op, v([-INF, 0.0, 1.0]), 0)
    C(op, f(0, 3), 1)
    C(op, f(3, 0), 1)
    C(op, f(4, dtype=f64), 0)
C("cumsum", f(5), 0)
C("cumsum", f(2, 3), 1)
C("cumsum", f(2, 3), 0)
C("cumsum", ints(4), 0)
C("cumsum", bools(4), 0)
C("cumsum", f(), 0)
C("cumsum", f(0, 2), 1)
C("cumsum", T(f(2, 3)), -1)

# --- Shape -----------------------------------------------------------------------------------------------------------

C("reshape", f(2, 3), 3, 2)
C("reshape", f(2, 3), [6])
C("reshape", f(2, 3), -1)
C("reshape", T(f(2, 3)), 6)
C("reshape", f(1), [])
C("reshape", f(0, 3), 3, 0)
C("reshape", f(), 1, 1)
C("reshape", f(4, 3).via(["slice", 0, 0, 4, 2]), 2, 3, 1)
C("reshape", f(4, 3).via(["slice", 1, 0, 2]), 2, 2, 2)
C("view", f(2, 3), 3, 2)
C("view", f(2, 3), [1, -1])
C("view", f(2, 6).via(["slice", 1, 0, 4]), 2, 2, 2)
C("view", f(2, 3).via(["transpose", 0, 1], ["unsqueeze", 0]), 3, 2)
C("view", f(3, 1).via(["expand", [3, 2]]), 3, 2, 1)
C("flatten", f(2, 3, 2))
C("flatten", f(2, 3, 2), 1)
C("flatten", f(2, 3, 2), 0, 1)
C("flatten", f(2, 3, 2), -2, -1)
C("flatten", f())
C("flatten", f(3))
C("flatten", T(f(2, 3)))
C("flatten", f(0, 3))
C("unflatten", f(6, 2), 0, [2, -1])
C("unflatten", f(2, 6), -1, [3, 2])
C("squeeze", f(2, 1, 3, 1))
C("squeeze", f(2, 1, 3), 1)
C("squeeze", f(2, 1, 3), 0)
C("squeeze", f(2, 1, 3), -2)
C("squeeze", f(), 0)
C("squeeze", f())
C("unsqueeze", f(2, 3), 0)
C("unsqueeze", f(2, 3), 1)
C("unsqueeze", f(2, 3), -1)
C("unsqueeze", f(), 0)
C("unsqueeze", T(f(2, 3)), 1)
C("transpose", f(2, 3), 0, 1)
C("transpose", f(2, 3, 2), -1, 0)
C("transpose", f(), 0, -1)
C("t", f(2, 3))
C("t", f(3))
C("t", f())
C("permute", f(2, 3, 2), 2, 0, 1)
C("permute", f(2, 3), [-1, 0])
C("permute", f(), [])
C("expand", f(3, 1), 3, 2)
C("expand", f(3), [2, 3])
C("expand", f(1, 3), [2, 2, -1])
C("expand", f(), 2)
C("expand", f(1), [0])
C("narrow", f(4, 3), 0, 1, 2)
C("narrow", f(4, 3), -1, 0, 2)
C("narrow", f(4, 3), 0, -2, 1)
C("narrow", f(4), 0, 4, 0)
C("select", f(2, 3), 0, 1)
C("select", f(2, 3), -1, -1)
C("slice", f(5, 2), 0, 1, 4)
C("slice", f(5, 2), 0, None, None, 2)
C("slice", f(5), 0, -3, -1)
C("slice", f(5), 0, 3, 2)
C("slice", f(5), 0, -10, 10, 3)
C("slice", f(2, 5), 1, 1, None, 2)
C("unfold", f(5), 0, 3, 1)
C("unfold", f(6), 0, 2, 2)
C("unfold", f(7), 0, 2, 3)
C("unfold", f(2, 4), 1, 2, 1)
C("unfold", f(4, 2), 0, 3, 1)
C("unfold", f(3), 0, 3, 1)
C("unfold", T(f(2, 4)), 0, 2, 1)
Fn("cat", [f(2, 3), f(1, 3)])
Fn("cat", [f(2, 3), f(2, 1)], 1)
Fn("cat", [f(2, 3), f(2, 3)], -1)
Fn("cat", [f(2, 2), T(f(2, 2))])
Fn("cat", [f(0), f(2, 3)])
Fn("cat", [f(2), f(0)])
Fn("cat", [f(0), f(0)])
Fn("cat", [ints(2), f(2)])
Fn("cat", [f(2), f(2, dtype=f64)])
Fn("cat", [f(2), f(2, grad=False)])
Fn("stack", [f(3), f(3)])
Fn("stack", [f(3), f(3)], 1)
Fn("stack", [f(2, 2), f(2, 2)], -1)
Fn("stack", [f(), f()])
Fn("stack", [ints(2), f(2)])
C("split", f(5, 2), 2)
C("split", f(2, 4), 2, 1)
C("split", f(5), [1, 4])
C("split", f(5), [2, 0, 3], -1)
C("split", f(3), 10)
C("split", f(0, 2), 2)
C("chunk", f(5), 2)
C("chunk", f(6, 2), 3)
C("chunk", f(2, 5), 4, 1)
C("chunk", f(3), 5)
C("unbind", f(2, 3))
C("unbind", f(2, 3), -1)
C("repeat", f(2), 3)
C("repeat", f(2, 2), 1, 2)
C("repeat", f(2), [2, 2])
C("repeat", f(), 3)
C("repeat", f(2), 0)
C("repeat", T(f(2, 3)), 2, 1)
C("flip", f(2, 3), 0)
C("flip", f(2, 3), [0, 1])
C("flip", f(2, 3), -1)
C("flip", f(0, 2), 0)
C("flip", T(f(2, 3)), 1)
C("roll", f(5), 2)
C("roll", f(2, 3), 1)
C("roll", f(2, 3), 1, 0)
C("roll", f(2, 3), -1, 1)
C("roll", f(2, 3), [1, 2], [0, 1])
C("roll", f(3), 7, 0)
C("roll", f(0), 1, 0)
C("pad", f(2, 3), [1, 2])
C("pad", f(2, 3), [1, 0, 0, 2], value=1.5)
C("pad", f(2, 3), [-1, 1])
C("pad", f(2, 3), [0, 0, -1, 0])
C("pad", ints(2), [1, 1], value=7)
C("pad", f(3), [0, 0])
C("tril", f(3, 3))
C("tril", f(3, 3), 1)
C("tril", f(2, 4), -1)
C("triu", f(3, 3))
C("triu", f(3, 3), -1)
C("triu", f(2, 2, 3), 1)
C("triu", T(f(2, 3)))
C("contiguous", T(f(2, 3)))
C("contiguous", f(2, 3))
C("clone", f(2, 3))
C("clone", ints(2))
C("expandAs", f(3, 1), f(3, 2, grad=False))
C("viewAs", f(6), f(3, 2, grad=False))

# --- Indexing --------------------------------------------------------------------------------------------------------

C("at", f(3, 4), 0)
C("at", f(3, 4), -1)
C("at", f(3, 4), 1, 2)
C("at", f(3, 4), [1, 3])
C("at", f(3, 4), None, 1)
C("at", f(3, 4), [None, None, 2], [1])
C("at", f(3, 4), [-2], -1)
C("at", f(3, 4), None)
C("at", f(3, 4), v([0, 2], i64))
C("at", f(3, 4), v([0, -1, 0], i64))
C("at", f(3, 4), v([[0, 2], [1, 1]], i64))
C("at", f(3, 4), None, v([3, 0], i64))
C("at", f(3, 4), [1], v([3, 0], i64))
C("at", f(3, 4), v([0, 2], i64), v([1, -1], i64))
C("at", f(3, 4), v([[0], [2]], i64), v([1, 3], i64))
C("at", f(3, 4), v([0, 2], i64), 1)
C("at", f(3, 4), 1, v([0, 2], i64))
C("at", f(3, 4), v(1, i64))
C("at", f(3, 4), v([], i64))
C("at", f(3, 4), v([True, False, True], boolean))
C("at", f(3, 4), None, v([True, False, True, True], boolean))
C("at", f(2, 2), v([[True, False], [True, True]], boolean))
C("at", f(2, 2), v([[False, False], [False, False]], boolean))
C("at", f(3, 4), v([True, False, True], boolean), v([1, 3], i64))
C("at", f(3, 4), v([True, False, True], boolean), 1)
C("at", f(2, 3, 4), v([0, 1], i64), None, v([1, 2], i64))
C("at", f(2, 3, 4), None, v([0, 1], i64), v([1, 2], i64))
C("at", f(2, 3, 4), None, v([[0, 1]], i64), v([1, 2], i64))
C("at", f(2, 3, 4), 0, None, v([1, 2], i64))
C("at", f(2, 3, 4), v([0, 1], i64), None, 1)
C("at", f(2, 3, 4), v([0, 1], i64), 0, v([1, 2], i64))
C("at", f(2, 3, 4), 1, v([0, 1], i64))
C("at", f(2, 3, 4), [0, 1], v([0, 2], i64), [1, 3])
C("at", f(2, 3, 4), v([[True, False, True], [False, True, False]], boolean))
C("at", f(2, 3, 4), None, None, v([0, 0, 1], i64))
C("at", f(2, 2, 3, 2), None, v([0, 1], i64), None, v([1, 0], i64))
C("at", T(f(3, 4)), v([0, 3], i64))
C("at", ints(5), v([4, 0], i64))
C("gather", f(3, 2), 0, v([[0, 1], [2, 0]], i64))
C("gather", f(2, 3), 1, v([[0, 0, 2, 1], [1, 2, 2, 2]], i64))
C("gather", f(2, 3), -1, v([[0]], i64))
C("gather", f(3), 0, v([], i64))
C("gather", f(), 0, v(0, i64))
C("gather", T(f(2, 3)), 0, v([[2, 1]], i64))
C("scatter", f(3, 2), 0, v([[0, 1], [2, 0]], i64), f(2, 2))
C("scatter", f(2, 3), 1, v([[0], [2]], i64), f(2, 2, grad=False))
C("scatter", f(2, 3), 1, v([[0, 1], [2, 0]], i64), 1.5)
C("scatter", f(4), 0, v([1, 3], i64), f(2))
C("scatterAdd", f(3, 2), 0, v([[0, 1], [0, 0]], i64), f(2, 2))
C("scatterAdd", f(3), 0, v([1, 1, 1, 0], i64), f(4))
C("scatterAdd", f(2, 3), 1, v([[0], [0]], i64), f(2, 2, grad=False))
C("indexSelect", f(3, 2), 0, v([2, 0, 2], i64))
C("indexSelect", f(2, 3), -1, v([1], i64))
C("indexSelect", f(3, 2), 0, v([], i64))
C("indexSelect", f(3), 0, v(1, i64))
C("indexSelect", T(f(2, 3)), 0, v([2, 1], i64))
C("maskedFill", f(2, 3), bools(2, 3), 0.0)
C("maskedFill", f(2, 3), bools(3), -1.5)
C("maskedFill", f(2, 3), bools(2, 1), f())
C("maskedFill", ints(3), bools(3), 7)
C("maskedFill", bools(3), bools(3), 2)
C("maskedFill", bools(3), bools(3), 0.5)
C("scatter", bools(3), 0, v([0, 2], i64), 2)
C("fill_", bools(3), 2)
C("fill_", bools(3), 0.5)
C("fill_", ints(3), 1.7)
C("maskedFill", v([NAN, 1.0]), v([True, False], boolean), 0)
C("maskedFill", f(3), bools(2, 3), 1)
C("oneHot", ints(4, low=0, high=3))
C("oneHot", ints(2, 2, low=0, high=3), 4)
C("oneHot", ints(0), 3)
C("topk", f(6), 3)
C("topk", f(2, 4), 2, 1)
C("topk", f(2, 4), 1, 0, False)
C("topk", f(3), 0)
C("topk", f(3), 3)
C("topk", v([1.0, NAN, 3.0, 2.0]), 2)
C("topk", ints(1), 1)
C("topk", f(), 1)
C("sort", f(5))
C("sort", f(2, 4), 0)
C("sort", f(2, 4), -1, True)
C("sort", v([2.0, 1.0, 2.0, 1.0, 2.0]))
C("sort", v([2.0, 1.0, 2.0, 1.0, 2.0]), 0, True)
C("sort", v([NAN, 1.0, -INF, INF, NAN, 0.0]))
C("sort", v([NAN, 1.0, -INF, INF, NAN, 0.0]), 0, True)
C("sort", ints(6))
C("sort", bools(6))
C("sort", f())
C("sort", f(0))
C("sort", T(f(2, 3)), 0)
C("argsort", f(5))
C("argsort", f(2, 4), 0, True)

# --- Types -----------------------------------------------------------------------------------------------------------

C("to", f(3), "float64")
C("to", f(3, dtype=f64), "float32")
C("to", v([1.9, -1.9, 0.0, 300.5]), "int32")
C("to", v([1.9, 0.0, NAN, -0.0, 1e-30]), "bool")
C("to", ints(3), "float32")
C("to", v([0, 5, 255], u8), "bool")
C("to", v([-1, 256, 5], i64), "uint8")
C("to", bools(3), "float32")
C("float", ints(2))
C("double", f(2))
C("int", f(3))
C("bool", f(3))

# --- In place --------------------------------------------------------------------------------------------------------


def c(*shape, **options):
    """A tensor that an operation made."""
    return f(*shape, **options).via(["mul", 1])


for op in ["add_", "sub_", "mul_", "div_"]:
    C(op, c(2, 3), f(2, 3))
    C(op, c(2, 3), f(3))
    C(op, c(2, 3), 2.5)
    C(op, f(2, 3, grad=False), f(3))
    C(op, c(2, 3).via(["transpose", 0, 1]), f(2))
    C(op, c(2), ints(2, low=1))
    C(op, c(2), f(2, dtype=f64))
    C(op, f(2, grad=False), f(2, dtype=f64))
    C(op, f(2, grad=False), f(dtype=f64))
    C(op, c(4, 2).via(["slice", 0, 0, 4, 2]), f(2, 2))
for op in ["add_", "sub_", "mul_"]:
    C(op, ints(3), 2)
    C(op, ints(3), ints(3))
C("zero_", c(2, 3))
C("fill_", c(2, 3), 1.5)
C("fill_", ints(3), 7)
C("fill_", bools(3), 1)
C("copy_", c(2, 3), f(2, 3))
C("copy_", c(2, 3), f(3))
C("copy_", f(2, 3, grad=False), f(3))
C("copy_", ints(3), f(3, grad=False))
C("copy_", c(2), f(2, dtype=f64))
C("copy_", c(3, 2).via(["select", 0, 1]), f(2))
C("clamp_", c(5), -0.5, 0.5)
C("clamp_", c(5), None, 0.5)
C("clamp_", ints(5), 0)

# --- dtypes ----------------------------------------------------------------------------------------------------------

# For every pair of dtypes the dtype of the result, "" where PyTorch refuses: [tensors, tensor with 0-d, 0-d with tensor,
# both 0-d], and for every dtype beside the numbers 1, 1.5 and true.
ORDER = [f32, f64, i64, u8, boolean]
BINARY = ["add", "sub", "mul", "div", "pow", "remainder", "maximum", "minimum", "eq", "lt", "logicalAnd"]


def result_dtype(function):
    try:
        return DTYPES.get(function().dtype, "")
    except (RuntimeError, TypeError):
        return ""


def one(dtype, shape=(1,)):
    return torch.ones(shape, dtype=dtype)


pairs = {
    op: [
        [
            [result_dtype(lambda: call(op, one(a, s), [one(b, t)], {})) for s, t in [((1,), (1,)), ((1,), ()), ((), (1,)), ((), ())]]
            for b in ORDER
        ]
        for a in ORDER
    ]
    for op in BINARY
}  # fmt: skip
with_number = {
    op: [[result_dtype(lambda: call(op, one(a), [n], {})) for n in [1, 1.5, True]] for a in ORDER]
    for op in BINARY
    if op not in ["maximum", "minimum", "logicalAnd"]
}
in_place = {
    op: [[result_dtype(lambda: call(op, one(a), [one(b)], {})) for b in ORDER] for a in ORDER]
    for op in ["add_", "sub_", "mul_", "div_"]
}
UNARY = {name: [] for name in ALL + ["isnan", "isfinite", "logicalNot", "sum", "prod", "mean", "var", "std", "amax", "argmax", "all", "clone", "norm", "max"]}  # fmt: skip
UNARY |= {"cumsum": [0], "softmax": [0], "logSoftmax": [0], "logsumexp": [0], "sort": [], "tril": [], "clamp": [0], "relu": []}
unary = {}
for op, args in UNARY.items():
    wide = op == "tril"
    unary[op] = [result_dtype(lambda: outputs_of(call(op, one(a, (1, 1) if wide else (1,)), args, {}))[0]) for a in ORDER]

# --- Writing ---------------------------------------------------------------------------------------------------------


def lines(items):
    return ",\n".join("    " + json.dumps(item, allow_nan=False, separators=(",", ":")) for item in items)


dtypes = {"order": [DTYPES[d] for d in ORDER], "pairs": pairs, "withNumber": with_number, "inPlace": in_place}
dtypes["unary"] = unary
rows = ",\n".join(f'    "{k}": {json.dumps(x, separators=(",", ":"))}' for k, x in dtypes.items())
Path(__file__).with_name("ops.json").write_text(
    f'{{\n  "torch": "{torch.__version__}",\n  "cases": [\n{lines(cases)}\n  ],\n  "dtypes": {{\n{rows}\n  }}\n}}\n'
)
print(f"{len(cases)} cases of {len({c['op'] for c in cases})} operations")
