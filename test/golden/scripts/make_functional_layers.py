"""Writes functional-layers.json: functions of torch.nn.functional that came with layers of later years.

See torch_calls.py for how calls and inputs are described.
"""
import warnings

from functional_cases import FUNCTIONS, case, write
from later_versions import channel_shuffle, rms_norm
from torch_calls import f, f64, v

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

write("functional-layers.json")
