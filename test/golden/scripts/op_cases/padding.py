"""Padding with elements of the input."""
from torch_calls import f, f64, ints

from op_cases.case import C, T

for mode in ["reflect", "replicate", "circular"]:
    C("pad", f(2, 2, 3), [2, 1], mode)
    C("pad", f(1, 2, 3, 3), [2, 1, 0, 2], mode=mode)
    C("pad", f(1, 1, 2, 3, 2), [1, 0, 2, 1, 0, 1], mode)
    C("pad", f(2, 2, 3), [-1, 2], mode)
    C("pad", f(2, 2, 4, dtype=f64), [1, -2], mode)
    C("pad", T(f(2, 2, 3)), [1, 1], mode)
C("pad", f(2, 3), [1, 2], "reflect")
C("pad", f(2, 3), [4, 5], "replicate")
C("pad", ints(1, 2, 3), [1, 2], "circular")
