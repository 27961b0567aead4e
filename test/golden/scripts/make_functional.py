"""Writes functional.json: what PyTorch's torch.nn.functional computes.

Losses that nn.json has are not here. See torch_calls.py for how calls and inputs are described.
"""
import warnings

import torch
from functional_cases import FUNCTIONS, case, write
from torch_calls import INF, NAN, Input, boolean, f, f64, i64, ints, pos, v

warnings.simplefilter("ignore")


def attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False):
    """What later versions call scaled_dot_product_attention; this one has it for itself, with masks of bools only."""
    return torch._C._nn._scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, False, is_causal)[0]


FUNCTIONS["scaledDotProductAttention"] = attention

# --- activations -----------------------------------------------------------------------------------------------------

special = v([NAN, INF, -INF, 0.0, -0.0, 88.0, -88.0, 200.0, -200.0, 1e-8, 3.0, -3.0, 20.0, 20.5, 1e30, -1e30])
for op in ["leakyRelu", "elu", "gelu", "silu", "softplus", "hardswish"]:
    for x in [f(2, 3), f(), f(0, 2), f(2, 2, dtype=f64), f(3, 2).via(["t"]), f(40, low=-5, high=5)]:
        case(op, x)
    case(op, special, check=False)
    case(op, ints(3))
for slope in [0.2, 0.0, -0.5, 2]:
    case("leakyRelu", f(2, 3), slope)
for alpha in [0.5, 2, -1.0]:
    case("elu", f(2, 3), alpha)
case("gelu", f(2, 3), approximate="tanh")
case("gelu", f(2, 3, dtype=f64), approximate="tanh")
case("gelu", special, approximate="tanh", check=False)
case("gelu", f(2, 3), approximate="tan")
case("softplus", f(2, 3), 2)
case("softplus", f(2, 3), 0.5, 0.25)
case("softplus", f(2, 3), beta=3.0, threshold=1)
case("softplus", special, 2.5, 10, check=False)
for op in ["leakyRelu", "elu", "silu", "hardswish"]:
    case(op, f(2, 3).via(["mul", 1.5]), inplace=True)
    case(op, f(2, 3), inplace=True)
    case(op, f(2, 3, grad=False), inplace=True)
case("prelu", f(2, 3), f(1))
case("prelu", f(2, 3), f(3))
case("prelu", f(2, 3, 2), f(3))
case("prelu", f(2, 3, 2, 2), f(3))
case("prelu", f(2, 3, 2, dtype=f64), f(1, dtype=f64))
case("prelu", f(4), f(1))
case("prelu", f(2, 3).via(["t"]), f(2))
case("prelu", v([0.0, -0.0, NAN, INF, -INF]), f(1), check=False)
case("prelu", f(2, 3), f(2))

# --- normalisation ---------------------------------------------------------------------------------------------------

case("layerNorm", f(2, 3), [3])
case("layerNorm", f(2, 3), [2, 3])
case("layerNorm", f(2, 3), [3], f(3), f(3))
case("layerNorm", f(2, 3), [3], None, f(3), 0.5)
case("layerNorm", f(2, 2, 3, dtype=f64), [2, 3], weight=f(2, 3, dtype=f64))
case("layerNorm", f(3, 2, 4).via(["transpose", 0, 1]), [4], f(4))
case("layerNorm", f(7, 40), [40], f(40), f(40), check=False)
case("layerNorm", v([[2.0, 2.0, 2.0]]), [3], check=False)
case("layerNorm", f(2, 3), [4])
case("layerNorm", f(2, 3), [3], f(4))
case("groupNorm", f(2, 4, 2), 2)
case("groupNorm", f(2, 4, 3, dtype=f64), 4, f(4, dtype=f64), f(4, dtype=f64))
case("groupNorm", f(1, 4, 2, 2), 1, f(4), f(4), 0.1)
case("groupNorm", f(2, 4, 2, dtype=f64), 2, f(4, dtype=f64), bias=f(4, dtype=f64))
case("groupNorm", f(2, 3), 2)
case("groupNorm", f(1, 4), 4)
case("groupNorm", f(2, 4), 2, f(3))
fixed = {"grad": False}
case("batchNorm", f(4, 3), None, None, training=True)
case("batchNorm", f(4, 3), f(3, **fixed), pos(3, **fixed), f(3), f(3), True)
case("batchNorm", f(4, 3), f(3, **fixed), pos(3, **fixed), f(3), f(3))
case("batchNorm", f(2, 3, 2), f(3, **fixed), pos(3, **fixed), f(3), f(3), False, 0.1, 0.5)
case("batchNorm", f(2, 2, 3, 2), None, None, f(2), f(2), True, 0.1, 0.01)
case("batchNorm", f(3, 2, dtype=f64), None, None, bias=f(2, dtype=f64), training=True)
case("batchNorm", f(1, 3), None, None, training=True)
case("batchNorm", f(4, 3), f(2, **fixed), pos(2, **fixed), training=True)
case("batchNorm", f(4, 3), None, None, f(2), training=True)
case("batchNorm", f(4, 3), None, None)

