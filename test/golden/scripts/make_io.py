"""Writes io.json: files as PyTorch and NumPy make them, and what is in them.

`python3 make_io.py check FOLDER` reads the files that write_io.ts made with tapegrad, and compares outputs of models.
"""
import base64
import io
import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import safetensors_file
import torch
from torch import nn
from torch_calls import values_of

DATA = Path(__file__).parents[1] / "data"


def model():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 3))


def inputs():
    return torch.arange(20, dtype=torch.float32).reshape(5, 4) / 7 - 1.3


def check(folder):
    """The way back: PyTorch loads what tapegrad saved, and computes what tapegrad computed."""
    tensors, metadata = safetensors_file.read((folder / "model.safetensors").read_bytes())
    arrays = {name: torch.from_numpy(x) for name, x in np.load(folder / "model.npz").items()}
    packed = {name: torch.from_numpy(x) for name, x in np.load(folder / "packed.npz").items()}
    outputs = torch.from_numpy(np.load(folder / "outputs.npy"))
    for name, state in {"safetensors": tensors, "npz": arrays, "npz, compressed": packed}.items():
        m = model()
        m.load_state_dict(state)
        difference = (m(inputs()) - outputs).abs().max().item()
        print(f"{name}: {len(state)} tensors, greatest difference of the outputs {difference:.2e}")
        assert difference < 1e-5
    assert metadata["format"] == "pt"
    kinds, _ = safetensors_file.read((folder / "kinds.safetensors").read_bytes())
    print({name: (str(x.dtype), x.tolist()) for name, x in kinds.items()})
    checkpoint, _ = safetensors_file.read((folder / "checkpoint.safetensors").read_bytes())
    print(sorted(checkpoint))
    m = model()
    m.load_state_dict({k[len("model.") :]: v for k, v in checkpoint.items() if k.startswith("model.")})


if sys.argv[1:2] == ["check"]:
    check(Path(sys.argv[2]))
    sys.exit()


def text(data):
    return base64.b64encode(data).decode()


def npy(x, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, x, version=version)
    return out.getvalue()


def npz(save, **arrays):
    out = io.BytesIO()
    save(out, **arrays)
    return out.getvalue()


def zip64(save, **limits):
    """An archive with 64-bit fields, which Python's zipfile writes beyond its limits: here they are low."""
    before = {name: getattr(zipfile, name) for name in limits}
    try:
        for name, limit in limits.items():
            setattr(zipfile, name, limit)
        file = npz(save, a=ramp.astype("<f4"), b=np.array(2.5))
    finally:
        for name, limit in before.items():
            setattr(zipfile, name, limit)
    assert np.load(io.BytesIO(file))["b"] == 2.5
    return file


def torch_save(value):
    out = io.BytesIO()
    torch.save(value, out)
    return out.getvalue()


def numbers(x):
    """What tapegrad should find: shape and elements."""
    t = torch.from_numpy(np.ascontiguousarray(x.astype(x.dtype.newbyteorder("="))).astype(np.float64))
    return {"shape": list(x.shape), "values": values_of(t)}


ramp = np.arange(6).reshape(2, 3)
ARRAYS = {
    "float32": ("float32", (ramp / 4 - 0.5).astype("<f4"), None),
    "float64": ("float64", ramp / 3, None),
    "float16": ("float32", np.array([0, 1, -2.5, 65504, 6e-8, 6.1e-5, np.inf, np.nan], "<f2"), None),
    "int32": ("int32", ramp.astype("<i4") - 3, None),
    "int64": ("int32", ramp.astype("<i8") - 3, None),
    "uint64": ("int32", ramp.astype("<u8"), None),
    "int8": ("int32", np.array([-128, 127, 0], "|i1"), None),
    "uint8": ("uint8", np.array([0, 127, 255], "|u1"), None),
    "uint16": ("int32", np.array([0, 65535], "<u2"), None),
    "bool": ("bool", ramp > 2, None),
    "big-endian": ("float64", (ramp / 3).astype(">f8"), None),
    "big-endian integers": ("int32", (ramp - 3).astype(">i4"), None),
    "column-major": ("float64", np.asfortranarray(ramp / 3), None),
    "column-major, three dimensions": ("int32", np.asfortranarray(np.arange(24, dtype="<i4").reshape(2, 3, 4)), None),
    "a scalar": ("float64", np.array(2.5), None),
    "one dimension": ("float32", np.array([1, 2, 3], "<f4"), None),
    "empty": ("float32", np.zeros((2, 0, 3), "<f4"), None),
    "version 2": ("float32", np.array([1, 2, 3], "<f4"), (2, 0)),
    "version 3": ("float32", np.array([1, 2, 3], "<f4"), (3, 0)),
}

