"""Writes linalg.json: what the functions of linalg give in float64, and their first and second derivatives.

linalg.test.ts has the same functions under the same names. What is determined up to signs is squared, or multiplied out.
"""
import json
from pathlib import Path

import torch
from torch import linalg as la

from torch_calls import f64, values_of

torch.manual_seed(0)


def spread(n, first=9.0, step=12.0):
    return torch.diag(torch.arange(n, dtype=f64) * step + first)


def m(*shape):
    return torch.randn(*shape, dtype=f64)


def regular(*shape):
    n = shape[-1]
    return m(*shape) + spread(n, 5.0, 1.0)


def symmetric(a):
    return a + a.mT


S, G, R, R2, V3 = m(3, 3), m(2, 3, 3), m(4, 2), m(2, 4), m(3)
REGULAR, BATCH = regular(3, 3), regular(2, 3, 3)

CASES = {
    "solve": (lambda a, b: la.solve(a, b), [REGULAR, m(3, 2)]),
    "solve a vector": (lambda a, b: la.solve(a, b), [REGULAR, V3]),
    "solve vectors": (lambda a, b: la.solve(a, b), [BATCH, m(2, 3)]),
    "solve with broadcasting": (lambda a, b: la.solve(a, b), [BATCH, m(3, 2)]),
    "inv": (lambda a: la.inv(a), [BATCH]),
    "det": (lambda a: la.det(a), [S]),
    "det of a batch": (lambda a: la.det(a), [G]),
    "slogdet": (lambda a: la.slogdet(a), [G]),
    "logdet": (lambda a: torch.logdet(a), [REGULAR]),
    "cholesky": (lambda a: la.cholesky(a @ a.mT + torch.eye(3, dtype=f64)), [G]),
    "cholesky upper": (lambda a: la.cholesky(a @ a.mT + torch.eye(3, dtype=f64), upper=True), [S]),
    # PyTorch gives the triangle that is not read a gradient too.
    "choleskySolve": (lambda b, l: torch.cholesky_solve(b, l.tril()), [m(3, 2), REGULAR]),
    "choleskyInverse": (lambda l: torch.cholesky_inverse(l.tril()), [REGULAR]),
    "solveTriangular": (lambda a, b: la.solve_triangular(a, b, upper=True), [REGULAR, m(3, 2)]),
    "solveTriangular right, unit": (
        lambda a, b: la.solve_triangular(a, b, upper=False, left=False, unitriangular=True),
        [S, m(2, 3)],
    ),
    "qr": (lambda a: [x * x for x in la.qr(a)], [R]),
    "qr of a wide matrix": (lambda a: [x * x for x in la.qr(a)], [R2]),
    "qr complete": (lambda a: [x * x for x in la.qr(a, mode="complete")], [R2]),
    "eigh": (lambda a: [x * x for x in la.eigh(symmetric(a))], [G]),
    "eigh of the upper triangle": (lambda a: [x * x for x in la.eigh(symmetric(a), UPLO="U")], [S]),
    "eigvalsh": (lambda a: la.eigvalsh(symmetric(a)), [S]),
    "eigvals": (lambda a: la.eigvals(a + spread(3)).real.sort().values, [S]),
    "svd": (lambda a: [x * x for x in la.svd(a, full_matrices=False)], [R]),
    "svd of wide matrices": (lambda a: [x * x for x in la.svd(a, full_matrices=False)], [m(2, 2, 3)]),
    "svd of the parts": (lambda a: (lambda u, s, vh: (u * s) @ vh)(*la.svd(a, full_matrices=False)), [R]),
    "svdvals": (lambda a: la.svdvals(a), [R2]),
    "torch.svd": (lambda a: [x * x for x in torch.svd(a)], [R]),
    "pinv": (lambda a: la.pinv(a), [R]),
    "pinv of wide matrices": (lambda a: la.pinv(a), [m(2, 2, 3)]),
    "pinverse": (lambda a: torch.pinverse(a), [S]),
    "lstsq": (lambda a, b: la.lstsq(a, b).solution, [R, m(4, 2)]),
    "matrixPower": (lambda a: la.matrix_power(a, 5), [S]),
    "matrixPower negative": (lambda a: la.matrix_power(a, -3), [REGULAR]),
    "matrixPower 0": (lambda a: la.matrix_power(a, 0) * a, [S]),
    "matrixExp": (lambda a: la.matrix_exp(a), [G]),
    "matrixExp of a large norm": (lambda a: la.matrix_exp(a * 3), [S]),
    "matrixNorm": (lambda a: la.matrix_norm(a), [G]),
    "matrixNorm nuc": (lambda a: la.matrix_norm(a, "nuc"), [R]),
    "matrixNorm 1": (lambda a: la.matrix_norm(a, 1), [G]),
    "matrixNorm -1": (lambda a: la.matrix_norm(a, -1), [G]),
    "matrixNorm inf": (lambda a: la.matrix_norm(a, float("inf")), [R]),
    "matrixNorm -inf": (lambda a: la.matrix_norm(a, float("-inf"), keepdim=True), [R]),
    "matrixNorm 2": (lambda a: la.matrix_norm(a, 2), [R]),
    "matrixNorm -2": (lambda a: la.matrix_norm(a, -2, dim=(0, 2), keepdim=True), [G]),
    "vectorNorm": (lambda a: la.vector_norm(a, 3, dim=(0, 2)), [G]),
    "norm": (lambda a: la.norm(a), [G]),
    "norm nuc": (lambda a: la.norm(a, "nuc"), [S]),
    "norm 1": (lambda a: la.norm(a, 1), [S]),
    "norm of vectors": (lambda a: la.norm(a, 1, dim=1), [S]),
    "cond": (lambda a: la.cond(a), [S]),
    "cond -2": (lambda a: la.cond(a, -2), [S]),
    "multiDot": (lambda a, b, c, d: la.multi_dot([a, b, c, d]), [V3, m(3, 4), m(4, 2), m(2, 5)]),
    "cross": (lambda a, b: la.cross(a, b, dim=1), [G, m(2, 3, 1)]),
    "tensorinv": (lambda a: la.tensorinv(a, ind=1), [m(4, 2, 2)]),
    "tensorsolve": (lambda a, b: la.tensorsolve(a, b), [m(2, 2, 4), m(2, 2)]),
    "tensorsolve with dims": (lambda a, b: la.tensorsolve(a, b, dims=(0,)), [m(4, 2, 2), m(2, 2)]),
    "luFactor": (lambda a: la.lu_factor(a)[0], [REGULAR]),
    "luFactor of a batch": (lambda a: la.lu_factor(a)[0], [G]),
    "lu": (lambda a: list(la.lu(a))[1:], [G]),
    "luSolve": (lambda a, b: la.lu_solve(*la.lu_factor(a), b), [S, m(3, 2)]),
    "luSolve right": (lambda a, b: la.lu_solve(*la.lu_factor(a), b, left=False), [S, m(2, 3)]),
    "luSolve adjoint": (lambda a, b: la.lu_solve(*la.lu_factor(a), b, adjoint=True), [G, m(3, 2)]),
    "luSolve right, adjoint": (lambda a, b: la.lu_solve(*la.lu_factor(a), b, left=False, adjoint=True), [S, m(2, 3)]),
    "torch.lu": (lambda a: torch.lu(a)[0], [S]),
    "torch.luSolve": (lambda b, a: torch.lu_solve(b, *torch.lu(a)), [m(3, 2), S]),
    "torch.luUnpack": (lambda a: list(torch.lu_unpack(*torch.lu(a)))[1:], [S]),
    "vecdot": (lambda a, b: la.vecdot(a, b, dim=1), [G, m(3, 1)]),
    "diagonal": (lambda a: la.diagonal(a, offset=1), [G]),
    "vander": (lambda x: la.vander(x, N=4), [V3]),
}

