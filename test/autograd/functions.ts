/** @file Users' own functions: the same as in test/golden/scripts/make_autograd.py, under the same names. */
import { autograd, type Tensor, zerosLike } from "../../src/entry/index.ts";

type Context<T extends readonly Tensor[] = readonly []> = autograd.FunctionContext<T>;

export class Cube extends autograd.Function {
  static forward(ctx: Context<[Tensor]>, x: Tensor): Tensor {
    ctx.saveForBackward(x);
    return x.pow(3);
  }
  static backward(ctx: Context<[Tensor]>, grad: Tensor): Tensor {
    const [x] = ctx.savedTensors;
    return grad.mul(x.pow(2)).mul(3);
  }
}

export class Exp extends autograd.Function {
  static forward(ctx: Context<[Tensor]>, x: Tensor): Tensor {
    const y = x.exp();
    ctx.saveForBackward(y);
    return y;
  }
  static backward(ctx: Context<[Tensor]>, grad: Tensor): Tensor {
    const [y] = ctx.savedTensors;
    return grad.mul(y);
  }
}

interface ScaleContext extends Context {
  factor: number;
}

export class Scale extends autograd.Function {
  static forward(ctx: ScaleContext, x: Tensor, factor: number): Tensor {
    ctx.factor = factor;
    return x.mul(factor);
  }
  static backward(ctx: ScaleContext, grad: Tensor): [Tensor, null] {
    return [grad.mul(ctx.factor), null];
  }
}

export class ProductAndSum extends autograd.Function {
  static forward(ctx: Context<[Tensor, Tensor]>, x: Tensor, y: Tensor): [product: Tensor, sum: Tensor] {
    ctx.saveForBackward(x, y);
    return [x.mul(y), x.add(y)];
  }
  static backward(ctx: Context<[Tensor, Tensor]>, product: Tensor, sum: Tensor): Tensor[] {
    const [x, y] = ctx.savedTensors;
    return [product.mul(y).add(sum), product.mul(x).add(sum)];
  }
}

export class Broadcast extends autograd.Function {
  static forward(_ctx: Context, x: Tensor, y: Tensor): Tensor {
    return x.add(y);
  }
  static backward(_ctx: Context, grad: Tensor): Tensor[] {
    return [grad.mul(2), grad.mul(3)];
  }
}

export class SortedWithPlaces extends autograd.Function {
  static forward(ctx: Context<[Tensor]>, x: Tensor): [values: Tensor, places: Tensor, rounded: Tensor] {
    const { values, indices } = x.sort();
    const rounded = values.round();
    ctx.markNonDifferentiable(rounded);
    ctx.saveForBackward(indices);
    return [values, indices, rounded];
  }
  static backward(ctx: Context<[Tensor]>, grad: Tensor): Tensor {
    const [places] = ctx.savedTensors;
    return zerosLike(grad).scatter(0, places, grad);
  }
}

export class NoGradForFirst extends autograd.Function {
  static forward(_ctx: Context, x: Tensor, y: Tensor): Tensor {
    return x.mul(y);
  }
  static backward(_ctx: Context, grad: Tensor): [null, Tensor] {
    return [null, grad];
  }
}

export class Unmaterialized extends autograd.Function {
  static forward(ctx: Context, x: Tensor): [Tensor, Tensor, Tensor] {
    ctx.setMaterializeGrads(false);
    return [x.mul(1), x.mul(2), x.mul(3)];
  }
  static backward(_ctx: Context, ...grads: (Tensor | null)[]): Tensor | null {
    const arrived = grads.flatMap((g, i) => (g === null ? [] : [g.mul(i + 1)]));
    return arrived.reduce((a, b) => a.add(b));
  }
}

export class MulInPlace extends autograd.Function {
  static forward(ctx: Context<[Tensor, Tensor]>, x: Tensor, y: Tensor): Tensor {
    ctx.saveForBackward(x.clone(), y);
    ctx.markDirty(x);
    return x.mul_(y);
  }
  static backward(ctx: Context<[Tensor, Tensor]>, grad: Tensor): Tensor[] {
    const [x, y] = ctx.savedTensors;
    return [grad.mul(y), grad.mul(x)];
  }
}

export class Same extends autograd.Function {
  static forward(_ctx: Context, x: Tensor): Tensor {
    return x;
  }
  static backward(_ctx: Context, grad: Tensor): Tensor {
    return grad.neg();
  }
}

export class Needs extends autograd.Function {
  static forward(_ctx: Context, x: Tensor, k: number, y: Tensor): Tensor {
    return x.add(y.mul(k));
  }
  static backward(ctx: Context, grad: Tensor): (Tensor | null)[] {
    const [first, , second] = ctx.needsInputGrad;
    return [grad.mul(first ? 1 : 100), null, second ? grad.mul(2) : null];
  }
}

export class Narrow extends autograd.Function {
  static forward(_ctx: Context, x: Tensor): Tensor {
    return x.mul(2);
  }
  static backward(_ctx: Context, grad: Tensor): Tensor {
    return grad.float();
  }
}

function intoView(x: Tensor, y: Tensor): Tensor {
  const whole = x.mul(1);
  MulInPlace.apply(whole.slice(0, 0, 2), y);
  return whole;
}

type Program = (x: Tensor, y: Tensor) => Tensor | Tensor[];

const square = (x: Tensor): Tensor => x.mul(x);

/** By the names of the goldens. */
export const functionPrograms: Readonly<Record<string, Program>> = {
  cube: (x) => Cube.apply(x),
  "exp of its own result": (x) => Exp.apply(Exp.apply(x)),
  scale: (x) => Scale.apply(x, 2.5),
  "product and sum": (x, y) => ProductAndSum.apply(x, y),
  "only the sum": (x, y) => ProductAndSum.apply(x, y)[1],
  "one result twice": (x, y) => square(ProductAndSum.apply(x, y)[0]),
  broadcast: (x, y) => Broadcast.apply(x, y),
  sorted: (x) => SortedWithPlaces.apply(x),
  "none for the first": (x, y) => NoGradForFirst.apply(x, y),
  unmaterialized: (x) => {
    const [a, , c] = Unmaterialized.apply(x);
    return [a, c];
  },
  "in place": (x, y) => MulInPlace.apply(x.mul(1), y),
  "in place, into a view": intoView,
  same: (x) => Same.apply(x),
  needs: (x, y) => Needs.apply(x.detach(), 3, y),
  narrow: (x) => Narrow.apply(x),
  nested: (x, y) =>
    Cube.apply(ProductAndSum.apply(Scale.apply(x, 2), y)[0])
      .sum()
      .mul(Exp.apply(y)),
};
