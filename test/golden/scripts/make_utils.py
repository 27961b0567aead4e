"""Writes utils.json: what torch.nn.utils makes of gradients."""
import json
import math
from pathlib import Path

import torch
from torch.nn.utils import clip_grad_norm_, clip_grad_value_
from torch_calls import encode, f32, values_of

GRADS = [[[0.5, -2.0], [1.25, 3.0]], [4.0], [], [-0.75, 0.0, 2.5]]


def parameters(scale=1.0):
    """One without a gradient among them."""
    made = [torch.zeros(torch.tensor(g).shape, requires_grad=True) for g in GRADS]
    for p, g in zip(made, GRADS):
        p.grad = torch.tensor(g) * scale
    return made[:1] + [torch.zeros(2, requires_grad=True)] + made[1:]


norms = []
for max_norm in [0.5, 6, 100.0]:
    for norm_type in [2, 1, 3, 0.5, math.inf]:
        if norm_type == math.inf:
            given = [p for p in parameters() if p.numel() > 0]
        else:
            given = parameters()
        total = clip_grad_norm_(given, max_norm, norm_type)
        norms.append({"maxNorm": max_norm, "normType": encode(float(norm_type), f32), "total": encode(total.item(), f32),
                      "grads": [values_of(p.grad) for p in given if p.grad is not None]})  # fmt: skip
clips = []
for value in [0.6, 3.0]:
    given = parameters()
    clip_grad_value_(given, value)
    clips.append({"value": value, "grads": [values_of(p.grad) for p in given if p.grad is not None]})

golden = {"torch": torch.__version__, "grads": GRADS, "norms": norms, "clips": clips}
(Path(__file__).parents[1] / "data" / "utils.json").write_text(json.dumps(golden, allow_nan=False) + "\n")
print(len(norms), "norms,", len(clips), "clips")
