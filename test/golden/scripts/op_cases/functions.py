"""Further functions of elements and products."""
from torch_calls import INF, NAN, bools, f, f64, i64, ints, pos, u8, v

from op_cases.case import C, Fn, T, c

SPECIAL = [0.0, -0.0, INF, -INF, NAN, 1.0, -1.0, 0.5, -0.5, 2.0]
UNIT = {"low": -0.95, "high": 0.95}


def unit(*shape, **options):
    return f(*shape, **UNIT, **options)


def above_one(*shape, **options):
    return f(*shape, low=1.1, high=5.0, **options)


DOMAINS = {"asin": unit, "acos": unit, "atanh": unit, "log2": pos, "log10": pos, "acosh": above_one, "tan": unit}
for op in ["tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "exp2", "log2", "log10", "square"]:
    domain = DOMAINS.get(op, f)
    C(op, domain(2, 3))
    C(op, v(SPECIAL))
    C(op, T(domain(2, 3)))
    C(op, domain())
    C(op, domain(3, dtype=f64))
    C(op, domain(0, 2))
    C(op, ints(3, low=1))
    C(op, bools(3))
C("log2", v([1.0, 2.0, 8.0, 1024.0, 0.125]))
C("log10", v([1.0, 10.0, 1000.0, 0.01]))

C("floorDivide", f(2, 3), pos(3))
C("floorDivide", v([5.5, -5.5, 5.5, -5.5, 0.5, 1.0]), v([2.0, 2.0, -2.0, -2.0, 0.7, 0.1]))
C("floorDivide", v([1.0, INF, 2.0, -1.0, 0.0, -0.0]), v([0.0, 2.0, INF, INF, 0.0, 3.0]))
C("floorDivide", v([7, -7, 7, -7], i64), v([3, 3, -3, -3], i64))
C("floorDivide", f(3), 0.7)
C("floorDivide", ints(4), 2)
C("floorDivide", ints(4), 1.5)
C("floorDivide", ints(3, dtype=u8, low=0), v([2, 3, 4], u8))
C("remainder", v([2.0, INF, 3.0]), v([-INF, 2.0, 2.0]))
C("pow", v([-INF, INF, 0.0, -0.0, 4.0, -1.0]), 0.5)
C("pow", v([-INF, INF, 4.0, -1.0]), -0.5)
C("pow", f(3, grad=False), True)
C("atan2", f(2, 3), f(3))
C("atan2", v([0.0, -0.0, 0.0, -0.0, 1.0, INF]), v([1.0, -1.0, 0.0, -0.0, 0.0, INF]))
C("atan2", ints(4), ints(4))
C("atan2", f(2, dtype=f64), f(2, dtype=f64))
C("logaddexp", f(2, 3), f(3))
C("logaddexp", v([1000.0, -INF, 1.0, 2.0]), v([1000.0, 0.0, -INF, 2.0]))
C("logaddexp", f(), f(2, dtype=f64))
for weight in [0.3, 0.5, 0.75, -1, 2]:
    C("lerp", f(2, 3), f(3), weight)
C("lerp", f(2, 3), f(2, 3), f(2, 3))
C("lerp", f(3), f(2, 1), f())
C("lerp", f(2, dtype=f64), f(2, dtype=f64), 0.25)
C("addcmul", f(2, 3), f(3), f(2, 1))
C("addcmul", f(2, 3), f(2, 3), f(2, 3), value=-0.5)
C("addcmul", ints(3), ints(3), ints(3), value=2)
C("addcdiv", f(2, 3), f(3), pos(2, 1))
C("addcdiv", f(2, 3), f(2, 3), pos(2, 3), value=0.1)
C("nanToNum", v([NAN, INF, -INF, 1.0]))
C("nanToNum", v([NAN, INF, -INF, 1.0]), 0.5)
C("nanToNum", v([NAN, INF, -INF, 1.0]), 1.0, 2.0, -3.0)
C("nanToNum", v([NAN, INF, -INF, 1.0], f64), nan=2.0, posinf=7.0)
C("nanToNum", f(2, 3))
C("nanToNum", ints(3))
C("isinf", v(SPECIAL))
C("isinf", ints(3))
C("isinf", bools(3))
C("isclose", v([1.0, 1.0, NAN, INF, INF]), v([1.000001, 1.1, NAN, INF, -INF]))
C("isclose", v([1.0, NAN]), v([1.2, NAN]), rtol=0.5, equalNan=True)
C("isclose", v([1.0, 2.0]), v([[1.05], [2.0]]), atol=0.1)
C("isclose", ints(3), ints(3))
for a, b in [(bools(5), bools(5)), (v([0.0, 1.0, NAN]), v([1.0, 2.0, 0.0])), (ints(3, low=0, high=2), bools(3))]:
    C("logicalXor", a, b)

C("outer", f(3), f(2))
C("outer", ints(2), f(3))
C("outer", f(0), f(3))
C("addmm", f(2, 4), f(2, 3), f(3, 4))
C("addmm", f(4), f(2, 3), f(3, 4), beta=0.5, alpha=2)
C("addmm", f(2, 1), f(2, 3), f(3, 4), beta=0)
C("addmm", f(), f(2, 3), T(f(4, 3)), alpha=-1)
C("cross", f(3), f(3))
C("cross", f(2, 3), f(2, 3))
C("cross", f(3, 3), f(3, 3), -1)
C("cross", f(2, 3, 2), f(2, 3, 2), 1)
for equation, shapes in [
    ("ij,jk->ik", [(2, 3), (3, 4)]), ("ij,jk", [(2, 3), (3, 2)]), ("bij,bjk->bik", [(2, 2, 3), (2, 3, 2)]),
    ("i,j->ij", [(2,), (3,)]), ("ii->i", [(3, 3)]), ("ii", [(3, 3)]), ("ij->ji", [(2, 3)]), ("ij->", [(2, 3)]),
    ("ij->j", [(2, 3)]), ("i,i", [(3,), (3,)]), ("...ij,...jk->...ik", [(2, 1, 2, 3), (2, 3, 2)]), ("...i->...", [(2, 3)]),
    ("bi,oij,bj->bo", [(2, 2), (2, 2, 3), (2, 3)]), ("ij,kl->", [(2, 2), (2, 2)]), ("ij,ij->ij", [(2, 3), (2, 3)]),
    ("ba", [(2, 3)]), ("i...,i...->...", [(2, 3), (2, 3)]), ("a b , b c -> c a", [(2, 3), (3, 2)]), ("iij->j", [(2, 2, 3)]),
    ("ij,j->i", [(2, 0), (0,)]), (",i->i", [(), (3,)]),
]:  # fmt: skip
    Fn("einsum", equation, *[f(*s) for s in shapes])
Fn("einsum", "ij,jk->ik", ints(2, 3), ints(3, 2))

C("amax", f(2, 3), [])
C("amin", f(2, 3), [], True)
C("clamp", ints(4), float("nan"), 1)
C("clamp", ints(4), None, INF)
C("clamp", ints(5, dtype=u8, low=0), 2, 4)
C("clamp", v([4, 3, 2], u8), 1, -1)
C("var", v(2.5))
C("var", v([[2.5], [1.0]]), 1)
C("var", v([1.0, -INF, 2.0]))
C("var", f(2, 3), [0, 1], correction=0)
C("chunk", f(0, 2), 3)
C("unfold", f(), 0, 0, 1)
for op in ["neg_", "abs_", "exp_", "tanh_", "sigmoid_"]:
    C(op, c(2, 3))
    C(op, f(3, grad=False))
C("log_", pos(3).via(["mul", 1]))
C("sqrt_", pos(3).via(["mul", 1]))
C("pow_", c(2, 3), 2)
C("pow_", pos(3).via(["mul", 1]), f(3))
C("lerp_", c(2, 3), f(3), 0.3)
C("lerp_", c(2, 3), f(3), f(2, 3))
C("addcmul_", c(2, 3), f(3), f(2, 1), value=0.5)
C("addcdiv_", c(2, 3), f(3), pos(2, 1), value=0.5)
C("maskedFill_", c(2, 3), bools(3), 0.5)
C("maskedFill_", ints(3), bools(3), 4)
C("relu_", c(2, 3))

C("add", f(2, 3), f(3), alpha=2)
C("add", f(2, 3), 1.5, alpha=-0.5)
C("sub", f(2, 3), f(3), alpha=0.5)
C("add", ints(3), ints(3), alpha=3)
C("add_", c(2, 3), f(3), alpha=-0.1)
C("sub_", c(2, 3), f(2, 3), alpha=2)
for mode in ["floor", "trunc"]:
    C("div", f(2, 3), pos(3), roundingMode=mode)
    C("div", v([7, -7, 7, -7], i64), v([3, 3, -3, -3], i64), roundingMode=mode)
    C("div", ints(4), 1.5, roundingMode=mode)
    C("div", v([1.0, INF, -2.0]), v([0.0, 2.0, INF]), roundingMode=mode)
