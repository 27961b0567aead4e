"""
Makes transforms.json: what torchvision's transforms of tensors come down to, in PyTorch itself: scaled images, and the
draws of random crops and flips.

    python3 test/golden/make_transforms.py

Made with PyTorch 1.13, without torchvision.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

g = torch.Generator().manual_seed(3)
image = torch.rand(2, 7, 5, generator=g)

resized = []
for size in [(3, 2), (14, 10), (7, 9), (10, 3), (1, 1), (4, 5)]:
    for mode, antialias in [("nearest", False), ("bilinear", False), ("bilinear", True)]:
        result = F.interpolate(image[None], size=size, mode=mode, antialias=antialias, **({} if mode == "nearest" else {"align_corners": False}))
        resized.append({"size": size, "mode": mode, "antialias": antialias, "values": result.flatten().tolist()})

torch.manual_seed(5)
crops = []
for rows, columns in [(3, 2), (7, 2), (7, 5), (1, 1), (6, 5)] * 3:
    place = [0, 0]
    if (rows, columns) != (7, 5):
        place = [torch.randint(0, 7 - rows + 1, size=(1,)).item(), torch.randint(0, 5 - columns + 1, size=(1,)).item()]
    crops.append({"size": [rows, columns], "place": place})
torch.manual_seed(6)
flips = [bool(torch.rand(1) < 0.3) for _ in range(20)]

golden = {
    "torch": torch.__version__,
    "image": image.flatten().tolist(),
    "shape": list(image.shape),
    "resized": resized,
    "crops": crops,
    "flips": flips,
}
Path(__file__).with_name("transforms.json").write_text(json.dumps(golden) + "\n")
print(f"{len(resized) + len(crops) + len(flips)} cases")