# --- tables ----------------------------------------------------------------------------------------------------------

case("embedding", v([1, 0, 1], i64), f(3, 2))
case("embedding", v([[1, 2], [2, 0]], i64), f(3, 2))
case("embedding", v(2, i64), f(3, 2, dtype=f64))
case("embedding", Input([0], [], i64), f(3, 2))
case("embedding", v([2, 0, 1, 2], i64), f(3, 2), 2, check=False)
case("embedding", v([2, 0, 1, 2], i64), f(3, 2), paddingIdx=-3, check=False)
case("embedding", v([3], i64), f(3, 2))
case("embedding", v([-1], i64), f(3, 2))
case("embedding", v([1.5]), f(3, 2))
case("embedding", v([1], i64), f(3, 2), 3)

# --- losses ----------------------------------------------------------------------------------------------------------

unit = {"low": 0.02, "high": 0.98}
for reduction in ["mean", "sum", "none"]:
    r = {"reduction": reduction}
    case("smoothL1Loss", f(3, 4), f(3, 4), **r)
    case("smoothL1Loss", f(3, 4), f(3, 4), beta=0.3, **r)
    case("smoothL1Loss", f(2, 2, dtype=f64), f(2, 2, dtype=f64), beta=0, **r)
    case("huberLoss", f(3, 4), f(3, 4), **r)
    case("huberLoss", f(3, 4), f(3, 4), delta=0.4, **r)
    case("binaryCrossEntropy", f(3, 4, **unit), f(3, 4, **unit), **r)
    case("binaryCrossEntropy", f(3, 4, **unit), f(3, 4, grad=False, **unit), f(4, grad=False), **r)
    case("binaryCrossEntropy", v([0.0, 0.0, 1.0, 1.0, 1e-30, 0.5]), v([0.0, 1.0, 0.0, 1.0, 1.0, 0.5], grad=False), check=False, **r)
    case("klDiv", f(2, 3), f(2, 3, **unit), **r)
    case("klDiv", f(2, 3), f(2, 3), logTarget=True, **r)
    case("klDiv", f(2, 2), v([[0.0, 1.0], [0.5, 0.0]], grad=False), **r)
    case("cosineEmbeddingLoss", f(3, 4), f(3, 4), v([1, -1, 1], i64), **r)
    case("cosineEmbeddingLoss", f(3, 4), f(3, 4), v([-1.0, -1.0, 1.0], grad=False), 0.2, **r)
    case("cosineEmbeddingLoss", f(4), f(4), v(1, i64), margin=0.5, **r)
    case("tripletMarginLoss", f(3, 4), f(3, 4), f(3, 4), **r)
    case("tripletMarginLoss", f(3, 4), f(3, 4), f(3, 4), margin=4.0, p=3, swap=True, **r)
    case("tripletMarginLoss", f(4), f(4), f(4), 2.0, 1, **r)
