"""PyTorch's side of `npm run bench:steps`: the workloads of models.ts and operations.ts under their names."""
import resource
import sys
import warnings
from pathlib import Path

import torch
from torch import nn, optim
from torch.nn import functional as F

bench = Path(__file__).parents[1]
sys.path[:0] = [str(bench), str(bench / "turns")]
from pytorch import LeNet, NeuralNetwork  # noqa: E402
from turns import Timer, serve  # noqa: E402

warnings.simplefilter("ignore")
VOCABULARY, CONTEXT, MILLION = 65, 64, 1_000_000


def stepper(optimizer, loss):
    def step():
        value = loss()
        value.backward()
        optimizer.step()
        optimizer.zero_grad()
        return value

    return step


def classifier(model, x, classes, optimizer):
    loss_fn = nn.CrossEntropyLoss()
    y = torch.randint(0, classes, (len(x),))
    return stepper(optimizer, lambda: loss_fn(model(x), y))


def mlp(batch):
    def set_up():
        model = NeuralNetwork()
        return classifier(model, torch.rand(batch, 1, 28, 28), 10, optim.RMSprop(model.parameters(), lr=0.001))

    return set_up


def lenet():
    model = LeNet()
    return classifier(model, torch.rand(64, 1, 28, 28), 10, optim.Adam(model.parameters(), lr=0.002))


def tiny():
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    x, y, loss_fn = torch.rand(4, 2), torch.rand(4, 1), nn.MSELoss()
    return stepper(optim.SGD(model.parameters(), lr=0.1), lambda: loss_fn(model(x), y))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.fc = nn.Linear(width, 4 * width)
        self.out = nn.Linear(4 * width, width)
        self.register_buffer("later", torch.ones(CONTEXT, CONTEXT).triu(1).bool(), persistent=False)

    def forward(self, x):
        batch, count, width = x.shape
        q, k, v = (p.view(batch, count, self.heads, -1).transpose(1, 2) for p in self.qkv(self.norm1(x)).split(width, 2))
        scores = (q @ k.transpose(-2, -1)) / (width // self.heads) ** 0.5
        attended = scores.masked_fill(self.later[:count, :count], -torch.inf).softmax(-1) @ v
        x = x + self.proj(attended.transpose(1, 2).reshape(batch, count, width))
        return x + self.out(F.gelu(self.fc(self.norm2(x))))


class Gpt(nn.Module):
    def __init__(self, layers=4, width=128, heads=4):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, width)
        self.positions = nn.Embedding(CONTEXT, width)
        self.blocks = nn.Sequential(*[Block(width, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, VOCABULARY, bias=False)

    def forward(self, ids):
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
        return self.head(self.norm(self.blocks(x)))


def gpt_step():
    model = Gpt()
    ids, following = torch.randint(0, VOCABULARY, (12, CONTEXT)), torch.randint(0, VOCABULARY, (12 * CONTEXT,))
    return stepper(optim.AdamW(model.parameters(), lr=0.001), lambda: F.cross_entropy(model(ids).flatten(0, 1), following))


def gpt_generate():
    model = Gpt().eval()
    start = torch.randint(0, VOCABULARY, (1, 48))

    @torch.no_grad()
    def run():
        ids = start
        for _ in range(16):
            ids = torch.cat([ids, model(ids)[:, -1].argmax(-1, keepdim=True)], 1)
        return ids

    return run


def encoder():
    layer = nn.TransformerEncoderLayer(256, 4, 1024, 0.0, batch_first=True)
    x = torch.randn(8, 64, 256)
    return stepper(optim.Adam(layer.parameters(), lr=0.001), lambda: layer(x).square().mean())


class Residual(nn.Module):
    def __init__(self, channels, to, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, to, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(to)
        self.conv2 = nn.Conv2d(to, to, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(to)
        same = stride == 1 and channels == to
        self.shortcut = nn.Identity() if same else nn.Conv2d(channels, to, 1, stride, bias=False)

    def forward(self, x):
        inner = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(inner)) + self.shortcut(x))


def resnet():
    model = nn.Sequential(
        *[nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()],
        *[Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2)],
        *[nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)],
    )
    return classifier(model, torch.rand(32, 3, 32, 32), 10, optim.SGD(model.parameters(), lr=0.05, momentum=0.9))


def lstm():
    layer = nn.LSTM(64, 128, 2, batch_first=True)
    x = torch.randn(16, 32, 64)
    return stepper(optim.Adam(layer.parameters(), lr=0.001), lambda: layer(x)[0].square().mean())


def chain():
    x = torch.rand(MILLION, requires_grad=True)

    def run():
        y = ((((x * 2 + 1).relu() * x - 0.5).abs() * 3 + x).square()) * 0.5
        y.sum().backward()
        grad, x.grad = x.grad, None
        return grad

    return run


