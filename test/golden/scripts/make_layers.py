"""Writes layers.json: layers of torch.nn with what they start with and compute.

Every case seeds the generator, makes a layer, and runs it one or more times. See torch_calls.py for the inputs.
"""
import warnings

import later_versions
from layer_cases import case, write
from torch import nn
from torch_calls import f, f64, i64, v

warnings.simplefilter("ignore")

# --- normalisation ---------------------------------------------------------------------------------------------------

for change in [False, True]:
    case("LayerNorm", [3], [[f(2, 3)], [f(2, 2, 3)], ([f(2, 3)], "eval")], change=change)
    case("LayerNorm", [[2, 3]], [[f(4, 2, 3)]], change=change, eps=0.1)
    case("GroupNorm", [2, 4], [[f(2, 4, 3)], [f(2, 4, 2, 2)]], change=change)
    case("BatchNorm1d", [3], [[f(4, 3)], [f(2, 3, 2)], ([f(4, 3)], "eval"), [f(3, 3)]], change=change)
    case("BatchNorm2d", [2], [[f(2, 2, 2, 3)], ([f(1, 2, 2, 2)], "eval")], change=change, eps=0.01, momentum=0.3)
case("LayerNorm", [4], [[f(2, 4, dtype=f64)]], dtype="float64")
case("LayerNorm", [3], [[f(2, 3)]], elementwise_affine=False)
case("GroupNorm", [3, 3], [[f(2, 3, 4)]], affine=False)
case("BatchNorm1d", [3], [[f(4, 3)], [f(4, 3)], [f(5, 3)], ([f(1, 3)], "eval")], momentum=None)
case("BatchNorm1d", [3], [[f(4, 3)], ([f(4, 3)], "eval")], affine=False)
case("BatchNorm1d", [3], [[f(4, 3)], ([f(4, 3)], "eval")], track_running_stats=False)
case("BatchNorm2d", [2], [[f(2, 2, 2, 2, dtype=f64)], ([f(1, 2, 2, 2, dtype=f64)], "eval")], dtype="float64")

# --- tables ----------------------------------------------------------------------------------------------------------

case("Embedding", [5, 3], [[v([1, 4, 1], i64)], [v([[0, 2], [2, 2]], i64)], [v(3, i64)]], seed=1)
case("Embedding", [5, 3], [[v([1, 4, 1], i64)]], padding_idx=1)
case("Embedding", [6, 4], [[v([5, 4, 0, 5], i64)]], seed=3, padding_idx=-1, dtype="float64")

# --- losses ----------------------------------------------------------------------------------------------------------

unit = {"low": 0.02, "high": 0.98}
case("SmoothL1Loss", [], [[f(2, 3), f(2, 3)]], beta=0.5, reduction="sum")
case("HuberLoss", [], [[f(2, 3), f(2, 3)]], delta=0.5)
case("BCELoss", [], [[f(2, 3, **unit), f(2, 3, **unit)]], reduction="none")
case("KLDivLoss", [], [[f(2, 3), f(2, 3)]], reduction="batchmean", log_target=True)
case("CosineEmbeddingLoss", [0.1], [[f(2, 3), f(2, 3), v([1, -1], i64)]], reduction="sum")
case("TripletMarginLoss", [], [[f(2, 3), f(2, 3), f(2, 3)]], margin=3.0, p=1.5, swap=True)
case("TripletMarginLoss", [2.0, 2], [[f(2, 3), f(2, 3), f(2, 3)]], reduction="none")

# --- convolutions and pooling ----------------------------------------------------------------------------------------

