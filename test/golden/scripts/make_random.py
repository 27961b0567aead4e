"""Writes random.json: what PyTorch's CPU generator gives.

Long results are stored as their first values and the SHA-256 of all their bytes, little-endian.
"""
import base64
import hashlib
import json
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, RandomSampler, WeightedRandomSampler

f32, f64, i32, i64, u8 = torch.float32, torch.float64, torch.int32, torch.int64, torch.uint8
NAMES = {f32: "float32", f64: "float64", i32: "int32", i64: "int32", u8: "uint8"}


def gen(seed):
    return torch.Generator().manual_seed(seed)


def sha(t):
    return hashlib.sha256(t.contiguous().numpy().tobytes()).hexdigest()


def digest(t, head=8):
    if t.dtype == i64:
        t = t.to(i32)
    return {"dtype": NAMES[t.dtype], "length": t.numel(), "head": t.reshape(-1)[:head].tolist(), "sha256": sha(t)}


def words(n, g):
    """Raw 32-bit draws: an int32 over its whole range takes one each."""
    return torch.empty(n, dtype=i32).random_(-(2**31), 2**31, generator=g).to(i64) + 2**31


def u64(n, g):
    """Raw 64-bit draws, as decimal strings."""
    return [str(v % 2**64) for v in torch.empty(n, dtype=i64).random_(-(2**63), None, generator=g).tolist()]


def streams():
    out = []
    for seed in [0, 1, 42, -1, -5, 2**31, 2**32 - 1, 2**32 + 42, 2**53 + 2, 2**63, 2**64 - 1, -(2**63)]:
        g = gen(seed)
        head = words(4, g).tolist()
        words(1990, g)
        out.append({
            "seed": str(seed), "initialSeed": str(g.initial_seed()), "head": head,
            "after1994": words(3, g).tolist(), "random64": u64(3, g),
        })
    return out


def fills(make, cases):
    """Each case runs its steps on one generator, so that what a step leaves behind shows in the next."""
    out = []
    for seed, steps in cases:
        g = gen(seed)
        out.append({"seed": seed, "steps": [dict(make(step, g)) for step in steps]})
    return out


def uniform(step, g):
    dtype, n, low, high = step
    return {"from": low, "to": high, **digest(torch.empty(n, dtype=dtype).uniform_(low, high, generator=g))}


def normal(step, g):
    dtype, n, mean, std = step
    return {"mean": mean, "std": std, **digest(torch.empty(n, dtype=dtype).normal_(mean, std, generator=g), 48)}


def normal_serial(step, g):
    dtype, n, mean, std = step
    t = torch.empty(2 * n, dtype=dtype)[::2].normal_(mean, std, generator=g)
    return {"mean": mean, "std": std, **digest(t, 48)}


def randint(step, g):
    dtype, n, low, high = step
    return {"low": low, "high": high, **digest(torch.randint(low, high, (n,), dtype=dtype, generator=g))}


def bernoulli(step, g):
    dtype, n, p = step
    return {"p": p, **digest(torch.empty(n, dtype=dtype).bernoulli_(p, generator=g), 24)}


def bernoulli_each(step, g):
    dtype, n = step
    return digest(torch.bernoulli(torch.linspace(0, 1, n, dtype=f64).to(dtype), generator=g), 24)


def exponential(step, g):
    dtype, n, lambd = step
    return {"lambda": lambd, **digest(torch.empty(n, dtype=dtype).exponential_(lambd, generator=g), 24)}


def weights_of(n, dtype):
    return ((torch.arange(n, dtype=f64) * 7) % 11 + 0.25).to(dtype)


def multinomial(step, g):
    dtype, n, count, replacement = step
    t = torch.multinomial(weights_of(n, dtype), count, replacement, generator=g)
    return {"weights": n, "weightsDtype": NAMES[dtype], "replacement": replacement, **digest(t)}


def states():
    g = gen(7)
    out = []
    for what in ["fresh", "odd normals", "end of a block"]:
        if what == "odd normals":
            torch.empty(3).normal_(generator=g)
        if what == "end of a block":
            torch.empty(624 - 4).uniform_(generator=g)
        out.append({"what": what, "sha256": sha(g.get_state())})
    state = base64.b64encode(bytes(g.get_state().numpy())).decode()
    then = {"normal": torch.empty(1, dtype=f64).normal_(generator=g).item(), "words": words(3, g).tolist()}
    return {"seed": 7, "states": out, "last": state, "then": then, "initialSeedOfNew": str(torch.Generator().initial_seed())}


class Indices(Dataset):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return i


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 512)
        self.fc2 = nn.Linear(512, 10)


def order(loader):
    return digest(torch.cat(list(loader)), 64)


def training(seed):
    """Random numbers of the program that trains on MNIST: two loaders, a model, then epochs of training and testing."""
    torch.manual_seed(seed)
    train = DataLoader(Indices(60000), batch_size=128, shuffle=True)
    test = DataLoader(Indices(10000), batch_size=128, shuffle=True)
    model = Net()
    weights = {name: digest(p.detach()) for name, p in model.named_parameters()}
    epochs = [{"train": order(train), "test": order(test)} for _ in range(2)]
    return {"seed": seed, "weights": weights, "epochs": epochs, "next": str(torch.empty((), dtype=i64).random_().item())}


