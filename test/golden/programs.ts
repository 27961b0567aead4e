/** @file Reader of programs.json, and running such a program: random steps with the gradients that PyTorch finds. */
import { readFileSync } from "node:fs";
import { noGrad, type Tensor } from "../../src/entry/index.ts";
import { type Argument, type Encoded, type InputSpec, leafOf, method, resolve, upstream } from "./calls.ts";

/** A method of a numbered tensor. What is not in place adds a tensor. */
type ProgramStep = readonly [self: number, name: string, args: readonly Argument[], mode?: "noGrad"];

export interface Program {
  readonly leaves: readonly InputSpec[];
  readonly steps: readonly ProgramStep[];
  /** What the error of the last step, or of the backward pass, says. */
  readonly fails?: string;
  /** The tensors whose weighted sum is differentiated; absent where a step fails. */
  readonly roots?: readonly number[];
  /** For every tensor its weighted sum, and its tape node or, for a leaf, whether it requires a gradient. */
  readonly tensors?: readonly (readonly [sum: number, node: string | boolean])[];
  /** The tensors that keep their gradient. */
  readonly retained?: readonly number[];
  /** Differentiate the squares of the first gradients, those of the leaves and the retained tensors. */
  readonly second?: boolean;
  readonly first?: readonly (readonly Encoded[] | null)[];
  readonly grads?: readonly (readonly Encoded[] | null)[];
  readonly retainedGrads?: readonly (readonly Encoded[] | null)[];
}

/** The file of this folder, or another one made with the same script. */
export function readPrograms(path: string | URL = new URL("data/programs.json", import.meta.url)): readonly Program[] {
  return (JSON.parse(readFileSync(path, "utf8")) as { programs: readonly Program[] }).programs;
}

/** A program's leaves, and all its tensors after the steps. */
export function runSteps(program: Program): { leaves: Tensor[]; tensors: Tensor[] } {
  const leaves = program.leaves.map(leafOf);
  const tensors = [...leaves];
  for (const [self, name, args, mode] of program.steps) {
    const step = () =>
      method(
        tensors[self] as Tensor,
        name,
        args.map((a) => resolve(a, tensors)),
      ) as Tensor;
    const result = mode === "noGrad" ? noGrad(step) : step();
    if (!name.endsWith("_")) tensors.push(result);
  }
  return { leaves, tensors };
}

/** The sum of all elements, each weighted by the pattern that the script uses as well. */
export function weightedSum(x: Tensor, k: number): Tensor {
  return x.mul(upstream(x, k)).sum();
}
