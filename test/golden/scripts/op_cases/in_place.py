"""In-place forms, shifts of bits, shapes and diagonals in place."""
from torch_calls import boolean, bools, f, i64, ints, pos, rng, u8, v

from op_cases.case import C, c

# Numbers of its own, so that cases added elsewhere leave these as they are.
rng.seed("in place")


def p(*shape, **options):
    """A tensor of positive numbers that an operation made."""
    return pos(*shape, **options).via(["mul", 1])


def unit(*shape):
    return f(*shape, low=-0.9, high=0.9).via(["mul", 1])


for name in ["acos_", "asin_", "erfinv_"]:
    C(name, unit(2, 3))
# PyTorch 1.13 has no derivatives of these in place.
C("atanh_", f(2, 3, low=-0.9, high=0.9, grad=False))
C("acosh_", f(2, 3, low=1.1, high=3.0, grad=False))
C("asinh_", f(2, 3, grad=False))
for name in ["digamma_", "lgamma_", "log10_", "log1p_", "log2_", "reciprocal_", "rsqrt_"]:
    C(name, p(2, 3))
for name in [
    "atan_", "ceil_", "cos_", "cosh_", "deg2rad_", "erf_", "erfc_", "exp2_", "expm1_", "floor_", "frac_",
    "rad2deg_", "round_", "sign_", "sin_", "sinc_", "sinh_", "square_", "tan_", "trunc_",
]:  # fmt: skip
    C(name, c(2, 3))
    C(name, c(3, 2).via(["transpose", 0, 1]))
for name in ["ceil_", "floor_", "sign_", "square_"]:
    C(name, ints(4))
C("logit_", f(5, low=0.1, high=0.9).via(["mul", 1]))
C("logit_", f(5, low=0.1, high=0.9).via(["mul", 1]), 0.2)
C("nanToNum_", v([1.0, float("nan"), float("inf")], grad=False))
C("clampMin_", c(5), 0.25)
C("clampMax_", c(5), 0.25)
for name in ["atan2_", "copysign_", "fmod_", "hypot_", "remainder_", "xlogy_"]:
    C(name, p(2, 3), pos(2, 3))
    C(name, p(2, 3), pos(3))
C("floorDivide_", pos(2, 3, grad=False), pos(3, grad=False))
for name in ["fmod_", "remainder_", "floorDivide_"]:
    C(name, ints(5), 3)
C("fmod_", c(5), 0.75)
C("ldexp_", f(3, grad=False), ints(3, low=0))
C("heaviside_", v([-1.0, 0.0, 2.0], grad=False), f(3, grad=False))
for name in ["eq_", "ge_", "gt_", "le_", "lt_", "ne_"]:
    C(name, f(2, 3, grad=False), 0.5)
    C(name, f(2, 3, grad=False), f(3, grad=False))
    C(name, ints(4), 1)
    C(name, bools(4), bools(4))
for name in ["logicalAnd_", "logicalOr_", "logicalXor_"]:
    C(name, ints(6, low=-1, high=2), ints(6, low=-1, high=2))
    C(name, bools(4), bools(4))
    C(name, f(3, grad=False), f(3, grad=False))
C("logicalNot_", ints(6, low=-1, high=2))
C("logicalNot_", bools(4))
for name in ["bitwiseAnd_", "bitwiseOr_", "bitwiseXor_"]:
    C(name, ints(6), ints(6))
    C(name, ints(6), 6)
    C(name, bools(4), bools(4))
C("bitwiseNot_", ints(4))
C("bitwiseNot_", bools(4))
for name in ["bitwiseLeftShift", "bitwiseRightShift", "bitwiseLeftShift_", "bitwiseRightShift_"]:
    C(name, ints(6, low=-40, high=40), 3)
    C(name, ints(2, 3, low=-40, high=40), ints(3, low=0, high=9))
    C(name, ints(6, low=0, high=200, dtype=u8), ints(6, low=0, high=8, dtype=u8))
C("bitwiseRightShift", v([2**31 - 1, -(2**31), -1, 5], i64), v([31, 31, 17, 30], i64))
C("cumsum_", c(2, 3), 1)
C("cumprod_", c(2, 3), 1)
C("tril_", c(3, 3))
C("triu_", c(3, 3), 1)
C("unsqueeze_", c(2, 3), 1)
C("squeeze_", c(1, 2, 1))
C("squeeze_", c(1, 2, 1), 0)
C("t_", c(2, 3))
C("transpose_", c(2, 3, 2), 0, -1)
C("unsqueeze_", f(2, 3, grad=False), -1)
C("fillDiagonal_", f(3, 4, grad=False), 5)
C("fillDiagonal_", f(7, 3, grad=False), 5)
C("fillDiagonal_", f(7, 3, grad=False), 5, True)
C("fillDiagonal_", f(3, 3, 3, grad=False), 5)
C("fillDiagonal_", ints(2, 2), 5)
C("reshapeAs", f(2, 3), f(3, 2))
C("typeAs", f(2), v([True], boolean))
C("short", f(3))
C("byte", pos(3))
C("detach_", c(3))
