/** @file Reader of lbfgs.json: the iterations of PyTorch's L-BFGS. */
import { readFileSync } from "node:fs";
import type { DType, Tensor } from "../../src/entry/index.ts";
import type { StateValue } from "../../src/entry/optim.ts";
import { decodeTensor, type Encoding } from "./nn.ts";

type EncodedValue = Encoding | number | readonly (Encoding | number)[];

export interface LBFGSCase {
  readonly function: "rosenbrock" | "regression" | "quartic";
  readonly options: Readonly<Record<string, unknown>>;
  readonly dtype: "float32" | "float64";
  /** After each step: the loss before it, the parameters, and the counts so far. */
  readonly path: readonly {
    readonly loss: number;
    readonly params: readonly (readonly number[])[];
    readonly evals: number;
    readonly iterations: number;
  }[];
  /** State of the first parameter after the first step, without PyTorch's scratch list. */
  readonly saved: Readonly<Record<string, EncodedValue>>;
}

interface LBFGSGolden {
  readonly inputs: Encoding;
  readonly targets: Encoding;
  readonly starts: Readonly<Record<LBFGSCase["function"], readonly Encoding[]>>;
  readonly cases: readonly LBFGSCase[];
}

export const lbfgsGolden: LBFGSGolden = JSON.parse(readFileSync(new URL("data/lbfgs.json", import.meta.url), "utf8"));

/** The parameters at their start, or after a number of steps. */
export function lbfgsParameters(golden: LBFGSCase, steps: number): Tensor[] {
  return lbfgsGolden.starts[golden.function].map((start, i) => {
    const values = steps === 0 ? start.values : (golden.path[steps - 1]?.params[i] as number[]);
    return decodeTensor({ ...start, values, dtype: golden.dtype }).requiresGrad_();
  });
}

/** The loss of the parameters. The quartic does not depend on its second one. */
export function lbfgsLoss(golden: LBFGSCase, params: readonly Tensor[]): Tensor {
  const [x, bias] = params as [Tensor, Tensor];
  const fixed = (encoding: Encoding): Tensor => decodeTensor({ ...encoding, dtype: golden.dtype as DType });
  switch (golden.function) {
    case "rosenbrock": {
      const [head, tail] = [x.slice(0, 0, -1), x.slice(0, 1)];
      const valley = tail.sub(head.pow(2)).pow(2).mul(100);
      return valley.add(head.mul(-1).add(1).pow(2)).sum();
    }
    case "regression":
      return fixed(lbfgsGolden.inputs).matmul(x).add(bias).tanh().sub(fixed(lbfgsGolden.targets)).pow(2).mean();
    case "quartic":
      return x.pow(4).sum().add(x.sum());
  }
}

/** PyTorch's state of the first parameter after the first step. */
export function lbfgsSaved({ saved }: LBFGSCase): Record<string, StateValue> {
  const one = (value: Encoding | number): Tensor | number => (typeof value === "number" ? value : decodeTensor(value));
  return Object.fromEntries(
    Object.entries(saved).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(one) : one(value as Encoding | number),
    ]),
  );
}
