"""Writes errors.json: what PyTorch says to wrong calls.

A case names the error class that tapegrad has for it. Where tapegrad's words are others on purpose, the case has them.
"""
import json
import re
from pathlib import Path

import torch
from torch_calls import boolean, call, f32, f64, first_line, i64, Input, to_json, to_torch

cases = []
S, D, V = "ShapeError", "DTypeError", "ValueError"


def x(*shape, dtype=f32):
    return Input(shape, [1] * int(torch.Size(shape).numel()), dtype, grad=False)


def index(*values, shape=None):
    return Input(shape or [len(values)], list(values), i64)


def mask(*shape):
    return x(*shape, dtype=boolean)


def E(kind, name, self, *args, says=None, function=False, **options):
    inputs = []
    if not function:
        to_json(self, inputs)
    given = list(args)
    json_args = to_json(given, inputs)
    tensors = {i: i.build()[1] for i in inputs}
    try:
        call(name, None if function else tensors[self], to_torch(given, tensors), options)
    except Exception as error:
        text = re.sub(r"torch\.Size\((\[[^\]]*\])\)", r"\1", first_line(error))
    else:
        text = None
    record = {"op": name, "kind": kind, "inputs": [i.json() for i in inputs], "args": json_args, "torch": text}
    if function:
        record["function"] = True
    if options:
        record["options"] = options
    if says is not None:
        record["says"] = says
    cases.append(record)


def F(kind, name, *args, says=None, **options):
    E(kind, name, None, *args, says=says, function=True, **options)


for op in ["add", "sub", "mul", "div", "pow", "remainder", "maximum", "minimum", "eq", "lt", "ge"]:
    E(S, op, x(2, 3), x(2, 4))
E(S, "add", x(3, 1, 2), x(4, 3))
E(S, "where", x(2, 3), mask(2, 3), x(2, 2))
E(S, "where", x(2), mask(3), x(2))
E(D, "where", x(2), x(2), x(2), says="expected condition to be a boolean tensor, but got a tensor with dtype float32")
E(D, "sub", mask(2), mask(2), says="Subtraction, the `-` operator, with two bool tensors is not supported.")
E(D, "sub", mask(2), x(2), says="Subtraction, the `-` operator, with a bool tensor is not supported.")
E(D, "neg", mask(2), says="Negation, the `-` operator, on a bool tensor is not supported.")
E(D, "relu", mask(2))
for op in ["abs", "floor", "ceil", "round", "trunc"]:
    E(D, op, mask(2), says="not implemented for bool tensors.")
E(V, "pow", index(1, 2), -1, says="Integers to negative integer powers are not allowed.")
E(V, "remainder", index(1, 2), index(1, 0))
E(V, "clamp", x(2), says="At least one of 'min' or 'max' must not be None")
E(D, "allclose", x(2), x(2, dtype=f64), says="float32 did not match float64")
E(S, "allclose", x(2), x(3))

E(S, "matmul", x(2, 3), x(4, 5))
E(S, "mm", x(2, 3), x(4, 5))
E(S, "matmul", x(2, 3), x(4), says="mat1 and mat2 shapes cannot be multiplied (2x3 and 4)")
E(S, "matmul", x(3), x(4, 5), says="Expected size for the last dimension of the first argument to match the last but one of the second, but got shapes [3] and [4, 5]")
E(S, "matmul", x(2, 2, 3), x(2, 4, 2), says="Expected size for the last dimension of the first argument to match the last but one of the second, but got shapes [2, 2, 3] and [2, 4, 2]")
E(S, "matmul", x(2, 2, 3), x(3, 3, 2))
E(S, "matmul", x(), x(2), says="both arguments to matmul need to be at least 1D, but they are 0D and 1D")
E(S, "mm", x(3), x(3, 2), says="both arguments must be matrices, got [3] and [3, 2]")
E(S, "bmm", x(2, 3), x(2, 3, 2), says="batch1 and batch2 must be 3D tensors [B, M, K] and [B, K, N], got [2, 3] and [2, 3, 2]")
E(S, "bmm", x(2, 2, 3), x(3, 3, 2), says="batch1 and batch2 must be 3D tensors [B, M, K] and [B, K, N], got [2, 2, 3] and [3, 3, 2]")
E(S, "dot", x(2), x(3), says="inconsistent tensor size, expected tensor [2] and src [3] to have the same number of elements, but got 2 and 3 elements respectively")
E(S, "dot", x(2, 2), x(2), says="1D tensors expected, but got 2D and 1D tensors")
E(D, "matmul", x(2, 2), index(1, 2), says="expected both tensors to have the same dtype, but got float32 and int32")
E(D, "mm", x(2, 2), x(2, 2, dtype=f64), says="expected both tensors to have the same dtype, but got float32 and float64")
E(D, "mm", mask(2, 2), mask(2, 2), says="not implemented for bool tensors")

