"""Writes print.json: what PyTorch prints for tensors and modules.

Tensors carry their elements in row-major order, with NaN and infinities as strings; torch.int64 is "int32" there.
Modules carry what is needed to build them (constructor arguments under PyTorch's names, children) and their extra_repr.
"""
import json
import math
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

f32, f64, i64, u8, boolean = torch.float32, torch.float64, torch.int64, torch.uint8, torch.bool
DTYPES = {f32: "float32", f64: "float64", i64: "int32", u8: "uint8", boolean: "bool"}
NAN, INF = math.nan, math.inf


def encode(value, dtype):
    """The shortest number that is this element again in its own dtype."""
    if dtype is torch.bool:
        return int(value)
    if not dtype.is_floating_point:
        return value
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    short = float(str(np.float32(value))) if dtype is torch.float32 else value
    return int(short) if short.is_integer() and short != 0 and abs(short) < 1e15 else short


# --- tensors ---------------------------------------------------------------------------------------------------------

tensors = []


def case(name, x):
    data = x.detach()
    tensors.append(
        {
            "name": name,
            "shape": list(x.shape),
            "dtype": DTYPES[x.dtype],
            "requiresGrad": x.requires_grad,
            "gradFn": None if x.grad_fn is None else type(x.grad_fn).__name__,
            "parameter": isinstance(x, nn.Parameter),
            "values": [encode(v, x.dtype) for v in data.reshape(-1).tolist()],
            "expected": str(x),
        }
    )


torch.manual_seed(0)


def t(values, dtype=None, grad=False):
    return torch.tensor(values, dtype=dtype, requires_grad=grad)


def quarters(*shape, dtype=f32):
    """Random multiples of 1/64: they stay short in the file."""
    return torch.randint(-300, 300, shape).to(dtype) / 64


# Scalars
case("0-d integral", t(1.0))
case("0-d zero", t(0.0))
case("0-d negative zero", t(-0.0))
case("0-d fraction", t(3.14159265))
case("0-d small", t(0.00012345))
case("0-d just too small", t(0.000099))
case("0-d huge", t(1.5e20))
case("0-d integral 1e8", t(1e8))
case("0-d integral above 1e8", t(100000008.0))
case("0-d nan", t(NAN))
case("0-d infinity", t(-INF))
case("0-d float64", t(2.5, f64))
case("0-d float64 tiny", t(1e-300, f64))
case("0-d float64 integral", t(12.0, f64))
case("0-d int", t(-42))
case("0-d uint8", t(7, u8))
case("0-d bool", t(True))
case("0-d requires_grad", t(2.0, grad=True))

# Empty
for shape in [(0,), (0, 3), (2, 0), (1, 0, 4), (0, 0)]:
    case(f"empty float32 {shape}", torch.empty(shape))
for dtype in [f64, i64, u8, boolean]:
    case(f"empty {DTYPES[dtype]}", torch.empty((0,), dtype=dtype))
    case(f"empty {DTYPES[dtype]} 2-d", torch.empty((0, 2), dtype=dtype))
case("empty requires_grad", torch.empty((3, 0), requires_grad=True))
case("empty with a grad_fn", torch.empty((3, 0), requires_grad=True) * 2)

