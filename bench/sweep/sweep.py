"""PyTorch's side of the sweep: reads a request a line and answers with a line. The calls are those of the goldens."""
import math
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional as F

root = Path(__file__).parents[2]
sys.path[:0] = [str(root / "test/golden/scripts"), str(root / "bench/turns")]
from torch_calls import DTYPES, TORCH_DTYPES, call, snake  # noqa: E402
from turns import Timer, serve  # noqa: E402

warnings.simplefilter("ignore")


def uniform(count, seed):
    """See work.ts."""
    with np.errstate(over="ignore"):
        h = (np.arange(count, dtype=np.uint32) ^ np.uint32(seed)) * np.uint32(0x9E3779B1)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        return (h ^ (h >> np.uint32(16))).astype(np.float64) / 2**32


def values_of(spec, count, seed):
    u = uniform(count, seed)
    if "choices" in spec:
        return np.array(spec["choices"], dtype=np.float64)[np.floor(u * len(spec["choices"])).astype(np.int64)]
    low, high = spec["low"], spec["high"]
    if spec["dtype"].startswith("float"):
        return low + u * (high - low)
    return low + np.floor(u * (high - low + 1))


def seed_of(i):
    return ((i + 1) * 0x3C6EF372) & 0xFFFFFFFF


class Attempt:
    """What integers are, and whether floats are wider than asked for, as the truth."""

    def __init__(self, integers, wide=False):
        self.integers, self.wide = integers, wide

    def dtype(self, spec):
        if spec["dtype"] == "int32":
            return torch.int64 if spec.get("index") else self.integers
        if spec["dtype"] == "float32" and self.wide:
            return torch.float64
        return TORCH_DTYPES[spec["dtype"]]


def leaf_of(spec, i, both, attempt):
    shape, layout = list(spec["shape"]), spec["layout"]
    if layout == "transposed":
        shape[-2], shape[-1] = shape[-1], shape[-2]
    elif layout == "broadcast":
        shape[0] = 1
    elif layout == "permuted":
        shape.reverse()
    elif layout == "stepped":
        shape[-1] *= 2
    elif layout == "channelsLast":
        shape.append(shape.pop(1))
    data = values_of(spec, math.prod(shape), seed_of(i))
    if spec["dtype"] == "float32":
        data = data.astype(np.float32)
    leaf = torch.from_numpy(data).to(attempt.dtype(spec)).reshape(shape).clone()
    return leaf.requires_grad_(both and spec.get("grad", False))


def relaid(leaf, spec):
    layout = spec["layout"]
    if layout == "transposed":
        return leaf.transpose(-2, -1)
    if layout == "broadcast":
        return leaf.expand(spec["shape"])
    if layout == "permuted":
        return leaf.permute(*reversed(range(leaf.ndim)))
    if layout == "stepped":
        return leaf[..., ::2]
    return leaf.movedim(-1, 1) if layout == "channelsLast" else leaf


def tensors_in(result):
    if isinstance(result, torch.Tensor):
        return [result]
    if isinstance(result, dict):
        result = list(result.values())
    return [t for part in result for t in tensors_in(part)] if isinstance(result, (tuple, list)) else []


def resolved(arg, operands):
    if isinstance(arg, dict):
        return operands[arg["tensor"]] if "tensor" in arg else float(arg["number"])
    if isinstance(arg, list):
        return [resolved(a, operands) for a in arg]
    return arg


def as_dtypes(value):
    return TORCH_DTYPES.get(value, value) if isinstance(value, str) else value


def layer_of(part, dtype):
    def value(v):
        return layer_of(v, dtype) if isinstance(v, dict) else v

    kwargs = {k: value(v) for k, v in part["kwargs"].items() if k != "dtype"}
    layer = getattr(nn, part["layer"])(*[value(v) for v in part["args"]], **kwargs)
    return layer.double() if dtype == "float64" else layer


def attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False):
    """PyTorch 1.13 has it for itself."""
    return torch._C._nn._scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, False, is_causal)[0]


def forms_of(work):
    """The ways in which PyTorch may write a call; the first that it takes is the one."""
    name, snaked = work["name"], snake(work["name"])
    in_place = snaked.endswith("_")

    def by_call(args, options):
        if not work["method"]:
            return call(name, None, args, options)
        return call(name, args[0].clone() if in_place else args[0], args[1:], options)

    def by_function(owner):
        function = getattr(owner, snaked)
        return lambda args, options: function(*args, **{snake(k): as_dtypes(v) for k, v in options.items()})

    def by_method(args, options):
        self = args[0].clone() if in_place else args[0]
        return getattr(self, snaked)(*args[1:], **{snake(k): as_dtypes(v) for k, v in options.items()})

    forms = []
    if work["kind"] in ("functional", "loss"):
        if name == "scaledDotProductAttention":
            forms.append(lambda args, options: attention(*args, **{snake(k): v for k, v in options.items()}))
        forms += [by_function(F)] if hasattr(F, snaked) else []
    else:
        forms += [by_call] + ([by_method] if work["method"] else [])
    if hasattr(torch, snaked) and not in_place:
        forms.append(by_function(torch))
        forms.append(lambda args, options: by_function(torch)([as_dtypes(a) for a in args], options))
    return forms


