"""Functions under PyTorch's other names, in-place forms of functions of several tensors, and what looks at tensors."""
from torch_calls import NAN, boolean, bools, f, f64, i64, ints, pos, rng, u8, v

from op_cases.case import C, Fn, c

# Numbers of its own, so that cases added elsewhere leave these as they are.
rng.seed("names")


def p(*shape, **options):
    """A tensor of positive numbers that an operation made."""
    return pos(*shape, **options).via(["mul", 1])


def unit(*shape, **options):
    return f(*shape, low=-0.9, high=0.9, **options)


C("arccosh", f(2, 3, low=1.1, high=3.0))
C("arcsinh", f(2, 3))
C("arctanh", unit(2, 3))
C("arctan2", f(2, 3), f(3))
for name in ["arccos_", "arcsin_"]:
    C(name, unit(2, 3).via(["mul", 1]))
C("arctan_", c(2, 3))
# PyTorch 1.13 has no derivatives of these in place.
C("arccosh_", f(2, 3, low=1.1, high=3.0, grad=False))
C("arcsinh_", f(2, 3, grad=False))
C("arctanh_", unit(2, 3, grad=False))
C("arctan2_", c(2, 3), f(3))
for name in ["absolute_", "fix_", "negative_", "sgn_"]:
    C(name, c(2, 3))
C("clip_", c(5), -0.5, 0.5)
for name in ["divide_", "multiply_", "subtract_", "trueDivide_"]:
    C(name, c(2, 3), pos(3))
for name in ["greater_", "greaterEqual_", "less_", "lessEqual_", "notEqual_"]:
    C(name, f(2, 3, grad=False), 0.5)
    C(name, ints(4), ints(4))
for name in ["gcd_", "lcm_"]:
    C(name, ints(5, low=1, high=20), ints(5, low=1, high=20))
C("nextafter_", f(3, grad=False), f(3, grad=False))
C("renorm_", c(2, 3), 2.0, 0, 1.5)
C("addmm_", c(2, 3), f(2, 2), f(2, 3))
C("addmm_", c(2, 3), f(2, 2), f(2, 3), beta=0.5, alpha=2.0)
C("addmv_", c(2), f(2, 3), f(3))
C("addr_", c(2, 3), f(2), f(3))
C("addbmm_", c(2, 3), f(2, 2, 2), f(2, 2, 3))
C("baddbmm_", c(2, 2, 3), f(2, 2, 2), f(2, 2, 3))

C("i0", f(2, 3))
C("i0", f(4, low=-20.0, high=20.0, dtype=f64))
C("i0", f(2, 3, dtype=f64))
C("i0", ints(4))
C("i0", v([0.0, 8.0, 40.0, NAN]))
C("i0_", c(2, 3))
for name in ["fmax", "fmin"]:
    C(name, f(2, 3), f(3))
    C(name, f(2, 3, dtype=f64), f(2, 1))
    C(name, v([1.0, NAN, 2.0, NAN]), v([NAN, 3.0, 2.0, NAN]))
    C(name, ints(4), ints(4))
    C(name, bools(4), bools(4))

C("adjoint", f(2, 3))
C("adjoint", f(2, 2, 3))
C("mH", f(2, 2, 3))
C("H", f(2, 3))
C("splitWithSizes", f(5, 2), [1, 4])
C("splitWithSizes", f(2, 4), [2, 0, 2], 1)
C("swapaxes_", c(2, 3, 2), 0, -1)
C("swapdims_", c(2, 3), 0, 1)
C("asStrided", f(6), [2, 2], [3, 1])
C("asStrided", f(6), [3, 2], [1, 2], 1)
C("asStrided", f(2, 3), [2, 2, 2], [1, 2, 1])
C("selectScatter", f(2, 3), f(3), 0, 1)
C("selectScatter", f(2, 3), f(2), -1, -2)
# From another start PyTorch 1.13 replaces a slice of one, whatever is asked for.
C("sliceScatter", f(2, 5), f(2, 3), dim=1, start=0, step=2)
C("diagonalScatter", f(3, 3), f(3))
C("diagonalScatter", f(2, 3, 3), f(2, 2), 1, 1, 2)

C("dim", f(2, 3))
C("ndimension", f(2, 3, 1))
C("nelement", f(2, 3))
for x in [f(2), ints(2), bools(2), ints(2, low=0, dtype=u8)]:
    C("isSigned", x)
C("isSameSize", f(2, 3), f(2, 3))
C("isSameSize", f(2, 3), f(3, 2))
C("isNonzero", v([0.5], grad=False))
C("isNonzero", v([0], i64))
C("isNonzero", v(True, boolean))

Fn("concatenate", [f(2, 3), f(1, 3)])
Fn("concatenate", [f(2, 1), f(2, 2)], 1)