case("klDiv", f(2, 3), f(2, 3, **unit), reduction="batchmean")
case("klDiv", f(2, 3, dtype=f64), f(2, 3, dtype=f64), reduction="batchmean", logTarget=True)
case("pairwiseDistance", f(3, 4), f(3, 4))
case("pairwiseDistance", f(3, 4), f(3, 4), 3, 0.01, True)
case("pairwiseDistance", f(4), f(4), p=1)
case("smoothL1Loss", v([0.0, 1.0, -1.0, NAN, INF]), v([0.0] * 5, grad=False), reduction="none", check=False)
case("huberLoss", v([0.0, 1.0, -1.0, NAN, INF]), v([0.0] * 5, grad=False), reduction="none", check=False)
case("smoothL1Loss", f(3), f(3), beta=-1)
case("huberLoss", f(3), f(3), delta=0)
case("smoothL1Loss", f(3), f(3), reduction="avg")
case("klDiv", f(3), f(3), reduction="avg")
case("binaryCrossEntropy", v([0.5, 1.5]), f(2, **unit))
case("binaryCrossEntropy", v([0.5, 0.5]), f(3, **unit))
case("cosineEmbeddingLoss", f(3, 4), f(3, 4), v(1, i64))
case("cosineEmbeddingLoss", f(3, 4), f(3, 4), v([[1]], i64))
case("tripletMarginLoss", f(3, 4), f(3, 4), f(4))

# --- convolutions ----------------------------------------------------------------------------------------------------

case("conv2d", f(2, 3, 5, 4), f(4, 3, 3, 2))
case("conv2d", f(2, 3, 5, 4), f(4, 3, 3, 2), f(4))
case("conv2d", f(1, 2, 4, 4), f(2, 2, 2, 2), f(2), 2)
case("conv2d", f(2, 2, 4, 5), f(2, 2, 3, 3), f(2), [2, 1], [1, 2])
case("conv2d", f(1, 1, 5, 6), f(2, 1, 2, 3), None, 1, 1, [2, 1])
case("conv2d", f(2, 4, 3, 3), f(4, 2, 2, 2), f(4), groups=2)
case("conv2d", f(1, 3, 3, 3), f(6, 1, 3, 3), f(6), padding=1, groups=3)
case("conv2d", f(1, 2, 4, 3), f(1, 2, 3, 3), padding="same")
case("conv2d", f(1, 2, 4, 3), f(1, 2, 2, 4), padding="same")
case("conv2d", f(1, 1, 5, 5), f(1, 1, 2, 3), padding="same", dilation=2)
case("conv2d", f(1, 2, 4, 3), f(1, 2, 3, 3), padding="valid")
case("conv2d", f(2, 3, 3), f(2, 2, 2, 2), f(2))
case("conv2d", f(2, 3, 1, 4), f(2, 3, 1, 1), f(2))
case("conv2d", f(2, 2, 3, 3, dtype=f64), f(2, 2, 3, 3, dtype=f64), f(2, dtype=f64), padding=2, stride=2)
case("conv2d", f(4, 3, 2, 3).via(["transpose", 0, 2]), f(2, 2, 2, 3).via(["transpose", 0, 1]))
case("conv2d", f(1, 4, 9, 9, low=-1, high=1), f(5, 4, 3, 3, low=-1, high=1), f(5), 2, 1, check=False)
case("conv1d", f(2, 3, 6), f(4, 3, 3), f(4))
case("conv1d", f(2, 4, 6), f(2, 2, 2), None, 2, 1, 2, 2)
case("conv1d", f(3, 5), f(2, 3, 2), f(2), padding="same")
case("convTranspose2d", f(2, 3, 2, 3), f(3, 2, 3, 2), f(2))
case("convTranspose2d", f(1, 2, 3, 3), f(2, 2, 3, 3), f(2), 2, 1, 1)
case("convTranspose2d", f(1, 4, 2, 2), f(4, 1, 2, 3), None, [1, 2], [0, 1], [0, 1], 2)
case("convTranspose2d", f(1, 2, 2, 2), f(2, 1, 2, 2), stride=3, outputPadding=1, dilation=2)
case("convTranspose2d", f(2, 2, 3), f(2, 2, 2, 2), f(2))
case("convTranspose2d", f(2, 2, 3, 2, dtype=f64), f(2, 3, 2, 2, dtype=f64), padding=1)
case("conv2d", f(1, 3, 5, 5), f(2, 4, 3, 3))
case("conv2d", f(1, 3, 2, 2), f(2, 3, 3, 3))
case("conv2d", f(5, 5), f(2, 3, 3, 3))
case("conv2d", f(1, 4, 5, 5), f(3, 2, 3, 3), groups=2)
case("conv2d", f(1, 3, 5, 5), f(2, 3, 3, 3), f(3))
case("conv2d", f(1, 3, 5, 5), f(2, 3, 3, 3), stride=0)
case("conv2d", f(1, 3, 5, 5), f(2, 3, 3, 3), padding=-1)
case("conv2d", f(1, 3, 5, 5), f(2, 3, 3, 3), padding="same", stride=2)
case("conv2d", f(1, 3, 5, 5), f(2, 3, 3, 3), padding="full")
case("conv2d", f(1, 3, 5, 5), f(2, 3, 3, 3), dilation=0)
case("conv2d", f(1, 3, 5, 5), f(2, 3, 3, 3), groups=0)
case("conv2d", f(1, 3, 5, 5), f(2, 3, 3, 3), stride=[1, 2, 3])
case("conv2d", f(1, 3, 5, 5), f(2, 3, 3, 3, dtype=f64))
case("conv1d", f(1, 3, 2), f(2, 3, 3))
case("conv1d", f(3, 5), f(2, 4, 3))
case("convTranspose2d", f(1, 3, 5, 5), f(2, 3, 3, 3))
case("convTranspose2d", f(1, 3, 5, 5), f(3, 2, 3, 3), outputPadding=1)