# Vectors
case("one element", t([5.0]))
case("integral floats", t([1.0, 2.0, 3.0]))
case("integral floats of mixed width", t([1.0, -200.0, 30.0]))
case("fractions", t([0.1, 0.25, -1.5]))
case("zeros", torch.zeros(4))
case("zeros of both signs", t([0.0, -0.0]))
case("negative zero among fractions", t([-0.0, 0.5, 1.25]))
case("negative zero among integers", t([-0.0, 3.0]))
case("ties go to even digits", t([0.03125, 0.09375, 0.15625, -0.21875, 1.96875]))
case("ties go to even digits, float64", t([0.03125, 0.09375, 1000.28125], f64))
case("ties in scientific form", t([1000050.0, 1000150.0, 1000250.0, 3.0]))
case("rounds up to another digit", t([0.99995, 9.99996, 99.99999]))
case("ratio of exactly 1000", t([1.0, 1000.0]))
case("ratio above 1000", t([1.0, 1001.0]))
case("fractions with a ratio above 1000", t([0.5, 501.0]))
case("fractions with a ratio of exactly 1000", t([0.5, 500.0, 2.25]))
case("small", t([0.001, 0.0002, 0.00011]))
case("too small", t([0.001, 0.0002, 0.00009]))
case("tiny", t([1e-38, 1e-40, 1e-45]))
case("huge", t([1e30, 3.4e38, -1e33]))
case("three-digit exponents", t([1e-300, 1e300, -1e-5], f64))
case("three-digit exponents of one sign", t([1.5e200, 2.5e200], f64))
case("scientific with zero", t([0.0, 1e-7, 1.0]))
case("scientific with specials", t([NAN, INF, -INF, 1e-7, 1.0, -0.0]))
case("large integers as floats", t([123456789.0, 1.0]))
case("nan and infinities only", t([NAN, INF, -INF]))
case("specials and zero", t([NAN, INF, -INF, 0.0, -0.0]))
case("specials among integers", t([NAN, INF, -INF, 1.0]))
case("specials among wide integers", t([NAN, INF, -INF, 12345.0, 99999.0]))
case("specials among fractions", t([NAN, 0.5, INF, -INF, -1.25]))
case("float64 fractions", t([1 / 3, 2 / 3], f64))
case("float64 beyond float32", t([1.00000000001, 1.0], f64))
case("ints", t([1, 2, 3]))
case("negative ints of mixed width", t([[1, -200], [30, -4]]))
case("large ints", t([-2147483648, 2147483647, 0]))
case("uint8", t([0, 7, 255], u8))
case("bools", t([True, False, True]))
case("all true", t([True, True]))
case("all false", t([[False], [False]]))
case("arange that wraps", torch.arange(50))
case("floats that wrap", quarters(30))
case("integral floats that wrap", torch.arange(40.0))
case("scientific that wraps", torch.exp(torch.arange(20.0) - 10))
case("bools that wrap", torch.arange(37) % 3 == 0)
case("uint8 that wraps", (torch.arange(60) * 4).to(u8))
case("random normal", torch.randn(10))
case("random uniform float64", torch.rand(10, dtype=f64))
case("exactly 1000 elements", torch.arange(1000))

# Matrices and beyond
case("matrix", torch.randn(3, 4))
case("matrix of integral floats", torch.arange(12.0).view(3, 4))
case("identity", torch.eye(3))
case("matrix that wraps", quarters(3, 20))
case("matrix of ints that wraps", torch.arange(75).view(3, 25) * 100)
case("column", quarters(5, 1))
case("row", quarters(1, 5))
case("matrix with specials", t([[NAN, 1.5], [INF, -2.0]]))
case("matrix of bools", torch.eye(3, dtype=boolean))
case("matrix of uint8", torch.arange(6, dtype=u8).view(2, 3))
case("matrix of float64", torch.arange(6, dtype=f64).view(2, 3) / 4)
case("transposed", torch.arange(6.0).view(2, 3).t())
case("strided", torch.arange(20).view(4, 5)[::2, 1::2])
case("3-d", quarters(2, 3, 4))
case("3-d of ints", torch.arange(24).view(2, 3, 4) - 12)
case("3-d with a wrapping row", quarters(2, 2, 14))
case("4-d", quarters(2, 2, 2, 3))
case("4-d of ones", torch.ones(1, 2, 1, 3))
case("5-d", torch.arange(8).view(2, 1, 2, 1, 2))
case("6-d of single elements", torch.ones(1, 1, 1, 1, 1, 1))
case("images of two digits", (torch.arange(2 * 4 * 4) * 8 % 256).to(u8).view(2, 1, 4, 4))

