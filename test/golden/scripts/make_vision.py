"""Writes vision.json: what torchvision's transforms, grids and random datasets give, for tensors and for Pillow's images."""
import base64
import io
import json
import pickle
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision import datasets, transforms as T
from torchvision.transforms import functional as F
from torchvision.transforms import InterpolationMode as M
from torchvision import ops
from torchvision.utils import draw_bounding_boxes, draw_segmentation_masks, make_grid

from torch_calls import DTYPES, snake

g = torch.Generator().manual_seed(3)
floats = torch.rand(3, 7, 5, generator=g)
byte_image = torch.randint(0, 256, (3, 7, 5), generator=g, dtype=torch.uint8)
gray = torch.rand(1, 6, 5, generator=g)
square = torch.randint(0, 256, (3, 8, 8), generator=g, dtype=torch.uint8)
batch = torch.rand(2, 3, 5, 4, generator=g)
IMAGES = {"floats": floats, "bytes": byte_image, "gray": gray, "square": square, "batch": batch}
PILLOW = {"pillow": F.to_pil_image(byte_image), "pillowGray": F.to_pil_image(byte_image[:1])}


def numbers(x):
    if x.dtype == torch.uint8:
        return x.flatten().tolist()
    return [float(f"{v:.6g}") for v in x.flatten().tolist()]


def encode(x):
    if isinstance(x, Image.Image):
        x = torch.from_numpy(np.array(x))
    if isinstance(x, (tuple, list)) and len(x) and torch.is_tensor(x[0]):
        return [encode(one) for one in x]
    if torch.is_tensor(x):
        return {"dtype": DTYPES[x.dtype], "shape": list(x.shape), "values": numbers(x)}
    return x


def modes(options):
    kinds = {"interpolation": M, "policy": T.AutoAugmentPolicy}
    return {k: kinds[k](v) if k in kinds else v for k, v in options.items()}


def function(name, image, *args, **options):
    """A function of transforms.functional; tapegrad has no antialias unless it is said."""
    source = IMAGES.get(image, PILLOW.get(image))
    given = modes({snake(k): v for k, v in options.items()})
    result = getattr(F, snake(name))(source, *args, **given)
    return {"name": name, "image": image, "args": args, "options": options, "result": encode(result)}


def transform(name, image, *args, seed=7, count=4, **options):
    """A random transform: several results in a row after seeding, and the next number of rand."""
    source = IMAGES.get(image, PILLOW.get(image))
    given = {snake(k): v for k, v in options.items()}
    made = getattr(T, name)(*args, **modes(given))
    torch.manual_seed(seed)
    results = [encode(made(source)) for _ in range(count)]
    return {"name": name, "image": image, "args": args, "options": options, "seed": seed, "text": str(made),
            "results": results, "next": torch.rand(1).item()}


