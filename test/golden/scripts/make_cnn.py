"""Losses of the first training steps of examples/cnn.ts in PyTorch, on its own kernels for convolution and on oneDNN's.

The argument is the folder of the raw MNIST files.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset

SEEDS = (0, 7)
STEPS = 20


def read_idx(path):
    data = path.read_bytes()
    dims = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
    return torch.from_numpy(np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(dims).copy())


class Mnist(Dataset):
    def __init__(self, folder):
        self.images = read_idx(folder / "train-images-idx3-ubyte")
        self.labels = read_idx(folder / "train-labels-idx1-ubyte").long()

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return self.images[i].unsqueeze(0).float().div(255), int(self.labels[i])


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5)
        self.conv2 = nn.Conv2d(16, 32, 5)
        self.fc1 = nn.Linear(32 * 4 * 4, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        relu, max_pool2d = nn.functional.relu, nn.functional.max_pool2d
        x = max_pool2d(relu(self.conv1(x)), 2)
        x = max_pool2d(relu(self.conv2(x)), 2)
        x = relu(self.fc1(x.flatten(1)))
        return self.fc2(x)


def run(seed, one_dnn):
    torch.manual_seed(seed)
    loader = DataLoader(dataset, batch_size=64, shuffle=True)
    model = LeNet()
    loss_fn = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=0.002)
    losses = []
    with torch.backends.mkldnn.flags(enabled=one_dnn):
        for inputs, targets in loader:
            loss = loss_fn(model(inputs), targets)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item())
            if len(losses) == STEPS:
                return losses


torch.set_num_threads(1)
dataset = Mnist(pathlib.Path(sys.argv[1]))
golden = {
    "what": f"Losses of the first {STEPS} training steps of examples/cnn.ts with some seeds (PyTorch {torch.__version__}, "
    "one thread; other: without oneDNN), made by make_cnn.py",
    "runs": [{"seed": seed, "losses": run(seed, True), "other": run(seed, False)} for seed in SEEDS],
}
out = pathlib.Path(__file__).parents[1] / "data" / "cnn.json"
out.write_text(json.dumps(golden, indent=1) + "\n")