# Summarised
case("1001 ints", torch.arange(1001))
case("1001 floats", quarters(1001))
case("1001 float64", torch.arange(1001, dtype=f64))
case("40x40", quarters(40, 40))
case("40x40 ints", torch.arange(1600).view(40, 40))
case("2000x2", quarters(2000, 2))
case("3x1001", quarters(3, 1001))
case("6x200: no row left out", torch.arange(1200).view(6, 200))
case("7x200: one row left out", torch.arange(1400).view(7, 200))
case("200x7", torch.arange(1400).view(200, 7))
case("11x11x11", torch.arange(1331).view(11, 11, 11))
case("11x11x11 float64", torch.arange(1331, dtype=f64).view(11, 11, 11) / 8)
case("2x3x300", quarters(2, 3, 300))
case("300x2x2", torch.arange(1200).view(300, 2, 2))
case("4-d summarised", torch.arange(7 * 3 * 8 * 7).view(7, 3, 8, 7))
case("1500x1", torch.arange(1500.0).view(1500, 1))
case("1x1500", torch.arange(1500.0).view(1, 1500))
case("summarised bools", torch.arange(1100) % 2 == 0)
case("summarised uint8", (torch.arange(1200) % 256).to(u8).view(30, 40))
hidden = torch.ones(1200)
hidden[600], hidden[601], hidden[3] = 1e-9, NAN, 0.5
case("only shown elements choose the style", hidden)
edge = torch.ones(1200)
edge[0], edge[1] = 1e-9, NAN
case("summarised scientific that wraps", edge)
case("summarised scientific negative", -torch.exp(torch.arange(1200.0) / 14))
case("summarised with requires_grad", torch.zeros(1001).requires_grad_())
case("summarised matrix with a grad_fn", torch.zeros(40, 40).requires_grad_() + 1)
case("a parameter of a large layer", nn.Parameter(quarters(10, 128)))

# Suffixes
case("requires_grad", t([1.0, 2.5], grad=True))
case("requires_grad and dtype", t([1.0, 2.5], f64, grad=True))
case("requires_grad, matrix", torch.ones(2, 2, requires_grad=True))
for n in range(4, 10):
    row, row64 = torch.full((n,), 0.5, requires_grad=True), torch.full((n,), 0.5, dtype=f64, requires_grad=True)
    case(f"requires_grad at the end of the line, {n} elements", row)
    case(f"grad_fn at the end of the line, {n} elements", row + 0)
    case(f"dtype and grad_fn at the end of the line, {n} elements", row64 + 0)
for n in range(4, 10):
    case(f"suffix after a second line, {n} elements", torch.full((2, n), 0.5, dtype=f64, requires_grad=True))
for n in (16, 17, 18, 19):
    case(f"dtype at the end of the line, {n} elements", torch.zeros(n, dtype=u8))


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 2


x = t([[1.0, -2.0, 3.0], [0.5, 4.0, -6.0]], grad=True)
w = t([[0.25, 1.0], [-1.0, 0.5], [2.0, -0.125]], grad=True)
b = t([0.5, -0.25], grad=True)
v = torch.ones(3)
logits = torch.addmm(b, x, w)
for expression in [
    "x + 1", "x - 1", "x * 2", "x / 3", "x**2", "-x", "x.abs()", "x.exp()", "x.sigmoid()", "x.tanh()", "x.relu()",
    "x.clamp(-1, 1)", "x.sum()", "x.sum(1)", "x.mean()", "x.mean(0)", "x.max()", "x.max(1).values", "x.amax(0)",
    "x.prod()", "x.var()", "x.norm()", "x @ w", "logits", "x @ v", "x.view(3, 2)", "x.reshape(-1)", "x.t().reshape(-1)",
    "x.flatten()", "x.t()", "x.transpose(0, 1)", "x.permute(1, 0)", "x[0]", "x[:, 1:]", "x[0, 1]", "x.unsqueeze(0)",
    "x[:1].squeeze(0)", "x.expand(2, 2, 3)", "torch.cat([x, x])", "torch.stack([b, b])", "logits.softmax(1)",
    "logits.log_softmax(1)", "x.clone()", "x.double()", "x.cumsum(1)", "F.cross_entropy(logits, t([0, 1]))",
    "F.mse_loss(x, torch.zeros(2, 3))", "F.linear(x, w.t(), b)", "Double.apply(x)",
]:  # fmt: skip
    case(expression, eval(expression))
