"""Writes distributions.json: what torch.distributions computes, draws and prints.

An argument is a number, {"tensor": …} as torch_calls describes inputs, {"distribution": …}, or {"transform": …}.
"""
import json
import math
from pathlib import Path

import torch
from torch import distributions as D
from torch.distributions import transforms as T

from torch_calls import DTYPES, f, f32, f64, pos, rng, snake, upstream, v, values_of

MEMBERS = ["mean", "mode", "variance", "stddev"]


class Dist:
    """A distribution, or a transform, by the name of its class and its arguments."""

    def __init__(self, name, *args, **options):
        self.name, self.args, self.options = name, args, options

    def build(self, leaves):
        kwargs = {snake(k): value_of(a, leaves) for k, a in self.options.items()}
        made = next(getattr(place, self.name) for place in (D, T, D.relaxed_bernoulli) if hasattr(place, self.name))
        return made(*[value_of(a, leaves) for a in self.args], **kwargs)

    def json(self, leaves):
        return {
            "class": self.name,
            "args": [to_json(a, leaves) for a in self.args],
            "options": {k: to_json(a, leaves) for k, a in self.options.items()},
        }


class Inverse(Dist):
    def __init__(self, of):
        self.of = of

    def build(self, leaves):
        return self.of.build(leaves).inv

    def json(self, leaves):
        return {"inverse": self.of.json(leaves)}


def value_of(arg, leaves):
    if hasattr(arg, "path"):
        if arg not in leaves:
            leaves[arg] = torch.tensor(arg.values, dtype=arg.dtype).reshape(arg.shape).requires_grad_(arg.grad)
        return leaves[arg]
    if isinstance(arg, Dist):
        return arg.build(leaves)
    return [value_of(a, leaves) for a in arg] if isinstance(arg, list) else arg


def to_json(arg, leaves):
    if hasattr(arg, "path"):
        return {"tensor": list(leaves).index(arg)}
    if isinstance(arg, Dist):
        return arg.json(leaves)
    return [to_json(a, leaves) for a in arg] if isinstance(arg, list) else arg


def encode(x):
    return {"dtype": DTYPES.get(x.dtype, "int32"), "shape": list(x.shape), "values": values_of(x)}


def attempt(function):
    """The result, or null where PyTorch has none."""
    try:
        return function()
    except (NotImplementedError, AttributeError, TypeError):
        return None


def with_gradients(result, leaves):
    """A result and what flows back from it to the leaves."""
    if result is None:
        return None
    out = encode(result)
    if result.requires_grad:
        wanted = [t for t in leaves.values() if t.requires_grad]
        grads = torch.autograd.grad(result, wanted, upstream(result, 0), allow_unused=True, retain_graph=True)
        out["grads"] = [None if g is None else values_of(g) for g in grads]
    return out


def draw(function, leaves):
    """Samples after seeding, and the next number of rand, which tells how many were drawn."""
    torch.manual_seed(5)
    result = attempt(function)
    if result is None:
        return None
    following = torch.rand(1).item()
    return {**with_gradients(result, leaves), "next": following}


def case(dist, value=None, quantile=None):
    leaves = {}
    d = dist.build(leaves)
    out = {**dist.json(leaves), "text": str(d), "batchShape": list(d.batch_shape), "eventShape": list(d.event_shape)}
    out["hasRsample"], out["hasEnumerateSupport"] = bool(d.has_rsample), bool(d.has_enumerate_support)
    out["support"] = str(d.support)
    out["members"] = {name: with_gradients(attempt(lambda: getattr(d, name)), leaves) for name in MEMBERS}
    out["entropy"] = with_gradients(attempt(d.entropy), leaves)
    out["samples"] = [
        {"shape": shape, "sample": draw(lambda: d.sample(shape), leaves), "rsample": draw(lambda: d.rsample(shape), leaves) if d.has_rsample else None}
        for shape in [[], [3], [2, 5]]
    ]
    x = value_of(value, leaves) if value is not None else d.sample([2])
    if value is None:
        out["value"] = encode(x)
    else:
        out["value"] = to_json(value, leaves)
    out["logProb"] = with_gradients(d.log_prob(x), leaves)
    out["cdf"] = with_gradients(attempt(lambda: d.cdf(x)), leaves)
    if quantile is not None:
        q = value_of(quantile, leaves)
        out["quantile"], out["icdf"] = to_json(quantile, leaves), with_gradients(d.icdf(q), leaves)
    if d.has_enumerate_support and attempt(d.enumerate_support) is not None:
        out["enumerated"] = [encode(d.enumerate_support()), encode(d.enumerate_support(expand=False))]
    wide = attempt(lambda: d.expand([2, *d.batch_shape]))
    if wide is not None:
        torch.manual_seed(6)
        sample = wide.sample()
        out["expanded"] = {"batchShape": list(wide.batch_shape), "sample": encode(sample), "logProb": encode(wide.log_prob(sample))}
    out["afterwards"] = str(d)
    out["leaves"] = [leaf.json() for leaf in leaves]
    return out