# --- pooling ---------------------------------------------------------------------------------------------------------

case("maxPool2d", f(2, 2, 4, 6), 2)
case("maxPool2d", f(1, 2, 5, 5), 3, 2, 1)
case("maxPool2d", f(2, 5, 4), [2, 3], [1, 2])
case("maxPool2d", f(1, 1, 5, 6), 2, dilation=2)
case("maxPool2d", f(1, 2, 5, 5), 2, ceilMode=True)
case("maxPool2d", f(1, 1, 4, 4), 3, stride=2, padding=1, ceilMode=True)
case("maxPool2d", f(1, 1, 6, 6), 3, padding=1, dilation=2, stride=1)
case("maxPool2d", f(2, 1, 4, 4, dtype=f64), 2, 1)
case("maxPool2d", f(4, 3, 2, 4).via(["transpose", 0, 3]), 2)
case("maxPool2d", v([[[1.0, 1, 2, NAN], [1, 1, NAN, 2], [-INF, -INF, INF, INF], [-INF, -INF, INF, 0]]]), 2, check=False)
case("maxPool2d", f(3, 2, 12, 12, low=-5, high=5), 2, check=False)
case("avgPool2d", f(2, 2, 4, 6), 2)
case("avgPool2d", f(1, 2, 5, 5), 3, 2, 1)
case("avgPool2d", f(1, 2, 5, 5), 3, 2, 1, False, False)
case("avgPool2d", f(2, 5, 4), [2, 3], [1, 2])
case("avgPool2d", f(1, 1, 5, 5), 2, ceilMode=True)
case("avgPool2d", f(1, 1, 6, 5), 3, 2, 1, ceilMode=True)
case("avgPool2d", f(1, 1, 6, 5), 3, 2, 1, ceilMode=True, countIncludePad=False)
case("avgPool2d", f(1, 1, 4, 4, dtype=f64), 2, divisorOverride=3)
case("adaptiveAvgPool2d", f(2, 2, 4, 6), 2)
case("adaptiveAvgPool2d", f(2, 2, 4, 6), 1)
case("adaptiveAvgPool2d", f(2, 5, 7), [2, 3])
case("adaptiveAvgPool2d", f(1, 1, 5, 4), [None, 3])
case("adaptiveAvgPool2d", f(1, 1, 3, 3, dtype=f64), 5)
case("maxPool2d", f(1, 2, 2), 3)
case("maxPool2d", f(1, 3, 3), 2, padding=2)
case("maxPool2d", f(3, 3), 2)
case("maxPool2d", f(1, 3, 3), 2, 0)
case("maxPool2d", ints(1, 4, 4), 2)
case("avgPool2d", f(1, 2, 2), 3)
case("avgPool2d", f(1, 3, 3), 2, padding=2)
case("avgPool2d", f(1, 3, 3), 2, divisorOverride=0)
case("adaptiveAvgPool2d", f(3, 3), 2)

