"""A case of ops.json: a call, what PyTorch gives for it, and its gradients. The other files of this folder make the calls."""
import torch
from torch_calls import DTYPES, Input, call, f, grad_name, outputs_of, to_json, to_torch, upstream, values_of

cases = []

# Put together from other operations in tapegrad in another way than in PyTorch: any name of the tape node will do.
OWN_NODES = {"chainMatmul", "cumulativeTrapezoid", "einsum", "nanquantile", "quantile", "trapezoid", "trapz"}
# Their dtype is part of what they are, so they cannot be told in float64.
FIXED_DTYPE = {"to", "float"}


def changes(name):
    return name.endswith("_") or name == "setAt"


def node_of(name, args, out):
    """The name of the tape node. PyTorch writes to a view of a whole dimension where tapegrad writes to the tensor."""
    found = grad_name(out)
    tensors = any(isinstance(entry, Input) for entry in (args[0] if name == "setAt" and isinstance(args[0], list) else []))
    return "any" if name in OWN_NODES or (tensors and found == "CopySlices") else found


def checkable(name, inputs, record):
    """Whether differences can tell the gradients: of random numbers, away from kinks, and few of them."""
    floats = [i for i in inputs if i.dtype.is_floating_point]
    return (
        any(g is not None for g in record.get("grads", []))
        and all(i.generic for i in floats)
        and 0 < sum(len(i.values) for i in floats) <= 40
        and name not in FIXED_DTYPE
        # What is changed in place must be an input of its own for every call.
        and not (changes(name) and not inputs[0].path)
        and all(not isinstance(value, str) for out in record["outputs"] for value in out["values"])
    )


def case(name, self, args, options, function=False):
    inputs = []
    target = None if function else to_json(self, inputs)
    json_args = to_json(args, inputs)
    built = [i.build() for i in inputs]
    tensors = {i: x for i, (_, x) in zip(inputs, built)}
    result = call(name, None if function else tensors[self], to_torch(args, tensors), options)
    record = {"op": name, "inputs": [i.json() for i in inputs], "args": json_args}
    if target is None:
        record["function"] = True
    if options:
        record["options"] = options
    if isinstance(result, (bool, int)):
        record["result"] = result
        cases.append(record)
        return
    outs = outputs_of(result)
    base = built[0][1]
    record["outputs"] = []
    for out in outs:
        item = {"shape": list(out.shape), "dtype": DTYPES[out.dtype], "values": values_of(out)}
        if out.grad_fn is not None:
            item["gradFn"] = node_of(name, args, out)
        if out.numel() > 0 and out.storage().data_ptr() == base.storage().data_ptr() and not changes(name):
            item["view"] = [list(out.stride()), out.storage_offset()]
        record["outputs"].append(item)
    if outs[0].requires_grad and name not in OWN_NODES and outs[0].numel() <= 6 and not any(c["op"] == name and "text" in c for c in cases):
        record["text"] = str(outs[0]).replace(type(outs[0].grad_fn).__name__, grad_name(outs[0]))
    wanted = [(x, upstream(x, k)) for k, x in enumerate(outs) if x.requires_grad]
    if wanted:
        torch.autograd.backward([x for x, _ in wanted], [g for _, g in wanted])
        record["grads"] = [None if leaf.grad is None else values_of(leaf.grad) for leaf, _ in built]
        if checkable(name, inputs, record):
            record["check"] = True
    cases.append(record)


def C(name, self, *args, **options):
    """A method call."""
    case(name, self, list(args), options)


def Fn(name, *args, **options):
    """A function call."""
    case(name, None, list(args), options, function=True)


def T(x):
    return x.via(["transpose", 0, 1])


def c(*shape, **options):
    """A tensor that an operation made."""
    return f(*shape, **options).via(["mul", 1])
