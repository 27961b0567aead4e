"""The peers' work in PyTorch: python3 pytorch.py check|measure. Prints one line of JSON."""
import json
import statistics
import sys
import time

import numpy as np
import torch
from torch import nn, optim

CHAIN = 1000


def numbers(count, scale):
    i = np.arange(count, dtype=np.int64)
    return torch.from_numpy(((((i * 7919 + 104729) % 10007) / 5003.5 - 1) * scale).astype(np.float32))


def model(batch, inputs, hidden, outputs):
    network = nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs))
    scales = [inputs**-0.5, inputs**-0.5, hidden**-0.5, hidden**-0.5]
    with torch.no_grad():
        for parameter, scale in zip(network.parameters(), scales):
            parameter.copy_(numbers(parameter.numel(), scale).reshape(parameter.shape))
    optimizer = optim.RMSprop(network.parameters(), lr=0.001)
    loss_fn = nn.CrossEntropyLoss()
    x = numbers(batch * inputs, 1).abs().reshape(batch, inputs)
    y = torch.arange(batch) * 7 % outputs

    def forward_backward():
        loss = loss_fn(network(x), y)
        loss.backward()
        return loss

    def step():
        loss = forward_backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    def gradients():
        forward_backward()
        result = [parameter.grad.flatten().tolist() for parameter in network.parameters()]
        optimizer.zero_grad()
        return result

    return step, gradients


def median_within(seconds, run):
    times = []
    run()
    end = time.perf_counter() + seconds / 2
    while time.perf_counter() < end:
        run()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or not times:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def matmul(n):
    a, b = numbers(n * n, 1).reshape(n, n), numbers(n * n, 1).reshape(n, n)
    return lambda: a @ b


def relu(n):
    leaf, upstream = numbers(n, 1).requires_grad_(), numbers(n, 1)

    def run():
        leaf.relu().backward(upstream)
        leaf.grad = None

    return run


def chain():
    x, one = torch.ones(1, requires_grad=True), torch.ones(1)
    start = time.perf_counter()
    y = x
    for _ in range(CHAIN):
        y = y + one
    middle = time.perf_counter()
    y.backward()
    return middle - start, time.perf_counter() - middle


def check():
    step, gradients = model(6, 12, 16, 5)
    return {"version": torch.__version__, "gradients": gradients(), "loss": step(), "lossAfter": step()}


def measure():
    step, _ = model(128, 784, 512, 10)
    figures = {
        "step": median_within(1.5, step),
        "matmul512": median_within(0.6, matmul(512)),
        "matmul1024": median_within(1, matmul(1024)),
        "relu": median_within(0.6, relu(1_000_000)),
    }
    chains, end = [], time.perf_counter() + 1
    while time.perf_counter() < end:
        chains.append(chain())
    for name, part in ("addForward", 0), ("addBackward", 1):
        figures[name] = statistics.median(times[part] for times in chains[len(chains) // 2 :]) * 1e9 / CHAIN
    return figures


torch.set_num_threads(1)
print(json.dumps({"check": check, "measure": measure}[sys.argv[1]]()))
