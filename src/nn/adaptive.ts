/** @file AdaptiveLogSoftmaxWithLoss: a softmax over many classes, of which few are frequent. */
import type { DType } from "../../kernels/backend.ts";
import { optional, required, type SomeThenOptions, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { aBoolean, aNumber, integers } from "../core/kinds.ts";
import { bracketed } from "../core/shape.ts";
import { cat } from "../tensor/functional.ts";
import { asNonView } from "../tensor/functions/grad-fn-name.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { ModuleList, Sequential } from "./container.ts";
import { logSoftmax } from "./functional/activation.ts";
import { aPositiveCount, PLACE } from "./functional/validate.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";

/** Options of {@link AdaptiveLogSoftmaxWithLoss}. */
export interface AdaptiveLogSoftmaxOptions {
  /** Each cluster of rare classes sees a projection that is smaller by this factor. Default 4. */
  readonly divValue?: number | undefined;
  /** If true, the layer of the frequent classes has an additive bias. Default false. */
  readonly headBias?: boolean | undefined;
  /** Device of the parameters. Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Dtype of the parameters. Default "float32". */
  readonly dtype?: DType | undefined;
}

/** What {@link AdaptiveLogSoftmaxWithLoss} gives. */
export interface AdaptiveLogSoftmaxOutput {
  /** The log-probability of each target, `(N)`. */
  readonly output: Tensor;
  /** The negative log likelihood, a scalar. */
  readonly loss: Tensor;
}

const ARGUMENTS = signature("AdaptiveLogSoftmaxWithLoss", {
  inFeatures: required(aPositiveCount),
  nClasses: required(aPositiveCount),
  cutoffs: required(integers),
  divValue: optional(aNumber, 4),
  headBias: optional(aBoolean, false),
  ...PLACE,
});

/**
 * Softmax over many classes with a loss (Grave et al., 2017): classes are sorted by frequency and cut into clusters, of
 * which those of rare classes are computed for the samples alone that need them.
 *
 * Shape: input `(N,inFeatures)` or `(inFeatures)`, target `(N)` or `()`.
 *
 * @throws ValueError for cutoffs that do not ascend, or are not below the number of classes.
 * @example
 * const layer = new nn.AdaptiveLogSoftmaxWithLoss(8, 100, [10, 40]);
 * layer.forward(rand(5, 8), tensor([3, 0, 77, 12, 99]).int()).output.shape; // [5]
 * layer.predict(rand(5, 8)).shape; // [5]
 */
export class AdaptiveLogSoftmaxWithLoss extends Module<AdaptiveLogSoftmaxOutput> {
  /** Size of each input sample. */
  inFeatures: number;
  /** Number of classes. */
  nClasses: number;
  /** First classes of the clusters, and the number of classes. */
  cutoffs: readonly number[];
  /** Each cluster's projection is smaller by this factor. */
  divValue: number;
  /** Whether the layer of the frequent classes has a bias. */
  headBias: boolean;
  /** Computes the frequent classes, and one logit for each cluster. */
  head: Linear;
  /** The clusters: a projection and the classes. */
  tail: ModuleList;

  constructor(
    inFeatures: number,
    nClasses: number,
    cutoffs: readonly number[],
    divValue?: number,
    headBias?: boolean,
    options?: Pick<AdaptiveLogSoftmaxOptions, "device" | "dtype">,
  );
  constructor(
    inFeatures: number,
    nClasses: number,
    cutoffs: readonly number[],
    ...rest: SomeThenOptions<[divValue: number], AdaptiveLogSoftmaxOptions>
  );
  constructor(
    options: {
      readonly inFeatures: number;
      readonly nClasses: number;
      readonly cutoffs: readonly number[];
    } & AdaptiveLogSoftmaxOptions,
  );
  constructor(inFeatures: number, nClasses: number, cutoffs: readonly number[], options?: AdaptiveLogSoftmaxOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { inFeatures, nClasses, cutoffs, divValue, headBias, ...place } = ARGUMENTS.read(given);
    const ascends = cutoffs.every((cutoff, i) => cutoff > (cutoffs[i - 1] ?? 0) && cutoff < nClasses);
    if (!ascends || cutoffs.length === 0) {
      throw new ValueError(
        `[AdaptiveLogSoftmaxWithLoss] cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is between 1 and n_classes-1, but got ${bracketed(cutoffs)}`,
      );
    }
    this.inFeatures = inFeatures;
    this.nClasses = nClasses;
    this.cutoffs = [...cutoffs, nClasses];
    this.divValue = divValue;
    this.headBias = headBias;
    const shortlist = this.cutoffs[0] as number;
    this.head = new Linear(inFeatures, shortlist + cutoffs.length, { bias: headBias, ...place });
    const clusters = cutoffs.map((low, i) => {
      const hidden = Math.floor(inFeatures / divValue ** (i + 1));
      const classes = (this.cutoffs[i + 1] as number) - low;
      const plain = { bias: false, ...place };
      return new Sequential(new Linear(inFeatures, hidden, plain), new Linear(hidden, classes, plain));
    });
    this.tail = new ModuleList(clusters);
  }

  /** Log-probabilities of the targets, and the loss. */
  override forward(input: Tensor, target: Tensor): AdaptiveLogSoftmaxOutput {
    this.checkInputs(input, target);
    const isBatch = target.ndim === 1;
    const [x, t] = isBatch ? [input, target] : [input.unsqueeze(0), target.unsqueeze(0)];
    const head = logSoftmax(this.head.forward(x), 1);
    const shortlist = this.cutoffs[0] as number;
    let columns = t;
    let own = head.detach().select(1, 0).mul(0);
    for (const [i, cluster] of this.clusters().entries()) {
      const [low, high] = [this.cutoffs[i] as number, this.cutoffs[i + 1] as number];
      const rows = t.ge(low).logicalAnd(t.lt(high)).nonzero().squeeze(1);
      if (rows.numel() === 0) continue;
      columns = columns.indexFill(0, rows, shortlist + i);
      const logits = cluster.forward(x.indexSelect(0, rows));
      const wanted = t.indexSelect(0, rows).sub(low).unsqueeze(1);
      own = own.indexCopy(0, rows, logSoftmax(logits, 1).gather(1, wanted).squeeze(1));
    }
    const outputs = own.add(head.gather(1, columns.unsqueeze(1)).squeeze(1));
    const loss = outputs.neg().mean();
    return { output: isBatch ? outputs : asNonView("SqueezeBackward1", outputs.squeeze(0)), loss };
  }

  /** Log-probabilities of all classes, `(N,nClasses)`. */
  logProb(input: Tensor): Tensor {
    const head = logSoftmax(this.head.forward(input), 1);
    const shortlist = this.cutoffs[0] as number;
    const parts = this.clusters().map((cluster, i) =>
      logSoftmax(cluster.forward(input), 1).add(head.narrow(1, shortlist + i, 1)),
    );
    return cat([head.narrow(1, 0, shortlist), ...parts], 1);
  }

  /** The most probable class of each sample, `(N)`. */
  predict(input: Tensor): Tensor {
    return this.logProb(input).argmax(1);
  }

  private clusters(): Sequential[] {
    return [...this.tail] as Sequential[];
  }

  private checkInputs(input: Tensor, target: Tensor): void {
    if (target.ndim > 1) {
      throw new ShapeError("[AdaptiveLogSoftmaxWithLoss] 0D or 1D target tensor expected, multi-target not supported");
    }
    if (input.ndim !== target.ndim + 1 || (target.ndim === 1 && input.size(0) !== target.size(0))) {
      throw new ShapeError(
        `[AdaptiveLogSoftmaxWithLoss] Input and target should have the same size in the batch dimension, but got ${bracketed(input.shape)} and ${bracketed(target.shape)}`,
      );
    }
    const isOutside = target.lt(0).logicalOr(target.ge(this.nClasses)).any();
    if (target.device === "cpu" && isOutside.itemSync<boolean>()) {
      throw new ValueError(
        `[AdaptiveLogSoftmaxWithLoss] Target values should be in [0, ${this.nClasses - 1}], but values in range [${target.min().itemSync()}, ${target.max().itemSync()}] were found.`,
      );
    }
  }
}
