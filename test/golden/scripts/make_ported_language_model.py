"""examples/ported/language-model.ts in PyTorch."""
import math

import torch
from ported import record
from torch import nn, optim
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence

SUBJECTS = ["the cat", "a dog", "the old man", "my sister"]
VERBS = ["sees", "likes", "paints"]
OBJECTS = ["a mouse", "the red house", "him", "the very small garden"]
ENDS = ["", "today", "in the morning"]


def choose(words):
    return words[torch.randint(len(words), [1]).item()]


def sentence():
    return " ".join(part for part in [choose(SUBJECTS), choose(VERBS), choose(OBJECTS), choose(ENDS)] if part)


class Model(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.embedding = nn.Embedding(size, 16)
        self.lstm = nn.LSTM(16, 32, 2)
        self.decoder = nn.Linear(32, size)

    def forward(self, packed):
        embedded = packed._replace(data=self.embedding(packed.data))
        output, _ = self.lstm(embedded)
        return output._replace(data=self.decoder(output.data))


def main():
    torch.manual_seed(0)
    sentences = [sentence() for _ in range(240)]
    words = ["<start>", "<end>"] + sorted({word for text in sentences for word in text.split()})
    index = {word: i for i, word in enumerate(words)}
    encoded = [torch.tensor([0] + [index[word] for word in text.split()] + [1]) for text in sentences]
    train, valid = encoded[:200], encoded[200:]
    print(f"{len(words)} words, sentences of {min(map(len, encoded)) - 2} to {max(map(len, encoded)) - 2}")

    model = Model(len(words))
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.5, momentum=0.9)

    def loss_of(batch):
        inputs = pack_sequence([text[:-1] for text in batch], enforce_sorted=False)
        targets = pack_sequence([text[1:] for text in batch], enforce_sorted=False)
        return criterion(model(inputs).data, targets.data)

    for epoch in range(1, 9):
        order = torch.randperm(len(train)).tolist()
        total = 0
        for start in range(0, len(order), 20):
            loss = loss_of([train[i] for i in order[start : start + 20]])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item()
        with torch.no_grad():
            perplexity = math.exp(loss_of(valid).item())
        print(f"epoch {epoch}  loss: {total / 10:.4f}  perplexity: {perplexity:.2f}")

    with torch.no_grad():
        begin = [torch.tensor([0, index["the"]]), torch.tensor([0, index["my"], index["sister"]])]
        padded, lengths = pad_packed_sequence(model(pack_sequence(begin, enforce_sorted=False)))
        for i, length in enumerate(lengths.tolist()):
            best = padded[length - 1, i].argmax().item()
            print(" ".join(words[w] for w in begin[i][1:].tolist()), "…", words[best])


record("language-model", main)
