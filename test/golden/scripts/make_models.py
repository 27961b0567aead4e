"""Writes models.json: a trained network with buffers, as PyTorch saves it, and what it computes.

`python3 make_models.py check FOLDER` is the way back: it loads what models.ts saved with tapegrad, and compares
outputs.
"""
import base64
import io
import json
import sys
from pathlib import Path

import numpy as np
import safetensors_file
import torch
from torch import nn
from torch_calls import values_of


def convolutional():
    """Weights, running statistics, a count of batches, a layer without bias, a learned slope."""
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 3, 3, bias=False),
        nn.BatchNorm2d(3), nn.PReLU(3), nn.Flatten(), nn.Linear(12, 5), nn.BatchNorm1d(5), nn.LayerNorm(5), nn.Linear(5, 3),
    )  # fmt: skip


def images():
    return torch.arange(3 * 2 * 8 * 8, dtype=torch.float32).mul(0.37).sin().reshape(3, 2, 8, 8)


def train(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for _ in range(4):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images()), torch.tensor([0, 2, 1])).backward()
        optimizer.step()
    return model.eval()


def check(folder):
    outputs = torch.from_numpy(np.load(folder / "outputs.npy"))
    tensors, _ = safetensors_file.read((folder / "model.safetensors").read_bytes())
    arrays = {name: torch.from_numpy(x) for name, x in np.load(folder / "model.npz").items()}
    for name, state in {"safetensors": tensors, "npz": arrays}.items():
        model = convolutional().eval()
        model.load_state_dict(state)
        difference = (model(images()) - outputs).abs().max().item()
        print(f"{name}: {len(state)} tensors, {int(model[1].num_batches_tracked)} batches, greatest difference {difference:.2e}")
        assert difference < 1e-5
        assert int(model[1].num_batches_tracked) == 4


if sys.argv[1:2] == ["check"]:
    check(Path(sys.argv[2]))
    sys.exit()


def text(data):
    return base64.b64encode(data).decode()


torch.manual_seed(3)
model = train(convolutional())
state = model.state_dict()
archive = io.BytesIO()
np.savez_compressed(archive, **{name: x.numpy() for name, x in state.items()})
with torch.no_grad():
    outputs = model(images())
golden = {
    "torch": torch.__version__,
    "names": list(state),
    "safetensors": text(safetensors_file.write(state, {"format": "pt"})),
    "npz": text(archive.getvalue()),
    "inputs": {"shape": list(images().shape), "values": values_of(images())},
    "outputs": {"shape": list(outputs.shape), "values": values_of(outputs)},
}
lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in golden.items())
(Path(__file__).parents[1] / "data" / "models.json").write_text(f"{{\n{lines}\n}}\n")
print(len(state), "tensors")
