/** @file Connectionist temporal classification (Graves et al., 2006). */
import type { Backend, NDArray } from "../../../kernels/backend.ts";
import { withContiguous } from "../../../kernels/layout.ts";
import { computeGrads } from "../../autograd/apply.ts";
import { isGradEnabled } from "../../autograd/grad-mode.ts";
import { type Apply, defineOp, OUTPUT } from "../../autograd/op.ts";
import { backendFor } from "../../core/device.ts";
import { newFrom } from "../like.ts";
import type { Tensor } from "../tensor.ts";
import { fusedKernels } from "./fused-kernels.ts";
import { recordedGrads } from "./recorded.ts";

/** The targets of a batch. */
export interface CtcTargets {
  /** Each target with blanks around its classes: N rows of `width`, which is 2L + 1 for L, the longest. */
  readonly labels: Int32Array;
  readonly width: number;
  readonly inputLengths: readonly number[];
  readonly targetLengths: readonly number[];
}

/** Stands for the logarithm of 0: differences of it have no NaN. */
const LOG_ZERO = -1e30;

/** The losses [N] of log-probabilities [T,N,C]: ∞ where a target does not fit into its input. */
export function ctcLosses(apply: Apply, logProbs: Tensor, targets: CtcTargets): Tensor {
  if (backendFor(logProbs.device).fused.ctcLoss === undefined) return composed(logProbs, targets);
  const batch = targets.inputLengths.length;
  const vector = (lengths: readonly number[]): Tensor =>
    newFrom(logProbs, "int32", Int32Array.from(lengths), [lengths.length]);
  const labels = newFrom(logProbs, "int32", targets.labels, [batch, targets.width]);
  return apply(ctcLoss, [logProbs, labels, vector(targets.inputLengths), vector(targets.targetLengths)], targets);
}

type Inputs = [logProbs: NDArray, labels: NDArray, inputLengths: NDArray, targetLengths: NDArray];

/** Calls `use` with contiguous inputs. */
function withInputs<T>(
  k: Backend,
  [logProbs, labels, inputLengths, targetLengths]: Inputs,
  use: (logProbs: NDArray, targets: { labels: NDArray; inputLengths: NDArray; targetLengths: NDArray }) => T,
): T {
  return withContiguous(k, logProbs, (x) =>
    withContiguous(k, labels, (l) =>
      withContiguous(k, inputLengths, (i) =>
        withContiguous(k, targetLengths, (t) => use(x, { labels: l, inputLengths: i, targetLengths: t })),
      ),
    ),
  );
}

/** Log-probabilities [T,N,C], labels [N,W] and the lengths of inputs and targets, which the parameters are, too: the losses [N]. */
export const ctcLoss = defineOp<Inputs, CtcTargets>({
  name: "ctcLoss",
  gradName: "CtcLossBackward0",
  forward(k, inputs, _params, savedIntermediates) {
    const { losses, alphas } = withInputs(k, inputs, (x, targets) => fusedKernels(k, "ctcLoss").ctcLoss(x, targets));
    savedIntermediates.push(alphas);
    return losses;
  },
  saved: [[0, 1, 2, 3, OUTPUT], [], [], []],
  backward(grad, ctx) {
    if (isGradEnabled()) {
      const [forInput] = recordedGrads(grad, ctx, [ctx.input(0)], ([x]) => composed(x as Tensor, ctx.params));
      return [forInput ?? null, null, null, null];
    }
    const inputs: Inputs = [ctx.input(0), ctx.input(1), ctx.input(2), ctx.input(3)];
    const results = { losses: ctx.output(), alphas: ctx.intermediate(0) };
    const [forInput] = computeGrads("ctcLoss", grad, (k) => [
      withContiguous(k, grad, (g) =>
        withInputs(k, inputs, (x, targets) => fusedKernels(k, "ctcLossGrad").ctcLossGrad(g, x, targets, results)),
      ),
    ]);
    return [forInput ?? null, null, null, null];
  },
});

/** {@link ctcLoss} by operations on all samples of a step, which can be differentiated any number of times. */
function composed(logProbs: Tensor, { labels, width, inputLengths, targetLengths }: CtcTargets): Tensor {
  const batch = inputLengths.length;
  const like = logProbs.detach();
  const bools = (values: Uint8Array, shape: readonly number[]): Tensor => newFrom(like, "bool", values, shape);
  const at = newFrom(like, "int32", labels, [1, batch, width]);
  const scores = logProbs.gather(2, at.expand([logProbs.size(0), batch, width])).unbind(0);
  // A class may follow the one before the blank, unless they are equal.
  const skips = Uint8Array.from(labels, (label, k) => {
    const s = k % width;
    return s >= 2 && s % 2 === 1 && label !== labels[k - 2] ? 1 : 0;
  });
  const noSkip = bools(
    Uint8Array.from(skips, (yes) => 1 - yes),
    [batch, width],
  );
  const zero = like.newZeros([]).add(LOG_ZERO);
  const starts = Uint8Array.from(labels, (_, k) => {
    const s = k % width;
    return s === 0 || (s === 1 && (targetLengths[Math.floor(k / width)] as number) > 0) ? 1 : 0;
  });
  const isStart = bools(starts, [batch, width]);
  const shifted = (alpha: Tensor, by: number): Tensor => alpha.pad([by, 0], { value: LOG_ZERO }).narrow(1, 0, width);
  // Where an input has no steps, its target is empty or impossible.
  let alpha = zero.where(
    bools(
      Uint8Array.from(labels, (_, k) => (k % width === 0 ? 0 : 1)),
      [batch, width],
    ),
    0,
  );
  for (const [t, score] of scores.entries()) {
    const next =
      t === 0
        ? score.where(isStart, zero)
        : alpha.logaddexp(shifted(alpha, 1)).logaddexp(shifted(alpha, 2).maskedFill(noSkip, LOG_ZERO)).add(score);
    if (inputLengths.every((length) => t < length)) alpha = next;
    else {
      const goesOn = bools(
        Uint8Array.from(inputLengths, (length) => (t < length ? 1 : 0)),
        [batch, 1],
      );
      alpha = next.where(goesOn, alpha);
    }
  }
  const ends = Int32Array.from({ length: 2 * batch }, (_, k) => {
    const length = targetLengths[Math.floor(k / 2)] as number;
    return Math.max(2 * length - (k % 2), 0);
  });
  const last = alpha.gather(1, newFrom(like, "int32", ends, [batch, 2]));
  const isEmpty = bools(
    Uint8Array.from({ length: 2 * batch }, (_, k) => (k % 2 === 1 && targetLengths[Math.floor(k / 2)] === 0 ? 1 : 0)),
    [batch, 2],
  );
  const found = last.maskedFill(isEmpty, LOG_ZERO).logsumexp(1).neg();
  return found.where(found.lt(-LOG_ZERO / 2), Number.POSITIVE_INFINITY);
}
