"""Writes attention.json: attention and transformer layers of torch.nn.

Every case seeds the generator, makes a layer, and runs it one or more times, seeding anew. PyTorch's other way of
computing, which evaluation without gradients takes, is not asked: all inputs have gradients.
"""
import warnings

from layer_cases import Part, case, write
from torch_calls import INF, Input, boolean, f, f64, v

warnings.simplefilter("ignore")

causal = v([[0, 1, 1], [0, 0, 1], [0, 0, 0]], boolean)
padding = v([[0, 0, 1], [0, 1, 1]], boolean)
hidden = v([[0, -INF, -INF], [0, 0, -INF], [0, 0, 0]], f64, grad=False)
wide = {"dtype": f64}

# --- attention -------------------------------------------------------------------------------------------------------

x, y, z = f(3, 2, 4), f(2, 2, 4), f(2, 2, 4)
case("MultiheadAttention", [4, 2], [[x, x, x], [x, y, y], [x, y, z], ([x, x, x], "eval")])
x, y, z = f(3, 2, 4, **wide), f(2, 2, 4, **wide), f(2, 2, 4, **wide)
case("MultiheadAttention", [4, 2], [
    [x, x, x], [x, y, y], [x, y, z], [x, x, f(3, 2, 4, **wide)], ([x, x, x], "eval"),
    ([x, x, x], "train", {"needWeights": False}), ([x, x, x], "train", {"averageAttnWeights": False}),
    ([x, x, x], "train", {"attnMask": causal}), ([x, x, x], "train", {"keyPaddingMask": padding}),
    ([x, x, x], "train", {"attnMask": causal, "keyPaddingMask": padding, "averageAttnWeights": False}),
    ([x, x, x], "train", {"attnMask": hidden}), ([x, x, x], "train", {"attnMask": f(3, 3, **wide)}),
    ([x, x, x], "train", {"attnMask": f(4, 3, 3, **wide)}), ([x, x, x], "train", {"keyPaddingMask": f(2, 3, **wide)}),
    ([x, x, x], "train", {"attnMask": hidden, "keyPaddingMask": v([[0, 0, 1], [0, 0, 0]], boolean)}),
    ([x, x, x], "train", {"attnMask": v([[1, 1, 1], [0, 0, 1], [0, 0, 0]], boolean)}),
    ([x, x, x], "train", {"attnMask": v([[0, 1, 1]] * 3, boolean).via(["to", "uint8"])}),
], change=True, dtype="float64")  # fmt: skip
u, w = f(3, 4, **wide), f(2, 4, **wide)
case("MultiheadAttention", [4, 2], [
    [u, u, u], [u, w, w], ([u, u, u], "train", {"averageAttnWeights": False}), ([u, u, u], "train", {"needWeights": False}),
    ([u, u, u], "train", {"attnMask": causal, "keyPaddingMask": v([0, 0, 1], boolean)}),
    ([u, u, u], "train", {"attnMask": f(2, 3, 3, **wide)}),
], change=True, dtype="float64", batch_first=True)  # fmt: skip
x, y, z = f(2, 3, 4, **wide), f(2, 2, 4, **wide), f(2, 2, 4, **wide)
case("MultiheadAttention", [4, 4], [
    [x, x, x], [x, y, y], [x, y, z], ([x, x, x], "eval"),
    ([x, x, x], "train", {"attnMask": causal, "keyPaddingMask": padding}),
], seed=1, dtype="float64", batch_first=True)  # fmt: skip
case("MultiheadAttention", [6, 3], [[f(2, 1, 6), f(3, 1, 4), f(3, 1, 5)]], seed=2, kdim=4, vdim=5)
case("MultiheadAttention", [4, 2], [
    [f(2, 2, 4, **wide), f(3, 2, 3, **wide), f(3, 2, 4, **wide)],
    ([f(2, 2, 4, **wide), f(3, 2, 3, **wide), f(3, 2, 4, **wide)], "train", {"keyPaddingMask": padding}),
], seed=3, change=True, kdim=3, dtype="float64")  # fmt: skip
case("MultiheadAttention", [4, 2, 0.0, False], [[f(2, 2, 4), f(3, 2, 4), f(3, 2, 4)]], seed=4)
case("MultiheadAttention", [4, 2], [[f(2, 2, 4), f(3, 2, 3), f(3, 2, 3)]], seed=4, bias=False, kdim=3, vdim=3)
x, u = f(3, 2, 4, **wide), f(3, 4, **wide)
for extra in [{"add_bias_kv": True}, {"add_zero_attn": True}, {"add_bias_kv": True, "add_zero_attn": True}]:
    case("MultiheadAttention", [4, 2], [
        [x, x, x], [u, u, u], ([x, x, x], "train", {"attnMask": causal, "keyPaddingMask": padding}),
        ([x, x, x], "train", {"attnMask": f(3, 3, **wide), "averageAttnWeights": False}),
    ], seed=5, change=True, dtype="float64", **extra)  # fmt: skip
