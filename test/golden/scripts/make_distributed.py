"""Writes distributed.json: the losses of DistributedDataParallel with gloo on 1, 2 and 4 ranks, and the indices of
DistributedSampler.
"""

import json
import os
import tempfile
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

SAMPLES, FEATURES, HIDDEN, CLASSES = 80, 20, 300, 5
BATCH, STEPS = 16, 10


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(FEATURES, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN)
        self.fc2 = nn.Linear(HIDDEN, CLASSES)

    def forward(self, x):
        return self.fc2(torch.relu(self.norm(self.fc1(x))))


def train(rank, size, folder):
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=size)
    torch.manual_seed(0)
    inputs = torch.randn(SAMPLES, FEATURES)
    targets = torch.arange(SAMPLES) % CLASSES
    data = TensorDataset(inputs, targets)
    sampler = DistributedSampler(data, seed=3)
    loader = DataLoader(data, batch_size=BATCH // size, sampler=sampler)
    # Rank 0's weights are those that count.
    torch.manual_seed(10 + rank)
    model = DistributedDataParallel(Net())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    losses = []
    epoch = 0
    while len(losses) < STEPS:
        sampler.set_epoch(epoch)
        epoch += 1
        for x, y in loader:
            loss = nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    gathered = [None] * size
    dist.all_gather_object(gathered, losses[:STEPS])
    if rank == 0:
        results = {"losses": gathered, "keys": list(model.state_dict())}
        (Path(folder) / "results.json").write_text(json.dumps(results))
    dist.barrier()
    # The end of the process group waits for a thread that waits for the interpreter.
    os._exit(0)


def ddp(size):
    with tempfile.TemporaryDirectory() as folder:
        mp.spawn(train, args=(size, folder), nprocs=size)
        return json.loads((Path(folder) / "results.json").read_text())


def sampled(length, replicas, **options):
    epochs = []
    lengths = []
    for rank in range(replicas):
        sampler = DistributedSampler(range(length), num_replicas=replicas, rank=rank, **options)
        lengths.append(len(sampler))
        of_rank = []
        for epoch in (0, 1, 7):
            sampler.set_epoch(epoch)
            of_rank.append(list(sampler))
        epochs.append(of_rank)
    return {"length": length, "replicas": replicas, "options": options, "lengths": lengths, "indices": epochs}


if __name__ == "__main__":
    cases = [
        sampled(10, 2),
        sampled(11, 4),
        sampled(11, 4, drop_last=True),
        sampled(12, 4, drop_last=True),
        sampled(11, 3, shuffle=False),
        sampled(7, 3, shuffle=False, drop_last=True),
        sampled(2, 5),
        sampled(2, 5, drop_last=True),
        sampled(1, 3, shuffle=False),
        sampled(9, 2, seed=12),
        sampled(6, 1, seed=1),
    ]
    runs = {str(size): ddp(size) for size in (1, 2, 4)}
    lines = ",\n".join(json.dumps(case) for case in cases)
    parts = ",\n".join(f"{json.dumps(size)}: {json.dumps(run)}" for size, run in runs.items())
    out = Path(__file__).parent.parent / "data" / "distributed.json"
    out.write_text(f'{{"samplers": [\n{lines}\n],\n"runs": {{\n{parts}\n}}}}\n')
