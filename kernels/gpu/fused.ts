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
import { computeVectors, writeResult } from "./elementwise.ts";
import type { GpuContext } from "./gpu-context.ts";
import { nllLoss, nllLossGrad } from "./nll-loss.ts";
import { normalizations } from "./normalization.ts";
import type { GpuArray } from "./runtime.ts";
import { sampling } from "./sampling.ts";
import { stepsByTexels } from "./sources/element-texels.ts";
import {
  OPTIMIZER_PASSES,
  type OptimizerKernel,
  type OptimizerMap,
  optimizerKernel,
  optimizerMap,
} from "./sources/optimizers.ts";

/** The table of the GPU. */
export function fusedKernels(context: GpuContext): FusedOps {
  return {
    ...normalizations(context),
    ...sampling(context),
    maskedSoftmax: (x, mask, scale, causal) => maskedSoftmax(context, x, mask, scale, causal),
    maskedSoftmaxGrad: (grad, y, scale) => maskedSoftmaxGrad(context, grad, y, scale),
    crossEntropy: (logits, target, ignoreIndex) => crossEntropy(context, logits, target, ignoreIndex),
    crossEntropyGrad: (grad, probs, target, ignoreIndex) => crossEntropyGrad(context, grad, probs, target, ignoreIndex),
    nllLoss: (logProbs, target, weight, options) => nllLoss(context, logProbs, target, weight, options),
    nllLossGrad: (grad, target, weight, classes, options) =>
      nllLossGrad(context, grad, target, weight, classes, options),
    gatherBytes(source, rowLength, indices, divisor) {
      const rows = new Float32Array(indices.length * rowLength);
      gatherBytes(rows, source, rowLength, indices, divisor);
      const contents = rows.length === 0 ? 0 : context.runtime.upload("gatherBytes", rows);
      return context.result("float32", [indices.length, rowLength], contents);
    },
  };
}

/** For each step by which state arrays there are: all of it, and its passes by how they read. */
const maps = new Map<string, OptimizerMap>();
const compiled = new Map<string, readonly OptimizerKernel[]>();

/** What is made once for a step with some of its state arrays. `how` tells apart what differs beyond that. */
function made<K extends OptimizerName, T>(
  table: Map<string, T>,
  name: K,
  arrays: Arrays,
  how: string,
  make: (passes: ReturnType<(typeof OPTIMIZER_PASSES)[K]>) => T,
): T {
  const { state } = OPTIMIZER_STEPS[name] as OptimizerStep<K>;
  const key = [name, how, ...state.map((array) => arrays.has(array))].join(" ");
  let found = table.get(key);
  if (found === undefined) {
    const has = Object.fromEntries(state.map((array) => [array, arrays.has(array)]));
    const passes = OPTIMIZER_PASSES[name](has as Record<StateName<K>, boolean>);
    found = make(passes as ReturnType<(typeof OPTIMIZER_PASSES)[K]>);
    table.set(key, found);
  }
  return found;
}

type Arrays = ReadonlyMap<string, NDArray>;
type Scalars = Readonly<Record<string, number>>;

/** A fused optimizer step: one kernel where that can have as many arrays, else one for each array that changes. */
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
  const write = (key: string, array: GpuArray): void => {
    const target = arrayOf(key);
    writeResult(context, target.dtype, target.shape, array, target);
  };
  const names = [...arrays.keys()];
  const { maxArrays = 0 } = context.runtime;
  // Each array but the gradient may have a result beside it.
  if (2 * arrays.size - 1 <= maxArrays) {
    const whole = made(maps, name, arrays, "", (passes) => optimizerMap(name, passes, names, Object.keys(scalars)));
    const numbers = whole.scalars.map((scalar) => scalars[scalar] as number);
    const results = computeVectors(context, whole.map, [...arrays.values()], param.shape, numbers);
    for (const [i, key] of whole.writes.entries()) write(key, results[i] as GpuArray);
    return;
  }
  const places = [...arrays.values()].map(({ offset }) => ({ at: offset, step: 1 }));
  const inTexels = context.runtime.mode === "webgl2" && stepsByTexels(places);
  const kernels = made(compiled, name, arrays, `${inTexels}`, (passes) =>
    passes.map((pass) => optimizerKernel(name, pass, names, Object.keys(scalars), inTexels)),
  );
  for (const pass of kernels) {
    const inputs = pass.arrays.map(arrayOf);
    const numbers = [...inputs.map((x) => x.offset), ...pass.scalars.map((scalar) => scalars[scalar] as number)];
    const sources = inputs.map((x) => context.array(x));
    write(pass.writes, context.run(pass.kernel, length, sources, numbers));
  }
}