FUNCTIONS = [
    *[function("resize", image, size, interpolation=mode, antialias=antialias)
      for image in ["floats", "bytes", "batch"]
      for size in [[4, 5], [14, 3], 5]
      for mode, antialias in [("bilinear", False), ("bilinear", True), ("bicubic", False), ("bicubic", True)]],
    function("resize", "floats", [4, 5], interpolation="nearest"), function("resize", "bytes", 12, interpolation="nearest"),
    *[function("resize", image, size, interpolation=mode)
      for image in ["pillow", "pillowGray"] for size in [[4, 5], [14, 3], 5, 12] for mode in ["bilinear", "bicubic", "nearest"]],
    function("crop", "floats", 1, 2, 4, 3), function("crop", "floats", -2, 3, 6, 9), function("crop", "pillow", 5, 5, 6, 6),
    function("crop", "bytes", 20, 20, 2, 2),
    function("centerCrop", "floats", [4, 4]), function("centerCrop", "floats", [12, 3]), function("centerCrop", "pillow", [5, 2]),
    function("centerCrop", "gray", [9, 9]), function("centerCrop", "bytes", 4),
    function("resizedCrop", "bytes", 1, 1, 5, 4, [8, 8], antialias=True), function("resizedCrop", "pillow", 1, 1, 5, 4, [8, 8]),
    function("hflip", "bytes"), function("vflip", "bytes"), function("hflip", "pillow"), function("vflip", "pillow"),
    function("pad", "bytes", [1, 2, 3, 0], 5), function("pad", "floats", 2, paddingMode="reflect"),
    function("pad", "floats", [2, 1], paddingMode="edge"), function("pad", "floats", [2, 1], paddingMode="symmetric"),
    function("pad", "pillow", [1, 2], 7),
    *[function("rotate", image, angle, **options)
      for image in ["floats", "bytes"]
      for angle, options in [(30.0, {}), (-75.0, {"interpolation": "bilinear"}), (13.0, {"expand": True}),
                             (50.0, {"interpolation": "bilinear", "expand": True, "fill": [1.0, 0.0, 2.0]}),
                             (20.0, {"center": [1.0, 2.0], "fill": [3.0]})]],
    *[function("affine", image, *args, **options)
      for image in ["floats", "bytes"]
      for args, options in [((20.0, [1, -2], 1.2, [5.0, -7.0]), {}), ((-40.0, [0, 1], 0.7, [3.0, 0.0]), {"interpolation": "bilinear"}),
                            ((10.0, [0, 0], 1.0, [20.0, 0.0]), {"center": [0.0, 0.0], "fill": [2.0]})]],
    function("perspective", "floats", [[0, 0], [4, 0], [4, 6], [0, 6]], [[1, 0], [3, 1], [4, 5], [0, 6]]),
    function("perspective", "bytes", [[0, 0], [4, 0], [4, 6], [0, 6]], [[1, 0], [3, 1], [4, 5], [0, 6]], interpolation="nearest", fill=[9.0]),
    *[function(name, image, factor)
      for image in ["floats", "bytes"]
      for name, factor in [("adjustBrightness", 0.3), ("adjustBrightness", 1.7), ("adjustContrast", 0.4), ("adjustContrast", 1.6),
                           ("adjustSaturation", 0.2), ("adjustSaturation", 1.9), ("adjustHue", 0.3), ("adjustHue", -0.45),
                           ("adjustGamma", 0.5), ("adjustSharpness", 0.2), ("adjustSharpness", 1.8)]],
    function("adjustContrast", "batch", 0.4), function("adjustHue", "batch", 0.3), function("adjustSaturation", "gray", 0.3),
    function("adjustHue", "gray", 0.3), function("adjustBrightness", "gray", 0.3), function("adjustSharpness", "batch", 1.8),
    function("rgbToGrayscale", "floats"), function("rgbToGrayscale", "bytes", 3), function("rgbToGrayscale", "gray"),
    *[function("gaussianBlur", image, [3, 5], [0.8, 1.5]) for image in ["floats", "bytes", "batch"]],
    function("gaussianBlur", "gray", [5, 3]),
    function("invert", "floats"), function("invert", "bytes"), function("posterize", "bytes", 3),
    function("solarize", "floats", 0.6), function("solarize", "bytes", 100.0),
    function("autocontrast", "floats"), function("autocontrast", "bytes"), function("equalize", "square"),
    function("normalize", "batch", [0.4, 0.5, 0.6], [0.2, 0.3, 0.4]),
    function("fiveCrop", "floats", [3, 4]), function("tenCrop", "gray", [3, 4]),
    function("toTensor", "pillow"), function("toTensor", "pillowGray"), function("pilToTensor", "pillow"),
    function("toPilImage", "bytes"), function("toPilImage", "floats"), function("toPilImage", "gray"),
    *[function(name, image, factor)
      for image in ["pillow", "pillowGray"]
      for name, factor in [("adjustBrightness", 0.3), ("adjustBrightness", 1.7), ("adjustContrast", 0.4), ("adjustContrast", 1.6),
                           ("adjustSaturation", 0.2), ("adjustSaturation", 1.9), ("adjustHue", 0.3), ("adjustHue", -0.45),
                           ("adjustGamma", 0.5), ("adjustSharpness", 0.2), ("adjustSharpness", 1.8), ("posterize", 3),
                           ("solarize", 100.0), ("rgbToGrayscale", 1), ("rgbToGrayscale", 3)]],
    *[function(name, image) for image in ["pillow", "pillowGray"] for name in ["autocontrast", "equalize", "invert"]],
    *[function("rotate", image, angle, **options)
      for image, fill in [("pillow", [200.0, 7.0, 90.0]), ("pillowGray", 90.0)]
      for angle, options in [(30.0, {}), (-75.0, {"interpolation": "bilinear"}), (13.0, {"expand": True}), (90.0, {"expand": True}),
                             (180.0, {}), (50.0, {"interpolation": "bilinear", "expand": True, "fill": fill}),
                             (20.0, {"center": [1.0, 2.0], "fill": fill})]],
    *[function("affine", "pillow", *args, **options)
      for args, options in [((20.0, [1, -2], 1.2, [5.0, -7.0]), {}), ((-40.0, [0, 1], 0.7, [3.0, 0.0]), {"interpolation": "bilinear"}),
                            ((0.0, [1, -2], 1.3, [0.0, 0.0]), {}), ((10.0, [0, 0], 1.0, [20.0, 0.0]), {"center": [0.0, 0.0], "fill": [2.0, 3.0, 4.0]})]],
    *[function("resize", "pillow", size, interpolation=mode) for size in [[4, 5], 12] for mode in ["lanczos", "hamming", "box"]],
    function("gaussianBlur", "pillow", [3, 5], [0.8, 1.5]),
    function("getDimensions", "batch"), function("getDimensions", "pillow"), function("getImageSize", "floats"),
]  # fmt: skip