case("Conv1d", [3, 4, 3], [[f(2, 3, 5)]])
case("Conv1d", [4, 2, 2, 2, 1, 2, 2, False], [[f(2, 4, 6)]], seed=1)
case("Conv2d", [2, 3, 3], [[f(2, 2, 4, 5)], [f(2, 4, 3)]])
case("Conv2d", [4, 4, [3, 2]], [[f(1, 4, 4, 4)]], seed=2, stride=2, padding=1, groups=2, bias=False)
case("Conv2d", [1, 2, 3], [[f(1, 1, 4, 4)]], seed=3, padding="same")
case("Conv2d", [1, 6, 5], [[f(1, 1, 6, 6, dtype=f64)]], seed=4, dtype="float64")
case("ConvTranspose2d", [2, 3, 3], [[f(2, 2, 3, 2)]])
case("ConvTranspose2d", [4, 2, 2, 2, 1, 1, 2], [[f(1, 4, 3, 3)]], seed=1)
case("MaxPool2d", [2], [[f(1, 2, 4, 4)]])
case("MaxPool2d", [3], [[f(1, 2, 5, 5)]], stride=2, padding=1, ceil_mode=True)
case("AvgPool2d", [2], [[f(1, 2, 4, 4)]])
case("AvgPool2d", [3], [[f(1, 2, 5, 5)]], stride=2, padding=1, count_include_pad=False)
case("AdaptiveAvgPool2d", [[2, 3]], [[f(1, 2, 5, 4)]])

# --- more losses and distances ---------------------------------------------------------------------------------------

signs = v([[1.0, -1, 1], [-1, -1, 1]], grad=False)
case("MarginRankingLoss", [0.5], [[f(2, 3), f(2, 3), signs]], reduction="sum")
case("HingeEmbeddingLoss", [], [[f(2, 3), signs]], margin=0.5)
case("SoftMarginLoss", [], [[f(2, 3), signs]], reduction="none")
case("MultiLabelSoftMarginLoss", [], [[f(2, 3), f(2, 3, **unit)]], reduction="sum")
case("PoissonNLLLoss", [], [[f(2, 3), f(2, 3, **unit)]], full=True)
case("PoissonNLLLoss", [False], [[f(2, 3, **unit), f(2, 3, **unit)]], eps=0.1, reduction="sum")
case("GaussianNLLLoss", [], [[f(2, 3), f(2, 3), f(2, 1, **unit)]], full=True)
case("CosineSimilarity", [-1], [[f(2, 3), f(2, 3)]], eps=0.1)
case("PairwiseDistance", [3], [[f(2, 3), f(2, 3)]], keepdim=True)
case("Bilinear", [2, 3, 4], [[f(2, 2), f(2, 3)], [f(1, 2, 2), f(1, 2, 3)]])
case("Bilinear", [3, 1, 2, False], [[f(2, 3, dtype=f64), f(2, 1, dtype=f64)]], seed=1, dtype="float64")

# --- lines, instances, other sizes -----------------------------------------------------------------------------------

case("Dropout1d", [], [[f(2, 3, 2)], [f(4, 3)], ([f(2, 3, 2)], "eval")])
case("Dropout2d", [0.3], [[f(2, 3, 2, 2)], [f(2, 3, 2)], ([f(2, 3, 2, 2)], "eval")], seed=1)
case("MaxPool1d", [2], [[f(2, 2, 4)]])
case("MaxPool1d", [3, 1, 1], [[f(2, 5)]], ceil_mode=True)
case("AvgPool1d", [2], [[f(2, 2, 4)]])
case("AvgPool1d", [3], [[f(2, 5)]], stride=2, padding=1, count_include_pad=False)
case("AdaptiveAvgPool1d", [2], [[f(2, 2, 5)]])
case("AdaptiveMaxPool2d", [[2, 3]], [[f(1, 2, 5, 4)]])
for change in [False, True]:
    case("InstanceNorm1d", [3], [[f(2, 3, 4)], [f(3, 4)], ([f(2, 3, 4)], "eval")], change=change, affine=True, eps=0.1)
    case("InstanceNorm2d", [2, 1e-5, 0.3, True, True], [[f(3, 2, 2, 3)], [f(2, 2, 3)], ([f(1, 2, 2, 2)], "eval")], change=change)
