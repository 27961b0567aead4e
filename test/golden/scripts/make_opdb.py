"""Calls from the operator database of PyTorch's own tests with PyTorch's answers: results, gradients, second derivatives.

All of them, in the root of the repository (.ci/nightly does this):

    node --conditions=tapegrad-source test/golden/opdb-run.ts --names > names.json
    python3 test/golden/scripts/make_opdb.py names.json all.jsonl all
    node --conditions=tapegrad-source test/golden/opdb-run.ts all.jsonl

The file has one call a line. Without "all" there is only the smallest call of each form, and `opdb-run.ts --keep FROM TO`
leaves out of those what tapegrad refuses: this is opdb.jsonl, which the tests run and `npm run goldens opdb` makes.
"""
import contextlib
import itertools
import json
import math
import random
import re
import sys
import types
import warnings
from pathlib import Path
from unittest import mock

import torch
from torch_calls import DTYPES, encode, first_line

warnings.simplefilter("ignore")
torch.set_num_threads(1)


class Absent(types.ModuleType):
    """Stands in for a module that the database imports and that no sample needs."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


for missing in ("expecttest",):
    try:
        __import__(missing)
    except ImportError:
        sys.modules[missing] = Absent(missing)

draw = random.sample
random.sample = lambda population, k: draw(list(population), k)  # Python 3.11 takes no sets

from torch.testing._internal.common_methods_invocations import op_db  # noqa: E402
from torch.testing._internal.opinfo.core import BinaryUfuncInfo, SampleInput, UnaryUfuncInfo  # noqa: E402

DATA_DTYPES = [torch.float32, torch.float64, torch.int64, torch.uint8, torch.bool]
KEEP_ALL = sys.argv[3:] == ["all"]
MAX_ELEMENTS = 4000 if KEEP_ALL else 144
MAX_SECOND = 200
MAX_SAMPLES = 400
# Undefined contents, a private method of ours, and a sample that draws other numbers than its name says.
SKIPPED = {"empty", "empty_like", "as_strided", "rand_like"}


class Unsupported(Exception):
    """A sample that JSON or the library's dtypes have no form for."""


def camel(name):
    return re.sub(r"_([a-z0-9])", lambda m: m.group(1).upper(), name)


class Encoder:
    """Arguments as JSON, with the tensors among them in one list."""

    def __init__(self):
        self.tensors = []

    def __call__(self, arg):
        if isinstance(arg, torch.Tensor):
            if arg.dtype not in DTYPES or arg.layout is not torch.strided:
                raise Unsupported
            for i, t in enumerate(self.tensors):
                if t is arg:
                    return {"tensor": i}
            self.tensors.append(arg)
            return {"tensor": len(self.tensors) - 1}
        if isinstance(arg, torch.dtype):
            if arg not in DTYPES:
                raise Unsupported
            return DTYPES[arg]
        if isinstance(arg, (list, tuple)):
            return [self(a) for a in arg]
        if arg is None or isinstance(arg, (bool, str)):
            return arg
        if isinstance(arg, int):
            if abs(arg) > 2**53:
                raise Unsupported
            return arg
        if isinstance(arg, float):
            return arg if math.isfinite(arg) else {"number": encode(arg, torch.float64)}
        raise Unsupported


def numbers(x):
    values = x.detach().reshape(-1).tolist()
    if not x.dtype.is_floating_point and any(not -(2**31) <= v < 2**31 for v in values):
        raise Unsupported
    return [0 if v == 0 and not signed(v) else encode(v, x.dtype) for v in values]


def signed(zero):
    return isinstance(zero, float) and math.copysign(1, zero) < 0


def tensor_json(x, leaf=False):
    if x.dtype not in DTYPES:
        raise Unsupported
    out = {"shape": list(x.shape), "dtype": DTYPES[x.dtype], "values": numbers(x)}
    if leaf and x.requires_grad:
        out["grad"] = True
    if leaf and not x.is_contiguous():
        out["strided"] = True
    return out


def upstream(x, k):
    pattern = [(((i * 7 + k * 3) % 11) - 4) / 4 for i in range(x.numel())]
    return torch.tensor(pattern, dtype=x.dtype).reshape(x.shape)


def flatten(result):
    if isinstance(result, (list, tuple)):
        return [t for r in result for t in flatten(r)]
    return [result]


def encode_result(result):
    out = []
    for r in flatten(result):
        if isinstance(r, torch.Tensor):
            if r.layout is not torch.strided:
                raise Unsupported
            out.append(tensor_json(r))
        elif isinstance(r, (bool, int, float)):
            out.append(r)
        else:
            raise Unsupported
    return out