def divergence(p, q):
    leaves = {}
    kl = D.kl_divergence(p.build(leaves), q.build(leaves))
    return {"p": p.json(leaves), "q": q.json(leaves), "kl": with_gradients(kl, leaves), "leaves": [x.json() for x in leaves]}


def unit(*shape, **options):
    return f(*shape, low=0.05, high=0.95, **options)


def simplex(*shape, dtype=f32):
    x = torch.tensor(unit(*shape, dtype=dtype).values, dtype=f64).reshape(shape)
    parts = ((x / x.sum(-1, keepdim=True)) * 64).round().clamp(min=1)
    parts[..., 0] += 64 - parts.sum(-1)
    return v((parts / 64).tolist(), dtype)


counts = [0, 1, 3, 2]

def apart(make):
    """With numbers of its own, so that other cases stay as they are."""
    state = rng.getstate()
    rng.seed("vectors")
    made = make()
    rng.setstate(state)
    return made


def factor(*shape, dtype=f32):
    """Lower triangular matrices with a positive diagonal."""
    x = torch.tensor(f(*shape, dtype=dtype).values, dtype=f64).reshape(shape)
    return v((x.tril(-1) + torch.diag_embed(x.diagonal(dim1=-2, dim2=-1).abs() + 0.5)).to(dtype).tolist(), dtype)


def definite(*shape, dtype=f32):
    x = torch.tensor(factor(*shape, dtype=f64).values, dtype=f64).reshape(shape)
    return v((x @ x.mT).to(dtype).tolist(), dtype)


def low_rank(n, rank):
    return Dist("LowRankMultivariateNormal", f(n, dtype=f64), f(n, rank, dtype=f64), pos(n, dtype=f64))