case("InstanceNorm2d", [2], [[f(2, 2, 2, 2, dtype=f64)], ([f(1, 2, 2, 2, dtype=f64)], "eval")], dtype="float64")
case("Upsample", [], [[f(1, 2, 2, 3)], [f(1, 2, 3)]], scale_factor=2)
case("Upsample", [[3, 5]], [[f(1, 2, 2, 3)]], mode="bilinear", align_corners=True)

# --- recurrent layers ------------------------------------------------------------------------------------------------

for name, extra in [("RNN", {}), ("RNN", {"nonlinearity": "relu"}), ("LSTM", {}), ("GRU", {})]:

    def hx(*shape, **options):
        return [f(*shape, **options), f(*shape, **options)] if name == "LSTM" else f(*shape, **options)

    case(name, [2, 3], [[f(4, 2, 2)], [f(3, 1, 2), hx(1, 1, 3)], [f(1, 2, 2)], ([f(2, 2, 2)], "eval")], **extra)
    case(name, [2, 3], [[f(3, 2)], [f(1, 2), hx(1, 3)]], seed=1, change=True, **extra)
    case(name, [3, 2], [[f(3, 2, 3), hx(2, 2, 2)], [f(3, 3), hx(2, 2)]], seed=2, bidirectional=True, **extra)
    case(name, [3, 2], [[f(2, 3, 3), hx(2, 2, 2)], [f(3, 3)]], seed=3, num_layers=2, batch_first=True, bias=False, **extra)
    case(name, [2, 2], [[f(2, 3, 2)], [f(2, 3, 2), hx(4, 2, 2)]], seed=4, num_layers=2, batch_first=True, bidirectional=True, **extra)
    case(name, [2, 4], [[f(3, 2, 2)], ([f(3, 2, 2)], "eval")], seed=5, num_layers=3, dropout=0.4, **extra)
    case(name, [2, 3], [[f(2, 2, 2)]], seed=6, num_layers=2, dropout=0.5, bidirectional=True, batch_first=True, **extra)
    case(name, [2, 3], [[f(3, 2, 2, dtype=f64), hx(2, 2, 3, dtype=f64)]], seed=7, bidirectional=True, dtype="float64", **extra)
    case(name + "Cell", [2, 3], [[f(2, 2)], [f(2, 2), hx(2, 3)], [f(2)], [f(2), hx(3)]], seed=8, **extra)
    case(name + "Cell", [3, 2], [[f(2, 3), hx(2, 2)]], seed=9, bias=False, **extra)
    case(name + "Cell", [3, 2], [[f(2, 3, dtype=f64), hx(2, 2, dtype=f64)]], seed=10, change=True, dtype="float64", **extra)

case("LSTM", [2, 4], [[f(3, 2, 2)], [f(3, 2, 2), [f(1, 2, 3), f(1, 2, 4)]], [f(3, 2), [f(1, 3), f(1, 4)]]], seed=11, proj_size=3)
case("LSTM", [2, 3], [[f(3, 2, 2), [f(4, 2, 2), f(4, 2, 3)]]], seed=12, num_layers=2, bidirectional=True, proj_size=2)
case("LSTM", [2, 3], [[f(2, 3, 2)]], seed=13, batch_first=True, bias=False, bidirectional=True, proj_size=1)
case("LSTM", [2, 3, 2, False, True, 0.3, True, 2], [[f(2, 3, 2, dtype=f64)]], seed=14, dtype="float64")
case("GRU", [2, 3, 2, False, True, 0.3, True], [[f(2, 3, 2)]], seed=15)

# --- normalisation of later years, gates, channels and space, blocks -------------------------------------------------

for name in ["RMSNorm", "ZeroPad1d", "ZeroPad3d", "CircularPad1d", "CircularPad2d", "CircularPad3d"]:
    setattr(nn, name, getattr(later_versions, name))
