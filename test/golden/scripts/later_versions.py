"""What later versions of PyTorch have, by the definitions of their documentation."""
import numbers

import torch
from torch import nn


def rms_norm(x, normalized_shape, weight=None, eps=None):
    """torch.nn.functional.rms_norm of PyTorch 2.4."""
    dims = tuple(range(-len(normalized_shape), 0))
    eps = torch.finfo(x.dtype).eps if eps is None else eps
    normalized = x * torch.rsqrt((x * x).mean(dims, keepdim=True) + eps)
    return normalized if weight is None else normalized * weight


def channel_shuffle(x, groups):
    """torch.nn.functional.channel_shuffle, which has no gradient in 1.13."""
    return x.reshape(x.shape[0], groups, x.shape[1] // groups, -1).transpose(1, 2).reshape(x.shape)


class RMSNorm(nn.Module):
    """torch.nn.RMSNorm of PyTorch 2.4."""

    def __init__(self, normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None):
        super().__init__()
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, numbers.Integral) else tuple(normalized_shape)
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(self.normalized_shape, device=device, dtype=dtype)) if elementwise_affine else None

    def extra_repr(self):
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.weight is not None}"

    def forward(self, x):
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)


class ZeroPad1d(nn.ConstantPad1d):
    """torch.nn.ZeroPad1d of PyTorch 2.1."""

    def __init__(self, padding):
        super().__init__(padding, 0.0)

    extra_repr = nn.ZeroPad2d.extra_repr


class ZeroPad3d(nn.ConstantPad3d):
    """torch.nn.ZeroPad3d of PyTorch 2.1."""

    def __init__(self, padding):
        super().__init__(padding, 0.0)

    extra_repr = nn.ZeroPad2d.extra_repr


class CircularPad(nn.Module):
    """torch.nn.CircularPad1d and its like of PyTorch 2.1."""

    def __init__(self, padding):
        super().__init__()
        self.padding = (padding,) * (2 * self.dims) if isinstance(padding, int) else tuple(padding)

    def forward(self, x):
        return nn.functional.pad(x, self.padding, "circular")

    def extra_repr(self):
        return f"{self.padding}"


class CircularPad1d(CircularPad):
    dims = 1


class CircularPad2d(CircularPad):
    dims = 2


class CircularPad3d(CircularPad):
    dims = 3
