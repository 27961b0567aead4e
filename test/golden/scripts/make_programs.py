"""Writes programs.json: random programs of views, in-place changes and arithmetic, with the gradients that PyTorch finds.

Takes, for other programs, their number, a seed and the file to write. A program is a list of steps on numbered tensors: the
leaves come first, and every step that is not in place adds its result. A step that fails must fail on both sides.
"""
import json
import math
import random
import sys
from pathlib import Path

import torch
from torch_calls import Input, call, f64, to_json, upstream, values_of

count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 0)

SMALL = [[2, 3], [3], [1, 3], [2, 1], [2, 2], [3, 2], [], [4], [2, 1, 2]]
# Gradients of more than a few elements give their memory back explicitly.
LARGE = [[5, 7], [7], [1, 7], [5, 1], [5, 5], [7, 5], [], [20], [5, 1, 5], [40]]
UNARY = ["tanh", "sigmoid", "sin", "neg", "relu", "abs", "exp"]
BINARY = ["add", "sub", "mul", "maximum"]
IN_PLACE = ["add_", "sub_", "mul_", "div_", "copy_"]

# What PyTorch says, and the part of it by which both sides know the mistake.
KINDS = [
    "modified by an inplace operation",
    "view of a leaf Variable that requires grad",
    "a leaf Variable that requires grad",
    "more than one element of the written-to tensor",
    "Trying to backward through the graph a second time",
    "does not require grad",
]


def leaf(shapes):
    shape = rng.choice(shapes)
    values = [round(rng.uniform(-1.5, 1.5), 2) or 0.5 for _ in range(math.prod(shape))]
    return Input(shape, values, f64, grad=rng.random() < 0.7)


def fits(small, large):
    """Whether a tensor of the first shape broadcasts to the second."""
    lead = len(large) - len(small)
    return lead >= 0 and all(s in (1, large[lead + i]) for i, s in enumerate(small))


def broadcast(a, b):
    try:
        torch.broadcast_shapes(a, b)
        return True
    except RuntimeError:
        return False


def view_step(x):
    """A view. What PyTorch lays out in another order than row-major could be a copy here and a view there."""
    shape = list(x.shape)
    options = [["unsqueeze", rng.randrange(len(shape) + 1)], ["detach"]]
    if x.is_contiguous():
        options += [["reshape", [-1]], ["flatten"], ["view", shape[::-1]]]
    if shape:
        d = rng.randrange(len(shape))
        options += [["narrow", d, 0, max(shape[d] - 1, 1)], ["squeeze"]] * 2
        options += [["select", d, rng.randrange(shape[d])], ["slice", d, rng.randrange(shape[d]), None, 2]] * 2
        options.append(["unfold", d, min(2, shape[d]), 1])
    if len(shape) > 1:
        options += [["transpose", 0, 1], ["permute", list(range(len(shape)))[::-1]]] * 2
    if any(s == 1 for s in shape) or len(shape) < 2:
        options.append(["expand", [s if s > 1 else rng.choice([1, 2]) for s in shape] if shape else [2]])
    return rng.choice(options)


def overlap_free(x):
    """PyTorch notices repeated elements, but not windows that overlap: what is written there has no defined result."""
    window = [(size, stride) for size, stride in zip(x.shape, x.stride()) if size > 1 and stride != 0]
    places = {0}
    for size, stride in window:
        places = {p + k * stride for p in places for k in range(size)}
    return len(places) == math.prod(size for size, _ in window)


def shared(x, y):
    return x.storage().data_ptr() == y.storage().data_ptr()