case("RMSNorm", [3], [[f(2, 3)], [f(2, 2, 3)]], change=True)
case("RMSNorm", [[2, 3]], [[f(4, 2, 3, dtype=f64)]], eps=0.1, dtype="float64")
case("RMSNorm", [3], [[f(2, 3)]], elementwise_affine=False)
case("LocalResponseNorm", [2], [[f(2, 4, 3)]], alpha=0.5, beta=0.6, k=2.0)
for change in [False, True]:
    case("BatchNorm3d", [2], [[f(2, 2, 2, 1, 2)], ([f(1, 2, 1, 2, 2)], "eval")], change=change, eps=0.01)
    case("InstanceNorm3d", [2], [[f(2, 2, 1, 2, 2)], [f(2, 2, 2, 2)]], change=change, affine=True)
case("GLU", [], [[f(2, 4)]])
case("GLU", [0], [[f(4, 3)]])
case("Softmax2d", [], [[f(1, 2, 2, 3)], [f(2, 2, 2)]])
case("PixelShuffle", [2], [[f(1, 8, 1, 2)]])
case("PixelUnshuffle", [2], [[f(1, 2, 2, 4)]])
case("ChannelShuffle", [2], [[f(1, 4, 2, 2, grad=False)]])
case("Unfold", [2], [[f(1, 2, 3, 3)]], padding=1, stride=2)
case("Unfold", [[2, 3], 2, 1, [2, 1]], [[f(1, 1, 4, 5)]])
case("Fold", [[3, 4], 2], [[f(1, 4, 6)]])
case("Fold", [4, 2], [[f(1, 4, 9)]], padding=1, stride=2)
case("Dropout3d", [0.4], [[f(2, 3, 2, 1, 2)], [f(3, 2, 2, 2)], ([f(2, 3, 2, 1, 1)], "eval")], seed=1)
case("AlphaDropout", [0.3], [[f(4, 5)], ([f(2, 3)], "eval")], seed=2)
case("AlphaDropout", [], [[f(3, 4, dtype=f64)]], seed=3)
case("FeatureAlphaDropout", [0.4], [[f(3, 4, 2)], ([f(2, 3)], "eval")], seed=4)
case("UpsamplingNearest2d", [], [[f(1, 2, 2, 3)]], scale_factor=2)
case("UpsamplingBilinear2d", [[3, 5]], [[f(1, 2, 2, 3)]])

# --- padding ---------------------------------------------------------------------------------------------------------

sizes = {1: [1, 1, 3], 2: [1, 1, 3, 2], 3: [1, 1, 2, 3, 2]}
around = {1: [2, 1], 2: [1, 0, 2, 1], 3: [1, 1, 0, 2, 1, 0]}
for dims in [1, 2, 3]:
    case(f"ConstantPad{dims}d", [1, 3.5], [[f(*sizes[dims])], [f(*sizes[dims][1:])]])
    case(f"ConstantPad{dims}d", [around[dims], -1.5], [[f(*sizes[dims], dtype=f64)]])
    case(f"ZeroPad{dims}d", [around[dims]], [[f(*sizes[dims])]])
    for kind in ["Reflection", "Replication", "Circular"]:
        case(f"{kind}Pad{dims}d", [1], [[f(*sizes[dims])]])
        inner = [n if kind != "Reflection" else min(n, s - 1) for n, s in zip(around[dims], [s for s in sizes[dims][:1:-1] for _ in "ab"])]
        case(f"{kind}Pad{dims}d", [inner], [[f(*sizes[dims], dtype=f64)]])

# --- 3-d and transposed convolutions, padding modes ------------------------------------------------------------------