def total(outputs, start=0):
    parts = [(o * upstream(o, k + start)).sum() for k, o in enumerate(outputs) if o is not None and o.requires_grad]
    return sum(parts[1:], parts[0].double() if parts[0].dtype != torch.float64 else parts[0]) if parts else None


def gradients(result, leaves, second):
    outputs = [o for o in flatten(result) if isinstance(o, torch.Tensor)]
    loss = total(outputs)
    if loss is None or not leaves:
        return None, None
    grads = torch.autograd.grad(loss, leaves, create_graph=second, allow_unused=True)
    first = [None if g is None else numbers(g) for g in grads]
    if not second:
        return first, None
    outer = total(grads, 5)
    if outer is None:
        return first, None
    try:
        again = torch.autograd.grad(outer, leaves, allow_unused=True)
    except RuntimeError:
        return first, None
    return first, [None if g is None else numbers(g) for g in again]


def with_leaves(sample):
    """The sample with leaves in place of tensors that have a history."""
    leaves = {}

    def leaf(x):
        if not isinstance(x, torch.Tensor) or x.layout is not torch.strided:
            return x
        if id(x) not in leaves:
            leaves[id(x)] = x.detach().requires_grad_(x.requires_grad)
        return leaves[id(x)]

    return sample.transform(leaf)


EDGES = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e-8, -1e-8, 20.0, -20.0, 100.0, -100.0, 1e30, -1e30, 0.5, -0.5]
ACTIVATIONS = """celu elu gelu glu hardshrink hardsigmoid hardswish hardtanh leaky_relu logsigmoid mish prelu relu relu6 rrelu
selu silu softmin softplus softshrink softsign tanhshrink threshold""".split()


# PyTorch's vector loops and the scalar ones for the rest of an array disagree about the gradient at NaN here.
NAN_GRADIENTS = {f"nn.functional.{name}" for name in "celu elu hardshrink hardswish hardtanh relu6 selu softshrink".split()}
LOSSES = {
    "binary_cross_entropy": ([0.0, 1.0, 0.5, 1e-30, math.nan], [0.0, 1.0, 0.3]),
    **dict.fromkeys(
        """binary_cross_entropy_with_logits soft_margin_loss multilabel_soft_margin_loss hinge_embedding_loss l1_loss mse_loss
        smooth_l1_loss huber_loss kl_div poisson_nll_loss""".split(),
        (EDGES, [0.0, 1.0, -1.0, 0.3]),
    ),
}


def edge_samples(op, dtype):
    """Calls on numbers at the edge: zeros of both signs, infinities, NaN, tiny and huge ones."""
    if not dtype.is_floating_point:
        return
    loss = LOSSES.get(op.name.removeprefix("nn.functional."))
    if loss is not None:
        inputs, targets = (torch.tensor(side, dtype=dtype) for side in zip(*itertools.product(*loss)))
        yield SampleInput(inputs.requires_grad_(), args=(targets,), kwargs={"reduction": "none"})
        return
    if isinstance(op, BinaryUfuncInfo):
        few = EDGES[:7] + [0.5]
        left, right = (torch.tensor(side, dtype=dtype) for side in zip(*itertools.product(few, few)))
        yield SampleInput(left.requires_grad_(op.supports_autograd), args=(right.requires_grad_(op.supports_autograd),))
        return
    name = op.name.removeprefix("nn.functional.")
    if not isinstance(op, UnaryUfuncInfo) and (name == op.name or name not in ACTIVATIONS):
        return
    seen = set()
    for sample in op.sample_inputs("cpu", dtype):
        form = repr((sample.args, sample.kwargs))
        if form not in seen and not any(isinstance(a, torch.Tensor) for a in (*sample.args, *sample.kwargs.values())):
            seen.add(form)
            edges = [v for v in EDGES if v == v] if op.name in NAN_GRADIENTS else EDGES
            numbers = torch.tensor(edges, dtype=dtype).requires_grad_(op.supports_autograd)
            yield SampleInput(numbers, args=sample.args, kwargs=sample.kwargs)