class Program:
    def __init__(self):
        shapes = SMALL if rng.random() < 0.9 else LARGE
        self.leaves = [leaf(shapes) for _ in range(rng.choice([2, 2, 3]))]
        if not any(x.grad for x in self.leaves):
            self.leaves[0].grad = True
        self.tensors = [x.build()[0] for x in self.leaves]
        self.steps = []
        self.wrote_to_view = False

    def run(self, i, name, *args, no_grad=False):
        """Makes a step; raises what PyTorch raises."""
        references = [{"tensor": a[0]} if isinstance(a, tuple) else to_json(a, []) for a in args]
        self.steps.append([i, name, references] + (["noGrad"] if no_grad else []))
        given = [self.tensors[a[0]] if isinstance(a, tuple) else a for a in args]
        with torch.set_grad_enabled(not no_grad):
            result = call(name, self.tensors[i], given, {})
        if not name.endswith("_"):
            self.tensors.append(result)
        elif result._is_view():
            self.wrote_to_view = True

    def step(self):
        i = rng.randrange(len(self.tensors))
        if rng.random() < 0.6:
            i = rng.randrange(max(0, len(self.tensors) - 4), len(self.tensors))
        x = self.tensors[i]
        kind = rng.random()
        if kind < 0.32:
            name, *args = view_step(x)
            self.run(i, name, *args)
        elif kind < 0.44:
            self.run(i, rng.choice(UNARY))
        elif kind < 0.62:
            others = [j for j, y in enumerate(self.tensors) if broadcast(x.shape, y.shape) and y.numel() * x.numel() < 1500]
            if others and rng.random() < 0.8:
                self.run(i, rng.choice(BINARY), (rng.choice(others),))
            else:
                self.run(i, rng.choice(["add", "mul"]), 0.5)
        elif kind < 0.68 and x.ndim > 0:
            self.run(i, "sum", rng.randrange(x.ndim), rng.random() < 0.5)
        elif kind < 0.71:
            self.run(i, "clone")
        elif kind < 0.97:
            if not overlap_free(x):
                return
            no_grad = rng.random() < 0.1
            if rng.random() < 0.15:
                name, args = rng.choice([("zero_", []), ("fill_", [0.25]), ("clamp_", [-0.75, 0.75]), ("relu_", [])])
                self.run(i, name, *args, no_grad=no_grad)
                return
            others = [j for j, y in enumerate(self.tensors) if fits(y.shape, x.shape) and (j == i or not shared(x, y))]
            name = rng.choice(IN_PLACE)
            if name == "copy_" or (others and rng.random() < 0.7):
                others = [j for j in others if j != i or name != "copy_"]
                if others:
                    self.run(i, name, (rng.choice(others),), no_grad=no_grad)
            else:
                self.run(i, name, 0.5, no_grad=no_grad)
        elif x.ndim == 2:
            others = [j for j, y in enumerate(self.tensors) if y.ndim in (1, 2) and y.shape[0] == x.shape[1]]
            if others:
                self.run(i, "matmul", (rng.choice(others),))


def kind_of(error):
    text = str(error)
    for kind in KINDS:
        if kind in text:
            return kind
    return None


def total_of(tensors):
    return sum((x * upstream(x, k)).sum() for k, x in enumerate(tensors))


def make():
    p = Program()
    record = {"leaves": [x.json() for x in p.leaves], "steps": p.steps}
    for _ in range(rng.randrange(4, 14)):
        before = len(p.steps)
        try:
            p.step()
        except (RuntimeError, IndexError) as error:
            kind = kind_of(error)
            if kind is None or before == len(p.steps):  # shapes that do not fit: not what is asked here
                return None
            # PyTorch has not yet looked at the history of such a view; asked for it, it has one and is no leaf.
            if kind.startswith("a leaf") and p.tensors[p.steps[-1][0]].grad_fn is not None:
                return None
            record["fails"] = kind
            return record
    if any(x.numel() and not x.detach().abs().max() < 1e3 for x in p.tensors):
        return None
    roots = [i for i, x in enumerate(p.tensors) if x.grad_fn is not None]
    if not roots:
        return None
    roots = sorted(rng.sample(roots, min(len(roots), rng.choice([1, 2, 3]))))
    record["roots"] = roots
    record["tensors"] = [
        [float((x * upstream(x, 0)).sum().detach()), type(x.grad_fn).__name__ if x.grad_fn is not None else x.requires_grad]
        for x in p.tensors
    ]
    retained = sorted(rng.sample(range(len(p.tensors)), 2))
    record["retained"] = retained = [i for i in retained if p.tensors[i].grad_fn is not None]
    # PyTorch 1.13 has wrong second derivatives of what was changed through a view.
    second = rng.random() < 0.4 and not p.wrote_to_view
    try:
        for i in retained:
            p.tensors[i].retain_grad()
        total = total_of([p.tensors[i] for i in roots])
        if second:
            record["second"] = True
            wanted = [x for x in p.tensors[: len(p.leaves)] if x.requires_grad] + [p.tensors[i] for i in retained]
            grads = torch.autograd.grad(total, wanted, create_graph=True, allow_unused=True)
            record["first"] = [None if g is None else values_of(g) for g in grads]
            squares = [g.mul(g).sum() for g in grads if g is not None]
            total = sum(squares)
            if not squares or not total.requires_grad:
                return record
        total.backward()
    except RuntimeError as error:
        record["fails"] = kind_of(error)
        return record if record["fails"] else None
    record["grads"] = [None if x.grad is None else values_of(x.grad) for x in p.tensors[: len(p.leaves)]]
    record["retainedGrads"] = [None if p.tensors[i].grad is None else values_of(p.tensors[i].grad) for i in retained]
    numbers = [g for g in record["grads"] + record["retainedGrads"] if g is not None]
    if any(isinstance(n, str) or abs(n) > 1e4 for g in numbers for n in g):
        return None
    return record


def lines(items):
    return ",\n".join("    " + json.dumps(item, allow_nan=False, separators=(",", ":")) for item in items)


programs = []
failing = 0
while len(programs) < count:
    record = make()
    if record is None or len(record["steps"]) < 3:
        continue
    if "fails" in record:
        if failing > count // 4:
            continue
        failing += 1
    programs.append(record)
path = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(__file__).parents[1] / "data" / "programs.json"
path.write_text(f'{{\n  "torch": "{torch.__version__}",\n  "programs": [\n{lines(programs)}\n  ]\n}}\n')
print(f"{len(programs)} programs, {failing} of them fail")