class Prepared:
    """A call that runs again and again; `outputs` of its results are no gradients."""

    def __init__(self, work, attempt, form):
        torch.manual_seed(42)
        self.work = work
        self.both = work["pass"] == "both"
        self.specs = work["inputs"]
        self.leaves = [leaf_of(spec, i, self.both, attempt) for i, spec in enumerate(self.specs)]
        self.views = any(spec["layout"] != "contiguous" for spec in self.specs)
        self.parameters = []
        if work["kind"] == "optimizer":
            self.run = self.optimizer()
            return
        if "layer" in work:
            layer = layer_of(work["layer"], "float64" if attempt.wide else work["dtype"])
            self.parameters = list(layer.parameters())
            form = lambda args, options: layer(*[tuple(a) if isinstance(a, list) else a for a in args], **{snake(k): v for k, v in options.items()})  # noqa: E731
        self.form = form
        args, options = work["args"], work["options"]
        operands = [relaid(leaf, spec) for leaf, spec in zip(self.leaves, self.specs)]
        self.args = [resolved(a, operands) for a in args]
        self.options = {k: resolved(o, operands) for k, o in options.items()}
        if not self.both:
            self.run = self.forward
            return
        self.inputs = [leaf for leaf in self.leaves if leaf.requires_grad] + self.parameters
        outputs = [o for o in self.fresh() if o.requires_grad]
        if not outputs:
            raise RuntimeError("no output has a gradient")
        self.grads = [
            torch.from_numpy(values_of({"low": -1, "high": 1, "dtype": "float32"}, o.numel(), seed_of(100 + k)).astype(np.float32 if o.dtype == torch.float32 or attempt.wide else np.float64))
            .to(o.dtype)
            .reshape(o.shape)
            for k, o in enumerate(outputs)
        ]
        self.run = self.backward

    def fresh(self):
        if self.views:
            operands = [relaid(leaf, spec) for leaf, spec in zip(self.leaves, self.specs)]
            args = [resolved(a, operands) for a in self.work["args"]]
            return tensors_in(self.form(args, {k: resolved(o, operands) for k, o in self.work["options"].items()}))
        return tensors_in(self.form(self.args, self.options))

    def forward(self):
        with torch.no_grad():
            return tensors_in(self.form(self.args, self.options))

    def backward(self):
        outputs = self.fresh()
        roots = [o for o in outputs if o.requires_grad]
        return outputs + list(torch.autograd.grad(roots, self.inputs, self.grads, allow_unused=True))

    def optimizer(self):
        params = [leaf.requires_grad_() for leaf in self.leaves]
        made = getattr(optim, self.work["name"])(params, **{snake(k): resolved(v, []) for k, v in self.work["options"].items()})
        if self.work["name"] == "LBFGS":
            targets = [(p * 0.5 + 1).detach() for p in params]

            def closure():
                made.zero_grad()
                loss = sum(p.sub(t).square().sum() for p, t in zip(params, targets))
                loss.backward()
                return loss

            return lambda: (made.step(closure), params)[1]
        for p in params:
            p.grad = (p * 0.1).detach()
        return lambda: (made.step(), params)[1]


state = {}


def attempts_of(work):
    """A call in PyTorch: integers are int32 as ours, or int64 where PyTorch insists."""
    has_integers = any(spec["dtype"] == "int32" and not spec.get("index") for spec in work["inputs"])
    forms = [None] if work["kind"] in ("layer", "optimizer") else forms_of(work)
    for integers in [torch.int32, torch.int64] if has_integers else [torch.int32]:
        for form in forms:
            yield Attempt(integers), form


def ready(work):
    state.clear()
    first = None
    for attempt, form in attempts_of(work):
        try:
            prepared = Prepared(work, attempt, form)
            torch.manual_seed(42)
            timer = Timer(prepared.run)
            ms = timer.once()
            state.update(timer=timer, attempt=attempt, form=form)
            return {"ms": ms}
        except Exception as error:  # noqa: BLE001: what PyTorch refuses in one form it may take in another
            first = first or error
    raise first


def measure(ms, threads, processor):
    torch.set_num_threads(threads)
    return {"best": state["timer"].round(ms, processor)}


NUMPY = {"float32": np.float32, "float64": np.float64, "int32": np.int32, "uint8": np.uint8, "bool": np.uint8}


def written(results, path, narrow):
    """Writes results one behind the other, and says what they are. `narrow`: float64 stands for float32."""
    listed = []
    with open(path, "wb") as file:
        for r in results:
            if r is None:
                listed.append(None)
                continue
            name = "int32" if r.dtype == torch.int32 else DTYPES[r.dtype]
            name = "float64" if narrow else name
            file.write(r.detach().contiguous().numpy().astype(NUMPY[name]).tobytes())
            listed.append({"shape": list(r.shape), "dtype": name})
    return listed


def save(work, path):
    prepared = Prepared(work, state["attempt"], state["form"])
    torch.manual_seed(42)
    return {"saved": written(prepared.run(), path, False)}


def wide(work, path):
    """The same in float64, which tells who is nearer to the truth."""
    prepared = Prepared(work, Attempt(state["attempt"].integers, wide=True), state["form"])
    torch.manual_seed(42)
    return {"wide": written(prepared.run(), path + ".wide", True)}


serve({"ready": ready, "round": measure, "save": save, "wide": wide})