# --- more activations ------------------------------------------------------------------------------------------------

ends = v([NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 3.0, -3.0, 6.0, 0.5, -0.5, 88.0, -88.0, 200.0, -200.0, 1e-8, 1e30, -1e30])
for op in ["relu6", "hardtanh", "hardsigmoid", "mish", "softsign", "logsigmoid", "selu", "celu", "tanhshrink", "hardshrink"]:
    for x in [f(2, 3), f(), f(2, 2, dtype=f64), f(3, 2).via(["t"]), f(40, low=-8, high=8)]:
        # PyTorch has the slope of hardsigmoid, 1/6, in float32 only.
        if (op, x.dtype) != ("hardsigmoid", f64):
            case(op, x)
    case(op, ends, check=False)
for op in ["relu6", "hardtanh", "hardsigmoid", "mish", "selu", "celu"]:
    case(op, f(2, 3).via(["mul", 1.5]), inplace=True)
    case(op, f(2, 3), inplace=True)
case("hardtanh", f(2, 3), -0.5, 1.5)
case("hardtanh", f(2, 3), minVal=0.0)
case("celu", f(2, 3), 0.5)
case("celu", f(2, 3, dtype=f64), alpha=2.0)
case("softmin", f(2, 3), 0)
case("softmin", f(2, 3), dim=-1)
case("hardshrink", f(2, 3), 0.7)
case("softshrink", f(2, 3))
case("softshrink", f(40, low=-8, high=8), 1.2)
case("softshrink", v([INF, -INF, 0.0, -0.0, 0.5, -0.5, 1e30, 1.0]), check=False)
case("softshrink", f(2, 3), lambd=-1)
case("threshold", f(2, 3), 0.1, 20)
case("threshold", f(2, 3).via(["mul", 1.5]), 0.1, 20, inplace=True)
case("threshold", v([NAN, INF, -INF, 0.25, 0.5]), 0.25, -1, check=False)

# --- more losses and distances ---------------------------------------------------------------------------------------

signs = v([[1.0, -1, 1], [-1, -1, 1]], grad=False)
for reduction in ["mean", "sum", "none"]:
    r = {"reduction": reduction}
    case("marginRankingLoss", f(4), f(4), v([1.0, -1, 1, -1], grad=False), **r)
    case("marginRankingLoss", f(2, 3), f(2, 3), signs, 0.5, **r)
    case("hingeEmbeddingLoss", f(2, 3), signs, **r)
    case("hingeEmbeddingLoss", f(2, 3), signs, margin=0.3, **r)
    case("softMarginLoss", f(2, 3), signs, **r)
    case("multilabelSoftMarginLoss", f(2, 3), v([[1.0, 0, 1], [0, 0, 1]], grad=False), **r)
    case("multilabelSoftMarginLoss", f(2, 3), f(2, 3, **unit), f(3, grad=False), **r)
    case("poissonNllLoss", f(2, 3), pos(2, 3), **r)
    case("poissonNllLoss", f(2, 3), v([[0.0, 1, 2], [3, 4, 5]], grad=False), full=True, **r)
    case("poissonNllLoss", pos(2, 3), v([[0.0, 1, 2], [3, 4, 5]], grad=False), False, True, **r)
    case("poissonNllLoss", pos(2, 2, dtype=f64), pos(2, 2, dtype=f64), logInput=False, eps=0.1, **r)
    case("gaussianNllLoss", f(2, 3), f(2, 3), pos(2, 3), **r)
    case("gaussianNllLoss", f(2, 3), f(2, 3), pos(2, 1), full=True, **r)
    case("gaussianNllLoss", f(2, 3), f(2, 3), pos(2), True, **r)
    case("gaussianNllLoss", f(2, 3, dtype=f64), f(2, 3, dtype=f64), pos(2, 3, dtype=f64), eps=1.0, check=False, **r)