TRANSFORMS = [
    transform("CenterCrop", "floats", 4, count=1), transform("CenterCrop", "pillow", [4, 3], count=1),
    transform("RandomResizedCrop", "floats", 6, antialias=True, count=6),
    transform("RandomResizedCrop", "floats", [4, 6], scale=[0.5, 1.0], ratio=[0.2, 0.4], antialias=True),
    transform("RandomResizedCrop", "pillow", 5),
    transform("RandomHorizontalFlip", "floats", 0.4), transform("RandomVerticalFlip", "floats", 0.4),
    transform("RandomVerticalFlip", "pillow"),
    transform("RandomCrop", "pillow", 4, padding=1),
    transform("RandomRotation", "floats", 40.0, interpolation="bilinear"),
    transform("RandomAffine", "floats", 30.0), transform("RandomAffine", "floats", [10.0, 40.0], translate=[0.2, 0.3], scale=[0.7, 1.3], shear=10.0),
    transform("RandomAffine", "bytes", 0.0, shear=[-5.0, 5.0, -9.0, 9.0], interpolation="bilinear", fill=3),
    transform("ColorJitter", "floats", brightness=0.5, contrast=0.4, saturation=0.3, hue=0.2),
    transform("ColorJitter", "bytes", brightness=[0.5, 0.9], saturation=0.7), transform("ColorJitter", "floats", hue=0.1),
    transform("Grayscale", "floats", 3, count=1), transform("RandomGrayscale", "floats", 0.5),
    transform("GaussianBlur", "floats", 3), transform("GaussianBlur", "bytes", [5, 3], [0.5, 1.5]),
    transform("RandomErasing", "floats", p=0.7, count=6), transform("RandomErasing", "floats", p=1.0, value=[0.1, 0.2, 0.3]),
    transform("RandomErasing", "floats", p=1.0, value="random"),
    transform("RandomPerspective", "floats", p=0.8), transform("FiveCrop", "floats", 3, count=1),
    transform("TrivialAugmentWide", "square", count=24), transform("RandAugment", "square", count=10),
    transform("RandomInvert", "floats"), transform("RandomPosterize", "bytes", 2), transform("RandomSolarize", "bytes", 99.0),
    transform("RandomAdjustSharpness", "floats", 2.0), transform("RandomAutocontrast", "floats"), transform("RandomEqualize", "square"),
    transform("Grayscale", "bytes", count=1),
    transform("ColorJitter", "pillow", 0.5, 0.4, 0.3, 0.2), transform("RandomRotation", "pillow", 60.0, expand=True),
    transform("RandomAffine", "pillow", 30.0, [0.2, 0.3], [0.7, 1.3], 10.0, interpolation="bilinear", fill=9),
    transform("RandomGrayscale", "pillow", 0.5), transform("TrivialAugmentWide", "pillow", count=20),
    transform("RandAugment", "pillow", 3, 12, count=8), transform("AutoAugment", "square", count=10),
    transform("AutoAugment", "pillow", policy="cifar10", count=12), transform("AutoAugment", "pillow", policy="svhn", count=10),
    transform("AugMix", "square", count=3), transform("AugMix", "square", severity=5, mixtureWidth=2, chainDepth=2, alpha=0.5, allOps=False, count=3),
]  # fmt: skip


def grid(image, **options):
    given = {snake(k): tuple(v) if k == "valueRange" else v for k, v in options.items()}
    source = torch.cat([IMAGES[image]] * 3) if image == "batch" else IMAGES[image]
    result = make_grid(source, **given)
    saved = result.mul(255).add(0.5).clamp(0, 255).to(torch.uint8) if result.is_floating_point() else None
    return {"image": image, "options": options, "result": encode(result), "saved": None if saved is None else encode(saved)}


GRIDS = [
    grid("batch", nrow=4), grid("batch", nrow=2, padding=1, padValue=0.5), grid("batch", normalize=True),
    grid("batch", normalize=True, scaleEach=True, nrow=3), grid("batch", normalize=True, valueRange=[0.2, 0.6]),
    grid("gray"), grid("floats"),
]  # fmt: skip

CONVERSIONS = [
    {"from": DTYPES[x.dtype], "values": x.tolist(), "to": DTYPES[to], "result": numbers(F.convert_image_dtype(x, to).float())}
    for x, to in [
        (torch.tensor([0.0, 0.1, 0.5, 0.999, 1.0]), torch.uint8), (torch.tensor([0, 7, 255], dtype=torch.uint8), torch.float32),
        (torch.tensor([0, 7, 255], dtype=torch.uint8), torch.float64), (torch.tensor([0.5], dtype=torch.float64), torch.float32),
    ]
]  # fmt: skip

