"""Writes functional-layers.json: functions of torch.nn.functional that came with layers of later years.

See torch_calls.py for how calls and inputs are described.
"""
import warnings

from functional_cases import FUNCTIONS, case, write
from later_versions import channel_shuffle, rms_norm
from torch_calls import f, f32, f64, i64, v

warnings.simplefilter("ignore")

FUNCTIONS["rmsNorm"] = rms_norm

# --- normalisation ---------------------------------------------------------------------------------------------------

for x in [f(2, 3), f(2, 3, 2), f(3, 2, dtype=f64), f(3, 2).via(["t"]), f(0, 3)]:
    case("normalize", x)
case("normalize", f(4), dim=0)
case("normalize", f(2, 3), 1, -1)
case("normalize", f(2, 3), p=3.0, dim=0, eps=1.0)
case("normalize", f(2, 3, 2), 2.0, [1, 2])
case("normalize", v([[0.0, 0.0], [3.0, 4.0]]), check=False)
case("normalize", f(3))
case("rmsNorm", f(2, 3), [3])
case("rmsNorm", f(2, 3), [3], f(3), 1e-5)
case("rmsNorm", f(2, 2, 3, dtype=f64), [2, 3], weight=f(2, 3, dtype=f64))
case("rmsNorm", f(2, 3).via(["t"]), [2], f(2), eps=0.5)
case("localResponseNorm", f(2, 4, 3), 2)
case("localResponseNorm", f(2, 4, 3), 3, 0.5, 0.7, 2.0)
case("localResponseNorm", f(1, 5, 2, 2, dtype=f64), 4, alpha=1.0)
case("localResponseNorm", f(1, 3, 2, 2, 2), 3, beta=0.5)

# --- gates -----------------------------------------------------------------------------------------------------------

for x in [f(2, 4), f(2, 3, 2), f(6, dtype=f64), f(4, 3).via(["t"])]:
    case("glu", x)
case("glu", f(4, 3), 0)
case("glu", f(2, 4, 3), dim=-2)
case("glu", f(2, 3))
case("gumbelSoftmax", f(2, 3), seed=0)
case("gumbelSoftmax", f(2, 3, dtype=f64), 0.5, seed=1)
case("gumbelSoftmax", f(3, 2), 2.0, True, dim=0, seed=2, check=False)

# --- channels and space ----------------------------------------------------------------------------------------------

case("pixelShuffle", f(1, 8, 2, 3), 2)
case("pixelShuffle", f(9, 1, 2), 3)
case("pixelShuffle", f(2, 2, 4, 1, 1, dtype=f64), 2)
case("pixelShuffle", f(2, 3, 4).via(["permute", 2, 0, 1]), 2)
case("pixelShuffle", f(3, 2, 2), 2)
case("pixelShuffle", f(3, 2), 2)
case("pixelShuffle", f(4, 2, 2), 0)
case("pixelUnshuffle", f(1, 2, 4, 6), 2)
case("pixelUnshuffle", f(1, 3, 3, dtype=f64), 3)
case("pixelUnshuffle", f(1, 3, 2), 2)
case("pixelUnshuffle", f(1, 2, 3), 2)
case("pixelUnshuffle", f(2, 2), 2)
case("channelShuffle", f(1, 4, 2), 3)
case("channelShuffle", f(2, 4, 2, grad=False), 2)
FUNCTIONS["channelShuffle"] = channel_shuffle
case("channelShuffle", f(2, 4, 2), 2)
case("channelShuffle", f(1, 6, 2, 2, dtype=f64), 3)

# --- blocks ----------------------------------------------------------------------------------------------------------

