"""Writes schedulers.json: the rates that PyTorch's schedulers give, step by step, for two groups, and their state
dictionaries.
"""

import contextlib
import io
import json
import math
import warnings
from pathlib import Path

import torch
from torch.optim import lr_scheduler, swa_utils

# SequentialLR itself calls what it warns of.
warnings.filterwarnings("ignore", message="The epoch parameter")

STEPS = 36
SAVED = 13  # the state dictionary is taken after this many steps
RATES = [0.1, 0.023]
TECHNICAL = ["verbose", "_get_lr_called_within_step", "anneal_func", "_schedule_phases", "_scale_fn_ref", "_scale_fn_custom"]

# The same functions, by name, as in schedulers.ts.
LAMBDAS = {
    "power": lambda epoch: 0.95**epoch,
    "inverse": lambda epoch: 1 / (epoch + 1),
    "wave": lambda epoch: 1 + 0.5 * math.sin(epoch),
    "half": lambda epoch: 0.5 if epoch >= 7 else 1.0,
}


def camel(name):
    if name.startswith("T_"):
        return {"T_max": "tMax", "T_0": "t0", "T_mult": "tMult"}[name]
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def metric(step):
    """Falls, lingers, rises and falls again."""
    return [5.0, 4.0, 3.9999, 3.0, 3.0, 3.1, 2.9, 2.9, 2.8999][step % 9] + (0.7 if step > 20 else 0.0)


def make(optimizer, name, options):
    options = dict(options)
    if name in ["LambdaLR", "MultiplicativeLR"]:
        given = options["lr_lambda"]
        options["lr_lambda"] = [LAMBDAS[x] for x in given] if isinstance(given, list) else LAMBDAS[given]
    if name == "SequentialLR":
        options["schedulers"] = [make(optimizer, *spec) for spec in options["schedulers"]]
    if name == "ChainedScheduler":
        return lr_scheduler.ChainedScheduler([make(optimizer, *spec) for spec in options["schedulers"]])
    return (getattr(lr_scheduler, name, None) or getattr(swa_utils, name))(optimizer, **options)


def camels(options):
    options = {camel(key): value for key, value in options.items()}
    if "schedulers" in options:
        options["schedulers"] = [[name, camels(own)] for name, own in options["schedulers"]]
    return options


def state_of(scheduler):
    def item(key, value):
        if key == "milestones":
            return {str(k): v for k, v in value.items()}
        if key == "_schedulers":
            return [{k: item(k, v) for k, v in part.items() if k not in TECHNICAL} for part in value]
        if isinstance(value, float) and math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return value

    return {k: item(k, v) for k, v in scheduler.state_dict().items() if k not in TECHNICAL}


cases = []


def case(*specs, kind="SGD", steps=STEPS):
    params = [torch.nn.Parameter(torch.zeros(1)) for _ in RATES]
    groups = [{"params": [p], "lr": lr} for p, lr in zip(params, RATES)]
    optimizer = torch.optim.SGD(groups, lr=1.0, momentum=0.5) if kind == "SGD" else torch.optim.Adam(groups)
    schedulers = [make(optimizer, *spec) for spec in specs]
    momentum = lambda: [g["momentum"] if kind == "SGD" else g["betas"][0] for g in optimizer.param_groups]
    rates, momenta, saved = [[g["lr"] for g in optimizer.param_groups]], [momentum()], None
    for step in range(steps):
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step(metric(step)) if specs[0][0] == "ReduceLROnPlateau" else scheduler.step()
        rates.append([g["lr"] for g in optimizer.param_groups])
        momenta.append(momentum())
        assert schedulers[-1]._last_lr == rates[-1]
        if step + 1 == SAVED:
            saved = json.loads(json.dumps([state_of(s) for s in schedulers]))
    cases.append({
        "specs": [[name, camels(options)] for name, options in specs],
        "optimizer": kind,
        "rates": rates,
        "momenta": momenta if specs[0][0] in ["OneCycleLR", "CyclicLR"] else None,
        "saved": saved,
    })  # fmt: skip


