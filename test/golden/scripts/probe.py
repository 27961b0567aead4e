"""Random calls of operations with PyTorch's answers, for probe.ts to compare: more of them, and stranger ones, than the
goldens keep. Run: python3 probe.py FILE [SEED [COUNT]] (PyTorch 1.13); then node --conditions=tapegrad-source probe.ts FILE
"""
import json
import random
import sys
import warnings

import torch
import torch_calls
from torch_calls import (DTYPES, INF, NAN, Input, boolean, call, f32, f64, first_line, grad_name, i64, outputs_of, to_json,
                         to_torch, u8, upstream, values_of)  # fmt: skip

warnings.simplefilter("ignore")
rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else 60

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, INF, -INF, NAN, 1e-8, -1e4, 3.0, 3.0]


def dtype_of(kinds="fffdiub"):
    return {"f": f32, "d": f64, "i": i64, "u": u8, "b": boolean}[rng.choice(kinds)]


def shape_of(rank=None, least=0):
    rank = rng.choice([0, 1, 1, 2, 2, 3, 4]) if rank is None else rank
    return [rng.choice([0, 1, 1, 2, 3, 3, 4]) if least == 0 else rng.randint(least, 4) for _ in range(rank)]


def element(dtype):
    if dtype is boolean:
        return rng.random() < 0.5
    if not dtype.is_floating_point:
        return rng.randrange(0 if dtype is u8 else -4, 6)
    return rng.choice(SPECIAL) if rng.random() < 0.15 else round(rng.uniform(-3, 3), 2)


def layout(x):
    """The same logical tensor by another way through memory: transposed, cut out, expanded."""
    rank = len(x.shape)
    way = rng.random()
    if rank >= 2 and way < 0.25:
        a, b = rng.sample(range(rank), 2)
        return x.via(["transpose", a, b])
    if rank >= 1 and 0.25 <= way < 0.4 and x.shape[-1] > 1:
        return x.via(["slice", rank - 1, rng.randint(0, 1), None, rng.randint(1, 2)])
    if rank >= 1 and 0.4 <= way < 0.5 and x.shape[0] == 1:
        return x.via(["expand", [rng.randint(1, 3)] + x.shape[1:]])
    return x


def tensor(shape=None, dtype=None, kinds="fffdiub", plain=False):
    shape = shape_of() if shape is None else shape
    dtype = dtype or dtype_of(kinds)
    count = 1
    for s in shape:
        count *= s
    grad = dtype.is_floating_point and rng.random() < 0.8
    x = Input(shape, [element(dtype) for _ in range(count)], dtype, grad)
    return x if plain else layout(x)


def now(x):
    return list(x.build()[1].shape)


def beside(x):
    """A shape that broadcasts with that of x, most of the time."""
    shape = now(x)
    if rng.random() < 0.08:
        return shape_of()
    out = [s if rng.random() < 0.7 else 1 for s in shape][rng.randint(0, len(shape)) if rng.random() < 0.4 else 0 :]
    return ([rng.randint(1, 2)] if rng.random() < 0.15 else []) + out


def dim(x, wrong=0.06):
    rank = len(now(x))
    return rng.choice([rank, -rank - 1]) if rng.random() < wrong else rng.randint(-max(rank, 1), max(rank, 1) - 1)


def dims(x):
    rank = len(now(x))
    return [d - rank if rng.random() < 0.3 else d for d in rng.sample(range(rank), rng.randint(0, rank))]


def number():
    return rng.choice([0, 1, 2, -1, 3, 0.5, -1.5, 2.5, True, False])


def one(**options):
    return lambda: ([tensor(**options)], {})


def two(numbers=True, **options):
    def make():
        x = tensor(**options)
        return [x, number() if numbers and rng.random() < 0.2 else tensor(beside(x), **options)], {}

    return make


def with_dim(several=False, optional=True, keepdim=True, **options):
    def make():
        x = tensor(**options)
        if optional and rng.random() < 0.25:
            return [x], {}
        d = dims(x) if several and rng.random() < 0.4 else dim(x)
        return [x, d] + ([rng.random() < 0.5] if keepdim and rng.random() < 0.6 else []), {}

    return make


def sizes_for(x):
    """Sizes that fit the number of elements, most of the time."""
    count = 1
    for s in now(x):
        count *= s
    if rng.random() < 0.1:
        return shape_of()
    if count == 0:
        return rng.choice([[0], [0, 2], [3, 0], [-1, 0], [0, -1], [2, -1]])
    out, rest = [], count
    while rest > 1 and rng.random() < 0.8:
        k = rng.choice([k for k in range(1, rest + 1) if rest % k == 0])
        out.append(k)
        rest //= k
    out.append(rest)
    if rng.random() < 0.3:
        out[rng.randrange(len(out))] = -1
    return out


