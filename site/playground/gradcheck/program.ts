/** @file The program that the page of gradcheck begins with. */
import { autograd, manualSeed, rand, type Tensor } from "tapegrad";

// A formula of your own, with the gradient that you worked out. This one has a mistake.
class Swish extends autograd.Function {
  static forward(ctx: autograd.FunctionContext, x: Tensor): Tensor {
    ctx.saveForBackward(x);
    return x.mul(x.sigmoid());
  }
  static backward(ctx: autograd.FunctionContext, grad: Tensor): Tensor {
    const [x] = ctx.savedTensors as [Tensor];
    const s = x.sigmoid();
    return grad.mul(s.add(s.mul(s.neg().add(1)))); // should be s + x·s·(1 − s)
  }
}

const f = (x: Tensor) => Swish.apply(x);

manualSeed(0);
const x = rand(2, 3, { dtype: "float64", requiresGrad: true });
console.log("f(x) =", f(x));
console.log("f'(x) =", autograd.grad(f(x).sum(), x)[0]);

try {
  autograd.gradcheck(f, [x]);
  console.log("gradcheck: the gradient agrees with central differences");
} catch (error) {
  console.log((error as Error).message);
}
