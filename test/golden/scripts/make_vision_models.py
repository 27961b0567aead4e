"""Writes vision-models.json: torchvision's models after a seed: their keys and texts as checksums, some initial values, and
what comes out and flows back for one input.
"""
import hashlib
import json
from pathlib import Path

import torch
from torchvision import models
from torchvision.models.convnext import CNBlockConfig, ConvNeXt
from torchvision.models.densenet import DenseNet
from torchvision.models.resnet import BasicBlock, ResNet
from torchvision.models.vision_transformer import VisionTransformer


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def image(*shape):
    count = torch.Size(shape).numel()
    return ((torch.arange(count, dtype=torch.float64) * 37 % 101) / 50 - 1).float().view(shape)


def short(x):
    return [float(f"{v:.7g}") for v in x.flatten().tolist()]


def case(name, make, size, dtype=torch.float32):
    """A model's golden. The gradients of the deepest ones are computed in float64: in float32 their roundings are large."""
    torch.manual_seed(0)
    model = make()
    following = torch.rand(1).item()
    state = model.state_dict()
    keys = "\n".join(f"{k} {list(v.shape)}" for k, v in state.items())
    floats = [(k, v) for k, v in state.items() if v.is_floating_point()]
    picked = floats[:: max(1, len(floats) // 12)]
    sums = {k: float(f"{v.double().abs().sum().item():.8g}") for k, v in picked}
    text = str(model)
    model.to(dtype).eval()
    x = image(2, 3, size, size).to(dtype)
    with torch.no_grad():
        out = model(x)
    model.train()
    for layer in model.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = 0.0
        if type(layer).__name__ == "StochasticDepth":
            layer.p = 0.0
    trained = model(x)
    if isinstance(trained, tuple):
        trained = torch.cat(list(trained), 1)
    trained.mul(torch.linspace(-1, 1, trained.numel(), dtype=dtype).view_as(trained)).sum().backward()
    first = next(p for n, p in model.named_parameters() if p.ndim == 4)
    return {
        "name": name, "size": size, "dtype": str(dtype).removeprefix("torch."), "next": following, "keys": sha(keys), "count": len(state), "text": sha(text),
        "sums": sums,
        "eval": short(out), "train": short(trained), "grad": float(f"{first.grad.double().abs().sum().item():.6g}"),
    }  # fmt: skip


TINY_VIT = dict(image_size=16, patch_size=4, num_layers=2, num_heads=4, hidden_dim=32, mlp_dim=64, num_classes=10)
ten = {"num_classes": 10}
CASES = [
    case("resnet18", lambda: models.resnet18(**ten), 64),
    case("resnet50", lambda: models.resnet50(**ten), 64),
    case("ResNet", lambda: ResNet(BasicBlock, [1, 1, 1, 1], **ten), 32),
    case("vgg11_bn", lambda: models.vgg11_bn(**ten), 32),
    case("vgg16", lambda: models.vgg16(**ten), 32),
    case("alexnet", lambda: models.alexnet(**ten), 64),
    case("mobilenetV2", lambda: models.mobilenet_v2(**ten), 64),
    case("efficientnetB0", lambda: models.efficientnet_b0(**ten), 64),
    case("efficientnetB2", lambda: models.efficientnet_b2(**ten), 64),
    case("densenet121", lambda: models.densenet121(**ten), 64),
    case("DenseNet", lambda: DenseNet(8, (2, 1), 16, num_classes=10), 32),
    case("VisionTransformer", lambda: VisionTransformer(**TINY_VIT), 16),
    case("vitB16", lambda: models.vit_b_16(image_size=32, **ten), 32),
    case("resnext50_32x4d", lambda: models.resnext50_32x4d(**ten), 64),
    case("wideResnet50_2", lambda: models.wide_resnet50_2(**ten), 64),
    case("resnet152", lambda: models.resnet152(**ten), 64, torch.float64),
    case("squeezenet1_0", lambda: models.squeezenet1_0(**ten), 64),
    case("squeezenet1_1", lambda: models.squeezenet1_1(**ten), 64),
    case("densenet161", lambda: models.densenet161(**ten), 64),
    case("inceptionV3", lambda: models.inception_v3(aux_logits=False, init_weights=True, **ten), 128),
    case("googlenet", lambda: models.googlenet(init_weights=True, **ten), 64),
    case("mobilenetV3Small", lambda: models.mobilenet_v3_small(**ten), 64),
    case("mobilenetV3Large", lambda: models.mobilenet_v3_large(**ten), 64),
    case("convnextTiny", lambda: models.convnext_tiny(**ten), 64),
    case("ConvNeXt", lambda: ConvNeXt([CNBlockConfig(8, 16, 1), CNBlockConfig(16, None, 2)], layer_scale=0.5, **ten), 32),
]  # fmt: skip

text = '{"torch": %s,\n"models": [\n%s\n]}\n' % (json.dumps(torch.__version__), ",\n".join(json.dumps(c) for c in CASES))
(Path(__file__).parents[1] / "data" / "vision-models.json").write_text(text)
print(f"{len(CASES)} models")
