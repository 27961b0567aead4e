"""What the scripts of torch.nn.functional share: making a call, and writing down what it computes."""
import json
from pathlib import Path

import torch
from torch.nn import functional as F
from torch_calls import DTYPES, first_line, grad_name, outputs_of, snake, to_json, to_torch, upstream, values_of

cases = []
FUNCTIONS = {}  # what is not a function of torch.nn.functional, by tapegrad's name


def case(op, *args, check=True, seed=None, **options):
    """`check`: whether differences can tell the gradients, which is so away from kinks and for few elements. `seed`: for
    functions that draw."""
    inputs = []
    spec = {"op": op, "args": to_json(args, inputs)}
    if options:
        spec["options"] = {k: to_json(o, inputs) for k, o in options.items()}
    spec["inputs"] = [i.json() for i in inputs]
    built = {i: i.build() for i in inputs}
    tensors = {i: x for i, (_, x) in built.items()}
    given = {snake(k): to_torch(o, tensors) for k, o in options.items()}
    cases.append(spec)
    if seed is not None:
        spec["seed"] = seed
        torch.manual_seed(seed)
    try:
        call = FUNCTIONS.get(op) or getattr(F, snake(op), None) or getattr(torch, snake(op))
        outputs = outputs_of(call(*to_torch(args, tensors), **given))
    except (RuntimeError, ValueError, IndexError, NotImplementedError, AssertionError) as error:
        spec["error"] = first_line(error)
        return
    spec["outputs"] = [
        {"shape": list(o.shape), "dtype": DTYPES[o.dtype], "values": values_of(o), "gradFn": o.grad_fn and grad_name(o)}
        for o in outputs
    ]
    if any(o.requires_grad for o in outputs):
        roots = [(o, upstream(o, k)) for k, o in enumerate(outputs) if o.requires_grad]
        torch.autograd.backward([o for o, _ in roots], [g for _, g in roots])
        spec["grads"] = [None if leaf.grad is None else values_of(leaf.grad) for leaf, _ in built.values()]
        if check:
            spec["check"] = True


def write(name):
    """Writes the cases of this run."""
    lines = ",\n".join("    " + json.dumps(c, allow_nan=False, separators=(",", ":")) for c in cases)
    text = f'{{\n  "torch": "{torch.__version__}",\n  "cases": [\n{lines}\n  ]\n}}\n'
    (Path(__file__).parents[1] / "data" / name).write_text(text)
    print(len(cases), "cases")
