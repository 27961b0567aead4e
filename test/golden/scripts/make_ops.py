"""Writes ops.json: results, names of tape nodes and gradients of operations."""
import json
from pathlib import Path

import torch
from op_cases import (  # noqa: F401, I001: each adds its cases, in this order
    elementwise,
    contractions,
    shapes,
    indexing,
    functions,
    selection,
    special_elementwise,
    padding,
    indexed_writes,
    further,
    in_place,
    names,
)
from op_cases.case import cases
from op_cases.dtypes import dtypes


def lines(items):
    return ",\n".join("    " + json.dumps(item, allow_nan=False, separators=(",", ":")) for item in items)


rows = ",\n".join(f'    "{k}": {json.dumps(x, separators=(",", ":"))}' for k, x in dtypes.items())
(Path(__file__).parents[1] / "data" / "ops.json").write_text(
    f'{{\n  "torch": "{torch.__version__}",\n  "cases": [\n{lines(cases)}\n  ],\n  "dtypes": {{\n{rows}\n  }}\n}}\n'
)
print(f"{len(cases)} cases of {len({c['op'] for c in cases})} operations")