def with_index(kind):
    def make():
        x = tensor(plain=True)
        shape = now(x)
        d = dim(x, 0.03)
        size = shape[d] if shape and -len(shape) <= d < len(shape) else 1
        index_shape = [rng.randint(0, 3) if i == d % max(len(shape), 1) else rng.randint(0, s) for i, s in enumerate(shape)]
        if kind == "indexSelect":
            index_shape = [rng.randint(0, 3)]
        count = 1
        for s in index_shape:
            count *= s
        top = size + (1 if rng.random() < 0.05 else 0)
        if top == 0:
            count, index_shape = 0, [0 if i == d % max(len(shape), 1) else s for i, s in enumerate(index_shape)]
        index = Input(index_shape, [rng.randrange(0, max(top, 1)) for _ in range(count)], i64)
        if kind in ("gather", "indexSelect"):
            return [x, d, index], {}
        if kind == "scatter" and rng.random() < 0.3:
            return [x, d, index, rng.choice([1, 2.5, 0])], {}
        return [x, d, index, tensor([s + rng.randint(0, 1) for s in index_shape], x.dtype, plain=True)], {}

    return make


def at_entry(size):
    kind = rng.random()
    if kind < 0.3:
        return rng.randint(-size, size - 1) if size else None
    if kind < 0.7:
        return [rng.choice([None, rng.randint(-size - 1, size + 1)]), rng.choice([None, rng.randint(-size - 1, size + 1)]), rng.choice([None, 1, 2, 3])]
    if kind < 0.8:
        return None
    if kind < 0.9:
        return Input([size], [rng.random() < 0.5 for _ in range(size)], boolean)
    shape = rng.choice([[2], [3], [1], [2, 1], []])
    count = 2 if shape in ([2], [2, 1]) else 3 if shape == [3] else 1
    return Input(shape, [rng.randint(-size, size - 1) if size else 0 for _ in range(count)], i64)


def at():
    x = tensor(shape_of(rng.randint(1, 4), 1))
    shape = now(x)
    return [x] + [at_entry(s) for s in shape[: rng.randint(1, len(shape))]], {}


def sized(make_args, **options):
    def make():
        x = tensor(**options)
        return [x] + make_args(x), {}

    return make


def in_place(**options):
    def make():
        x = tensor(plain=True, **options)
        if x.grad:
            x.via(["mul", 1])
        return [x, number() if rng.random() < 0.2 else tensor(beside(x), **options)], {}

    return make


def matrices():
    m, k, n = (rng.randint(0, 4) for _ in range(3))
    ranks = rng.choice([(1, 1), (1, 2), (2, 1), (2, 2), (3, 3), (3, 2), (2, 3), (1, 3), (3, 1), (4, 3), (4, 4), (0, 1)])
    dtype = dtype_of("fffdi")
    lead = [rng.choice([1, 2, 3]) for _ in range(2)]

    def side(rank, last):
        if rank < 2:
            return [k][:rank] if rng.random() > 0.05 else [k + 1]
        return [s if rng.random() < 0.7 else 1 for s in lead[: rank - 2]][::1] + last

    def plain(shape):
        return Input(shape, [element(dtype) if rng.random() > 2 else (rng.randint(-3, 3) if not dtype.is_floating_point else round(rng.uniform(-2, 2), 2)) for _ in range(torch.Size(shape).numel())], dtype, dtype.is_floating_point)

    a, b = plain(side(ranks[0], [m, k])), plain(side(ranks[1], [k, n]))
    return [a, b], {}