def loaders():
    """Other loaders, two epochs each, and the state that they leave behind."""
    def run(name, seed, make):
        g = gen(seed)
        torch.manual_seed(seed + 1)
        loader = make(g)
        epochs = [order(loader), order(loader)]
        return {"name": name, "seed": seed, "epochs": epochs, "default": words(2, torch.default_generator).tolist(),
                "own": words(2, g).tolist()}

    data = Indices(100)
    return [
        run("no shuffle", 3, lambda g: DataLoader(data, batch_size=7)),
        run("no shuffle, generator", 3, lambda g: DataLoader(data, batch_size=7, generator=g)),
        run("shuffle, generator", 3, lambda g: DataLoader(data, batch_size=7, shuffle=True, generator=g)),
        run("shuffle, generator, dropLast", 3,
            lambda g: DataLoader(data, batch_size=7, shuffle=True, drop_last=True, generator=g)),
        run("sampler with a generator", 3, lambda g: DataLoader(data, sampler=RandomSampler(data, generator=g))),
        run("sampler of 250", 3, lambda g: DataLoader(data, sampler=RandomSampler(data, num_samples=250, generator=g))),
        run("sampler with replacement", 3,
            lambda g: DataLoader(data, sampler=RandomSampler(data, replacement=True, generator=g))),
        run("weighted sampler", 3,
            lambda g: DataLoader(data, sampler=WeightedRandomSampler(weights_of(100, f64), 50, generator=g))),
    ]


golden = {
    "torch": torch.__version__,
    "streams": streams(),
    "uniform": fills(uniform, [
        (0, [(f32, 5, 0, 1), (f64, 5, 0, 1), (f32, 1, -1, 1), (f32, 1000, -0.03571428571428571, 0.03571428571428571)]),
        (1, [(f32, 100000, 0.1, 0.7), (f32, 5000, -3.3, 11.7), (f32, 5000, 1000, 1001), (f32, 5000, -1000.1, -999.3)]),
        (2, [(f32, 20000, 1e-30, 3), (f32, 20000, -3e38, 1e37), (f32, 5000, 5, 5), (f32, 5000, 0, 1e-41)]),
        (3, [(f64, 50000, -0.1, 0.2), (f64, 5000, 1000, 1001), (f64, 5000, -1e10, 3), (f64, 5000, 1e-30, 3), (f64, 9, 2, 2)]),
    ]),
    "normal": fills(normal, [
        (0, [(f32, n, 0, 1) for n in (1, 2, 5, 15, 16, 17, 31, 32, 33, 1000)]),
        (1, [(f32, 1000003, 0, 1)]),
        (2, [(f32, 10000, 2.5, 0.3), (f32, 16, -1, 1e-3), (f32, 3, 1.5, 2), (f32, 40, 7, 0), (f32, 4, 0, 1)]),
        (3, [(f64, n, 0, 1) for n in (1, 15, 16, 17, 48)]),
        (4, [(f64, 48, 2.5, 0.3), (f64, 7, 2.5, 0.3), (f32, 7, 2.5, 0.3)]),
    ]),
    "normalSerial": fills(normal_serial, [(0, [(f32, 47, 0, 1), (f64, 20, 1, 2), (f32, 1001, -3, 0.5)])]),
    "randint": fills(randint, [
        (0, [(i64, 10, 0, 10), (i64, 1000, -5, 100), (i64, 20, 0, 2**31 - 1), (i64, 20, -(2**31), 2**31 - 1),
             (i64, 20, -(2**31), 2**31), (u8, 100, 0, 256), (u8, 100, 0, 2), (i64, 5, 3, 4)]),
        (1, [(f32, 1000, 0, 100), (f32, 50, 2**24 - 3, 2**24 + 1), (f32, 50, 0, 2**40), (f32, 50, -(2**25) - 1, 2**25 + 1),
             (f64, 50, -7, 2**32), (f64, 50, 0, 2**53), (f64, 50, -(2**60), 2**60), (f64, 50, 0, 10)]),
    ]),
    "randperm": [
        {"seed": str(seed), "n": n, **digest(torch.randperm(n, generator=gen(seed)), 16)}
        for seed, n in [(0, 0), (0, 1), (0, 2), (0, 10), (1, 1000), (2**63 - 1, 60000)]
    ],
    "bernoulli": fills(bernoulli, [(0, [(f32, 1000, 0.5), (u8, 1000, 0.2), (f64, 100, 0), (i32, 100, 1), (f32, 1, 0.9)])]),
    "bernoulliEach": fills(bernoulli_each, [(0, [(f32, 1001), (f64, 1001), (f32, 3)])]),
    "exponential": fills(exponential, [(0, [(f32, 1000, 1), (f32, 10, 2.5), (f64, 24, 1), (f64, 24, 0.3)])]),
    "multinomial": fills(multinomial, [
        (0, [(f64, 10, 20, True), (f32, 10, 20, True), (f64, 10, 10, False), (f32, 10, 1, False), (f64, 1000, 500, False),
             (f64, 1000, 2000, True), (f32, 1000, 2000, True)]),
    ]),
    "state": states(),
    "training": [training(0), training(1234)],
    "loaders": loaders(),
}
with (Path(__file__).parents[1] / "data" / "random.json").open("w") as file:
    json.dump(golden, file, indent=1)
    file.write("\n")
