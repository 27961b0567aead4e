"""Writes loader.json: what PyTorch's data loader, samplers and random_split give.

Data sets are range(n), so that a batch shows the indices it was made of. After every epoch
a number is drawn from the default generator ("probe"): it shows how many numbers the epoch has used up.
"""
import hashlib
import itertools
import json
import warnings
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import (BatchSampler, DataLoader, RandomSampler, SequentialSampler, SubsetRandomSampler,
                              TensorDataset, WeightedRandomSampler, default_collate, random_split)
from torch.utils.data.datapipes.iter import IterableWrapper, Shuffler


warnings.simplefilter("ignore")


def gen(seed):
    return torch.Generator().manual_seed(seed)


def probe():
    return int(torch.randint(0, 2**31 - 1, (1,)).item())


def as_list(batch):
    return [int(i) for i in batch]


def walks(make, epochs=3):
    """Every batch of some walks over a fresh loader, after manual_seed(0)."""
    torch.manual_seed(0)
    loader = make()
    result = []
    for _ in range(epochs):
        batches = [as_list(batch) for batch in loader]
        result.append({"batches": batches, "probe": probe()})
    return {"length": len(loader), "walks": result}


def loader(n, **options):
    return lambda: DataLoader(range(n), **options)


WEIGHTS = [0.1, 0.9, 0.4, 0.7, 3.0, 0.6, 0.0, 1.5]
LOADERS = {
    "in order": loader(10, batch_size=4),
    "in order, last batch dropped": loader(10, batch_size=4, drop_last=True),
    "batches of one": loader(3),
    "shuffled": loader(10, batch_size=4, shuffle=True),
    "shuffled, last batch dropped": loader(10, batch_size=4, shuffle=True, drop_last=True),
    "shuffled, full batches": loader(12, batch_size=4, shuffle=True),
    "shuffled by a generator": lambda: DataLoader(range(10), batch_size=4, shuffle=True, generator=gen(7)),
    "shuffled by a generator, full batches": lambda: DataLoader(range(12), batch_size=4, shuffle=True, generator=gen(7)),
    "in order with a generator": lambda: DataLoader(range(5), batch_size=2, generator=gen(7)),
    "a batch larger than the set": loader(3, batch_size=8, shuffle=True),
    "with replacement": lambda: DataLoader(range(10), batch_size=16, sampler=RandomSampler(range(10), True, 70)),
    "with replacement by a generator": lambda: DataLoader(
        range(10), batch_size=16, sampler=RandomSampler(range(10), True, 70, generator=gen(3))),
    "more samples than elements": lambda: DataLoader(range(10), batch_size=8, sampler=RandomSampler(range(10), False, 25)),
    "fewer samples than elements": lambda: DataLoader(range(10), batch_size=2, sampler=RandomSampler(range(10), False, 5)),
    "a subset in random order": lambda: DataLoader(range(99), batch_size=3, sampler=SubsetRandomSampler([5, 17, 23, 42, 60, 71, 88])),
    "a subset in random order by a generator": lambda: DataLoader(
        range(99), batch_size=3, sampler=SubsetRandomSampler([5, 17, 23, 42, 60, 71, 88], generator=gen(9))),
    "weighted": lambda: DataLoader(range(8), batch_size=8, sampler=WeightedRandomSampler(WEIGHTS, 20)),
    "weighted without replacement": lambda: DataLoader(
        range(8), batch_size=3, sampler=WeightedRandomSampler(WEIGHTS, 6, replacement=False)),
    "weighted by a generator": lambda: DataLoader(
        range(8), batch_size=8, sampler=WeightedRandomSampler(WEIGHTS, 20, generator=gen(11))),
    "a list as sampler": loader(10, batch_size=2, sampler=[9, 0, 3, 3, -1]),
    "a list of batches": loader(10, batch_sampler=[[0, 1], [5], [7, 8, 9]]),
    "a batch sampler": lambda: DataLoader(range(10), batch_sampler=BatchSampler(SequentialSampler(range(7)), 3, False)),
}


def left_early():
    """Walks that end before their time, and an iterator that is never asked."""
    def run(make):
        torch.manual_seed(0)
        loader = make()
        steps = []
        for take in (1, 0, 3, 99):
            iterator = iter(loader)
            steps.append({"take": take, "batches": [as_list(b) for b in itertools.islice(iterator, take)], "probe": probe()})
        return steps

    names = ("shuffled", "shuffled by a generator, full batches", "shuffled, last batch dropped", "with replacement")
    return {name: run(LOADERS[name]) for name in names}