case("unfold", f(1, 2, 3, 4), 2)
case("unfold", f(2, 4, 3), [3, 2])
case("unfold", f(1, 1, 5, 4, dtype=f64), [2, 3], 2, 1, [2, 1])
case("unfold", f(1, 1, 4, 5), 2, dilation=[1, 2], padding=[0, 1], stride=2)
case("unfold", f(3, 4, 1).via(["permute", 2, 0, 1]), 2)
case("unfold", f(1, 2, 2), 3)
case("unfold", f(1, 2, 2), 0)
case("fold", f(1, 8, 6), [3, 4], 2)
case("fold", f(4, 4), 3, [2, 2])
case("fold", f(2, 6, 6, dtype=f64), [5, 4], [2, 3], 2, 1, [2, 1])
case("fold", f(1, 4, 4), [4, 4], 2, stride=2)
case("fold", f(1, 4, 9), [4, 4], 2, padding=1, stride=2)
case("fold", f(1, 5, 4), 3, 2)
case("fold", f(1, 4, 5), 3, 2)

# --- convolutions ----------------------------------------------------------------------------------------------------

case("conv3d", f(1, 2, 2, 3, 2), f(3, 2, 2, 2, 1), f(3))
case("conv3d", f(2, 3, 2, 3, dtype=f64), f(1, 2, 2, 1, 2, dtype=f64), None, [2, 1, 1], 1, [1, 1, 2])
case("conv3d", f(1, 4, 2, 2, 2), f(2, 2, 1, 2, 2), f(2), groups=2)
case("conv3d", f(1, 1, 2, 2, 3), f(1, 1, 2, 2, 3), padding="same")
case("conv3d", f(1, 2, 2, 2, 3).via(["transpose", 2, 4]), f(1, 2, 2, 1, 2))
case("conv3d", f(1, 1, 4, 2, 1, dtype=f64), f(2, 1, 2, 2, 1, dtype=f64), stride=2, dilation=[3, 1, 1])
case("conv3d", f(1, 2, 2), f(1, 1, 1, 1, 1))
case("conv3d", f(1, 1, 2, 2, 2), f(1, 1, 3, 1, 1))
case("conv3d", f(1, 3, 2, 2, 2), f(1, 2, 1, 1, 1))
case("conv3d", f(1, 1, 2, 2, 2), f(1, 1, 1, 1, 1), f(2))
case("conv3d", f(1, 1, 2, 2, 2), f(1, 1, 1, 1, 1), stride=0)
case("convTranspose1d", f(2, 2, 3), f(2, 3, 2), f(3))
case("convTranspose1d", f(2, 3, dtype=f64), f(2, 2, 3, dtype=f64), None, 2, 1, 1, 2, 2)
case("convTranspose1d", f(1, 2, 3), f(2, 1, 2), stride=2, outputPadding=1)
case("convTranspose1d", f(1, 2, 3), f(3, 1, 2))
case("convTranspose1d", f(1, 2, 3), f(2, 1, 2), stride=2, outputPadding=2)
case("convTranspose1d", f(1, 2, 1), f(2, 1, 2), padding=2)
case("convTranspose1d", f(2), f(2, 1, 2))
case("convTranspose3d", f(1, 2, 2, 1, 2), f(2, 1, 2, 2, 1), f(1))
case("convTranspose3d", f(2, 2, 1, 2, dtype=f64), f(2, 1, 2, 1, 2, dtype=f64), None, [2, 1, 2], [1, 0, 0], [1, 0, 1], 2)
case("convTranspose3d", f(1, 1, 2, 2, 1), f(1, 2, 2, 1, 2), dilation=[2, 1, 2], padding=[0, 1, 0])
case("convTranspose3d", f(1, 1, 2, 2, 1), f(1, 1, 1, 1, 1), stride=[1, 2, 1], outputPadding=[1, 1, 0])
case("convTranspose3d", f(1, 1, 1, 1, 1), f(1, 1, 2, 1, 1), padding=[1, 0, 0])
case("convTranspose3d", f(1, 2, 2), f(1, 1, 1, 1, 1))

# --- volumes ---------------------------------------------------------------------------------------------------------