case("MultiheadAttention", [4, 2], [[f(2, 1, 4), f(2, 1, 4), f(2, 1, 4)]], seed=6, add_bias_kv=True)
x = f(3, 2, 4)
case("MultiheadAttention", [4, 2, 0.3], [[x, x, x], ([x, x, x], "eval")], seed=7)
case("MultiheadAttention", [4, 1], [[Input([0, 2, 4], []), f(2, 2, 4), f(2, 2, 4)]], seed=8)

# --- encoders --------------------------------------------------------------------------------------------------------

LAYER = "TransformerEncoderLayer"
x, u = f(3, 2, 4), f(3, 4)
case(LAYER, [4, 2, 6, 0.0], [[x], [u], ([x], "eval")])
case(LAYER, [4, 2, 6], [[x], ([x], "eval")], seed=1)
x, u, t = f(3, 2, 4, **wide), f(3, 4, **wide), f(2, 3, 4, **wide)
small = {"dim_feedforward": 5, "dropout": 0.0, "dtype": "float64"}
masks = {"srcMask": causal, "srcKeyPaddingMask": padding}
for norm_first in [False, True]:
    case(LAYER, [4, 2], [
        [x], [u], ([x], "eval"), ([x], "train", {"srcMask": causal}), ([x], "train", {"srcKeyPaddingMask": padding}),
        ([x], "train", masks), ([x], "train", {"srcMask": hidden}), [x, causal, padding],
    ], seed=2, norm_first=norm_first, **small)  # fmt: skip
    case(LAYER, [4, 2], [[t], ([t], "train", masks)], seed=3, norm_first=norm_first, batch_first=True, activation="gelu", **small)
case(LAYER, [4, 1], [[x]], seed=4, layer_norm_eps=0.1, activation=Part("Tanh"), **small)
ENCODER = "TransformerEncoder"
case(ENCODER, [Part(LAYER, 4, 2, 6, 0.0), 2], [[f(3, 2, 4)]], seed=5)
case(ENCODER, [Part(LAYER, 4, 2, **small), 2, Part("LayerNorm", 4, dtype="float64")], [
    [x], [u], ([x], "eval"), ([x], "train", {"mask": causal, "srcKeyPaddingMask": padding}), [x, causal],
], seed=6)  # fmt: skip
case(ENCODER, [Part(LAYER, 4, 2, batch_first=True, norm_first=True, **small), 3], [
    [t], ([t], "train", {"mask": hidden}), ([t], "train", {"srcKeyPaddingMask": padding}),
], seed=7, norm=Part("LayerNorm", 4, eps=0.01, dtype="float64"))  # fmt: skip
case(ENCODER, [Part(LAYER, 4, 2, 6, 0.2), 2], [[f(3, 2, 4)], ([f(3, 2, 4)], "eval")], seed=8)
case(ENCODER, [Part(LAYER, 4, 2, activation=Part("PReLU", dtype="float64"), **small), 2], [[x]], seed=9)

# --- decoders and the whole --------------------------------------------------------------------------------------------

t, m = f(3, 2, 4, **wide), f(2, 2, 4, **wide)
look = v([[0, 1], [0, 0], [1, 0]], boolean)
for extra in [{}, {"norm_first": True}, {"activation": "gelu"}]:
    case("TransformerDecoderLayer", [4, 2, 3, 0.0], [
        [t, m], ([t, m], "eval"), ([t, m], "train", {"tgtMask": causal, "memoryMask": look}),
        ([t, m], "train", {"tgtKeyPaddingMask": padding, "memoryKeyPaddingMask": v([[0, 1], [0, 0]], boolean)}),
    ], change=True, dtype="float64", **extra)  # fmt: skip
case("TransformerDecoderLayer", [4, 2, 3], [[f(2, 3, 4, **wide), f(2, 2, 4, **wide)], [f(3, 4, **wide), f(2, 4, **wide)]], seed=1, batch_first=True, dtype="float64")
layer = Part("TransformerDecoderLayer", 4, 2, 3, 0.0, dtype="float64")
case("TransformerDecoder", [layer, 2], [[t, m], ([t, m], "train", {"tgtMask": causal})], seed=2)
case("TransformerDecoder", [layer, 1, Part("LayerNorm", 4, dtype="float64")], [[t, m]], seed=3)
case("Transformer", [4, 2, 1, 1, 3, 0.0], [
    [m, t], ([m, t], "train", {"tgtMask": causal, "srcKeyPaddingMask": v([[0, 1], [0, 0]], boolean)}),
], seed=4, dtype="float64")  # fmt: skip
case("Transformer", [], [[f(2, 3, 4, **wide), f(2, 2, 4, **wide)]], seed=5, dtype="float64", d_model=4, nhead=2, num_encoder_layers=2, num_decoder_layers=2, dim_feedforward=3, batch_first=True, norm_first=True)

write("attention.json")
