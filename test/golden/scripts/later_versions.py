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

    def forward(self, x):
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)