def tiny_layers():
    model = nn.Sequential(*[layer for _ in range(10) for layer in (nn.Linear(16, 16), nn.ReLU())])
    optimizer = optim.RMSprop(model.parameters(), lr=0.001)
    return classifier(model, torch.rand(8, 16), 16, optimizer)


def both_ways(leaves, call):
    for leaf in leaves:
        leaf.requires_grad_()
    upstream = torch.randn_like(call())
    return lambda: torch.autograd.grad(call(), leaves, upstream)


def layer_both_ways(layer, x, call=None):
    call = call or layer
    return both_ways([*([x] if x.is_floating_point() else []), *layer.parameters()], lambda: call(x))


def product(n, dtype=torch.float32):
    def set_up():
        a, b = torch.randn(n, n, dtype=dtype), torch.randn(n, n, dtype=dtype)
        return lambda: a @ b

    return set_up


def on(make, call):
    """A call without gradients on what `make` makes."""

    def set_up():
        x = make()
        return lambda: call(x)

    return set_up


def integers():
    a, b = (torch.randint(1, 1000, (MILLION,), dtype=torch.int32) for _ in range(2))
    return lambda: (a * 3 + b) > (b - a)


def tanh_chain():
    x, y = torch.randn(MILLION, dtype=torch.float64), torch.randn(MILLION, dtype=torch.float64)
    return both_ways([x], lambda: (x.tanh() * y).sum())


def gelu_chain():
    x, y = torch.randn(MILLION), torch.randn(MILLION)
    return both_ways([x], lambda: F.gelu(x) * (x * y).sigmoid() * y)


def conv1d_chain():
    conv = nn.Conv1d(16, 32, 5, padding=2)
    return layer_both_ways(conv, torch.randn(16, 16, 512), lambda x: F.max_pool1d(F.relu(conv(x)), 2))


workloads = {
    "MLP, batch 32": mlp(32),
    "MLP, batch 128": mlp(128),
    "MLP, batch 512": mlp(512),
    "GPT, training step": gpt_step,
    "GPT, 16 tokens": gpt_generate,
    "encoder layer": encoder,
    "LeNet, batch 64": lenet,
    "ResNet, batch 32": resnet,
    "LSTM, two layers": lstm,
    "tiny network": tiny,
    "chain of 10 operations on 10⁶": chain,
    "10 layers of 16 units": tiny_layers,
    "topk(10) of 10⁶": on(lambda: torch.randn(MILLION), lambda x: x.topk(10)),
    "matmul 512³, float64": product(512, torch.float64),
    "matmul 1024³": product(1024),
    "matmul 2048³": product(2048),
    "int32 arithmetic and comparison, 10⁶": integers,
    "Embedding 50,000×128, both ways": lambda: layer_both_ways(nn.Embedding(50_000, 128), torch.randint(0, 50_000, (32, 64))),
    "randn(10⁶)": lambda: lambda: torch.randn(MILLION),
    "float64 tanh, product, sum, 10⁶, both ways": tanh_chain,
    "LayerNorm 4096×512, both ways": lambda: layer_both_ways(nn.LayerNorm(512), torch.randn(4096, 512)),
    "sort of 10⁶": on(lambda: torch.randn(MILLION), lambda x: x.sort()),
    "depthwise Conv2d, both ways": lambda: layer_both_ways(nn.Conv2d(64, 64, 3, padding=1, groups=64), torch.randn(8, 64, 32, 32)),
    "GELU, sigmoid, products, 10⁶, both ways": gelu_chain,
    "Conv1d, ReLU, MaxPool1d, both ways": conv1d_chain,
    "cumsum of 1000×1000": on(lambda: torch.randn(1000, 1000), lambda x: x.cumsum(1)),
    "softmax of 1024×1024": on(lambda: torch.randn(1024, 1024), lambda x: x.softmax(1)),
    "sum of 10⁷": on(lambda: torch.randn(10 * MILLION), torch.sum),
    "transposed copy of 2000×2000": on(lambda: torch.randn(2000, 2000), lambda x: x.t().contiguous()),
}
state = {}


def ready(name):
    state.clear()
    torch.manual_seed(0)
    state["timer"] = Timer(workloads[name]())
    return {"ms": state["timer"].once()}


def measure(ms, threads, processor):
    torch.set_num_threads(threads)
    return {"best": state["timer"].round(ms, processor)}


serve({
    "names": lambda: {"names": list(workloads)},
    "ready": ready,
    "round": measure,
    "memory": lambda: {"peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024},
})  # fmt: skip