case("detached", (x + 1).detach())
case("no gradient for indices", x.argmax(1))
case("comparison", x > 0)
case("parameter", nn.Parameter(t([0.5, 1.0])))
case("parameter, matrix", nn.Parameter(torch.arange(6.0).view(2, 3)))
case("frozen parameter", nn.Parameter(t([0.5, 1.0]), requires_grad=False))
case("empty parameter", nn.Parameter(torch.empty(0, 4)))

# --- modules ---------------------------------------------------------------------------------------------------------

modules = []


def layer(name, *args, **kwargs):
    """A layer of torch.nn that remembers how it was made."""
    module = getattr(nn, name)(*args, **kwargs)
    module.spec = {"args": list(args), "kwargs": kwargs}
    return module


def given(arg):
    """An argument as JSON: a layer among them is described like any other."""
    return describe(arg) if isinstance(arg, nn.Module) else arg


def describe(module):
    if module is None:
        return None
    spec = getattr(module, "spec", {"args": [], "kwargs": {}})
    return {
        "name": type(module).__name__,
        "custom": type(module).__module__ == "__main__",
        "args": [given(a) for a in spec["args"]],
        "kwargs": {key: given(a) for key, a in spec["kwargs"].items()},
        "extraRepr": module.extra_repr(),
        "children": [[key, describe(child)] for key, child in module._modules.items()],
    }


def module_case(name, module):
    modules.append({"name": name, "module": describe(module), "expected": str(module)})


class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = layer("Flatten")
        self.fc1 = layer("Linear", 28 * 28, 512)
        self.fc2 = layer("Linear", 512, 10)


class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = layer("Flatten")
        self.linear_relu_stack = nn.Sequential(layer("Linear", 784, 512), layer("ReLU"), layer("Linear", 512, 10))


class Scale(nn.Module):
    def extra_repr(self):
        return "factor=0.5"


class Notes(nn.Module):
    def extra_repr(self):
        return "first=1\nsecond=2"


class Mixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = Scale()
        self.inner = Stack()

    def extra_repr(self):
        return "depth=2"


class MixedNotes(Notes):
    def __init__(self):
        super().__init__()
        self.scale = Scale()
        self.notes = Notes()
        self.add_module("nothing", None)


class Bare(nn.Module):
    pass


for args, kwargs in [((3, 4), {}), ((3, 4), {"bias": False}), ((784, 512), {}), ((1, 1), {"bias": True})]:
    module_case(f"Linear {args} {kwargs}", layer("Linear", *args, **kwargs))
