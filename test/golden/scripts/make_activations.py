"""Writes activations.json: activations, linear layers, shapes and losses of torch.nn.

See layer_cases.py for the cases and torch_calls.py for the inputs.
"""
from layer_cases import Part, case, write
from torch_calls import f, f64, i64, v

for name, args, kwargs in [
    ("ReLU", [], {}), ("Sigmoid", [], {}), ("Tanh", [], {}), ("SiLU", [], {}), ("Hardswish", [], {}), ("GELU", [], {}),
    ("GELU", [], {"approximate": "tanh"}), ("LeakyReLU", [0.2], {}), ("ELU", [], {"alpha": 0.5}), ("Softplus", [2, 1.5], {}),
    ("Softmax", [1], {}), ("Softmax", [], {"dim": 0}), ("LogSoftmax", [-1], {}), ("Softmin", [1], {}),
    ("ReLU6", [], {}), ("Hardtanh", [-0.5, 0.7], {}), ("Mish", [], {}), ("Softsign", [], {}),
    ("LogSigmoid", [], {}), ("SELU", [], {}), ("CELU", [], {"alpha": 0.5}), ("Tanhshrink", [], {}),
    ("Hardshrink", [0.3], {}), ("Softshrink", [0.3], {}), ("Threshold", [0.1, 2.0], {}),
]:  # fmt: skip
    case(name, args, [[f(2, 3)], [f(2, 3, dtype=f64)]], **kwargs)
# PyTorch has the slope of hardsigmoid, 1/6, in float32 only.
case("Hardsigmoid", [], [[f(2, 3)]])
case("PReLU", [], [[f(2, 3)]])
case("PReLU", [3], [[f(2, 3)], [f(2, 3, 2)]], change=True)
case("Linear", [3, 4], [[f(2, 3)], [f(3)], [f(2, 2, 3)]])
case("Linear", [3, 2], [[f(2, 3)]], seed=1, change=True, bias=False)
case("Linear", [2, 3], [[f(2, 2, dtype=f64)]], seed=2, dtype="float64")
case("Flatten", [], [[f(2, 3, 2)]])
case("Flatten", [0, 1], [[f(2, 3, 2)]])
case("Unflatten", [1, [2, 2]], [[f(3, 4)]])
case("Dropout", [0.3], [([f(2, 3).via(["mul", 2])], "eval")])
case("Identity", [], [[f(2, 3).via(["mul", 2])], [f(2, 3)]])
case("Sequential", [Part("Linear", 3, 4), Part("Tanh"), Part("Linear", 4, 2, bias=False)], [[f(2, 3)]], seed=4)

classes = v([2, 0], i64)
case("CrossEntropyLoss", [], [[f(2, 3), classes], [f(2, 3), f(2, 3, low=0.1, high=0.9)]])
case("CrossEntropyLoss", [], [[f(2, 3), classes]], label_smoothing=0.2, reduction="sum")
case("NLLLoss", [], [[f(2, 3), classes]], ignore_index=0)
case("MSELoss", [], [[f(2, 3), f(2, 3)]])
case("L1Loss", [], [[f(2, 3), f(2, 3)]], reduction="none")
case("BCEWithLogitsLoss", [], [[f(2, 3), f(2, 3, low=0.1, high=0.9)]])

write("activations.json")
