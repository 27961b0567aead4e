"""What the programs in PyTorch print whose ports are in examples/ported."""
import contextlib
import io
import json
import pathlib

import torch


def record(name, main):
    """Runs a program and writes its lines to data/ported-<name>.json."""
    torch.set_num_threads(1)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        main()
    golden = {
        "what": f"Lines that the program of examples/ported/{name}.ts prints in PyTorch {torch.__version__}",
        "lines": printed.getvalue().splitlines(),
    }
    path = pathlib.Path(__file__).parents[1] / "data" / f"ported-{name}.json"
    path.write_text(json.dumps(golden, indent=1) + "\n")
