/** @file Dropout layers. */
import { signature } from "../core/arguments.ts";
import { pythonRepr } from "../core/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  alphaDropout,
  DROPOUT_ARGUMENTS,
  type DropoutOptions,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  featureAlphaDropout,
} from "./functional/dropout.ts";
import { Module } from "./module.ts";

/**
 * Dropout: in training, zeroes each element with probability `p` and scales the rest by 1/(1 − p); in evaluation the
 * identity. The random numbers are PyTorch's for the same seed. See `functional.dropout`; Hinton et al., 2012.
 *
 * Shape: `(*)` to the same shape.
 *
 * @throws ValueError unless 0 ≤ p ≤ 1.
 * @example
 * new nn.Dropout(0.5).eval().forward(tensor([1, 2])); // tensor([1., 2.])
 * new nn.Dropout(1).forward(tensor([1, 2])); // tensor([0., 0.])
 */
export class Dropout extends Module {
  /** Probability of an element to be zeroed. Default 0.5. */
  p: number;
  /** Whether the operation is done in place. */
  inplace: boolean;

  constructor(p?: number, inplace?: boolean);
  constructor(p: number | undefined, options: Omit<DropoutOptions, "training"> | undefined);
  constructor(options?: Omit<DropoutOptions, "training">);
  constructor(...given: readonly unknown[]) {
    super();
    const { p, inplace } = signature(new.target.name, DROPOUT_ARGUMENTS).read(given);
    this.p = p;
    this.inplace = inplace;
  }
  override forward(x: Tensor): Tensor {
    return dropout(x, this.p, this.training, this.inplace);
  }
  override extraRepr(): string {
    return `p=${pythonRepr(this.p, true)}, inplace=${pythonRepr(this.inplace)}`;
  }
}

/**
 * Dropout of whole channels of 1-D feature maps: in training, each is zeroed with probability `p`. See
 * {@link dropout1d}; Tompson et al., 2014.
 *
 * Shape: `(N,C,L)` or `(C,L)` to the same shape.
 *
 * @example
 * new nn.Dropout1d({ p: 1 }).forward(ones(1, 2, 3)).sum(); // tensor(0.)
 */
export class Dropout1d extends Dropout {
  override forward(x: Tensor): Tensor {
    return dropout1d(x, this.p, this.training, this.inplace);
  }
}

/**
 * Dropout of whole channels of 2-D feature maps: in training, each is zeroed with probability `p`. See
 * {@link dropout2d}; Tompson et al., 2014.
 *
 * Shape: `(N,C,H,W)` or `(N,C,L)` to the same shape.
 *
 * @example
 * new nn.Dropout2d({ p: 1 }).forward(ones(1, 2, 3, 3)).sum(); // tensor(0.)
 */
export class Dropout2d extends Dropout {
  override forward(x: Tensor): Tensor {
    return dropout2d(x, this.p, this.training, this.inplace);
  }
}

/**
 * Dropout of whole channels of 3-D feature maps: in training, each is zeroed with probability `p`. See
 * {@link dropout3d}; Tompson et al., 2014.
 *
 * Shape: `(N,C,D,H,W)` or `(C,D,H,W)` to the same shape.
 *
 * @example
 * new nn.Dropout3d({ p: 1 }).forward(ones(1, 2, 3, 3, 3)).sum(); // tensor(0.)
 */
export class Dropout3d extends Dropout {
  override forward(x: Tensor): Tensor {
    return dropout3d(x, this.p, this.training, this.inplace);
  }
}

/**
 * Alpha dropout, for networks with SELU: keeps mean 0 and variance 1. See {@link alphaDropout}; Klambauer et al., 2017.
 *
 * Shape: `(*)` to the same shape.
 *
 * @example
 * new nn.AlphaDropout(0.2).eval().forward(tensor([1, 2])); // tensor([1., 2.])
 */
export class AlphaDropout extends Dropout {
  override forward(x: Tensor): Tensor {
    return alphaDropout(x, this.p, this.training);
  }
}

/**
 * Alpha dropout of whole channels. See {@link featureAlphaDropout}; Klambauer et al., 2017.
 *
 * Shape: `(N,C,*)` to the same shape.
 *
 * @example
 * new nn.FeatureAlphaDropout(0.2).forward(randn(2, 3, 4)).shape; // [2, 3, 4]
 */
export class FeatureAlphaDropout extends Dropout {
  override forward(x: Tensor): Tensor {
    return featureAlphaDropout(x, this.p, this.training);
  }
}