CASES = [
    lambda: case(Dist("Normal", f(3), pos(3)), f(2, 3), unit(3)),
    lambda: case(Dist("Normal", 0.5, 2.0), f(2), unit(2)),
    lambda: case(Dist("Normal", f(2, 1, dtype=f64), pos(3, dtype=f64)), f(2, 3, dtype=f64), unit(3, dtype=f64)),
    lambda: case(Dist("Bernoulli", unit(4)), v([0.0, 1.0, 1.0, 0.0])),
    lambda: case(Dist("Bernoulli", logits=f(2, 3, dtype=f64)), v([0.0, 1.0, 1.0], f64)),
    lambda: case(Dist("Bernoulli", 0.3), v([0.0, 1.0])),
    lambda: case(Dist("Bernoulli", v([0.0, 0.5, 1.0])), v([0.0, 1.0, 1.0])),
    lambda: case(Dist("Categorical", pos(4)), v([0, 3, 1], torch.int64)),
    lambda: case(Dist("Categorical", logits=f(2, 3)), v([[0, 1], [2, 2]], torch.int64)),
    lambda: case(Dist("Categorical", logits=f(3, 2, 3, dtype=f64)), v([[0, 1], [2, 2], [1, 1]], torch.int64)),
    lambda: case(Dist("Categorical", v([0.0, 1.0, 3.0])), v([1, 2], torch.int64)),
    lambda: case(Dist("OneHotCategorical", pos(4))),
    lambda: case(Dist("OneHotCategorical", logits=f(2, 3))),
    lambda: case(Dist("OneHotCategoricalStraightThrough", logits=f(2, 3))),
    lambda: case(Dist("Uniform", f(3), f(3, low=2.1, high=4)), v([2.05, 2.05, 2.05], grad=True), unit(3)),
    lambda: case(Dist("Uniform", -1.0, 2.0), unit(2), unit(2)),
    lambda: case(Dist("Gamma", pos(4), pos(4)), pos(4)),
    lambda: case(Dist("Gamma", v([0.05, 0.4, 3.0, 9.0, 50.0, 300.0], f64, True), v(1.5, f64, True)), pos(6, dtype=f64)),
    lambda: case(Dist("Gamma", v([0.05, 0.4, 3.0, 9.0, 50.0], f32, True), 1.0), pos(5)),
    lambda: case(Dist("Chi2", pos(3)), pos(3)),
    lambda: case(Dist("Dirichlet", pos(3)), simplex(2, 3)),
    lambda: case(Dist("Dirichlet", v([[0.2, 0.3, 0.9], [20.0, 9.0, 30.0], [2.0, 3.0, 1.0]], f64, True)), simplex(3, 3, dtype=f64)),
    lambda: case(Dist("Beta", pos(3), pos(3)), unit(3)),
    lambda: case(Dist("Beta", 0.5, 2.0), unit(2)),
    lambda: case(Dist("Beta", v([0.1, 3.0, 50.0, 8.0, 0.7], f64, True), v([0.2, 4.0, 60.0, 0.3, 12.0], f64, True)), unit(5, dtype=f64)),
    lambda: case(Dist("Cauchy", f(3), pos(3)), f(3), unit(3)),
    lambda: case(Dist("Laplace", f(3), pos(3)), f(3), unit(3)),
    lambda: case(Dist("Laplace", 0.5, 2.0), f(2), unit(2)),
    lambda: case(Dist("Exponential", pos(3)), pos(3), unit(3)),
    lambda: case(Dist("Exponential", pos(2, 3, dtype=f64)), pos(3, dtype=f64), unit(3, dtype=f64)),
    lambda: case(Dist("Poisson", v([0.0, 0.4, 3.0, 9.5, 10.0, 37.0]))),
    lambda: case(Dist("Poisson", pos(3, dtype=f64))),
    lambda: case(Dist("Binomial", 7, unit(3))),
    lambda: case(Dist("Binomial", v([3.0, 30.0, 100.0, 1000.0], grad=False), v([0.0, 0.4, 0.9, 0.3]))),
    lambda: case(Dist("Binomial", 40, logits=f(2, 3, dtype=f64))),
    lambda: case(Dist("NegativeBinomial", 5, unit(3))),
    lambda: case(Dist("NegativeBinomial", v([1.0, 4.0], grad=False), logits=v([-0.7, -1.2], grad=True))),
    lambda: case(Dist("Geometric", unit(3))),
    lambda: case(Dist("Geometric", logits=f(3, dtype=f64))),
    lambda: case(Dist("Multinomial", 6, pos(4))),
    lambda: case(Dist("Multinomial", 4, logits=f(2, 3))),
    lambda: case(Dist("LogNormal", f(3), pos(3)), pos(3), unit(3)),
    lambda: case(Dist("HalfNormal", pos(3)), pos(3), unit(3)),
    lambda: case(Dist("Gumbel", f(3), pos(3)), f(3)),
    lambda: case(Dist("Gumbel", 0.5, 2.0), f(2)),
    lambda: case(Dist("Pareto", pos(3), f(3, low=2.2, high=5.0)), f(3, low=3.1, high=6.0)),
    lambda: case(Dist("Weibull", pos(3), f(3, low=1.2, high=5.0)), pos(3)),
    lambda: case(Dist("StudentT", v([0.7, 1.5, 6.0], grad=True), f(3), pos(3)), f(3)),
    lambda: case(Dist("StudentT", 5.0), f(3)),
    lambda: case(Dist("LogitRelaxedBernoulli", v(0.7, grad=True), unit(3)), f(3)),
    lambda: case(Dist("RelaxedBernoulli", v(0.7, grad=True), logits=f(3)), unit(3)),
    lambda: case(Dist("RelaxedOneHotCategorical", v(0.7, grad=True), logits=f(2, 3)), simplex(2, 3)),
    lambda: case(Dist("ContinuousBernoulli", v([0.2, 0.7, 0.5003], grad=True)), unit(3), unit(3)),
    lambda: case(Dist("ContinuousBernoulli", logits=v([-2.5, 1.7, 3.1], f64, True)), unit(3, dtype=f64), unit(3, dtype=f64)),
    lambda: case(Dist("MixtureSameFamily", Dist("Categorical", pos(3)), Dist("Normal", f(3), pos(3))), f(4)),
    lambda: case(Dist("MixtureSameFamily", Dist("Categorical", logits=f(2, 3)), Dist("Independent", Dist("Normal", f(2, 3, 2), pos(2, 3, 2)), 1)), f(2, 2)),
    lambda: case(Dist("TransformedDistribution", Dist("Normal", f(3), pos(3)), [Dist("AffineTransform", 1.0, 2.0), Dist("TanhTransform", cacheSize=1)]), f(3, low=-0.9, high=0.9)),
    lambda: case(Dist("TransformedDistribution", Dist("Normal", f(3), pos(3)), [Dist("SigmoidTransform"), Dist("AffineTransform", v(1.0), v(-2.0))]), f(3, low=-0.9, high=0.9), unit(3)),
    lambda: case(Dist("TransformedDistribution", Dist("Uniform", v([0.0, 0.0]), v([1.0, 1.0])), [Inverse(Dist("SigmoidTransform")), Dist("SoftplusTransform")]), pos(2), unit(2)),
    lambda: case(Dist("TransformedDistribution", Dist("Normal", f(2, 3), pos(2, 3)), [Dist("StickBreakingTransform")]), simplex(2, 4)),
    lambda: case(Dist("TransformedDistribution", Dist("Exponential", pos(3)), [Dist("PowerTransform", 2.0), Dist("ExpTransform"), Dist("AffineTransform", 0.5, 3.0, 1)]), f(3, low=4.0, high=9.0)),
    lambda: case(Dist("TransformedDistribution", Dist("Independent", Dist("Normal", f(4), pos(4)), 1), [Dist("ReshapeTransform", [4], [2, 2])]), f(2, 2)),
    lambda: case(Dist("TransformedDistribution", Dist("Normal", f(1), pos(1)), [Dist("AffineTransform", v([1.0, 2.0]), v([2.0, 3.0])), Dist("ComposeTransform", [Dist("ExpTransform"), Dist("PowerTransform", 0.5)])]), pos(2)),
    lambda: case(Dist("TransformedDistribution", Dist("Normal", f(2, 3), pos(2, 3)), [Dist("IndependentTransform", Dist("ExpTransform"), 1)]), pos(2, 3)),
    lambda: case(Dist("Independent", Dist("Normal", f(2, 3), pos(2, 3)), 1), f(2, 3)),
    lambda: case(Dist("Independent", Dist("Bernoulli", unit(2, 3)), 2)),
    lambda: case(Dist("Independent", Dist("Bernoulli", unit(2)), 0), v([0.0, 1.0])),
    # --- distributions of vectors ---
    lambda: apart(lambda: case(Dist("MultivariateNormal", f(3), definite(3, 3)), f(2, 3))),
    lambda: apart(lambda: case(Dist("MultivariateNormal", f(2, 2, dtype=f64), scaleTril=factor(2, 2, dtype=f64)), f(2, 2, dtype=f64))),
    lambda: apart(lambda: case(Dist("MultivariateNormal", f(2, dtype=f64), precisionMatrix=definite(2, 2, 2, dtype=f64)), f(3, 2, 2, dtype=f64))),
    lambda: apart(lambda: case(Dist("LowRankMultivariateNormal", f(3), f(3, 2), pos(3)), f(2, 3))),
    lambda: apart(lambda: case(Dist("LowRankMultivariateNormal", f(2, 3, dtype=f64), f(3, 1, dtype=f64), pos(2, 3, dtype=f64)), f(2, 3, dtype=f64))),
    lambda: apart(lambda: case(Dist("VonMises", f(3), pos(3)), f(2, 3))),
    lambda: apart(lambda: case(Dist("VonMises", v([0.5, -3.0, 9.0], f64, True), v([0.3, 5.0, 80.0], f64, True)), f(3, dtype=f64))),
]