case("Conv3d", [2, 3, 2], [[f(2, 2, 3, 2, 3)], [f(2, 2, 2, 2)]])
case("Conv3d", [4, 2, [2, 1, 3]], [[f(1, 4, 4, 3, 5)]], seed=1, stride=[2, 1, 2], padding=[1, 0, 1], dilation=[1, 2, 1], groups=2)
case("Conv3d", [1, 2, 3, 1, "same", 1, 1, False], [[f(1, 1, 3, 2, 3)]], seed=2)
case("Conv3d", [1, 2, 2], [[f(1, 1, 5, 3, 3, dtype=f64)]], seed=3, dilation=2, dtype="float64", padding=[0, 1, 1])
case("ConvTranspose1d", [2, 3, 3], [[f(2, 2, 4)], [f(2, 3)]])
case("ConvTranspose1d", [4, 2, 2, 2, 1, 1, 2], [[f(1, 4, 3)]], seed=1)
case("ConvTranspose1d", [2, 1, 3], [([f(1, 2, 3)], "train", {"outputSize": [6]})], seed=2, stride=2, padding=1, dtype="float32")
case("ConvTranspose3d", [2, 3, 2], [[f(1, 2, 2, 2, 3)], [f(2, 1, 2, 2)]])
case("ConvTranspose3d", [2, 2, [2, 3, 1], [2, 1, 2], [1, 0, 0], [1, 0, 1], 2], [[f(1, 2, 3, 2, 2)]], seed=1)
case("ConvTranspose3d", [1, 2, 2], [[f(1, 1, 2, 2, 2, dtype=f64)]], seed=2, stride=3, dilation=2, bias=False, dtype="float64")
for mode in ["reflect", "replicate", "circular"]:
    case("Conv1d", [2, 2, 3], [[f(1, 2, 4)]], padding=2, padding_mode=mode)
    case("Conv2d", [1, 2, [3, 2]], [[f(1, 1, 3, 4)]], padding="same", padding_mode=mode)
    case("Conv3d", [1, 1, 2], [[f(1, 1, 2, 3, 2)]], padding=1, padding_mode=mode)

# --- volumes, power averages, bags ---------------------------------------------------------------------------------------

case("MaxPool3d", [2], [[f(1, 2, 2, 2, 3)], [f(1, 3, 2, 2)]])
case("MaxPool3d", [[2, 3, 1], 2, [1, 1, 0]], [[f(1, 1, 3, 4, 3)]], ceil_mode=True)
case("AvgPool3d", [2], [[f(1, 2, 2, 2, 3)]])
case("AvgPool3d", [[2, 3, 1]], [[f(1, 1, 3, 4, 3)]], stride=1, padding=[1, 1, 0], count_include_pad=False)
case("AdaptiveAvgPool3d", [[2, 1, 3]], [[f(1, 2, 3, 2, 4)]])
case("AdaptiveMaxPool3d", [2], [[f(1, 1, 3, 2, 4)]])
case("LPPool1d", [2, 3], [[f(1, 2, 6)]])
case("LPPool2d", [2, [2, 1]], [[f(1, 1, 4, 3)]], stride=1)
case("EmbeddingBag", [5, 3], [[v([[1, 4, 1], [0, 2, 3]], i64)]], seed=1)
case("EmbeddingBag", [5, 3], [([v([1, 4, 1, 0], i64)], "train", {"offsets": v([0, 3], i64)})], mode="max", padding_idx=1)
case("EmbeddingBag", [6, 2], [([v([1, 4, 5, 0], i64)], "train", {"offsets": v([0, 1], i64), "perSampleWeights": f(4)})], mode="sum", max_norm=1.5)

# --- losses of margins and sequences ---------------------------------------------------------------------------------

case("MultiMarginLoss", [], [[f(2, 3), v([2, 0], i64)]], p=2, margin=0.5)
case("MultiLabelMarginLoss", [], [[f(2, 3), v([[1, -1, 0], [0, 2, -1]], i64)]], reduction="none")
case("TripletMarginWithDistanceLoss", [], [[f(2, 3), f(2, 3), f(2, 3)]], margin=2.5, swap=True)
case("CTCLoss", [], [[f(4, 2, 3, dtype=f64).via(["logSoftmax", -1]), v([[1, 2], [2, 1]], i64), v([4, 3], i64), v([2, 1], i64)]])
case("CTCLoss", [2, "sum"], [[f(4, 2, 3, dtype=f64).via(["logSoftmax", -1]), v([1, 0, 1], i64), v([4, 4], i64), v([2, 1], i64)]], zero_infinity=True)

