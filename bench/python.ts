/** @file Finds the Python that has PyTorch. */
import { execFileSync } from "node:child_process";

/** The program named by PYTHON, or a python3, if it can import torch. */
export function findPython(): string | null {
  for (const python of [process.env.PYTHON, "python3", "/usr/bin/python3"]) {
    if (python === undefined) continue;
    try {
      execFileSync(python, ["-c", "import torch"], { stdio: "ignore" });
      return python;
    } catch {
      // This one has no PyTorch; the next one may.
    }
  }
  return null;
}