for name, args, kwargs in [
    ("Flatten", (), {}), ("Flatten", (0,), {}), ("Flatten", (1, 2), {}), ("Flatten", (), {"end_dim": 3}),
    ("ReLU", (), {}), ("ReLU", (), {"inplace": True}), ("Sigmoid", (), {}), ("Tanh", (), {}), ("GELU", (), {}),
    ("SiLU", (), {}), ("Identity", (), {}),
    ("LeakyReLU", (), {}), ("LeakyReLU", (0.2,), {}), ("ELU", (), {}), ("Softplus", (), {}), ("Softmax", (1,), {}),
    ("LogSoftmax", (), {"dim": -1}),
    ("LeakyReLU", (0.1,), {"inplace": True}), ("ELU", (0.5, True), {}), ("GELU", ("tanh",), {}),
    ("SiLU", (), {"inplace": True}), ("Softplus", (2, 10), {}), ("Softplus", (), {"beta": 0.5}), ("Hardswish", (), {}),
    ("PReLU", (), {}), ("PReLU", (3,), {"init": 0.1}),
    ("Dropout", (), {}), ("Dropout", (0.2,), {}), ("Dropout", (), {"p": 0.1, "inplace": True}),
    ("Dropout2d", (0.25,), {}),
    ("Conv2d", (1, 32, 3), {}), ("Conv2d", (3, 8, 5), {"stride": 2, "padding": 1, "bias": False}),
    ("Conv2d", (4, 4, (3, 5)), {"padding": (1, 2), "groups": 2, "dilation": 2}),
    ("Conv2d", (3, 6, 3), {"padding": "same"}), ("Conv1d", (4, 8, 3), {}),
    ("MaxPool2d", (2,), {}), ("MaxPool2d", (3,), {"stride": 2, "padding": 1}), ("AvgPool2d", (2,), {}),
    ("AdaptiveAvgPool2d", (1,), {}), ("AdaptiveAvgPool2d", ((None, 3),), {}),
    ("Conv1d", (4, 8, 3, 2, 1, 2, 4, False), {}), ("ConvTranspose2d", (3, 6, 3), {}),
    ("ConvTranspose2d", (4, 6, (2, 3)), {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2, "bias": False}),
    ("MaxPool2d", ((2, 3), (1, 2)), {"dilation": 2, "ceil_mode": True}), ("AvgPool2d", ((2, 1),), {"padding": (1, 0)}),
    ("BatchNorm1d", (512,), {}), ("BatchNorm2d", (32,), {"eps": 1e-3, "momentum": 0.01}),
    ("BatchNorm2d", (8,), {"affine": False, "track_running_stats": False}),
    ("LayerNorm", (64,), {}), ("LayerNorm", ((4, 8),), {"eps": 1e-6, "elementwise_affine": False}),
    ("GroupNorm", (2, 8), {}),
    ("RNN", (3, 4), {}), ("RNN", (3, 4, 2), {"nonlinearity": "relu", "bidirectional": True}),
    ("LSTM", (28, 128), {}), ("LSTM", (3, 4), {"num_layers": 2, "bias": False, "dropout": 0.25, "proj_size": 2}),
    ("LSTM", (3, 4, 2, True, True, 1, True), {}), ("GRU", (3, 4), {"num_layers": 3, "batch_first": True, "dropout": 0.5}),
    ("RNNCell", (3, 4), {"nonlinearity": "relu"}), ("RNNCell", (3, 4, False), {}), ("LSTMCell", (3, 4), {}),
    ("GRUCell", (3, 4), {"bias": False}),
    ("Embedding", (10, 3), {}), ("Embedding", (10, 3), {"padding_idx": 0}),
    ("BatchNorm1d", (3,), {"momentum": None}), ("GroupNorm", (1, 4), {"affine": False, "eps": 0.5}),
    ("LayerNorm", ((5,), 0.1), {}), ("Embedding", (5, 2), {"padding_idx": -1}),
    ("CrossEntropyLoss", (), {}),
    ("CrossEntropyLoss", (), {"reduction": "sum", "label_smoothing": 0.1, "ignore_index": 0}),
    ("MSELoss", (), {}), ("NLLLoss", (), {}), ("L1Loss", (), {}), ("SmoothL1Loss", (), {}), ("BCELoss", (), {}),
    ("BCEWithLogitsLoss", (), {}), ("HuberLoss", (), {"delta": 2.0}), ("KLDivLoss", (), {"log_target": True}),
    ("CosineEmbeddingLoss", (), {}), ("TripletMarginLoss", (), {"margin": 0.5, "swap": True}),
    ("MarginRankingLoss", (), {"margin": 0.5}), ("HingeEmbeddingLoss", (), {}), ("SoftMarginLoss", (), {}),
    ("MultiLabelSoftMarginLoss", (), {}), ("PoissonNLLLoss", (), {"full": True}), ("GaussianNLLLoss", (), {}),
    ("CosineSimilarity", (), {}), ("PairwiseDistance", (3,), {}), ("Bilinear", (2, 3, 4), {}), ("Bilinear", (2, 3, 4, False), {}),
    ("Dropout1d", (), {}), ("MaxPool1d", (2,), {}), ("MaxPool1d", (3, 1), {"padding": 1, "dilation": 2, "ceil_mode": True}),
    ("AvgPool1d", (2,), {}), ("AdaptiveAvgPool1d", (2,), {}), ("AdaptiveMaxPool2d", ((2, None),), {}), ("InstanceNorm1d", (3,), {}),
    ("InstanceNorm2d", (3,), {"affine": True, "track_running_stats": True}), ("Upsample", (), {"scale_factor": 2}),
    ("Upsample", ((2, 3),), {"mode": "bilinear"}), ("Upsample", (), {"scale_factor": (2, 1.5)}),
    ("ReLU6", (), {}), ("ReLU6", (True,), {}), ("Hardtanh", (), {}), ("Hardtanh", (-2.0, 0.5, True), {}), ("Hardsigmoid", (True,), {}),
    ("Threshold", (0.1, 20), {}), ("Threshold", (0.1, 0.5), {"inplace": True}), ("Hardshrink", (), {}), ("Softshrink", (0.25,), {}),
    ("Mish", (), {}), ("Mish", (), {"inplace": True}), ("Softsign", (), {}), ("Tanhshrink", (), {}), ("LogSigmoid", (), {}),
    ("SELU", (), {"inplace": True}), ("CELU", (), {}), ("CELU", (0.5,), {"inplace": True}), ("Softmin", (1,), {}),
]:  # fmt: skip
    module_case(f"{name} {args} {kwargs}", layer(name, *args, **kwargs))
