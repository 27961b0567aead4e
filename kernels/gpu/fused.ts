/** @file The table of fused operations, batches of bytes, and optimizer steps. */
import type { FusedOps, NDArray } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import {
  OPTIMIZER_STEPS,
  type OptimizerName,
  type OptimizerOptions,
  type OptimizerState,
  type OptimizerStep,
  type StateName,
} from "../optimizer-steps.ts";
import { gatherBytes } from "../reference/indexing.ts";
import { maskedSoftmax, maskedSoftmaxGrad } from "./attention.ts";
import { crossEntropy, crossEntropyGrad } from "./cross-entropy.ts";
import { writeResult } from "./elementwise.ts";
import type { GpuContext } from "./gpu-context.ts";
import { normalizations } from "./normalization.ts";
import { sampling } from "./sampling.ts";
import { stepsByTexels } from "./sources/element-texels.ts";
import { OPTIMIZER_PASSES, type OptimizerKernel, optimizerKernel } from "./sources/optimizers.ts";

/** The table of the GPU. */
export function fusedKernels(context: GpuContext): FusedOps {
  return {
    ...normalizations(context),
    ...sampling(context),
    maskedSoftmax: (x, mask, scale, causal) => maskedSoftmax(context, x, mask, scale, causal),
    maskedSoftmaxGrad: (grad, y, scale) => maskedSoftmaxGrad(context, grad, y, scale),
    crossEntropy: (logits, target, ignoreIndex) => crossEntropy(context, logits, target, ignoreIndex),
    crossEntropyGrad: (grad, probs, target, ignoreIndex) => crossEntropyGrad(context, grad, probs, target, ignoreIndex),
    gatherBytes(source, rowLength, indices, divisor) {
      const rows = new Float32Array(indices.length * rowLength);
      gatherBytes(rows, source, rowLength, indices, divisor);
      const contents = rows.length === 0 ? 0 : context.runtime.upload("gatherBytes", rows);
      return context.result("float32", [indices.length, rowLength], contents);
    },
  };
}

/** For each step, the kernels by how they read, and by which state arrays there are. */
const compiled = new Map<string, readonly OptimizerKernel[]>();

function kernelsOf<K extends OptimizerName>(
  name: K,
  arrays: Arrays,
  scalars: Scalars,
  inTexels: boolean,
): readonly OptimizerKernel[] {
  const { state } = OPTIMIZER_STEPS[name] as OptimizerStep<K>;
  const key = [name, inTexels, ...state.map((array) => arrays.has(array))].join(" ");
  let kernels = compiled.get(key);
  if (kernels === undefined) {
    const has = Object.fromEntries(state.map((array) => [array, arrays.has(array)]));
    const passes = OPTIMIZER_PASSES[name](has as Record<StateName<K>, boolean>);
    kernels = passes.map((pass) => optimizerKernel(name, pass, [...arrays.keys()], Object.keys(scalars), inTexels));
    compiled.set(key, kernels);
  }
  return kernels;
}

type Arrays = ReadonlyMap<string, NDArray>;
type Scalars = Readonly<Record<string, number>>;

/** A fused optimizer step, one pass for each array that changes. */
export function optimizerStep<K extends OptimizerName>(
  context: GpuContext,
  name: K,
  param: NDArray,
  grad: NDArray,
  state: OptimizerState<K>,
  options: OptimizerOptions<K>,
): void {
  const length = sizeOf(param.shape);
  if (length === 0) return;
  const step: OptimizerStep<K> = OPTIMIZER_STEPS[name];
  const scalars: Scalars = step.scalars(options);
  const arrays = new Map([
    ["param", param],
    ["grad", grad],
  ]);
  for (const key of step.state) {
    const array = state[key] as NDArray | null;
    if (array !== null) arrays.set(key, array);
  }
  const arrayOf = (key: string) => arrays.get(key) ?? param;
  const places = [...arrays.values()].map(({ offset }) => ({ at: offset, step: 1 }));
  const inTexels = context.runtime.mode === "webgl2" && stepsByTexels(places);
  for (const pass of kernelsOf(name, arrays, scalars, inTexels)) {
    const inputs = pass.arrays.map(arrayOf);
    const numbers = [...inputs.map((x) => x.offset), ...pass.scalars.map((scalar) => scalars[scalar] as number)];
    const sources = inputs.map((x) => context.array(x));
    const target = arrayOf(pass.writes);
    writeResult(context, target.dtype, target.shape, context.run(pass.kernel, length, sources, numbers), target);
  }
}