for op in ["sum", "mean", "amax", "argmax", "all", "softmax", "cumsum", "squeeze", "logsumexp", "sort", "var", "prod", "max"]:
    E(S, op, x(2, 3), 2)
    E(S, op, x(2, 3), -3)
    E(S, op, x(), 1)
for op in ["sum", "mean", "amax", "var"]:
    E(S, op, x(2, 3), [0, 0], says="a dimension appears more than once in the list of dims [0, 0]")
E(S, "sum", x(2, 3), [1, -1], says="a dimension appears more than once in the list of dims [1, 1]")
DTYPE = "could not infer output dtype. Input dtype must be a floating point dtype. Got: int32."
for op in ["mean", "var", "std", "norm"]:
    E(D, op, index(1, 2), says=DTYPE)
E(D, "softmax", index(1, 2), 0, says=DTYPE)
E(D, "logSoftmax", index(1, 2), 0, says=DTYPE)
E(S, "amax", x(0), says="Expected reduction dim to be specified for input.numel() == 0")
E(S, "max", x(0), says="Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.")
E(S, "max", x(2, 0), 1, says="Expected reduction dim 1 to have non-zero size.")
E(S, "argmin", x(0), says="Expected reduction dim 0 to have non-zero size.")
E(S, "argmax", x(0, 2), 0, says="Expected reduction dim 0 to have non-zero size.")
E(D, "argmax", mask(2), says="not implemented for bool tensors.")