# --- indices of maxima, and what undoes pooling; activations and norms that draw or are rare ------------------------------

for name, sizes in [("MaxPool1d", (1, 2, 5)), ("MaxPool2d", (1, 2, 4, 5)), ("MaxPool3d", (1, 1, 4, 3, 4))]:
    case(name, [2], [[f(*sizes)], [f(*sizes[1:])]], return_indices=True)
    case(name, [3, 2, 1, 1, True, True], [[f(*sizes, dtype=f64)]])
case("AdaptiveMaxPool1d", [2], [[f(1, 2, 5)]])
case("AdaptiveMaxPool1d", [3, True], [[f(1, 2, 5)], [f(2, 4)]])
case("AdaptiveMaxPool2d", [[2, 1]], [[f(1, 2, 3, 4)]], return_indices=True)
case("AdaptiveMaxPool3d", [2, True], [[f(1, 1, 3, 2, 4)]])
case("MaxUnpool1d", [2], [[f(1, 2, 2), v([[[1, 2], [0, 3]]], i64)], ([f(1, 1, 2), v([[[1, 2]]], i64)], "train", {"outputSize": [1, 1, 5]})])
case("MaxUnpool1d", [3, 2, 1], [[f(1, 2), v([[0, 2]], i64)]])
case("MaxUnpool2d", [2], [[f(1, 1, 1, 2), v([[[[4, 2]]]], i64)], [f(1, 2, 1), v([[[5], [2]]], i64), [4, 3]]], stride=2)
case("MaxUnpool2d", [[3, 2], None, [1, 0]], [[f(1, 1, 1, 2, dtype=f64), v([[[[0, 3]]]], i64)]])
case("MaxUnpool3d", [2], [[f(1, 1, 1, 1, 2), v([[[[[4, 10]]]]], i64)]])
for name, sizes in [("FractionalMaxPool2d", (1, 2, 5, 6)), ("FractionalMaxPool3d", (1, 1, 4, 5, 4))]:
    case(name, [2], [[f(*sizes)]], seed=1, output_ratio=0.5)
    case(name, [2, 2], [[f(*sizes[1:], dtype=f64)]], seed=2)
case("FractionalMaxPool2d", [[2, 3], None, [0.5, 0.4], True], [[f(2, 1, 6, 8)]], seed=3)
case("RReLU", [], [[f(3, 4)], ([f(2, 3)], "eval")], seed=1)
case("RReLU", [0.1, 0.4], [[f(3, 4, dtype=f64)], ([f(2, 3)], "eval")], seed=2)
case("RReLU", [0.1, 0.4, True], [([f(2, 3).via(["mul", 1])], "eval")])
# The gradient of PyTorch is not that of what it computes.
case("CrossMapLRN2d", [3], [[f(1, 2, 2, 1, grad=False)]], alpha=0.5, beta=0.6, k=2.5)
case("CrossMapLRN2d", [5, 0.3], [[f(2, 3, 1, 2, grad=False)]])
case("CrossMapLRN2d", [3, 0.3], [[f(1, 5, 2, 1, grad=False)]])
case("CrossMapLRN2d", [4, 0.3], [[f(1, 6, 2, 1, grad=False)]])
case("AdaptiveLogSoftmaxWithLoss", [3, 6, [2, 4]], [[f(4, 3), v([0, 3, 5, 2], i64)]], seed=1, div_value=2.0)
case("AdaptiveLogSoftmaxWithLoss", [3, 6, [2, 4]], [[f(3), v(4, i64)]], seed=3)
case("AdaptiveLogSoftmaxWithLoss", [4, 5, [2]], [[f(3, 4, dtype=f64), v([4, 1, 2], i64)]], seed=2, head_bias=True, dtype="float64")

write("layers.json")