module_case("MultiheadAttention", layer("MultiheadAttention", 8, 2))
module_case("MultiheadAttention without bias", layer("MultiheadAttention", 8, 2, kdim=4, bias=False, add_bias_kv=True))
small = ("TransformerEncoderLayer", 8, 2, 16)
module_case("TransformerEncoderLayer", layer("TransformerEncoderLayer", 8, 2))
module_case("TransformerEncoderLayer with a layer", layer(*small, activation=layer("GELU"), dropout=0.25))
module_case("TransformerEncoder", layer("TransformerEncoder", layer(*small), 2))
module_case("TransformerEncoder with a norm", layer("TransformerEncoder", layer(*small), 2, norm=layer("LayerNorm", 8)))
module_case("empty TransformerEncoder", layer("TransformerEncoder", layer(*small), 0))
module_case("the first program's network", NeuralNetwork())
module_case("the tutorial's network", Stack())
module_case("empty Sequential", nn.Sequential())
module_case("Sequential", nn.Sequential(layer("Linear", 2, 3), layer("ReLU"), layer("Linear", 3, 1)))
module_case("Sequential of one", nn.Sequential(layer("ReLU")))
inner = nn.Sequential(layer("Linear", 2, 2, bias=False))
module_case("Sequential in Sequential", nn.Sequential(inner, nn.Sequential(), layer("Tanh")))
named = [("hidden", layer("Linear", 4, 8)), ("activation", layer("ReLU")), ("out", layer("Linear", 8, 2))]
module_case("Sequential with names", nn.Sequential(OrderedDict(named)))
module_case("Sequential of twelve", nn.Sequential(*[layer("ReLU") for _ in range(12)]))
module_case("empty ModuleList", nn.ModuleList())
module_case("ModuleList", nn.ModuleList([layer("Linear", 2, 2), nn.Sequential(layer("ReLU"), layer("Dropout", 0.3))]))
heads = [("digit", layer("Linear", 4, 10)), ("parity", nn.Sequential(layer("ReLU"), layer("Linear", 4, 2)))]
module_case("empty ModuleDict", nn.ModuleDict())
module_case("ModuleDict", nn.ModuleDict(OrderedDict(heads)))
module_case("a network and a loss", nn.Sequential(NeuralNetwork(), layer("CrossEntropyLoss")))
module_case("module without anything", Bare())
module_case("extra_repr", Scale())
module_case("extra_repr of two lines", Notes())
module_case("extra_repr and children", Mixed())
module_case("extra_repr of two lines, children and None", MixedNotes())
module_case("custom modules in Sequential", nn.Sequential(Mixed(), MixedNotes(), Bare()))

# --- print options ---------------------------------------------------------------------------------------------------

# Tensors under other options than the defaults, and under another default dtype.
configured = []
NAMES = {"sci_mode": "sciMode"}


def printed(options, x, default=f32):
    torch.set_default_dtype(default)
    torch.set_printoptions(**options)
    case("", x)
    torch.set_printoptions(profile="default")
    torch.set_default_dtype(f32)
    kept = {k: v for k, v in tensors.pop().items() if k not in ("name", "parameter")}
    given = {NAMES.get(k, k): "inf" if v == INF else v for k, v in options.items()}
    configured.append({"options": given, "defaultDtype": DTYPES[default], **kept})


