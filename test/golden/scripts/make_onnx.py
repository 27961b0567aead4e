"""Writes onnx/*.onnx, small models as PyTorch's exporter writes them, and onnx.json, what PyTorch computes with them."""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

FOLDER = Path(__file__).parents[1] / "data" / "onnx"


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5)
        self.conv2 = nn.Conv2d(4, 6, 5)
        self.fc1 = nn.Linear(6 * 16, 12)
        self.fc2 = nn.Linear(12, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        return F.log_softmax(self.fc2(F.relu(self.fc1(x))), dim=1)


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, groups=2)

    def forward(self, x):
        return F.relu(self.conv2(F.relu6(self.bn1(self.conv1(x)))) + x)


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.Hardswish())
        self.blocks = nn.Sequential(Block(8), nn.MaxPool2d(3, 2, 1), Block(8))
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        x = self.pool(self.blocks(self.stem(x)))
        return self.fc(x.view(x.size(0), -1))


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.lstm = nn.LSTM(6, 5, num_layers=2, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(10, 3)

    def forward(self, x):
        output, (h, c) = self.lstm(self.embedding(x))
        return self.fc(output), h, c


class Gates(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 5, num_layers=2)
        self.rnn = nn.RNN(5, 3, nonlinearity="relu")

    def forward(self, x, h0):
        output, h = self.gru(x, h0)
        return self.rnn(output)[0], h


class Attention(nn.Module):
    """Self-attention by hand, as in a small GPT: causal, with layer normalization."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(13, 8)
        self.positions = nn.Embedding(16, 8)
        self.norm = nn.LayerNorm(8)
        self.qkv = nn.Linear(8, 24)
        self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
        self.head = nn.Linear(8, 13, bias=False)
        self.register_buffer("mask", torch.tril(torch.ones(16, 16)).bool())

    def forward(self, tokens):
        n, l = tokens.shape
        x = self.embedding(tokens) + self.positions(torch.arange(l))
        q, k, v = (part.view(n, l, 2, 4).transpose(1, 2) for part in self.qkv(self.norm(x)).chunk(3, dim=-1))
        scores = (q @ k.transpose(-2, -1)) / 2.0
        scores = scores.masked_fill(~self.mask[:l, :l], float("-inf"))
        y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(n, l, 8)
        x = x + y
        return self.head(x + self.mlp(x))


class MultiHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu")

    def forward(self, x):
        y, weights = self.attention(x, x, x)
        return self.layer(x + y), weights


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(2, 6, 3, padding=1), nn.GroupNorm(2, 6), nn.SiLU())
        self.middle = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(6, 6, 3), nn.InstanceNorm2d(6, affine=True), nn.ELU())
        self.up = nn.ConvTranspose2d(6, 4, 2, stride=2)
        self.last = nn.Conv2d(10 + 6, 2, 1)

    def forward(self, x):
        whole = self.down(x)
        small = self.middle(F.avg_pool2d(whole, 2))
        wide = F.interpolate(small, scale_factor=2.0, mode="bilinear", align_corners=False)
        near = self.up(small)
        return self.last(torch.cat([near, whole, wide], 1))


class Functions(nn.Module):
    def __init__(self):
        super().__init__()
        self.prelu = nn.PReLU(4)

    def forward(self, x):
        values, indices = torch.topk(x, 2, dim=1)
        positive = x.abs() + 0.1
        return (
            torch.where(x > 0, x.exp(), -x),
            x.clamp(-0.5, 0.5) * 2 - positive.sqrt() / positive.log1p(),
            self.prelu(x),
            F.celu(x, 1.5) + F.selu(x) + F.softplus(x) + F.mish(x) + F.hardsigmoid(x) + F.leaky_relu(x, 0.3),
            x.sum(1, keepdim=True) + x.mean(0) + x.std(1, keepdim=True) + x.amax(1, keepdim=True) + x.prod(1, keepdim=True),
            values,
            indices,
            x.argmax(1),
            x[:, 1:3].pow(3),
            x[:, ::2].unsqueeze(1).expand(-1, 3, -1),
            x.t().contiguous().view(-1),
            F.pad(x, (1, 2), value=7.0),
            torch.stack([x, x.sin()], 1).flatten(1),
            x.gather(1, indices),
            (x > 0).float().cumsum(1),
            F.one_hot(x.argmax(1), 4),
            x.norm(dim=1) + torch.logsumexp(x, 1),
            x.masked_fill(x < 0, 3.0).round().remainder(2.0),
            torch.einsum("ij,kj->ik", x, x[:1]),
        )


class Signals(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 6, 3, padding=2, dilation=2)
        self.volume = nn.Conv3d(1, 2, 2)
        self.pool = nn.AvgPool1d(3, 2, 1, count_include_pad=False)
        self.most = nn.MaxPool1d(2, ceil_mode=True)
        self.norm = nn.BatchNorm1d(6)
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, x):
        y = self.norm(self.conv(x))
        cube = self.volume(x.unsqueeze(1).unsqueeze(1).expand(-1, -1, 2, -1, -1))
        tiles = self.shuffle(y[:, :4].unsqueeze(-1).repeat(1, 1, 1, 2))
        return self.pool(y), self.most(y), cube, tiles, F.adaptive_max_pool1d(y, 1)


def ints(high, *shape):
    return torch.randint(0, high, shape)


BATCH = {0: "batch"}
MODELS = {
    "lenet": (LeNet, lambda n: (torch.randn(n, 1, 28, 28),), [BATCH], 13),
    "resnet": (ResNet, lambda n: (torch.randn(n, 3, 16, 16),), [BATCH], 14),
    "tagger": (Tagger, lambda n: (ints(11, n, 4 + n),), [{0: "batch", 1: "length"}], 14),
    "gates": (Gates, lambda n: (torch.randn(3, n, 4), torch.randn(2, n, 5)), [{1: "batch"}, {1: "batch"}], 11),
    "attention": (Attention, lambda n: (ints(13, n, 5 + n),), [{0: "batch", 1: "length"}], 16),
    "multi-head": (MultiHead, lambda n: (torch.randn(4, n, 8),), [{1: "batch"}], 14),
    "unet": (UNet, lambda n: (torch.randn(n, 2, 8, 8),), [BATCH], 12),
    "functions": (Functions, lambda n: (torch.randn(n + 1, 4),), [BATCH], 15),
    "signals": (Signals, lambda n: (torch.randn(n, 3, 9),), [BATCH], 14),
    "perceptron": (
        lambda: nn.Sequential(nn.BatchNorm1d(5), nn.Linear(5, 7), nn.Tanh(), nn.Dropout(0.3), nn.Linear(7, 2), nn.Softmax(1)),
        lambda n: (torch.randn(n, 5),),
        [BATCH],
        9,
    ),
}


def listing(tensor):
    numbers = [round(x, 7) if isinstance(x, float) else x for x in tensor.flatten().tolist()]
    dtype = "float32" if tensor.is_floating_point() else "bool" if tensor.dtype == torch.bool else "int32"
    return {"dtype": dtype, "shape": list(tensor.shape), "data": numbers}


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, (make, inputs, axes, opset) in MODELS.items():
        torch.manual_seed(0)
        model = make()
        for key, buffer in model.named_buffers():
            if key.endswith("running_mean"):
                buffer.normal_(0, 0.3)
            elif key.endswith("running_var"):
                buffer.uniform_(0.5, 1.5)
        model.eval()
        example = inputs(2)
        names = [f"input_{i}" for i in range(len(example))]
        torch.onnx.export(
            model,
            example,
            FOLDER / f"{name}.onnx",
            input_names=names,
            dynamic_axes=dict(zip(names, axes)),
            opset_version=opset,
        )
        cases = []
        for n in (2, 3):
            given = inputs(n)
            with torch.no_grad():
                result = model(*given)
            outputs = result if isinstance(result, tuple) else (result,)
            cases.append({"inputs": [listing(t) for t in given], "outputs": [listing(t) for t in outputs]})
        lines.append(json.dumps(name) + ": " + json.dumps(cases, separators=(",", ":")))
    FOLDER.with_suffix(".json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(lines)} models")


if __name__ == "__main__":
    main()