for options in [{"step_size": 5}, {"step_size": 1, "gamma": 0.9}, {"step_size": 7, "gamma": 1.3}, {"step_size": 100}, {"step_size": 3, "gamma": 0.0}]:
    case(("StepLR", options))
for options in [
    {"milestones": [3, 9, 20]}, {"milestones": [5, 5, 8], "gamma": 0.5}, {"milestones": []}, {"milestones": [20, 1, 10], "gamma": 2.0},
    {"milestones": [0, 36]},
]:  # fmt: skip
    case(("MultiStepLR", options))
for gamma in [0.9, 0.5, 1.02, 1.0]:
    case(("ExponentialLR", {"gamma": gamma}))
for options in [{"T_max": 10}, {"T_max": 7, "eta_min": 0.001}, {"T_max": 50}, {"T_max": 1}, {"T_max": 36, "eta_min": 0.05}, {"T_max": 2, "eta_min": 0.01}]:
    case(("CosineAnnealingLR", options))
for options in [{}, {"start_factor": 0.1}, {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 20}, {"start_factor": 0.5, "end_factor": 0.2, "total_iters": 12}, {"total_iters": 1}, {"total_iters": 0}]:
    case(("LinearLR", options))
for options in [{}, {"factor": 0.5, "total_iters": 10}, {"factor": 1.0}, {"factor": 0.1, "total_iters": 0}, {"factor": 0.3, "total_iters": 36}]:
    case(("ConstantLR", options))
for given in ["power", "inverse", ["wave", "half"], ["half", "power"]]:
    case(("LambdaLR", {"lr_lambda": given}))
for options in [
    {"max_lr": 0.5, "total_steps": 36}, {"max_lr": [0.5, 0.02], "total_steps": 40, "pct_start": 0.5},
    {"max_lr": 0.3, "epochs": 4, "steps_per_epoch": 10, "anneal_strategy": "linear"},
    {"max_lr": 0.3, "total_steps": 37, "three_phase": True}, {"max_lr": 0.3, "total_steps": 36, "three_phase": True, "anneal_strategy": "linear"},
    {"max_lr": 0.2, "total_steps": 60, "div_factor": 10.0, "final_div_factor": 100.0, "pct_start": 0.1},
    {"max_lr": 0.2, "total_steps": 36, "base_momentum": [0.6, 0.7], "max_momentum": 0.9},
    {"max_lr": 0.2, "total_steps": 36, "cycle_momentum": False},
]:  # fmt: skip
    case(("OneCycleLR", options))
    case(("OneCycleLR", options), kind="Adam")
for options in [
    {}, {"patience": 1}, {"patience": 0, "factor": 0.5}, {"patience": 2, "mode": "max"}, {"patience": 1, "threshold": 0.3},
    {"patience": 1, "threshold": 0.2, "threshold_mode": "abs"}, {"patience": 0, "cooldown": 3, "factor": 0.7},
    {"patience": 0, "min_lr": [0.05, 0.001]}, {"patience": 0, "min_lr": 0.01, "factor": 0.5}, {"patience": 0, "eps": 0.01},
    {"patience": 1, "mode": "max", "threshold": 0.5, "threshold_mode": "abs"},
]:  # fmt: skip
    case(("ReduceLROnPlateau", options))
for schedulers, milestones in [
    ([("ConstantLR", {"factor": 0.1, "total_iters": 2}), ("ExponentialLR", {"gamma": 0.9})], [2]),
    ([("LinearLR", {"start_factor": 0.1, "total_iters": 5}), ("CosineAnnealingLR", {"T_max": 20})], [5]),
    ([("LinearLR", {"total_iters": 4}), ("StepLR", {"step_size": 3}), ("ExponentialLR", {"gamma": 0.8})], [4, 15]),
    ([("LambdaLR", {"lr_lambda": "power"}), ("MultiStepLR", {"milestones": [2, 4], "gamma": 0.5})], [10]),
    ([("ExponentialLR", {"gamma": 0.95}), ("ConstantLR", {"factor": 0.5, "total_iters": 30})], [6]),
    ([("StepLR", {"step_size": 4}), ("LinearLR", {"start_factor": 0.5, "end_factor": 0.1, "total_iters": 9})], [30]),
    ([("ExponentialLR", {"gamma": 0.9})], []),
]:  # fmt: skip
    case(("SequentialLR", {"schedulers": schedulers, "milestones": milestones}))
