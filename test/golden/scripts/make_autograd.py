"""Writes autograd.json: users' own functions and the derivatives of autograd.functional.

Both sides have the same functions under the same names: here, and in test/autograd.
"""
import json
from pathlib import Path

import torch
from torch.autograd import Function
from torch.autograd import functional as AF
from torch_calls import upstream, values_of

f64 = torch.float64


def t(*values, shape=None, grad=True, dtype=f64):
    x = torch.tensor(values, dtype=dtype).reshape([len(values)] if shape is None else shape)
    return x.requires_grad_(grad and dtype.is_floating_point)


# --- autograd.Function ------------------------------------------------------------------------------------------------


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * x**2 * 3


class Exp(Function):
    """Saves its result."""

    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.saved_tensors
        return grad * y


class Scale(Function):
    """A number as an argument, kept on ctx."""

    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x * factor

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.factor, None


class ProductAndSum(Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y, x + y

    @staticmethod
    def backward(ctx, product, total):
        x, y = ctx.saved_tensors
        return product * y + total, product * x + total


class Broadcast(Function):
    """Gives gradients of the broadcast shape."""

    @staticmethod
    def forward(ctx, x, y):
        return x + y

    @staticmethod
    def backward(ctx, grad):
        return grad * 2, grad * 3


class SortedWithPlaces(Function):
    """An integer result, and one that is marked."""

    @staticmethod
    def forward(ctx, x):
        values, places = x.sort(stable=True)
        rounded = values.round()
        ctx.mark_non_differentiable(rounded)
        ctx.save_for_backward(places)
        return values, places, rounded

    @staticmethod
    def backward(ctx, grad, _places, _rounded):
        (places,) = ctx.saved_tensors
        return torch.zeros_like(grad).scatter(0, places, grad)


class NoGradForFirst(Function):
    @staticmethod
    def forward(ctx, x, y):
        return x * y

    @staticmethod
    def backward(ctx, grad):
        return None, grad


class Unmaterialized(Function):
    """Adds the numbers of the gradients that arrived."""

    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 1, x * 2, x * 3

    @staticmethod
    def backward(ctx, *grads):
        return sum(g * (i + 1) for i, g in enumerate(grads) if g is not None)


class MulInPlace(Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x.clone(), y)
        ctx.mark_dirty(x)
        return x.mul_(y)

    @staticmethod
    def backward(ctx, grad):
        x, y = ctx.saved_tensors
        return grad * y, grad * x


class Same(Function):
    """Returns its input; the gradient is reversed."""

    @staticmethod
    def forward(ctx, x):
        return x

    @staticmethod
    def backward(ctx, grad):
        return -grad


class Needs(Function):
    """Gives the gradient of those that need one as 1 and 2."""

    @staticmethod
    def forward(ctx, x, k, y):
        return x + y * k

    @staticmethod
    def backward(ctx, grad):
        first, _, second = ctx.needs_input_grad
        return grad * (1 if first else 100), None, grad * 2 if second else None


class Narrow(Function):
    """A gradient of another dtype."""

    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad.float()


def on_intermediate(fn):
    """Applied to something computed, as an in-place change needs it."""
    return lambda x, *rest: fn(x * 1, *rest)


def into_view(x, y):
    """Changes a part of a tensor; the whole is the result."""
    whole = x * 1
    MulInPlace.apply(whole[:2], y)
    return whole


A, B = [0.5, -1.25, 2.0], [1.5, 0.75, -0.5]
PROGRAMS = {
    "cube": (Cube.apply, [A]),
    "exp of its own result": (lambda x: Exp.apply(Exp.apply(x)), [A]),
    "scale": (lambda x: Scale.apply(x, 2.5), [A]),
    "product and sum": (ProductAndSum.apply, [A, B]),
    "only the sum": (lambda x, y: ProductAndSum.apply(x, y)[1], [A, B]),
    "one result twice": (lambda x, y: [r * r for r in [ProductAndSum.apply(x, y)[0]]][0], [A, B]),
    "broadcast": (Broadcast.apply, [A, [2.0]]),
    "sorted": (SortedWithPlaces.apply, [A]),
    "none for the first": (NoGradForFirst.apply, [A, B]),
    "unmaterialized": (lambda x: (lambda a, _, c: (a, c))(*Unmaterialized.apply(x)), [A]),
    "in place": (on_intermediate(MulInPlace.apply), [A, B]),
    "in place, into a view": (into_view, [A, B[:2]]),
    "same": (Same.apply, [A]),
    "needs": (lambda x, y: Needs.apply(x.detach(), 3, y), [A, B]),
    "narrow": (Narrow.apply, [A]),
    "nested": (lambda x, y: Cube.apply(ProductAndSum.apply(Scale.apply(x, 2.0), y)[0]).sum() * Exp.apply(y), [A, B]),
}


def numbers(x):
    return {"shape": list(x.shape), "values": values_of(x)}


def program(name):
    fn, values = PROGRAMS[name]
    leaves = [t(*v) for v in values]
    result = fn(*leaves)
    outs = list(result) if isinstance(result, (tuple, list)) else [result]
    record = {"name": name, "inputs": values, "outputs": []}
    for out in outs:
        node = out.grad_fn
        record["outputs"].append({**numbers(out), "gradFn": None if node is None else type(node).__name__})
    record["text"] = str(outs[0])
    weighted = sum((o * upstream(o, k)).sum() for k, o in enumerate(outs) if o.requires_grad)
    first = torch.autograd.grad(weighted, leaves, create_graph=True, allow_unused=True)
    record["grads"] = [None if g is None else values_of(g) for g in first]
    again = [(g * g).sum() for g in first if g is not None and g.requires_grad]
    if again:
        second = torch.autograd.grad(sum(again), leaves, allow_unused=True)
        record["second"] = [None if g is None else values_of(g) for g in second]
    return record


# --- autograd.functional ----------------------------------------------------------------------------------------------

FUNCTIONS = {
    "exp rows": lambda x: x.exp().sum(1),
    "mixed": lambda x, y: (x * y.sin(), (x * x).sum() + y),
    "product": lambda x, y: x * y,
    "sum of cubes": lambda x: (x**3).sum(),
    "coupled": lambda x, y: ((x**3).sum() * y.exp()).sum(),
    "linear": lambda x: (x * 2).sum(),
    "ignores y": lambda x, y: x * x,
    "first of two": lambda x, y: (x * x).sum(),
    "constant": lambda x: torch.ones(2, dtype=f64),
    "norm": lambda x: (x * x).sum(1).sqrt(),
}

M = {"shape": [2, 2], "values": [0.3, -0.7, 1.2, 0.4]}
V2 = {"shape": [2], "values": [1.5, -0.5]}
V3 = {"shape": [2], "values": [0.25, 2.0]}
S = {"shape": [], "values": [0.8]}


def build(spec):
    return t(*spec["values"], shape=spec["shape"])


def nested(result):
    if isinstance(result, torch.Tensor):
        return numbers(result)
    return [nested(r) for r in result]


def derivative(kind, fn, inputs, v=None, several=None, **options):
    """`several` tells whether inputs are passed as a tuple; one input alone is passed as it is."""
    several = len(inputs) > 1 if several is None else several
    tensors = tuple(build(i) for i in inputs)
    record = {"kind": kind, "function": fn, "inputs": inputs, "several": several}
    args = [FUNCTIONS[fn], tensors if several else tensors[0]]
    if v is not None:
        vectors = tuple(build(i).detach() for i in v)
        record["v"] = v
        args.append(vectors if len(v) > 1 else vectors[0])
    if options:
        record["options"] = {{"create_graph": "createGraph"}.get(k, k): o for k, o in options.items()}
    try:
        result = getattr(AF, kind)(*args, **options)
        record["result"] = nested(result)
        if options.get("create_graph"):
            total = torch.zeros((), dtype=f64)
            for k, r in enumerate(flat(result)):
                total = total + (r * upstream(r, k)).sum()
            grads = torch.autograd.grad(total, tensors, allow_unused=True)
            record["grads"] = [None if g is None else values_of(g) for g in grads]
    except RuntimeError as error:
        record["fails"] = str(error)
    return record


def flat(result):
    return [result] if isinstance(result, torch.Tensor) else [x for r in result for x in flat(r)]


DERIVATIVES = [
    derivative("jacobian", "exp rows", [M]),
    derivative("jacobian", "exp rows", [M], several=True),
    derivative("jacobian", "exp rows", [M], create_graph=True),
    derivative("jacobian", "mixed", [V2, V3]),
    derivative("jacobian", "mixed", [V2, V3], create_graph=True),
    derivative("jacobian", "product", [V2, S]),
    derivative("jacobian", "norm", [M]),
    derivative("jacobian", "ignores y", [V2, V3]),
    derivative("jacobian", "ignores y", [V2, V3], strict=True),
    derivative("jacobian", "linear", [V2], strict=True, create_graph=True),
    derivative("jacobian", "constant", [V2]),
    derivative("jacobian", "constant", [V2], strict=True),
    derivative("hessian", "sum of cubes", [M]),
    derivative("hessian", "sum of cubes", [M], create_graph=True),
    derivative("hessian", "coupled", [V2, S]),
    derivative("hessian", "coupled", [V2, V3], create_graph=True),
    derivative("hessian", "linear", [V2]),
    derivative("hessian", "linear", [V2], strict=True),
    derivative("hessian", "exp rows", [M]),
    derivative("vjp", "exp rows", [M], [V2]),
    derivative("vjp", "exp rows", [M], [V2], create_graph=True),
    derivative("vjp", "mixed", [V2, V3], [V2, V3]),
    derivative("vjp", "sum of cubes", [M]),
    derivative("vjp", "exp rows", [M]),
    derivative("vjp", "exp rows", [M], [M]),
    derivative("vjp", "mixed", [V2, V3], [V2]),
    derivative("vjp", "mixed", [V2, V3], [V2, M]),
    derivative("vjp", "ignores y", [V2, V3], [V2]),
    derivative("vjp", "ignores y", [V2, V3], [V2], strict=True),
    derivative("jvp", "exp rows", [M], [M]),
    derivative("jvp", "mixed", [V2, V3], [V3, V2]),
    derivative("jvp", "mixed", [V2, V3], [V3, V2], create_graph=True),
    derivative("jvp", "product", [V2, S], [V3, S]),
    derivative("jvp", "ignores y", [V2, V3], [V2, V3]),
    derivative("jvp", "ignores y", [V2, V3], [V2, V3], strict=True),
    derivative("jvp", "exp rows", [M]),
    derivative("vhp", "sum of cubes", [M], [M]),
    derivative("vhp", "coupled", [V2, V3], [V3, V2], create_graph=True),
    derivative("vhp", "linear", [V2], [V2]),
    derivative("vhp", "linear", [V2], [V2], strict=True),
    derivative("hvp", "sum of cubes", [M], [M]),
    derivative("hvp", "coupled", [V2, V3], [V3, V2]),
    derivative("hvp", "first of two", [V2, V3], [V3, V2]),
]

data = {
    "torch": torch.__version__,
    "programs": [program(name) for name in PROGRAMS],
    "derivatives": DERIVATIVES,
}
lines = {k: v if isinstance(v, str) else [json.dumps(x, separators=(",", ":")) for x in v] for k, v in data.items()}
body = ",\n".join(
    f'  "{k}": ' + (json.dumps(v) if isinstance(v, str) else "[\n    " + ",\n    ".join(v) + "\n  ]") for k, v in lines.items()
)
(Path(__file__).parents[1] / "data" / "autograd.json").write_text("{\n" + body + "\n}\n")
print(f"{len(data['programs'])} programs, {len(DERIVATIVES)} derivatives")