def mnist_order():
    """The orders of training and test batches of the MNIST program, without the draws for its weights."""
    torch.manual_seed(0)
    train, test = DataLoader(range(60000), batch_size=128, shuffle=True), DataLoader(range(10000), batch_size=128, shuffle=True)
    result = []
    for _ in range(2):
        for which in (train, test):
            order = [i for batch in which for i in as_list(batch)]
            sha = hashlib.sha256(np.array(order, dtype=np.int32).tobytes()).hexdigest()
            result.append({"n": len(order), "head": order[:8], "sha256": sha})
    return result


SPLITS = [
    (10, [3, 7]), (10, [10, 0]), (7, [0.5, 0.5]), (30, [0.3, 0.3, 0.4]), (10, [0.7, 0.2, 0.1]), (11, [0.1] * 10),
    (5, [1]), (100, [1 / 3, 1 / 3, 1 / 3]), (3, [0.9, 0.1]),
]


def splits():
    result = []
    for n, lengths in SPLITS:
        torch.manual_seed(0)
        default = [as_list(part.indices) for part in random_split(range(n), lengths)]
        own = [as_list(part.indices) for part in random_split(range(n), lengths, generator=gen(42))]
        result.append({"n": n, "lengths": lengths, "default": default, "probe": probe(), "generator42": own})
    return result


# Number of samples, buffer size, seed.
SHUFFLES = [(10, 4, 0), (10, 100, 0), (10, 1, 7), (25, 6, 1), (8, 3, 2**40 + 5), (3000, 1000, 3)]


def shuffles():
    """Two walks of a shuffle buffer, and a number drawn from the default generator afterwards."""
    result = []
    for n, size, seed in SHUFFLES:
        torch.manual_seed(seed)
        pipe = Shuffler(IterableWrapper(range(n)), buffer_size=size)
        walks = [list(pipe), list(pipe)]
        result.append({"n": n, "bufferSize": size, "seed": seed, "walks": walks, "probe": probe()})
    return result


def message(action):
    try:
        action()
    except Exception as error:
        return str(error)
    raise AssertionError("no error")


t = torch.zeros
ERRORS = {
    "batchSize 0": lambda: DataLoader(range(3), batch_size=0),
    "batchSize -2": lambda: DataLoader(range(3), batch_size=-2),
    "batchSize 1.5": lambda: DataLoader(range(3), batch_size=1.5),
    "sampler and shuffle": lambda: DataLoader(range(3), sampler=[0], shuffle=True),
    "batchSampler and batchSize": lambda: DataLoader(range(3), batch_sampler=[[0]], batch_size=2),
    "batchSampler and shuffle": lambda: DataLoader(range(3), batch_sampler=[[0]], shuffle=True),
    "batchSampler and dropLast": lambda: DataLoader(range(3), batch_sampler=[[0]], drop_last=True),
    "shuffled empty set": lambda: DataLoader(range(0), shuffle=True),
    "no samples": lambda: RandomSampler(range(3), False, 0),
    "weighted, no samples": lambda: WeightedRandomSampler([1.0], 0),
    "negative weight": lambda: list(WeightedRandomSampler([1.0, -1.0], 2, replacement=False)),
    "weights of 0": lambda: list(WeightedRandomSampler([0.0, 0.0], 2)),
    "too many without replacement": lambda: list(WeightedRandomSampler([1.0, 1.0], 3, replacement=False)),
    "tensors of different length": lambda: TensorDataset(t(3, 2), t(4)),
    "samples of different shape": lambda: default_collate([t(3), t(4)]),
    "lists of different length": lambda: default_collate([[1, 2], [1]]),
    "wrong sum of lengths": lambda: random_split(range(10), [3, 8]),
    "a fraction below 0": lambda: random_split(range(10), [1.5, -0.5]),
}

result = {
    "torch": torch.__version__,
    "loaders": {name: walks(make) for name, make in LOADERS.items()},
    "leftEarly": left_early(),
    "mnistOrder": mnist_order(),
    "splits": splits(),
    "shuffles": shuffles(),
    "errors": {name: message(action) for name, action in ERRORS.items()},
}
with (Path(__file__).parents[1] / "data" / "loader.json").open("w") as file:
    json.dump(result, file, separators=(",", ":"))
    file.write("\n")