gb = torch.Generator().manual_seed(11)
corner = torch.rand(7, 2, generator=gb) * 6
BOXES = torch.cat([corner, corner + torch.rand(7, 2, generator=gb) * 5 + 0.5], 1).mul(8).round() / 8
SCORES = torch.rand(7, generator=gb)


def drawing(image, **options):
    result = draw_bounding_boxes(IMAGES[image], BOXES[:3].round(), **options)
    return {"image": image, "boxes": encode(BOXES[:3].round()), "options": options, "result": encode(result)}


def masked(count, **options):
    masks = torch.rand(count, 7, 5, generator=gb) > 0.6
    return {"masks": encode(masks), "options": options, "result": encode(draw_segmentation_masks(byte_image, masks, **options))}


DRAWINGS = [drawing("bytes", colors="red"), drawing("bytes"), drawing("square", colors=["#0f8", "#102030", (1, 2, 3)], width=2),
            drawing("square", colors="orange", fill=True), drawing("square", width=3, fill=True)]  # fmt: skip
MASKED = [masked(2), masked(2, alpha=0.3, colors=["blue", (250, 1, 9)]), masked(1, colors=["#abcdef"])]


def box_case(name, *args):
    result = getattr(ops, snake(name))(*args)
    return {"name": name, "args": [encode(a) for a in args], "result": encode(result)}


LOGITS = torch.randn(4, 3, generator=gb)
LABELS = (torch.rand(4, 3, generator=gb) > 0.5).float()
OPS = [
    box_case("boxArea", BOXES), box_case("boxIou", BOXES, BOXES[:4]), box_case("generalizedBoxIou", BOXES, BOXES[:4]),
    *[box_case("nms", BOXES, SCORES, threshold) for threshold in (0.05, 0.3, 0.9)],
    box_case("batchedNms", BOXES, SCORES, torch.tensor([0, 1, 0, 1, 1, 0, 0]), 0.1),
    box_case("clipBoxesToImage", BOXES, [5, 8]), box_case("removeSmallBoxes", BOXES, 2.0),
    *[box_case("boxConvert", BOXES, a, b) for a in ("xyxy", "xywh", "cxcywh") for b in ("xyxy", "xywh", "cxcywh") if a != b],
    box_case("sigmoidFocalLoss", LOGITS, LABELS), box_case("sigmoidFocalLoss", LOGITS, LABELS, -1.0, 1.5, "mean"),
]  # fmt: skip

fake = datasets.FakeData(4, (3, 4, 3), 5, transform=T.PILToTensor(), random_offset=2)
FAKES = [{"image": encode(fake[i][0]), "label": fake[i][1]} for i in range(4)]

batch_of_one = {"labels": [7], "data": np.arange(3072, dtype=np.uint32).astype(np.uint8).reshape(1, 3072) // 16}
PICKLES = [base64.b64encode(pickle.dumps({k.encode() if p == 3 else k: v for k, v in batch_of_one.items()}, protocol=p)).decode() for p in (2, 3, 4, 5)]


def jpeg(image, **options):
    """A JPEG file, and the pixels that Pillow reads from it."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95, subsampling=0, **options)
    return {"file": base64.b64encode(file.getvalue()).decode(), "pixels": encode(Image.open(file).convert("RGB"))}


def png(image, **options):
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return {"mode": image.mode, "file": base64.b64encode(file.getvalue()).decode(), "pixels": encode(Image.open(file).convert("RGB"))}


smooth = Image.fromarray((np.add.outer(np.arange(16), np.arange(16))[..., None] * np.array([3, 5, 7])).astype(np.uint8))
FILES = {
    "jpegs": [jpeg(smooth), jpeg(smooth.convert("L"))],
    "pngs": [png(PILLOW["pillow"].convert(mode)) for mode in ["RGB", "L", "RGBA", "LA", "P", "1"]],
}

golden = {
    "torch": torch.__version__,
    "images": {name: encode(x) for name, x in IMAGES.items()},
    "functions": FUNCTIONS,
    "augmentations": TRANSFORMS,
    "grids": GRIDS,
    "drawings": DRAWINGS,
    "masked": MASKED,
    "ops": OPS,
    "conversions": CONVERSIONS,
    "fakes": FAKES,
    "pickles": PICKLES,
    "files": FILES,
}
lines = [f"{json.dumps(k)}: " + ("[\n" + ",\n".join(json.dumps(one, separators=(',', ':')) for one in v) + "\n]" if isinstance(v, list) else json.dumps(v)) for k, v in golden.items()]
(Path(__file__).parents[1] / "data" / "vision.json").write_text("{" + ",\n".join(lines) + "}\n")
print(f"{len(FUNCTIONS)} functions, {len(TRANSFORMS)} transforms, {len(GRIDS)} grids, {len(OPS)} operations")