UNARY = "neg abs sign exp log log1p expm1 sqrt rsqrt reciprocal sin cos tanh sigmoid relu floor ceil round trunc isnan isfinite logicalNot erf".split()
BINARY = "add sub mul div pow maximum minimum remainder eq ne lt le gt ge logicalAnd logicalOr".split()
CASES = {
    **{op: one() for op in UNARY},
    **{op: two(numbers=op not in ("maximum", "minimum", "logicalAnd", "logicalOr")) for op in BINARY},
    **{op: with_dim(several=True) for op in ["sum", "mean", "amax", "amin"]},
    **{op: with_dim() for op in ["prod", "max", "min", "argmax", "argmin", "all", "any"]},
    "logsumexp": with_dim(several=True, optional=False),
    **{op: with_dim(optional=False, keepdim=False) for op in ["softmax", "logSoftmax", "cumsum"]},
    **{op: sized(lambda x: [dims(x) if rng.random() < 0.4 else dim(x)] if rng.random() < 0.7 else []) for op in ["var", "std"]},
    "norm": sized(lambda x: [rng.choice([2, 1, 0, 3, INF, -INF, 0.5])] + ([dim(x), rng.random() < 0.5] if rng.random() < 0.6 else [])),
    "matmul": matrices,
    "clamp": sized(lambda x: rng.choice([[-1, 1], [None, 0.5], [0.5], [1, -1], [NAN, 1], [-0.5, None], [None, None]])),
    "clamp_": lambda: ([tensor(plain=True).via(["mul", 1])] + rng.choice([[-1, 1], [None, 0.5], [0.5]]), {}),
    "reshape": sized(lambda x: [sizes_for(x)]),
    "view": sized(lambda x: [sizes_for(x)]),
    "flatten": sized(lambda x: [dim(x), dim(x)] if rng.random() < 0.7 else []),
    "squeeze": sized(lambda x: [dim(x)] if rng.random() < 0.7 else []),
    "unsqueeze": sized(lambda x: [rng.randint(-len(now(x)) - 2, len(now(x)) + 1)]),
    "transpose": sized(lambda x: [dim(x), dim(x)]),
    "t": one(),
    "permute": sized(lambda x: [[d - len(now(x)) if rng.random() < 0.3 else d for d in rng.sample(range(len(now(x))), len(now(x)))]]),
    "expand": sized(lambda x: [[rng.choice([1, 2])] * rng.randint(0, 1) + [rng.choice([2, 3, 0]) if s == 1 else rng.choice([s, -1]) for s in now(x)]]),
    "narrow": sized(lambda x: [dim(x), rng.randint(-2, 3), rng.randint(0, 3)]),
    "select": sized(lambda x: [dim(x), rng.randint(-3, 3)]),
    "unfold": sized(lambda x: [dim(x), rng.randint(0, 3), rng.randint(1, 3)]),
    "split": sized(lambda x: [rng.randint(1, 3), dim(x)]),
    "chunk": sized(lambda x: [rng.randint(1, 4), dim(x)]),
    "repeat": sized(lambda x: [[rng.randint(0, 2) for _ in range(len(now(x)) + rng.randint(-1, 1))]] if now(x) else [[2]]),
    "flip": sized(lambda x: [dims(x)]),
    "roll": sized(lambda x: [rng.randint(-4, 4), dim(x)] if rng.random() < 0.7 and now(x) else [rng.randint(-4, 4)]),
    "pad": sized(lambda x: [[rng.randint(-1, 2) for _ in range(2 * rng.randint(0, len(now(x))))]]),
    "tril": sized(lambda x: [rng.randint(-2, 2)]),
    "triu": sized(lambda x: [rng.randint(-2, 2)]),
    "at": at,
    **{op: with_index(op) for op in ["gather", "scatter", "scatterAdd", "indexSelect"]},
    "maskedFill": lambda: (lambda x: ([x, tensor(beside(x), boolean), rng.choice([0, 1.5, -2])], {}))(tensor()),
    "where": lambda: (lambda x: ([x, tensor(beside(x), boolean), tensor(beside(x))], {}))(tensor()),
    "topk": sized(lambda x: [rng.randint(0, 3), dim(x), rng.random() < 0.5]),
    "sort": sized(lambda x: [dim(x), rng.random() < 0.5]),
    "argsort": sized(lambda x: [dim(x), rng.random() < 0.5]),
    **{op: in_place() for op in ["add_", "sub_", "mul_", "div_"]},
    "copy_": lambda: (lambda x: ([x, tensor(beside(x))], {}))(tensor(plain=True)),
    **{op: one() for op in ["clone", "contiguous"]},
    "to": sized(lambda x: [rng.choice(["float32", "float64", "int32", "bool"])]),
}  # fmt: skip

if len(sys.argv) > 4:
    exec(open(sys.argv[4]).read())  # more entries for CASES


def record(name, args, options):
    inputs = []
    to_json(args[0], inputs)
    spec = {"op": name, "args": to_json(args[1:], inputs)}
    built = [i.build() for i in inputs]
    spec["inputs"] = [i.json() for i in inputs]
    if options:
        spec["options"] = options
    tensors = {i: x for i, (_, x) in zip(inputs, built)}
    try:
        result = call(name, tensors[args[0]], to_torch(args[1:], tensors), options)
    except (RuntimeError, IndexError, TypeError, ValueError, NotImplementedError) as error:
        return {**spec, "error": first_line(error)}
    if isinstance(result, (bool, int)):
        return {**spec, "result": result}
    outs = outputs_of(result)
    spec["outputs"] = [{"shape": list(o.shape), "dtype": DTYPES.get(o.dtype, str(o.dtype)), "values": values_of(o)} for o in outs]
    for o, item in zip(outs, spec["outputs"]):
        if o.grad_fn is not None:
            item["gradFn"] = grad_name(o)
    wanted = [(x, upstream(x, k)) for k, x in enumerate(outs) if x.requires_grad]
    if wanted:
        try:
            torch.autograd.backward([x for x, _ in wanted], [g for _, g in wanted])
        except (RuntimeError, IndexError) as error:
            return {**spec, "backwardError": first_line(error)}
        spec["grads"] = [None if leaf.grad is None else values_of(leaf.grad) for leaf, _ in built]
    return spec


torch_calls.rng = rng
cases = []
for op, make in CASES.items():
    for _ in range(COUNT):
        try:
            args, options = make()
            [i.build() for i in args if isinstance(i, Input)]
        except (IndexError, RuntimeError, ValueError):
            continue
        cases.append(record(op, args, options))
with open(sys.argv[1], "w") as out:
    json.dump({"cases": cases}, out, allow_nan=False)
print(len(cases), "calls,", sum("error" in c for c in cases), "refused")
