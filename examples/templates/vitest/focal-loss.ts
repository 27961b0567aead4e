/** @file The focal loss of "Focal Loss for Dense Object Detection" (Lin et al., 2017), with a gradient of its own. */
import { autograd, type Tensor } from "tapegrad";

/** What the two passes share. */
interface FocalContext extends autograd.FunctionContext {
  gamma: number;
}

/** −(1 − p)^γ · log p of the probability p that a logit gives to the class 1, element by element. */
export class FocalLoss extends autograd.Function {
  static forward(ctx: FocalContext, logits: Tensor, gamma: number): Tensor {
    const p = logits.sigmoid();
    ctx.saveForBackward(p);
    ctx.gamma = gamma;
    return p.log().neg().mul(p.neg().add(1).pow(gamma));
  }

  static backward(ctx: FocalContext, grad: Tensor): [Tensor, null] {
    const [p] = ctx.savedTensors as [Tensor];
    const gamma = ctx.gamma;
    const rest = p.neg().add(1);
    // d/dx of p is p·(1 − p).
    const slope = rest.pow(gamma).mul(p.mul(p.log()).mul(gamma).sub(rest));
    return [grad.mul(slope), null];
  }
}

export function focalLoss(logits: Tensor, gamma = 2): Tensor {
  return FocalLoss.apply(logits, gamma);
}