case("maxPool3d", f(1, 2, 2, 2, 3), 2)
case("maxPool3d", f(2, 4, 3, 3), [2, 3, 1], [1, 2, 1], [1, 1, 0])
case("maxPool3d", f(1, 1, 3, 4, 3, dtype=f64), 2, stride=1, dilation=[1, 2, 1])
case("maxPool3d", f(1, 1, 3, 3, 3), 2, ceilMode=True)
case("maxPool3d", f(1, 2, 3, 2, 3), 2, stride=1, returnIndices=True)
case("maxPool3d", f(1, 3, 5, 4), [2, 3, 2], padding=[1, 1, 0], returnIndices=True)
case("maxPool3d", v([[[[1.0, 1], [1, 1]], [[1, 1], [1, 1]]]]), 2, returnIndices=True, check=False)
case("avgPool3d", f(1, 2, 2, 2, 3), 2)
case("avgPool3d", f(2, 4, 3, 3), [2, 3, 1], [1, 2, 1], [1, 1, 0])
case("avgPool3d", f(1, 1, 3, 3, 3, dtype=f64), 2, padding=1, countIncludePad=False, ceilMode=True)
case("avgPool3d", f(1, 1, 3, 3, 2), 2, divisorOverride=3)
case("adaptiveAvgPool3d", f(1, 2, 3, 2, 4), 2)
case("adaptiveAvgPool3d", f(1, 4, 3, 5), [2, None, 3])
case("adaptiveAvgPool3d", f(1, 2, 2, 3, 2, dtype=f64), 1)
case("adaptiveMaxPool3d", f(1, 2, 3, 2, 4), 2)
case("adaptiveMaxPool3d", f(1, 4, 3, 5), [2, 1, 3], returnIndices=True)
case("lpPool1d", f(1, 2, 5), 2, 2)
case("lpPool1d", f(2, 6, low=0.2, high=2.0), 3, 3, 2, True)
case("lpPool2d", f(1, 2, 3, 4), 2, [2, 3], stride=1)
case("lpPool2d", f(1, 3, 3, low=0.2, high=2.0, dtype=f64), 1.5, 2, ceilMode=True)

# --- grids -----------------------------------------------------------------------------------------------------------

inner = {"low": -0.9, "high": 0.9}
for mode in ["bilinear", "nearest", "bicubic"]:
    for padding in ["zeros", "border", "reflection"]:
        for corners in [False, True]:
            where = {"mode": mode, "paddingMode": padding, "alignCorners": corners, "check": mode != "nearest"}
            dtype = f64 if mode == "bicubic" else f32
            case("gridSample", f(1, 2, 3, 4, dtype=dtype), f(1, 2, 2, 2, dtype=dtype, low=-1.6, high=1.6), **where)
case("gridSample", f(2, 1, 3, 2, dtype=f64), f(2, 2, 1, 2, dtype=f64, **inner), alignCorners=False)
case("gridSample", f(1, 1, 3, 3), v([[[[-1.0, -1], [1, 1], [0, 0], [-1, 0.5]]]]), alignCorners=True, check=False)
for mode in ["bilinear", "nearest"]:
    for padding in ["zeros", "border", "reflection"]:
        where = {"mode": mode, "paddingMode": padding, "alignCorners": padding == "border", "check": mode != "nearest"}
        case("gridSample", f(1, 2, 2, 3, 2), f(1, 1, 2, 2, 3, low=-1.4, high=1.4), **where)
case("gridSample", f(1, 1, 2, 2), f(1, 1, 1, 3), alignCorners=False)
case("gridSample", f(2, 1, 2, 2), f(1, 1, 1, 2), alignCorners=False)
case("gridSample", f(1, 1, 1, 2, 2), f(1, 1, 1, 1, 3), "bicubic", alignCorners=False)
case("gridSample", f(1, 1, 2, 2), f(1, 1, 1, 2), "cubic", alignCorners=False)
case("gridSample", f(1, 1, 2, 2), f(1, 1, 1, 2), paddingMode="circular", alignCorners=False)
for corners in [False, True]:
    case("affineGrid", f(2, 2, 3), [2, 1, 2, 3], alignCorners=corners)
    case("affineGrid", f(1, 3, 4, dtype=f64), [1, 2, 2, 1, 3], alignCorners=corners)
