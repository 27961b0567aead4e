"""Writes transforms.json: what torchvision's transforms of tensors come down to, in PyTorch itself: scaled images, and the
draws of random crops, flips and rotations.
"""

import json
import math
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



def rotate(image, angle, mode, expand, center, fill):
    """What torchvision does to a tensor image: a grid of places, sampled together with a mask of ones."""
    height, width = image.shape[-2:]
    c, s = math.cos(math.radians(-angle)), math.sin(math.radians(-angle))
    x0, y0 = (0.0, 0.0) if center is None else (center[0] - width / 2, center[1] - height / 2)
    matrix = [c, s, -c * x0 - s * y0 + x0, -s, c, s * x0 - c * y0 + y0]
    theta = torch.tensor(matrix, dtype=torch.float64).view(2, 3)
    rows, columns = height, width
    if expand:
        corners = torch.tensor([[x * width / 2, y * height / 2, 1] for x in (-1, 1) for y in (-1, 1)], dtype=torch.float64)
        at = corners @ theta.T + torch.tensor([width / 2, height / 2], dtype=torch.float64)
        top = torch.ceil(torch.trunc(at.max(0).values / 1e-4) * 1e-4)
        low = torch.floor(torch.trunc(at.min(0).values / 1e-4) * 1e-4)
        columns, rows = (top - low).int().tolist()
    x = torch.linspace(-columns / 2 + 0.5, columns / 2 - 0.5, columns, dtype=torch.float64)
    y = torch.linspace(-rows / 2 + 0.5, rows / 2 - 0.5, rows, dtype=torch.float64)
    base = torch.stack([x.expand(rows, -1), y[:, None].expand(-1, columns), torch.ones(rows, columns, dtype=torch.float64)], -1)
    grid = (base.view(-1, 3) @ (theta.T / torch.tensor([width / 2, height / 2], dtype=torch.float64))).view(1, rows, columns, 2)
    both = torch.cat([image, torch.ones(1, height, width)])[None].double()
    both = F.grid_sample(both, grid, mode=mode, padding_mode="zeros", align_corners=False)[0]
    result, mask = both[:-1], both[-1:]
    if mode == "nearest":
        return torch.where(mask < 0.5, torch.full_like(result, fill), result)
    return result * mask + (1 - mask) * fill


torch.manual_seed(9)
rotated = []
for degrees, options in [
    ([-30, 30], {}), ([20, 50], {"interpolation": "bilinear"}), ([-180, 180], {"expand": True}), ([33, 33], {"fill": 0.5}),
    ([-90, -10], {"interpolation": "bilinear", "fill": 2.0}), ([10, 80], {"interpolation": "bilinear", "expand": True}),
    ([-45, 45], {"center": [1, 2]}), ([100, 170], {"interpolation": "bilinear", "center": [4, 0], "fill": -1.0}),
    ([0, 0], {}), ([17, 17], {"interpolation": "bilinear"}), ([90, 90], {"expand": True}), ([180, 180], {}),
]:  # fmt: skip
    angle = torch.empty(1).uniform_(float(degrees[0]), float(degrees[1])).item()
    full = {"interpolation": "nearest", "expand": False, "center": None, "fill": 0.0, **options}
    result = rotate(image, angle, full["interpolation"], full["expand"], full["center"], full["fill"])
    rotated.append({"degrees": degrees, "options": options, "shape": list(result.shape), "values": result.flatten().tolist()})

golden = {
    "torch": torch.__version__,
    "image": image.flatten().tolist(),
    "shape": list(image.shape),
    "resized": resized,
    "crops": crops,
    "flips": flips,
    "rotated": rotated,
}
(Path(__file__).parents[1] / "data" / "transforms.json").write_text(json.dumps(golden) + "\n")
print(f"{len(resized) + len(crops) + len(flips) + len(rotated)} cases")