E(S, "view", x(2, 3), 4)
E(S, "view", x(2, 3), -1, 4)
E(S, "view", x(2, 3), -1, -1)
E(S, "view", x(2, 3), -2, 3)
E(S, "view", x(2, 3), 5, 0)
E(S, "view", x(2, 3).via(["transpose", 0, 1]), 6, says="view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces).")
E(S, "reshape", x(2, 3), 7)
E(S, "reshape", x(2, 3), [-1, 5])
E(S, "reshape", x(0), [-1, 0])
E(S, "flatten", x(2, 3), 1, 0)
E(S, "flatten", x(2, 3), 2)
E(S, "expand", x(2, 3), 2, 4, says="The expanded size of the tensor (4) must match the existing size (3) at non-singleton dimension 1. Target sizes: [2, 4]. Tensor sizes: [2, 3]")
E(S, "expand", x(2, 3), 3, says="the number of sizes provided (1) must be greater or equal to the number of dimensions in the tensor (2)")
E(S, "expand", x(3), -1, 3, says="The expanded size of the tensor (-1) must match")
E(S, "transpose", x(2, 3), 0, 2)
E(S, "t", x(2, 3, 2))
E(S, "permute", x(2, 3), 0, says="permute(dims): expected each of the 2 dimensions of [2, 3] once, got [0]")
E(S, "permute", x(2, 3), 0, 0, says="permute(dims): expected each of the 2 dimensions of [2, 3] once, got [0, 0]")
E(S, "permute", x(2, 3), 0, 2)
E(S, "unsqueeze", x(2), 3)
E(S, "narrow", x(4), 0, 2, 3, says="start (2) + length (3) exceeds dimension size (4)")
E(S, "narrow", x(), 0, 0, 1)
E(S, "narrow", x(4), 0, -5, 1, says="start (-5)")
E(S, "narrow", x(4), 0, 0, -1, says="length (-1)")
E(S, "select", x(2, 3), 0, 2, says="index 2 is out of bounds for dimension 0 with size 2")
E(S, "select", x(2, 3), 1, -4, says="index -4 is out of bounds for dimension 1 with size 3")
E(S, "select", x(), 0, 0)
E(V, "slice", x(4), 0, 0, 4, 0, says="slice step must be positive")
E(V, "slice", x(4), 0, 0, 4, -1, says="slice step must be positive")
E(S, "unfold", x(4), 0, 5, 1)
E(V, "unfold", x(4), 0, 2, 0)
F(S, "cat", [x(2, 3), x(2, 4)])
F(S, "cat", [x(2, 3), x(3)])
F(S, "cat", [x(0), x(2, 3), x(2, 3), x(1, 4)])
F(S, "cat", [x(2, 3), x(2, 3)], 2)
F(S, "cat", [x(), x(2)], says="zero-dimensional tensor cannot be concatenated")
F(V, "cat", [], says="expected a non-empty array of Tensors")
F(S, "stack", [x(2), x(3)])
F(S, "stack", [x(2), x(2)], 2)
F(V, "stack", [], says="expected a non-empty array of Tensors")
E(S, "split", x(5), [2, 2], says="split_with_sizes expects split_sizes to sum exactly to 5 (input tensor's size at dimension 0), but got split_sizes=[2, 2]")
E(V, "split", x(5), 0, says="split_size must be a positive integer, but got 0")
E(V, "chunk", x(5), 0)
E(S, "repeat", x(2, 3), 2)
E(S, "flip", x(2, 3), 0, 0, says="a dimension appears more than once in the list of dims [0, 0]")
E(S, "flip", x(2, 3), 2)
E(V, "roll", x(2, 3), [1, 2], 0)
E(V, "roll", x(2, 3), [1, 2], says="shifts and dimensions must align. shifts: 2, dims:0")
E(V, "pad", x(2, 3), [1])
E(S, "pad", x(3), [1, 1, 1, 1], says="Padding length too large")
E(S, "pad", x(3), [-2, -2], says="the padding makes a size negative: [3] would become [-1]")
E(S, "tril", x(3), says="input tensor must have at least 2 dimensions")
E(S, "unflatten", x(5), 0, [2, 2], says="shape '[2, 2]' is invalid for input of size 5")

