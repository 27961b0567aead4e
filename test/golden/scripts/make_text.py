"""Losses of the first training steps of examples/text.ts, for some seeds."""
import json
import pathlib

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset

SEEDS = (0, 7)
STEPS = 30
HERE = pathlib.Path(__file__).parents[1]
LENGTH, BATCH, HIDDEN, RATE = 64, 16, 128, 0.005


class Pieces(Dataset):
    def __init__(self, letters):
        self.letters = letters

    def __len__(self):
        return (len(self.letters) - LENGTH - 1) // (LENGTH // 2) + 1

    def __getitem__(self, i):
        start = i * (LENGTH // 2)
        return self.letters[start : start + LENGTH], self.letters[start + 1 : start + 1 + LENGTH]


class Writer(nn.Module):
    def __init__(self, letters):
        super().__init__()
        self.embedding = nn.Embedding(letters, 32)
        self.lstm = nn.LSTM(32, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, letters)

    def forward(self, x):
        return self.head(self.lstm(self.embedding(x))[0])


def run(seed):
    torch.manual_seed(seed)
    loader = DataLoader(Pieces(codes), batch_size=BATCH, shuffle=True, drop_last=True)
    model = Writer(len(letters))
    optimizer = optim.Adam(model.parameters(), lr=RATE)
    losses = []
    for x, y in loader:
        loss = nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if len(losses) == STEPS:
            return {"seed": seed, "losses": losses}


torch.set_num_threads(1)
text = (HERE / "../../examples/data/ferry.txt").read_text()
letters = sorted(set(text))
codes = torch.tensor([letters.index(letter) for letter in text])
golden = {
    "what": f"Losses of the first {STEPS} training steps of examples/text.ts with its defaults "
    f"(PyTorch {torch.__version__}, one thread), made by make_text.py",
    "runs": [run(seed) for seed in SEEDS],
}
(HERE / "data" / "text.json").write_text(json.dumps(golden, indent=1) + "\n")