case("affineGrid", f(2, 2, 3), [2, 1, 2], alignCorners=False)

# --- bags ------------------------------------------------------------------------------------------------------------

bags, starts = v([1, 2, 4, 1, 3, 0], i64), v([0, 2, 2, 5], i64)
for mode in ["sum", "mean", "max"]:
    case("embeddingBag", v([[1, 2, 4], [4, 3, 2]], i64), f(5, 2), mode=mode)
    case("embeddingBag", bags, f(5, 3, dtype=f64), starts, mode=mode)
    case("embeddingBag", bags, f(5, 2), starts, mode=mode, paddingIdx=1, check=False)
    case("embeddingBag", bags, f(5, 2), v([0, 3, 6], i64), mode=mode, includeLastOffset=True)
case("embeddingBag", bags, f(5, 2), starts, mode="sum", perSampleWeights=f(6))
case("embeddingBag", v([1, 2, 2, 1, 3, 3], i64), f(5, 2), starts, scaleGradByFreq=True, check=False)
case("embeddingBag", bags, f(5, 2), starts, maxNorm=1.0, check=False)
case("embeddingBag", bags, f(5, 2), v([1, 2], i64))
case("embeddingBag", bags, f(5, 2), v([0, 7], i64))

# --- losses ----------------------------------------------------------------------------------------------------------

for how in [{}, {"reduction": "sum"}, {"reduction": "none"}]:
    case("multiMarginLoss", f(3, 4), v([1, 0, 3], i64), **how)
    case("multilabelMarginLoss", f(3, 4), v([[1, 0, -1, 3], [2, -1, 0, 1], [0, 1, 2, 3]], i64), **how)
    case("tripletMarginWithDistanceLoss", f(3, 2), f(3, 2), f(3, 2), margin=2.0, **how)
case("multiMarginLoss", f(2, 3, dtype=f64), v([2, 0], i64), 2, 0.5, f(3, dtype=f64, low=0.2, high=2.0, grad=False))
case("multiMarginLoss", f(4), v(2, i64))
case("multiMarginLoss", f(2, 3), v([2, 0], i64), 3)
case("multilabelMarginLoss", f(4, dtype=f64), v([3, -1, 1, 1], i64))
case("multilabelMarginLoss", f(2, 3), v([[-1, 0, 1], [1, -1, 0]], i64))
case("tripletMarginWithDistanceLoss", f(2, 3, dtype=f64), f(2, 3, dtype=f64), f(2, 3, dtype=f64), margin=3.0, swap=True)


def steps(*shape, dtype=f64):
    return f(*shape, dtype=dtype).via(["logSoftmax", -1])


pairs = v([[1, 2, 2], [3, 1, 0]], i64)
for how in [{}, {"reduction": "sum"}, {"reduction": "none"}]:
    case("ctcLoss", steps(5, 2, 4), pairs, [5, 4], [3, 2], **how)
case("ctcLoss", steps(4, 2, 3, dtype=f32), v([1, 2, 1], i64), v([4, 3], i64), v([2, 1], i64))
case("ctcLoss", steps(4, 2, 3), v([[0, 1], [1, 0]], i64), [4, 4], [2, 1], blank=2)
case("ctcLoss", steps(4, 3), v([1, 2], i64), [4], [2])
case("ctcLoss", steps(4, 3), v([1, 1], i64), [4], [2], reduction="none")
case("ctcLoss", steps(3, 2, 3), v([[1, 2], [1, 1]], i64), [3, 2], [0, 1], reduction="none")
case("ctcLoss", steps(3, 2, 3), v([[1, 1], [2, 1]], i64), [2, 3], [2, 2], reduction="none", zeroInfinity=True)
case("ctcLoss", steps(3, 2, 3), v([[1, 1], [2, 1]], i64), [4, 3], [2, 2])
case("ctcLoss", steps(3, 2, 3), v([[1, 1], [2, 1]], i64), [3, 3], [2, 2], blank=3)