# Results without gradients.
PLAIN = {
    # Its gradient fails in PyTorch 1.13: "modified by an inplace operation".
    "cond 1": (lambda a: la.cond(a, 1), [BATCH]),
    "matrixRank": (lambda a: la.matrix_rank(a), [torch.ones(3, 2, dtype=f64)]),
    "matrixRank of a batch": (lambda a: la.matrix_rank(a), [torch.stack([torch.eye(2), torch.ones(2, 2)]).to(f64)]),
    "matrixRank with atol": (lambda a: la.matrix_rank(a, atol=1.5), [torch.diag(torch.tensor([3.0, 2, 1])).to(f64)]),
    "lstsq gelsd": (lambda a, b: list(la.lstsq(a, b, driver="gelsd")), [R, m(4, 2)]),
    "det of a singular matrix": (
        lambda a: [la.det(a), *la.slogdet(a), la.cond(a, 1), la.pinv(a)],
        [torch.tensor([[1.0, 2], [2, 4]], dtype=f64)],
    ),
    "det of an empty matrix": (
        lambda a: [la.det(a), la.inv(a), la.slogdet(a)[1], la.svdvals(a), la.matrix_exp(a), la.eigvalsh(a)],
        [torch.zeros(0, 0, dtype=f64)],
    ),
    "lu permutations": (lambda a: [la.lu(a)[0], la.lu_factor(a)[1].to(f64)], [torch.cat([G, BATCH])]),
    "luUnpack permutations": (lambda a: [torch.lu_unpack(*torch.lu(a))[0]], [G]),
    "svd full": (lambda a: [x.abs() for x in la.svd(a)], [m(3, 1)]),
}

