"""Writes packed.json: packed sequences, and what recurrent layers compute of them."""
import json
from pathlib import Path

import torch
from layer_cases import tensors_in
from torch import nn
from torch.nn.utils import rnn
from torch_calls import DTYPES, f, f64, grad_name, upstream, values_of

SIZES = [3, 1, 4, 2, 4]


def tensor_json(t):
    return {"shape": list(t.shape), "dtype": DTYPES[t.dtype], "values": values_of(t)}


def packing_json(packed):
    return [None if part is None else tensor_json(part) for part in packed]


# --- packing and padding ---------------------------------------------------------------------------------------------

packings = []
for lengths, rest, dtype, options in [
    ([3, 2, 1], [2], torch.float32, {}),
    ([3, 3], [], torch.float32, {"batch_first": True}),
    ([1, 3, 2, 3], [2], torch.float32, {"enforce_sorted": False}),
    ([2, 4, 1], [1, 2], f64, {"batch_first": True, "enforce_sorted": False}),
]:
    sequences = [f(n, *rest, dtype=dtype) for n in lengths]
    built = [s.build() for s in sequences]
    batch_first = options.get("batch_first", False)
    padded = rnn.pad_sequence([x for _, x in built], batch_first, 0.5)
    packed = rnn.pack_padded_sequence(padded, torch.tensor(lengths), **options)
    again, found = rnn.pad_packed_sequence(packed, batch_first, -1.0, max(lengths) + 1)
    again.backward(upstream(again, 0))
    packings.append({
        "sequences": [s.json() for s in sequences], "lengths": lengths, "batchFirst": batch_first,
        "enforceSorted": options.get("enforce_sorted", True),
        "padded": tensor_json(padded), "packed": packing_json(packed), "text": str(packed.batch_sizes.tolist()),
        "again": tensor_json(again), "found": found.tolist(),
        "gradFns": [grad_name(padded), grad_name(packed.data), grad_name(again)],
        "grads": [values_of(leaf.grad) for leaf, _ in built],
    })  # fmt: skip

# --- recurrent layers ------------------------------------------------------------------------------------------------

layers = []
for name, extra in [("RNN", {}), ("RNN", {"nonlinearity": "relu"}), ("LSTM", {}), ("GRU", {}), ("LSTM", {"proj_size": 2})]:
    for seed, (options, enforce_sorted, lengths, with_state, dtype) in enumerate([
        ({}, True, [4, 4, 2, 1], False, torch.float32),
        ({}, False, SIZES, True, torch.float32),
        ({"bidirectional": True}, False, SIZES, False, torch.float32),
        ({"bidirectional": True, "num_layers": 2, "batch_first": True}, False, [2, 3], True, f64),
        ({"num_layers": 2, "bias": False}, True, [3, 1], True, torch.float32),
        ({"num_layers": 2, "dropout": 0.4}, True, [3, 2, 2], False, torch.float32),
        ({"bidirectional": True}, True, [2], False, torch.float32),
    ]):  # fmt: skip
        torch.manual_seed(seed)
        kwargs = {**options, **extra}
        layer = getattr(nn, name)(2, 3, **kwargs, dtype=dtype)
        sequences = [f(n, 2, dtype=dtype) for n in lengths]
        built = [s.build() for s in sequences]
        count = options.get("num_layers", 1) * (2 if "bidirectional" in options else 1)
        sizes = [extra.get("proj_size", 3), 3] if name == "LSTM" else [3]
        states = [f(count, len(lengths), size, dtype=dtype) for size in sizes] if with_state else []
        given = [s.build() for s in states]
        hx = [x for _, x in given]
        packed = rnn.pack_sequence([x for _, x in built], enforce_sorted)
        torch.manual_seed(seed)
        output, final = layer(packed, *([] if not hx else [tuple(hx)] if name == "LSTM" else hx))
        results = [output.data, *tensors_in(final)]
        torch.autograd.backward(results, [upstream(r, k) for k, r in enumerate(results)])
        layers.append({
            "name": name, "seed": seed, "kwargs": {**kwargs, "dtype": DTYPES[dtype]}, "enforceSorted": enforce_sorted,
            "sequences": [s.json() for s in sequences], "states": [s.json() for s in states],
            "batchSizes": output.batch_sizes.tolist(),
            "results": [{**tensor_json(r), "gradFn": grad_name(r)} for r in results],
            "grads": [values_of(leaf.grad) for leaf, _ in built],
            "stateGrads": [values_of(leaf.grad) for leaf, _ in given],
            "parameterGrads": [[k, values_of(p.grad)] for k, p in layer.named_parameters()],
        })  # fmt: skip


def lines(entries):
    return ",\n".join("    " + json.dumps(e, separators=(",", ":")) for e in entries)


text = f'{{\n  "torch": "{torch.__version__}",\n  "packings": [\n{lines(packings)}\n  ],\n  "layers": [\n{lines(layers)}\n  ]\n}}\n'
(Path(__file__).parents[1] / "data" / "packed.json").write_text(text)
print(len(packings), "packings,", len(layers), "layers")
