"""Losses of the first training steps of the reference program, for seeds other than 0.

The argument is the folder of the raw MNIST files.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset

SEEDS = (1, 42, 12345)
STEPS = 100


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


class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(784, 512)
        self.fc2 = nn.Linear(512, 10)

    def forward(self, x):
        return self.fc2(nn.functional.relu(self.fc1(self.flatten(x))))


def run(seed, dataset):
    torch.manual_seed(seed)
    loader = DataLoader(dataset, batch_size=128, shuffle=True)
    model = NeuralNetwork()
    loss_fn = nn.CrossEntropyLoss()
    optimizer = optim.RMSprop(model.parameters(), lr=0.001)
    losses = []
    for inputs, targets in loader:
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if len(losses) == STEPS:
            return {"seed": seed, "losses": losses}


torch.set_num_threads(1)
dataset = Mnist(pathlib.Path(sys.argv[1]))
golden = {
    "what": f"Losses of the first {STEPS} training steps of the reference program with other seeds "
    f"(PyTorch {torch.__version__}, one thread), made by make_mnist_seeds.py",
    "runs": [run(seed, dataset) for seed in SEEDS],
}
out = pathlib.Path(__file__).parents[1] / "data" / "mnist-seeds.json"
out.write_text(json.dumps(golden, indent=1) + "\n")