# Several schedulers on one optimizer, each going on from what the others left.
case(("ConstantLR", {"factor": 0.1, "total_iters": 3}), ("ExponentialLR", {"gamma": 0.9}))
case(("LinearLR", {"total_iters": 8}), ("CosineAnnealingLR", {"T_max": 9}), ("StepLR", {"step_size": 5, "gamma": 0.8}))
case(("CosineAnnealingLR", {"T_max": 12, "eta_min": 0.002}), ("MultiStepLR", {"milestones": [6, 18], "gamma": 0.3}), kind="Adam")

for given in ["power", "inverse", "wave", ["half", "power"]]:
    case(("MultiplicativeLR", {"lr_lambda": given}))
for options in [{}, {"total_iters": 20}, {"total_iters": 12, "power": 2.0}, {"total_iters": 50, "power": 0.5}]:
    case(("PolynomialLR", options))
for options in [{"T_0": 5}, {"T_0": 3, "T_mult": 2}, {"T_0": 1, "T_mult": 3, "eta_min": 0.01}, {"T_0": 50, "eta_min": 0.001}]:
    case(("CosineAnnealingWarmRestarts", options))
for options in [
    {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 4}, {"base_lr": [0.01, 0.02], "max_lr": [0.1, 0.3], "step_size_up": 3, "step_size_down": 5},
    {"base_lr": 0.01, "max_lr": 0.2, "step_size_up": 5, "mode": "triangular2", "cycle_momentum": False},
    {"base_lr": 0.01, "max_lr": 0.2, "step_size_up": 4, "mode": "exp_range", "gamma": 0.95, "base_momentum": 0.7, "max_momentum": [0.9, 0.95]},
]:  # fmt: skip
    case(("CyclicLR", options))
case(("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 4, "cycle_momentum": False}), kind="Adam")
for options in [{"swa_lr": 0.05}, {"swa_lr": [0.05, 0.01], "anneal_epochs": 6, "anneal_strategy": "linear"}, {"swa_lr": 0.2, "anneal_epochs": 0}]:
    case(("SWALR", options))
case(("ChainedScheduler", {"schedulers": [("ConstantLR", {"factor": 0.1, "total_iters": 3}), ("ExponentialLR", {"gamma": 0.9})]}))
case(("ChainedScheduler", {"schedulers": [("CosineAnnealingLR", {"T_max": 12}), ("StepLR", {"step_size": 5, "gamma": 0.8})]}), kind="Adam")

# What schedulers print with verbose=True: after the constructor, two steps, and a step to the epoch 1.5 where that is possible.
printed = []
for name, options in [
    ("StepLR", {"step_size": 1, "gamma": 0.3}), ("LambdaLR", {"lr_lambda": "wave"}), ("CosineAnnealingLR", {"T_max": 3}),
    ("CosineAnnealingWarmRestarts", {"T_0": 3}), ("OneCycleLR", {"max_lr": 0.5, "total_steps": 5}), ("PolynomialLR", {}),
]:  # fmt: skip
    optimizer = torch.optim.SGD([{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in RATES], lr=1.0, momentum=0.5)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        scheduler = make(optimizer, name, {**options, "verbose": True})
        for _ in range(2):
            optimizer.step()
            scheduler.step()
        if name == "CosineAnnealingWarmRestarts":
            scheduler.step(1.5)
    printed.append({"spec": [name, camels(options)], "lines": out.getvalue().splitlines()})

lines = ",\n".join("    " + json.dumps(c, allow_nan=False, separators=(",", ":")) for c in cases)
metrics = json.dumps([metric(step) for step in range(STEPS)])
text = f'{{\n  "torch": "{torch.__version__}",\n  "initial": {RATES},\n  "savedAfter": {SAVED},\n  "metrics": {metrics},\n  "printed": {json.dumps(printed)},\n  "cases": [\n{lines}\n  ]\n}}\n'
(Path(__file__).parents[1] / "data" / "schedulers.json").write_text(text)
print(f"{len(cases)} cases")