for options in [
    {"precision": 2}, {"precision": 0}, {"precision": 10}, {"sci_mode": True}, {"sci_mode": False}, {"linewidth": 30},
    {"threshold": 5}, {"threshold": 5, "edgeitems": 1}, {"profile": "short"}, {"profile": "full"},
    {"profile": "short", "precision": 6}, {"threshold": INF}, {"precision": 3, "sci_mode": True, "linewidth": 40},
]:  # fmt: skip
    printed(options, quarters(9))
    printed(options, quarters(3, 8))
    printed(options, quarters(7, 2, 7))
    printed(options, t([1.0, 2.0, 300.0]))
    printed(options, t([1e-6, 1.0, 1e9]))
    printed(options, t([0.0, NAN, INF, -1.5]))
    printed(options, torch.arange(12).view(2, 6))
    printed(options, t(2.5, grad=True))
    printed(options, (t([1.0, 2.0], grad=True) * 2))
printed({"profile": "full"}, torch.arange(1100))
printed({"edgeitems": 1}, torch.arange(2000).view(2, 1000))
for dtype in [f32, f64, i64, boolean]:
    printed({}, t([1, 0], dtype), f64)
    printed({}, torch.zeros(0, 2, dtype=dtype), f64)

# --- numbers ---------------------------------------------------------------------------------------------------------

# [value, f"{value:.4f}", f"{value:.4e}"]
numbers = [
    [encode(v, f64), f"{v:.4f}", f"{v:.4e}"]
    for v in [
        0.0, -0.0, 1.0, -1.0, 0.03125, 0.09375, -0.03125, 0.5, 2.5, 1.00005, 1.00015, 0.99995, 0.999949999, 9.99995,
        99999.5, 100000.5, 100001.5, 1000050.0, 1000150.0, 1000250.0, -1000350.0, 12345.5, 12346.5, 0.00048828125,
        1.52587890625e-05, 5e20, 1.00005e18, 1.00015e18, 99999.99995,
        float(np.float32(0.1)), float(np.float32(0.00005)), float(np.float32(16777217)), 1e-5, 1e-10, 4.9e-324,
        2.2250738585072014e-308, NAN, INF, -INF,
    ]
]  # fmt: skip
numbers += [[v, None, f"{v:.4e}"] for v in [1e22, 1e23, 1.00005e25, 1.7976931348623157e308, -1e100]]

# [value, whether it is a float, repr(value)]; lists are tuples
reprs = [
    [encode(v, f64), True, repr(v)]
    for v in [
        0.0, -0.0, 1.0, -3.0, 0.5, 0.1, 0.01, 0.001, 1e-4, 0.00012345, 1e-5, 1.5e-5, 1e-8, 1e-12, 123456.789, 1e15,
        9999999999999998.0, 1e16, 1.25e17, 1e21, 1e22, 1e100, 1e-100, 5e-324, 1 / 3, NAN, INF, -INF,
    ]
]  # fmt: skip
reprs += [[v, False, repr(v)] for v in [0, 1, -7, 784, 2147483647, 0.25, 1e-5, True, False, None]]
reprs += [[v, False, repr(v)] for v in ["zeros", "", "it's", 'say "a"', "it's \"b\"", "a\\b", "a\nb\t"]]
reprs += [[list(v), False, repr(v)] for v in [(2, 2), (3,), (), (1, -1, 0), (0.5, 2), ("a", True, None)]]
reprs += [[list(v), True, repr(v)] for v in [(0.9, 0.999), (1.0, 2.0), (1e-5,)]]
reprs.append([[(1, 2), [3]], False, repr(((1, 2), (3,)))])


def rows(items):
    lines = ["    " + json.dumps(item, allow_nan=False, separators=(",", ":")) for item in items]
    return "[\n" + ",\n".join(lines) + "\n  ]"


parts = {"tensors": tensors, "configured": configured, "modules": modules, "numbers": numbers, "reprs": reprs}
body = ",\n".join(f'  "{key}": {rows(items)}' for key, items in parts.items())
(Path(__file__).parents[1] / "data" / "print.json").write_text(f'{{\n  "torch": "{torch.__version__}",\n{body}\n}}\n')
print(", ".join(f"{len(items)} {key}" for key, items in parts.items()))
