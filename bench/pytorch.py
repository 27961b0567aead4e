"""The same work in PyTorch: python3 pytorch.py GROUP THREADS [PRODUCTS | IDX_DIR]. Prints one line of JSON."""
import json
import pathlib
import resource
import statistics
import sys
import time

import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset


class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(784, 512)
        self.fc2 = nn.Linear(512, 10)

    def forward(self, x):
        return self.fc2(nn.functional.relu(self.fc1(self.flatten(x))))


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


def times_of(run, samples, warmup=0.3):
    end = time.perf_counter() + warmup
    while time.perf_counter() < end:
        run()
    times = []
    for _ in range(samples):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1000)
    return times


def median_ms(run, samples, warmup=0.3):
    return statistics.median(times_of(run, samples, warmup))


def stepper(model=None, optimizer=None):
    model = model or NeuralNetwork()
    loss_fn = nn.CrossEntropyLoss()
    optimizer = optimizer or optim.RMSprop(model.parameters(), lr=0.001)

    def step(inputs, targets):
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss

    return model, loss_fn, step


def measure_step():
    _, _, step = stepper()
    inputs, targets = torch.rand(128, 1, 28, 28), torch.randint(0, 10, (128,))
    return {"ms": median_ms(lambda: step(inputs, targets), 400)}


def measure_overhead():
    x, one = torch.ones(1, requires_grad=True), torch.ones(1)
    forward, backward = [], []
    for i in range(400):
        start = time.perf_counter()
        y = x
        for _ in range(1000):
            y = y + one
        middle = time.perf_counter()
        y.backward()
        end = time.perf_counter()
        if i >= 200:
            forward.append(middle - start)
            backward.append(end - middle)
    return {"forwardNs": statistics.median(forward) * 1e6, "backwardNs": statistics.median(backward) * 1e6}


def measure_elementwise():
    count = 1_000_000
    x, y, matrix = torch.randn(count), torch.randn(count), torch.randn(1000, 1000)
    leaf, upstream = torch.randn(count, requires_grad=True), torch.randn(count)

    def relu_both():
        leaf.relu().backward(upstream)
        leaf.grad = None

    return {
        "add": median_ms(lambda: x + y, 60),
        "relu": median_ms(x.relu, 60),
        "exp": median_ms(x.exp, 60),
        "sum": median_ms(x.sum, 60),
        "transpose": median_ms(lambda: matrix.t().contiguous(), 60),
        "reluForwardBackward": median_ms(relu_both, 60),
    }


def measure_matmul():
    def operand(rows, cols, transposed):
        return torch.randn(cols, rows).t() if transposed else torch.randn(rows, cols)

    figures = {}
    for product in json.loads(sys.argv[3]):
        m, n, k = product["m"], product["n"], product["k"]
        a = operand(m, k, product.get("transA", False))
        b = operand(k, n, product.get("transB", False))
        out = torch.empty(m, n)
        figures[product["name"]] = 2 * m * n * k / median_ms(lambda: torch.mm(a, b, out=out), 31, 0.1) / 1e6
    return figures


class Mnist(Dataset):
    def __init__(self, folder, kind):
        self.images = self.read(folder / f"{kind}-images-idx3-ubyte")
        self.labels = self.read(folder / f"{kind}-labels-idx1-ubyte").long()

    @staticmethod
    def read(path):
        data = path.read_bytes()
        dims = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
        return torch.from_numpy(np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(dims).copy())

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return self.images[i].unsqueeze(0).float().div(255), int(self.labels[i])


def measure_program():
    start = time.perf_counter()
    folder = pathlib.Path(sys.argv[3])
    training = DataLoader(Mnist(folder, "train"), batch_size=128, shuffle=True)
    testing = DataLoader(Mnist(folder, "t10k"), batch_size=128, shuffle=True)
    model, loss_fn, step = stepper()
    for _ in range(5):
        model.train()
        for inputs, targets in training:
            step(inputs, targets).item()
        model.eval()
        correct = 0
        with torch.no_grad():
            for inputs, targets in testing:
                pred = model(inputs)
                loss_fn(pred, targets).item()
                correct += (pred.argmax(1) == targets).float().sum().item()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": time.perf_counter() - start, "peakMiB": peak, "accuracy": 100 * correct / 10000}


def cnn_stepper():
    model = LeNet()
    return stepper(model, optim.Adam(model.parameters(), lr=0.002))[2]


def measure_cnn_step():
    step = cnn_stepper()
    inputs, targets = torch.rand(64, 1, 28, 28), torch.randint(0, 10, (64,))
    times = times_of(lambda: step(inputs, targets), 200)
    return {"ms": statistics.median(times), "leastMs": min(times)}


def measure_cnn_epoch():
    step = cnn_stepper()
    training = DataLoader(Mnist(pathlib.Path(sys.argv[3]), "train"), batch_size=64, shuffle=True)
    start = time.perf_counter()
    for inputs, targets in training:
        step(inputs, targets).item()
    return {"seconds": time.perf_counter() - start}


groups = {
    "matmul": measure_matmul,
    "step": measure_step,
    "overhead": measure_overhead,
    "elementwise": measure_elementwise,
    "program": measure_program,
    "cnnStep": measure_cnn_step,
    "cnnEpoch": measure_cnn_epoch,
}
if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[2]))
    print(json.dumps(groups[sys.argv[1]]()))