DIVERGENCES = [
    (Dist("Normal", f(3), pos(3)), Dist("Normal", f(3), pos(3))),
    (Dist("Bernoulli", unit(3)), Dist("Bernoulli", logits=f(3))),
    (Dist("Bernoulli", v([0.0, 1.0, 0.5, 0.5])), Dist("Bernoulli", v([0.5, 0.5, 0.0, 1.0]))),
    (Dist("Categorical", logits=f(2, 3)), Dist("Categorical", pos(3))),
    (Dist("Categorical", v([0.0, 1.0])), Dist("Categorical", v([1.0, 0.0]))),
    (Dist("OneHotCategorical", logits=f(2, 3)), Dist("OneHotCategorical", pos(2, 3))),
    (Dist("Beta", pos(3), pos(3)), Dist("Beta", pos(3), pos(3))),
    (Dist("Dirichlet", pos(2, 3)), Dist("Dirichlet", pos(2, 3))),
    (Dist("Gamma", pos(3), pos(3)), Dist("Gamma", pos(3), pos(3))),
    (Dist("Uniform", v([0.0, 1.0], grad=True), v([2.0, 3.0], grad=True)), Dist("Uniform", v([-1.0, 1.5]), v([2.5, 4.0]))),
    (Dist("Independent", Dist("Normal", f(2, 3), pos(2, 3)), 1), Dist("Independent", Dist("Normal", f(2, 3), pos(2, 3)), 1)),
    apart(lambda: (
        Dist("MultivariateNormal", f(3, dtype=f64), definite(3, 3, dtype=f64)),
        Dist("MultivariateNormal", f(2, 3, dtype=f64), scaleTril=factor(3, 3, dtype=f64)),
    )),
    apart(lambda: (low_rank(3, 2), low_rank(3, 1))),
    apart(lambda: (low_rank(3, 2), Dist("MultivariateNormal", f(2, 3, dtype=f64), scaleTril=factor(3, 3, dtype=f64)))),
    apart(lambda: (Dist("MultivariateNormal", f(2, 3, dtype=f64), scaleTril=factor(3, 3, dtype=f64)), low_rank(3, 2))),
]