# --- what undoes pooling, regions that are drawn, pairs ----------------------------------------------------------------------

case("adaptiveMaxPool1d", f(1, 2, 5), 2)
case("adaptiveMaxPool1d", f(2, 4, dtype=f64), 3, True)
case("adaptiveMaxPool1d", f(4), 3)
case("maxPool1dWithIndices", f(1, 2, 5), 2, 1)
case("maxUnpool1d", f(1, 2, 2), v([[[1, 2], [0, 3]]], i64), 2)
case("maxUnpool1d", f(2, 2, dtype=f64), v([[1, 2], [0, 3]], i64), 2, outputSize=[5])
case("maxUnpool1d", f(1, 2), v([[1, 4]], i64), 2)
case("maxUnpool1d", f(1, 2), v([[1, 2]], i64), 2, outputSize=[7])
case("maxUnpool1d", f(1, 2), v([[1]], i64), 2)
case("maxUnpool2d", f(1, 1, 1, 2), v([[[[4, 2]]]], i64), 2)
case("maxUnpool2d", f(2, 1, 2, dtype=f64), v([[[3, 0]], [[1, 2]]], i64), [3, 2], 2, [1, 0], [1, 4])
case("maxUnpool2d", f(2, 2), v([[0, 1], [0, 1]], i64), 2)
case("maxUnpool3d", f(1, 1, 1, 1, 2), v([[[[[4, 10]]]]], i64), 2)
case("maxUnpool3d", f(1, 1, 2, 1, dtype=f64), v([[[[4], [10]]]], i64), [2, 2, 2], stride=2)
case("fractionalMaxPool2d", f(1, 2, 5, 6), 2, [2, 3], seed=1)
case("fractionalMaxPool2d", f(2, 6, 5, dtype=f64), [2, 1], outputRatio=0.5, returnIndices=True, seed=2)
case("fractionalMaxPool2d", f(1, 2, 5, 6), 2, 5, seed=1)
case("fractionalMaxPool2d", f(1, 2, 5, 6), 2)
case("fractionalMaxPool3d", f(1, 1, 4, 5, 4), 2, [2, 3, 2], seed=3)
case("fractionalMaxPool3d", f(1, 4, 4, 5, dtype=f64), [2, 1, 2], outputRatio=[0.5, 0.5, 0.6], returnIndices=True, seed=4)
for x in [f(4, 3), f(3, 2, dtype=f64)]:
    case("pdist", x)
for power in [1.0, 3.0, 0.5, float("inf")]:
    case("pdist", f(4, 3, dtype=f64), power)
case("pdist", f(4, 3, grad=False), 0.0)
case("pdist", f(1, 3, grad=False))
case("pdist", f(3))
case("rrelu", f(2, 3))
case("rrelu", f(2, 3, dtype=f64), 0.2, 0.4)
case("rrelu", f(3, 4), training=True, seed=5)
case("rrelu", f(3, 4, dtype=f64), 0.2, 0.9, True, seed=6)
case("rrelu", f(2), 0.5, 0.4)
for name, more in [("celu_", [0.7]), ("elu_", [0.7]), ("hardtanh_", [-0.5, 0.7]), ("leakyRelu_", [0.2]), ("rrelu_", []), ("selu_", []), ("threshold_", [0.3, 0.1]), ("relu_", [])]:
    case(name, f(2, 4).via(["mul", 1]), *more)

write("functional-layers.json")
