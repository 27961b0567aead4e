"""Result types of operations for every dtype and every pair of them."""
import torch
from torch_calls import DTYPES, boolean, call, f32, f64, i64, outputs_of, u8

from op_cases.elementwise import ALL

# For every pair of dtypes the dtype of the result, "" where PyTorch refuses: [tensors, tensor with 0-d, 0-d with tensor,
# both 0-d], and for every dtype beside the numbers 1, 1.5 and true.
ORDER = [f32, f64, i64, u8, boolean]
BINARY = ["add", "sub", "mul", "div", "pow", "remainder", "maximum", "minimum", "eq", "lt", "logicalAnd"]


def result_dtype(function):
    try:
        return DTYPES.get(function().dtype, "")
    except (RuntimeError, TypeError):
        return ""


def one(dtype, shape=(1,)):
    return torch.ones(shape, dtype=dtype)


pairs = {
    op: [
        [
            [result_dtype(lambda: call(op, one(a, s), [one(b, t)], {})) for s, t in [((1,), (1,)), ((1,), ()), ((), (1,)), ((), ())]]
            for b in ORDER
        ]
        for a in ORDER
    ]
    for op in BINARY
}  # fmt: skip
with_number = {
    op: [[result_dtype(lambda: call(op, one(a), [n], {})) for n in [1, 1.5, True]] for a in ORDER]
    for op in BINARY
    if op not in ["maximum", "minimum", "logicalAnd"]
}
in_place = {
    op: [[result_dtype(lambda: call(op, one(a), [one(b)], {})) for b in ORDER] for a in ORDER]
    for op in ["add_", "sub_", "mul_", "div_"]
}
UNARY = {name: [] for name in ALL + ["isnan", "isfinite", "logicalNot", "sum", "prod", "mean", "var", "std", "amax", "argmax", "all", "clone", "norm", "max"]}  # fmt: skip
UNARY |= {"cumsum": [0], "softmax": [0], "logSoftmax": [0], "logsumexp": [0], "sort": [], "tril": [], "clamp": [0], "relu": []}
unary = {}
for op, args in UNARY.items():
    wide = op == "tril"
    unary[op] = [result_dtype(lambda: outputs_of(call(op, one(a, (1, 1) if wide else (1,)), args, {}))[0]) for a in ORDER]

dtypes = {"order": [DTYPES[d] for d in ORDER], "pairs": pairs, "withNumber": with_number, "inPlace": in_place, "unary": unary}
