/** @file Reader of optim.json: the parameters after each step of PyTorch's optimizers. */
import { readFileSync } from "node:fs";
import type { Tensor } from "../../src/entry/index.ts";
import type { OptimizerStateDict } from "../../src/entry/optim.ts";
import { decodeTensor, type Encoding } from "./nn.ts";

export interface OptimCase {
  readonly name:
    | "RMSprop"
    | "SGD"
    | "Adam"
    | "AdamW"
    | "Adamax"
    | "Adagrad"
    | "Adadelta"
    | "NAdam"
    | "RAdam"
    | "ASGD"
    | "Rprop";
  readonly options: Readonly<Record<string, unknown>>;
  /** Options of the second group, which holds the third parameter. */
  readonly second: Readonly<Record<string, unknown>>;
  readonly dtype: "float32" | "float64";
  /** For each step, the values of each parameter. In the second step, the third parameter has no gradient. */
  readonly path: readonly (readonly (readonly number[])[])[];
  /** PyTorch's state dictionary after {@link OptimGolden.savedAfter} steps. */
  readonly saved: {
    readonly state: Readonly<Record<string, Readonly<Record<string, Encoding | number | null>>>>;
    readonly param_groups: OptimizerStateDict["param_groups"];
  };
}

interface OptimGolden {
  readonly savedAfter: number;
  readonly start: readonly Encoding[];
  readonly grads: readonly (readonly Encoding[])[];
  readonly cases: readonly OptimCase[];
}

export const optimGolden: OptimGolden = JSON.parse(readFileSync(new URL("data/optim.json", import.meta.url), "utf8"));

/** The parameters at their start, and those after `steps` steps of a case. */
export function parametersAfter(golden: OptimCase, steps: number): Tensor[] {
  return optimGolden.start.map((encoding, i) => {
    const values = steps === 0 ? encoding.values : (golden.path[steps - 1]?.[i] as number[]);
    return decodeTensor({ ...encoding, values, dtype: golden.dtype }).requiresGrad_();
  });
}

/** The gradients of a step, from 0; null where there is none. */
export function gradientsOf(golden: OptimCase, step: number): (Tensor | null)[] {
  return (optimGolden.grads[step] as readonly Encoding[]).map((encoding, i) =>
    step === 1 && i === 2 ? null : decodeTensor({ ...encoding, dtype: golden.dtype }),
  );
}

/** PyTorch's state dictionary with tensors in place of their encodings. */
export function savedState({ saved }: OptimCase): OptimizerStateDict {
  const state = Object.fromEntries(
    Object.entries(saved.state).map(([number, values]) => [
      number,
      Object.fromEntries(
        Object.entries(values).map(([name, value]) => [
          name,
          typeof value === "object" && value !== null ? decodeTensor(value) : value,
        ]),
      ),
    ]),
  );
  return { state, param_groups: saved.param_groups };
}