def refusal(dist, value=None):
    """What PyTorch says to wrong parameters, or to a value that cannot be."""
    leaves = {}
    try:
        d = dist.build(leaves)
        d.log_prob(value_of(value, leaves))
    except ValueError as error:
        if value is not None:
            value = value_of(value, leaves) is not None and to_json(value, leaves)
        return {**dist.json(leaves), "value": value, "message": str(error), "leaves": [x.json() for x in leaves]}
    raise AssertionError(f"{dist.json(leaves)} is not refused")


REFUSALS = [
    lambda: refusal(Dist("Normal", 0.0, -1.0)),
    lambda: refusal(Dist("Normal", v([0.0, 1.0], grad=False), v([1.0, 0.0], grad=False))),
    lambda: refusal(Dist("Normal", v([math.nan], grad=False), 1.0)),
    lambda: refusal(Dist("Normal", v([0.0, 1.0], grad=False), 1.0), v([0.0, 1.0, 2.0], grad=False)),
    lambda: refusal(Dist("Normal", 0.0, 1.0), v([0.0, math.nan], grad=False)),
    lambda: refusal(Dist("Bernoulli", 1.5)),
    lambda: refusal(Dist("Bernoulli")),
    lambda: refusal(Dist("Bernoulli", 0.5, 0.5)),
    lambda: refusal(Dist("Bernoulli", 0.5), v([0.5], grad=False)),
    lambda: refusal(Dist("Categorical", v([0.5, -0.5, 1.0], grad=False))),
    lambda: refusal(Dist("Categorical", v(0.5, grad=False))),
    lambda: refusal(Dist("Categorical", v([0.25, 0.75], grad=False)), v([2], torch.int64)),
    lambda: refusal(Dist("OneHotCategorical", v([0.25, 0.75], grad=False)), v([1.0, 1.0], grad=False)),
    lambda: refusal(Dist("OneHotCategorical", v([0.25, 0.75], grad=False)), v([1.0, 0.0, 0.0], grad=False)),
    lambda: refusal(Dist("Uniform", 1.0, 1.0)),
    lambda: refusal(Dist("Uniform", 0.0, 1.0), v([1.5], grad=False)),
    lambda: refusal(Dist("Gamma", 0.0, 1.0)),
    lambda: refusal(Dist("Gamma", 1.0, 1.0), v([-1.0], grad=False)),
    lambda: refusal(Dist("Dirichlet", v([1.0, -1.0], grad=False))),
    lambda: refusal(Dist("Dirichlet", v(1.0, grad=False))),
    lambda: refusal(Dist("Dirichlet", v([1.0, 2.0], grad=False)), v([0.5, 0.6], grad=False)),
    lambda: refusal(Dist("Beta", -1.0, 1.0)),
    lambda: refusal(Dist("Independent", Dist("Normal", 0.0, 1.0), 1)),
    lambda: refusal(Dist("MultivariateNormal", v([0.0, 1.0], grad=False))),
    lambda: refusal(Dist("MultivariateNormal", v([0.0, 1.0], grad=False), v([1.0, 2.0], grad=False))),
    lambda: refusal(Dist("MultivariateNormal", v([0.0, 1.0], grad=False), v([[1.0, 2.0], [2.0, 1.0]], grad=False))),
    lambda: refusal(Dist("MultivariateNormal", v([0.0, 1.0], grad=False), scaleTril=v([[1.0, 2.0], [2.0, 1.0]], grad=False))),
]