case("marginRankingLoss", f(2), f(2, 1), v([1.0, 1], grad=False))
case("gaussianNllLoss", f(2, 3), f(2, 3), pos(4))
case("gaussianNllLoss", f(2, 3), f(2, 3), v([[1.0, -1, 1]] * 2))
case("softMarginLoss", f(2, 3), signs, reduction="avg")
case("cosineSimilarity", f(2, 3), f(2, 3))
case("cosineSimilarity", f(2, 3, dtype=f64), f(2, 3, dtype=f64), 0)
case("cosineSimilarity", f(2, 3, 2), f(1, 3, 2), dim=-1)
case("cosineSimilarity", f(3), f(3), dim=0, eps=0.5)
case("cosineSimilarity", f(2, 3), f(2, 3), 1, 10.0, check=False)
case("bilinear", f(2, 3), f(2, 4), f(5, 3, 4))
case("bilinear", f(2, 3), f(2, 4), f(2, 3, 4), f(2))
case("bilinear", f(2, 2, 3), f(2, 2, 2), f(2, 3, 2), f(2))
case("bilinear", f(3, dtype=f64), f(2, dtype=f64), f(2, 3, 2, dtype=f64), f(2, dtype=f64))

# --- lines, instances, other sizes -----------------------------------------------------------------------------------

case("maxPool1d", f(2, 3, 6), 2)
case("maxPool1d", f(3, 7), 3, 2, 1)
case("maxPool1d", f(2, 2, 8), 2, stride=1, dilation=3, ceilMode=True)
case("avgPool1d", f(2, 3, 6), 2)
case("avgPool1d", f(3, 7), 3, 2, 1)
case("avgPool1d", f(2, 2, 7), [3], stride=[2], padding=[1], countIncludePad=False)
case("avgPool1d", f(2, 2, 6, dtype=f64), 4, ceilMode=True)
case("adaptiveAvgPool1d", f(2, 3, 6), 3)
case("adaptiveAvgPool1d", f(3, 7), [4])
case("adaptiveMaxPool2d", f(2, 2, 4, 6), 2)
case("adaptiveMaxPool2d", f(2, 5, 7), [2, 3])
case("adaptiveMaxPool2d", f(1, 1, 5, 4, dtype=f64), [None, 3])
case("adaptiveMaxPool2d", v([[[1.0, 1, 2], [1, NAN, 2], [-INF, 0, INF]]]), 2, check=False)
case("adaptiveMaxPool2d", f(3, 3), 2)
case("instanceNorm", f(2, 3, 4))
case("instanceNorm", f(2, 3, 2, 3), weight=f(3), bias=f(3), eps=0.1)
case("instanceNorm", f(2, 2, 3, dtype=f64), f(2, dtype=f64, **fixed), pos(2, dtype=f64, **fixed), momentum=0.5)
case("instanceNorm", f(2, 2, 3), f(2, **fixed), pos(2, **fixed), useInputStats=False)
case("instanceNorm", f(2, 3))
case("instanceNorm", f(2, 2, 3), useInputStats=False)
for mode in ["nearest", "nearest-exact", "area"]:
    case("interpolate", f(2, 2, 4), scaleFactor=2, mode=mode)
    case("interpolate", f(1, 2, 3, 4), size=[5, 2], mode=mode)
    case("interpolate", f(1, 2, 3, 3, dtype=f64), scaleFactor=[1.7, 2.5], mode=mode)