E(S, "at", x(2, 3), 0, 0, 0)
E(S, "at", x(), 0, says="too many indices for tensor of dimension 0")
E(S, "at", x(2, 3), 2, says="index 2 is out of bounds for dimension 0 with size 2")
E(S, "at", x(2, 3), index(2), says="index 2 is out of bounds for dimension 0 with size 2")
E(S, "at", x(2, 3), None, index(0, -4), says="index -4 is out of bounds for dimension 1 with size 3")
E(S, "at", x(2, 3), index(0, 1), index(0, 1, 2), says="The size of tensor a (2) must match the size of tensor b (3)")
E(S, "at", x(2, 3), mask(3))
E(S, "at", x(2, 3), mask(2, 2))
E(D, "at", x(2, 3), x(2), says="expected an index of dtype int32, but got float32. Convert it with .int().")
E(V, "at", x(5), [0, 4, -1], says="slice step must be positive")
E(S, "gather", x(2, 3), 0, index(0))
E(S, "gather", x(2, 3), 1, index(0, 0, 0, shape=[3, 1]), says="Size does not match at some dimension: expected index [3, 1] to be smaller than self [2, 3] apart from dimension 1")
E(V, "gather", x(2, 3), 0, index(2, shape=[1, 1]))
E(V, "gather", x(2, 3), 0, index(-1, shape=[1, 1]))
E(D, "gather", x(2, 3), 0, x(1, 1), says="expected an index of dtype int32, but got float32")
E(S, "scatter", x(2, 3), 0, index(0), x(1), says="Index tensor must have the same number of dimensions as self tensor")
E(D, "scatter", x(2), 0, index(0), x(1, dtype=f64), says="Expected self.dtype to be equal to src.dtype, but got float32 and float64")
E(V, "scatter", x(2), 0, index(2), x(1), says="index 2 is out of bounds for dimension 0 with size 2")
E(V, "scatter", x(2), 0, index(2), 1.5, says="index 2 is out of bounds for dimension 0 with size 2")
E(S, "scatterAdd", x(2), 0, index(0, 1), x(1), says="Size does not match at some dimension: expected index [2] to be smaller than src [1]")
E(S, "indexSelect", x(2, 3), 0, index(0, 1, shape=[1, 2]), says="Index is supposed to be a vector")
E(V, "indexSelect", x(2, 3), 0, index(2), says="index 2 is out of bounds for dimension 0 with size 2")
E(D, "maskedFill", x(2), x(2), 0, says="masked_fill only supports boolean masks, but got mask with dtype float32")
E(S, "maskedFill", x(2, 3), mask(2), 0)
E(V, "oneHot", index(0, 3), 3, says="Class values must be non-negative and smaller than num_classes, which is 3")
E(V, "oneHot", index(0, -1), says="Class values must be non-negative")
E(V, "oneHot", index(), says="Can not infer total number of classes from empty tensor.")
E(V, "oneHot", index(0), 0, says="numClasses must be a positive integer or -1, but got 0")
E(D, "oneHot", x(2), says="expected an index of dtype int32, but got float32")
E(S, "topk", x(3), 4, says="selected index k out of range: k is 4, dimension 0 has size 3")
E(S, "topk", x(3), -1, says="selected index k out of range: k is -1")