def case_of(op, variant, sample, name):
    enc = Encoder()
    sample = with_leaves(sample)
    if "out" in sample.kwargs or (variant is op.inplace_variant and not isinstance(sample.input, torch.Tensor)):
        raise Unsupported
    args = [enc(sample.input), *(enc(a) for a in sample.args)]
    options = {camel(k): enc(v) for k, v in sample.kwargs.items() if k not in ("layout", "device", "memory_format")}
    if sum(t.numel() for t in enc.tensors) > MAX_ELEMENTS:
        raise Unsupported
    call = {"op": name, "args": args}
    if options:
        call["options"] = options
    call["inputs"] = [tensor_json(t, True) for t in enc.tensors]
    leaves = [t for t in enc.tensors if t.requires_grad]
    try:
        torch.manual_seed(42)
        if variant is op.inplace_variant and variant is not op.op:
            result = variant(sample.input.clone(), *sample.args, **sample.kwargs)
        else:
            result = variant(sample.input, *sample.args, **sample.kwargs)
    except (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError, AttributeError) as error:
        call["error"] = first_line(error)[:200]
        return call
    call["outputs"] = encode_result(result)
    if sum(o.numel() for o in flatten(result) if isinstance(o, torch.Tensor)) > MAX_ELEMENTS:
        raise Unsupported
    if op.name in NAN_GRADIENTS and any(t.isnan().any() for t in enc.tensors if t.is_floating_point()):
        return call
    second = op.supports_gradgrad and sum(t.numel() for t in enc.tensors) <= MAX_SECOND
    try:
        first, again = gradients(result, leaves, second)
    except RuntimeError:
        return call
    if first is not None:
        call["grads"] = first
    if again is not None:
        call["second"] = again
    return call


def form_of(call):
    """What tells a kind of call from another: the dtype, how many tensors, names of options, whether PyTorch refuses it."""
    tensors = call["inputs"]
    dtype = tensors[0]["dtype"].replace("float64", "float32") if tensors else None
    empty, strided = any(0 in t["shape"] for t in tensors), any(t.get("strided") for t in tensors)
    edge = sum(v in ("nan", "inf", "-inf") for t in tensors for v in t["values"]) > 1
    return json.dumps([call["op"], dtype, len(tensors), sorted(call.get("options", {})), empty, strided, edge, "error" in call])


def samples_of(op, dtype):
    wants_grad = dtype.is_floating_point and op.supports_autograd
    # Generators of mixed dtypes ask for gradients of integers and break off: the rest comes without gradients.
    for source, grad in (("sample_inputs", wants_grad), ("reference_inputs", wants_grad), ("reference_inputs", False)):
        try:
            samples = getattr(op, source)("cpu", dtype, requires_grad=grad)
            yield from itertools.islice(samples, MAX_SAMPLES)
        except Exception as error:  # noqa: BLE001: a generator may need what this build lacks
            print(f"{op.name} {dtype} {source}: {first_line(error)}", file=sys.stderr)


def error_samples(op):
    if op.error_inputs_func is None:
        return
    try:
        # Those of multinomial are uninitialized memory, which would be other numbers in every run.
        with mock.patch("torch.empty", torch.ones) if op.name == "multinomial" else contextlib.nullcontext():
            yield from (e.sample_input for e in op.error_inputs("cpu"))
    except Exception as error:  # noqa: BLE001
        print(f"{op.name} error_inputs: {first_line(error)}", file=sys.stderr)


def main():
    known = set(json.loads(Path(sys.argv[1]).read_text()))
    kept = {}
    count = 0
    with Path(sys.argv[2]).open("w") as out:

        def keep(call):
            nonlocal count
            line = json.dumps(call, allow_nan=False, separators=(",", ":"))
            if KEEP_ALL:
                count += 1
                out.write(line + "\n")
                return
            form = form_of(call)
            if form not in kept or len(kept[form]) > len(line):
                kept[form] = line

        for op in op_db:
            if op.name in SKIPPED:
                continue
            name = camel(op.name.removeprefix("nn.functional."))
            functional = op.name.startswith("nn.functional.")
            name = f"F.{name}" if functional else name
            variants = [(name, op.op)] if name in known else []
            if op.inplace_variant is not None and f"{name}_" in known:
                variants.append((f"{name}_", op.inplace_variant))
            if not variants:
                continue
            seen = set()
            torch.manual_seed(0)
            random.seed(0)
            for dtype in DATA_DTYPES:
                if dtype not in op.dtypes:
                    continue
                for sample in itertools.chain(samples_of(op, dtype), edge_samples(op, dtype)):
                    for label, variant in variants:
                        try:
                            with torch.random.fork_rng():
                                call = case_of(op, variant, sample, label)
                        except Unsupported:
                            continue
                        key = json.dumps(call)
                        if key not in seen:
                            seen.add(key)
                            keep(call)
            for sample in error_samples(op):
                for label, variant in variants[:1]:
                    try:
                        call = case_of(op, variant, sample, label)
                    except Unsupported:
                        continue
                    except Exception:  # noqa: BLE001: input that is no sample
                        continue
                    keep(call)
        out.writelines(line + "\n" for line in kept.values())
        count += len(kept)
    print(f"{count} calls")


main()