for options in [{}, {"alignCorners": True}, {"alignCorners": False}]:
    case("interpolate", f(2, 2, 4), scaleFactor=2, mode="linear", **options)
    case("interpolate", f(2, 2, 4), size=3, mode="linear", **options)
    case("interpolate", f(1, 2, 3, 4), scaleFactor=2, mode="bilinear", **options)
    case("interpolate", f(1, 2, 3, 4), size=[5, 2], mode="bilinear", **options)
    case("interpolate", f(1, 2, 3, 3, dtype=f64), scaleFactor=[1.7, 2.5], mode="bilinear", **options)
    case("interpolate", f(1, 2, 3, 3, dtype=f64), scaleFactor=1.5, mode="bilinear", recomputeScaleFactor=True, **options)
case("interpolate", f(1, 1, 2, 2), size=1, mode="bilinear", alignCorners=True)
case("interpolate", f(1, 2, 3))
case("interpolate", f(1, 2, 3), size=2, scaleFactor=2)
case("interpolate", f(1, 2, 3), scaleFactor=2, alignCorners=True)
case("interpolate", f(1, 2, 3), scaleFactor=2, mode="bilinear")

# --- attention -------------------------------------------------------------------------------------------------------

case("scaledDotProductAttention", f(2, 3, 4), f(2, 3, 4), f(2, 3, 4))
case("scaledDotProductAttention", f(2, 2, 3, 2, dtype=f64), f(2, 2, 4, 2, dtype=f64), f(2, 2, 4, 3, dtype=f64))
case("scaledDotProductAttention", f(2, 3, 2), f(2, 3, 2), f(2, 3, 2), isCausal=True)
case("scaledDotProductAttention", f(2, 2, 2), f(2, 3, 2), f(2, 3, 2), v([[True, False, True], [True, True, False]], boolean))

# --- what tensors and other files have as well -----------------------------------------------------------------------

classes = v([2, 0], i64)
for op in ["relu", "sigmoid", "tanh"]:
    case(op, f(2, 3))
for op in ["softmax", "logSoftmax"]:
    case(op, f(2, 3), 1)
    case(op, f(2, 3), dim=0)
case("flatten", f(2, 3, 2), 1)
case("linear", f(2, 3), f(4, 3), f(4))
case("linear", f(2, 2, 3), f(4, 3))
case("pad", f(2, 3), [1, 2], value=0.5)
case("oneHot", v([1, 0, 2], i64), 4)
case("dropout", f(2, 3), 0.4, False)
case("crossEntropy", f(2, 3), classes)
case("crossEntropy", f(2, 3), f(2, 3, low=0.1, high=0.9), labelSmoothing=0.1)
case("crossEntropy", f(2, 3, 2), v([[1, 0], [2, 2]], i64), f(3, low=0.2, high=0.9, grad=False), reduction="sum")
case("nllLoss", f(2, 3), classes)
case("nllLoss", f(2, 3), classes, f(3, low=0.2, high=0.9, grad=False), reduction="none")
case("mseLoss", f(2, 3), f(2, 3))
case("l1Loss", f(2, 3), f(2, 3), reduction="sum")
case("binaryCrossEntropyWithLogits", f(2, 3), f(2, 3, low=0.1, high=0.9))
case("binaryCrossEntropyWithLogits", f(2, 3), f(2, 3, low=0.1, high=0.9), f(3, low=0.2, high=0.9, grad=False), posWeight=f(3, low=0.2, high=0.9, grad=False))
case("maxPool2dWithIndices", f(1, 2, 4, 4), 2)
case("upsampleNearest", f(1, 2, 2, 2), scaleFactor=2)
case("upsampleBilinear", f(1, 1, 2, 3), size=[4, 5])
case("upsample", f(1, 1, 2, 2), scaleFactor=2, mode="bilinear", alignCorners=True)

write("functional.json")