ERRORS = {
    "solve singular": lambda: la.solve(torch.ones(2, 2), torch.ones(2)),
    "solve singular in a batch": lambda: la.solve(torch.stack([torch.eye(2), torch.ones(2, 2)]), torch.ones(2, 2)),
    "solve of other sizes": lambda: la.solve(torch.eye(2), torch.ones(3, 2)),
    "inv singular": lambda: la.inv(torch.ones(2, 2)),
    "inv of a rectangle": lambda: la.inv(torch.ones(2, 3)),
    "det of a vector": lambda: la.det(torch.ones(3)),
    "cholesky not positive": lambda: la.cholesky(torch.tensor([[1.0, 2], [2, 1]])),
    "cholesky not positive in a batch": lambda: la.cholesky(torch.stack([torch.eye(2), -torch.eye(2)])),
    "svd of NaN": lambda: la.svd(torch.full((2, 2), float("nan"))),
    "matrixNorm 3": lambda: la.matrix_norm(torch.ones(2, 2), 3),
    "norm of a 3-d tensor": lambda: la.norm(torch.ones(2, 2, 2), 2),
    "qr complete, differentiated": lambda: la.qr(torch.ones(3, 2).requires_grad_(), mode="complete").Q.sum().backward(),
}


def listed(result):
    return [result] if torch.is_tensor(result) else list(result)


def weights(x, k):
    pattern = torch.tensor([(((i * 7 + k * 3) % 11) - 4) / 4 for i in range(x.numel())], dtype=x.dtype)
    return pattern.reshape(x.shape)


def numbers(x):
    return {"shape": list(x.shape), "values": values_of(x)}


def case(name, fn, inputs, differentiable):
    leaves = [x.clone().requires_grad_(differentiable) for x in inputs]
    outputs = listed(fn(*leaves))
    record = {"name": name, "inputs": [numbers(x) for x in inputs], "outputs": [numbers(x) for x in outputs]}
    if differentiable:
        total = sum((x * weights(x, k)).sum() for k, x in enumerate(outputs) if x.requires_grad)
        grads = torch.autograd.grad(total, leaves, create_graph=True)
        record["grads"] = [values_of(g) for g in grads]
        squares = sum(g.square().sum() for g in grads)
        second = torch.autograd.grad(squares, leaves, allow_unused=True) if squares.requires_grad else []
        record["second"] = [None if g is None else values_of(g) for g in second]
    return record


def error(name, fn):
    try:
        fn()
    except RuntimeError as e:
        return {"name": name, "message": str(e)}
    raise AssertionError(name)


data = {
    "torch": torch.__version__,
    "cases": [case(name, *spec, True) for name, spec in CASES.items()],
    "plain": [case(name, *spec, False) for name, spec in PLAIN.items()],
    "errors": [error(name, fn) for name, fn in ERRORS.items()],
}
body = ",\n".join(
    f'  "{key}": '
    + (json.dumps(x) if isinstance(x, str) else "[\n    " + ",\n    ".join(json.dumps(c, separators=(",", ":")) for c in x) + "\n  ]")
    for key, x in data.items()
)
(Path(__file__).parents[1] / "data" / "linalg.json").write_text("{\n" + body + "\n}\n")
print(f"{len(CASES) + len(PLAIN)} cases, {len(ERRORS)} errors")