REFUSALS += [
    lambda: refusal(Dist("VonMises", 0.0, -1.0)),
    lambda: refusal(Dist("LowRankMultivariateNormal", v(0.0, grad=False), v([[1.0]], grad=False), v([1.0], grad=False))),
    lambda: refusal(Dist("LowRankMultivariateNormal", v([0.0], grad=False), v([1.0], grad=False), v([1.0], grad=False))),
    lambda: refusal(Dist("LowRankMultivariateNormal", v([0.0], grad=False), v([[1.0], [2.0]], grad=False), v([1.0], grad=False))),
    lambda: refusal(Dist("LowRankMultivariateNormal", v([0.0], grad=False), v([[1.0]], grad=False), v([1.0, 2.0], grad=False))),
]

MAKERS = {
    "Beta": lambda: Dist("Beta", pos(3), pos(3)),
    "ContinuousBernoulli": lambda: Dist("ContinuousBernoulli", unit(3)),
    "Exponential": lambda: Dist("Exponential", pos(3)),
    "Gamma": lambda: Dist("Gamma", pos(3), pos(3)),
    "Gumbel": lambda: Dist("Gumbel", f(3), pos(3)),
    "Laplace": lambda: Dist("Laplace", f(3), pos(3)),
    "Normal": lambda: Dist("Normal", f(3), pos(3)),
    "Pareto": lambda: Dist("Pareto", pos(3), f(3, low=1.5, high=4.0)),
    "Uniform": lambda: Dist("Uniform", v([0.1, 0.2, -0.5], grad=True), v([0.9, 1.3, 0.7], grad=True)),
    "Bernoulli": lambda: Dist("Bernoulli", unit(3)),
    "Poisson": lambda: Dist("Poisson", pos(3)),
    "Binomial": lambda: Dist("Binomial", 5, unit(3)),
    "Geometric": lambda: Dist("Geometric", unit(3)),
    "HalfNormal": lambda: Dist("HalfNormal", pos(3)),
    "LogNormal": lambda: Dist("LogNormal", f(3), pos(3)),
    "Cauchy": lambda: Dist("Cauchy", f(3), pos(3)),
}


def all_pairs():
    """Every pair of these that PyTorch has a formula for."""
    for p in MAKERS:
        for q in MAKERS:
            try:
                yield divergence(MAKERS[p](), MAKERS[q]())
            except NotImplementedError:
                pass


if __name__ == "__main__":
    cases = [make() for make in CASES]
    divergences = [divergence(p, q) for p, q in DIVERGENCES] + list(all_pairs())
    refusals = [json.dumps(make()) for make in REFUSALS]
    lines = [json.dumps(c) for c in cases]
    kls = [json.dumps(c) for c in divergences]
    text = '{"torch": %s,\n"distributions": [\n%s\n],\n"divergences": [\n%s\n],\n"refusals": [\n%s\n]}\n' % (
        json.dumps(torch.__version__), ",\n".join(lines), ",\n".join(kls), ",\n".join(refusals))
    (Path(__file__).parents[1] / "data" / "distributions.json").write_text(text)
    print(f"{len(cases)} distributions, {len(divergences)} divergences, {len(refusals)} refusals")