byte = torch.uint8
E(D, "clamp_", x(2, dtype=byte), 0.5, says="result type float32 can't be cast to the desired output type uint8")
E(D, "clamp_", mask(2), 0, says="result type int32 can't be cast to the desired output type bool")
E(D, "topk", mask(2), 1, says="not implemented for bool tensors")
E(D, "trace", mask(2, 2), says="not implemented for bool tensors")
E(S, "trace", x(2), says="expected a matrix, but got shape [2]")
E(S, "fliplr", x(3), says="Input must be >= 2-d")
E(S, "flipud", x(), says="Input must be >= 1-d")
E(S, "pow_", x(2), x(3, 2), says="output with shape [2] doesn't match the broadcast shape [3, 2]")
E(D, "pow_", mask(2), 3, says="can't be cast to the desired output type bool")
E(S, "lerp_", x(2), x(3, 2), 0.5, says="output with shape [2] doesn't match the broadcast shape [3, 2]")
E(D, "exp_", index(1, 2), says="result type float32 can't be cast to the desired output type int32")
E(S, "maskedFill_", x(2), mask(3, 2), 1, says="output with shape [2] doesn't match the broadcast shape [3, 2]")
E(D, "floorDivide", mask(2), mask(2), says="not implemented for bool tensors")
E(V, "floorDivide", index(1, 2), index(0, 1), says="ZeroDivisionError")
E(D, "logaddexp", index(1), index(2), says="not implemented for int32 and int32")
E(D, "isclose", x(2), x(2, dtype=f64), says="float32 did not match float64")
E(D, "lerp", x(2), x(2, dtype=f64), 0.5, says="expected dtype float32, but got dtype float64")
E(D, "lerp", index(1), index(2), 0.5, says="not implemented for int32")
E(D, "addcdiv", index(1), index(2), index(3), says="Integer division with addcdiv is not supported")
E(S, "outer", x(2, 2), x(2), says="expected 1-D tensors, but got shapes [2, 2] and [2]")
E(S, "addmm", x(3), x(2, 3), x(3, 4), says="The size of tensor a (3) must match the size of tensor b (4)")
E(S, "addmm", x(5, 2, 4), x(2, 3), x(3, 4), says="an input of shape [5, 2, 4] cannot be expanded to [2, 4]")
E(D, "addmm", x(4, dtype=f64), x(2, 3), x(3, 4), says="expected tensors of one dtype, but got float64 and float32")
E(S, "cross", x(2), x(2), says="no dimension of size 3 in input: got shape [2]")
E(S, "cross", x(2, 3), x(2, 3), 0, says="inputs dimension 0 must have length 3. Got 2")
E(S, "diff", x(), says="diff expects input to be at least one-dimensional")
E(V, "diff", x(2), -1)
E(S, "diagonal", x(2, 2), 0, 1, 1)
E(S, "diag", x(2, 2, 2), says="expected a matrix or a vector, but got shape [2, 2, 2]")
E(S, "kthvalue", x(3), 4, says="selected number k out of range for dimension 0")
E(D, "median", mask(2), says="not implemented for bool tensors")
E(S, "median", x(0, 2), 0, says="Expected reduction dim 0 to have non-zero size")
E(V, "quantile", x(3), 1.5, says="q values must be in the range [0, 1]")
E(S, "quantile", x(0), 0.5, says="input tensor must be non-empty")
E(D, "quantile", index(1, 2), 0.5, says="input tensor must be either float or double dtype")
E(V, "histc", x(3), 0, says="bins must be > 0, but got 0")
E(V, "bincount", index(-1))
E(V, "bincount", x(2, 2, dtype=i64))
E(D, "maskedSelect", x(2), x(2), says="expected BoolTensor for mask")
E(S, "movedim", x(2, 3), [0, 1], [0], says="should contain the same number of dims")
E(S, "rot90", x(2), says="expected total dims >= 2, but got total dims = 1")
E(S, "rot90", x(2, 2), 1, [0, 0], says="expected rotation dims to be different")
E(S, "repeatInterleave", x(3), index(1, 2), says="repeats must have the same size as input along dim")
E(V, "repeatInterleave", x(3), -1, says="repeats can not be negative")
E(S, "takeAlongDim", x(2, 3), index(0), 1, says="input and indices should have the same number of dimensions")
E(S, "indexAdd", x(3), 0, index(0), x(2), says="source [2] does not fit 1 positions along dimension 0 of [3]")
E(D, "indexAdd", x(3), 0, index(0), x(1, dtype=f64), says="must have the same dtype")
F(V, "einsum", "ij,jk", x(2, 3), says="is for 2 operands, but 1 were provided")
F(V, "einsum", "ijk", x(2, 3), says='the number of subscripts of "ijk" does not fit operand 0, which has 2 dimensions')
F(V, "einsum", "ij->k", x(2, 3), says="output subscript k does not appear in the equation for any input operand")
F(V, "einsum", "ij->ii", x(2, 3), says="output subscript i appears more than once in the output")
F(S, "einsum", "ij,jk", x(2, 3), x(2, 3), says="does not broadcast with size 3")
F(S, "einsum", "ii", x(2, 3), says="subscript i is repeated, but the sizes 3 and 2 of [2, 3] differ")
F(S, "meshgrid", [x(2, 2)], says="Expected 0D or 1D tensor in the tensor list but got: [2, 2]")

rows = ",\n".join("    " + json.dumps(c, allow_nan=False, separators=(",", ":")) for c in cases)
(Path(__file__).parents[1] / "data" / "errors.json").write_text(f'{{\n  "torch": "{torch.__version__}",\n  "cases": [\n{rows}\n  ]\n}}\n')
for c in cases:
    if c["torch"] is None:
        print("PyTorch does not mind:", c["op"], c["args"])
print(f"{len(cases)} cases")