REFUSED = {
    "objects": npy(np.array([{}], dtype=object)),
    "records": npy(np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")])),
    "text": npy(np.array(["abc"])),
    "complex": npy(np.array([1j])),
    "too large for int32": npy(np.array([1, 2**31])),
}

kinds = {
    "double": torch.tensor([[1.5, -2.25]], dtype=torch.float64),
    "single": torch.tensor([0.1, float("inf"), -0.0]),
    "half": torch.tensor([1.0, -2.5, 65504, 6e-8, float("nan")]).half(),
    "brain": torch.tensor([1.0, -2.5, 3e38, 1e-40, float("-inf")]).bfloat16(),
    "long": torch.tensor([-(2**31), 2**31 - 1]),
    "int": torch.tensor([7], dtype=torch.int32),
    "short": torch.tensor([-300], dtype=torch.int16),
    "char": torch.tensor([-128, 127], dtype=torch.int8),
    "byte": torch.tensor([0, 255], dtype=torch.uint8),
    "bool": torch.tensor([True, False]),
    "scalar": torch.tensor(3.5),
    "empty": torch.zeros(0, 3),
    'odd "name" \\ ünï': torch.ones(1),
}

torch.manual_seed(0)
m = model()
state = m.state_dict()
data = {
    "torch": torch.__version__,
    "numpy": np.__version__,
    "arrays": [
        {"name": name, "dtype": dtype, "file": text(npy(x, version)), **numbers(x)}
        for name, (dtype, x, version) in ARRAYS.items()
    ],
    "refused": {name: text(file) for name, file in REFUSED.items()},
    "npz": {
        "stored": text(npz(np.savez, a=ramp.astype("<f4"), b=np.array(2.5))),
        "compressed": text(npz(np.savez_compressed, a=ramp.astype("<f4"), b=np.array(2.5))),
        "empty": text(npz(np.savez)),
        "manyFiles": text(zip64(np.savez, ZIP_FILECOUNT_LIMIT=1)),
        "largeFiles": text(zip64(np.savez_compressed, ZIP64_LIMIT=60)),
    },
    "torchSave": text(torch_save({"w": torch.ones(2)})),
    "kinds": {
        "file": text(safetensors_file.write(kinds, {"format": "pt", "note": "ü"})),
        "values": {
            name: {"shape": list(x.shape), "values": values_of(x.float() if x.dtype in (torch.half, torch.bfloat16) else x)}
            for name, x in kinds.items()
        },
    },
    "tooLarge": text(safetensors_file.write({"x": torch.tensor([1, 2**31])})),
    "model": {
        "safetensors": text(safetensors_file.write(state, {"format": "pt"})),
        "npz": text(npz(np.savez, **{k: v.numpy() for k, v in state.items()})),
        "inputs": {"shape": [5, 4], "values": values_of(inputs())},
        "outputs": {"shape": [5, 3], "values": values_of(m(inputs()))},
    },
}


def lines(value, depth=1):
    """Two levels of lines, the rest compact."""
    pad = "  " * depth
    dump = (lambda x: lines(x, depth + 1)) if depth < 3 else (lambda x: json.dumps(x, allow_nan=False))
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{pad}{json.dumps(k)}: {dump(v)}" for k, v in value.items()) + "\n" + pad[2:] + "}"
    if isinstance(value, list) and depth == 2:
        return "[\n" + ",\n".join(pad + json.dumps(v, allow_nan=False) for v in value) + "\n" + pad[2:] + "]"
    return json.dumps(value, allow_nan=False)


(DATA / "io.json").write_text(lines(data) + "\n")
print(f"{len(ARRAYS)} arrays, {len(kinds)} kinds of tensors")
